"""What is not known is said to be not known, until evidence of that very order arrives."""

import pytest
from trading_facts import (
    GONE,
    UNKNOWN,
    D,
    amend,
    cancel,
    reason,
    replace,
    report,
    submitted,
)

from blotter.trading.enums import RejectCategory
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    NotSent,
    OutcomeUnknown,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState

S = OrderState
NEW = "A-000001"
GAP = SessionGap(text="connection reset", at=50)

LOST_NEW = {
    "time-out": OutcomeUnknown(cl_ord_id=NEW, text="no answer in 10 s", at=50),
    "session gap": GAP,
    "Reject -1007": RequestRejected(cl_ord_id=NEW, reason=UNKNOWN, at=50),
    "8/8 -1007": report("8/8", reason=UNKNOWN, at=50),
}


def fold(*events):
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger.orders[NEW]


@pytest.mark.parametrize("name", LOST_NEW)
def test_a_new_order_without_a_certain_answer_is_unconfirmed(name):
    order = fold(submitted(), LOST_NEW[name])
    assert order.state is S.UNCONFIRMED
    assert order.open
    assert order.leaves_qty == D(10)
    assert order.reason.category is RejectCategory.UNKNOWN_OUTCOME
    assert order.reason.text


@pytest.mark.parametrize("name", LOST_NEW)
@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (report("0/0"), S.NEW),
        (report("0/0", exec_id=None), S.NEW),  # asked by REST
        (report("F/1", "4", last="4"), S.PARTIALLY_FILLED),
        (report("F/2", "10", last="10"), S.FILLED),
        (report("4/4"), S.CANCELED),
        (report("C/C"), S.EXPIRED),
        (report("8/8"), S.REJECTED),
        (RequestRejected(cl_ord_id=NEW, reason=GONE, at=60), S.REJECTED),
        (NotSent(cl_ord_id=NEW, text="it was never written", at=60), S.REJECTED),
    ],
)
def test_any_later_evidence_resolves_it(name, evidence, state):
    order = fold(submitted(), LOST_NEW[name], evidence)
    assert order.state is state
    doubted = order.reason is not None and order.reason.category is RejectCategory.UNKNOWN_OUTCOME
    assert not doubted


def test_what_is_already_answered_does_not_become_unconfirmed():
    order = fold(submitted(), report("0/0"), LOST_NEW["time-out"])
    assert (order.state, order.reason) == (S.NEW, None)


def test_a_gap_leaves_live_orders_unverified_until_word_of_them():
    order = fold(submitted(), report("0/0"), GAP, SessionGap(text="again", at=80))
    assert (order.state, order.unverified_since) == (S.NEW, 50)
    still = order.apply(CancelRejected(cl_ord_id="C-9", symbol="BTCUSDT", reason=GONE, at=90))
    assert still.unverified_since == 50  # a 9 says nothing about the order
    assert order.apply(report("0/0", exec_id=None)).unverified_since is None


def test_a_gap_does_not_concern_what_has_ended():
    before = fold(submitted(), report("F/2", "10", last="10"))
    assert before.apply(GAP) is before


LOST_REQUEST = {
    "time-out": OutcomeUnknown(cl_ord_id="Q-1", text="no answer", at=50),
    "gap": GAP,
    "Reject -1007": RequestRejected(cl_ord_id="Q-1", reason=UNKNOWN, at=50),
}


