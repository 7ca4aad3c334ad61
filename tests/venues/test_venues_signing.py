"""Signers: official vectors, key files that are refused, nothing secret shown."""

import base64
import hashlib
import os
import stat
import traceback
from pathlib import Path

import pytest
from binance_samples import CONNECTOR_KEY, DOC_KEY
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from blotter.venues import signing
from blotter.venues.base import Credentials
from blotter.venues.signing import KeyFileError, generate_ed25519, load_ed25519, load_hmac


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "key.pem"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def encrypted(passphrase: bytes) -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def other_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("key", "payload", "signature"),
    [
        (
            DOC_KEY,
            bytes.fromhex("41014558414d504c450153504f5401310132303234303632372d31313a31373a32352e323233"),
            "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==",
        ),
        (
            CONNECTOR_KEY,
            b"A\x01BOETRADE\x01SPOT\x011\x0120250301-01:00:00.000000",
            "eI7NNqsvWINcco9+rUQFjB4O1bsZBHp5uYaeq/V9d736Omn//d0ZQR5uW/91Ylf4lTiO0QpN1StIWZBjBuI5AA==",
        ),
        (
            CONNECTOR_KEY,
            b"A\x01BMDWATCH\x01SPOT\x011\x0120250301-01:00:00.000000",
            "23rxWHmfUGML7o9O9lPkedNBj53wcilb9pFuIxc9Q1pGxHFQaBQnuPwj0ueH09t5Gzl3ybOc67wXGzh9Qcl/Aw==",
        ),
        (
            DOC_KEY,
            b"symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2"
            b"&timestamp=1668481559918&recvWindow=5000",
            "inDT086KVIP8vgUfw5sV3VTkescWztiAGlf4x8FLKHM4NInsn0c1kYVLoGMO8cyjfR6vmTku2YQE0gtfVVlfCw==",
        ),
    ],
)
def test_ed25519_vectors(tmp_path: Path, key: bytes, payload: bytes, signature: str) -> None:
    assert load_ed25519(key_file(tmp_path, key)).sign(payload) == signature


def test_hmac_vector(tmp_path: Path) -> None:
    secret = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j\n"
    payload = (
        b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        b"&recvWindow=5000&timestamp=1499827319559"
    )
    expected = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert load_hmac(key_file(tmp_path, secret)).sign(payload) == expected


def test_public_key_of_the_official_vector(tmp_path: Path) -> None:
    public = serialization.load_pem_public_key(
        load_ed25519(key_file(tmp_path, DOC_KEY)).public_pem().encode()
    )
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert raw.hex() == "19420abfd752a565c15625e9da6eaf0086fc40c14960183214442c14996a800d"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
@pytest.mark.parametrize("load", [load_ed25519, load_hmac])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int, load) -> None:
    path = key_file(tmp_path, DOC_KEY, mode)
    with pytest.raises(KeyFileError, match=f"mode {mode:04o}.*chmod 600 {path}"):
        load(path)


def test_owner_only_modes_are_accepted(tmp_path: Path) -> None:
    for mode in (0o600, 0o400):
        assert load_ed25519(key_file(tmp_path, DOC_KEY, mode)).sign(b"x")
        (tmp_path / "key.pem").unlink()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"garbage", "no PEM private key.*Ed25519"),
        (b"", "no PEM private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no PEM private key"),
        (b"x" * 100_000, "100000 bytes: that is no key"),
        (other_key(rsa.generate_private_key(65537, 2048)), "holds an RSA key: an Ed25519 key is needed"),
        (other_key(ec.generate_private_key(ec.SECP256R1())), "an Ed25519 key is needed"),
        (encrypted(b"hush"), "is encrypted: a passphrase is needed"),
    ],
)
def test_a_wrong_key_is_named_as_such(tmp_path: Path, content: bytes, rule: str) -> None:
    path = key_file(tmp_path, content)
    with pytest.raises(KeyFileError, match=f"key file {path} .*{rule}"):
        load_ed25519(path)


def test_missing_file_folder_and_pipe(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"cannot be read: No such file"):
        load_ed25519(tmp_path / "absent.pem")
    with pytest.raises(KeyFileError, match=r"cannot be read|no plain file"):
        load_ed25519(tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFileError, match="no plain file"):
        load_ed25519(tmp_path / "pipe")
    with pytest.raises(KeyFileError, match="is empty"):
        load_hmac(key_file(tmp_path, b" \n"))


def test_passphrase(tmp_path: Path) -> None:
    path = key_file(tmp_path, encrypted(b"hush"))
    assert len(load_ed25519(path, b"hush").sign(b"x")) == 88
    with pytest.raises(KeyFileError, match="does not open with this passphrase"):
        load_ed25519(path, b"wrong")
    with pytest.raises(KeyFileError, match="is not encrypted"):
        load_ed25519(key_file(tmp_path, DOC_KEY), b"hush")


