"""A broker by its profile: what is logged on with, byte for byte; what a profile may say; what makes no sense."""

import base64
import re
import tomllib
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from blotter.fix.codec import decode, encode
from blotter.fix.session import Instant, Numbering, Send, Session
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import ExecutionReport
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AskOrder,
    CancelOrder,
    Environment,
    Feature,
    Need,
    NewOrder,
    Secrets,
    SessionKind,
    VenueSettings,
)
from blotter.venues.fix44.broker import PlainFix
from blotter.venues.fix44.profile import FixProfile

NOW = Instant(1_767_225_600_250_000_000, 1)  # 2026-01-01 00:00:00.250 UTC
AT = NOW.wall
SECRETS = Secrets(api_key="KEY", secret="SECRET", passphrase="PASS")
LIMIT = OrderRequest(
    symbol="BTC/USD",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("1.5"),
    price=Decimal(60000),
    time_in_force=TimeInForce.DAY,
)


def profile(text: str = "") -> FixProfile:
    return msgspec.convert(tomllib.loads(text), FixProfile)


def broker(text: str = "") -> PlainFix:
    settings = VenueSettings(sender_comp_id="DESK", target_comp_id="BROKER", fix=profile(text))
    return PlainFix(settings)


def logon(venue: PlainFix, secrets: Secrets = SECRETS) -> str:
    credentials = venue.credentials(secrets)
    session = Session(venue.session(SessionKind.ORDER_ENTRY, credentials, venue.comp_id("X", 0), 30))
    (send,) = (effect for effect in session.connected(NOW) if isinstance(effect, Send))
    return session.stamp(send.draft, NOW).data.decode().replace("\x01", "|")


def body(raw: str) -> str:
    """Without 8, 9 and 10."""
    return raw.split("|", 2)[2].rsplit("10=", 1)[0].rstrip("|")


HEADER = "35=A|49=DESK|56=BROKER|34=1|52=20260101-00:00:00.250"


# --- the Logon ---------------------------------------------------------------------------------------------


def test_the_plainest_logon() -> None:
    assert body(logon(broker())) == f"{HEADER}|98=0|108=30"


MILLISECONDS = """
    [logon]
    signer = "hmac-sha256"
    signature = "hex"
    signed = "{epoch_ms}{msg_type}{msg_seq_num}{sender_comp_id}{target_comp_id}"
    fields = { 96 = "{signature}", 554 = "{key}" }
"""
THREE_PARTS = """
[logon]
signer = "hmac-sha256"
signed = "{sending_time}{SOH}{msg_type}{SOH}{msg_seq_num}{SOH}{sender_comp_id}{SOH}{target_comp_id}{SOH}{passphrase}"
fields = { 553 = "{key}", 554 = "{passphrase}", 96 = "{signature}" }
"""


def test_what_a_logon_takes_and_what_of_it_is_masked() -> None:
    """How they are signed, byte for byte: `test_packaging_readme_broker`."""
    venue = broker(MILLISECONDS)
    assert venue.needs == {Need.API_KEY, Need.SECRET}
    assert {96, 554} <= venue.secret_tags
    venue = broker(THREE_PARTS)
    assert venue.needs == {Need.API_KEY, Need.SECRET, Need.PASSPHRASE}
    assert {96, 553, 554} <= venue.secret_tags
    assert 9999 in broker('logon = { fields = { 9999 = "a{passphrase}" } }').secret_tags


def test_a_password() -> None:
    text = """
        [logon]
        signer = "password"
        fields = { 553 = "trader7", 554 = "{password}", 108 = "{heart_bt_int}", 98 = "0" }
    """
    venue = broker(text)
    assert body(logon(venue)) == f"{HEADER}|553=trader7|554=SECRET|108=30|98=0"
    assert venue.needs == {Need.SECRET}


def test_an_ed25519_key_and_an_rsa_key() -> None:
    text = """
        [logon]
        signer = "%s"
        signed = "{msg_seq_num}{SOH}{sending_time}"
        fields = { 96 = "{signature}" }
    """
    payload = b"1\x0120260101-00:00:00.250"
    for signer, key in (
        ("ed25519", Ed25519PrivateKey.generate()),
        ("rsa", rsa.generate_private_key(65537, 2048)),
    ):
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        venue = broker(text % signer)
        assert venue.needs == {Need.PRIVATE_KEY}
        signed = decode(logon(venue, Secrets(private_key=pem)).replace("|", "\x01").encode()).get(96)
        if isinstance(key, Ed25519PrivateKey):
            key.public_key().verify(base64.b64decode(signed), payload)
        else:
            key.public_key().verify(base64.b64decode(signed), payload, padding.PKCS1v15(), SHA256())
        with pytest.raises(ValueError, match=r"^private_key_file is no PEM private key"):
            venue.credentials(Secrets(private_key=b"garbage"))


