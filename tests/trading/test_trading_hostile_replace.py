"""A replace that goes in either way, and an old order that had filled: more than was asked for is at the venue."""

import msgspec
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
