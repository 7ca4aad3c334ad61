"""Bybit's REST interface against the examples of its own pages (V5)."""

import base64
import contextlib
from decimal import Decimal

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.trading.account import Balance
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import Fee
from blotter.trading.instrument import Instrument
from blotter.venues.base import Credentials, Environment, Secrets
from blotter.venues.bybit import BybitSpot
from blotter.venues.bybit.rest import WEEK, BybitRest
from blotter.venues.rest import Question, RestDialect, UnreadableAnswer, dialect

AT = 1_684_765_770_483_000_000
REST = BybitRest()

ORDER = {
    "orderId": "fd4300ae-7847-404e-b947-b46980a4d140",
    "orderLinkId": "test-000005",
    "symbol": "ETHUSDT",
    "price": "1600.00",
    "qty": "0.10",
    "side": "Buy",
    "isLeverage": "",
    "positionIdx": 1,
    "orderStatus": "New",
    "cancelType": "UNKNOWN",
    "rejectReason": "EC_NoError",
    "avgPrice": "0",
    "leavesQty": "0.10",
    "leavesValue": "160",
    "cumExecQty": "0.00",
    "cumExecValue": "0",
    "cumExecFee": "0",
    "timeInForce": "GTC",
    "orderType": "Limit",
    "stopOrderType": "UNKNOWN",
    "triggerPrice": "0.00",
    "triggerDirection": 0,
    "smpType": "None",
    "createdTime": "1684738540559",
    "updatedTime": "1684738540561",
    "cumFeeDetail": {"MNT": "0.00242968"},
}
EXECUTION = {
    "symbol": "ETHUSDT",
    "orderType": "Market",
    "orderLinkId": "",
    "side": "Buy",
    "orderId": "8c065341-7b52-4ca9-ac2c-37e31ac55c94",
    "leavesQty": "0",
    "execTime": "1672282722429",
    "feeCurrency": "ETH",
    "isMaker": False,
    "execFee": "0.071409",
    "feeRate": "0.0006",
    "execId": "e0cbe81d-0f18-5866-9415-cf319b5dab3b",
    "execPrice": "1190.15",
    "orderQty": "0.1",
    "orderPrice": "1236.9",
    "execValue": "119.015",
    "execType": "Trade",
    "execQty": "0.1",
    "extraFees": "",
    "seq": 4688002127,
}
INSTRUMENT = {
    "symbolId": 9,
    "symbol": "BTCUSDT",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "innovation": "0",
    "status": "Trading",
    "marginTrading": "utaOnly",
    "stTag": "0",
    "lotSizeFilter": {
        "basePrecision": "0.000001",
        "quotePrecision": "0.0000001",
        "minOrderQty": "0.000011",
        "maxOrderQty": "83",
        "minOrderAmt": "5",
        "maxOrderAmt": "8000000",
        "maxLimitOrderQty": "83",
        "maxMarketOrderQty": "41.5",
        "postOnlyMaxLimitOrderSize": "60000",
    },
    "priceFilter": {"tickSize": "0.1"},
    "riskParameters": {"priceLimitRatioX": "0.005", "priceLimitRatioY": "0.01"},
    "symbolType": "",
}
COIN = {
    "availableToBorrow": "3",
    "equity": "0",
    "borrowAmount": "0.0",
    "walletBalance": "2.5",
    "locked": "0.5",
    "marginCollateral": True,
    "coin": "BTC",
    "spotBorrow": "0",
}


