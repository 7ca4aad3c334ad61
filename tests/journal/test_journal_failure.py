"""A tape on a disk that is full, failing, hanging, or in somebody else's hands."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from blotter.journal import store
from blotter.journal.failure import TapeUnusable
from blotter.journal.tape import Entry, Kind, Tape, TapeFailed, TapeLocked
from blotter.journal.verify import verify

PATIENCE = 10.0
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and limits")


def entry(size: int = 20, at: int = 1) -> Entry:
    return Entry(at, Kind.OUT, "OE", 1, 7, "D", bytes(size))


class Answer:
    """What `done` was called with."""

    def __init__(self) -> None:
        self._came = threading.Event()
        self._result: range | TapeFailed | None = None

    def __call__(self, result: range | TapeFailed) -> None:
        self._result = result
        self._came.set()

    def wait(self) -> range | TapeFailed | None:
        assert self._came.wait(PATIENCE)
        return self._result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "embedded" / "tape.sqlite3"


def pages(tape: Tape, limit: int) -> None:
    """Let the file have this many pages at most, as a full disk would."""
    tape._store._connection.execute(f"PRAGMA max_page_count = {limit}")


def fill(tape: Tape) -> TapeFailed:
    pages(tape, 20)
    for _ in range(50):
        try:
            tape.write([entry(3000), entry(3000)])
        except TapeFailed as failure:
            return failure
    raise AssertionError("never full")


def test_a_full_disk_refuses_with_the_reason_and_nothing_is_half_written(path: Path) -> None:
    tape = Tape.open(path)
    failure = fill(tape)
    assert "full" in str(failure)
    assert str(tape.failed) == str(failure)
    assert tape.last_id % 2 == 0  # a write of two rows is both or none
    assert len(list(tape.rows())) == tape.last_id
    with pytest.raises(TapeFailed, match="full"):
        tape.write([entry()])
    with pytest.raises(TapeFailed, match="full"):
        tape.set_meta("a", "b")
    answer = Answer()
    tape.commit([entry()], answer)
    assert "full" in str(answer.wait())
    rows = tape.last_id
    tape.close()
    assert verify(path) == verify(path)._replace(rows=rows, bad_row=None)


def test_a_commit_that_finds_the_disk_full_is_refused_and_not_on_the_tape(path: Path) -> None:
    tape = Tape.open(path)
    tape.write([entry()])
    pages(tape, 1)
    answer = Answer()
    tape.commit([entry(100_000)], answer)
    assert "full" in str(answer.wait())
    assert tape.failed is not None
    assert [row.id for row in tape.rows()] == [1]
    tape.close()


def test_with_room_again_retry_brings_the_tape_back_and_loses_nothing_appended(path: Path) -> None:
    tape = Tape.open(path)
    fill(tape)
    sound = tape.last_id
    tape.append([entry(5000, at=2)])
    tape.append([entry(5000, at=3)])
    assert not tape.retry(PATIENCE)
    assert "full" in str(tape.failed)
    assert tape.settled() is None  # rows wait in memory
    pages(tape, 1_000_000)
    assert tape.retry(PATIENCE)
    assert tape.failed is None
    assert tape.write([entry(at=4)]) == range(sound + 3, sound + 4)
    assert [row.entry.at for row in tape.rows(after=sound)] == [2, 3, 4]
    tape.close()
    assert verify(path).bad_row is None


def test_closing_a_failed_tape_says_how_much_was_never_recorded(path: Path) -> None:
    tape = Tape.open(path)
    fill(tape)
    tape.append([entry(50_000), entry()])
    with pytest.raises(TapeFailed, match="full; 2 rows were never recorded"):
        tape.close()
    Tape.open(path).close()  # and the lock is free


def test_closing_tries_once_more(path: Path) -> None:
    tape = Tape.open(path)
    fill(tape)
    sound = tape.last_id
    tape.append([entry(50_000)])
    pages(tape, 1_000_000)
    tape.close()
    assert verify(path).rows == sound + 1


def test_a_disk_that_became_read_only_is_told(path: Path) -> None:
    tape = Tape.open(path)
    tape._store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(TapeFailed, match="readonly"):
        tape.write([entry()])
    tape._store._connection.execute("PRAGMA query_only = OFF")
    assert tape.retry(PATIENCE)
    assert tape.write([entry()]) == range(1, 2)
    tape.close()


def test_another_program_that_writes_to_the_file_does_not_hold_up_the_desk(path: Path) -> None:
    tape = Tape.open(path, patience=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TapeFailed, match="locked"):
        tape.write([entry()])
    other.execute("ROLLBACK")
    other.close()
    assert tape.retry(PATIENCE)
    assert tape.write([entry()]) == range(1, 2)
    tape.close()


def test_a_flush_that_fails_is_told_and_only_a_full_checkpoint_heals_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape.open(path)

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(store, "flush", failing)
        answer = Answer()
        tape.commit([entry(100_000)], answer)
        assert "Input/output error" in str(answer.wait())
        with pytest.raises(TapeFailed, match="Input/output error"):
            tape.write([entry()])
        assert not tape.retry(PATIENCE)
    assert [row.id for row in tape.rows()] == [1]  # recorded, but not for sure on the disk
    size = path.stat().st_size
    assert tape.retry(PATIENCE)
    assert path.stat().st_size > size + 90_000  # copied into the file, out of the log
    again = Answer()
    tape.commit([entry()], again)
    assert again.wait() == range(2, 3)
    tape.close()


def test_a_write_gives_up_on_a_stuck_disk_and_is_not_recorded_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape.open(path, patience=0.05)
    stuck, go_on = threading.Event(), threading.Event()
    real = tape._store.record

    def hanging(entries: list[Entry]) -> None:
        stuck.set()
        assert go_on.wait(PATIENCE)
        real(entries)

    with monkeypatch.context() as patch:
        patch.setattr(tape._store, "record", hanging)
        tape.append([entry(at=1)])
        assert stuck.wait(PATIENCE)
        with pytest.raises(TapeFailed, match=r"not answered for 0\.05 s"):
            tape.write([entry(at=2)])
        assert not tape.retry(0.01)
        assert tape.settled() is None
        tape.append([entry(at=3)])
        go_on.set()
    assert tape.retry(PATIENCE)
    tape.write([entry(at=4)])
    assert [row.entry.at for row in tape.rows()] == [1, 3, 4]
    assert tape.settled() == 3
    tape.close()


def test_a_disk_that_never_answers_does_not_hold_up_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape.open(path)
    go_on = threading.Event()
    monkeypatch.setattr(store, "flush", lambda descriptor: go_on.wait(PATIENCE))
    answer = Answer()
    tape.commit([entry()], answer)
    with pytest.raises(TapeFailed, match=r"not answered for 0\.05 s"):
        tape.close(wait=0.05)
    go_on.set()
    assert answer.wait() == range(1, 2)
    tape._writer.join(PATIENCE)
    tape._store.close()


def test_a_mistake_in_the_writer_is_told_to_who_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape.open(path)
    answer = Answer()

    def broken(entries: list[Entry]) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(tape._store, "record", broken)
        tape.commit([entry()], answer)
        assert "ZeroDivisionError" in str(answer.wait())
    assert tape.retry(PATIENCE)
    tape.close()


FILLING = """
import resource, sys, threading
from pathlib import Path
from blotter.journal.tape import Entry, Kind, Tape, TapeFailed

