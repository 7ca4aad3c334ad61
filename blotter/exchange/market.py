"""One symbol at the exchange: its book, its numbers, its open orders, and the reports that tell of them.

OrderID, TradeID and ExecID are numbers per symbol that start at 0, as on the venue: a client that takes 0 for
"none" or forgets the symbol is wrong, and should find out here. The house's orders are numbered from far above,
so that the first order a person sends really is number 0.
"""

from decimal import Decimal

import msgspec

from blotter.exchange.book import Book, Order
from blotter.exchange.event import ExpiryReason, Outcome, Prevented, Report
from blotter.exchange.filters import post_only
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import ExecType, OrdStatus, TimeInForce

HOUSE_ORDER_IDS = 1_000_000_000_000


class MarketState(msgspec.Struct, kw_only=True):
    """What of a market outlives the process. `orders` are in order of priority."""

    symbol: str
    last_price: Decimal
    next_order_id: int = 0
    next_house_order_id: int = HOUSE_ORDER_IDS
    next_exec_id: int = 0
    next_trade_id: int = 0
    next_match_id: int = 0
    update_id: int = 0
    orders: list[Order] = []


class Market:
    """Mutable; the engine is the only one who changes it."""

    def __init__(self, listing: Listing, house: set[str], state: MarketState | None = None) -> None:
        self.listing = listing
        self.book = Book()
        self.state = state or MarketState(symbol=listing.symbol, last_price=listing.opening_price)
        self.open: dict[tuple[str, int], Order] = {}
        self.by_cl_ord_id: dict[tuple[str, str], Order] = {}
        self.open_count: dict[str, int] = {}
        self._house = house
        for order in self.state.orders:
            self.rest(order)
        self.state.orders = []

    def dump(self) -> MarketState:
        orders = [*self.book.bids.orders(), *self.book.asks.orders()]
        return msgspec.structs.replace(self.state, orders=orders)

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

    def rest(self, order: Order) -> None:
        """Put an order on the book; it has a price."""
        self.book.half(order.side).add(order, limit_price(order))
        self.open[order.account, order.order_id] = order
        self.by_cl_ord_id[order.account, order.cl_ord_id] = order
        self.open_count[order.account] = self.open_count.get(order.account, 0) + 1

    def remove(self, order: Order) -> None:
        """Take an order off the book."""
        self.book.half(order.side).remove(order, limit_price(order))
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

    def owned(self, account: str) -> list[Order]:
        """An account's open orders, oldest first."""
        return [order for (owner, _), order in self.open.items() if owner == account]

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
                order_qty=order.qty,
                cash_order_qty=request.cash_order_qty,
                price=request.price,
                time_in_force=time_in_force(order),
                post_only=post_only(request),
                max_floor=order.max_floor,
                target_strategy=order.target_strategy,
                strategy_id=order.strategy_id,
                leaves_qty=ZERO if status in _TERMINAL else order.leaves,
                created_at=order.created_at,
                working=True,
                last_px=last_px,
                last_qty=last_qty,
                trade_id=trade_id,
                aggressor=aggressor,
                fee=fee,
                fee_asset=fee_asset,
                prevented_qty=order.prevented_qty,
                prevented=prevented,
                expiry_reason=expiry_reason,
            )
        )


_TERMINAL = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED})


def live_status(order: Order) -> OrdStatus:
    """NEW or PARTIALLY_FILLED, by what was filled."""
    return OrdStatus.PARTIALLY_FILLED if order.cum_qty else OrdStatus.NEW


def limit_price(order: Order) -> Decimal:
    """The price of an order that rests. Raises `ValueError` for a market order: those never do."""
    if order.request.price is None:
        raise ValueError(f"order {order.order_id} has no price and cannot rest")
    return order.request.price


def time_in_force(order: Order) -> TimeInForce | None:
    """What 59 says: absent on market orders; a post-only order is reported as good till cancel."""
    if order.request.time_in_force is None and order.request.price is not None:
        return TimeInForce.GOOD_TILL_CANCEL
    return order.request.time_in_force
