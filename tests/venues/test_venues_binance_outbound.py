"""Requests as messages: exact fields, valid by the venue's own schema, clear refusals."""

from decimal import Decimal

import pytest
from binance_schema import Schema, market_data_schema, order_entry_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.codec import decode, encode
from blotter.trading.enums import (
    CancelRestrictions,
    ExecInst,
    OrderRateLimitExceededMode,
    OrdType,
    PegPriceType,
    ReplaceMode,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelList,
    CancelOrder,
    Feature,
    ListInstruments,
    MassCancel,
    NewOrder,
    NewOrderList,
    QueryLimits,
    ReplaceOrder,
    SubscribeQuotes,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.binance import BinanceSpot

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
PRIMARY, MARKET_PEG = PegPriceType.PRIMARY_PEG, PegPriceType.MARKET_PEG
POST_ONLY = ExecInst.PARTICIPATE_DONT_INITIATE
VENUE = BinanceSpot(VenueSettings(three_leg_lists=True))
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


def maker(**terms) -> OrderRequest:
    return order(**({"exec_inst": POST_ONLY, "time_in_force": None} | terms))


def stop(**terms) -> OrderRequest:
    """A stop-loss buy."""
    given = {"ord_type": OrdType.STOP, "price": None, "time_in_force": None}
    return order(**(given | {"trigger_price": D("61000"), "trigger_direction": UP} | terms))


def stop_limit(**terms) -> OrderRequest:
    return stop(**({"ord_type": OrdType.STOP_LIMIT, "price": D("61100"), "time_in_force": GTC} | terms))


def pegged(**terms) -> OrderRequest:
    return order(**({"ord_type": OrdType.PEGGED, "price": None, "peg_price_type": PRIMARY} | terms))


def new_list(kind: ListKind, *terms: OrderRequest) -> NewOrderList:
    legs = zip(kind.leg_names, terms, strict=False)
    return NewOrderList("L-1", kind, tuple(NewOrder(f"{name}-1", leg) for name, leg in legs))


def sent(request: VenueRequest) -> str:
    draft = VENUE.encode(request)
    return f"35={draft.msg_type}|" + "|".join(f"{tag}={value}" for tag, value in draft.fields)


def framed(request: VenueRequest) -> bytes:
    draft = VENUE.encode(request)
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
    # Contingent orders: side and 1109 together say stop-loss or take-profit.
    (
        NewOrder("A-1", stop()),
        "35=D|25000=5000|11=A-1|38=0.25|40=3|1100=4|1101=1|1102=61000|1107=2|1109=U|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", stop(side=SELL, trigger_direction=DOWN)),
        "35=D|25000=5000|11=A-1|38=0.25|40=3|1100=4|1101=1|1102=61000|1107=2|1109=D|54=2|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", stop(trigger_direction=DOWN)),
        "35=D|25000=5000|11=A-1|38=0.25|40=3|1100=4|1101=1|1102=61000|1107=2|1109=D|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", stop_limit(time_in_force=IOC)),
        "35=D|25000=5000|11=A-1|38=0.25|40=4|44=61100"
        "|1100=4|1101=1|1102=61000|1107=2|1109=U|54=1|55=BTCUSDT|59=3",
    ),
    (
        NewOrder("A-1", stop_limit(max_floor=D("0.1"))),
        "35=D|25000=5000|11=A-1|38=0.25|40=4|44=61100"
        "|1100=4|1101=1|1102=61000|1107=2|1109=U|54=1|55=BTCUSDT|59=1|111=0.1",
    ),
    # Trailing, with an activation price, without one, and take-profit without either field.
    (
        NewOrder("A-1", stop(trailing_bips=150)),
        "35=D|25000=5000|11=A-1|38=0.25|40=3"
        "|1100=4|1101=1|1102=61000|1107=2|1109=U|25009=150|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", stop(trailing_bips=150, trigger_price=None)),
        "35=D|25000=5000|11=A-1|38=0.25|40=3|1100=4|1101=1|1107=2|1109=U|25009=150|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", stop_limit(trailing_bips=150, trigger_price=None, trigger_direction=None)),
        "35=D|25000=5000|11=A-1|38=0.25|40=4|44=61100|1100=4|1101=1|1107=2|25009=150|54=1|55=BTCUSDT|59=1",
    ),
    (
        NewOrder("A-1", stop(trailing_bips=150, trigger_price=None, trigger_direction=DOWN)),
        "35=D|25000=5000|11=A-1|38=0.25|40=3|1100=4|1101=1|1107=2|25009=150|54=1|55=BTCUSDT",
    ),
    # Pegged
    (
        NewOrder("A-1", pegged()),
        "35=D|25000=5000|11=A-1|38=0.25|40=P|1094=5|835=1|54=1|55=BTCUSDT|59=1",
    ),
    (
        NewOrder("A-1", pegged(peg_price_type=MARKET_PEG, peg_offset=2, price=D(60000), time_in_force=IOC)),
        "35=D|25000=5000|11=A-1|38=0.25|40=P|44=60000|211=2|1094=4|835=1|836=3|54=1|55=BTCUSDT|59=3",
    ),
    (
        NewOrder("A-1", pegged(exec_inst=POST_ONLY, time_in_force=None)),
        "35=D|25000=5000|11=A-1|38=0.25|40=P|18=6|1094=5|835=1|54=1|55=BTCUSDT",
    ),
    (
        NewOrder("A-1", pegged(trigger_price=D(61000), trigger_direction=UP, time_in_force=FOK)),
        "35=D|25000=5000|11=A-1|38=0.25|40=P|1100=4|1101=1|1102=61000|1107=2|1109=U"
        "|1094=5|835=1|54=1|55=BTCUSDT|59=4",
    ),
    # What any order may carry
    (
        NewOrder("A-1", order(target_strategy=1_000_000, strategy_id=0, smart_routing=True)),
        "35=D|25000=5000|11=A-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1|847=1000000|7940=0|25032=Y",
    ),
    (
        NewOrder("A-1", market(smart_routing=True, self_trade_prevention=SelfTradePreventionMode.TRANSFER)),
        "35=D|25000=5000|11=A-1|38=0.25|40=1|54=1|55=BTCUSDT|25001=6|25032=Y",
    ),
    # Lists, row by row of fact sheet 6.6
    (
        new_list(ListKind.OCO, stop(side=SELL, trigger_direction=DOWN), maker(side=SELL, price=D(65000))),
        "35=E|25000=5000|25014=L-1|1385=1|73=2"
        "|11=below-1|38=0.25|40=3|1100=4|1101=1|1102=61000|1107=2|1109=D|54=2|55=BTCUSDT"
        "|25010=1|25011=2|25012=1|25013=2"
        "|11=above-1|38=0.25|40=2|18=6|44=65000|54=2|55=BTCUSDT"
        "|25010=1|25011=1|25012=0|25013=2",
    ),
    (
        new_list(ListKind.OTO, order(), market(side=SELL)),
        "35=E|25000=5000|25014=L-1|1385=2|73=2"
        "|11=working-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1"
        "|11=pending-1|38=0.25|40=1|54=2|55=BTCUSDT|25010=1|25011=3|25012=0|25013=1",
    ),
    (
        new_list(ListKind.OPO, maker(), market(side=SELL, order_qty=None)),
        "35=E|25000=5000|25014=L-1|1385=2|25046=Y|73=2"
        "|11=working-1|38=0.25|40=2|18=6|44=60123.1|54=1|55=BTCUSDT"
        "|11=pending-1|40=1|54=2|55=BTCUSDT|25010=1|25011=3|25012=0|25013=1",
    ),
    (
        new_list(
            ListKind.OPOCO,
            order(),
            stop(side=SELL, trigger_direction=DOWN, order_qty=None),
            stop_limit(side=SELL, trigger_price=D(70000), order_qty=None),
        ),
        "35=E|25000=5000|25014=L-1|1385=2|25046=Y|73=3"
        "|11=working-1|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1"
        "|11=below-1|40=3|1100=4|1101=1|1102=61000|1107=2|1109=D|54=2|55=BTCUSDT"
        "|25010=2|25011=3|25012=0|25013=2|25011=1|25012=2|25013=2"
        "|11=above-1|40=4|44=61100|1100=4|1101=1|1102=70000|1107=2|1109=U|54=2|55=BTCUSDT|59=1"
        "|25010=2|25011=3|25012=0|25013=2|25011=1|25012=1|25013=2",
    ),
    (CancelOrder("C-1", "BTCUSDT", "A-1"), "35=F|11=C-1|41=A-1|55=BTCUSDT"),
    (
        CancelOrder("C-1", "BTCUSDT", "A-1", None, CancelRestrictions.ONLY_NEW),
        "35=F|11=C-1|41=A-1|55=BTCUSDT|25002=1",
    ),
    (
        CancelOrder("C-1", "BTCUSDT", "A-1", "7", CancelRestrictions.ONLY_PARTIALLY_FILLED),
        "35=F|11=C-1|37=7|55=BTCUSDT|25002=2",
    ),
    (CancelList("C-1", "BTCUSDT", "L-1"), "35=F|11=C-1|25015=L-1|55=BTCUSDT"),
    (CancelList("C-1", "BTCUSDT", "web.list", "0"), "35=F|11=C-1|66=0|55=BTCUSDT"),
    (
        ReplaceOrder("A-2", "C-2", "A-1", order(), "42", True),
        "35=XCN|25000=5000|25033=1|37=42|25034=C-2|25002=1"
        "|11=A-2|38=0.25|40=2|44=60123.1|54=1|55=BTCUSDT|59=1",
    ),
    (
        ReplaceOrder(
            "A-2",
            "C-2",
            "A-1",
            stop(),
            mode=ReplaceMode.ALLOW_FAILURE,
            rate_limit_mode=OrderRateLimitExceededMode.CANCEL_ONLY,
        ),
        "35=XCN|25000=5000|25033=2|25038=2|41=A-1|25034=C-2"
        "|11=A-2|38=0.25|40=3|1100=4|1101=1|1102=61000|1107=2|1109=U|54=1|55=BTCUSDT",
    ),
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
    (
        NewOrder("A-1", order(ord_type=OrdType.STOP_LIMIT)),
        "trigger_price is missing: a stop-limit order needs",
    ),
    (NewOrder("A-1", stop(trigger_direction=None)), "trigger_direction is missing"),
    (
        NewOrder("A-1", stop(trigger_price=None)),
        "trigger_direction UP: without trigger_price or trailing_bips",
    ),
    (NewOrder("A-1", stop(trigger_price=D(0))), "trigger_price 0: must be a positive"),
    (NewOrder("A-1", stop(price=D(1))), "price 1: a stop order has none"),
    (NewOrder("A-1", stop(time_in_force=GTC)), "time_in_force GOOD_TILL_CANCEL: a stop order has none"),
    (NewOrder("A-1", stop(order_qty=None, cash_order_qty=D(9))), "cash_order_qty 9: only a market order"),
    (NewOrder("A-1", stop(trailing_bips=0)), "trailing_bips 0: must be a whole number, 1 or more"),
    (NewOrder("A-1", stop_limit(price=None)), "price is missing: a stop-limit order needs one"),
    (
        NewOrder("A-1", stop_limit(time_in_force=None)),
        "time_in_force is missing: a stop-limit order needs one$",
    ),
    (NewOrder("A-1", stop_limit(exec_inst=POST_ONLY)), "exec_inst PARTICIPATE_DONT_INITIATE: a stop-limit"),
    (NewOrder("A-1", order(trigger_price=D(1))), "trigger_price 1: a limit order has none"),
    (NewOrder("A-1", order(trailing_bips=10)), "trailing_bips 10: a limit order has none"),
    (NewOrder("A-1", market(trigger_direction=UP)), "trigger_direction UP: a market order has none"),
    (NewOrder("A-1", order(peg_price_type=PRIMARY)), "peg_price_type PRIMARY_PEG: a limit order has none"),
    (NewOrder("A-1", pegged(peg_price_type=None)), "peg_price_type is missing"),
    (NewOrder("A-1", pegged(peg_offset=0)), "peg_offset 0: must be a whole number, 1 to 100"),
    (NewOrder("A-1", pegged(peg_offset=101)), "peg_offset 101: must be a whole number, 1 to 100"),
    (
        NewOrder("A-1", pegged(time_in_force=IOC)),
        "time_in_force IMMEDIATE_OR_CANCEL: .*PRIMARY_PEG needs GOOD",
    ),
    (
        NewOrder("A-1", pegged(exec_inst=POST_ONLY, time_in_force=None, peg_price_type=MARKET_PEG)),
        "peg_price_type MARKET_PEG: a post-only peg must be PRIMARY_PEG",
    ),
    (
        NewOrder("A-1", pegged(exec_inst=POST_ONLY, time_in_force=None, trailing_bips=1)),
        "exec_inst PARTICIPATE_DONT_INITIATE: a pegged order with a trigger has none",
    ),
    (NewOrder("A-1", pegged(smart_routing=True)), "smart_routing: a pegged order has none"),
    (NewOrder("A-1", stop(smart_routing=True)), "smart_routing: a stop order has none"),
    (NewOrder("A-1", maker(smart_routing=True)), "smart_routing: a post-only order has none"),
    (ReplaceOrder("A-2", "C-2", "A-1", order(smart_routing=True)), "smart_routing: only a new single order"),
    (
        NewOrder("A-1", order(target_strategy=999_999)),
        "target_strategy 999999: must be a whole number, 1000000",
    ),
    (NewOrder("A-1", order(strategy_id=-1)), "strategy_id -1: must be a whole number, 0 or more"),
    (NewOrder("A-1", order(strategy_id=2**63)), "strategy_id 9223372036854775808"),
    (CancelList("C-1", "BTCUSDT", "web.list"), "cl_list_id 'web.list'"),
    (CancelList("C-1", "BTCUSDT", "L-1", "x"), "list_id 'x': must be a number"),
    (new_list(ListKind.OCO, stop()), "legs: 1 given, OCO has 2: below, above"),
    (new_list(ListKind.OTOCO, order(), stop()), "legs: 2 given, OTOCO has 3: working, below, above"),
    (new_list(ListKind.OTO, order(), order(symbol="ETHUSDT")), "symbol BTCUSDT, ETHUSDT: all legs of a list"),
    (
        NewOrderList("L-1", ListKind.OTO, (NewOrder("L-1", order()), NewOrder("A-2", order()))),
        "cl_ord_id 'L-1': the list and each of its legs need ids of their own",
    ),
    (
        NewOrderList("L-1", ListKind.OTO, (NewOrder("A-2", order()), NewOrder("A-2", order()))),
        "cl_ord_id 'A-2': the list and each",
    ),
    (NewOrderList("L 1", ListKind.OTO, ()), "cl_list_id 'L 1'"),
    (new_list(ListKind.OTO, stop(), order()), "working leg: ord_type STOP: that of an OTO must be LIMIT"),
    (
        new_list(ListKind.OTO, order(), market(order_qty=None, cash_order_qty=D(9))),
        "pending leg: cash_order_qty 9: only a quantity can wait",
    ),
    (new_list(ListKind.OTO, order(), order(price=None)), "pending leg: price is missing"),
    (
        new_list(ListKind.OTO, order(smart_routing=True), order()),
        "working leg: smart_routing: only a new single",
    ),
    (
        new_list(ListKind.OPO, order(side=SELL), market(side=SELL)),
        "working leg: side SELL: that of an OPO must be BUY",
    ),
    (new_list(ListKind.OPO, order(), market()), "pending leg: side BUY: that of an OPO must be SELL"),
    (new_list(ListKind.OPO, order(), market(side=SELL)), "pending leg: order_qty 0.25: this leg takes what"),
    (new_list(ListKind.OCO, stop(), maker(side=SELL)), "above leg: side SELL: the below leg's is BUY"),
    (
        new_list(ListKind.OCO, stop(side=SELL), maker(side=SELL)),
        "below leg: ord_type STOP, trigger_direction UP: of a SELL pair it must be a stop-loss",
    ),
    (
        new_list(ListKind.OCO, maker(), maker()),
        "above leg: ord_type LIMIT: of a BUY pair it must be a stop-loss",
    ),
    (
        new_list(ListKind.OCO, order(), stop()),
        "below leg: ord_type LIMIT: of a BUY pair it must be post-only or a take-profit",
    ),
    (
        new_list(ListKind.OTOCO, order(), maker(side=SELL), stop(side=SELL, trigger_direction=DOWN)),
        "below leg: ord_type LIMIT: of a SELL pair it must be a stop-loss",
    ),
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
        VENUE.encode(request_)


