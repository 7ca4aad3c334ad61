"""One order entry from the first letter to the desk's answer: draft, review, send.

This is where "no single key sends" is true or false, so it is a value without a screen: every method returns
the next entry, and only `confirm` ever yields a command. What it must never do: yield two commands for one
review, yield a command for terms that were not on the screen, or lose what was typed.

    EMPTY ── edit ──> DRAFT ── review ──> REVIEW ── confirm ──> (EMPTY, command)
                        ^                   │ │
                        ├── drop, expire ───┘ └── edit: the review is gone, the line is a draft again
                        │
                        └── drop, expire ── WARNED ── insist ──> (EMPTY, command that accepts the warnings)

An answer that refuses brings the line back as a draft; an answer that warns brings it back as WARNED, with each
warning, where the sending key means nothing: accepting a warning has a key of its own, and that counts only once the
strip has been left alone for a moment, for a key that is held down repeats.
"""

from enum import Enum

import msgspec

from blotter.desk.change import Answer
from blotter.desk.command import Amend, AnyCommand, Release, Submit, SubmitList
from blotter.trading.enums import Side
from blotter.trading.grammar import Mistake
from blotter.trading.intents import AmendOrder, ReleaseHeld
from blotter.trading.request import OrderListRequest, OrderRequest

# Key repeat starts after at most 660 ms on the usual desktops and then comes every 25 to 40 ms.
QUIET_NS = 700_000_000


class Stage(Enum):
    """How far an entry has come."""

    EMPTY = "empty"
    DRAFT = "draft"
    REVIEW = "review"
    WARNED = "warned"


