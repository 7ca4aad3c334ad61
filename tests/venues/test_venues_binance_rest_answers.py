"""Binance's REST answers beyond single orders and trades: cancels, lists, balances, counts, the listing.

The bodies are the venue's documented ones, shortened only where a field repeats.
"""

import contextlib
import json
import logging
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.trading.account import Balance
from blotter.trading.enums import (
    ContingencyType,
    ExecType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ExecutionReport, Fee, ListMember
from blotter.trading.instrument import Instrument
from blotter.venues.base import Limit
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.rest import UnreadableAnswer

D = Decimal
REST = BinanceRest()
AT = 1_772_359_200_000_000_000
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN

CONTINGENT = {
    "symbol": "BTCUSDT",
    "orderId": 0,
    "orderListId": 25,
    "clientOrderId": "blt-000007",
    "price": "59500.00000000",
    "origQty": "0.25000000",
    "executedQty": "0.00000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "STOP_LOSS_LIMIT",
    "side": "SELL",
    "stopPrice": "60000.00000000",
    "trailingDelta": 150,
    "trailingTime": -1,
    "icebergQty": "0.00000000",
    "time": 1772359199000,
    "updateTime": 1772359199000,
    "isWorking": False,
    "workingTime": -1,
    "origQuoteOrderQty": "0.00000000",
    "strategyId": 37463720,
    "strategyType": 1000000,
    "selfTradePreventionMode": "EXPIRE_MAKER",
}
CANCELED = {
    "symbol": "LTCBTC",
    "origClientOrderId": "myOrder1",
    "orderId": 4,
    "orderListId": -1,
    "clientOrderId": "cancelMyOrder1",
    "transactTime": 1684804350068,
    "price": "2.00000000",
    "origQty": "1.00000000",
    "executedQty": "0.00000000",
    "origQuoteOrderQty": "0.000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "CANCELED",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "selfTradePreventionMode": "NONE",
}
LIST = {
    "orderListId": 1929,
    "contingencyType": "OCO",
    "listStatusType": "ALL_DONE",
    "listOrderStatus": "ALL_DONE",
    "listClientOrderId": "2inzWQdDvZLHbbAmAozX2N",
    "transactionTime": 1585230948299,
    "symbol": "BTCUSDT",
    "orders": [
        {"symbol": "BTCUSDT", "orderId": 20, "clientOrderId": "CwOOIPHSmYywx6jZX77TdL"},
        {"symbol": "BTCUSDT", "orderId": 21, "clientOrderId": "461cPg51vQjV3zIMOXNz39"},
    ],
}
CANCELED_LIST = {
    **LIST,
    "orderReports": [
        {
            **CANCELED,
            "symbol": "BTCUSDT",
            "origClientOrderId": "CwOOIPHSmYywx6jZX77TdL",
            "orderId": 20,
            "orderListId": 1929,
            "clientOrderId": "pXLV6Hz6mprAcVYpVMTGgx",
            "type": "STOP_LOSS_LIMIT",
            "stopPrice": "0.50000000",
        },
        {
            **CANCELED,
            "symbol": "BTCUSDT",
            "origClientOrderId": "461cPg51vQjV3zIMOXNz39",
            "orderId": 21,
            "orderListId": 1929,
            "clientOrderId": "pXLV6Hz6mprAcVYpVMTGgx",
            "type": "LIMIT_MAKER",
            "icebergQty": "0.50000000",
        },
    ],
}
ALLOCATION = {
    "symbol": "BTCUSDT",
    "allocationId": 0,
    "allocationType": "SOR",
    "orderId": 1,
    "orderListId": -1,
    "price": "1.00000000",
    "qty": "5.00000000",
    "quoteQty": "5.00000000",
    "commission": "0.00500000",
    "commissionAsset": "BTC",
    "time": 1687506878118,
    "isBuyer": True,
    "isMaker": False,
    "isAllocator": False,
}
ACCOUNT = {
    "makerCommission": 15,
    "canTrade": True,
    "updateTime": 123456789,
    "accountType": "SPOT",
    "balances": [
        {"asset": "BTC", "free": "4723846.89208129", "locked": "0.00000000"},
        {"asset": "USDT", "free": "10.50000000", "locked": "2.25000000"},
    ],
    "permissions": ["SPOT"],
    "uid": 354937868,
}
COUNTS = [
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 200, "count": 3},
    {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000, "count": 17},
]
SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
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
    "opoAllowed": False,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "cancelReplaceAllowed": True,
    "amendAllowed": True,
    "pegInstructionsAllowed": True,
    "isSpotTradingAllowed": True,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
        {"filterType": "ICEBERG_PARTS", "limit": 100},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "76.79001236", "stepSize": "0.00000000"},
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 20,
            "maxTrailingBelowDelta": 1900,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "4",
            "askMultiplierDown": "0.3",
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
        {"filterType": "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 6},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
        {"filterType": "MAX_POSITION", "maxPosition": "10.00000000"},
        {"filterType": "T_PLUS_SELL", "endTime": 1772359200000},
    ],
    "permissions": [],
    "permissionSets": [["SPOT", "MARGIN"]],
    "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
    "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
}  # fmt: skip
LISTING = {
    "timezone": "UTC",
    "serverTime": 1772359200000,
    "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    ],
    "exchangeFilters": [],
    "symbols": [SYMBOL],
    "sors": [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}],
}


