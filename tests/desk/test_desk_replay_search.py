"""The search beside a desk: streams, can be given up, ends at a limit, and takes in what is written meanwhile."""

import time
from pathlib import Path

import pytest

from blotter.desk import searching
from blotter.desk.change import MessageSeen, SearchView
from blotter.desk.searching import TapeSearch, field_names
from blotter.fix.codec import encode
from blotter.journal.tape import Entry, Kind, Tape
from blotter.venues.binance import BinanceSpot

AT = 1_795_348_800_000_000_000
VENUE = BinanceSpot()


def entry(number: int, *body: tuple[int, str]) -> Entry:
    head = [(49, "A"), (56, "B"), (34, str(number)), (52, "20261122-12:00:00")]
    raw = encode("FIX.4.4", "8", head, [(11, f"t-{number}"), *body])
    return Entry(AT + number, Kind.IN, "OE", 1, number, "8", raw)


@pytest.fixture
def tape(tmp_path: Path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    tape.write([entry(number, (55, "BTCUSDT"), (553, "key")) for number in range(1, 1001)])
    yield tape
    tape.close()


@pytest.fixture
def search(tape: Tape):
    made = TapeSearch(tape.path, VENUE, lambda names: f"A-{next(iter(names))}")
    yield made
    made.close()


def finished(search: TapeSearch) -> tuple[list[MessageSeen], SearchView]:
    hits: list[MessageSeen] = []
    end = time.monotonic() + 10
    while True:
        view = search.poll()
        assert view is not None
        hits += view.hits
        if view.done:
            return hits, view
        assert time.monotonic() < end, view
        time.sleep(0.002)


def test_hits_are_handed_over_once_and_newest_first(search: TapeSearch):
    assert search.poll() is None, "nothing was asked for"
    assert search.find("55=BTCUSDT") == ""
    hits, view = finished(search)
    assert [hit.seq for hit in hits] == list(range(1000, 0, -1))
    assert [hit.row for hit in hits] == list(range(1000, 0, -1))
    assert (view.count, view.searched, view.note) == (1000, 1.0, "")
    assert view.first_after is not None
    assert view.first_after <= view.took
    assert hits[0].order_id == "A-t-1000"
    assert search.poll().hits == (), "they were picked up"


def test_secrets_are_masked_in_what_is_found(search: TapeSearch):
    search.find("34=7")
    (hit,), _ = finished(search)
    assert b"553=key" not in hit.raw


def test_names_of_the_venues_fields_are_known(search: TapeSearch):
    assert field_names(VENUE.dictionary)("symbol") == 55
    assert search.find("ClOrdID=t-5") == ""
    (hit,), _ = finished(search)
    assert hit.seq == 5


def test_a_wrong_expression_leaves_the_search_that_is_on(search: TapeSearch):
    search.find("34=7")
    assert search.find("44>x") == "44>x: x is not a number"
    assert len(finished(search)[0]) == 1
    assert search.matcher("44>x") == "44>x: x is not a number"
    assert callable(search.matcher("44>5"))


def test_a_new_search_takes_the_place_of_the_old(search: TapeSearch):
    for number in range(1, 20):
        search.find("55=BTCUSDT")
        search.find(f"34={number}")
        hits, view = finished(search)
        assert [hit.seq for hit in hits] == [number]
        assert view.text == f"34={number}"


def test_nothing_comes_of_a_search_that_was_cancelled(search: TapeSearch):
    search.find("55=BTCUSDT")
    search.cancel()
    assert search.poll() is None
    search.find("34=3")
    assert [hit.seq for hit in finished(search)[0]] == [3]


def test_it_ends_at_a_limit_and_says_so(search: TapeSearch, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 400)
    search.find("55=BTCUSDT")
    hits, view = finished(search)
    assert len(hits) == view.count == 400
    assert view.note == "the newest 400 only: narrow it"


def test_what_is_written_meanwhile_is_found_by_the_next(tape: Tape, search: TapeSearch):
    search.find("34=2000")
    assert finished(search)[0] == []
    tape.write([entry(2000)])
    search.find("34=2000")
    assert [hit.seq for hit in finished(search)[0]] == [2000]


def test_a_tape_that_cannot_be_read_says_why(tmp_path: Path):
    search = TapeSearch(tmp_path / "none.sqlite3", VENUE, lambda names: "")
    search.find("34=1")
    assert finished(search)[1].note.endswith("no such tape")
    search.close()
