"""Order lists: a parent with legs, as reports of both arrive in any order, are lost, or come from elsewhere."""

from itertools import permutations

import msgspec
import pytest
from trading_facts import (
    GONE,
    SYMBOL,
    UNKNOWN,
    D,
    leg_report,
    list_report,
    list_submitted,
    reason,
    report,
    request,
    submitted,
)

from blotter.trading.enums import ContingencyType, ExpiryReason, OrdType, RejectCategory, Side
from blotter.trading.event import (
    CancelRejected,
    ListCancelRequested,
    NotSent,
    OutcomeUnknown,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState, Standing
from blotter.trading.order_list import ListState
from blotter.trading.request import ListKind

S, L = OrderState, ListState
OCO_ENDED = reason("the other leg was triggered", None, category=RejectCategory.OTHER)
LEGS = ("A-000001", "A-000002")
GAP = SessionGap(text="connection reset", at=50)


def fold(*events) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


def parent(ledger):
    (one,) = ledger.lists.values()
    return one


def states(ledger):
    return [order.state for order in ledger.orders.values()]


OTO_LIFE = (
    list_report("4/3"),
    leg_report(1, "0/0", working=True, transact_time=1),
    leg_report(2, "0/A", side=Side.SELL, transact_time=1),
    leg_report(1, "F/2", "10", last="10", transact_time=2),
    leg_report(2, "0/0", side=Side.SELL, working=True, transact_time=3),
)


def test_oto_the_pending_leg_is_pending_until_its_second_new():
    ledger = fold(list_submitted())
    assert parent(ledger).state is L.PENDING_NEW
    assert [o.leg for o in ledger.orders.values()] == ["working", "pending"]
    seen = []
    for event in OTO_LIFE:
        delta = ledger.apply(event)
        seen.append((ledger.orders[LEGS[1]].state, ledger.orders[LEGS[1]].standing, len(delta.lists)))
    assert seen == [
        (S.PENDING_NEW, None, 1),
        (S.PENDING_NEW, None, 0),
        (S.NEW, Standing.PENDING, 0),
        (S.NEW, Standing.PENDING, 0),
        (S.NEW, Standing.WORKING, 0),
    ]
    assert (parent(ledger).state, parent(ledger).list_id, parent(ledger).legs) == (L.EXECUTING, "25", LEGS)
    assert ledger.orders[LEGS[0]].standing is None


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_whatever_the_order_of_arrival_the_list_and_its_legs_end_alike(order):
    ledger = fold(list_submitted(), *(OTO_LIFE[i] for i in order))
    assert states(ledger) == [S.FILLED, S.NEW]
    assert ledger.orders[LEGS[1]].standing is Standing.WORKING
    assert (parent(ledger).state, parent(ledger).list_id) == (L.EXECUTING, "25")
    assert {o.list_id for o in ledger.orders.values()} == {"L-000001"}


def test_reports_of_legs_alone_tell_what_the_list_is():
    ledger = fold(list_submitted(), OTO_LIFE[1])
    assert (parent(ledger).state, parent(ledger).list_id) == (L.EXECUTING, "25")
    ledger.apply(leg_report(2, "C/C", reason=OCO_ENDED))
    delta = ledger.apply(leg_report(1, "4/4", name="C-1", orig_cl_ord_id=LEGS[0]))
    assert [one.state for one in delta.lists] == [L.ALL_DONE]


def test_oco_the_trigger_ends_the_other_leg_and_says_why():
    ledger = fold(
        list_submitted(ListKind.OCO),
        list_report("4/3", contingency=ContingencyType.ONE_CANCELS_THE_OTHER),
        leg_report(1, "0/0", side=Side.SELL, working=True),
        leg_report(2, "0/0", side=Side.SELL, ord_type=OrdType.STOP_LIMIT, trigger_price=D(91)),
    )
    above, below = ledger.orders.values()
    assert (above.standing, below.standing) == (Standing.WORKING, Standing.HELD)
    ledger.apply(leg_report(1, "F/1", "2", last="2", side=Side.SELL))
    ledger.apply(leg_report(2, "C/C", reason=OCO_ENDED, expiry_reason=ExpiryReason.OCO_TRIGGER))
    ledger.apply(leg_report(1, "F/2", "10", last="8", side=Side.SELL))
    ledger.apply(list_report("5/6"))
    assert states(ledger) == [S.FILLED, S.EXPIRED]
    assert ledger.orders[LEGS[1]].reason == OCO_ENDED
    assert parent(ledger).state is L.ALL_DONE


def test_all_done_may_be_said_before_the_last_leg_has_ended_and_stays_true():
    ledger = fold(list_submitted(), *OTO_LIFE[:3], list_report("5/6"), list_report("4/3"))
    assert parent(ledger).state is L.ALL_DONE
    assert states(ledger) == [S.NEW, S.NEW], "a leg ends by its own report only"


def test_opo_the_quantity_is_not_known_until_the_leg_is_released():
    ledger = fold(
        list_submitted(ListKind.OPO), OTO_LIFE[1], leg_report(2, "0/A", side=Side.SELL, order_qty=D(0))
    )
    leg = ledger.orders[LEGS[1]]
    assert (leg.order_qty, leg.leaves_qty) == (None, None)
    ledger.apply(leg_report(2, "0/0", side=Side.SELL, order_qty=D("9.99"), working=True))
    leg = ledger.orders[LEGS[1]]
    assert (leg.order_qty, leg.leaves_qty, leg.standing) == (D("9.99"), D("9.99"), Standing.WORKING)


REFUSED_WHOLE = {
    "N 2/7": list_report("2/7", reason=reason()),
    "Reject 3": RequestRejected(cl_ord_id="CL-1", reason=reason(), at=9),
    "8/8 of each": None,
    "not sent": NotSent(cl_ord_id="CL-1", text="the session ended first", at=9),
}


@pytest.mark.parametrize("how", REFUSED_WHOLE)
def test_a_list_refused_takes_every_leg_with_it(how):
    event = REFUSED_WHOLE[how]
    answers = [event] if event is not None else [leg_report(1, "8/8"), leg_report(2, "8/8")]
    ledger = fold(list_submitted(), *answers)
    assert states(ledger) == [S.REJECTED, S.REJECTED]
    assert parent(ledger).state is L.REJECTED
    assert all(order.reason is not None and not order.open for order in ledger.orders.values())


def test_a_failed_action_on_a_list_that_lives_does_not_end_it():
    ledger = fold(list_submitted(), *OTO_LIFE[:3], list_report("2/7", reason=GONE))
    assert states(ledger) == [S.NEW, S.NEW]
    assert (parent(ledger).state, parent(ledger).reason) == (L.EXECUTING, GONE)


@pytest.mark.parametrize(
    "event",
    [
        OutcomeUnknown(cl_ord_id="CL-1", text="no answer", at=9),
        RequestRejected(cl_ord_id="CL-1", reason=UNKNOWN, at=9),
        GAP,
    ],
)
def test_a_list_that_went_unanswered_is_unconfirmed_with_every_leg(event):
    ledger = fold(list_submitted(), event)
    assert states(ledger) == [S.UNCONFIRMED, S.UNCONFIRMED]
    assert parent(ledger).state is L.UNCONFIRMED
    for late in OTO_LIFE[1:3]:
        ledger.apply(late)
    assert states(ledger) == [S.NEW, S.NEW]
    assert parent(ledger).state is L.EXECUTING


def cancelling(*events) -> Ledger:
    asked = ListCancelRequested(list_id="L-000001", cl_ord_id="C-1", at=5)
    return fold(list_submitted(), *OTO_LIFE[:3], asked, *events)


def test_a_list_is_cancelled_once_for_all_its_legs():
    ledger = cancelling()
    assert parent(ledger).pending_cancel == "C-1"
    assert all(order.pending_cancel for order in ledger.orders.values())
    ledger.apply(leg_report(1, "4/4", name="C-1", orig_cl_ord_id=LEGS[0]))
    assert parent(ledger).pending_cancel == "C-1", "one leg is still waited for"
    delta = ledger.apply(leg_report(2, "4/4", name="C-1", orig_cl_ord_id=LEGS[1], side=Side.SELL))
    assert delta.note == ""
    assert states(ledger) == [S.CANCELED, S.CANCELED]
    assert (parent(ledger).pending_cancel, parent(ledger).state) == ("", L.ALL_DONE)


@pytest.mark.parametrize(
    "ids",
    [
        {"cl_ord_id": "C-1"},
        {"cl_ord_id": "?", "list_id": "25"},
        {"cl_ord_id": "?", "cl_list_id": "CL-1"},
    ],
    ids=["ClOrdID", "ListID", "OrigClListID"],
)
def test_a_refused_cancel_of_a_list_is_told_by_any_of_its_ids(ids):
    ledger = cancelling(CancelRejected(symbol=SYMBOL, reason=GONE, at=9, **ids))
    assert states(ledger) == [S.NEW, S.NEW]
    assert all((o.pending, o.reason) == ((), GONE) for o in ledger.orders.values())
    assert (parent(ledger).pending_cancel, parent(ledger).reason) == ("", GONE)


def test_a_lost_cancel_of_a_list_leaves_every_leg_in_doubt():
    ledger = cancelling(OutcomeUnknown(cl_ord_id="C-1", text="no answer", at=9))
    assert all(order.in_doubt for order in ledger.orders.values())


FOREIGN = (
    leg_report(1, "0/0", name="web-1"),
    leg_report(2, "0/0", name="web-2", side=Side.SELL),
    list_report("4/3", cl_list_id="web-list", members=()),
)


@pytest.mark.parametrize("arrivals", list(permutations(FOREIGN)))
def test_a_list_placed_elsewhere_is_adopted_from_whatever_comes_first(arrivals):
    ledger = fold(*arrivals)
    one = parent(ledger)
    assert (one.id, one.foreign, one.list_id, one.cl_list_id) == ("BTCUSDT#L25", True, "25", "web-list")
    assert set(one.legs) == {"BTCUSDT#71", "BTCUSDT#72"}
    assert one.state is L.EXECUTING
    assert {o.list_id for o in ledger.orders.values()} == {one.id}
    ledger.apply(list_report("5/6", cl_list_id="web-list", members=()))
    assert parent(ledger).state is L.ALL_DONE


def test_the_first_leg_of_a_foreign_list_may_end_before_the_others_are_known():
    ledger = fold(leg_report(1, "F/2", "10", last="10", name="web-1"))
    assert parent(ledger).state is L.EXECUTING


def test_list_ids_are_the_venues_per_symbol():
    other = msgspec.structs.replace(FOREIGN[0], symbol="ETHUSDT")
    ledger = fold(list_submitted(), *OTO_LIFE[:3], other)
    assert list(ledger.lists) == ["L-000001", "ETHUSDT#L25"]


def test_a_refusal_of_a_list_that_is_not_known_is_a_note():
    ledger = Ledger()
    delta = ledger.apply(list_report("2/7", list_id=None, cl_list_id="web", members=(), reason=reason()))
    assert reason().text in delta.note
    assert not ledger.lists


def test_a_list_submitted_twice_counts_once_and_ids_run_on():
    ledger = fold(list_submitted())
    assert "twice" in ledger.apply(list_submitted()).note
    assert (len(ledger.orders), len(ledger.lists)) == (2, 1)
    assert (ledger.next_order_number, ledger.next_list_number) == (3, 2)
    again = Ledger.load(ledger.dump())
    assert (again.next_order_number, again.next_list_number) == (3, 2)
    assert again.lists == ledger.lists
    assert again.apply(OTO_LIFE[0]).lists[0].list_id == "25"


def test_a_renamed_leg_keeps_its_place():
    renamed = leg_report(1, "5/0", name="M-1", orig_cl_ord_id=LEGS[0], order_qty=D(8))
    ledger = fold(list_submitted(), *OTO_LIFE[:3], renamed, list_report("100/3", members=()))
    assert ledger.orders[LEGS[0]].current.cl_ord_id == "M-1"
    assert (parent(ledger).legs, parent(ledger).state) == (LEGS, L.EXECUTING)


# --- terms that only the venue knows


def test_a_contingent_order_is_held_until_its_trigger():
    terms = request("10", "90", Side.SELL, ord_type=OrdType.STOP_LIMIT, trigger_price=D(91))
    ledger = fold(submitted(req=terms), report("0/0", side=Side.SELL, ord_type=OrdType.STOP_LIMIT))
    assert ledger.orders[LEGS[0]].standing is Standing.HELD
    ledger.apply(report("0/0", side=Side.SELL, working=True))  # trap 13: a second NEW
    assert ledger.orders[LEGS[0]].standing is Standing.WORKING


def test_the_price_of_a_pegged_order_is_the_one_it_was_pegged_at():
    ledger = fold(submitted(req=request(ord_type=OrdType.PEGGED, price="101")))
    assert ledger.orders[LEGS[0]].price == D(101)
    ledger.apply(report("0/0", pegged_price=D("99.5"), ord_type=OrdType.PEGGED))
    assert ledger.orders[LEGS[0]].price == D("99.5")


def test_a_foreign_order_brings_its_trigger_along_and_later_reports_move_it():
    terms = {"ord_type": OrdType.STOP_LIMIT, "trigger_price": D(91), "trailing_bips": 50}
    ledger = fold(report("0/0", name="web", transact_time=1, **terms))
    (order,) = ledger.orders.values()
    assert order.current.request.trigger_price == D(91)
    assert order.current.request.trailing_bips == 50
    ledger.apply(report("0/0", name="web", transact_time=3, **{**terms, "trigger_price": D(92)}))
    ledger.apply(report("0/0", name="web", transact_time=2, **terms))
    (order,) = ledger.orders.values()
    assert order.current.request.trigger_price == D(92)


def test_trap_14_a_survivor_of_self_trade_prevention_lives_on_with_less():
    ledger = fold(submitted(), report("0/0"), report("C/0", prevented_qty=D(4)))
    order = ledger.orders[LEGS[0]]
    assert (order.state, order.leaves_qty) == (S.NEW, D(6))
    ledger.apply(report("F/1", "2", last="2", prevented_qty=D(4)))
    order = ledger.orders[LEGS[0]]
    assert (order.state, order.leaves_qty) == (S.PARTIALLY_FILLED, D(4))
    ledger.apply(report("C/C", "2", prevented_qty=D(8)))
    assert ledger.orders[LEGS[0]].state is S.EXPIRED
