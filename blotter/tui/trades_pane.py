"""The market's trades of the symbol in view: the tape, newest on top, and the price line beside or above it."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Container

from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument
from blotter.tui.actions import bindings
from blotter.tui.format import DASH, clock, decimals_of, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.ladder_window import WAYS
from blotter.tui.market_seen import PRINTS, Print, Trades
from blotter.tui.price_line import PriceLine

BESIDE: Final = 90
"""From this width on the line stands beside the tape."""
_TAKERS: Final = {Side.BUY: Cell("▲ BUY", "side-buy"), Side.SELL: Cell("▼ SELL", "side-sell")}


def _taker(row: Print) -> Cell:
    return Cell(DASH, "dim") if row.aggressor is None else _TAKERS[row.aggressor]


def trade_columns(places: int) -> list[Column[Print]]:
    """`places`: decimals of a price."""

    def style(row: Print) -> str:
        return "" if row.aggressor is None else _TAKERS[row.aggressor].style

    return [
        Column("time", "time", 12, lambda row, _: Cell(clock(row.at, millis=True), "dim")),
        Column("taker", "taker", 6, lambda row, _: _taker(row)),
        Column("price", "price", 12, lambda row, _: Cell(f"{trimmed(row.price, places)} {WAYS[row.way]}", style(row)),
               align="right"),
        Column("size", "size", 11, lambda row, _: trimmed(row.size), align="right"),
        Column("count", "", 5, lambda row, _: Cell(f"×{row.count}" if row.count > 1 else "", "dim"), flex=True),
    ]  # fmt: skip


class TradesGrid(Guarded, Grid[Print]):
    """One line a print: trades of one side at one price that followed each other."""

    BINDINGS: ClassVar = bindings("trades")
    scope: ClassVar = "trades"

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(
            trade_columns(2), clock=clock, max_rows=PRINTS, mark_for=0, empty="No trade seen yet.", id=id
        )
        self.sort_by(None, True)

    def action_longer(self) -> None:
        """The price line over more time."""
        self._turn(1)

    def action_shorter(self) -> None:
        """The price line over less time."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        if isinstance(self.parent, TradesPane):
            self.parent.line.turn(by)


class TradesPane(Guarded, Container):
    """Line and tape."""

    DEFAULT_CSS = """
    TradesPane { layout: vertical; height: 1fr; }
    TradesPane > PriceLine { height: 1fr; min-height: 2; max-height: 8; }
    TradesPane > TradesGrid { height: 2fr; }
    TradesPane.-beside { layout: horizontal; }
    TradesPane.-beside > PriceLine { width: 1fr; height: 100%; max-height: 100%; }
    TradesPane.-beside > TradesGrid { width: 54; height: 100%; }
    """

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(id=id)
        self.line = PriceLine(id="price-line")
        self.grid = TradesGrid(clock=clock, id="trades")
        self._symbol = ""
        self._places = 2
        self._next = 0  # the first print that the tape may not have as it is

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.grid

    def on_resize(self) -> None:
        """Beside or above."""
        self.set_class(self.size.width >= BESIDE, "-beside")

    def link(self, symbol: str, instrument: Instrument | None) -> None:
        """Another symbol, or its decimals."""
        if symbol != self._symbol:
            self._symbol, self._next = symbol, 0
            self.grid.clear()
        self._places = decimals_of(instrument.tick_size) if instrument is not None else 2
        self.grid.replace_columns(trade_columns(self._places))

    def present(self, trades: Trades | None, *, now: int, live: bool) -> None:
        """What is new, and the line."""
        if trades is not None and (news := trades.since(self._next)):
            self._next = news[-1].number
            self.grid.upsert(((f"{row.number:012}", row) for row in news), mark=False)
        self.line.present(self._symbol, trades, self._places, now=now, live=live)
