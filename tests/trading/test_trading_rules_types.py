"""The rules of each order type beyond limit and market, of the symbol's features, and of where the market is."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from blotter.trading.request import OrderRequest
from blotter.trading.rules import check

POST = ExecInst.PARTICIPATE_DONT_INITIATE
IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
PRIMARY, MARKET = PegPriceType.PRIMARY_PEG, PegPriceType.MARKET_PEG
SELL, BUY = Side.SELL, Side.BUY
FULL = msgspec.structs.replace(
    BTC,
    status="TRADING",
    ord_types=frozenset(OrdType),
    max_notional=D(9_000_000),
    max_iceberg_parts=10,
    min_trailing_above=10,
    max_trailing_above=2000,
    min_trailing_below=20,
    max_trailing_below=1000,
    bid_multiplier_up=D("1.5"),
    bid_multiplier_down=D("0.5"),
    ask_multiplier_up=D("2"),
    ask_multiplier_down=D("0.8"),
    stp_modes=frozenset({SelfTradePreventionMode.NONE, SelfTradePreventionMode.EXPIRE_MAKER}),
)


def stop(at="59000", side=SELL, direction=DOWN, **terms) -> OrderRequest:
    """A stop loss to sell 1, at the market once triggered."""
    return OrderRequest(
        **{
            "symbol": "BTCUSDT",
            "side": side,
            "ord_type": OrdType.STOP,
            "order_qty": D(1),
            "trigger_price": None if at is None else D(at),
            "trigger_direction": direction,
            **terms,
        }
    )


def stop_limit(at="59000", limit="58900", **terms) -> OrderRequest:
    return stop(at, **{"ord_type": OrdType.STOP_LIMIT, "price": D(limit), "time_in_force": GTC, **terms})


def peg(kind=PRIMARY, **terms) -> OrderRequest:
    return OrderRequest(
        **{
            "symbol": "BTCUSDT",
            "side": BUY,
            "ord_type": OrdType.PEGGED,
            "order_qty": D(1),
            "time_in_force": GTC,
            "peg_price_type": kind,
            **terms,
        }
    )


def said(req, instrument=FULL, quote=QUOTE):
    return [(v.field, v.text) for v in check(req, instrument, quote)]


@pytest.mark.parametrize(
    "req",
    [
        stop(),
        stop("61000", BUY, UP),
        stop("61000", SELL, UP),
        stop("59000", BUY, DOWN),
        stop_limit(),
        stop_limit(time_in_force=IOC),
        stop_limit(max_floor=D("0.5")),
        stop(trailing_bips=100),
        stop(None, direction=None, trailing_bips=50),
        stop(None, trailing_bips=50),  # in a list the direction is said without a price
        stop("61000", SELL, UP, trailing_bips=2000),
        peg(),
        peg(peg_offset=100),
        peg(MARKET, peg_offset=1, price=D(60000), time_in_force=FOK),
        peg(exec_inst=POST, time_in_force=None),
        peg(max_floor=D("0.1")),
        peg(side=SELL, trigger_price=D(59000), trigger_direction=DOWN, time_in_force=IOC),
        request("1", "60000", smart_routing=True),
        request("1", "60000", target_strategy=1_000_000, strategy_id=0),
        request("1", "60000", self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER),
        market_request(order_qty=D(1), smart_routing=True),
    ],
)
def test_legal(req):
    assert said(req) == []


@pytest.mark.parametrize(
    ("req", "field", "text"),
    [
        (
            stop(None, direction=None),
            "trigger_price",
            "a stop order needs a trigger price, a trailing distance, or both",
        ),
        (
            stop(direction=None),
            "trigger_direction",
            "trigger price 59000 needs a direction: reached by a rise or by a fall",
        ),
        (stop("0"), "trigger_price", "trigger price 0 must be above 0"),
        (stop(order_qty=None), "order_qty", "a stop order needs a quantity"),
        (
            stop(order_qty=None, cash_order_qty=D(9)),
            "cash_order_qty",
            "a quote amount works with market orders only",
        ),
        (stop("59000", time_in_force=GTC), "time_in_force", "a stop order has no time in force"),
        (stop(exec_inst=POST), "exec_inst", "a stop order has no post-only"),
        (stop(max_floor=D("0.5")), "max_floor", "a stop order has no visible quantity"),
        (stop(peg_price_type=PRIMARY), "peg_price_type", "a stop order has no peg"),
        (
            msgspec.structs.replace(stop_limit(), price=None),
            "price",
            "a stop-limit order needs a price",
        ),
        (
            stop_limit(time_in_force=None),
            "time_in_force",
            "a stop-limit order needs a time in force: GTC, IOC or FOK",
        ),
        (
            stop_limit(max_floor=D("0.5"), time_in_force=FOK),
            "max_floor",
            "an iceberg needs time in force GTC, not FOK",
        ),
        (
            stop(trailing_bips=0),
            "trailing_bips",
            "trailing distance 0bp is below the minimum 1 (nearest 1)",
        ),
        (
            stop(trailing_bips=20_000),
            "trailing_bips",
            "trailing distance 20000bp is above the maximum 10000 (nearest 10000)",
        ),
        (request("1", "60000", trigger_price=D(1)), "trigger_price", "a limit order has no trigger price"),
        (
            market_request(order_qty=D(1), trailing_bips=5),
            "trailing_bips",
            "a market order has no trailing distance",
        ),
        (
            peg(kind=None),
            "peg_price_type",
            "a pegged order needs a peg: primary (own side) or market",
        ),
        (
            peg(peg_offset=101),
            "peg_offset",
            "peg offset 101 levels is above the maximum 100 (nearest 100)",
        ),
        (
            peg(time_in_force=IOC),
            "time_in_force",
            "time in force IOC: an order with a primary peg must be GTC",
        ),
        (peg(time_in_force=None), "time_in_force", "a pegged order needs a time in force: GTC, IOC or FOK"),
        (
            peg(MARKET, exec_inst=POST, time_in_force=None),
            "peg_price_type",
            "a post-only order cannot be pegged to the market: it would take (primary is allowed)",
        ),
        (
            peg(exec_inst=POST, time_in_force=None, trigger_price=D(59000), trigger_direction=DOWN),
            "exec_inst",
            "a pegged order that waits for a trigger cannot be post-only",
        ),
        (
            peg(trigger_direction=UP),
            "trigger_direction",
            "a trigger direction goes with a trigger price",
        ),
        (
            peg(smart_routing=True),
            "smart_routing",
            "smart order routing takes limit and market orders, not a pegged order",
        ),
        (
            request("1", "60000", exec_inst=POST, time_in_force=None, smart_routing=True),
            "smart_routing",
            "smart order routing takes limit and market orders, not a post-only order",
        ),
        (
            market_request(cash_order_qty=D(10), smart_routing=True),
            "smart_routing",
            "smart order routing takes no quote amount",
        ),
        (
            request("1", "60000", target_strategy=999_999),
            "target_strategy",
            "strategy 999999 is below the minimum 1000000 (nearest 1000000)",
        ),
        (
            request("1", "60000", strategy_id=-1),
            "strategy_id",
            "strategy id -1 is below the minimum 0 (nearest 0)",
        ),
    ],
)
def test_shape(req, field, text):
    assert (field, text) in said(req)


@pytest.mark.parametrize(
    ("changes", "req", "field", "text"),
    [
        ({"status": "HALT"}, stop(), "symbol", "BTCUSDT is HALT, not TRADING: no new orders now"),
        (
            {"status": "CANCEL_ONLY"},
            peg(),
            "symbol",
            "BTCUSDT is CANCEL_ONLY, not TRADING: no new orders now",
        ),
        (
            {"ord_types": frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})},
            stop(),
            "ord_type",
            "BTCUSDT takes no stop orders (it takes limit, stop limit)",
        ),
        (
            {"post_only": False},
            request("1", "60000", exec_inst=POST, time_in_force=None),
            "exec_inst",
            "BTCUSDT takes no post-only orders",
        ),
        (
            {"cash_order_qty": False},
            market_request(cash_order_qty=D(50)),
            "cash_order_qty",
            "BTCUSDT takes no orders by quote amount",
        ),
        (
            {"iceberg": False},
            request("1", "60000", max_floor=D("0.5")),
            "max_floor",
            "BTCUSDT takes no icebergs",
        ),
        (
            {"trailing": False},
            stop(trailing_bips=50),
            "trailing_bips",
            "BTCUSDT takes no trailing orders",
        ),
        ({"peggable": False}, peg(), "peg_price_type", "BTCUSDT takes no pegged orders"),
        (
            {"smart_routing": False},
            request("1", "60000", smart_routing=True),
            "smart_routing",
            "BTCUSDT takes no smart order routing",
        ),
        (
            {},
            request("1", "60000", self_trade_prevention=SelfTradePreventionMode.DECREMENT),
            "self_trade_prevention",
            "self-trade prevention decrement is none of those of BTCUSDT: expire maker, none",
        ),
    ],
)
def test_what_the_symbol_does_not_take(changes, req, field, text):
    assert said(req, msgspec.structs.replace(FULL, **changes)) == [(field, text)]


def test_what_the_listing_does_not_tell_is_left_to_the_venue():
    for req in (stop(), stop(trailing_bips=1), peg(), request("1", "60000", smart_routing=True)):
        assert said(req, BTC) == []


@pytest.mark.parametrize(
    ("req", "field", "text", "nearest"),
    [
        (
            stop("59000.005"),
            "trigger_price",
            "trigger price 59000.005 is not a multiple of the tick 0.01 (nearest 59000.01)",
            "59000.01",
        ),
        (
            stop(order_qty=D("100.5")),  # MARKET_LOT_SIZE: a market order once triggered
            "order_qty",
            "quantity 100.5 is above the maximum 100 (nearest 100)",
            "100",
        ),
        (
            request("1", "60000", max_floor=D("0.05")),
            "max_floor",
            "visible quantity 0.05 makes 20 parts, above the maximum 10 (nearest 0.1)",
            "0.1",
        ),
        (
            stop("59000", trailing_bips=15),
            "trailing_bips",
            "trailing distance 15bp is below the minimum 20bp for a trigger below the market (nearest 20bp)",
            "20",
        ),
        (
            stop("61000", BUY, UP, trailing_bips=2001),
            "trailing_bips",
            "trailing distance 2001bp is over the maximum 2000bp for a trigger above the market (nearest 2000bp)",
            "2000",
        ),
        (
            stop(order_qty=D("0.00001")),
            "order_qty",
            "quantity 0.00001 is not a multiple of the step 0.001 (nearest 0.001)",
            "0.001",
        ),
        (
            request("200", "60000"),
            "order_qty",
            "order value 12000000 USDT is above the maximum 9000000 USDT (nearest quantity 150)",
            "150",
        ),
        (
            request("1", "90200"),
            "price",
            "price 90200 is above 1.5 times the average price, for which the mid 60123.425 stands in here"
            " (nearest 90185.13)",
            "90185.13",
        ),
        (
            request("1", "48000", SELL),
            "price",
            "price 48000 is below 0.8 times the average price, for which the mid 60123.425 stands in here"
            " (nearest 48098.74)",
            "48098.74",
        ),
        (
            stop("60123.55"),
            "trigger_price",
            "trigger price 60123.55 of a sell stop must be below the market (ask 60123.55): it would trigger at"
            " once (nearest 60123.29)",
            "60123.29",
        ),
        (
            stop("60000", BUY, UP),
            "trigger_price",
            "trigger price 60000 of a buy stop must be above the market (bid 60123.3): it would trigger at once"
            " (nearest 60123.56)",
            "60123.56",
        ),
        (
            stop("60000", SELL, UP),
            "trigger_price",
            "trigger price 60000 of a sell take-profit must be above the market (bid 60123.3): it would trigger at"
            " once (nearest 60123.56)",
            "60123.56",
        ),
        (
            stop("61000", BUY, DOWN),
            "trigger_price",
            "trigger price 61000 of a buy take-profit must be below the market (ask 60123.55): it would trigger at"
            " once (nearest 60123.29)",
            "60123.29",
        ),
    ],
)
def test_filters_offer_a_legal_value(req, field, text, nearest):
    found = {v.text: v for v in check(req, FULL, QUOTE)}
    assert text in found
    assert (found[text].field, found[text].nearest) == (field, D(nearest))
    value = int(nearest) if field == "trailing_bips" else D(nearest)
    offered = msgspec.structs.replace(req, **{field: value})
    assert [v.text for v in check(offered, FULL, QUOTE) if v.field == field and "value" not in v.text] == []


def test_inside_the_spread_the_venue_judges():
    """It compares with the last trade, which may be either side of it."""
    assert said(stop("60123.40")) == []
    assert said(stop("60123.40", BUY, UP)) == []


@pytest.mark.parametrize("quote", [None, msgspec.structs.replace(QUOTE, bid=None, ask=None)])
def test_without_a_market_there_is_no_wrong_side(quote):
    assert said(stop("61000"), quote=quote) == []
    assert said(request("1", "90200"), quote=quote) == []


def test_a_market_order_has_no_most():
    """Whether the NOTIONAL filter's maximum holds for it, nothing here tells."""
    assert (
        said(market_request(order_qty=D(100), side=SELL), msgspec.structs.replace(FULL, max_notional=D(9)))
        == []
    )