def said(result: object, code: int = 0, text: str = "OK", time: int = AT // 1_000_000) -> bytes:
    return msgspec.json.encode(
        {"retCode": code, "retMsg": text, "result": result, "retExtInfo": {}, "time": time}
    )


def listed(*elements: object, cursor: str = "", time: int = AT // 1_000_000) -> bytes:
    return said({"list": elements, "nextPageCursor": cursor, "category": "spot"}, time=time)


def order(**changes: object) -> bytes:
    return msgspec.json.encode({**ORDER, **changes})


def test_it_is_the_dialect_of_the_name() -> None:
    made: RestDialect | None = dialect("bybit")
    assert isinstance(made, BybitRest)
    assert made.base(Environment.LIVE) == "https://api.bybit.com"
    assert made.base(Environment.TESTNET) == "https://api-testnet.bybit.com"
    with pytest.raises(KeyError):
        made.base(Environment.EMBEDDED)
    assert (made.lists, made.routed, made.cancels) == (None, None, None), (
        "nothing is said that it does not have"
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (REST.clock(), "/v5/market/time?"),
        (REST.open_orders(), "/v5/order/realtime?category=spot&openOnly=0&limit=50"),
        (REST.order("ETHUSDT", order_id="7", cl_ord_id="x"), "/v5/order/realtime?category=spot&orderId=7"),
        (REST.order("ETHUSDT", cl_ord_id="x"), "/v5/order/realtime?category=spot&orderLinkId=x"),
        (
            REST.order("ETHUSDT", cl_ord_id="x", since=AT).then,
            "/v5/order/history?category=spot&orderLinkId=x&startTime=1684765710483",
        ),
        (REST.order("ETHUSDT", order_id="7").then, "/v5/order/history?category=spot&orderId=7"),
        (REST.trades("ETHUSDT", order_id="7"), "/v5/execution/list?category=spot&orderId=7&limit=100"),
        (
            REST.trades("ETHUSDT", since=AT),
            "/v5/execution/list?category=spot&symbol=ETHUSDT&startTime=1684765770483&limit=100",
        ),
        (REST.account(), "/v5/account/wallet-balance?accountType=UNIFIED"),
        (REST.listing(), "/v5/market/instruments-info?category=spot"),
    ],
)
def test_questions(question: object, text: str) -> None:
    assert str(question) == text
    assert question.method == "GET"


def test_an_order_without_an_id_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="orderId or orderLinkId must be given"):
        REST.order("ETHUSDT")


def test_signature_is_of_time_key_window_and_the_query_as_it_is_sent() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    credentials = BybitSpot().credentials(Secrets(api_key="THE-KEY", private_key=pem))
    signed = REST.sign(REST.order("ETHUSDT", cl_ord_id="a b&c"), credentials, AT)
    query = "category=spot&orderLinkId=a%20b%26c"
    assert signed.target == f"/v5/order/realtime?{query}"
    headers = dict(signed.headers)
    text = f"1684765770483THE-KEY5000{query}".encode()
    signature = base64.b64decode(headers.pop("X-BAPI-SIGN"))
    key.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    assert headers == {
        "X-BAPI-API-KEY": "THE-KEY",
        "X-BAPI-TIMESTAMP": "1684765770483",
        "X-BAPI-RECV-WINDOW": "5000",
    }
    assert "THE-KEY" not in repr(signed)
    assert REST.sign(REST.listing(), credentials, AT).headers == ()
    assert REST.sign(REST.clock(), credentials, AT).target == "/v5/market/time"


def test_the_text_that_is_signed_is_the_one_of_the_page() -> None:
    class Shown:
        def sign(self, payload: bytes) -> str:
            return payload.decode()

    question = Question("/v5/order/realtime", (("category", "option"), ("symbol", "BTC-29JUL22-25000-C")))
    signed = REST.sign(question, Credentials("XXXXXXXXXX", Shown()), 1_658_384_314_791_000_000)
    expected = "1658384314791XXXXXXXXXX5000category=option&symbol=BTC-29JUL22-25000-C"
    assert dict(signed.headers)["X-BAPI-SIGN"] == expected


# --- page after page ---------------------------------------------------------------------------------------


def test_pages_go_on_by_the_cursor_which_is_sent_as_it_came() -> None:
    cursor = "page_args%3Dfd4300ae-7847-404e-b947-b46980a4d140%26symbol%3D6%26"
    following = REST.following(REST.open_orders(), listed(ORDER, cursor=cursor))
    assert following is not None
    target = REST.sign(following._replace(signed=False), None, AT).target  # type: ignore[arg-type]
    assert target == f"/v5/order/realtime?category=spot&openOnly=0&limit=50&cursor={cursor}"
    assert REST.following(following, listed(cursor="")) is None
    assert REST.following(following, listed(cursor="more")) is None, "a page with nothing on it is the last"


