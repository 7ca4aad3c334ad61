"""A trading floor: several desks, each with its own venue, tape and thread, behind one `DeskPort`.

What a desk tells is qualified by its venue's configured name at this boundary (`floor_names`), and what it is told is
said in its own names again: a desk never knows of the others. A command goes to the desk whose order, symbol or session
it names; one that names none goes to all. One desk's trouble is told with its name and leaves the others alone: nothing
here waits for a desk.

It lives in the screen's thread: nothing in it is locked, and what it asks of a desk is thread-safe.
"""

import heapq
import logging
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from blotter.desk.change import (
    Answer,
    BalancesView,
    DeskPort,
    DeskView,
    ExplainedField,
    Frame,
    Notice,
    Severity,
    StopView,
)
from blotter.desk.command import Acted, AnyCommand, Cancel, Reconcile
from blotter.desk.floor_answers import PATIENCE, Answers
from blotter.desk.floor_names import Mention, mentions, qualify, unqualify
from blotter.desk.floor_views import one_account, one_desk, one_stop
from blotter.trading.qualified import id_at, session_at, split_session, symbol_at, which

log = logging.getLogger(__name__)

RECONCILE_PATIENCE: Final = 60_000_000_000
"""ns: it asks the venue for every order."""
ENDED: Final = "its desk has ended: nobody watches its orders, start Blotter again"


TABLES: Final = (
    "links", "orders", "positions", "quotes", "instruments", "books", "trades", "lists", "held", "profits",
    "differences",
)  # fmt: skip
IN_TIME: Final = ("fills", "messages", "notices", "acts")
"""Fields of a frame: by name, and in the order things happened."""


class FloorDesk(DeskPort, Protocol):
    """One of the desks."""

    def finished(self) -> bool:
        """It has ended, by itself or because something in it failed."""
        ...


