"""Position arithmetic, by examples a person can check and by the cash identity for any run of trades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import D

from blotter.trading.enums import Side
from blotter.trading.event import Fee
from blotter.trading.position import Position

BUY, SELL = Side.BUY, Side.SELL


def after(*trades):
    position = Position(symbol="BTCUSDT")
    for side, qty, px in trades:
        position = position.traded(side, D(qty), D(qty) * D(px))
    return position


@pytest.mark.parametrize(
    ("trades", "net", "cost", "realised"),
    [
        ([(BUY, 2, 100)], 2, 100, 0),
        ([(BUY, 2, 100), (BUY, 2, 110)], 4, 105, 0),
        ([(BUY, 4, 100), (SELL, 1, 110)], 3, 100, 10),
        ([(BUY, 4, 100), (SELL, 4, 90)], 0, 0, -40),
        ([(BUY, 4, 100), (SELL, 6, 110)], -2, 110, 40),
        ([(SELL, 2, 100)], -2, 100, 0),
        ([(SELL, 2, 100), (SELL, 2, 120)], -4, 110, 0),
        ([(SELL, 4, 100), (BUY, 1, 90)], -3, 100, 10),
        ([(SELL, 4, 100), (BUY, 6, 110)], 2, 110, -40),
        ([(BUY, 1, 100), (SELL, 1, 110), (BUY, 1, 120)], 1, 120, 10),
    ],
)
def test_examples(trades, net, cost, realised):
    position = after(*trades)
    assert (position.net_qty, position.avg_cost, position.realised) == (D(net), D(cost), D(realised))


def test_turnover():
    position = after((BUY, 4, 100), (SELL, 6, 110))
    assert (position.bought_qty, position.sold_qty) == (D(4), D(6))


def test_fees_are_summed_by_asset():
    position = Position(symbol="X").charged([Fee(D("0.1"), "BNB"), Fee(D(1), "USDT")])
    position = position.charged([Fee(D("0.2"), "BNB")])
    assert position.fees == (Fee(D("0.3"), "BNB"), Fee(D(1), "USDT"))


trade = st.tuples(
    st.sampled_from(Side), st.integers(1, 1000).map(lambda n: D(n) / 100), st.integers(1, 1000).map(D)
)


@given(st.lists(trade, max_size=30))
def test_realised_is_cash_and_what_is_held_at_cost(trades):
    position = after(*trades)
    cash = -sum((side.sign * qty * px for side, qty, px in trades), D(0))
    assert position.net_qty == position.bought_qty - position.sold_qty
    assert abs(position.realised - (cash + position.net_qty * position.avg_cost)) < D("1e-15")
    assert (position.avg_cost == 0) == (position.net_qty == 0)
