"""The rules of a symbol: whether an order may be tried at all (fact sheet section 12). Pure.

A broken filter is code -1013 with the filter's name. Precision, enumerations and which fields go together are
not judged here but where the message is read.
"""

from decimal import ROUND_CEILING, Decimal

from blotter.exchange.event import Refusal
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import ExecInst, OrdType, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.binance.errors import ErrorCode, ErrorText

FORBIDDEN_STP = Refusal(
    ErrorCode.INVALID_MESSAGE, "This symbol does not allow the specified self-trade prevention mode."
)


def failure(name: str) -> Refusal:
    """The refusal for a filter."""
    return Refusal(ErrorCode.INVALID_MESSAGE, ErrorText.FILTER_FAILURE.format(name))


def _outside(value: Decimal, low: Decimal, high: Decimal, step: Decimal) -> bool:
    return bool((low and value < low) or (high and value > high) or (step and value % step))


def check(listing: Listing, request: OrderRequest, last_price: Decimal) -> Refusal | None:
    """The first filter that the order breaks, in the venue's order; None when it may be tried.

    `last_price` stands in for the price of market orders where their worth is judged.
    """
    if request.self_trade_prevention in listing.forbidden_stp:
        return FORBIDDEN_STP
    price, qty = request.price, request.order_qty
    if price is not None and (
        price <= ZERO or _outside(price, listing.min_price, listing.max_price, listing.tick_size)
    ):
        return failure("PRICE_FILTER")
    if qty is not None:
        refusal = check_qty(listing, qty)
        if refusal is not None:
            return refusal
        if request.ord_type is OrdType.MARKET and _outside(
            qty, listing.market_min_qty, listing.market_max_qty, listing.market_step_size
        ):
            return failure("MARKET_LOT_SIZE")
        if request.max_floor is not None and request.max_floor > ZERO:
            refusal = _check_iceberg(listing, qty, request.max_floor)
            if refusal is not None:
                return refusal
    notional = request.cash_order_qty if qty is None else qty * (last_price if price is None else price)
    if notional is not None and not (listing.min_notional <= notional <= listing.max_notional):
        return failure("NOTIONAL")
    return None


def check_qty(listing: Listing, qty: Decimal) -> Refusal | None:
    """LOT_SIZE alone: what an amended total is held to as well."""
    if qty <= ZERO or _outside(qty, listing.min_qty, listing.max_qty, listing.step_size):
        return failure("LOT_SIZE")
    return None


def _check_iceberg(listing: Listing, qty: Decimal, max_floor: Decimal) -> Refusal | None:
    if _outside(max_floor, listing.min_qty, listing.max_qty, listing.step_size):
        return failure("LOT_SIZE")
    if (qty / max_floor).to_integral_value(ROUND_CEILING) > listing.max_iceberg_parts:
        return failure("ICEBERG_PARTS")
    return None


def rests(request: OrderRequest) -> bool:
    """Whether what is left of the order after matching stays on the book."""
    return request.ord_type is OrdType.LIMIT and request.time_in_force in (
        None,
        TimeInForce.GOOD_TILL_CANCEL,
    )


def post_only(request: OrderRequest) -> bool:
    """LIMIT_MAKER: refused rather than taking."""
    return request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
