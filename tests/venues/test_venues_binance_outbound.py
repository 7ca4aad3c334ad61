"""Requests as messages: exact fields, valid by the venue's own schema, clear refusals."""

from decimal import Decimal

import pytest
from binance_schema import Schema, market_data_schema, order_entry_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.codec import decode, encode
from blotter.trading.enums import ExecInst, OrdType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelOrder,
    ListInstruments,
    MassCancel,
    NewOrder,
    QueryLimits,
    ReplaceOrder,
    SubscribeQuotes,
    VenueRequest,
)
from blotter.venues.binance import BinanceSpot

D = Decimal
GTC, IOC, FOK = TimeInForce.GOOD_TILL_CANCEL, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def order(**terms) -> OrderRequest:
    """A legal limit order, with other terms on top."""
    given = {
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "order_qty": D("0.25"),
        "price": D("60123.10"),
        "time_in_force": GTC,
    }
    return OrderRequest(**(given | terms))


def market(**terms) -> OrderRequest:
    return order(**({"ord_type": OrdType.MARKET, "price": None, "time_in_force": None} | terms))


def sent(request: VenueRequest) -> str:
    draft = BinanceSpot().encode(request)
    return f"35={draft.msg_type}|" + "|".join(f"{tag}={value}" for tag, value in draft.fields)


def framed(request: VenueRequest) -> bytes:
    draft = BinanceSpot().encode(request)
    header = [(49, "BLT00001"), (56, "SPOT"), (34, "2"), (52, "20260301-10:00:00.000000")]
    return encode("FIX.4.4", draft.msg_type, header, draft.fields)


def schema_for(request: VenueRequest) -> Schema:
    if isinstance(request, ListInstruments | SubscribeQuotes):
        return market_data_schema()
    return order_entry_schema()