@pytest.mark.parametrize("content", [b"MC4CAQAw-private-bytes", encrypted(b"hush")])
def test_a_traceback_with_locals_shows_no_secret(tmp_path: Path, content: bytes) -> None:
    path = key_file(tmp_path, content)

    def fails(passphrase: bytes | None) -> str:
        try:
            load_ed25519(path, passphrase)
        except KeyFileError as error:
            frames = traceback.TracebackException.from_exception(error, capture_locals=True)
            ours = [frame for frame in frames.stack if Path(frame.filename).name == "signing.py"]
            assert ours
            assert frames.__cause__ is None
            return str(error) + "".join(str(frame.locals) for frame in ours)
        raise AssertionError("no error")

    for passphrase in (None, b"open-sesame"):
        shown = fails(passphrase)
        assert "open-sesame" not in shown
        assert "MC4CAQAw" not in shown
        assert "BEGIN" not in shown


def test_reprs_show_nothing_secret(tmp_path: Path) -> None:
    signer = load_ed25519(key_file(tmp_path, DOC_KEY))
    (tmp_path / "key.pem").unlink()
    mac = load_hmac(key_file(tmp_path, b"my-secret"))
    for shown in (repr(Credentials("my-api-key", signer)), repr(signer), repr(mac), f"{mac}"):
        assert "***" in shown
        assert "my-" not in shown


def test_generate(tmp_path: Path) -> None:
    path = tmp_path / "new.pem"
    old = os.umask(0)
    try:
        public = generate_ed25519(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert load_ed25519(path).public_pem() == public
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already: keys are never overwritten"):
        generate_ed25519(path)
    assert path.read_bytes() == before
    with pytest.raises(KeyFileError, match="cannot be made: No such file"):
        generate_ed25519(tmp_path / "no" / "where.pem")
    assert (
        generate_ed25519(tmp_path / "locked.pem", b"hush")
        == load_ed25519(tmp_path / "locked.pem", b"hush").public_pem()
    )


RSA_KEY = rsa.generate_private_key(65537, 2048)


def test_rsa_is_pkcs1_over_sha256() -> None:
    signer = signing.rsa(other_key(RSA_KEY), "private_key_file")
    signature = signer.sign(b"GET/realtime1700000005000")
    RSA_KEY.public_key().verify(
        base64.b64decode(signature), b"GET/realtime1700000005000", padding.PKCS1v15(), hashes.SHA256()
    )
    assert signature == signer.sign(b"GET/realtime1700000005000")
    assert signer.public_pem().startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (other_key(rsa.generate_private_key(65537, 1024)), "RSA key of 1024 bits: 2048 or more"),
        (DOC_KEY, "holds an Ed25519 key: an RSA key is needed"),
        (b"garbage", "no PEM private key: an RSA key in PKCS#8 PEM"),
    ],
)
def test_a_key_that_cannot_sign_with_rsa_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(KeyFileError, match=f"^private_key_file .*{rule}"):
        signing.rsa(content, "private_key_file")


@pytest.mark.parametrize(
    ("digest", "form", "signature"),
    [  # RFC 4231, test case 2
        ("sha256", "hex", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("sha256", "base64", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
        (
            "sha512",
            "hex",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ],
)
def test_hmac_by_digest_and_form(digest, form, signature: str) -> None:
    assert signing.HmacSigner(b"Jefe", digest, form).sign(b"what do ya want for nothing?") == signature


def test_hash_of_payload_and_secret_is_no_hmac() -> None:
    expected = hashlib.sha256(b"payloadsecret").digest()
    assert signing.HashSigner(b"secret").sign(b"payload") == base64.b64encode(expected).decode()
    assert signing.HashSigner(b"secret", "hex").sign(b"payload") == expected.hex()


def test_a_password_is_said_and_nothing_is_nothing() -> None:
    assert signing.PasswordSigner("hunter2").sign(b"whatever") == "hunter2"
    assert signing.NoSigner().sign(b"whatever") == ""


def test_a_secret_issued_as_base64() -> None:
    assert signing.decoded_secret("U0VDUkVU", "secret_file") == b"SECRET"
    for text in ("not base64!", "U0VDUkV", ""):
        with pytest.raises(KeyFileError, match=r"^secret_file is no base64") as caught:
            signing.decoded_secret(text, "secret_file")
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
        held = [frame.locals for frame in frames if Path(frame.filename).name == "signing.py"]
        assert held
        assert not text or text not in str(held)


@pytest.mark.parametrize(
    "signer",
    [
        signing.HmacSigner(b"hush-hush"),
        signing.HashSigner(b"hush-hush"),
        signing.PasswordSigner("hush-hush"),
        signing.RsaSigner(RSA_KEY),
    ],
)
def test_no_signer_shows_its_secret(signer) -> None:
    assert repr(signer) == f"{type(signer).__name__}(***)"
    assert not hasattr(signer, "__dict__")
