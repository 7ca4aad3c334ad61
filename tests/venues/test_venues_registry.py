"""Venues by name."""

from pathlib import Path

import pytest

from blotter.config import EMBEDDED, VenueConfig
from blotter.desk.setup import Announced, account
from blotter.venues.base import Environment, Feature, Venue, VenueSettings
from blotter.venues.binance import BinanceSpot
from blotter.venues.registry import VENUES, venue
from blotter.venues.signing import generate_ed25519


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


def test_a_setting_reaches_the_dialect() -> None:
    assert Feature.THREE_LEG_LISTS not in venue("binance").features
    assert Feature.THREE_LEG_LISTS in venue("binance", VenueSettings(three_leg_lists=True)).features


@pytest.mark.parametrize(
    ("environment", "asked", "there"),
    [
        (Environment.EMBEDDED, None, True),
        (Environment.EMBEDDED, False, False),
        (Environment.TESTNET, None, False),
        (Environment.LIVE, True, True),
    ],
)
def test_lists_of_three_legs_are_a_setting_and_on_where_no_money_is(
    environment: Environment, asked: bool | None, there: bool, tmp_path: Path
) -> None:
    private, api = tmp_path / "key.pem", tmp_path / "api-key"
    generate_ed25519(private)
    api.write_text("key-of-a-test")
    api.chmod(0o600)
    config = VenueConfig(
        environment=environment,
        three_leg_lists=asked,
        private_key_file=str(private),
        api_key_file=str(api),
        order_entry="127.0.0.1:1",
    )
    assert (Feature.THREE_LEG_LISTS in account("a", config, None).venue.features) == there


def test_the_embedded_exchange_takes_lists_of_three_legs_as_it_is(tmp_path: Path) -> None:
    generate_ed25519(tmp_path / "key.pem")
    announced = Announced(
        fix={"oe": "127.0.0.1:1"},
        ca_file="ca.pem",
        api_key="key",
        private_key_file=str(tmp_path / "key.pem"),
        symbols=("BTCUSDT",),
    )
    assert Feature.THREE_LEG_LISTS in account("embedded", EMBEDDED, announced).venue.features