STOP_LOSS = {SELL: stop(side=SELL, trigger_direction=DOWN), BUY: stop(trigger_direction=UP)}
TAKE_PROFIT = {SELL: stop(side=SELL, trigger_direction=UP), BUY: stop(trigger_direction=DOWN)}
TAKE_PROFIT_LIMIT = {SELL: stop_limit(side=SELL), BUY: stop_limit(trigger_direction=DOWN)}
MAKER = {SELL: maker(side=SELL), BUY: maker()}


def written(request: NewOrderList) -> list[list[tuple[int, ...]]]:
    """The instructions of each leg, as fact sheet 6.6 writes them."""
    legs = decode(framed(request)).groups(73)
    tags = (25011, 25012, 25013)
    return [[tuple(int(one.text(tag) or "-1") for tag in tags) for one in leg.groups(25010)] for leg in legs]


@pytest.mark.parametrize(
    ("below", "above", "given"),
    [
        (STOP_LOSS[SELL], MAKER[SELL], [(2, 1, 2), (1, 0, 2)]),
        (MAKER[BUY], STOP_LOSS[BUY], [(1, 1, 2), (2, 0, 2)]),
        (STOP_LOSS[SELL], TAKE_PROFIT[SELL], [(1, 1, 2), (1, 0, 2)]),
        (STOP_LOSS[SELL], TAKE_PROFIT_LIMIT[SELL], [(1, 1, 2), (1, 0, 2)]),
        (TAKE_PROFIT[BUY], STOP_LOSS[BUY], [(1, 1, 2), (1, 0, 2)]),
    ],
)
def test_each_pair_is_tied_as_the_table_has_it(
    below: OrderRequest, above: OrderRequest, given: list[tuple[int, ...]]
) -> None:
    assert written(new_list(ListKind.OCO, below, above)) == [[one] for one in given]
    # In a list of three the pair stands one place further on, and waits for the working leg first.
    moved = [(kind, leg + 1, action) for kind, leg, action in given]
    assert written(new_list(ListKind.OTOCO, order(), below, above)) == [
        [],
        *([(3, 0, 2), one] for one in moved),
    ]
    released = BinanceSpot(VenueSettings(three_leg_lists=True, three_leg_first_action="release"))
    fields = released.encode(new_list(ListKind.OTOCO, order(), below, above)).fields
    assert [value for tag, value in fields if tag == 25013] == ["1", "2", "1", "2"]


