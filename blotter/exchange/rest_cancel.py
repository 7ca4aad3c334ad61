"""The REST endpoints that cancel, for when FIX is away. They ask the matching engine itself (fact sheet section 11)."""

from typing import Any, Final

from blotter.exchange import event as ev
from blotter.exchange import rest_json as shape
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.rest_request import Params, RefusedError
from blotter.exchange.rest_view import Endpoint, Endpoints, View, costs, either, new_id, takes
from blotter.trading.enums import CancelRestrictions, ExecType
from blotter.venues.binance.errors import ErrorCode


def _cancel(view: View, params: Params, unit: int) -> Any:
    symbol, (order_id, orig_cl_ord_id) = view.symbol(params), either(params, "orderId", "origClientOrderId")
    restrictions = params.text("cancelRestrictions")
    if restrictions is not None and restrictions not in CancelRestrictions.__members__:
        raise RefusedError(ErrorCode.INVALID_CANCEL_RESTRICTIONS, "Invalid cancelRestrictions")
    command = ev.Cancel(
        at=view.wall,
        account=ACCOUNT,
        cl_ord_id=new_id(params),
        symbol=symbol,
        order_id=order_id,
        orig_cl_ord_id=orig_cl_ord_id,
        restrictions=None if restrictions is None else CancelRestrictions[restrictions],
    )
    return _told(view.submit(command), unit)[0]


def _cancel_list(view: View, params: Params, unit: int) -> Any:
    symbol, (list_id, cl_list_id) = view.symbol(params), either(params, "orderListId", "listClientOrderId")
    command = ev.CancelList(
        at=view.wall,
        account=ACCOUNT,
        cl_ord_id=new_id(params),
        symbol=symbol,
        list_id=list_id,
        orig_cl_list_id=cl_list_id,
    )
    return _told(view.submit(command), unit)[0]


def _cancel_all(view: View, params: Params, unit: int) -> Any:
    command = ev.MassCancel(
        at=view.wall, account=ACCOUNT, cl_ord_id=new_id(params), symbol=view.symbol(params)
    )
    return _told(view.submit(command), unit)


def _told(outcomes: list[ev.Outcome], unit: int) -> list[Any]:
    """What was cancelled: orders, then lists with the orders they took along. A leg is never told by itself."""
    reports = [
        outcome
        for outcome in outcomes
        if isinstance(outcome, ev.Report) and outcome.exec_type is ExecType.CANCELED
    ]
    lists = [outcome for outcome in outcomes if isinstance(outcome, ev.ListStatus)]
    return [
        *(shape.canceled(report, unit) for report in reports if report.list_id is None),
        *(shape.canceled_list(status, reports, unit) for status in lists),
    ]


ENDPOINTS: Final[Endpoints] = {
    ("DELETE", "/api/v3/order"): Endpoint(
        _cancel,
        costs(1),
        takes("symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"),
        free=True,
    ),
    ("DELETE", "/api/v3/orderList"): Endpoint(
        _cancel_list,
        costs(1),
        takes("symbol", "orderListId", "listClientOrderId", "newClientOrderId"),
        free=True,
    ),
    ("DELETE", "/api/v3/openOrders"): Endpoint(_cancel_all, costs(1), takes("symbol"), free=True),
}
