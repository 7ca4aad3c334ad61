"""The ledger: who a report is about, what was seen before, what is noted, and that a snapshot loses nothing."""

import msgspec
import pytest
from trading_facts import GONE, D, cancel, reason, replace, report, request, submitted

from blotter.trading.enums import Side
from blotter.trading.event import (
    CancelRejected,
    Fee,
    MassCancelReport,
    MassCancelRequested,
    NotSent,
    OutcomeUnknown,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger, format_order_id, parse_order_id
from blotter.trading.order import OrderState

S = OrderState


def ledger_of(*events) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


# --- identity ----------------------------------------------------------------------------------------------


def test_order_ids_are_numbered_and_the_counter_survives():
    ledger = Ledger()
    assert ledger.next_order_number == 1
    ledger.apply(submitted(41))
    ledger.apply(submitted(7))
    assert ledger.next_order_number == 42
    assert Ledger.load(ledger.dump()).next_order_number == 42


@pytest.mark.parametrize(("number", "text"), [(1, "A-000001"), (123456, "A-123456"), (9999999, "A-9999999")])
def test_order_id_format(number, text):
    assert format_order_id(number) == text
    assert parse_order_id(text) == number


@pytest.mark.parametrize("text", ["", "A-", "A", "B-000001", "A-１", "BTCUSDT#12", "A-1 ", "A-1\n"])
def test_what_is_no_order_id(text):
    assert parse_order_id(text) is None


def test_the_same_exec_id_on_another_symbol_is_another_report():
    ledger = ledger_of(submitted(1), submitted(2, req=request(symbol="ETHUSDT")))
    one = report("F/1", "1", last="1", exec_id="5", trade_id="9")
    other = report("F/1", "1", last="1", exec_id="5", trade_id="9", symbol="ETHUSDT", name="A-000002")
    assert ledger.apply(one).fills
    assert ledger.apply(other).fills
    assert len(ledger.fills) == 2


def test_the_same_order_id_on_another_symbol_is_another_order():
    ledger = ledger_of(report("0/0", name="phone1"), report("0/0", name="phone2", symbol="ETHUSDT"))
    assert list(ledger.orders) == ["BTCUSDT#77", "ETHUSDT#77"]


def test_a_restarted_numbering_does_not_swallow_a_fill():
    """After a test venue's reset, OrderID and ExecID of an old order come again with a new order of ours."""
    ledger = ledger_of(submitted(1), report("F/2", "10", last="10", exec_id="1", trade_id="1"), submitted(2))
    delta = ledger.apply(report("F/2", "10", last="10", exec_id="1", trade_id="1", name="A-000002"))
    assert [o.id for o in delta.orders] == ["A-000002"]
    assert len(delta.fills) == 1
    assert ledger.positions["BTCUSDT"].net_qty == D(20)


def test_a_self_trade_has_two_fills_under_one_trade_id():
    ledger = ledger_of(submitted(1), submitted(2, side=Side.SELL))
    ledger.apply(report("F/2", "10", last="10", trade_id="0", order_id="0"))
    ledger.apply(report("F/2", "10", last="10", trade_id="0", order_id="1", name="A-000002", side=Side.SELL))
    assert [(f.order_id, f.side) for f in ledger.fills] == [("A-000001", Side.BUY), ("A-000002", Side.SELL)]
    assert ledger.positions["BTCUSDT"].net_qty == 0


def test_a_known_name_with_another_order_id_is_another_order():
    """Venues let the ClOrdID of a filled order return."""
    ledger = ledger_of(report("F/2", "10", name="x", order_id="1"), report("0/0", name="x", order_id="2"))
    assert [o.state for o in ledger.orders.values()] == [S.FILLED, S.NEW]
    assert ledger.by_cl_ord_id("x").id == "BTCUSDT#2"


def test_a_name_of_ours_is_never_taken_over():
    ledger = ledger_of(submitted(), report("0/0"), report("0/0", order_id="99"))
    assert list(ledger.orders) == ["A-000001", "BTCUSDT#99"]
    assert ledger.by_cl_ord_id("A-000001").id == "A-000001"


def test_every_id_of_ours_leads_to_the_order():
    ledger = ledger_of(submitted(), report("0/0"), cancel("C-1"), replace("10"))
    order = ledger.orders["A-000001"]
    for name in ("A-000001", "C-1", "R-1", "R-1x"):
        assert ledger.by_cl_ord_id(name) is order
    assert ledger.by_cl_ord_id("nobody") is None
    assert ledger.by_venue_id("BTCUSDT", "77") is order
    assert ledger.by_venue_id("ETHUSDT", "77") is None


# --- fills and duplicates ----------------------------------------------------------------------------------


def test_a_report_seen_twice_changes_nothing_and_is_noted():
    ledger = ledger_of(submitted())
    event = report("F/1", "4", last="4", fees=(Fee(D("0.1"), "BNB"),))
    first = ledger.apply(event)
    assert (len(first.fills), first.note) == (1, "")
    before = ledger.dump()
    again = ledger.apply(msgspec.structs.replace(event, at=99))
    assert again.note == f"A-000001: report {event.exec_id} repeated"
    assert ledger.dump() == before


def test_a_fill_says_what_the_report_said():
    ledger = ledger_of(submitted())
    fees = (Fee(D("0.003"), "BNB"),)
    event = report(
        "F/1", "4", last="4", px="99.5", fees=fees, aggressor=True, trade_id="0", transact_time=8, at=9
    )
    (fill,) = ledger.apply(event).fills
    assert (fill.order_id, fill.cl_ord_id, fill.side) == ("A-000001", "A-000001", Side.BUY)
    assert (fill.last_qty, fill.last_px, fill.fees, fill.aggressor) == (D(4), D("99.5"), fees, True)
    assert (fill.exec_id, fill.trade_id, fill.at, fill.transact_time) == (event.exec_id, "0", 9, 8)
    assert ledger.positions["BTCUSDT"].fees == fees


def test_a_trade_known_by_report_is_not_added_again_by_rest_and_the_other_way_round():
    fix = report("F/1", "4", last="4", trade_id="7")
    rest = report("F/1", "4", last="4", trade_id="7", exec_id=None)
    for first, second in ((fix, rest), (rest, fix)):
        ledger = ledger_of(submitted())
        assert len(ledger.apply(first).fills) == 1
        assert ledger.apply(second).fills == ()
        assert ledger.positions["BTCUSDT"].net_qty == D(4)


def test_a_missing_execution_is_noted_and_counted_in_the_position():
    ledger = ledger_of(submitted(), report("F/1", "1", last="1", trade_id="1"))
    delta = ledger.apply(report("F/1", "4", last="1", trade_id="3"))
    assert delta.note == "A-000001: no execution report yet for 2 of its fills"
    assert ledger.unreported_qty("A-000001") == D(2)
    assert delta.position.net_qty == D(4)
    late = ledger.apply(report("F/1", "3", last="2", trade_id="2"))
    assert len(late.fills) == 1
    assert late.position is None
    assert ledger.unreported_qty("A-000001") == 0


def test_a_trade_without_a_price_is_noted():
    ledger = ledger_of(submitted())
    delta = ledger.apply(report("F/1", "4", last="4", last_px=None))
    assert "without a price" in delta.note
    assert delta.fills == ()
    assert delta.position.net_qty == D(4)


# --- what others did ---------------------------------------------------------------------------------------


def test_an_order_nobody_asked_for_is_adopted():
    ledger = Ledger()
    (order,) = ledger.apply(report("0/0", name="web_1", at=3, post_only=True)).orders
    assert (order.id, order.foreign, order.state, order.created_at) == ("BTCUSDT#77", True, S.NEW, 3)
    assert (order.order_qty, order.price, order.cl_ord_id_chain) == (D(10), D(100), ("web_1",))
    ledger.apply(cancel("C-1", order_id="BTCUSDT#77"))
    (order,) = ledger.apply(report("4/4", name="C-1", orig_cl_ord_id="web_1")).orders
    assert (order.id, order.state, order.pending) == ("BTCUSDT#77", S.CANCELED, ())
    assert len(ledger.orders) == 1


def test_adopted_by_its_cancel_it_keeps_its_own_name():
    ledger = ledger_of(report("4/4", "2", name="web_cancel", orig_cl_ord_id="web_1"))
    assert ledger.orders["BTCUSDT#77"].cl_ord_id_chain == ("web_1",)


def test_our_order_cancelled_elsewhere():
    ledger = ledger_of(submitted(), report("0/0"), cancel("C-1"))
    (order,) = ledger.apply(report("4/4", name="phone", orig_cl_ord_id="A-000001")).orders
    assert (order.id, order.state, order.pending) == ("A-000001", S.CANCELED, ())


def test_an_order_without_order_id_is_still_one_order():
    first = msgspec.structs.replace(report("F/1", "4", last="4", name="odd"), order_id=None)
    ledger = ledger_of(first, first, msgspec.structs.replace(first, exec_id="other", cum_qty=D(5)))
    assert list(ledger.orders) == ["BTCUSDT#odd"]
    assert ledger.orders["BTCUSDT#odd"].cum_qty == D(5)


def test_a_refusal_of_somebody_elses_order_is_noted_only():
    ledger = Ledger()
    delta = ledger.apply(report("8/8", name="web_1"))
    assert "web_1: refusal of an order not placed here" in delta.note
    assert ledger.orders == {}


# --- contradictions ----------------------------------------------------------------------------------------


def test_a_rejected_order_that_lives_is_believed_and_noted():
    ledger = ledger_of(submitted(), NotSent(cl_ord_id="A-000001", text="socket closed", at=2))
    delta = ledger.apply(report("0/0"))
    assert delta.orders[0].state is S.NEW
    assert delta.note == "A-000001 was rejected, yet the venue has it new: believed"


def test_a_late_fill_is_noted():
    ledger = ledger_of(submitted(), report("0/0"), report("4/4"))
    delta = ledger.apply(report("F/1", "3", last="3"))
    assert delta.note == "A-000001: late fill of 3, after it was canceled"
    assert len(delta.fills) == 1


def test_a_refusal_under_the_name_of_a_live_order_is_noted():
    ledger = ledger_of(submitted(), report("0/0"))
    delta = ledger.apply(report("8/8", reason=reason("Duplicate order sent.")))
    assert "does not end it: Duplicate order sent." in delta.note
    assert ledger.orders["A-000001"].state is S.NEW


def test_more_filled_than_ordered_is_believed_and_noted():
    ledger = ledger_of(submitted(), report("0/0"))
    delta = ledger.apply(report("F/2", "11", last="11"))
    assert delta.note == "A-000001: filled 11 of 10"
    assert delta.orders[0].leaves_qty == 0


@pytest.mark.parametrize(
    "event",
    [
        CancelRejected(cl_ord_id="C-9", symbol="BTCUSDT", reason=GONE, at=1),
        RequestRejected(cl_ord_id="C-9", reason=GONE, at=1),
        NotSent(cl_ord_id="C-9", text="gone", at=1),
        OutcomeUnknown(cl_ord_id="C-9", text="gone", at=1),
        cancel("C-9", order_id="A-000099"),
    ],
)
def test_an_answer_to_nothing_is_noted(event):
    ledger = Ledger()
    delta = ledger.apply(event)
    assert "C-9" in delta.note
    assert delta.orders == ()


def test_our_own_facts_twice_are_noted_and_change_nothing():
    ledger = ledger_of(submitted(), report("0/0"), cancel("C-1"))
    before = ledger.dump()
    assert "twice" in ledger.apply(submitted()).note
    assert "twice" in ledger.apply(cancel("C-1")).note
    assert ledger.dump() == before


def test_a_late_refusal_of_a_settled_request_does_not_answer_the_next_one():
    rejected = CancelRejected(cl_ord_id="C-1", symbol="BTCUSDT", order_id="77", reason=GONE, at=9)
    ledger = ledger_of(submitted(), report("0/0"), cancel("C-1"), rejected, replace("10"))
    ledger.apply(rejected)
    order = ledger.orders["A-000001"]
    assert [p.cl_ord_id for p in order.pending] == ["R-1"]
    assert order.placements[1].state is S.PENDING_NEW


# --- mass cancel -------------------------------------------------------------------------------------------

MASS = MassCancelRequested(cl_ord_id="Q-1", symbol="BTCUSDT", at=1)


def test_mass_cancel_taken():
    ledger = ledger_of(MASS)
    assert ledger.apply(MassCancelReport(cl_ord_id="Q-1", symbol="BTCUSDT", at=2)).note == ""
    assert (
        "not asked for here" in ledger.apply(MassCancelReport(cl_ord_id="Q-1", symbol="BTCUSDT", at=2)).note
    )


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            MassCancelReport(cl_ord_id="Q-1", symbol="BTCUSDT", reason=GONE, at=2),
            "Unknown order sent. (-2011)",
        ),
        (RequestRejected(cl_ord_id="Q-1", reason=GONE, at=2), "Unknown order sent."),
        (NotSent(cl_ord_id="Q-1", text="no session", at=2), "no session"),
        (OutcomeUnknown(cl_ord_id="Q-1", text="no answer", at=2), "no answer"),
        (SessionGap(text="reset", at=2), "no answer, and none will come"),
    ],
)
def test_mass_cancel_that_failed_is_noted(event, words):
    note = ledger_of(MASS).apply(event).note
    assert note.startswith("mass cancel of BTCUSDT (Q-1)")
    assert words in note


# --- gaps, snapshots, speed --------------------------------------------------------------------------------


def test_a_gap_reports_every_order_it_concerns():
    ledger = ledger_of(
        submitted(1),
        submitted(2),
        report("0/0", name="A-000002"),
        submitted(3),
        report("8/8", name="A-000003"),
    )
    delta = ledger.apply(SessionGap(text="reset", at=9))
    assert {o.id: o.state for o in delta.orders} == {"A-000001": S.UNCONFIRMED, "A-000002": S.NEW}
    assert ledger.apply(SessionGap(text="reset", at=10)).orders == ()


def test_a_snapshot_of_another_shape_is_refused():
    with pytest.raises(msgspec.ValidationError):
        Ledger.load(msgspec.msgpack.encode({"orders": 1}))
    with pytest.raises(msgspec.DecodeError):
        Ledger.load(b"\xc1")
