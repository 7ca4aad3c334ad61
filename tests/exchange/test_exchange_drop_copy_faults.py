"""The two witnesses disagree, on request: what drop copy has and order entry has not, and the other way round."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue

from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


@pytest.fixture
async def brisk(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Venue]:
    """Drop copies only a moment late."""
    async with venue(tmp_path / "exchange", drop_copy_delay=0.05) as running:
        yield running


async def exec_ids(client: Client, count: int) -> list[str | None]:
    return [(await client.report()).text(17) for _ in range(count)]


async def test_dc_lag_comes_on_top_of_the_usual_delay(brisk: Venue) -> None:
    trader, copier = await brisk.client(), await brisk.copier()
    brisk.running.inject("dc-lag:300ms")
    started = time.monotonic()
    await trader.order("mine", "1", "1", "100")
    await trader.report("0")
    assert (await copier.report("0")).text(11) == "mine"
    assert time.monotonic() - started > 0.34


async def test_copies_keep_their_order_when_a_lag_ends(brisk: Venue) -> None:
    trader, copier = await brisk.client(), await brisk.copier()
    brisk.running.inject("dc-lag:300ms")
    await trader.order("a", "1", "1", "100")
    await trader.report("0")
    brisk.running.inject("clear")
    await trader.order("b", "1", "1", "100")
    assert [(await copier.report()).text(11) for _ in "ab"] == ["a", "b"]


async def test_a_silent_drop_copy_lives_and_copies_nothing(brisk: Venue) -> None:
    trader, copier = await brisk.client(), await brisk.copier()
    brisk.running.inject("dc-silent")
    await trader.order("mine", "1", "1", "100")
    await trader.report("0")
    await copier.silence(0.3)
    await copier.say("1", [(112, "ping")])
    assert (await copier.hear()).text(112) == "ping"
    brisk.running.inject("clear")
    await trader.order("next", "1", "1", "100")
    assert (await copier.report()).text(11) == "next"  # the other is never told of


async def test_dc_missing_leaves_out_copies_and_only_copies(brisk: Venue) -> None:
    trader, copier = await brisk.client(), await brisk.copier()
    brisk.running.inject("dc-missing:0.5")
    for n in range(20):
        await trader.order(f"o{n}", "1", "1", "100")
    all_of_them = await exec_ids(trader, 20)
    brisk.running.inject("clear")
    await trader.order("last", "1", "1", "100")
    copied: list[str | None] = []
    while (report := await copier.report()).text(11) != "last":
        copied.append(report.text(17))
    assert 3 < len(copied) < 17
    assert [exec_id for exec_id in all_of_them if exec_id in copied] == copied


async def test_oe_missing_keeps_fills_and_cancels_from_order_entry_only(brisk: Venue) -> None:
    trader, copier, rest = await brisk.client(), await brisk.copier(), brisk.rest()
    await trader.order("mine", "1", "1", "100")
    await trader.report("0")
    brisk.running.inject("oe-missing:1")
    brisk.other(request(Side.SELL, "0.4", "100"))
    await trader.cancel("c", "mine")
    await trader.silence()
    assert [(await copier.report()).text(150) for _ in "abc"] == ["0", "F", "4"]
    assert [trade["qty"] for trade in (await rest.get("myTrades", symbol="BTCUSDT")).body] == ["0.40000000"]
    assert (await rest.get("order", symbol="BTCUSDT", orderId=0)).body["status"] == "CANCELED"


async def test_a_hand_over_of_drop_copies_misses_and_repeats_nothing(tmp_path: Path) -> None:
    """The feed is one for all: what is due after the old session left is the new one's (fact sheet section 8)."""
    async with venue(tmp_path, drop_copy_delay=0.2) as running:
        trader, old = await running.client(), await running.copier("OLD")
        await trader.order("a", "1", "1", "100")
        assert (await old.report()).text(11) == "a"
        await trader.order("b", "1", "1", "100")
        await trader.report("0")
        new = await running.copier("NEW")
        await old.log_out()
        assert [m.text(11) for m in old.received if m.msg_type == "8"] == ["a"]
        await trader.order("c", "1", "1", "100")
        assert [(await new.report()).text(11) for _ in "bc"] == ["b", "c"]


async def test_what_is_due_while_nobody_is_there_is_never_told(tmp_path: Path) -> None:
    async with venue(tmp_path, drop_copy_delay=0.05) as running:
        trader = await running.client()
        await trader.order("a", "1", "1", "100")
        await trader.report("0")
        await asyncio.sleep(0.1)
        copier = await running.copier()
        await copier.silence()
