"""A desk port that lets only some commands through: the last door before the desk, behind every dialogue.

A read-only screen and a locked one are made of this: what must not leave is answered with the reason, as a desk's
refusal is, and never reaches the desk. No way round it exists, for the screen has no other port.
"""

from collections.abc import Callable

from blotter.desk.change import Answer, DeskPort, ExplainedField, Frame
from blotter.desk.command import (
    Acted,
    AnyCommand,
    Cancel,
    CancelAll,
    CancelList,
    Disarm,
    MassCancelSymbol,
    Stop,
    Unwatch,
    Watch,
)

LOOKING = (Watch, Unwatch)
"""What asks for the market and changes nothing."""
SAFE = (Cancel, CancelAll, CancelList, MassCancelSymbol, Stop, Disarm, Acted)
"""What a locked screen may still do: everything that only takes risk away."""


class Restricted:
    """Implements `DeskPort` on top of another one. `why_not`: why a command must not leave, "" when it may."""

    def __init__(self, desk: DeskPort, why_not: Callable[[AnyCommand], str]) -> None:
        self._desk = desk
        self._why_not = why_not
        self._refused: list[Answer] = []

    def post(self, command: AnyCommand) -> None:
        """To the desk, or back with the reason."""
        if why := self._why_not(command):
            if not isinstance(command, Acted):
                self._refused.append(Answer(id=command.id, ok=False, text=why))
        else:
            self._desk.post(command)

    def drain(self) -> Frame:
        """The desk's frame, and what was refused here."""
        frame = self._desk.drain()
        if self._refused:
            frame.answers, self._refused = [*self._refused, *frame.answers], []
        return frame

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        """As the desk does."""
        return self._desk.explain(raw, session)

    def mono(self) -> int:
        """The desk's clock."""
        return self._desk.mono()

    def wall(self) -> int:
        """UTC ns."""
        return self._desk.wall()
