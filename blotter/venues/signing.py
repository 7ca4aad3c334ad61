"""What signs a Logon: Ed25519, RSA and HMAC keys and plain passwords, from files nobody else can read.

Nothing here may show a key: reprs are blank, errors name the file and the rule only, and no frame that raises
still holds key bytes or a passphrase, because a traceback may print its locals.
"""

import base64
import binascii
import hashlib
import hmac
import os
import stat
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_MAX_KEY_FILE = 65536
_MIN_RSA_BITS = 2048

Digest = Literal["sha256", "sha512"]
TextForm = Literal["hex", "base64"]
"""How a signature is written: lower-case hex, or standard base64 with padding."""


class KeyFileError(ValueError):
    """A key file that cannot be used; the text names the file and the rule it breaks."""


class Ed25519Signer:
    """Signs with pure Ed25519 (no pre-hash); standard base64 with padding, always 88 characters."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, payload: bytes) -> str:
        return base64.b64encode(self._key.sign(payload)).decode("ascii")

    def public_pem(self) -> str:
        """The public key as PEM (SubjectPublicKeyInfo): what is registered at the venue."""
        return _public_pem(self._key)

    def __repr__(self) -> str:
        return "Ed25519Signer(***)"


class RsaSigner:
    """Signs with RSA PKCS#1 v1.5 over SHA-256; standard base64 with padding. The same payload, the same signature."""

    __slots__ = ("_key",)

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def sign(self, payload: bytes) -> str:
        return base64.b64encode(self._key.sign(payload, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")

    def public_pem(self) -> str:
        """The public key as PEM (SubjectPublicKeyInfo): what is registered at the venue."""
        return _public_pem(self._key)

    def __repr__(self) -> str:
        return "RsaSigner(***)"


class HmacSigner:
    """Signs with HMAC. `secret`: the key's bytes, see `decoded_secret` for one that is issued as base64."""

    __slots__ = ("_digest", "_form", "_secret")

    def __init__(self, secret: bytes, digest: Digest = "sha256", form: TextForm = "hex") -> None:
        self._secret = secret
        self._digest = digest
        self._form = form

    def sign(self, payload: bytes) -> str:
        return _written(hmac.new(self._secret, payload, self._digest).digest(), self._form)

    def __repr__(self) -> str:
        return "HmacSigner(***)"


class HashSigner:
    """Signs with SHA-256 of payload and secret in a row, which is no HMAC (Deribit, other-venues sheet 4.1)."""

    __slots__ = ("_form", "_secret")

    def __init__(self, secret: bytes, form: TextForm = "base64") -> None:
        self._secret = secret
        self._form = form

    def sign(self, payload: bytes) -> str:
        return _written(hashlib.sha256(payload + self._secret).digest(), self._form)

    def __repr__(self) -> str:
        return "HashSigner(***)"


class PasswordSigner:
    """Says the password, whatever there is to sign: only where the venue asks for the secret itself, over TLS."""

    __slots__ = ("_password",)

    def __init__(self, password: str) -> None:
        self._password = password

    def sign(self, payload: bytes) -> str:
        return self._password

    def __repr__(self) -> str:
        return "PasswordSigner(***)"


class NoSigner:
    """Signs nothing: a venue that knows its clients by address and comp ids."""

    __slots__ = ()

    def sign(self, payload: bytes) -> str:
        return ""


def _written(signature: bytes, form: TextForm) -> str:
    return signature.hex() if form == "hex" else base64.b64encode(signature).decode("ascii")


def decoded_secret(text: str, name: str) -> bytes:
    """The bytes of a secret that is issued as base64. `name`: whose, for the error. Raises `KeyFileError`."""
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    del text
    if not secret:
        raise KeyFileError(f"{name} is no base64: the secret is needed as the venue issued it")
    return secret


def ed25519(pem: bytes, name: str, passphrase: bytes | None = None) -> Ed25519Signer:
    """The signer whose private key (PEM, PKCS#8) this is. `name`: whose, for the error. Raises `KeyFileError`."""
    key = _private_key(pem, passphrase)
    del pem, passphrase
    return _ed25519(key, name)


def _ed25519(key: PrivateKeyTypes | str, name: str) -> Ed25519Signer:
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(_refused(name, key, "an Ed25519 key"))
    return Ed25519Signer(key)


def rsa(pem: bytes, name: str, passphrase: bytes | None = None) -> RsaSigner:
    """Likewise an RSA key of 2048 bits or more."""
    key = _private_key(pem, passphrase)
    del pem, passphrase
    if not isinstance(key, RSAPrivateKey):
        raise KeyFileError(_refused(name, key, "an RSA key"))
    if key.key_size < _MIN_RSA_BITS:
        raise KeyFileError(
            f"{name} holds an RSA key of {key.key_size} bits: {_MIN_RSA_BITS} or more are needed"
        )
    return RsaSigner(key)


def _private_key(pem: bytes, passphrase: bytes | None) -> PrivateKeyTypes | str:
    """The key, or what is wrong with it: who raises must hold no secret."""
    try:
        return serialization.load_pem_private_key(pem, password=passphrase)
    except TypeError:
        return "is encrypted: a passphrase is needed" if passphrase is None else "is not encrypted"
    except (ValueError, UnsupportedAlgorithm):
        return "is no PEM private key" if passphrase is None else "does not open with this passphrase"


def _refused(name: str, key: PrivateKeyTypes | str, wanted: str) -> str:
    if isinstance(key, str):
        return f"{name} {key}" if "encrypted" in key else f"{name} {key}: {wanted} in PKCS#8 PEM is needed"
    kind = type(key).__name__.removeprefix("_").removesuffix("PrivateKey")
    return f"{name} holds an {kind} key: {wanted} is needed"


def load_ed25519(path: Path, passphrase: bytes | None = None) -> Ed25519Signer:
    """`ed25519` of the key in this file."""
    key = _private_key(read_private(path), passphrase)
    del passphrase
    return _ed25519(key, f"key file {path}")


def load_hmac(path: Path) -> HmacSigner:
    """The signer whose secret is this file's text, white space around it left out. Raises `KeyFileError`."""
    signer = HmacSigner(read_private(path).strip())
    if not signer._secret:
        raise KeyFileError(f"key file {path} is empty: a secret is needed")
    return signer


def generate_ed25519(path: Path, passphrase: bytes | None = None) -> str:
    """Make a new private key in a new file of mode 0600 and return its public key as PEM.

    Never overwrites. Raises `KeyFileError` when the file exists or cannot be written.
    """
    encryption = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase)
    )
    del passphrase
    key = Ed25519PrivateKey.generate()
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(f"key file {path} exists already: keys are never overwritten") from None
    except OSError as error:
        raise KeyFileError(f"key file {path} cannot be made: {error.strerror}") from None
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(
                key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
            )
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half a key is worse than none
        raise KeyFileError(f"key file {path} cannot be written: {error.strerror}") from None
    return _public_pem(key)


def _public_pem(key: Ed25519PrivateKey | RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def read_private(path: Path) -> bytes:
    """The file's bytes, if it is a plain file that only its owner can touch."""
    try:
        # Non-blocking, so that a named pipe is refused below and not waited for.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyFileError(f"key file {path} is no plain file")
            if os.name == "posix" and status.st_mode & 0o077:
                mode = stat.S_IMODE(status.st_mode)
                raise KeyFileError(
                    f"key file {path} has mode {mode:04o}, open to others than its owner: chmod 600 {path}"
                )
            if status.st_size > _MAX_KEY_FILE:
                raise KeyFileError(f"key file {path} has {status.st_size} bytes: that is no key")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"key file {path} cannot be read: {error.strerror}") from None
