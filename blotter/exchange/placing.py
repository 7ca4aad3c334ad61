"""How an order enters the market: judged, paid for, announced, traded, at rest; and how it leaves (fact sheet 6, 7).

Plain orders go through all of it at once. Those that wait (for a trigger, or for another order of their list) are
judged and paid for first, and enter later by the same steps. Nothing here knows what one order means for another.
"""

from dataclasses import dataclass
from typing import Final

from blotter.exchange import filters, triggers
from blotter.exchange.book import Order
from blotter.exchange.clearing import Clearing, requirement
from blotter.exchange.event import Outcome, Refusal, Report
from blotter.exchange.listing import ZERO, Listing
from blotter.exchange.market import Happening, Market, live_status
from blotter.exchange.matching import End, Plan, Wanted, crosses, match, plan
from blotter.exchange.pegs import peg
from blotter.trading.enums import ExecType, ExpiryReason, OrdStatus, PegPriceType, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.binance.errors import ErrorCode, ErrorText

DUPLICATE_ORDER: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.DUPLICATE_ORDER)
NO_FUNDS: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.INSUFFICIENT_BALANCE)
WOULD_TAKE: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.WOULD_TAKE)
WOULD_TRIGGER: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.WOULD_TRIGGER)
ICEBERG_TOO_BIG: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.ICEBERG_EXCEEDS_QTY)
NO_LIQUIDITY: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.NO_LIQUIDITY)
BAD_PEG: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.PEG_NOT_WITH_TYPE)
NOTHING_TO_PEG_AT: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.PEG_NO_LIQUIDITY)
NO_ROUTING: Final = Refusal(  # the venue's own words are not known
    ErrorCode.NEW_ORDER_REJECTED, "Smart order routing is not supported for this symbol."
)


@dataclass(frozen=True, slots=True)
class Floor:
    """What all orders share."""

    markets: dict[str, Market]
    clearing: Clearing

    def market(self, order: Order) -> Market:
        """The market of the order's symbol."""
        return self.markets[order.request.symbol]

    def books(self, order: Order) -> tuple[Market, ...]:
        """The markets where the order may trade, its own first."""
        own = self.market(order)
        return (own, *siblings(self.markets, own.listing)) if order.request.smart_routing else (own,)


def siblings(markets: dict[str, Market], listing: Listing) -> tuple[Market, ...]:
    """The other symbols that share their books with this one."""
    return tuple(
        market
        for market in markets.values()
        if listing.sor_group
        and market.listing is not listing
        and (market.listing.sor_group, market.listing.base) == (listing.sor_group, listing.base)
    )


# --- judging -----------------------------------------------------------------------------------------------


def judge(
    floor: Floor, account: str, request: OrderRequest, orders: int = 1, algos: int = 0
) -> Refusal | None:
    """What is judged before anything happens: the filters. `orders` and `algos`: how many of either kind enter
    with it, itself included."""
    market = floor.markets[request.symbol]
    listing = market.listing
    if request.smart_routing and not listing.sor_group:
        return NO_ROUTING
    refusal = filters.check(listing, request, market.state.last_price) or _judge_peg(request)
    if refusal is not None:
        return refusal
    if market.open_count.get(account, 0) + orders > listing.max_num_orders:
        return filters.failure("MAX_NUM_ORDERS")
    algos = algos or int(triggers.contingent(request))
    if algos:
        open_algos = sum(triggers.contingent(order.request) for order in market.owned(account))
        if open_algos + algos > listing.max_num_algo_orders:
            return filters.failure("MAX_NUM_ALGO_ORDERS")
    return None


def _judge_peg(request: OrderRequest) -> Refusal | None:
    """Post-only is primary only; a limit pegged at its own side would expire at once if it could not rest."""
    if request.peg_price_type is None or triggers.contingent(request):
        return None
    primary = request.peg_price_type is PegPriceType.PRIMARY_PEG
    if filters.post_only(request):
        return None if primary else BAD_PEG
    return BAD_PEG if primary and not filters.rests(request) else None


def too_many(floor: Floor, account: str, at: int, orders: int = 1) -> Refusal | None:
    """The unfilled order count (fact sheet section 4)."""
    limit = floor.clearing.accounts[account].exceeded(at, orders)
    if limit is None:
        return None
    span = "DAY" if limit.seconds == 86_400 else f"{limit.seconds} SECONDS"
    return Refusal(ErrorCode.TOO_MANY_ORDERS, ErrorText.TOO_MANY_ORDERS.format(limit.maximum, span))


