"""Reading a tape, while it is being written or after: filters, summary. Never writes to it.

Rows are fetched in chunks, each in a read transaction of its own, so that a slow reader holds neither memory
nor the write-ahead log back.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

from blotter.journal.failure import TapeUnusable
from blotter.journal.row import GENESIS, Columns, Kind, Row, row_of
from blotter.journal.schema import MIGRATIONS, check_version, version_of

_CHUNK = 1000
_BUSY = 2.0  # seconds to wait for a lock, which readers hardly ever meet in WAL mode
_COLUMNS = "id, at, kind, session, connection, seq, msg_type, payload, digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """Which rows. None (or empty) means any; times are UTC ns, both ends included.

    `text` is looked for byte for byte in the payload. `last` keeps only the newest of those that fit.
    """

    after: int = 0  # row id
    up_to: int | None = None  # row id, included
    since: int | None = None
    until: int | None = None
    session: str | None = None
    kinds: frozenset[Kind] = frozenset()
    msg_types: frozenset[str] = frozenset()
    text: str | None = None
    last: int | None = None

    def condition(self) -> tuple[str, list[int | str | bytes]]:
        """As SQL. Only fixed text and placeholders stand in it; values are bound."""
        terms = ["id > ?", "id <= ?"]
        values: list[int | str | bytes] = [self.after, (1 << 63) - 1 if self.up_to is None else self.up_to]
        for term, value in (("at >= ?", self.since), ("at <= ?", self.until), ("session = ?", self.session)):
            if value is not None:
                terms.append(term)
                values.append(value)
        for column, wanted in (("kind", [k.value for k in self.kinds]), ("msg_type", list(self.msg_types))):
            if wanted:
                terms.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += sorted(wanted)
        if self.text:
            terms.append("instr(payload, ?) > 0")
            values.append(self.text.encode())
        return " AND ".join(terms), values


ALL = RowFilter()


class Summary(NamedTuple):
    """What a list of tapes says about one. Times: UTC ns of the first and the last row, None when empty."""

    rows: int
    first_at: int | None
    last_at: int | None
    head: bytes  # digest of the last row


class TapeReader:
    """A read-only view with a connection of its own. For one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises `TapeUnusable` for what is no tape of this version."""
        if not path.is_file():
            raise TapeUnusable(f"{path}: no such tape")
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro",
            uri=True,
            isolation_level=None,
            timeout=_BUSY,
            check_same_thread=False,
        )
        try:
            version = version_of(connection, path)
            check_version(version, path)
            if version == 0:
                raise TapeUnusable(f"{path}: an empty file, not a tape")
            if version < len(MIGRATIONS):
                raise TapeUnusable(
                    f"{path}: tape version {version}, this Blotter reads version {len(MIGRATIONS)}:"
                    " start the blotter on it once to bring it up to date"
                )
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def last_id(self) -> int:
        """Id of the newest row, 0 when there is none."""
        (last,) = self._connection.execute("SELECT ifnull(max(id), 0) FROM row").fetchone()
        return int(last)

    def summary(self) -> Summary:
        """Cheap at any size: ids have no holes, so the last one is the number of rows."""
        fetch = self._connection.execute(
            "SELECT id, at, digest FROM row WHERE id IN (1, (SELECT max(id) FROM row)) ORDER BY id"
        ).fetchall()
        if not fetch:
            return Summary(0, None, None, GENESIS)
        return Summary(fetch[-1][0], fetch[0][1], fetch[-1][1], fetch[-1][2])

    def rows(self, wanted: RowFilter = ALL) -> Iterator[Row]:
        """The rows that fit, oldest first, up to the newest there is at the time of the call.

        Raises `TapeUnusable` where the file is damaged.
        """
        try:
            for columns in self.columns(wanted):
                yield row_of(columns)
        except (sqlite3.DatabaseError, KeyError) as error:
            raise TapeUnusable(f"{self.path}: damaged: {error}") from error

    def columns(self, wanted: RowFilter = ALL) -> Iterator[Columns]:
        """As `rows`, but the bare columns. Raises `sqlite3.DatabaseError` where the file is damaged."""
        newest = self.last_id
        condition, values = wanted.condition()
        values[1] = newest if wanted.up_to is None else min(newest, wanted.up_to)
        if wanted.last is not None:
            values[0] = self._before_last(wanted.last, condition, values)
        query = f"SELECT {_COLUMNS} FROM row WHERE {condition} ORDER BY id LIMIT {_CHUNK}"  # noqa: S608
        while True:
            try:
                chunk = self._connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError:
                yield from self._connection.execute(query, values)  # what stands before the damage is good
                raise
            yield from chunk
            if len(chunk) < _CHUNK:
                return
            values[0] = chunk[-1][0]

    def _before_last(self, last: int, condition: str, values: list[int | str | bytes]) -> int:
        """The row id after which the newest `last` matching rows stand."""
        query = f"SELECT id FROM row WHERE {condition} ORDER BY id DESC LIMIT 1 OFFSET ?"  # noqa: S608
        found = self._connection.execute(query, [*values, last]).fetchone()
        after = values[0]
        return int(found[0]) if found is not None else int(after)

    def found(
        self,
        condition: str,
        values: Sequence[int | str | bytes],
        *,
        after: int = 0,
        up_to: int | None = None,
        newest_first: bool = False,
        limit: int = _CHUNK,
    ) -> list[int]:
        """The ids of at most `limit` rows behind `after` and up to `up_to` that meet an SQL condition (fixed text with
        placeholders). One read transaction, and the interpreter is free meanwhile."""
        order = "DESC" if newest_first else "ASC"
        query = f"SELECT id FROM row WHERE id > ? AND id <= ? AND ({condition}) ORDER BY id {order} LIMIT ?"  # noqa: S608
        bound = [after, (1 << 63) - 1 if up_to is None else up_to, *values, limit]
        return [int(row_id) for (row_id,) in self._connection.execute(query, bound)]

    def matching(
        self, condition: str, values: Sequence[int | float | str | bytes], *, after: int, up_to: int
    ) -> Iterator[Row]:
        """The rows behind `after` and up to `up_to` that meet an SQL condition (fixed text with placeholders), newest
        first. One read transaction until it is exhausted. Raises `TapeUnusable` where the file is damaged."""
        query = f"SELECT {_COLUMNS} FROM row WHERE id > ? AND id <= ? AND {condition} ORDER BY id DESC"  # noqa: S608
        try:
            for columns in self._connection.execute(query, [after, up_to, *values]):
                yield row_of(columns)
        except (sqlite3.DatabaseError, KeyError) as error:
            raise TapeUnusable(f"{self.path}: damaged: {error}") from error

    def newest_by_number(
        self, session: str, begin: int, end: int, *, after: int, without: bytes
    ) -> list[tuple[int, int]]:
        """For each MsgSeqNum from `begin` to `end` that went out on a session behind a row: the number, and the id of
        the last row that has it. Rows whose message holds `without` are passed over."""
        query = (
            "SELECT seq, max(id) FROM row WHERE id > ? AND kind = 'out' AND session = ? AND seq BETWEEN ? AND ?"
            " AND instr(payload, ?) = 0 GROUP BY seq ORDER BY seq"
        )
        return self._connection.execute(query, (after, session, begin, end, without)).fetchall()

    def payloads(self, after: int, up_to: int) -> list[bytes]:
        """The messages behind `after` and up to `up_to`, bare."""
        query = "SELECT payload FROM row WHERE id > ? AND id <= ? AND kind IN ('in', 'out')"
        return [payload for (payload,) in self._connection.execute(query, (after, up_to))]

    def row(self, row_id: int) -> Row | None:
        """One row; None when there is none of this id."""
        found = self._connection.execute(f"SELECT {_COLUMNS} FROM row WHERE id = ?", (row_id,)).fetchone()  # noqa: S608
        return None if found is None else row_of(found)

    def row_at(self, moment: int) -> int:
        """Id of the last row that was written by `moment` (UTC ns); 0 when all are later. Where the wall clock had been
        set back, one of those that fit."""
        low, high = 0, self.last_id
        while low < high:
            middle = (low + high + 1) // 2
            (at,) = self._connection.execute("SELECT at FROM row WHERE id = ?", (middle,)).fetchone()
            low, high = (middle, high) if at <= moment else (low, middle - 1)
        return low

    def counted(self, up_to: int) -> list[tuple[str, int, int]]:
        """How many messages went by up to this row: session, how many, id of the last of them. An entry for each
        direction of each connection, the oldest connection first."""
        query = (
            "SELECT session, count(*), max(id) FROM row"
            " WHERE id <= ? AND kind IN ('in', 'out') GROUP BY session, kind, connection ORDER BY connection"
        )
        return self._connection.execute(query, (up_to,)).fetchall()

    def msg_types(self) -> list[str]:
        """Every `msg_type` there is."""
        return sorted(
            str(found) for (found,) in self._connection.execute("SELECT DISTINCT msg_type FROM row")
        )

    def meta(self, key: str) -> str | None:
        """The value stored under this key."""
        found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def digest(self, row_id: int) -> bytes | None:
        """The digest of one row; of row 0, what the chain starts from."""
        if row_id == 0:
            return GENESIS
        found = self._connection.execute("SELECT digest FROM row WHERE id = ?", (row_id,)).fetchone()
        return None if found is None else bytes(found[0])

    def snapshot_ids(self, version: int) -> list[int]:
        """The row ids that stored snapshots of this version cover up to, newest first."""
        query = "SELECT row_id FROM snapshot WHERE version = ? AND part = 0 ORDER BY row_id DESC"
        return [int(row_id) for (row_id,) in self._connection.execute(query, (version,))]

    def snapshot_parts(self, row_id: int, version: int) -> list[bytes]:
        """What was stored for this snapshot, the seal (part 0) first."""
        query = "SELECT data FROM snapshot WHERE row_id = ? AND version = ? ORDER BY part"
        return [bytes(data) for (data,) in self._connection.execute(query, (row_id, version))]
