"""The terms an order has by a report about it: what a change, a trigger that follows the market, or the venue's own
hand has moved. What a report does not say stays. Pure."""

import msgspec

from blotter.trading.enums import OrdType
from blotter.trading.event import ExecutionReport
from blotter.trading.request import OrderRequest

_LIMITED = (OrdType.LIMIT, OrdType.STOP_LIMIT)


def reported(request: OrderRequest, report: ExecutionReport) -> OrderRequest:
    """The terms with the trigger and the limit price the venue has."""
    if report.trigger_price is not None or report.trailing_bips is not None:
        request = _with_trigger(request, report)
    # A pegged price is not the order's own, and a market order may bear what protects it.
    limited = request.ord_type in _LIMITED and request.peg_price_type is None
    if limited and report.price and report.price != request.price:
        request = msgspec.structs.replace(request, price=report.price)
    return request


def _with_trigger(request: OrderRequest, report: ExecutionReport) -> OrderRequest:
    price, bips = report.trigger_price, report.trailing_bips
    if (price is None or price == request.trigger_price) and (bips is None or bips == request.trailing_bips):
        return request
    return msgspec.structs.replace(
        request,
        trigger_price=request.trigger_price if price is None else price,
        trigger_direction=report.trigger_direction or request.trigger_direction,
        trailing_bips=request.trailing_bips if bips is None else bips,
    )
