"""A recorded tape, and what the desk that wrote it knew at any of its rows.

The same fold that runs live and at restart runs here, so the state at a row is the state that was lived there. Reads
only: the tape may be that of a desk that is running, and notices nothing. No thread, no clock, no network.
"""

import logging
import zlib
from collections import deque
from collections.abc import Generator, Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import msgspec

from blotter.desk.acts import seen
from blotter.desk.change import ActSeen
from blotter.desk.feed import RawMessage
from blotter.desk.fold import VERSION, Fold
from blotter.desk.memory import SHOWN_MESSAGES
from blotter.desk.recorded_links import RecordedLinks
from blotter.desk.recorder import LEAVING
from blotter.fix.codec import Message
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.row import Kind, Row
from blotter.journal.snapshot import newest
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Delta
from blotter.venues.base import InstrumentsListed, Venue

log = logging.getLogger(__name__)

MARK_EVERY = 20_000
"""Rows after which the state is kept, so that a jump folds no more than that."""
MARKS_SIZE = 128 * 1024 * 1024
"""Bytes that the kept states may take; of more, every second one goes."""
AHEAD = 1_000
"""Rows read at once."""
ACTS = 200
"""So many of the last acts are asked for the market of their moment."""


_ASKED = b'"ask":"'
"""Stands in every act that carries a market with an offer."""


class Landmark(Enum):
    """What one can jump to."""

    EVENT = "event"
    FILL = "fill"
    REJECT = "reject"
    DISCONNECT = "disconnect"


_CONDITIONS = {
    Landmark.EVENT: "msg_type NOT IN ('0', '1')",
    Landmark.FILL: "kind = 'in' AND msg_type = '8' AND instr(payload, x'013135303D4601') > 0"  # 150=F
    " OR kind = 'evi' AND msg_type = 'Execution'",
    Landmark.REJECT: "kind = 'in' AND (msg_type IN ('3', '9', 'j', 'XAR')"
    " OR msg_type = '8' AND instr(payload, x'013135303D3801') > 0)",  # 150=8
}


class _Top(msgspec.Struct):
    symbol: str
    bid: Decimal | None = None
    ask: Decimal | None = None


class _Terms(msgspec.Struct):
    symbol: str


class _Leg(msgspec.Struct):
    request: _Terms


class _Act(msgspec.Struct):
    """What of an act tells of the market: a command has it in `market`, a submission beside its terms."""

    market: _Top | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    request: _Terms | None = None
    legs: list[_Leg] = []

    @property
    def top(self) -> _Top | None:
        """The top of book at that moment, where it was known."""
        if self.market is not None or (self.bid is None and self.ask is None):
            return self.market
        terms = self.request or (self.legs[0].request if self.legs else None)
        return None if terms is None else _Top(terms.symbol, self.bid, self.ask)


class _Listing(msgspec.Struct):
    """The file that a desk keeps beside its tape."""

    instruments: list[Instrument] = []


class Passed(NamedTuple):
    """One row that was folded, and what it came to."""

    row: Row
    delta: Delta
    link: str  # the session that is another now; "" for none
    quote: Quote | None


