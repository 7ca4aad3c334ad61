"""The watchlist: every symbol that is quoted, in a line; Enter links all panes to it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from blotter.trading.instrument import Instrument, Quote
from blotter.tui.format import DASH, age, clock, decimals_of, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.market_seen import First, Print, mid_of
from blotter.tui.model import Model

TEN_THOUSAND: Final = Decimal(10_000)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol's market."""

    symbol: str
    quote: Quote
    instrument: Instrument | None = None
    last: Print | None = None  # of a symbol whose trades are watched
    first: First | None = None
    linked: bool = False

    @property
    def places(self) -> int:
        """Decimals of a price."""
        return decimals_of(self.instrument.tick_size) if self.instrument is not None else 0

    @property
    def spread(self) -> Decimal | None:
        """In basis points."""
        mid = mid_of(self.quote)
        if mid is None or not mid or self.quote.ask is None or self.quote.bid is None:
            return None
        return (self.quote.ask - self.quote.bid) / mid * TEN_THOUSAND

    @property
    def change(self) -> Decimal | None:
        """Of the middle since it was first seen, in per cent."""
        mid = mid_of(self.quote)
        if mid is None or self.first is None or not self.first.mid:
            return None
        return (mid - self.first.mid) / self.first.mid * 100


def watch_row(symbol: str, model: Model, *, linked: bool) -> Watched:
    """A quoted symbol as it is now."""
    return Watched(
        symbol=symbol,
        quote=model.quotes[symbol],
        instrument=model.instruments.get(symbol),
        last=model.market.last(symbol),
        first=model.market.firsts.get(symbol),
        linked=linked,
    )


def watch_columns(stale_after: int) -> list[Column[Watched]]:
    """`stale_after`: ns after which a quote is struck through."""

    def old(row: Watched, now: int) -> bool:
        return now - row.quote.at > stale_after

    def price(value: Decimal | None, row: Watched, now: int, style: str) -> Cell:
        if value is None:
            return Cell(DASH, "dim")
        return Cell(trimmed(value, row.places), "stale" if old(row, now) else style)

    def spread(row: Watched, now: int) -> Cell:
        if row.spread is None:
            return Cell(DASH, "dim")
        return Cell(trimmed(round(row.spread, 2), 2), "stale" if old(row, now) else "")

    def change(row: Watched, now: int) -> Cell:
        if row.change is None:
            return Cell(DASH, "dim")
        value = round(row.change, 2)
        style = "ok" if value > 0 else "danger" if value < 0 else "dim"
        return Cell(f"{value:+.2f}%", "stale" if old(row, now) else style)

    def waited(row: Watched, now: int) -> Cell:
        return Cell(age(now - row.quote.at), "danger" if old(row, now) else "dim")

    def last(row: Watched, now: int) -> Cell:
        return Cell(DASH, "dim") if row.last is None else price(row.last.price, row, now, "")

    def said(row: Watched, _: int) -> Cell:
        if row.quote.doubt:
            return Cell(row.quote.doubt, "danger")
        return Cell("" if row.first is None else clock(row.first.at)[:5], "dim")

    return [
        Column("symbol", "symbol", 14, lambda row, _: Cell(("● " if row.linked else "  ") + row.symbol,
               "strong" if row.linked else ""), sort_key=lambda row: row.symbol),
        Column("bid", "bid", 10, lambda row, now: price(row.quote.bid, row, now, "side-buy"), align="right", ages=True),
        Column("ask", "ask", 10, lambda row, now: price(row.quote.ask, row, now, "side-sell"), align="right",
               ages=True),
        Column("spread", "sprd bp", 7, spread, align="right", sort_key=lambda row: row.spread, ages=True),
        Column("age", "age", 4, waited, align="right", sort_key=lambda row: -row.quote.at, ages=True),
        Column("change", "chg", 7, change, align="right", sort_key=lambda row: row.change, ages=True),
        Column("last", "last", 10, last, align="right", ages=True),
        Column("said", "since", 5, said, flex=True),
    ]  # fmt: skip


class Watchlist(Guarded, Grid[Watched]):
    """One line a symbol."""

    def __init__(self, *, clock: Callable[[], int], stale_after: int, id: str) -> None:
        super().__init__(watch_columns(stale_after), clock=clock, mark_for=0, empty="No quotes yet.", id=id)
        self.sort_by("symbol")
        self._linked = ""

    def relinked(self, symbol: str) -> set[str]:
        """This symbol is in view now: which lines that changes."""
        before, self._linked = self._linked, symbol
        return {before, symbol} if before != symbol else set()
