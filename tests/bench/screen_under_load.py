"""The real screen and desk, in whatever terminal this runs in, under load; writes what it cost.

    python screen_under_load.py SECONDS DIRECTORY

DIRECTORY/where.json says where to log on: order_entry and, if there is one, market_data as [host, port]; ca_file,
api_key and private_key_file where they are needed; symbols whose books are kept. DIRECTORY/result.json then says, of
the time from `began` to `ended` (monotonic, seconds): share of a core (screen, desk, tape and all), how late the
screen's loop and the desk's loop were (99th percentile, ms), how many reports and book updates came in, and the memory
(MiB) at each tenth of the time.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual import work

from blotter.desk.change import BookView, LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Watch
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.runtime import DeskThread
from blotter.journal.tape import Tape
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.signing import load_ed25519

STEP = 0.005
WARM_UP = 3.0


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


async def lateness(seconds: float) -> list[float]:
    """How late a loop wakes from short sleeps, ms."""
    late = []
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        await asyncio.sleep(STEP)
        late.append((time.monotonic() - now - STEP) * 1000)
    return late


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def memory() -> float:
    """Resident, MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def weighed(seconds: float) -> list[float]:
    sizes = [memory()]
    for _ in range(10):
        await asyncio.sleep(seconds / 10)
        sizes.append(memory())
    return sizes


def options(symbols: tuple[str, ...], seconds: float) -> ScreenOptions:
    """The screen must not end the watch of a symbol that goes out of view: its book is counted to the end."""
    return ScreenOptions(symbol=symbols[0] if symbols else "", watch_linger_seconds=seconds + 60)


class Loaded(BlotterApp):
    result: dict

    def __init__(self, thread: DeskThread, seconds: float, symbols: tuple[str, ...]) -> None:
        super().__init__(thread, options=options(symbols, seconds))
        self._thread_under_load, self._seconds, self._symbols = thread, seconds, symbols

    async def on_ready(self) -> None:
        self.measure()

    async def until(self, holds: Callable[[], bool]) -> None:
        thread = self._thread_under_load
        assert await asyncio.wrap_future(thread.task(thread.desk.until, holds, 20))

    def books(self) -> list[BookView | None]:
        return [self._thread_under_load.desk.market.book(symbol) for symbol in self._symbols]

    def counts(self) -> tuple[int, int]:
        """Reports, and book updates, so far."""
        reports = self._thread_under_load.desk.links()["OE"].messages_in
        return reports, sum(book.update_id for book in self.books())

    @work(exit_on_error=True)
    async def measure(self) -> None:
        thread, seconds = self._thread_under_load, self._seconds
        await self.until(lambda: thread.desk.links()["OE"].state is LinkState.LIVE)
        for symbol in self._symbols:
            thread.post(Watch(id=f"watch-{symbol}", symbol=symbol))
        await self.until(lambda: all(book is not None and book.live for book in self.books()))
        await asyncio.sleep(WARM_UP)
        reports, updates = self.counts()
        cpu, wall = time.process_time(), time.monotonic()
        beside = thread.task(lateness, seconds)
        screen, sizes = await asyncio.gather(lateness(seconds), weighed(seconds))
        ended = time.monotonic()
        took = ended - wall
        more_reports, more_updates = self.counts()
        desk = await asyncio.wrap_future(beside)
        self.result = {
            "began": wall,
            "ended": ended,
            "core_share": (time.process_time() - cpu) / took,
            "screen_lag_p99_ms": p99(screen),
            "screen_lag_max_ms": max(screen),
            "desk_lag_p99_ms": p99(desk),
            "desk_lag_max_ms": max(desk),
            "reports_per_second": (more_reports - reports) / took,
            "updates_per_second": (more_updates - updates) / took,
            "memory": sizes,
        }
        self.exit()


def links(where: dict) -> tuple[LinkSettings, ...]:
    ca_file = where.get("ca_file")
    doors = ((SessionKind.ORDER_ENTRY, "order_entry"), (SessionKind.MARKET_DATA, "market_data"))
    return tuple(
        LinkSettings(kind, Endpoint(*where[name], tls=ca_file is not None), "BEN", 30, ca_file)
        for kind, name in doors
        if name in where
    )


def main() -> None:
    seconds, directory = float(sys.argv[1]), Path(sys.argv[2])
    where = json.loads((directory / "where.json").read_text())
    symbols = tuple(where.get("symbols", ()))
    key = where.get("private_key_file")
    signer = StillSigner() if key is None else load_ed25519(Path(key))

    def build() -> Desk:
        settings = DeskSettings(environment=Environment.EMBEDDED, links=links(where), symbols=symbols)
        tape = Tape.open(directory / "tape.sqlite3")
        credentials = Credentials(where.get("api_key", "k"), signer)
        return Desk(settings, BinanceSpot(), credentials, tape, system_clock, random.Random(1))

    with DeskThread(build) as thread:
        app = Loaded(thread, seconds, symbols)
        app.run()
    (directory / "result.json").write_text(json.dumps(app.result))


if __name__ == "__main__":
    main()
