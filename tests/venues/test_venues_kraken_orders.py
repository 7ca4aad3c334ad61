"""Requests to Kraken, by the tables of the other-venues sheet 6.1: each test is named after the row it holds."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from blotter.fix.codec import Fields
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
from blotter.venues.kraken import KrakenSpot

NOW = int(datetime(2026, 4, 7, 14, 32, 5, tzinfo=UTC).timestamp()) * 1_000_000_000 + 123_456_789
ID, OLD, ORDER_ID = "1744036325000000", "1744036320000000", "OQNCZM-NVAVC-AVD2LO"
GTC = TimeInForce.GOOD_TILL_CANCEL


def terms(**changes: object) -> OrderRequest:
    base: dict[str, object] = {
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "order_qty": Decimal("0.001"),
        "price": Decimal(84000),
        "time_in_force": GTC,
    }
    return OrderRequest(**{**base, **changes})  # type: ignore[arg-type]


def stop(side: Side, direction: TriggerPriceDirection, **changes: object) -> OrderRequest:
    return terms(
        side=side,
        ord_type=OrdType.STOP,
        price=None,
        time_in_force=None,
        trigger_price=Decimal(80000),
        trigger_direction=direction,
        **changes,
    )


def sent(request: VenueRequest) -> dict[int, str]:
    draft = KrakenSpot().encode(request, NOW)
    fields: Fields = draft.fields
    assert len({tag for tag, _ in fields}) == len(fields)
    return {35: draft.msg_type, **{tag: str(value) for tag, value in fields}}


def order(**changes: object) -> dict[int, str]:
    return sent(NewOrder(ID, terms(**changes)))


def refused(request: VenueRequest) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        KrakenSpot().encode(request, NOW)
    return str(caught.value)


def test_new_order_whole() -> None:
    assert order() == {
        35: "D",
        11: ID,
        55: "BTC/USD",
        54: "1",
        38: "0.001",
        40: "2",
        44: "84000",
        59: "1",
        60: "20260407-14:32:05.123",
    }


def test_type_40_market_says_a_time_in_force_too_for_it_is_required() -> None:
    made = order(ord_type=OrdType.MARKET, price=None, time_in_force=None)
    assert (made[40], made[59], 44 in made) == ("1", "1", False)


@pytest.mark.parametrize(
    ("side", "direction", "limit", "value"),
    [
        (Side.SELL, TriggerPriceDirection.DOWN, False, "3"),
        (Side.BUY, TriggerPriceDirection.UP, False, "3"),
        (Side.SELL, TriggerPriceDirection.UP, False, "R"),
        (Side.BUY, TriggerPriceDirection.DOWN, False, "R"),
        (Side.SELL, TriggerPriceDirection.DOWN, True, "4"),
        (Side.BUY, TriggerPriceDirection.DOWN, True, "T"),
    ],
)
def test_type_40_stop_loss_3_and_4_take_profit_r_and_t(
    side: Side, direction: TriggerPriceDirection, limit: bool, value: str
) -> None:
    request = stop(side, direction)
    if limit:
        request = terms(
            side=side,
            ord_type=OrdType.STOP_LIMIT,
            trigger_price=Decimal(80000),
            trigger_direction=direction,
        )
    made = sent(NewOrder(ID, request))
    assert (made[40], made[99], made[59]) == (value, "80000", "1")
    assert 388 not in made, "5, the last price, is the default"


def test_type_40_trailing_stops_u_and_v_are_refused() -> None:
    said = refused(NewOrder(ID, stop(Side.SELL, TriggerPriceDirection.DOWN, trailing_bips=50)))
    assert said == "trailing_bips 50: a stop order has none at this venue"


def test_pegged_orders_are_refused() -> None:
    assert "ord_type PEGGED" in refused(NewOrder(ID, terms(ord_type=OrdType.PEGGED)))


@pytest.mark.parametrize(
    ("time", "value"),
    [(GTC, "1"), (TimeInForce.IMMEDIATE_OR_CANCEL, "3"), (TimeInForce.FILL_OR_KILL, "4")],
)
def test_tif_59(time: TimeInForce, value: str) -> None:
    assert order(time_in_force=time)[59] == value


def test_tif_59_gtd_with_126_to_the_second() -> None:
    until = NOW - NOW % 1_000_000_000 + 3600 * 1_000_000_000
    made = order(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time=until)
    assert (made[59], made[126]) == ("6", "20260407-15:32:05")


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (32 * 86_400, "must be within a month from now"),
        (-1, "must be within a month from now"),
        (0.5, "must be a whole second"),
    ],
)
def test_tif_59_gtd_is_within_a_month(ahead: float, words: str) -> None:
    until = NOW - NOW % 1_000_000_000 + int(ahead * 1_000_000_000)
    said = refused(NewOrder(ID, terms(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time=until)))
    assert said.startswith("expire_time 2026")
    assert words in said


def test_tif_59_day_is_refused() -> None:
    assert refused(NewOrder(ID, terms(time_in_force=TimeInForce.DAY))).startswith("time_in_force DAY: ")


def test_exec_inst_18_post_only_is_p() -> None:
    made = order(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    assert (made[18], made[40], made[59]) == ("P", "2", "1")


def test_exec_inst_18_size_in_quote_is_refused_because_no_document_says_what_reports_then_mean() -> None:
    said = refused(
        NewOrder(
            ID,
            terms(
                ord_type=OrdType.MARKET,
                price=None,
                time_in_force=None,
                order_qty=None,
                cash_order_qty=Decimal(100),
            ),
        )
    )
    assert said == "cash_order_qty 100: a market order has none at this venue"


def test_iceberg_1138_shows_at_least_a_fifteenth() -> None:
    assert order(order_qty=Decimal(15), max_floor=Decimal(1))[1138] == "1"
    said = refused(NewOrder(ID, terms(order_qty=Decimal("15.1"), max_floor=Decimal(1))))
    assert said == "max_floor 1: must be at least 1/15 of order_qty 15.1"


def test_iceberg_1138_only_on_limit_orders() -> None:
    request = terms(
        ord_type=OrdType.STOP_LIMIT,
        trigger_price=Decimal(85000),
        trigger_direction=TriggerPriceDirection.UP,
        order_qty=Decimal(2),
        max_floor=Decimal(1),
    )
    assert refused(NewOrder(ID, request)).startswith("max_floor 1: only a limit order")


@pytest.mark.parametrize(
    ("mode", "value"),
    [
        (SelfTradePreventionMode.EXPIRE_BOTH, "0"),
        (SelfTradePreventionMode.EXPIRE_TAKER, "1"),
        (SelfTradePreventionMode.EXPIRE_MAKER, "2"),
    ],
)
def test_self_trade_7928(mode: SelfTradePreventionMode, value: str) -> None:
    assert order(self_trade_prevention=mode)[7928] == value


@pytest.mark.parametrize(
    "mode",
    [
        SelfTradePreventionMode.NONE,
        SelfTradePreventionMode.DECREMENT,
        SelfTradePreventionMode.TRANSFER,
    ],
)
def test_self_trade_7928_has_three_modes(mode: SelfTradePreventionMode) -> None:
    said = refused(NewOrder(ID, terms(self_trade_prevention=mode)))
    assert said == (
        f"self_trade_prevention {mode.name}: this venue takes EXPIRE_BOTH, EXPIRE_TAKER, EXPIRE_MAKER"
    )


@pytest.mark.parametrize("bad", ["k7qd-000012", "0123", "1" * 19, ""])
def test_id_11_is_a_number_of_at_most_18_digits(bad: str) -> None:
    said = refused(NewOrder(bad, terms()))
    assert said == f"cl_ord_id {bad!r}: must be a whole number of at most 18 digits"


def test_cancel_f_names_the_order_both_ways_with_its_side_and_60() -> None:
    request = CancelOrder(ID, "BTC/USD", OLD, ORDER_ID, side=Side.SELL, order_qty=Decimal(1))
    assert sent(request) == {
        35: "F",
        11: ID,
        37: ORDER_ID,
        41: OLD,
        55: "BTC/USD",
        54: "2",
        60: "20260407-14:32:05.123",
    }


def test_cancel_f_before_the_order_is_acknowledged() -> None:
    made = sent(CancelOrder(ID, "BTC/USD", OLD, side=Side.BUY))
    assert (made[41], 37 in made) == (OLD, False)


def test_cancel_f_without_a_side_is_refused() -> None:
    assert (
        refused(CancelOrder(ID, "BTC/USD", OLD, ORDER_ID)) == "side is missing: Kraken wants it in a cancel"
    )


def test_amend_g_with_all_required_fields() -> None:
    request = ChangeOrder(
        ID,
        OLD,
        terms(price=Decimal(84500), self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER),
        ORDER_ID,
    )
    made = sent(request)
    assert {11, 37, 41, 54, 55, 60, 38, 40, 59} <= made.keys()
    assert (made[35], made[11], made[41], made[37], made[44]) == ("G", ID, OLD, ORDER_ID, "84500")
    assert 7928 not in made, "not among the fields of a G"


def test_amend_g_needs_the_order_id() -> None:
    assert refused(ChangeOrder(ID, OLD, terms())).startswith("order_id is missing: ")


def test_status_h_with_11_of_its_own_37_55_and_60() -> None:
    made = sent(AskOrder("r1", OLD, "BTC/USD", Side.BUY, ORDER_ID))
    own = str(NOW // 1000)
    assert made == {35: "H", 11: own, 37: ORDER_ID, 54: "1", 55: "BTC/USD", 60: "20260407-14:32:05.123"}


def test_status_h_needs_the_order_id() -> None:
    said = refused(AskOrder("r1", OLD, "BTC/USD", Side.BUY))
    assert said == "order_id is missing: Kraken tells of an order by its OrderID (37) only"


def test_status_no_af() -> None:
    assert "does not list what is open" in refused(AskOrders("r1"))


def test_mass_cancel_q_530_is_1_by_symbol() -> None:
    assert sent(MassCancel(ID, "BTC/USD")) == {
        35: "q",
        11: ID,
        530: "1",
        55: "BTC/USD",
        60: "20260407-14:32:05.123",
    }


@pytest.mark.parametrize(
    "request_",
    [
        ReplaceOrder(ID, ID, OLD, terms(), ORDER_ID),
        AmendOrder(ID, "BTC/USD", OLD, Decimal(1), ORDER_ID),
    ],
)
def test_no_cancel_and_new_and_no_shrinking_in_place(request_: VenueRequest) -> None:
    assert "this venue has no" in refused(request_)


def test_request_ids_are_cl_ord_ids_of_order_requests_only() -> None:
    from blotter.fix.codec import decode, encode

    venue = KrakenSpot()
    for request, expected in [
        (NewOrder(ID, terms()), ID),
        (CancelOrder(ID, "BTC/USD", OLD, side=Side.BUY), ID),
        (MassCancel(ID, "BTC/USD"), ID),
        (AskOrder("r1", OLD, "BTC/USD", Side.BUY, ORDER_ID), None),
    ]:
        draft = venue.encode(request, NOW)
        header = [(34, "2"), (49, "CLIENT"), (52, "20260407-14:32:05.123"), (56, "KRAKEN-TRD")]
        message = decode(encode("FIX.4.4", draft.msg_type, header, draft.fields))
        assert venue.request_id(message) == expected


def test_deadline_62_is_not_sent() -> None:
    assert 62 not in order()
