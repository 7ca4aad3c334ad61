"""An order that is changed at the venue and stays the same order (G, Bybit's XAR): its terms move by reports alone."""

from itertools import permutations

import msgspec
import pytest
from trading_facts import BTC, GONE, SYMBOL, UNKNOWN, D, amend, cancel, reason, report, request, submitted

from blotter.trading.enums import OrdType, RejectCategory, TriggerPriceDirection
from blotter.trading.event import (
    AmendRejected,
    AmendRequested,
    NotSent,
    OutcomeUnknown,
    RequestRejected,
    SessionGap,
)
from blotter.trading.grammar import Market
from blotter.trading.instrument import Amending
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState, RequestKind
from blotter.trading.verbs import AmendOrder, Mistakes, parse_verb

S = OrderState
OLD, NEW = "A-000001", "M-1"


def change(price="101", qty="12", name=NEW, *, orig=OLD, at=5, **terms) -> AmendRequested:
    asked = request(qty, price, **terms)
    return AmendRequested(
        order_id=OLD, cl_ord_id=name, orig_cl_ord_id=orig, order_qty=D(qty), request=asked, at=at
    )


def replaced(price="101", qty="12", cum="0", status="0", **fields):
    """The report of a change: 150=5."""
    named = {"name": NEW, "orig_cl_ord_id": OLD, **fields}
    return report(f"5/{status}", cum, price=D(price), order_qty=D(qty), **named)


def ledger_of(*events) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    assert Ledger.load(ledger.dump()).orders == ledger.orders
    return ledger


def order_of(*events):
    ledger = ledger_of(*events)
    assert list(ledger.orders) == [OLD], "adopted as another order"
    return ledger.orders[OLD]


def terms(order):
    return order.price, order.order_qty, order.leaves_qty


BEGUN = (submitted(), report("0/0"))


def test_what_is_asked_is_beside_what_is_accepted():
    order = order_of(*BEGUN, change())
    (asked,) = order.pending
    assert (asked.kind, asked.price, asked.order_qty) == (RequestKind.AMEND, D(101), D(12))
    assert terms(order) == (D(100), D(10), D(10))
    assert order.pending_replace


def test_the_report_of_it_moves_price_quantity_and_name():
    order = order_of(*BEGUN, change(), replaced())
    assert (order.state, order.pending, order.reason) == (S.NEW, (), None)
    assert terms(order) == (D(101), D(12), D(12))
    assert order.current.cl_ord_id == NEW
    assert order.cl_ord_id_chain == (OLD, NEW)
    assert len(order.placements) == 1


def test_a_trigger_price_moves_too():
    stop = {
        "ord_type": OrdType.STOP_LIMIT,
        "trigger_price": D(99),
        "trigger_direction": TriggerPriceDirection.UP,
    }
    moved = {**stop, "trigger_price": D(98)}
    order = order_of(
        submitted(**stop),
        report("0/0", **stop),
        change("100", "10", **moved),
        replaced("100", "10", **moved),
    )
    assert order.pending == ()
    assert order.current.request.trigger_price == D(98)


@pytest.mark.parametrize("pending", ["E/E", "E/0", "6/6"])
def test_that_it_is_being_looked_at_moves_nothing(pending):
    """150=E bears the new terms at some venues, the old ones at others."""
    order = order_of(
        *BEGUN, change(), report(pending, name=NEW, orig_cl_ord_id=OLD, price=D(101), order_qty=D(12))
    )
    assert (order.state, order.current.cl_ord_id) == (S.NEW, OLD)
    assert terms(order) == (D(100), D(10), D(10))
    assert len(order.pending) == 1


