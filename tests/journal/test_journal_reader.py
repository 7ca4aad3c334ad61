"""Reading beside a writer, filters, and proof that nothing was altered."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import RowFilter, Summary, TapeReader
from blotter.journal.row import GENESIS, Kind
from blotter.journal.tape import Entry, Tape
from blotter.journal.verify import verify

ENTRIES = [
    Entry(100, Kind.SESSION, "OE", 1, 0, "dial", b'{"event":"dial"}'),
    Entry(110, Kind.OUT, "OE", 1, 1, "A", b"8=FIX.4.4\x0135=A\x01"),
    Entry(120, Kind.IN, "OE", 1, 1, "A", b"8=FIX.4.4\x0135=A\x01"),
    Entry(130, Kind.ACT, "", 0, 0, "OrderSubmitted", b'{"cl_ord_id":"A-1"}'),
    Entry(140, Kind.OUT, "OE", 1, 2, "D", b"8=FIX.4.4\x0135=D\x0111=A-1\x01"),
    Entry(135, Kind.IN, "MD", 2, 9, "W", b"8=FIX.4.4\x0135=W\x01"),  # the clock was set back
    Entry(150, Kind.IN, "OE", 1, 2, "8", b"8=FIX.4.4\x0135=8\x0111=A-1\x01\xff\x00"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tape.sqlite3"
    tape = Tape.open(path)
    tape.write(ENTRIES)
    tape.close()
    return path


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (RowFilter(), [1, 2, 3, 4, 5, 6, 7]),
        (RowFilter(after=2, up_to=5), [3, 4, 5]),
        (RowFilter(since=130), [4, 5, 6, 7]),
        (RowFilter(until=130), [1, 2, 3, 4]),
        (RowFilter(since=135, until=140), [5, 6]),
        (RowFilter(session="OE"), [1, 2, 3, 5, 7]),
        (RowFilter(session=""), [4]),
        (RowFilter(kinds=frozenset({Kind.IN, Kind.ACT})), [3, 4, 6, 7]),
        (RowFilter(msg_types=frozenset({"A", "8"})), [2, 3, 7]),
        (RowFilter(text="A-1"), [4, 5, 7]),
        (RowFilter(text="%"), []),
        (RowFilter(text="a-1"), []),
        (RowFilter(last=2), [6, 7]),
        (RowFilter(last=100), [1, 2, 3, 4, 5, 6, 7]),
        (RowFilter(last=2, text="A-1"), [5, 7]),
        (RowFilter(last=1, kinds=frozenset({Kind.IN}), session="OE", until=149), [3]),
        (RowFilter(session="' OR 1=1 --"), []),
    ],
)
def test_filters_pick_rows(path: Path, wanted: RowFilter, ids: list[int]) -> None:
    with TapeReader.open(path) as reader:
        assert [row.id for row in reader.rows(wanted)] == ids
        assert [row.entry for row in reader.rows(wanted)] == [ENTRIES[at - 1] for at in ids]


@settings(max_examples=10, deadline=None)
@given(last=st.integers(1, 3000), every=st.integers(1, 7))
def test_the_last_rows_across_chunks(tmp_path_factory: pytest.TempPathFactory, last: int, every: int) -> None:
    path = tmp_path_factory.getbasetemp() / "long" / "tape.sqlite3"
    if not path.exists():
        tape = Tape.open(path)
        tape.write([Entry(at, Kind.IN, "OE", 1, at, "8", b"") for at in range(1, 2801)])
        tape.close()
    with TapeReader.open(path) as reader:
        found = [row.id for row in reader.rows(RowFilter(last=last, since=every))]
    assert found == list(range(every, 2801))[-last:]


def test_a_reader_sees_what_was_recorded_while_the_tape_is_open_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "name with ? and # and %41" / "tape.sqlite3"
    tape = Tape.open(path)
    with TapeReader.open(path) as reader:
        assert reader.summary() == Summary(0, None, None, GENESIS)
        tape.write(ENTRIES)
        assert len(list(reader.rows())) == 7
        assert reader.summary()[:3] == (7, 100, 150)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        assert verify(path).rows == 7
    tape.close()


def test_summary_and_types(path: Path) -> None:
    with TapeReader.open(path) as reader:
        assert reader.summary() == Summary(7, 100, 150, verify(path).head)
        assert reader.msg_types() == ["8", "A", "D", "OrderSubmitted", "W", "dial"]
        assert reader.digest(0) == GENESIS
        assert reader.digest(8) is None
        assert reader.meta("nothing") is None


def test_what_is_no_tape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TapeUnusable, match="no such tape"):
        TapeReader.open(tmp_path / "nothing.sqlite3")
    with pytest.raises(TapeUnusable, match="no such tape"):
        TapeReader.open(tmp_path)
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    with pytest.raises(TapeUnusable, match="empty file"):
        TapeReader.open(empty)
    rubbish = tmp_path / "rubbish.sqlite3"
    rubbish.write_bytes(b"no database at all" * 100)
    with pytest.raises(TapeUnusable, match="not readable as a tape"):
        TapeReader.open(rubbish)


def tamper(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for trigger in ("row_never_changes", "row_never_goes", "row_follows"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.close()


def test_a_sound_tape_verifies(path: Path) -> None:
    verdict = verify(path)
    assert (verdict.rows, verdict.bad_row, verdict.reason) == (7, None, "")
    with TapeReader.open(path) as reader:
        assert verdict.head == reader.digest(7)


@pytest.mark.parametrize(
    ("statement", "bad_row", "reason"),
    [
        ("UPDATE row SET payload = x'00' WHERE id = 4", 4, "altered"),
        ("UPDATE row SET at = at + 1 WHERE id = 4", 4, "altered"),
        ("UPDATE row SET session = 'OF' WHERE id = 5", 5, "altered"),
        ("UPDATE row SET seq = 3 WHERE id = 7", 7, "altered"),
        ("UPDATE row SET digest = zeroblob(32) WHERE id = 2", 2, "altered"),
        ("UPDATE row SET kind = 'odd' WHERE id = 6", 6, "a kind 'odd' does not exist"),
        ("UPDATE row SET kind = 'out' WHERE id = 6", 6, "altered"),
        ("UPDATE row SET session = CAST(x'ff' AS TEXT) WHERE id = 1", 1, "unreadable"),
        ("DELETE FROM row WHERE id = 3", 3, "missing: the next row there is has id 4"),
        ("DELETE FROM row WHERE id = 1", 1, "missing"),
        ("UPDATE row SET id = id + 10 WHERE id = 7", 7, "missing: the next row there is has id 17"),
    ],
)
def test_whatever_is_done_to_a_row_is_found_and_named(
    path: Path, statement: str, bad_row: int, reason: str
) -> None:
    tamper(path, statement)
    verdict = verify(path)
    assert verdict.bad_row == bad_row
    assert reason in verdict.reason
    assert verdict.rows <= bad_row - 1


def test_rows_cut_off_the_end_change_the_head(path: Path) -> None:
    noted = verify(path)
    tamper(path, "DELETE FROM row WHERE id = 7")
    verdict = verify(path)
    assert verdict.bad_row is None
    assert (verdict.rows, verdict.head) != (noted.rows, noted.head)


def test_moving_a_border_between_columns_is_found(tmp_path: Path) -> None:
    path = tmp_path / "tape.sqlite3"
    tape = Tape.open(path)
    tape.write([Entry(1, Kind.ACT, "a 1 b", 0, 0, "c", b"d e")])
    tape.close()
    tamper(path, "UPDATE row SET session = 'a', msg_type = 'b 1 c'")
    assert verify(path).bad_row == 1


def test_a_damaged_page_is_told_and_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "tape.sqlite3"
    tape = Tape.open(path)
    tape.write([Entry(1, Kind.IN, "OE", 1, 1, "8", bytes(3000)) for _ in range(200)])
    tape.close()
    data = bytearray(path.read_bytes())
    data[4096 * 60 : 4096 * 100] = b"\xff" * (4096 * 40)
    path.write_bytes(data)
    verdict = verify(path)
    assert verdict.bad_row is not None
    assert 1 < verdict.bad_row < 200
    with pytest.raises(TapeUnusable, match="damaged"), TapeReader.open(path) as reader:
        list(reader.rows())
