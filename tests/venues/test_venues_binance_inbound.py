"""What the venue says, as events: published samples, lifecycles, and messages that cannot be told for sure."""

from decimal import Decimal

import msgspec
import pytest
from binance_samples import (
    AMEND_REJECT,
    EXECUTION_REPORT,
    FROM_VENUE,
    LIMIT_RESPONSE,
    LIST_STATUS,
    LOGON_REPLY,
    NEWS,
    inbound,
    message,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.message import Message
from blotter.trading.enums import (
    ContingencyType,
    ExecType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    PegPriceType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    Fee,
    ListMember,
    ListReport,
    MassCancelReport,
    Reason,
)
from blotter.venues.base import Decoded, Limit, LimitReport, SessionRejected, Unhandled
from blotter.venues.binance import BinanceSpot

D = Decimal
AT = 1_772_359_200_000_000_000


def decoded(source: Message) -> Decoded:
    return BinanceSpot().decode(source, AT)


def report(**changes: str | None) -> Decoded:
    """An ExecutionReport; keys are f<tag>, None leaves a field out."""
    fields: dict[int, str | None] = {
        17: "9",
        11: "A-1",
        37: "42",
        38: "1.00000000",
        40: "2",
        54: "1",
        55: "BTCUSDT",
        44: "100.00",
        59: "1",
        60: "20260301-10:00:00.000000",
        150: "0",
        14: "0.00000000",
        151: "1.00000000",
        25017: "0.00000000",
        32: "0.00000000",
        39: "0",
    } | {int(name[1:]): value for name, value in changes.items()}
    return decoded(inbound("8", *((tag, value) for tag, value in fields.items() if value is not None)))


def executed(**changes: str | None) -> ExecutionReport:
    event = report(**changes)
    assert isinstance(event, ExecutionReport), event
    return event


def test_the_published_execution_report() -> None:
    assert decoded(message(EXECUTION_REPORT)) == ExecutionReport(
        symbol="BNBUSDT",
        side=Side.SELL,
        ord_type=OrdType.LIMIT,
        exec_type=ExecType.NEW,
        ord_status=OrdStatus.NEW,
        cum_qty=D(0),
        at=AT,
        exec_id="10062143",
        cl_ord_id="1738660209676610000",
        order_id="4709412",
        order_qty=D(1),
        price=D(730),
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
        leaves_qty=D(1),
        cum_quote_qty=D(0),
        working=True,
        transact_time=1_738_660_209_753_771_000,
        self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER,
    )


def test_the_published_amend_reject_and_that_zero_is_an_id() -> None:
    assert decoded(message(AMEND_REJECT)) == AmendRejected(
        cl_ord_id="1WRGW5J1742394452749",
        symbol="BTCUSDT",
        reason=Reason(
            category=RejectCategory.NO_CHANGE,
            text="The requested action would change no state; rejecting.",
            code=-2038,
        ),
        at=AT,
        order_id="0",
    )


def test_the_published_limits() -> None:
    assert decoded(message(LIMIT_RESPONSE)) == LimitReport(
        "1718343762723730315",
        (
            Limit("messages", 1, 1000, 10),
            Limit("orders", 0, 200, 10),
            Limit("orders", 0, 200000, 86400),
        ),
    )


def test_a_fill_with_fees_in_two_assets() -> None:
    event = decoded(
        inbound(
            "8",
            *[(17, "10"), (11, "A-1"), (37, "0"), (38, "2"), (40, "1"), (152, "20"), (54, "2")],
            *[(55, "BTCUSDT"), (150, "F"), (14, "1"), (151, "1"), (25017, "10.5"), (31, "10.5"), (32, "1")],
            *[(39, "1"), (1003, "0"), (1057, "N"), (136, "2"), (137, "0.001"), (138, "BNB"), (139, "4")],
            *[(137, "0.02"), (138, "这"), (139, "4"), (636, "Y")],
        )
    )
    assert isinstance(event, ExecutionReport)
    assert event.fees == (Fee(D("0.001"), "BNB"), Fee(D("0.02"), "这"))
    assert (event.trade_id, event.order_id, event.exec_id) == ("0", "0", "10")
    assert (event.last_px, event.last_qty, event.cum_quote_qty) == (D("10.5"), D(1), D("10.5"))
    assert (event.cash_order_qty, event.aggressor, event.working) == (D(20), False, True)
    assert event.reason is None


def test_aggressor_is_read_on_trades_only() -> None:
    assert executed(f1057="Y").aggressor is None
    assert executed(f150="F", f39="2", f1057="Y").aggressor is True
    assert executed(f150="F", f39="2").aggressor is None


def test_rejection() -> None:
    event = executed(
        f150="8", f39="8", f17=None, f25016="-2010", f58="Order would immediately match and take."
    )
    assert event.exec_id is None
    assert event.reason == Reason(
        category=RejectCategory.WOULD_TAKE, text="Order would immediately match and take.", code=-2010
    )


def test_cancel_amend_and_the_ids_they_carry() -> None:
    canceled = executed(f150="4", f39="4", f11="C-1", f41="A-1")
    assert (canceled.exec_type, canceled.cl_ord_id, canceled.orig_cl_ord_id) == (
        ExecType.CANCELED,
        "C-1",
        "A-1",
    )
    assert canceled.reason is None
    amended = executed(f150="5", f39="1", f11="A-2", f41="A-1", f38="0.5", f14="0.2")
    assert (amended.exec_type, amended.ord_status, amended.order_qty, amended.cum_qty) == (
        ExecType.REPLACED,
        OrdStatus.PARTIALLY_FILLED,
        D("0.5"),
        D("0.2"),
    )


@pytest.mark.parametrize(
    ("value", "reason", "text"),
    [
        ("1", ExpiryReason.REJECTED_AT_TRIGGER, "rejected when it was triggered or activated"),
        ("2", ExpiryReason.EXCHANGE_CANCELED, "canceled by the exchange"),
        ("3", ExpiryReason.OCO_TRIGGER, "the other leg of its list took over"),
        ("OTO_PHASE_ONE_EXPIRED", ExpiryReason.OTO_WORKING_EXPIRED, "the working order of its list expired"),
        ("5", ExpiryReason.UNFILLED_IOC_QUANTITY, "immediate-or-cancel: the rest found no match"),
        (
            "UNFILLED_IOC_QUANTITY_EXPIRED",
            ExpiryReason.UNFILLED_IOC_QUANTITY,
            "immediate-or-cancel: the rest found no match",
        ),
        ("6", ExpiryReason.UNFILLED_FOK_ORDER, "fill-or-kill: not all of it found a match"),
        ("INSUFFICIENT_LIQUIDITY", ExpiryReason.INSUFFICIENT_LIQUIDITY, "the book ran out"),
        ("8", ExpiryReason.PRICE_RANGE, "the price left the range the exchange allows"),
        ("99", None, "expired for reason 99, unknown here"),
    ],
)
def test_expiry_reason_as_number_and_as_name(value: str, reason: ExpiryReason | None, text: str) -> None:
    event = executed(f150="C", f39="C", f25056=value)
    assert event.reason == Reason(category=RejectCategory.OTHER, text=text)
    assert event.expiry_reason is reason


def test_expiry_by_self_trade_prevention_and_without_a_word() -> None:
    prevented = executed(f150="C", f39="C", f25024="3", f25030="0.4")
    assert prevented.prevented_qty == D("0.4")
    assert prevented.reason == Reason(category=RejectCategory.OTHER, text="self-trade prevention")
    assert executed(f150="C", f39="C").reason is None


def test_post_only_iceberg_pending_new() -> None:
    event = executed(f18="6", f59=None, f111="0.1", f39="A", f636="N")
    assert event.post_only
    assert event.time_in_force is None
    assert event.max_floor == D("0.1")
    assert event.ord_status is OrdStatus.PENDING_NEW
    assert event.working is False


def test_a_trailing_stop_limit_of_a_list() -> None:
    event = executed(
        f40="4", f1100="4", f1101="1", f1107="2", f1102="95.5", f1109="D", f25009="150", f66="25", f54="2"
    )
    assert (event.ord_type, event.list_id) == (OrdType.STOP_LIMIT, "25")
    assert (event.trigger_price, event.trigger_direction) == (D("95.5"), TriggerPriceDirection.DOWN)
    assert event.trailing_bips == 150


@pytest.mark.parametrize("offset", ["3", "3.0", "3.00000000"])
def test_a_pegged_order_with_strategy_and_routing(offset: str) -> None:
    """PegOffsetValue is a FLOAT on the wire and a number of price levels in meaning."""
    event = executed(
        f40="P",
        f1094="5",
        f835="1",
        f836="3",
        f211=offset,
        f839="99.97",
        f847="1000001",
        f7940="12",
        f25032="Y",
    )
    assert (event.ord_type, event.peg_price_type) == (OrdType.PEGGED, PegPriceType.PRIMARY_PEG)
    assert (event.peg_offset, event.pegged_price) == (3, D("99.97"))
    assert (event.target_strategy, event.strategy_id) == (1_000_001, 12)
    assert event.smart_routing


def test_a_fill_by_smart_routing_is_named_by_its_allocation() -> None:
    allocated = executed(f150="F", f39="2", f14="1", f31="100", f32="1", f70="0", f574="1", f25032="Y")
    assert allocated.trade_id == "A0", (
        "allocations are numbered apart from trades, and 0 is a number like any"
    )
    traded = executed(f150="F", f39="2", f14="1", f31="100", f32="1", f1003="7", f574="4", f25032="Y")
    assert traded.trade_id == "7"


def test_what_only_describes_an_order_never_hides_a_fill() -> None:
    event = executed(
        f150="F", f39="1", f14="1", f31="100", f32="1", f1003="7", f1102="soon", f1109="X", f25009="1.5",
        f1094="9", f211="half", f839="-", f847="many", f7940="99999999999999999999", f25001="7", f25056="new",
    )  # fmt: skip
    assert (event.cum_qty, event.last_qty, event.trade_id) == (D(1), D(1), "7")
    assert (event.trigger_price, event.trigger_direction, event.trailing_bips) == (None, None, None)
    assert (event.peg_price_type, event.peg_offset, event.target_strategy) == (None, None, None)
    assert (event.self_trade_prevention, event.expiry_reason, event.strategy_id) == (None, None, None)


@pytest.mark.parametrize("changes", [{"f40": "1"}, {"f40": "3"}, {"f18": "6"}])
def test_orders_without_time_in_force_have_none_although_rest_gave_them_one(changes: dict[str, str]) -> None:
    """Else their replacement would carry it, and be refused (trap 23)."""
    assert executed(**changes, f59="1").time_in_force is None
    assert executed(f59="1").time_in_force is TimeInForce.GOOD_TILL_CANCEL


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"f150": "Z"}, "ExecType (150) 'Z' is unknown here"),
        ({"f39": "7"}, "OrdStatus (39) '7' is unknown here"),
        ({"f40": "Q"}, "OrdType (40) 'Q' is unknown here"),
        ({"f54": "5"}, "Side (54) '5' is unknown here"),
        ({"f150": None}, "ExecType (150) is missing"),
        ({"f55": None}, "Symbol (55) is missing"),
        ({"f14": None}, "CumQty (14) is missing"),
        ({"f14": "NaN"}, "CumQty (14) 'NaN' is no plain decimal"),
        ({"f14": "1e3"}, "CumQty (14) '1e3' is no plain decimal"),
        ({"f31": "1_0"}, "LastPx (31) '1_0' is no plain decimal"),
    ],
)
def test_what_decides_an_order_is_never_guessed(changes: dict[str, str | None], cause: str) -> None:
    event = report(**changes)
    assert isinstance(event, Unhandled)
    assert event.text.startswith(cause)
    assert "ClOrdID A-1" in event.text
    assert "OrderID 42" in event.text


