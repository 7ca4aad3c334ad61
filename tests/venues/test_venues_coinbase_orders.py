"""Requests to Coinbase Exchange, by the tables of the other-venues sheet 5.1: each test is named after its row."""

from decimal import Decimal

import pytest

from blotter.trading.enums import (
    ExecInst,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AmendOrder,
    AskOrder,
    AskOrders,
    CancelOrder,
    ChangeOrder,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    VenueRequest,
)
from blotter.venues.coinbase import CoinbaseExchange

NOW = 1_775_572_325_123_456_789
ID, OLD = "1985ca2d-61ef-49f1-bfce-6c39d8462914", "0835958d-c526-4ad8-aea8-af54836de47e"
ORDER_ID = "a9625b04-fc66-4999-a876-543c3684d702"
GTC = TimeInForce.GOOD_TILL_CANCEL


def terms(**changes: object) -> OrderRequest:
    base: dict[str, object] = {
        "symbol": "BTC-USD",
        "side": Side.SELL,
        "ord_type": OrdType.LIMIT,
        "order_qty": Decimal("0.01"),
        "price": Decimal(84000),
        "time_in_force": GTC,
    }
    return OrderRequest(**{**base, **changes})  # type: ignore[arg-type]


def market(**changes: object) -> OrderRequest:
    return terms(**{"ord_type": OrdType.MARKET, "price": None, "time_in_force": None, **changes})


def sent(request: VenueRequest) -> dict[int, str]:
    draft = CoinbaseExchange().encode(request, NOW)
    assert len({tag for tag, _ in draft.fields}) == len(draft.fields)
    return {35: draft.msg_type, **{tag: str(value) for tag, value in draft.fields}}


def refused(request: VenueRequest) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        CoinbaseExchange().encode(request, NOW)
    return str(caught.value)


def test_new_order_whole() -> None:
    assert sent(NewOrder(ID, terms())) == {
        35: "D",
        11: ID,
        55: "BTC-USD",
        54: "2",
        38: "0.01",
        40: "2",
        44: "84000",
        59: "1",
    }


def test_type_40_market_1_says_ioc_for_59_is_mandatory() -> None:
    made = sent(NewOrder(ID, market()))
    assert (made[40], made[59], 44 in made) == ("1", "3", False)


def test_size_152_for_market_orders() -> None:
    made = sent(NewOrder(ID, market(order_qty=None, cash_order_qty=Decimal(100))))
    assert (made[152], 38 in made) == ("100", False)


def test_size_152_for_limit_orders_is_not_built() -> None:
    assert refused(NewOrder(ID, terms(order_qty=None, cash_order_qty=Decimal(100)))).startswith(
        "cash_order_qty 100: "
    )


@pytest.mark.parametrize("direction", [*TriggerPriceDirection])
def test_type_40_stop_limit_4_with_99_and_1109(direction: TriggerPriceDirection) -> None:
    request = terms(ord_type=OrdType.STOP_LIMIT, trigger_price=Decimal(83000), trigger_direction=direction)
    made = sent(NewOrder(ID, request))
    assert (made[40], made[99], made[1109], made[44]) == ("4", "83000", direction.value, "84000")


def test_type_40_stop_to_market_is_refused() -> None:
    request = terms(
        ord_type=OrdType.STOP,
        price=None,
        time_in_force=None,
        trigger_price=Decimal(83000),
        trigger_direction=TriggerPriceDirection.DOWN,
    )
    assert refused(NewOrder(ID, request)) == "ord_type STOP: this venue does not take a stop order"


@pytest.mark.parametrize(
    ("time", "value"),
    [(GTC, "1"), (TimeInForce.IMMEDIATE_OR_CANCEL, "3"), (TimeInForce.FILL_OR_KILL, "4")],
)
def test_tif_59(time: TimeInForce, value: str) -> None:
    assert sent(NewOrder(ID, terms(time_in_force=time)))[59] == value


def test_tif_59_gtd_6_with_126() -> None:
    made = sent(
        NewOrder(ID, terms(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time=1_775_575_925_000_000_000))
    )
    assert (made[59], made[126]) == ("6", "20260407-15:32:05.000")


def test_tif_59_gtd_without_126_is_refused() -> None:
    assert refused(NewOrder(ID, terms(time_in_force=TimeInForce.GOOD_TILL_DATE))).startswith(
        "expire_time is missing"
    )


def test_tif_59_day_is_refused() -> None:
    assert refused(NewOrder(ID, terms(time_in_force=TimeInForce.DAY))).startswith("time_in_force DAY: ")


def test_post_only_18_is_a() -> None:
    made = sent(NewOrder(ID, terms(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)))
    assert (made[18], made[59]) == ("A", "1")


def test_iceberg_1138_is_above_a_tenth() -> None:
    made = sent(NewOrder(ID, terms(order_qty=Decimal(10), max_floor=Decimal("1.1"))))
    assert made[1138] == "1.1"
    said = refused(NewOrder(ID, terms(order_qty=Decimal(10), max_floor=Decimal(1))))
    assert said == "max_floor 1: must be more than a tenth of order_qty 10"


