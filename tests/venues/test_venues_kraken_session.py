"""Kraken's Logon, ids and session (other-venues sheet 6.1, 9 and 11): each test is named after the rule it holds."""

import base64
import hashlib
import hmac
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import decode
from blotter.fix.effects import Send
from blotter.fix.session import Instant, LogonHeader, Numbering, Session, SessionConfig
from blotter.fix.values import parse_utc_timestamp
from blotter.venues.base import Endpoint, Environment, Feature, Need, Secrets, SessionKind, VenueSettings
from blotter.venues.kraken import KrakenSpot
from blotter.venues.kraken.ids import Ids
from blotter.venues.kraken.logon import Nonces, logon_fields

OE = SessionKind.ORDER_ENTRY
SECRETS = Secrets(api_key="APIKEY", secret="c2VjcmV0")
NOW = 1_724_512_345_678_000_000
SENDING_TIME = "20240824-15:12:25.678"  # the nonce 1724512345678 of the sheet
ISSUED = VenueSettings(sender_comp_id="CLIENT")


def config(settings: VenueSettings = ISSUED, venue: KrakenSpot | None = None) -> SessionConfig:
    venue = venue or KrakenSpot(settings)
    return venue.session(OE, venue.credentials(SECRETS), "CLIENT", 60)


def logon(session: Session, now: int) -> dict[int, str]:
    instant = Instant(now, 0)
    [draft] = [effect.draft for effect in session.connected(instant) if isinstance(effect, Send)]
    message = decode(session.stamp(draft, instant).data)
    return {int(name): value.decode() for name, value in message.pairs}


def test_signature_section_9_golden_value() -> None:
    credentials = KrakenSpot().credentials(SECRETS)
    header = LogonHeader("A", "CLIENT", "KRAKEN-TRD", 7, SENDING_TIME)
    fields = dict(logon_fields(credentials, 60, True, Nonces(), header))
    assert fields[5025] == "1724512345678"
    assert fields[554] == (
        "MwX+M7nvuHXxD5aGI/TFpghXxg2iblxXYyz7lRzLCPMA4UJYI3osNrUKWCiI3fDnOLkEQ5WKSK58Mp3nvu1Klw=="
    )


def test_signature_text_is_five_fields_each_followed_by_soh_then_the_nonce() -> None:
    sent = logon(Session(config()), NOW)
    text = "35=A\x0134=1\x0149=CLIENT\x0156=KRAKEN-TRD\x01553=APIKEY\x01" + sent[5025]
    digest = hashlib.sha256(text.encode()).digest()
    expected = hmac.new(b"secret", digest, hashlib.sha512).digest()
    assert sent[554] == base64.b64encode(expected).decode()
    assert sent[553] == "APIKEY"


def test_logon_fields_as_the_table_has_them() -> None:
    sent = logon(Session(config()), NOW)
    assert (sent[8], sent[98], sent[108], sent[8674]) == ("FIX.4.4", "0", "60", "0")
    assert 141 not in sent, "numbers go on from connection to connection"
    assert 5030 not in sent, "for emergencies only"
    assert sent[52] == SENDING_TIME, "milliseconds"


def test_signed_anew_on_each_attempt_with_a_nonce_that_rises_even_within_a_millisecond() -> None:
    venue = KrakenSpot(ISSUED)
    first = logon(Session(config(venue=venue)), NOW)
    second = logon(Session(config(venue=venue)), NOW)
    third = logon(Session(config(venue=venue)), NOW + 50_000_000)
    assert int(first[5025]) < int(second[5025]) < int(third[5025])
    assert len({first[554], second[554], third[554]}) == 3


@given(st.lists(st.integers(0, 2_000_000_000_000_000_000), min_size=2, max_size=20))
def test_nonces_rise_whatever_the_clock_does(times: list[int]) -> None:
    from blotter.fix.values import utc_timestamp

    nonces = Nonces()
    made = [nonces.next(utc_timestamp(at, 3)) for at in times]
    assert made == sorted(set(made))


def test_nonce_is_within_5_seconds_because_it_is_the_sending_time() -> None:
    sent = logon(Session(config()), NOW)
    assert int(sent[5025]) * 1_000_000 == parse_utc_timestamp(sent[52])


def test_secrets_are_masked_and_in_no_repr_or_error() -> None:
    venue = KrakenSpot()
    assert {553, 554} <= venue.secret_tags
    assert "c2Vj" not in repr(venue.credentials(SECRETS))
    assert "APIKEY" not in repr(venue.credentials(SECRETS))
    with pytest.raises(ValueError, match="secret_file is no base64") as caught:
        venue.credentials(Secrets(api_key="APIKEY", secret="sécret!"))
    assert "cret!" not in str(caught.value)


