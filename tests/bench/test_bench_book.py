"""What a book costs: an update applied, decode included, beside the pure decode; and a desk that keeps twenty of them.

Run: pytest tests/bench/test_bench_book.py -n 0 -s
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from bisect import bisect_left, insort
from decimal import Decimal
from pathlib import Path

import anyio
import pytest
from market_blaster import LEVELS, increment, price
from sortedcontainers import SortedDict

from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Watch
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.fix.codec import Decoder
from blotter.journal.tape import Tape
from blotter.trading.book import Book, BookState
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind, SubscribeDepth
from blotter.venues.binance import BinanceSpot
from blotter.venues.signing import load_ed25519

RATE = 5_000
SYMBOLS = tuple(f"S{number:02}USDT" for number in range(20))
SECONDS = 5
MESSAGES = 400
MOST_TIMES_THE_DECODE = 4
"""An update applied against the message framed, checked and split into fields; measured about 2.8."""
MOST_OF_A_CORE = 0.5
"""For 5,000 level changes a second in messages of 25, as the venue sends them every 100 ms."""


def stream(entries: int) -> bytes:
    dice = random.Random(3)
    messages = []
    for number in range(2, MESSAGES + 2):
        body = b"35=X\x0149=SPOT\x0156=BEN00001\x0134=%d\x0152=20260301-10:00:00.000001\x01" % number
        body += increment(dice, b"book-1", b"BTCUSDT", number, entries)
        head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
        messages.append(head + b"10=%03d\x01" % (sum(head) % 256))
    return b"".join(messages)


def best_of(work, rounds: int = 9) -> float:
    """CPU seconds of the quickest round: what else runs on the machine must not fail a bound."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.parametrize("entries", [1, 5, 25, 100])
def test_an_update_applied_beside_the_pure_decode(entries: int) -> None:
    data = stream(entries)
    levels = [
        [(Decimal(price(60_000_00 + sign * (1 + level)).decode()), Decimal(1)) for level in range(LEVELS)]
        for sign in (-1, 1)
    ]

    def frame() -> None:
        assert len(Decoder().feed(data)) == MESSAGES

    def fields() -> None:
        for message in Decoder().feed(data):
            message.get(262)

    def apply() -> None:
        venue, book = BinanceSpot(), Book("BTCUSDT", LEVELS, 0)
        venue.encode(SubscribeDepth("book-1", ("BTCUSDT",), LEVELS))
        book.snapshot(1, *levels, 0)
        for message in Decoder().feed(data):
            for change in venue.decode(message, 1).changes:
                book.apply(change, 1)
            book.settle(1)
        assert (book.state, book.update_id) == (BookState.LIVE, MESSAGES + 1)

    floor, split, applied = (best_of(work) / MESSAGES * 1e6 for work in (frame, fields, apply))
    print(
        f"\n{entries} changes a message: framed and checked {floor:.1f} us, split into fields {split:.1f} us, applied "
        f"{applied:.1f} us ({applied / entries:.2f} us a change, {applied / split:.1f} times the decode)"
    )
    assert applied / split < MOST_TIMES_THE_DECODE


@pytest.mark.parametrize("size", [20, 1_000, 5_000])
def test_dict_and_bisect_beside_a_sorted_dict(size: int) -> None:
    """Nine changes in ten are of prices that are there; the others come and go."""
    base = [Decimal(60_000_00 + number).scaleb(-2) for number in range(size)]
    dice = random.Random(1)
    changes = [(dice.choice(base), dice.random() < 0.1) for _ in range(5_000)]
    one = Decimal(1)

    def bisected() -> None:
        sizes, prices = dict.fromkeys(base, one), list(base)
        for key, gone in changes:
            if gone:
                if sizes.pop(key, None) is not None:
                    del prices[bisect_left(prices, key)]
            elif key in sizes:
                sizes[key] = one
            else:
                sizes[key] = one
                insort(prices, key)

    def sorted_dict() -> None:
        levels = SortedDict(dict.fromkeys(base, one))
        for key, gone in changes:
            if gone:
                levels.pop(key, None)
            else:
                levels[key] = one

    ours, theirs = (best_of(work) / len(changes) * 1e9 for work in (bisected, sorted_dict))
    print(f"\n{size} levels: dict and bisect {ours:.0f} ns a change, SortedDict {theirs:.0f} ns")
    assert ours < theirs


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


