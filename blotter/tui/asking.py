"""Questions in the console, and the one about leaving.

At most one stands at a time, in the place of the command line; looking elsewhere is a no.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from textual.content import Content

from blotter.desk.change import Severity
from blotter.desk.command import AnyCommand, CancelAll
from blotter.tui.deck import SECOND, Deck
from blotter.tui.entering import Entering
from blotter.tui.entry import Stage
from blotter.tui.keygate import Painted
from blotter.tui.line import Piece, content
from blotter.tui.locking import LOCKED
from blotter.tui.model import is_unknown
from blotter.tui.session_table import stakes
from blotter.tui.shown_keys import key
from blotter.tui.stop_panel import tally_words

PATIENCE: Final = 5 * SECOND  # how long leaving waits for cancels before it asks again


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`then` gets "yes", "no" or one of `choices`; "no" changes nothing. `word`: yes is typed, by this word."""

    lines: tuple[Content, ...]
    then: Callable[[str], None]
    choices: str = ""
    word: str = ""


class Asking:
    """At most one question at a time; a new one takes the place of the old, which is then answered by no."""

    def __init__(self, deck: Deck, entering: Entering, leave: Callable[[str | None], None]) -> None:
        self._deck = deck
        self._entering = entering
        self._leave_now = leave  # takes what was chosen: "leave", "cancel" or, with nothing open, nothing
        self.question: Question | None = None
        self._painted = Painted()
        self._leaving_since: int | None = None

    def ask(self, question: Question) -> None:
        """Ask in the console. A review that stands there goes back to its draft."""
        self._entering.leave_review()
        self.question = question
        self._deck.act("asked", question.lines[0].plain)
        strip = self._deck.view.console.question
        strip.ask(*question.lines, choices=question.choices, word=question.word)
        self._deck.view.console.turn("question", len(question.lines) + bool(question.word))
        strip.focus()
        self._painted.expect(strip)

    def drop(self) -> None:
        """Take the question away unanswered."""
        if self.question is not None:
            self._deck.act("not answered", self.question.lines[0].plain)
            self.question = None
            self._deck.view.console.turn("line")

    def answer(self, answer: str, pressed_at: float) -> None:
        """The answer to the question that stands; none, if none stands or it was not on the screen at the key."""
        question = self.question
        if answer != "no" and not self._painted.seen_by(pressed_at):
            return
        if question is None or (answer == "yes" and question.choices):
            return  # where there are choices, yes is none of them
        self.question = None
        self._deck.act(f"answered {answer}", question.lines[0].plain)
        question.then(answer)
        if self.question is None:
            console = self._deck.view.console
            here = self._deck.view.focused is console.question
            console.turn("line")
            if here:
                self._deck.go_back()
            self._entering.show()

    def send(self, command: AnyCommand, what: str) -> None:
        """Post, and say so."""
        self._deck.post(command, what)
        self._deck.say(f"{what} asked")

    def ask_yes(self, *lines: Content, then: Callable[[], None]) -> None:
        """A question that only yes answers."""
        self.ask(Question(lines=lines, then=lambda answer: then() if answer == "yes" else None))

    def ask_typed(self, word: str, *lines: Content, then: Callable[[], None]) -> None:
        """A question that only this word answers, typed letter by letter."""
        self.ask(Question(lines=lines, word=word, then=lambda answer: then() if answer == "yes" else None))

    # --- leaving ---------------------------------------------------------------------------------------------

    def leave(self, before: str = "") -> None:
        """Ask what is to become of open orders, then leave. `before`: why it is asked again. A recording is left at
        once: its orders are long past; a read-only screen leaves everything as it is."""
        if self._deck.lock.locked:
            self._deck.say(LOCKED, Severity.WARNING)
            return
        if self._deck.model.replay is not None or self._deck.options.read_only:
            self._leave_now("leave" if self._deck.options.read_only else None)
            return
        working = list(self._deck.model.open.values())
        draft = "  The draft is not sent." if self._entering.entry.stage is not Stage.EMPTY else ""
        esc: list[Piece] = [(key("confirm.no"), "bold"), " stays"]
        lines: tuple[Content, ...]
        if not working:
            lines = (
                content(("QUIT?", "bold"), f"  No open orders.{draft}"),
                content((f" {key('confirm.yes')} ", "bold reverse $danger"), " quits    ", *esc),
            )
            self.ask(
                Question(lines=lines, then=lambda answer: self._leave_now(None) if answer == "yes" else None)
            )
            return
        lines = (
            content(("QUIT?  ", "bold"), (before, "bold $warn"), f"{orders_words(len(working))} open: ",
                    *tally_words(working), draft),
            *(content((line, "bold $warn")) for line in stakes(self._deck.model)),
            content(("Left alone they may fill or end unseen; the next start asks.", "$dim")),
            content((" l ", "bold reverse $warn"), " leaves them alone    ",
                    (" c ", "bold reverse $danger"), " cancels them, then quits    ", *esc),
        )  # fmt: skip
        self.ask(Question(lines=lines, choices="lc", then=self._left))

    def _left(self, answer: str) -> None:
        if answer == "l":
            self._leave_now("leave")
        elif answer == "c":
            self.send(CancelAll(id=self._deck.new_id()), "cancel all before leaving")
            self._leaving_since = self._deck.desk.mono()

    def tick(self) -> None:
        """While leaving waits for cancels: go when all are answered, ask again when they are not."""
        if self._leaving_since is None:
            return
        working = list(self._deck.model.open.values())
        if not working:
            self._leaving_since = None
            self._leave_now("cancel")
        elif all(map(is_unknown, working)) or self._deck.desk.mono() - self._leaving_since > PATIENCE:
            self._leaving_since = None
            self.leave("not all cancels were answered: ")


def orders_words(count: int) -> str:
    """`1 order`, `2 orders`."""
    return "1 order" if count == 1 else f"{count} orders"