def body(answer: object) -> bytes:
    return json.dumps(answer).encode()


def read(**changes) -> ExecutionReport:
    return REST.read_order(body({**CONTINGENT, **changes}), AT)


# --- what is asked -----------------------------------------------------------------------------------------


def test_each_question_costs_what_the_fact_sheet_says() -> None:
    questions = {
        "/api/v3/account?omitZeroBalances=true": (REST.account(), 20),
        "/api/v3/exchangeInfo?": (REST.listing(), 20),
        "/api/v3/rateLimit/order?": (REST.order_counts(), 40),
        "/api/v3/openOrderList?": (REST.open_lists(), 6),
        "/api/v3/orderList?orderListId=0": (REST.order_list(list_id="0", cl_list_id="L-1"), 4),
        "/api/v3/orderList?origClientOrderId=L-1": (REST.order_list(cl_list_id="L-1"), 4),
        "/api/v3/myAllocations?symbol=BTCUSDT&limit=1000&orderId=0": (
            REST.allocations("BTCUSDT", order_id="0"),
            20,
        ),
        "DELETE /api/v3/order?symbol=BTCUSDT&orderId=0": (
            REST.cancel_order("BTCUSDT", order_id="0", cl_ord_id="A-1"),
            1,
        ),
        "DELETE /api/v3/order?symbol=BTCUSDT&origClientOrderId=A-1": (
            REST.cancel_order("BTCUSDT", order_id=None, cl_ord_id="A-1"),
            1,
        ),
        "DELETE /api/v3/openOrders?symbol=BTCUSDT": (REST.cancel_symbol("BTCUSDT"), 1),
        "DELETE /api/v3/orderList?symbol=BTCUSDT&orderListId=25": (
            REST.cancel_list("BTCUSDT", list_id="25", cl_list_id="L-1"),
            1,
        ),
        "DELETE /api/v3/orderList?symbol=BTCUSDT&listClientOrderId=L-1": (
            REST.cancel_list("BTCUSDT", list_id=None, cl_list_id="L-1"),
            1,
        ),
    }
    for text, (question, weight) in questions.items():
        assert str(question) == text
        assert question.weight == weight
        assert question.signed == ("exchangeInfo" not in text)


def test_a_cancel_of_nothing_in_particular_is_not_asked() -> None:
    with pytest.raises(ValueError, match="order: orderId or origClientOrderId must be given"):
        REST.cancel_order("BTCUSDT", order_id=None, cl_ord_id=None)
    with pytest.raises(ValueError, match="cancel_list: orderListId or listClientOrderId must be given"):
        REST.cancel_list("BTCUSDT", list_id=None, cl_list_id=None)
    with pytest.raises(ValueError, match="order_list: orderListId"):
        REST.order_list()


# --- orders ------------------------------------------------------------------------------------------------


