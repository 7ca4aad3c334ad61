"""What REST endpoints may look at and do, and how they read the parameters that several of them take."""

import re
import secrets
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from blotter.exchange import event as ev
from blotter.exchange.history import History
from blotter.exchange.hub import Hub
from blotter.exchange.mirror import Holdings
from blotter.exchange.rest_request import Params, RefusedError, invalid
from blotter.fix.values import SECOND
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.messages import CLIENT_ID_PATTERN

DEFAULT_LIMIT: Final = 500
MAX_LIMIT: Final = 1000
LONGEST_LOOKUP: Final = 24 * 3600 * SECOND  # between startTime and endTime
MORE_THAN_24_HOURS: Final = -1127


class View:
    """One client, whose account is the exchange's one."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    @property
    def wall(self) -> int:
        """The exchange's time, UTC ns."""
        return self.hub.now().wall

    @property
    def history(self) -> History:
        """The account's orders and trades as far as this source knows them by now."""
        return self.hub.mirror.history(self.hub.now().mono, self.hub.rest_lag)

    @property
    def holdings(self) -> Holdings:
        """The account's balances, likewise."""
        return self.hub.mirror.holdings(self.hub.now().mono, self.hub.rest_lag)

    def symbol(self, params: Params) -> str:
        """The symbol, which must be sent."""
        return self.known(params.required("symbol"))

    def known(self, symbol: str) -> str:
        """The symbol if it is listed."""
        if symbol not in self.hub.engine.markets:
            raise RefusedError(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL)
        return symbol

    def submit(self, command: ev.AnyCommand) -> list[ev.Outcome]:
        """Do it, and have it reported to every session. Raises `RefusedError` when the engine would not."""
        outcomes = self.hub.submit(command)
        for outcome in outcomes:
            if isinstance(outcome, ev.CancelRefused | ev.MassCanceled) and outcome.refusal is not None:
                raise RefusedError(outcome.refusal.code, outcome.refusal.text)
        return outcomes


class Endpoint(NamedTuple):
    """One method on one path: what it answers (`unit`: ns in the unit of its times), costs and takes.

    `free`: it costs nothing when it succeeds.
    """

    answer: Callable[[View, Params, int], Any]
    weight: Callable[[Params], int]
    params: frozenset[str]
    signed: bool = True
    free: bool = False


Endpoints = dict[tuple[str, str], Endpoint]


def costs(weight: int) -> Callable[[Params], int]:
    """Always the same weight."""
    return lambda params: weight


def takes(*names: str) -> frozenset[str]:
    """The parameters an endpoint knows, those of security aside."""
    return frozenset(names)


def either(params: Params, number: str, name: str) -> tuple[int | None, str | None]:
    """What is meant by its number or by the client's id for it; one of both must be sent."""
    found = params.integer(number), params.text(name)
    if found == (None, None):
        text = ErrorText.EITHER_MUST_BE_SENT.format(name, number)
        raise RefusedError(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, text)
    return found


def new_id(params: Params) -> str:
    """A cancel's own id, the client's or a new one."""
    cl_ord_id = params.text("newClientOrderId")
    if cl_ord_id is None:
        return secrets.token_hex(11)
    if re.fullmatch(CLIENT_ID_PATTERN, cl_ord_id) is None:
        text = ErrorText.ILLEGAL_CHARS.format("newClientOrderId", f"^{CLIENT_ID_PATTERN}$")
        raise RefusedError(ErrorCode.ILLEGAL_CHARS, text)
    return cl_ord_id


def bad_combination() -> RefusedError:
    """Parameters that do not go together."""
    text = "Combination of optional parameters invalid."
    return RefusedError(ErrorCode.OPTIONAL_PARAMS_BAD_COMBO, text)


def in_time(params: Params, at: int) -> bool:
    """Whether `at` (UTC ns) lies between startTime and endTime, as far as they were sent."""
    start, end = params.time("startTime"), params.time("endTime")
    return (start is None or at >= start) and (end is None or at <= end)


def page(params: Params, found: list[Any], *, first: bool) -> list[Any]:
    """The first of what was found, from a time or an id on; else the last."""
    limit = params.integer("limit")
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise invalid("limit")
    start, end = params.time("startTime"), params.time("endTime")
    if start is not None and end is not None and end - start > LONGEST_LOOKUP:
        raise RefusedError(MORE_THAN_24_HOURS, "More than 24 hours between startTime and endTime.")
    most = DEFAULT_LIMIT if limit is None else limit
    return found[:most] if first or start is not None else found[-most:]
