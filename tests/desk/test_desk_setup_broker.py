"""A broker's table of the configuration, resolved: files, comp ids, instruments, TLS; each mistake at its key."""

from pathlib import Path

import pytest

from blotter.config import ConfigError, load, schema
from blotter.desk.setup import Account, account
from blotter.venues.base import Endpoint

BROKER = """
venue = "fix44"
environment = "live"
order_entry = "fix.broker.example:9878"
sender_comp_id = "DESK01"
target_comp_id = "BROKER"
"""
SIGNED = """
[venues.broker.fix.logon]
signer = "hmac-sha256"
signed = "{sending_time}{key}"
fields = { 553 = "{key}", 96 = "{signature}" }
"""
BTC = """
[venues.broker.instruments."BTC/USD"]
base = "BTC"
quote = "USD"
tick_size = 0.01
step_size = 0.0001
"""


def resolved(directory: Path, text: str) -> Account:
    path = directory / "config.toml"
    path.write_text(f'venue = "broker"\n[venues.broker]\n{text}')
    config = load(path)
    return account("broker", config.venues["broker"], None)


def secrets(directory: Path) -> str:
    lines = []
    for name in ("api_key_file", "secret_file"):
        file = directory / name
        file.write_text(f"the-{name}")
        file.chmod(0o600)
        lines.append(f'{name} = "{file}"\n')
    return "".join(lines)


def test_a_broker(tmp_path: Path) -> None:
    chosen = resolved(tmp_path, BROKER + secrets(tmp_path) + SIGNED + BTC)
    assert chosen.venue.name == "fix44"
    (link,) = chosen.links
    assert link.endpoint == Endpoint("fix.broker.example", 9878, tls=True)
    assert [one.symbol for one in chosen.instruments] == ["BTC/USD"]
    assert chosen.credentials.api_key == "the-api_key_file"
    assert "the-" not in repr(chosen)
    assert chosen.rest == ""


def test_without_tls_where_the_user_says_so(tmp_path: Path) -> None:
    (link,) = resolved(tmp_path, BROKER + "tls = false\n").links
    assert link.endpoint == Endpoint("fix.broker.example", 9878, tls=False)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (
            'order_entry = "fix.broker.example:9878"\n',
            "",
            "FIX broker has none that is known: name order_entry",
        ),
        ('sender_comp_id = "DESK01"', "", "sender_comp_id is missing: FIX broker issues it"),
        ('target_comp_id = "BROKER"', "", "target_comp_id: must not be empty"),
        ("[venues.broker.fix.logon]", "[venues.broker.fix.logn]", "logn"),
        ("hmac-sha256", "md5", "venues.broker.fix.logon.signer"),
        ("{sending_time}{key}", "{sendingtime}", "fix.logon.signed has {sendingtime}, which is none of"),
        ("files", "", "api_key_file is missing: a file of mode 0600 that holds the API key"),
        ("tick_size = 0.01", "tick_size = 0", "instruments.BTC/USD.tick_size = 0: must be a positive number"),
        ('base = "BTC"\n', "", "venues.broker.instruments.BTC/USD: Object missing required field `base`"),
        ('venue = "fix44"', 'venue = "kraken"', 'fix: only with venue = "fix44"'),
        ('venue = "fix44"', 'venue = "fix45"', "venue 'fix45' is unknown; known venues: "),
    ],
)
def test_a_mistake_is_told_at_its_key(tmp_path: Path, old: str, new: str, cause: str) -> None:
    text = BROKER + ("" if old == "files" else secrets(tmp_path)) + SIGNED + BTC
    with pytest.raises(ConfigError) as refused:
        resolved(tmp_path, text.replace(old, new))
    assert cause in str(refused.value)
    assert "venues.broker" in str(refused.value)
    assert "the-" not in str(refused.value)


def test_a_venue_that_lists_its_own_takes_no_instruments(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k")
    key.chmod(0o600)
    from blotter.venues.signing import generate_ed25519

    generate_ed25519(tmp_path / "pem")
    text = f'environment = "testnet"\napi_key_file = "{key}"\nprivate_key_file = "{tmp_path / "pem"}"\n{BTC}'
    with pytest.raises(ConfigError, match=r"\[venues.broker\] instruments: Binance Spot lists its own"):
        resolved(tmp_path, text)


def test_the_schema_covers_a_broker() -> None:
    made = schema()["$defs"]
    assert set(made["FixProfile"]["properties"]) >= {"begin_string", "header", "logon", "orders", "hours"}
    assert made["InstrumentTerms"]["required"] == ["base", "quote", "tick_size", "step_size"]
    assert made["LogonProfile"]["additionalProperties"] is False
