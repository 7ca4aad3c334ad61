"""The rows of the ladder: what each shows, and which have to be drawn anew. Keys and mouse are `ladder`'s, what a line
looks like is `ladder_paint`'s.

A book that comes in redraws rows where they are; only `_centre`, `_scroll`, `_regroup` and `_put_cursor` change which
prices there are, and those follow from the hand. The rows are begun once, when a symbol's first book comes.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from blotter.trading.book import BookView
from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument
from blotter.tui import ladder_paint
from blotter.tui.component_styles import ComponentStyles
from blotter.tui.format import decimals_of, trimmed
from blotter.tui.guard import Guarded
from blotter.tui.ladder_own import Own, OwnRow, own_rows
from blotter.tui.ladder_paint import NOT_KNOWN, Columns, RowLook
from blotter.tui.ladder_rows import (
    UNKNOWN_ASKS,
    UNKNOWN_BIDS,
    Scale,
    asks_shown,
    bar_scale,
    bids_shown,
    fitting_group,
    size_text,
)
from blotter.tui.market_seen import Print

KEPT: Final = 2_000
"""Prices kept as text."""
WAYS: Final = {1: "↑", -1: "↓", 0: "•"}


class LadderWindow(Guarded, ComponentStyles):
    """One symbol's rows."""

    ALLOW_SELECT = False
    COMPONENTS = frozenset(f"ladder--{name}" for name in ladder_paint.STYLES)

    class Moved(Message):
        """The cursor, the grouping or what is picked up changed."""

    def __init__(self, *, levels: int, id: str) -> None:
        """`levels`: as many of each side a book shows at most."""
        super().__init__(id=id)
        self._levels = levels
        self.symbol = ""
        self.picked = ""  # the order that is being moved
        self._scale: Scale | None = None
        self._groups: dict[str, int] = {}  # as chosen, by symbol
        self._top: int | None = None  # the row of the first line; None until the market was centred
        self._cursor: int | None = None
        self._view: BookView | None = None
        self._live = False
        self._last: Print | None = None
        self._own: dict[tuple[int, Side], OwnRow] = {}
        self._marks: tuple[Own, ...] = ()
        self._looks: list[RowLook] = []
        self._away = ""  # where the market is when it is on no row
        self._missing = ""  # why there are no rows
        self._columns = Columns.fitting(40, 9)
        self._styles_of: dict[tuple[str, ...], Style] = {}
        self._prices: dict[int, str] = {}

    # --- what it is told -------------------------------------------------------------------------------------

    def link(self, symbol: str, instrument: Instrument | None) -> None:
        """Another symbol, or another tick of the same: new rows, none of them under a cursor yet."""
        tick = instrument.tick_size if instrument is not None else None
        if symbol == self.symbol and tick == (self._scale.tick if self._scale is not None else None):
            return
        self.symbol, self.picked = symbol, ""
        self._scale = Scale(tick, self._groups.get(symbol, 1)) if tick else None
        self._top = self._cursor = self._view = self._last = None
        self._live = False
        self._own, self._marks = {}, ()
        self._missing = f"no book of {symbol}" if tick else f"the tick of {symbol} is not known"
        self._fit()
        self.post_message(self.Moved())

    def show_book(self, view: BookView | None, *, live: bool, last: Print | None) -> None:
        """The book as it is. `live`: it may be believed."""
        self._view, self._live, self._last = view, live, last
        if self._top is None and view is not None and self._body:
            self._begin(view)
        self._update()

    def show_own(self, marks: Iterable[Own]) -> None:
        """Ours: orders of this symbol, and the draft."""
        new = tuple(marks)
        if new != self._marks:
            self._marks = new
            self._place_own()
            if self.picked and not any(mark.order_id == self.picked for mark in new):
                self.picked = ""
            self._update()
            self.post_message(self.Moved())

    # --- what it knows ---------------------------------------------------------------------------------------

    @property
    def group(self) -> int:
        """Ticks a row."""
        return self._scale.group if self._scale is not None else 1

    @property
    def price(self) -> Decimal | None:
        """Of the row under the cursor; None when there is none on the screen."""
        if self._scale is None or self._cursor is None or not self._on_screen(self._cursor):
            return None
        price = self._scale.price(self._cursor)
        return price if price > 0 else None

    @property
    def here(self) -> tuple[Own, ...]:
        """Ours under the cursor."""
        if self._cursor is None or self.price is None:
            return ()
        return tuple(mark for side in Side for mark in self._own_on(self._cursor, side))

    def _own_on(self, row: int, side: Side) -> tuple[Own, ...]:
        found = self._own.get((row, side))
        return found.marks if found is not None else ()

    @property
    def ids_here(self) -> tuple[str, ...]:
        """Our orders under the cursor."""
        return tuple(dict.fromkeys(mark.order_id for mark in self.here if mark.order_id))

    @property
    def _body(self) -> int:
        return max(0, self.size.height - 1)

    def _on_screen(self, row: int) -> bool:
        return self._top is not None and self._top - self._body < row <= self._top

    # --- rows ------------------------------------------------------------------------------------------------

    def _begin(self, view: BookView) -> None:
        """The first rows of a symbol: around the market, as coarse as its best levels need."""
        if self._scale is None or (view.bid is None and view.ask is None):
            return
        if self.symbol not in self._groups:
            self._scale = Scale(self._scale.tick, fitting_group(view, self._scale.tick, self._body))
            self._place_own()
        self._centre()
        self._fit()
        self.post_message(self.Moved())

    def _market(self) -> int | None:
        """The row in the middle of the market."""
        view, scale = self._view, self._scale
        if view is None or scale is None:
            return None
        prices = [price for price in (view.bid, view.ask) if price is not None]
        return scale.below(sum(prices, Decimal(0)) / len(prices)) if prices else None

    def _centre(self) -> bool:
        middle = self._market()
        if middle is None:
            return False
        self._top = middle + self._body // 2
        if self._cursor is None or not self._on_screen(self._cursor):
            self._cursor = middle
        return True

    def _regroup(self, group: int) -> None:
        """Another step; the line under the cursor, else the middle one, keeps its price as near as can be."""
        scale, top = self._scale, self._top
        if scale is None or group == scale.group:
            return
        self._scale = Scale(scale.tick, group)
        self._groups[self.symbol] = group
        if top is not None:
            visible = self._cursor is not None and self._on_screen(self._cursor)
            anchor = self._cursor if visible and self._cursor is not None else top - self._body // 2
            line = top - anchor
            moved = self._scale.below(scale.price(anchor))
            self._top = moved + line
            self._cursor = moved if visible else None
        self._place_own()
        self._fit()
        self.post_message(self.Moved())

    def _scroll(self, by: int) -> None:
        """Higher prices come in with a positive `by`. The cursor stays on its price, off the screen if need be."""
        if self._top is not None:
            self._top += by
            self._update()
            self.post_message(self.Moved())

    def _put_cursor(self, row: int) -> None:
        """Go to a row, and bring it on the screen."""
        if self._top is None:
            return
        if row > self._top:
            self._top = row
        elif row <= self._top - self._body:
            self._top = row + self._body - 1
        self._cursor = row
        self._update()
        self.post_message(self.Moved())

    def _step(self, by: int) -> None:
        """From the cursor; from the nearest row on the screen when it is off it."""
        if self._top is None:
            return
        if self._cursor is None or not self._on_screen(self._cursor):
            lowest = self._top - self._body + 1
            wanted = self._cursor if self._cursor is not None else self._top - self._body // 2
            self._put_cursor(max(lowest, min(self._top, wanted)))
        else:
            self._put_cursor(self._cursor + by)

    # --- drawing ---------------------------------------------------------------------------------------------

    def _place_own(self) -> None:
        self._own = own_rows(self._marks, self._scale) if self._scale is not None else {}

    def _fit(self) -> None:
        """Widths, and everything anew."""
        self._prices.clear()
        longest = 9
        if self._top is not None and self._scale is not None:
            ends = (self._top, self._top - self._body + 1)
            longest = max(7, *(len(self._text(row, self._scale)) for row in ends))
        self._columns = Columns.fitting(self.size.width, longest)
        self._looks = []
        self._update()
        self.refresh()

    def _text(self, row: int, scale: Scale) -> str:
        text = self._prices.get(row)
        if text is None:
            if len(self._prices) > KEPT:
                self._prices.clear()
            price = scale.price(row)
            text = self._prices[row] = trimmed(price, decimals_of(scale.tick)) if price > 0 else ""
        return text

    def _update(self) -> None:
        """Work out what each row shows, and redraw those that show something else."""
        before, away = self._looks, self._away
        self._looks = self._rows()
        if len(before) != len(self._looks) or away != self._away:
            self.refresh()
            return
        width = self.size.width
        dirty = [
            Region(0, line + 1, width, 1)
            for line, (old, new) in enumerate(zip(before, self._looks, strict=True))
            if old != new
        ]
        if dirty:
            self.refresh(*dirty)

    def _rows(self) -> list[RowLook]:
        top, scale, body = self._top, self._scale, self._body
        if top is None or scale is None or not body:
            self._away = ""
            return []
        view, low = self._view, top - body + 1
        bids, asks = UNKNOWN_BIDS, UNKNOWN_ASKS
        bid_row, ask_row = low - 1, top + 1
        self._away = ""
        if view is not None:
            bids = bids_shown(view, scale, low, self._levels)
            asks = asks_shown(view, scale, top, self._levels)
            middle = self._market()
            if view.bid is not None:
                bid_row = scale.below(view.bid)
            if view.ask is not None:
                ask_row = scale.above(view.ask)
            if middle is not None and not low <= middle <= top:
                self._away = f"{'▲' if middle > top else '▼'} the market is at {self._text(middle, scale)}: c"
        full = bar_scale(
            max((size for side in (bids, asks) for row, size in side.sizes.items() if low <= row <= top),
                default=Decimal(0))
        )  # fmt: skip
        last = self._last
        last_row = None if last is None else scale.below(last.price)
        cells = self._columns.size
        buy, sell = ("side-buy", "side-sell") if self._live else ("stale", "stale")
        picked = {row for (row, _), own in self._own.items() if self.picked and self.picked in own.ids}
        looks = []
        for row in range(top, low - 1, -1):
            bid, bid_style, bid_bar = _shown(
                bids.sizes.get(row), bids.edge is not None and row < bids.edge,
                bids.partial and row == bids.edge, buy, full, cells,
            )  # fmt: skip
            ask, ask_style, ask_bar = _shown(
                asks.sizes.get(row), asks.edge is not None and row > asks.edge,
                asks.partial and row == asks.edge, sell, full, cells,
            )  # fmt: skip
            own_bid, own_bid_style = self._own_look(row, Side.BUY)
            own_ask, own_ask_style = self._own_look(row, Side.SELL)
            here = row == last_row and last is not None
            looks.append(
                RowLook(
                    self._text(row, scale),
                    "strong" if here else "dim" if bid_row < row < ask_row else "",
                    WAYS[last.way] if here and last is not None else "",
                    bid, bid_style, bid_bar, ask, ask_style, ask_bar,
                    own_bid, own_bid_style, own_ask, own_ask_style,
                    row == self._cursor, row in picked,
                )
            )  # fmt: skip
        return looks

    def _own_look(self, row: int, side: Side) -> tuple[str, str]:
        own = self._own.get((row, side))
        return (own.text(self._columns.own), own.leading.style) if own is not None else ("", "")

    def notify_style_update(self) -> None:
        """Theme, focus or TCSS changed."""
        super().notify_style_update()
        self._styles_of.clear()

    def _style(self, *names: str) -> Style:
        style = self._styles_of.get(names)
        if style is None:
            style = self.rich_style
            for name in filter(None, names):
                if name.startswith("bar-"):  # laid over whatever ground there is
                    style = Style(bgcolor=self.get_component_rich_style(f"ladder--{name}").bgcolor)
                else:
                    style += self.get_component_rich_style(f"ladder--{name}", partial=True)
            self._styles_of[names] = style
        return style

    def render_line(self, y: int) -> Strip:
        """Line `y`: titles or where the market went, rows, or why there are none."""
        width = self.size.width
        if y == 0:
            if self._away:
                return ladder_paint.sentence(self._away, "warn", width, self._style)
            return ladder_paint.header(self._columns, self._style)
        if y <= len(self._looks):
            return ladder_paint.row(self._looks[y - 1], self._columns, self._style)
        if y == 1:
            return ladder_paint.sentence(self._missing, "dim", width, self._style)
        return Strip.blank(width, self._style())

    def on_resize(self, event: events.Resize) -> None:
        """What was in the middle stays there."""
        if self._top is not None and self._looks:
            self._top += (self._body - len(self._looks)) // 2
        elif self._top is None and self._view is not None and self._body:
            self._begin(self._view)
        self._fit()


def _shown(
    size: Decimal | None, unknown: bool, partial: bool, style: str, full: Decimal, cells: int
) -> tuple[str, str, int]:
    """Text, style and bar of one side of a row."""
    if unknown:
        return NOT_KNOWN, "dim", 0
    if size is None:
        return (NOT_KNOWN if partial else "", "dim", 0)
    bar = 0 if style == "stale" else min(cells, max(1, int(size * cells / full)))
    return ("≥" + size_text(size, cells - 1) if partial else size_text(size, cells), style, bar)
