"""The plain FIX 4.4 dialect over a socket: trading, lasting numbers, what is missed and asked for again."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from dialect_client import DialectClient, Dialects, speaking, told
from exchange_client import request

from blotter.exchange.hub import ACCOUNT
from blotter.exchange.settings import system_clock
from blotter.fix.fix44_grammar import fix44
from blotter.fix.values import SECOND, utc_timestamp
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
_CHECK = fix44().check


@pytest.fixture
async def plain(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Dialects]:
    async with speaking("fix44", tmp_path / "x") as running:
        yield running


def terms(
    cl_ord_id: str, qty: str = "1", price: str | None = "3000", side: str = "1"
) -> list[tuple[int, str]]:
    """A limit order of ETH-USD good till cancelled; at the market without a price."""
    fields = [(11, cl_ord_id), (55, "ETH-USD"), (54, side), (60, utc_timestamp(0, 3)), (38, qty)]
    return [*fields, *([(40, "1")] if price is None else [(40, "2"), (44, price), (59, "1")])]


async def order(client: DialectClient, cl_ord_id: str, *rest: str) -> str:
    """Place one and read its NEW; its OrderID."""
    await client.say("D", terms(cl_ord_id, *rest))
    report = await client.report("0", "0")
    assert _CHECK(report) is None
    return report.text(37) or ""


def open_ids(plain: Dialects) -> list[str]:
    return [order.cl_ord_id for order in plain.running.engine.markets["ETH-USD"].owned(ACCOUNT)]


async def test_an_order_is_filled_changed_asked_about_and_cancelled(plain: Dialects) -> None:
    client = await plain.connect()
    logon = await client.log_on()
    assert told(logon, (34, 49, 56, 108, 141)) == ["1", "BROKER", "DESK", "30", None]
    order_id = await order(client, "one", "2")
    plain.other(request(Side.SELL, "0.5", "3000", symbol="ETH-USD"))
    fill = await client.report("F", "1")
    assert told(fill, (11, 37, 32, 31, 14, 151, 6)) == ["one", order_id, "0.5", "3000", "0.5", "1.5", "3000"]
    assert _CHECK(fill) is None
    await client.say("G", [(41, "one"), (37, order_id), *terms("two", "1.2", "2990")])
    replaced = await client.report("5", "1")
    assert told(replaced, (11, 41, 37, 38, 44, 151)) == ["two", "one", order_id, "1.2", "2990", "0.7"]
    await client.say("H", [(11, "two"), (55, "ETH-USD"), (54, "1"), (790, "q1")])
    state = await client.report("I", "1")
    assert told(state, (790, 11, 41, 14, 151, 32)) == ["q1", "two", None, "0.5", "0.7", None]
    await client.say("F", [(41, "two"), (11, "three"), (55, "ETH-USD"), (54, "1"), (60, utc_timestamp(0, 3))])
    canceled = await client.report("4", "4")
    assert told(canceled, (11, 41, 14, 151)) == ["three", "two", "0.5", "0"]
    await client.say("H", [(11, "two"), (55, "ETH-USD"), (54, "1")])
    assert told(await client.report("I", "4"), (11, 37)) == ["two", order_id]
    for message in (replaced, state, canceled):
        assert _CHECK(message) is None, message.raw
    await client.log_out()


async def test_all_open_orders_on_request_and_all_cancelled(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await client.say("AF", [(584, "none"), (585, "7")])
    assert told(await client.report("I", "8"), (584, 911, 912)) == ["none", "0", "Y"]
    for name in ("a", "b"):
        await order(client, name)
    await client.say("AF", [(584, "all"), (585, "7")])
    states = [await client.report("I", "0") for _ in range(2)]
    assert [told(state, (584, 911, 912, 11)) for state in states] == [
        ["all", "2", "N", "a"],
        ["all", "2", "Y", "b"],
    ]
    await client.say("q", [(11, "sweep"), (530, "7"), (60, utc_timestamp(0, 3))])
    assert [told(await client.report("4", "4"), (11, 41)) for _ in range(2)] == [
        ["sweep", "a"],
        ["sweep", "b"],
    ]
    swept = await client.hear("r")
    assert told(swept, (11, 530, 531, 533)) == ["sweep", "7", "7", "2"]
    assert all(_CHECK(message) is None for message in (*states, swept))


async def test_each_refusal_on_its_own_channel(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await client.say("D", [field for field in terms("x") if field[0] != 54])
    assert told(await client.hear("3"), (371, 372, 373)) == ["54", "D", "1"]
    await client.say("D", terms("x", "0.00001"))
    assert told(await client.report("8", "8"), (11, 37, 103, 151)) == ["x", "NONE", "13", "0"]
    await client.say("D", [field for field in terms("x") if field[0] != 44])
    assert told(await client.report("8", "8"), (58,)) == ["field 44 is missing with OrdType (40) 2"]
    unknown = [(41, "gone"), (11, "y"), (55, "ETH-USD"), (54, "1"), (60, utc_timestamp(0, 3))]
    await client.say("F", unknown)
    assert told(await client.hear("9"), (37, 39, 41, 434, 102)) == ["NONE", "8", "gone", "1", "1"]
    await client.say("G", [(41, "gone"), *terms("y")])
    assert told(await client.hear("9"), (434, 102)) == ["2", "1"]
    await client.say("R", [(131, "quote"), (146, "1"), (55, "ETH-USD")])
    assert told(await client.hear("j"), (372, 380)) == ["R", "3"]
    order_id = await order(client, "once")
    await client.say("F", [(41, "once"), (37, order_id), (11, "z"), *unknown[2:]])
    await client.report("4", "4")
    await client.say("D", terms("once"))
    assert told(await client.report("8", "8"), (11, 103)) == ["once", "6"]
    await client.say("F", [(41, "once"), (11, "zz"), *unknown[2:]])
    assert told(await client.hear("9"), (37, 39, 102)) == [order_id, "4", "0"]


async def test_what_is_missed_is_numbered_and_sent_when_asked_for(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await order(client, "one")
    await client.vanish()
    await plain.gone()
    plain.other(request(Side.SELL, "0.25", "3000", symbol="ETH-USD"))
    again = await plain.connect(seq=client.seq)
    assert (await again.log_on()).text(34) == "4"
    await again.say("2", [(7, "2"), (16, "0")])
    first, missed, filled = await again.report("0", "0"), await again.report("F", "1"), await again.hear("4")
    assert [told(message, (34, 43)) for message in (first, missed, filled)] == [
        ["2", "Y"],
        ["3", "Y"],
        ["4", "Y"],
    ]
    assert missed.text(122) is not None
    assert told(missed, (11, 32)) == ["one", "0.25"]
    assert told(filled, (123, 36)) == ["Y", "5"]


async def test_a_restart_of_the_exchange_keeps_numbers_orders_and_reports(tmp_path: Path) -> None:
    async with speaking("fix44", tmp_path / "x") as plain:
        client = await plain.connect()
        await client.log_on()
        order_id = await order(client, "one")
    async with speaking("fix44", tmp_path / "x") as plain:
        plain.other(request(Side.SELL, "1", "3000", symbol="ETH-USD"))
        again = await plain.connect(seq=client.seq)
        assert (await again.log_on()).text(34) == "5"  # Logon, NEW, Logout, and the fill of meanwhile
        await again.say("2", [(7, "4"), (16, "4")])
        missed = await again.report("F", "2")
        assert told(missed, (34, 37, 43)) == ["4", order_id, "Y"]


async def test_who_has_reset_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    async with speaking("fix44", tmp_path / "x") as plain:
        client = await plain.connect()
        await client.log_on(((98, "0"), (108, "30"), (141, "Y")))
        await order(client, "one")
    async with speaking("fix44", tmp_path / "x") as plain:
        plain.other(request(Side.SELL, "1", "3000", symbol="ETH-USD"))
        again = await plain.connect(seq=client.seq)
        assert (await again.log_on()).text(34) == "5"


async def test_next_expected_brings_it_without_a_request(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await order(client, "one")
    await client.vanish()
    await plain.gone()
    again = await plain.connect(seq=client.seq)
    logon = await again.log_on(((98, "0"), (108, "30"), (789, "2")))
    assert told(logon, (34, 789)) == ["3", "4"]
    assert told(await again.report("0", "0"), (34, 43, 11)) == ["2", "Y", "one"]


async def test_a_reset_begins_at_one_and_nothing_old_comes_back(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await order(client, "one")
    await client.log_out()
    await plain.gone()
    again = await plain.connect()
    logon = await again.log_on(((98, "0"), (108, "30"), (141, "Y")))
    assert told(logon, (34, 141)) == ["1", "Y"]
    await order(again, "two")
    await again.say("2", [(7, "1"), (16, "0")])
    assert told(await again.hear("4"), (34, 36)) == ["1", "2"]
    assert told(await again.report("0", "0"), (34, 11)) == ["2", "two"]


async def test_a_gap_of_the_clients_is_asked_for(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    client.seq = 4
    await client.say("D", terms("late"))
    assert told(await client.hear("2"), (7, 16)) == ["2", "3"]
    await client.say("4", [(123, "Y"), (36, "4")], seq=2, header=((43, "Y"), (122, utc_timestamp(0, 3))))
    assert (await client.report("0", "0")).text(11) == "late"


async def test_a_number_that_is_too_low_ends_the_session(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await client.say("0", seq=1)
    (last,) = await client.rest()
    assert "too low" in (last.text(58) or "")


async def test_reports_go_to_the_session_that_placed_the_order(plain: Dialects) -> None:
    one, two = await plain.connect("ONE"), await plain.connect("TWO")
    await one.log_on()
    await two.log_on()
    await order(one, "mine")
    await order(two, "yours")
    plain.other(request(Side.SELL, "2", "3000", symbol="ETH-USD"))
    assert (await one.report("F", "2")).text(11) == "mine"
    assert (await two.report("F", "2")).text(11) == "yours"


async def test_wrong_credentials_and_a_second_session_are_turned_away(plain: Dialects) -> None:
    keys = plain.running.credentials.keys
    stranger = await plain.connect("OTHER")
    await stranger.say("A", [(98, "0"), (108, "30"), (553, keys.api_key), (554, "wrong")])
    (word,) = await stranger.rest()
    assert (word.msg_type, word.text(58)) == ("5", "Username (553) or Password (554) is not known here")
    client = await plain.connect()
    await client.log_on(((98, "0"), (108, "30"), (553, keys.api_key), (554, keys.secret)))
    second = await plain.connect()
    await second.say("A", [(98, "0"), (108, "30")])
    assert await second.rest() == []
    await order(client, "still")
    assert keys.secret not in repr(keys) + repr(plain.running.credentials)


async def test_the_faults_of_a_bad_day(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    plain.running.inject("drop-after-order")
    await client.say("D", terms("cut"))
    assert await client.rest() == []
    await plain.gone()
    again = await plain.connect(seq=client.seq)
    assert (await again.log_on()).text(34) == "3"
    await again.say("2", [(7, "2"), (16, "2")])
    assert told(await again.report("0", "0"), (11, 43)) == ["cut", "Y"]
    plain.running.inject("refuse-order:-1006")
    await again.say("D", terms("unknown"))
    assert told(await again.hear("j"), (379, 380)) == ["unknown", "4"]
    plain.running.inject("clear,halt:ETH-USD:30s")
    await again.say("D", terms("shut"))
    assert told(await again.report("8", "8"), (103,)) == ["2"]
    plain.running.inject("clear,maintenance:60s")
    assert _CHECK(await again.hear("B")) is None
    plain.running.inject("refuse-logon")
    await again.log_out()
    await plain.gone()
    late = await plain.connect(seq=again.seq)
    await late.say("A", [(98, "0"), (108, "30")])
    assert told(await late.hear("5"), (58,)) == ["credentials are not valid"]


async def test_reports_that_get_lost_doubled_or_held_back(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    plain.running.inject("lost-ack:1")
    await client.say("D", terms("silent"))
    await client.say("H", [(11, "silent"), (55, "ETH-USD"), (54, "1")])
    assert told(await client.report("I", "0"), (34, 11)) == ["2", "silent"]  # it never had a number
    plain.running.inject("clear,duplicate:1")
    first = await order(client, "twice"), await client.report("0", "0")
    assert told(first[1], (34, 37, 17, 43)) == ["4", first[0], "ETH-USD#1", None]
    plain.running.inject("clear,stall:10m")
    plain.other(request(Side.SELL, "1", "3000", symbol="ETH-USD"))
    await client.vanish()
    plain.running.inject("clear")
    await plain.gone()
    again = await plain.connect(seq=client.seq)
    await again.log_on()
    await again.say("2", [(7, "5"), (16, "5")])
    assert told(await again.report("F", "2"), (11, 43)) == ["silent", "Y"]


async def test_a_wipe_forgets_orders_and_keeps_numbers(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await order(client, "one")
    plain.running.inject("wipe")
    assert await client.rest() == []
    await plain.gone()
    again = await plain.connect(seq=client.seq)
    assert (await again.log_on()).text(34) == "3"
    assert await order(again, "one") == "ETH-USD#0"


async def test_an_order_good_till_a_time_ends_then(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    soon = utc_timestamp(system_clock().wall + 60 * SECOND, 3)
    await client.say("D", [*terms("brief")[:-1], (59, "6"), (126, soon)])
    assert told(await client.report("0", "0"), (59, 126)) == ["6", soon]
    plain.running.hub.run_house()
    assert open_ids(plain) == ["brief"]
    plain.running.inject("clock-skew:61s")
    plain.running.hub.run_house()
    expired = await client.report("C", "C")
    assert told(expired, (11, 41, 151)) == ["brief", None, "0"]
    assert _CHECK(expired) is None
    await client.say("D", [*terms("never")[:-1], (59, "6")])
    assert "ExpireTime (126)" in ((await client.report("8", "8")).text(58) or "")


async def test_numbers_that_roll(plain: Dialects) -> None:
    client = await plain.connect()
    await client.log_on()
    await order(client, "one")
    plain.running.hub.roll()
    assert "reset" in ((await client.hear("5")).text(58) or "")
    await client.say("5")
    await plain.gone()
    plain.running.hub.roll_now()
    again = await plain.connect()
    assert (await again.log_on()).text(34) == "1"
    assert plain.running.engine.markets["ETH-USD"].by_cl_ord_id  # orders live on
    assert plain.running.hub.account.locked["USD"] == Decimal(3000)