def test_trades_since_long_ago_are_asked_for_week_by_week() -> None:
    first = REST.trades("ETHUSDT", since=AT)
    start = AT // 1_000_000
    told_at = start + WEEK + WEEK // 2
    second = REST.following(first, listed(EXECUTION, cursor="c", time=told_at))
    assert dict(second.params)["cursor"] == "c"
    third = REST.following(second, listed(EXECUTION, time=told_at))
    assert (dict(third.params)["startTime"], "cursor" in dict(third.params)) == (str(start + WEEK), False)
    assert REST.following(third, listed(time=told_at)) is None


def test_an_order_of_long_ago_is_looked_for_week_by_week_and_one_without_a_time_is_not() -> None:
    told_at = AT // 1_000_000 + WEEK * 2
    place = REST.order("ETHUSDT", cl_ord_id="x", since=AT)
    assert REST.following(place, listed(time=told_at)) is None
    weeks = 0
    place = place.then
    while place is not None:
        weeks, place = weeks + 1, REST.following(place, listed(time=told_at))
    assert weeks == 3
    assert REST.following(REST.order("ETHUSDT", cl_ord_id="x").then, listed(time=told_at)) is None


def test_executions_of_one_order_that_fill_no_page_are_all_whatever_the_cursor() -> None:
    question = REST.trades("ETHUSDT", order_id="7")
    assert REST.following(question, listed(*[EXECUTION] * 49, cursor="c")) is None
    assert REST.following(question, listed(*[EXECUTION] * 50, cursor="c")) is not None


def test_it_tells_the_newest_first_and_it_is_read_oldest_first() -> None:
    assert REST.split(listed(3, 2, 1)) == [b"1", b"2", b"3"]


# --- orders ------------------------------------------------------------------------------------------------


def test_an_open_order_as_printed() -> None:
    report = REST.read_order(order(), AT)
    assert (report.symbol, report.side, report.ord_type) == ("ETHUSDT", Side.BUY, OrdType.LIMIT)
    assert (report.exec_type, report.ord_status, report.exec_id) == (ExecType.NEW, OrdStatus.NEW, None)
    assert (report.order_qty, report.price, report.cum_qty) == (Decimal("0.10"), Decimal(1600), 0)
    assert (report.cl_ord_id, report.order_id) == ("test-000005", ORDER["orderId"])
    assert (report.time_in_force, report.post_only) == (TimeInForce.GOOD_TILL_CANCEL, False)
    assert report.self_trade_prevention is SelfTradePreventionMode.NONE
    assert report.transact_time == 1_684_738_540_561_000_000
    assert (report.trigger_price, report.reason, report.working) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "ord_status", "exec_type"),
    [
        ("PartiallyFilled", OrdStatus.PARTIALLY_FILLED, ExecType.NEW),
        ("Untriggered", OrdStatus.NEW, ExecType.NEW),
        ("Triggered", OrdStatus.NEW, ExecType.NEW),
        ("Filled", OrdStatus.FILLED, ExecType.NEW),
        ("Cancelled", OrdStatus.CANCELED, ExecType.CANCELED),
        ("PartiallyFilledCanceled", OrdStatus.CANCELED, ExecType.CANCELED),
        ("Deactivated", OrdStatus.CANCELED, ExecType.CANCELED),
        ("Rejected", OrdStatus.REJECTED, ExecType.REJECTED),
    ],
)
def test_statuses(status: str, ord_status: OrdStatus, exec_type: ExecType) -> None:
    report = REST.read_order(order(orderStatus=status, cumExecQty="0.05", cumExecValue="80"), AT)
    assert (report.ord_status, report.exec_type) == (ord_status, exec_type)
    assert (report.cum_qty, report.cum_quote_qty) == (Decimal("0.05"), Decimal(80))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"rejectReason": "EC_PostOnlyWillTakeLiquidity"}, "EC_PostOnlyWillTakeLiquidity"),
        ({"cancelType": "CancelBySmp"}, "CancelBySmp"),
        ({"cancelType": "CancelByUser", "rejectReason": "EC_PerCancelRequest"}, None),
        ({}, None),
    ],
)
def test_why_it_ended(changes: dict[str, str], text: str | None) -> None:
    report = REST.read_order(order(orderStatus="Cancelled", timeInForce="PostOnly", **changes), AT)
    assert (report.reason.text if report.reason else None) == text
    assert (report.post_only, report.time_in_force) == (True, None)


