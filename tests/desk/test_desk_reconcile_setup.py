"""Where REST is asked: the venue's own address, the configured one, or what the embedded exchange announces."""

import msgspec
import pytest

from blotter.config import ConfigError, VenueConfig
from blotter.desk.setup import Announced, account
from blotter.venues.base import Environment
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