def test_a_secret_issued_as_base64() -> None:
    raw, encoded = (broker(MILLISECONDS + f'secret = "{form}"') for form in ("text", "base64"))
    assert logon(encoded, Secrets(api_key="KEY", secret="U0VDUkVU")) == logon(raw)
    with pytest.raises(ValueError, match=r"^secret_file is no base64"):
        encoded.credentials(Secrets(secret="not base64"))


def test_numbers_and_versions_of_a_session() -> None:
    assert body(logon(broker('numbers = "per connection"'))) == f"{HEADER}|98=0|108=30|141=Y"
    assert body(logon(broker("reset_on_logon = true"))) == f"{HEADER}|98=0|108=30|141=Y"
    assert body(logon(broker("next_expected = true"))) == f"{HEADER}|98=0|108=30|789=1"
    assert logon(broker('begin_string = "FIX.4.2"')).startswith("8=FIX.4.2|")
    newer = logon(broker('begin_string = "FIXT.1.1"\nappl_ver_id = "9"'))
    assert newer.startswith("8=FIXT.1.1|")
    assert body(newer) == f"{HEADER}|98=0|108=30|1137=9"
    seconds = broker("time_precision = 0\nmax_time_skew = 0\nresend_chunk = 500")
    assert "|52=20260101-00:00:00|" in logon(seconds)
    config = seconds.session(SessionKind.ORDER_ENTRY, seconds.credentials(SECRETS), "DESK", 30)
    assert (config.max_time_skew, config.resend_chunk, config.numbering) == (None, 500, Numbering.CONTINUOUS)


def test_more_fields_of_the_header_stand_in_every_message() -> None:
    venue = broker('header = { 50 = "TRADER", 57 = "ROUTER", 115 = "FUND" }')
    extra = "50=TRADER|57=ROUTER|115=FUND"
    assert body(logon(venue)) == f"{HEADER}|{extra}|98=0|108=30"


def test_comp_ids_are_the_broker_s() -> None:
    venue = PlainFix(VenueSettings(fix=FixProfile()))
    with pytest.raises(ValueError, match=r"^sender_comp_id is missing: FIX broker issues it"):
        venue.comp_id("BLT", 0)
    with pytest.raises(ValueError, match=r"^target_comp_id: must not be empty"):
        venue.session(SessionKind.ORDER_ENTRY, venue.credentials(SECRETS), "DESK", 30)
    assert {broker().comp_id("BLT", number) for number in range(3)} == {"DESK"}
    with pytest.raises(KeyError):
        venue.endpoint(Environment.LIVE, SessionKind.ORDER_ENTRY)


