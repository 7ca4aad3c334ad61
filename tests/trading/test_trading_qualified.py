"""Names of several venues at once: what is typed, what it means, and what is asked back."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.completion import complete
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import OrderSubmitted
from blotter.trading.grammar import parse_order
from blotter.trading.instrument import Instrument
from blotter.trading.intents import CancelAll, HandOverSession, MassCancel, Mistakes
from blotter.trading.known import find_order, is_list_id
from blotter.trading.order import Order, OrderState
from blotter.trading.qualified import (
    Qualified,
    by_venue,
    id_at,
    session_at,
    split_id,
    split_session,
    split_symbol,
    split_typed,
    symbol_at,
    which,
)
from blotter.trading.request import OrderRequest
from blotter.trading.verbs import parse_verb
from blotter.trading.words import Market, symbol

VENUES = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
NAMES = st.text(min_size=1, max_size=20)


def listed(name: str, base: str, quote: str, venue: str) -> Instrument:
    return Instrument(symbol=symbol_at(name, venue), base=base, quote=quote, tick_size=Decimal("0.01"))


LISTINGS = {
    "binance": {
        "BTCUSDT": listed("BTCUSDT", "BTC", "USDT", "binance"),
        "BNBUSDT": listed("BNBUSDT", "BNB", "USDT", "binance"),
    },
    "kraken": {
        "BTC/USD": listed("BTC/USD", "BTC", "USD", "kraken"),
        "MINA.X": listed("MINA.X", "MINA", "X", "kraken"),
    },
    "two": {"BTCUSDT": listed("BTCUSDT", "BTC", "USDT", "two")},
}


def market(**more: object) -> Market:
    every = {one.symbol: one for names in LISTINGS.values() for one in names.values()}
    return Market(instruments=every, quotes={}, now=0, listings=LISTINGS, **more)  # type: ignore[arg-type]


def order(own_id: str, name: str) -> Order:
    request = OrderRequest(
        symbol=name,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        order_qty=Decimal(1),
        price=Decimal(60_000),
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    )
    return Order.submitted(OrderSubmitted(at=1, order_id=own_id, cl_ord_id=own_id, request=request))


ORDERS = {
    id: order(id, name)
    for id, name in (
        ("binance:A-000012", "BTCUSDT.binance"),
        ("two:A-000012", "BTCUSDT.two"),
        ("two:A-000013", "BTCUSDT.two"),
        ("kraken:BTC/USD#OAB:1-2", "BTC/USD.kraken"),
    )
}


@given(NAMES, VENUES)
def test_every_name_comes_back_whatever_it_looks_like(name: str, venue: str) -> None:
    assert split_symbol(symbol_at(name, venue)) == Qualified(name, venue)
    assert split_id(id_at(name, venue)) == Qualified(name, venue)
    assert split_session(session_at(name, venue)) == Qualified(name, venue)


def test_a_name_without_a_venue_has_none() -> None:
    assert (
        split_symbol("BTCUSDT") == split_id("BTCUSDT") == split_session("BTCUSDT") == Qualified("BTCUSDT", "")
    )
    assert split_typed("MINA.X", LISTINGS) == Qualified("MINA.X", "")
    assert split_typed("btc/usd.KRAKEN", LISTINGS) == Qualified("btc/usd", "kraken")
    assert split_typed(".kraken", LISTINGS) == Qualified(".kraken", "")


def test_the_choices_are_told_as_one_says_them() -> None:
    assert which(["a"]) == "say a"
    assert which(["a", "b"]) == "say a or b"
    assert which(["a", "b", "c"]) == "say a, b or c"
    assert by_venue(["X.a", "Y.a", "X.b"]) == {"a": {"X": "X.a", "Y": "Y.a"}, "b": {"X": "X.b"}}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bnb", "BNBUSDT.binance"),
        ("BNBUSDT", "BNBUSDT.binance"),
        ("btc/usd", "BTC/USD.kraken"),
        ("btcusdt.TWO", "BTCUSDT.two"),
        ("btc.kraken", "BTC/USD.kraken"),
        ("mina.x", "MINA.X.kraken"),
        ("mina.x.kraken", "MINA.X.kraken"),
        ("BTCUSDT.binance", "BTCUSDT.binance"),
    ],
)
def test_what_only_one_venue_has_is_meant_and_an_end_chooses(typed: str, meant: str) -> None:
    found = symbol(typed, market())
    assert isinstance(found, Instrument)
    assert found.symbol == meant


def test_doubt_is_asked_about_and_never_decided() -> None:
    assert symbol("BTCUSDT", market()) == "BTCUSDT is at 2 venues: say BTCUSDT.binance or BTCUSDT.two"
    asked = symbol("btc", market())
    assert asked == "btc is at 3 venues: say BTCUSDT.binance, BTC/USD.kraken or BTCUSDT.two"
    draft = parse_order("buy 1 btcusdt @ 60000", market(default_symbol="BTCUSDT.two"))
    assert draft.request is None
    (mistake,) = draft.mistakes
    assert (mistake.start, mistake.end) == (6, 13)
    assert "say BTCUSDT.binance or BTCUSDT.two" in mistake.text


def test_what_no_venue_has_is_not_found_at_the_one_that_was_named() -> None:
    assert symbol("ethusdt.kraken", market()) == "ethusdt is not listed by kraken"
    assert symbol("BTCUSD", market()).startswith("BTCUSD is not listed by the venue: did you mean BTCUSDT")
    assert symbol("zzzzzzzz", market()) == "zzzzzzzz is not listed by any venue"


def test_a_venue_without_its_list_says_so_and_the_others_go_on() -> None:
    late = Market(instruments={}, quotes={}, now=0, listings={"binance": {}, "two": LISTINGS["two"]})
    found = symbol("btcusdt", late)
    assert isinstance(found, Instrument)
    assert found.symbol == "BTCUSDT.two"
    assert "binance: eth cannot be looked up" in str(symbol("eth", late))


@pytest.mark.parametrize("line", ["buy 1 bnb @ 600", "buy 1 BNBUSDT.binance @ 600", "buy 1 @ 600"])
def test_a_line_says_its_symbol_with_the_venue(line: str) -> None:
    draft = parse_order(line, market(default_symbol="BNBUSDT.binance"))
    assert draft.request is not None, draft.mistakes
    assert draft.request.symbol == "BNBUSDT.binance"
    assert "BNBUSDT.binance" in draft.expansion


def test_completion_offers_the_names_of_every_venue() -> None:
    offered = complete("buy 1 btcusdt", 13, market(), {})
    assert offered == ["BTCUSDT.binance", "BTCUSDT.two"]
    assert complete("cancel a-0", 10, market(), ORDERS) == [
        "two:A-000013",
        "two:A-000012",
        "binance:A-000012",
    ]
    assert complete("handover k", 10, market(), {}) == ["kraken"]


@pytest.mark.parametrize("typed", ["two:A-000013", "two:13", "TWO:a-13", "13", "A-13", "A-000013"])
def test_an_id_is_found_with_its_venue_or_by_being_the_only_one(typed: str) -> None:
    found = find_order(typed, ORDERS)
    assert isinstance(found, Order)
    assert found.id == "two:A-000013"


def test_an_id_in_doubt_is_asked_about() -> None:
    assert find_order("12", ORDERS) == "A-000012 is at 2 venues: say binance:A-000012 or two:A-000012"
    assert find_order("kraken:12", ORDERS) == "there is no order kraken:A-000012"
    assert isinstance(find_order("kraken:BTC/USD#OAB:1-2", ORDERS), Order)
    assert is_list_id("two:L-3", {})
    assert not is_list_id("two:A-3", {})


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("cancel btc/usd", CancelAll("BTC/USD.kraken")),
        ("cancel all btcusdt.two", CancelAll("BTCUSDT.two")),
        ("cancel buys BTC/USD.KRAKEN", CancelAll("BTC/USD.kraken", Side.BUY)),
        ("mass cancel foo.two", MassCancel("FOO.two")),
        ("handover kraken", HandOverSession("kraken OE")),
        ("handover TWO md", HandOverSession("two MD")),
    ],
)
def test_verbs_of_several_venues(line: str, verb: object) -> None:
    assert parse_verb(line, market(), ORDERS) == verb


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("cancel btcusdt", "say BTCUSDT.binance or BTCUSDT.two"),
        ("mass cancel foo", "say foo.binance, foo.kraken or foo.two"),
        ("handover OE", "say binance, kraken or two"),
        ("amend 12 @ 5", "say binance:A-000012 or two:A-000012"),
    ],
)
def test_verbs_ask_in_doubt(line: str, text: str) -> None:
    found = parse_verb(line, market(), ORDERS)
    assert isinstance(found, Mistakes)
    assert text in found.mistakes[0].text


def test_a_cancel_finds_its_orders_where_no_list_of_symbols_has_arrived() -> None:
    bare = Market(instruments={}, quotes={}, now=0, listings={"binance": {}, "kraken": {}, "two": {}})
    assert parse_verb("cancel btc/usd", bare, ORDERS) == CancelAll("BTC/USD.kraken")


@given(st.dictionaries(st.sampled_from(["a", "b-1", "C_2"]), st.sets(NAMES, max_size=4), min_size=2))
def test_every_listed_symbol_is_found_by_its_whole_name(names: dict[str, set[str]]) -> None:
    listings = {
        venue: {name: listed(name, f"{name} base", "USD", venue) for name in known}
        for venue, known in names.items()
    }
    several = Market(
        instruments={one.symbol: one for known in listings.values() for one in known.values()},
        quotes={}, now=0, listings=listings,
    )  # fmt: skip
    for whole, instrument in several.instruments.items():
        assert symbol(whole, several) is instrument


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("amend two:13 qty 2", "two:A-000013"),
        ("clone two:13", "two:A-000013"),
        ("hold binance:12", "binance:A-000012"),
        ("resolve binance:12 by phone", "binance:A-000012"),
    ],
)
def test_verbs_about_one_order_take_its_whole_id(line: str, names: str) -> None:
    working = {
        id: msgspec.structs.replace(
            one,
            state=OrderState.NEW,
            placements=(msgspec.structs.replace(one.current, state=OrderState.NEW),),
        )
        for id, one in ORDERS.items()
    }
    found = parse_verb(line, market(), working)
    assert getattr(found, "order_id", found) == names
    if line.startswith("clone"):
        draft = parse_order(getattr(found, "line", ""), market())
        assert draft.request is not None
        assert draft.request.symbol == "BTCUSDT.two"
