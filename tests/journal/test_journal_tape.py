"""Order, durability and reading of a healthy tape."""

import logging
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.journal import store
from blotter.journal import tape as tape_module
from blotter.journal.row import GENESIS, chained
from blotter.journal.tape import Entry, Kind, Tape, TapeFailed
from blotter.journal.verify import verify

PATIENCE = 10.0


def entry(payload: bytes = b"8=FIX.4.4\x01", *, at: int = 1, msg_type: str = "D") -> Entry:
    return Entry(at, Kind.OUT, "OE", 1, 7, msg_type, payload)


class Answers:
    """Collects what `done` was called with, in order."""

    def __init__(self, expected: int = 1) -> None:
        self.got: list[range | TapeFailed] = []
        self._expected = expected
        self._all = threading.Event()

    def __call__(self, result: range | TapeFailed) -> None:
        self.got.append(result)
        if len(self.got) == self._expected:
            self._all.set()

    def wait(self) -> list[range | TapeFailed]:
        assert self._all.wait(PATIENCE), f"answered: {self.got}"
        return self.got


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "embedded" / "tape.sqlite3"


@pytest.fixture
def tape(path: Path):
    tape = Tape.open(path)
    yield tape
    tape.close()


def test_a_row_comes_back_as_it_was_written(tape: Tape) -> None:
    written = Entry(1_700_000_000_123_456_789, Kind.IN, "MD", 3, 42, "W", bytes(range(256)))
    assert tape.write([written]) == range(1, 2)
    (row,) = tape.rows()
    assert row.entry == written
    assert row.digest == chained(GENESIS, 1, written.at, "in", "MD", 3, 42, "W", written.payload)


def test_rows_are_numbered_without_holes_across_restarts(path: Path) -> None:
    for start in (1, 4, 7):
        tape = Tape.open(path)
        assert tape.last_id == start - 1
        assert tape.write([entry(), entry()]) == range(start, start + 2)
        assert tape.write([entry()]) == range(start + 2, start + 3)
        tape.close()
    assert verify(path).rows == 9


def test_nothing_written_is_nothing(tape: Tape) -> None:
    assert tape.write([]) == range(1, 1)
    assert list(tape.rows()) == []


def test_after_and_limit_pick_rows(tape: Tape) -> None:
    tape.write([entry(at=at) for at in range(1, 11)])
    assert [row.id for row in tape.rows(after=7)] == [8, 9, 10]
    assert [row.id for row in tape.rows(after=2, limit=3)] == [3, 4, 5]
    assert list(tape.rows(after=10)) == []


def test_a_commit_is_answered_with_its_rows_on_the_writer_thread(tape: Tape) -> None:
    threads: list[str] = []
    answers = Answers()

    def done(result: range | TapeFailed) -> None:
        threads.append(threading.current_thread().name)
        answers(result)

    tape.commit([entry(), entry()], done)
    assert answers.wait() == [range(1, 3)]
    assert threads == ["tape tape.sqlite3"]


def test_a_fault_of_the_callers_does_not_stop_the_tape(tape: Tape, caplog: pytest.LogCaptureFixture) -> None:
    def broken(result: range | TapeFailed) -> None:
        raise ZeroDivisionError

    answers = Answers()
    with caplog.at_level(logging.CRITICAL):
        tape.commit([entry()], broken)
        tape.commit([entry()], answers)
        assert answers.wait() == [range(2, 3)]


Call = tuple[str, list[Entry]]

