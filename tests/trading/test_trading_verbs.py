"""Verbs about existing orders, and completion."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, ETH, QUOTE, D, market_request, report, request, submitted

from blotter.trading.completion import complete
from blotter.trading.grammar import Market
from blotter.trading.ledger import Ledger
from blotter.trading.verbs import (
    VERBS,
    AmendOrder,
    CancelAll,
    CancelOrders,
    Mistakes,
    ResumeEntry,
    StopEntry,
    parse_verb,
)

MARKET = Market(
    instruments={i.symbol: i for i in (BTC, ETH)}, quotes={QUOTE.symbol: QUOTE}, now=QUOTE.at + 10**9
)
NOTHING = Market(instruments={}, quotes={}, now=0)


def book():
    ledger = Ledger()
    for event in (
        submitted(12, qty="0.25", price="60000"),
        report("0/0", name="A-000012", order_id="1", order_qty=D("0.25"), price=D(60000)),
        submitted(13, qty="10", price="60000"),
        report("F/1", "4", name="A-000013", order_id="2", last="4"),
        submitted(14),
        report("F/2", "10", name="A-000014", order_id="3", last="10"),
        submitted(15, req=market_request(order_qty=D(1))),
        report("0/0", name="phone", order_id="9", symbol="ETHBTC"),
    ):
        ledger.apply(event)
    return ledger.orders


ORDERS = book()


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("cancel 12", CancelOrders(("A-000012",))),
        ("cancel A-12", CancelOrders(("A-000012",))),
        ("CANCEL a-000012", CancelOrders(("A-000012",))),
        ("cancel 12 a-13 12", CancelOrders(("A-000012", "A-000013"))),
        ("cancel ETHBTC#9", CancelOrders(("ETHBTC#9",))),
        ("cancel ethbtc#9 15", CancelOrders(("ETHBTC#9", "A-000015"))),
        ("cancel all", CancelAll()),
        ("cancel all btc", CancelAll("BTCUSDT")),
        ("cancel BTCUSDT", CancelAll("BTCUSDT")),
        ("cancel btc/usdt", CancelAll("BTCUSDT")),
        ("amend 12 0.2", AmendOrder(order_id="A-000012", order_qty=D("0.2"))),
        ("amend 12 qty 0.2", AmendOrder(order_id="A-000012", order_qty=D("0.2"))),
        ("amend 12 0.2 @ 60001", AmendOrder(order_id="A-000012", order_qty=D("0.2"), price=D(60001))),
        ("amend 12 0.2 60001", AmendOrder(order_id="A-000012", order_qty=D("0.2"), price=D(60001))),
        ("amend 12 price 60001 qty 0.2", AmendOrder(order_id="A-000012", order_qty=D("0.2"), price=D(60001))),
        ("amend 12 @bid", AmendOrder(order_id="A-000012", price=D("60123.30"))),
        ("amend 12 price @bid -1", AmendOrder(order_id="A-000012", price=D("60123.29"))),
        ("amend 12 mid", AmendOrder(order_id="A-000012", price=D("60123.42"))),
        ("amend 13 4.001", AmendOrder(order_id="A-000013", order_qty=D("4.001"))),
        ("stop", StopEntry()),
        ("stop cancel", StopEntry(cancel=True)),
        ("Resume", ResumeEntry()),
    ],
)
def test_understood(line, verb):
    assert parse_verb(line, MARKET, ORDERS) == verb


@pytest.mark.parametrize(
    "line", ["cancel 12", "cancel all", "cancel BTCUSDT", "cancel btcusdt", "cancel ETHBTC#9"]
)
def test_cancels_work_when_nothing_is_known_of_the_market(line):
    assert not isinstance(parse_verb(line, NOTHING, ORDERS), Mistakes)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("", "verb"),
        ("cancel", "order id, symbol or all"),
        ("amend", "order id"),
        ("amend 12", "qty or price"),
        ("amend 12 qty", "quantity"),
        ("amend 12 @", "price"),
        ("amend 12 price", "price"),
        ("amend 12 price @", "price"),
    ],
)
def test_what_comes_next(line, missing):
    assert parse_verb(line, MARKET, ORDERS) == Mistakes(missing=missing)


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("cancle 12", "cancle", "cancle is not a verb: did you mean cancel?"),
        ("buy 1 btc", "buy", "buy is not a verb"),
        ("cancel 99", "99", "there is no order A-000099"),
        ("cancel B-12", "B-12", "there is no order B-000012"),
        ("cancel 14", "14", "A-000014 is filled: nothing is left to cancel"),
        ("cancel 12 btc", "btc", "btc is not an order id"),
        ("cancel H-4", "H-4", "H-000004 is held terms, not an order"),
        ("cancel nope", "nope", "nope is no order id, and nope is not listed by the venue"),
        ("cancel all btc eth", "eth", "eth: one symbol at most can follow all"),
        ("amend 99 1", "99", "there is no order A-000099"),
        ("amend 14 1", "14", "A-000014 is filled: nothing is left to amend"),
        ("amend 15 2", "15", "A-000015 is a market order: it has no terms that can be amended"),
        ("amend 12 0.25", "12", "A-000012 has these terms already: nothing to amend"),
        ("amend 13 4", "4", "4 of A-000013 is filled: the new total must be above that"),
        ("amend 12 0.00005", "0.00005", "quantity 0.00005 is not a multiple of the step 0.001"),
        ("amend 12 @60000.001", "60000.001", "price 60000.001 is not a multiple of the tick 0.01"),
        ("amend 12 qty 1 2 3", "3", "3: the price has been said already"),
        ("amend 12 prce 1", "prce", "prce is not understood here: did you mean price?"),
        ("amend 12 5usdt", "5usdt", "5usdt: a new quantity is in BTC"),
        ("amend ETHBTC#9 @bid", "bid", "no quote of ETHBTC yet: type the price"),
        ("stop now", "now", "now: only cancel can follow stop"),
        ("resume now", "now", "now: nothing follows resume"),
    ],
)
def test_a_mistake_points_at_its_word_and_says_why(line, word, text):
    found = parse_verb(line, MARKET, ORDERS)
    assert isinstance(found, Mistakes)
    first = found.mistakes[0]
    assert line[first.start : first.end] == word
    assert first.text.startswith(text)


def test_an_amend_in_place_is_judged_by_its_total_and_a_new_price_by_the_rest():
    small = {"A-000013": msgspec.structs.replace(ORDERS["A-000013"])}
    in_place = parse_verb("amend 13 4.001", MARKET, small)
    assert isinstance(in_place, AmendOrder)
    anew = parse_verb("amend 13 4.001 @101", MARKET, small)
    assert isinstance(anew, Mistakes)
    assert "below the minimum 5 USDT" in anew.mistakes[0].text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ["buy", "sell", "oco", *VERBS]),
        ("b", ["buy"]),
        ("can", ["cancel"]),
        ("re", ["release", "resolve", "resume", "refresh", "reconcile"]),
        ("buy ", []),
        ("buy 1 b", ["BTC", "BTCUSDT"]),
        ("buy 1 btc @", ["bid", "ask", "mid", "join"]),
        ("buy 1 btc @b", ["bid"]),
        ("buy 1 btc m", ["market", "mkt", "maker", "mid"]),
        ("buy 1 btc 60000 m", ["maker"]),
        ("buy 1 btc @bid g", ["gtc", "gtd"]),
        ("buy 1 btc @bid ioc g", []),
        ("buy 1 btc @bid stp t", ["taker", "transfer"]),
        ("buy 1 btc @bid show ", []),
        (
            "cancel ",
            ["all", "buys", "sells", "ETHBTC#9", "A-000015", "A-000013", "A-000012", "BTCUSDT", "ETHBTC"],
        ),
        ("cancel a-", ["A-000015", "A-000013", "A-000012"]),
        ("cancel 1", ["15", "13", "12"]),
        ("cancel 12 e", ["ETHBTC#9"]),
        ("cancel all b", ["BTCUSDT"]),
        ("amend 12 ", ["qty", "price", "@", "stop", "take", "anyway"]),
        ("amend 12 qty 1 ", ["price", "@", "stop", "take", "anyway"]),
        ("amend 12 price j", ["join"]),
        ("stop ", ["cancel"]),
        ("resume ", []),
        ("nonsense ", []),
    ],
)
def test_completion(line, expected):
    assert complete(line, len(line), MARKET, ORDERS) == expected


def test_completion_looks_at_the_word_that_ends_at_the_cursor():
    assert complete("bu 1 btc", 2, MARKET, ORDERS) == ["buy"]
    assert complete("buy 1 bt @bid", 8, MARKET, ORDERS) == ["BTC", "BTCUSDT"]


pieces = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "cancel",
            "amend",
            "stop",
            "resume",
            "all",
            "12",
            "A-13",
            "ETHBTC#9",
            "qty",
            "price",
            "@",
            "bid",
            "+1",
            "0.2",
            "60000",
            "btc",
        ]
    ),
)


@given(st.lists(pieces, max_size=6).map(" ".join), st.integers(-2, 40))
def test_never_raises(line, cursor):
    for market in (MARKET, NOTHING):
        found = parse_verb(line, market, ORDERS)
        if isinstance(found, Mistakes):
            assert found.mistakes or found.missing
            assert all(0 <= m.start < m.end <= len(line) for m in found.mistakes)
        assert all(complete(line, cursor, market, ORDERS))


def test_request_terms_are_not_changed_by_asking():
    assert ORDERS["A-000012"].current.request == request("0.25", "60000")
