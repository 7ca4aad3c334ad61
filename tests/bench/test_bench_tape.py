"""What the tape costs; limits leave room for slow disks. Run: pytest tests/bench/test_bench_tape.py -n 0 -s

Rows are as long as an ExecutionReport (some 350 bytes).
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.store import flush
from blotter.journal.tape import Entry, Kind, Tape
from blotter.journal.verify import verify

PAYLOAD = b"8=FIX.4.4\x019=0000330\x0135=8\x01" + b"x" * 326
ROWS = 100_000


def entries(count: int) -> list[Entry]:
    return [Entry(1_795_348_800_000_000_000 + at, Kind.IN, "OE", 1, at, "8", PAYLOAD) for at in range(count)]


@pytest.fixture
def tape(tmp_path: Path) -> Iterator[Tape]:
    tape = Tape.open(tmp_path / "tape.sqlite3")
    yield tape
    tape.close()


@pytest.fixture(scope="module")
def long_tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "tape.sqlite3"
    tape = Tape.open(path)
    for _ in range(ROWS // 1000):
        tape.append(entries(1000))
    tape.close()
    return path


def percentiles(benchmark: BenchmarkFixture) -> tuple[float, float]:
    """Seconds: half of the calls took less, and 99 of 100. Also kept in the benchmark's record."""
    taken = sorted(benchmark.stats.stats.data)
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    benchmark.extra_info |= {"p50_us": round(p50 * 1e6, 1), "p99_us": round(p99 * 1e6, 1)}
    print(f"\n{benchmark.name}: p50 {p50 * 1e6:.1f} us, p99 {p99 * 1e6:.1f} us, max {taken[-1] * 1e6:.0f} us")
    return p50, p99


def test_inline_write_of_two_rows(benchmark: BenchmarkFixture, tape: Tape) -> None:
    two = entries(2)
    benchmark.pedantic(tape.write, (two,), rounds=20_000, warmup_rounds=500)
    p50, p99 = percentiles(benchmark)
    assert p50 < 100e-6
    assert p99 < 1e-3


def test_inline_write_of_two_rows_while_the_disk_is_kept_flushing(
    benchmark: BenchmarkFixture, tape: Tape
) -> None:
    """A heartbeat among orders: it must not wait for their flushes."""
    two = entries(2)
    going = True

    def next_commit(result: object) -> None:
        if going:
            tape.commit(two, next_commit)

    tape.commit(two, next_commit)
    try:
        benchmark.pedantic(lambda: (tape.write(two), time.sleep(0.0005)), rounds=3000)
    finally:
        going = False
    p50, _ = percentiles(benchmark)
    print(f"  of which sleep 500 us; rows meanwhile: {tape.last_id}")
    assert p50 < 3e-3


def test_full_commit_of_two_rows(benchmark: BenchmarkFixture, tape: Tape, tmp_path: Path) -> None:
    """Against the floor in the same run: a page appended to a file and flushed, in between the commits."""
    two = entries(2)
    floor: list[float] = []

    def commit() -> None:
        answered = threading.Lock()
        answered.acquire()
        tape.commit(two, lambda result: answered.release())
        answered.acquire()

    with (tmp_path / "floor").open("wb", buffering=0) as file:

        def flush_a_page() -> None:
            started = time.perf_counter()
            file.write(bytes(4096))
            flush(file.fileno())
            floor.append(time.perf_counter() - started)

        benchmark.pedantic(commit, setup=flush_a_page, rounds=3000, warmup_rounds=100)
    p50, p99 = percentiles(benchmark)
    floor.sort()
    floor_p50, floor_p99 = floor[len(floor) // 2], floor[len(floor) * 99 // 100]
    print(f"  a page appended and flushed: p50 {floor_p50 * 1e6:.1f} us, p99 {floor_p99 * 1e6:.1f} us")
    benchmark.extra_info["floor_p50_us"] = round(floor_p50 * 1e6, 1)
    assert p50 < 3 * floor_p50 + 1e-3
    assert p99 < 5 * floor_p99 + 5e-3


def test_append_throughput(benchmark: BenchmarkFixture, tape: Tape) -> None:
    """20,000 rows in batches of ten, as reads of a busy socket give them, until the last is recorded."""
    ten = entries(10)
    handed: list[float] = []

    def append() -> None:
        started = time.perf_counter()
        for _ in range(2000):
            tape.append(ten)
        handed.append(time.perf_counter() - started)
        tape.write([])

    benchmark.pedantic(append, rounds=5)
    rate = 20_000 / benchmark.stats.stats.median
    benchmark.extra_info["rows_per_second"] = round(rate)
    print(f"\nappend: {rate:,.0f} rows/s; the caller spends {min(handed) / 2000 * 1e6:.1f} us a batch")
    assert rate > 20_000


def test_read_100_000_rows(benchmark: BenchmarkFixture, long_tape: Path) -> None:
    def read() -> int:
        with TapeReader.open(long_tape) as reader:
            return sum(1 for _ in reader.rows())

    assert benchmark.pedantic(read, rounds=3) == ROWS
    print(f"\nread: {benchmark.stats.stats.median * 1e3:.0f} ms for {ROWS:,} rows")
    assert benchmark.stats.stats.median < 2


def test_verify_100_000_rows(benchmark: BenchmarkFixture, long_tape: Path) -> None:
    verdict = benchmark.pedantic(verify, (long_tape,), rounds=3)
    assert (verdict.rows, verdict.bad_row) == (ROWS, None)
    print(f"\nverify: {benchmark.stats.stats.median * 1e3:.0f} ms for {ROWS:,} rows")
    assert benchmark.stats.stats.median < 3


def test_a_time_range_of_100_000_rows(benchmark: BenchmarkFixture, long_tape: Path) -> None:
    """There is no index on time: this is the scan."""

    def look() -> int:
        with TapeReader.open(long_tape) as reader:
            return sum(1 for _ in reader.rows(RowFilter(since=1_795_348_800_000_000_999)))

    assert benchmark.pedantic(look, rounds=3) == ROWS // 1000
    print(f"\ntime range: {benchmark.stats.stats.median * 1e3:.0f} ms in {ROWS:,} rows")
    assert benchmark.stats.stats.median < 1
