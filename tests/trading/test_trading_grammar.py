"""The order grammar: what a line means, and where and why it is wrong."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trading_facts import BTC, ETH, QUOTE, WIDE, D, market_request, request

from blotter.trading.enums import ExecInst, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.grammar import Market, describe, parse_order
from blotter.trading.instrument import Instrument

SHOUT = Instrument(symbol="BIDUSDT", base="BID", quote="USDT")
OTHERS = tuple(Instrument(symbol=f"XMR{q}", base="XMR", quote=q) for q in ("EUR", "TRY"))
MARKET = Market(
    instruments={i.symbol: i for i in (BTC, ETH, WIDE, SHOUT, *OTHERS)},
    quotes={QUOTE.symbol: QUOTE},
    now=QUOTE.at + 10**9,
)
STALE = msgspec.structs.replace(MARKET, now=QUOTE.at + 7_200_000_000)
LINKED = msgspec.structs.replace(MARKET, default_symbol="BTCUSDT")
POST = {"time_in_force": None, "exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE}
IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def eth(qty, price, **terms):
    return request(qty, price, symbol="ETHBTC", **terms)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("buy 0.25 btc @bid gtc post", request("0.25", "60123.30", **POST)),
        ("buy 0.25 BTCUSDT limit 60123.3", request("0.25", "60123.3")),
        ("b 0.25 btc/usdt 60,123.30 ioc", request("0.25", "60123.3", time_in_force=IOC)),
        ("S 0.25 btc-usdt @ 60123.3 fok", request("0.25", "60123.3", Side.SELL, time_in_force=FOK)),
        ("  sell\t0.25  BtcUsdt@60123.3 ", request("0.25", "60123.3", Side.SELL)),
        ("buy .25 btc @60123.3", request("0.25", "60123.3")),
        ("buy 1_000 btc @1,000.5", request("1000", "1000.5")),
        ("buy 1k btc @1k", request("1000", "1000")),
        ("buy 0.25btc btc @ask", request("0.25", "60123.55")),
        ("buy 1 btc @ask-1", request("1", "60123.54")),
        ("buy 1 btc @bid+2", request("1", "60123.32")),
        ("buy 1 btc @bid -2", request("1", "60123.28")),
        ("buy 1 btc bid", request("1", "60123.30")),
        ("buy 1 btc join", request("1", "60123.30")),
        ("sell 1 btc join+1", request("1", "60123.56", Side.SELL)),
        ("buy 1 btc @mid", request("1", "60123.42")),  # 60,123.425 to the passive side
        ("sell 1 btc @mid", request("1", "60123.43", Side.SELL)),
        ("buy 1 btc @MID-2", request("1", "60123.40")),
        ("buy 1 btc post @60000", request("1", "60000", **POST)),
        ("buy 1 btc gtc maker 60000 limit", request("1", "60000", **POST)),
        ("buy 1 btc 60000 show 0.1", request("1", "60000", max_floor=D("0.1"))),
        ("buy 1 btc 60000 iceberg 0.1 gtc", request("1", "60000", max_floor=D("0.1"))),
        (
            "buy 1 btc stp maker 60000 ioc",
            request(
                "1",
                "60000",
                time_in_force=IOC,
                self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER,
            ),
        ),
        ("buy 1 btc market", market_request(order_qty=D(1))),
        ("sell 1 btc mkt", market_request(Side.SELL, order_qty=D(1))),
        ("buy 100usdt btc market", market_request(cash_order_qty=D(100))),
        ("buy 1kusdt btc market", market_request(cash_order_qty=D(1000))),
        ("buy $1,000 btc market", market_request(cash_order_qty=D(1000))),
        ("buy 1 eth 0.05", eth("1", "0.05")),
        ("buy 1 币安人生 @ 3.3", request("1", "3.3", symbol="币安人生USDT")),
        ("buy 1 币安人生usdt @ 3.3", request("1", "3.3", symbol="币安人生USDT")),
        ("buy 1 bid @ 3.3", request("1", "3.3", symbol="BIDUSDT")),  # a base named like a price word
    ],
)
def test_understood(line, expected):
    draft = parse_order(line, MARKET)
    assert (draft.mistakes, draft.missing) == ((), "")
    assert draft.request == expected
    assert draft.expansion


@pytest.mark.parametrize("line", ["buy 1 @60000", "buy 1 60000", "buy 1 limit 60000", "buy 1 gtc 60000"])
def test_the_linked_symbol_may_be_left_out(line):
    assert parse_order(line, LINKED).request == request("1", "60000")
    assert parse_order(line, MARKET).request is None


def test_numbers_leave_without_trailing_zeros():
    sent = parse_order("buy 0.250 btc @60123.30000", MARKET).request
    assert (str(sent.order_qty), str(sent.price)) == ("0.25", "60123.3")
    assert str(parse_order("buy 1 btc @bid+1", MARKET).request.price) == "60123.31"


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("", "side"),
        ("   ", "side"),
        ("buy", "quantity"),
        ("buy 1", "symbol"),
        ("buy 1 btc", "price or market"),
        ("buy 1 btc gtc", "price or market"),
        ("buy 1 btc limit", "price"),
        ("buy 1 btc @", "price"),
        ("buy 1 btc 60000 show", "visible quantity"),
        ("buy 1 btc 60000 stp", "self-trade prevention mode"),
    ],
)
def test_what_comes_next(line, missing):
    draft = parse_order(line, MARKET)
    assert (draft.request, draft.mistakes, draft.missing) == (None, (), missing)


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("byu 1 btc market", "byu", "byu: an order starts with buy or sell: did you mean buy?"),
        ("buy btc 1", "btc", "a quantity goes here, not btc"),
        ("buy 0,25 btc @bid", "0,25", "0,25: use a point for decimals"),
        ("buy 1.2.3 btc @bid", "1.2.3", "1.2.3: use a point for decimals"),
        ("buy -1 btc @bid", "-1", "-1: write the number without a sign"),
        ("buy 1e5 btc @bid", "1e5", "1e5: e5 is neither BTC nor USDT"),
        ("buy 0 btc @bid", "0", "quantity 0 must be above 0"),
        (
            "buy 9999999999999999999999999 btc @bid",
            "9999999999999999999999999",
            "a number of more than 24 digits",
        ),
        ("buy 100eur btc market", "100eur", "100eur: eur is neither BTC nor USDT"),
        ("buy $100 eth market", "$100", "$100: ETHBTC is paid in BTC"),
        ("buy 100usdt btc @bid", "100usdt", "a quote amount works with market orders only"),
        ("buy 1 bct @bid", "bct", "bct is not listed by the venue: did you mean BTC?"),
        ("buy 1 btcusd @bid", "btcusd", "btcusd is not listed by the venue: did you mean BTCUSDT?"),
        ("buy 1 xmr @1", "xmr", "xmr trades against EUR, TRY: say which"),
        ("buy 1 @bid", "@", "a symbol goes before @"),
        ("buy 1 btc @bidd", "bidd", "a price goes here, not bidd: did you mean bid?"),
        ("buy 1 btc @gtc", "gtc", "a price goes here, not gtc"),
        ("buy 1 btc @bid+", "bid+", "bid+: a whole number of ticks goes after the +"),
        ("buy 1 btc @bid+0.5", "bid+0.5", "bid+0.5 is not a number"),
        ("buy 1 btc @60000usdt", "60000usdt", "60000usdt: usdt does not belong to a price"),
        ("buy 1 btc @60123.456", "60123.456", "price 60123.456 is not a multiple of the tick 0.01"),
        ("buy 0.0005 btc @60000", "0.0005", "quantity 0.0005 is not a multiple of the step 0.001"),
        ("buy 0.001 btc @60", "0.001", "order value 0.06 USDT is below the minimum 5 USDT"),
        ("buy 1 btc gct @bid", "gct", "gct is not understood here: did you mean gtc?"),
        ("buy 1 btc @1 @2", "2", "2: 1 has been said already"),
        ("buy 1 btc @bid gtc ioc", "ioc", "ioc: gtc has been said already"),
        ("buy 1 btc limit market @bid", "market", "market: limit has been said already"),
        ("buy 1 btc @bid ioc post", "ioc", "a post-only order carries no time in force"),
        ("buy 1 btc @bid ioc show 0.1", "0.1", "an iceberg needs time in force GTC, not IOC"),
        ("buy 1 btc @bid show 2", "2", "visible quantity 2 must be below the quantity 1"),
        ("buy 1 btc @bid show few", "few", "show needs a visible quantity: few is not a number"),
        (
            "buy 1 btc @bid stp takr",
            "takr",
            "takr is none of none, taker, maker, both, decrement, transfer: did",
        ),
        ("buy 1 btc market @bid", "bid", "a market order has no price"),
        ("buy 1 btc market gtc", "gtc", "a market order has no time in force"),
        ("buy 1 btc market post", "post", "a market order has no post-only"),
        ("buy 1 eth @bid", "bid", "no quote of ETHBTC yet: type the price"),
    ],
)
def test_a_mistake_points_at_its_word_and_says_why(line, word, text):
    draft = parse_order(line, MARKET)
    assert draft.request is None
    assert draft.missing == ""
    first = draft.mistakes[0]
    assert line[first.start : first.end] == word
    assert first.text.startswith(text)


def test_every_wrong_word_is_pointed_at():
    line = "buy 1 bct @bid gct stp x"
    assert [line[m.start : m.end] for m in parse_order(line, MARKET).mistakes] == ["bct", "gct", "x"]


def test_a_stale_quote_is_refused_with_its_age():
    (mistake,) = parse_order("buy 1 btc @bid", STALE).mistakes
    assert mistake.text == "the quote of BTCUSDT is 7.2 s old (limit 5 s): type the price"
    assert parse_order("buy 1 btc @60000", STALE).request is not None


@pytest.mark.parametrize(
    ("side", "word", "text"),
    [
        ("bid", "bid", "no bid of BTCUSDT: that side is empty"),
        ("bid", "mid", "no mid of BTCUSDT: its bid side is empty"),
        ("ask", "mid", "no mid of BTCUSDT: its ask side is empty"),
        ("bid", "join", "no bid of BTCUSDT: that side is empty"),
    ],
)
def test_an_empty_side_is_refused(side, word, text):
    quotes = {"BTCUSDT": msgspec.structs.replace(QUOTE, **{side: None})}
    (mistake,) = parse_order(f"buy 1 btc @{word}", msgspec.structs.replace(MARKET, quotes=quotes)).mistakes
    assert mistake.text == text


def test_no_list_of_symbols_yet():
    empty = Market(instruments={}, quotes={}, now=0)
    (mistake,) = parse_order("buy 1 btc @1", empty).mistakes
    assert mistake.text == "btc cannot be looked up: the venue's list of symbols has not arrived"


def test_decomposed_characters_are_composed_before_comparing():
    cafe = Instrument(symbol="CAF\u00c9USDT", base="CAF\u00c9", quote="USDT")
    market = Market(instruments={cafe.symbol: cafe}, quotes={}, now=0)
    assert parse_order("buy 1 cafe\u0301 @1", market).request.symbol == cafe.symbol


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("buy 0.25 btc @bid gtc post", "BUY 0.250 BTCUSDT LIMIT 60,123.30 GTC post-only = 15,030.83 USDT"),
        ("sell 1k btc 60000 ioc", "SELL 1,000.000 BTCUSDT LIMIT 60,000.00 IOC = 60,000,000.00 USDT"),
        ("buy 1 btc market", "BUY 1.000 BTCUSDT MARKET"),
        ("buy $1000 btc market", "BUY BTCUSDT for 1,000.00 USDT MARKET"),
        ("buy 1 eth 0.05", "BUY 1.000 ETHBTC LIMIT 0.05000 GTC = 0.05 BTC"),
        (
            "buy 1 btc 60000 show 0.1 stp both",
            "BUY 1.000 BTCUSDT LIMIT 60,000.00 GTC showing 0.100 STP expire both = 60,000.00 USDT",
        ),
    ],
)
def test_expansion(line, words):
    assert parse_order(line, MARKET).expansion == words


def test_describe_without_the_instrument():
    assert describe(request("0.25", "60123.3")) == "BUY 0.25 BTCUSDT LIMIT 60,123.3 GTC = 15,030.83"
    assert describe(market_request(cash_order_qty=D(5))) == "BUY BTCUSDT for 5.00 of quote asset MARKET"


grid = st.integers(1, 10**6)


@given(
    st.sampled_from(["buy", "sell", "b", "s"]),
    grid.map(lambda n: D(n) / 1000),
    grid.map(lambda n: D(n) / 100 + 5000),
    st.permutations(["ioc", "limit", "stp both"]),
)
def test_options_in_any_order_mean_the_same(side, qty, price, options):
    line = f"{side} {qty} btc @ {price} {' '.join(options)}"
    expected = request(
        qty,
        price,
        Side.BUY if side[0] == "b" else Side.SELL,
        time_in_force=IOC,
        self_trade_prevention=SelfTradePreventionMode.EXPIRE_BOTH,
    )
    assert parse_order(line, MARKET).request == expected


pieces = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "buy",
            "sell",
            "1",
            "0.25",
            "1k",
            "1,000",
            "$5",
            "100usdt",
            "btc",
            "btcusdt",
            "@",
            "bid",
            "mid+2",
            "join",
            "+1",
            "-",
            "/",
            "show",
            "stp",
            "gtc",
            "post",
        ]
    ),
)


@given(st.lists(pieces, max_size=9).map(" ".join) | st.text(max_size=60))
@example("buy 1 \ud800 @bid")
@example("buy " + "9" * 5000 + " btc")
@example("buy 1 btc @bid+999999")
@example("buy 1 btc bid-999999999999")
@example("buy ٣ btc @١")
@example("buy 1 btc/ @1")
@example("buy $ btc market")
@example("buy . btc market")
def test_never_raises_and_always_says_what_is_the_matter(line):
    for market in (MARKET, LINKED, STALE):
        draft = parse_order(line, market)
        assert (draft.request is None) == bool(draft.mistakes or draft.missing)
        for mistake in draft.mistakes:
            assert 0 <= mistake.start < mistake.end <= len(line)
            assert mistake.text
