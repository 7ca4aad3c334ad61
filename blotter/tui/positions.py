"""Positions: the net of our fills by symbol with what it is worth, and the venue's balances with their age below.

What a number rests on stands beside it: a mark has an age, and one that is too old is struck through with everything
reckoned from it. A mismatch with the venue is shown, never smoothed over.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Self

import msgspec
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from blotter.desk.change import BalancesView
from blotter.desk.floor_views import totals
from blotter.trading.account import Balance
from blotter.trading.decimals import plain
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Position
from blotter.trading.qualified import split_symbol
from blotter.trading.valuation import Profit
from blotter.tui.filtering import Field, Fields
from blotter.tui.format import DASH, NS_PER_SECOND, age, decimals_of, money, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, Piece, content
from blotter.tui.venue_column import venue_column

ZERO = Decimal(0)
NARROW = 50
OLD_BALANCES = 90 * NS_PER_SECOND
"""The desk asks again every minute or so: older than this, something keeps it from it."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A position beside the market that values it, and the desk's reckoning of its profit."""

    position: Position
    quote: Quote | None = None
    instrument: Instrument | None = None
    profit: Profit | None = None

    @property
    def places(self) -> int:
        """Decimals of a price."""
        return decimals_of(self.instrument.tick_size) if self.instrument else 2

    @property
    def mark(self) -> Decimal | None:
        """The middle of the market; None when a side is missing."""
        if self.quote is None or self.quote.bid is None or self.quote.ask is None:
            return self.profit.mark if self.profit is not None else None
        return (self.quote.bid + self.quote.ask) / 2

    @property
    def mark_at(self) -> int | None:
        """UTC ns of the market behind the mark."""
        if self.quote is not None and self.quote.bid is not None and self.quote.ask is not None:
            return self.quote.at
        return self.profit.mark_at if self.profit is not None else None

    @property
    def unrealised(self) -> Decimal | None:
        """Quote asset, before fees."""
        return None if self.mark is None else self.position.net_qty * (self.mark - self.position.avg_cost)

    @property
    def fees(self) -> str:
        """What was paid: converted as far as prices are known, the rest as it is."""
        if self.profit is None:
            return ", ".join(f"{trimmed(fee.amount)} {fee.asset}" for fee in self.position.fees)
        rest = [f"{trimmed(fee.amount)} {fee.asset}" for fee in self.profit.unpriced_fees]
        converted = (
            [f"{trimmed(round(self.profit.fees, 2))} {self.profit.quote_asset}"] if self.profit.fees else []
        )
        return " + ".join(converted + rest)


def _signed(value: Decimal | None, places: int, style: str = "") -> Cell:
    if value is None:
        return Cell(DASH, "dim")
    rounded = round(value, places)
    sign = "+" if rounded > 0 else ""
    return Cell(
        sign + trimmed(rounded), style or ("ok" if rounded > 0 else "danger" if rounded < 0 else "dim")
    )


