"""What the desk costs on the order path: round trip against a bare echo of the same bytes, and submit to socket.

Both run against the same acceptor process in the same run, order and echo taking turns, so that a noisy machine slows
both alike. Run: pytest tests/bench/test_bench_desk.py -n 0 -s
"""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest

from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.wire import tls_context
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot

AIM = 1.5
"""The bound stands although it is missed today (about 2.8 over TLS): a benchmark that passes would hide it."""
ROUNDS = 1000
REQUEST = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.25"),
    price=Decimal("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


class Venue(NamedTuple):
    endpoint: Endpoint
    ca_file: str | None


@pytest.fixture
def acceptor(request, tmp_path):
    """The echoing acceptor in its own process; over TLS, as every venue has it, unless the test says otherwise."""
    tls = getattr(request, "param", True)
    script = [sys.executable, Path(__file__).with_name("echo_acceptor.py")] + (
        [tmp_path / "tls"] if tls else []
    )
    with subprocess.Popen(script, stdout=subprocess.PIPE) as process:
        try:
            port = int(process.stdout.readline())
            yield Venue(
                Endpoint("127.0.0.1", port, tls=tls), str(tmp_path / "tls" / "ca.pem") if tls else None
            )
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def running(venue, directory, *, power_durable):
    tape = Tape.open(directory / "tape.sqlite3")
    link = LinkSettings(SessionKind.ORDER_ENTRY, venue.endpoint, "BEN", 30, venue.ca_file)
    settings = DeskSettings(environment=Environment.EMBEDDED, links=(link,), power_durable=power_durable)
    desk = Desk(
        settings, BinanceSpot(), Credentials("k", StillSigner()), tape, system_clock, random.Random(1)
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        await anyio.sleep(0.2)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()


class Trips:
    """Submits and waits for the report to have reached the change feed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.number = 0
        self.acknowledged: asyncio.Future | None = None
        put = desk.feed.delta

        def delta(change) -> None:
            put(change)
            waiting = self.acknowledged is not None and not self.acknowledged.done()
            if waiting and any(order.state is OrderState.NEW for order in change.orders):
                self.acknowledged.set_result(time.perf_counter_ns())

        desk.feed.delta = delta

    async def one(self) -> int:
        self.number += 1
        self.acknowledged = asyncio.get_running_loop().create_future()
        started = time.perf_counter_ns()
        self.desk.handle(Submit(id=f"b{self.number}", request=REQUEST, accept_warnings=True))
        return await self.acknowledged - started


class Echo(asyncio.Protocol):
    """The floor: the same bytes out, the same bytes back, framed by their trailer and not looked at."""

    def __init__(self) -> None:
        self.buffer = b""
        self.arrived: asyncio.Future | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.buffer[-8:-4] == b"\x0110=":
            self.buffer = b""
            self.arrived.set_result(time.perf_counter_ns())

    async def one(self, data: bytes) -> int:
        self.arrived = asyncio.get_running_loop().create_future()
        started = time.perf_counter_ns()
        self.transport.write(data)
        return await self.arrived - started


class StreamEcho:
    """The floor as most people write it: asyncio streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def one(self, data: bytes) -> int:
        started = time.perf_counter_ns()
        self.writer.write(data)
        await self.writer.drain()
        while (await self.reader.read(65536))[-8:-4] != b"\x0110=":
            continue
        return time.perf_counter_ns() - started


LOGON = b"8=FIX.4.4\x019=50\x0135=A\x0149=BARE\x0156=SPOT\x0134=1\x0152=x\x01108=30\x0110=000\x01"


def percentile(values: list[int], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000


async def compare(venue, directory, *, power_durable) -> dict[str, list[int]]:
    loop = asyncio.get_running_loop()
    endpoint, context = venue.endpoint, tls_context(venue.ca_file) if venue.ca_file else None
    _, echo = await loop.create_connection(Echo, endpoint.host, endpoint.port, ssl=context)
    streams = StreamEcho(*await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context))
    await echo.one(LOGON)
    await streams.one(LOGON)
    taken: dict[str, list[int]] = {"protocol": [], "streams": [], "desk": []}
    async with running(venue, directory, power_durable=power_durable) as desk:
        trips = Trips(desk)
        await trips.one()
        order = next(m.raw for m in reversed(desk.feed.drain().messages) if m.msg_type == "D")
        for _ in range(ROUNDS):
            taken["protocol"].append(await echo.one(order))
            taken["streams"].append(await streams.one(order))
            taken["desk"].append(await trips.one())
    echo.transport.close()
    streams.writer.close()
    await streams.writer.wait_closed()
    return taken


def show(name: str, taken: dict[str, list[int]]) -> None:
    for what, values in taken.items():
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        print(f"{name} {what}: p50 {p50:.0f} us, p99 {p99:.0f} us")


@pytest.mark.parametrize("acceptor", [True, False], indirect=True, ids=["tls", "plain"])
def test_round_trip_stays_near_a_bare_echo(acceptor, tmp_path):
    taken = asyncio.run(compare(acceptor, tmp_path, power_durable=False))
    show("process-durable", taken)
    ratio = percentile(taken["desk"], 0.5) / percentile(taken["streams"], 0.5)
    strict = percentile(taken["desk"], 0.5) / percentile(taken["protocol"], 0.5)
    print(f"desk / bare streams {ratio:.2f}, desk / bare protocol {strict:.2f}")
    assert ratio < AIM


def test_power_durability_adds_one_commit(acceptor, tmp_path):
    taken = asyncio.run(compare(acceptor, tmp_path, power_durable=True))
    show("power-durable", taken)


def test_submit_to_socket_with_full_commit(acceptor, tmp_path):
    async def measure() -> list[int]:
        values: list[int] = []
        async with running(acceptor, tmp_path, power_durable=True) as desk:
            trips = Trips(desk)
            for number in range(ROUNDS):
                written = asyncio.get_running_loop().create_future()
                trips.acknowledged = asyncio.get_running_loop().create_future()
                started = time.perf_counter_ns()
                desk.handle(
                    Submit(id=f"s{number}", request=REQUEST, accept_warnings=True),
                    lambda answer, written=written: written.set_result(time.perf_counter_ns()),
                )
                values.append(await written - started)
                await trips.acknowledged
        return values

    values = asyncio.run(measure())
    p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
    print(f"submit to socket, FULL: p50 {p50:.0f} us, p99 {p99:.0f} us")
    assert p50 < 1000
    assert p99 < 5000
