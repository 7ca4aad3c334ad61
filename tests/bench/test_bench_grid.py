"""What the grid costs at 200x50, escape sequences included: they are made as for a terminal and then thrown away.

CPU time of the process is measured, since most of a frame is waiting for Textual's own 60 Hz timer.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver

from blotter.tui.format import age, clock, number
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.themes import variable_defaults

FRAME = 1 / 30


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    side: str
    qty: int
    at: int


COLUMNS: list[Column[Row]] = [
    Column("id", "id", 9, lambda row, _: f"A-{row.number:06}", sort_key=lambda row: row.number),
    Column("time", "time", 12, lambda row, _: clock(row.at, millis=True), sort_key=lambda row: row.at),
    Column("symbol", "symbol", 9, lambda _row, _: "BTCUSDT"),
    Column("side", "side", 4, lambda row, _: Cell(row.side, f"side-{row.side.lower()}")),
    Column("type", "type", 4, lambda *_: "LMT"),
    Column("tif", "tif", 3, lambda *_: "GTC"),
    Column("qty", "qty", 10, lambda row, _: f"{row.qty:,}", align="right", sort_key=lambda row: row.qty),
    Column("filled", "filled", 10, lambda row, _: f"{row.qty // 2:,}", align="right"),
    Column("price", "price", 12, lambda *_: number(None), align="right"),
    Column("age", "age", 4, lambda row, now: age(now - row.at), align="right", ages=True),
    Column("state", "state", 13, lambda *_: Cell("● WORKING", "state-working"), flex=True),
]


def make(number: int, qty: int = 0) -> Row:
    return Row(number, "SELL" if number % 3 else "BUY", qty or number * 7919 % 10_007, time.time_ns())


class Sink(HeadlessDriver):
    """Takes what a terminal would be sent, and counts it."""

    written = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Sink.written += len(data)


class Desk(App[None]):
    def __init__(self) -> None:
        super().__init__(driver_class=Sink)
        self.up = asyncio.Event()

    def on_ready(self) -> None:
        self.up.set()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults()

    def compose(self) -> ComposeResult:
        yield Grid(COLUMNS, clock=time.time_ns)


class Stage:
    """The app on a loop that stands still between measurements."""

    def __init__(self, runner: asyncio.Runner, grid: Grid[Row]) -> None:
        self.run = runner.run
        self.grid = grid

    def frame(self, change: Callable[[], None]) -> None:
        """Make a change and let it be painted."""

        async def painted() -> None:
            change()
            await asyncio.sleep(2 / 60)

        self.run(painted())


@pytest.fixture
def stage() -> Iterator[Stage]:
    app = Desk()

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(app.run_async(size=(200, 50)))
        await app.up.wait()
        return task

    with asyncio.Runner() as runner:
        task = runner.run(start())
        grid = app.query_one(Grid)
        gc.collect()
        gc.freeze()
        try:
            yield Stage(runner, grid)
        finally:
            gc.unfreeze()
            app.exit()

            async def stop() -> None:
                await task

            runner.run(stop())


def median_ms(benchmark: BenchmarkFixture) -> float:
    return float(benchmark.stats.stats.median) * 1_000


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize(("dirty", "budget"), [(1, 3.0), (40, 8.0)])
def test_dirty_rows(stage: Stage, benchmark: BenchmarkFixture, dirty: int, budget: float):
    stage.frame(lambda: stage.grid.upsert({str(number): make(number) for number in range(200)}))
    quantities = iter(range(1, 1_000))

    def change() -> None:
        qty = next(quantities)
        stage.grid.upsert({str(number): make(number, qty) for number in range(dirty)})

    before = Sink.written
    benchmark.pedantic(lambda: stage.frame(change), rounds=60, warmup_rounds=5)
    benchmark.extra_info["bytes_a_frame"] = (Sink.written - before) // 65
    assert Sink.written > before
    assert median_ms(benchmark) < budget


@pytest.mark.benchmark(timer=time.process_time)
def test_an_idle_tick(stage: Stage, benchmark: BenchmarkFixture):
    stage.frame(lambda: stage.grid.upsert({str(number): make(number) for number in range(200)}))
    benchmark.pedantic(lambda: stage.grid.tick(time.time_ns()), rounds=30, iterations=3)
    assert median_ms(benchmark) < 2


@pytest.mark.benchmark(timer=time.process_time)
def test_open_100_000(stage: Stage, benchmark: BenchmarkFixture):
    rows = {str(number): make(number) for number in range(100_000)}

    def empty() -> None:
        stage.frame(stage.grid.clear)

    benchmark.pedantic(lambda: stage.grid.upsert(rows, mark=False), setup=empty, rounds=10)
    assert len(stage.grid.visible_keys()) == 100_000
    assert median_ms(benchmark) < 100


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("verb", ["sort", "filter"])
def test_rearranging_100_000(stage: Stage, benchmark: BenchmarkFixture, verb: str):
    stage.grid.upsert({str(number): make(number) for number in range(100_000)}, mark=False)
    if verb == "sort":
        benchmark.pedantic(lambda: stage.grid.sort_by("qty", not stage.grid.sort[1]), rounds=10)
    else:
        benchmark.pedantic(lambda: stage.grid.set_filter(lambda row: row.qty > 5_000, "qty>5000"), rounds=10)
    assert median_ms(benchmark) < 150


@pytest.mark.benchmark(timer=time.process_time)
def test_one_dirty_row_of_100_000_sorted(stage: Stage, benchmark: BenchmarkFixture):
    stage.grid.upsert({str(number): make(number) for number in range(100_000)}, mark=False)
    stage.grid.sort_by("qty")
    numbers = iter(range(1, 1_000))

    def change() -> None:
        number = next(numbers)
        stage.grid.upsert({str(number * 97): make(number * 97, number)})

    benchmark.pedantic(lambda: stage.frame(change), rounds=40, warmup_rounds=2)
    assert median_ms(benchmark) < 8


@pytest.mark.parametrize("rate", [1_000, 5_000])
def test_updates_a_second(stage: Stage, benchmark: BenchmarkFixture, rate: int):
    """Coalesced 30 times a second, as the app does it; ages tick ten times a second. CPU and lag of the loop."""
    seconds = 4.0
    stage.frame(lambda: stage.grid.upsert({str(number): make(number) for number in range(200)}))
    lags: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - due)

    async def load() -> None:
        watcher = asyncio.create_task(watch())
        started = time.perf_counter()
        sent = frame = 0
        while (elapsed := time.perf_counter() - started) < seconds:
            due = int(elapsed * rate)
            stage.grid.upsert({str(n * 31 % 200): make(n * 31 % 200, n + 1) for n in range(sent, due)})
            if frame % 3 == 0:
                stage.grid.tick(time.time_ns())
            sent, frame = due, frame + 1
            await asyncio.sleep(max(0.0, started + frame * FRAME - time.perf_counter()))
        watcher.cancel()

    cpu, before = time.process_time(), Sink.written
    benchmark.pedantic(lambda: stage.run(load()), rounds=1)
    share = (time.process_time() - cpu) / seconds
    p99 = sorted(lags)[int(len(lags) * 0.99)] * 1_000
    benchmark.extra_info |= {
        "cpu_share": round(share, 3),
        "lag_p99_ms": round(p99, 2),
        "lag_max_ms": round(max(lags) * 1_000, 2),
        "kib_a_second": round((Sink.written - before) / seconds / 1_024),
    }
    assert share < 0.5
    assert p99 < 20