def test_needs() -> None:
    assert KrakenSpot.needs == {Need.API_KEY, Need.SECRET}


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        (Environment.LIVE, "colo-london.vip-fix.kraken.com"),
        (Environment.TESTNET, "colo-london.vip-fix.uat.kraken.com"),
    ],
)
def test_hosts_and_ports_of_spot_trading_over_tls(environment: Environment, host: str) -> None:
    assert KrakenSpot().endpoint(environment, OE) == Endpoint(host, 4001, tls=True)


@pytest.mark.parametrize("environment", [Environment.EMBEDDED, Environment.DEMO])
def test_other_environments_are_unknown(environment: Environment) -> None:
    with pytest.raises(KeyError):
        KrakenSpot().endpoint(environment, OE)


def test_market_data_sessions_are_not_built_and_not_offered() -> None:
    assert KrakenSpot().kinds() == (OE,)
    with pytest.raises(KeyError):
        KrakenSpot().endpoint(Environment.LIVE, SessionKind.MARKET_DATA)


def test_comp_ids_49_is_issued_56_is_kraken_trd() -> None:
    assert KrakenSpot(ISSUED).comp_id("BLTO", 7) == "CLIENT"
    assert config().target_comp_id == "KRAKEN-TRD"
    other = VenueSettings(sender_comp_id="CLIENT", target_comp_id="KRAKEN-OTHER")
    assert config(other).target_comp_id == "KRAKEN-OTHER"
    with pytest.raises(ValueError, match="sender_comp_id is missing: Kraken issues it"):
        KrakenSpot().comp_id("BLTO", 0)


def test_derivatives_comp_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="sender_comp_id 'CLIENT_DRV': is of a derivatives session"):
        KrakenSpot(VenueSettings(sender_comp_id="CLIENT_DRV")).comp_id("BLTO", 0)


def test_sequence_continues_and_resend_is_the_recovery_path() -> None:
    made = config()
    assert KrakenSpot.numbering is made.numbering is Numbering.CONTINUOUS
    assert not made.reset_on_logon


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def test_sequence_rolls_every_day_at_22_utc_for_about_30_seconds() -> None:
    hours = KrakenSpot().hours(OE)
    assert hours is not None
    assert hours.numbers is None
    assert hours.up.same_run(at("2026-01-05T22:01:00"), at("2026-01-06T21:59:59"))
    assert not hours.up.same_run(at("2026-01-05T21:59:59"), at("2026-01-05T22:01:00"))
    assert hours.up.window(at("2026-07-05T22:00:10")) is None, "while it rolls nobody is let in"
    assert hours.up.window(at("2026-07-05T22:00:31")) is not None


@pytest.mark.parametrize(
    ("setting", "tag", "words"),
    [
        (None, "0", "canceled by the venue"),
        (True, "0", "canceled by the venue"),
        (False, "1", "open orders stay"),
    ],
)
def test_cancel_on_disconnect_8674_is_on_unless_it_is_turned_off(
    setting: bool | None, tag: str, words: str
) -> None:
    settings = VenueSettings(sender_comp_id="CLIENT", cancel_on_disconnect=setting)
    assert logon(Session(config(settings)), NOW)[8674] == tag
    assert words in KrakenSpot(settings).when_disconnected
    assert Feature.CANCEL_ON_DISCONNECT in KrakenSpot(settings).features


def test_ids_are_microseconds_of_at_most_18_digits() -> None:
    made = KrakenSpot().cl_ord_id("k7qd", "", 12, NOW)
    assert made == str(NOW // 1000)
    assert len(made) <= 18


@given(st.lists(st.tuples(st.sampled_from(["", "l", "r"]), st.integers(0, 10**19)), min_size=2, max_size=30))
def test_ids_only_ever_rise_whatever_kind_and_clock(asked: list[tuple[str, int]]) -> None:
    venue = KrakenSpot()
    made = [int(venue.cl_ord_id("k7qd", kind, n, at)) for n, (kind, at) in enumerate(asked)]
    assert all(a < b for a, b in itertools.pairwise(made))


def test_ids_within_one_microsecond_differ() -> None:
    ids = Ids()
    assert [ids.next(NOW), ids.next(NOW), ids.next(NOW + 999)] == [
        "1724512345678000",
        "1724512345678001",
        "1724512345678002",
    ]


def test_evidence() -> None:
    assert KrakenSpot.evidence == "built from documentation, not certified"


def test_limits_of_a_session_are_in_no_document_so_restraint_is_ours() -> None:
    limits = KrakenSpot().connection_limits(OE)
    assert (limits.attempts, limits.window, limits.messages, limits.message_window) == (10, 60.0, 100, 1.0)
    assert KrakenSpot().comp_id_blocked_for(60) == 0
