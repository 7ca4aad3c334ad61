"""A replace that goes in either way, and an old order that had filled: more than was asked for is at the venue."""

import msgspec
import pytest
from trading_facts import GONE, SYMBOL, D, replace, report, submitted

from blotter.trading.enums import ReplaceMode
from blotter.trading.event import CancelRejected
from blotter.trading.ledger import Ledger

OLD = "A-000001"


def test_trap_20_a_replacement_of_an_order_that_had_filled_is_said_aloud():
    ledger, notes = Ledger(), []
    either_way = msgspec.structs.replace(replace("10"), mode=ReplaceMode.ALLOW_FAILURE)
    for event in (
        submitted(),
        report("0/0"),
        either_way,
        report("F/2", "10", last="10"),
        CancelRejected(cl_ord_id="R-1x", symbol=SYMBOL, reason=GONE, at=6, order_id="77"),
        report("0/0", name="R-1", order_id="78", order_qty=D(10)),
    ):
        notes.append(ledger.apply(event).note)
    order = ledger.orders[OLD]
    assert (order.cum_qty, order.leaves_qty) == (D(10), D(10)), "20 where 10 were wanted"
    assert any(notes), "nobody is told"


FILLED, LIVE = report("F/2", "10", last="10"), report("0/0", name="R-1", order_id="78", order_qty=D(10))
REFUSED = CancelRejected(cl_ord_id="R-1x", symbol=SYMBOL, reason=GONE, at=6, order_id="77")


def after(*events):
    ledger = Ledger()
    either_way = msgspec.structs.replace(replace("10"), mode=ReplaceMode.ALLOW_FAILURE)
    notes = [ledger.apply(event).note for event in (submitted(), report("0/0"), either_way, *events)]
    return ledger, [note for note in notes if note]


@pytest.mark.parametrize("answers", [(FILLED, REFUSED, LIVE), (FILLED, LIVE), (LIVE, FILLED)])
def test_it_is_said_once_and_stays_on_the_order_in_whatever_order_it_is_heard(answers):
    ledger, notes = after(*answers)
    text = "more than was asked for: 10 filled before the cancel, and the new order is in for 10: "
    text += "20 where 10 were wanted"
    assert [note for note in notes if text in note] == [f"{OLD}: {text}"]
    assert ledger.orders[OLD].reason.text == text
    assert ledger.positions[SYMBOL].net_qty == D(10)
    ledger.apply(report("F/2", "10", last="10", name="R-1", order_id="78", order_qty=D(10)))
    assert ledger.positions[SYMBOL].net_qty == D(20)
    assert Ledger.load(ledger.dump()).orders[OLD].reason.text == text


def test_a_part_that_filled_before_the_cancel_is_told_too():
    gone = report("4/4", "4", name="R-1x", orig_cl_ord_id=OLD)
    ledger, notes = after(report("F/1", "4", last="4"), gone, LIVE)
    assert ledger.orders[OLD].order_qty == D(14)
    assert any("14 where 10 were wanted" in note for note in notes)


def test_what_was_asked_for_is_not_told():
    gone = report("4/4", name="R-1x", orig_cl_ord_id=OLD)
    ledger, notes = after(gone, LIVE)
    assert notes == []
    assert ledger.orders[OLD].reason is None


def test_two_live_orders_under_it_are_told_as_before():
    _, notes = after(REFUSED, LIVE)
    assert notes == [f"{OLD}: two orders are live under it, the old one was not cancelled"]