def test_iceberg_1138_only_on_limit_orders() -> None:
    request = terms(
        ord_type=OrdType.STOP_LIMIT,
        trigger_price=Decimal(83000),
        trigger_direction=TriggerPriceDirection.DOWN,
        max_floor=Decimal("0.01"),
    )
    assert refused(NewOrder(ID, request)).startswith("max_floor 0.01: only a limit order")


@pytest.mark.parametrize(
    ("mode", "value"),
    [
        (SelfTradePreventionMode.DECREMENT, "D"),
        (SelfTradePreventionMode.EXPIRE_MAKER, "O"),
        (SelfTradePreventionMode.EXPIRE_TAKER, "N"),
        (SelfTradePreventionMode.EXPIRE_BOTH, "B"),
    ],
)
def test_self_trade_7928(mode: SelfTradePreventionMode, value: str) -> None:
    assert sent(NewOrder(ID, terms(self_trade_prevention=mode)))[7928] == value


@pytest.mark.parametrize("mode", [SelfTradePreventionMode.NONE, SelfTradePreventionMode.TRANSFER])
def test_self_trade_7928_has_four_modes(mode: SelfTradePreventionMode) -> None:
    assert refused(NewOrder(ID, terms(self_trade_prevention=mode))).startswith(
        f"self_trade_prevention {mode.name}: this venue takes DECREMENT, "
    )


@pytest.mark.parametrize(
    "bad",
    [
        ID.upper(),
        ID.replace("-", ""),
        "1985ca2d-61ef-11f1-bfce-6c39d8462914",
        "1985ca2d-61ef-49f1-cfce-6c39d8462914",
        "k7qd-000012",
    ],
)
def test_id_11_must_be_a_lower_case_uuid_of_version_4(bad: str) -> None:
    assert refused(NewOrder(bad, terms())) == f"cl_ord_id {bad!r}: must be a lower-case UUID of version 4"


def test_cancel_f_11_55_and_37_and_41() -> None:
    request = CancelOrder(ID, "BTC-USD", OLD, ORDER_ID, side=Side.SELL, order_qty=Decimal(1))
    assert sent(request) == {35: "F", 11: ID, 37: ORDER_ID, 41: OLD, 55: "BTC-USD"}
    assert sent(CancelOrder(ID, "BTC-USD", OLD)) == {35: "F", 11: ID, 41: OLD, 55: "BTC-USD"}


def test_amend_g_37_and_41_and_55_38_44_40_2_and_nothing_else() -> None:
    request = terms(
        order_qty=Decimal("0.02"),
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE,
        time_in_force=None,
        max_floor=Decimal("0.01"),
        self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER,
    )
    assert sent(ChangeOrder(ID, OLD, request, ORDER_ID)) == {
        35: "G",
        11: ID,
        37: ORDER_ID,
        41: OLD,
        55: "BTC-USD",
        38: "0.02",
        40: "2",
        44: "84000",
    }


def test_amend_g_needs_37() -> None:
    assert refused(ChangeOrder(ID, OLD, terms())).startswith("order_id is missing: ")


def test_amend_g_of_limit_orders_only() -> None:
    request = terms(
        ord_type=OrdType.STOP_LIMIT,
        trigger_price=Decimal(83000),
        trigger_direction=TriggerPriceDirection.DOWN,
    )
    said = refused(ChangeOrder(ID, OLD, request, ORDER_ID))
    assert said == "ord_type STOP_LIMIT: Coinbase changes limit orders only"


@pytest.mark.parametrize(
    ("old", "new", "same_price", "kept"),
    [("10", "9", True, True), ("10", "11", True, False), ("10", "9", False, False)],
)
def test_amend_raising_size_or_moving_price_loses_priority(
    old: str, new: str, same_price: bool, kept: bool
) -> None:
    assert CoinbaseExchange().amend_keeps_priority(Decimal(old), Decimal(new), same_price) is kept


def test_status_h_is_refused_for_no_document_has_its_fields() -> None:
    said = refused(AskOrder("r1", OLD, "BTC-USD", Side.BUY, ORDER_ID))
    assert said.startswith(
        "order status: Coinbase's document lists OrderStatusRequest (H) and not its fields"
    )
    assert "does not list what is open" in refused(AskOrders("r1"))


def test_mass_cancel_q_is_of_the_whole_session_so_one_symbol_is_refused() -> None:
    assert "not those of one symbol" in refused(MassCancel(ID, "BTC-USD"))


@pytest.mark.parametrize(
    "request_",
    [
        ReplaceOrder(ID, ID, OLD, terms(), ORDER_ID),
        AmendOrder(ID, "BTC-USD", OLD, Decimal(1), ORDER_ID),
    ],
)
def test_no_cancel_and_new_and_no_message_that_only_shrinks(request_: VenueRequest) -> None:
    assert "this venue has no" in refused(request_)
