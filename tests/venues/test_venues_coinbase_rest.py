"""Coinbase Exchange's REST interface: what is asked, how it is signed, what the venue's printed answers say."""

import base64
import hashlib
import hmac
from decimal import Decimal

import msgspec
import pytest

from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import Fee, Reason
from blotter.venues.base import Environment, Secrets
from blotter.venues.coinbase import CoinbaseExchange
from blotter.venues.coinbase.rest import CoinbaseRest
from blotter.venues.rest import RestDialect, UnreadableAnswer, dialect

AT = 1_775_572_325_123_456_789
REST = CoinbaseRest()
ORDER_ID = "a9625b04-fc66-4999-a876-543c3684d702"
ORDER = {
    "id": ORDER_ID,
    "price": "10.00000000",
    "size": "1.00000000",
    "product_id": "BTC-USD",
    "profile_id": "8058d771-2d88-4f0f-ab6e-299c153d4308",
    "side": "buy",
    "type": "limit",
    "time_in_force": "GTC",
    "post_only": True,
    "max_floor": "4",
    "created_at": "2020-03-11T20:48:46.622Z",
    "fill_fees": "0.0000000000000000",
    "filled_size": "0.00000000",
    "executed_value": "0.0000000000000000",
    "status": "open",
    "settled": False,
}
FILL = {
    "created_at": "2019-11-21T01:38:23.878Z",
    "trade_id": 78098253,
    "product_id": "BTC-USD",
    "order_id": "41473628-db2c-464e-b9f4-82df7e4fb4f4",
    "user_id": "5cf6e115aaf44503db300f1e",
    "profile_id": "8058d771-2d88-4f0f-ab6e-299c153d4308",
    "liquidity": "T",
    "price": "8087.38000000",
    "size": "0.00601800",
    "fee": "0.2433492642000000",
    "side": "sell",
    "settled": True,
    "usd_volume": "48.6698528400000000",
    "funding_currency": "USDC",
}
PRODUCT = {
    "id": "BTC-USD",
    "base_currency": "BTC",
    "quote_currency": "USD",
    "quote_increment": "0.01000000",
    "base_increment": "0.00000001",
    "display_name": "BTC/USD",
    "min_market_funds": "10",
    "margin_enabled": False,
    "post_only": False,
    "limit_only": False,
    "cancel_only": False,
    "status": "online",
    "status_message": "",
    "auction_mode": True,
}


def body(value: object) -> bytes:
    return msgspec.json.encode(value)


def order(**changes: object) -> bytes:
    return body({key: value for key, value in {**ORDER, **changes}.items() if value is not None})


def test_is_the_venues_dialect() -> None:
    made: RestDialect | None = dialect("coinbase")
    assert isinstance(made, CoinbaseRest)


def test_bases() -> None:
    assert REST.base(Environment.LIVE) == "https://api.exchange.coinbase.com"
    assert REST.base(Environment.TESTNET) == "https://api-public.sandbox.exchange.coinbase.com"
    with pytest.raises(KeyError):
        REST.base(Environment.EMBEDDED)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (REST.clock(), "/time?"),
        (REST.open_orders(), "/orders?limit=1000"),
        (REST.order("BTC-USD", order_id=ORDER_ID, cl_ord_id="x"), f"/orders/{ORDER_ID}?"),
        (REST.order("BTC-USD", cl_ord_id=ORDER_ID), f"/orders/client:{ORDER_ID}?"),
        (REST.trades("BTC-USD", order_id=ORDER_ID), f"/fills?order_id={ORDER_ID}&limit=1000"),
        (
            REST.trades("BTC-USD", since=AT),
            "/fills?product_id=BTC-USD&start_date=2026-04-07T14:32:05+00:00&limit=1000",
        ),
        (REST.account(), "/accounts?"),
        (REST.listing(), "/products?"),
        (REST.cancel_symbol("BTC-USD"), "DELETE /orders?product_id=BTC-USD"),
    ],
)
def test_questions(question: object, text: str) -> None:
    assert str(question) == text


