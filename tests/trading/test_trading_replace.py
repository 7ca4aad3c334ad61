"""Cancel-and-new (XCN): two placements under one id, in every outcome the venue has for it (fact sheet 6.3)."""

from itertools import permutations

import msgspec
import pytest
from trading_facts import GONE, D, cancel, reason, replace, report, submitted

from blotter.trading.enums import ExecType, ReplaceMode
from blotter.trading.event import CancelRejected, NotSent, RequestRejected, SessionGap
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState, RequestKind

S = OrderState
OLD = "A-000001"
OLD_GONE = report("4/4", "4", name="R-1x", orig_cl_ord_id=OLD)
NEW_LIVE = report("0/0", name="R-1", order_id="78", order_qty=D(6), price=D(99))
NEW_REFUSED = report("8/8", name="R-1", order_qty=D(6), price=D(99))


def ledger_with(*events) -> Ledger:
    """An order of 10 with 4 filled, and an XCN for the other 6 at 99 on its way."""
    ledger = Ledger()
    for event in (submitted(), report("0/0"), report("F/1", "4", last="4"), replace("6"), *events):
        ledger.apply(event)
    return ledger


def order_after(*events):
    return ledger_with(*events).orders[OLD]


def test_asked_terms_stand_beside_accepted_ones():
    order = order_after()
    (asked,) = order.pending
    assert (asked.kind, asked.price, asked.order_qty) == (RequestKind.REPLACE, D(99), D(10))
    assert (order.price, order.order_qty, order.leaves_qty) == (D(100), D(10), D(6))
    assert order.state is S.PARTIALLY_FILLED
    assert order.pending_replace
    assert order.cl_ord_id_chain == (OLD, "R-1")


@pytest.mark.parametrize("answers", list(permutations([OLD_GONE, NEW_LIVE])))
def test_both_parts_taken(answers):
    order = order_after(*answers)
    assert [p.state for p in order.placements] == [S.CANCELED, S.NEW]
    assert (order.state, order.pending, order.price) == (S.PARTIALLY_FILLED, (), D(99))
    assert (order.order_qty, order.cum_qty, order.leaves_qty) == (D(10), D(4), D(6))
    assert order.current.order_id == "78"


def test_half_an_answer_is_no_answer():
    order = order_after(OLD_GONE)
    assert (order.state, order.price) == (S.PENDING_NEW, D(99))
    assert order.pending_replace


def test_filled_over_both_placements():
    ledger = ledger_with(
        OLD_GONE,
        NEW_LIVE,
        report("F/2", "6", name="R-1", order_id="78", last="6", px="99", order_qty=D(6)),
    )
    order = ledger.orders[OLD]
    assert (order.state, order.cum_qty, order.order_qty, order.leaves_qty) == (S.FILLED, D(10), D(10), D(0))
    assert order.avg_px == (4 * D(100) + 6 * D(99)) / 10
    assert ledger.positions["BTCUSDT"].net_qty == D(10)


def test_late_fill_of_the_old_placement_counts():
    order = order_after(OLD_GONE, NEW_LIVE, report("F/1", "5", last="1"))
    assert (order.state, order.cum_qty, order.order_qty) == (S.PARTIALLY_FILLED, D(5), D(11))


@pytest.mark.parametrize("answers", list(permutations([OLD_GONE, NEW_REFUSED])))
def test_flat_when_the_new_one_is_refused_and_says_why(answers):
    order = order_after(*answers)
    assert [p.state for p in order.placements] == [S.CANCELED, S.REJECTED]
    assert (order.state, order.leaves_qty, order.pending) == (S.CANCELED, D(0), ())
    text = "flat: the old order was cancelled, the new one refused: " + reason().text
    assert order.reason == reason(text)
    assert (order.price, order.order_qty) == (D(100), D(10))


def test_flat_too_when_the_new_one_is_found_never_to_have_arrived():
    lost = SessionGap(text="reset", at=8)
    order = order_after(OLD_GONE, lost, RequestRejected(cl_ord_id="R-1", reason=GONE, at=9))
    assert order.state is S.CANCELED
    assert order.reason.text.startswith("flat: ")


def test_a_cancel_of_its_own_after_a_refused_replace_is_not_called_flat():
    order = order_after(NEW_REFUSED, cancel(), report("4/4", "4", name="C-1", orig_cl_ord_id=OLD))
    assert order.state is S.CANCELED
    assert order.reason == reason()


@pytest.mark.parametrize(
    "ids",
    [
        {"cl_ord_id": "R-1x"},
        {"cl_ord_id": "R-1"},
        {"cl_ord_id": "?", "order_id": "77"},
        {"cl_ord_id": "?", "orig_cl_ord_id": OLD},
    ],
    ids=["CancelClOrdID", "ClOrdID", "OrderID", "OrigClOrdID"],
)
def test_cancel_refused_means_never_placed_whatever_id_the_refusal_carries(ids):
    order = order_after(CancelRejected(symbol="BTCUSDT", reason=GONE, at=9, **ids))
    assert [p.state for p in order.placements] == [S.PARTIALLY_FILLED, S.REJECTED]
    assert order.placements[1].reason.text == "not placed, cancel refused: Unknown order sent."
    assert (order.state, order.pending, order.reason, order.price) == (S.PARTIALLY_FILLED, (), GONE, D(100))
    filled = order.apply(report("F/2", "10", last="6"))
    assert (filled.state, filled.order_qty) == (S.FILLED, D(10))