@pytest.mark.parametrize(
    ("changes", "qty", "amount"),
    [
        ({"marketUnit": "quoteCoin"}, None, Decimal(200)),
        ({"marketUnit": "baseCoin"}, Decimal(200), None),
        ({"marketUnit": ""}, None, Decimal(200)),
        ({"marketUnit": "", "side": "Sell"}, Decimal(200), None),
        ({"marketUnit": "quoteCoin", "side": "Sell"}, None, Decimal(200)),
    ],
)
def test_market_orders_by_quantity_and_by_amount(
    changes: dict[str, str], qty: Decimal | None, amount: Decimal | None
) -> None:
    report = REST.read_order(order(orderType="Market", qty="200", timeInForce="IOC", **changes), AT)
    assert (report.ord_type, report.price, report.time_in_force) == (OrdType.MARKET, None, None)
    assert (report.order_qty, report.cash_order_qty) == (qty, amount)


@pytest.mark.parametrize(("kind", "ord_type"), [("Limit", OrdType.STOP_LIMIT), ("Market", OrdType.STOP)])
def test_orders_with_a_trigger(kind: str, ord_type: OrdType) -> None:
    report = REST.read_order(
        order(
            orderType=kind,
            orderStatus="Untriggered",
            stopOrderType="tpslOrder",
            triggerPrice="1500",
            triggerDirection=2,
        ),
        AT,
    )
    assert (report.ord_type, report.trigger_price, report.trigger_direction, report.working) == (
        ord_type,
        Decimal(1500),
        TriggerPriceDirection.DOWN,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"orderStatus": "Odd"}, "status 'Odd' is unknown here"),
        ({"side": "Odd"}, "side 'Odd' is unknown here"),
        ({"orderType": "UNKNOWN"}, "type 'UNKNOWN' is unknown here"),
        ({"qty": "much"}, "'much' is no plain number"),
        ({"cumExecQty": "-1"}, "no plain number"),
        ({"orderId": None}, "not readable"),
    ],
)
def test_what_decides_and_is_unknown_is_not_guessed(changes: dict[str, object], cause: str) -> None:
    with pytest.raises(UnreadableAnswer, match=cause):
        REST.read_order(order(**changes), AT)


@pytest.mark.parametrize("odd", [None, 7, True, [1], {"a": 1}, "odd"])
def test_what_only_describes_is_no_reason_not_to_read_it(odd: object) -> None:
    describing = ("triggerDirection", "smpType", "cancelType", "rejectReason", "updatedTime")
    report = REST.read_order(order(orderStatus="Cancelled", **dict.fromkeys(describing, odd)), AT)
    assert report.ord_status is OrdStatus.CANCELED
    assert (report.trigger_direction, report.self_trade_prevention, report.transact_time) == (
        None,
        None,
        None,
    )
    assert (report.reason is None) == (odd != "odd")


# --- executions --------------------------------------------------------------------------------------------


def test_an_execution_as_printed() -> None:
    trade = REST.read_trade(msgspec.json.encode(EXECUTION))
    assert (trade.trade_id, trade.order_id) == (EXECUTION["execId"], EXECUTION["orderId"])
    assert (trade.qty, trade.px, trade.quote_qty) == (Decimal("0.1"), Decimal("1190.15"), Decimal("119.015"))
    assert trade.fees == (Fee(Decimal("0.071409"), "ETH"),)
    assert trade.transact_time == 1_672_282_722_429_000_000
    assert trade.aggressor