class Floor:
    """Implements `DeskPort`."""

    def __init__(self, desks: Mapping[str, FloorDesk]) -> None:
        """`desks`: by the configured name of their venues, in the order they are shown. At least two."""
        if len(desks) < 2:
            raise ValueError("a floor has two desks at least; one desk is its own port")
        self._desks = dict(desks)
        self._answers = Answers()
        self._views: dict[str, DeskView] = {}
        self._balances: dict[str, BalancesView] = {}
        self._stops: dict[str, StopView] = {}
        self._refused: list[Answer] = []
        self._down: dict[str, str] = {}  # venue -> what was told of its desk's failure

    # --- DeskPort ------------------------------------------------------------------------------------------

    def mono(self) -> int:
        return next(iter(self._desks.values())).mono()

    def wall(self) -> int:
        return next(iter(self._desks.values())).wall()

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        own, venue = split_session(session)
        desk = self._desks.get(venue) or next(iter(self._desks.values()))
        return desk.explain(raw, own)

    def post(self, command: AnyCommand) -> None:
        named = list(mentions(command))
        venues = {mention.venue for mention in named}
        there = [venue for venue in self._desks if venue in venues]
        lost = next((mention for mention in named if mention.venue not in self._desks), None)
        if isinstance(command, Acted):
            self._post(command, {venue: _share(command, venue) for venue in there or self._desks})
            return
        if (
            isinstance(command, Cancel) and there
        ):  # what does not say its venue keeps no other from its cancel
            self._post(command, {venue: _share(command, venue) for venue in there})
        if lost is not None:
            self._refuse(command, self._where(lost), lost.field)
        elif not named:
            self._post(command, dict.fromkeys(self._desks, command))
        elif isinstance(command, Cancel):
            return
        elif len(there) == 1:
            self._post(command, {there[0]: unqualify(command)})
        else:
            text = f"{type(command).__name__.lower()}: of one venue at a time, not {' and '.join(there)}"
            self._refuse(command, text, named[0].field)

    def drain(self) -> Frame:
        merged = Frame(venues=tuple(self._desks))
        frames: list[Frame] = []
        for venue, desk in self._desks.items():
            frame = self._drained(venue, desk, merged)
            if frame is not None:
                frames.append(frame)
                self._merge(venue, frame, merged)
        for field in IN_TIME:  # what one desk tells stays in its order, whatever its times are
            every = [getattr(frame, field) for frame in (merged, *frames)]
            setattr(merged, field, list(heapq.merge(*every, key=lambda one: one.at)))
        self._sum_up(merged)
        merged.answers += [*self._refused, *self._answers.late(self.mono())]
        self._refused = []
        return merged

    # --- commands ------------------------------------------------------------------------------------------

    def _post(self, command: AnyCommand, shares: Mapping[str, AnyCommand]) -> None:
        """Each desk its share; those who have ended are told of at once, and never keep the others from theirs."""
        now = self.mono()
        if len(shares) > 1 and not isinstance(command, Acted):
            patience = RECONCILE_PATIENCE if isinstance(command, Reconcile) else PATIENCE
            self._answers.ask(command.id, shares, now, patience)
        for venue, share in shares.items():
            desk = self._desks[venue]
            try:
                if desk.finished():
                    raise RuntimeError(ENDED)
                desk.post(share)
            except RuntimeError as error:
                if not isinstance(command, Acted):  # which has no answer
                    self._take(
                        venue, Answer(id=command.id, ok=False, text=f"{venue}: {error}"), self._refused
                    )

    def _take(self, venue: str, answer: Answer, into: list[Answer]) -> None:
        told = self._answers.take(venue, answer)
        if told is not None:
            into.append(told)

    def _refuse(self, command: AnyCommand, text: str, field: str) -> None:
        self._refused.append(Answer(id=command.id, ok=False, text=text, field=field))

    def _where(self, mention: Mention) -> str:
        """What to say instead of a name that does not tell the venue."""
        at = {"symbol": symbol_at, "session": session_at}.get(mention.kind.value, id_at)
        return f"{mention.text}: at which venue? {which(at(mention.text, venue) for venue in self._desks)}"

    # --- frames --------------------------------------------------------------------------------------------

    def _drained(self, venue: str, desk: FloorDesk, merged: Frame) -> Frame | None:
        """What a desk has to tell, qualified. What is wrong with it is said once."""
        wrong, frame = "", None
        try:
            frame = qualify(desk.drain(), venue)
        except Exception as error:
            wrong = f"cannot be shown: {error!r} (logged)"
            if self._down.get(venue) != wrong:
                log.exception("the desk of %s cannot be drained", venue)
        if desk.finished():
            wrong = ENDED
        if wrong and self._down.get(venue) != wrong:
            merged.notices.append(Notice(at=self.wall(), severity=Severity.ERROR, text=f"{venue}: {wrong}"))
        self._down[venue] = wrong
        return frame

    def _merge(self, venue: str, frame: Frame, merged: Frame) -> None:
        for field in TABLES:
            getattr(merged, field).update(getattr(frame, field))
        merged.messages_dropped += frame.messages_dropped
        for answer in frame.answers:
            self._take(venue, answer, merged.answers)
        if frame.desk is not None:
            self._views[venue] = merged.desks[venue] = frame.desk
        if frame.balances is not None:
            self._balances[venue] = merged.balances = frame.balances
        if frame.stop is not None:
            self._stops[venue] = merged.stop = frame.stop

    def _sum_up(self, merged: Frame) -> None:
        """What a frame has one of is made of all desks' newest, where one of them has a newer one."""
        if merged.desks:
            merged.desk = one_desk(
                {venue: self._views[venue] for venue in self._desks if venue in self._views}
            )
        if merged.balances is not None:
            merged.balances = one_account(self._balances)
        if merged.stop is not None:
            merged.stop = one_stop(self._stops, len(self._desks))


def _share(command: Cancel | Acted, venue: str) -> AnyCommand:
    """Of orders at several venues, those at one."""
    here = {mention.text for mention in mentions(command) if mention.venue == venue}
    share = msgspec.structs.replace(command, order_ids=tuple(id for id in command.order_ids if id in here))
    if isinstance(share, Acted) and share.symbol not in here:
        share = msgspec.structs.replace(share, symbol="")
    return unqualify(share)
