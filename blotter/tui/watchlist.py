"""The watchlist: every symbol that is quoted, in a line; Enter links all panes to it.

A change stands beside what it is reckoned from: the middle of the market a day ago, or when it was first seen; where
there never was a middle, trades. A volume is of the trades that were seen, and says since when.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from blotter.trading.instrument import Instrument, Quote
from blotter.tui.format import DASH, age, clock, decimals_of, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.market_past import Base, change
from blotter.tui.market_seen import Print, Trades, mid_of
from blotter.tui.model import Model

TEN_THOUSAND: Final = Decimal(10_000)
MILLION: Final = Decimal(1_000_000)
TEN_MILLION: Final = 10 * MILLION


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol's market."""

    symbol: str
    quote: Quote
    instrument: Instrument | None = None
    last: Print | None = None  # of a symbol whose trades are watched
    base: Base | None = None  # what the change is reckoned from
    by_trades: bool = False  # the base is a trade, no middle
    volume: Decimal | None = None  # of the trades that were seen
    volume_since: int | None = None  # UTC ns
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
        """In per cent: of the middle against a middle, or of the last trade against a trade."""
        if self.by_trades:
            return change(self.last.price if self.last is not None else None, self.base)
        return change(mid_of(self.quote), self.base)

    def since(self, now: int) -> str:
        """What change and volume rest on: `08:00Z 2h  vol 2.5 since 09:10Z`; the second only where it differs."""
        words = []
        if self.base is not None:
            words.append(
                f"{_minute(self.base.at)} {age(now - self.base.at)}"
                + (" by trades" if self.by_trades else "")
            )
        if self.volume is not None and self.volume_since is not None:
            since = _minute(self.volume_since)
            same = self.base is not None and since == _minute(self.base.at)
            words.append(f"vol {volume_words(self.volume)}" + ("" if same else f" since {since}"))
        return "  ".join(words)


def _minute(at: int) -> str:
    return f"{clock(at)[:5]}Z"


def watch_row(symbol: str, model: Model, *, linked: bool) -> Watched:
    """A quoted symbol as it is now."""
    trades: Trades | None = model.market.trades.get(symbol)
    middles = model.market.middles.get(symbol)
    base = middles.base if middles is not None else None
    by_trades = base is None and trades is not None
    return Watched(
        symbol=symbol,
        quote=model.quotes[symbol],
        instrument=model.instruments.get(symbol),
        last=model.market.last(symbol),
        base=trades.past.base if trades is not None and by_trades else base,
        by_trades=by_trades,
        volume=trades.volume if trades is not None else None,
        volume_since=trades.began if trades is not None else None,
        linked=linked,
    )


def volume_words(volume: Decimal) -> str:
    """Six figures of it; in millions from ten of them on."""
    if volume >= TEN_MILLION:
        return f"{trimmed(round(volume / MILLION, 1))}M"
    return trimmed(round(volume, max(0, min(8, 5 - volume.adjusted()))))


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

    def changed(row: Watched, now: int) -> Cell:
        if row.change is None:
            return Cell(DASH, "dim")
        value = round(row.change, 2)
        style = "ok" if value > 0 else "danger" if value < 0 else "dim"
        return Cell(f"{value:+.2f}%", "stale" if old(row, now) else style)

    def waited(row: Watched, now: int) -> Cell:
        return Cell(age(now - row.quote.at), "danger" if old(row, now) else "dim")

    def last(row: Watched, now: int) -> Cell:
        return Cell(DASH, "dim") if row.last is None else price(row.last.price, row, now, "")

    def said(row: Watched, now: int) -> Cell:
        return Cell(row.quote.doubt, "danger") if row.quote.doubt else Cell(row.since(now), "dim")

    def volume(row: Watched, _: int) -> Cell:
        return Cell(
            DASH if row.volume is None else volume_words(row.volume), "dim" if row.volume is None else ""
        )

    def symbol(row: Watched, _: int) -> Cell:
        style = "stale" if row.quote.doubt else "strong" if row.linked else ""
        return Cell(("● " if row.linked else "  ") + row.symbol, style)

    return [
        Column("symbol", "symbol", 14, symbol, sort_key=lambda row: row.symbol, datum=lambda row: row.symbol),
        Column("bid", "bid", 9, lambda row, now: price(row.quote.bid, row, now, "side-buy"), align="right", ages=True),
        Column("ask", "ask", 9, lambda row, now: price(row.quote.ask, row, now, "side-sell"), align="right",
               ages=True),
        Column("spread", "sprd bp", 7, spread, align="right", sort_key=lambda row: row.spread, ages=True),
        Column("age", "age", 4, waited, align="right", sort_key=lambda row: -row.quote.at, ages=True),
        Column("change", "chg", 7, changed, align="right", sort_key=lambda row: row.change, ages=True),
        Column("last", "last", 9, last, align="right", ages=True),
        Column("volume", "vol seen", 10, volume, align="right", sort_key=lambda row: row.volume,
               shown=False),
        Column("said", "since", 5, said, flex=True, ages=True),
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