def test_lists_of_three_legs_wait_for_a_setting() -> None:
    three = new_list(ListKind.OTOCO, order(), STOP_LOSS[SELL], MAKER[SELL])
    assert Feature.THREE_LEG_LISTS not in BinanceSpot().features
    with pytest.raises(ValueError, match=r"kind OTOCO: .*three_leg_lists"):
        BinanceSpot().encode(three)
    assert Feature.THREE_LEG_LISTS in VENUE.features
    assert Feature.CANCEL_ON_DISCONNECT not in VENUE.features
    assert BinanceSpot().encode(new_list(ListKind.OCO, STOP_LOSS[SELL], MAKER[SELL])).msg_type == "E"


def test_what_can_open_a_position_dies_in_a_stall_and_what_reduces_does_not() -> None:
    opening = {"D", "E", "XCN"}
    for request, _ in CASES:
        draft = VENUE.encode(request)
        assert (draft.fields[0] == (25000, "5000")) == (draft.msg_type in opening)


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
        (CancelList("C-8", "BTCUSDT", "L-1"), "C-8"),
        (new_list(ListKind.OTO, order(), market(side=SELL)), "L-1"),
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
    trigger_price=numbers,
    trigger_direction=st.none() | st.sampled_from(TriggerPriceDirection),
    trailing_bips=st.none() | st.integers(-1, 5000),
    peg_price_type=st.none() | st.sampled_from(PegPriceType),
    peg_offset=st.none() | st.integers(-1, 101),
    target_strategy=st.none() | st.integers(999_999, 1_000_001),
    strategy_id=st.none() | st.integers(-1, 2**63),
    smart_routing=st.booleans(),
)
sensible = st.builds(
    order,
    side=st.sampled_from(Side),
    ord_type=st.sampled_from(OrdType),
    trigger_price=st.none() | st.decimals("0.00000001", 10**9, places=8),
    trigger_direction=st.none() | st.sampled_from(TriggerPriceDirection),
    trailing_bips=st.none() | st.integers(1, 2000),
    peg_price_type=st.none() | st.sampled_from(PegPriceType),
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
        assert refusal.split()[0].rstrip(":") in FIELDS
        return
    assert schema.problems(raw) == []
    message = decode(raw)
    amounts = (
        (38, terms.order_qty),
        (44, terms.price),
        (152, terms.cash_order_qty),
        (1102, terms.trigger_price),
    )
    for tag, value in amounts:
        text = message.text(tag)
        assert (text is None) == (value is None)
        assert text is None or Decimal(text) == value


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ListKind), st.lists(st.one_of(sensible, requests), min_size=1, max_size=3))
def test_any_list_is_valid_by_the_schema_or_refused(kind: ListKind, terms: list[OrderRequest]) -> None:
    schema = order_entry_schema()
    try:
        raw = framed(new_list(kind, *terms))
    except ValueError as refusal:
        start = str(refusal).partition(":")[0].split()
        assert start[0] in {*FIELDS, "legs", "working", "pending", "below", "above"}
        return
    assert schema.problems(raw) == []
    message = decode(raw)
    assert [leg.text(55) for leg in message.groups(73)] == [leg.symbol for leg in terms]
