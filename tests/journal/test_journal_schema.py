"""What stands in the file: append-only rows, versions and how they change, snapshots."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import TapeReader
from blotter.journal.schema import MIGRATIONS
from blotter.journal.snapshot import PART
from blotter.journal.tape import Entry, Kind, Tape


def entry(at: int = 1) -> Entry:
    return Entry(at, Kind.OUT, "OE", 1, 7, "D", b"8=FIX.4.4\x01")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tape.sqlite3"
    tape = Tape.open(path)
    tape.write([entry(), entry(), entry()])
    tape.close()
    return path


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def save(path: Path, row_id: int, version: int, data: bytes) -> None:
    """Save a snapshot; closing the tape finishes it."""
    tape = Tape.open(path)
    tape.save_snapshot(row_id, version, data)
    tape.close()


def saved(path: Path, version: int) -> tuple[tuple[int, bytes] | None, list[str]]:
    """The snapshot found, and the warnings."""
    tape = Tape.open(path)
    try:
        return tape.snapshot(version), tape.warnings
    finally:
        tape.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE row SET payload = x'00' WHERE id = 2",
        "DELETE FROM row WHERE id = 3",
        "INSERT OR REPLACE INTO row SELECT id, at, kind, session, connection, seq, msg_type, x'00', digest"
        " FROM row WHERE id = 2",
        "INSERT INTO row SELECT 5, at, kind, session, connection, seq, msg_type, payload, digest"
        " FROM row WHERE id = 3",
        "INSERT INTO row SELECT 0, at, kind, session, connection, seq, msg_type, payload, digest"
        " FROM row WHERE id = 3",
    ],
)
def test_rows_can_only_be_added_behind_the_last(path: Path, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        execute(path, statement)


def test_the_file_says_what_it_is(path: Path) -> None:
    assert path.read_bytes()[68:72] == b"BLOT"
    assert int.from_bytes(path.read_bytes()[60:64], "big") == len(MIGRATIONS)


def _second(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE added (id INTEGER PRIMARY KEY) STRICT")
    connection.execute("INSERT INTO added SELECT count(*) FROM row")


def test_an_older_tape_is_brought_up_to_date_once(path: Path) -> None:
    for expected in (["tape.sqlite3: brought from tape version 1 to 2"], []):
        tape = Tape.open(path, migrations=(*MIGRATIONS, _second))
        assert tape.warnings == expected
        assert tape._store._connection.execute("SELECT id FROM added").fetchall() == [(3,)]
        assert tape.last_id == 3
        tape.close()


def test_a_new_tape_has_the_newest_version(tmp_path: Path) -> None:
    tape = Tape.open(tmp_path / "new.sqlite3", migrations=(*MIGRATIONS, _second))
    assert tape.warnings == []
    assert tape._store._connection.execute("PRAGMA user_version").fetchone() == (2,)
    tape.close()


def test_a_tape_from_the_future_is_refused_and_left_alone(path: Path) -> None:
    execute(path, "PRAGMA user_version = 7")
    before = path.read_bytes()
    for opened in (Tape, TapeReader):
        with pytest.raises(
            TapeUnusable, match="tape version 7, this Blotter knows versions up to 1: use a newer"
        ):
            opened.open(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_tape_as_it_was(path: Path) -> None:
    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (id INTEGER)")
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(Exception, match="no such table: nowhere"):
        Tape.open(path, migrations=(*MIGRATIONS, failing))
    tape = Tape.open(path)
    assert tape.last_id == 3
    tables = tape._store._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert ("half",) not in tables
    tape.close()


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    execute(path, "CREATE TABLE photos (id INTEGER)")
    for opened in (Tape, TapeReader):
        with pytest.raises(TapeUnusable, match="not a tape of Blotter"):
            opened.open(path)


def test_a_head_that_does_not_fit_is_told_at_opening(path: Path) -> None:
    execute(path, "DROP TRIGGER row_never_changes", "UPDATE row SET payload = x'00' WHERE id = 3")
    tape = Tape.open(path)
    assert tape.warnings == ["tape.sqlite3: row 3 does not fit its digest: verify this tape"]
    tape.close()


# --- snapshots ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, PART, 3 * PART + 1])
def test_a_snapshot_comes_back(path: Path, size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    assert saved(path, 1) == (None, [])
    save(path, 2, 1, data)
    assert saved(path, 1) == ((2, data), [])


def test_the_newest_snapshot_of_the_version_is_used_and_few_are_kept(path: Path) -> None:
    save(path, 1, 1, b"one")
    save(path, 2, 1, b"two" * PART)
    save(path, 2, 1, b"two again")
    save(path, 3, 1, b"three")
    assert saved(path, 1) == ((3, b"three"), [])
    assert saved(path, 2) == (None, [])
    with TapeReader.open(path) as reader:
        assert reader.snapshot_ids(1) == [3, 2]
    save(path, 3, 2, b"new shape")
    assert saved(path, 1) == (None, [])
    assert saved(path, 2) == ((3, b"new shape"), [])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshot SET data = x'00' WHERE row_id = 3 AND part = 1",
        "DELETE FROM snapshot WHERE row_id = 3 AND part = 1",
        "UPDATE snapshot SET row_id = 4 WHERE row_id = 3",
    ],
)
def test_a_damaged_snapshot_is_passed_over_with_a_warning(path: Path, damage: str) -> None:
    save(path, 2, 1, b"two")
    save(path, 3, 1, b"three")
    execute(path, damage)
    found, (warning,) = saved(path, 1)
    assert found == (2, b"two")
    assert "ignored" in warning


def test_a_snapshot_without_its_seal_is_none(path: Path) -> None:
    save(path, 3, 1, b"three")
    execute(path, "DELETE FROM snapshot WHERE part = 0")
    assert saved(path, 1) == (None, [])


def test_a_snapshot_made_from_other_rows_is_not_used(path: Path, tmp_path: Path) -> None:
    save(path, 3, 1, b"three")
    other = tmp_path / "other.sqlite3"
    tape = Tape.open(other)
    tape.write([entry(at=9), entry(at=9), entry(at=9)])
    tape.close()
    execute(other, f"ATTACH '{path}' AS first", "INSERT INTO snapshot SELECT * FROM first.snapshot")
    assert saved(other, 1) == (None, ["snapshot at row 3 ignored: it is damaged or was made from other rows"])


def test_a_snapshot_of_a_row_that_is_not_there_is_not_stored(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(path, 99, 1, b"data")
    assert "no such row" in caplog.text
    assert saved(path, 1) == (None, [])


def test_a_commit_does_not_wait_for_a_snapshot(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape.open(path)
    came, stop = threading.Event(), threading.Event()

    def endless(row_id: int, version: int, data: bytes) -> Iterator[None]:
        while not stop.is_set():
            yield

    monkeypatch.setattr(tape._store, "saving", endless)
    tape.save_snapshot(3, 1, b"data")
    tape.commit([entry()], lambda result: came.set())
    assert came.wait(10)
    tape.save_snapshot(3, 1, b"data")
    tape.write([entry()])
    stop.set()
    tape.close()
