"""A TCP or TLS connection as two callbacks. Knows bytes, never messages.

asyncio's own transport, because what arrives must reach the session in the same loop turn: a stream object between
costs a task switch a message, and that is what a round trip is made of. And a buffer of our own: for a protocol
without one asyncio allocates 256 KiB a read, which until malloc has seen enough of that costs ten times the read.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from blotter.venues.base import Endpoint

READ_SIZE = 64 * 1024
"""Bytes taken from the socket at once."""
WRITE_LIMIT = 1024 * 1024
"""Bytes the peer may leave unread before the connection counts as hung."""


class Wire(asyncio.BufferedProtocol):
    """One connection. `on_bytes` gets what arrives, `on_lost` the reason, once, when it ends however it ends."""

    def __init__(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[str], None]) -> None:
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._lost = False
        self._hung = ""
        self._buffer = memoryview(bytearray(READ_SIZE))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._on_bytes(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(
            self._hung or ("the peer closed the connection" if exc is None else f"connection lost: {exc}")
        )

    def write(self, data: bytes) -> bool:
        """Hand bytes to the socket. False: it is gone, or the peer has stopped reading; nothing was accepted.

        `on_lost` is never called from in here: the caller may be in the middle of what it does with these bytes.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > WRITE_LIMIT:
            self._hung = "the peer has stopped reading"
            transport.abort()
            return False
        transport.write(data)
        return True

    def close(self) -> None:
        """Close after what is buffered has gone, or after a second. `on_lost` follows."""
        if self._transport is not None:
            self._transport.close()
            asyncio.get_running_loop().call_later(1.0, self._transport.abort)

    def abort(self, reason: str) -> None:
        """Cut now. `on_lost` is called with the reason before this returns."""
        if self._transport is not None:
            self._transport.abort()
        self._end(reason)

    def _end(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self._on_lost(reason)


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Certificate and host name are always checked; `ca_file` replaces the system's authorities."""
    if ca_file is not None and not Path(ca_file).expanduser().is_file():
        raise FileNotFoundError(f"ca_file {ca_file}: no such file")
    context = ssl.create_default_context(cafile=str(Path(ca_file).expanduser()) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def dial(
    endpoint: Endpoint,
    context: ssl.SSLContext | None,
    on_bytes: Callable[[bytes], None],
    on_lost: Callable[[str], None],
) -> Wire:
    """Connect; SNI and the name checked are the endpoint's host. Raises OSError (ssl.SSLError is one)."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(
        lambda: Wire(on_bytes, on_lost),
        endpoint.host,
        endpoint.port,
        ssl=context if endpoint.tls else None,
        server_hostname=endpoint.host if endpoint.tls else None,
        ssl_handshake_timeout=10 if endpoint.tls else None,
    )
    return wire


def in_words(error: OSError, endpoint: Endpoint) -> str:
    """Why a dial failed, for a person."""
    where = f"{endpoint.host}:{endpoint.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{where}: the certificate does not check: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"{where}: TLS failed: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"{where}: no such host ({error.strerror or error})"
    if isinstance(error, TimeoutError):
        return f"{where}: no answer"
    if isinstance(error, ConnectionRefusedError):
        return f"{where}: refused, nothing listens there"
    return f"{where}: {error.strerror or error}"
