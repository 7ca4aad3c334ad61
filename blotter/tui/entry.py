"""One order entry from the first letter to the desk's answer: draft, review, send.

This is where "no single key sends" is true or false, so it is a value without a screen: every method returns
the next entry, and only `confirm` ever yields a command. What it must never do: yield two commands for one
review, yield a command for terms that were not on the screen, or lose what was typed.

    EMPTY ── edit ──> DRAFT ── review ──> REVIEW ── confirm ──> (EMPTY, command)
                        ^                   │ │
                        └── drop, expire ───┘ └── edit: the review is gone, the line is a draft again

An answer that refuses brings the line back as a draft; an answer that warns brings it back under review, where
the confirming key counts only after it has been left alone for a moment: a key that is held down repeats.
"""

from enum import Enum

import msgspec

from blotter.desk.change import Answer
from blotter.desk.command import Amend, AnyCommand, Submit
from blotter.trading.enums import Side
from blotter.trading.grammar import Mistake
from blotter.trading.request import OrderRequest
from blotter.trading.verbs import AmendOrder

# Key repeat starts after at most 660 ms on the usual desktops and then comes every 25 to 40 ms.
QUIET_NS = 700_000_000


class Stage(Enum):
    """How far an entry has come."""

    EMPTY = "empty"
    DRAFT = "draft"
    REVIEW = "review"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a line means at this instant: the terms, or what is wrong or missing, in words."""

    line: str = ""
    terms: OrderRequest | AmendOrder | None = None
    side: Side | None = None
    symbol: str = ""
    words: str = ""  # the order in words
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
    warning: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """See the module's diagram. Times are monotonic nanoseconds of the desk's clock."""

    stage: Stage = Stage.EMPTY
    reading: Reading = Reading()
    note: Note | None = None
    reviewed_at: int = 0
    armed_at: int | None = None  # from when on the confirming key counts; None: the review is not painted yet
    accept_warnings: bool = False

    def edit(self, reading: Reading) -> "Entry":
        """The line changed. Any review is over: what is confirmed is exactly what was reviewed."""
        return Entry(stage=Stage.DRAFT if reading.line.strip() else Stage.EMPTY, reading=reading)

    def refresh(self, reading: Reading) -> "Entry":
        """The same line read again because the market moved. A review keeps the terms it was opened with."""
        if self.stage is not Stage.DRAFT or reading.line != self.reading.line or reading == self.reading:
            return self
        return msgspec.structs.replace(self, reading=reading)

    def review(self, now: int) -> "Entry":
        """Ask for confirmation. An entry that is not ready stays a draft and shows why."""
        if self.stage is not Stage.DRAFT or not self.reading.ready:
            return self
        return msgspec.structs.replace(self, stage=Stage.REVIEW, reviewed_at=now, armed_at=None, note=None)

    def painted(self, now: int) -> "Entry":
        """The review is on the screen: from here on the confirming key can mean it.

        Whoever calls `confirm` sees to it that the key was pressed after this: of keys that came in one burst (a
        paste into a terminal without bracketed paste) some may be handled later, but were read before.
        """
        if self.stage is not Stage.REVIEW or self.armed_at is not None:
            return self
        return msgspec.structs.replace(self, armed_at=now)

    def confirm(self, now: int, id: str, lifetime: int) -> "tuple[Entry, AnyCommand | None]":
        """The confirming key. Yields the command once; the entry is empty afterwards."""
        if self.stage is not Stage.REVIEW or self.armed_at is None:
            return self, None
        if now < self.armed_at:  # still the key of the last confirmation, held down
            return msgspec.structs.replace(self, armed_at=now + QUIET_NS), None
        if now - self.reviewed_at >= lifetime:
            return self.expire(now, lifetime), None
        terms = self.reading.terms
        if isinstance(terms, OrderRequest):
            return Entry(), Submit(id=id, request=terms, accept_warnings=self.accept_warnings)
        if isinstance(terms, AmendOrder):
            return Entry(), Amend(
                id=id, order_id=terms.order_id, price=terms.price, order_qty=terms.order_qty
            )
        return self, None

    def expire(self, now: int, lifetime: int) -> "Entry":
        """A review that nobody confirmed in time is a draft again: its prices have aged."""
        if self.stage is not Stage.REVIEW or now - self.reviewed_at < lifetime:
            return self
        seconds = lifetime // 1_000_000_000
        text = f"not sent: the review is older than {seconds} s, Enter reviews it again"
        return msgspec.structs.replace(
            self, stage=Stage.DRAFT, note=Note(text=text), accept_warnings=False, armed_at=None
        )

    def drop(self) -> "Entry":
        """Esc: a review goes back to the draft, a draft goes away."""
        if self.stage is Stage.REVIEW:
            return Entry(stage=Stage.DRAFT, reading=self.reading)
        return Entry()

    def answered(self, answer: Answer, now: int) -> "Entry":
        """What becomes of a sent entry (`self`, as it was under review) when the desk refuses or warns."""
        if answer.ok:
            return Entry()
        can_insist = answer.warning and isinstance(self.reading.terms, OrderRequest)
        note = Note(text=answer.text or "refused", field=answer.field, warning=can_insist)
        if can_insist:
            return msgspec.structs.replace(
                self,
                stage=Stage.REVIEW,
                note=note,
                reviewed_at=now,
                armed_at=now + QUIET_NS,
                accept_warnings=True,
            )
        return Entry(stage=Stage.DRAFT, reading=self.reading, note=note)
