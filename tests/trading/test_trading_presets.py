"""Quantities on the number keys: what a preset may be, and what it is for the other side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.enums import Side
from blotter.trading.presets import mirrored, preset, problem

PRESETS = {"*": ("1", "100usdt"), "BTCUSDT": ("0.01", "0.05 @bid-1")}


@pytest.mark.parametrize(
    ("text", "symbol", "side", "meant"),
    [
        ("#1", "BTCUSDT", Side.BUY, "0.01"),
        ("#1", "BTCUSDT", Side.SELL, "0.01"),
        ("#2", "BTCUSDT", Side.BUY, "0.05 @bid-1"),
        ("#2", "BTCUSDT", Side.SELL, "0.05 @ask+1"),
        ("#2", "ETHUSDT", Side.SELL, "100usdt"),
        ("#3", "BTCUSDT", Side.BUY, None),
        ("#0", "BTCUSDT", Side.BUY, None),
        ("#", "BTCUSDT", Side.BUY, None),
        ("#11", "BTCUSDT", Side.BUY, None),
    ],
)
def test_lookup(text, symbol, side, meant):
    assert preset(text, symbol, side, PRESETS) == meant


def test_no_presets():
    assert preset("#1", "BTCUSDT", Side.BUY, {}) is None


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("1", "1"),
        ("1 @bid", "1 @ask"),
        ("1 @ask+2", "1 @bid-2"),
        ("1 @mid-1", "1 @mid+1"),
        ("1 @join", "1 @join"),
    ],
)
def test_mirrored(words, other):
    assert mirrored(words) == other
    assert mirrored(other) == words


@pytest.mark.parametrize(
    "words", ["1", "0.05", "1k", "100usdt", "1_000", "0.05 @bid-1", "0.05@mid", "1 @ join"]
)
def test_what_a_preset_may_be(words):
    assert problem(words) == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "is empty: a quantity goes here"),
        ("much", "much is not a number"),
        ("0", "quantity 0 must be above 0"),
        ("0,5", "0,5: use a point for decimals; a comma or underscore only groups thousands (1,000)"),
        ("1 btc", "1 btc: after the quantity only a price word may stand, as in 0.05 @bid-1"),
        ("1 @60000", "1 @60000: after the quantity only a price word may stand, as in 0.05 @bid-1"),
    ],
)
def test_what_it_may_not_be(words, why):
    assert problem(words) == why


@given(st.text(max_size=20))
def test_never_raises(words):
    problem(words)
    mirrored(words)
    preset(words, "BTCUSDT", Side.SELL, PRESETS)
