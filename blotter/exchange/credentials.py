"""Certificates for the exchange's door and a key for its one client, made on first start and kept beside the books.

A CA of its own (EC P-256) signs a certificate for `localhost` and the loopback addresses; clients get the CA file and
verify as they would a real venue. The client's key material (API key, private key, secret, passphrase: what the dialect
asks for) is in files with mode 0600. It opens nothing but this exchange, and still never appears in a log or a `repr`.
"""

import base64
import os
import secrets
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from blotter.venues.base import Need

VALID_FOR = timedelta(days=3650)
_RSA_BITS = 2048


class KeyFileError(ValueError):
    """A file in the directory that is not what it should be; the text names it."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What a Logon is checked against; empty where the dialect has no use for it. Its `repr` shows nothing.

    `secret` is text as a venue hands it out: good base64 that decodes to 48 bytes. Whether it is to be decoded first
    is the venue's rule.
    """

    api_key: str
    secret: str = ""
    passphrase: str = ""
    public_key: Ed25519PublicKey | RSAPublicKey | None = None

    @property
    def ed25519(self) -> Ed25519PublicKey:
        """The public key of a dialect that uses this kind. Raises `TypeError` in any other."""
        if not isinstance(self.public_key, Ed25519PublicKey):
            raise TypeError("this dialect has no Ed25519 key")
        return self.public_key

    @property
    def rsa(self) -> RSAPublicKey:
        """The public key of a dialect that uses this kind. Raises `TypeError` in any other."""
        if not isinstance(self.public_key, RSAPublicKey):
            raise TypeError("this dialect has no RSA key")
        return self.public_key

    def __repr__(self) -> str:
        return "Keys(***)"


@dataclass(frozen=True, slots=True)
class ExchangeCredentials:
    """Where things are. A file that the dialect has no use for is not there."""

    ca_file: Path
    server_file: Path  # certificate and key
    keys: Keys
    private_key_file: Path
    secret_file: Path
    passphrase_file: Path

    @property
    def api_key(self) -> str:
        return self.keys.api_key

    def server_context(self) -> ssl.SSLContext:
        """TLS as venues speak it: 1.2 or later, no client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.server_file)
        return context


def open_credentials(
    directory: Path,
    needs: frozenset[Need] = frozenset({Need.API_KEY, Need.PRIVATE_KEY}),
    *,
    rsa: bool = False,
) -> ExchangeCredentials:
    """Load what is there, make what is not. Raises `OSError` or `KeyFileError`. `rsa`: the private key is RSA 2048."""
    directory.mkdir(parents=True, exist_ok=True)
    ca_file, server_file = directory / "ca.pem", directory / "server.pem"
    if not (ca_file.exists() and server_file.exists()):
        _make_certificates(ca_file, server_file)
    public_key: Ed25519PublicKey | RSAPublicKey | None = None
    key_file = directory / "client-key.pem"
    if Need.PRIVATE_KEY in needs:
        public_key = _rsa(key_file) if rsa else _ed25519(key_file)
    secret_file, passphrase_file = directory / "secret", directory / "passphrase"
    return ExchangeCredentials(
        ca_file,
        server_file,
        Keys(
            _text(directory / "api-key", secrets.token_urlsafe(48)),
            _text(secret_file, base64.b64encode(secrets.token_bytes(48)).decode())
            if Need.SECRET in needs
            else "",
            _text(passphrase_file, secrets.token_urlsafe(12)) if Need.PASSPHRASE in needs else "",
            public_key,
        ),
        key_file,
        secret_file,
        passphrase_file,
    )


def _text(path: Path, fresh: str) -> str:
    """What the file says; `fresh` when there is none yet."""
    if not path.exists():
        _write_private(path, fresh.encode())
    return path.read_text().strip()


def _ed25519(path: Path) -> Ed25519PublicKey:
    if not path.exists():
        _write_private(path, _pem(Ed25519PrivateKey.generate()))
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: not an Ed25519 private key")
    return key.public_key()


def _rsa(path: Path) -> RSAPublicKey:
    if not path.exists():
        _write_private(path, _pem(generate_rsa(public_exponent=65537, key_size=_RSA_BITS)))
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise KeyFileError(f"{path}: not an RSA private key")
    return key.public_key()


def _pem(key: Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make_certificates(ca_file: Path, server_file: Path) -> None:
    """X.509 is imported only here: loading it takes longer than all the rest of a start."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)
    ca_key, server_key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Blotter embedded exchange CA")])
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )

    def certificate(name: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .issuer_name(ca_name)
            .subject_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + VALID_FOR)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False
            )
        )

    ca = (
        certificate(ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("localhost"),
                    x509.IPAddress(ip_address("127.0.0.1")),
                    x509.IPAddress(ip_address("::1")),
                ]
            ),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    # The CA's key is not kept: nothing will ever be signed with it again.
    _write_private(server_file, server.public_bytes(serialization.Encoding.PEM) + _pem(server_key))
    _write_private(ca_file, ca.public_bytes(serialization.Encoding.PEM))


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    part.rename(path)
