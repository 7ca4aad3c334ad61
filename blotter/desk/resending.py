"""Answers ResendRequests from the tape, in the background: what may go out again does, the rest is gap-filled.

What could add exposure never goes out twice: an order of a minute ago is not what its trader wants now, and whether
the venue had it is not known. Such a message becomes a gap fill, its request *unconfirmed*, and people are told. A
cancel or a question harms nobody. While an answer is under way nothing newer leaves; nothing is read in the loop.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from anyio import fail_after
from anyio.to_thread import run_sync

from blotter.desk.lane import Lane
from blotter.desk.numbers import SessionNumbers
from blotter.fix.codec import Message
from blotter.fix.recovery import NEVER_AGAIN
from blotter.fix.session import Again, Instant, ResendAsked, Session, Stored

HARMLESS: Final = frozenset({"3", "F", "H", "AF"})
"""MsgTypes that may go out again: Reject, cancels of one order, and questions. A mass cancel would hit orders that were
not there when it was meant."""
PATIENCE: Final = 5.0
"""Seconds for a page of the tape: cancels wait meanwhile, so a disk that hangs ends the connection."""
_PAGE: Final = 200


def resendable(message: Message, now: Instant) -> bool:
    """For `SessionConfig.resendable`."""
    return message.msg_type in HARMLESS


class Resending:
    """Of one connection. `withheld` is told which messages were not sent again although they were asked for."""

    def __init__(
        self,
        session: Session,
        lane: Lane,
        numbers: SessionNumbers,
        withheld: Callable[[list[Message]], None],
    ) -> None:
        self._session = session
        self._lane = lane
        self._numbers = numbers
        self._withheld = withheld
        self._asked: deque[ResendAsked] = deque()

    def asked(self, asked: ResendAsked) -> bool:
        """One more to be answered; True when `run` must be started for it."""
        self._asked.append(asked)
        return len(self._asked) == 1

    async def run(self, now: Instant) -> None:
        """Answer what is asked, one after the other."""
        while self._asked:
            kept_back: list[Message] = []
            with self._lane.together():
                asked = self._asked[0]
                stored = _watched(self._numbers.sent(asked.begin, asked.end), kept_back)
                answer = self._session.resend(asked, stored, now)
                while some := await _in_time(answer):
                    if not self._lane.again(some):
                        break
            self._asked.popleft()
            if kept_back:
                self._withheld(kept_back)


async def _in_time(answer: Iterator[Again]) -> list[Again]:
    """The next page. Raises `TimeoutError`."""
    with fail_after(PATIENCE):
        return await run_sync(_page, answer, abandon_on_cancel=True)


def _page(answer: Iterator[Again]) -> list[Again]:
    return list(islice(answer, _PAGE))


def _watched(stored: Iterable[Stored], kept_back: list[Message]) -> Iterator[Stored]:
    """The same, and a note of what will be gap-filled though it is no session message."""
    for one in stored:
        if one.message.msg_type not in HARMLESS | NEVER_AGAIN:
            kept_back.append(one.message)
        yield one
