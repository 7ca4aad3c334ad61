"""The REST endpoints: which there are, what each costs, takes and answers (fact sheet sections 11 and 12).

Orders are not placed here: this is where a client finds out what is true, and cancels when FIX is away. Whatever lags
by a fault lags in `/order`, `/openOrders`, `/allOrders` and `/myTrades`; balances and cancels come from the engine.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from blotter.exchange import event as ev
from blotter.exchange import rest_json as shape
from blotter.exchange.faults import RestFailure
from blotter.exchange.history import History, is_open, own_id
from blotter.exchange.hub import ACCOUNT, Hub
from blotter.exchange.rest_request import SECURITY, Params, RefusedError, Request, authenticate, invalid
from blotter.exchange.weights import Excess
from blotter.fix.values import SECOND
from blotter.trading.enums import ExecType
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.messages import CLIENT_ID_PATTERN

DEFAULT_LIMIT: Final = 500
MAX_LIMIT: Final = 1000
LONGEST_LOOKUP: Final = 24 * 3600 * SECOND  # between startTime and endTime
MORE_THAN_24_HOURS: Final = -1127
_JSON: Final = ("content-type", "application/json;charset=UTF-8")
_TOO_MUCH: Final = (
    "Too much request weight used; current limit is {0} request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)
_BANNED: Final = (
    "Way too much request weight used; IP banned until {0}. "
    "Please use WebSocket Streams for live updates to avoid bans."
)


class Response(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Endpoint(NamedTuple):
    """One method on one path. `free`: it costs nothing when it succeeds."""

    answer: "Callable[[RestApi, Params, int], Any]"
    weight: Callable[[Params], int]
    params: frozenset[str]
    signed: bool = True
    free: bool = False


class RestApi:
    """Answers requests. One client, whose account is the exchange's one."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def respond(self, request: Request) -> Response:
        """The answer, whatever was asked."""
        status, body, more = self._respond(request)
        if not isinstance(body, bytes):
            body, more = msgspec.json.encode(body), (_JSON, *more)
        used = ("x-mbx-used-weight-1m", str(self.hub.weights.used))
        return Response(status, body, (*more, used))

    def _respond(self, request: Request) -> tuple[int, Any, tuple[tuple[str, str], ...]]:
        endpoint = ENDPOINTS.get((request.method, request.path))
        if endpoint is None:
            return 404, _error(ErrorCode.UNSUPPORTED_OPERATION, "This operation is not supported."), ()
        now, weights = self.hub.now().wall, self.hub.weights
        try:
            params = Params(request.query)
            weight = endpoint.weight(params)
            excess = weights.spend(weight, now)
            if excess is not None:
                return self._too_much(excess, now)
            if endpoint.signed:
                authenticate(request, params, self.hub.key, now)
            params.expect(endpoint.params | SECURITY if endpoint.signed else endpoint.params)
            failure = self.hub.faults.rest_failure()
            if failure is not None and not failure.done:
                return _failed(failure)
            answer = endpoint.answer(self, params, request.time_unit)
            if endpoint.free:
                weights.give_back(weight)
        except RefusedError as refused:
            return refused.status, _error(refused.code, refused.text), ()
        return (200, answer, ()) if failure is None else _failed(failure)

    def _too_much(self, excess: Excess, now: int) -> tuple[int, Any, tuple[tuple[str, str], ...]]:
        wait = -((now - excess.until) // SECOND)  # whole seconds, rounded up
        if excess.banned:
            status, text = 418, _BANNED.format(excess.until // 1_000_000)
        else:
            status, text = 429, _TOO_MUCH.format(self.hub.weights.maximum)
        return status, _error(ErrorCode.TOO_MANY_REQUESTS, text), (("retry-after", str(wait)),)

    # --- what the endpoints look at --------------------------------------------------------------------

    @property
    def history(self) -> History:
        """The account's orders and trades as far as this source knows them by now."""
        return self.hub.mirror.history(self.hub.now().mono, self.hub.rest_lag)

    def symbol(self, params: Params) -> str:
        """The symbol, which must be sent."""
        return self.known(params.required("symbol"))

    def known(self, symbol: str) -> str:
        """The symbol if it is listed."""
        if symbol not in self.hub.engine.markets:
            raise RefusedError(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL)
        return symbol

    def submit(self, command: ev.AnyCommand) -> list[ev.Report]:
        """Do it. The cancelled orders; raises `RefusedError` when the engine would not."""
        outcomes = self.hub.submit(command)
        for outcome in outcomes:
            if isinstance(outcome, ev.CancelRefused | ev.MassCanceled) and outcome.refusal is not None:
                raise RefusedError(outcome.refusal.code, outcome.refusal.text)
        reports = (outcome for outcome in outcomes if isinstance(outcome, ev.Report))
        return [report for report in reports if report.exec_type is ExecType.CANCELED]


# --- public ------------------------------------------------------------------------------------------------


def _ping(api: RestApi, params: Params, unit: int) -> Any:
    return {}


def _time(api: RestApi, params: Params, unit: int) -> Any:
    return {"serverTime": api.hub.now().wall // unit}


def _exchange_info(api: RestApi, params: Params, unit: int) -> Any:
    one, many = params.text("symbol"), params.text("symbols")
    if one is not None and many is not None:
        text = "Combination of optional parameters invalid."
        raise RefusedError(ErrorCode.OPTIONAL_PARAMS_BAD_COMBO, text)
    names: Iterable[str] = api.hub.engine.markets
    if one is not None:
        names = [one]
    elif many is not None:
        try:
            names = msgspec.json.decode(many, type=list[str])
        except msgspec.MsgspecError:
            raise invalid("symbols") from None
    account = api.hub.engine.clearing.accounts[ACCOUNT]
    return {
        "timezone": "UTC",
        "serverTime": api.hub.now().wall // unit,
        "rateLimits": [
            *shape.request_limits(api.hub.weights.maximum),
            *shape.order_limits(account.limits, used=False),
        ],
        "exchangeFilters": [],
        "symbols": [shape.symbol(api.hub.engine.markets[api.known(name)].listing) for name in names],
    }


# --- the account -------------------------------------------------------------------------------------------


def _open_orders(api: RestApi, params: Params, unit: int) -> Any:
    symbol = None if params.text("symbol") is None else api.symbol(params)
    return [shape.order(report, unit) for report in api.history.orders(symbol) if is_open(report)]


def _order(api: RestApi, params: Params, unit: int) -> Any:
    symbol, (order_id, cl_ord_id) = api.symbol(params), _which_order(params)
    by_id = order_id is not None
    report = api.history.order(symbol, order_id or 0) if by_id else api.history.named(symbol, cl_ord_id or "")
    if report is None:
        raise RefusedError(ErrorCode.NO_SUCH_ORDER, ErrorText.ORDER_DOES_NOT_EXIST)
    if cl_ord_id is not None and own_id(report) != cl_ord_id:
        raise RefusedError(
            ErrorCode.CLIENT_ORDER_ID_INVALID, "Client order ID is not correct for this order ID."
        )
    return shape.order(report, unit)


def _all_orders(api: RestApi, params: Params, unit: int) -> Any:
    symbol, from_id = api.symbol(params), params.integer("orderId")
    found = [
        report
        for report in sorted(api.history.orders(symbol), key=lambda report: report.order_id or 0)
        if (from_id is None or (report.order_id or 0) >= from_id)
        and _in_time(params, report.at if report.created_at is None else report.created_at)
    ]
    return [shape.order(report, unit) for report in _page(params, found, first=from_id is not None)]


def _my_trades(api: RestApi, params: Params, unit: int) -> Any:
    symbol, order_id, from_id = api.symbol(params), params.integer("orderId"), params.integer("fromId")
    by_time = params.text("startTime") is not None or params.text("endTime") is not None
    if by_time and (order_id is not None or from_id is not None):
        text = "Combination of optional parameters invalid."
        raise RefusedError(ErrorCode.OPTIONAL_PARAMS_BAD_COMBO, text)
    found = [
        report
        for report in api.history.fills
        if report.symbol == symbol
        and order_id in (None, report.order_id)
        and (from_id is None or (report.trade_id or 0) >= from_id)
        and _in_time(params, report.at)
    ]
    return [shape.trade(report, unit) for report in _page(params, found, first=from_id is not None)]


def _account(api: RestApi, params: Params, unit: int) -> Any:
    updated = max((report.at for report in api.hub.engine.histories[ACCOUNT].orders()), default=0)
    account = api.hub.engine.clearing.accounts[ACCOUNT]
    return shape.account(account, updated=updated // unit, omit_zero=params.flag("omitZeroBalances"))


def _order_count(api: RestApi, params: Params, unit: int) -> Any:
    account = api.hub.engine.clearing.accounts[ACCOUNT]
    account.exceeded(api.hub.now().wall)  # rolls the intervals
    return shape.order_limits(account.limits, used=True)


def _cancel(api: RestApi, params: Params, unit: int) -> Any:
    symbol, (order_id, orig_cl_ord_id) = api.symbol(params), _which_order(params)
    restrictions = params.text("cancelRestrictions")
    if restrictions is not None and restrictions not in ev.CancelRestrictions.__members__:
        text = "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`."
        raise RefusedError(ErrorCode.INVALID_CANCEL_RESTRICTIONS, text)
    command = ev.Cancel(
        at=api.hub.now().wall,
        account=ACCOUNT,
        cl_ord_id=_new_id(params),
        symbol=symbol,
        order_id=order_id,
        orig_cl_ord_id=orig_cl_ord_id,
        restrictions=None if restrictions is None else ev.CancelRestrictions[restrictions],
    )
    return shape.canceled(api.submit(command)[0], unit)


def _cancel_all(api: RestApi, params: Params, unit: int) -> Any:
    command = ev.MassCancel(
        at=api.hub.now().wall, account=ACCOUNT, cl_ord_id=_new_id(params), symbol=api.symbol(params)
    )
    return [shape.canceled(report, unit) for report in api.submit(command)]


# --- parameters they share ---------------------------------------------------------------------------------


def _which_order(params: Params) -> tuple[int | None, str | None]:
    order_id, cl_ord_id = params.integer("orderId"), params.text("origClientOrderId")
    if order_id is None and cl_ord_id is None:
        text = ErrorText.EITHER_MUST_BE_SENT.format("origClientOrderId", "orderId")
        raise RefusedError(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, text)
    return order_id, cl_ord_id


def _new_id(params: Params) -> str:
    """The cancel's own id, the client's or a new one."""
    cl_ord_id = params.text("newClientOrderId")
    if cl_ord_id is None:
        return secrets.token_hex(11)
    if re.fullmatch(CLIENT_ID_PATTERN, cl_ord_id) is None:
        text = ErrorText.ILLEGAL_CHARS.format("newClientOrderId", f"^{CLIENT_ID_PATTERN}$")
        raise RefusedError(ErrorCode.ILLEGAL_CHARS, text)
    return cl_ord_id


def _in_time(params: Params, at: int) -> bool:
    start, end = params.time("startTime"), params.time("endTime")
    return (start is None or at >= start) and (end is None or at <= end)


def _page(params: Params, found: list[ev.Report], *, first: bool) -> list[ev.Report]:
    """The first of what was found, from a time or an id on; else the last."""
    limit = params.integer("limit")
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise invalid("limit")
    start, end = params.time("startTime"), params.time("endTime")
    if start is not None and end is not None and end - start > LONGEST_LOOKUP:
        raise RefusedError(MORE_THAN_24_HOURS, "More than 24 hours between startTime and endTime.")
    most = DEFAULT_LIMIT if limit is None else limit
    return found[:most] if first or start is not None else found[-most:]


# --- the table ---------------------------------------------------------------------------------------------


def _costs(weight: int) -> Callable[[Params], int]:
    return lambda params: weight


def _takes(*names: str) -> frozenset[str]:
    return frozenset(names)


_WHICH: Final = ("symbol", "orderId", "origClientOrderId")
_PAGE: Final = ("symbol", "orderId", "startTime", "endTime", "limit")

ENDPOINTS: Final[dict[tuple[str, str], Endpoint]] = {
    ("GET", "/api/v3/ping"): Endpoint(_ping, _costs(1), _takes(), signed=False),
    ("GET", "/api/v3/time"): Endpoint(_time, _costs(1), _takes(), signed=False),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(
        _exchange_info, _costs(20), _takes("symbol", "symbols"), signed=False
    ),
    ("GET", "/api/v3/openOrders"): Endpoint(
        _open_orders, lambda params: 80 if params.text("symbol") is None else 6, _takes("symbol")
    ),
    ("GET", "/api/v3/order"): Endpoint(_order, _costs(4), _takes(*_WHICH)),
    ("GET", "/api/v3/allOrders"): Endpoint(_all_orders, _costs(20), _takes(*_PAGE)),
    ("GET", "/api/v3/myTrades"): Endpoint(
        _my_trades, lambda params: 20 if params.text("orderId") is None else 5, _takes(*_PAGE, "fromId")
    ),
    ("GET", "/api/v3/account"): Endpoint(_account, _costs(20), _takes("omitZeroBalances")),
    ("GET", "/api/v3/rateLimit/order"): Endpoint(_order_count, _costs(40), _takes()),
    ("DELETE", "/api/v3/order"): Endpoint(
        _cancel, _costs(1), _takes(*_WHICH, "newClientOrderId", "cancelRestrictions"), free=True
    ),
    ("DELETE", "/api/v3/openOrders"): Endpoint(_cancel_all, _costs(1), _takes("symbol"), free=True),
}


def _error(code: int, text: str) -> dict[str, Any]:
    return {"code": int(code), "msg": text}


_FAILURES: Final[dict[int, Any]] = {
    500: _error(ErrorCode.DISCONNECTED, "Internal error; unable to process your request. Please try again."),
    502: b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>",
    503: _error(ErrorCode.UNEXPECTED_RESP, ErrorText.UNEXPECTED_RESP),
    504: _error(ErrorCode.TIMEOUT, ErrorText.TIMEOUT),
}


def _failed(failure: RestFailure) -> tuple[int, Any, tuple[tuple[str, str], ...]]:
    return failure.status, _FAILURES[failure.status], ()
