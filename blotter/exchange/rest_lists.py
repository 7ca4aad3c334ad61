"""The REST endpoints that tell of order lists (fact sheet section 11), from memory or a database that may lag."""

from typing import Any, Final

from blotter.exchange import rest_json as shape
from blotter.exchange.rest_request import Params, RefusedError
from blotter.exchange.rest_view import (
    Endpoint,
    Endpoints,
    View,
    bad_combination,
    costs,
    either,
    in_time,
    page,
    takes,
)
from blotter.venues.binance.errors import ErrorCode, ErrorText


def _open_order_list(view: View, params: Params, unit: int) -> Any:
    return [shape.order_list(status, unit) for status in view.history.open_lists()]


def _order_list(view: View, params: Params, unit: int) -> Any:
    list_id, cl_list_id = either(params, "orderListId", "origClientOrderId")
    history = view.history
    found = history.order_list_named(cl_list_id or "") if list_id is None else history.order_list(list_id)
    if found is None:
        raise RefusedError(ErrorCode.NO_SUCH_ORDER, ErrorText.ORDER_DOES_NOT_EXIST)
    if cl_list_id not in (None, found.cl_list_id):
        raise RefusedError(
            ErrorCode.CLIENT_ORDER_ID_INVALID, "Client order ID is not correct for this order ID."
        )
    return shape.order_list(found, unit)


def _all_order_list(view: View, params: Params, unit: int) -> Any:
    from_id = params.integer("fromId")
    by_time = params.text("startTime") is not None or params.text("endTime") is not None
    if by_time and from_id is not None:
        raise bad_combination()
    found = [
        status
        for status in view.history.lists()
        if (from_id is None or (status.list_id or 0) >= from_id)
        and in_time(params, status.at if status.created_at is None else status.created_at)
    ]
    return [shape.order_list(status, unit) for status in page(params, found, first=from_id is not None)]


ENDPOINTS: Final[Endpoints] = {
    ("GET", "/api/v3/openOrderList"): Endpoint(_open_order_list, costs(6), takes()),
    ("GET", "/api/v3/orderList"): Endpoint(_order_list, costs(4), takes("orderListId", "origClientOrderId")),
    ("GET", "/api/v3/allOrderList"): Endpoint(
        _all_order_list, costs(20), takes("fromId", "startTime", "endTime", "limit")
    ),
}