class Recording:
    """The state at one row, `row_id`, of a tape. For one thread at a time."""

    def __init__(self, reader: TapeReader, venue: Venue) -> None:
        self.reader = reader
        self.venue = venue
        self.fold = Fold(venue)
        self.links = RecordedLinks()
        self.quotes: dict[str, Quote] = {}  # the top of book at the last act in each symbol
        self.row_id = 0
        self.at = self.first_at  # UTC ns of that row
        self.instruments = self._listed()
        self._marks: dict[int, bytes] = {}
        self._mark_every = MARK_EVERY
        self._ahead: deque[Row] = deque()
        self._decode_act = msgspec.json.Decoder(_Act)

    # --- the tape ------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The file."""
        return self.reader.path

    @property
    def rows(self) -> int:
        """How many there are by now: a desk that is running writes more."""
        return self.reader.last_id

    @property
    def first_at(self) -> int:
        """UTC ns of the first row, 0 when there is none."""
        row = self.reader.row(1)
        return 0 if row is None else row.entry.at

    @property
    def last_at(self) -> int:
        """UTC ns of the newest row, 0 when there is none."""
        row = self.reader.row(self.reader.last_id)
        return 0 if row is None else row.entry.at

    def _listed(self) -> dict[str, Instrument]:
        """Decimals and lots: what the desk kept beside its tape, and what the venue said on it."""
        instruments: dict[str, Instrument] = {}
        try:
            kept = msgspec.json.decode(self.path.with_name("listing.json").read_bytes(), type=_Listing)
            instruments = {one.symbol: one for one in kept.instruments}
        except FileNotFoundError:
            pass  # a copy of the tape alone
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("the listing beside %s is not used: %s", self.path, error)
        said = RowFilter(kinds=frozenset({Kind.IN}), msg_types=frozenset({"y"}), last=20)
        for row in self.reader.rows(said):
            decoded = self.venue.decode(Message(row.entry.payload, row.entry.msg_type), row.entry.at)
            if isinstance(decoded, InstrumentsListed):
                for one in decoded.instruments:
                    known = instruments.get(one.symbol)
                    instruments[one.symbol] = known.updated(one) if known is not None else one
        return instruments

    # --- forward -------------------------------------------------------------------------------------------

    def peek(self) -> Row | None:
        """The row behind this one; None at the end."""
        if not self._ahead:
            self._ahead.extend(self.reader.rows(RowFilter(after=self.row_id, up_to=self.row_id + AHEAD)))
        return self._ahead[0] if self._ahead else None

    def step(self) -> Passed | None:
        """Fold the next row; None at the end."""
        row = self.peek()
        if row is None:
            return None
        self._ahead.popleft()
        delta = self._fold(row)
        quote = self._quote(row)
        if quote is not None:
            self.quotes[quote.symbol] = quote
        link = self.links.apply(row.entry)
        return Passed(row, delta, link.name if link is not None else "", quote)

    def _fold(self, row: Row) -> Delta:
        try:
            delta = self.fold.apply(row.entry)
        except Exception:  # what was survived when it was lived must not stop a replay
            log.exception("row %d could not be folded", row.id)
            delta = Delta()
        self.row_id, self.at = row.id, row.entry.at
        if self.row_id % self._mark_every == 0:
            self._mark()
        return delta

    def _mark(self) -> None:
        if self.row_id in self._marks:
            return
        self._marks[self.row_id] = zlib.compress(self.fold.dump(), 1)
        while sum(map(len, self._marks.values())) > MARKS_SIZE:
            self._mark_every *= 2
            self._marks = {row: data for row, data in self._marks.items() if row % self._mark_every == 0}

    def _quote(self, row: Row) -> Quote | None:
        """The market that an act carries."""
        entry = row.entry
        if entry.kind is not Kind.ACT or _ASKED not in entry.payload:
            return None
        try:
            top = self._decode_act.decode(entry.payload).top
        except msgspec.MsgspecError:
            return None
        return None if top is None else Quote(symbol=top.symbol, bid=top.bid, ask=top.ask, at=entry.at)

    # --- jumps ---------------------------------------------------------------------------------------------

    def seek(self, row_id: int) -> Generator[float]:
        """Go to a row, forward or back; yields from time to time how much of the way is done (0 to 1). Closed before
        the end, it stays at the row that it has come to."""
        row_id = max(0, min(row_id, self.rows))
        if 0 <= row_id - self.row_id <= MARK_EVERY:
            while self.row_id < row_id and self.step() is not None:
                if self.row_id % AHEAD == 0:
                    yield 0.0
            return
        self._start_near(row_id)
        self._ahead.clear()
        start = self.row_id
        try:
            for row in self.reader.rows(RowFilter(after=start, up_to=row_id)):
                self._fold(row)
                if self.row_id % AHEAD == 0:
                    yield (self.row_id - start) / (row_id - start)
        finally:
            here = self.reader.row(self.row_id)
            self.at = self.first_at if here is None else here.entry.at
            self.links.restore(self.reader, self.row_id)
            self._restore_quotes()

    def _start_near(self, row_id: int) -> None:
        """The newest state that is known for a row up to this one, where that is nearer than where we are."""
        stored = newest(self.reader, VERSION, [], row_id)
        kept = max((mark for mark in self._marks if mark <= row_id), default=0)
        here = self.row_id if self.row_id <= row_id else 0
        if stored is not None and stored[0] > max(kept, here):
            try:
                self.fold.load(stored[1])
                self.row_id = stored[0]
                return
            except msgspec.MsgspecError as error:
                log.warning("snapshot at row %d not usable: %s", stored[0], error)
        if here >= kept and here:
            return
        self.fold = Fold(self.venue)
        self.row_id = kept
        if kept:
            self.fold.load(zlib.decompress(self._marks[kept]))

    def _restore_quotes(self) -> None:
        self.quotes = {}
        acts = RowFilter(up_to=self.row_id, kinds=frozenset({Kind.ACT}), text=_ASKED.decode(), last=ACTS)
        for row in self.reader.rows(acts):
            quote = self._quote(row)
            if quote is not None:
                self.quotes[quote.symbol] = quote

    def find(self, what: Landmark, *, back: bool = False) -> int | None:
        """The next row (or the one before) of this kind, seen from here; None when there is none. Heartbeats are no
        events; an end is a disconnect where the session had been live."""
        after, up_to = (0, self.row_id - 1) if back else (self.row_id, None)
        if what is Landmark.DISCONNECT:
            ends = [row.id for row in lost_sessions(self.reader)]
            found = [row_id for row_id in ends if after < row_id and (up_to is None or row_id <= up_to)]
            return (found[-1] if back else found[0]) if found else None
        condition = _CONDITIONS[what]
        rows = self.reader.found(condition, (), after=after, up_to=up_to, newest_first=back, limit=1)
        return rows[0] if rows else None

    # --- what stands there ---------------------------------------------------------------------------------

    def messages(self) -> Iterator[RawMessage]:
        """The last messages up to this row."""
        shown = RowFilter(up_to=self.row_id, kinds=frozenset({Kind.IN, Kind.OUT}), last=SHOWN_MESSAGES)
        return map(raw_message, self.reader.rows(shown))

    def acts(self) -> Iterator[ActSeen]:
        """What was done lately, up to this row."""
        acts = RowFilter(up_to=self.row_id, kinds=frozenset({Kind.ACT}), last=ACTS)
        return (act for row in self.reader.rows(acts) if (act := seen(row.entry)) is not None)


def raw_message(row: Row) -> RawMessage:
    """A message row for the message pane."""
    entry = row.entry
    return RawMessage(entry.session, entry.kind is Kind.OUT, entry.seq, entry.payload, entry.at, row.id)


def lost_sessions(reader: TapeReader) -> Iterator[Row]:
    """The rows at which a session that had been live ended, oldest first; our own leaving is no loss."""
    lived: set[tuple[str, int]] = set()
    for row in reader.rows(RowFilter(kinds=frozenset({Kind.SESSION}))):
        socket = (row.entry.session, row.entry.connection)
        if row.entry.msg_type == "live":
            lived.add(socket)
        elif row.entry.msg_type == "end" and socket in lived and LEAVING.encode() not in row.entry.payload:
            yield row
