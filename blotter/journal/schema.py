"""The tables of a tape, and how an older tape becomes a current one. Never touches a recorded row.

A tape says what it is in SQLite's own header: `application_id` is BLOT, `user_version` the schema version.
There is no index beside the row id: at a million rows a scan for a time or a type takes 0.15 s, while each
index would make every write on the order path a quarter slower.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from blotter.journal.failure import TapeUnusable

APPLICATION_ID = 0x424C4F54  # "BLOT"

Migration = Callable[[sqlite3.Connection], None]


def _create(connection: sqlite3.Connection) -> None:
    """Version 1."""
    connection.execute(
        """
        CREATE TABLE row (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            session TEXT NOT NULL,
            connection INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            msg_type TEXT NOT NULL,
            payload BLOB NOT NULL,
            digest BLOB NOT NULL
        ) STRICT
        """
    )
    # INSERT OR REPLACE deletes without firing the delete trigger, hence the third: only the next id may come.
    connection.execute(
        "CREATE TRIGGER row_never_changes BEFORE UPDATE ON row"
        " BEGIN SELECT RAISE(ABORT, 'the tape is append-only'); END"
    )
    connection.execute(
        "CREATE TRIGGER row_never_goes BEFORE DELETE ON row"
        " BEGIN SELECT RAISE(ABORT, 'the tape is append-only'); END"
    )
    connection.execute(
        "CREATE TRIGGER row_follows BEFORE INSERT ON row"
        " WHEN new.id IS NOT (SELECT ifnull(max(id), 0) + 1 FROM row)"
        " BEGIN SELECT RAISE(ABORT, 'the tape is append-only'); END"
    )
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")
    # Derived data, not chained: a ledger folded up to `row_id`, in parts; part 0 comes last and seals it.
    connection.execute(
        """
        CREATE TABLE snapshot (
            row_id INTEGER NOT NULL,
            version INTEGER NOT NULL,
            part INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (row_id, version, part)
        ) STRICT
        """
    )


MIGRATIONS: tuple[Migration, ...] = (_create,)
"""Migration n brings a tape from version n to n + 1. Append only, and never edit one that was released."""


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version, 0 for an empty file. Raises `TapeUnusable` for a file that is no tape."""
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        raise TapeUnusable(f"{path}: not readable as a tape: {error}") from error
    if application != APPLICATION_ID and (tables or version):
        raise TapeUnusable(f"{path}: a database, but not a tape of Blotter")
    return int(version)


def check_version(version: int, path: Path, known: int = len(MIGRATIONS)) -> None:
    """Raises `TapeUnusable` for a tape from the future."""
    if version > known:
        raise TapeUnusable(
            f"{path}: tape version {version}, this Blotter knows versions up to {known}: use a newer Blotter"
        )


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> tuple[int, int]:
    """Bring the tape up to date, a transaction each step. Returns the versions before and after."""
    before = version_of(connection, path)
    check_version(before, path, len(migrations))
    for version in range(before, len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrations[version](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return before, len(migrations)
