"""Every type of order in one line: triggers, trails, pegs, presets and the options beside them."""

import msgspec
import pytest
from trading_facts import BTC, GTC, QUOTE, D, market_request, request

from blotter.trading.enums import (
    ExecInst,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.grammar import Market, describe, parse_order
from blotter.trading.instrument import Instrument

ETH = Instrument(symbol="ETHUSDT", base="ETH", quote="USDT", tick_size=D("0.01"), step_size=D("0.0001"))
STOPPY = Instrument(symbol="STOPUSDT", base="STOP", quote="USDT")
MARKET = Market(
    instruments={i.symbol: i for i in (BTC, ETH, STOPPY)},
    quotes={QUOTE.symbol: QUOTE},
    now=QUOTE.at + 10**9,
    presets={"*": ("1", "100usdt"), "BTCUSDT": ("0.01", "0.05 @bid-1", "1k")},
)
LINKED = msgspec.structs.replace(MARKET, default_symbol="BTCUSDT")
BLIND = msgspec.structs.replace(MARKET, quotes={})
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
SELL, BUY = Side.SELL, Side.BUY
IOC = TimeInForce.IMMEDIATE_OR_CANCEL
PRIMARY, OPPOSITE = PegPriceType.PRIMARY_PEG, PegPriceType.MARKET_PEG
POST = ExecInst.PARTICIPATE_DONT_INITIATE


def stop(price, direction, side=SELL, qty="0.5", limit=None, **terms):
    return msgspec.structs.replace(
        request(qty, "1", side),
        **{
            "ord_type": OrdType.STOP if limit is None else OrdType.STOP_LIMIT,
            "price": None if limit is None else D(limit),
            "time_in_force": None if limit is None else GTC,
            "trigger_price": None if price is None else D(price),
            "trigger_direction": direction,
            **terms,
        },
    )


def peg(kind, qty="0.5", side=BUY, **terms):
    return msgspec.structs.replace(
        request(qty, "1", side),
        **{"ord_type": OrdType.PEGGED, "price": None, "peg_price_type": kind, **terms},
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sell 0.5 btc stop 59000", stop("59000", DOWN)),
        ("sell 0.5 btc stop @ 59,000", stop("59000", DOWN)),
        ("sell 0.5 btc stop 59000 market", stop("59000", DOWN)),
        ("sell 0.5 btc stop 59000 limit 58900", stop("59000", DOWN, limit="58900")),
        ("sell 0.5 btc stop 59000 limit @58900 ioc", stop("59000", DOWN, limit="58900", time_in_force=IOC)),
        ("sell 0.5 btc ioc stop 59000 limit 58900", stop("59000", DOWN, limit="58900", time_in_force=IOC)),
        ("sell 0.5 btc take 61000", stop("61000", UP)),
        ("buy 0.5 btc stop 61000", stop("61000", UP, BUY)),
        ("buy 0.5 btc take 59000 limit 59010", stop("59000", DOWN, BUY, limit="59010")),
        ("sell 0.5 btc stop @bid-20", stop("60123.10", DOWN)),
        ("sell 0.5 btc stop bid -20 limit bid -30", stop("60123.10", DOWN, limit="60123.00")),
        ("buy 0.5 btc stop @ask+1 limit @ask+50", stop("60123.56", UP, BUY, limit="60124.05")),
        (
            "sell 0.5 btc stop 59000 limit 58900 show 0.1",
            stop("59000", DOWN, limit="58900", max_floor=D("0.1")),
        ),
        # trailing
        ("sell 0.5 btc trail 0.5%", stop(None, None, trailing_bips=50)),
        ("sell 0.5 btc trail 50bp", stop(None, None, trailing_bips=50)),
        ("sell 0.5 btc trail 50 bps", stop(None, None, trailing_bips=50)),
        ("sell 0.5 btc stop trail 0.5 %", stop(None, None, trailing_bips=50)),
        ("sell 0.5 btc take trail 1%", stop(None, None, trailing_bips=100)),
        ("sell 0.5 btc trail 0.01% from 61000", stop("61000", UP, trailing_bips=1)),
        ("buy 0.5 btc trail 1% from 59000", stop("59000", DOWN, BUY, trailing_bips=100)),
        ("sell 0.5 btc stop 59000 trail 1%", stop("59000", DOWN, trailing_bips=100)),
        ("sell 0.5 btc take 61000 trail 1%", stop("61000", UP, trailing_bips=100)),
        (
            "sell 0.5 btc trail 1% from 61000 limit 60000",
            stop("61000", UP, limit="60000", trailing_bips=100),
        ),
        # pegged
        ("buy 0.5 btc peg primary", peg(PRIMARY)),
        ("buy 0.5 btc peg market -2", peg(OPPOSITE, peg_offset=2)),
        ("buy 0.5 btc peg market-2 ioc", peg(OPPOSITE, peg_offset=2, time_in_force=IOC)),
        ("buy 0.5 btc peg primary -0", peg(PRIMARY)),
        ("buy 0.5 btc peg primary limit 60000", peg(PRIMARY, price=D(60000))),
        ("buy 0.5 btc @60000 peg primary", peg(PRIMARY, price=D(60000))),
        ("buy 0.5 btc peg primary post", peg(PRIMARY, time_in_force=None, exec_inst=POST)),
        (
            "sell 0.5 btc stop 59000 peg market",
            peg(OPPOSITE, side=SELL, trigger_price=D(59000), trigger_direction=DOWN),
        ),
        # options
        (
            "buy 1 btc @bid show 0.1 strategy 1000001 id 42 stp maker",
            request(
                "1",
                "60123.30",
                max_floor=D("0.1"),
                target_strategy=1_000_001,
                strategy_id=42,
                self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER,
            ),
        ),
        ("buy 1 btc @bid sor", request("1", "60123.30", smart_routing=True)),
        ("buy 1 btc sor market", market_request(order_qty=D(1), smart_routing=True)),
        # presets
        ("buy #1 btc @60000", request("0.01", "60000")),
        ("buy #3 btc @60000", request("1000", "60000")),
        ("buy #2 btc", request("0.05", "60123.29")),
        ("sell #2 btc", request("0.05", "60123.56", SELL)),
        ("buy #2 btc @60000", request("0.05", "60000")),
        ("sell #2 btc stop 59000", stop("59000", DOWN, qty="0.05")),
        ("buy #2 btc market", market_request(order_qty=D("0.05"))),
        ("buy #2 eth market", market_request(symbol="ETHUSDT", cash_order_qty=D(100))),
    ],
)
def test_understood(line, expected):
    draft = parse_order(line, MARKET)
    assert (draft.mistakes, draft.missing) == ((), "")
    assert draft.request == expected
    assert draft.list_request is None


