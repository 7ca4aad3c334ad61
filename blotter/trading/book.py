"""A symbol's order book as the market-data stream tells it: prices, what shows at each, and whether to believe it.

A book begins with a snapshot and goes on with changes, each with the numbers of the updates it stands for (fact sheet
section 9.4). A number that is missing, or bids that meet asks, prove that something was lost: from then on the book is
not `LIVE` and changes nothing until the next snapshot. It keeps its last sound levels to look at; nothing may be
priced by them.

Beyond the last price of a full snapshot nothing is known, and a change out there stands between prices that nobody
told: such levels are left out. Pure: no clock, no wire; times are UTC ns.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import Side

ZERO: Final = Decimal(0)
BASIS_POINTS: Final = 10_000
MAX_EARLY: Final = 1_000
"""Changes kept while the snapshot is awaited. Were there more, the first that is kept shows a gap."""

Level = tuple[Decimal, Decimal]
"""Price and size."""


class BookChange(NamedTuple):
    """What became of some prices of a symbol. Sizes are what shows there now, never differences; 0: nothing does.

    `first` and `last`: the book updates it stands for; None where the venue does not number them.
    """

    symbol: str
    first: int | None
    last: int | None
    bids: Sequence[Level]
    asks: Sequence[Level]


class BookState(Enum):
    """How a book stands. The value is what the screen says."""

    LIVE = "live"
    STALE = "stale"
    RESYNCHRONISING = "resynchronising"  # stale, and a snapshot has been asked for


class BookView(msgspec.Struct, frozen=True, kw_only=True):
    """A book at one moment, best levels first. Unless it is `LIVE` the levels are of the past."""

    symbol: str
    state: BookState
    since: int  # UTC ns since when it is in this state
    reason: str = ""  # why it is not live
    at: int | None = None  # UTC ns when the levels last changed here; None: never had any
    update_id: int | None = None
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    bids_known_to: Decimal | None = None  # below it nothing is known; None: all of the side is
    asks_known_to: Decimal | None = None  # above it, likewise
    resyncs: int = 0  # how often it had to begin anew

    @property
    def live(self) -> bool:
        return self.state is BookState.LIVE

    @property
    def bid(self) -> Decimal | None:
        return self.bids[0][0] if self.bids else None

    @property
    def ask(self) -> Decimal | None:
        return self.asks[0][0] if self.asks else None

    @property
    def spread_bp(self) -> Decimal | None:
        """Between best bid and best ask, in basis points of their middle; None while a side is empty."""
        if not self.bids or not self.asks:
            return None
        bid, ask = self.bids[0][0], self.asks[0][0]
        return (ask - bid) * 2 * BASIS_POINTS / (ask + bid) if ask + bid else None

    def cumulated(self, side: Side, levels: int) -> Decimal:
        """What shows on the best `levels` prices of a side (BUY: bids)."""
        shown = self.bids if side is Side.BUY else self.asks
        return sum((size for _, size in shown[:levels]), ZERO)

    def imbalance(self, levels: int) -> Decimal | None:
        """Of what shows on the best `levels` prices, bids less asks over both: 1 all bids, -1 all asks."""
        bids, asks = self.cumulated(Side.BUY, levels), self.cumulated(Side.SELL, levels)
        return (bids - asks) / (bids + asks) if bids + asks else None


class _Half:
    """One side. Prices ascending beside a dict of sizes: most changes touch the dict only, and at a few thousand
    levels a bisect and a short move of memory beat every tree (measured: tests/bench/test_bench_book.py)."""

    __slots__ = ("_bids", "known_to", "prices", "sizes")

    def __init__(self, *, bids: bool) -> None:
        self._bids = bids
        self.prices: list[Decimal] = []
        self.sizes: dict[Decimal, Decimal] = {}
        self.known_to: Decimal | None = None

    def begin(self, levels: Sequence[Level], depth: int) -> None:
        """As the snapshot has it; a full one says nothing of what is beyond."""
        self.sizes = {price: size for price, size in levels if size}
        self.prices = sorted(self.sizes)
        self.known_to = self._worst if len(self.prices) >= depth else None

    def apply(self, levels: Sequence[Level]) -> None:
        """NEW and CHANGE alike say what shows at a price (fact sheet 9.4); what is unknown and goes is no matter."""
        sizes, prices, known_to = self.sizes, self.prices, self.known_to
        for price, size in levels:
            if not size:
                if sizes.pop(price, None) is not None:
                    del prices[bisect_left(prices, price)]
            elif price in sizes:
                sizes[price] = size
            elif known_to is None or (price >= known_to if self._bids else price <= known_to):
                sizes[price] = size
                insort(prices, price)

    def prune(self, depth: int) -> None:
        """Forget what is far beyond the depth: a side must not grow for ever while the market wanders."""
        if len(self.prices) <= 2 * depth:
            return
        gone = self.prices[:-depth] if self._bids else self.prices[depth:]
        for price in gone:
            del self.sizes[price]
        self.prices = self.prices[-depth:] if self._bids else self.prices[:depth]
        self.known_to = self._worst

    @property
    def best(self) -> Decimal | None:
        if not self.prices:
            return None
        return self.prices[-1] if self._bids else self.prices[0]

    @property
    def _worst(self) -> Decimal:
        return self.prices[0] if self._bids else self.prices[-1]

    def levels(self, count: int) -> tuple[Level, ...]:
        prices = self.prices[: -count - 1 : -1] if self._bids else self.prices[:count]
        sizes = self.sizes
        return tuple([(price, sizes[price]) for price in prices])


class Book:
    """One symbol's, kept with `depth` levels a side. Not thread-safe; a `view` is.

    Apply all changes of one message, then `settle`: between the two a sound book may look crossed.
    """

    def __init__(self, symbol: str, depth: int, at: int) -> None:
        self.symbol = symbol
        self.depth = depth
        self.update_id: int | None = None
        self.at: int | None = None
        self.since = at
        self.resyncs = 0
        self.broken = False  # there is proof that something was lost, and with it perhaps more than the book
        self._bids = _Half(bids=True)
        self._asks = _Half(bids=False)
        self._sound = False
        self._awaited = False
        self._why = "no snapshot yet"
        self._late = ""
        self._early: list[BookChange] = []

    # --- what it is ------------------------------------------------------------------------------------

    @property
    def sound(self) -> bool:
        """The levels are the venue's as of `update_id`, whether it is still heard or not."""
        return self._sound

    @property
    def state(self) -> BookState:
        if self._sound:
            return BookState.STALE if self._late else BookState.LIVE
        return BookState.RESYNCHRONISING if self._awaited else BookState.STALE

    @property
    def reason(self) -> str:
        """Why it is not live; "" while it is."""
        return self._late if self._sound else self._why

    @property
    def top(self) -> tuple[Level | None, Level | None]:
        """Best bid and best ask."""
        bids, asks = self._bids.levels(1), self._asks.levels(1)
        return bids[0] if bids else None, asks[0] if asks else None

    @property
    def thin(self) -> bool:
        """Of the levels asked for more than half are gone, and what is behind them is not known."""
        return self._sound and any(
            half.known_to is not None and 2 * len(half.prices) < self.depth
            for half in (self._bids, self._asks)
        )

    def levels(self, side: Side, count: int) -> tuple[Level, ...]:
        """The best of a side (BUY: bids), at most `count`."""
        return (self._bids if side is Side.BUY else self._asks).levels(count)

    def view(self, levels: int) -> BookView:
        """As it is now, at most `levels` a side, and never more than were asked for."""
        count = min(levels, self.depth)
        return BookView(
            symbol=self.symbol,
            state=self.state,
            since=self.since,
            reason=self.reason,
            at=self.at,
            update_id=self.update_id,
            bids=self._bids.levels(count),
            asks=self._asks.levels(count),
            bids_known_to=self._bids.known_to,
            asks_known_to=self._asks.known_to,
            resyncs=self.resyncs,
        )

    # --- what is told of it ----------------------------------------------------------------------------

    def snapshot(self, update_id: int | None, bids: Sequence[Level], asks: Sequence[Level], at: int) -> None:
        """The book as a whole. What came early is applied on top."""
        if self.at is not None:
            self.resyncs += 1
        if not self._sound or self._late:
            self.since = at
        self._bids.begin(bids, self.depth)
        self._asks.begin(asks, self.depth)
        self.update_id, self.at = update_id, at
        self._sound, self._awaited, self.broken, self._late = True, False, False, ""
        early, self._early = self._early, []
        for change in early:
            self.apply(change, at)
        self.settle(at)

    def early(self, change: BookChange) -> None:
        """A change of the stream whose snapshot is awaited."""
        self._early.append(change)
        del self._early[:-MAX_EARLY]

    def apply(self, change: BookChange, at: int) -> None:
        """A change in sequence. What was told before is passed over; one after a gap ends the belief."""
        if not self._sound:
            return
        known, last = self.update_id, change.last
        if known is not None and last is not None:
            if last <= known:
                return
            first = last if change.first is None else change.first
            if first > known + 1:
                self.doubt(f"updates {known + 1} to {first - 1} are missing", at, broken=True)
                return
        self._bids.apply(change.bids)
        self._asks.apply(change.asks)
        self.update_id, self.at = last, at
        if self._late:
            self.heard(at)

    def settle(self, at: int) -> None:
        """A whole message has been applied: see whether what came out can be."""
        if not self._sound:
            return
        bids, asks = self._bids, self._asks
        bid, ask = bids.best, asks.best
        if bid is not None and ask is not None and bid >= ask:
            self.doubt(f"crossed: bid {plain(bid)}, ask {plain(ask)}", at, broken=True)
        elif (bid is None and bids.known_to is not None) or (ask is None and asks.known_to is not None):
            self.doubt(f"the {self.depth} levels that were known are gone", at)
        else:
            bids.prune(self.depth)
            asks.prune(self.depth)

    # --- what is made of it ----------------------------------------------------------------------------

    def doubt(self, why: str, at: int, *, broken: bool = False) -> None:
        """It is not to be believed until the next snapshot."""
        self.broken |= broken
        if self._sound and not self._late:
            self.since = at
        self._why = why
        self._sound = self._awaited = False
        self._late = ""
        self._early.clear()

    def awaiting(self) -> None:
        """A snapshot has been asked for. A sound book goes on with what it hears meanwhile."""
        self._awaited = True
        self._early.clear()

    def late(self, why: str, at: int) -> None:
        """Nothing is heard of the session: it may have moved. It is live again as soon as something is."""
        if self._sound and not self._late:
            self._late, self.since = why, at

    def heard(self, at: int) -> None:
        """The session speaks, and nothing was lost."""
        if self._late:
            self._late, self.since = "", at
