"""The test venue's monthly wipe: everything starts anew with the first ids, and a restart after it knows."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue
from exchange_commands import ACCOUNTS, Desk, state

from blotter.exchange.engine import Engine
from blotter.exchange.event import OpenAccount, Wipe
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES
from blotter.exchange.store import Store
from blotter.trading.enums import Side

IDS = (37, 17, 1003)


def test_the_engine_is_as_it_was_on_the_first_day() -> None:
    desk = Desk()
    desk.place("ann", "a", Side.BUY, "1", "100")
    desk.place("bob", "b", Side.SELL, "0.4", "100")
    count = desk.engine.commands
    assert desk.engine.submit(Wipe(at=1, account="ann")) == []
    blank = Engine(LISTINGS)
    blank.commands = count + 1
    assert state(desk.engine) == state(blank)


async def trade(running: Venue, client: Client) -> list[str | None]:
    """One order, filled: OrderID, ExecID and TradeID of its fill."""
    await client.order("mine", "1", "1", "100")
    await client.report("0")
    running.other(request(Side.SELL, "1", "100"))
    fill = await client.report("F")
    return [fill.text(tag) for tag in IDS]


@pytest.mark.anyio
async def test_orders_trades_balances_and_ids_start_anew_and_every_socket_is_cut(tmp_path: Path) -> None:
    async with venue(tmp_path, drop_copy_delay=0.1) as running:
        client, copier, rest = await running.client(), await running.copier(), running.rest()
        before = (await rest.get("account")).body["balances"]
        first = await trade(running, client)
        assert first == ["0", "1", "0"]
        await client.order("open", "1", "1", "100")
        await client.report("0")
        running.running.inject("wipe")
        for each in (client, copier):
            assert await each.closed() == []
        rest.close()
        assert (await rest.get("openOrders")).body == []
        assert (await rest.get("allOrders", symbol="BTCUSDT")).body == []
        assert (await rest.get("myTrades", symbol="BTCUSDT")).body == []
        assert (await rest.get("order", symbol="BTCUSDT", orderId=0)).error == (400, -2013)
        assert (await rest.get("account")).body["balances"] == before
        counts = (await rest.get("rateLimit/order")).body
        assert [count["count"] for count in counts] == [0, 0]
        again, copier = await running.client("AGAIN"), await running.copier("COPY2")
        await again.cancel("c", "open")
        assert (await again.hear()).text(25016) == "-2011"
        assert await trade(running, again) == first
        assert [(await copier.report()).text(17) for _ in "ab"] == ["0", "1"]  # nothing of before


@pytest.mark.anyio
async def test_a_restart_after_it_knows_of_nothing_before(tmp_path: Path) -> None:
    async with venue(tmp_path) as running:
        client = await running.client()
        await trade(running, client)
        running.running.inject("wipe")
        await client.closed()
        again = await running.client("AGAIN")
        await again.order("after", "1", "2", "100")
        await again.report("0")
        book = state(running.running.engine)
    async with venue(tmp_path) as running:
        assert state(running.running.engine) == book
        (order,) = (await running.rest().get("allOrders", symbol="BTCUSDT")).body
        assert (order["clientOrderId"], order["orderId"]) == ("after", 0)


@pytest.mark.anyio
async def test_the_house_comes_back_at_its_opening_prices(tmp_path: Path) -> None:
    async with venue(tmp_path, rate=0.0) as running:
        engine = running.running.engine

        def best() -> list[Decimal | None]:
            return [market.book.bids.best for market in engine.markets.values()]

        opening, numbers = best(), {m.state.next_house_order_id for m in engine.markets.values()}
        for _ in range(50):
            running.running.hub.house_step("BTCUSDT")
        assert None not in opening
        watcher = await running.client("MD", market_data=True)
        running.running.inject("wipe")
        await watcher.closed()
        assert best() == opening
        assert {m.state.next_house_order_id for m in engine.markets.values()} == numbers


def test_the_log_knows_of_it_after_a_kill(tmp_path: Path) -> None:
    """What was before is not replayed into what came after."""
    desk = Desk()
    store = Store(tmp_path)
    store.load(LISTINGS)
    desk.place("ann", "a", Side.BUY, "1", "100")
    desk.do(Wipe(at=2, account="ann"))
    for account in ACCOUNTS:
        desk.do(OpenAccount(at=3, account=account, balances=OPENING_BALANCES))
    desk.place("bob", "b", Side.SELL, "1", "100")
    for command in desk.log:
        store.append(command)
    store.flush()
    os.close(store._lock_fd)  # the process is gone: nothing else is written
    with Store(tmp_path) as again:
        engine = again.load(LISTINGS)
    assert state(engine) == state(desk.engine)
    assert [report.cl_ord_id for report in engine.histories["bob"].orders()] == ["b"]
    assert list(engine.histories["ann"].orders()) == []
