"""A desk at a broker of its own profile: numbers that go on, changes by G, what is true asked by AF."""

import contextlib
import random
from decimal import Decimal

import anyio
import msgspec
import pytest

from blotter.config import VenueConfig
from blotter.desk.clock import system_clock
from blotter.desk.command import Amend, Cancel, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.setup import account
from blotter.desk.source import Times
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.row import Kind
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Environment

pytestmark = pytest.mark.anyio

PROFILE = {
    "logon": {"signer": "password", "fields": {"553": "{key}", "554": "{password}"}},
    "header": {"50": "TRADER"},
    "orders": {"mass_status": "7", "mass_cancel": True},
}
STATED = {"ETH-USD": {"base": "ETH", "quote": "USD", "tick_size": "0.01", "step_size": "0.0001"}}
RESTING = OrderRequest(
    symbol="ETH-USD",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal(1),
    price=Decimal(2000),
    time_in_force=TimeInForce.DAY,
)


def chosen(exchange, directory):
    """The account as a config names it."""
    key = directory / "api-key"
    key.write_text(exchange.credentials.api_key)
    key.chmod(0o600)
    host, port = exchange.order_entry
    stated = {
        "venue": "fix44",
        "order_entry": f"{host}:{port}",
        "ca_file": str(exchange.credentials.ca_file),
        "sender_comp_id": "DESK",
        "target_comp_id": "BROKER",
        "heart_bt_int": 5,
        "api_key_file": str(key),
        "secret_file": str(exchange.credentials.secret_file),
        "fix": PROFILE,
        "instruments": STATED,
    }
    return account("broker", msgspec.convert(stated, VenueConfig), None)


@contextlib.asynccontextmanager
async def desk_on(exchange, directory):
    """Running, and free to trade."""
    at = chosen(exchange, directory)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(
            environment=Environment.EMBEDDED,
            links=at.links,
            instruments=at.instruments,
            asking=Times(0.15, 3.0, 0.1),
        ),
        at.venue,
        at.credentials,
        tape,
        system_clock,
        random.Random(1),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            assert await desk.until(lambda: not desk.view().entry_blocked, 15), desk.view().entry_blocked
            yield desk
        finally:
            desk.stop()
    tape.close()


@pytest.fixture
async def exchange(tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", dialect="fix44", rate=None)) as running:
        yield running


async def answer(desk, command) -> str:
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    return answers[0].text


async def test_a_day_at_a_broker(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        assert list(desk.instruments) == ["ETH-USD"]  # before any venue could have said so
        unknown = Submit(id="u", request=msgspec.structs.replace(RESTING, symbol="DOGE-USD"))
        assert 'instruments."DOGE-USD" of this venue' in await answer(desk, unknown)
        off_tick = Submit(id="t", request=msgspec.structs.replace(RESTING, price=Decimal("2000.005")))
        assert "0.01" in await answer(desk, off_tick)
        await answer(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        (order_id,) = desk.orders()
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        more = {"price": Decimal(2100), "order_qty": Decimal(2), "accept_warnings": True}
        await answer(desk, Amend(id="a", order_id=order_id, **more))
        assert await desk.until(lambda: not desk.orders()[order_id].pending, 5)
        order = desk.orders()[order_id]
        assert (order.price, order.order_qty, order.state) == (Decimal(2100), Decimal(2), OrderState.NEW)
    async with desk_on(exchange, tmp_path) as desk:  # the numbers go on, and the order is asked about
        assert await desk.until(lambda: not desk.orders()[order_id].in_doubt, 5)
        assert desk.orders()[order_id].price == Decimal(2100)
        await answer(desk, Cancel(id="c", order_ids=(order_id,)))
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.CANCELED, 5)
        assert desk.orders().keys() == {order_id}
    with TapeReader.open(tmp_path / "tape.sqlite3") as reader:
        sent = [row.entry for row in reader.rows(RowFilter(kinds=frozenset({Kind.OUT}), last=10_000))]
        assert [entry.msg_type for entry in sent if entry.msg_type in "DGF"] == ["D", "G", "F"]
        numbers = [entry.seq for entry in sent]
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(b"\x0150=TRADER\x01" in entry.payload for entry in sent)
        secret = exchange.credentials.secret_file.read_bytes().strip()
        assert not any(secret in entry.payload for entry in sent)
