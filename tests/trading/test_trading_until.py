"""Orders that end by themselves: for the day, or at a time. Words, terms, rules."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, QUOTE, SYMBOL, D, report, request

from blotter.trading.enums import ExecInst, TimeInForce
from blotter.trading.grammar import Market, describe, parse_order
from blotter.trading.ledger import Ledger
from blotter.trading.line import order_line
from blotter.trading.order import OrderState
from blotter.trading.rules import check
from blotter.trading.until import until, until_words

SECOND = 10**9
NOON = 1_795_348_800 * SECOND  # 2026-11-22T12:00Z
FIVE = NOON + 5 * 3600 * SECOND
MARKET = Market(instruments={SYMBOL: BTC}, quotes={SYMBOL: msgspec.structs.replace(QUOTE, at=NOON)}, now=NOON)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T17:00Z", FIVE),
        ("2026-11-22t17:00:00z", FIVE),
        ("2026-11-23T17:00:01.5Z", FIVE + 86_401_500_000_000),
        ("17:00Z", FIVE),
        ("11:59Z", NOON + 86_340 * SECOND),  # tomorrow's
        ("12:00Z", NOON + 86_400 * SECOND),
        ("2028-02-29T00:00Z", 1_835_395_200 * SECOND),
    ],
)
def test_a_time_is_read(text, at):
    assert until(text, NOON) == at


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("17:00", "times are UTC and end with Z: 17:00Z"),
        ("2026-11-22T11:00Z", "is over: it is 2026-11-22T12:00Z now"),
        ("2026-11-22T12:00Z", "is over"),
        ("2026-02-30T12:00Z", "is no date and time of day"),
        ("25:00Z", "is no date and time of day"),
        ("tomorrow", "an end is written as 2026-11-23T17:00Z"),
        ("2026-11-23", "an end is written as 2026-11-23T17:00Z"),
        ("5pm", "an end is written as"),
    ],
)
def test_what_is_no_time_is_told(text, why):
    said = until(text, NOON)
    assert isinstance(said, str)
    assert why in said


@given(st.integers(1, 253_402_300_799 * SECOND))
def test_what_is_written_is_read_again(at):
    assert until(until_words(at), 0) == at


@given(st.text(max_size=30))
def test_never_raises(text):
    assert isinstance(until(text, NOON), (int, str))


@pytest.mark.parametrize(
    ("line", "tif", "end"),
    [
        ("buy 1 btcusdt @ 60000 day", TimeInForce.DAY, None),
        ("buy 1 btcusdt @ 60000 gtd 17:00Z", TimeInForce.GOOD_TILL_DATE, FIVE),
        ("buy 1 btcusdt gtd 2026-11-22T17:00Z @ 60000 post", TimeInForce.GOOD_TILL_DATE, FIVE),
        ("sell 1 btcusdt stop 59000 limit 58900 day", TimeInForce.DAY, None),
        ("buy 1 btcusdt @ 60000 day show 0.1", TimeInForce.DAY, None),
    ],
)
def test_the_grammar_has_both_and_the_line_comes_back(line, tif, end):
    draft = parse_order(line, MARKET)
    assert draft.request is not None, draft
    assert (draft.request.time_in_force, draft.request.expire_time) == (tif, end)
    again = parse_order(order_line(draft.request), MARKET)
    assert again.request == draft.request


@pytest.mark.parametrize(
    ("line", "word", "why"),
    [
        ("buy 1 btcusdt @ 60000 gtd 11:00", "11:00", "end with Z"),
        ("buy 1 btcusdt @ 60000 gtd soon", "soon", "an end is written"),
        ("buy 1 btcusdt @ 60000 day gtd 17:00Z", "gtd", "day has been said already"),
        ("buy 1 btcusdt market day", "day", "a market order has no time in force"),
    ],
)
def test_a_mistake_is_at_its_word(line, word, why):
    mistakes = parse_order(line, MARKET).mistakes
    found = [(line[m.start : m.end], m.text) for m in mistakes]
    assert found
    assert found[0][0] == word
    assert why in found[0][1]


def test_an_end_that_is_missing_is_what_comes_next():
    assert parse_order("buy 1 btcusdt @ 60000 gtd", MARKET).missing == "date and time"


def test_the_words_say_when():
    line = "buy 1 btcusdt @ 60000 gtd 17:00Z"
    assert "GTD until 2026-11-22T17:00Z" in describe(parse_order(line, MARKET).request, BTC)
    assert " DAY " in describe(parse_order("buy 1 btcusdt @ 60000 day", MARKET).request, BTC)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"time_in_force": TimeInForce.GOOD_TILL_DATE}, "expire_time"),
        ({"expire_time": FIVE}, "expire_time"),
        ({"time_in_force": TimeInForce.DAY, "expire_time": FIVE}, "expire_time"),
        (
            {"exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE, "time_in_force": TimeInForce.FILL_OR_KILL},
            "time_in_force",
        ),
        ({"max_floor": D("0.1"), "time_in_force": TimeInForce.IMMEDIATE_OR_CANCEL}, "max_floor"),
    ],
)
def test_what_does_not_go_together_is_refused(terms, field):
    broken = check(request("1", "60000", **terms), BTC, None)
    assert [one.field for one in broken] == [field]


@pytest.mark.parametrize("tif", [TimeInForce.DAY, TimeInForce.GOOD_TILL_DATE])
def test_what_goes_together_passes(tif):
    end = FIVE if tif is TimeInForce.GOOD_TILL_DATE else None
    iceberg = request("1", "60000", time_in_force=tif, expire_time=end, max_floor=D("0.1"))
    post = request(
        "1", "60000", time_in_force=tif, expire_time=end, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE
    )
    assert check(iceberg, BTC, None) == check(post, BTC, None) == []


def test_an_adopted_order_says_when_it_ends_and_its_expiry_is_an_expiry():
    ledger = Ledger()
    terms = {"time_in_force": TimeInForce.GOOD_TILL_DATE, "expire_time": FIVE}
    ledger.apply(report("0/0", name="web-1", **terms))
    (order,) = ledger.orders.values()
    assert order.current.request.expire_time == FIVE
    ledger.apply(report("3/3", name="web-1", **terms))  # done for the day: it may trade on another
    assert ledger.orders[order.id].state is OrderState.NEW
    ledger.apply(report("C/C", name="web-1", **terms))
    assert ledger.orders[order.id].state is OrderState.EXPIRED


@pytest.mark.parametrize("options", ["gtd 17:00Z", "day show 0.01", "day id 7"])
def test_the_value_of_an_option_is_not_taken_for_a_price_of_its_own(options):
    """A preset that has a price keeps it."""
    with_preset = msgspec.structs.replace(MARKET, presets={SYMBOL: ("0.05 @ 60000",)})
    draft = parse_order(f"buy #1 btcusdt {options}", with_preset)
    assert draft.request is not None, draft
    assert draft.request.price == 60000
