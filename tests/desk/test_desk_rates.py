"""What is used of each limit: messages counted here, orders counted by the venue and since then by us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.desk.rates import ASK_EVERY, ASK_HOT_EVERY, Budget, Rates
from blotter.venues.base import Limit, LimitReport, SessionKind
from blotter.venues.binance import BinanceSpot

SECOND = 10**9
START = 1_000 * SECOND
OE, MD, DC = SessionKind.ORDER_ENTRY, SessionKind.MARKET_DATA, SessionKind.DROP_COPY


def report(req_id="limits-1", *, short=3, day=100) -> LimitReport:
    return LimitReport(
        req_id,
        (
            Limit("messages", 7, 10_000, 10),
            Limit("orders", short, 50, 10),
            Limit("orders", day, 160_000, 86_400),
        ),
    )


def used(rates: Rates, mono: int) -> dict[str, tuple[int, int]]:
    return {gauge.name: (gauge.used, gauge.maximum) for gauge in rates.gauges(mono)}


@pytest.fixture
def rates() -> Rates:
    rates = Rates(BinanceSpot())
    rates.connection(OE)
    return rates


def test_each_connection_counts_its_own_messages(rates):
    entry, market = rates.connection(OE), rates.connection(MD)
    for _ in range(3):
        entry.count(START)
    market.count(START)
    assert used(rates, START) == {"messages/10s": (3, 10_000), "MD messages/60s": (1, 2_000)}
    assert used(rates, START + 10 * SECOND)["messages/10s"] == (0, 10_000)
    assert used(rates, START + 10 * SECOND)["MD messages/60s"] == (1, 2_000)
    assert rates.connection(OE).used(START) == 0, "a new connection begins at nothing"


def test_orders_are_the_venues_count_and_what_left_since_the_question(rates):
    rates.ordered(1, START - 1)  # the venue will have seen this one
    rates.asked("limits-1", START)
    rates.ordered(1, START + 1)  # left behind the question: not in its answer
    rates.answered(report(), START + 2)
    rates.ordered(3, START + 3)
    assert used(rates, START + 4)["orders/10s"] == (7, 50)
    assert used(rates, START + 4)["orders/86400s"] == (104, 160_000)
    counters = {c.name: (c.used, c.cost) for c in rates.counters(3, START + 4)}
    assert counters == {"orders/10s": (7, 3), "orders/86400s": (104, 3), "messages/10s": (0, 1)}


def test_an_old_count_runs_out_with_its_window(rates):
    rates.asked("limits-1", START)
    rates.answered(report(), START)
    rates.ordered(1, START + 6 * SECOND)
    assert used(rates, START + 9 * SECOND)["orders/10s"][0] == 4
    assert used(rates, START + 10 * SECOND)["orders/10s"][0] == 1
    assert used(rates, START + 16 * SECOND)["orders/10s"][0] == 0
    assert used(rates, START + 16 * SECOND)["orders/86400s"][0] == 101


def test_the_gauge_says_when_the_venue_counted(rates):
    rates.asked("limits-1", START)
    rates.answered(report(), START + 5)
    (gauge,) = [g for g in rates.gauges(START + SECOND) if g.name == "orders/10s"]
    assert (gauge.at, gauge.interval) == (START + 5, 10)


def test_the_venue_may_allow_fewer_messages(rates):
    rates.asked("limits-1", START)
    rates.answered(LimitReport("limits-1", (Limit("messages", 1, 500, 10),)), START)
    assert used(rates, START)["messages/10s"] == (0, 500)
    assert rates.connection(OE).maximum == 500, "and on the next connection too"


def test_rest_weight_stands_beside(rates):
    names = {gauge.name: gauge.used for gauge in rates.gauges(START, (321, 6_000))}
    assert names["REST weight/60s"] == 321


def test_the_venue_is_asked_again_while_orders_are_sent(rates):
    assert not rates.due(START), "the logon asks first"
    rates.asked("limits-1", START)
    rates.answered(report(), START)
    assert not rates.due(START + ASK_EVERY), "nothing was sent"
    rates.ordered(1, START + 1)
    assert not rates.due(START + ASK_EVERY - 1)
    assert rates.due(START + ASK_EVERY)
    rates.asked("limits-2", START + ASK_EVERY)
    assert not rates.due(START + ASK_EVERY + SECOND)
    rates.answered(report("limits-2", short=25), START + ASK_EVERY)
    assert rates.due(START + ASK_EVERY + ASK_HOT_EVERY), "half used: sooner"


def test_after_a_loss_nothing_old_is_shown(rates):
    rates.asked("limits-1", START)
    rates.answered(report(), START)
    rates.lost()
    assert used(rates, START) == {}


# --- the budget of one connection --------------------------------------------------------------------------


def test_reconciling_leaves_half_of_the_messages_alone(rates):
    assert rates.question(START) == 0
    budget = rates.connection(OE)
    for _ in range(budget.maximum // 2):
        assert rates.question(START) == 0
        budget.count(START)
    wait = rates.question(START)
    assert wait == budget.seconds * SECOND
    assert (budget.wait(START), rates.question(START + wait)) == (0, 0)
    rates.lost()
    assert rates.question(START) == 0


def test_cancels_have_a_reserve_and_the_session_another():
    budget = Budget(100, 10)
    for _ in range(90):
        assert budget.order_may_go(START)
        budget.count(START)
    assert not budget.order_may_go(START)
    for _ in range(9):
        assert budget.wait(START) == 0
        budget.count(START)
    assert budget.wait(START) == 10 * SECOND
    assert budget.wait(START + 4 * SECOND) == 6 * SECOND
    assert budget.wait(START + 10 * SECOND) == 0
    assert budget.order_may_go(START + 10 * SECOND)


@given(
    st.integers(2, 30),
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.booleans()), max_size=80),
)
def test_no_window_ever_holds_more_than_is_allowed(maximum, asks):
    budget, now, written = Budget(maximum, 2), START, []
    for gap, cancel in asks:
        now += gap
        if budget.wait(now) == 0 if cancel else budget.order_may_go(now):
            budget.count(now)
            written.append(now)
    for end in written:
        assert sum(end - 2 * SECOND < at <= end for at in written) < maximum, "the session keeps one"


@given(st.integers(2, 30), st.lists(st.integers(0, SECOND), max_size=60))
def test_who_waits_as_long_as_was_said_may_go(maximum, gaps):
    budget, now = Budget(maximum, 2), START
    for gap in gaps:
        now += gap
        wait = budget.wait(now)
        assert not wait or budget.wait(now + wait - 1) > 0
        assert budget.wait(now + wait) == 0
        budget.count(now + wait)
        now += wait