def entry(at):
    return Entry(at, Kind.OUT, "OE", 1, 7, "D", bytes(500))

tape = Tape.open(Path(sys.argv[1]))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
written = 0
try:
    while True:
        tape.write([entry(1)])
        written += 1
except TapeFailed as failure:
    print(failure)
answer = []
came = threading.Event()
tape.commit([entry(1)], lambda result: (answer.append(result), came.set()))
came.wait(10)
print(answer[0])
tape.append([entry(2)])
print(tape.retry(10))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(tape.retry(10))
print(tape.write([entry(3)]) == range(written + 2, written + 3))
tape.close()
"""


@posix
def test_the_operating_system_refuses_the_bytes(path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FILLING, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    failure, refused, before, after, went_on = run.stdout.splitlines()
    assert failure.startswith("tape.sqlite3: ")
    assert refused == failure
    assert (before, after, went_on) == ("False", "True", "True")
    assert verify(path).bad_row is None


def test_two_tapes_of_one_file_are_refused(path: Path) -> None:
    tape = Tape.open(path)
    with pytest.raises(TapeLocked, match=str(os.getpid())) as refused:
        Tape.open(path)
    assert refused.value.pid == os.getpid()
    tape.write([entry()])
    tape.close()
    again = Tape.open(path)
    assert again.last_id == 1
    again.close()


def test_another_process_that_holds_the_tape_is_named(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from blotter.journal.tape import Tape;"
        "tape = Tape.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(TapeLocked, match=f"process {other.pid}") as refused:
            Tape.open(path)
        assert refused.value.pid == other.pid
        other.kill()  # its lock goes with it
        other.wait()
    Tape.open(path).close()


@posix
def test_only_the_owner_may_read(path: Path) -> None:
    mask = os.umask(0)
    try:
        tape = Tape.open(path)
        tape.write([entry()])
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert modes == dict.fromkeys(
            ["tape.sqlite3", "tape.sqlite3-wal", "tape.sqlite3-shm", "tape.sqlite3.lock"], 0o600
        )
        tape.close()
        path.chmod(0o644)
        Tape.open(path).close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(mask)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TapeFailed, match="cannot be opened"):
        Tape.open(tmp_path / "file" / "tape.sqlite3")


def test_a_file_that_is_no_tape_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"precious" * 1000)
    with pytest.raises(TapeUnusable, match="not readable as a tape"):
        Tape.open(path)
    assert path.read_bytes() == b"precious" * 1000
    path.unlink()
    Tape.open(path).close()  # the lock was given back