@pytest.mark.parametrize("lost", LOST_REQUEST.values(), ids=LOST_REQUEST)
@pytest.mark.parametrize("ask", [cancel("Q-1"), amend("6", "Q-1")], ids=["cancel", "amend"])
class TestRequest:
    def test_becomes_unconfirmed_and_the_order_does_not(self, ask, lost):
        order = fold(submitted(), report("0/0"), ask, lost)
        assert order.state is S.NEW
        assert [p.unconfirmed for p in order.pending] == [True]
        assert order.pending[0].text

    def test_a_fill_does_not_resolve_it(self, ask, lost):
        for exec_id in ("f1", None):  # by report, or by asking for trades
            trade = report("F/1", "1", last="1", trade_id="1", exec_id=exec_id)
            order = fold(submitted(), report("0/0"), ask, lost, trade)
            assert [p.unconfirmed for p in order.pending] == [True]

    def test_a_snapshot_of_the_living_order_resolves_it(self, ask, lost):
        order = fold(submitted(), report("0/0"), ask, lost, report("0/0", exec_id=None))
        assert (order.pending, order.reason) == ((), None)

    def test_the_end_of_the_order_resolves_it(self, ask, lost):
        order = fold(submitted(), report("0/0"), ask, lost, report("4/4", exec_id=None))
        assert (order.state, order.pending) == (S.CANCELED, ())

    def test_its_own_refusal_resolves_it(self, ask, lost):
        order = fold(
            submitted(), report("0/0"), ask, lost, RequestRejected(cl_ord_id="Q-1", reason=GONE, at=60)
        )
        assert (order.state, order.pending, order.reason) == (S.NEW, (), GONE)


@pytest.mark.parametrize("kind", [CancelRejected, AmendRejected])
def test_a_refusal_with_unknown_outcome_resolves_nothing(kind):
    ask = cancel("Q-1") if kind is CancelRejected else amend("6", "Q-1")
    order = fold(
        submitted(), report("0/0"), ask, kind(cl_ord_id="Q-1", symbol="BTCUSDT", reason=UNKNOWN, at=7)
    )
    assert [p.unconfirmed for p in order.pending] == [True]
    assert order.pending[0].text == UNKNOWN.text


LOST_REPLACE = {
    "time-out": OutcomeUnknown(cl_ord_id="R-1", text="no answer", at=50),
    "time-out of the cancel part": OutcomeUnknown(cl_ord_id="R-1x", text="no answer", at=50),
    "gap": GAP,
    "9 -1007": CancelRejected(cl_ord_id="R-1x", symbol="BTCUSDT", reason=UNKNOWN, at=50),
    "8/8 -1007 for the new": report("8/8", name="R-1", reason=UNKNOWN, at=50),
}


@pytest.mark.parametrize("name", LOST_REPLACE)
class TestReplace:
    def begin(self, name):
        return submitted(), report("0/0"), replace(), LOST_REPLACE[name]

    def test_leaves_the_whole_order_unconfirmed(self, name):
        order = fold(*self.begin(name))
        assert order.state is S.UNCONFIRMED
        assert [p.unconfirmed for p in order.pending] == [True]
        assert order.price == D(100)  # the accepted terms, not the asked ones

    def test_word_of_both_placements_resolves_it(self, name):
        order = fold(
            *self.begin(name),
            report("4/4", name="R-1x", orig_cl_ord_id=NEW),
            report("0/0", name="R-1", order_id="78", price=D(99)),
        )
        assert (order.state, order.pending, order.reason, order.price) == (S.NEW, (), None, D(99))

    def test_word_that_the_new_one_is_not_there_resolves_it(self, name):
        order = fold(
            *self.begin(name),
            report("0/0", exec_id=None),
            RequestRejected(cl_ord_id="R-1", reason=GONE, at=60),
        )
        assert (order.state, order.pending, order.reason) == (S.NEW, (), GONE)
        assert [p.state for p in order.placements] == [S.NEW, S.REJECTED]

    def test_word_of_the_old_one_alone_is_not_enough(self, name):
        order = fold(*self.begin(name), report("4/4", name="R-1x", orig_cl_ord_id=NEW))
        assert order.state is S.UNCONFIRMED
        assert order.pending


def test_a_late_refusal_after_the_doubt_keeps_the_venues_words():
    why = reason("Filter failure: PRICE_FILTER", -1013)
    order = fold(submitted(), GAP, report("8/8", reason=why))
    assert order.reason == why
