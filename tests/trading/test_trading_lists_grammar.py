"""Order lists in one line, and every order and list back into its line."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trading_facts import BTC, GTC, QUOTE, D, market_request, request

from blotter.trading.enums import (
    ExecInst,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TriggerPriceDirection,
)
from blotter.trading.grammar import Market, describe_list, parse_order
from blotter.trading.line import list_line, order_line
from blotter.trading.request import ListKind

THEN = msgspec.structs.replace(BTC, symbol="THENUSDT", base="THEN")
MARKET = Market(
    instruments={i.symbol: i for i in (BTC, THEN)}, quotes={QUOTE.symbol: QUOTE}, now=QUOTE.at + 10**9
)
LINKED = msgspec.structs.replace(MARKET, default_symbol="BTCUSDT")
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
SELL, BUY = Side.SELL, Side.BUY
POST = {"time_in_force": None, "exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE}


def rest(price, side=SELL, **terms):
    return request("0.5", price, side, **{**POST, **terms})


def stop(price, direction, side=SELL, limit=None, **terms):
    return msgspec.structs.replace(
        request("0.5", "1", side),
        **{
            "ord_type": OrdType.STOP if limit is None else OrdType.STOP_LIMIT,
            "price": None if limit is None else D(limit),
            "time_in_force": None if limit is None else GTC,
            "trigger_price": None if price is None else D(price),
            "trigger_direction": direction,
            **terms,
        },
    )


def unsized(leg):
    return msgspec.structs.replace(leg, order_qty=None)


WORKING = request("0.5", "60000")
STOP, TAKE = stop("58000", DOWN), stop("65000", UP)
PEG = msgspec.structs.replace(
    rest("1"), ord_type=OrdType.PEGGED, price=None, peg_price_type=PegPriceType.PRIMARY_PEG
)
BOTH = {"self_trade_prevention": SelfTradePreventionMode.EXPIRE_BOTH}
OCO, OTO, OTOCO, OPO, OPOCO = ListKind


@pytest.mark.parametrize(
    ("line", "kind", "legs"),
    [
        ("oco sell 0.5 btc take 65000 stop 58000", OCO, (STOP, TAKE)),
        ("oco sell 0.5 btc stop 58000 take 65000", OCO, (STOP, TAKE)),
        ("OCO s 0.5 btc @ 65000 stop 58000", OCO, (STOP, rest("65000"))),
        ("oco sell 0.5 btc stop 58000 @ 65000", OCO, (STOP, rest("65000"))),
        ("oco sell 0.5 btc limit 65000 stop 58000", OCO, (STOP, rest("65000"))),
        ("oco sell 0.5 btc 65000 post stop 58000", OCO, (STOP, rest("65000"))),
        ("oco sell 0.5 btc 65000 gtc stop 58000", OCO, (STOP, rest("65000"))),
        (
            "oco sell 0.5 btc take 65000 limit 64990 stop 58000 limit 57900",
            OCO,
            (stop("58000", DOWN, limit="57900"), stop("65000", UP, limit="64990")),
        ),
        (
            "oco sell 0.5 btc stop 58000 limit 57900 @ 65000",
            OCO,
            (stop("58000", DOWN, limit="57900"), rest("65000")),
        ),
        (
            "oco buy 0.5 btc @ 58000 stop 65000",
            OCO,
            (rest("58000", BUY), stop("65000", UP, BUY)),
        ),
        (
            "oco buy 0.5 btc take 58000 stop 65000",
            OCO,
            (stop("58000", DOWN, BUY), stop("65000", UP, BUY)),
        ),
        (
            "oco sell 0.5 btc 65000 trail 1%",
            OCO,
            (stop(None, DOWN, trailing_bips=100), rest("65000")),
        ),
        (
            "oco sell 0.5 btc take 65000 stop trail 1%",
            OCO,
            (stop(None, DOWN, trailing_bips=100), TAKE),
        ),
        (
            "oco sell 0.5 btc trail 1% from 65000 stop 58000",
            OCO,
            (STOP, stop("65000", UP, trailing_bips=100)),
        ),
        ("oco sell 0.5 btc peg primary stop 58000", OCO, (STOP, PEG)),
        (
            "oco sell 0.5 btc @ 65000 stop 58000 stp both",
            OCO,
            (stop("58000", DOWN, **BOTH), rest("65000", **BOTH)),
        ),
        ("buy 0.5 btc @ 60000 then sell 0.5 @ 65000", OTO, (WORKING, request("0.5", "65000", SELL))),
        ("buy 0.5 btc @ 60000 then sell btc @ 65000", OTO, (WORKING, request("0.5", "65000", SELL))),
        ("buy 0.5 btc @ 60000 then sell 0.3 65000", OTO, (WORKING, request("0.3", "65000", SELL))),
        ("buy 0.5 btc @ 60000 then sell market", OTO, (WORKING, market_request(SELL, order_qty=D("0.5")))),
        ("buy 0.5 btc @ 60000 post then sell stop 58000", OTO, (rest("60000", BUY), STOP)),
        ("buy 0.5 btc @ 60000 then buy 0.5 @ 59000", OTO, (WORKING, request("0.5", "59000"))),
        (
            "buy 0.5 btc @ 60000 then sell take 65000 stop 58000",
            OTOCO,
            (WORKING, STOP, TAKE),
        ),
        (
            "buy 0.5 btc @bid then sell @ 65000 stop bid-20",
            OTOCO,
            (request("0.5", "60123.30"), stop("60123.10", DOWN), rest("65000")),
        ),
        (
            "sell 0.5 btc @ 61000 then buy @ 58000 stop 65000",
            OTOCO,
            (request("0.5", "61000", SELL), rest("58000", BUY), stop("65000", UP, BUY)),
        ),
        ("buy 0.5 btc @ 60000 pays sell @ 65000", OPO, (WORKING, unsized(request("0.5", "65000", SELL)))),
        (
            "buy 0.5 btc @ 60000 pays sell take 65000 stop 58000",
            OPOCO,
            (WORKING, unsized(STOP), unsized(TAKE)),
        ),
        (
            "buy 0.5 then @ 60000 then sell 0.5 @ 65000",  # a symbol may be called like a word
            OTO,
            (request("0.5", "60000", symbol="THENUSDT"), request("0.5", "65000", SELL, symbol="THENUSDT")),
        ),
    ],
)
def test_understood(line, kind, legs):
    draft = parse_order(line, MARKET)
    assert (draft.mistakes, draft.missing) == ((), "")
    assert draft.request is None
    assert (draft.list_request.kind, draft.list_request.legs) == (kind, legs)
    assert parse_order(list_line(draft.list_request), MARKET).list_request == draft.list_request


def test_the_linked_symbol_may_be_left_out():
    assert parse_order("oco sell 0.5 @ 65000 stop 58000", LINKED).list_request.legs == (STOP, rest("65000"))
    draft = parse_order("buy 0.5 @ 60000 then sell take 65000 stop 58000", LINKED)
    assert draft.list_request.kind is OTOCO


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("oco", "side"),
        ("oco sell", "quantity"),
        ("oco sell 0.5", "symbol"),
        ("oco sell 0.5 btc", "price, stop or take"),
        ("oco sell 0.5 btc @", "price"),
        ("oco sell 0.5 btc 65000", "the other exit: stop or take"),
        ("oco sell 0.5 btc stop 58000", "the other exit: price, stop or take"),
        ("oco sell 0.5 btc 65000 stop", "trigger price"),
        ("buy 0.5 btc @ 60000 then", "side"),
        ("buy 0.5 btc @ 60000 then sell", "price, stop or take, or market"),
        ("buy 0.5 btc @ 60000 then sell 0.5", "price, stop or take, or market"),
        (
            "buy 0.5 btc @ 60000 then sell 65000",
            "price, stop or take, or market",
        ),  # a bare number is a quantity
        ("buy 0.5 btc @ 60000 pays sell stop", "trigger price"),
    ],
)
def test_what_comes_next(line, missing):
    draft = parse_order(line, MARKET)
    assert (draft.terms, draft.mistakes, draft.missing) == (None, (), missing)


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("oco 0.5 btc", "0.5", "0.5: an order starts with buy or sell"),
        ("oco sell 0.5 btc market stop 5", "market", "market: an exit waits, at a price, a stop or a take"),
        ("oco sell 0.5 btc take 61000 take 62000", "take", "below leg: that of a sell must be a stop loss"),
        ("oco sell 0.5 btc take 61000 stop 58000 @ 70000", "@", "@: there are two exits already"),
        ("oco sell 0.5 btc @ 60000 stop 58000", "60000", "above leg: price 60000 is not above the market"),
        (
            "oco buy 0.5 btc @ 65000 stop 58000",
            "58000",
            "above leg: trigger price 58000 of a buy stop must be",
        ),
        (
            "oco sell 0.5 btc @ 65000 ioc stop 58000",
            "ioc",
            "above leg: a post-only order carries no time in force",
        ),
        (
            "oco sell 100usdt btc 65000 stop 58000",
            "100usdt",
            "below leg: a quote amount works with market orders",
        ),
        (
            "oco sell 0.5 btc 65000 stop 58000 sor",
            "sor",
            "below leg: an order list takes no smart order routing",
        ),
        ("oco sell 0.5 btc 65000 stop 58000 then buy", "then", "then: nothing follows the exits of an oco"),
        (
            "oco sell 0.5 btc 65000.001 stop 58000",
            "65000.001",
            "above leg: price 65000.001 is not a multiple",
        ),
        ("buy 0.5 btc then sell market", "then", "a price goes before then"),
        ("buy 0.5 btc gtc then sell market", "then", "a price goes before then"),
        ("buy 0.5 btc @ then sell market", "then", "a price goes before then"),
        ("buy 0.5 btc market then sell market", "market", "working leg: must be a limit order with a price"),
        (
            "buy 0.5 btc stop 61000 then sell market",
            "stop",
            "working leg: must be a limit order with a price",
        ),
        ("buy 0.5 btc @1 stop 2 then sell market", "stop", "stop: the first order of a list has one price"),
        (
            "buy 0.5 btc @60000 then slel market",
            "slel",
            "slel: an order starts with buy or sell: did you mean sell?",
        ),
        (
            "buy 0.5 btc @60000 then sell then",
            "then",
            "then: an order list is of one symbol, and it is BTCUSDT",
        ),
        ("buy 0.5 btc @60000 then sell eth @1", "eth", "eth is not listed by the venue"),
        (
            "buy 0.5 btc @60000 pays sell 0.5 @65000",
            "0.5",
            "0.5: after pays the quantity is what the buy receives",
        ),
        ("buy 0.5 btc @60000 pays buy @65000", "buy", "pending leg: buy: what a buy pays for is sold"),
        (
            "sell 0.5 btc @61000 pays sell @65000",
            "sell",
            "working leg: sell: only a buy can pay for the other orders",
        ),
        (
            "buy 0.5 btc @60000 then sell take 65000 stop 60500",
            "60500",
            "below leg: 60500 is not below 60000, where",
        ),
        (
            "buy 0.5 btc @60000 then sell @65000 stop 58000 take 1",
            "take",
            "take: there are two exits already",
        ),
    ],
)
def test_a_mistake_points_at_its_word_and_says_why(line, word, text):
    draft = parse_order(line, MARKET)
    assert draft.terms is None
    first = draft.mistakes[0]
    assert line[first.start : first.end] == word
    assert first.text.startswith(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "oco sell 0.5 btc @ 65000 stop 58000 limit 57900",
            "OCO SELL 0.500 BTCUSDT: LIMIT 65,000.00 GTC post-only = 32,500.00 USDT,"
            " or STOP LOSS falling to 58,000.00, then LIMIT 57,900.00 GTC = 28,950.00 USDT",
        ),
        (
            "buy 0.5 btc @ 60000 then sell 0.3 market",
            "OTO BUY 0.500 BTCUSDT LIMIT 60,000.00 GTC = 30,000.00 USDT, then SELL 0.300 MARKET",
        ),
        (
            "buy 0.5 btc @ 60000 then sell take 65000 stop 58000",
            "OTOCO BUY 0.500 BTCUSDT LIMIT 60,000.00 GTC = 30,000.00 USDT, then SELL 0.500:"
            " TAKE PROFIT rising to 65,000.00, then MARKET ≈ 32,500.00 USDT,"
            " or STOP LOSS falling to 58,000.00, then MARKET ≈ 29,000.00 USDT;"
            " risks 1,000.00 USDT to make 2,500.00 USDT",
        ),
        (
            "sell 0.5 btc @ 61000 then buy @ 58000 stop 65000",
            "OTOCO SELL 0.500 BTCUSDT LIMIT 61,000.00 GTC = 30,500.00 USDT, then BUY 0.500:"
            " LIMIT 58,000.00 GTC post-only = 29,000.00 USDT,"
            " or STOP LOSS rising to 65,000.00, then MARKET ≈ 32,500.00 USDT;"
            " risks 2,000.00 USDT to make 1,500.00 USDT",
        ),
        (
            "buy 0.5 btc @ 60000 pays sell @ 65000 stop trail 1%",
            "OPOCO BUY 0.500 BTCUSDT LIMIT 60,000.00 GTC = 30,000.00 USDT, pays SELL what it receives:"
            " LIMIT 65,000.00 GTC post-only, or TRAILING 1% below the highest from now on, then MARKET",
        ),
    ],
)
def test_expansion(line, words):
    assert parse_order(line, MARKET).expansion == words


def test_describe_without_the_instrument():
    draft = parse_order("oco sell 0.5 btc @ 65000 stop 58000", MARKET)
    assert describe_list(draft.list_request) == (
        "OCO SELL 0.5 BTCUSDT: LIMIT 65,000 GTC post-only = 32,500.00,"
        " or STOP LOSS falling to 58,000, then MARKET ≈ 29,000.00"
    )


# --- any text, and there and back again --------------------------------------------------------------------------

WORDS = [
    "oco", "buy", "sell", "0.5", "1", "btc", "@", "60000", "65000", "58000", "bid-20", "stop", "take", "trail", "1%",
    "50bp", "from", "limit", "market", "peg", "primary", "-2", "then", "pays", "gtc", "ioc", "post", "show", "0.1",
    "stp", "both", "strategy", "1000001", "id", "7", "sor", "#1",
]  # fmt: skip
START = [
    ["buy", "0.5", "btc"],
    ["sell", "0.5", "btc"],
    ["oco", "sell", "0.5", "btc"],
    ["buy", "0.5", "btc", "60000", "then", "sell"],
    ["buy", "0.5", "btc", "60000", "pays", "sell"],
    [],
]
LINES = st.builds(
    lambda start, rest: " ".join([*start, *rest]),
    st.sampled_from(START),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=9),
)


@given(LINES)
@example("oco sell 0.5 btc @ 65000 gtc stop 58000 limit 57900 ioc show 0.1 stp both strategy 1000001 id 7")
@example("sell 0.5 btc stop 59000 trail 1% peg market -2 limit 58000 ioc")
@example("buy 0.5 btc 60000 then sell stop 58000 limit 57900 @ 65000 peg primary")
@example("buy 1 btc then then sell")
@example("oco then then then then")
@example("sell 0.5 btc trail " + "9" * 23 + "%")
def test_never_raises_and_an_accepted_line_can_be_said_again(line):
    for market in (MARKET, LINKED):
        draft = parse_order(line, market)
        assert draft.request is None or draft.list_request is None
        assert (draft.terms is None) == bool(draft.mistakes or draft.missing)
        assert all(0 <= m.start < m.end <= len(line) and m.text for m in draft.mistakes)
        if draft.terms is not None:
            assert draft.expansion
            again = order_line(draft.request, "usdt") if draft.request else list_line(draft.list_request)
            said = parse_order(again, MARKET)
            assert said.mistakes == ()
            assert said.terms == draft.terms
