"""Drop copy: everything that befalls the account's orders, a second late, and nothing can be asked for."""

import time
from pathlib import Path

import pytest
from exchange_client import Venue, request, venue

from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


async def test_copies_of_every_report_come_a_second_late(quiet: Venue) -> None:
    copier, trader = await quiet.copier(), await quiet.client()
    started = time.monotonic()
    await trader.order("mine", "1", "1", "100")
    original = await trader.report("0")
    assert time.monotonic() - started < 0.9
    copy = await copier.report("0")
    assert 0.99 < time.monotonic() - started < 4
    body = [pair for pair in original.pairs if int(pair[0]) not in (8, 9, 10, 34, 49, 52, 56)]
    assert [pair for pair in copy.pairs if int(pair[0]) not in (8, 9, 10, 34, 49, 52, 56)] == body


async def test_copies_have_fills_and_cancels_from_anywhere_but_no_refusals(tmp_path: Path) -> None:
    async with venue(tmp_path, drop_copy_delay=0.05) as running:
        copier, trader, rest = await running.copier(), await running.client(), running.rest()
        await trader.order("mine", "1", "1", "100")
        await trader.order("bad", "1", "1000000", "100")
        running.other(request(Side.SELL, "0.4", "100"))
        assert (await rest.delete("order", symbol="BTCUSDT", orderId=0)).status == 200
        assert [(await copier.report()).text(150) for _ in "abc"] == ["0", "F", "4"]
        await trader.log_out()
        await copier.silence()


async def test_a_lost_ack_is_not_lost_here(tmp_path: Path) -> None:
    async with venue(tmp_path, drop_copy_delay=0.05) as running:
        copier, trader = await running.copier(), await running.client()
        running.running.inject("lost-ack:1,duplicate:1")
        await trader.order("mine", "1", "1", "100")
        assert (await copier.report("0")).text(11) == "mine"
        await trader.silence()
        await copier.silence()


async def test_the_flag_is_needed_here_and_only_here(quiet: Venue) -> None:
    for changes in ({}, {"drop_copy": "N"}):
        copier = await quiet.connect("COPY", copies=True)
        await copier.send_logon(**changes)
        assert (await copier.refused(-1185, 9406)).text(58) == (
            "Only DropCopy sessions are supported on this server. "
            "Either reconnect to order entry server or send `DropCopyFlag (9406)` field."
        )
        assert await copier.closed() == []
    trader = await quiet.connect()
    await trader.send_logon(drop_copy="Y")
    await trader.refused(-1184, 9406)
    await quiet.client("FINE", drop_copy="N")


async def test_orders_are_refused_and_the_session_lives(quiet: Venue) -> None:
    copier = await quiet.copier()
    await copier.order("mine", "1", "1", "100")
    assert (await copier.refused(-1183)).text(58) == (
        "Requested operation is not allowed in DropCopy sessions."
    )
    await copier.say("1", [(112, "ping")])
    assert (await copier.hear()).text(112) == "ping"
    assert list(quiet.running.engine.histories["trader"].orders()) == []


async def test_sixty_messages_a_minute_and_no_more(quiet: Venue) -> None:
    copier = await quiet.copier()
    for _ in range(59):  # the Logon was the first
        await copier.say("0")
    await copier.say("1", [(112, "one too many")])
    await copier.refused(-1181)
    assert (await copier.hear()).msg_type == "5"


async def test_maintenance_concerns_drop_copies_too(tmp_path: Path) -> None:
    async with venue(tmp_path, drop_copy_delay=0.05) as running:
        copier = await running.copier()
        running.running.inject("maintenance:200ms")
        assert [(await copier.hear()).msg_type for _ in "ab"] == ["B", "5"]
