"""Maintenance: the old connection is told, the new one is welcome, both hear everything, the old one is logged out."""

import asyncio

import pytest
from exchange_client import Client, Venue, request

from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio

LAST = "Your connection is about to be closed. Please reconnect."


async def waiting(venue: Venue) -> Client:
    """Connected, as the exchange sees it too, and not logged on."""
    client = await venue.connect("EARLY")
    while not venue.running.hub.connections:  # noqa: ASYNC110 - it does not say when
        await asyncio.sleep(0.01)
    return client


async def test_it_counts_down_and_logs_out_who_was_there(quiet: Venue) -> None:
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:300ms")
    news = await old.hear()
    assert (news.msg_type, news.text(148)) == ("B", LAST)
    new = await quiet.client("NEW")
    logout = await old.hear()
    assert (logout.msg_type, logout.text(58)) == ("5", "Server maintenance.")
    await old.say("5")
    assert await old.closed() == []
    await new.say("1", [(112, "ping")])
    assert (await new.hear()).text(112) == "ping"


async def test_a_long_one_names_the_seconds(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("maintenance:60s")
    assert (await client.hear()).text(148) == "You'll be disconnected in 60 seconds. Please reconnect."


async def test_news_comes_again_and_again_on_every_kind_of_session(
    quiet: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blotter.exchange.rehearsal.NEWS_EVERY", 0.1)
    clients = [await quiet.client(), await quiet.copier(), await quiet.client("MD", market_data=True)]
    quiet.running.inject("maintenance:300ms")
    for client in clients:
        heard = [await client.hear() for _ in range(4)]
        assert [message.msg_type for message in heard] == ["B", "B", "B", "5"]
        assert heard[0].text(148) == "You'll be disconnected in 0 seconds. Please reconnect."
        assert heard[2].text(148) == LAST


async def test_the_old_comp_id_is_in_use_until_its_session_is_over(quiet: Venue) -> None:
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:200ms")
    same = await quiet.connect("OLD")
    await same.send_logon()
    await same.refused(-1033, 49)
    assert [(await old.hear()).msg_type for _ in "ab"] == ["B", "5"]
    await old.say("5")
    await old.closed()
    await quiet.client("OLD")


async def test_both_hear_every_report_while_both_are_there(quiet: Venue) -> None:
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:5m")
    new = await quiet.client("NEW")
    await old.order("by-old", "1", "1", "100")
    assert [(await client.report("0")).text(17) for client in (old, new)] == ["0", "0"]
    await new.order("by-new", "1", "1", "100")
    assert [(await client.report("0")).text(17) for client in (old, new)] == ["1", "1"]
    quiet.other(request(Side.SELL, "1.5", "100"))
    await new.cancel("c", "by-new")
    for client in (old, new):
        reports = [await client.report() for _ in "abc"]
        assert [(r.text(17), r.text(150)) for r in reports] == [("2", "F"), ("3", "F"), ("4", "4")]


async def test_an_order_sent_before_the_logout_is_answered_to_both(quiet: Venue) -> None:
    """Nothing is lost by switching late: until the Logout the old session works."""
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:200ms")
    new = await quiet.client("NEW")
    await old.order("late", "1", "1", "100")
    assert [(await client.report()).text(11) for client in (old, new)] == ["late", "late"]
    assert (await old.hear("5")).msg_type == "5"
    await old.order("too-late", "1", "1", "100")
    await old.refused(-1035)
    await new.silence()


async def test_who_connected_before_and_never_logged_on_is_cut(quiet: Venue) -> None:
    early = await waiting(quiet)
    quiet.running.inject("maintenance:100ms")
    assert await early.closed() == []


async def test_who_connected_before_and_logs_on_after_hears_the_next_news(
    quiet: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blotter.exchange.rehearsal.NEWS_EVERY", 0.2)
    early = await waiting(quiet)
    quiet.running.inject("maintenance:400ms")
    await early.log_on()
    assert [(await early.hear()).msg_type for _ in "ab"] == ["B", "5"]


async def test_a_second_one_concerns_those_who_moved(quiet: Venue) -> None:
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:100ms")
    new = await quiet.client("NEW")
    assert [(await old.hear()).msg_type for _ in "ab"] == ["B", "5"]
    quiet.running.inject("maintenance:100ms")
    assert [(await new.hear()).msg_type for _ in "ab"] == ["B", "5"]


async def test_clear_calls_it_off(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("maintenance:150ms")
    assert (await client.hear()).msg_type == "B"
    quiet.running.inject("clear")
    await asyncio.sleep(0.2)
    await client.silence()
