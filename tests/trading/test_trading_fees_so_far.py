"""Fees where the venue tells what an order has cost so far, and not what a fill has."""

from hypothesis import given
from hypothesis import strategies as st
from trading_facts import D, report, submitted

from blotter.trading.event import ZERO, ExecutionReport, Fee
from blotter.trading.ledger import Ledger


def fill(cum: str, last: str, fee: str, *more: tuple[str, str], **fields) -> ExecutionReport:
    fees = (Fee(D(fee), "USD"), *(Fee(D(amount), asset) for amount, asset in more))
    return report("F/1", cum, last=last, trade_id=f"t{cum}", fees=fees, fees_so_far=True, **fields)


def costs(ledger: Ledger) -> list[tuple[Fee, ...]]:
    return [one.fees for one in ledger.fills]


def test_each_fill_costs_what_it_adds():
    ledger = Ledger()
    ledger.apply(submitted())
    for event in (
        fill("1", "1", "0.05"),
        fill("3", "2", "0.15", ("1", "BNB")),
        fill("4", "1", "0.2", ("1", "BNB")),
    ):
        ledger.apply(event)
    assert costs(ledger) == [
        (Fee(D("0.05"), "USD"),),
        (Fee(D("0.10"), "USD"), Fee(D(1), "BNB")),
        (Fee(D("0.05"), "USD"),),
    ]
    assert {fee.asset: fee.amount for fee in ledger.positions["BTCUSDT"].fees} == {
        "USD": D("0.20"),
        "BNB": D(1),
    }


def test_after_a_fill_that_was_missed_the_sum_is_right_again():
    ledger = Ledger()
    ledger.apply(submitted())
    ledger.apply(fill("1", "1", "0.05"))
    ledger.apply(fill("4", "1", "0.2"))
    assert costs(ledger)[1] == (Fee(D("0.15"), "USD"),)


def test_a_report_that_comes_late_or_twice_adds_nothing():
    ledger = Ledger()
    ledger.apply(submitted())
    newest = fill("3", "2", "0.15")
    ledger.apply(newest)
    ledger.apply(fill("1", "1", "0.05"))
    ledger.apply(newest)
    assert costs(ledger) == [(Fee(D("0.15"), "USD"),), ()]


def test_other_orders_do_not_count():
    ledger = Ledger()
    ledger.apply(submitted(1))
    ledger.apply(submitted(2))
    ledger.apply(fill("1", "1", "0.05"))
    ledger.apply(fill("1", "1", "0.07", name="A-000002", order_id="78"))
    assert costs(ledger) == [(Fee(D("0.05"), "USD"),), (Fee(D("0.07"), "USD"),)]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), min_size=1, max_size=8), st.data())
def test_fees_always_add_up_to_what_the_venue_said_last_over_restarts_too(parts, data):
    ledger, cum, cost = Ledger(), 0, ZERO
    ledger.apply(submitted())
    for qty, fee in parts:
        cum, cost = cum + qty, cost + D(fee) / 100
        ledger.apply(fill(str(cum), str(qty), str(cost)))
        if data.draw(st.booleans()):
            ledger = Ledger.load(ledger.dump())
    assert sum((fee.amount for one in ledger.fills for fee in one.fees), ZERO) == cost
