"""What is remembered beside the rows while the disk fails."""

from blotter.desk.clock import system_clock
from blotter.desk.fold import Fold
from blotter.desk.recorder import Recorder
from blotter.journal.tape import Tape, TapeFailed
from blotter.venues.binance import BinanceSpot


def test_what_the_disk_refused_to_remember_it_gets_when_it_is_well_again(tmp_path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    recorder = Recorder(tape, Fold(BinanceSpot()), system_clock, frozenset())
    recorder.set_meta("missed_since", "1")
    tape.failed = TapeFailed("disk full")
    recorder.set_meta("missed_since", "")
    recorder.set_meta("rest_closed", "5 banned")
    recorder.flush()
    assert (recorder.meta("missed_since"), recorder.meta("rest_closed")) == ("", "5 banned")
    assert (tape.meta("missed_since"), tape.meta("rest_closed")) == ("1", None)
    tape.failed = None
    recorder.flush()
    assert (tape.meta("missed_since"), tape.meta("rest_closed")) == ("", "5 banned")
    tape.close()
