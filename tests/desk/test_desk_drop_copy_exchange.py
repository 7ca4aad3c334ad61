"""The independent check against the embedded exchange, which leaves out reports on one session or the other."""

from decimal import Decimal

import msgspec
import pytest
from desk_all_sessions import all_sessions, best_bid

from blotter.desk import drop_copy as checking
from blotter.desk.change import LinkState
from blotter.desk.command import Submit
from blotter.exchange import event as ev
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.trading.enums import Side, TimeInForce
from blotter.trading.order import OrderState

pytestmark = pytest.mark.anyio


@pytest.fixture
async def exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "WITHIN", 0.6)
    monkeypatch.setattr(checking, "SETTLED", 0.0)
    config = ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0, drop_copy_delay=0.2)
    async with serve(config) as running:
        yield running


async def submit(desk, exchange, qty="0.02"):
    answers = []
    desk.handle(Submit(id="s", request=best_bid(exchange, qty), accept_warnings=True), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0]


def hit(exchange, qty):
    """The house sells into our bid."""
    house = next(name for name, account in exchange.engine.clearing.accounts.items() if account.house)
    request = msgspec.structs.replace(
        best_bid(exchange, qty), side=Side.SELL, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
    )
    command = ev.Place(at=exchange.hub.now().wall, account=house, cl_ord_id=f"h-{qty}", request=request)
    exchange.hub.submit(command)


async def test_an_ordinary_morning_has_no_differences(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        order_id = await submit(desk, exchange)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        for qty in ("0.005", "0.015"):
            hit(exchange, qty)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.FILLED, 5)
        assert await desk.until(lambda: desk.links()["DC"].messages_in >= 5, 5)
        assert await desk.until(lambda: not desk.drop_copy._awaited, 5)
        assert not desk.drop_copy._open
        assert len(desk.fills_of(order_id)) == 2
        assert not [text for text in desk.told if "repeated" in text or "drop copy" in text]


async def test_a_fill_that_never_reached_order_entry_is_in_the_ledger_once(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        order_id = await submit(desk, exchange)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        assert not await desk.until(lambda: False, 0.6), "order entry has been up for long enough"
        exchange.inject("oe-missing:1")
        hit(exchange, "0.005")
        assert await desk.until(lambda: len(desk.fills_of(order_id)) == 1, 5)
        fill = desk.fills_of(order_id)[0]
        assert (
            f"the fill of {order_id} ({fill.exec_id}) came by drop copy, order entry did not report it"
            in desk.told
        )
        assert fill.fees
        assert await desk.until(lambda: len(desk.drop_copy._open) == 1, 5)
        exchange.inject("clear")


async def test_a_copy_that_is_missing_is_a_difference(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        exchange.inject("dc-missing:1")
        order_id = await submit(desk, exchange)
        assert await desk.until(lambda: len(desk.drop_copy._open) == 1, 5)
        (difference,) = desk.drop_copy._open.values()
        assert difference.order_id == order_id
        assert difference.theirs == "drop copy: nothing within 0.6 s"
        exchange.inject("clear")


async def test_copies_that_are_late_resolve_what_they_raised(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        exchange.inject("dc-lag:1s")
        await submit(desk, exchange)
        assert await desk.until(lambda: any(one.resolved for one in desk.drop_copy._open.values()), 5)
        (difference,) = desk.drop_copy._open.values()
        assert "it came after all, 1." in difference.resolved


async def test_fills_while_order_entry_is_away_are_not_missed(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        order_id = await submit(desk, exchange)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        exchange.inject("refuse-logon:-1008:oe,drop:oe")
        assert await desk.until(lambda: desk.links()["OE"].state is not LinkState.LIVE, 5)
        hit(exchange, "0.005")
        assert await desk.until(lambda: len(desk.fills_of(order_id)) == 1, 5)
        assert desk.links()["OE"].state is not LinkState.LIVE
        assert desk._fold.ledger.positions["BTCUSDT"].net_qty == Decimal("0.005")
        assert not desk.drop_copy._open
        exchange.inject("clear")
