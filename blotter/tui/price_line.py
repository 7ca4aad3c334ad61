"""The price of a symbol over the last minutes or hours, drawn in braille from the trades that were seen.

Where no trade was seen there is nothing: a line drawn through a gap would tell of prices that nobody has heard.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from textual.content import Content

from blotter.tui.format import age, clock, trimmed
from blotter.tui.line import Line, Piece, content
from blotter.tui.market_seen import SECOND, Second, Trades

SPANS: Final = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "4h": 14_400}
"""Seconds."""
DOTS: Final = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Of a cell, by column, from the bottom up."""
BLANK: Final = 0x2800


class Extent(NamedTuple):
    """Prices within a stretch of time."""

    low: Decimal
    high: Decimal
    last: Decimal


def buckets(
    seconds: Iterable[Second], start: int, span: int, columns: int
) -> tuple[list[Extent | None], Extent | None]:
    """`columns` stretches of `span` seconds from `start` on, and the whole; None where nothing was seen."""
    found: list[Extent | None] = [None] * columns
    whole: Extent | None = None
    for one in seconds:
        place = (one.second - start) * columns // span
        if 0 <= place < columns:
            found[place] = _joined(found[place], one)
            whole = _joined(whole, one)
    return found, whole


def _joined(extent: Extent | None, one: Second) -> Extent:
    if extent is None:
        return Extent(one.low, one.high, one.last)
    return Extent(min(extent.low, one.low), max(extent.high, one.high), one.last)


def braille(found: Sequence[Extent | None], low: Decimal, high: Decimal, height: int) -> list[str]:
    """`height` lines, two stretches a cell; a stretch is joined to the one before it, never over an empty one."""
    dots = 4 * height
    cells = [[BLANK] * ((len(found) + 1) // 2) for _ in range(height)]

    def place(price: Decimal) -> int:
        return dots // 2 if high == low else int((price - low) * (dots - 1) / (high - low))

    before: Extent | None = None
    for column, extent in enumerate(found):
        if extent is not None:
            lowest, highest = extent.low, extent.high
            if before is not None:
                lowest, highest = min(lowest, before.last), max(highest, before.last)
            for dot in range(place(lowest), place(highest) + 1):
                cells[height - 1 - dot // 4][column // 2] |= DOTS[column % 2][dot % 4]
        before = extent
    return ["".join(map(chr, line)) for line in cells]


class PriceLine(Line):
    """A head with the figures, and the line."""

    DEFAULT_CSS = """
    PriceLine { height: 1fr; background: $surface; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.span = "15m"
        self._drawn: tuple[object, ...] = ()

    def turn(self, by: int) -> None:
        """A longer or a shorter stretch of time."""
        names = list(SPANS)
        self.span = names[max(0, min(len(names) - 1, names.index(self.span) + by))]

    def present(self, symbol: str, trades: Trades | None, places: int, *, now: int, live: bool) -> None:
        """As of `now`, UTC ns. Drawn anew once a second at most."""
        width, height = self.size
        key = (symbol, now // SECOND, self.span, width, height, places, live, trades is None)
        if key == self._drawn or height < 1:
            return
        self._drawn = key
        span = SPANS[self.span]
        start = now // SECOND - span + 1
        rows, room = height - 1, max(1, width - 2)
        seconds = trades.seconds if trades is not None else ()
        found, whole = buckets(seconds, start, span, 2 * room)
        if whole is None or trades is None or trades.last is None:
            since = f"no trade of {symbol} seen in {self.span}" if symbol else "no symbol linked"
            self.show(content((f" {since}", "$dim")))
            return
        lines = [self._head(whole, trades, start, places, now, live)]
        if rows > 0:
            style = "$primary" if live else "$stale"
            lines += [content((f" {line}", style)) for line in braille(found, whole.low, whole.high, rows)]
        self.show(*lines)

    def _head(self, whole: Extent, trades: Trades, start: int, places: int, now: int, live: bool) -> Content:
        last = trades.last
        strike = "" if live else "strike $stale"
        pieces: list[Piece] = [(f" {self.span} ", "bold")]
        for name, price in (("hi", whole.high), ("lo", whole.low), ("last", whole.last)):
            pieces += [(f" {name} ", "$dim"), (trimmed(price, places), strike)]
        if last is not None:
            pieces.append((f"  {age(now - last.at)}", "$dim"))
        first = trades.seconds[0].second
        if first > start:
            pieces.append((f"  since {clock(first * SECOND)}", "$dim"))
        return content(*pieces)