def test_what_does_not_decide_is_tolerated() -> None:
    event = executed(f59="7", f60="yesterday", f25001="9", f39999="new", f25018="1772359200", f18="Z")
    assert event.time_in_force is None
    assert event.transact_time is None
    assert not event.post_only


def test_field_order_does_not_matter() -> None:
    pairs = [(int(tag), value.decode()) for tag, value in message(EXECUTION_REPORT).pairs[3:-1]]
    backwards = [pair for pair in reversed(pairs) if pair[0] not in (34, 49, 52, 56)]
    assert decoded(inbound("8", *backwards)) == decoded(message(EXECUTION_REPORT))


def test_cancel_reject() -> None:
    fields = [(11, "C-1"), (41, "A-1"), (37, "0"), (55, "BTCUSDT"), (434, "1")]
    event = decoded(inbound("9", *fields, (25016, "-1013"), (58, "Unknown order sent.")))
    assert event == CancelRejected(
        cl_ord_id="C-1",
        symbol="BTCUSDT",
        reason=Reason(category=RejectCategory.UNKNOWN_ORDER, text="Unknown order sent.", code=-1013),
        at=AT,
        orig_cl_ord_id="A-1",
        order_id="0",
    )
    assert decoded(inbound("9", *fields[1:])) == Unhandled(
        "9", "ClOrdID (11) is missing (Symbol BTCUSDT, OrigClOrdID A-1, OrderID 0)"
    )