async def keeping(desk: Desk, symbols: tuple[str, ...]) -> dict[str, float]:
    """Watch these for a while, drained as the screen does it, thirty times a second."""
    late: list[float] = []
    views = 0

    async def look() -> None:
        nonlocal views
        while True:
            started = time.monotonic()
            await asyncio.sleep(1 / 30)
            late.append((time.monotonic() - started - 1 / 30) * 1000)
            views += len(desk.feed.drain().books)

    def live() -> bool:
        found = [desk.market.book(symbol) for symbol in symbols]
        return all(view is not None and view.state is BookState.LIVE for view in found)

    assert await desk.until(lambda: all(one.state is LinkState.LIVE for one in desk.links().values()), 10)
    for symbol in symbols:
        desk.handle(Watch(id=symbol, symbol=symbol, depth=LEVELS))
    assert await desk.until(live, 10)
    looking = asyncio.get_running_loop().create_task(look())
    await asyncio.sleep(1.5)
    before = {symbol: desk.market.book(symbol).update_id for symbol in symbols}
    views, cpu, wall = 0, time.process_time(), time.monotonic()
    late.clear()
    await asyncio.sleep(SECONDS)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    after = {symbol: desk.market.book(symbol) for symbol in symbols}
    assert live()
    assert all(view.resyncs == 0 for view in after.values())
    looking.cancel()
    return {
        "share": cpu / wall,
        "updates": sum(view.update_id - before[symbol] for symbol, view in after.items()) / wall,
        "views": views / wall,
        "late": sorted(late)[int(len(late) * 0.99)],
        "age": max((desk.clock().wall - view.at) / 1e6 for view in after.values()),
    }


async def on(
    links: tuple[LinkSettings, ...], credentials: Credentials, symbols: tuple[str, ...], directory: Path
):
    tape = Tape.open(directory / "tape.sqlite3")
    settings = DeskSettings(environment=Environment.EMBEDDED, links=links, symbols=symbols)
    desk = Desk(settings, BinanceSpot(), credentials, tape, system_clock, random.Random(1))
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        found = await keeping(desk, symbols)
        desk.stop()
    tape.close()
    return found


KINDS = (SessionKind.ORDER_ENTRY, SessionKind.MARKET_DATA)


@pytest.mark.parametrize("entries", [25, 1])
def test_five_thousand_changes_a_second_over_twenty_symbols(entries: int, tmp_path: Path) -> None:
    script = [sys.executable, Path(__file__).with_name("market_blaster.py"), str(RATE), str(entries)]
    with subprocess.Popen(script, stdout=subprocess.PIPE) as process:
        try:
            endpoint = Endpoint("127.0.0.1", int(process.stdout.readline()), tls=False)
            links = tuple(LinkSettings(kind, endpoint, "BEN", 30) for kind in KINDS)
            found = asyncio.run(on(links, Credentials("k", StillSigner()), SYMBOLS, tmp_path))
        finally:
            process.kill()
    print(
        f"\n{found['updates'] * entries:,.0f} changes/s in {found['updates']:,.0f} messages/s over {len(SYMBOLS)} "
        f"books, {found['views']:,.0f} views/s: desk {found['share']:.0%} of a core, late p99 {found['late']:.1f} ms"
    )
    assert found["updates"] * entries > 0.9 * RATE
    if entries > 1:
        assert found["share"] < MOST_OF_A_CORE


def cpu_of(pid: int) -> float:
    """Seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_embedded_exchange_does_not_fall_behind_at_five_thousand_updates_a_second(tmp_path: Path) -> None:
    """Over TLS, all its symbols watched: ticker, trades and depth. About two book updates come of each event."""
    command = [sys.executable, "-m", "blotter", "exchange", "--json", "--rate", str(RATE / 2 / 7)]
    with subprocess.Popen([*command, "--data-dir", tmp_path / "x"], stdout=subprocess.PIPE) as process:
        try:
            told = json.loads(process.stdout.readline())
            signer = load_ed25519(tmp_path / "x" / Path(told["private_key_file"]).name)
            links = tuple(
                LinkSettings(kind, Endpoint(host, int(port)), "BEN", 30, told["ca_file"])
                for kind in KINDS
                for host, port in [told["fix"][kind.value.lower()].split(":")]
            )
            cpu, wall = cpu_of(process.pid), time.monotonic()
            found = asyncio.run(
                on(links, Credentials(told["api_key"], signer), tuple(told["symbols"]), tmp_path)
            )
            cpu, wall = cpu_of(process.pid) - cpu, time.monotonic() - wall
        finally:
            process.terminate()
    print(
        f"\nexchange: {found['updates']:,.0f} updates/s over {len(told['symbols'])} symbols: exchange {cpu / wall:.0%} "
        f"of a core, desk {found['share']:.0%}, oldest book {found['age']:.0f} ms"
    )
    assert found["updates"] > 0.9 * RATE
    assert found["age"] < 500
