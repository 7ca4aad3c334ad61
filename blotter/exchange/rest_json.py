"""What REST answers look like: field for field as the venue documents them (fact sheet section 11). Pure.

Amounts are text with eight decimals. `unit` is what times are divided by: ns in a millisecond or a microsecond.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from blotter.exchange.account import Account, OrderLimit, round_down
from blotter.exchange.event import ExpiryReason, Report
from blotter.exchange.history import own_id
from blotter.exchange.listing import ASSET_DECIMALS, ZERO, Listing
from blotter.exchange.order_entry import amount
from blotter.trading.enums import OrdStatus, SelfTradePreventionMode, TimeInForce

Json = dict[str, Any]

DAY: Final = 86_400
_NO_LIST: Final = -1
_TIME_IN_FORCE: Final = {
    None: "GTC",  # what REST says of market orders
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}
_EXPIRY: Final = {
    ExpiryReason.EXCHANGE_CANCELED: "EXCHANGE_CANCELED",
    ExpiryReason.UNFILLED_IOC_QUANTITY: "UNFILLED_IOC_QUANTITY_EXPIRED",
    ExpiryReason.UNFILLED_FOK_ORDER: "UNFILLED_FOK_ORDER_EXPIRED",
    ExpiryReason.INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
}


def order(report: Report, unit: int) -> Json:
    """An order of `/order`, `/openOrders` and `/allOrders`."""
    created = (report.at if report.created_at is None else report.created_at) // unit
    return {
        "symbol": report.symbol,
        "orderId": report.order_id,
        "orderListId": _NO_LIST,
        "clientOrderId": own_id(report),
        **_terms(report),
        "stopPrice": amount(ZERO),
        "icebergQty": amount(report.max_floor or ZERO),
        "time": created,
        "updateTime": report.at // unit,
        "isWorking": report.working,
        "workingTime": created,
        "origQuoteOrderQty": amount(report.cash_order_qty or ZERO),
        "selfTradePreventionMode": report.stp.name,
        **_conditional(report),
    }


def canceled(report: Report, unit: int) -> Json:
    """The answer to a cancel: `clientOrderId` is the cancel's, `origClientOrderId` the order's."""
    return {
        "symbol": report.symbol,
        "origClientOrderId": own_id(report),
        "orderId": report.order_id,
        "orderListId": _NO_LIST,
        "clientOrderId": report.cl_ord_id,
        "transactTime": report.at // unit,
        **_terms(report),
        "origQuoteOrderQty": amount(report.cash_order_qty or ZERO),
        **({} if report.max_floor is None else {"icebergQty": amount(report.max_floor)}),
        "selfTradePreventionMode": report.stp.name,
        **_conditional(report),
    }


def _terms(report: Report) -> Json:
    in_match = report.ord_status is OrdStatus.EXPIRED and report.prevented is not None
    return {
        "price": amount(report.price or ZERO),
        "origQty": amount(report.order_qty or ZERO),
        "executedQty": amount(report.cum_qty),
        "cummulativeQuoteQty": amount(report.cum_quote_qty),
        "status": "EXPIRED_IN_MATCH" if in_match else report.ord_status.name,
        "timeInForce": _TIME_IN_FORCE[report.time_in_force],
        "type": "LIMIT_MAKER" if report.post_only else report.ord_type.name,
        "side": report.side.name,
    }


def _conditional(report: Report) -> Json:
    """What appears only where it means something."""
    found: Json = {}
    if report.strategy_id is not None:
        found["strategyId"] = report.strategy_id
    if report.target_strategy is not None:
        found["strategyType"] = report.target_strategy
    if report.prevented is not None:
        found["preventedMatchId"] = report.prevented.match_id
    if report.prevented_qty:
        found["preventedQuantity"] = amount(report.prevented_qty)
    if report.expiry_reason is not None:
        found["expiryReason"] = _EXPIRY[report.expiry_reason]
    return found


def trade(report: Report, unit: int) -> Json:
    """A fill of `/myTrades`."""
    price = report.last_px or ZERO
    return {
        "symbol": report.symbol,
        "id": report.trade_id,
        "orderId": report.order_id,
        "orderListId": _NO_LIST,
        "price": amount(price),
        "qty": amount(report.last_qty),
        "quoteQty": amount(round_down(price * report.last_qty)),
        "commission": amount(report.fee),
        "commissionAsset": report.fee_asset,
        "time": report.at // unit,
        "isBuyer": report.side.sign > 0,
        "isMaker": not report.aggressor,
        "isBestMatch": True,
    }


def account(owner: Account, *, updated: int, omit_zero: bool) -> Json:
    """`/account`. `updated`: in the unit of the answer."""
    rate, none = amount(owner.fee_rate), amount(ZERO)
    basis_points = int(owner.fee_rate * 10_000)
    assets = {asset: (owner.available(asset), owner.locked.get(asset, ZERO)) for asset in owner.free}
    return {
        "makerCommission": basis_points,
        "takerCommission": basis_points,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": rate, "taker": rate, "buyer": none, "seller": none},
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": updated,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": amount(free), "locked": amount(locked)}
            for asset, (free, locked) in assets.items()
            if free or locked or not omit_zero
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


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


def symbol(listing: Listing) -> Json:
    """A symbol of `/exchangeInfo`, with what this exchange can do and not more."""
    return {
        "symbol": listing.symbol,
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": ASSET_DECIMALS,
        "quoteAsset": listing.quote,
        "quotePrecision": ASSET_DECIMALS,
        "quoteAssetPrecision": ASSET_DECIMALS,
        "baseCommissionPrecision": ASSET_DECIMALS,
        "quoteCommissionPrecision": ASSET_DECIMALS,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": True,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": listing.default_stp.name,
        "allowedSelfTradePreventionModes": [
            mode.name for mode in SelfTradePreventionMode if mode not in listing.forbidden_stp
        ],
    }


def _filters(listing: Listing) -> list[Json]:
    def lots(name: str, low: Decimal, high: Decimal, step: Decimal) -> Json:
        return {"filterType": name, "minQty": amount(low), "maxQty": amount(high), "stepSize": amount(step)}

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
            "filterType": "NOTIONAL",
            "minNotional": amount(listing.min_notional),
            "applyMinToMarket": True,
            "maxNotional": amount(listing.max_notional),
            "applyMaxToMarket": True,
            "avgPriceMins": 0,  # the last price
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": listing.max_num_orders},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": listing.max_num_order_amends},
    ]
