"""What an acceptor must remember of its sessions: numbers, and the messages it may be asked for again.

One SQLite database for all sessions. Process-durable: what is committed survives the process being killed. The caller
commits before it writes to a socket, so that no number is ever used for two messages. A desk keeps the same on its
tape; this is for the other side of the wire: the plain acceptor and the embedded exchange.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from blotter.fix.codec import decode, encode
from blotter.fix.effects import Draft, Instant, ResendAsked
from blotter.fix.recovery import ADMIN, Again, Stored
from blotter.fix.sequence import FROM_ONE, Numbers
from blotter.fix.session import Session
from blotter.fix.values import utc_timestamp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS numbers (session TEXT PRIMARY KEY, next_out INTEGER, next_in INTEGER);
CREATE TABLE IF NOT EXISTS sent (session TEXT, seq INTEGER, raw BLOB, PRIMARY KEY (session, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parties (session TEXT PRIMARY KEY, begin_string TEXT, sender TEXT, target TEXT,
    time_precision INTEGER, used INTEGER);
"""
_PAGE = 500  # messages read at once for a resend


class StoreError(Exception):
    """The file cannot be used."""


class Party(NamedTuple):
    """Whose session it is: what a header needs to be written while nobody is connected."""

    begin_string: str
    sender_comp_id: str  # ours
    target_comp_id: str  # the client's
    time_precision: int
    used: int  # UTC ns when it last began


class SessionStore:
    """For one thread. Changes are kept by `commit`."""

    tables: tuple[str, ...] = ("numbers", "sent")  # what a session that starts anew leaves behind
    schema = _SCHEMA

    def __init__(self, path: Path | None) -> None:
        """None: in memory, for as long as the process lives. `StoreError` for a file that is none of ours."""
        self.durable = path is not None
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(":memory:" if path is None else path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(self.schema)
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
        for table in self.tables:
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

    # --- sessions whose client is away ---------------------------------------------------------------------

    def introduce(self, session: str, party: Party) -> None:
        """Whose session it is, from its Logon on."""
        self._db.execute("INSERT OR REPLACE INTO parties VALUES (?, ?, ?, ?, ?, ?)", (session, *party))

    def parties(self) -> dict[str, Party]:
        """By session, all that were introduced."""
        return {row[0]: Party(*row[1:]) for row in self._db.execute("SELECT * FROM parties ORDER BY session")}

    def keep(self, session: str, party: Party, draft: Draft, now: Instant) -> None:
        """Number a message for a client that is away: it is sent when its absence is noticed, by a ResendRequest."""
        numbers = self.numbers(session)
        sent = utc_timestamp(now.wall, party.time_precision)
        header = (
            (49, party.sender_comp_id),
            (56, party.target_comp_id),
            (34, str(numbers.next_out)),
            (52, sent),
        )
        raw = encode(party.begin_string, draft.msg_type, header, draft.fields)
        self.add_sent(session, numbers.next_out, raw)
        self.set_numbers(session, numbers._replace(next_out=numbers.next_out + 1))

    def commit(self) -> None:
        self._db.commit()

    def close(self) -> None:
        self._db.commit()
        self._db.close()


class KeptSession:
    """A session while its client is connected, with what is remembered of it."""

    def __init__(self, store: SessionStore, name: str, session: Session) -> None:
        self.name = name
        self.session = session
        self._store = store

    def number(self, draft: Draft, now: Instant) -> bytes:
        """The bytes to write, numbered, and kept where they may be asked for again. `save` comes before the socket."""
        stamped = self.session.stamp(draft, now)
        if stamped.msg_type not in ADMIN or stamped.msg_type == "3":
            self._store.add_sent(self.name, stamped.msg_seq_num, stamped.data)
        self.session.wrote(stamped, now)
        return stamped.data

    def again(self, asked: ResendAsked, now: Instant) -> Iterator[Again]:
        """What answers a ResendRequest."""
        return self.session.resend(asked, self._store.sent(self.name, asked.begin, asked.end), now)

    def anew(self) -> None:
        """Its numbers begin at 1: what was said before is gone."""
        self._store.forget(self.name)

    def save(self) -> None:
        """Commit where both numbers stand."""
        self._store.set_numbers(self.name, Numbers(self.session.next_out, self.session.next_in))
        self._store.commit()