def position_columns(stale_after: int, width: int = 80) -> list[Column[Holding]]:
    """`stale_after`: ns after which a mark is struck through. `width`: cells there are; in few, symbols are short."""
    short = width < NARROW

    def symbol(row: Holding, _: int) -> str:
        return row.instrument.base if short and row.instrument else row.position.symbol

    def fresh(row: Holding, now: int) -> bool:
        return row.mark_at is not None and now - row.mark_at <= stale_after

    def mark(row: Holding, now: int) -> Cell:
        if row.mark is None:
            return Cell(DASH, "dim")
        return Cell(trimmed(round(row.mark, row.places), row.places), "" if fresh(row, now) else "stale")

    def marked(row: Holding, now: int) -> Cell:
        if row.mark_at is None:
            return Cell(DASH, "dim")
        return Cell(age(now - row.mark_at), "dim" if fresh(row, now) else "danger")

    def unrealised(row: Holding, now: int) -> Cell:
        return _signed(row.unrealised, 2, "" if fresh(row, now) else "stale")

    def net(row: Holding, _: int) -> Cell:
        quantity = row.position.net_qty
        style = "side-buy" if quantity > 0 else "side-sell" if quantity < 0 else "dim"
        return Cell(("+" if quantity > 0 else "") + trimmed(quantity), style)

    return [
        Column("symbol", "sym" if short else "symbol", 5 if short else 8, symbol,
               sort_key=lambda row: row.position.symbol, datum=lambda row: row.position.symbol),
        Column("net", "net", 9, net, align="right", sort_key=lambda row: row.position.net_qty),
        Column("pnl", "uPnL", 8, unrealised, align="right", ages=True),
        Column("mark", "mark", 9, mark, align="right", ages=True),
        Column("age", "age", 4, marked, align="right", ages=True),
        Column("avg", "avg", 10, lambda row, _: trimmed(round(row.position.avg_cost, row.places), row.places),
               align="right", datum=lambda row: plain(row.position.avg_cost)),
        Column("real", "real", 9, lambda row, _: _signed(row.position.realised, 2), align="right",
               datum=lambda row: plain(row.position.realised)),
        Column("fees", "fees", 22, lambda row, _: Cell(row.fees, "dim"), flex=True),
    ]  # fmt: skip


_SYMBOL: Final[Field[Holding]] = Field(lambda row: row.position.symbol)

FILTERS: Final[Fields[Holding]] = Fields(
    {
        "symbol": _SYMBOL,
        "sym": _SYMBOL,
        "net": Field(lambda row: row.position.net_qty, number=True),
        "mark": Field(lambda row: row.mark, number=True),
        "pnl": Field(lambda row: row.unrealised, number=True),
        "avg": Field(lambda row: row.position.avg_cost, number=True),
        "real": Field(lambda row: row.position.realised, number=True),
        "fees": Field(lambda row: row.fees),
        "is": Field(
            lambda row: "long" if row.position.net_qty > 0 else "short" if row.position.net_qty else "flat"
        ),
    },
    words=lambda row: row.position.symbol,
)