NO = reason("too late to change", 1)
REFUSALS = {
    "9": AmendRejected(cl_ord_id=NEW, symbol=SYMBOL, reason=NO, at=9, orig_cl_ord_id=OLD, order_id="77"),
    "9 by the order's ids alone": AmendRejected(
        cl_ord_id="?", symbol=SYMBOL, reason=NO, at=9, orig_cl_ord_id=OLD, order_id="77"
    ),
    "3 or j": RequestRejected(cl_ord_id=NEW, reason=NO, at=9),
    "8": report("8/8", name=NEW, orig_cl_ord_id=OLD, order_id="77", reason=NO),
    "8 without an OrderID": report("8/8", name=NEW, orig_cl_ord_id=OLD, reason=NO),
    "not sent": NotSent(cl_ord_id=NEW, text=NO.text, at=9),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_leaves_the_order_as_it_was(name):
    order = order_of(*BEGUN, report("F/1", "3", last="3"), change(), REFUSALS[name])
    assert (order.state, order.pending, order.cum_qty) == (S.PARTIALLY_FILLED, (), D(3))
    assert terms(order) == (D(100), D(10), D(7))
    assert order.reason.text == NO.text


@pytest.mark.parametrize(
    "lost",
    [
        OutcomeUnknown(cl_ord_id=NEW, text="no answer", at=50),
        SessionGap(text="cable", at=50),
        report("8/8", name=NEW, orig_cl_ord_id=OLD, order_id="77", reason=UNKNOWN),
    ],
    ids=["time-out", "gap", "the venue does not know"],
)
class TestUnknownOutcome:
    def test_says_so_and_keeps_the_accepted_terms(self, lost):
        order = order_of(*BEGUN, change(), lost)
        assert order.in_doubt
        assert order.pending[0].unconfirmed
        assert (order.state, order.price) == (S.NEW, D(100))

    @pytest.mark.parametrize("made", [True, False])
    def test_a_snapshot_settles_it(self, lost, made):
        said = {"name": NEW, "price": D(101), "order_qty": D(12)} if made else {}
        order = order_of(*BEGUN, change(), lost, report("I/0", exec_id=None, at=60, **said))
        assert (order.pending, order.in_doubt) == ((), False)
        assert terms(order) == ((D(101), D(12), D(12)) if made else (D(100), D(10), D(10)))

    def test_a_late_report_settles_it(self, lost):
        order = order_of(*BEGUN, change(), lost, replaced(at=60))
        assert (order.pending, order.in_doubt, order.price) == ((), False, D(101))


class TestRaces:
    def test_filled_before_it_was_changed(self):
        order = order_of(*BEGUN, change(), report("F/2", "10", last="10"), REFUSALS["9"])
        assert (order.state, order.pending, terms(order)) == (S.FILLED, (), (D(100), D(10), D(0)))

    def test_the_new_quantity_counts_what_is_filled(self):
        order = order_of(*BEGUN, change(), report("F/1", "4", last="4"), replaced(cum="4", status="1"))
        assert (order.state, terms(order)) == (S.PARTIALLY_FILLED, (D(101), D(12), D(8)))

    def test_the_same_report_twice_changes_nothing(self):
        word = replaced()
        ledger = ledger_of(*BEGUN, change(), word)
        before = ledger.orders[OLD]
        assert ledger.apply(word).repeated
        assert ledger.orders[OLD] is before

    def test_a_report_from_before_it_that_comes_late_moves_nothing_back(self):
        order = order_of(
            submitted(),
            report("0/0", transact_time=1),
            change(),
            replaced(cum="2", status="1", transact_time=5),
            report("F/1", "2", last="2", transact_time=3),
        )
        assert order.current.cl_ord_id == NEW
        assert (terms(order), order.cum_qty) == ((D(101), D(12), D(10)), D(2))

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_any_order_of_arrival_ends_the_same(self, order):
        words = (
            report("F/1", "2", last="2", transact_time=3),
            replaced(cum="2", status="1", transact_time=5),
            report("F/1", "5", last="3", name=NEW, price=D(101), order_qty=D(12), transact_time=7),
        )
        found = order_of(
            submitted(), report("0/0", transact_time=1), change(), *(words[place] for place in order)
        )
        assert (found.state, found.pending, found.current.cl_ord_id) == (S.PARTIALLY_FILLED, (), NEW)
        assert (terms(found), found.cum_qty) == ((D(101), D(12), D(7)), D(5))

    def test_a_cancel_overtakes_it(self):
        gone = report("4/4", name="C-1", orig_cl_ord_id=OLD)
        late = AmendRejected(cl_ord_id=NEW, symbol=SYMBOL, reason=GONE, at=9)
        order = order_of(*BEGUN, change(), cancel(), gone, late)
        assert (order.state, order.pending) == (S.CANCELED, ())

    def test_a_later_change_of_what_was_changed(self):
        order = order_of(
            *BEGUN,
            change(),
            replaced(),
            change("102", "11", "M-2", orig=NEW),
            replaced("102", "11", name="M-2", orig_cl_ord_id=NEW),
        )
        assert (terms(order), order.cl_ord_id_chain) == ((D(102), D(11), D(11)), (OLD, NEW, "M-2"))

    def test_a_late_refusal_of_the_earlier_ends_neither_the_order_nor_the_later(self):
        given_up = (
            OutcomeUnknown(cl_ord_id=NEW, text="no answer", at=50),
            report("I/0", exec_id=None, at=60),
        )
        order = order_of(*BEGUN, change(), *given_up, change("102", "11", "M-2", at=61), REFUSALS["8"])
        assert [asked.cl_ord_id for asked in order.pending] == ["M-2"]
        assert order.state is S.NEW


class TestNames:
    def test_the_venue_keeps_the_name(self):
        """Bybit: neither ClOrdID nor OrderID changes, and the push does not say which request it answers."""
        order = order_of(*BEGUN, change(), replaced(name=OLD, orig_cl_ord_id=None))
        assert (order.pending, order.current.cl_ord_id, order.price) == ((), OLD, D(101))

    def test_word_of_an_earlier_change_does_not_answer_the_later(self):
        kept = {"name": OLD, "orig_cl_ord_id": None}
        order = order_of(*BEGUN, change(), replaced(**kept), change("102", "12", "M-2"), replaced(**kept))
        assert [asked.cl_ord_id for asked in order.pending] == ["M-2"]
        assert order.price == D(101)

    def test_later_reports_that_name_the_id_before_do_not_rename_it(self):
        fill = report("F/1", "1", last="1", name=NEW, orig_cl_ord_id=OLD, price=D(101), order_qty=D(12))
        order = order_of(*BEGUN, change(), replaced(), fill)
        assert (order.current.cl_ord_id, order.cum_qty, order.price) == (NEW, D(1), D(101))

    def test_it_gets_another_order_id(self):
        """Reports under either are about it."""
        after = {"name": NEW, "order_id": "78", "price": D(101), "order_qty": D(12)}
        ledger = ledger_of(
            submitted(),
            report("0/0", transact_time=1),
            change(),
            replaced(order_id="78", transact_time=5),
            report("F/1", "1", last="1", transact_time=3),
            report("F/1", "3", last="2", transact_time=7, **after),
        )
        (order,) = ledger.orders.values()
        assert (order.current.order_id, order.cum_qty) == ("78", D(3))
        assert ledger.by_venue_id(SYMBOL, "77") is ledger.by_venue_id(SYMBOL, "78") is order

    def test_another_order_id_after_the_request_was_given_up(self):
        order = order_of(
            *BEGUN,
            change(),
            OutcomeUnknown(cl_ord_id=NEW, text="no answer", at=50),
            report("I/0", exec_id=None, at=60),
            replaced(order_id="78", at=70),
        )
        assert (order.current.order_id, order.price) == ("78", D(101))

    def test_a_change_from_elsewhere(self):
        order = order_of(*BEGUN, replaced(name="web-1"))
        assert (order.price, order.current.cl_ord_id) == (D(101), "web-1")


def test_a_price_that_no_change_explains_is_another_order():
    """A test venue that was reset gives OrderIDs out again: what bears no name of ours must fit what is known."""
    stranger = report("4/4", name="web-9", orig_cl_ord_id="web-8", price=D(55))
    ledger = ledger_of(*BEGUN, stranger)
    assert ledger.orders[OLD].state is S.NEW
    assert len(ledger.orders) == 2


def test_a_price_it_had_before_a_change_is_its_own():
    late = report("4/4", name="web-9", orig_cl_ord_id="web-8", price=D(100), at=60)
    order = order_of(*BEGUN, change(), replaced(), late)
    assert order.state is S.CANCELED


def test_an_amend_in_place_is_what_it_was():
    """Less quantity, no other terms: no price is asked, and no report is answer but the one that names it."""
    order = order_of(*BEGUN, amend("6"))
    (asked,) = order.pending
    assert (asked.terms, asked.price) == (None, D(100))
    word = msgspec.structs.replace(replaced("100", "6"), cl_ord_id=OLD, orig_cl_ord_id=None)
    assert len(order_of(*BEGUN, amend("6"), word).pending) == 1


def test_a_refusal_of_a_cancel_by_report_does_not_end_the_order():
    order = order_of(*BEGUN, cancel(), report("8/8", name="C-1", orig_cl_ord_id=OLD, order_id="77"))
    assert (order.state, order.pending) == (S.NEW, ())
    assert order.reason.category is RejectCategory.FUNDS


class TestLine:
    """`amend` where the venue changes the order itself, and where it changes none."""

    def parse(self, line, amending):
        instrument = msgspec.structs.replace(BTC, amending=amending, min_qty=D(2))
        market = Market(instruments={SYMBOL: instrument}, quotes={}, now=0)
        orders = ledger_of(*BEGUN, report("F/1", "9", last="9")).orders
        return parse_verb(line, market, orders, {}, {})

    def test_the_venue_judges_the_total(self):
        """Were the rest placed anew, one would be below the least quantity."""
        assert isinstance(self.parse("amend 1 @ 101", Amending.CHANGED), AmendOrder)
        assert isinstance(self.parse("amend 1 @ 101", None), Mistakes)

    def test_there_is_nothing_to_be_done_anyway(self):
        found = self.parse("amend 1 @ 101 anyway", Amending.CHANGED)
        assert found.mistakes[0].text == "anyway: the order itself is changed, nothing is cancelled"

    def test_a_venue_that_changes_none_says_what_to_do(self):
        found = self.parse("amend 1 @ 101", Amending.REFUSED)
        assert "cancel A-000001, then send a new one" in found.mistakes[0].text
