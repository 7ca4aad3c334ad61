"""A row of the ladder into a line of the terminal.

Only what a `RowLook` holds is drawn, so equal looks are equal lines.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from blotter.tui.format import fit, truncate

STYLES: Final = (
    "header", "cursor", "picked", "dim", "stale", "warn", "strong", "held", "side-buy", "side-sell", "state-pending",
    "state-unknown", "bar-buy", "bar-sell",
)  # fmt: skip
"""Component suffixes."""
NOT_KNOWN: Final = "·"
LEAST_SIDE: Final = 10
OWN: Final = 11  # cells of our column where there is room


class RowLook(NamedTuple):
    """All that a drawn row shows. Bars are in cells."""

    price: str
    price_style: str = ""
    mark: str = ""  # which way the last trade went, on its row
    bid: str = ""
    bid_style: str = ""
    bid_bar: int = 0
    ask: str = ""
    ask_style: str = ""
    ask_bar: int = 0
    own_bid: str = ""
    own_bid_style: str = ""
    own_ask: str = ""
    own_ask_style: str = ""
    cursor: bool = False
    picked: bool = False


class Columns(NamedTuple):
    """Widths in cells: sign of the cursor, ours, bids, price, mark, asks, ours, with a cell between some of them."""

    own: int
    size: int
    price: int
    width: int

    @classmethod
    def fitting(cls, width: int, price: int) -> "Columns":
        """`price`: cells that the longest price needs."""
        side = max(LEAST_SIDE, (width - price - 5) // 2)
        own = min(OWN, max(5, side * 2 // 5))
        return cls(own, side - own, price, width)

    def side_at(self, x: int) -> str:
        """`bid`, `ask`, or nothing: what a cell of a row belongs to."""
        left = 2 + self.own + self.size
        if x < left:
            return "bid"
        return "ask" if x > left + self.price + 1 else ""


Styles = Callable[..., Style]
"""Component suffixes, weakest first, to one style."""


def header(columns: Columns, style: Styles) -> Strip:
    """Titles."""
    own, size, price, width = columns
    text = f" {'ours':>{own}} {'bid':>{size}} {'price':>{price}} {'ask':>{size}} {'ours':>{own}}"
    return _line([Segment(fit(text, width), style("header"))], width, style("header"))


def sentence(text: str, name: str, width: int, style: Styles) -> Strip:
    """A line of words."""
    return _line([Segment(" " + truncate(text, max(0, width - 1)), style(name))], width, style())


def row(look: RowLook, columns: Columns, style: Styles) -> Strip:
    """A row."""
    own, size, price, width = columns
    ground = ("cursor",) if look.cursor else ("picked",) if look.picked else ()
    plain = style(*ground)
    cut = size - look.bid_bar
    bid, ask = fit(look.bid, size, "right"), fit(look.ask, size, "right")
    bid_style, ask_style = style(*ground, look.bid_style), style(*ground, look.ask_style)
    segments = [
        Segment("▸" if look.cursor else "◆" if look.picked else " ", style(*ground, "warn")),
        Segment(fit(look.own_bid, own, "right"), style(*ground, look.own_bid_style)),
        Segment(" ", plain),
        Segment(bid[:cut], bid_style),
        Segment(bid[cut:], bid_style + style("bar-buy") if look.bid_bar else bid_style),
        Segment(" ", plain),
        Segment(fit(look.price, price, "right"), style(*ground, look.price_style)),
        Segment(look.mark or " ", style(*ground, "strong")),
        Segment(ask[: look.ask_bar], ask_style + style("bar-sell") if look.ask_bar else ask_style),
        Segment(ask[look.ask_bar :], ask_style),
        Segment(" ", plain),
        Segment(fit(look.own_ask, own, "right"), style(*ground, look.own_ask_style)),
    ]
    return _line([segment for segment in segments if segment.text], width, plain)


def _line(segments: list[Segment], width: int, ground: Style) -> Strip:
    return Strip(segments).adjust_cell_length(width, ground)
