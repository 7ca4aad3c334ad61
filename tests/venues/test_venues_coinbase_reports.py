"""What Coinbase Exchange says, by the tables of the other-venues sheet 5.1 and of the venue's page "Exchange FIX Order
Entry Messages 5.0": each test is named after the row or trap it holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import Message, encode
from blotter.fix.codec import decode as parse
from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory, Side, TriggerPriceDirection
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    Fee,
    MassCancelReport,
    Reason,
)
from blotter.venues.base import SessionRejected, Unhandled
from blotter.venues.coinbase import CoinbaseExchange
from blotter.venues.coinbase.reports import decode

AT = 1_775_572_325_000_000_000
ID, OLD = "1985ca2d-61ef-49f1-bfce-6c39d8462914", "0835958d-c526-4ad8-aea8-af54836de47e"
ORDER_ID, EXEC_ID = "a9625b04-fc66-4999-a876-543c3684d702", "5c0f1c8e-6d6a-4d5f-9a34-1f1f6c3c1c11"
NEW = {
    11: ID,
    37: ORDER_ID,
    17: EXEC_ID,
    39: "0",
    150: "0",
    55: "BTC-USD",
    54: "2",
    40: "2",
    44: "84000",
    38: "0.01",
    14: "0",
    151: "0.01",
    59: "1",
    60: "20260407-14:32:05.122",
    7928: "D",
}
FILL = {
    150: "F",
    39: "1",
    32: "0.004",
    31: "84000",
    14: "0.004",
    151: "0.006",
    6: "84000",
    1003: "77",
    1057: "N",
}


def inbound(msg_type: str, fields: list[tuple[int, str]]) -> Message:
    header = [(34, "7"), (49, "Coinbase"), (52, "20260407-14:32:05.123"), (56, "KEY")]
    return parse(encode("FIXT.1.1", msg_type, header, fields))


def report(*more: tuple[int, str], **changes: str | None) -> Message:
    new = {int(name[1:]): value for name, value in changes.items()}
    merged = {**NEW, **new}
    return inbound("8", [(tag, value) for tag, value in merged.items() if value is not None] + list(more))


def fill(*fees: tuple[int, str]) -> Message:
    return inbound("8", list({**NEW, **FILL}.items()) + list(fees))


def decoded(message: Message) -> ExecutionReport:
    event = decode(message, AT)
    assert isinstance(event, ExecutionReport), event
    return event


def test_report_whole() -> None:
    event = decoded(report())
    assert (event.exec_type, event.ord_status, event.ord_type) == (ExecType.NEW, OrdStatus.NEW, OrdType.LIMIT)
    assert (event.cl_ord_id, event.order_id, event.exec_id) == (ID, ORDER_ID, EXEC_ID)
    assert (event.side, event.price, event.order_qty) == (Side.SELL, Decimal(84000), Decimal("0.01"))
    assert event.transact_time == 1_775_572_325_122_000_000


def test_fill_31_32_17_1003_1057() -> None:
    event = decoded(fill())
    assert (event.exec_type, event.ord_status, event.cum_qty) == (
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        Decimal("0.004"),
    )
    assert (event.last_px, event.last_qty, event.trade_id, event.aggressor) == (
        Decimal(84000),
        Decimal("0.004"),
        "77",
        False,
    )


def test_fees_in_group_136_absolute() -> None:
    fees = ((136, "1"), (137, "0.84"), (138, "USD"), (139, "4"), (891, "0"))
    assert decoded(fill(*fees)).fees == (Fee(Decimal("0.84"), "USD"),)


@pytest.mark.parametrize(("asset", "amount"), [("USD", "0.8400"), ("BTC", "0.00001")])
def test_fees_in_group_136_as_a_percentage_of_the_fill_in_the_currency_of_the_fee(
    asset: str, amount: str
) -> None:
    fees = ((136, "1"), (137, "0.0025"), (138, asset), (139, "4"), (891, "2"))
    assert decoded(fill(*fees)).fees == (Fee(Decimal(amount), asset),)


def test_fees_of_an_unknown_basis_are_not_guessed() -> None:
    event = decode(fill((136, "1"), (137, "0.84"), (138, "USD"), (139, "4"), (891, "1")), AT)
    assert isinstance(event, Unhandled)
    assert "(891) '1' is unknown here" in event.text


@pytest.mark.parametrize(
    ("value", "exec_type"),
    [
        ("0", ExecType.NEW),
        ("4", ExecType.CANCELED),
        ("5", ExecType.REPLACED),
        ("8", ExecType.REJECTED),
        ("C", ExecType.EXPIRED),
        ("D", ExecType.RESTATED),
        ("I", ExecType.ORDER_STATUS),
    ],
)
def test_reports_150(value: str, exec_type: ExecType) -> None:
    assert decoded(report(_150=value)).exec_type is exec_type


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("0", OrdStatus.NEW),
        ("1", OrdStatus.PARTIALLY_FILLED),
        ("2", OrdStatus.FILLED),
        ("4", OrdStatus.CANCELED),
        ("5", OrdStatus.REPLACED),
        ("8", OrdStatus.REJECTED),
        ("C", OrdStatus.EXPIRED),
    ],
)
def test_reports_39(value: str, status: OrdStatus) -> None:
    assert decoded(report(_39=value)).ord_status is status


@pytest.mark.parametrize(("tag", "value"), [(150, "Z"), (39, "Z"), (40, "O"), (54, "5"), (14, "NaN")])
def test_what_decides_and_is_unknown_is_shown_and_not_guessed(tag: int, value: str) -> None:
    event = decode(report(**{f"_{tag}": value}), AT)
    assert isinstance(event, Unhandled)
    assert f"({tag}) '{value}'" in event.text
    assert ORDER_ID in event.text


def test_amend_answer_150_5_has_the_new_id_in_11_the_old_in_41_and_37_unchanged() -> None:
    event = decoded(report(_150="5", _39="5", _11=ID, _41=OLD, _38="0.02", _151="0.02"))
    assert (event.exec_type, event.cl_ord_id, event.orig_cl_ord_id) == (ExecType.REPLACED, ID, OLD)
    assert (event.order_id, event.order_qty) == (ORDER_ID, Decimal("0.02"))


def test_self_trade_cut_is_restated_with_378_5() -> None:
    event = decoded(report(_150="D", _38="0.006", _151="0.006", _378="5"))
    assert (event.exec_type, event.order_qty, event.last_qty) == (ExecType.RESTATED, Decimal("0.006"), 0)
    assert event.reason is not None
    assert event.reason.code == 5


def test_repriced_is_restated_with_378_3() -> None:
    event = decoded(report(_150="D", _44="84001", _378="3"))
    assert (event.exec_type, event.price) == (ExecType.RESTATED, Decimal(84001))
    assert event.reason is not None
    assert event.reason.code == 3


def test_expiry_150_c_of_ioc() -> None:
    event = decoded(report(_150="C", _39="C", _59="3", _151="0", _58="IOC expired"))
    assert event.ord_status is OrdStatus.EXPIRED
    assert event.reason == Reason(category=RejectCategory.OTHER, text="IOC expired")


@pytest.mark.parametrize(
    ("code", "text", "category"),
    [
        ("0", "Insufficient funds", RejectCategory.FUNDS),
        ("1", "Unknown symbol", RejectCategory.RULE),
        ("5", "Unknown order", RejectCategory.UNKNOWN_ORDER),
        ("0", "post only", RejectCategory.WOULD_TAKE),
        ("0", "internal timeout", RejectCategory.UNKNOWN_OUTCOME),
        ("0", "Broker", RejectCategory.OTHER),
    ],
)
def test_rejects_150_8_with_103(code: str, text: str, category: RejectCategory) -> None:
    event = decoded(report(_150="8", _39="8", _103=code, _58=text, _14=None, _151=None))
    assert event.ord_status is OrdStatus.REJECTED
    assert event.reason == Reason(category=category, text=text, code=int(code))


def test_rejects_9_always_say_39_8_which_is_not_the_state_of_the_order() -> None:
    fields = [(11, ID), (37, ORDER_ID), (41, OLD), (39, "8"), (102, "1"), (434, "1"), (58, "not found")]
    event = decode(inbound("9", fields), AT)
    assert isinstance(event, CancelRejected)
    assert (event.cl_ord_id, event.orig_cl_ord_id, event.order_id) == (ID, OLD, ORDER_ID)
    assert event.reason == Reason(category=RejectCategory.UNKNOWN_ORDER, text="not found", code=1)


def test_rejects_9_of_an_amend_434_2() -> None:
    event = decode(inbound("9", [(11, ID), (41, OLD), (39, "8"), (102, "2"), (434, "2"), (58, "no")]), AT)
    assert isinstance(event, AmendRejected)
    assert event.reason == Reason(category=RejectCategory.OTHER, text="no", code=2)


@pytest.mark.parametrize(("code", "category"), [("1", RejectCategory.OTHER), ("2", RejectCategory.SESSION)])
def test_rejects_j_380_1_is_other_and_2_unsupported_unlike_in_fix(
    code: str, category: RejectCategory
) -> None:
    event = decode(inbound("j", [(45, "4"), (372, "D"), (379, ID), (380, code), (58, "no")]), AT)
    assert event == SessionRejected(4, None, "D", Reason(category=category, text="no", code=int(code)), ID)


def test_rejects_3() -> None:
    event = decode(inbound("3", [(45, "4"), (371, "11"), (372, "D"), (373, "6"), (58, "bad UUID")]), AT)
    assert isinstance(event, SessionRejected)
    assert (event.ref_seq_num, event.ref_tag_id, event.reason.text) == (4, 11, "bad UUID")


def test_mass_cancel_r_is_acceptance_only() -> None:
    event = decode(inbound("r", [(11, ID), (530, "6"), (531, "6")]), AT)
    assert event == MassCancelReport(cl_ord_id=ID, symbol="", at=AT)
    refused = decode(inbound("r", [(11, ID), (530, "6"), (531, "0"), (58, "no")]), AT)
    assert isinstance(refused, MassCancelReport)
    assert refused.reason is not None


def test_cash_order_qty_152_is_what_is_left_and_so_no_term_of_the_order() -> None:
    event = decoded(report(_40="1", _44=None, _38=None, _151=None, _152="40.5", _59="3"))
    assert (event.ord_type, event.cash_order_qty, event.leaves_qty) == (OrdType.MARKET, None, None)


@pytest.mark.parametrize("direction", [*TriggerPriceDirection])
def test_stop_limit_99_1109(direction: TriggerPriceDirection) -> None:
    event = decoded(report(_40="4", _99="83000", _1109=direction.value))
    assert (event.ord_type, event.trigger_price, event.trigger_direction) == (
        OrdType.STOP_LIMIT,
        Decimal(83000),
        direction,
    )


def test_post_only_18_a() -> None:
    assert decoded(report(_18="A")).post_only


def test_iceberg_1138() -> None:
    assert decoded(report(_1138="0.002")).max_floor == Decimal("0.002")


def test_batches_u5_u7_are_shown() -> None:
    for msg_type in ("U5", "U7"):
        assert isinstance(decode(inbound(msg_type, [(8014, ID), (58, "no")]), AT), Unhandled)


@pytest.mark.parametrize(
    "category", [one for one in RejectCategory if one not in (RejectCategory.OTHER, RejectCategory.NO_CHANGE)]
)
def test_every_class_of_refusal_has_advice(category: RejectCategory) -> None:
    assert CoinbaseExchange().advice(Reason(category=category, text="x"))


@given(
    st.sampled_from(["8", "9", "3", "j", "r", "U5"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [6, 11, 14, 17, 31, 32, 37, 38, 39, 40, 41, 44, 45, 54, 55, 59, 60, 99, 102, 103, 136]
            )
            | st.sampled_from(
                [137, 138, 150, 151, 152, 371, 372, 373, 378, 379, 380, 434, 530, 531, 891, 1003, 1109]
            ),
            st.sampled_from(
                ["0", "1", "2", "8", "C", "D", "F", "I", "BTC-USD", "-1", "1e9", "NaN", " ", "\u00e9"]
            ),
        ),
        max_size=25,
        unique_by=lambda pair: pair[0],
    ),
)
def test_whatever_comes_is_decoded_or_shown_and_never_raises(
    msg_type: str, fields: list[tuple[int, str]]
) -> None:
    assert CoinbaseExchange().decode(inbound(msg_type, fields), AT) is not None
