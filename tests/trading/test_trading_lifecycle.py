"""Every life an order can have at the venue (fact sheet 7.1), in order, repeated, and shuffled."""

from itertools import permutations

import pytest
from trading_facts import (
    GONE,
    D,
    amend,
    cancel,
    market_request,
    reason,
    report,
    request,
    submitted,
)

from blotter.trading.enums import OrdType, RejectCategory, TimeInForce
from blotter.trading.event import AmendRejected, CancelRejected, NotSent, RequestRejected
from blotter.trading.ledger import Ledger
from blotter.trading.order import Order, OrderState, RequestKind

S = OrderState
IOC = TimeInForce.IMMEDIATE_OR_CANCEL
ENDED = reason("remainder", code=None, category=RejectCategory.OTHER)


def fold(*events) -> Order:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    (order,) = ledger.orders.values()
    return order


CASES = {
    "resting limit": (
        {},
        [("0/0", "0", "0"), ("F/1", "4", "4"), ("F/2", "10", "6")],
        [(S.NEW, "10"), (S.PARTIALLY_FILLED, "6"), (S.FILLED, "0")],
    ),
    "immediate fill": ({}, [("0/0", "0", "0"), ("F/2", "10", "10")], [(S.NEW, "10"), (S.FILLED, "0")]),
    "fill without acknowledgement": ({}, [("F/2", "10", "10")], [(S.FILLED, "0")]),
    "refused": ({}, [("8/8", "0", "0")], [(S.REJECTED, "0")]),
    "IOC remainder": (
        {"time_in_force": IOC},
        [("0/0", "0", "0"), ("F/1", "3", "3"), ("C/C", "3", "0")],
        [(S.NEW, "10"), (S.PARTIALLY_FILLED, "7"), (S.EXPIRED, "0")],
    ),
    "cancelled by the exchange": (
        {},
        [("0/0", "0", "0"), ("C/C", "0", "0")],
        [(S.NEW, "10"), (S.EXPIRED, "0")],
    ),
    "price range rule after fills": (
        {},
        [("F/1", "1", "1"), ("C/C", "1", "0")],
        [(S.PARTIALLY_FILLED, "9"), (S.EXPIRED, "0")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_life(name):
    terms, said, expected = CASES[name]
    ledger = Ledger()
    ledger.apply(submitted(**terms))
    order = ledger.orders["A-000001"]
    assert (order.state, order.leaves_qty) == (S.PENDING_NEW, D(10))
    for at, ((kind, cum, last), (state, leaves)) in enumerate(zip(said, expected, strict=True), 1):
        event = report(kind, cum, last=last, at=at)
        (order,) = ledger.apply(event).orders
        assert (order.state, order.cum_qty, order.leaves_qty) == (state, D(cum), D(leaves))
        again = ledger.apply(event)
        assert again.orders == again.fills == ()
        assert again.position is None
    assert order.acked_at == 1
    assert sum(f.last_qty for f in ledger.fills) == order.cum_qty


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_arrival_does_not_matter(name):
    terms, said, expected = CASES[name]
    reports = [report(kind, cum, last=last, at=9) for kind, cum, last in said]
    for shuffled in permutations(reports):
        order = fold(submitted(**terms), *shuffled)
        assert (order.state, order.leaves_qty) == (expected[-1][0], D(expected[-1][1]))


def test_average_price_is_quote_over_base():
    order = fold(
        submitted(),
        report("F/1", "4", last="4", px="99", cum_quote_qty=D(396)),
        report("F/1", "6", last="2", px="102", cum_quote_qty=D(600)),
    )
    assert order.avg_px == D(100)
    assert fold(submitted()).avg_px is None


def test_a_refusal_shows_the_venues_words():
    order = fold(submitted(), report("8/8"))
    assert order.reason == reason()
    assert order.current.order_id is None


def test_cancel():
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0"))
    (order,) = ledger.apply(cancel()).orders
    assert order.pending_cancel
    assert not order.pending_replace
    assert order.state is S.NEW
    (order,) = ledger.apply(report("4/4", name="C-1", orig_cl_ord_id="A-000001")).orders
    assert (order.state, order.pending, order.current.cl_ord_id) == (S.CANCELED, (), "A-000001")
    assert ledger.by_cl_ord_id("C-1") is order


def test_a_fill_does_not_answer_a_cancel():
    order = fold(submitted(), report("0/0"), cancel(), report("F/1", "4", last="4"))
    assert order.pending_cancel
    assert order.state is S.PARTIALLY_FILLED


def test_a_refused_cancel_says_why_and_changes_nothing_else():
    rejected = CancelRejected(cl_ord_id="C-1", symbol="BTCUSDT", reason=GONE, at=7, orig_cl_ord_id="A-000001")
    order = fold(submitted(), report("0/0"), cancel(), rejected)
    assert (order.state, order.pending, order.reason) == (S.NEW, (), GONE)
    filled = order.apply(report("F/2", "10", last="10"))
    assert filled.state is S.FILLED


def test_a_refused_cancel_of_an_order_that_has_ended_leaves_its_story_alone():
    rejected = CancelRejected(cl_ord_id="C-1", symbol="BTCUSDT", reason=GONE, at=7)
    order = fold(submitted(), report("0/0"), cancel(), report("F/2", "10", last="10"), rejected)
    assert (order.state, order.pending, order.reason) == (S.FILLED, (), None)


@pytest.mark.parametrize(("kind", "cum", "state"), [("5/0", "0", S.NEW), ("5/1", "4", S.PARTIALLY_FILLED)])
def test_amend_in_place(kind, cum, state):
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0"))
    if cum != "0":
        ledger.apply(report("F/1", cum, last=cum))
    (order,) = ledger.apply(amend("6")).orders
    asked = order.pending[0]
    assert (asked.kind, asked.order_qty, order.order_qty) == (RequestKind.AMEND, D(6), D(10))
    assert order.pending_replace
    answer = report(kind, cum, name="M-1", orig_cl_ord_id="A-000001", order_qty=D(6))
    (order,) = ledger.apply(answer).orders
    assert (order.state, order.order_qty, order.leaves_qty) == (state, D(6), D(6) - D(cum))
    assert (order.pending, order.current.cl_ord_id) == ((), "M-1")
    assert order.cl_ord_id_chain == ("A-000001", "M-1")
    assert len(order.placements) == 1


def test_an_amend_whose_own_report_was_lost_shows_in_the_next():
    order = fold(
        submitted(),
        report("0/0"),
        amend("6"),
        report("F/1", "1", last="1", name="M-1", order_qty=D(6)),
    )
    assert (order.pending, order.order_qty, order.current.cl_ord_id) == ((), D(6), "M-1")


def test_an_amend_that_keeps_the_name_waits_for_its_own_report():
    asked = fold(submitted(), report("0/0"), amend("6", name="A-000001"))
    still = asked.apply(report("F/1", "1", last="1"))
    assert still.pending_replace
    done = still.apply(report("5/1", "1", orig_cl_ord_id="A-000001", order_qty=D(6)))
    assert (done.pending, done.order_qty) == ((), D(6))


def test_refused_amend():
    why = reason("The requested action would change no state; rejecting.", -2038)
    order = fold(
        submitted(),
        report("0/0"),
        amend("6"),
        AmendRejected(cl_ord_id="M-1", symbol="BTCUSDT", reason=why, at=7),
    )
    assert (order.pending, order.reason, order.order_qty, order.state) == ((), why, D(10), S.NEW)


def test_an_amendment_that_ends_the_order():
    order = fold(
        submitted(),
        report("F/1", "4", last="4"),
        amend("4"),
        report("C/C", "4", name="M-1", orig_cl_ord_id="A-000001", order_qty=D(4)),
    )
    assert (order.state, order.pending, order.leaves_qty) == (S.EXPIRED, (), D(0))


def test_market_by_quote_amount_learns_its_quantity():
    req = market_request(cash_order_qty=D(1000))
    plain = {"ord_type": OrdType.MARKET, "price": None}
    order = fold(submitted(req=req), report("0/0", order_qty=None, **plain))
    assert (order.order_qty, order.leaves_qty, order.price) == (None, None, None)
    order = order.apply(report("F/1", "4", last="4", order_qty=None, **plain))
    ended = order.apply(report("C/C", "4", order_qty=None, reason=ENDED, **plain))
    assert (ended.state, ended.leaves_qty, ended.reason) == (S.EXPIRED, D(0), ENDED)
    filled = order.apply(report("F/2", "9.5", last="5.5", order_qty=None, **plain))
    assert (filled.state, filled.order_qty, filled.leaves_qty) == (S.FILLED, D("9.5"), D(0))


def test_new_twice_and_working_once_triggered():
    order = fold(submitted(), report("0/0"))
    assert order.current.working is None
    order = order.apply(report("0/0", working=True))
    assert (order.state, order.current.working) == (S.NEW, True)


def test_survivor_of_self_trade_prevention():
    order = fold(submitted(), report("0/0"), report("C/0", prevented_qty=D(3)))
    assert (order.state, order.leaves_qty) == (S.NEW, D(7))
    order = order.apply(report("F/1", "2", last="2", prevented_qty=D(3)))
    assert (order.state, order.leaves_qty) == (S.PARTIALLY_FILLED, D(5))
    assert order.apply(report("C/C", "2", prevented_qty=D(8))).state is S.EXPIRED


def test_late_fill_after_a_cancel():
    order = fold(submitted(), report("0/0"), report("4/4", "2"))
    more = order.apply(report("F/1", "5", last="3"))
    assert (more.state, more.cum_qty) == (S.CANCELED, D(5))
    assert more.apply(report("F/2", "10", last="5")).state is S.FILLED


def test_cumulative_quantity_never_falls():
    order = fold(submitted(), report("F/1", "6", last="2"), report("F/1", "4", last="4"))
    assert (order.cum_qty, order.state) == (D(6), S.PARTIALLY_FILLED)


def test_a_late_acknowledgement_does_not_undo_a_fill():
    order = fold(submitted(), report("F/1", "6", last="6"), report("0/0"))
    assert (order.state, order.cum_qty) == (S.PARTIALLY_FILLED, D(6))


@pytest.mark.parametrize(
    ("event", "category"),
    [
        (RequestRejected(cl_ord_id="A-000001", reason=reason(), at=3), RejectCategory.FUNDS),
        (NotSent(cl_ord_id="A-000001", text="the session ended first", at=3), RejectCategory.SESSION),
    ],
)
def test_a_new_order_that_never_was(event, category):
    order = fold(submitted(), event)
    assert (order.state, order.reason.category, order.leaves_qty) == (S.REJECTED, category, D(0))
    assert order.acked_at == (3 if isinstance(event, RequestRejected) else None)


@pytest.mark.parametrize("ask", [cancel("Q-1"), amend("6", "Q-1")])
@pytest.mark.parametrize("kind", [RequestRejected, NotSent])
def test_a_request_that_never_was(ask, kind):
    said = {"reason": reason("why")} if kind is RequestRejected else {"text": "why"}
    order = fold(submitted(), report("0/0"), ask, kind(cl_ord_id="Q-1", at=7, **said))
    assert (order.state, order.pending, order.reason.text) == (S.NEW, (), "why")


def test_the_request_is_not_touched_by_what_it_asked():
    order = fold(submitted(), report("0/0"), cancel())
    assert order.current.request == request()


def test_events_of_other_orders_leave_it_alone():
    order = fold(submitted(), report("0/0"))
    other = report("F/2", "10", last="10", name="A-000002", order_id="78")
    assert order.apply(other) is order
    assert order.apply(NotSent(cl_ord_id="A-000002", text="", at=9)) is order
