"""The executions: every fill, newest on top."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from blotter.trading.instrument import Instrument
from blotter.trading.ledger import Fill
from blotter.tui.actions import bindings
from blotter.tui.filtering import Field, Fields
from blotter.tui.format import DASH, clock, decimals_of, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.grid_window import MARK_FOR
from blotter.tui.guard import Guarded
from blotter.tui.order_words import side_cell

_SYMBOL: Final[Field[Fill]] = Field(lambda fill: fill.symbol)
_ORDER: Final[Field[Fill]] = Field(lambda fill: fill.order_id)

FILTERS: Final[Fields[Fill]] = Fields(
    {
        "symbol": _SYMBOL,
        "sym": _SYMBOL,
        "side": Field(lambda fill: fill.side.name),
        "time": Field(lambda fill: clock(fill.at)),
        "qty": Field(lambda fill: fill.last_qty, number=True),
        "price": Field(lambda fill: fill.last_px, number=True),
        "order": _ORDER,
        "id": _ORDER,
        "fee": Field(lambda fill: _fees(fill)),
        "liq": Field(lambda fill: _liquidity(fill)),
        "exec": Field(lambda fill: fill.exec_id),
    },
    words=lambda fill: f"{fill.symbol} {fill.side.name} {fill.order_id} {fill.exec_id}",
)


ROOMY: Final = 86
"""Cells that all columns take with room for their longest values."""


def _fees(fill: Fill) -> str:
    return ", ".join(f"{trimmed(fee.amount)} {fee.asset}" for fee in fill.fees) or DASH


def _liquidity(fill: Fill) -> str:
    return DASH if fill.aggressor is None else "taker" if fill.aggressor else "maker"


def execution_columns(instruments: Mapping[str, Instrument], width: int = ROOMY) -> list[Column[Fill]]:
    """Order of columns is order of importance: a narrow grid cuts from the right. Below `ROOMY` cells of `width` they
    make room for the fee."""
    roomy = width >= ROOMY

    def price(fill: Fill, _: int) -> str:
        instrument = instruments.get(fill.symbol)
        return trimmed(fill.last_px, decimals_of(instrument.tick_size) if instrument else 0)

    return [
        Column("time", "time", 12 if roomy else 8, lambda fill, _: clock(fill.at, millis=roomy),
               sort_key=lambda fill: fill.at, datum=lambda fill: fill.at),
        Column("symbol", "symbol", 9, lambda fill, _: fill.symbol, sort_key=lambda fill: fill.symbol),
        Column("side", "side", 4, lambda fill, _: side_cell(fill.side), sort_key=lambda fill: fill.side.name),
        Column("qty", "qty", 10 if roomy else 8, lambda fill, _: trimmed(fill.last_qty), align="right",
               sort_key=lambda fill: fill.last_qty),
        Column("price", "price", 12 if roomy else 10, price, align="right", sort_key=lambda fill: fill.last_px),
        Column("order", "order", 9, lambda fill, _: fill.order_id, sort_key=lambda fill: fill.order_id),
        Column("fee", "fee", 16, lambda fill, _: Cell(_fees(fill), "dim"), align="right"),
        Column("liquidity", "liq", 5, lambda fill, _: Cell(_liquidity(fill), "dim")),
        Column("exec", "exec id", 12, lambda fill, _: Cell(fill.exec_id, "dim"), flex=True),
    ]  # fmt: skip


class ExecutionsGrid(Guarded, Grid[Fill]):
    """One line a fill."""

    BINDINGS: ClassVar = bindings("executions")
    scope: ClassVar = "executions"
    fields = FILTERS

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        *,
        clock: Callable[[], int],
        id: str,
        mark_for: int = MARK_FOR,
    ) -> None:
        super().__init__(
            execution_columns(instruments), clock=clock, mark_for=mark_for, empty="No executions yet.", id=id
        )
        self.sort_by("time", True)
        self._instruments = instruments
        self._roomy = True

    def refit(self) -> None:
        """Numbers with the instruments' decimals."""
        self.replace_columns(execution_columns(self._instruments, self.size.width or ROOMY))

    def on_resize(self) -> None:
        """Columns of another width where there is less room, or more."""
        roomy = self.size.width >= ROOMY
        if roomy != self._roomy:
            self._roomy = roomy
            self.refit()