# --- what makes no sense -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('begin_string = "FIXT.1.1"', 'fix.appl_ver_id = "": needed with FIXT.1.1'),
        ('appl_ver_id = "9"', 'fix.appl_ver_id = "9": FIX.4.4 has none'),
        ('numbers = "per connection"\nresend_chunk = 5', "fix.resend_chunk: only where numbers"),
        ('header = { 52 = "x" }', "fix.header.52: the session writes this field itself"),
        ('begin_string = "FIX.4.2"\norders.mass_status = "7"', "fix.orders.mass_status: FIX.4.2 has no such"),
        ('orders.types = { market = "1" }', "fix.orders.types: limit is missing"),
        ('orders.types = { market = "1", limit = "1" }', "fix.orders.types: two of them are written alike"),
        (
            'orders.types = { limit = "2", take-profit = "R" }',
            "fix.orders.types: take-profit needs stop beside it",
        ),
        ("orders.times_in_force = {}", "fix.orders.times_in_force: one at least is needed"),
        (
            'orders.times_in_force = { day = "0" }',
            'fix.orders.stop_time_in_force = "gtc": is not among times_in_force',
        ),
        (
            'orders.market_time_in_force = "gtd"\norders.times_in_force = { gtc = "1" }',
            'market_time_in_force = "gtd"',
        ),
        ('orders.ids = "uuid4"\norders.id_length = 20', 'fix.orders.id_length = 20: ids = "uuid4" are 36'),
        ('logon.signer = "ed25519"', 'fix.logon.signed = "": signer = "ed25519" needs the text'),
        ('logon.signed = "{key}"', 'fix.logon.signed = "{key}": there is no signer'),
        ('logon.signer = "password"', "fix.logon.fields: none of them holds {password}"),
        ('logon.signer = "rsa"\nlogon.signed = "{key}"', "fix.logon.fields: none of them holds {signature}"),
        ('logon.fields = { 554 = "{pasword}" }', "fix.logon.fields.554 has {pasword}, which is none of"),
        ('logon.fields = { 554 = "{signature}" }', "fix.logon.fields.554 has {signature}, which is none of"),
        ('logon.fields = { 554 = "{key" }', "fix.logon.fields.554: a brace stands alone"),
        ('logon.fields = { 58 = "a{SOH}b" }', "fix.logon.fields.58 has {SOH}"),
        ('logon.fields = { 554 = "hunter2" }', "fix.logon.fields.554: no secret belongs into the config"),
        ('logon.fields = { 95 = "5" }', "fix.logon.fields.95: a length is put before its data by itself"),
        ('logon.fields = { 34 = "1" }', "fix.logon.fields.34: the session writes this field itself"),
        ('logon.secret = "base64"', 'fix.logon.secret = "base64": only with an hmac signer'),
        (
            'hours = { start = "08:00", end = "17:00", zone = "Mars" }',
            "fix.hours.zone 'Mars': must be a time zone",
        ),
        # What the trader chose must be what leaves.
        ("orders.omit = { D = [44] }", "fix.orders.omit: D without 44 would be another order"),
        ("orders.omit = { D = [18] }", "fix.orders.omit: D without 18 would be another order"),
        ("orders.omit = { D = [59] }", "fix.orders.omit: D without 59 would be another order"),
        ("orders.omit = { G = [38] }", "fix.orders.omit: G without 38 would be another order"),
        ('orders.extra = { D = { 38 = "1" } }', "fix.orders.extra: 38 in D is the order's own"),
        ('orders.extra = { D = { 18 = "1" } }', "fix.orders.extra: 18 in D is the order's own"),
        ('orders.extra = { G = { 44 = "1" } }', "fix.orders.extra: 44 in G is the order's own"),
        ('orders.extra = { F = { 41 = "A" } }', "fix.orders.extra: 41 in F is the order's own"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(text: str, rule: str) -> None:
    with pytest.raises(
        ValueError, match=f"^{re.escape(rule)}" if rule.startswith("fix.") else re.escape(rule)
    ):
        broker(text)


@pytest.mark.parametrize(
    "text",
    [
        'begin_string = "FIX.5.0"',
        'header = { abc = "x" }',
        'header = { 50 = "" }',
        'header = { 50 = "a\\u0001b" }',
        'unknown = "x"',
        'orders.types = { pegged = "P" }',
        'orders.post_only = "P"',
        'hours = { start = "8:00", end = "17:00" }',
        'hours = { start = "08:00", end = "17:00", days = ["monday"] }',
    ],
)
def test_a_profile_of_another_shape_is_no_profile(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        profile(text)


def test_cancel_on_disconnect_is_a_field_of_the_broker_s() -> None:
    with pytest.raises(ValueError, match=r"^cancel_on_disconnect: .* fix.logon.fields"):
        PlainFix(VenueSettings(cancel_on_disconnect=True, fix=FixProfile()))
    assert "not known here" in broker().when_disconnected
    assert broker('when_disconnected = "all are cancelled"').when_disconnected == "all are cancelled"


# --- orders ------------------------------------------------------------------------------------------------


def sent(venue: PlainFix, request) -> str:
    draft = venue.encode(request, AT)
    return "|".join([f"35={draft.msg_type}", *(f"{tag}={value}" for tag, value in draft.fields)])


def test_an_order_as_the_profile_says() -> None:
    text = """
        time_precision = 6
        [orders]
        types = { limit = "L", stop = "3", take-profit = "T" }
        times_in_force = { day = "D" }
        stop_time_in_force = ""
        post_only_time_in_force = "day"
        cancel_by = "order id"
        extra = { D = { 1 = "ACC", 21 = "1" } }
        omit = { F = [38, 54] }
    """
    venue = broker(text)
    assert sent(venue, NewOrder("a", LIMIT)) == (
        "35=D|11=a|55=BTC/USD|54=1|38=1.5|40=L|44=60000|59=D|60=20260101-00:00:00.250000|1=ACC|21=1"
    )
    cancel = CancelOrder("c", "BTC/USD", "a", "77", None, Side.BUY, Decimal(1))
    assert sent(venue, cancel) == "35=F|11=c|37=77|55=BTC/USD|60=20260101-00:00:00.250000"
    fields = ((37, "7"), (11, "a"), (17, "1"), (150, "0"), (39, "0"), (55, "X"), (54, "1"), (40, "L"))
    raw = encode("FIX.4.4", "8", fields, ((44, "5"), (59, "D"), (14, "0"), (38, "1")))
    told = venue.decode(decode(raw), AT)
    assert isinstance(told, ExecutionReport)
    assert (told.ord_type, told.time_in_force) == (OrdType.LIMIT, TimeInForce.DAY)


def test_fix_42_has_what_it_wants_and_not_what_it_does_not_know() -> None:
    venue = broker('begin_string = "FIX.4.2"')
    assert sent(venue, NewOrder("a", LIMIT)).endswith("|60=20260101-00:00:00.250|21=1")
    assert sent(venue, AskOrder("q", "a", "X", Side.BUY)) == "35=H|11=a|55=X|54=1"
    own = broker('begin_string = "FIX.4.2"\norders.extra = { D = { 21 = "2" } }')
    assert sent(own, NewOrder("a", LIMIT)).endswith("|21=2")
    assert venue.dictionary.field_name(20) == "ExecTransType"


def test_features_follow_the_profile() -> None:
    assert broker().features == {
        Feature.POST_ONLY,
        Feature.STOP,
        Feature.CHANGE,
        Feature.DAY,
        Feature.GOOD_TILL_DATE,
        Feature.ORDER_STATUS,
    }
    text = """
        [orders]
        types = { limit = "2" }
        times_in_force = { gtc = "1" }
        post_only = ""
        change = false
        order_status = false
    """
    assert broker(text).features == frozenset()
    more = broker('orders = { mass_status = "7", mass_cancel = true, iceberg = 111, cash_order_qty = true }')
    assert {
        Feature.MASS_STATUS,
        Feature.MASS_CANCEL,
        Feature.ICEBERG,
        Feature.CASH_ORDER_QTY,
    } <= more.features


@pytest.mark.parametrize(
    ("ids", "pattern"),
    [
        ("tagged", r"k7qd-[lr]?\d{6}"),
        ("uuid4", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("digits", r"\d{18}"),
    ],
)
def test_ids(ids: str, pattern: str) -> None:
    venue = broker(f'orders.ids = "{ids}"')
    made = [
        venue.cl_ord_id("k7qd", kind, number, AT + 1000 * number)
        for number in range(200)
        for kind in ("", "l", "r")
    ]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(pattern, name) for name in made)
    assert made[0] == venue.cl_ord_id("k7qd", "", 0, AT)
    if ids == "digits":
        assert made == sorted(made, key=int)


def test_an_id_longer_than_the_broker_takes_is_refused() -> None:
    venue = broker("orders.id_length = 12")
    with pytest.raises(ValueError, match=r"^cl_ord_id .*: must be 1 to 12 .*fix.orders.id_length"):
        sent(venue, NewOrder("a" * 13, LIMIT))


# --- hours -------------------------------------------------------------------------------------------------


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def test_hours() -> None:
    assert broker().hours(SessionKind.ORDER_ENTRY) is None
    text = 'hours = { start = "17:05", end = "17:00", zone = "America/New_York", days = ["sun", "mon"]%s }'
    daily = broker(text % "").hours(SessionKind.ORDER_ENTRY)
    assert daily is not None
    assert daily.numbers is None
    assert daily.up.window(at("2026-01-05T12:00:00")) is not None  # Monday noon: of Sunday evening
    assert daily.up.window(at("2026-01-07T12:00:00")) is None
    weekly = broker(text % ', weekly_numbers = "sun"').hours(SessionKind.ORDER_ENTRY)
    assert weekly is not None
    assert weekly.numbers is not None
    assert weekly.numbers.same_run(at("2026-01-05T12:00:00"), at("2026-01-10T12:00:00"))
    assert not weekly.numbers.same_run(at("2026-01-05T12:00:00"), at("2026-01-12T12:00:00"))


def test_a_profile_comes_back_from_a_tape_as_it_was() -> None:
    made = profile(THREE_PARTS)
    assert msgspec.json.decode(msgspec.json.encode(made), type=FixProfile) == made
