"""REST on bad days: it lags, fails, refuses and is away, and what was done was done."""

import asyncio
import http.client
from pathlib import Path

import pytest
from exchange_client import Client, Clock, Venue, request, venue
from exchange_rest import Rest

from blotter.trading.enums import Side


async def open_ids(rest: Rest) -> list[str]:
    return [order["clientOrderId"] for order in (await rest.get("openOrders")).body]


@pytest.mark.anyio
async def test_a_lagging_rest_knows_of_nothing_new_for_a_while(tmp_path: Path) -> None:
    clock = Clock()
    async with venue(tmp_path, clock=clock) as running:
        rest, trader = running.rest(), await running.client()
        await trader.order("old", "1", "1", "100")
        await trader.report("0")
        running.running.inject("rest-lag:2s")
        assert await open_ids(rest) == ["old"]
        running.other(request(Side.SELL, "1", "100"))
        await trader.report("F")
        await trader.order("new", "1", "1", "100")
        await trader.report("0")

        async def seen() -> tuple[list[str], object, object, int, int]:
            """Open orders, the status of both, trades, orders."""
            return (
                await open_ids(rest),
                (await rest.get("order", symbol="BTCUSDT", origClientOrderId="old")).body.get("status"),
                (await rest.get("order", symbol="BTCUSDT", origClientOrderId="new")).body.get("code"),
                len((await rest.get("myTrades", symbol="BTCUSDT")).body),
                len((await rest.get("allOrders", symbol="BTCUSDT")).body),
            )

        assert await seen() == (["old"], "NEW", -2013, 0, 1)
        clock.skipped += 1_500_000_000
        assert await seen() == (["old"], "NEW", -2013, 0, 1)
        clock.skipped += 500_000_000
        assert await seen() == (["new"], "FILLED", None, 1, 2)


@pytest.mark.anyio
async def test_balances_lag_too_cancels_do_not_and_a_good_day_catches_up(quiet: Venue) -> None:
    rest, trader = quiet.rest(), await quiet.client()

    async def locked() -> str:
        balances = (await rest.get("account")).body["balances"]
        (usdt,) = [balance for balance in balances if balance["asset"] == "USDT"]
        return str(usdt["locked"])

    quiet.running.inject("rest-lag:1m")
    for name in "ab":
        await trader.order(name, "1", "1", "100")
        await trader.report("0")
    assert (await open_ids(rest), await locked()) == ([], "0.00000000")
    assert (await rest.delete("order", symbol="BTCUSDT", origClientOrderId="a")).status == 200
    assert await locked() == "0.00000000"
    quiet.running.inject("clear")
    order = (await rest.get("order", symbol="BTCUSDT", origClientOrderId="a")).body
    assert (order["status"], await locked()) == ("CANCELED", "100.00000000")


@pytest.mark.anyio
async def test_a_5xx_leaves_open_whether_it_was_done(quiet: Venue) -> None:
    rest, trader = quiet.rest(), await quiet.client()
    quiet.running.inject("rest-5xx:1")
    statuses, done = set(), set()
    for n in range(16):
        await trader.order(f"o{n}", "1", "1", "100")
        await trader.report("0")
        answer = await rest.delete("order", symbol="BTCUSDT", origClientOrderId=f"o{n}")
        statuses.add(answer.status)
        assert answer.body is None or answer.body["code"] in (-1001, -1006, -1007)
        done.add(quiet.running.engine.markets["BTCUSDT"].find("trader", n, None) is None)
    assert statuses == {500, 502, 503, 504}
    assert done == {True, False}
    quiet.running.inject("clear")
    assert (await rest.public("ping")).status == 200


@pytest.mark.anyio
async def test_429_for_a_while(quiet: Venue) -> None:
    rest = quiet.rest()
    quiet.running.inject("rest-429:200ms")
    answer = await rest.public("ping")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    await asyncio.sleep(0.25)
    assert (await rest.public("ping")).status == 200
    quiet.running.inject("rest-429")
    assert 50 <= int((await rest.public("ping")).headers["Retry-After"]) <= 60


@pytest.mark.anyio
async def test_a_ban_for_a_while_which_a_good_day_lifts(quiet: Venue) -> None:
    rest = quiet.rest()
    quiet.running.inject("rest-418:200ms")
    answer = await rest.public("ping")
    assert (answer.status, answer.headers["Retry-After"], answer.body["code"]) == (418, "1", -1003)
    assert answer.body["msg"].startswith("Way too much request weight used; IP banned until ")
    await asyncio.sleep(0.25)
    assert (await rest.public("ping")).status == 200
    quiet.running.inject("rest-418")
    assert 100 <= int((await rest.public("ping")).headers["Retry-After"]) <= 120
    quiet.running.inject("clear")
    assert (await rest.public("ping")).status == 200


async def cut(rest: Rest) -> None:
    """The next request gets no answer."""
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected, OSError)):
        await rest.public("ping")
    rest.close()


@pytest.mark.anyio
async def test_a_rest_that_is_down_cuts_old_and_new_connections_and_leaves_fix_alone(
    quiet: Venue,
) -> None:
    rest, trader = quiet.rest(), await quiet.client()
    await rest.public("ping")
    quiet.running.inject("rest-down")
    for _ in "ab":
        await cut(rest)
    await alive(trader)
    quiet.running.inject("clear")
    assert (await rest.public("ping")).status == 200


@pytest.mark.anyio
async def test_drop_cuts_rest_too(quiet: Venue) -> None:
    rest = quiet.rest()
    await rest.public("ping")
    quiet.running.inject("drop")
    await cut(rest)
    assert (await rest.public("ping")).status == 200


async def alive(client: Client) -> None:
    await client.say("1", [(112, "ping")])
    assert (await client.hear()).text(112) == "ping"