def test_a_symbol_may_be_called_like_a_word():
    assert parse_order("buy 1 stop @ 5", MARKET).request.symbol == "STOPUSDT"
    assert parse_order("sell 1 stop stop 5", MARKET).request.trigger_price == 5


def test_a_word_that_may_be_the_symbol_or_not_is_asked_about():
    (mistake,) = parse_order("sell 1 stop 59000", LINKED).mistakes
    assert mistake.text == "stop: is this the symbol STOPUSDT? Write that, or name the symbol before the word"
    assert parse_order("sell 1 btc stop 59000", LINKED).request == stop("59000", DOWN, qty="1")
    assert parse_order("sell 1 take 61000", LINKED).request == stop("61000", UP, qty="1")
    assert parse_order("sell 1 stopusdt @ 5", LINKED).request.symbol == "STOPUSDT"


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("sell 1 btc stop", "trigger price"),
        ("sell 1 btc stop @", "trigger price"),
        ("sell 1 btc take", "trigger price"),
        ("sell 1 btc stop 59000 limit", "price"),
        ("sell 1 btc trail", "distance"),
        ("sell 1 btc trail 1% from", "trigger price"),
        ("buy 1 btc peg", "primary or market"),
        ("buy 1 btc @60000 strategy", "strategy"),
        ("buy 1 btc @60000 id", "strategy id"),
    ],
)
def test_what_comes_next(line, missing):
    draft = parse_order(line, MARKET)
    assert (draft.terms, draft.mistakes, draft.missing) == (None, (), missing)


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("sell 1 btc stop gtc", "gtc", "a trigger price goes here, not gtc"),
        (
            "sell 1 btc stop 1 2",
            "2",
            "2: this order has its price already; the limit of a stop or take is said as limit 100",
        ),
        ("sell 1 btc stop 59000 @ 58900", "@", "@: this order has its price already; the limit of a stop"),
        (
            "sell 1 btc 58900 stop 59000",
            "stop",
            "stop: this order has its price already; say stop 100 limit 99",
        ),
        ("sell 1 btc stop 59000 take 61000", "take", "take: this order has its price already"),
        ("sell 1 btc stop 59000 market limit 58000", "58000", "58000: market has been said already"),
        ("sell 1 btc stop 59000 post", "post", "a stop order has no post-only"),
        ("sell 1 btc stop 59000 gtc", "gtc", "a stop order has no time in force"),
        ("sell 1 btc stop 61000", "61000", "trigger price 61000 of a sell stop must be below the market"),
        (
            "buy 1 btc take 61000",
            "61000",
            "trigger price 61000 of a buy take-profit must be below the market",
        ),
        (
            "sell 1 btc trail 1% from 59000",
            "59000",
            "trigger price 59000 of a sell take-profit must be above",
        ),
        (
            "sell 1 btc stop 59000.001",
            "59000.001",
            "trigger price 59000.001 is not a multiple of the tick 0.01",
        ),
        ("sell 1 btc trail 0.555%", "0.555%", "0.555% is not a whole number of basis points (1bp is 0.01%)"),
        ("sell 1 btc trail 5", "5", "5: a distance is in percent or basis points, as in 0.5% or 50bp"),
        ("sell 1 btc trail far", "far", "a distance goes after trail, as in 0.5% or 50bp, not far"),
        ("sell 1 btc trail 0%", "0%", "trailing distance 0bp is below the minimum 1"),
        ("sell 1 btc trail 200%", "200%", "trailing distance 20000bp is above the maximum 10000"),
        ("sell 1 btc from 5", "from", "from: the price from which an order trails goes after trail"),
        ("buy 1 btc peg far", "far", "far: a peg is to primary (own side) or market (opposite)"),
        ("buy 1 btc peg market +2", "+2", "+2: an offset is a number of price levels deeper, as in -2"),
        ("buy 1 btc peg market -101", "-101", "peg offset 101 levels is above the maximum 100 (nearest 100)"),
        ("buy 1 btc peg primary ioc", "ioc", "time in force IOC: an order with a primary peg must be GTC"),
        ("buy 1 btc peg market post", "peg", "a post-only order cannot be pegged to the market"),
        ("buy 1 btc @60000 strategy 7", "7", "strategy 7 is below the minimum 1000000 (nearest 1000000)"),
        ("buy 1 btc @60000 id 1.5", "1.5", "1.5: a strategy id is a whole number"),
        (
            "buy 1 btc @60000 post sor",
            "sor",
            "smart order routing takes limit and market orders, not a post-only",
        ),
        ("buy #9 btc @1", "#9", "#9: there is no such preset for BTCUSDT"),
        ("buy #0 btc @1", "#0", "#0: there is no such preset for BTCUSDT"),
        ("buy #x btc @1", "#x", "#x: there is no such preset for BTCUSDT"),
        ("buy 1 btc stp takr", "takr", "takr is none of"),
    ],
)
def test_a_mistake_points_at_its_word_and_says_why(line, word, text):
    draft = parse_order(line, MARKET)
    assert draft.terms is None
    first = draft.mistakes[0]
    assert line[first.start : first.end] == word
    assert first.text.startswith(text)