def test_cancel_reject_of_a_list_and_by_restrictions() -> None:
    fields = [(11, "C-1"), (55, "BTCUSDT"), (66, "25"), (25015, "L-1"), (434, "1")]
    text = "Order was not canceled due to cancel restrictions."
    event = decoded(inbound("9", *fields, (25002, "1"), (25016, "-2011"), (58, text)))
    assert isinstance(event, CancelRejected)
    assert (event.list_id, event.cl_list_id) == ("25", "L-1")
    assert (event.order_id, event.orig_cl_ord_id) == (None, None)
    assert event.reason == Reason(category=RejectCategory.RULE, text=text, code=-2011)


def test_the_published_list_status() -> None:
    assert decoded(message(LIST_STATUS)) == ListReport(
        list_id="25",
        cl_list_id="1717726747805308656",
        orig_cl_list_id="1717726747805308656",
        status_type=ListStatusType.EXEC_STARTED,
        order_status=ListOrderStatus.EXECUTING,
        contingency=ContingencyType.ONE_TRIGGERS_THE_OTHER,
        at=AT,
        symbol="BTCUSDT",
        members=(
            ListMember(symbol="BTCUSDT", cl_ord_id="w1717726747805308656", order_id="52"),
            ListMember(symbol="BTCUSDT", cl_ord_id="p1717726747805308656", order_id="53"),
        ),
        transact_time=1_717_726_747_836_000_000,
    )


