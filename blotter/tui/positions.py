"""Positions: the net of our fills by symbol, valued at the middle of the market while that is fresh."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Position
from blotter.tui.format import DASH, decimals_of, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A position beside the market that values it."""

    position: Position
    quote: Quote | None = None
    instrument: Instrument | None = None

    @property
    def places(self) -> int:
        """Decimals of a price."""
        return decimals_of(self.instrument.tick_size) if self.instrument else 2

    @property
    def mark(self) -> Decimal | None:
        """The middle of the market; None when a side is missing."""
        if self.quote is None or self.quote.bid is None or self.quote.ask is None:
            return None
        return (self.quote.bid + self.quote.ask) / 2

    @property
    def unrealised(self) -> Decimal | None:
        """Quote asset, before fees."""
        return None if self.mark is None else self.position.net_qty * (self.mark - self.position.avg_cost)


def _signed(value: Decimal | None, places: int, style: str = "") -> Cell:
    if value is None:
        return Cell(DASH, "dim")
    rounded = round(value, places)
    sign = "+" if rounded > 0 else ""
    return Cell(
        sign + trimmed(rounded), style or ("ok" if rounded > 0 else "danger" if rounded < 0 else "dim")
    )


def position_columns(stale_after: int) -> list[Column[Holding]]:
    """`stale_after`: ns after which a mark is struck through."""

    def mark(row: Holding, now: int) -> Cell:
        if row.mark is None:
            return Cell(DASH, "dim")
        fresh = row.quote is not None and now - row.quote.at <= stale_after
        return Cell(trimmed(round(row.mark, row.places), row.places), "" if fresh else "stale")

    def unrealised(row: Holding, now: int) -> Cell:
        fresh = row.quote is not None and now - row.quote.at <= stale_after
        return _signed(row.unrealised, 2, "" if fresh else "stale")

    def net(row: Holding, _: int) -> Cell:
        quantity = row.position.net_qty
        style = "side-buy" if quantity > 0 else "side-sell" if quantity < 0 else "dim"
        return Cell(("+" if quantity > 0 else "") + trimmed(quantity), style)

    return [
        Column("symbol", "symbol", 8, lambda row, _: row.position.symbol, sort_key=lambda row: row.position.symbol),
        Column("net", "net", 8, net, align="right", sort_key=lambda row: row.position.net_qty),
        Column("mark", "mark", 9, mark, align="right", ages=True),
        Column("pnl", "uPnL", 8, unrealised, align="right", ages=True),
        Column("avg", "avg", 10, lambda row, _: trimmed(round(row.position.avg_cost, row.places), row.places),
               align="right"),
        Column("real", "real", 9, lambda row, _: _signed(row.position.realised, 2), align="right"),
        Column("fees", "fees", 8, lambda row, _: Cell(
            ", ".join(f"{trimmed(fee.amount)} {fee.asset}" for fee in row.position.fees), "dim"), flex=True),
    ]  # fmt: skip


class PositionsGrid(Guarded, Grid[Holding]):
    """One line a symbol."""

    def __init__(self, *, clock: Callable[[], int], stale_after: int, id: str) -> None:
        super().__init__(position_columns(stale_after), clock=clock, mark_for=0, empty="Flat.", id=id)
        self.sort_by("symbol")
