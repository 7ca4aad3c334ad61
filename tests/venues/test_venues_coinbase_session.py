"""Coinbase Exchange's Logon, ids and session (other-venues sheet 5.1, 9 and 11): each test is named after its rule."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import decode
from blotter.fix.effects import Send
from blotter.fix.session import Instant, LogonHeader, Numbering, Session, SessionConfig
from blotter.venues.base import Endpoint, Environment, Feature, Need, Secrets, SessionKind, VenueSettings
from blotter.venues.coinbase import CoinbaseExchange
from blotter.venues.coinbase.logon import logon_fields

OE = SessionKind.ORDER_ENTRY
SECRETS = Secrets(api_key="KEY", secret="U0VDUkVU", passphrase="PASS")
NOW = 1_767_225_600_000_000_000  # 20260101-00:00:00.000


def config(settings: VenueSettings | None = None, heart_bt_int: int = 30) -> SessionConfig:
    venue = CoinbaseExchange(settings or VenueSettings())
    return venue.session(OE, venue.credentials(SECRETS), venue.comp_id("BLTO", 0), heart_bt_int)


def logon(session: Session, now: int = NOW) -> dict[int, str]:
    instant = Instant(now, 0)
    [draft] = [effect.draft for effect in session.connected(instant) if isinstance(effect, Send)]
    message = decode(session.stamp(draft, instant).data)
    return {int(name): value.decode() for name, value in message.pairs}


def test_signature_section_9_golden_value() -> None:
    header = LogonHeader("A", "KEY", "Coinbase", 1, "20260101-00:00:00.000")
    fields = dict(logon_fields(CoinbaseExchange().credentials(SECRETS), 30, False, header))
    assert fields[96] == "uXP+jlew+97QpUHgDXfmTKN/qEUnyqvTsC4SWg7FA4A="
    assert fields[95] == "44"


def test_signature_covers_six_values_joined_by_soh_with_the_secret_decoded() -> None:
    sent = logon(Session(config()), NOW + 123_456_789)
    text = "\x01".join((sent[52], "A", "1", "KEY", "Coinbase", "PASS"))
    expected = hmac.new(b"SECRET", text.encode(), hashlib.sha256).digest()
    assert sent[96] == base64.b64encode(expected).decode()
    assert (sent[553], sent[554]) == ("KEY", "PASS")


def test_strictness_sending_time_has_exactly_three_decimals_and_34_no_leading_zero() -> None:
    sent = logon(Session(config()), NOW + 123_456_789)
    assert (sent[52], sent[34]) == ("20260101-00:00:00.123", "1")


def test_version_is_fixt11_with_1137_9() -> None:
    sent = logon(Session(config()))
    assert (sent[8], sent[1137]) == ("FIXT.1.1", "9")


def test_signed_anew_on_each_attempt() -> None:
    made = config()
    assert logon(Session(made), NOW)[96] != logon(Session(made), NOW + 1_000_000)[96]


def test_sequence_always_from_1_and_141_y_so_that_both_sides_restart() -> None:
    made = config()
    assert CoinbaseExchange.numbering is made.numbering is Numbering.PER_CONNECTION
    sent = logon(Session(made))
    assert (sent[34], sent[141], sent[98]) == ("1", "Y", "0")


def test_comp_ids_49_is_the_api_key_56_is_coinbase() -> None:
    sent = logon(Session(config()))
    assert (sent[49], sent[56]) == ("KEY", "Coinbase")
    assert config(VenueSettings(target_comp_id="Other")).target_comp_id == "Other"
    venue = CoinbaseExchange()
    assert venue.comp_id("BLTO", 1) == venue.comp_id("BLTO", 2) == "API-KEY", "shown; the key itself is not"


def test_secrets_are_masked_where_they_stand_in_headers_too_and_in_no_repr() -> None:
    venue = CoinbaseExchange()
    assert venue.secret_tags == {49, 56, 96, 553, 554}
    shown = repr(venue.credentials(SECRETS))
    assert not any(secret in shown for secret in ("KEY,", "U0VD", "PASS"))
    with pytest.raises(ValueError, match="secret_file is no base64"):
        venue.credentials(Secrets(api_key="KEY", secret="no base64!", passphrase="PASS"))


def test_needs() -> None:
    assert CoinbaseExchange.needs == {Need.API_KEY, Need.SECRET, Need.PASSPHRASE}


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        (Environment.LIVE, "fix-ord.exchange.coinbase.com"),
        (Environment.TESTNET, "fix-ord.sandbox.exchange.coinbase.com"),
    ],
)
def test_hosts(environment: Environment, host: str) -> None:
    assert CoinbaseExchange().endpoint(environment, OE) == Endpoint(host, 6121, tls=True)


@pytest.mark.parametrize("environment", [Environment.EMBEDDED, Environment.DEMO])
def test_other_environments_are_unknown(environment: Environment) -> None:
    with pytest.raises(KeyError):
        CoinbaseExchange().endpoint(environment, OE)


@pytest.mark.parametrize("heart_bt_int", [1, 10, 30])
def test_heartbeat_up_to_30(heart_bt_int: int) -> None:
    assert logon(Session(config(heart_bt_int=heart_bt_int)))[108] == str(heart_bt_int)


@pytest.mark.parametrize("heart_bt_int", [0, 31, 60])
def test_heartbeat_above_30_is_refused(heart_bt_int: int) -> None:
    with pytest.raises(ValueError, match=f"heart_bt_int {heart_bt_int}: must be from 1 to 30 seconds"):
        config(heart_bt_int=heart_bt_int)


def test_limits_100_requests_a_second_and_2_logons_a_second() -> None:
    limits = CoinbaseExchange().connection_limits(OE)
    assert (limits.attempts, limits.window) == (2, 1.0)
    assert (limits.messages, limits.message_window) == (100, 1.0)


def test_sessions_end_weekly_saturday_13_new_york() -> None:
    hours = CoinbaseExchange().hours(OE)
    assert hours is not None

    def at(text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000

    winter = hours.up.window(at("2026-01-07T12:00:00"))
    assert winter is not None
    assert winter.closes == at("2026-01-10T18:00:00")
    summer = hours.up.window(at("2026-07-08T12:00:00"))
    assert summer is not None
    assert summer.closes == at("2026-07-11T17:00:00")
    assert hours.up.window(winter.closes) is not None, "it may log on again at once"


@pytest.mark.parametrize(
    ("setting", "tag", "words"),
    [
        (None, None, "open orders stay"),
        (False, None, "open orders stay"),
        (True, "S", "canceled by the venue"),
    ],
)
def test_cancel_on_disconnect_8013(setting: bool | None, tag: str | None, words: str) -> None:
    settings = VenueSettings(cancel_on_disconnect=setting)
    assert logon(Session(config(settings))).get(8013) == tag
    assert words in CoinbaseExchange(settings).when_disconnected
    assert Feature.CANCEL_ON_DISCONNECT in CoinbaseExchange(settings).features


@given(st.sampled_from(["", "l", "r"]), st.integers(0, 10**9), st.integers(0, 10**19))
def test_ids_are_lower_case_uuids_of_version_4_that_tell_requests_apart(
    kind: str, number: int, at: int
) -> None:
    venue = CoinbaseExchange()
    made = venue.cl_ord_id("k7qd", kind, number, at)
    parsed = UUID(made)
    assert (parsed.version, str(parsed), made.lower()) == (4, made, made)
    assert parsed.variant == "specified in RFC 4122"
    assert made == venue.cl_ord_id("k7qd", kind, number, at), "made from the request, not by chance"
    assert made != venue.cl_ord_id("k7qd", kind, number, at + 1), "a counter that begins again harms nothing"
    assert made != venue.cl_ord_id("k7qd", kind, number + 1, at)
    assert made != venue.cl_ord_id("k7qe", kind, number, at)
    assert made != venue.cl_ord_id("k7qd", kind + "r", number, at)


def test_evidence() -> None:
    assert CoinbaseExchange.evidence == "built from documentation, not certified"