def legs(*tail: tuple[int, str]) -> list[tuple[int, str]]:
    """Two legs as they come since 2025: the id first, no symbol at the top level."""
    return [(73, "2"), (11, "w-1"), (55, "BTCUSDT"), (37, "0"), (11, "p-1"), (55, "BTCUSDT"), *tail]


def test_list_status_as_it_comes_now_has_its_symbol_in_the_legs() -> None:
    event = decoded(inbound("N", (66, "0"), (25014, "L-1"), (1385, "9"), (429, "100"), (431, "3"), *legs()))
    assert isinstance(event, ListReport)
    assert (event.symbol, event.list_id, event.contingency) == ("BTCUSDT", "0", None)
    assert [(leg.cl_ord_id, leg.order_id) for leg in event.members] == [("w-1", "0"), ("p-1", None)]
    assert event.status_type is ListStatusType.UPDATED
    assert event.reason is None


REFUSED_LIST = [(25014, "L-1"), (1385, "1"), (429, "2"), (431, "7"), (1386, "99")]
NO_FUNDS = Reason(
    category=RejectCategory.FUNDS, text="Account has insufficient balance for requested action.", code=-2010
)


@pytest.mark.parametrize(
    "fields",
    [
        [*REFUSED_LIST, (103, "99"), (25016, "-2010"), (58, NO_FUNDS.text), *legs()],
        [*REFUSED_LIST, *legs(), (103, "99"), (25016, "-2010"), (58, NO_FUNDS.text)],
        [*REFUSED_LIST, *legs((103, "99"), (25016, "-2010"), (58, NO_FUNDS.text))],
        [*REFUSED_LIST, (25016, "-2010"), (58, NO_FUNDS.text)],
    ],
)
def test_a_refused_list_tells_why_wherever_that_stands(fields: list[tuple[int, str]]) -> None:
    event = decoded(inbound("N", *fields))
    assert isinstance(event, ListReport)
    assert (event.order_status, event.status_type) == (ListOrderStatus.REJECT, ListStatusType.RESPONSE)
    assert event.reason == NO_FUNDS