CASES: list[tuple[VenueRequest, str]] = [
    (
        NewOrder("A-000012", order()),
        "35=D|25000=5000|11=A-000012|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1",
    ),
    (
        NewOrder("A-1", order(side=Side.SELL, time_in_force=IOC)),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|44=60123.1|54=2|55=BTCUSDT|59=3",
    ),
    (
        NewOrder("A-1", order(time_in_force=FOK)),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=4",
    ),
    (
        NewOrder("A-1", order(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|18=6|44=60123.1|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", order(max_floor=D("0.05"))),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1|111=0.05",
    ),
    (
        NewOrder("A-1", order(self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER)),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1|25001=3",
    ),
    (NewOrder("A-1", market()), "35=D|25000=5000|11=A-1|38=0.25|40=1|54=1|55=BTCUSDT"),
    (
        NewOrder("A-1", market(order_qty=None, cash_order_qty=D(100))),
        "35=D|25000=5000|11=A-1|152=100|40=1|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", order(symbol="这是测试币456", price=D("1E-8"), order_qty=D("1E+3"))),
        "35=D|25000=5000|11=A-1|38=1000|40=2|44=0.00000001|54=1|55=这是测试币456|59=1",
    ),
    (CancelOrder("C-1", "BTCUSDT", "A-1"), "35=F|11=C-1|41=A-1|55=BTCUSDT"),
    (CancelOrder("C-1", "BTCUSDT", "A-1", "0"), "35=F|11=C-1|37=0|55=BTCUSDT"),
    (CancelOrder("C-1", "BTCUSDT", "web:made.by/rest", "77"), "35=F|11=C-1|37=77|55=BTCUSDT"),
    (
        ReplaceOrder("A-2", "C-2", "A-1", order(price=D(60000))),
        "35=XCN|25000=5000|25033=1|41=A-1|25034=C-2|11=A-2|38=0.25|40=2|44=60000|54=1|55=BTCUSDT|59=1",
    ),
    (
        ReplaceOrder("A-2", "C-2", "A-1", order(), "42"),
        "35=XCN|25000=5000|25033=1|37=42|25034=C-2|11=A-2|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1",
    ),
    (AmendOrder("A-2", "BTCUSDT", "A-1", D("0.10")), "35=XAK|11=A-2|41=A-1|55=BTCUSDT|38=0.1"),
    (AmendOrder("A-2", "BTCUSDT", "A-1", D("0.10"), "9"), "35=XAK|11=A-2|37=9|55=BTCUSDT|38=0.1"),
    (MassCancel("C-9", "BTCUSDT"), "35=q|55=BTCUSDT|11=C-9|530=1"),
    (QueryLimits("L-1"), "35=XLQ|6136=L-1"),
    (ListInstruments("I-1"), "35=x|320=I-1|559=4"),
    (ListInstruments("I-1", "BTCUSDT"), "35=x|320=I-1|559=0|55=BTCUSDT"),
    (
        SubscribeQuotes("Q-1", ("BTCUSDT", "ETHUSDT")),
        "35=V|262=Q-1|263=1|264=1|146=2|55=BTCUSDT|55=ETHUSDT|267=2|269=0|269=1",
    ),
]


@pytest.mark.parametrize(("request_", "expected"), CASES)
def test_fields(request_: VenueRequest, expected: str) -> None:
    assert sent(request_) == expected


@pytest.mark.parametrize("request_", [request for request, _ in CASES])
def test_valid_by_the_schema(request_: VenueRequest) -> None:
    assert schema_for(request_).problems(framed(request_)) == []


def test_the_validator_refuses_what_is_wrong() -> None:
    schema = order_entry_schema()
    header = [(49, "A"), (56, "SPOT"), (34, "2"), (52, "20260301-10:00:00.000000")]
    body = [(11, "A"), (40, "2"), (54, "1"), (55, "X")]

    def problems(*fields: tuple[int, str]) -> list[str]:
        return schema.problems(encode("FIX.4.4", "D", header, fields))

    assert problems(*body) == []
    assert problems(*body[1:]) == ["required tag 11 is missing"]
    assert problems(*body, (60, "20260301-10:00:00")) == ["tag 60 is not allowed here"]
    assert problems(*body, (59, "0")) == ["59='0' is not among the schema's values"]
    assert problems(*body, (38, "1E-5")) == ["38='1E-5' is no QTY"]
    assert problems(*body, (25000, "5000")) == ["tag 25000 is not allowed here"]
    assert problems(*body, (11, "B")) == ["tag 11 appears twice"]


REFUSED: list[tuple[VenueRequest, str]] = [
    (NewOrder("A.1", order()), r"cl_ord_id 'A\.1': must be 1 to 36 letters"),
    (NewOrder("", order()), "cl_ord_id ''"),
    (NewOrder("A" * 37, order()), "cl_ord_id 'A+'"),
    (NewOrder("A\n", order()), "cl_ord_id"),
    (NewOrder("A-1", order(symbol="")), "symbol ''"),
    (NewOrder("A-1", order(symbol="BTC\x01USDT")), "symbol .*printable"),
    (NewOrder("A-1", order(price=None)), "price is missing"),
    (NewOrder("A-1", order(price=D(0))), "price 0: must be a positive number"),
    (NewOrder("A-1", order(price=D("NaN"))), "price NaN"),
    (NewOrder("A-1", order(price=D("1E+99"))), "price 1E.99.*at most 30 digits"),
    (NewOrder("A-1", order(order_qty=D(-1))), "order_qty -1"),
    (NewOrder("A-1", order(order_qty=None)), "order_qty is missing"),
    (NewOrder("A-1", order(time_in_force=None)), "time_in_force is missing"),
    (NewOrder("A-1", order(cash_order_qty=D(10))), "cash_order_qty 10: only a market order"),
    (
        NewOrder("A-1", order(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)),
        "time_in_force GOOD_TILL_CANCEL: a post-only order has none",
    ),
    (NewOrder("A-1", order(max_floor=D("0.1"), time_in_force=IOC)), "max_floor 0.1: an iceberg needs .*IMM"),
    (NewOrder("A-1", order(max_floor=D(1))), "max_floor 1: the visible part must not exceed order_qty 0.25"),
    (NewOrder("A-1", order(max_floor=D(0))), "max_floor 0: must be a positive"),
    (NewOrder("A-1", order(max_floor=D("sNaN"))), "max_floor sNaN: must be a positive"),
    (NewOrder("A-1", market(time_in_force=GTC)), "time_in_force GOOD_TILL_CANCEL: a market order has none"),
    (NewOrder("A-1", market(price=D(1))), "price 1: a market order has none"),
    (NewOrder("A-1", market(max_floor=D(1))), "max_floor 1: a market order has none"),
    (
        NewOrder("A-1", market(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)),
        "exec_inst PARTICIPATE_DONT_INITIATE: a market order has none",
    ),
    (NewOrder("A-1", market(cash_order_qty=D(10))), "order_qty 0.25 and cash_order_qty 10.*not both"),
    (NewOrder("A-1", market(order_qty=None)), "order_qty is missing: a market order"),
    (NewOrder("A-1", order(ord_type=OrdType.STOP_LIMIT)), "ord_type STOP_LIMIT: only LIMIT and MARKET"),
    (CancelOrder("C-1", "BTCUSDT", "web:1.2"), "orig_cl_ord_id 'web:1.2'"),
    (CancelOrder("C-1", "BTCUSDT", "A-1", "4x"), "order_id '4x': must be a number"),
    (CancelOrder("C-1", "BTCUSDT", "A-1", ""), "order_id ''"),
    (ReplaceOrder("A-2", "C 2", "A-1", order()), "cancel_cl_ord_id 'C 2'"),
    (AmendOrder("A-2", "BTCUSDT", "A-1", D(0)), "order_qty 0"),
    (MassCancel("C-1", " "), "symbol ' '"),
    (SubscribeQuotes("Q-1", ()), "symbols: 0 given"),
    (SubscribeQuotes("Q-1", ("A", "B", "A")), "symbols: A is given twice"),
    (SubscribeQuotes("Q-1", tuple(f"S{n}" for n in range(1001))), "symbols: 1001 given, from 1 to 1000"),
    (QueryLimits("a b"), "req_id 'a b'"),
]


@pytest.mark.parametrize(("request_", "rule"), REFUSED)
def test_refused_naming_field_value_and_rule(request_: VenueRequest, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        BinanceSpot().encode(request_)


def test_recv_window_is_a_setting() -> None:
    assert BinanceSpot(recv_window=D("2500.5")).encode(NewOrder("A", order())).fields[0] == (25000, "2500.5")
    assert BinanceSpot(recv_window=None).encode(NewOrder("A", order())).fields[0] == (11, "A")
    for wrong in (D(0), D(60001), D("0.0001"), D("NaN")):
        with pytest.raises(ValueError, match=f"recv_window {wrong}: must be above 0"):
            BinanceSpot(recv_window=wrong)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (NewOrder("A-1", order()), "A-1"),
        (CancelOrder("C-1", "BTCUSDT", "A-1"), "C-1"),
        (ReplaceOrder("A-2", "C-2", "A-1", order()), "A-2"),
        (AmendOrder("A-3", "BTCUSDT", "A-2", D("0.1")), "A-3"),
        (MassCancel("C-9", "BTCUSDT"), "C-9"),
        (QueryLimits("L-1"), None),
        (SubscribeQuotes("Q-1", ("BTCUSDT",)), None),
    ],
)
def test_request_id_finds_the_id_of_our_own_messages(request_: VenueRequest, expected: str | None) -> None:
    assert BinanceSpot().request_id(decode(framed(request_))) == expected


