"""Sequence numbers by hand: set, reset, ask for messages again, skip. Only where no message can be lost or doubled by
it without a person having said so; what cannot be done comes back with its reason.

The act and the numbers before and after stand on the tape.
"""

from collections.abc import Callable, Sequence

from blotter.desk.change import Answer
from blotter.desk.command import AnyCommand, AskResend, FillGap, ResetNumbers, SetNumbers
from blotter.desk.connection import Connection
from blotter.desk.fold import Fold
from blotter.desk.link import Link
from blotter.desk.numbers import SessionNumbers
from blotter.fix.sequence import LAST_SEQ_NUM, Numbers

BY_HAND = "set by hand"


class NumberCommands:
    """Of one desk's sessions."""

    def __init__(self, links: Sequence[Link], fold: Fold, answer: Callable[[Answer], None]) -> None:
        self._links = links
        self._fold = fold
        self._answer = answer

    def handle(self, command: AnyCommand) -> bool:
        """Carry it out and answer; False when it is not about numbers."""
        if not isinstance(command, SetNumbers | ResetNumbers | AskResend | FillGap):
            return False
        link = next((one for one in self._links if one.name == command.session), None)
        done = ""
        if link is None:
            field, why = "session", f"{command.session}: there is no such session"
        elif link.numbers is None:
            field, why = "session", f"{link.name} begins at 1 with each connection: there is nothing to set"
        else:
            field, why, done = self._carry_out(command, link, link.numbers)
        self._answer(Answer(id=command.id, ok=not why, text=why or done, field=field if why else ""))
        return True

    def _carry_out(
        self, command: SetNumbers | ResetNumbers | AskResend | FillGap, link: Link, numbers: SessionNumbers
    ) -> tuple[str, str, str]:
        """The field at fault and why not, or what was done."""
        if isinstance(command, SetNumbers):
            return _set(command, link, numbers)
        current = link.current
        if isinstance(command, ResetNumbers) and (current is None or current.session is None):
            link.reset_next()
            return "", "", f"the next Logon of {link.name} starts both numbers at 1"
        if current is None or not current.live:
            return "session", f"{link.name} is not live: {link.reason or 'no reason known'}", ""
        if isinstance(command, AskResend):
            return _ask(command, link, current)
        if why := self._unsafe(link, current):
            return "session", why, ""
        if isinstance(command, FillGap):
            return _fill(command, link, current)
        current.reset_numbers()
        return "", "", f"{link.name}: both numbers start at 1 again"

    def _unsafe(self, link: Link, current: Connection) -> str:
        """Why numbers must not be moved under what is on its way."""
        if not link.at_rest:
            return f"{link.name}: messages wait to be sent; try again"
        if waiting := len(self._fold.unanswered(current.number)):
            return f"{link.name}: {waiting} requests wait for an answer; their messages could be lost"
        session = current.session
        if session is not None and session.gap is not None:
            return (
                f"{link.name}: messages {session.gap[0]} to {session.gap[1]} are missing; they would be lost"
            )
        return ""


def _set(command: SetNumbers, link: Link, numbers: SessionNumbers) -> tuple[str, str, str]:
    if not link.suspended or link.current is not None:
        return "session", f"{link.name} must be logged out by hand before its numbers can be set", ""
    for field, value in (("next_out", command.next_out), ("next_in", command.next_in)):
        if value is not None and not 1 <= value <= LAST_SEQ_NUM:
            return field, f"{field} {value}: must be from 1 to {LAST_SEQ_NUM}", ""
    before = numbers.now
    after = Numbers(command.next_out or before.next_out, command.next_in or before.next_in)
    if after == before:
        return "next_out", f"{link.name}: these are its numbers already", ""
    link.reset_next(wanted=False)  # that was said before
    numbers.changed(after, f"{BY_HAND}, before: {before.next_out} out, {before.next_in} in", 0)
    return "", "", f"{link.name}: next {after.next_out} out, {after.next_in} in"


def _ask(command: AskResend, link: Link, current: Connection) -> tuple[str, str, str]:
    session = current.session
    last = 0 if session is None else session.next_in - 1
    if not 1 <= command.begin <= last:
        return "begin", f"begin {command.begin}: messages 1 to {last} have come", ""
    if command.end and not command.begin <= command.end <= last:
        return "end", f"end {command.end}: must be {command.begin} to {last}, or 0 for all", ""
    current.ask_resend(command.begin, command.end)
    return "", "", f"{link.name}: messages from {command.begin} on are asked for again"


def _fill(command: FillGap, link: Link, current: Connection) -> tuple[str, str, str]:
    try:
        current.fill_gap(command.new_seq_no)
    except ValueError as error:
        return "new_seq_no", str(error), ""
    return "", "", f"{link.name}: the next message out is {command.new_seq_no}"
