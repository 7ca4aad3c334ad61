"""What signs a Logon: Ed25519 and HMAC-SHA256 keys, loaded from and made in files nobody else can read.

Nothing here may show a key: reprs are blank, errors name the file and the rule only, and no frame that raises
still holds key bytes or a passphrase, because a traceback may print its locals.
"""

import base64
import hashlib
import hmac
import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MAX_KEY_FILE = 65536


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


class HmacSigner:
    """Signs with HMAC-SHA256; lower-case hex, 64 characters."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, payload: bytes) -> str:
        return hmac.new(self._secret, payload, hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "HmacSigner(***)"


def ed25519(pem: bytes, name: str, passphrase: bytes | None = None) -> Ed25519Signer:
    """The signer whose private key (PEM, PKCS#8) this is. `name`: whose, for the error. Raises `KeyFileError`."""
    try:
        key = serialization.load_pem_private_key(pem, password=passphrase)
    except TypeError:
        problem = "is encrypted: a passphrase is needed" if passphrase is None else "is not encrypted"
        del passphrase, pem
        raise KeyFileError(f"{name} {problem}") from None
    except (ValueError, UnsupportedAlgorithm):
        problem = "is no PEM private key" if passphrase is None else "does not open with this passphrase"
        del passphrase, pem
        raise KeyFileError(f"{name} {problem}: an Ed25519 key in PKCS#8 PEM is needed") from None
    del pem
    if not isinstance(key, Ed25519PrivateKey):
        kind = type(key).__name__.removeprefix("_").removesuffix("PrivateKey")
        del passphrase
        raise KeyFileError(f"{name} holds an {kind} key: an Ed25519 key is needed")
    return Ed25519Signer(key)


def load_ed25519(path: Path, passphrase: bytes | None = None) -> Ed25519Signer:
    """`ed25519` of the key in this file."""
    return ed25519(read_private(path), f"key file {path}", passphrase)


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


def _public_pem(key: Ed25519PrivateKey) -> str:
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
