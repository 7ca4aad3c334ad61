"""A book on the rows of a static ladder: which price a row stands for, what shows there, and what nobody knows. Pure.

A row is a whole number: its price over the step. Bids are put on the row at or below their price and asks on the one
at or above, so that a grouped row never promises a better price than the book has.
"""

from decimal import Decimal
from typing import Final, NamedTuple

from blotter.trading.book import BookView, Level
from blotter.trading.enums import Side

ZERO: Final = Decimal(0)
MAX_GROUP: Final = 1_000_000


def coarser(group: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    return min(MAX_GROUP, group * 5 // 2 if str(group).startswith("2") else group * 2)


def finer(group: int) -> int:
    """The one before."""
    return max(1, group * 2 // 5 if str(group).startswith("5") else group // 2)


class Scale(NamedTuple):
    """`group` ticks a row."""

    tick: Decimal
    group: int = 1

    @property
    def step(self) -> Decimal:
        """Between the prices of two rows."""
        return self.tick * self.group

    def price(self, row: int) -> Decimal:
        """What a draft on this row asks for."""
        return self.step * row

    def below(self, price: Decimal) -> int:
        """The row at or below a price."""
        return int(price // self.step)

    def above(self, price: Decimal) -> int:
        """The row at or above a price."""
        rows, rest = divmod(price, self.step)
        return int(rows) + bool(rest)

    def row(self, price: Decimal, side: Side) -> int:
        """The row of a price on a side."""
        return self.below(price) if side is Side.BUY else self.above(price)


class Shown(NamedTuple):
    """One side on the rows of a window. Rows beyond `edge` are not known; `partial`: of that row not all is."""

    sizes: dict[int, Decimal]
    edge: int | None = None  # None: all of the side is known
    partial: bool = False


UNKNOWN_BIDS: Final = Shown({}, 1 << 62)
UNKNOWN_ASKS: Final = Shown({}, -1)


def bids_shown(view: BookView | None, scale: Scale, lowest: int, levels: int) -> Shown:
    """The bids down to row `lowest`. `levels`: as many were asked for, so what comes after them was left out."""
    if view is None or view.at is None:
        return UNKNOWN_BIDS
    known_to = view.bids_known_to
    if len(view.bids) >= levels:
        last = view.bids[-1][0]
        known_to = last if known_to is None else max(known_to, last)
    sizes = _sizes(view.bids, scale, Side.BUY, lowest)
    if known_to is None:
        return Shown(sizes)
    edge = scale.below(known_to)
    return Shown(sizes, edge, scale.price(edge) != known_to)


def asks_shown(view: BookView | None, scale: Scale, highest: int, levels: int) -> Shown:
    """The asks up to row `highest`, as `bids_shown`."""
    if view is None or view.at is None:
        return UNKNOWN_ASKS
    known_to = view.asks_known_to
    if len(view.asks) >= levels:
        last = view.asks[-1][0]
        known_to = last if known_to is None else min(known_to, last)
    sizes = _sizes(view.asks, scale, Side.SELL, highest)
    if known_to is None:
        return Shown(sizes)
    edge = scale.above(known_to)
    return Shown(sizes, edge, scale.price(edge) != known_to)


def _sizes(levels: tuple[Level, ...], scale: Scale, side: Side, end: int) -> dict[int, Decimal]:
    """Best first, so that what is beyond `end` need not be looked at."""
    sizes: dict[int, Decimal] = {}
    row_of, buys = (scale.below, True) if side is Side.BUY else (scale.above, False)
    for price, size in levels:
        row = row_of(price)
        if row < end if buys else row > end:
            break
        sizes[row] = sizes.get(row, ZERO) + size
    return sizes


def fitting_group(view: BookView, tick: Decimal, rows: int, levels: int = 10) -> int:
    """The finest group that has the best `levels` of both sides on `rows` rows."""
    prices = [price for side in (view.bids, view.asks) for price, _ in side[:levels]]
    group = 1
    if prices:
        span = max(prices) - min(prices)
        while group < MAX_GROUP and span > tick * group * max(1, rows - 1):
            group = coarser(group)
    return group


def bar_scale(largest: Decimal) -> Decimal:
    """The size of a full bar: 1, 2 or 5 times a power of ten, so that bars do not breathe with every update."""
    if largest <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(largest.adjusted())
    return next(power * times for times in (1, 2, 5, 10) if largest <= power * times)


def size_text(value: Decimal, width: int) -> str:
    """A size in `width` cells. Decimals that do not fit are cut with `…`; whole numbers that do not become `12.3k`.

    What shows is never more than what is there.
    """
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text) <= width:
        return text
    whole = text.partition(".")[0]
    if len(whole) + 2 <= width and whole != text:
        return text[: width - 1] + "…"
    for power, suffix in ((9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            scaled = value.scaleb(-power)
            for places in (2, 1, 0):
                cut = f"{int(scaled * 10**places) / Decimal(10**places):,.{places}f}{suffix}"
                if len(cut) <= width:
                    return cut
    return "…"
