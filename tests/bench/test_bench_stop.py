"""How soon the last cancel of a stop is on the wire: 200 working orders over 5 symbols, over TLS, against the embedded
exchange in a process of its own. Run: pytest tests/bench/test_bench_stop.py -n 0 -s

Judged by when the socket took the bytes: after each write nothing may be left in the transport's buffer.
"""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from blotter.desk import stopping
from blotter.desk.change import LinkState, StopResult
from blotter.desk.clock import system_clock
from blotter.desk.command import Stop, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.exchange.listing import LISTINGS
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.signing import load_ed25519

ORDERS = 200
AIM_MS = 250
CANCELS = (b"\x0135=F\x01", b"\x0135=q\x01")


@pytest.fixture
def exchange(tmp_path):
    script = [sys.executable, Path(__file__).with_name("stop_exchange.py"), tmp_path / "exchange"]
    with subprocess.Popen(script, stdout=subprocess.PIPE) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def running(exchange, directory):
    endpoint = Endpoint(*exchange["order_entry"])
    link = LinkSettings(SessionKind.ORDER_ENTRY, endpoint, "BEN", 30, exchange["ca_file"])
    signer = load_ed25519(Path(exchange["private_key_file"]))
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,)),
        BinanceSpot(),
        Credentials(exchange["api_key"], signer),
        tape,
        system_clock,
        random.Random(1),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()


def resting(number: int) -> OrderRequest:
    """Far from the market, in one of five symbols."""
    listing = LISTINGS[number % 5]
    price = (listing.opening_price * Decimal("0.7")).quantize(listing.tick_size.normalize())
    qty = (listing.min_notional * 2 / price // listing.step_size + 1) * listing.step_size
    return OrderRequest(
        symbol=listing.symbol,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        order_qty=max(qty, listing.min_qty),
        price=price,
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    )


async def measure(exchange, directory) -> tuple[float, int, float]:
    """(ms to the last cancel's write, messages, ms to the last outcome)."""
    async with running(exchange, directory) as desk:
        for number in range(ORDERS):
            desk.handle(Submit(id=f"b{number}", request=resting(number), accept_warnings=True))

        def all_work() -> bool:
            orders = desk.orders().values()
            return len(orders) == ORDERS and all(order.state is OrderState.NEW for order in orders)

        assert await desk.until(all_work, 20)
        wire = desk._entry.lane._wire
        put, writes = wire.write, []

        def write(data: bytes) -> bool:
            taken = put(data)
            count = sum(data.count(kind) for kind in CANCELS)
            if count:
                assert wire._transport.get_write_buffer_size() == 0, "the socket has not taken it"
                writes.append((time.perf_counter_ns(), count))
            return taken

        wire.write = write
        started = time.perf_counter_ns()
        desk.handle(Stop(id="stop", cancel=True, cause="benchmark"))
        assert await desk.until(lambda: desk.stop_view.done, 10)
        ended = time.perf_counter_ns()
        assert [one.result for one in desk.stop_view.outcomes] == [StopResult.CANCELED] * ORDERS
        sent = sum(count for _, count in writes)
        return (writes[-1][0] - started) / 1e6, sent, (ended - started) / 1e6


@pytest.mark.parametrize("few", [5, 10_000], ids=["by symbol", "one by one"])
def test_the_last_cancel_is_on_the_wire_in_time(exchange, tmp_path, monkeypatch, few):
    monkeypatch.setattr(stopping, "FEW", few)
    wire, messages, outcomes = asyncio.run(measure(exchange, tmp_path))
    print(
        f"stop of {ORDERS} orders: {messages} cancels, the last on the wire after {wire:.1f} ms, "
        f"the last outcome after {outcomes:.0f} ms"
    )
    assert messages == (5 if few == 5 else ORDERS)
    assert wire < AIM_MS
