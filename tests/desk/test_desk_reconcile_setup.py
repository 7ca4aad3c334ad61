"""Where REST is asked: the venue's own address, the configured one, or what the embedded exchange announces."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from blotter.config import ConfigError, VenueConfig
from blotter.desk.setup import Announced, account
from blotter.venues.base import Environment
from blotter.venues.instruments import InstrumentTerms
from blotter.venues.signing import generate_ed25519


@pytest.fixture
def keys(tmp_path):
    private, api = tmp_path / "key.pem", tmp_path / "api-key"
    generate_ed25519(private)
    api.write_text("key-of-a-test")
    api.chmod(0o600)
    return {"private_key_file": str(private), "api_key_file": str(api)}


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        (Environment.LIVE, "https://api.binance.com"),
        (Environment.TESTNET, "https://testnet.binance.vision"),
        (Environment.DEMO, "https://demo-api.binance.com"),
    ],
)
def test_each_environment_has_its_own(environment, base, keys):
    assert account("a", VenueConfig(environment=environment, **keys), None).rest == base


def test_the_config_can_say_otherwise(keys):
    config = VenueConfig(environment=Environment.LIVE, rest="https://api1.binance.com:443/", **keys)
    assert account("a", config, None).rest == "https://api1.binance.com:443"


@pytest.mark.parametrize(
    "address",
    [
        "http://api.binance.com",
        "api.binance.com",
        "https://",
        "https://h/api",
        "https://u:p@h",
        "https://h?x=1",
    ],
)
def test_what_is_no_safe_address_is_refused_by_name(address, keys):
    with pytest.raises(ConfigError, match=r"\[venues.a\] rest"):
        account("a", VenueConfig(environment=Environment.LIVE, rest=address, **keys), None)


@pytest.mark.parametrize("rest", ["", "https://127.0.0.1:4443"])
def test_the_embedded_exchange_announces_it(rest, keys):
    line = {
        "fix": {"oe": "127.0.0.1:1"},
        "ca_file": "ca.pem",
        "api_key": "key",
        "private_key_file": keys["private_key_file"],
        "symbols": ["BTCUSDT"],
    }
    if rest:
        line["rest"] = rest
    announced = msgspec.json.decode(msgspec.json.encode(line), type=Announced)
    assert account("embedded", VenueConfig(), announced).rest == rest


BTC = InstrumentTerms(base="BTC", quote="USDT", tick_size=Decimal("0.1"), step_size=Decimal("0.000001"))


@pytest.fixture
def bybit(keys):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    Path(keys["private_key_file"]).write_bytes(pem)
    return {"venue": "bybit", **keys}


def test_a_venue_that_lists_by_rest_takes_no_instruments_where_rest_is(bybit):
    chosen = account("a", VenueConfig(environment=Environment.TESTNET, **bybit), None)
    assert (chosen.rest, chosen.instruments) == ("https://api-testnet.bybit.com", ())
    with pytest.raises(ConfigError, match=r"\[venues.a\] instruments: Bybit lists its own"):
        account(
            "a", VenueConfig(environment=Environment.TESTNET, instruments={"BTCUSDT": BTC}, **bybit), None
        )


def test_the_embedded_exchange_has_no_rest_in_another_dialect_and_says_what_it_lists(bybit):
    line = {
        "venue": "bybit",
        "fix": {"oe": "127.0.0.1:1"},
        "ca_file": "ca.pem",
        "api_key": "key",
        "private_key_file": bybit["private_key_file"],
        "symbols": ["BTCUSDT"],
        "instruments": {"BTCUSDT": BTC},
    }
    announced = msgspec.json.decode(msgspec.json.encode(line), type=Announced)
    chosen = account("embedded", VenueConfig(venue="bybit"), announced)
    assert chosen.rest == ""
    assert [one.symbol for one in chosen.instruments] == ["BTCUSDT"]
