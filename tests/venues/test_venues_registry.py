"""Venues by name."""

import pytest

from blotter.venues.base import Venue
from blotter.venues.binance import BinanceSpot
from blotter.venues.registry import VENUES, venue


def test_known() -> None:
    made: Venue = venue("binance")
    assert isinstance(made, BinanceSpot)
    assert made.title == "Binance Spot"
    assert venue("binance") is not made


def test_unknown_lists_the_known() -> None:
    with pytest.raises(ValueError, match="venue 'binanse' is unknown; known venues: binance"):
        venue("binanse")


@pytest.mark.parametrize("name", VENUES)
def test_names_agree(name: str) -> None:
    assert venue(name).name == name
