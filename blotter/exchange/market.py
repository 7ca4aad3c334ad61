"""One symbol at the exchange: its book, its numbers, its open orders, and the reports that tell of them.

OrderID, TradeID and ExecID are numbers per symbol that start at 0, as on the venue: a client that takes 0 for
"none" or forgets the symbol is wrong, and should find out here. The house's orders are numbered from far above,
so that the first order a person sends really is number 0.
"""

from collections import deque
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

import msgspec

from blotter.exchange import triggers
from blotter.exchange.book import Book, Order, Stage
from blotter.exchange.event import Outcome, Prevented, Report
from blotter.exchange.filters import post_only
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import ExecType, ExpiryReason, OrdStatus, TimeInForce

HOUSE_ORDER_IDS = 1_000_000_000_000


class MarketState(msgspec.Struct, kw_only=True):
    """What of a market outlives the process. `orders` are in order of their age; none is taking."""

    symbol: str
    last_price: Decimal
    next_order_id: int = 0
    next_house_order_id: int = HOUSE_ORDER_IDS
    next_exec_id: int = 0
    next_trade_id: int = 0
    next_match_id: int = 0
    next_alloc_id: int = 0
    next_turn: int = 0
    update_id: int = 0
    orders: list[Order] = []


class Happening(Enum):
    """What befell an order on the side, and may have consequences for others."""

    TRIGGERED = auto()  # an armed order's price came
    FILLED = auto()  # a leg of a list, partly
    DONE = auto()  # a leg of a list, wholly filled
    LOST = auto()  # a leg of a list, by expiry


class Event(NamedTuple):
    """One happening. The engine works them off before its command is over."""

    what: Happening
    market: "Market"
    order: Order