def test_a_trailing_stop_limit_of_a_list() -> None:
    report = read()
    assert (report.order_id, report.list_id) == ("0", "25")
    assert (report.ord_type, report.price, report.time_in_force) == (
        OrdType.STOP_LIMIT,
        D(59500),
        TimeInForce.GOOD_TILL_CANCEL,
    )
    assert (report.trigger_price, report.trigger_direction, report.trailing_bips) == (D(60000), DOWN, 150)
    assert (report.strategy_id, report.target_strategy) == (37463720, 1000000)
    assert report.self_trade_prevention is SelfTradePreventionMode.EXPIRE_MAKER
    assert report.working is False
    assert not report.smart_routing


@pytest.mark.parametrize(
    ("kind", "side", "direction"),
    [
        ("STOP_LOSS", "BUY", UP),
        ("STOP_LOSS", "SELL", DOWN),
        ("TAKE_PROFIT", "BUY", DOWN),
        ("TAKE_PROFIT", "SELL", UP),
        ("STOP_LOSS_LIMIT", "BUY", UP),
        ("TAKE_PROFIT_LIMIT", "SELL", UP),
        ("LIMIT", "SELL", None),
        ("MARKET", "BUY", None),
    ],
)
def test_which_way_the_trigger_lies_follows_from_type_and_side(
    kind: str, side: str, direction: TriggerPriceDirection | None
) -> None:
    report = read(type=kind, side=side)
    assert report.trigger_direction is direction
    assert report.side is Side[side]
    assert (report.trigger_price is None) == (direction is None)


def test_a_pegged_order() -> None:
    report = read(
        type="LIMIT_MAKER",
        orderListId=-1,
        stopPrice="0.00000000",
        price="0.00000000",
        pegPriceType="PRIMARY_PEG",
        pegOffsetType="PRICE_LEVEL",
        pegOffsetValue=2,
        peggedPrice="87523.83710000",
    )
    assert (report.ord_type, report.post_only, report.time_in_force) == (OrdType.PEGGED, True, None)
    assert (report.peg_price_type, report.peg_offset) == (PegPriceType.PRIMARY_PEG, 2)
    assert (report.price, report.pegged_price) == (None, D("87523.8371"))
    assert report.list_id is None
    assert read(pegPriceType="LAST_PEG").ord_type is OrdType.PEGGED
    assert read(pegPriceType="LAST_PEG").peg_price_type is None


@pytest.mark.parametrize("told", ["UNFILLED_IOC_QUANTITY_EXPIRED", "5", 5])
def test_an_expiry_and_its_reason(told: str | int) -> None:
    report = read(status="EXPIRED", expiryReason=told)
    assert (report.exec_type, report.ord_status) == (ExecType.EXPIRED, OrdStatus.EXPIRED)
    assert report.expiry_reason is ExpiryReason.UNFILLED_IOC_QUANTITY
    assert report.reason is not None
    assert report.reason.text == "immediate-or-cancel: the rest found no match"


def test_an_expiry_whose_reason_is_news() -> None:
    report = read(status="EXPIRED", expiryReason="THE_MOON")
    assert (report.expiry_reason, report.reason and report.reason.text) == (None, "expired")
    prevented = read(status="EXPIRED_IN_MATCH", preventedMatchId=0, preventedQuantity="0.05000000")
    assert (prevented.ord_status, prevented.prevented_qty) == (OrdStatus.EXPIRED, D("0.05"))
    assert prevented.reason is not None
    assert prevented.reason.text == "self-trade prevention"


def test_a_pending_leg_and_a_routed_order() -> None:
    waiting = read(status="PENDING_NEW")
    assert (waiting.exec_type, waiting.ord_status) == (ExecType.PENDING_NEW, OrdStatus.PENDING_NEW)
    assert read(usedSor=True, workingFloor="SOR").smart_routing


def test_what_only_describes_an_order_is_no_reason_not_to_read_it() -> None:
    report = read(
        trailingDelta="wide",
        pegOffsetValue=1.5,
        strategyId=None,
        strategyType=[1],
        selfTradePreventionMode={"new": 1},
        usedSor="maybe",
        expiryReason=[5],
    )
    assert (report.trailing_bips, report.peg_offset, report.target_strategy) == (None, None, None)
    assert (report.strategy_id, report.self_trade_prevention, report.smart_routing) == (None, None, False)


