"""The verbs of a session as data: what each is called, when it cannot be used and why, what it puts at stake.

A row more is a verb more: the card shows it with its key, greyed with the reason; the sessions pane and the command
line run it by the same row. `risk` is what a person confirms by typing the session's name, together with what the venue
does to open orders then; a verb without one acts at once.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from blotter.desk.change import RECORDED, LinkState, LinkView
from blotter.desk.command import AnyCommand, HandOver, LogOn, LogOut, Reconnect, TestLink
from blotter.tui.model import Model

READ_ONLY: Final = "read-only: nothing can be sent, cancelled or changed"


class SessionVerb(NamedTuple):
    """`why_not`: why it cannot be done to this session now; "" when it can. `command`: made of an id and the session's
    name."""

    name: str  # "log out"; its action is `sessions.log-out`
    risk: str
    why_not: Callable[[LinkView], str]
    command: Callable[[str, str], AnyCommand]

    @property
    def action(self) -> str:
        """Id in the registry of actions, where its key is."""
        return f"sessions.{self.name.replace(' ', '-')}"


def _live(link: LinkView) -> str:
    return "" if link.state in (LinkState.LIVE, LinkState.STALE) else f"it is {link.state.value}"


def _hand_over(link: LinkView) -> str:
    if link.lasting:
        return "its numbers go on: one connection at a time"
    return "it is being handed over already" if link.handover else _live(link)


def stakes(model: Model, venue: str | None = None) -> list[str]:
    """What becomes of open orders when their session goes, in the venue's own terms, a line for each venue that has
    some: `1 order open at kraken: open orders of the session are canceled by the venue`. `venue`: of this one only."""
    lines = []
    for name, desk in model.by_venue.items():
        count = sum(1 for order in model.open.values() if model.venue_of(order.symbol) == name)
        if count and venue in (None, name):
            where = f" at {name}" if name else ""
            lines.append(f"{count} order{'s' if count > 1 else ''} open{where}: {desk.when_disconnected}")
    return lines


VERBS: Final[tuple[SessionVerb, ...]] = (
    SessionVerb("test", "", _live, lambda id, name: TestLink(id=id, session=name)),
    SessionVerb(
        "hand over",
        "Requests go to the new session once it is live; then the old one logs out.",
        _hand_over,
        lambda id, name: HandOver(id=id, session=name),
    ),
    SessionVerb(
        "reconnect",
        "Logs out and dials again. Until then nobody hears of fills.",
        lambda link: "it was logged out: log it on" if link.suspended else "",
        lambda id, name: Reconnect(id=id, session=name),
    ),
    SessionVerb(
        "log out",
        "Stays down until it is logged on again. Until then nobody hears of fills.",
        lambda link: "it is logged out already" if link.suspended else "",
        lambda id, name: LogOut(id=id, session=name),
    ),
    SessionVerb(
        "log on",
        "",
        lambda link: "" if link.suspended else "it was not logged out: it dials by itself",
        lambda id, name: LogOn(id=id, session=name),
    ),
)


def closed(model: Model, read_only: bool) -> str:
    """Why no verb can be used at all; "" when they can."""
    if model.replay is not None or (model.desk is not None and model.desk.recording):
        return RECORDED
    return READ_ONLY if read_only else ""
