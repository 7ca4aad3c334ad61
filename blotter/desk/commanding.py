"""What happens to every command, whatever it asks for: its act is put on the tape, it is carried out once, and answered
once. An error nobody foresaw is an answer too.
"""

from collections.abc import Callable, Mapping

from blotter.desk.acts import record_act, sent_elsewhere
from blotter.desk.change import Answer
from blotter.desk.clock import Clock
from blotter.desk.command import AnyCommand, Submit, SubmitList, Unwatch, Watch
from blotter.desk.feed import Feed
from blotter.desk.order_commands import TAPED
from blotter.desk.outbox import Refusal
from blotter.desk.recorder import Recorder
from blotter.trading.instrument import Quote


class Commanding:
    """Of one desk."""

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        feed: Feed,
        quotes: Mapping[str, Quote],
        unexpected: Callable[[str, Exception], None],
    ) -> None:
        """`quotes`: the market that stands beside an act."""
        self._recorder = recorder
        self._clock = clock
        self._feed = feed
        self._quotes = quotes
        self._unexpected = unexpected
        self._answered: dict[str, Callable[[Answer], None]] = {}
        self._submitted: dict[str, Submit | SubmitList] = {}  # without an answer

    def handle(
        self,
        command: AnyCommand,
        carry_out: Callable[[AnyCommand], None],
        answered: Callable[[Answer], None] | None,
    ) -> None:
        """Have it carried out. `carry_out` answers it, or raises Refusal; `answered` hears the answer as well."""
        if answered is not None:
            self._answered[command.id] = answered
        if isinstance(command, TAPED):
            self._submitted[command.id] = command
        elif not isinstance(command, Watch | Unwatch):  # looking at the market is no act
            self._act(command)
        try:
            carry_out(command)
        except Refusal as refusal:
            if isinstance(command, TAPED):
                self._act(command, str(refusal))
            self.answer(
                Answer(
                    id=command.id,
                    ok=False,
                    text=str(refusal),
                    field=refusal.field,
                    warning=bool(refusal.warnings),
                    warnings=tuple(finding.text for finding in refusal.warnings),
                    warning_rules=tuple(finding.rule for finding in refusal.warnings),
                )
            )
        except Exception as error:
            self._unexpected(f"{type(command).__name__} failed", error)
            self.answer(Answer(id=command.id, ok=False, text=f"internal error: {error!r}; see the log"))
        self._recorder.flush()

    def answer(self, answer: Answer) -> None:
        """Tell the screen, and who asked."""
        self._feed.answer(answer)
        sent = self._submitted.pop(answer.id, None)
        if sent is not None and answer.ok:
            act = sent_elsewhere(sent, answer.order_ids, self._clock().wall)
            if act is not None:
                self._act(act)
        answered = self._answered.pop(answer.id, None)
        if answered is not None:
            answered(answer)

    def _act(self, command: AnyCommand, refused: str = "") -> None:
        self._feed.act(record_act(self._recorder, self._clock, command, self._quotes, refused))