@pytest.mark.parametrize("time", [-1, 2**62, 9 * 10**15])
def test_a_time_that_is_none_is_left_out_of_an_order_and_never_of_a_fill(time: int) -> None:
    assert read(updateTime=time).transact_time is None
    with pytest.raises(UnreadableAnswer, match=f"allocation BTCUSDT#0: {time} is no time"):
        REST.read_allocation(body({**ALLOCATION, "time": time}))


# --- cancels -----------------------------------------------------------------------------------------------


def test_a_cancelled_order_is_a_snapshot_under_both_its_ids() -> None:
    (report,) = REST.read_cancels(body(CANCELED), AT)
    assert (report.exec_type, report.ord_status) == (ExecType.CANCELED, OrdStatus.CANCELED)
    assert (report.cl_ord_id, report.orig_cl_ord_id) == ("cancelMyOrder1", "myOrder1")
    assert (report.symbol, report.order_id, report.exec_id) == ("LTCBTC", "4", None)
    assert report.transact_time == 1_684_804_350_068_000_000
    assert report.at == AT


def test_a_cancelled_list_is_its_orders() -> None:
    below, above = REST.read_cancels(body(CANCELED_LIST), AT)
    assert (below.order_id, below.list_id, below.ord_type) == ("20", "1929", OrdType.STOP_LIMIT)
    assert (above.order_id, above.list_id, above.post_only) == ("21", "1929", True)
    assert above.max_floor == D("0.5")


def test_a_cancelled_symbol_is_orders_and_lists_flattened() -> None:
    reports = REST.read_cancels(b" " + body([CANCELED, CANCELED_LIST]), AT)
    assert [report.order_id for report in reports] == ["4", "20", "21"]
    assert REST.read_cancels(b"[]", AT) == ()
    one_by_one = [REST.read_cancels(one, AT) for one in REST.split(body([CANCELED, CANCELED_LIST]))]
    assert sum(one_by_one, ()) == reports


def test_a_cancel_that_cannot_be_told_for_sure_names_the_order() -> None:
    with pytest.raises(UnreadableAnswer, match=r"order LTCBTC#4 \(myOrder1\): status 'GONE' is unknown here"):
        REST.read_cancels(body([{**CANCELED, "status": "GONE"}]), AT)


# --- lists -------------------------------------------------------------------------------------------------


def test_a_list() -> None:
    report = REST.read_list(body(LIST), AT)
    assert (report.list_id, report.cl_list_id, report.symbol) == ("1929", "2inzWQdDvZLHbbAmAozX2N", "BTCUSDT")
    assert report.contingency is ContingencyType.ONE_CANCELS_THE_OTHER
    assert (report.status_type, report.order_status) == (ListStatusType.ALL_DONE, ListOrderStatus.ALL_DONE)
    assert report.members[1] == ListMember(
        symbol="BTCUSDT", cl_ord_id="461cPg51vQjV3zIMOXNz39", order_id="21"
    )
    assert report.transact_time == 1_585_230_948_299_000_000
    (one,) = REST.split(body([{**LIST, "listStatusType": "UPDATED", "listOrderStatus": "EXECUTING"}]))
    assert REST.read_list(one, AT).status_type is ListStatusType.UPDATED
    assert REST.read_list(body({**LIST, "contingencyType": "OXO"}), AT).contingency is None
    with pytest.raises(UnreadableAnswer, match=r"order list BTCUSDT#1929 .*: status 'ODD' is unknown here"):
        REST.read_list(body({**LIST, "listOrderStatus": "ODD"}), AT)


# --- the account -------------------------------------------------------------------------------------------


def test_an_allocation_is_a_fill_of_its_own_numbering() -> None:
    trade = REST.read_allocation(body(ALLOCATION))
    assert (trade.trade_id, trade.order_id) == ("A0", "1")
    assert (trade.qty, trade.px, trade.quote_qty) == (D(5), D(1), D(5))
    assert trade.fees == (Fee(D("0.005"), "BTC"),)
    assert trade.aggressor


