"""By what the orders grid can be grouped, and what a group's heading says: how many orders, what of them is open, what
that is worth, and the net of what was filled. Pure.

Quantities of different assets are never added: a group of several symbols tells what its open orders are worth, by
quote asset, and no quantity.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument
from blotter.tui.format import money, trimmed
from blotter.tui.order_rows import OrderRow

ZERO: Final = Decimal(0)
SINGLE, HELD = "single orders", "held here"

STAGES: Final = ("UNVERIFIED", "PEND", "WORKING", "PARTIAL", "TRIGGERED", "PENDING", "HELD", "FILLED", "CXLD",
                 "EXPIRED", "REJECT", "RESOLVED")  # fmt: skip


class GroupBy(NamedTuple):
    """One way to put lines together; see `grid_groups.Grouping`."""

    name: str
    label: Callable[[OrderRow], str]
    rank: Callable[[str], Any]


def _parent(row: OrderRow) -> str:
    if row.list is not None:
        return f"{row.key} {row.type}"
    return HELD if row.held is not None else SINGLE


def _parent_rank(label: str) -> tuple[int, str]:
    return ((SINGLE, HELD).index(label) + 1 if label in (SINGLE, HELD) else 0, label)


def _state_rank(label: str) -> tuple[int, str]:
    word = label.split()[1]
    return (STAGES.index(word) if word in STAGES else len(STAGES), label)


GROUPINGS: Final[Mapping[str, GroupBy]] = {
    "symbol": GroupBy("symbol", lambda row: row.symbol, lambda label: label),
    "parent": GroupBy("parent", _parent, _parent_rank),
    "state": GroupBy("state", lambda row: row.stage or "● WORKING", _state_rank),
}


class _Sum:
    """Of one symbol."""

    __slots__ = ("net", "open_qty", "rows", "worth")

    def __init__(self) -> None:
        self.rows = 0
        self.open_qty = ZERO  # base asset
        self.worth = ZERO  # of that, at the limit prices, in the quote asset
        self.net = ZERO  # bought less sold, base asset


class OrderTally:
    """The sums of a group; see `grid_groups.Tally`."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self.count = 0
        self.orders = 0
        self.open = 0
        self.unpriced = 0  # open orders without a limit price, or of unknown size
        self._sums: dict[str, _Sum] = {}

    def add(self, row: OrderRow, sign: int) -> None:
        """Count a line in (1) or out again (-1). A list adds nothing to its legs."""
        self.count += sign
        order = row.order
        if order is None:
            return
        self.orders += sign
        sums = self._sums.get(order.symbol)
        if sums is None:
            sums = self._sums[order.symbol] = _Sum()
        sums.rows += sign
        if filled := order.cum_qty:
            sums.net += sign * (filled if order.side is Side.BUY else -filled)
        if order.open:
            self.open += sign
            leaves, price = order.leaves_qty, order.price
            if leaves is not None:
                sums.open_qty += sign * leaves
            if leaves is None or price is None:
                self.unpriced += sign
            else:
                sums.worth += sign * leaves * price
        if not sums.rows:
            del self._sums[order.symbol]

    def words(self) -> str:
        """`3 orders, 2 open: 1.25 = 75,154 USDT · net +0.35`; of several symbols, `2 open = 75,154 USDT`."""
        worth: dict[str, Decimal] = {}
        for symbol, sums in self._sums.items():
            instrument = self._instruments.get(symbol)
            quote = instrument.quote if instrument is not None else "?"
            worth[quote] = worth.get(quote, ZERO) + sums.worth
        amounts = [f"{money(amount)} {quote}" for quote, amount in sorted(worth.items()) if amount]
        amounts += [f"{self.unpriced} unpriced"] if self.unpriced else []
        value = f" = {' + '.join(amounts)}" if amounts else ""
        words = f"{self.orders:,} {'order' if self.orders == 1 else 'orders'}, {self.open:,} open"
        if len(self._sums) != 1:
            return words + value
        [only] = self._sums.values()
        quantity = f": {trimmed(only.open_qty)}" if self.open else ""
        net = f" · net {'+' if only.net > 0 else ''}{trimmed(only.net)}" if only.net else ""
        return f"{words}{quantity}{value}{net}"
