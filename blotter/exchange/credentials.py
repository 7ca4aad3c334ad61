"""Certificates for the exchange's door and a key for its one client, made on first start and kept beside the books.

A CA of its own (EC P-256) signs a certificate for `localhost` and the loopback addresses; clients get the CA file and
verify as they would a real venue. The client's API key and Ed25519 private key are files with mode 0600. The keys
open nothing but this exchange, and still never appear in a log or a `repr`.
"""

import os
import secrets
import ssl
from dataclasses import dataclass, field
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

VALID_FOR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class ExchangeCredentials:
    """Where things are, and the public key that a Logon signature is checked against."""

    ca_file: Path
    server_file: Path  # certificate and key
    private_key_file: Path
    api_key: str = field(repr=False)
    public_key: Ed25519PublicKey

    def server_context(self) -> ssl.SSLContext:
        """TLS as the venue speaks it: 1.2 or later, no client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.server_file)
        return context


def open_credentials(directory: Path) -> ExchangeCredentials:
    """Load what is there, make what is not. Raises `OSError` or `ValueError` (a damaged key file)."""
    directory.mkdir(parents=True, exist_ok=True)
    ca_file, server_file = directory / "ca.pem", directory / "server.pem"
    if not (ca_file.exists() and server_file.exists()):
        _make_certificates(ca_file, server_file)
    key_file = directory / "client-key.pem"
    if key_file.exists():
        private_key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(private_key, Ed25519PrivateKey):
            raise ValueError(f"{key_file}: not an Ed25519 private key")
    else:
        private_key = Ed25519PrivateKey.generate()
        _write_private(key_file, _pem(private_key))
    api_key_file = directory / "api-key"
    if not api_key_file.exists():
        _write_private(api_key_file, secrets.token_urlsafe(48).encode())
    return ExchangeCredentials(
        ca_file=ca_file,
        server_file=server_file,
        private_key_file=key_file,
        api_key=api_key_file.read_text().strip(),
        public_key=private_key.public_key(),
    )


def _pem(key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> bytes:
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
