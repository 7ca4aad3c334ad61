"""What REST says of orders, trades and balances: field for field as the venue documents them (fact sheet 11). Pure.

Amounts are text with eight decimals. `unit` is what times are divided by: ns in a millisecond or a microsecond.
"""

from decimal import Decimal
from typing import Any, Final

from blotter.exchange.account import round_down
from blotter.exchange.event import ListStatus, Report
from blotter.exchange.history import Amendment, own_id
from blotter.exchange.listing import ZERO
from blotter.exchange.mirror import Holdings
from blotter.exchange.order_entry import amount
from blotter.trading.enums import (
    ContingencyType,
    ExpiryReason,
    OrdStatus,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)

Json = dict[str, Any]

_NO_LIST: Final = -1
_NOT_YET: Final = -1
_NO_TRADE_GROUP: Final = -1
_TIME_IN_FORCE: Final = {
    None: "GTC",  # what REST says of market orders
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}
_CONTINGENCY: Final = {
    ContingencyType.ONE_CANCELS_THE_OTHER: "OCO",
    ContingencyType.ONE_TRIGGERS_THE_OTHER: "OTO",
}
_EXPIRY: Final = {
    ExpiryReason.REJECTED_AT_TRIGGER: "REJECTED",
    ExpiryReason.EXCHANGE_CANCELED: "EXCHANGE_CANCELED",
    ExpiryReason.OCO_TRIGGER: "OCO_TRIGGER",
    ExpiryReason.OTO_WORKING_EXPIRED: "OTO_PHASE_ONE_EXPIRED",
    ExpiryReason.UNFILLED_IOC_QUANTITY: "UNFILLED_IOC_QUANTITY_EXPIRED",
    ExpiryReason.UNFILLED_FOK_ORDER: "UNFILLED_FOK_ORDER_EXPIRED",
    ExpiryReason.INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    ExpiryReason.PRICE_RANGE: "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
}


def order(report: Report, unit: int) -> Json:
    """An order of `/order`, `/openOrders` and `/allOrders`."""
    created = (report.at if report.created_at is None else report.created_at) // unit
    return {
        "symbol": report.symbol,
        "orderId": report.order_id,
        "orderListId": _list_id(report),
        "clientOrderId": own_id(report),
        **_terms(report),
        "stopPrice": amount(report.trigger_price or ZERO),
        "icebergQty": amount(report.max_floor or ZERO),
        "time": created,
        "updateTime": report.at // unit,
        "isWorking": report.working,
        "workingTime": _since(report.working_at, unit),
        "origQuoteOrderQty": amount(report.cash_order_qty or ZERO),
        "selfTradePreventionMode": report.stp.name,
        **_conditional(report, unit),
    }


def canceled(report: Report, unit: int) -> Json:
    """The answer to a cancel: `clientOrderId` is the cancel's, `origClientOrderId` the order's."""
    return {
        "symbol": report.symbol,
        "origClientOrderId": own_id(report),
        "orderId": report.order_id,
        "orderListId": _list_id(report),
        "clientOrderId": report.cl_ord_id,
        "transactTime": report.at // unit,
        **_terms(report),
        "origQuoteOrderQty": amount(report.cash_order_qty or ZERO),
        **({} if report.trigger_price is None else {"stopPrice": amount(report.trigger_price)}),
        **({} if report.max_floor is None else {"icebergQty": amount(report.max_floor)}),
        "selfTradePreventionMode": report.stp.name,
        **_conditional(report, unit),
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
        "type": _type(report),
        "side": report.side.name,
    }


def _type(report: Report) -> str:
    """The venue's own names: side and direction make a stop-loss or a take-profit, and a peg is no type."""
    if report.trigger_price is not None or report.trailing_bips is not None:
        rising = report.trigger_direction is TriggerPriceDirection.UP
        take_profit = report.trigger_direction is None or rising == (report.side is Side.SELL)
        kind = "TAKE_PROFIT" if take_profit else "STOP_LOSS"
        return kind if report.ord_type is OrdType.STOP else f"{kind}_LIMIT"
    if report.post_only:
        return "LIMIT_MAKER"
    return "LIMIT" if report.ord_type is OrdType.PEGGED else report.ord_type.name


def _list_id(report: Report) -> int:
    return _NO_LIST if report.list_id is None else report.list_id


def _since(at: int | None, unit: int) -> int:
    return _NOT_YET if at is None else at // unit