def test_a_fee_without_its_currency_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    trade = REST.read_trade(msgspec.json.encode({**EXECUTION, "feeCurrency": ""}))
    assert trade.fees == ()
    assert "its fee 0.071409 has no currency" in caplog.text


@pytest.mark.parametrize(
    "changes",
    [{"execType": "Funding"}, {"execQty": "0"}, {"execPrice": "-1"}, {"execTime": "soon"}, {"isMaker": "y"}],
)
def test_an_execution_that_cannot_be_told_for_sure(changes: dict[str, str]) -> None:
    with pytest.raises(UnreadableAnswer):
        REST.read_trade(msgspec.json.encode({**EXECUTION, **changes}))


# --- the account and what is listed ------------------------------------------------------------------------


def test_balances_are_what_is_owned_and_not_what_is_borrowed() -> None:
    coins = [COIN, {**COIN, "coin": "USDT", "walletBalance": "100", "locked": "", "spotBorrow": "120"}]
    balances = REST.read_balances(said({"list": [{"accountType": "UNIFIED", "coin": coins}]}), AT)
    assert balances.by_asset == {
        "BTC": Balance(asset="BTC", free=Decimal(2), locked=Decimal("0.5")),
        "USDT": Balance(asset="USDT", free=Decimal(-20), locked=Decimal(0)),
    }
    assert balances.at == AT
    with pytest.raises(UnreadableAnswer, match="balance of BTC"):
        REST.read_balances(said({"list": [{"coin": [{**COIN, "walletBalance": "NaN"}]}]}), AT)


def test_the_listing_as_printed(caplog: pytest.LogCaptureFixture) -> None:
    odd = {**INSTRUMENT, "symbol": "ODD", "priceFilter": {"tickSize": "-1"}}
    assert REST.read_listing(listed(INSTRUMENT, odd)) == (
        Instrument(
            symbol="BTCUSDT",
            base="BTC",
            quote="USDT",
            tick_size=Decimal("0.1"),
            step_size=Decimal("0.000001"),
            min_notional=Decimal(5),
            max_qty=Decimal(60000),
            market_max_qty=Decimal("41.5"),
            status="TRADING",
        ),
    )
    assert "ODD" in caplog.text
    (delivering,) = REST.read_listing(listed({**INSTRUMENT, "status": "Delivering"}))
    assert delivering.status == "HALT"


def test_the_clock() -> None:
    body = said({"timeSecond": "1688639403", "timeNano": "1688639403423213947"})
    assert REST.read_clock(body) == 1_688_639_403_423_213_947
    with pytest.raises(UnreadableAnswer, match="is no time"):
        REST.read_clock(said({"timeNano": "soon"}))


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "category"),
    [
        (10002, RejectCategory.TIME),
        (10005, RejectCategory.PERMISSION),
        (10006, RejectCategory.RATE),
        (10016, RejectCategory.UNKNOWN_OUTCOME),
        (170213, RejectCategory.UNKNOWN_ORDER),
        (10001, RejectCategory.OTHER),
    ],
)
def test_refusals_come_with_a_good_status(code: int, category: RejectCategory) -> None:
    reason = REST.read_refusal(said({}, code, "what is wrong"))
    assert (reason.code, reason.category, reason.text) == (code, category, "what is wrong")
    assert REST.clock_is_off(reason) == (code == 10002)


def test_an_answer_is_no_refusal() -> None:
    assert REST.read_refusal(listed(ORDER)) is None
    assert REST.read_refusal(b"<html>") is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_rubbish_is_unreadable_and_nothing_worse(body: bytes) -> None:
    readers = (
        lambda b: REST.read_order(b, AT),
        REST.read_trade,
        REST.split,
        REST.read_clock,
        REST.read_listing,
        lambda b: REST.read_balances(b, AT),
        lambda b: REST.following(REST.open_orders(), b),
    )
    for reader in readers:
        with contextlib.suppress(UnreadableAnswer):
            reader(body)
    assert REST.read_refusal(body) is None
