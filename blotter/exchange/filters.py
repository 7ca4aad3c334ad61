"""The rules of a symbol: whether an order may be tried at all (fact sheet section 12). Pure.

A broken filter is code -1013 with the filter's name. Precision, enumerations and which fields go together are
not judged here but where the message is read. Where the venue looks at an average of past prices, the last price
stands in for it.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from blotter.exchange.event import Refusal
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.binance.errors import ErrorCode, ErrorText

FORBIDDEN_STP = Refusal(
    ErrorCode.INVALID_MESSAGE, "This symbol does not allow the specified self-trade prevention mode."
)
_AT_MARKET = (OrdType.MARKET, OrdType.STOP)


def failure(name: str) -> Refusal:
    """The refusal for a filter."""
    return Refusal(ErrorCode.INVALID_MESSAGE, ErrorText.FILTER_FAILURE.format(name))


def _outside(value: Decimal, low: Decimal, high: Decimal, step: Decimal) -> bool:
    return bool((low and value < low) or (high and value > high) or (step and value % step))


def check(listing: Listing, request: OrderRequest, last_price: Decimal) -> Refusal | None:
    """The first filter that the order breaks, in the venue's order; None when it may be tried.

    `last_price` stands in for the price of market orders where their worth is judged. An order without any quantity
    (a leg that learns it later) is judged by its prices alone.
    """
    if request.self_trade_prevention in listing.forbidden_stp:
        return FORBIDDEN_STP
    refusal = None
    if request.trigger_price is not None:
        refusal = _check_tick(listing, request.trigger_price)
    if refusal is None and request.price is not None:
        refusal = check_price(listing, request.side, request.price, last_price)
    bips = request.trailing_bips
    if (
        refusal is None
        and bips is not None
        and not listing.min_trailing_bips <= bips <= listing.max_trailing_bips
    ):
        refusal = failure("TRAILING_DELTA")
    if refusal is None and request.order_qty is not None:
        refusal = check_quantity(listing, request, request.order_qty)
    if refusal is not None:
        return refusal
    notional = request.cash_order_qty
    if request.order_qty is not None:
        notional = request.order_qty * (last_price if request.price is None else request.price)
    return None if notional is None else check_notional(listing, notional)


def check_price(listing: Listing, side: Side, price: Decimal, last_price: Decimal) -> Refusal | None:
    """PRICE_FILTER and PERCENT_PRICE_BY_SIDE: what a limit must pass, and what an order is pegged at."""
    refusal = _check_tick(listing, price)
    if refusal is not None:
        return refusal
    if side is Side.BUY:
        up, down = listing.bid_multiplier_up, listing.bid_multiplier_down
    else:
        up, down = listing.ask_multiplier_up, listing.ask_multiplier_down
    if _outside(price, last_price * down, last_price * up, ZERO):
        return failure("PERCENT_PRICE_BY_SIDE")
    return None


def _check_tick(listing: Listing, price: Decimal) -> Refusal | None:
    if price <= ZERO or _outside(price, listing.min_price, listing.max_price, listing.tick_size):
        return failure("PRICE_FILTER")
    return None


def check_quantity(listing: Listing, request: OrderRequest, qty: Decimal) -> Refusal | None:
    """LOT_SIZE, for market orders MARKET_LOT_SIZE, for icebergs ICEBERG_PARTS."""
    refusal = check_qty(listing, qty)
    if refusal is not None:
        return refusal
    if request.ord_type in _AT_MARKET and _outside(
        qty, listing.market_min_qty, listing.market_max_qty, listing.market_step_size
    ):
        return failure("MARKET_LOT_SIZE")
    if request.max_floor is not None and request.max_floor > ZERO:
        return _check_iceberg(listing, qty, request.max_floor)
    return None


def check_qty(listing: Listing, qty: Decimal) -> Refusal | None:
    """LOT_SIZE alone: what an amended total is held to as well."""
    if qty <= ZERO or _outside(qty, listing.min_qty, listing.max_qty, listing.step_size):
        return failure("LOT_SIZE")
    return None


def check_notional(listing: Listing, notional: Decimal) -> Refusal | None:
    """NOTIONAL, in quote asset."""
    if not listing.min_notional <= notional <= listing.max_notional:
        return failure("NOTIONAL")
    return None


def _check_iceberg(listing: Listing, qty: Decimal, max_floor: Decimal) -> Refusal | None:
    if _outside(max_floor, listing.min_qty, listing.max_qty, listing.step_size):
        return failure("LOT_SIZE")
    if (qty / max_floor).to_integral_value(ROUND_CEILING) > listing.max_iceberg_parts:
        return failure("ICEBERG_PARTS")
    return None


def whole_lots(listing: Listing, request: OrderRequest, qty: Decimal) -> Decimal:
    """What of a quantity is in whole lots and not too many: what a leg is trimmed to when it learns its own."""
    step, most = listing.step_size, listing.max_qty
    if request.ord_type in _AT_MARKET:
        step, most = max(step, listing.market_step_size), min(most, listing.market_max_qty)
    return (min(qty, most) / step).to_integral_value(ROUND_DOWN) * step


def rests(request: OrderRequest) -> bool:
    """Whether what is left of the order after matching stays on the book."""
    return request.ord_type not in _AT_MARKET and request.time_in_force not in (
        TimeInForce.IMMEDIATE_OR_CANCEL,
        TimeInForce.FILL_OR_KILL,
    )


def post_only(request: OrderRequest) -> bool:
    """LIMIT_MAKER: refused rather than taking."""
    return request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE


def at_market(request: OrderRequest) -> bool:
    """Whether the order trades at any price, now or once it is triggered."""
    return request.ord_type in _AT_MARKET
