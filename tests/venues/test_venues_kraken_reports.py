"""What Kraken says, by the tables of the other-venues sheet 6.1 and the venue's published messages: each test is named
after the row or trap it holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import Message, decode, encode
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import CancelRejected, ExecutionReport, Fee, MassCancelReport, Reason
from blotter.venues.base import AskOrder, OrderStatus, SessionRejected, Unhandled
from blotter.venues.kraken import KrakenSpot
from blotter.venues.kraken.reports import Reports

AT = 1_775_572_325_000_000_000
ID, ORDER_ID = "1744036325000000", "OQNCZM-NVAVC-AVD2LO"
PUBLISHED = (
    "8=FIX.4.4|9=260|35=8|34=3|49=KRAKEN-TRD|56=CLIENT|52=20260407-14:32:05.122|6=0|11=1744036325000000|14=0|"
    "17=EXEC002:TRD001|37=OQNCZM-NVAVC-AVD2LO|38=0.001|39=0|40=2|44=84000|54=1|55=BTC/USD|"
    "58=buy 0.001 BTC/USD @ limit 84000|59=1|60=20260407-14:32:05.000|150=0|151=0.001|381=0|10=144|"
)
PUBLISHED_PENDING = (
    "8=FIX.4.4|9=264|35=8|34=2|49=KRAKEN-TRD|52=20230707-13:56:08.717|56=MYCOMPID|6=0.0|11=1688738168|14=0.0|"
    "17=PAM2QZA:2S2P7SDKTJXRO|37=OKWUQF-YPJM2-DTAJHH|38=0.01|39=A|40=2|44=1000.0|54=1|55=BTC/USD|"
    "58=buy 0.01 BTC/USD @ limit 1000|59=1|60=20230707-13:56:08.695|150=A|151=0.01|381=0.0|10=126|"
)
PUBLISHED_BUSINESS = (
    "8=FIX.4.4|9=134|35=j|34=16|49=KRAKEN-TRD|52=20230707-14:05:37.805|56=MYCOMPID|45=0|"
    "58=1688738737 : EOrder:Insufficient funds|372=D|379=1688738737|380=0|10=149|"
)
PUBLISHED_SESSION = (
    "8=FIX.4.4|9=139|35=3|34=14|49=KRAKEN-TRD|56=CLIENT|52=20260407-14:32:05.122|45=12|371=54|372=D|373=1|"
    "58=Missing mandatory field: Side (54)|10=139|"
)


def body(text: str) -> list[tuple[int, str]]:
    """The fields of a published message behind its header."""
    pairs = [field.split("=", 1) for field in text.rstrip("|").split("|")]
    return [(int(tag), value) for tag, value in pairs if int(tag) not in (8, 9, 35, 34, 49, 52, 56, 10)]


def inbound(msg_type: str, fields: list[tuple[int, str]]) -> Message:
    header = [(34, "7"), (49, "KRAKEN-TRD"), (52, "20260407-14:32:05.123"), (56, "CLIENT")]
    return decode(encode("FIX.4.4", msg_type, header, fields))


def report(*drop: int, **changes: str) -> Message:
    """The published report with fields changed: `_150="F"`."""
    new = {int(name[1:]): value for name, value in changes.items()}
    fields = [(tag, new.pop(tag, value)) for tag, value in body(PUBLISHED) if tag not in drop]
    return inbound("8", fields + list(new.items()))


def decoded(message: Message, reports: Reports | None = None) -> ExecutionReport:
    event = (reports or Reports()).decode(message, AT)
    assert isinstance(event, ExecutionReport), event
    return event


def fill(qty: str, cum: str, cost: str, fee: str, trade_id: str, *more: tuple[int, str]) -> Message:
    total = Decimal("0.001")
    changed = {
        150: "F",
        39: "2" if Decimal(cum) == total else "1",
        14: cum,
        151: str(total - Decimal(cum)),
        381: cost,
        17: f"E{trade_id}",
    }
    fields = [(tag, changed.get(tag, value)) for tag, value in body(PUBLISHED)]
    fields += [(31, "84000"), (32, qty), (1003, trade_id), (527, "991"), (5050, "0"), *more]
    return inbound("8", [*fields, (136, "1"), (137, fee), (138, "USD"), (139, "4"), (891, "2")])


def test_published_report_whole() -> None:
    event = decoded(inbound("8", body(PUBLISHED)))
    assert (event.exec_type, event.ord_status, event.ord_type) == (
        ExecType.NEW,
        OrdStatus.NEW,
        OrdType.LIMIT,
    )
    assert (event.symbol, event.side, event.price) == ("BTC/USD", Side.BUY, Decimal(84000))
    assert (event.order_qty, event.leaves_qty, event.cum_qty) == (Decimal("0.001"), Decimal("0.001"), 0)
    assert (event.cl_ord_id, event.order_id, event.exec_id) == (ID, ORDER_ID, "EXEC002:TRD001")
    assert event.time_in_force is TimeInForce.GOOD_TILL_CANCEL
    assert event.transact_time == 1_775_572_325_000_000_000
    assert event.reason is None, "58 describes the order here"


def test_published_pending_new_is_the_first_answer() -> None:
    event = decoded(inbound("8", body(PUBLISHED_PENDING)))
    assert (event.exec_type, event.ord_status) == (ExecType.PENDING_NEW, OrdStatus.PENDING_NEW)
    assert event.order_id == "OKWUQF-YPJM2-DTAJHH"


def test_fill_has_price_quantity_trade_id_liquidity_and_what_was_paid_so_far() -> None:
    event = decoded(fill("0.0004", "0.0004", "33.6", "0.05", "T1"))
    assert (event.exec_type, event.ord_status) == (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)
    assert (event.last_px, event.last_qty, event.cum_qty) == (
        Decimal(84000),
        Decimal("0.0004"),
        Decimal("0.0004"),
    )
    assert (event.trade_id, event.aggressor, event.cum_quote_qty) == ("T1", False, Decimal("33.6"))
    assert event.fees == (Fee(Decimal("0.05"), "USD"),)


def test_liquidity_5050_0_maker_1_taker() -> None:
    message = inbound("8", [(tag, "1" if tag == 5050 else value) for tag, value in pairs(fill_one())])
    assert decoded(message).aggressor is True


def fill_one() -> Message:
    return fill("0.0004", "0.0004", "33.6", "0.05", "T1")


def pairs(message: Message) -> list[tuple[int, str]]:
    return body("|".join(f"{name.decode()}={value.decode()}" for name, value in message.pairs))


def test_fees_are_cumulative_and_said_to_be() -> None:
    told = [fill("0.0004", "0.0004", "33.6", "0.05", "T1"), fill("0.0006", "0.001", "84", "0.13", "T2")]
    reports = [decoded(message) for message in told]
    assert [one.fees for one in reports] == [(Fee(Decimal("0.05"), "USD"),), (Fee(Decimal("0.13"), "USD"),)]
    assert all(one.fees_so_far for one in reports)
    assert not decoded(report()).fees_so_far


@pytest.mark.parametrize(
    ("value", "exec_type"),
    [
        ("0", ExecType.NEW),
        ("4", ExecType.CANCELED),
        ("5", ExecType.REPLACED),
        ("A", ExecType.PENDING_NEW),
        ("C", ExecType.EXPIRED),
        ("D", ExecType.RESTATED),
    ],
)
def test_exec_type_150(value: str, exec_type: ExecType) -> None:
    assert decoded(report(_150=value)).exec_type is exec_type


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("0", OrdStatus.NEW),
        ("1", OrdStatus.PARTIALLY_FILLED),
        ("2", OrdStatus.FILLED),
        ("4", OrdStatus.CANCELED),
        ("5", OrdStatus.REPLACED),
        ("A", OrdStatus.PENDING_NEW),
        ("C", OrdStatus.EXPIRED),
        ("E", OrdStatus.PENDING_REPLACE),
    ],
)
def test_ord_status_39(value: str, status: OrdStatus) -> None:
    assert decoded(report(_39=value)).ord_status is status


@pytest.mark.parametrize(("tag", "value"), [(150, "Z"), (39, "Z"), (40, "U"), (54, "5"), (14, "1e3")])
def test_what_decides_and_is_unknown_is_shown_and_not_guessed(tag: int, value: str) -> None:
    event = Reports().decode(report(**{f"_{tag}": value}), AT)
    assert isinstance(event, Unhandled)
    assert f"({tag}) '{value}'" in event.text
    assert ORDER_ID in event.text


@pytest.mark.parametrize(
    ("value", "side", "kind", "direction"),
    [
        ("3", "2", OrdType.STOP, TriggerPriceDirection.DOWN),
        ("3", "1", OrdType.STOP, TriggerPriceDirection.UP),
        ("4", "2", OrdType.STOP_LIMIT, TriggerPriceDirection.DOWN),
        ("R", "2", OrdType.STOP, TriggerPriceDirection.UP),
        ("T", "1", OrdType.STOP_LIMIT, TriggerPriceDirection.DOWN),
    ],
)
def test_types_3_4_r_t(value: str, side: str, kind: OrdType, direction: TriggerPriceDirection) -> None:
    event = decoded(report(_40=value, _54=side, _99="80000"))
    assert (event.ord_type, event.trigger_direction, event.trigger_price) == (kind, direction, Decimal(80000))


def test_cancel_names_the_request_in_11_and_the_order_in_41() -> None:
    event = decoded(report(_150="4", _39="4", _11="1744036329000000", _41=ID, _151="0", _58="User requested"))
    assert (event.cl_ord_id, event.orig_cl_ord_id) == ("1744036329000000", ID)
    assert event.reason == Reason(category=RejectCategory.OTHER, text="User requested")


def test_later_failure_is_an_unsolicited_cancel_with_its_reason() -> None:
    event = decoded(report(_150="4", _39="4", _151="0", _58="Post only order"))
    assert event.ord_status is OrdStatus.CANCELED
    assert event.reason == Reason(category=RejectCategory.WOULD_TAKE, text="Post only order")


def test_restated_378_3_warns_of_trades_that_were_not_reported_in_time() -> None:
    event = decoded(report(_150="D", _39="1", _14="0.0004", _151="0.0006", _381="33.6", _378="3"))
    assert (event.exec_type, event.cum_qty, event.cum_quote_qty) == (
        ExecType.RESTATED,
        Decimal("0.0004"),
        Decimal("33.6"),
    )
    assert event.last_qty == 0, "it is no fill"


def test_expiry_150_c() -> None:
    event = decoded(report(_150="C", _39="C", _151="0", _59="6", _126="20260407-15:00:00", _58="Expired"))
    assert (event.exec_type, event.ord_status) == (ExecType.EXPIRED, OrdStatus.EXPIRED)
    assert event.time_in_force is TimeInForce.GOOD_TILL_DATE


def test_status_answer_150_i_is_a_snapshot_that_names_the_order() -> None:
    event = decoded(report(_150="I", _39="1", _14="0.0004", _151="0.0006", _381="33.6"))
    assert (event.exec_id, event.exec_type, event.order_id) == (None, ExecType.ORDER_STATUS, ORDER_ID)
    assert (event.cum_qty, event.cum_quote_qty) == (Decimal("0.0004"), Decimal("33.6"))


def test_status_refused_by_j_with_101_unknown_order_finds_its_question() -> None:
    venue = KrakenSpot()
    asked = [
        dict(venue.encode(AskOrder(name, ID, "BTC/USD", Side.BUY, ORDER_ID), AT).fields)
        for name in ("q1", "q2")
    ]
    fields = [(45, "0"), (58, "EOrder:Unknown order"), (372, "H"), (379, str(asked[1][11])), (380, "101")]
    event = venue.decode(inbound("j", fields), AT)
    assert isinstance(event, OrderStatus)
    assert (event.req_id, event.report) == ("q2", None)
    assert event.reason is not None
    assert (event.reason.category, event.reason.code) == (RejectCategory.UNKNOWN_ORDER, 101)
    again = venue.decode(inbound("j", fields), AT)
    assert isinstance(again, OrderStatus)
    assert again.req_id == "", "nobody asks any more"


def test_status_refused_by_j_with_104_too_old_says_nothing_about_the_order() -> None:
    fields = [(45, "12"), (58, "Order too old"), (372, "H"), (379, ID), (380, "104")]
    event = Reports().decode(inbound("j", fields), AT)
    assert isinstance(event, OrderStatus)
    assert event.reason is not None
    assert event.reason.category is RejectCategory.OTHER
    assert "no longer knows" in KrakenSpot().advice(event.reason)


def test_rejects_j_rule_breach_as_published_has_no_usable_45() -> None:
    event = Reports().decode(inbound("j", body(PUBLISHED_BUSINESS)), AT)
    assert event == SessionRejected(
        None,
        None,
        "D",
        Reason(category=RejectCategory.FUNDS, text="1688738737 : EOrder:Insufficient funds", code=0),
        "1688738737",
    )


@pytest.mark.parametrize(
    ("code", "text", "category"),
    [
        ("101", "EOrder:Unknown order", RejectCategory.UNKNOWN_ORDER),
        ("2", "Unknown pair", RejectCategory.RULE),
        ("6", "", RejectCategory.PERMISSION),
        ("0", "1 : EOrder:Rate limit exceeded", RejectCategory.RATE),
        ("0", "1 : EOrder:Post only order", RejectCategory.WOULD_TAKE),
        ("0", "1 : request timed out", RejectCategory.UNKNOWN_OUTCOME),
        ("0", "1 : EGeneral:something", RejectCategory.OTHER),
    ],
)
def test_rejects_j_380(code: str, text: str, category: RejectCategory) -> None:
    fields = [(45, "12"), (372, "D"), (379, ID), (380, code)]
    event = Reports().decode(inbound("j", fields + [(58, text)] * bool(text)), AT)
    assert isinstance(event, SessionRejected)
    assert (event.ref_seq_num, event.ref_id) == (12, ID)
    assert (event.reason.category, event.reason.code) == (category, int(code))
    assert event.reason.text, "never empty"
    if text:
        assert event.reason.text == text


def test_rejects_3_missing_field_as_published() -> None:
    event = Reports().decode(inbound("3", body(PUBLISHED_SESSION)), AT)
    assert isinstance(event, SessionRejected)
    assert (event.ref_seq_num, event.ref_tag_id, event.ref_msg_type) == (12, 54, "D")
    assert event.reason.text == "Missing mandatory field: Side (54)"
    assert event.reason.category is RejectCategory.SESSION


def test_rejects_9_where_it_is_sent() -> None:
    fields = [(37, "NONE"), (11, "2"), (41, ID), (39, "8"), (434, "1"), (102, "1"), (58, "Unknown order")]
    event = Reports().decode(inbound("9", fields), AT)
    assert isinstance(event, CancelRejected)
    assert (event.cl_ord_id, event.orig_cl_ord_id, event.order_id) == ("2", ID, None)
    assert event.reason.category is RejectCategory.UNKNOWN_ORDER


def test_mass_cancel_report_r_is_understood_though_cancels_are_what_answers() -> None:
    event = Reports().decode(
        inbound("r", [(11, "5"), (37, "X"), (530, "1"), (531, "1"), (55, "BTC/USD")]), AT
    )
    assert event == MassCancelReport(cl_ord_id="5", symbol="BTC/USD", at=AT)


def test_unknown_messages_are_shown() -> None:
    event = Reports().decode(inbound("UX", [(58, "?")]), AT)
    assert isinstance(event, Unhandled)
    assert "UX" in event.text


@pytest.mark.parametrize(
    "category", [c for c in RejectCategory if c not in (RejectCategory.OTHER, RejectCategory.NO_CHANGE)]
)
def test_every_class_of_refusal_has_advice(category: RejectCategory) -> None:
    assert KrakenSpot().advice(Reason(category=category, text="x"))


@given(
    st.sampled_from(["8", "9", "3", "j", "r", "h"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [6, 11, 14, 17, 31, 32, 37, 38, 39, 40, 41, 44, 45, 54, 55, 59, 60, 99, 136, 137, 138]
            )
            | st.sampled_from([150, 151, 371, 372, 373, 378, 379, 380, 381, 434, 530, 531, 1003, 5050]),
            st.sampled_from(
                ["0", "1", "2", "8", "A", "D", "F", "I", "BTC/USD", "-1", "1e9", "NaN", " ", "\u00e9"]
            ),
        ),
        max_size=25,
        unique_by=lambda pair: pair[0],
    ),
)
def test_whatever_comes_is_decoded_or_shown_and_never_raises(
    msg_type: str, fields: list[tuple[int, str]]
) -> None:
    assert KrakenSpot().decode(inbound(msg_type, fields), AT) is not None
