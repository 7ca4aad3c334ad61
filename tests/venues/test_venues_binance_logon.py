"""Logon: the official message byte for byte, what each kind of session carries, comp ids, endpoints, limits."""

import base64
import re
from pathlib import Path

import pytest
from binance_samples import CONNECTOR_KEY, DOC_KEY, LOGON, wire
from binance_schema import market_data_schema, order_entry_schema
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.codec import decode, encode
from blotter.fix.session import Instant, LogonHeader, Send, Session
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.logon import logon_fields, signature_payload
from blotter.venues.signing import Ed25519Signer, load_ed25519

KINDS = [*SessionKind]
OE, DC, MD = SessionKind.ORDER_ENTRY, SessionKind.DROP_COPY, SessionKind.MARKET_DATA


@pytest.fixture
def signer(tmp_path: Path) -> Ed25519Signer:
    path = tmp_path / "key.pem"
    path.write_bytes(DOC_KEY)
    path.chmod(0o600)
    return load_ed25519(path)


def logon(kind: SessionKind, signer: Ed25519Signer, heart_bt_int: int = 30) -> bytes:
    """The Logon as a session writes it."""
    config = BinanceSpot().session(kind, Credentials("KEY", signer), "BLT00001", heart_bt_int)
    session = Session(config)
    now = Instant(1_740_790_800_123_456_789, 0)
    [draft] = [effect.draft for effect in session.connected(now) if isinstance(effect, Send)]
    return session.stamp(draft, now).data


def test_the_official_logon_byte_for_byte(signer: Ed25519Signer) -> None:
    header = LogonHeader("A", "EXAMPLE", "SPOT", 1, "20240627-11:17:25.223")
    assert (
        signature_payload(header).hex()
        == "41014558414d504c450153504f5401310132303234303632372d31313a31373a32352e323233"
    )
    credentials = Credentials("sBRXrJx2DsOraMXOaUovEhgVRcjOvCtQwnWj8VxkOh1xqboS02SPGfKi2h8spZJb", signer)
    # The published message has no ResponseMode, which is what a market-data Logon is made of.
    body = logon_fields(MD, credentials, 30, header)
    order = [(34, "1"), (49, "EXAMPLE"), (52, "20240627-11:17:25.223"), (56, "SPOT")]
    assert encode("FIX.4.4", "A", order, body) == wire(LOGON)


@pytest.mark.parametrize(
    ("comp_id", "signature"),
    [
        (
            "BOETRADE",
            "eI7NNqsvWINcco9+rUQFjB4O1bsZBHp5uYaeq/V9d736Omn//d0ZQR5uW/91Ylf4lTiO0QpN1StIWZBjBuI5AA==",
        ),
        (
            "BMDWATCH",
            "23rxWHmfUGML7o9O9lPkedNBj53wcilb9pFuIxc9Q1pGxHFQaBQnuPwj0ueH09t5Gzl3ybOc67wXGzh9Qcl/Aw==",
        ),
    ],
)
def test_the_connectors_signatures(tmp_path: Path, comp_id: str, signature: str) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(CONNECTOR_KEY)
    path.chmod(0o600)
    header = LogonHeader("A", comp_id, "SPOT", 1, "20250301-01:00:00.000000")
    fields = dict(logon_fields(OE, Credentials("K", load_ed25519(path)), 30, header))
    assert (fields[95], fields[96]) == ("88", signature)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_session_sends_is_signed_as_it_stands(kind: SessionKind, signer: Ed25519Signer) -> None:
    message = decode(logon(kind, signer))
    payload = b"\x01".join(message.get(tag) or b"" for tag in (35, 49, 56, 34, 52))
    load_pem_public_key(signer.public_pem().encode()).verify(  # type: ignore[union-attr]
        base64.b64decode(message.get(96) or b""), payload
    )
    assert message.get(52) == b"20250301-01:00:00.123456"


@pytest.mark.parametrize("kind", KINDS)
def test_the_logon_follows_the_schema(kind: SessionKind, signer: Ed25519Signer) -> None:
    schema = market_data_schema() if kind is MD else order_entry_schema()
    assert schema.problems(logon(kind, signer)) == []


@pytest.mark.parametrize(
    ("kind", "own"),
    [(OE, {25036: "1"}), (DC, {25036: "1", 9406: "Y"}), (MD, {})],
)
def test_fields_of_each_kind(kind: SessionKind, own: dict[int, str], signer: Ed25519Signer) -> None:
    message = decode(logon(kind, signer, 45))
    body = {int(tag): value.decode() for tag, value in message.pairs[7:-1]}
    del body[96]
    assert body == {95: "88", 98: "0", 108: "45", 141: "Y", 553: "KEY", 25035: "2"} | own
    assert (message.text(49), message.text(56), message.msg_seq_num) == ("BLT00001", "SPOT", 1)
    tags = [int(tag) for tag, _ in message.pairs]
    assert tags.index(96) == tags.index(95) + 1


@pytest.mark.parametrize("seconds", [0, 4, 61])
def test_heart_bt_int_outside_the_rule(seconds: int, signer: Ed25519Signer) -> None:
    with pytest.raises(ValueError, match=f"heart_bt_int {seconds}: must be from 5 to 60 seconds"):
        BinanceSpot().session(OE, Credentials("KEY", signer), "BLT00001", seconds)


def test_endpoints() -> None:
    venue = BinanceSpot()
    assert venue.endpoint(Environment.LIVE, OE) == Endpoint("fix-oe.binance.com", 9000, tls=True)
    assert venue.endpoint(Environment.LIVE, MD).host == "fix-md.binance.com"
    assert venue.endpoint(Environment.TESTNET, DC).host == "fix-dc.testnet.binance.vision"
    assert venue.endpoint(Environment.DEMO, OE).host == "demo-fix-oe.binance.com"
    real = [Environment.LIVE, Environment.TESTNET, Environment.DEMO]
    assert len({venue.endpoint(environment, kind) for environment in real for kind in KINDS}) == 9
    with pytest.raises(KeyError):
        venue.endpoint(Environment.EMBEDDED, OE)


def test_limits() -> None:
    venue = BinanceSpot()
    assert venue.connection_limits(OE) == (15, 30.0, 10_000, 10.0, 0)
    assert venue.connection_limits(DC) == (15, 30.0, 60, 60.0, 0)
    assert venue.connection_limits(MD) == (300, 300.0, 2_000, 60.0, 1_000)
    assert venue.comp_id_blocked_for(30) == 60.0


@settings(max_examples=50, deadline=None)
@given(st.from_regex(r"[a-zA-Z0-9_-]{1,4}", fullmatch=True), st.integers(0, 36**4 - 60))
def test_comp_ids_are_legal_and_never_repeat_in_a_row(prefix: str, start: int) -> None:
    venue = BinanceSpot()
    ids = [venue.comp_id(prefix, counter) for counter in range(start, start + 50)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,8}", one) and one.startswith(prefix) for one in ids)
    assert ids == [venue.comp_id(prefix, counter) for counter in range(start, start + 50)]


def test_comp_ids() -> None:
    venue = BinanceSpot()
    assert [venue.comp_id("BLT", n) for n in (0, 35, 36)] == ["BLT00000", "BLT0000Z", "BLT00010"]
    for prefix in ("", "A.B", "TOOLONG", "é"):
        with pytest.raises(ValueError, match=r"comp id prefix .*1 to 4 letters"):
            venue.comp_id(prefix, 1)
    with pytest.raises(ValueError, match="counter -1"):
        venue.comp_id("BLT", -1)


def test_what_is_masked() -> None:
    assert BinanceSpot().secret_tags == {96, 553}