# --- the steps ---------------------------------------------------------------------------------------------


def new_order(
    floor: Floor, account: str, cl_ord_id: str, request: OrderRequest, at: int, session: str = ""
) -> Order:
    """An order that is not accepted yet: it has no OrderID and nothing is locked."""
    market = floor.markets[request.symbol]
    return Order(
        account=account,
        order_id=-1,
        cl_ord_id=cl_ord_id,
        request=request,
        qty=request.order_qty or ZERO,
        max_floor=request.max_floor or None,
        stp=request.self_trade_prevention or market.listing.default_stp,
        created_at=at,
        session=session,
    )


def malformed(floor: Floor, order: Order) -> Refusal | None:
    """What is wrong with an order whatever the books say."""
    if (order.account, order.cl_ord_id) in floor.market(order).by_cl_ord_id:
        return DUPLICATE_ORDER
    if order.max_floor is not None and order.qty and order.max_floor > order.qty:
        return ICEBERG_TOO_BIG
    return None


def register(floor: Floor, order: Order) -> None:
    """Accept it: it gets its OrderID."""
    market = floor.market(order)
    order.order_id = market.new_order_id(order.account)
    market.state.update_id += 1
    market.register(order)


def reckon(floor: Floor, order: Order) -> None:
    """What one that waits will be locked for: its limit, or else about where it will trade."""
    request = order.request
    last_price = floor.market(order).state.last_price
    order.lock_price = triggers.guess(request, last_price) if request.price is None else request.price


def lock(floor: Floor, order: Order) -> Refusal | None:
    """Set behind an order what it may have to pay. Not for orders at the market: see `prepare`."""
    need = requirement(order)
    if need is None or floor.clearing.lock(floor.market(order).listing, order, need):
        return None
    return NO_FUNDS


def prepare(floor: Floor, order: Order) -> Refusal | None:
    """All that must be so before an order may trade: it gets its price, is judged by the books, and is paid for."""
    market, request = floor.market(order), order.request
    if request.peg_price_type is not None:
        refusal = _price(market, order)
        if refusal is not None:
            return refusal
    elif not filters.at_market(request):
        order.price = request.price
    best = market.book.against(request.side).best
    if filters.post_only(request) and best is not None and crosses(request.side, order.price, best):
        return WOULD_TAKE
    order.lock_price = order.price
    if order.price is not None:
        return lock(floor, order)
    outlook = _outlook(floor, order)
    if request.cash_order_qty is not None:
        if not outlook.qty:
            return NO_LIQUIDITY
        order.qty, order.short = outlook.qty, not outlook.complete
    cost = max(outlook.quote_qty, request.cash_order_qty or ZERO)
    if request.side is Side.SELL:
        cost = order.leaves
    return None if floor.clearing.lock(market.listing, order, cost) else NO_FUNDS


def _price(market: Market, order: Order) -> Refusal | None:
    """Peg it, and judge what it is pegged at (fact sheet section 10)."""
    price = peg(market.book, order.request)
    if price is None:
        return NOTHING_TO_PEG_AT
    order.price = order.pegged_price = price
    listing, last_price = market.listing, market.state.last_price
    return filters.check_price(listing, order.side, price, last_price) or filters.check_notional(
        listing, price * order.qty
    )


def _outlook(floor: Floor, order: Order) -> Plan:
    cash = order.request.cash_order_qty
    qty = None if cash is not None else order.leaves
    return plan(floor.books(order), Wanted(order.account, order.side, qty, cash, order.price, order.stp))


def announce(floor: Floor, order: Order, at: int, out: list[Outcome], *, answers: bool = False) -> None:
    """NEW: accepted, released or triggered."""
    floor.market(order).report(out, order, ExecType.NEW, live_status(order), at, answers=answers)


def trade(floor: Floor, order: Order, at: int, out: list[Outcome]) -> None:
    """A prepared order meets the books; what is left of it rests, or expires."""
    market, tif = floor.market(order), order.request.time_in_force
    if tif is TimeInForce.FILL_OR_KILL and not _outlook(floor, order).complete:
        expire(floor, order, ExpiryReason.UNFILLED_FOK_ORDER, at, out)
        return
    end = match(floor.books(order), floor.clearing, order, at, out)
    if not market.is_open(order):
        return  # filled, or ended by self-trade prevention
    if end is End.OUT_OF_RANGE:
        expire(floor, order, ExpiryReason.PRICE_RANGE, at, out)
    elif filters.rests(order.request):
        market.rest(order)
    else:
        ioc = tif is TimeInForce.IMMEDIATE_OR_CANCEL
        reason = ExpiryReason.UNFILLED_IOC_QUANTITY if ioc else ExpiryReason.INSUFFICIENT_LIQUIDITY
        expire(floor, order, reason, at, out)


