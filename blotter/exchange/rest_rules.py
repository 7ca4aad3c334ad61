"""The REST endpoints that tell the rules: time, symbols, filters, limits (fact sheet sections 4, 11 and 12)."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from blotter.exchange import rest_listing as shape
from blotter.exchange.rest_request import Params, invalid
from blotter.exchange.rest_view import Endpoint, Endpoints, View, bad_combination, costs, takes


def _ping(view: View, params: Params, unit: int) -> Any:
    return {}


def _time(view: View, params: Params, unit: int) -> Any:
    return {"serverTime": view.wall // unit}


def _exchange_info(view: View, params: Params, unit: int) -> Any:
    markets, wanted = view.hub.engine.markets, params.text("symbolStatus")
    symbols = [
        shape.symbol(markets[name].listing, status, permission_sets=params.flag("showPermissionSets", True))
        for name in _named(view, params)
        if (status := _status(view, name)) == wanted or wanted is None
    ]
    sors = shape.sors(market.listing for market in markets.values())
    return {
        "timezone": "UTC",
        "serverTime": view.wall // unit,
        "rateLimits": [
            *shape.request_limits(view.hub.weights.maximum),
            *shape.order_limits(view.hub.account.limits, used=False),
        ],
        "exchangeFilters": [],
        "symbols": symbols,
        **({"sors": sors} if sors else {}),
    }


def _named(view: View, params: Params) -> Iterable[str]:
    """The symbols that are asked about."""
    one, many, status = params.text("symbol"), params.text("symbols"), params.text("symbolStatus")
    if (one, many, status).count(None) < 2:
        raise bad_combination()
    if status not in (None, "TRADING", "HALT", "BREAK"):
        raise invalid("symbolStatus")
    if one is not None:
        return [view.known(one)]
    if many is None:
        return view.hub.engine.markets
    try:
        return [view.known(name) for name in msgspec.json.decode(many, type=list[str])]
    except msgspec.MsgspecError:
        raise invalid("symbols") from None


def _status(view: View, symbol: str) -> str:
    return "HALT" if view.hub.faults.halted(symbol) else "TRADING"


def _order_count(view: View, params: Params, unit: int) -> Any:
    account = view.hub.account
    account.exceeded(view.wall)  # rolls the intervals
    return shape.order_limits(account.limits, used=True)


def _my_filters(view: View, params: Params, unit: int) -> Any:
    listing = view.hub.engine.markets[view.symbol(params)].listing
    return {"exchangeFilters": [], "symbolFilters": shape.filters(listing), "assetFilters": []}


ENDPOINTS: Final[Endpoints] = {
    ("GET", "/api/v3/ping"): Endpoint(_ping, costs(1), takes(), signed=False),
    ("GET", "/api/v3/time"): Endpoint(_time, costs(1), takes(), signed=False),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(
        _exchange_info,
        costs(20),
        takes("symbol", "symbols", "symbolStatus", "showPermissionSets"),
        signed=False,
    ),
    ("GET", "/api/v3/rateLimit/order"): Endpoint(_order_count, costs(40), takes()),
    ("GET", "/api/v3/myFilters"): Endpoint(_my_filters, costs(40), takes("symbol")),
}