def test_signature_is_of_timestamp_method_and_target_with_the_secret_decoded() -> None:
    credentials = CoinbaseExchange().credentials(Secrets(api_key="KEY", secret="U0VDUkVU", passphrase="PASS"))
    signed = REST.sign(REST.trades("BTC-USD", since=AT), credentials, AT)
    headers = dict(signed.headers)
    assert signed.target == (
        "/fills?product_id=BTC-USD&start_date=2026-04-07T14%3A32%3A05%2B00%3A00&limit=1000"
    )
    text = "1775572325.123" + "GET" + signed.target
    expected = base64.b64encode(hmac.new(b"SECRET", text.encode(), hashlib.sha256).digest()).decode()
    assert headers == {
        "CB-ACCESS-KEY": "KEY",
        "CB-ACCESS-SIGN": expected,
        "CB-ACCESS-TIMESTAMP": "1775572325.123",
        "CB-ACCESS-PASSPHRASE": "PASS",
    }
    assert "KEY" not in repr(signed)
    assert REST.sign(REST.listing(), credentials, AT).headers == ()


def test_an_open_order_as_printed() -> None:
    report = REST.read_order(order(), AT)
    assert (report.symbol, report.side, report.ord_type) == ("BTC-USD", Side.BUY, OrdType.LIMIT)
    assert (report.exec_type, report.ord_status, report.exec_id) == (ExecType.NEW, OrdStatus.NEW, None)
    assert (report.order_qty, report.price, report.post_only) == (Decimal(1), Decimal(10), True)
    assert (report.time_in_force, report.max_floor, report.order_id) == (None, Decimal(4), ORDER_ID)
    assert report.transact_time is None


@pytest.mark.parametrize("status", ["open", "pending", "active", "received"])
def test_what_lives(status: str) -> None:
    report = REST.read_order(order(status=status, filled_size="0.4", executed_value="4"), AT)
    assert (report.ord_status, report.cum_qty, report.cum_quote_qty) == (
        OrdStatus.PARTIALLY_FILLED,
        Decimal("0.4"),
        Decimal(4),
    )


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"done_reason": "filled", "filled_size": "1"}, OrdStatus.FILLED, None),
        ({"done_reason": "canceled", "filled_size": "0.5"}, OrdStatus.CANCELED, "canceled"),
        ({"done_reason": "canceled", "filled_size": "1"}, OrdStatus.FILLED, None),
        ({"done_reason": "rejected", "reject_reason": "post only"}, OrdStatus.REJECTED, "post only"),
        ({"done_reason": "some new word"}, OrdStatus.CANCELED, "some new word"),
        ({"done_reason": None}, OrdStatus.CANCELED, "done"),
    ],
)
def test_what_is_done_rests_no_longer(
    changes: dict[str, str | None], status: OrdStatus, said: str | None
) -> None:
    report = REST.read_order(order(status="done", done_at="2020-03-11T20:50:00.5Z", **changes), AT)
    assert report.ord_status is status
    assert (report.reason.text if report.reason else None) == said
    assert report.transact_time == 1_583_959_800_500_000_000


@pytest.mark.parametrize(("key", "value"), [("status", "odd"), ("side", "odd"), ("type", "odd")])
def test_what_decides_and_is_unknown_is_not_guessed(key: str, value: str) -> None:
    with pytest.raises(UnreadableAnswer, match=f"{key} 'odd' is unknown here"):
        REST.read_order(order(**{key: value}), AT)


@pytest.mark.parametrize(
    ("stop", "direction"), [("loss", TriggerPriceDirection.DOWN), ("entry", TriggerPriceDirection.UP)]
)
def test_stops(stop: str, direction: TriggerPriceDirection) -> None:
    report = REST.read_order(order(stop=stop, stop_price="9", post_only=False), AT)
    assert (report.ord_type, report.trigger_price, report.trigger_direction) == (
        OrdType.STOP_LIMIT,
        Decimal(9),
        direction,
    )


def test_a_market_order_by_amount_and_a_good_till_time_order() -> None:
    report = REST.read_order(
        order(type="market", price=None, size=None, funds="99", specified_funds="100", post_only=False), AT
    )
    assert (report.ord_type, report.order_qty, report.cash_order_qty) == (OrdType.MARKET, None, Decimal(100))
    timed = order(post_only=False, time_in_force="GTT", expire_time="2020-03-12T00:00:00Z")
    report = REST.read_order(timed, AT)
    assert (report.time_in_force, report.expire_time) == (
        TimeInForce.GOOD_TILL_DATE,
        1_583_971_200_000_000_000,
    )


def test_a_fill_as_printed() -> None:
    trade = REST.read_trade(body(FILL))
    assert (trade.trade_id, trade.order_id, trade.aggressor) == ("78098253", FILL["order_id"], True)
    assert (trade.qty, trade.px, trade.quote_qty) == (
        Decimal("0.006018"),
        Decimal("8087.38"),
        Decimal("48.66985284"),
    )
    assert trade.fees == (Fee(Decimal("0.2433492642"), "USD"),)
    assert trade.transact_time == 1_574_300_303_878_000_000