Terms = OrderRequest | OrderListRequest | AmendOrder | ReleaseHeld


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a line means at this instant: the terms, or what is wrong or missing, in words."""

    line: str = ""
    terms: Terms | None = None
    side: Side | None = None
    symbol: str = ""
    words: str = ""  # the order in words
    head: str = ""  # of a list: what it is, where `legs` say the rest
    legs: tuple[str, ...] = ()  # of a list: each leg in words, and when it works
    queue: str = ""  # of an amend: what becomes of its place in the queue
    costs: str = ""  # what else an amend puts at stake
    mistakes: tuple[Mistake, ...] = ()
    missing: str = ""

    @property
    def ready(self) -> bool:
        """Complete, and breaking no rule that can be judged here."""
        return self.terms is not None and not self.mistakes


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk, or time, said about this entry."""

    text: str
    field: str = ""
    warnings: tuple[str, ...] = ()  # what can be insisted on
    rules: tuple[str, ...] = ()  # by which names the desk knows them


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """See the module's diagram. Times are monotonic nanoseconds of the desk's clock."""

    stage: Stage = Stage.EMPTY
    reading: Reading = Reading()
    note: Note | None = None
    reviewed_at: int = 0
    armed_at: int | None = None  # from when on the confirming key counts; None: the review is not painted yet
    touched_at: int = 0  # when the draft was edited or looked at last
    aged: bool = False  # it was left for too long: it must be looked at again before it is reviewed

    @property
    def standing(self) -> bool:
        """Under review, or brought back with warnings: a key could send it."""
        return self.stage in (Stage.REVIEW, Stage.WARNED)

    def edit(self, reading: Reading, now: int = 0) -> "Entry":
        """The line changed. Any review is over: what is confirmed is exactly what was reviewed."""
        stage = Stage.DRAFT if reading.line.strip() else Stage.EMPTY
        return Entry(stage=stage, reading=reading, touched_at=now)

    def age(self, why: str) -> "Entry":
        """A draft that was left alone, or slept over: what it was meant for has gone by."""
        if self.stage is not Stage.DRAFT or self.aged:
            return self
        return msgspec.structs.replace(self, aged=True, note=Note(text=f"{why}: Enter looks at it again"))

    def outlive(self, now: int, lifetime: int) -> "Entry":
        """`age` it once nobody has touched it for `lifetime` ns."""
        if now - self.touched_at < lifetime:
            return self
        return self.age(f"this draft was not touched for {lifetime // 1_000_000_000:,} s")

    def refresh(self, reading: Reading) -> "Entry":
        """The same line read again because the market moved. A review keeps the terms it was opened with."""
        if self.stage is not Stage.DRAFT or reading.line != self.reading.line or reading == self.reading:
            return self
        return msgspec.structs.replace(self, reading=reading)

    def review(self, now: int) -> "Entry":
        """Ask for confirmation. An entry that is not ready stays a draft and shows why."""
        if self.stage is Stage.DRAFT and self.aged:
            return msgspec.structs.replace(self, aged=False, note=None, touched_at=now)
        if self.stage is not Stage.DRAFT or not self.reading.ready:
            return self
        return msgspec.structs.replace(self, stage=Stage.REVIEW, reviewed_at=now, armed_at=None, note=None)

    def painted(self, now: int) -> "Entry":
        """The review is on the screen: from here on the confirming key can mean it.

        Whoever calls `confirm` sees to it that the key was pressed after this: of keys that came in one burst (a
        paste into a terminal without bracketed paste) some may be handled later, but were read before.
        """
        if not self.standing or self.armed_at is not None:
            return self
        return msgspec.structs.replace(self, armed_at=now)

    def confirm(self, now: int, id: str, lifetime: int) -> "tuple[Entry, AnyCommand | None]":
        """The sending key. Yields the command once; the entry is empty afterwards."""
        return self._leave(now, id, lifetime) if self.stage is Stage.REVIEW else (self, None)

    def insist(self, now: int, id: str, lifetime: int) -> "tuple[Entry, AnyCommand | None]":
        """The key that accepts the warnings. As `confirm`."""
        return self._leave(now, id, lifetime) if self.stage is Stage.WARNED else (self, None)

    def _leave(self, now: int, id: str, lifetime: int) -> "tuple[Entry, AnyCommand | None]":
        if self.armed_at is None or self.reading.terms is None:
            return self, None
        if now < self.armed_at:  # still the key of the last confirmation, held down
            return msgspec.structs.replace(self, armed_at=now + QUIET_NS), None
        if now - self.reviewed_at >= lifetime:
            return self.expire(now, lifetime), None
        seen = self.note.rules if self.stage is Stage.WARNED and self.note is not None else ()
        return Entry(), command(self.reading.terms, id, seen)

    def expire(self, now: int, lifetime: int) -> "Entry":
        """A review that nobody confirmed in time is a draft again: its prices have aged."""
        if not self.standing or now - self.reviewed_at < lifetime:
            return self
        seconds = lifetime // 1_000_000_000
        text = f"not sent: the review is older than {seconds} s, Enter reviews it again"
        return msgspec.structs.replace(
            self, stage=Stage.DRAFT, note=Note(text=text), armed_at=None, touched_at=now
        )

    def drop(self) -> "Entry":
        """Esc: a review goes back to the draft, a draft goes away."""
        if not self.standing:
            return Entry()
        return Entry(stage=Stage.DRAFT, reading=self.reading, touched_at=self.touched_at)

    def answered(self, answer: Answer, now: int) -> "Entry":
        """What becomes of a sent entry (`self`, as it was under review) when the desk refuses or warns."""
        if answer.ok:
            return Entry()
        if not answer.warning:
            note = Note(text=answer.text or "refused", field=answer.field)
            return Entry(stage=Stage.DRAFT, reading=self.reading, note=note, touched_at=now)
        warnings = answer.warnings or (answer.text or "the desk warns, and does not say why",)
        return msgspec.structs.replace(
            self,
            stage=Stage.WARNED,
            note=Note(
                text=answer.text or warnings[0],
                field=answer.field,
                warnings=warnings,
                rules=answer.warning_rules,
            ),
            reviewed_at=now,
            armed_at=now + QUIET_NS,
        )


def command(terms: Terms, id: str, accept_rules: tuple[str, ...] = ()) -> AnyCommand:
    """What asks the desk for these terms, warnings of those rules being seen and accepted."""
    match terms:
        case OrderRequest():
            return Submit(id=id, request=terms, accept_rules=accept_rules)
        case OrderListRequest():
            return SubmitList(id=id, request=terms, accept_rules=accept_rules)
        case ReleaseHeld():
            return Release(id=id, held_id=terms.held_id, accept_rules=accept_rules)
        case AmendOrder():
            return Amend(
                id=id,
                order_id=terms.order_id,
                price=terms.price,
                order_qty=terms.order_qty,
                trigger_price=terms.trigger_price,
                mode=terms.mode,
                accept_rules=accept_rules,
            )