def test_only_a_smaller_quantity_at_the_same_price_is_amended_in_place() -> None:
    venue = BinanceSpot()
    assert venue.amend_keeps_priority(D(2), D(1), True)
    assert not venue.amend_keeps_priority(D(2), D(1), False)
    assert not venue.amend_keeps_priority(D(2), D(2), True)
    assert not venue.amend_keeps_priority(D(2), D(3), True)
    assert not venue.amend_keeps_priority(D(2), D(0), True)


numbers = st.one_of(
    st.none(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(min_value="0.00000001", max_value=10**9, places=8),
)
requests = st.builds(
    OrderRequest,
    symbol=st.one_of(st.sampled_from(["BTCUSDT", "这是测试币456"]), st.text(max_size=12)),
    side=st.sampled_from(Side),
    ord_type=st.sampled_from(OrdType),
    order_qty=numbers,
    cash_order_qty=numbers,
    price=numbers,
    time_in_force=st.none() | st.sampled_from(TimeInForce),
    exec_inst=st.none() | st.sampled_from(ExecInst),
    max_floor=numbers,
    self_trade_prevention=st.none() | st.sampled_from(SelfTradePreventionMode),
)
sensible = st.builds(
    order,
    side=st.sampled_from(Side),
    ord_type=st.sampled_from([OrdType.LIMIT, OrdType.MARKET]),
    price=st.none() | st.decimals("0.00000001", 10**9, places=8),
    order_qty=st.none() | st.decimals("0.00000001", 10**9, places=8),
    time_in_force=st.none() | st.sampled_from(TimeInForce),
    exec_inst=st.none() | st.sampled_from(ExecInst),
)


FIELDS = {"cl_ord_id", *OrderRequest.__struct_fields__}


@settings(max_examples=400, deadline=None)
@given(st.one_of(sensible, requests), st.one_of(st.just("A-1"), st.text(max_size=40)), st.booleans())
def test_any_order_is_valid_by_the_schema_or_refused(
    terms: OrderRequest, cl_ord_id: str, replace: bool
) -> None:
    schema = order_entry_schema()
    request = ReplaceOrder(cl_ord_id, "C-1", "A-0", terms) if replace else NewOrder(cl_ord_id, terms)
    refusal = ""
    try:
        raw = framed(request)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        assert refusal.split()[0] in FIELDS
        return
    assert schema.problems(raw) == []
    message = decode(raw)
    for tag, value in ((38, terms.order_qty), (44, terms.price), (152, terms.cash_order_qty)):
        text = message.text(tag)
        assert (text is None) == (value is None)
        assert text is None or Decimal(text) == value