def test_fills_come_newest_first_and_are_told_oldest_first() -> None:
    pages = [{**FILL, "trade_id": number} for number in (3, 2, 1)]
    told = [REST.read_trade(raw).trade_id for raw in REST.split(body(pages))]
    assert told == ["1", "2", "3"]


def test_a_full_page_of_fills_is_followed_by_the_older_ones() -> None:
    asked = REST.trades("BTC-USD", order_id=ORDER_ID)
    full = body([{**FILL, "trade_id": number} for number in range(2000, 1000, -1)])
    after = REST.following(asked, full)
    assert after is not None
    assert str(after) == f"/fills?order_id={ORDER_ID}&limit=1000&after=1001"
    again = REST.following(after, body([{**FILL, "trade_id": number} for number in range(1000, 0, -1)]))
    assert str(again) == f"/fills?order_id={ORDER_ID}&limit=1000&after=1"
    assert REST.following(after, body([FILL])) is None


def test_a_full_page_of_orders_may_hide_more_and_is_not_taken_for_all() -> None:
    with pytest.raises(UnreadableAnswer, match="1000 elements fill a page, and there may be more"):
        REST.following(REST.open_orders(), body([1] * 1000))
    assert REST.following(REST.open_orders(), body([ORDER])) is None
    assert REST.following(REST.order("BTC-USD", order_id=ORDER_ID), order()) is None


def test_a_cancel_is_answered_by_an_id_which_says_nothing_of_fills() -> None:
    with pytest.raises(UnreadableAnswer, match="named as cancelled, and not what it had filled"):
        REST.read_cancels(body(ORDER_ID), AT)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("NotFound", RejectCategory.UNKNOWN_ORDER),
        ("order not found", RejectCategory.UNKNOWN_ORDER),
        ("request timestamp expired", RejectCategory.TIME),
        ("Invalid API Key", RejectCategory.PERMISSION),
        ("Public rate limit exceeded", RejectCategory.RATE),
        ("odd", RejectCategory.OTHER),
    ],
)
def test_refusals(text: str, category: RejectCategory) -> None:
    reason = REST.read_refusal(body({"message": text}))
    assert reason == Reason(category=category, text=text)
    assert REST.clock_is_off(reason) == (category is RejectCategory.TIME)


@pytest.mark.parametrize("junk", [b"", b"<html>", b"[]", b'{"msg":"x"}'])
def test_what_is_no_refusal(junk: bytes) -> None:
    assert REST.read_refusal(junk) is None


def test_the_clock() -> None:
    assert REST.read_clock(body({"iso": "2015-01-07T23:47:25.201Z", "epoch": 1420674445.201})) == (
        1_420_674_445_201_000_000
    )


def test_balances() -> None:
    said = [
        {"id": "1", "currency": "BTC", "balance": "1.5", "available": "1", "hold": "0.5"},
        {"id": "2", "currency": "USD", "balance": "0", "available": "0", "hold": "0"},
    ]
    balances = REST.read_balances(body(said), AT)
    assert {name: (one.free, one.locked) for name, one in balances.by_asset.items()} == {
        "BTC": (Decimal(1), Decimal("0.5"))
    }


def test_a_product_as_printed() -> None:
    [instrument] = REST.read_listing(body([PRODUCT]))
    assert (instrument.symbol, instrument.base, instrument.quote) == ("BTC-USD", "BTC", "USD")
    assert (instrument.tick_size, instrument.step_size, instrument.min_notional) == (
        Decimal("0.01"),
        Decimal("0.00000001"),
        Decimal(10),
    )
    assert (instrument.status, instrument.ord_types) == ("TRADING", None)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "offline"}, "HALT"),
        ({"trading_disabled": True}, "HALT"),
        ({"cancel_only": True}, "CANCEL_ONLY"),
    ],
)
def test_products_that_do_not_trade(changes: dict[str, object], status: str) -> None:
    [instrument] = REST.read_listing(body([{**PRODUCT, **changes}]))
    assert instrument.status == status


def test_a_product_that_cannot_be_read_is_left_out() -> None:
    assert REST.read_listing(body([{**PRODUCT, "quote_increment": "-1"}, {"id": "X"}])) == ()


def test_what_the_venue_does_not_have() -> None:
    assert (REST.lists, REST.routed) == (None, None)


def test_an_order_the_venue_no_longer_knows_was_cancelled_without_a_fill() -> None:
    assert REST.forgets_unfilled