class Market:
    """Mutable; the engine is the only one who changes it. `happened` is shared by all markets: it keeps the order."""

    def __init__(
        self,
        listing: Listing,
        house: set[str],
        state: MarketState | None = None,
        happened: deque[Event] | None = None,
    ) -> None:
        self.listing = listing
        self.book = Book()
        self.state = state or MarketState(symbol=listing.symbol, last_price=listing.opening_price)
        self.open: dict[tuple[str, int], Order] = {}
        self.by_cl_ord_id: dict[tuple[str, str], Order] = {}
        self.open_count: dict[str, int] = {}
        self.happened: deque[Event] = deque() if happened is None else happened
        self._house = house
        self._armed: dict[tuple[str, int], Order] = {}
        for order in self.state.orders:
            self.register(order)
        for order in sorted(self.state.orders, key=lambda order: order.turn):
            if order.stage is Stage.RESTING:
                self.book.half(order.side).add(order, limit_price(order))
            elif order.stage is Stage.ARMED:
                self._armed[order.account, order.order_id] = order
        self.state.orders = []

    def dump(self) -> MarketState:
        return msgspec.structs.replace(self.state, orders=list(self.open.values()))

    # --- numbers ---------------------------------------------------------------------------------------

    def new_order_id(self, account: str) -> int:
        if account in self._house:
            self.state.next_house_order_id += 1
            return self.state.next_house_order_id - 1
        self.state.next_order_id += 1
        return self.state.next_order_id - 1

    def new_trade_id(self) -> int:
        self.state.next_trade_id += 1
        return self.state.next_trade_id - 1

    def new_match_id(self) -> int:
        self.state.next_match_id += 1
        return self.state.next_match_id - 1

    def new_alloc_id(self) -> int:
        self.state.next_alloc_id += 1
        return self.state.next_alloc_id - 1

    def _take_turn(self, order: Order) -> None:
        order.turn = self.state.next_turn
        self.state.next_turn += 1

    # --- open orders -----------------------------------------------------------------------------------

    def register(self, order: Order) -> None:
        """An accepted order is open from here to `remove`."""
        self.open[order.account, order.order_id] = order
        self.by_cl_ord_id[order.account, order.cl_ord_id] = order
        self.open_count[order.account] = self.open_count.get(order.account, 0) + 1

    def rest(self, order: Order) -> None:
        """Put an open order on the book; it has a price."""
        order.show()
        self._take_turn(order)
        order.stage = Stage.RESTING
        self.book.half(order.side).add(order, limit_price(order))

    def lift(self, order: Order) -> None:
        """Take a resting order off the book to trade anew: it stays open."""
        self.book.half(order.side).remove(order, limit_price(order))
        order.stage = Stage.TAKING

    def requeue(self, order: Order) -> None:
        """To the end of its price: what a new slice of an iceberg gets."""
        order.show()
        self._take_turn(order)
        self.book.half(order.side).requeue(order, limit_price(order))

    def arm(self, order: Order) -> None:
        """Let an open order wait for its trigger."""
        self._take_turn(order)
        order.stage = Stage.ARMED
        self._armed[order.account, order.order_id] = order

    def take(self, order: Order, at: int) -> None:
        """An open order is about to trade: it works from here on."""
        self._armed.pop((order.account, order.order_id), None)
        order.stage = Stage.TAKING
        order.working_at = at

    def remove(self, order: Order) -> None:
        """An order is open no more."""
        if order.stage is Stage.RESTING:
            self.book.half(order.side).remove(order, limit_price(order))
        self._armed.pop((order.account, order.order_id), None)
        del self.open[order.account, order.order_id]
        del self.by_cl_ord_id[order.account, order.cl_ord_id]
        self.open_count[order.account] -= 1

    def rename(self, order: Order, cl_ord_id: str) -> None:
        """An amendment gives the order the id of the request."""
        del self.by_cl_ord_id[order.account, order.cl_ord_id]
        order.cl_ord_id = cl_ord_id
        self.by_cl_ord_id[order.account, cl_ord_id] = order

    def find(self, account: str, order_id: int | None, cl_ord_id: str | None) -> Order | None:
        """An open order by either id; with both given they must agree."""
        if order_id is None:
            return None if cl_ord_id is None else self.by_cl_ord_id.get((account, cl_ord_id))
        order = self.open.get((account, order_id))
        if order is not None and cl_ord_id is not None and order.cl_ord_id != cl_ord_id:
            return None
        return order

    def is_open(self, order: Order) -> bool:
        return (order.account, order.order_id) in self.open

    def owned(self, account: str) -> list[Order]:
        """An account's open orders, oldest first."""
        return [order for (owner, _), order in self.open.items() if owner == account]

    # --- what happens ----------------------------------------------------------------------------------

    def traded(self, price: Decimal, at: int) -> None:
        """There was a trade: orders that wait for this price are let go, in the order in which they came."""
        self.state.last_price = price
        for order in self._armed.values():
            if triggers.observe(order, price, at):
                self.happened.append(Event(Happening.TRIGGERED, self, order))

    def note(self, what: Happening, order: Order) -> None:
        """Something befell an order. It concerns others only if it is a leg of a list."""
        if order.list_id is not None:
            self.happened.append(Event(what, self, order))

    def report(
        self,
        out: list[Outcome],
        order: Order,
        exec_type: ExecType,
        status: OrdStatus,
        at: int,
        *,
        answers: bool = False,
        cl_ord_id: str | None = None,
        last_px: Decimal | None = None,
        last_qty: Decimal = ZERO,
        trade_id: int | None = None,
        alloc_id: int | None = None,
        aggressor: bool = True,
        fee: Decimal = ZERO,
        fee_asset: str = "",
        prevented: Prevented | None = None,
        expiry_reason: ExpiryReason | None = None,
    ) -> None:
        """Tell the account what happened to its order. The house is not told.

        `cl_ord_id` is that of the cancel or amend request answered; the order's own then goes into 41.
        """
        if order.account in self._house:
            return
        request = order.request
        exec_id = self.state.next_exec_id
        self.state.next_exec_id += 1
        out.append(
            Report(
                account=order.account,
                symbol=self.listing.symbol,
                side=request.side,
                ord_type=request.ord_type,
                exec_type=exec_type,
                ord_status=status,
                at=at,
                cl_ord_id=order.cl_ord_id if cl_ord_id is None else cl_ord_id,
                orig_cl_ord_id=None if cl_ord_id is None else order.cl_ord_id,
                cum_qty=order.cum_qty,
                cum_quote_qty=order.cum_quote_qty,
                stp=order.stp,
                answers=answers,
                exec_id=exec_id,
                order_id=order.order_id,
                order_qty=order.qty or None,  # an OPO leg does not know before it is released
                cash_order_qty=request.cash_order_qty,
                price=request.price,
                time_in_force=time_in_force(order),
                post_only=post_only(request),
                max_floor=order.max_floor,
                target_strategy=request.target_strategy,
                strategy_id=request.strategy_id,
                leaves_qty=ZERO if status in _TERMINAL else order.leaves,
                created_at=order.created_at,
                working=order.working_at is not None,
                working_at=order.working_at,
                last_px=last_px,
                last_qty=last_qty,
                trade_id=trade_id,
                alloc_id=alloc_id,
                aggressor=aggressor,
                fee=fee,
                fee_asset=fee_asset,
                prevented_qty=order.prevented_qty,
                prevented=prevented,
                expiry_reason=expiry_reason,
                list_id=order.list_id,
                trigger_price=request.trigger_price,
                trigger_direction=request.trigger_direction,
                trailing_bips=request.trailing_bips,
                trailing_at=order.trailing_at,
                peg_price_type=request.peg_price_type,
                peg_offset=request.peg_offset,
                pegged_price=order.pegged_price,
                smart_routing=request.smart_routing,
                routed=alloc_id is not None,
                session=order.session,
                expire_time=request.expire_time,
            )
        )


_TERMINAL = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED})


def live_status(order: Order) -> OrdStatus:
    """NEW or PARTIALLY_FILLED, by what was filled; PENDING_NEW before its list has released it."""
    if order.stage is Stage.PENDING:
        return OrdStatus.PENDING_NEW
    return OrdStatus.PARTIALLY_FILLED if order.cum_qty else OrdStatus.NEW


def limit_price(order: Order) -> Decimal:
    """The price of an order that rests. Raises `ValueError` for a market order: those never do."""
    if order.price is None:
        raise ValueError(f"order {order.order_id} has no price and cannot rest")
    return order.price


def time_in_force(order: Order) -> TimeInForce | None:
    """What 59 says: absent on market orders; a post-only order is reported as good till cancel."""
    request = order.request
    if request.time_in_force is None and (request.price is not None or post_only(request)):
        return TimeInForce.GOOD_TILL_CANCEL
    return request.time_in_force
