"""The REST endpoints that tell the truth about the account: orders, trades, balances (fact sheet section 11).

All of it comes from memory or a database that may lag behind the matching engine.
"""

from typing import Any, Final

from blotter.exchange import event as ev
from blotter.exchange import rest_json as shape
from blotter.exchange.history import is_open, own_id
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


def _open_orders(view: View, params: Params, unit: int) -> Any:
    symbol = None if params.text("symbol") is None else view.symbol(params)
    return [shape.order(report, unit) for report in view.history.orders(symbol) if is_open(report)]


def _order(view: View, params: Params, unit: int) -> Any:
    symbol, (order_id, cl_ord_id) = view.symbol(params), either(params, "orderId", "origClientOrderId")
    by_id = order_id is not None
    history = view.history
    report = history.order(symbol, order_id or 0) if by_id else history.named(symbol, cl_ord_id or "")
    if report is None:
        raise RefusedError(ErrorCode.NO_SUCH_ORDER, ErrorText.ORDER_DOES_NOT_EXIST)
    if cl_ord_id is not None and own_id(report) != cl_ord_id:
        raise RefusedError(
            ErrorCode.CLIENT_ORDER_ID_INVALID, "Client order ID is not correct for this order ID."
        )
    return shape.order(report, unit)


def _all_orders(view: View, params: Params, unit: int) -> Any:
    symbol, from_id = view.symbol(params), params.integer("orderId")
    found = [
        report
        for report in sorted(view.history.orders(symbol), key=lambda report: report.order_id or 0)
        if (from_id is None or (report.order_id or 0) >= from_id)
        and in_time(params, report.at if report.created_at is None else report.created_at)
    ]
    return [shape.order(report, unit) for report in page(params, found, first=from_id is not None)]


def _my_trades(view: View, params: Params, unit: int) -> Any:
    symbol, order_id, from_id = view.symbol(params), params.integer("orderId"), params.integer("fromId")
    by_time = params.text("startTime") is not None or params.text("endTime") is not None
    if by_time and (order_id is not None or from_id is not None):
        raise bad_combination()
    found = [
        report
        for report in view.history.fills
        if report.symbol == symbol
        and order_id in (None, report.order_id)
        and (from_id is None or (report.trade_id or 0) >= from_id)
        and in_time(params, report.at)
    ]
    return [shape.trade(report, unit) for report in page(params, found, first=from_id is not None)]


def _my_allocations(view: View, params: Params, unit: int) -> Any:
    symbol, order_id = view.symbol(params), params.integer("orderId")
    from_id = params.integer("fromAllocationId")
    by_time = params.text("startTime") is not None or params.text("endTime") is not None
    if by_time and (order_id is not None or from_id is not None):
        raise bad_combination()
    found = [
        report
        for report in view.history.allocations
        if report.symbol == symbol
        and order_id in (None, report.order_id)
        and (from_id is None or (report.alloc_id or 0) >= from_id)
        and in_time(params, report.at)
    ]
    newest = params.text("startTime") is None and params.text("endTime") is not None
    return [shape.allocation(report, unit) for report in page(params, found, first=not newest)]


def _account(view: View, params: Params, unit: int) -> Any:
    updated = max((report.at for report in view.history.orders()), default=0)
    return shape.account(
        view.holdings,
        view.hub.account.fee_rate,
        updated=updated // unit,
        omit_zero=params.flag("omitZeroBalances"),
    )


def _amendments(view: View, params: Params, unit: int) -> Any:
    symbol, order_id = view.symbol(params), params.integer("orderId")
    if order_id is None:
        params.required("orderId")
    from_id = params.integer("fromExecutionId") or 0
    found = [
        amendment
        for amendment in view.history.amendments
        if (amendment.report.symbol, amendment.report.order_id) == (symbol, order_id)
        and (amendment.report.exec_id or 0) >= from_id
    ]
    return [shape.amendment(amendment, unit) for amendment in page(params, found, first=True)]


def _prevented_matches(view: View, params: Params, unit: int) -> Any:
    symbol = view.symbol(params)
    match_id, order_id = params.integer("preventedMatchId"), params.integer("orderId")
    from_id = params.integer("fromPreventedMatchId")
    if (match_id is None) == (order_id is None) or (match_id is not None and from_id is not None):
        raise bad_combination()
    found: dict[int, list[ev.Report]] = {}
    for report in view.history.prevented:
        prevented = report.prevented
        if report.symbol != symbol or prevented is None or prevented.match_id < (from_id or 0):
            continue
        if match_id == prevented.match_id or order_id in (report.order_id, prevented.counter_order_id):
            found.setdefault(prevented.match_id, []).append(report)
    matches = page(params, list(found.values()), first=True)
    return [shape.prevented_match(reports, unit) for reports in matches]


_PAGE: Final = ("symbol", "orderId", "startTime", "endTime", "limit")

ENDPOINTS: Final[Endpoints] = {
    ("GET", "/api/v3/openOrders"): Endpoint(
        _open_orders, lambda params: 80 if params.text("symbol") is None else 6, takes("symbol")
    ),
    ("GET", "/api/v3/order"): Endpoint(_order, costs(4), takes("symbol", "orderId", "origClientOrderId")),
    ("GET", "/api/v3/allOrders"): Endpoint(_all_orders, costs(20), takes(*_PAGE)),
    ("GET", "/api/v3/myTrades"): Endpoint(
        _my_trades, lambda params: 20 if params.text("orderId") is None else 5, takes(*_PAGE, "fromId")
    ),
    ("GET", "/api/v3/myAllocations"): Endpoint(_my_allocations, costs(20), takes(*_PAGE, "fromAllocationId")),
    ("GET", "/api/v3/account"): Endpoint(_account, costs(20), takes("omitZeroBalances")),
    ("GET", "/api/v3/order/amendments"): Endpoint(
        _amendments, costs(4), takes("symbol", "orderId", "fromExecutionId", "limit")
    ),
    ("GET", "/api/v3/myPreventedMatches"): Endpoint(
        _prevented_matches,
        lambda params: 20 if params.text("preventedMatchId") is None else 2,
        takes("symbol", "preventedMatchId", "orderId", "fromPreventedMatchId", "limit"),
    ),
}
