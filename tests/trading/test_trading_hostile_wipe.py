"""After a test venue's wipe its numbers begin again: nothing old may swallow or take over what is new."""

import pytest
from trading_facts import SYMBOL, D, report, submitted

from blotter.trading.enums import OrdType, Side
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


def ended() -> Ledger:
    """An order of ours that was number 5, cancelled."""
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0", order_id="5", transact_time=1))
    ledger.apply(report("4/4", order_id="5", name="C", orig_cl_ord_id="A-000001", transact_time=5))
    return ledger


@pytest.mark.parametrize(
    "terms",
    [{}, {"price": D(99)}, {"ord_type": OrdType.MARKET, "price": None}, {"order_qty": D(3)}],
    ids=["same terms", "price", "type", "quantity"],
)
def test_what_lives_after_ours_has_ended_is_another_whatever_its_terms(terms):
    ledger = ended()
    ledger.apply(report("0/0", order_id="5", name="phone-9", transact_time=NEW_DAY, **terms))
    assert [order.id for order in ledger.orders.values() if order.open] == ["BTCUSDT#5"]
    ledger.apply(
        report("4/4", order_id="5", name="x", orig_cl_ord_id="phone-9", transact_time=NEW_DAY + 1, **terms)
    )
    assert not any(order.open for order in ledger.orders.values())
    assert len(ledger.orders) == 2


def test_a_fill_of_one_that_was_never_heard_of_is_its_own():
    ledger = ended()
    ledger.apply(
        report("F/2", "4", last="4", order_id="5", name="phone-9", transact_time=NEW_DAY, order_qty=D(4))
    )
    assert ledger.orders["A-000001"].cum_qty == 0
    assert ledger.orders["BTCUSDT#5"].cum_qty == D(4)


def test_another_price_is_another_order_though_ours_was_thought_to_live():
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0", order_id="5", transact_time=1))
    ledger.apply(report("0/0", order_id="5", name="phone-9", price=D(99), transact_time=NEW_DAY))
    assert list(ledger.orders) == ["A-000001", "BTCUSDT#5"]


def test_ours_renamed_elsewhere_is_still_ours():
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(report("0/0", order_id="5", transact_time=1))
    ledger.apply(report("0/0", order_id="5", name="phone-9", order_qty=D(7), transact_time=3))
    assert list(ledger.orders) == ["A-000001"]
    assert ledger.orders["A-000001"].order_qty == D(7)


def test_a_late_fill_and_a_report_that_was_overtaken_are_still_of_the_ended_one():
    ledger = ended()
    delta = ledger.apply(report("F/1", "4", last="4", order_id="5", transact_time=4))
    assert delta.note == "A-000001: late fill of 4, after it was canceled"
    ledger.apply(report("0/0", order_id="5", name="renamed", transact_time=2))
    assert list(ledger.orders) == ["A-000001"]
    assert not ledger.orders["A-000001"].open


def test_reports_of_each_find_their_order_over_two_resets_and_twice_change_nothing():
    ledger = Ledger()
    days = [
        report(
            "0/0", order_id="5", name=f"phone-{day}", side=side, transact_time=day * NEW_DAY, exec_id=str(day)
        )
        for day, side in enumerate((Side.BUY, Side.SELL, Side.BUY), 1)
    ]
    filled = report(
        "F/2", "10", last="10", order_id="5", name="phone-1", transact_time=NEW_DAY + 1, exec_id="9"
    )
    ledger.apply(days[0])
    ledger.apply(filled)
    ledger.apply(days[1])
    gone = report("4/4", order_id="5", name="phone-2", side=Side.SELL, transact_time=2 * NEW_DAY + 1)
    ledger.apply(gone)
    ledger.apply(days[2])
    assert list(ledger.orders) == ["BTCUSDT#5", "BTCUSDT#5.2", "BTCUSDT#5.3"]
    before = ledger.dump()
    for again in (days[1], gone, filled):
        ledger.apply(again)
    assert list(ledger.orders) == ["BTCUSDT#5", "BTCUSDT#5.2", "BTCUSDT#5.3"]
    assert [order.open for order in ledger.orders.values()] == [False, False, True]
    assert ledger.by_venue_id(SYMBOL, "5").id == "BTCUSDT#5.3"
    assert Ledger.load(before).dump() == before
