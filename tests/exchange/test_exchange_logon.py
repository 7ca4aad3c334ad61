"""Coming in: a good Logon, and every bad one with its code."""

import asyncio
from pathlib import Path

import pytest
from exchange_client import Clock, Venue, venue

from blotter.exchange.limits import LIMITS
from blotter.venues.base import SessionKind

pytestmark = pytest.mark.anyio


async def test_a_good_logon_is_answered_with_number_one_and_a_uuid(quiet: Venue) -> None:
    client = await quiet.connect()
    answer = await client.log_on(heart_bt_int="17")
    assert (answer.text(34), answer.text(49), answer.text(56)) == ("1", "SPOT", "TEST")
    assert (answer.text(98), answer.text(108)) == ("0", "17")
    assert answer.text(25037)
    await client.log_out()


async def test_the_first_message_must_be_a_logon(quiet: Venue) -> None:
    client = await quiet.connect()
    await client.order("a", "1", "1", "100")
    reject = await client.refused(-1180)
    assert reject.text(58) == "Logon<A> must be the first message in the session."
    assert await client.closed() == []


@pytest.mark.parametrize(
    ("changes", "code", "tag"),
    [
        ({"reset": "N"}, -1175, 141),
        ({"handling": None}, -1102, 25035),
        ({"handling": "3"}, -1130, 25035),
        ({"raw_data_length": None, "raw_data": None}, -1102, 95),
        ({"heart_bt_int": "4"}, -1130, 108),
        ({"heart_bt_int": "61"}, -1102, 108),
        ({"heart_bt_int": "x"}, -1102, 108),
        ({"encrypt_method": "1"}, -1130, 98),
        ({"username": "somebody-else"}, -2015, 553),
        ({"drop_copy": "Y"}, -1184, 9406),
    ],
)
async def test_a_bad_logon_is_refused(
    quiet: Venue, changes: dict[str, str | None], code: int, tag: int
) -> None:
    client = await quiet.connect()
    await client.send_logon(**changes)
    await client.refused(code, tag)
    assert await client.closed() == []


async def test_a_wrong_signature_is_refused_with_reason_8(quiet: Venue) -> None:
    client = await quiet.connect()
    signature = client.sign(2, "20200101-00:00:00.000000").decode()
    await client.send_logon(raw_data=signature)
    reject = await client.refused(-1022, 96)
    assert reject.text(373) == "8"
    assert reject.text(58) == "Signature for this request is not valid."


@pytest.mark.parametrize("seconds", [2.0, -6.0])
async def test_a_logon_from_another_time_is_refused_with_reason_10(quiet: Venue, seconds: float) -> None:
    client = await quiet.connect()
    await client.send_logon(ahead=seconds)
    assert (await client.refused(-1021, 52)).text(373) == "10"


async def test_a_logon_must_have_number_one(quiet: Venue) -> None:
    client = await quiet.connect()
    client.seq = 2
    await client.send_logon()
    assert (await client.refused(-1179, 34)).text(58) == (
        "MsgSeqNum(34) contains an unexpected value. Expected: '1'."
    )


@pytest.mark.parametrize("comp_id", ["NINECHARS", "a.b", "ü"])
async def test_a_comp_id_must_have_the_pattern(quiet: Venue, comp_id: str) -> None:
    client = await quiet.connect(comp_id)
    await client.send_logon()
    message = await client.hear()
    assert message.text(25016) in ("-1100", "-1177")
    assert message.text(371) == "49"


async def test_a_comp_id_in_use_is_refused_and_free_after_logout(quiet: Venue) -> None:
    first = await quiet.client()
    second = await quiet.connect()
    await second.send_logon()
    await second.refused(-1033, 49)
    await first.log_out()
    third = await quiet.client()
    await third.log_out()


async def test_a_comp_id_is_blocked_for_two_heartbeats_after_an_unclean_drop(tmp_path: Path) -> None:
    async with venue(tmp_path, block_scale=0.03) as running:  # 2 x 5 s x 0.03 = 0.3 s
        client = await running.client(heart_bt_int="5")
        client.writer.transport.abort()
        await running.running.hub.everyone_gone()
        again = await running.connect()
        await again.send_logon()
        await again.refused(-1033, 49)
        await running.client("OTHER")  # another id is welcome at once
        await asyncio.sleep(0.35)
        await running.client("TEST")


@pytest.mark.parametrize("copies", [False, True])
async def test_fifteen_attempts_within_thirty_seconds_and_no_more(tmp_path: Path, copies: bool) -> None:
    """Fact sheet section 4: order entry and drop copy, each by itself."""
    clock = Clock()
    async with venue(tmp_path, clock=clock) as running:
        for n in range(15):
            await (await running.entering(f"A{n}", copies=copies)).log_out()
        client = await running.connect("B", copies=copies)
        await client.send_logon(**({"drop_copy": "Y"} if copies else {}))
        assert (await client.refused(-1034)).text(58) == (
            "Too many connection attempts for account; current limit is 15 per '30s'."
        )
        assert await client.closed() == []
        await running.entering("OTHER", copies=not copies)
        clock.skip(running.running, 30)
        await running.entering("C", copies=copies)


async def test_a_refused_attempt_counts_too(tmp_path: Path) -> None:
    limits = {SessionKind.ORDER_ENTRY: LIMITS[SessionKind.ORDER_ENTRY]._replace(attempts=1)}
    async with venue(tmp_path, limits=limits) as running:
        bad = await running.connect("A")
        await bad.send_logon(username="somebody-else")
        await bad.refused(-2015, 553)
        client = await running.connect("B")
        await client.send_logon()
        await client.refused(-1034)


@pytest.mark.parametrize("copies", [False, True])
async def test_ten_sessions_at_a_time_and_no_more(quiet: Venue, copies: bool) -> None:
    clients = [await quiet.entering(f"A{n}", copies=copies) for n in range(10)]
    client = await quiet.connect("B", copies=copies)
    await client.send_logon(**({"drop_copy": "Y"} if copies else {}))
    assert (await client.refused(-1034)).text(58) == (
        "Too many concurrent connections; current limit is '10'."
    )
    await quiet.entering("OTHER", copies=not copies)
    await clients[0].log_out()
    await quiet.entering("C", copies=copies)


async def test_ten_thousand_messages_in_ten_seconds_and_no_more(quiet: Venue) -> None:
    """Fact sheet section 4: everything a client sends counts, its heartbeats and its Logon too."""
    client = await quiet.client()
    await client.write(b"".join(client.build("0", seq=number) for number in range(2, 10_001)))
    client.seq = 10_001
    await client.say("1", [(112, "one too many")])
    reject = await client.hear("3")
    assert (reject.text(25016), reject.text(45)) == ("-1181", "10001")
    assert reject.text(58) == "Too many messages; current limit is '10000' messages per '10s'."
    assert (await client.hear()).msg_type == "5"
    assert await client.closed() == []


async def test_silence_instead_of_a_logon_ends_the_connection(tmp_path: Path) -> None:
    async with venue(tmp_path, logon_timeout=0.1) as running:
        client = await running.connect()
        assert await client.closed() == []


async def test_no_secret_shows_in_any_repr(quiet: Venue) -> None:
    hub = quiet.running.hub
    assert quiet.running.credentials.api_key not in repr(quiet.running.credentials) + repr(hub.key)
