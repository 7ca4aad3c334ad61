"""The control socket: how another terminal reaches the running desk instead of logging on a second time.

One JSON object a line in, one a line out. A Unix socket of mode 0600 in the data directory, so that the file system
says who may trade. Never exposes credentials.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from blotter.desk import line_verbs, verbs
from blotter.desk.desk import Desk

log = logging.getLogger(__name__)

MAX_LINE = 64 * 1024
KNOCK = 1.0
"""Seconds for a socket of this machine to take a connection."""
MAX_PATH = 100
"""Bytes of a path a Unix socket surely takes (the limit is 104 to 108)."""


class NoDesk(Exception):
    """No desk listens there."""


def socket_path(directory: Path) -> Path:
    """Where the desk of this data directory listens. A path too long for a socket gets a short stand-in."""
    path = directory / "control.sock"
    if len(os.fsencode(path)) <= MAX_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"blotter-{os.getuid()}-{digest}.sock"


@contextlib.asynccontextmanager
async def serve(desk: Desk, directory: Path) -> AsyncIterator[None]:
    """Listen while the context is open. The tape's lock makes sure that only one desk does."""
    path = socket_path(directory)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    old = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(
            lambda reader, writer: _client(desk, reader, writer), path, limit=MAX_LINE
        )
    finally:
        os.umask(old)
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


async def _client(desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            reply = await _reply(desk, line)
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
    except (OSError, ValueError) as error:
        log.info("control client gone: %s", error)
    finally:
        writer.close()


async def _reply(desk: Desk, line: bytes) -> verbs.Reply:
    try:
        request = json.loads(line)
        return await perform(desk, request)
    except (ValueError, KeyError, TypeError) as error:
        return {"ok": False, "outcome": "refused", "text": f"request not understood: {error!r}"}
    except Exception as error:
        desk.unexpected("a control request failed", error)
        return {"ok": False, "outcome": "refused", "text": f"internal error: {error!r}; see the log"}


async def perform(desk: Desk, request: dict[str, Any]) -> verbs.Reply:
    """Carry out one request. Raises KeyError, TypeError or ValueError when it is malformed."""
    match request["verb"]:
        case "order":
            wait = float(request.get("wait", 0))
            return await verbs.order(desk, str(request["line"]), wait, *_manner(request))
        case "line":
            wait = float(request.get("wait", 5))
            return await line_verbs.line(desk, str(request["line"]), wait, *_manner(request))
        case "cancel":
            targets = [str(word) for word in request["targets"]]
            return await verbs.cancel(desk, targets, float(request.get("wait", 5)))
        case "orders":
            return await verbs.orders(desk, bool(request.get("open_only", False)))
        case "stop":
            return await verbs.stop(desk, float(request.get("wait", 5)))
        case "resume":
            return await verbs.resume(desk)
        case "reconcile":
            return await verbs.reconcile(desk)
        case "status":
            return await verbs.status(desk)
        case other:
            raise ValueError(f"verb {other!r} does not exist")


def _manner(request: dict[str, Any]) -> tuple[bool, verbs.Presets]:
    """Whether warnings are accepted, and what `#3` stands for."""
    presets = {str(name): tuple(map(str, words)) for name, words in request.get("presets", {}).items()}
    return request.get("accept_warnings", False) is True, presets


def listens(directory: Path) -> bool:
    """Whether a desk answers there now. Asks it nothing."""
    path = socket_path(directory)
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(KNOCK)
            connection.connect(os.fspath(path))
    except OSError:
        return False
    return True


def ask(directory: Path, request: dict[str, Any], timeout: float) -> verbs.Reply:
    """Ask the running desk and wait for the answer. Raises NoDesk when none listens, TimeoutError, OSError."""
    path = socket_path(directory)
    try:
        details = path.stat()
    except FileNotFoundError:
        raise NoDesk(f"no desk listens at {path}") from None
    if not stat.S_ISSOCK(details.st_mode) or details.st_uid != os.getuid():
        raise NoDesk(f"{path} is not a socket of yours")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            raise NoDesk(f"no desk listens at {path}") from None
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = lines.readline()
    if not answer:
        raise OSError("the desk closed the connection without an answer")
    reply: verbs.Reply = json.loads(answer)
    return reply
