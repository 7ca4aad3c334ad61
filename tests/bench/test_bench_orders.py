"""100,000 orders in the orders grid at 200x50: to open it, to filter, sort and group them, and a frame of scrolling.

CPU time of the process, the best of several: what else runs on the machine must not fail a bound. A filter over all
text is measured after the few seconds in which the grid has read ahead (`OrdersGrid.tick`).

Run: pytest tests/bench/test_bench_orders.py -n 0
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from textual.app import App, ComposeResult

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))

from fake_desk import INSTRUMENTS, make_order
from test_bench_grid import Sink

from blotter.trading.enums import Side
from blotter.trading.order import OrderState
from blotter.tui.filtering import row_filter
from blotter.tui.order_rows import OrderRow
from blotter.tui.orders import AHEAD, OrdersGrid
from blotter.tui.themes import variable_defaults

pytestmark = pytest.mark.benchmark(timer=time.process_time)
COUNT = 100_000
OPEN_MS, ARRANGE_MS, SCROLL_MS = 100, 150, 16


def orders() -> dict[str, OrderRow]:
    """One in ten is open, as on a long day; three symbols, prices and sizes of every kind."""
    random = Random(7)
    states = [OrderState.FILLED] * 5 + [OrderState.CANCELED] * 4 + [OrderState.NEW]
    moulds = [
        make_order(
            number,
            random.choice(states),
            symbol=random.choice(["BTCUSDT", "ETHUSDT", "SOLUSDT"]),
            side=random.choice([Side.BUY, Side.SELL]),
            qty=str(Decimal(random.randrange(1, 5_000)) / 1000),
            price=str(Decimal(random.randrange(100_000, 6_100_000)) / 100),
        )
        for number in range(2_000)
    ]
    rows = {}
    for number in range(COUNT):
        key = f"A-{number:06}"
        mould = random.choice(moulds)
        order = msgspec.structs.replace(mould, id=key, created_at=mould.created_at + number * 1_000)
        rows[key] = OrderRow(key=key, order=order)
    return rows


class Desk(App[None]):
    def __init__(self) -> None:
        super().__init__(driver_class=Sink)
        self.up = asyncio.Event()

    def on_ready(self) -> None:
        self.up.set()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults()

    def compose(self) -> ComposeResult:
        instruments = {instrument.symbol: instrument for instrument in INSTRUMENTS}
        yield OrdersGrid(instruments, clock=time.time_ns, id="orders")


class Stage:
    """The app on a loop that stands still between measurements, and its grid with all rows."""

    def __init__(self, runner: asyncio.Runner, grid: OrdersGrid) -> None:
        self.runner = runner
        self.grid = grid
        self.rows = orders()
        self.frame(lambda: grid.feed(self.rows, (), mark=False))
        for _ in range(COUNT // AHEAD):
            grid.tick(time.time_ns())

    def frame(self, change: Callable[[], object]) -> None:
        async def painted() -> None:
            change()
            await asyncio.sleep(2 / 60)

        self.runner.run(painted())


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    app = Desk()

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(app.run_async(size=(200, 50)))
        await app.up.wait()
        return task

    with asyncio.Runner() as runner:
        task = runner.run(start())
        made = Stage(runner, app.query_one(OrdersGrid))
        gc.collect()
        gc.freeze()
        try:
            yield made
        finally:
            gc.unfreeze()
            app.exit()

            async def stop() -> None:
                await task

            runner.run(stop())


def best_ms(benchmark: BenchmarkFixture) -> float:
    return float(benchmark.stats.stats.min) * 1_000


def test_open(stage: Stage, benchmark: BenchmarkFixture):
    def empty() -> None:
        stage.frame(stage.grid.clear)

    benchmark.pedantic(lambda: stage.grid.feed(stage.rows, (), mark=False), setup=empty, rounds=8)
    assert len(stage.grid.visible_keys()) == COUNT
    assert best_ms(benchmark) < OPEN_MS


@pytest.mark.parametrize("column", ["age", "symbol", "price", "qty", "state"])
def test_sort(stage: Stage, benchmark: BenchmarkFixture, column: str):
    grid = stage.grid
    grid.set_filter(None)
    benchmark.pedantic(
        lambda: grid.sort_by(column, not grid.sort[1]), setup=lambda: grid.sort_by("age"), rounds=8
    )
    assert best_ms(benchmark) < ARRANGE_MS


@pytest.mark.parametrize(
    "words",
    [
        "btc",
        "nothing-has-this",
        "symbol:BTC",
        "is:open",
        "symbol:BTC state:working qty>1 price<60000 side:buy",
    ],
)
def test_filter(stage: Stage, benchmark: BenchmarkFixture, words: str):
    grid = stage.grid
    grid.sort_by("age")
    shown = row_filter(words, grid.fields)
    benchmark.pedantic(
        lambda: grid.set_filter(shown, words), setup=lambda: grid.set_filter(None), rounds=8, warmup_rounds=1
    )
    assert len(grid.visible_keys()) < COUNT
    assert best_ms(benchmark) < ARRANGE_MS


def test_group(stage: Stage, benchmark: BenchmarkFixture):
    grid = stage.grid
    grid.set_filter(row_filter("is:open", grid.fields), "is:open")
    benchmark.pedantic(lambda: grid.group_by("symbol"), setup=lambda: grid.group_by(""), rounds=8)
    grid.group_by("")
    assert best_ms(benchmark) < ARRANGE_MS


def test_a_frame_of_scrolling(stage: Stage, benchmark: BenchmarkFixture):
    """One page down and everything drawn anew, escape sequences included."""
    grid = stage.grid
    grid.set_filter(None)
    grid.sort_by("age")
    grid.focus()
    stage.frame(grid.action_first)
    benchmark.pedantic(lambda: stage.frame(grid.action_page_down), rounds=40, warmup_rounds=3)
    assert float(benchmark.stats.stats.median) * 1_000 < SCROLL_MS
