"""Standard messages about orders as events: what is told, what is not guessed, and what comes twice."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import Message, decode, encode
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import (
    AmendRejected,
    AmendRequested,
    CancelRejected,
    ExecutionReport,
    Fee,
    MassCancelReport,
    OrderSubmitted,
    Reason,
)
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues import standard
from blotter.venues.base import OrderStatus, SessionRejected, Several, Unhandled
from blotter.venues.standard import Marked, SelfTrade, Standard

AT = 1_700_000_000_000_000_000
TABLES = Standard(max_floor=111)
WORKING = "37=77|11=a|17=e-1|150=0|39=0|55=BTC/USD|54=1|38=2|40=2|44=60000|59=1|14=0|151=2|6=0"
FILL = "37=77|11=a|17=e-2|150=F|39=1|55=BTC/USD|54=1|38=2|40=2|44=60000|59=1|14=0.5|151=1.5|6=59999|31=59999|32=0.5"


def made(msg_type: str, fields: list[tuple[int, str]]) -> Message:
    header = ((49, "BROKER"), (56, "DESK"), (34, "2"), (52, "20231114-22:13:20.123"))
    return decode(encode("FIX.4.4", msg_type, header, fields))


def message(msg_type: str, text: str) -> Message:
    parts = (part.partition("=") for part in text.split("|"))
    return made(msg_type, [(int(tag), value) for tag, _, value in parts])


def read(msg_type: str, text: str, tables: Standard = TABLES):
    return standard.decode(tables, message(msg_type, text), AT)


def report(text: str, tables: Standard = TABLES) -> ExecutionReport:
    told = read("8", text, tables)
    assert isinstance(told, ExecutionReport), told
    return told


def test_a_report_in_full() -> None:
    text = f"{WORKING}|111=1|60=20231114-22:13:20.123456|126=20231201-00:00:00|636=Y"
    assert report(text.replace("59=1", "59=6")) == ExecutionReport(
        symbol="BTC/USD",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        exec_type=ExecType.NEW,
        ord_status=OrdStatus.NEW,
        cum_qty=Decimal(0),
        at=AT,
        exec_id="e-1",
        cl_ord_id="a",
        order_id="77",
        order_qty=Decimal(2),
        price=Decimal(60000),
        time_in_force=TimeInForce.GOOD_TILL_DATE,
        expire_time=1_701_388_800_000_000_000,
        max_floor=Decimal(1),
        leaves_qty=Decimal(2),
        working=True,
        transact_time=1_700_000_000_123_456_000,
    )


@pytest.mark.parametrize("exec_type", ["F", "1", "2"])
def test_a_fill_of_any_version(exec_type: str) -> None:
    told = report(FILL.replace("150=F", f"150={exec_type}") + "|1003=t-9|851=2")
    assert (told.exec_type, told.ord_status) == (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)
    assert (told.last_qty, told.last_px, told.cum_qty) == (Decimal("0.5"), Decimal(59999), Decimal("0.5"))
    assert (told.trade_id, told.aggressor, told.cum_quote_qty) == ("t-9", True, None)


@pytest.mark.parametrize(
    ("fields", "fees"),
    [
        ("12=0.1|479=USD", (Fee(Decimal("0.1"), "USD"),)),
        ("12=0.1|13=3|15=EUR", (Fee(Decimal("0.1"), "EUR"),)),
        ("12=-0.1", (Fee(Decimal("-0.1"), "USDT"),)),
        ("12=25|13=2|479=USD", ()),  # percent
        ("12=0|479=USD", ()),
        ("136=2|137=1|138=USD|139=4|137=0.01|139=4", (Fee(Decimal(1), "USD"), Fee(Decimal("0.01"), "USDT"))),
    ],
)
def test_fees_of_a_fill(fields: str, fees: tuple[Fee, ...]) -> None:
    assert report(f"{FILL}|{fields}", Standard(fee_asset="USDT")).fees == fees


def test_a_fee_in_nobody_knows_what_is_left_out_and_the_fill_is_not() -> None:
    told = report(f"{FILL}|12=0.1")
    assert (told.fees, told.last_qty) == ((), Decimal("0.5"))


def test_what_is_no_fill_tells_of_none() -> None:
    told = report(f"{FILL}|12=0.1|479=USD".replace("150=F", "150=4").replace("39=1", "39=4"))
    assert (told.last_qty, told.last_px, told.fees, told.cum_qty) == (Decimal(0), None, (), Decimal("0.5"))


@pytest.mark.parametrize("no_id", ["NONE", "0", "none", "[N/A]"])
def test_an_id_that_is_none(no_id: str) -> None:
    told = report(WORKING.replace("37=77", f"37={no_id}").replace("17=e-1", f"17={no_id}") + f"|41={no_id}")
    assert (told.order_id, told.exec_id, told.orig_cl_ord_id) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "ord_type"),
    [
        ("44=60000", OrdType.LIMIT),
        ("44=0", OrdType.MARKET),
        ("99=5", OrdType.STOP),
        ("99=5|44=4", OrdType.STOP_LIMIT),
    ],
)
def test_a_report_without_type_is_told_by_its_prices(fields: str, ord_type: OrdType) -> None:
    assert report(WORKING.replace("40=2|44=60000", fields)).ord_type is ord_type


def test_what_a_trigger_waits_for() -> None:
    tables = Standard(take_profits={OrdType.STOP: "R"})
    text = WORKING.replace("40=2|44=60000", "40={}|99=5")
    for value, direction in (("3", TriggerPriceDirection.UP), ("R", TriggerPriceDirection.DOWN)):
        told = report(text.format(value), tables)
        assert (told.ord_type, told.trigger_price, told.trigger_direction) == (OrdType.STOP, 5, direction)
        assert report(text.format(value).replace("54=1", "54=2"), tables).trigger_direction is not direction
    said = report(text.format("3") + "|1109=D", tables)
    assert said.trigger_direction is TriggerPriceDirection.DOWN


@pytest.mark.parametrize(
    ("marked", "fields"), [(Marked(18, "6"), "18=G 6"), (Marked(18, "P"), "18=P"), (Marked(59, "P"), "59=P")]
)
def test_post_only(marked: Marked, fields: str) -> None:
    told = report(WORKING.replace("59=1", fields), Standard(post_only=marked))
    assert (told.post_only, told.time_in_force) == (True, None)
    assert not report(WORKING, Standard(post_only=marked)).post_only


def test_a_venue_s_own_values() -> None:
    tables = Standard(
        reported_ord_types={"K": OrdType.MARKET},
        ord_statuses={"0": OrdStatus.NEW, "U": OrdStatus.CANCELED},
        self_trade=SelfTrade(7928, {SelfTradePreventionMode.EXPIRE_MAKER: "2"}),
        refusal=lambda said, reason: Reason(category=RejectCategory.FUNDS, text=f"own {said.text(9999)}"),
    )
    told = report(WORKING.replace("40=2", "40=K").replace("39=0", "39=U") + "|7928=2", tables)
    assert (told.ord_type, told.ord_status, told.price) == (OrdType.MARKET, OrdStatus.CANCELED, None)
    assert told.self_trade_prevention is SelfTradePreventionMode.EXPIRE_MAKER
    rejected = read("9", "37=77|11=c|41=a|39=0|434=1|102=2|9999=x", tables)
    assert rejected.reason == Reason(category=RejectCategory.FUNDS, text="own x")


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("150=0", "150=G", "ExecType (150) 'G' is unknown here"),  # a trade corrected
        ("150=0", "150=H", "ExecType (150) 'H' is unknown here"),  # a trade cancelled
        ("150=0", "20=1|150=0", "field 20 '1' is unknown here"),
        ("39=0", "39=B", "OrdStatus (39) 'B' is unknown here"),
        ("40=2", "40=K", "OrdType (40) 'K' is unknown here"),
        ("54=1", "54=5", "Side (54) '5' is unknown here"),
        ("|39=0", "", "OrdStatus (39) is missing"),
        ("|14=0", "", "CumQty (14) is missing"),
        ("55=BTC/USD|", "", "Symbol (55) is missing"),
        ("38=2", "38=1e5", "OrderQty (38) '1e5' is no plain decimal"),
    ],
)
def test_what_decides_is_never_guessed(old: str, new: str, cause: str) -> None:
    told = read("8", WORKING.replace(old, new))
    assert isinstance(told, Unhandled)
    assert told.text.startswith(cause)
    assert "OrderID 77" in told.text
    assert "ClOrdID a" in told.text


def test_a_refused_order_needs_no_quantities() -> None:
    text = "37=NONE|11=a|17=0|150=8|39=8|103=13|58=too much|55=BTC/USD|54=1"
    told = report(text)
    assert (told.ord_status, told.order_id) == (OrdStatus.REJECTED, None)
    assert told.reason == Reason(category=RejectCategory.RULE, text="too much", code=13)


@pytest.mark.parametrize(
    ("fields", "category", "text"),
    [
        ("103=5", RejectCategory.UNKNOWN_ORDER, "unknown order"),
        ("103=99", RejectCategory.OTHER, "other"),
        ("103=EC_Bad|58=no", RejectCategory.OTHER, "no"),
        ("103=7777", RejectCategory.OTHER, "OrdRejReason 7777"),
        ("55=X", RejectCategory.OTHER, "no reason given"),
    ],
)
def test_why_an_order_was_refused(fields: str, category: RejectCategory, text: str) -> None:
    told = report(
        f"37=1|11=a|17=e|150=8|39=8|14=0|55=X|54=1|{fields}".replace("|55=X|54=1|55=X", "|55=X|54=1")
    )
    assert told.reason is not None
    assert (told.reason.category, told.reason.text) == (category, text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("150=D|378=5", "partial decline of order qty"),
        ("150=4|58=by the broker", "by the broker"),
        ("150=C", None),
    ],
)
def test_why_an_order_ended_or_was_restated(fields: str, text: str | None) -> None:
    reason = report(WORKING.replace("150=0", fields)).reason
    assert (reason.text if reason else None) == text


# --- answers to questions ----------------------------------------------------------------------------------


def test_the_answer_to_a_question() -> None:
    asked = WORKING.replace("150=0", "790=q|150=I").replace("6=0", "6=60000.5").replace("14=0", "14=2")
    told = read("8", asked)
    assert isinstance(told, OrderStatus)
    assert (told.req_id, told.total, told.reason) == ("q", None, None)
    assert told.report is not None
    assert (told.report.exec_type, told.report.exec_id) == (ExecType.ORDER_STATUS, None)
    assert told.report.cum_quote_qty == Decimal(120001)


def test_one_of_many_answers() -> None:
    told = read("8", WORKING.replace("150=0", "584=q|911=3|150=I"))
    assert isinstance(told, OrderStatus)
    assert (told.req_id, told.total) == ("q", 3)
    assert told.report is not None


def test_the_answer_of_fix_42() -> None:
    told = report(WORKING.replace("150=0", "20=3|150=0"))
    assert (told.exec_type, told.exec_id) == (ExecType.ORDER_STATUS, None)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("37=NONE|11=a|17=0|150=I|39=8|103=5|790=q|58=no such order|55=X|54=1|14=0", None),
        ("37=NONE|17=0|150=I|39=8|584=q|911=0|58=nothing", 0),
        ("37=x|17=0|150=I|39=0|584=q|911=0", 0),
    ],
)
def test_that_there_is_none(text: str, total: int | None) -> None:
    told = read("8", text)
    assert isinstance(told, OrderStatus)
    assert (told.req_id, told.report, told.total) == ("q", None, total)
    assert told.reason is not None


def test_a_refused_question_is_no_refused_order() -> None:
    """Its BusinessRejectRefID is the ClOrdID of the order that was asked about."""
    told = read("j", "45=7|372=H|379=a|380=3|58=no status here")
    assert isinstance(told, OrderStatus)
    assert (told.req_id, told.report) == ("a", None)


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "kind"), [("434=1", CancelRejected), ("434=2", AmendRejected), ("58=x", CancelRejected)]
)
def test_a_refused_cancel_or_change(response: str, kind: type) -> None:
    told = read("9", f"37=77|11=c|41=a|39=2|102=0|{response}")
    assert type(told) is kind
    assert (told.cl_ord_id, told.orig_cl_ord_id, told.order_id, told.symbol) == ("c", "a", "77", "")
    assert (told.reason.category, told.reason.code) == (RejectCategory.UNKNOWN_ORDER, 0)


def test_a_refusal_of_nobody_knows_what() -> None:
    told = read("9", "37=77|11=c|41=a|39=2|102=0|434=7")
    assert isinstance(told, Unhandled)
    assert told.text.startswith("CxlRejResponseTo (434) '7' is unknown here")


def test_a_mass_cancel() -> None:
    told = read("r", "11=m|37=1|530=1|531=1|533=4|55=X")
    assert told == MassCancelReport(cl_ord_id="m", symbol="X", at=AT, total_affected=4)
    refused = read("r", "11=m|37=1|530=1|531=0|532=1|58=no")
    assert isinstance(refused, MassCancelReport)
    assert refused.reason == Reason(category=RejectCategory.OTHER, text="no", code=1)


def test_rejects_name_the_request() -> None:
    business = read("j", "45=7|372=D|379=a|380=3")
    assert isinstance(business, SessionRejected)
    assert (business.ref_seq_num, business.ref_msg_type, business.ref_id) == (7, "D", "a")
    assert business.reason.text == "unsupported message type"
    session = read("3", "45=7|371=44|372=D|373=6")
    assert isinstance(session, SessionRejected)
    assert (session.ref_seq_num, session.ref_tag_id, session.ref_msg_type, session.ref_id) == (
        7,
        44,
        "D",
        None,
    )
    assert session.reason.category is RejectCategory.SESSION


def test_who_is_not_there_does_not_say_what_became_of_it() -> None:
    told = read("j", "45=7|372=D|379=a|380=4")
    assert isinstance(told, SessionRejected)
    assert told.reason.category is RejectCategory.UNKNOWN_OUTCOME


def test_what_is_unknown_is_shown() -> None:
    told = read("ZZ", "11=a|58=what is this")
    assert told == Unhandled("ZZ", "MsgType ZZ is unknown here (ClOrdID a, Text what is this)")


def test_an_order_that_has_merely_arrived_may_still_be_refused() -> None:
    """Pending New without an OrderID decides nothing: the refusal after it would find a live order."""
    ledger = Ledger()
    request = OrderRequest(symbol="BTC/USD", side=Side.BUY, ord_type=OrdType.LIMIT, order_qty=Decimal(2))
    ledger.apply(OrderSubmitted(order_id="A-000001", cl_ord_id="a", request=request, at=AT))
    pending = WORKING.replace("150=0|39=0", "150=A|39=A")
    assert read("8", pending.replace("37=77", "37=NONE")) == Several(())
    ledger.apply(report("37=NONE|11=a|17=0|150=8|39=8|103=3|58=too much|55=BTC/USD|54=1"))
    assert ledger.orders["A-000001"].state is OrderState.REJECTED
    assert report(pending).ord_status is OrdStatus.PENDING_NEW  # with one it is the venue's


# --- what comes twice --------------------------------------------------------------------------------------


def test_what_is_sent_again_changes_nothing() -> None:
    """PossDup and PossResend alike: the ExecID tells."""
    ledger = Ledger()
    ledger.apply(report(WORKING))
    ledger.apply(report(FILL))
    for more in ("43=Y|122=20231114-22:13:20", "97=Y"):
        delta = ledger.apply(report(f"{more}|{FILL}"))
        assert delta.repeated
    (order,) = ledger.orders.values()
    assert (order.state, order.cum_qty, len(ledger.fills)) == (
        OrderState.PARTIALLY_FILLED,
        Decimal("0.5"),
        1,
    )


def test_a_life_in_fix_42() -> None:
    """Fills as 150=1 and 2, a change under another OrderID, each later report with the former ClOrdID in 41."""
    was, now = "55=BTC/USD|54=1|40=2|44=5|38=2", "55=BTC/USD|54=1|40=2|44=6|38=3"
    request = OrderRequest(
        symbol="BTC/USD", side=Side.BUY, ord_type=OrdType.LIMIT, order_qty=Decimal(2), price=Decimal(5)
    )
    changed = msgspec.structs.replace(request, price=Decimal(6), order_qty=Decimal(3))
    asked = AmendRequested(
        order_id="A-000001", cl_ord_id="b", orig_cl_ord_id="a", order_qty=Decimal(3), at=AT, request=changed
    )
    ledger = Ledger()
    for event in (
        OrderSubmitted(order_id="A-000001", cl_ord_id="a", request=request, at=AT),
        report(f"20=0|37=7|11=a|17=1|150=0|39=0|14=0|{was}"),
        report(f"20=0|37=7|11=a|17=2|150=1|39=1|14=1|31=5|32=1|{was}"),
        asked,
        report(f"20=0|37=7|11=b|41=a|17=3|150=E|39=E|14=1|{was}"),
        report(f"20=0|37=7|11=a|17=4|150=1|39=E|14=1.5|31=5|32=0.5|{was}"),
        report(f"20=0|37=8|11=b|41=a|17=5|150=5|39=5|14=1.5|{now}"),
        report(f"20=0|37=8|11=b|41=a|17=6|150=2|39=2|14=3|31=6|32=1.5|{now}"),
        report(f"20=3|37=8|11=b|17=0|150=2|39=2|14=3|6=5.5|{now}"),
    ):
        ledger.apply(event)
    (order,) = ledger.orders.values()
    assert (order.state, order.cum_qty, order.price, order.pending) == (OrderState.FILLED, 3, 6, ())
    assert order.current.cl_ord_id == "b"
    assert [fill.last_qty for fill in ledger.fills] == [Decimal(1), Decimal("0.5"), Decimal("1.5")]
    assert ledger.positions["BTC/USD"].net_qty == 3


def test_request_ids() -> None:
    for msg_type, expected in (("D", "a"), ("F", "a"), ("G", "a"), ("q", "a"), ("H", None), ("8", None)):
        assert standard.request_id(message(msg_type, "11=a")) == expected


_DECISIVE = (
    "6 11 12 14 15 17 18 20 31 32 37 38 39 40 41 44 45 54 55 58 59 60 99 102 103 111 136 137 138 150 151"
)
_OTHER = "371 372 373 378 379 380 434 531 533 584 790 851 911 1003"
_tags = st.sampled_from([int(tag) for tag in f"{_DECISIVE} {_OTHER}".split()])
_values = st.sampled_from(
    ["0", "1", "2", "8", "F", "I", "NONE", "", "é", "-", "1.5", "20231114-22:13:20"]
) | st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=6)


@given(st.sampled_from(["8", "9", "3", "j", "r", "U"]), st.lists(st.tuples(_tags, _values), max_size=20))
def test_nothing_that_arrives_raises(msg_type: str, fields: list[tuple[int, str]]) -> None:
    told = standard.decode(TABLES, made(msg_type, [(tag, value) for tag, value in fields if value]), AT)
    assert told is not None
