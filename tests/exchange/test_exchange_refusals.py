"""What a live session may not say: every refusal with its code, tag and text, and whether the session survives it."""

from pathlib import Path

import pytest
from exchange_client import Client, Venue, venue
from exchange_schema import AVAILABLE

from blotter.exchange.limits import LIMITS
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind

pytestmark = pytest.mark.anyio

ORDER = "11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|"


def test_what_the_exchange_sends_is_judged_by_the_official_schema() -> None:
    if not AVAILABLE:
        pytest.skip("the venue's schema files are not here: what the exchange sends is not validated")


async def alive(client: Client) -> None:
    """The session still answers."""
    await client.say("1", [(112, "ping")])
    assert (await client.hear("0")).text(112) == "ping"


@pytest.mark.parametrize(
    ("body", "code", "tag", "reason"),
    [
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|9999=1|", -1103, 9999, "3"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|43=N|", -1103, 43, "3"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|60=20250101-00:00:00|", -1170, 60, "2"),
        ("11=a|38=1|40=2|44=100|55=BTCUSDT|59=1|", -1102, 54, "1"),
        ("38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1102, 11, "1"),
        ("11=a|38=1|38=2|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1171, 38, "13"),
        ("11=a|38=1|40=2|44=|54=1|55=BTCUSDT|59=1|", -1177, 44, "5"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|25000=5000|", -1172, 25000, "14"),
        ("11=a|038=1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1169, None, "0"),
        ("11=a|38=1|40=2|44=100.123456789|54=1|55=BTCUSDT|59=1|", -1111, 44, "6"),
        ("11=a|38=0.0000000001|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1111, 38, "6"),
        ("11=a|38=1e-05|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1100, 38, "6"),
        ("11=a|38=-1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1100, 38, "6"),
        ("11=a|38=1|40=2|44=999999999999999|54=1|55=BTCUSDT|59=1|", -1108, 44, "6"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCEUR|59=1|", -1121, 55, "5"),
        ("11=a.b|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1100, 11, "6"),
        (f"11={'x' * 37}|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1100, 11, "6"),
        ("11=ä|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1177, 11, "6"),
        ("11=a|38=1|40=2|44=100|54=3|55=BTCUSDT|59=1|", -1117, 54, "5"),
        ("11=a|38=1|40=9|44=100|54=1|55=BTCUSDT|59=1|", -1116, 40, "5"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=6|", -1115, 59, "5"),
        ("11=a|38=1|40=2|54=1|55=BTCUSDT|59=1|", -1102, 44, "1"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|", -1102, 59, "1"),
        ("11=a|40=1|54=1|55=BTCUSDT|", -1102, 38, "1"),
        ("11=a|38=1|152=100|40=1|54=1|55=BTCUSDT|", -1182, 152, "5"),
        ("11=a|38=1|40=1|54=1|55=BTCUSDT|59=1|", -1114, 59, "5"),
        ("11=a|38=1|40=1|44=100|54=1|55=BTCUSDT|", -1106, 44, "5"),
        ("11=a|38=1|18=6|40=2|44=100|54=1|55=BTCUSDT|59=1|", -1114, 59, "5"),
        ("11=a|38=1|40=2|44=100|111=0.1|54=1|55=BTCUSDT|59=3|", -1160, 111, "5"),
        ("11=a|38=1|40=2|44=100|54=1|55=BTCUSDT|59=1|847=999999|", -1134, 847, "5"),
    ],
)
async def test_a_malformed_order_is_rejected_and_the_session_lives(
    quiet: Venue, body: str, code: int, tag: int | None, reason: str
) -> None:
    client = await quiet.client()
    await client.raw(client.header("D") + body)
    reject = await client.refused(code, tag)
    assert (reject.text(45), reject.text(372), reject.text(373)) == ("2", "D", reason)
    await alive(client)
    await client.raw(client.header("D") + ORDER)
    assert (await client.hear()).text(150) == "0"


@pytest.mark.parametrize(
    ("msg_type", "fields", "code", "tag"),
    [
        ("F", [(11, "c"), (55, "BTCUSDT")], -1102, 41),
        ("F", [(11, "c"), (41, "a"), (54, "1"), (55, "BTCUSDT")], -1170, 54),
        ("F", [(11, "c"), (41, "a"), (55, "BTCUSDT"), (25002, "3")], -1145, 25002),
        ("F", [(11, "c"), (37, "abc"), (55, "BTCUSDT")], -1102, 37),
        ("XAK", [(11, "c"), (41, "a"), (55, "BTCUSDT")], -1102, 38),
        ("q", [(11, "c"), (55, "BTCUSDT"), (530, "7")], -1130, 530),
        ("XLQ", [], -1102, 6136),
        ("1", [], -1102, 112),
        ("V", [(262, "r"), (263, "1")], -1186, None),
        ("G", [(11, "c")], -1130, 35),
        ("2", [(7, "1"), (16, "0")], -1130, 35),
        (
            "E",
            [(25014, "l"), (1385, "2"), (73, "1"), (11, "a"), (40, "2"), (54, "1"), (55, "BTCUSDT")],
            -1130,
            73,
        ),
        (
            "E",
            [(25014, "l"), (1385, "2"), (73, "2"), (11, "a"), (40, "2"), (54, "1"), (55, "BTCUSDT")],
            -1188,
            73,
        ),
        (
            "E",
            [(25014, "l"), (1385, "2"), (73, "1"), (40, "2"), (11, "a"), (54, "1"), (55, "BTCUSDT")],
            -1173,
            73,
        ),
    ],
)
async def test_other_malformed_requests(
    quiet: Venue, msg_type: str, fields: list[tuple[int, object]], code: int, tag: int | None
) -> None:
    client = await quiet.client()
    await client.say(msg_type, fields)
    await client.refused(code, tag)
    await alive(client)


async def test_a_client_reject_is_not_answered(quiet: Venue) -> None:
    client = await quiet.client()
    await client.say("3", [(45, "1"), (58, "no")])
    await alive(client)


async def test_a_wrong_number_ends_the_session_and_names_the_expected_one(quiet: Venue) -> None:
    client = await quiet.client()
    await client.say("1", [(112, "x")], seq=5)
    reject = await client.refused(-1179, 34)
    assert reject.text(58) == "MsgSeqNum(34) contains an unexpected value. Expected: '2'."
    assert [m.msg_type for m in await client.closed()] == ["5"]


async def test_another_comp_id_ends_the_session(quiet: Venue) -> None:
    client = await quiet.client()
    await client.say("1", [(112, "x")], comp_id="ELSE")
    await client.refused(-1178, 49)
    assert [m.msg_type for m in await client.closed()] == ["5"]


async def test_another_target_ends_the_session(quiet: Venue) -> None:
    client = await quiet.client()
    await client.raw(client.header("0").replace("56=SPOT", "56=FUTURES"))
    await client.refused(-1130, 56)
    assert [m.msg_type for m in await client.closed()] == ["5"]


async def test_another_begin_string_is_refused(quiet: Venue) -> None:
    client = await quiet.connect()
    logon = client.build("A", client.logon_fields(1, quiet.running.hub.now().wall))
    other = logon[: logon.index(b"10=")].replace(b"FIX.4.4", b"FIX.4.2")
    await client.write(other + b"10=%03d\x01" % (sum(other) % 256))
    await client.refused(-1130, 8)
    assert await client.closed() == []


async def test_a_second_logon_ends_the_session(quiet: Venue) -> None:
    client = await quiet.client()
    await client.send_logon()
    await client.refused(-1176)
    assert [m.msg_type for m in await client.closed()] == ["5"]


async def test_a_wrong_checksum_is_rejected_and_its_number_is_not_used(quiet: Venue) -> None:
    client = await quiet.client()
    good = client.build("1", [(112, "ping")])
    await client.write(good[:-4] + b"%03d\x01" % ((int(good[-4:-1]) + 1) % 256))
    assert (await client.refused(-1177)).text(58) == "CheckSum(10) contains an incorrect value."
    await alive(client)


async def test_times_are_judged(quiet: Venue) -> None:
    client = await quiet.client()
    now = quiet.running.hub.now().wall
    await client.say("1", [(112, "x")], time=now + 2 * SECOND)
    await client.refused(-1021, 52)
    order = [(11, "a"), (38, "1"), (40, "2"), (44, "100"), (54, "1"), (55, "BTCUSDT"), (59, "1")]
    await client.say("D", order, time=now - 2 * SECOND, recv_window="1000")
    assert (await client.refused(-1021, 52)).text(
        58
    ) == "Timestamp for this request is outside of the recvWindow."
    await client.say("D", order, time=now - 2 * SECOND, recv_window="90000")
    await client.refused(-1102, 25000)
    await client.say("D", order, time=now - 600 * SECOND)  # no window, no check of age
    assert (await client.hear()).text(150) == "0"


async def test_too_many_messages_end_the_session(tmp_path: Path) -> None:
    limits = {SessionKind.ORDER_ENTRY: LIMITS[SessionKind.ORDER_ENTRY]._replace(messages=3)}
    async with venue(tmp_path, limits=limits) as running:
        client = await running.client()
        await alive(client)
        await alive(client)
        await client.say("1", [(112, "x")])
        assert (await client.refused(-1181)).text(
            58
        ) == "Too many messages; current limit is '3' messages per '10s'."
        (logout,) = await client.closed()
        assert (logout.msg_type, logout.text(58)) == (
            "5",
            "Too many messages; current limit is '3' messages per '10s'.",
        )


async def test_a_flood_of_garbage_does_not_stop_the_exchange(quiet: Venue) -> None:
    client = await quiet.connect()
    await client.write(b"\x00\xff" * 50_000 + b"8=FIX.4.4\x019=99999999999\x01")
    assert await client.closed() == []
    other = await quiet.client("OTHER")
    await alive(other)
