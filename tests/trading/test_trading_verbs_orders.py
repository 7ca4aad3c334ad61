"""The verbs beyond cancel by id and amend: scopes and victims, ticks, clones, hold, resolve, arm, sessions."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, ETH, QUOTE, D, cancel, market_request, report, request, submitted

from blotter.trading.completion import complete
from blotter.trading.enums import CancelRestrictions, OrdType, ReplaceMode, Side, TriggerPriceDirection
from blotter.trading.grammar import Market, parse_order
from blotter.trading.ledger import Ledger
from blotter.trading.order_list import Held, ListState, OrderList
from blotter.trading.request import ListKind
from blotter.trading.verbs import (
    AmendOrder,
    ArmEntry,
    CancelAll,
    CancelLists,
    CancelOrders,
    CloneOrder,
    DisarmEntry,
    DropHeld,
    HandOverSession,
    HoldOrder,
    HoldTerms,
    Known,
    MassCancel,
    Mistakes,
    ReconcileNow,
    RefreshFacts,
    ReleaseHeld,
    ResolveOrder,
    TickOrder,
    parse_verb,
    victims,
)

MARKET = Market(
    instruments={i.symbol: i for i in (BTC, ETH)}, quotes={QUOTE.symbol: QUOTE}, now=QUOTE.at + 10**9
)
NOTHING = Market(instruments={}, quotes={}, now=0)
BUY, SELL = Side.BUY, Side.SELL
DOWN = TriggerPriceDirection.DOWN


def stop(price="58000", limit=None, **terms):
    return msgspec.structs.replace(
        request("0.5", limit or "1", SELL),
        **{
            "ord_type": OrdType.STOP if limit is None else OrdType.STOP_LIMIT,
            "price": None if limit is None else D(limit),
            "time_in_force": None if limit is None else request().time_in_force,
            "trigger_price": D(price),
            "trigger_direction": DOWN,
            **terms,
        },
    )


def book():
    """12 a buy, 13 a sell half filled, 14 filled, 15 a stop, 16 a stop-limit, 17 trails, 18 by amount, 20 and 21 the
    legs of L-31, 22 on its way out, and a foreign buy of another symbol."""
    ledger = Ledger()
    for event in (
        submitted(12, qty="0.25", price="60000"),
        report("0/0", name="A-000012", order_id="1", order_qty=D("0.25"), price=D(60000)),
        submitted(13, req=request("10", "61000", SELL)),
        report("F/1", "4", name="A-000013", order_id="2", last="4", side=SELL, price=D(61000)),
        submitted(14),
        report("F/2", "10", name="A-000014", order_id="3", last="10"),
        submitted(15, req=stop()),
        submitted(16, req=stop("58000", "57900")),
        submitted(17, req=stop(trailing_bips=100)),
        submitted(18, req=market_request(cash_order_qty=D(500))),
        submitted(20, req=request("0.5", "65000", SELL)),
        submitted(21, req=stop()),
        submitted(22, qty="1", price="50000"),
        report("0/0", name="A-000022", order_id="22", order_qty=D(1), price=D(50000)),
        cancel(order_id="A-000022"),
        report("0/0", name="phone", order_id="9", symbol="ETHBTC"),
    ):
        ledger.apply(event)
    return ledger.orders


ORDERS = book()
LIST = OrderList(
    id="L-000031",
    symbol="BTCUSDT",
    legs=("A-000021", "A-000020"),
    state=ListState.EXECUTING,
    created_at=0,
    updated_at=0,
    kind=ListKind.OCO,
)
OVER = msgspec.structs.replace(LIST, id="L-000030", legs=("A-000014",), state=ListState.ALL_DONE)
LISTS = {one.id: one for one in (OVER, LIST)}
HELD = {"H-000004": Held(id="H-000004", at=0, request=request())}
KNOWN = Known(orders=ORDERS, lists=LISTS, held=HELD)
OCO = "oco sell 0.5 btc @ 65000 stop 58000"


def parse(line, market=MARKET):
    return parse_verb(line, market, ORDERS, LISTS, HELD)


def amends(order_id, **terms):
    return AmendOrder(order_id=order_id, **{k: D(v) if isinstance(v, str) else v for k, v in terms.items()})


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("cancel buys", CancelAll(side=BUY)),
        ("cancel sells btc", CancelAll("BTCUSDT", SELL)),
        ("cancel all buys ethbtc", CancelAll("ETHBTC", BUY)),
        ("cancel all", CancelAll()),
        ("cancel L-31", CancelLists(("L-000031",))),
        ("cancel l-000031 L-31", CancelLists(("L-000031",))),
        ("cancel 12 if new", CancelOrders(("A-000012",), CancelRestrictions.ONLY_NEW)),
        (
            "cancel 12 13 if partial",
            CancelOrders(("A-000012", "A-000013"), CancelRestrictions.ONLY_PARTIALLY_FILLED),
        ),
        ("mass cancel btc", MassCancel("BTCUSDT")),
        ("mass cancel ethbtc", MassCancel("ETHBTC")),
        ("amend 15 stop 57000", amends("A-000015", trigger_price="57000")),
        (
            "amend 15 trigger @bid-100 anyway",
            amends("A-000015", trigger_price="60122.30", mode=ReplaceMode.ALLOW_FAILURE),
        ),
        ("amend 16 limit 57800 stop 57900", amends("A-000016", price="57800", trigger_price="57900")),
        ("amend 12 @60001 anyway", amends("A-000012", price="60001", mode=ReplaceMode.ALLOW_FAILURE)),
        ("tick 12 up", TickOrder(1, amends("A-000012", price="60000.01"))),
        ("tick 12 down 10", TickOrder(-10, amends("A-000012", price="59999.90"))),
        ("tick 15 up", TickOrder(1, amends("A-000015", trigger_price="58000.01"))),
        ("tick 16 down", TickOrder(-1, amends("A-000016", price="57899.99", trigger_price="57999.99"))),
        ("hold 12", HoldOrder("A-000012")),
        ("release H-4", ReleaseHeld("H-000004")),
        ("release 4", ReleaseHeld("H-000004")),
        ("drop h-000004", DropHeld("H-000004")),
        ("clone 12", CloneOrder("A-000012", "buy 0.25 BTCUSDT @ 60000 gtc")),
        ("clone 14", CloneOrder("A-000014", "buy 10 BTCUSDT @ 100 gtc")),
        ("clone 12 sell 0.3 @ask", CloneOrder("A-000012", "sell 0.3 BTCUSDT @ 60123.55 gtc")),
        ("clone 16", CloneOrder("A-000016", "sell 0.5 BTCUSDT stop 58000 limit 57900 gtc")),
        (
            "clone 16 buy stop 62000 limit 62100",
            CloneOrder("A-000016", "buy 0.5 BTCUSDT stop 62000 limit 62100 gtc"),
        ),
        ("clone 18", CloneOrder("A-000018", "buy 500usdt BTCUSDT market")),
        ("clone 18 qty 0.1", CloneOrder("A-000018", "buy 0.1 BTCUSDT market")),
        ('resolve 12 "seen on the web page: gone"', ResolveOrder("A-000012", "seen on the web page: gone")),
        ("resolve A-12 it's gone", ResolveOrder("A-000012", "it's gone")),
        ("arm", ArmEntry(300.0)),
        ("arm 5m", ArmEntry(300.0)),
        ("arm 90s", ArmEntry(90.0)),
        ("arm 1.5h", ArmEntry(5400.0)),
        ("disarm", DisarmEntry()),
        ("handover", HandOverSession("OE")),
        ("handover dc", HandOverSession("DC")),
        ("refresh", RefreshFacts()),
        ("reconcile", ReconcileNow()),
    ],
)
def test_understood(line, verb):
    assert parse(line) == verb


def test_terms_can_be_put_aside():
    line = "buy 0.25 btc @60000"
    draft = parse_order(line, MARKET)
    assert parse(f"hold {line}") == HoldTerms(request=draft.request, expansion=draft.expansion)
    listed = parse_order(OCO, MARKET)
    assert parse(f"hold {OCO}") == HoldTerms(list_request=listed.list_request, expansion=listed.expansion)


@pytest.mark.parametrize(
    "line", ["cancel buys", "cancel sells btcusdt", "cancel L-31", "cancel 12 if new", "mass cancel NEW"]
)
def test_cancels_work_when_nothing_is_known_of_the_market(line):
    assert not isinstance(parse(line, NOTHING), Mistakes)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("cancel 12 if", "new or partial"),
        ("mass", "cancel"),
        ("mass cancel", "symbol"),
        ("amend 15 stop", "trigger price"),
        ("amend 15 anyway", "qty or price"),
        ("tick", "order id"),
        ("tick 12", "up or down"),
        ("hold", "order id or an order"),
        ("hold buy 1 btc", "price or market"),
        ("release", "id of a held order"),
        ("clone", "order id"),
        ("resolve", "order id"),
        ("resolve 12", "a note: how it is known"),
        ('resolve 12 ""', "a note: how it is known"),
    ],
)
def test_what_comes_next(line, missing):
    assert parse(line) == Mistakes(missing=missing)


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("cancel L-99", "L-99", "there is no order list L-000099"),
        ("cancel L-30", "L-30", "L-000030 is all done: nothing is left to cancel"),
        ("cancel L-31 12", "12", "12: lists, named like L-31, are cancelled by a line of their own"),
        ("cancel 12 L-31", "L-31", "L-000031 is an order list, not an order"),
        ("cancel all if new", "if", "if: only orders named by their ids can be cancelled on a condition"),
        ("cancel 12 if old", "old", "old: an order can be cancelled if new or if partial"),
        ("cancel 12 if new 13", "13", "13: nothing follows the condition"),
        ("cancel buys btc eth", "eth", "eth: one symbol at most can follow buys"),
        ("cancel buys nope", "nope", "nope is no order id, and nope is not listed by the venue"),
        ("mass hysteria", "hysteria", "hysteria: only cancel can follow mass"),
        ("mass cancel btc eth", "eth", "eth: a mass cancel is of one symbol"),
        ("amend 15 take 57000", "take", "take: this order stops a loss"),
        ("amend 15 @57000", "57000", "A-000015 has no limit price: once triggered it is a market order"),
        ("amend 12 stop 57000", "57000", "A-000012 waits for no trigger"),
        ("amend 15 stop 61000", "61000", "trigger price 61000 of a sell stop must be below the market"),
        ("amend 18 1", "18", "A-000018 is a market order: it has no terms that can be amended"),
        ("tick 12 sideways", "sideways", "sideways: an order is ticked up or down"),
        ("tick 12 up 0", "0", "0: a number of ticks from 1 to 1000 goes here"),
        ("tick 12 up 1 2", "2", "2: nothing follows the number of ticks"),
        ("tick 14 up", "14", "A-000014 is filled: nothing is left to move"),
        ("tick 17 up", "17", "the trigger of A-000017 follows the market"),
        ("tick 18 up", "18", "A-000018 has no price to move"),
        ("tick 22 up", "22", "a cancel of A-000022 has no answer yet"),
        ("hold 14", "14", "A-000014 is filled: nothing is left to hold"),
        ("hold 12 13", "13", "13: nothing follows the order to hold"),
        ("hold buy 1 bct @1", "bct", "bct is not listed by the venue"),
        ("release H-5", "H-5", "there is no held order H-000005"),
        ("release A-4", "A-4", "A-000004 is an order, not held terms"),
        ("drop H-4 H-5", "H-5", "H-5: one held order at a time"),
        ("clone 12 nonsense", "nonsense", "nonsense is not understood here"),
        ("resolve 14 it is gone", "14", "A-000014 is filled: nothing is in doubt"),
        ("arm 5", "5", "5: a time has a unit, as in 5m, 90s or 1h"),
        ("arm 25h", "25h", "25h: from 1s to 24h"),
        ("arm 0s", "0s", "0s: from 1s to 24h"),
        ("disarm now", "now", "now: nothing follows disarm"),
        ("handover XX", "XX", "XX: the sessions are OE, DC, MD"),
        ("refresh all", "all", "all: nothing follows refresh"),
    ],
)
def test_a_mistake_points_at_its_word_and_says_why(line, word, text):
    found = parse(line)
    assert isinstance(found, Mistakes)
    first = found.mistakes[0]
    assert line[first.start : first.end] == word
    assert first.text.startswith(text)


def test_what_is_cloned_parses_to_the_same_terms():
    for order_id in ("A-000012", "A-000016", "A-000018"):
        clone = parse(f"clone {order_id}")
        assert parse_order(clone.line, MARKET).request == ORDERS[order_id].current.request


# --- who goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("cancel 12", "cancel 1 order: BTCUSDT 1 buy"),
        ("cancel 12 13 15", "cancel 3 orders: BTCUSDT 1 buy 2 sells"),
        ("cancel ethbtc", "cancel 1 order: ETHBTC 1 buy"),
        ("cancel all", "cancel 10 orders in 2 symbols: BTCUSDT 3 buys 6 sells, ETHBTC 1 buy"),
        ("cancel sells", "cancel 6 orders: BTCUSDT 6 sells"),
        ("cancel L-31", "cancel 2 orders: BTCUSDT 2 sells"),
        ("cancel 20", "cancel 2 orders: BTCUSDT 2 sells; 1 leg of L-000031 with them"),
        ("cancel 20 21", "cancel 2 orders: BTCUSDT 2 sells"),
        ("mass cancel eth", "cancel 1 order: ETHBTC 1 buy; and what other sessions have there"),
        ("mass cancel new", "nothing to cancel here; orders placed elsewhere go too"),
        ("cancel sells ethbtc", "nothing to cancel"),
    ],
)
def test_every_cancel_names_its_victims(line, text):
    assert victims(parse(line), KNOWN).text == text


def test_victims_are_open_orders_and_each_is_named_once():
    found = victims(CancelOrders(("A-000020", "A-000014", "A-000020", "nope")), KNOWN)
    assert [order.id for order in found.orders] == ["A-000020", "A-000021"]
    assert found.drawn_in == {"L-000031": 1}


# --- completion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("o", ["oco"]),
        ("oco ", ["buy", "sell"]),
        ("oco sell 1 b", ["BTC", "BTCUSDT"]),
        ("sell 1 btc st", ["stop", "stp", "strategy"]),
        ("sell 1 btc stop ", ["bid", "ask", "mid", "join", "trail"]),
        ("sell 1 btc stop 59000 l", ["limit"]),
        ("sell 1 btc stop 59000 t", ["trail"]),
        ("sell 1 btc trail 1% f", ["from", "fok"]),
        ("buy 1 btc peg ", ["primary", "market"]),
        ("buy 1 btc 60000 t", ["then"]),
        ("buy 1 btc 60000 p", ["peg", "post", "pays"]),
        ("buy 1 btc 60000 then ", ["sell", "buy"]),
        ("buy 1 btc 60000 then sell t", ["take", "trail"]),
        ("oco sell 1 btc 65000 s", ["stop", "show", "stp", "strategy", "sor"]),
        ("cancel 12 i", ["if"]),
        ("cancel 12 if ", ["new", "partial"]),
        ("cancel b", ["buys", "BTCUSDT"]),
        ("cancel l-", ["L-000031"]),
        ("mass ", ["cancel"]),
        ("mass cancel e", ["ETHBTC"]),
        ("tick 12 ", ["up", "down"]),
        ("release ", ["H-000004"]),
        ("drop 4", ["4"]),
        ("hold b", ["buy", "b"]),
        ("hold buy 1 btc @", ["bid", "ask", "mid", "join"]),
        ("clone 12 s", ["stop", "sell"]),
        ("amend 12 a", ["anyway"]),
        ("handover ", ["OE", "DC", "MD"]),
        ("buy #", ["#1", "#2"]),
    ],
)
def test_completion(line, expected):
    market = msgspec.structs.replace(MARKET, presets={"*": ("1", "2")})
    assert complete(line, len(line), market, ORDERS, LISTS, HELD) == expected


WORDS = """cancel mass amend tick clone hold release drop resolve arm stop handover all buys sells if new 12 13 15 16
L-31 H-4 9 qty price @ bid +1 0.2 60000 stop take anyway up down 5m btc oco sell buy then 0.5 OE"""
pieces = st.one_of(st.text(max_size=5), st.sampled_from(WORDS.split()))


@given(st.lists(pieces, max_size=8).map(" ".join), st.integers(-2, 60))
def test_never_raises(line, cursor):
    for market in (MARKET, NOTHING):
        found = parse(line, market)
        if isinstance(found, Mistakes):
            assert bool(found.mistakes) != bool(found.missing)
            assert all(0 <= m.start < m.end <= len(line) and m.text for m in found.mistakes)
        elif isinstance(found, CancelOrders | CancelAll | CancelLists | MassCancel):
            assert victims(found, KNOWN).text
        assert all(complete(line, cursor, market, ORDERS, LISTS, HELD))
