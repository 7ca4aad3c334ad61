"""The real screen and desk, in whatever terminal this runs in, under a stream of reports; writes what it cost.

    python screen_under_load.py PORT SECONDS DIRECTORY

DIRECTORY/result.json: share of a core (screen, desk, tape and all), how late the screen's loop and the desk's loop were
(99th percentile, ms), and how many reports were folded.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path

from textual import work

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.runtime import DeskThread
from blotter.journal.tape import Tape
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot

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


class Loaded(BlotterApp):
    result: dict

    def __init__(self, thread: DeskThread, seconds: float) -> None:
        super().__init__(thread, options=ScreenOptions())
        self._thread_under_load, self._seconds = thread, seconds

    async def on_ready(self) -> None:
        self.measure()

    @work(exit_on_error=True)
    async def measure(self) -> None:
        desk = self._thread_under_load.desk
        await asyncio.sleep(WARM_UP)
        folded = len(desk._fold.ledger.fills)
        cpu, wall = time.process_time(), time.monotonic()
        beside = self._thread_under_load.task(lateness, self._seconds)
        screen = await lateness(self._seconds)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        self.result = {
            "core_share": cpu / wall,
            "screen_lag_p99_ms": p99(screen),
            "screen_lag_max_ms": max(screen),
            "desk_lag_p99_ms": p99(await asyncio.wrap_future(beside)),
            "reports_per_second": (len(desk._fold.ledger.fills) - folded) / wall,
        }
        self.exit()


def main() -> None:
    port, seconds, directory = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    link = LinkSettings(SessionKind.ORDER_ENTRY, Endpoint("127.0.0.1", port, tls=False), "BEN", 30)

    def build() -> Desk:
        settings = DeskSettings(environment=Environment.EMBEDDED, links=(link,))
        tape = Tape.open(directory / "tape.sqlite3")
        return Desk(
            settings, BinanceSpot(), Credentials("k", StillSigner()), tape, system_clock, random.Random(1)
        )

    with DeskThread(build) as thread:
        app = Loaded(thread, seconds)
        app.run()
    (directory / "result.json").write_text(json.dumps(app.result))


if __name__ == "__main__":
    main()
