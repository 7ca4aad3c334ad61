"""Searching a million messages: the first hit, and what the search costs whoever runs beside it.

pytest tests/bench/test_bench_search.py -n 0 -s
"""

import threading
import time
from pathlib import Path

import pytest

from blotter.desk.runtime import SWITCH_INTERVAL
from blotter.desk.searching import TapeSearch
from blotter.journal.reader import TapeReader
from blotter.journal.search import parse, search
from blotter.journal.search_index import FieldIndex
from blotter.journal.tape import Entry, Kind, Tape
from blotter.venues.registry import venue

MILLION = 1_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
AT = 1_795_000_000_000_000_000
FIRST_HIT = 0.1  # seconds
EVERY_MESSAGE = 1.0  # seconds: part of a number that stands in the oldest of a million messages only
LATE = 0.020  # seconds


def entry(number: int) -> Entry:
    order = number // 4
    head = f"34={number}|52=20261122-10:14:21.123456|11=A-{order:06d}-abcd"
    terms = f"38=0.25000|40=2|44=60{order % 1000:03d}.10|54=1|55={SYMBOLS[order % 3]}|59=1"
    if number % 4 == 0:
        kind, msg_type = Kind.OUT, "D"
        raw = f"8=FIX.4.4|9=200|35=D|49=BLOTTER1|56=SPOT|{head}|{terms}|10=123|"
    else:
        kind, msg_type = Kind.IN, "8"
        what = "150=0|39=0" if number % 4 == 1 else "150=F|39=1|32=0.10000|31=60123.10"
        text = "58=needle in the first of them|" if number == 1 else ""
        raw = (
            f"8=FIX.4.4|9=420|35=8|49=SPOT|56=BLOTTER1|{head}|{terms}|6=0|14=0.10000|17={number}|37={order}|{what}|{text}"
            "60=20261122-10:14:21.123456|636=N|1057=Y|25017=0.1|25018=20261122-10:14:21.123456|25001=3|10=123|"
        )
    return Entry(AT + number * 10_000_000, kind, "OE", 1, number, msg_type, raw.replace("|", "\x01").encode())


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("million") / "tape.sqlite3"
    tape = Tape.open(path)
    for start in range(0, MILLION, 5_000):
        tape.write([entry(number) for number in range(start, start + 5_000)])
    tape.close()
    return path


@pytest.fixture(scope="module")
def index(tape: Path) -> FieldIndex:
    made, began = FieldIndex(), time.perf_counter()
    with TapeReader.open(tape) as reader:
        while made.extend(reader):
            pass
    print(f"\nindex of {made.covered:,} rows in {time.perf_counter() - began:.2f} s")
    return made


def first_hit(tape: Path, text: str, index: FieldIndex | None) -> float:
    best = float("inf")
    for _ in range(3):
        with TapeReader.open(tape) as reader:
            began = time.perf_counter()
            batch = next(batch for batch in search(reader, parse(text), index) if batch.hits)
            best = min(best, time.perf_counter() - began)
    assert batch.hits
    return best


@pytest.mark.parametrize(
    "text",
    [
        "55=BTCUSDT 150=F",
        "35=8 39=1|2",
        "44>60500",
        "11=A-2499*",
        "!58 35=D",
        "11=A-000000-abcd",
        "37=0 150=0",
        "34=5",
        "needle",
        "A-000000",
        "11=A-00000*",
        "58=*first*",
    ],
)
def test_the_first_hit_wherever_it_stands(tape: Path, index: FieldIndex, text: str):
    """Whole fields, words, beginnings; the last seven stand in the oldest messages only."""
    took = first_hit(tape, text, index)
    print(f"\n{text:<20} {took * 1000:8.2f} ms")
    assert took < FIRST_HIT


@pytest.mark.parametrize("text", ["37=0*", "000000"])
def test_part_of_a_number_takes_a_look_at_every_message(tape: Path, index: FieldIndex, text: str):
    """Nearly every message has numbers of its own: an index of them would be as large as the tape."""
    took = first_hit(tape, text, index)
    print(f"\n{text:<20} {took * 1000:8.2f} ms")
    assert took < EVERY_MESSAGE


def test_nobody_beside_it_is_late(tape: Path):
    """A thread that wakes every 2 ms, as a desk's loop does, while a search reads everything and the index is made."""
    import sys

    sys.setswitchinterval(SWITCH_INTERVAL)
    late: list[float] = []
    over = threading.Event()

    def beat() -> None:
        while not over.is_set():
            began = time.perf_counter()
            time.sleep(0.002)
            late.append(time.perf_counter() - began - 0.002)

    thread = threading.Thread(target=beat)
    thread.start()
    tape_search = TapeSearch(tape, venue("binance"), lambda names: "")
    try:
        for text in ("needle", "55=BTCUSDT 150=F", "44>99999999"):
            assert not tape_search.find(text)
            end = time.monotonic() + 20
            while (view := tape_search.poll()) is None or not view.done:
                assert time.monotonic() < end
                time.sleep(1 / 30)
    finally:
        over.set()
        thread.join()
        tape_search.close()
    late.sort()
    p99 = late[int(len(late) * 0.99)]
    print(f"\n{len(late):,} beats: late p50 {late[len(late) // 2] * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, "
          f"worst {late[-1] * 1000:.2f} ms")  # fmt: skip
    assert p99 < LATE
