"""Signers: official vectors, key files that are refused, nothing secret shown."""

import os
import stat
import traceback
from pathlib import Path

import pytest
from binance_samples import CONNECTOR_KEY, DOC_KEY
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
