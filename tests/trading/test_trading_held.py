"""Terms held here, and orders in doubt that a person resolves."""

import msgspec
import pytest
from trading_facts import GONE, D, cancel, list_submitted, report, request, submitted

from blotter.trading.event import (
    CancelRejected,
    HeldEnded,
    OrderHeld,
    OrderResolved,
    OutcomeUnknown,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState
from blotter.trading.request import ListKind, OrderListRequest

S = OrderState
OWN = "A-000001"
GAP = SessionGap(text="connection reset", at=50)
NOTE = OrderResolved(order_id=OWN, note="the web site shows it cancelled", at=60)
HELD = OrderHeld(held_id="H-000001", at=3, request=request())


def fold(*events) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


# --- held


def test_held_terms_are_no_order_and_nothing_at_the_venue():
    ledger = Ledger()
    delta = ledger.apply(HELD)
    assert not ledger.orders
    assert delta.held == (("H-000001", ledger.held["H-000001"]),)
    assert ledger.held["H-000001"].request == request()
    assert ledger.next_held_number == 2
    assert ledger.apply(HeldEnded(held_id="H-000001", at=4)).held == (("H-000001", None),)
    assert not ledger.held
    assert ledger.next_held_number == 2, "ids never come twice"


def test_a_submission_ends_what_was_held_in_one_fact():
    ledger = fold(HELD)
    sent = msgspec.structs.replace(submitted(), held_id="H-000001")
    assert ledger.apply(sent).held == (("H-000001", None),)
    terms = OrderListRequest(kind=ListKind.OTO, legs=(request(), request()))
    ledger.apply(OrderHeld(held_id="H-000002", at=3, list_request=terms))
    assert ledger.held["H-000002"].list_request == terms
    ledger.apply(list_submitted(number=2, held_id="H-000002"))
    assert not ledger.held


def test_held_terms_survive_a_snapshot():
    ledger = fold(HELD)
    again = Ledger.load(ledger.dump())
    assert again.held == ledger.held
    assert again.next_held_number == 2


def holding(*events):
    asked = msgspec.structs.replace(cancel(), hold=True)
    return fold(submitted(), report("0/0"), asked, *events).orders[OWN]


def test_what_a_cancelled_order_leaves_is_to_be_held_less_what_filled_on_the_way():
    assert holding().to_hold is None
    assert holding(report("F/1", "4", last="4")).to_hold is None
    gone = report("4/4", "4", name="C-1", orig_cl_ord_id=OWN)
    assert holding(report("F/1", "4", last="4"), gone).to_hold == D(6)
    assert holding(report("C/C", "1")).to_hold == D(9), "gone by itself is gone too"


@pytest.mark.parametrize(
    "event",
    [
        report("F/2", "10", last="10"),
        CancelRejected(cl_ord_id="C-1", symbol="BTCUSDT", reason=GONE, at=9, orig_cl_ord_id=OWN),
        RequestRejected(cl_ord_id="C-1", reason=GONE, at=9),
    ],
)
def test_a_cancel_that_came_to_nothing_leaves_nothing_to_hold(event):
    order = holding(event)
    assert order.to_hold is None
    later = order.apply(cancel("C-2")).apply(report("4/4", name="C-2", orig_cl_ord_id=OWN))
    assert later.to_hold is None, "this cancel was for good"


def test_it_is_held_once():
    order = holding(report("4/4", name="C-1", orig_cl_ord_id=OWN))
    held = OrderHeld(held_id="H-000001", at=9, request=request(), from_order_id=OWN)
    assert order.apply(held).to_hold is None


def test_a_lost_cancel_waits_for_evidence_before_anything_is_held():
    lost = OutcomeUnknown(cl_ord_id="C-1", text="no answer", at=9)
    assert holding(lost).to_hold is None
    assert holding(lost, report("4/4", exec_id=None)).to_hold == D(10)
    assert holding(lost, report("0/0", exec_id=None), report("4/4", exec_id=None)).to_hold is None


# --- resolved


def in_doubt(what):
    return {
        "unconfirmed": (submitted(), GAP),
        "unverified": (submitted(), report("0/0"), GAP),
        "partly filled": (submitted(), report("F/1", "4", last="4"), GAP),
        "request unconfirmed": (
            submitted(),
            report("0/0"),
            cancel(),
            OutcomeUnknown(cl_ord_id="C-1", text="no answer", at=50),
        ),
    }[what]


DOUBTS = ("unconfirmed", "unverified", "partly filled", "request unconfirmed")


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_persons_word_takes_an_order_out_of_doubt(doubt):
    ledger = fold(*in_doubt(doubt))
    assert ledger.orders[OWN].in_doubt
    (order,) = ledger.apply(NOTE).orders
    assert (order.state, order.open, order.in_doubt, order.pending) == (S.RESOLVED, False, False, ())
    assert order.reason.text == "resolved: the web site shows it cancelled"
    assert order.leaves_qty == 0


@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (report("0/0", "4"), S.PARTIALLY_FILLED),
        (report("F/2", "10", last="6"), S.FILLED),
        (report("4/4", "4"), S.CANCELED),
        (report("C/C", "4"), S.EXPIRED),
    ],
)
def test_any_later_evidence_outweighs_it(doubt, evidence, state):
    ledger = fold(*in_doubt(doubt), NOTE)
    delta = ledger.apply(evidence)
    assert ledger.orders[OWN].state is state
    assert ledger.orders[OWN].reason is None
    if ledger.orders[OWN].open:
        assert "was resolved, yet the venue has it" in delta.note


def test_it_is_refused_for_orders_that_are_not_in_doubt():
    ledger = fold(submitted(), report("0/0"))
    delta = ledger.apply(NOTE)
    assert delta.orders == ()
    assert "not in doubt" in delta.note
    assert ledger.orders[OWN].state is S.NEW
    assert "not in doubt" in Ledger().apply(NOTE).note


def test_another_loss_does_not_bring_it_back():
    ledger = fold(*in_doubt("unconfirmed"), NOTE, GAP)
    assert ledger.orders[OWN].state is S.RESOLVED