def _conditional(report: Report, unit: int) -> Json:
    """What appears only where it means something."""
    found: Json = {}
    if report.trailing_bips is not None:
        found["trailingDelta"] = report.trailing_bips
        found["trailingTime"] = _since(report.trailing_at, unit)
    if report.peg_price_type is not None:
        found["pegPriceType"] = report.peg_price_type.name
    if report.peg_offset is not None:
        found["pegOffsetType"] = "PRICE_LEVEL"
        found["pegOffsetValue"] = report.peg_offset
    if report.pegged_price is not None:
        found["peggedPrice"] = amount(report.pegged_price)
    if report.smart_routing:
        found["usedSor"] = True
        found["workingFloor"] = "SOR" if report.routed else "EXCHANGE"
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
    return {
        "symbol": report.symbol,
        "id": report.trade_id,
        **_fill(report, unit),
        "isBestMatch": True,
    }


def allocation(report: Report, unit: int) -> Json:
    """A fill of `/myAllocations`: what smart order routing got from another book."""
    return {
        "symbol": report.symbol,
        "allocationId": report.alloc_id,
        "allocationType": "SOR",
        **_fill(report, unit),
        "isAllocator": False,
    }


def _fill(report: Report, unit: int) -> Json:
    price = report.last_px or ZERO
    return {
        "orderId": report.order_id,
        "orderListId": _list_id(report),
        "price": amount(price),
        "qty": amount(report.last_qty),
        "quoteQty": amount(round_down(price * report.last_qty)),
        "commission": amount(report.fee),
        "commissionAsset": report.fee_asset,
        "time": report.at // unit,
        "isBuyer": report.side is Side.BUY,
        "isMaker": not report.aggressor,
    }


def order_list(status: ListStatus, unit: int) -> Json:
    """A list of `/orderList` and its kin."""
    return {
        "orderListId": status.list_id,
        "contingencyType": _CONTINGENCY[status.contingency],
        "listStatusType": status.status_type.name,
        "listOrderStatus": status.order_status.name,
        "listClientOrderId": status.cl_list_id,
        "transactionTime": status.at // unit,
        "symbol": status.symbol,
        "orders": [
            {"symbol": status.symbol, "orderId": member.order_id, "clientOrderId": member.cl_ord_id}
            for member in status.members
        ],
    }


def canceled_list(status: ListStatus, reports: list[Report], unit: int) -> Json:
    """The answer to the cancel of a list, with that of each order it took along."""
    return {
        **order_list(status, unit),
        "orderReports": [canceled(report, unit) for report in reports if report.list_id == status.list_id],
    }


def account(held: Holdings, fee_rate: Decimal, *, updated: int, omit_zero: bool) -> Json:
    """`/account`. `updated`: in the unit of the answer."""
    rate, none = amount(fee_rate), amount(ZERO)
    basis_points = int(fee_rate * 10_000)
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
            for asset, (free, locked) in held.items()
            if free or locked or not omit_zero
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


def amendment(made: Amendment, unit: int) -> Json:
    """An amendment of `/order/amendments`."""
    report = made.report
    return {
        "symbol": report.symbol,
        "orderId": report.order_id,
        "executionId": report.exec_id,
        "origClientOrderId": report.orig_cl_ord_id,
        "newClientOrderId": report.cl_ord_id,
        "origQty": amount(made.orig_qty),
        "newQty": amount(report.order_qty or ZERO),
        "time": report.at // unit,
    }


def prevented_match(reports: list[Report], unit: int) -> Json:
    """A match of `/myPreventedMatches`, from the reports of those whom it cost something: taker, maker or both."""
    one = reports[0]
    if one.prevented is None:
        raise ValueError(f"{one.symbol} {one.order_id}: nothing was prevented")
    ids = (one.order_id, one.prevented.counter_order_id)
    taker_id, maker_id = ids if one.aggressor else ids[::-1]
    mode = next((report.stp for report in reports if report.aggressor), SelfTradePreventionMode.EXPIRE_MAKER)
    taken = {
        "takerPreventedQuantity" if report.aggressor else "makerPreventedQuantity": amount(
            report.prevented.last_qty
        )
        for report in reports
        if report.prevented is not None
    }
    return {
        "symbol": one.symbol,
        "preventedMatchId": one.prevented.match_id,
        "takerOrderId": taker_id,
        "makerSymbol": one.symbol,
        "makerOrderId": maker_id,
        "tradeGroupId": _NO_TRADE_GROUP,
        "selfTradePreventionMode": mode.name,
        "price": amount(one.prevented.price),
        **taken,
        "transactTime": one.at // unit,
    }