def test_code_and_text_of_a_refused_list_are_of_one_leg() -> None:
    """A leg that merely fell with the other one may have a code of its own."""
    two = [(73, "2"), (11, "w-1"), (55, "X"), (25016, "-1000")]
    two += [(11, "p-1"), (55, "X"), (25016, "-2010"), (58, NO_FUNDS.text)]
    event = decoded(inbound("N", *REFUSED_LIST, *two))
    assert isinstance(event, ListReport)
    assert event.reason == NO_FUNDS


def test_a_list_refused_without_a_word() -> None:
    event = decoded(inbound("N", *REFUSED_LIST, *legs()))
    assert isinstance(event, ListReport)
    assert event.reason == Reason(category=RejectCategory.OTHER, text="OTHER")


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ([(429, "3"), (431, "3")], "ListStatusType (429) '3' is unknown here"),
        ([(429, "4"), (431, "9")], "ListOrderStatus (431) '9' is unknown here"),
        ([(431, "3")], "ListStatusType (429) is missing"),
        ([(429, "4")], "ListOrderStatus (431) is missing"),
    ],
)
def test_a_list_status_that_does_not_decide_names_the_list(fields: list[tuple[int, str]], cause: str) -> None:
    event = decoded(inbound("N", (66, "25"), (25014, "L-1"), *fields))
    assert event == Unhandled("N", f"{cause} (ListID 25, ClListID L-1)")


def test_mass_cancel_report() -> None:
    fields = [(55, "BTCUSDT"), (11, "C-9"), (530, "1")]
    accepted = MassCancelReport(cl_ord_id="C-9", symbol="BTCUSDT", at=AT, total_affected=0)
    assert decoded(inbound("r", *fields, (531, "1"), (533, "0"))) == accepted
    refused = decoded(
        inbound("r", *fields, (531, "0"), (532, "99"), (25016, "-2011"), (58, "Unknown order sent."))
    )
    assert refused == MassCancelReport(
        cl_ord_id="C-9",
        symbol="BTCUSDT",
        at=AT,
        reason=Reason(category=RejectCategory.UNKNOWN_ORDER, text="Unknown order sent.", code=-2011),
    )
    assert isinstance(decoded(inbound("r", *fields, (531, "2"))), Unhandled)
    assert isinstance(decoded(inbound("r", *fields)), Unhandled)


def test_reject() -> None:
    full = [(45, "7"), (371, "44"), (372, "D"), (373, "99"), (25016, "-1111")]
    text = "Parameter 'price' has too much precision."
    assert decoded(inbound("3", *full, (58, text))) == SessionRejected(
        7, 44, "D", Reason(category=RejectCategory.RULE, text=text, code=-1111)
    )
    assert decoded(inbound("3", (58, "Go away."))) == SessionRejected(
        None, None, None, Reason(category=RejectCategory.SESSION, text="Go away.")
    )
    assert decoded(inbound("3", (45, "0"), (373, "10"))) == SessionRejected(
        0, None, None, Reason(category=RejectCategory.TIME, text="SENDINGTIME_ACCURACY_PROBLEM")
    )


