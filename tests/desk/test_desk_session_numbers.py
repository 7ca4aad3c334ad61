"""Where the next run takes up: numbers read from the tape after a clean end, a crash, a reset, and by the clock."""

from datetime import UTC, datetime, time

import pytest

from blotter.desk.clock import system_clock
from blotter.desk.fold import Fold
from blotter.desk.numbers import SessionNumbers
from blotter.desk.recorder import Recorder
from blotter.fix.codec import encode
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import FROM_ONE, Numbers
from blotter.journal.tape import Entry, Kind, Tape
from blotter.venues.binance import BinanceSpot

DAILY = Schedule(time(22, 0, 30), time(22, 0))


def at(hour: int, minute: int = 0, day: int = 1) -> int:
    return int(datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.fixture
def tape(tmp_path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    yield tape
    tape.close()


def numbers(tape) -> SessionNumbers:
    """As another process would find them."""
    return SessionNumbers(Recorder(tape, Fold(BinanceSpot()), system_clock, frozenset()), "OE")


def out(seq: int, msg_type: str = "0", *body, when: int = 1, dup: bool = False) -> Entry:
    header = (
        (49, "A"),
        (56, "B"),
        (34, str(seq)),
        *((((43, "Y"),)) if dup else ()),
        (52, "20260301-10:00:00"),
    )
    return Entry(when, Kind.OUT, "OE", 1, seq, msg_type, encode("FIX.4.4", msg_type, header, body))


def test_a_new_tape_begins_at_one(tape):
    assert numbers(tape).now == FROM_ONE


def test_what_was_recorded_has_used_its_number_whether_it_was_written_or_not(tape):
    tape.write([out(1), out(2), out(3)])
    assert numbers(tape).now.next_out == 4


def test_another_sessions_messages_and_duplicates_do_not_count(tape):
    tape.write([out(1), out(2), out(1, "F", dup=True), out(9)._replace(session="DC")])
    assert numbers(tape).now.next_out == 3


def test_a_gap_fill_of_ours_uses_what_it_stands_for(tape):
    tape.write([out(1), out(2, "4", (123, "Y"), (36, "50"))])
    assert numbers(tape).now.next_out == 50


def test_what_came_in_is_remembered(tape):
    numbers(tape).heard(17)
    assert numbers(tape).now == Numbers(1, 17)


def test_a_reset_outweighs_what_is_before_it_and_what_was_heard_in_the_old_run(tape):
    first = numbers(tape)
    tape.write([out(1), out(2)])
    first.heard(9)
    first.changed(FROM_ONE, "reset", 1)
    assert numbers(tape).now == FROM_ONE
    tape.write([out(1)])
    assert numbers(tape).now == Numbers(2, 1)


def test_a_reset_that_was_not_remembered_beside_the_tape_holds_all_the_same(tape):
    """Killed between the row and the small value beside it."""
    numbers(tape).heard(9)
    before = tape.meta("next_in.OE")
    numbers(tape).changed(Numbers(5, 3), "set by hand", 0)
    tape.set_meta("next_in.OE", before)
    assert numbers(tape).now == Numbers(5, 3)


def test_what_goes_out_again_is_of_this_run_and_each_number_once(tape):
    tape.write([out(1), out(2, "F", (11, "old"))])
    here = numbers(tape)
    assert here.now.next_out == 3
    here.changed(FROM_ONE, "reset", 1)
    tape.write(
        [out(1), out(2, "F", (11, "not written")), out(2, "F", (11, "written")), out(3, "F", dup=True)]
    )
    found = [(one.msg_seq_num, one.message.text(11)) for one in numbers(tape).sent(1, 9)]
    assert found == [(1, None), (2, "written")]


def test_a_new_day_by_the_clock_begins_at_one_and_the_tape_says_so(tape):
    tape.write([out(7, when=at(21, 59))])
    assert numbers(tape).begin(at(21, 59, day=1) + 1, DAILY).next_out == 8
    assert numbers(tape).begin(at(22, 1), DAILY) == FROM_ONE
    assert [row.entry.msg_type for row in tape.rows()][-1] == "numbers"


def test_without_hours_a_night_changes_nothing(tape):
    tape.write([out(7, when=at(21, 59))])
    assert numbers(tape).begin(at(22, 1, day=3), None).next_out == 8
