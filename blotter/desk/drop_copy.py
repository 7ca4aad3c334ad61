"""The independent check: what the drop copy says against what order entry said, report by report.

The drop copy brings every report of the account again, about a second later, over a session of its own (fact sheet
section 8). What order entry missed enters the ledger from here, by the desk, for the ledger takes a report once however
often it comes. This module only compares, and it must never cost the order path more than a dictionary look-up:

    order entry said it, the drop copy says the same        nothing, that is the ordinary case
    both said it, and not the same                          a difference
    order entry said it, the drop copy not within `WITHIN`  a difference, resolved when the copy comes after all
    the drop copy said it, order entry not within `WITHIN`  a difference, resolved when the report comes after all

Where one of the two was away there is nothing to compare: the copy starts with its logon and repeats nothing, and
refused orders may not be on it at all. A difference is kept, over restarts too, until a person has seen it.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

import msgspec

from blotter.desk.change import Difference, Severity
from blotter.desk.clock import Clock
from blotter.desk.feed import Feed
from blotter.desk.recorder import Recorder, SessionNote
from blotter.fix.session import Instant
from blotter.trading.decimals import plain
from blotter.trading.event import ExecutionReport
from blotter.trading.ledger import Delta
from blotter.venues.base import SessionKind

SECOND = 1_000_000_000
WITHIN = 5.0
"""Seconds in which the other session must have said the same: the copy is about 1 s late."""
SETTLED = 1.0
"""Seconds after its logon from which on the drop copy must have what order entry says."""
SHOWN = 20
"""Differences told one by one; a bad day's thousands are counted in one more."""
KEPT = 20_000
"""Reports waiting for their counterpart at most; the oldest beyond that count as missed before their time."""
STORED = "differences.DC"
"""Key on the tape: the differences nobody has seen yet."""

_Key = tuple[str, str]  # (Symbol, ExecID): neither alone is unique (fact sheet trap 11)


class _Said(NamedTuple):
    """A report that one session has brought and the other not yet."""

    report: ExecutionReport
    mono: int


