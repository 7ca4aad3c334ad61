"""A whole desk at QuickFIX as its broker: a plain FIX profile, a dictionary file, lasting numbers, and orders whose
reports come while either side is away."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

pytest.importorskip("quickfix", reason="QuickFIX is not installed: pip install 'blotter[interop]'")

from interop_parties import QuickFix, dictionary_xml, free_port

from blotter.config import Config, VenueConfig
from blotter.desk.change import LinkState
from blotter.desk.command import Submit
from blotter.desk.desk import Desk
from blotter.desk.setup import account, desk_builder
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Environment
from blotter.venues.fix44.profile import FixProfile, LogonProfile
from blotter.venues.instruments import InstrumentTerms

pytestmark = pytest.mark.anyio

TERMS = InstrumentTerms(base="INTC", quote="USD", tick_size=Decimal("0.01"), step_size=Decimal(1))
BUY = OrderRequest(
    symbol="INTC",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal(100),
    price=Decimal("12.5"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def broker(tmp_path: Path, anyio_backend: str) -> AsyncIterator[QuickFix]:
    party = await anyio.to_thread.run_sync(
        lambda: QuickFix("acceptor", free_port(), tmp_path / "theirs", Reporting="Y")
    )
    yield party
    party.close()


def profile(broker: QuickFix, directory: Path) -> VenueConfig:
    """What a user would write, with a dictionary file of the broker's."""
    directory.mkdir(exist_ok=True)
    (directory / "broker.xml").write_text(dictionary_xml())
    return VenueConfig(
        venue="fix44",
        environment=Environment.LIVE,
        order_entry=f"127.0.0.1:{broker.port}",
        tls=False,
        dictionary=str(directory / "broker.xml"),
        sender_comp_id="BLOTTER",
        target_comp_id="QF",
        heart_bt_int=5,
        instruments={"INTC": TERMS},
        fix=FixProfile(logon=LogonProfile(signer="none")),
    )


@contextlib.asynccontextmanager
async def desk_at(broker: QuickFix, directory: Path) -> AsyncIterator[Desk]:
    """Live; it logs out at the end."""
    config = profile(broker, directory)
    desk = desk_builder(Config(), account("broker", config, None), directory)()
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        assert await desk.until(lambda: live(desk), 20), desk.links()
        yield desk
        desk.stop()
    desk.tape.close()


def live(desk: Desk) -> bool:
    return desk.links()["OE"].state is LinkState.LIVE


async def buy(desk: Desk, number: int) -> str:
    answers: list = []
    assert await desk.until(lambda: not desk.view().entry_blocked, 20), desk.view().entry_blocked
    desk.handle(Submit(id=f"s{number}", request=BUY, accept_warnings=True), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    name: str = answers[0].order_ids[0]
    return name


async def test_an_order_lives_through_restarts_of_either_side(broker: QuickFix, tmp_path: Path) -> None:
    async with desk_at(broker, tmp_path / "ours") as desk:
        first = await buy(desk, 1)
        assert await desk.until(lambda: desk.orders()[first].state is OrderState.NEW, 10)
        name = desk.orders()[first].current.cl_ord_id
    broker.do("fill", id=name)  # while we are away
    async with desk_at(broker, tmp_path / "ours") as desk:
        assert await desk.until(lambda: desk.orders()[first].state is OrderState.FILLED, 20)
        assert [fill.last_qty for fill in desk.fills_of(first)] == [Decimal(100)]
        await anyio.to_thread.run_sync(broker.kill)
        assert await desk.until(lambda: not live(desk), 20)
        await anyio.to_thread.run_sync(broker.start)
        assert await desk.until(lambda: live(desk), 30), desk.links()
        second = await buy(desk, 2)
        assert await desk.until(lambda: desk.orders()[second].state is OrderState.NEW, 10)
        assert desk.links()["OE"].next_in > 3, "the numbers went on"
    assert sorted(broker.got.values()) == [1, 1], "each order once"


async def test_what_a_desk_cannot_take_is_loud_and_ends_nothing(broker: QuickFix, tmp_path: Path) -> None:
    async with desk_at(broker, tmp_path / "ours") as desk:
        broker.do("send", names=["strange"])  # an order, to us
        told: list[str] = []

        def loud() -> bool:
            told.extend(notice.text for notice in desk.feed.drain().notices)
            return any("D not understood" in text for text in told)

        assert await desk.until(loud, 10), told
        order = await buy(desk, 1)
        assert await desk.until(lambda: desk.orders()[order].state is OrderState.NEW, 10)
