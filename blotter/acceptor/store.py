"""What must outlive a connection, and a process where there is a file: numbers, messages sent, ClOrdIDs seen.

One SQLite database for all sessions. Process-durable: what is committed survives the process being killed. The caller
commits before it writes to a socket, so that no number is ever used for two messages.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from blotter.fix.codec import decode
from blotter.fix.sequence import FROM_ONE, Numbers
from blotter.fix.session import Stored

_SCHEMA = """
CREATE TABLE IF NOT EXISTS numbers (session TEXT PRIMARY KEY, next_out INTEGER, next_in INTEGER);
CREATE TABLE IF NOT EXISTS sent (session TEXT, seq INTEGER, raw BLOB, PRIMARY KEY (session, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (session TEXT, cl_ord_id TEXT, PRIMARY KEY (session, cl_ord_id)) WITHOUT ROWID;
"""
_PAGE = 500  # messages read at once for a resend


class StoreError(Exception):
    """The file cannot be used."""


class Store:
    """For one thread. Changes are kept by `commit`."""

    def __init__(self, path: Path | None) -> None:
        """None: in memory, for as long as the process lives. `StoreError` for a file that is none of ours."""
        self.durable = path is not None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(":memory:" if path is None else path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: {error}") from error

    def numbers(self, session: str) -> Numbers:
        """Where the session left off."""
        row = self._db.execute(
            "SELECT next_out, next_in FROM numbers WHERE session = ?", (session,)
        ).fetchone()
        return FROM_ONE if row is None else Numbers(*row)

    def set_numbers(self, session: str, numbers: Numbers) -> None:
        self._db.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?, ?)", (session, *numbers))

    def forget(self, session: str) -> None:
        """The session starts anew."""
        for table in ("numbers", "sent", "seen"):
            self._db.execute(f"DELETE FROM {table} WHERE session = ?", (session,))  # noqa: S608 - a name of ours

    def add_sent(self, session: str, seq: int, raw: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (session, seq, raw))

    def sent(self, session: str, begin: int, end: int) -> Iterator[Stored]:
        """What was sent under these numbers, ascending, a page at a time."""
        while begin <= end:
            rows = self._db.execute(
                "SELECT seq, raw FROM sent WHERE session = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
                (session, begin, end, _PAGE),
            ).fetchall()
            for seq, raw in rows:
                yield Stored(seq, decode(raw))
            if len(rows) < _PAGE:
                return
            begin = rows[-1][0] + 1

    def add_seen(self, session: str, cl_ord_id: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (session, cl_ord_id))

    def seen(self, session: str) -> set[str]:
        """ClOrdIDs of this session so far."""
        return {
            row[0] for row in self._db.execute("SELECT cl_ord_id FROM seen WHERE session = ?", (session,))
        }

    def commit(self) -> None:
        self._db.commit()

    def close(self) -> None:
        self._db.commit()
        self._db.close()
