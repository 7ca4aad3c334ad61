"""Binance's REST questions, signatures and answers, against the fact sheet's vectors and the documented shapes."""

import contextlib
from decimal import Decimal

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory, Side, TimeInForce
from blotter.trading.event import Fee
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState
from blotter.venues.base import Credentials, Environment
from blotter.venues.binance.rest import BinanceRest, encoded
from blotter.venues.rest import Question, UnreadableAnswer, dialect
from blotter.venues.signing import Ed25519Signer, HmacSigner

REST = BinanceRest()
SEED = bytes.fromhex("8244616b4606b8400a66fd0efcbea9af1611fd2540e975b3808b20007d9bcf6e")
ED25519 = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(SEED))
AT = 1_668_481_559_918_000_000

ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 28,
    "orderListId": -1,
    "clientOrderId": "abcd-000001",
    "price": "40000.00000000",
    "origQty": "0.02000000",
    "executedQty": "0.00500000",
    "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "200.00000000",
    "status": "PARTIALLY_FILLED",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "stopPrice": "0.00000000",
    "icebergQty": "0.00000000",
    "time": 1668481559000,
    "updateTime": 1668481559918,
    "isWorking": True,
    "workingTime": 1668481559000,
    "selfTradePreventionMode": "NONE",
}
TRADE = {
    "symbol": "BTCUSDT",
    "id": 0,
    "orderId": 28,
    "orderListId": -1,
    "price": "40000.00000000",
    "qty": "0.00500000",
    "quoteQty": "200.00000000",
    "commission": "0.00000500",
    "commissionAsset": "BTC",
    "time": 1668481559918,
    "isBuyer": True,
    "isMaker": False,
    "isBestMatch": True,
}


def read(**changes):
    return REST.read_order(msgspec.json.encode({**ORDER, **changes}), AT)


# --- signatures --------------------------------------------------------------------------------------------