class DropCopy:
    """One account's check. `reason` says why the session is away; None where no drop copy is configured."""

    def __init__(
        self,
        recorder: Recorder,
        clock: Clock,
        feed: Feed,
        notice: Callable[[Severity, str, str], None],
        reason: Callable[[], str] | None,
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._feed = feed
        self._notice = notice
        self._reason = reason
        self._within = int(WITHIN * SECOND)
        self._entry_since: int | None = None  # mono ns since when order entry has been up; None: it is not
        self._copy_since: int | None = None
        self._lost_since: int | None = None if reason is None else clock().mono
        self._awaited: dict[_Key, _Said] = {}  # order entry said it, oldest first
        self._early: dict[_Key, _Said] = {}  # the drop copy said it
        self._open: dict[str, Difference] = {}
        self._missing: dict[_Key, tuple[str, _Said]] = {}  # told as a difference, and its id
        self._unsettled: dict[str, int] = {}  # id -> how many in `_missing` stand behind it
        self._more = 0  # told together, beyond those shown one by one
        self._more_id = ""
        self._changed = False
        self._restore()

    # --- what others may ask -------------------------------------------------------------------------------

    @property
    def configured(self) -> bool:
        """There is a drop copy session, up or not."""
        return self._reason is not None

    def lost_since(self) -> int | None:
        """Mono ns since when there is no independent check although there should be one; None while there is."""
        return self._lost_since

    @property
    def trouble(self) -> str:
        """Why there is no independent check now, in words; "" while there is, or where none is configured."""
        if self._reason is None or self._lost_since is None:
            return ""
        reason = self._reason()
        return "the drop copy is away" + (f": {reason}" if reason else "") + "; nothing checks the reports"

    # --- what the desk says --------------------------------------------------------------------------------

    def up(self, kind: SessionKind) -> None:
        """A session has logged on."""
        now = self._clock().mono
        if kind is SessionKind.ORDER_ENTRY:
            self._entry_since = now
        elif kind is SessionKind.DROP_COPY:
            self._copy_since, self._lost_since = now, None

    def down(self, kind: SessionKind) -> None:
        """A session that was up has ended. What waits for it can no longer be compared."""
        if kind is SessionKind.ORDER_ENTRY:
            self._entry_since = None
            self._early.clear()
        elif kind is SessionKind.DROP_COPY:
            self._copy_since, self._lost_since = None, self._clock().mono
            self._awaited.clear()

    def heard(self, kind: SessionKind, report: ExecutionReport, delta: Delta, now: Instant) -> bool:
        """A report that has just been folded, with what it changed. True when it had to come a second time."""
        if report.exec_id is None or self._reason is None:
            return False
        key = (report.symbol, report.exec_id)
        if kind is SessionKind.ORDER_ENTRY:
            if self._early and (said := self._early.pop(key, None)) is not None:
                self._compare(report, said.report)
            elif self._missing and key in self._missing:
                self._compare(report, self._came(key, now.mono))
            elif not delta.repeated:
                if _up_for(SETTLED, self._copy_since, now.mono):
                    self._awaited[key] = _Said(report, now.mono)
            else:
                return False
            return delta.repeated
        if kind is SessionKind.DROP_COPY:
            said = self._awaited.pop(key, None)
            if said is not None:
                self._compare(said.report, report)
            elif key in self._missing:
                self._compare(self._came(key, now.mono), report)
            elif not delta.repeated:
                self._only_here(key, report, delta, now)
        return delta.repeated

    def look(self, mono: int) -> None:
        """Called with every beat of the desk."""
        nothing = f"nothing within {self._within / SECOND:g} s"
        for key, said in _overdue(self._awaited, mono - self._within):
            self._miss(key, said, _words(said.report), nothing)
        for key, said in _overdue(self._early, mono - self._within):
            self._miss(key, said, nothing, _words(said.report))
        if self._changed:
            self._changed = False
            self._recorder.set_meta(STORED, msgspec.json.encode(list(self._open.values())).decode())

    def acknowledge(self, difference_id: str) -> bool:
        """A person has seen it. False: it is none of ours."""
        if self._open.pop(difference_id, None) is None:
            return False
        if self._unsettled.pop(difference_id, 0):
            self._missing = {key: one for key, one in self._missing.items() if one[0] != difference_id}
        self._changed = True
        self._feed.difference(difference_id, None)
        return True

    # --- comparing -----------------------------------------------------------------------------------------

    def _compare(self, entry: ExecutionReport, copy: ExecutionReport) -> None:
        unlike = _unlike(entry, copy)
        if not unlike:
            return
        self._differ(
            (entry.symbol, entry.exec_id or ""),
            entry,
            ", ".join(f"{name} {ours}" for name, ours, _ in unlike),
            ", ".join(f"{name} {theirs}" for name, _, theirs in unlike),
        )

    def _only_here(self, key: _Key, report: ExecutionReport, delta: Delta, now: Instant) -> None:
        """What order entry did not say. A fill is told at once: it is in the ledger by the drop copy's word alone."""
        for fill in delta.fills:
            text = f"the fill of {fill.order_id} ({fill.exec_id}) came by drop copy, order entry did not report it"
            self._notice(Severity.WARNING, text, fill.order_id)
        if _up_for(self._within / SECOND, self._entry_since, now.mono):
            self._early[key] = _Said(report, now.mono)

    def _miss(self, key: _Key, said: _Said, ours: str, theirs: str) -> None:
        difference_id = self._differ(key, said.report, ours, theirs)
        if len(self._missing) < KEPT:
            self._missing[key] = (difference_id, said)
            self._unsettled[difference_id] = self._unsettled.get(difference_id, 0) + 1

    def _differ(self, key: _Key, report: ExecutionReport, ours: str, theirs: str) -> str:
        """Tell it, and return the id it is told under."""
        at, own_id = self._clock().wall, self._own_id(report)
        difference = Difference(
            id=f"drop copy {key[0]} {key[1]}",
            at=at,
            what=f"report {key[1]} of {own_id or key[0]}",
            ours=f"order entry: {ours}",
            theirs=f"drop copy: {theirs}",
            source="drop copy",
            order_id=own_id,
        )
        self._make_room()
        if len(self._open) >= SHOWN and difference.id not in self._open:
            if self._more_id not in self._open:
                self._more, self._more_id = 0, f"drop copy {at}"
            self._more += 1
            what = f"{self._more} more report{'s' if self._more > 1 else ''}, the last is {difference.what}"
            difference = msgspec.structs.replace(difference, id=self._more_id, what=what, order_id="")
        if difference.id not in self._open:
            text = f"{difference.what}: {difference.ours}; {difference.theirs}"
            self._tell(Severity.ERROR, difference, text)
        self._publish(difference)
        return difference.id

    def _came(self, key: _Key, mono: int) -> ExecutionReport:
        """The other session has said it after all. Returns what the one said that had it in time."""
        difference_id, said = self._missing.pop(key)
        self._unsettled[difference_id] -= 1
        if not self._unsettled[difference_id]:
            del self._unsettled[difference_id]
            difference = self._open.get(difference_id)
            if (
                difference is not None and difference_id != self._more_id
            ):  # not all of those are known any more
                resolved = f"it came after all, {(mono - said.mono) / SECOND:.1f} s after the other"
                self._publish(msgspec.structs.replace(difference, resolved=resolved))
                self._tell(Severity.INFO, difference, f"{difference.what}: {resolved}")
        return said.report

    # --- telling -------------------------------------------------------------------------------------------

    def _own_id(self, report: ExecutionReport) -> str:
        fold = self._recorder.fold
        own_id = fold.own_id((report.cl_ord_id, report.orig_cl_ord_id))
        if not own_id and report.order_id is not None:
            order = fold.ledger.of_report(report)
            own_id = "" if order is None else order.id
        return own_id

    def _make_room(self) -> None:
        """What went away by itself gives way to what has not."""
        while len(self._open) >= SHOWN:
            resolved = next((one.id for one in self._open.values() if one.resolved), None)
            if resolved is None:
                return
            del self._open[resolved]
            self._feed.difference(resolved, None)

    def _publish(self, difference: Difference) -> None:
        self._open[difference.id] = difference
        self._changed = True
        self._feed.difference(difference.id, difference)

    def _tell(self, severity: Severity, difference: Difference, text: str) -> None:
        self._notice(severity, text, difference.order_id)
        self._recorder.note(SessionKind.DROP_COPY.value, 0, SessionNote(event="difference", text=text))

    def _restore(self) -> None:
        stored = self._recorder.meta(STORED)
        for difference in msgspec.json.decode(stored, type=list[Difference]) if stored else ():
            self._open[difference.id] = difference
            self._feed.difference(difference.id, difference)


def _up_for(seconds: float, since: int | None, mono: int) -> bool:
    """Whether a session has been up long enough to have the report too."""
    return since is not None and mono - since >= seconds * SECOND


def _overdue(where: dict[_Key, _Said], before: int) -> list[tuple[_Key, _Said]]:
    """Take those out that wait since before then."""
    overdue = []
    while where:
        key = next(iter(where))
        if where[key].mono > before and len(where) <= KEPT:
            break
        overdue.append((key, where.pop(key)))
    return overdue


def _unlike(ours: ExecutionReport, theirs: ExecutionReport) -> list[tuple[str, str, str]]:
    """What should be the same and is not: its name, and both sides in words."""
    return [
        (name, _word(one), _word(other))
        for name, one, other in (
            ("order", ours.order_id, theirs.order_id),
            ("status", ours.ord_status, theirs.ord_status),
            ("filled", ours.cum_qty, theirs.cum_qty),
            ("price", ours.price, theirs.price),
            ("last quantity", ours.last_qty, theirs.last_qty),
            ("last price", ours.last_px, theirs.last_px),
            ("fee", ours.fees, theirs.fees),
        )
        if one != other
    ]


def _words(report: ExecutionReport) -> str:
    words = f"{_word(report.ord_status)}, filled {plain(report.cum_qty)}"
    if report.last_qty and report.last_px is not None:
        words += f", last {plain(report.last_qty)} @ {plain(report.last_px)}"
    return words


def _word(value: object) -> str:
    match value:
        case Enum():
            return value.name.replace("_", " ").lower()
        case Decimal():
            return plain(value)
        case tuple():
            return " + ".join(f"{plain(fee.amount)} {fee.asset}" for fee in value) or "none"
        case _:
            return "none" if value is None else str(value)
