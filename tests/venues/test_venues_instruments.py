"""Instruments as the user states them."""

from decimal import Decimal

import pytest

from blotter.trading.instrument import Instrument
from blotter.venues.instruments import InstrumentTerms, instruments, lists_its_own
from blotter.venues.registry import venue


def terms(**changes: str) -> InstrumentTerms:
    steps = {"tick_size": "0.5", "step_size": "0.001"} | changes
    return InstrumentTerms(base="BTC", quote="USD", **{name: Decimal(value) for name, value in steps.items()})


def test_what_is_stated_is_what_is_known() -> None:
    (one,) = instruments({"BTC/USD": terms(min_qty="0.01", max_qty="5", min_notional="10")})
    assert one == Instrument(
        symbol="BTC/USD",
        base="BTC",
        quote="USD",
        tick_size=Decimal("0.5"),
        step_size=Decimal("0.001"),
        min_qty=Decimal("0.01"),
        max_qty=Decimal(5),
        min_notional=Decimal(10),
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"tick_size": "0"}, "instruments.X.tick_size = 0: must be a positive number"),
        ({"step_size": "-1"}, "instruments.X.step_size = -1: must be a positive number"),
        ({"min_notional": "NaN"}, "instruments.X.min_notional = NaN: must be a positive number"),
        (
            {"min_qty": "0.0005"},
            "instruments.X.min_qty = 0.0005: must be a whole multiple of step_size 0.001",
        ),
        ({"max_price": "7.3"}, "instruments.X.max_price = 7.3: must be a whole multiple of tick_size 0.5"),
        ({"min_qty": "2", "max_qty": "1"}, "instruments.X.min_qty = 2: is above max_qty"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, str], rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{rule}$"):
        instruments({"X": terms(**changes)})


def test_who_lists_what_may_be_traded() -> None:
    assert lists_its_own(venue("binance"), by_rest=False)
    assert not lists_its_own(venue("fix44"), by_rest=False)
    assert lists_its_own(venue("bybit"), by_rest=True)
