"""Pre-trade rules: each broken one is named at its field, in words, with a legal value where there is one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, GTC, QUOTE, D, market_request, request

from blotter.trading.decimals import amount, grouped, plain, sane
from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce
from blotter.trading.instrument import Instrument
from blotter.trading.rules import check

POST = ExecInst.PARTICIPATE_DONT_INITIATE
IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def said(req, instrument=BTC, quote=QUOTE):
    return [(v.field, v.text) for v in check(req, instrument, quote)]


@pytest.mark.parametrize(
    "req",
    [
        request(),
        request(time_in_force=IOC),
        request(time_in_force=None, exec_inst=POST),
        request(max_floor=D("0.5")),
        request(price="100.00000000", qty="10.00000000"),
        market_request(order_qty=D(1)),
        market_request(cash_order_qty=D(5)),
    ],
)
def test_legal(req):
    assert said(req) == []


@pytest.mark.parametrize(
    ("req", "field", "text"),
    [
        (request("0"), "order_qty", "quantity 0 must be above 0"),
        (request("-1"), "order_qty", "quantity -1 must be above 0"),
        (request(price="0"), "price", "price 0 must be above 0"),
        (request("NaN"), "order_qty", "quantity NaN is not a usable number"),
        (request(price="1e400"), "price", "price 1E+400 is not a usable number"),
        (request(order_qty=None), "order_qty", "a limit order needs a quantity"),
        (msgspec.structs.replace(request(), price=None), "price", "a limit order needs a price"),
        (
            request(time_in_force=None),
            "time_in_force",
            "a limit order needs a time in force: GTC, IOC or FOK",
        ),
        (
            request(exec_inst=POST),
            "time_in_force",
            "a post-only order carries no time in force: it rests until done",
        ),
        (
            request(max_floor=D(1), time_in_force=IOC),
            "max_floor",
            "an iceberg needs time in force GTC, not IOC",
        ),
        (
            request(max_floor=D(1), time_in_force=None, exec_inst=POST),
            "max_floor",
            "an iceberg needs time in force GTC, not post-only",
        ),
        (request(max_floor=D(10)), "max_floor", "visible quantity 10 must be below the quantity 10"),
        (
            request(order_qty=None, cash_order_qty=D(10)),
            "cash_order_qty",
            "a quote amount works with market orders only",
        ),
        (market_request(), "order_qty", "a market order needs a quantity or a quote amount"),
        (
            market_request(order_qty=D(1), cash_order_qty=D(10)),
            "cash_order_qty",
            "a market order takes a quantity or a quote amount, not both",
        ),
        (market_request(order_qty=D(1), price=D(1)), "price", "a market order has no price"),
        (
            market_request(order_qty=D(1), time_in_force=GTC),
            "time_in_force",
            "a market order has no time in force",
        ),
        (market_request(order_qty=D(1), exec_inst=POST), "exec_inst", "a market order has no post-only"),
        (
            market_request(order_qty=D(2), max_floor=D(1)),
            "max_floor",
            "a market order has no visible quantity",
        ),
    ],
)
def test_shape(req, field, text):
    assert (field, text) in said(req)


@pytest.mark.parametrize(
    ("req", "field", "text", "nearest"),
    [
        (
            request(price="60123.456"),
            "price",
            "price 60123.456 is not a multiple of the tick 0.01 (nearest 60123.46)",
            "60123.46",
        ),
        (
            request(price="2000000"),
            "price",
            "price 2000000 is above the maximum 1000000 (nearest 1000000)",
            "1000000",
        ),
        (
            request("0.0004", "60000"),
            "order_qty",
            "quantity 0.0004 is not a multiple of the step 0.001 (nearest 0.001)",
            "0.001",
        ),
        (
            request("9000.001"),
            "order_qty",
            "quantity 9000.001 is above the maximum 9000 (nearest 9000)",
            "9000",
        ),
        (
            request("0.004"),
            "order_qty",
            "order value 0.4 USDT is below the minimum 5 USDT (nearest quantity 0.05)",
            "0.05",
        ),
        (
            request(max_floor=D("0.0005")),
            "max_floor",
            "visible quantity 0.0005 is below the minimum 0.001 (nearest 0.001)",
            "0.001",
        ),
        (
            market_request(order_qty=D("100.001")),
            "order_qty",
            "quantity 100.001 is above the maximum 100 (nearest 100)",
            "100",
        ),
        (
            market_request(cash_order_qty=D(4)),
            "cash_order_qty",
            "quote amount 4 USDT is below the minimum 5 USDT (nearest 5)",
            "5",
        ),
    ],
)
def test_filters_offer_a_legal_value(req, field, text, nearest):
    found = {v.text: v for v in check(req, BTC, QUOTE)}
    assert text in found
    assert (found[text].field, found[text].nearest) == (field, D(nearest))
    offered = msgspec.structs.replace(req, **{field: D(nearest)})
    assert [v for v in check(offered, BTC, QUOTE) if v.field == field] == []


def test_worth_of_a_market_order_is_judged_by_the_side_it_hits():
    cheap = msgspec.structs.replace(QUOTE, ask=D(100), bid=D(4000))
    small = {"order_qty": D("0.002")}
    assert said(market_request(**small), quote=cheap) == [
        ("order_qty", "order value 0.2 USDT at 100 is below the minimum 5 USDT (nearest quantity 0.05)")
    ]
    assert said(market_request(Side.SELL, **small), quote=cheap) == []
    assert said(market_request(**small), quote=None) == []
    assert said(market_request(**small), quote=msgspec.structs.replace(cheap, ask=None)) == []


def test_a_symbol_the_venue_does_not_list():
    assert said(request(symbol="NOPE"), None) == [("symbol", "symbol NOPE is not listed by the venue")]
    assert said(request(symbol="NOPE"), BTC) == [("symbol", "symbol NOPE is not listed by the venue")]


def test_no_rule_where_the_venue_sets_none():
    bare = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D(0), max_qty=D(0))
    assert said(request("0.123456789", "0.000001"), bare) == []


numbers = st.one_of(
    st.none(), st.decimals(), st.integers(-3, 10**9).map(lambda n: D(n) / 1000), st.integers(1, 9).map(D)
)


@given(
    st.sampled_from(OrdType),
    numbers,
    numbers,
    numbers,
    numbers,
    st.sampled_from([None, *TimeInForce]),
    st.sampled_from([None, POST]),
)
def test_never_raises_and_what_passes_is_on_the_grid(kind, qty, cash, price, floor, tif, inst):
    req = request(
        ord_type=kind,
        order_qty=qty,
        cash_order_qty=cash,
        price=D(1),
        time_in_force=tif,
        exec_inst=inst,
        max_floor=floor,
    )
    req = msgspec.structs.replace(req, price=price)
    violations = check(req, BTC, QUOTE)
    assert all(v.text and v.field for v in violations)
    if not violations:
        assert kind in (OrdType.MARKET, OrdType.LIMIT)  # the others need a trigger or a peg
        assert (qty is None) != (cash is None)
        assert price is None or price % D("0.01") == 0
        assert qty is None or qty % D("0.001") == 0


@pytest.mark.parametrize(
    ("value", "text"), [("0.01000000", "0.01"), ("1E+3", "1000"), ("1e-8", "0.00000001"), ("100", "100")]
)
def test_plain(value, text):
    assert plain(D(value)) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("60123.3", 2, "60,123.30"), ("1000", 0, "1,000"), ("-1234.5", 0, "-1,234.5"), ("0.25", 3, "0.250")],
)
def test_grouped(value, places, text):
    assert grouped(D(value), places) == text


@pytest.mark.parametrize(
    ("value", "text"), [("15030.825", "15,030.83"), ("0.025", "0.025"), ("0", "0.00"), ("1e-9", "0.00")]
)
def test_amount(value, text):
    assert amount(D(value)) == text


@pytest.mark.parametrize(
    ("value", "ok"), [("1", 1), ("1e29", 1), ("1e30", 0), ("1e-31", 0), ("Inf", 0), ("NaN", 0)]
)
def test_sane(value, ok):
    assert sane(D(value)) == bool(ok)