def test_the_official_hmac_vector():
    signer = HmacSigner(b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
    order = "symbol=LTCBTC side=BUY type=LIMIT timeInForce=GTC quantity=1 price=0.1"
    params = f"{order} recvWindow=5000 timestamp=1499827319559"
    payload = encoded(tuple((k, v) for k, _, v in (pair.partition("=") for pair in params.split())))
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert signer.sign(payload.encode()) == signature


def test_the_derived_ed25519_vector():
    question = Question(
        "/api/v3/order",
        (
            ("symbol", "BTCUSDT"),
            ("side", "SELL"),
            ("type", "LIMIT"),
            ("timeInForce", "GTC"),
            ("quantity", "1"),
            ("price", "0.2"),
        ),
    )
    request = REST.sign(question, Credentials("the-key", ED25519), AT)
    path, _, signature = request.target.rpartition("&signature=")
    assert path == (
        "/api/v3/order?symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2"
        "&timestamp=1668481559918&recvWindow=5000"
    )
    assert signature == (
        "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw%3D%3D"
    )
    assert request.headers == (("X-MBX-APIKEY", "the-key"),)


def test_what_is_signed_is_what_is_sent_percent_encoded_first():
    request = REST.sign(REST.order("币安人生USDT", cl_ord_id="a b+c/d"), Credentials("k", ED25519), AT)
    query, _, signature = request.target.partition("?")[2].rpartition("&signature=")
    assert query.startswith(
        "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&origClientOrderId=a%20b%2Bc%2Fd&"
    )
    assert signature.replace("%3D", "=").replace("%2F", "/").replace("%2B", "+") == ED25519.sign(
        query.encode()
    )


def test_neither_key_nor_signature_shows_in_a_repr():
    request = REST.sign(REST.open_orders(), Credentials("the-key", ED25519), AT)
    assert "the-key" not in repr(request)
    assert "signature" not in repr(request)


# --- questions ---------------------------------------------------------------------------------------------


def test_weights_are_the_fact_sheets():
    assert REST.open_orders().weight == 80
    assert REST.order("BTCUSDT", order_id="0").weight == 4
    assert REST.trades("BTCUSDT", order_id="0").weight == 5
    assert REST.trades("BTCUSDT", since=AT).weight == 20
    assert not REST.clock().signed


def test_an_order_is_asked_for_by_one_id_only():
    """Both given would have to agree (-2039)."""
    assert str(REST.order("BTCUSDT", order_id="0", cl_ord_id="x")) == "/api/v3/order?symbol=BTCUSDT&orderId=0"
    assert str(REST.order("BTCUSDT", cl_ord_id="x")) == "/api/v3/order?symbol=BTCUSDT&origClientOrderId=x"
    with pytest.raises(ValueError, match="must be given"):
        REST.order("BTCUSDT")


def test_trades_of_an_order_start_at_its_first_and_go_on_by_id():
    assert dict(REST.trades("BTCUSDT", order_id="28").params)["fromId"] == "0"
    since = dict(REST.trades("BTCUSDT", since=AT).params)
    assert since["startTime"] == "1668481559918"
    assert REST.following(REST.trades("BTCUSDT", since=AT), b"[]") is None
    full = msgspec.json.encode([{**TRADE, "id": number} for number in range(REST.page)])
    for first in (REST.trades("BTCUSDT", since=AT), REST.trades("BTCUSDT", order_id="28")):
        following = dict(REST.following(first, full).params)
        assert following["fromId"] == str(REST.page - 1)
        assert "startTime" not in following
        assert following.get("orderId") == dict(first.params).get("orderId")


def test_addresses():
    assert REST.base(Environment.LIVE) == "https://api.binance.com"
    assert REST.base(Environment.TESTNET) == "https://testnet.binance.vision"
    assert REST.base(Environment.DEMO) == "https://demo-api.binance.com"
    with pytest.raises(KeyError):
        REST.base(Environment.EMBEDDED)
    assert isinstance(dialect("binance"), BinanceRest)
    assert dialect("elsewhere") is None


# --- answers -----------------------------------------------------------------------------------------------


def test_an_order_is_a_snapshot():
    report = read()
    assert report.exec_id is None
    assert report.exec_type is not ExecType.TRADE
    assert (report.symbol, report.order_id, report.cl_ord_id) == ("BTCUSDT", "28", "abcd-000001")
    assert (report.side, report.ord_type, report.time_in_force) == (
        Side.BUY,
        OrdType.LIMIT,
        TimeInForce.GOOD_TILL_CANCEL,
    )
    assert (report.order_qty, report.cum_qty, report.cum_quote_qty) == (
        Decimal("0.02"),
        Decimal("0.005"),
        Decimal(200),
    )
    assert report.transact_time == AT
    assert report.at == AT
    assert read(updateTime=1668481559918123).transact_time == AT + 123_000, "microseconds are understood"


@pytest.mark.parametrize(
    ("status", "ord_status", "state"),
    [
        ("NEW", OrdStatus.NEW, OrderState.PARTIALLY_FILLED),
        ("PENDING_NEW", OrdStatus.PENDING_NEW, OrderState.PARTIALLY_FILLED),
        ("PARTIALLY_FILLED", OrdStatus.PARTIALLY_FILLED, OrderState.PARTIALLY_FILLED),
        ("FILLED", OrdStatus.FILLED, OrderState.FILLED),
        ("CANCELED", OrdStatus.CANCELED, OrderState.CANCELED),
        ("PENDING_CANCEL", OrdStatus.PENDING_CANCEL, OrderState.PARTIALLY_FILLED),
        ("EXPIRED", OrdStatus.EXPIRED, OrderState.EXPIRED),
        ("EXPIRED_IN_MATCH", OrdStatus.EXPIRED, OrderState.EXPIRED),
    ],
)
def test_every_status(status, ord_status, state):
    report = read(status=status)
    assert report.ord_status is ord_status
    (order,) = (Ledger().apply(report)).orders
    assert order.state is state


def test_kinds_of_orders():
    maker = read(type="LIMIT_MAKER")
    assert (maker.ord_type, maker.post_only, maker.time_in_force) == (OrdType.LIMIT, True, None)
    market = read(type="MARKET", price="0.00000000", origQty="0.00000000", origQuoteOrderQty="500.00000000")
    assert (market.ord_type, market.price, market.order_qty) == (OrdType.MARKET, None, None)
    assert (market.cash_order_qty, market.time_in_force) == (Decimal(500), None)
    assert read(type="STOP_LOSS_LIMIT").ord_type is OrdType.STOP_LIMIT
    assert read(type="TAKE_PROFIT").ord_type is OrdType.STOP
    assert read(pegPriceType="PRIMARY_PEG").ord_type is OrdType.PEGGED
    assert read(icebergQty="0.01000000").max_floor == Decimal("0.01")
    assert read(preventedQuantity="0.01000000").prevented_qty == Decimal("0.01")
    assert read(cummulativeQuoteQty="-1.00000000").cum_quote_qty is None, "the venue no longer has it"


def test_fields_that_are_news_are_no_reason_to_refuse():
    assert read(somethingNew={"deep": [1]}).order_id == "28"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "FLOATING"},
        {"type": "WISH"},
        {"side": "BOTH"},
        {"executedQty": "NaN"},
        {"price": "Infinity"},
        {"origQty": "-1"},
        {"orderId": "x"},
        {"executedQty": None},
    ],
)
def test_what_decides_and_is_unknown_is_not_guessed_at(changes):
    with pytest.raises(UnreadableAnswer):
        read(**changes)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_rubbish_is_unreadable_and_nothing_worse(body):
    for reader in (lambda b: REST.read_order(b, AT), REST.read_trade, REST.split, REST.read_clock):
        with contextlib.suppress(UnreadableAnswer):
            reader(body)
    refusal = REST.read_refusal(body)
    assert refusal is None or refusal.text is not None


def test_a_trade():
    trade = REST.read_trade(msgspec.json.encode(TRADE))
    assert (trade.trade_id, trade.order_id) == ("0", "28"), "0 is an id like any other"
    assert (trade.qty, trade.px, trade.quote_qty) == (Decimal("0.005"), Decimal(40000), Decimal(200))
    assert trade.fees == (Fee(Decimal("0.000005"), "BTC"),)
    assert trade.aggressor
    assert REST.read_trade(msgspec.json.encode({**TRADE, "commission": "0.00000000"})).fees == ()


def test_refusals_have_code_text_and_class():
    refusal = REST.read_refusal(b'{"code":-2013,"msg":"Order does not exist."}')
    assert (refusal.code, refusal.text) == (-2013, "Order does not exist.")
    assert refusal.category is RejectCategory.UNKNOWN_ORDER
    timing = REST.read_refusal(
        b'{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}'
    )
    assert REST.clock_is_off(timing)
    assert not REST.clock_is_off(refusal)
    assert REST.read_refusal(b"<html>502</html>") is None


def test_the_weight_header():
    assert REST.used_weight({"x-mbx-used-weight-1m": "81"}) == 81
    assert REST.used_weight({}) is None
    assert REST.used_weight({"x-mbx-used-weight-1m": "many"}) is None