# --- whole ways in -----------------------------------------------------------------------------------------


def enter(floor: Floor, order: Order, at: int, out: list[Outcome]) -> Refusal | None:
    """A single order, from its request to the book or to its waiting. Returns the refusal when nothing was done."""
    market, request = floor.market(order), order.request
    refusal = malformed(floor, order)
    if refusal is not None:
        return refusal
    if triggers.contingent(request):
        if triggers.would_trigger(request, market.state.last_price):
            return WOULD_TRIGGER
        reckon(floor, order)
        refusal = lock(floor, order)
    else:
        refusal = prepare(floor, order)
    if refusal is not None:
        return refusal
    register(floor, order)
    if triggers.contingent(request):
        arm(floor, order, at)
        announce(floor, order, at, out, answers=True)
    else:
        market.take(order, at)
        announce(floor, order, at, out, answers=True)
        trade(floor, order, at, out)
    return None


def arm(floor: Floor, order: Order, at: int) -> None:
    """Let an accepted order wait for its trigger. One that trails without an activation price follows at once."""
    market = floor.market(order)
    market.arm(order)
    if order.request.trailing_bips is not None and order.request.trigger_price is None:
        triggers.follow(order, market.state.last_price, at)


def activate(floor: Floor, order: Order, at: int, out: list[Outcome]) -> None:
    """Its trigger has come, or its list lets it go: a second NEW, now working; or its end, if it may not enter."""
    refusal = prepare(floor, order)
    if refusal is not None:
        expire(floor, order, ExpiryReason.REJECTED_AT_TRIGGER, at, out)
        return
    market = floor.market(order)
    market.state.update_id += 1
    market.take(order, at)
    announce(floor, order, at, out)
    trade(floor, order, at, out)


# --- ways out ----------------------------------------------------------------------------------------------


def expire(floor: Floor, order: Order, reason: ExpiryReason | None, at: int, out: list[Outcome]) -> None:
    """It ends by itself; its list, if any, hears of it."""
    end(floor, order, reason, at, out)
    floor.market(order).note(Happening.LOST, order)


def end(floor: Floor, order: Order, reason: ExpiryReason | None, at: int, out: list[Outcome]) -> None:
    """It ends without being asked."""
    market = floor.market(order)
    market.remove(order)
    market.state.update_id += 1
    floor.clearing.release(market.listing, order)
    market.report(out, order, ExecType.EXPIRED, OrdStatus.EXPIRED, at, expiry_reason=reason)


def cancel(floor: Floor, order: Order, cl_ord_id: str, at: int, out: list[Outcome]) -> None:
    """It ends on request `cl_ord_id`, or without one ("") by the exchange's own decision."""
    market = floor.market(order)
    market.remove(order)
    market.state.update_id += 1
    floor.clearing.release(market.listing, order)
    asked = bool(cl_ord_id)
    named = cl_ord_id or None
    market.report(out, order, ExecType.CANCELED, OrdStatus.CANCELED, at, answers=asked, cl_ord_id=named)


def rejected(
    account: str, cl_ord_id: str, request: OrderRequest, refusal: Refusal, listing: Listing, at: int
) -> Report:
    """The report of an order that was refused: it never got an OrderID or an ExecID."""
    return Report(
        account=account,
        symbol=request.symbol,
        side=request.side,
        ord_type=request.ord_type,
        exec_type=ExecType.REJECTED,
        ord_status=OrdStatus.REJECTED,
        at=at,
        cl_ord_id=cl_ord_id,
        cum_qty=ZERO,
        cum_quote_qty=ZERO,
        stp=request.self_trade_prevention or listing.default_stp,
        answers=True,
        order_qty=request.order_qty,
        cash_order_qty=request.cash_order_qty,
        price=request.price,
        time_in_force=request.time_in_force,
        post_only=filters.post_only(request),
        max_floor=request.max_floor,
        target_strategy=request.target_strategy,
        strategy_id=request.strategy_id,
        leaves_qty=ZERO,
        refusal=refusal,
        trigger_price=request.trigger_price,
        trigger_direction=request.trigger_direction,
        trailing_bips=request.trailing_bips,
        peg_price_type=request.peg_price_type,
        peg_offset=request.peg_offset,
        smart_routing=request.smart_routing,
    )
