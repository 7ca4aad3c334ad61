"""What REST says of symbols, their filters and the limits: field for field as the venue documents them. Pure.

Amounts are text with eight decimals.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from blotter.exchange.account import OrderLimit
from blotter.exchange.listing import ASSET_DECIMALS, Listing
from blotter.exchange.order_entry import amount
from blotter.trading.enums import SelfTradePreventionMode

Json = dict[str, Any]

DAY: Final = 86_400


def order_limits(limits: Iterable[OrderLimit], *, used: bool) -> list[Json]:
    """Unfilled orders, each interval with its limit and, with `used`, its count."""
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": "SECOND" if limit.seconds % DAY else "DAY",
            "intervalNum": limit.seconds if limit.seconds % DAY else limit.seconds // DAY,
            "limit": limit.maximum,
            **({"count": limit.used} if used else {}),
        }
        for limit in limits
    ]


def request_limits(weight: int) -> list[Json]:
    """What REST itself is limited to."""
    return [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": weight},
        {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000},
    ]


def symbol(listing: Listing, status: str, *, permission_sets: bool) -> Json:
    """A symbol of `/exchangeInfo`, with what this exchange can do and not more."""
    return {
        "symbol": listing.symbol,
        "status": status,
        "baseAsset": listing.base,
        "baseAssetPrecision": ASSET_DECIMALS,
        "quoteAsset": listing.quote,
        "quotePrecision": ASSET_DECIMALS,
        "quoteAssetPrecision": ASSET_DECIMALS,
        "baseCommissionPrecision": ASSET_DECIMALS,
        "quoteCommissionPrecision": ASSET_DECIMALS,
        "orderTypes": [
            "LIMIT",
            "LIMIT_MAKER",
            "MARKET",
            "STOP_LOSS",
            "STOP_LOSS_LIMIT",
            "TAKE_PROFIT",
            "TAKE_PROFIT_LIMIT",
        ],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(listing),
        "permissions": [],
        "permissionSets": [["SPOT"]] if permission_sets else [],
        "defaultSelfTradePreventionMode": listing.default_stp.name,
        "allowedSelfTradePreventionModes": [
            mode.name for mode in SelfTradePreventionMode if mode not in listing.forbidden_stp
        ],
    }


def sors(listings: Iterable[Listing]) -> list[Json]:
    """Which symbols share their books with orders that ask for smart order routing."""
    groups: dict[tuple[str, str], list[str]] = {}
    for listing in listings:
        if listing.sor_group:
            groups.setdefault((listing.sor_group, listing.base), []).append(listing.symbol)
    return [
        {"baseAsset": base, "symbols": symbols} for (_, base), symbols in groups.items() if len(symbols) > 1
    ]


def filters(listing: Listing) -> list[Json]:
    """The rules of a symbol, as `/exchangeInfo` and `/myFilters` tell them. One that is off is left out."""

    def lots(name: str, low: Decimal, high: Decimal, step: Decimal) -> Json:
        return {"filterType": name, "minQty": amount(low), "maxQty": amount(high), "stepSize": amount(step)}

    last_price = 0  # avgPriceMins: no average
    by_side = {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": f"{listing.bid_multiplier_up:f}",
        "bidMultiplierDown": f"{listing.bid_multiplier_down:f}",
        "askMultiplierUp": f"{listing.ask_multiplier_up:f}",
        "askMultiplierDown": f"{listing.ask_multiplier_down:f}",
        "avgPriceMins": last_price,
    }
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": amount(listing.min_price),
            "maxPrice": amount(listing.max_price),
            "tickSize": amount(listing.tick_size),
        },
        lots("LOT_SIZE", listing.min_qty, listing.max_qty, listing.step_size),
        {"filterType": "ICEBERG_PARTS", "limit": listing.max_iceberg_parts},
        lots("MARKET_LOT_SIZE", listing.market_min_qty, listing.market_max_qty, listing.market_step_size),
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": listing.min_trailing_bips,
            "maxTrailingAboveDelta": listing.max_trailing_bips,
            "minTrailingBelowDelta": listing.min_trailing_bips,
            "maxTrailingBelowDelta": listing.max_trailing_bips,
        },
        *([by_side] if listing.bid_multiplier_up or listing.ask_multiplier_up else []),
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(listing.min_notional),
            "applyMinToMarket": True,
            "maxNotional": amount(listing.max_notional),
            "applyMaxToMarket": True,
            "avgPriceMins": last_price,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": listing.max_num_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": listing.max_num_order_lists},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": listing.max_num_algo_orders},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": listing.max_num_order_amends},
    ]
