"""After a test venue's wipe its numbers begin again: nothing old may swallow or take over what is new."""

from trading_facts import SYMBOL, D, report, submitted

from blotter.trading.enums import Side
from blotter.trading.ledger import Ledger

NEW_DAY = 10**9


def test_an_order_from_elsewhere_is_not_taken_for_an_ended_one_of_ours_that_had_its_number():
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0", order_id="5", transact_time=1))
    ledger.apply(report("4/4", order_id="5", name="C", orig_cl_ord_id="A-000001", transact_time=2))
    sold = {"name": "phone-9", "order_id": "5", "side": Side.SELL}
    ledger.apply(report("0/0", transact_time=NEW_DAY, **sold))
    assert [order.side for order in ledger.orders.values() if order.open] == [Side.SELL], "it lives, unseen"
    ledger.apply(report("F/1", "5", last="5", transact_time=NEW_DAY + 1, **sold))
    assert ledger.positions[SYMBOL].net_qty == D(-5)
    assert ledger.orders["A-000001"].cum_qty == 0


def test_orders_from_elsewhere_under_one_number_before_and_after_are_two():
    ledger = Ledger()
    ledger.apply(report("0/0", name="phone-1", order_id="5", exec_id="100", transact_time=1))
    ledger.apply(report("F/2", "10", name="phone-1", order_id="5", last="10", exec_id="101", transact_time=2))
    sold = {"name": "phone-9", "order_id": "5", "side": Side.SELL}
    first = ledger.apply(report("0/0", exec_id="100", transact_time=NEW_DAY, **sold))
    assert not first.repeated
    ledger.apply(report("F/1", "4", last="4", exec_id="101", transact_time=NEW_DAY + 1, **sold))
    assert ledger.positions[SYMBOL].net_qty == D(6)
    assert [order.side for order in ledger.orders.values() if order.open] == [Side.SELL]