def test_worth_of_an_order_without_a_price():
    assert said(stop("1000", order_qty=D("0.004"))) == [
        ("order_qty", "order value 4 USDT at 1000 is below the minimum 5 USDT (nearest quantity 0.005)")
    ]
    cheap = msgspec.structs.replace(QUOTE, bid=D(100), ask=D(5000))
    small = {"order_qty": D("0.004")}
    assert "order value 0.4 USDT at 100 is below" in said(peg(**small), quote=cheap)[0][1]
    assert said(peg(MARKET, **small), quote=cheap) == []


numbers = st.one_of(st.none(), st.decimals(), st.integers(-3, 10**8).map(lambda n: D(n) / 100))
whole = st.one_of(st.none(), st.integers(-5, 3_000_000))


@given(
    st.fixed_dictionaries(
        {
            "side": st.sampled_from(Side),
            "ord_type": st.sampled_from(OrdType),
            "order_qty": numbers,
            "cash_order_qty": numbers,
            "price": numbers,
            "max_floor": numbers,
            "trigger_price": numbers,
            "trigger_direction": st.sampled_from([None, *TriggerPriceDirection]),
            "trailing_bips": whole,
            "peg_price_type": st.sampled_from([None, *PegPriceType]),
            "peg_offset": whole,
            "time_in_force": st.sampled_from([None, *TimeInForce]),
            "exec_inst": st.sampled_from([None, POST]),
            "smart_routing": st.booleans(),
            "target_strategy": whole,
        }
    )
)
def test_never_raises_and_what_passes_is_sound(terms):
    req = OrderRequest(symbol="BTCUSDT", **terms)
    for instrument in (FULL, BTC, None):
        for quote in (QUOTE, None):
            violations = check(req, instrument, quote)
            assert all(v.text and v.field for v in violations)
    if not check(req, FULL, QUOTE):
        assert req.contingent == (req.trigger_price is not None or req.trailing_bips is not None)
        assert (req.peg_price_type is not None) == (req.ord_type is OrdType.PEGGED)
        assert req.trigger_price is None or req.trigger_direction is not None
        assert (req.order_qty is None) != (req.cash_order_qty is None)
