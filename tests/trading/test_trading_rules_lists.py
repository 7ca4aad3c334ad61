"""The rules of order lists: what the legs must be, to each other and to the market. Each mistake names its leg."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, GTC, QUOTE, D, market_request, request

from blotter.trading.enums import ExecInst, OrdType, PegPriceType, Side, TriggerPriceDirection
from blotter.trading.request import ListKind, OrderListRequest
from blotter.trading.rules import check_list

UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
BUY, SELL = Side.BUY, Side.SELL
OCO, OTO, OTOCO, OPO, OPOCO = ListKind


def rest(price, side=SELL, qty="1", **terms):
    """A leg that rests at its price: LIMIT_MAKER."""
    post = ExecInst.PARTICIPATE_DONT_INITIATE
    return request(qty, price, side, **{"time_in_force": None, "exec_inst": post, **terms})


def trigger(price, direction, side=SELL, qty="1", **terms):
    return msgspec.structs.replace(
        request(qty, "1", side),
        **{
            "ord_type": OrdType.STOP,
            "price": None,
            "time_in_force": None,
            "trigger_price": D(price),
            "trigger_direction": direction,
            **terms,
        },
    )


def unsized(leg):
    return msgspec.structs.replace(leg, order_qty=None)


WORKING = request("1", "60000")
STOP, TAKE = trigger("58000", DOWN), trigger("65000", UP)
STOP_LIMIT = msgspec.structs.replace(STOP, ord_type=OrdType.STOP_LIMIT, price=D(57900), time_in_force=GTC)
TRAIL = msgspec.structs.replace(STOP, trigger_price=None, trailing_bips=100)
PEG = msgspec.structs.replace(
    rest("65000"), ord_type=OrdType.PEGGED, price=None, peg_price_type=PegPriceType.PRIMARY_PEG
)


def said(kind, *legs, instrument=BTC, quote=QUOTE):
    return [
        (v.leg, v.field, v.text)
        for v in check_list(OrderListRequest(kind=kind, legs=legs), instrument, quote)
    ]


@pytest.mark.parametrize(
    ("kind", "legs"),
    [
        (OCO, (STOP, rest("65000"))),
        (OCO, (STOP_LIMIT, TAKE)),
        (OCO, (TRAIL, rest("65000"))),
        (OCO, (STOP, PEG)),
        (OCO, (rest("58000", BUY), trigger("65000", UP, BUY))),
        (OCO, (trigger("58000", DOWN, BUY), trigger("65000", UP, BUY))),
        (OTO, (WORKING, market_request(SELL, order_qty=D(1)))),
        (OTO, (rest("60000", BUY), request("2", "65000", SELL))),
        (OTO, (WORKING, STOP)),
        (OTOCO, (WORKING, STOP, rest("65000"))),
        (OTOCO, (request("1", "61000", SELL), rest("58000", BUY), trigger("65000", UP, BUY))),
        (OPO, (WORKING, unsized(request("1", "65000", SELL)))),
        (OPO, (WORKING, unsized(market_request(SELL, order_qty=D(1))))),
        (OPOCO, (WORKING, unsized(STOP_LIMIT), unsized(TAKE))),
    ],
)
def test_legal(kind, legs):
    assert said(kind, *legs) == []
    assert said(kind, *legs, quote=None) == []


@pytest.mark.parametrize(
    ("kind", "legs", "leg", "field", "text"),
    [
        (OCO, (STOP,), "", "legs", "OCO has 2 legs (below, above), not 1"),
        (OTOCO, (WORKING, STOP), "", "legs", "OTOCO has 3 legs (working, below, above), not 2"),
        (
            OCO,
            (STOP, rest("65000", symbol="ETHBTC")),
            "above",
            "symbol",
            "above leg: ETHBTC is not BTCUSDT: a list is of one symbol",
        ),
        (OCO, (TAKE, rest("65000")), "below", "ord_type", "below leg: that of a sell must be a stop loss"),
        (
            OCO,
            (STOP, request("1", "65000", SELL)),
            "above",
            "ord_type",
            "above leg: that of a sell must be post-only at a price, or a take-profit",
        ),
        (
            OCO,
            (STOP, trigger("65000", UP, BUY)),
            "above",
            "side",
            "above leg: buy: both exits are on one side, and the below leg is a sell",
        ),
        (
            OCO,
            (STOP, rest("65000", qty="2")),
            "above",
            "order_qty",
            "above leg: quantity 2 is not that of the below leg, 1",
        ),
        (
            OCO,
            (STOP, rest("65000", smart_routing=True)),
            "above",
            "smart_routing",
            "above leg: an order list takes no smart order routing",
        ),
        (
            OTO,
            (market_request(order_qty=D(1)), STOP),
            "working",
            "ord_type",
            "working leg: must be a limit order with a price of its own, not market",
        ),
        (
            OTO,
            (WORKING, market_request(SELL, cash_order_qty=D(50))),
            "pending",
            "cash_order_qty",
            "pending leg: quote amount 50: only a quantity can wait for another order",
        ),
        (
            OPO,
            (WORKING, request("1", "65000", SELL)),
            "pending",
            "order_qty",
            "pending leg: quantity 1: this leg takes what the buy receives, and has none of its own",
        ),
        (
            OPO,
            (WORKING, unsized(request("1", "65000"))),
            "pending",
            "side",
            "pending leg: buy: what a buy pays for is sold",
        ),
        (
            OPO,
            (request("1", "61000", SELL), unsized(request("1", "65000", SELL))),
            "working",
            "side",
            "working leg: sell: only a buy can pay for the other orders",
        ),
        (
            OCO,
            (STOP, rest("65000.001")),
            "above",
            "price",
            "above leg: price 65000.001 is not a multiple of the tick 0.01 (nearest 65000)",
        ),
        (
            OTO,
            (WORKING, request("0.00001", "65000", SELL)),
            "pending",
            "order_qty",
            "pending leg: quantity 0.00001 is not a multiple of the step 0.001 (nearest 0.001)",
        ),
        # below < market < above
        (
            OTOCO,
            (WORKING, trigger("66000", DOWN), rest("65000")),
            "below",
            "trigger_price",
            "below leg: 66000 is not below the above leg's 65000",
        ),
        (
            OCO,
            (STOP, rest("60123.30")),
            "above",
            "price",
            "above leg: price 60123.3 is not above the market (bid 60123.3): it would take at once",
        ),
        (
            OCO,
            (rest("60123.55", BUY), trigger("65000", UP, BUY)),
            "below",
            "price",
            "below leg: price 60123.55 is not below the market (ask 60123.55): it would take at once",
        ),
        (
            OCO,
            (trigger("60200", DOWN), rest("65000")),
            "below",
            "trigger_price",
            "below leg: trigger price 60200 of a sell stop must be below the market (ask 60123.55): it would trigger"
            " at once (nearest 60123.29)",
        ),
        # ... and once the working leg has filled
        (
            OTOCO,
            (WORKING, trigger("60000", DOWN), rest("65000")),
            "below",
            "trigger_price",
            "below leg: 60000 is not below 60000, where the working leg fills: it would be reached at once",
        ),
        (
            OTO,
            (WORKING, trigger("60001", DOWN)),
            "pending",
            "trigger_price",
            "pending leg: 60001 is not below 60000, where the working leg fills: it would be reached at once",
        ),
        (
            OPOCO,
            (WORKING, unsized(STOP), unsized(rest("59999"))),
            "above",
            "price",
            "above leg: 59999 is not above 60000, where the working leg fills: it would be reached at once",
        ),
    ],
)
def test_illegal(kind, legs, leg, field, text):
    assert (leg, field, text) in said(kind, *legs)


def test_a_working_leg_that_takes_fills_at_the_market():
    """A buy limit far above the ask is paid the ask: its exits are around that."""
    aggressive = request("1", "66000")
    assert said(OTOCO, aggressive, STOP, rest("65000")) == []
    assert said(OTOCO, aggressive, trigger("60500", DOWN), rest("65000"))[0][:2] == ("below", "trigger_price")
    # Without a quote nobody knows: only what is wrong at any price is refused.
    assert said(OTOCO, aggressive, trigger("60500", DOWN), rest("65000"), quote=None) == []
    assert said(OTOCO, aggressive, trigger("66000", DOWN), rest("67000"), quote=None) != []


def test_pending_legs_are_not_held_against_the_market_of_today():
    """They are placed when the working leg has filled, at another market."""
    working = request("1", "70000", SELL)
    exits = (rest("62000", BUY), trigger("75000", UP, BUY))
    assert said(OTOCO, working, *exits) == []
    assert said(OCO, *exits)[0][:2] == ("below", "price")


@pytest.mark.parametrize(
    ("changes", "kind", "legs", "text"),
    [
        ({"lists": False}, OCO, (STOP, TAKE), "BTCUSDT takes no OCO lists, so no OCO"),
        ({"triggered_lists": False}, OTO, (WORKING, STOP), "BTCUSDT takes no OTO lists, so no OTO"),
        ({"lists": False}, OTOCO, (WORKING, STOP, TAKE), "BTCUSDT takes no OCO lists, so no OTOCO"),
        ({"paying_lists": False}, OPO, (WORKING, unsized(STOP)), "BTCUSDT takes no OPO lists, so no OPO"),
        ({"status": "BREAK"}, OCO, (STOP, TAKE), "BTCUSDT is BREAK, not TRADING: no new orders now"),
    ],
)
def test_what_the_symbol_does_not_take(changes, kind, legs, text):
    found = said(kind, *legs, instrument=msgspec.structs.replace(BTC, **changes))
    assert [one[2] for one in found] == [text]


def test_a_symbol_the_venue_does_not_list_is_said_once():
    assert said(OTOCO, WORKING, STOP, TAKE, instrument=None) == [
        ("", "symbol", "symbol BTCUSDT is not listed by the venue")
    ]


LEGS = (WORKING, STOP, TAKE, STOP_LIMIT, TRAIL, PEG, rest("65000"), rest("58000", BUY), unsized(STOP),
        trigger("65000", UP, BUY), market_request(SELL, order_qty=D(1)))  # fmt: skip


@given(st.sampled_from(ListKind), st.lists(st.sampled_from(LEGS), min_size=1, max_size=4))
def test_never_raises_and_what_passes_has_the_venues_shape(kind, legs):
    found = said(kind, *legs)
    assert all(text and field for _, field, text in found)
    if found:
        return
    assert len(legs) == len(kind.leg_names)
    if kind is not ListKind.OCO:
        assert legs[0].ord_type is OrdType.LIMIT
    if kind.leg_names[-1] == "above":
        below, above = legs[-2:]
        assert below.side is above.side
        assert (below if below.side is SELL else above).contingent