@pytest.mark.parametrize(
    "wrong", [{"qty": "0"}, {"price": "1E+99"}, {"commission": "NaN"}, {"quoteQty": "-1"}]
)
def test_a_fill_with_an_odd_amount_is_not_believed(wrong: dict[str, str]) -> None:
    with pytest.raises(UnreadableAnswer, match="allocation BTCUSDT#0"):
        REST.read_allocation(body({**ALLOCATION, **wrong}))


def test_balances() -> None:
    balances = REST.read_balances(body(ACCOUNT), AT)
    assert balances.at == AT
    assert balances.by_asset["USDT"] == Balance(asset="USDT", free=D("10.5"), locked=D("2.25"))
    assert balances.by_asset["USDT"].total == D("12.75")
    assert list(balances.by_asset) == ["BTC", "USDT"]
    with pytest.raises(UnreadableAnswer, match="balance of X: NaN"):
        REST.read_balances(body({"balances": [{"asset": "X", "free": "NaN", "locked": "0"}]}), AT)


def test_order_counts() -> None:
    assert REST.read_order_counts(body(COUNTS)) == (
        Limit("orders", 3, 200, 10),
        Limit("orders", 17, 200_000, 86_400),
    )
    with pytest.raises(UnreadableAnswer, match="limit of ORDERS: interval 'FORTNIGHT' is unknown here"):
        REST.read_order_counts(body([{**COUNTS[0], "interval": "FORTNIGHT"}]))


# --- the listing -------------------------------------------------------------------------------------------


def test_an_instrument_with_every_filter() -> None:
    (instrument,) = REST.read_listing(body(LISTING))
    assert instrument == Instrument(
        symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick_size=D("0.01"),
        min_price=D("0.01"),
        max_price=D(1_000_000),
        step_size=D("0.00001"),
        min_qty=D("0.00001"),
        max_qty=D(9000),
        market_step_size=None,  # 0 switches a rule off
        market_min_qty=None,
        market_max_qty=D("76.79001236"),
        min_notional=D(5),
        max_notional=D(9_000_000),
        status="TRADING",
        ord_types=frozenset(OrdType),
        post_only=True,
        cash_order_qty=True,
        iceberg=True,
        trailing=True,
        lists=True,
        triggered_lists=True,
        paying_lists=False,
        amendable=True,
        peggable=True,
        smart_routing=True,
        stp_modes=frozenset(SelfTradePreventionMode)
        - {SelfTradePreventionMode.NONE, SelfTradePreventionMode.TRANSFER},
        stp_default=SelfTradePreventionMode.EXPIRE_MAKER,
        max_iceberg_parts=100,
        max_orders=200,
        max_contingent_orders=5,
        max_iceberg_orders=6,
        max_lists=20,
        max_amends=10,
        min_trailing_above=10,
        max_trailing_above=2000,
        min_trailing_below=20,
        max_trailing_below=1900,
        bid_multiplier_up=D(5),
        bid_multiplier_down=D("0.2"),
        ask_multiplier_up=D(4),
        ask_multiplier_down=D("0.3"),
        max_position=D(10),
    )


def listed(**changes) -> Instrument:
    (instrument,) = REST.read_listing(body({**LISTING, "symbols": [{**SYMBOL, **changes}]}))
    return instrument


def test_older_filters_and_what_is_not_said() -> None:
    instrument = listed(
        filters=[
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "1.3",
                "multiplierDown": "0.7",
                "avgPriceMins": 5,
            },
            {"filterType": "MIN_NOTIONAL", "minNotional": "10", "applyToMarket": True, "avgPriceMins": 5},
        ]
    )
    assert (instrument.bid_multiplier_up, instrument.ask_multiplier_up) == (D("1.3"), D("1.3"))
    assert (instrument.bid_multiplier_down, instrument.ask_multiplier_down) == (D("0.7"), D("0.7"))
    assert (instrument.min_notional, instrument.max_notional, instrument.tick_size) == (D(10), None, None)
    bare = {name: SYMBOL[name] for name in ("symbol", "baseAsset", "quoteAsset")}
    (unsaid,) = REST.read_listing(body({"symbols": [bare]}))
    assert (unsaid.status, unsaid.ord_types, unsaid.post_only, unsaid.stp_modes) == (None, None, None, None)
    assert unsaid.smart_routing is False


