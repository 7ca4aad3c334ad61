"""What one event changed, and executions: what the ledger says to whoever listens. Immutable."""

from decimal import Decimal

import msgspec

from blotter.trading.enums import Side
from blotter.trading.event import Fee
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.position import Position


class Fill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution. (symbol, exec_id) is its identity."""

    symbol: str
    exec_id: str  # "T" and the TradeID, when the evidence (REST) has no ExecID
    order_id: str  # our own order id
    cl_ord_id: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    at: int  # when it reached this machine
    transact_time: int | None = None
    fees: tuple[Fee, ...] = ()
    aggressor: bool | None = None
    trade_id: str | None = None


class Delta(msgspec.Struct, frozen=True, gc=False):
    """What one event changed: the new versions."""

    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    position: Position | None = None
    note: str = ""  # for a person: evidence that fits nothing (report repeated, answer to an unknown request)
    lists: tuple[OrderList, ...] = ()
    held: tuple[tuple[str, Held | None], ...] = ()  # by id; None: no longer held here
    repeated: bool = False  # this very report was folded before, from whichever session

    def then(self, later: "Delta") -> "Delta":
        """Both at once: what one message of several parts changed, all of one symbol."""
        if self is NOTHING:
            return later
        return Delta(
            orders=(*self.orders, *later.orders),
            fills=(*self.fills, *later.fills),
            position=later.position or self.position,
            note="; ".join(note for note in (self.note, later.note) if note),
            lists=(*self.lists, *later.lists),
            held=(*self.held, *later.held),
            repeated=self.repeated and later.repeated,
        )


NOTHING = Delta()
