"""A tape's file as its one writer holds it: the connection, the head of the chain, the write-ahead log.

Knows nothing of threads or promises: whoever calls sees to it that one call runs at a time (`flush` and
`checkpoint` excepted, which may run beside the others), and decides what an error means. Every transaction is
of SQLite's NORMAL kind: in the page cache when it returns, on the disk after `flush`.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from blotter.journal.failure import TapeFailed, TapeUnusable
from blotter.journal.lock import TapeLock
from blotter.journal.row import GENESIS, Entry, chained, columns_of
from blotter.journal.schema import MIGRATIONS, Migration, migrate
from blotter.journal.snapshot import saving

_MANY = 64  # rows in one statement: fewer statements, fewer times that the interpreter's lock changes hands
_COLUMNS = 9
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT = tuple("INSERT INTO row VALUES " + ", ".join([_ROW] * rows) for rows in range(_MANY + 1))  # noqa: S608
_SET_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_LOG_KEPT = 64 * 1024 * 1024  # bytes the write-ahead log may keep occupied after a checkpoint

if sys.platform == "darwin":
    import fcntl

    def flush(descriptor: int) -> None:
        """Onto the disk itself: fsync would leave the data in the drive's cache."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)

elif sys.platform == "win32":
    flush = os.fsync
else:
    flush = os.fdatasync


class Checkpoint(NamedTuple):
    """How far the write-ahead log has been copied into the file."""

    complete: bool
    log_size: int  # bytes, about


class Store:
    """See the module. Raises `sqlite3.Error` where not said otherwise."""

    def __init__(self, path: Path, connection: sqlite3.Connection, resources: ExitStack) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._connection = connection
        self._resources = resources
        self._checkpointer = _connect(path, 0.0)
        resources.callback(self._checkpointer.close)
        # SQLite holds no locks on this file, so a descriptor of our own is safe. It stays the same file until
        # the last connection is closed.
        self._log = os.open(path.with_name(path.name + "-wal"), os.O_RDWR)
        resources.callback(os.close, self._log)
        self.last_id, self._digest = self._head()

    @classmethod
    def open(cls, path: Path, patience: float, migrations: Sequence[Migration] = MIGRATIONS) -> Self:
        """Lock, create or bring up to date. Raises `TapeLocked`, `TapeUnusable`, `TapeFailed`."""
        with ExitStack() as resources:
            try:
                if not path.parent.is_dir():
                    path.parent.mkdir(parents=True, mode=0o700)
                resources.callback(TapeLock.take(path.with_name(path.name + ".lock")).release)
                os.close(
                    os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                )  # SQLite gives its other files this mode
                path.chmod(0o600)
                connection = _connect(path, patience)
                resources.callback(connection.close)
                before, after = migrate(connection, path, migrations)
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":
                    raise TapeUnusable(
                        f"{path}: no write-ahead log on this file system (SQLite stays in {mode} mode)"
                    )
                connection.execute("PRAGMA wal_autocheckpoint = 0")
                connection.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT}")
                connection.execute("PRAGMA secure_delete = OFF")
                connection.execute("PRAGMA synchronous = NORMAL")
                # The first write of a log flushes its header and its directory entry: have that behind us.
                connection.execute(_SET_META, ("opened_by", str(os.getpid())))
                store = cls(path, connection, resources)
            except sqlite3.OperationalError as error:
                raise TapeFailed(f"{path}: cannot be opened: {error}") from error
            except sqlite3.DatabaseError as error:
                raise TapeUnusable(f"{path}: damaged or no tape: {error}") from error
            except OSError as error:
                raise TapeFailed(f"{path}: cannot be opened: {error.strerror}") from error
            store._resources = resources.pop_all()
        if 0 < before < after:
            store.warnings.append(f"{path.name}: brought from tape version {before} to {after}")
        return store

    def _head(self) -> tuple[int, bytes]:
        """The newest row's id and digest, checked against the row before it."""
        two = self._connection.execute("SELECT * FROM row ORDER BY id DESC LIMIT 2").fetchall()
        if not two:
            return 0, GENESIS
        *columns, digest = two[0]
        before = two[1][-1] if len(two) == 2 else GENESIS
        if chained(before, *columns) != digest:
            self.warnings.append(
                f"{self.path.name}: row {columns[0]} does not fit its digest: verify this tape"
            )
        return columns[0], digest

    def record(self, entries: Sequence[Entry]) -> None:
        """Add rows in one transaction: all of them or, on an error, none."""
        flat, digest = columns_of(entries, self.last_id, self._digest)
        rows = len(entries)
        if rows > _MANY:
            self._record_many(flat)
        elif rows:
            self._connection.execute(_INSERT[rows], flat)
        self.last_id += rows
        self._digest = digest

    def _record_many(self, flat: list[int | str | bytes]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for start in range(0, len(flat), _MANY * _COLUMNS):
                part = flat[start : start + _MANY * _COLUMNS]
                execute(_INSERT[len(part) // _COLUMNS], part)
            execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def meta(self, key: str) -> str | None:
        """A value stored beside the rows."""
        found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def set_meta(self, key: str, value: str) -> None:
        """Store a value beside the rows; not part of the chain."""
        self._connection.execute(_SET_META, (key, value))

    def saving(self, row_id: int, version: int, data: bytes | list[bytes]) -> Iterator[None]:
        """Store a snapshot step by step; each step is a call like any other. Raises `ValueError` for a
        missing row."""
        return saving(self._connection, row_id, version, data)

    def flush(self) -> None:
        """Everything recorded before this call is on the disk when it returns. Raises `OSError`."""
        flush(self._log)

    def checkpoint(self) -> Checkpoint:
        """Copy the write-ahead log into the file, flushing both. Readers and the writer go on meanwhile.

        When it was complete, the next write starts the log anew and pays a flush for its header.
        """
        busy, frames, copied = self._checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return Checkpoint(not busy and frames == copied, frames * 4096)

    def close(self) -> None:
        """SQLite folds the log into the file when nobody else has it open."""
        self._resources.close()


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, timeout=patience, check_same_thread=False, cached_statements=2 * _MANY
    )