entries = st.lists(
    st.builds(
        Entry,
        at=st.integers(0, 2**63 - 1),
        kind=st.sampled_from(Kind),
        session=st.sampled_from(["", "OE", "MD"]),
        connection=st.integers(0, 9),
        seq=st.integers(-1, 2**63 - 1),
        msg_type=st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
        payload=st.binary(max_size=40),
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(
    calls=st.lists(st.tuples(st.sampled_from(["write", "append", "commit"]), entries), max_size=12),
    restart_after=st.integers(0, 12),
)
def test_rows_stand_in_the_order_of_the_calls_whatever_the_mix(calls: list[Call], restart_after: int) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "tape.sqlite3"
        expected: list[Entry] = []
        answers: list[tuple[range, range | TapeFailed]] = []
        for part in (calls[:restart_after], calls[restart_after:]):
            tape = Tape.open(path)
            for way, rows in part:
                ids = range(len(expected) + 1, len(expected) + 1 + len(rows))
                expected += rows
                if way == "write":
                    assert tape.write(rows) == ids
                elif way == "append":
                    tape.append(rows)
                else:
                    tape.commit(rows, lambda result, ids=ids: answers.append((ids, result)))
            tape.close()
        tape = Tape.open(path)
        assert [row.entry for row in tape.rows()] == expected
        assert all(asked == got for asked, got in answers)
        assert len(answers) == sum(way == "commit" for way, _ in calls)
        tape.close()
        verdict = verify(path)
        assert (verdict.rows, verdict.bad_row) == (len(expected), None)


def test_more_rows_than_one_statement_holds_are_one_transaction(tape: Tape, path: Path) -> None:
    assert tape.write([entry(at=at) for at in range(1, 300)]) == range(1, 300)
    assert [row.entry.at for row in tape.rows()] == list(range(1, 300))
    assert verify(path).rows == 299


def test_a_number_too_large_for_the_file_does_not_stop_the_tape(tape: Tape) -> None:
    tape.write([entry()._replace(seq=10**30)])
    (row,) = tape.rows()
    assert row.entry.seq == -1


def test_writes_do_not_wait_while_the_disk_flushes(tape: Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    flushing, go_on = threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        flushing.set()
        assert go_on.wait(PATIENCE)

    monkeypatch.setattr(store, "flush", slow)
    answers = Answers()
    tape.commit([entry()], answers)
    assert flushing.wait(PATIENCE)
    assert tape.write([entry()]) == range(2, 3)
    tape.append([entry()])
    assert tape.write([entry()]) == range(4, 5)
    assert answers.got == []
    go_on.set()
    assert answers.wait() == [range(1, 2)]


def test_commits_that_wait_together_share_a_flush(tape: Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    flushes: list[int] = []
    first, go_on = threading.Event(), threading.Event()

    def counted(descriptor: int) -> None:
        flushes.append(descriptor)
        first.set()
        assert go_on.wait(PATIENCE)

    monkeypatch.setattr(store, "flush", counted)
    answers = Answers(expected=10)
    tape.commit([entry()], answers)
    assert first.wait(PATIENCE)
    for _ in range(9):
        tape.commit([entry()], answers)
    go_on.set()
    assert answers.wait() == [range(at, at + 1) for at in range(1, 11)]
    assert len(flushes) == 2


def test_an_inline_write_takes_what_is_queued_along_and_still_has_it_flushed(
    tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushing, go_on = threading.Event(), threading.Event()
    order: list[str] = []
    real = store.flush

    def slow(descriptor: int) -> None:
        flushing.set()
        assert go_on.wait(PATIENCE)
        real(descriptor)
        order.append("flushed")

    monkeypatch.setattr(store, "flush", slow)
    first, second = Answers(), Answers()
    tape.commit([entry()], first)
    assert flushing.wait(PATIENCE)
    tape.commit([entry()], lambda result: (order.append("answered"), second(result)))
    assert tape.write([entry()]) == range(3, 4)  # records the commit as row 2, on this thread
    assert second.got == []
    go_on.set()
    assert second.wait() == [range(2, 3)]
    assert order == ["flushed", "flushed", "answered"]


def test_rows_can_be_read_while_they_are_written(tape: Tape) -> None:
    tape.write([entry(at=at) for at in range(1, 2500)])
    seen: list[int] = []
    for row in tape.rows():
        seen.append(row.id)
        if row.id % 500 == 0:
            tape.write([entry()])
    assert seen == list(range(1, 2500))  # as it stood when reading began
    assert tape.last_id == 2503


@pytest.mark.parametrize("busy", [False, True])
def test_the_log_is_folded_into_the_file_and_starts_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    if busy:  # rows keep coming while it is copied: then it is finished with the lock held
        monkeypatch.setattr(tape_module, "_LOG_LIMIT", 0)
    tape = Tape.open(path, checkpoint_every=50)
    log = path.with_name("tape.sqlite3-wal")
    sizes: list[int] = []
    for _ in range(20):
        for _ in range(50):
            tape.write([entry(payload=bytes(400))])
        for _ in range(1 if busy else 2):  # the second is answered when the checkpoint is over
            answers = Answers()
            tape.commit([entry()], answers)
            answers.wait()
        sizes.append(log.stat().st_size)
    rows = tape.last_id
    assert path.stat().st_size > 100_000
    assert sizes[-1] < 6 * sizes[0]  # 20 times, were it never to start anew
    assert len(list(tape.rows())) == rows
    tape.close()
    assert not log.exists()
    assert verify(path).rows == rows


def test_values_beside_the_rows_survive(path: Path) -> None:
    tape = Tape.open(path)
    assert tape.meta("connection") is None
    tape.set_meta("connection", "1")
    tape.set_meta("connection", "2")
    assert tape.meta("connection") == "2"
    tape.close()
    tape = Tape.open(path)
    assert tape.meta("connection") == "2"
    tape.close()


def test_a_closed_tape_refuses(path: Path) -> None:
    tape = Tape.open(path)
    tape.close()
    tape.close()
    answers = Answers()
    tape.commit([entry()], answers)
    assert str(answers.wait()[0]) == "tape.sqlite3: closed"
    with pytest.raises(TapeFailed, match="closed"):
        tape.write([entry()])
    with pytest.raises(TapeFailed, match="closed"):
        tape.append([entry()])
    with pytest.raises(TapeFailed, match="closed"):
        tape.set_meta("a", "b")
    assert not tape.retry()