def test_a_reject_that_does_not_know_the_outcome_is_no_refusal() -> None:
    text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    for fields in ([(25016, "-1007"), (58, text)], [(58, text)], [(25016, "-1006")], [(25016, "-1000")]):
        event = decoded(inbound("3", (45, "7"), *fields))
        assert isinstance(event, SessionRejected)
        assert event.reason.category is RejectCategory.UNKNOWN_OUTCOME


@pytest.mark.parametrize("unit", ["w", None])
def test_a_limit_with_an_unreadable_interval_is_not_shown_as_one_without(unit: str | None) -> None:
    fields = [(6136, "L"), (25003, "1"), (25004, "1"), (25005, "3"), (25006, "200")]
    assert decoded(inbound("XLR", *fields)) == LimitReport("L", (Limit("orders", 3, 200, None),))
    tail = [(25007, "1")] + ([(25008, unit)] if unit else [])
    assert isinstance(decoded(inbound("XLR", *fields, *tail)), Unhandled)


def test_messages_of_other_kinds() -> None:
    assert decoded(inbound("j", (58, "hello"))) == Unhandled("j", "MsgType j is unknown here (Text hello)")
    for text in (NEWS, LOGON_REPLY):
        assert isinstance(decoded(message(text)), Unhandled)


values = st.one_of(
    st.sampled_from([b"", b"0", b"-1", b"99999999999999999999", b"1e5", b"NaN", b"\xff\xfe", b"Z", b"Y"]),
    st.binary(max_size=8).filter(lambda value: b"\x01" not in value),
)
tags = st.sampled_from(
    [
        *[11, 14, 17, 31, 32, 37, 38, 39, 40, 45, 54, 55, 60, 73, 136, 137, 138, 146, 150, 268, 269, 270],
        *[271, 279, 281, 320, 431, 531, 533, 1003, 6136, 25003, 25004, 25007, 25008, 25016, 25044, 25056],
        *[58, 66, 70, 211, 429, 839, 847, 1094, 1102, 1109, 1385, 7940, 25001, 25009, 25014, 25015, 25032],
    ]
)
MSG_TYPES = ["8", "9", "XAR", "r", "N", "XLR", "3", "W", "X", "Y", "y", "j"]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(FROM_VENUE),
    st.none() | st.sampled_from(MSG_TYPES),
    st.lists(st.tuples(st.integers(0, 60), tags, values), max_size=6),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_decode_never_raises(
    sample: str, msg_type: str | None, changes: list[tuple[int, int, bytes]], gone: list[int]
) -> None:
    source = message(sample)
    fields = list(source.pairs[3:-1])
    for at, tag, value in changes:
        fields.insert(at % (len(fields) + 1), (b"%d" % tag, value))
        fields[(at * 7) % len(fields)] = (fields[(at * 7) % len(fields)][0], value)
    for at in gone:
        if fields:
            del fields[at % len(fields)]
    # Framed by hand: the encoder refuses to write much of this, but a venue might.
    body = b"35=" + (msg_type or source.msg_type).encode() + b"\x01"
    body += b"".join(b"%b=%b\x01" % pair for pair in fields)
    head = b"8=FIX.4.4\x019=%d\x01" % len(body)
    raw = head + body + b"10=%03d\x01" % (sum(head + body) % 256)
    event = BinanceSpot().decode(Message(raw, msg_type or source.msg_type), AT)
    assert isinstance(event, Decoded)
    if isinstance(event, ExecutionReport):
        msgspec.msgpack.encode(event)  # as snapshots keep it


def test_decoding_keeps_nothing_between_order_reports() -> None:
    venue = BinanceSpot()
    first = [venue.decode(message(text), AT) for text in FROM_VENUE]
    assert [venue.decode(message(text), AT) for text in reversed(FROM_VENUE)] == first[::-1]
