"""The exchange's memory: a log of commands and now and then a snapshot, in one directory that one process owns.

A command is in the log before anything it caused leaves the process, so what was acknowledged is there after a
kill at any instant. The log is handed to the operating system at each `flush`, and to the disk at every snapshot
and at the end: a crash of the whole machine may take what came after, which a place to rehearse can afford.

Files: `state-N` (a snapshot, replaced whole), `log-N` (what came after it), `lock`. A record in the log is length,
CRC-32 and the command; a torn last record is a command that was never acknowledged, and is dropped.
"""

import fcntl
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.event import AnyCommand
from blotter.exchange.listing import Listing

_HEAD: Final = struct.Struct("<II")
_VERSION: Final = b"blotter exchange 3\n"
_LOCK_POLL: Final = 0.05

_encode_command = msgspec.msgpack.Encoder().encode
_command_decoder: Final = msgspec.msgpack.Decoder(AnyCommand)


class StoreError(Exception):
    """The directory cannot be used. The text says why and what can be done."""


class Store:
    """Owns a directory: load the engine from it, then write each command to it."""

    def __init__(self, directory: Path, *, lock_timeout: float = 3.0, rotate_bytes: int = 1 << 20) -> None:
        """Take the directory, waiting up to `lock_timeout` seconds for a predecessor that is leaving.

        Raises `StoreError` when another exchange keeps it.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._rotate_bytes = rotate_bytes
        self._lock_fd = _lock(directory / "lock", lock_timeout)
        self._log_fd = -1
        self._generation = 0
        self._log_size = 0
        self._pending: list[bytes] = []
        self._broken = ""  # why nothing can be written any more

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def load(self, listings: tuple[Listing, ...], *, fresh: bool = False) -> Engine:
        """The engine as it was, or a new one when there is nothing (or `fresh`). Then ready for `append`.

        Raises `StoreError` when what is stored cannot be read.
        """
        found = sorted(
            (int(match[1]), path)
            for path in self._directory.iterdir()
            if (match := re.fullmatch(r"state-(\d+)", path.name))
        )
        if fresh or not found:
            self._generation = found[-1][0] if found else 0
            engine = Engine(listings)
        else:
            self._generation, path = found[-1]
            engine = Engine(listings, _read_state(path))
            for command in _read_log(self._directory / f"log-{self._generation}"):
                engine.submit(command)
        self.snapshot(engine)
        return engine

    def append(self, command: AnyCommand) -> None:
        """Note a command. It is in the log only after `flush`."""
        data = _encode_command(command)
        self._pending.append(_HEAD.pack(len(data), zlib.crc32(data)) + data)

    def flush(self) -> None:
        """Hand what was appended to the operating system: from here on it survives the end of the process.

        Raises `StoreError` when it cannot be written, and for ever after: a log with a hole is worth nothing.
        """
        if not self._pending:
            return
        if self._broken:
            raise StoreError(self._broken)
        data = b"".join(self._pending)
        try:
            _write(self._log_fd, data)
        except OSError as error:
            self._broken = f"{self._directory}: the log cannot be written: {error.strerror or error}"
            raise StoreError(self._broken) from error
        self._pending.clear()
        self._log_size += len(data)

    @property
    def full(self) -> bool:
        """The log has grown so long that a snapshot is due."""
        return self._log_size >= self._rotate_bytes

    def snapshot(self, engine: Engine) -> None:
        """Write the whole state, start a new log, drop the old generation."""
        self.flush()
        generation = self._generation + 1
        part = self._directory / "state.part"
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write(fd, _VERSION + msgspec.msgpack.encode(engine.dump()))
            os.fsync(fd)
        finally:
            os.close(fd)
        log_fd = os.open(
            self._directory / f"log-{generation}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600
        )
        part.rename(self._directory / f"state-{generation}")
        _sync_directory(self._directory)
        if self._log_fd >= 0:
            os.close(self._log_fd)
        self._log_fd, self._log_size = log_fd, 0
        self._generation = generation
        for path in self._directory.iterdir():
            match = re.fullmatch(r"(?:state|log)-(\d+)", path.name)
            if match is not None and int(match[1]) != generation:
                path.unlink()

    def close(self) -> None:
        """Write what is pending and let the directory go."""
        if self._log_fd >= 0:
            if not self._broken:
                self.flush()
                os.fsync(self._log_fd)
            os.close(self._log_fd)
            self._log_fd = -1
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1


def _lock(path: Path, timeout: float) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(fd)
                raise StoreError(f"{path.parent}: another exchange is using this directory") from None
            time.sleep(_LOCK_POLL)
        else:
            return fd


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _read_state(path: Path) -> EngineState:
    data = path.read_bytes()
    if not data.startswith(_VERSION):
        raise StoreError(f"{path}: not written by this version of the exchange; start with --fresh")
    try:
        return msgspec.msgpack.decode(memoryview(data)[len(_VERSION) :], type=EngineState)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path}: cannot be read ({error}); start with --fresh") from error


def _read_log(path: Path) -> Iterator[AnyCommand]:
    data = path.read_bytes() if path.exists() else b""
    at = 0
    while at < len(data):
        head = data[at : at + _HEAD.size]
        length, crc = _HEAD.unpack(head) if len(head) == _HEAD.size else (len(data), 0)
        end = at + _HEAD.size + length
        body = data[at + _HEAD.size : end]
        if end > len(data) or (zlib.crc32(body) != crc and end == len(data)):
            return  # torn by a kill while it was written: nobody was told of it
        if zlib.crc32(body) != crc:
            raise StoreError(f"{path}: damaged at byte {at}; start with --fresh")
        try:
            yield _command_decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise StoreError(f"{path}: cannot be read at byte {at} ({error}); start with --fresh") from error
        at = end