def test_a_refusal_of_the_untried_one_may_follow():
    order = order_after(CancelRejected(cl_ord_id="R-1x", symbol="BTCUSDT", reason=GONE, at=9), NEW_REFUSED)
    assert (order.state, order.pending) == (S.PARTIALLY_FILLED, ())


CANCEL_REFUSED = CancelRejected(cl_ord_id="R-1x", symbol="BTCUSDT", reason=GONE, at=9)


def doubling(*events):
    """As `ledger_with`, but the new order is to go in whatever becomes of the cancel."""
    ledger = Ledger()
    asked = msgspec.structs.replace(replace("6"), mode=ReplaceMode.ALLOW_FAILURE)
    deltas = [ledger.apply(e) for e in (submitted(), report("0/0"), report("F/1", "4", last="4"), asked)]
    deltas += [ledger.apply(event) for event in events]
    return ledger.orders[OLD], deltas


@pytest.mark.parametrize("answers", list(permutations([CANCEL_REFUSED, NEW_LIVE])))
def test_trap_20_both_live_are_both_shown(answers):
    order, deltas = doubling(*answers)
    assert [p.state for p in order.placements] == [S.PARTIALLY_FILLED, S.NEW]
    assert (order.state, order.leaves_qty, order.pending, order.doubled) == (
        S.PARTIALLY_FILLED,
        D(12),
        (),
        True,
    )
    assert order.reason == GONE
    assert len([d for d in deltas if "two orders are live" in d.note]) == 1


def test_trap_20_half_an_answer_is_waited_on():
    order, _ = doubling(NEW_LIVE)
    assert order.pending_replace, "what became of the old one is not said"
    assert not order.doubled
    order, _ = doubling(NEW_LIVE, OLD_GONE)
    assert (order.pending, order.doubled, order.leaves_qty) == ((), False, D(6))
    order, _ = doubling(CANCEL_REFUSED)
    assert order.pending_replace
    assert order.placements[1].state is S.PENDING_NEW, "the new one goes in all the same"


@pytest.mark.parametrize("answers", list(permutations([CANCEL_REFUSED, NEW_REFUSED])))
def test_trap_20_both_refused_leaves_the_old_one(answers):
    order, _ = doubling(*answers)
    assert [p.state for p in order.placements] == [S.PARTIALLY_FILLED, S.REJECTED]
    assert (order.pending, order.leaves_qty) == ((), D(6))


def test_trap_20_after_a_loss_snapshots_of_both_settle_it():
    lost = SessionGap(text="reset", at=8)
    old = report("0/1", "4", exec_id=None)
    order, _ = doubling(lost, old, msgspec.structs.replace(NEW_LIVE, exec_id=None))
    assert order.doubled
    assert not order.in_doubt


def test_two_live_orders_if_the_venue_placed_the_new_one_all_the_same():
    order = order_after(CancelRejected(cl_ord_id="R-1x", symbol="BTCUSDT", reason=GONE, at=9), NEW_LIVE)
    assert [p.state for p in order.placements] == [S.PARTIALLY_FILLED, S.NEW]
    assert order.leaves_qty == D(12)  # both may trade


@pytest.mark.parametrize(
    "event",
    [
        RequestRejected(cl_ord_id="R-1", reason=reason("Too many orders.", -1015), at=9),
        NotSent(cl_ord_id="R-1", text="the session ended first", at=9),
        NEW_REFUSED,
    ],
)
def test_refused_as_a_whole(event):
    order = order_after(event)
    assert [p.state for p in order.placements] == [S.PARTIALLY_FILLED, S.REJECTED]
    assert (order.state, order.pending, order.price, order.leaves_qty) == (
        S.PARTIALLY_FILLED,
        (),
        D(100),
        D(6),
    )
    assert order.reason is not None


def test_a_second_replace_after_a_refused_one():
    ledger = ledger_with(RequestRejected(cl_ord_id="R-1", reason=reason(), at=9))
    ledger.apply(replace("6", "98", "R-2"))
    ledger.apply(report("4/4", "4", name="R-2x", orig_cl_ord_id=OLD))
    ledger.apply(report("0/0", name="R-2", order_id="79", order_qty=D(6), price=D(98)))
    order = ledger.orders[OLD]
    assert [p.state for p in order.placements] == [S.CANCELED, S.REJECTED, S.NEW]
    assert (order.price, order.order_qty, order.leaves_qty) == (D(98), D(10), D(6))
    assert ledger.by_cl_ord_id("R-1x") is ledger.by_cl_ord_id("R-2") is order


def test_an_amend_of_the_replacement_counts_what_the_old_one_filled():
    ledger = ledger_with(OLD_GONE, NEW_LIVE)
    answer = report("5/0", name="M-1", orig_cl_ord_id="R-1", order_id="78", order_qty=D(3))
    assert answer.exec_type is ExecType.REPLACED
    ledger.apply(answer)
    order = ledger.orders[OLD]
    assert (order.order_qty, order.leaves_qty) == (D(7), D(3))
    assert order.cl_ord_id_chain == (OLD, "R-1", "M-1")
