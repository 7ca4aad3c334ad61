"""Many sessions in one line: how many live, and those that do not, the worst first. Pure.

What stands still is worse than what is down, for it still looks alive; order entry is worse than what only watches. A
session of a venue whose desk stands still is not counted as live, whatever it last said of itself.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from blotter.desk.change import DeskView, LinkState, LinkView
from blotter.trading.qualified import split_session
from blotter.tui.format import age
from blotter.tui.session_card import heartbeat_style

KINDS: Final = {"OE": 0, "DC": 1, "MD": 2}
"""What it is for, the most needed first."""
NAMED: Final = 3
"""So many in trouble are told by name; the others by their number."""


class Trouble(IntEnum):
    """What is wrong with a session, the worst first."""

    STALLED = 0  # its whole desk stands still: nothing it shows can be believed
    DOWN = 1  # down, and nothing is being done about it
    WAITING = 2  # until it dials again
    STALE = 3  # silent, TestRequest outstanding
    MOVING = 4  # dialling, logging on or out
    LATE = 5  # live, and heard of longer ago than it should be


_OF_STATE: Final = {
    LinkState.DOWN: Trouble.DOWN,
    LinkState.WAITING: Trouble.WAITING,
    LinkState.STALE: Trouble.STALE,
    LinkState.DIALLING: Trouble.MOVING,
    LinkState.LOGGING_ON: Trouble.MOVING,
    LinkState.LOGGING_OUT: Trouble.MOVING,
}


class Sick(NamedTuple):
    """A session in trouble, in words."""

    trouble: Trouble
    name: str
    words: str

    @property
    def style(self) -> str:
        """How it is drawn."""
        return "$warn" if self.trouble in (Trouble.MOVING, Trouble.LATE) else "bold $danger"


class Crowd(NamedTuple):
    """All sessions. `heard`: ns since the one that was heard of longest ago, among those that live."""

    live: int
    total: int
    heard: int
    sick: tuple[Sick, ...] = ()  # the worst first

    @property
    def words(self) -> str:
        """`14/15 live · kraken OE waiting 3s`."""
        named = [f"{one.name} {one.words}" for one in self.sick[:NAMED]]
        more = [f"{len(self.sick) - NAMED} more"] if len(self.sick) > NAMED else []
        return " · ".join([f"{self.live}/{self.total} live", *named, *more])


def stands_still(name: str, desks: Mapping[str, DeskView], mono: int, after: int) -> int:
    """ns for which the desk of this session has stood still; 0 while it moves. `after`: ns that it may."""
    desk = desks.get(split_session(name).venue)
    return mono - desk.pulse if desk is not None and mono - desk.pulse > after else 0


def crowd(links: Mapping[str, LinkView], desks: Mapping[str, DeskView], mono: int, after: int) -> Crowd:
    """Fold them. `desks`: by venue; `after`: ns for which a desk may stand still."""
    live, heard, sick = 0, 0, []
    for link in links.values():
        still = stands_still(link.name, desks, mono, after)
        found = _sick(link, mono, still)
        if found is not None:
            sick.append(
                (found.trouble, KINDS.get(split_session(link.name).name, len(KINDS)), link.since, found)
            )
        else:
            live += 1
            heard = max(heard, 0 if link.last_in is None else mono - link.last_in)
    sick.sort(key=lambda one: one[:3])
    return Crowd(live, len(links), heard, tuple(one[3] for one in sick))


def _sick(link: LinkView, mono: int, still: int) -> Sick | None:
    if still:
        return Sick(Trouble.STALLED, link.name, f"DESK STALLED {age(still)}")
    if link.state is LinkState.LIVE:
        ago = 0 if link.last_in is None else mono - link.last_in
        late = heartbeat_style(ago, link.heart_bt_int)
        return Sick(Trouble.LATE, link.name, f"heard {age(ago)} ago") if late else None
    retry = "" if link.retry_at is None else f" {age(max(0, link.retry_at - mono))}"
    reason = f": {link.reason}" if link.reason else ""
    return Sick(_OF_STATE[link.state], link.name, f"{link.state.value}{retry}{reason}")
