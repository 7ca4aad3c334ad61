"""Rules of alerts: what they match, what is wrong with one, and how often it may speak."""

from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.alerts import NEEDS, AlertEvent, AlertRule, Happening, Ration, applies, problem
from blotter.trading.enums import Side

SECOND = 1_000_000_000
D = Decimal
FILL = Happening(
    event=AlertEvent.FILL, at=1, text="filled", symbol="BTCUSDT", side=Side.BUY, notional=D(1_000),
    venue="Binance Spot", account="main", order_id="A-1",
)  # fmt: skip


def rule(event: AlertEvent = AlertEvent.FILL, **terms: object) -> AlertRule:
    return AlertRule(event=event, **terms)


@pytest.mark.parametrize(
    ("terms", "met"),
    [
        ({}, True),
        ({"symbols": ("ETHUSDT", "btcusdt")}, True),
        ({"symbols": ("ETHUSDT",)}, False),
        ({"side": "buy"}, True),
        ({"side": "sell"}, False),
        ({"min_notional": D(1_000)}, True),
        ({"min_notional": D("1000.01")}, False),
        ({"venue": "MAIN"}, True),
        ({"venue": "binance spot"}, True),
        ({"venue": "kraken"}, False),
        ({"symbols": ("BTCUSDT",), "side": "buy", "venue": "kraken"}, False),
    ],
)
def test_every_filter_must_be_met(terms: dict[str, object], met: bool) -> None:
    assert applies(rule(**terms), FILL, 0) is met


def test_another_event_is_none_of_its_business() -> None:
    assert not applies(rule(AlertEvent.REJECT), FILL, 0)


def test_what_the_happening_does_not_know_meets_no_filter() -> None:
    bare = msgspec.structs.replace(FILL, side=None, notional=None)
    assert not applies(rule(side="buy"), bare, 0)
    assert not applies(rule(min_notional=D(1)), bare, 0)


def test_of_several_venues_a_symbol_and_a_session_may_be_named_without_theirs() -> None:
    there = msgspec.structs.replace(FILL, symbol="BTC/USD.kraken", account="kraken", order_id="kraken:A-1")
    assert applies(rule(symbols=("BTC/USD",)), there, 0)
    assert applies(rule(symbols=("BTC/USD.kraken",), venue="kraken"), there, 0)
    assert not applies(rule(symbols=("BTC/USD",), venue="main"), there, 0)
    down = Happening(event=AlertEvent.SESSION_DOWN, at=1, text="down", session="kraken OE", account="kraken")
    assert applies(rule(AlertEvent.SESSION_DOWN, session="oe"), down, 0)
    assert not applies(rule(AlertEvent.SESSION_DOWN, session="DC"), down, 0)


def test_what_one_rule_asks_for_is_no_other_rules() -> None:
    late = msgspec.structs.replace(FILL, event=AlertEvent.WORKING, rule=1)
    working = rule(AlertEvent.WORKING, seconds=5.0)
    assert applies(working, late, 1)
    assert not applies(working, late, 0)


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (rule(), ""),
        (rule(AlertEvent.LIMIT), "percent"),
        (rule(percent=80), "percent"),
        (rule(AlertEvent.PRICE, price=D(5)), "symbols"),
        (rule(AlertEvent.PRICE, price=D(-5), symbols=("A",)), "price"),
        (rule(AlertEvent.PRICE, price=D("NaN"), symbols=("A",)), "price"),
        (rule(AlertEvent.WORKING), "seconds"),
        (rule(AlertEvent.SESSION_UP, side="buy"), "side"),
        (rule(AlertEvent.DIFFERENCE, min_notional=D(5)), "min_notional"),
        (rule(AlertEvent.DIFFERENCE, symbols=("A",)), "symbols"),
        (rule(session="OE"), "session"),
        (rule(show=()), "show"),
        (rule(show=(), command=("beep",)), ""),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_with_its_key(made: AlertRule, key: str) -> None:
    found, why = problem(made)
    assert found == key
    assert bool(why) is bool(key)


@given(st.sampled_from(AlertEvent), st.sampled_from(sorted(NEEDS.values())))
def test_a_threshold_belongs_to_one_event(event: AlertEvent, key: str) -> None:
    value = {"percent": 80, "price": D(5), "seconds": 5.0}[key]
    symbols = ("A",) if event is AlertEvent.PRICE else ()
    sound = problem(rule(event, symbols=symbols, **{key: value}))[0] == ""
    assert sound is (NEEDS.get(event) == key)


@given(st.lists(st.integers(0, 3 * SECOND), max_size=60))
def test_nothing_is_lost_and_nothing_is_too_often(gaps: list[int]) -> None:
    """What was swallowed is told of in the end, and two words are a second apart."""
    ration, now, spoken, told = Ration(), 0, [], 0
    for gap in gaps:
        now += gap
        ration, more = ration.due(now, 1.0)
        if more:
            spoken.append(now)
            told += more
        ration, may = ration.heard(now, 1.0)
        if may:
            spoken.append(now)
            told += 1
    ration, more = ration.due(now + SECOND, 1.0)
    assert told + more == len(gaps)
    assert all(later - earlier >= SECOND for earlier, later in pairwise(spoken))