def test_the_side_of_the_market_is_checked_only_when_it_is_known():
    assert parse_order("sell 1 btc stop 61000", BLIND).request == stop("61000", DOWN, qty="1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "sell 0.5 btc stop 59000",
            "SELL 0.500 BTCUSDT STOP LOSS falling to 59,000.00, then MARKET ≈ 29,500.00 USDT",
        ),
        (
            "buy 0.5 btc take 59000 limit 59010",
            "BUY 0.500 BTCUSDT TAKE PROFIT falling to 59,000.00, then LIMIT 59,010.00 GTC = 29,505.00 USDT",
        ),
        (
            "buy 0.5 btc trail 0.5%",
            "BUY 0.500 BTCUSDT TRAILING 0.5% above the lowest from now on, then MARKET",
        ),
        (
            "sell 0.5 btc trail 1% from 61000",
            "SELL 0.500 BTCUSDT TRAILING TAKE PROFIT 1% below the highest once risen to 61,000.00, then MARKET",
        ),
        ("buy 0.5 btc peg primary", "BUY 0.500 BTCUSDT PEGGED to the bid GTC"),
        (
            "sell 0.5 btc peg market -1 limit 60000 ioc",
            "SELL 0.500 BTCUSDT PEGGED to the bid, 1 level deeper but no worse than 60,000.00 IOC = 30,000.00 USDT",
        ),
        (
            "buy 1 btc @60000 strategy 1000001 id 42 sor",
            "BUY 1.000 BTCUSDT LIMIT 60,000.00 GTC strategy 1000001 id 42 smart routing = 60,000.00 USDT",
        ),
    ],
)
def test_expansion(line, words):
    assert parse_order(line, MARKET).expansion == words


def test_describe_a_stop_nobody_gave_a_price():
    bare = stop(None, None)
    assert describe(bare) == "SELL 0.5 BTCUSDT TAKE PROFIT, then MARKET"
