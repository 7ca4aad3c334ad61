"""Every instrument with its filters, from exchangeInfo (fact sheet sections 11 and 12).

A filter, order type or mode unknown here is the venue's news and leaves no trace; a symbol whose known values cannot be
read is left out and named in the log, for a wrong tick is worse than none.
"""

import logging
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from blotter.trading.decimals import sane
from blotter.trading.enums import OrdType, SelfTradePreventionMode
from blotter.trading.instrument import Instrument
from blotter.venues.answers import decoded
from blotter.venues.binance.rest_orders import TYPES
from blotter.venues.rest import UnreadableAnswer

log = logging.getLogger(__name__)

_AMOUNTS: dict[str, dict[str, tuple[str, ...]]] = {
    "PRICE_FILTER": {"minPrice": ("min_price",), "maxPrice": ("max_price",), "tickSize": ("tick_size",)},
    "LOT_SIZE": {"minQty": ("min_qty",), "maxQty": ("max_qty",), "stepSize": ("step_size",)},
    "MARKET_LOT_SIZE": {
        "minQty": ("market_min_qty",),
        "maxQty": ("market_max_qty",),
        "stepSize": ("market_step_size",),
    },
    "MIN_NOTIONAL": {"minNotional": ("min_notional",)},
    "NOTIONAL": {"minNotional": ("min_notional",), "maxNotional": ("max_notional",)},
    "PERCENT_PRICE": {
        "multiplierUp": ("bid_multiplier_up", "ask_multiplier_up"),
        "multiplierDown": ("bid_multiplier_down", "ask_multiplier_down"),
    },
    "PERCENT_PRICE_BY_SIDE": {
        "bidMultiplierUp": ("bid_multiplier_up",),
        "bidMultiplierDown": ("bid_multiplier_down",),
        "askMultiplierUp": ("ask_multiplier_up",),
        "askMultiplierDown": ("ask_multiplier_down",),
    },
    "MAX_POSITION": {"maxPosition": ("max_position",)},
}
"""Filter -> its field -> which of ours it says."""
_COUNTS: dict[str, dict[str, str]] = {
    "ICEBERG_PARTS": {"limit": "max_iceberg_parts"},
    "MAX_NUM_ORDERS": {"maxNumOrders": "max_orders"},
    "MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": "max_contingent_orders"},
    "MAX_NUM_ICEBERG_ORDERS": {"maxNumIcebergOrders": "max_iceberg_orders"},
    "MAX_NUM_ORDER_LISTS": {"maxNumOrderLists": "max_lists"},
    "MAX_NUM_ORDER_AMENDS": {"maxNumOrderAmends": "max_amends"},
    "TRAILING_DELTA": {
        "minTrailingAboveDelta": "min_trailing_above",
        "maxTrailingAboveDelta": "max_trailing_above",
        "minTrailingBelowDelta": "min_trailing_below",
        "maxTrailingBelowDelta": "max_trailing_below",
    },
}
_STP_MODES = {mode.name: mode for mode in SelfTradePreventionMode}


class _Symbol(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    base_asset: str
    quote_asset: str
    status: str | None = None
    order_types: list[str] | None = None
    iceberg_allowed: bool | None = None
    oco_allowed: bool | None = None
    oto_allowed: bool | None = None
    opo_allowed: bool | None = None
    quote_order_qty_market_allowed: bool | None = None
    allow_trailing_stop: bool | None = None
    amend_allowed: bool | None = None
    peg_instructions_allowed: bool | None = None
    default_self_trade_prevention_mode: str | None = None
    allowed_self_trade_prevention_modes: list[str] | None = None
    filters: list[dict[str, Any]] = []


class _Sor(msgspec.Struct, frozen=True, rename="camel"):
    symbols: list[str] = []


class _Listing(msgspec.Struct, frozen=True, rename="camel"):
    symbols: list[msgspec.Raw]
    sors: list[_Sor] = []


_listings = msgspec.json.Decoder(_Listing)
_symbols = msgspec.json.Decoder(_Symbol)


def read_listing(body: bytes) -> tuple[Instrument, ...]:
    """See `RestDialect.read_listing`."""
    listing = decoded(_listings, body, "exchangeInfo")
    routed = frozenset(symbol for sor in listing.sors for symbol in sor.symbols)
    return tuple(_readable(listing.symbols, routed))


def _readable(symbols: Iterable[msgspec.Raw], routed: frozenset[str]) -> Iterator[Instrument]:
    for raw in symbols:
        try:
            yield _instrument(decoded(_symbols, raw, "symbol"), routed)
        except UnreadableAnswer as error:
            log.warning("left out of the listing: %s", error)


def _instrument(found: _Symbol, routed: frozenset[str]) -> Instrument:
    types = (
        None if found.order_types is None else [TYPES[name] for name in found.order_types if name in TYPES]
    )
    ord_types = None if types is None else {kind.ord_type for kind in types}
    if ord_types is not None and found.peg_instructions_allowed:
        ord_types.add(OrdType.PEGGED)
    modes = found.allowed_self_trade_prevention_modes
    return Instrument(
        symbol=found.symbol,
        base=found.base_asset,
        quote=found.quote_asset,
        status=found.status,
        ord_types=None if ord_types is None else frozenset(ord_types),
        post_only=None if types is None else any(kind.post_only for kind in types),
        cash_order_qty=found.quote_order_qty_market_allowed,
        iceberg=found.iceberg_allowed,
        trailing=found.allow_trailing_stop,
        lists=found.oco_allowed,
        triggered_lists=found.oto_allowed,
        paying_lists=found.opo_allowed,
        amendable=found.amend_allowed,
        peggable=found.peg_instructions_allowed,
        smart_routing=found.symbol in routed,
        stp_modes=None
        if modes is None
        else frozenset(_STP_MODES[name] for name in modes if name in _STP_MODES),
        stp_default=_STP_MODES.get(found.default_self_trade_prevention_mode or ""),
        **_filters(found),
    )


def _filters(found: _Symbol) -> dict[str, Any]:
    """What the filters say, by our names. Those that are switched off (0) say nothing."""
    said: dict[str, Any] = {}
    for rule in found.filters:
        kind = str(rule.get("filterType"))
        where = f"{found.symbol} {kind}"
        for field, names in _AMOUNTS.get(kind, {}).items():
            if field in rule:
                said |= dict.fromkeys(names, _amount(rule[field], f"{where} {field}"))
        for field, name in _COUNTS.get(kind, {}).items():
            if field in rule:
                said[name] = _count(rule[field], f"{where} {field}")
    return said


def _amount(value: object, what: str) -> Decimal | None:
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not sane(amount) or amount < 0:
        raise UnreadableAnswer(f"{what} {value!r} is no plain number")
    return amount or None


def _count(value: object, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadableAnswer(f"{what} {value!r} is no whole number")
    return value
