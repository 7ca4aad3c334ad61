"""What the README says of a broker's profile: every key with its default, and two Logons byte for byte."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from blotter import config as configuration
from blotter.fix.session import Instant, Send, Session
from blotter.venues.base import Secrets, SessionKind, VenueSettings
from blotter.venues.fix44.broker import PlainFix
from blotter.venues.fix44.profile import FixProfile, HoursProfile, LogonProfile, OrdersProfile
from blotter.venues.instruments import InstrumentTerms

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NOW = Instant(1_767_225_600_250_000_000, 1)  # 2026-01-01 00:00:00.250 UTC
OWN = {
    "FixProfile": {"header", "when_disconnected", "logon", "orders", "hours"},
    "LogonProfile": {"signer", "fields"},
    "OrdersProfile": {"mass_status", "extra", "omit"},
}
"""Keys that stand there with another value than their default."""


def block(name: str) -> str:
    found = re.search(rf"^<!-- {re.escape(name)} -->\n```toml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_profile_loads_and_makes_a_broker(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(block("broker"))
    name, venue = configuration.profile(configuration.load(path))
    assert (name, venue.venue, venue.tls) == ("broker", "fix44", True)
    made = PlainFix(VenueSettings(sender_comp_id="A", target_comp_id="B", fix=venue.fix))
    assert made.hours(SessionKind.ORDER_ENTRY) is not None
    assert made.when_disconnected == "all open orders are cancelled"


def test_the_profile_names_every_key_with_its_default() -> None:
    text = re.sub(r"^# (?=\w+ = )", "", block("broker"), flags=re.MULTILINE)
    table = tomllib.loads(text)["venues"]["broker"]

    def keys(struct: type[msgspec.Struct]) -> set[str]:
        return {field.encode_name for field in msgspec.structs.fields(struct)}

    fix = table["fix"]
    assert set(fix) == keys(FixProfile)
    assert set(fix["hours"]) == keys(HoursProfile)
    assert set(table["instruments"]["BTC/USD"]) == keys(InstrumentTerms)
    for stated, struct in ((fix, FixProfile), (fix["logon"], LogonProfile), (fix["orders"], OrdersProfile)):
        assert set(stated) == keys(struct)
        default = msgspec.to_builtins(struct())
        for key in keys(struct) - OWN[struct.__name__]:
            assert stated[key] == default[key], key


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "epoch milliseconds",
            "98=0|108=30|95=64|96=11a541be7396d6d9e202e6e5c735fbb7f8a7a607546900f2cb130afeed5e47d1|554=KEY",
        ),
        (
            "key, secret, passphrase",
            "98=0|108=30|553=KEY|554=PASS|95=44|96=/TSW44qc8DchLF17XKNCV0LFKGWAzzESTGoYJRyeRiw=",
        ),
    ],
)
def test_a_logon_is_what_stands_there_byte_for_byte(name: str, body: str) -> None:
    """The signatures were computed apart, with `openssl dgst -sha256 -hmac SECRET`."""
    logon = tomllib.loads(block(f"logon: {name}"))["venues"]["broker"]["fix"]["logon"]
    profile = FixProfile(logon=msgspec.convert(logon, LogonProfile))
    venue = PlainFix(VenueSettings(sender_comp_id="DESK", target_comp_id="BROKER", fix=profile))
    credentials = venue.credentials(Secrets(api_key="KEY", secret="SECRET", passphrase="PASS"))
    session = Session(venue.session(SessionKind.ORDER_ENTRY, credentials, "DESK", 30))
    (send,) = (effect for effect in session.connected(NOW) if isinstance(effect, Send))
    raw = session.stamp(send.draft, NOW).data.decode().replace("\x01", "|")
    header = "35=A|49=DESK|56=BROKER|34=1|52=20260101-00:00:00.250"
    assert re.fullmatch(rf"8=FIX\.4\.4\|9=\d+\|{re.escape(f'{header}|{body}')}\|10=\d\d\d\|", raw), raw