class PositionsGrid(Guarded, Grid[Holding]):
    """One line a symbol."""

    fields = FILTERS

    def __init__(self, *, clock: Callable[[], int], stale_after: int, id: str) -> None:
        super().__init__(position_columns(stale_after), clock=clock, mark_for=0, empty="Flat.", id=id)
        self.sort_by("symbol")
        self._stale_after = stale_after
        self._short = False

    def on_resize(self) -> None:
        """In a side column everything that has an age stays in sight."""
        short = self.size.width < NARROW
        if short != self._short:
            self._short = short
            self.replace_columns(position_columns(self._stale_after, self.size.width))


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A balance, what it is worth, and what does not fit."""

    balance: Balance
    worth: Decimal | None = None
    mismatch: str = ""


def _locked(balance: Balance) -> Cell:
    return Cell(trimmed(balance.locked), "" if balance.locked else "dim")


def _worth(row: Asset) -> Cell | str:
    return Cell(DASH, "dim") if row.worth is None else money(row.worth)


BALANCE_COLUMNS: list[Column[Asset]] = [
    Column("asset", "asset", 5, lambda row, _: row.balance.asset, sort_key=lambda row: row.balance.asset),
    Column("free", "free", 11, lambda row, _: trimmed(row.balance.free), align="right",
           sort_key=lambda row: row.balance.free),
    Column("worth", "worth", 9, lambda row, _: _worth(row), align="right", sort_key=lambda row: row.worth or ZERO),
    Column("locked", "locked", 9, lambda row, _: _locked(row.balance), align="right",
           sort_key=lambda row: row.balance.locked),
    Column("mismatch", "mismatch", 10, lambda row, _: Cell(row.mismatch, "danger"), flex=True),
]  # fmt: skip


class Positions(Guarded, Vertical):
    """Positions above, balances below once the venue has told them."""

    DEFAULT_CSS = """
    Positions { height: 1fr; }
    Positions > PositionsGrid { height: 2fr; }
    Positions > #balances-head, Positions > #balances { display: none; }
    Positions.-balances > #balances-head, Positions.-balances > #balances { display: block; }
    Positions > #balances { height: 3fr; }
    Positions > #balances-head { background: $panel; }
    Positions.-trouble > #balances-head { height: 2; }
    """

    def __init__(self, *, clock: Callable[[], int], stale_after: int, id: str) -> None:
        super().__init__(id=id)
        self.grid = PositionsGrid(clock=clock, stale_after=stale_after, id="positions-grid")
        self.balances: Grid[Asset] = Grid(
            BALANCE_COLUMNS, clock=clock, pinned=lambda row: bool(row.mismatch), mark_for=0,
            empty="No balances.", id="balances",
        )  # fmt: skip
        self.balances.sort_by("worth", True)
        self._head = Line(id="balances-head")
        self._view: BalancesView | None = None
        self._several = False

    def compose(self) -> ComposeResult:
        yield self.grid
        yield self._head
        yield self.balances

    def focus(self, scroll_visible: bool = True) -> Self:
        """The positions take it."""
        self.grid.focus(scroll_visible)
        return self

    def at_venues(self, venues: Sequence[str]) -> None:
        """There are several: lines say whose they are, and what more than one has is summed."""
        self._several = True
        self.grid.word(venue_column(lambda row: row.position.symbol, venues))
        self.balances.word(venue_column(lambda row: row.balance.asset, venues, "asset"))

    def show_balances(self, view: BalancesView | None) -> None:
        """What the venue says the account holds; assets with nothing of them are left out, unless they do not fit."""
        self._view = view
        self.set_class(view is not None, "-balances")
        if view is None:
            return
        rows = {
            asset: Asset(
                balance=balance, worth=view.worth.get(asset), mismatch=view.mismatches.get(asset, "")
            )
            for asset, balance in view.balances.by_asset.items()
            if balance.total or asset in view.mismatches
        }
        rows |= _sums(view) if self._several else {}
        self.balances.discard([key for key in self.balances.all_keys() if key not in rows])
        self.balances.upsert(rows, mark=False)

    def tick(self, *, mono: int, wall: int) -> None:
        """Ages."""
        self.grid.tick(wall)
        if self._view is not None:
            lines = _head(self._view, mono)
            self.set_class(len(lines) > 1, "-trouble")
            self._head.show(*lines)


def _sums(view: BalancesView) -> dict[str, Asset]:
    """What is held at more than one venue, in one."""
    return {
        f"Σ {asset}": Asset(
            balance=Balance(asset=asset, free=total.free, locked=total.locked), worth=total.worth
        )
        for asset, total in totals(view, split_symbol).items()
    }


def _head(view: BalancesView, mono: int) -> list[Content]:
    """Age and worth; below it what keeps newer ones away, or what does not fit."""
    old = mono - view.mono > OLD_BALANCES or bool(view.error)
    pieces: list[Piece] = [
        (" balances ", "bold"),
        (f"{age(mono - view.mono)} old", "bold $danger" if old else "$dim"),
    ]
    if view.worth and view.unit:
        total = sum(view.worth.values(), Decimal(0))
        more = len([b for a, b in view.balances.by_asset.items() if b.total and a not in view.worth])
        unpriced = f" + {more} unpriced" if more else ""
        pieces.append((f"  {money(total)} {view.unit}{unpriced}", "strike $stale" if old else ""))
    trouble = [view.error] if view.error else []
    if view.mismatches:
        asset, words = next(iter(view.mismatches.items()))
        others = len(view.mismatches) - 1
        trouble.append(f"{asset}: {words}" + (f" (and {others} more)" if others else ""))
    lines = [content(*pieces)]
    return [*lines, content((f" ‼ {'  '.join(trouble)}", "bold $danger"))] if trouble else lines
