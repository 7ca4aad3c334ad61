"""REST answered: each request to its endpoint, within its weight, signed where it must be (fact sheet sections 11, 12).

Orders are not placed here: this is where a client finds out what is true, and cancels when FIX is away.
"""

from typing import Any, Final, NamedTuple

import msgspec

from blotter.exchange import rest_account, rest_cancel, rest_lists, rest_rules
from blotter.exchange.hub import Hub
from blotter.exchange.rest_request import SECURITY, Params, RefusedError, Request, authenticate
from blotter.exchange.rest_view import Endpoints, View
from blotter.exchange.standing import RestFailure
from blotter.exchange.weights import Excess
from blotter.fix.values import SECOND
from blotter.venues.binance.errors import ErrorCode, ErrorText

ENDPOINTS: Final[Endpoints] = {
    **rest_rules.ENDPOINTS,
    **rest_account.ENDPOINTS,
    **rest_lists.ENDPOINTS,
    **rest_cancel.ENDPOINTS,
}
_JSON: Final = ("content-type", "application/json;charset=UTF-8")
_TOO_MUCH: Final = (
    "Too much request weight used; current limit is {0} request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)
_BANNED: Final = (
    "Way too much request weight used; IP banned until {0}. "
    "Please use WebSocket Streams for live updates to avoid bans."
)
Headers = tuple[tuple[str, str], ...]


class Response(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: Headers


class RestApi:
    """Answers requests."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._view = View(hub)

    def respond(self, request: Request) -> Response:
        """The answer, whatever was asked."""
        status, body, more = self._respond(request)
        if not isinstance(body, bytes):
            body, more = msgspec.json.encode(body), (_JSON, *more)
        used = ("x-mbx-used-weight-1m", str(self.hub.weights.used))
        return Response(status, body, (*more, used))

    def _respond(self, request: Request) -> tuple[int, Any, Headers]:
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
            answer = endpoint.answer(self._view, params, request.time_unit)
            if endpoint.free:
                weights.give_back(weight)
        except RefusedError as refused:
            return refused.status, _error(refused.code, refused.text), ()
        return (200, answer, ()) if failure is None else _failed(failure)

    def _too_much(self, excess: Excess, now: int) -> tuple[int, Any, Headers]:
        wait = -((now - excess.until) // SECOND)  # whole seconds, rounded up
        if excess.banned:
            status, text = 418, _BANNED.format(excess.until // 1_000_000)
        else:
            status, text = 429, _TOO_MUCH.format(self.hub.weights.maximum)
        return status, _error(ErrorCode.TOO_MANY_REQUESTS, text), (("retry-after", str(wait)),)


def _error(code: int, text: str) -> dict[str, Any]:
    return {"code": int(code), "msg": text}


_FAILURES: Final[dict[int, Any]] = {
    500: _error(ErrorCode.DISCONNECTED, "Internal error; unable to process your request. Please try again."),
    502: b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>",
    503: _error(ErrorCode.UNEXPECTED_RESP, ErrorText.UNEXPECTED_RESP),
    504: _error(ErrorCode.TIMEOUT, ErrorText.TIMEOUT),
}


def _failed(failure: RestFailure) -> tuple[int, Any, Headers]:
    return failure.status, _FAILURES[failure.status], ()