def test_what_is_new_in_a_listing_leaves_no_trace() -> None:
    instrument = listed(
        status="SLEEPING",
        orderTypes=["LIMIT", "WISH"],
        pegInstructionsAllowed=False,
        allowedSelfTradePreventionModes=["NONE", "MERGE"],
        defaultSelfTradePreventionMode="MERGE",
        filters=[{"filterType": "MOON_PHASE", "limit": "full"}, {"noType": 1}],
        brandNew={"deep": [1]},
    )
    assert instrument.status == "SLEEPING"
    assert instrument.ord_types == {OrdType.LIMIT}
    assert instrument.post_only is False
    assert instrument.stp_modes == {SelfTradePreventionMode.NONE}
    assert instrument.stp_default is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (
            {"filters": [{"filterType": "PRICE_FILTER", "tickSize": "small"}]},
            "BTCUSDT PRICE_FILTER tickSize 'small'",
        ),
        ({"filters": [{"filterType": "PRICE_FILTER", "tickSize": 0.01}]}, "tickSize 0.01 is no plain number"),
        ({"filters": [{"filterType": "LOT_SIZE", "stepSize": "-1"}]}, "LOT_SIZE stepSize '-1'"),
        ({"filters": [{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": "many"}]}, "maxNumOrders 'many'"),
        ({"baseAsset": None}, "symbol not readable"),
    ],
)
def test_a_symbol_that_cannot_be_read_is_left_out_and_named(
    wrong: dict[str, object], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = {**SYMBOL, "symbol": "ETHUSDT", "baseAsset": "ETH"}
    with caplog.at_level(logging.WARNING):
        found = REST.read_listing(body({**LISTING, "symbols": [{**SYMBOL, **wrong}, other]}))
    assert [(instrument.symbol, instrument.smart_routing) for instrument in found] == [("ETHUSDT", False)]
    assert why in caplog.text
    assert "left out of the listing" in caplog.text


# --- anything at all ---------------------------------------------------------------------------------------

READERS = {
    "order": (lambda b: REST.read_order(b, AT), CONTINGENT),
    "cancels": (lambda b: REST.read_cancels(b, AT), [CANCELED, CANCELED_LIST]),
    "list": (lambda b: REST.read_list(b, AT), LIST),
    "trade": (REST.read_trade, {**ALLOCATION, "id": 7}),
    "allocation": (REST.read_allocation, ALLOCATION),
    "balances": (lambda b: REST.read_balances(b, AT), ACCOUNT),
    "counts": (REST.read_order_counts, COUNTS),
    "listing": (REST.read_listing, LISTING),
}
oddities = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["NaN", "sNaN", "-Infinity", "1E+999999", "1E-999999", "-1", "", "0.1"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def places(answer: object) -> list[tuple[object, object]]:
    """Every container and key in a JSON value."""
    if isinstance(answer, dict):
        own = [(answer, key) for key in answer]
        return own + [place for value in answer.values() for place in places(value)]
    if isinstance(answer, list):
        own = [(answer, at) for at in range(len(answer))]
        return own + [place for value in answer for place in places(value)]
    return []


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(sorted(READERS)),
    st.lists(st.tuples(st.integers(0, 999), oddities), max_size=3),
    st.data(),
)
def test_no_answer_raises_anything_but_unreadable(
    name: str, changes: list[tuple[int, object]], data: st.DataObject
) -> None:
    reader, sample = READERS[name]
    answer = json.loads(json.dumps(sample))
    for where, value in changes:
        spots = places(answer)
        container, key = spots[where % len(spots)]
        container[key] = value  # type: ignore[index]
    raw = json.dumps(answer).encode()
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    with contextlib.suppress(UnreadableAnswer):
        msgspec.json.encode(reader(raw[:cut]))  # as the tape keeps it


def test_every_sample_is_readable_as_it_is() -> None:
    assert all(reader(msgspec.json.encode(sample)) for reader, sample in READERS.values())
