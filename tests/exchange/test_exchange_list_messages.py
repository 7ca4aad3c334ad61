"""NewOrderList (E) and ListStatus (N) over the wire: each row of the venue's table, and each shape it refuses
(fact sheet 6.6, 7.3, 12). Every message is held against the venue's schema as it is heard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue

from blotter.fix.codec import Message
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio

Leg = list[tuple[int, object]]
TRIGGER: Leg = [(1100, "4"), (1101, "1"), (1107, "2")]
BUY, SELL = "1", "2"


def fields(message: Message, *tags: int) -> list[str | None]:
    return [message.text(tag) for tag in tags]


@pytest.fixture
async def at_100(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Venue]:
    """The last price is 100."""
    async with venue(tmp_path / "exchange") as running:
        for side in Side:
            running.other(request(side, "0.1", "100"), f"l{side.value}", account=f"last{side.value}")
        yield running


def limit(side: str, price: str, qty: str | None = "1") -> Leg:
    return [(38, qty), (40, "2"), (44, price), (54, side), (55, "BTCUSDT"), (59, "1")]


def maker(side: str, price: str, qty: str | None = "1") -> Leg:
    return [(38, qty), (40, "2"), (18, "6"), (44, price), (54, side), (55, "BTCUSDT")]


def stop(side: str, price: str, limit: str | None = None, qty: str | None = "1", way: str = "") -> Leg:
    """A stop-loss; with `way` the other direction."""
    terms: Leg = [(38, qty), (40, "3" if limit is None else "4")]
    if limit is not None:
        terms += [(44, limit), (59, "1")]
    direction = way or ("U" if side == BUY else "D")
    return [*terms, *TRIGGER, (1102, price), (1109, direction), (54, side), (55, "BTCUSDT")]


def profit(side: str, price: str, limit: str | None = None, qty: str | None = "1") -> Leg:
    return stop(side, price, limit, qty, "D" if side == BUY else "U")


def body(contingency: str, *legs: tuple[Leg, str], opo: bool = False, name: str = "l") -> Leg:
    """The message; each leg comes with its instructions as the fact sheet writes them: "3,0,2 2,2,2"."""
    found: Leg = [(25014, name), (1385, contingency), *([(25046, "Y")] if opo else []), (73, len(legs))]
    for number, (terms, instructions) in enumerate(legs):
        found += [(11, f"{name}{number}"), *((tag, value) for tag, value in terms if value is not None)]
        given = instructions.split()
        if given:
            found.append((25010, len(given)))
        for instruction in given:
            found += zip((25011, 25012, 25013), instruction.split(","), strict=True)
    return found


async def hear(client: Client, count: int) -> list[str]:
    """The next messages in short: reports by order and 150/39, lists by 429/431."""
    told = []
    for _ in range(count):
        message = await client.hear()
        if message.msg_type == "N":
            told.append(f"N {message.text(429)}/{message.text(431)}")
        else:
            name = message.text(41) if message.text(150) == "4" else message.text(11)
            told.append(f"{name} {message.text(150)}/{message.text(39)}")
    return told


ROWS = {
    "OCO sell, limit above": body("1", (stop(SELL, "90", "89"), "2,1,2"), (maker(SELL, "110"), "1,0,2")),
    "OCO buy, limit below": body("1", (maker(BUY, "90"), "1,1,2"), (stop(BUY, "110"), "2,0,2")),
    "OCO sell, take profit": body("1", (stop(SELL, "90"), "1,1,2"), (profit(SELL, "110", "109"), "1,0,2")),
    "OCO buy, take profit": body("1", (profit(BUY, "90"), "1,1,2"), (stop(BUY, "110", "112"), "1,0,2")),
    "OTO": body("2", (limit(BUY, "95"), ""), (limit(SELL, "105"), "3,0,1")),
    "OTO, post-only and stop": body("2", (maker(SELL, "105"), ""), (stop(BUY, "110"), "3,0,1")),
    "OTOCO sell, limit above": body(
        "2",
        (limit(BUY, "95"), ""),
        (stop(SELL, "90", "89"), "3,0,2 2,2,2"),
        (maker(SELL, "110"), "3,0,2 1,1,2"),
    ),
    "OTOCO buy, limit below": body(
        "2", (limit(SELL, "105"), ""), (maker(BUY, "90"), "3,0,2 1,2,2"), (stop(BUY, "110"), "3,0,2 2,1,2")
    ),
    "OTOCO sell, take profit": body(
        "2", (maker(BUY, "95"), ""), (stop(SELL, "90"), "3,0,2 1,2,2"), (profit(SELL, "110"), "3,0,2 1,1,2")
    ),
    "OTOCO buy, take profit": body(
        "2", (limit(SELL, "105"), ""), (profit(BUY, "90"), "3,0,2 1,2,2"), (stop(BUY, "110"), "3,0,2 1,1,2")
    ),
    "OTOCO that says RELEASE": body(
        "2",
        (limit(BUY, "95"), ""),
        (stop(SELL, "90", "89"), "3,0,1 2,2,2"),
        (maker(SELL, "110"), "3,0,1 1,1,2"),
    ),
    "OPO": body("2", (limit(BUY, "95"), ""), (limit(SELL, "105", None), "3,0,1"), opo=True),
    "OPOCO, limit above": body(
        "2",
        (limit(BUY, "95"), ""),
        (stop(SELL, "90", qty=None), "3,0,2 2,2,2"),
        (maker(SELL, "110", None), "3,0,2 1,1,2"),
        opo=True,
    ),
    "OPOCO, take profit": body(
        "2",
        (limit(BUY, "95"), ""),
        (stop(SELL, "90", qty=None), "3,0,2 1,2,2"),
        (profit(SELL, "110", "109", None), "3,0,2 1,1,2"),
        opo=True,
    ),
}


@pytest.mark.parametrize("row", ROWS)
async def test_every_row_of_the_table_is_accepted_and_cancelled_whole(at_100: Venue, row: str) -> None:
    client = await at_100.client()
    await client.say("E", ROWS[row])
    status = await client.hear("N")
    assert fields(status, 429, 431, 66, 25014, 1385, 55) == [
        "4",
        "3",
        "0",
        "l",
        dict(ROWS[row])[1385],
        "BTCUSDT",
    ]
    members = status.groups(73)
    assert [fields(member, 11, 37) for member in members] == [[f"l{n}", str(n)] for n in range(len(members))]
    reports = [await client.hear("8") for _ in members]
    pending = ["0"] + ["A"] * (len(members) - 1) if dict(ROWS[row])[1385] == "2" else ["0"] * 2
    assert [fields(report, 11, 150, 39, 66) for report in reports] == [
        [f"l{n}", "0", status, "0"] for n, status in enumerate(pending)
    ]
    await client.say("F", [(11, "c"), (25015, "l"), (55, "BTCUSDT")])
    assert await hear(client, len(members) + 1) == [*(f"l{n} 4/4" for n in range(len(members))), "N 5/6"]
    assert not any(at_100.running.engine.clearing.accounts["trader"].locked.values())


async def test_instructions_are_echoed(at_100: Venue) -> None:
    client = await at_100.client()
    await client.say("E", ROWS["OTOCO sell, limit above"])
    members = (await client.hear("N")).groups(73)
    told = [
        [fields(each, 25011, 25012, 25013) for each in member.groups(25010, {25011, 25012, 25013})]
        for member in members
    ]
    assert told == [[], [["3", "0", "2"], ["2", "2", "2"]], [["3", "0", "2"], ["1", "1", "2"]]]


async def test_an_oto_as_it_was_captured(at_100: Venue) -> None:
    """Fact sheet 7.1: two NEWs for one order are normal."""
    client = await at_100.client()
    await client.say("E", ROWS["OTO"])
    assert await hear(client, 3) == ["N 4/3", "l0 0/0", "l1 0/A"]
    at_100.other(request(Side.SELL, "1", "95"))
    assert (await client.hear()).text(39) == "2"
    released = await client.hear()
    assert fields(released, 11, 150, 39, 636) == ["l1", "0", "0", "Y"]
    at_100.other(request(Side.BUY, "1", "105"))
    assert await hear(client, 2) == ["l1 F/2", "N 5/6"]


async def test_an_oco_triggers(at_100: Venue) -> None:
    client = await at_100.client()
    await client.say("E", ROWS["OCO sell, limit above"])
    assert await hear(client, 3) == ["N 4/3", "l0 0/0", "l1 0/0"]
    for side in Side:
        at_100.other(request(side, "0.1", "90"), f"m{side.value}", account=f"last{side.value}")
    gone = await client.hear()
    assert fields(gone, 11, 150, 39, 25056) == ["l1", "C", "C", "3"]
    assert await hear(client, 1) == ["l0 0/0"]


async def test_an_amended_leg_is_renamed_in_the_list(at_100: Venue) -> None:
    client = await at_100.client()
    await client.say("E", ROWS["OCO sell, limit above"])
    await hear(client, 3)
    await client.say("XAK", [(11, "new"), (41, "l1"), (55, "BTCUSDT"), (38, "0.5")])
    assert [fields(await client.hear(), 11, 41, 150, 38) for _ in "ab"] == [
        ["new", "l1", "5", "0.50000000"],
        ["l0", "l0", "5", "0.50000000"],
    ]
    status = await client.hear("N")
    assert fields(status, 429, 431) == ["100", "3"]
    assert [member.text(11) for member in status.groups(73)] == ["l0", "new"]


async def test_a_refused_list_is_told_to_the_asker_only(at_100: Venue) -> None:
    client, other = await at_100.client("ONE"), await at_100.client("TWO")
    await client.say("E", body("1", (stop(SELL, "90"), "2,1,2"), (maker(SELL, "99"), "1,0,2")))
    status = await client.hear("N")
    assert fields(status, 429, 431, 1386, 66) == ["2", "7", "99", None]
    told = [fields(member, 11, 37, 103, 25016) for member in status.groups(73)]
    assert told == [["l0", None, None, None], ["l1", None, "99", "-2010"]]
    text = "The relationship of the prices for the orders is not correct."
    assert status.text(58) == text
    assert [fields(await client.hear(), 11, 150, 39, 25016, 58) for _ in "ab"] == [
        ["l0", "8", "8", "-2010", text],
        ["l1", "8", "8", "-2010", text],
    ]
    await other.silence()


async def test_every_session_hears_of_lists(at_100: Venue) -> None:
    asker, other = await at_100.client("ONE"), await at_100.client("TWO")
    acks = await at_100.client("THREE", response_mode="2")
    await asker.say("E", ROWS["OTO"])
    assert await hear(asker, 3) == await hear(other, 3)
    await acks.silence()


@pytest.mark.parametrize(
    ("more", "code", "tag"),
    [
        ([(25015, "none")], "-2011", None),
        ([(66, "0"), (25015, "none")], "-2011", None),
        ([(66, "7")], "-2011", None),
        ([(66, "0"), (25002, "2")], "-2011", None),
        ([(66, "0"), (41, "l0")], "-1182", "41"),
        ([(25015, "l"), (37, "0")], "-1182", "37"),
    ],
)
async def test_cancels_of_lists_that_are_refused(
    at_100: Venue, more: Leg, code: str, tag: str | None
) -> None:
    client = await at_100.client()
    await client.say("E", ROWS["OTO"])
    await hear(client, 3)
    await client.say("F", [(11, "c"), *more, (55, "BTCUSDT")])
    refused = await client.hear()
    assert refused.text(25016) == code
    if tag is None:
        sent = {number: str(value) for number, value in more}
        assert (refused.msg_type, *fields(refused, 11, 66, 25015)) == (
            "9",
            "c",
            sent.get(66),
            sent.get(25015),
        )
    else:
        assert (refused.msg_type, refused.text(371)) == ("3", tag)


OCO_BELOW, OCO_ABOVE = (stop(SELL, "90"), "2,1,2"), (maker(SELL, "110"), "1,0,2")
WORKING, PENDING = (limit(BUY, "95"), ""), (limit(SELL, "105"), "3,0,1")


@pytest.mark.parametrize(
    ("message", "code", "tag"),
    [
        (body("1", OCO_BELOW, (maker(SELL, "110"), "2,0,2")), -1174, 25010),
        (body("1", OCO_BELOW, (maker(SELL, "110"), "")), -1174, 25010),
        (body("2", WORKING, (limit(SELL, "105"), "3,0,2")), -1174, 25010),
        (body("2", (limit(BUY, "95"), "3,1,1"), PENDING), -1174, 25010),
        (body("1", OCO_BELOW), -1130, 73),
        (body("1", OCO_BELOW, OCO_ABOVE, OCO_ABOVE), -1130, 73),
        (body("1", (limit(SELL, "90"), "2,1,2"), OCO_ABOVE), -1158, 40),
        (body("1", (maker(SELL, "90"), "2,1,2"), OCO_ABOVE), -1168, 40),
        (body("1", (stop(BUY, "90"), "2,1,2"), (maker(BUY, "110"), "1,0,2")), -1196, 40),
        (body("1", (profit(BUY, "90"), "2,1,2"), (maker(BUY, "110"), "1,0,2")), -1165, 40),
        (body("1", (maker(SELL, "90"), "1,1,2"), (stop(SELL, "110"), "2,0,2")), -1166, 40),
        (body("1", (stop(SELL, "90"), "1,1,2"), (stop(SELL, "80"), "1,0,2")), -1197, 40),
        (body("1", (profit(BUY, "90"), "1,1,2"), (profit(BUY, "80"), "1,0,2")), -1198, 40),
        (body("1", (profit(SELL, "110"), "2,1,2"), OCO_ABOVE), -1199, 40),
        (body("1", (stop(BUY, "90"), "2,1,2"), OCO_ABOVE), -1130, 54),
        (body("1", (stop(SELL, "90", qty="2"), "2,1,2"), OCO_ABOVE), -1130, 38),
        (body("2", (stop(BUY, "110"), ""), PENDING), -1014, 40),
        (body("2", (limit(SELL, "105"), ""), (limit(SELL, "110", None), "3,0,1"), opo=True), -1222, 54),
        (body("2", WORKING, (limit(BUY, "90", None), "3,0,1"), opo=True), -1223, 54),
        (body("2", (limit(BUY, "95", None), ""), (limit(SELL, "105", None), "3,0,1"), opo=True), -1224, 38),
        (body("2", WORKING, PENDING, opo=True), -1225, 38),
        (body("1", OCO_BELOW, OCO_ABOVE, opo=True), -1182, 25046),
        (body("2", WORKING, ([(152, "100"), (40, "1"), (54, SELL), (55, "BTCUSDT")], "3,0,1")), -1106, 152),
        (body("2", WORKING, ([*limit(SELL, "105")[:-2], (55, "ETHUSDT"), (59, "1")], "3,0,1")), -1130, 55),
        (body("2", WORKING, ([*limit(SELL, "105"), (25032, "Y")], "3,0,1")), -1170, 25032),
        ([(25014, "l0"), *body("2", WORKING, PENDING)[1:]], -1182, 25014),
        ([(tag, "same" if tag == 11 else value) for tag, value in body("2", WORKING, PENDING)], -1189, 73),
        (
            [(1385, "3") if tag == 1385 else (tag, value) for tag, value in body("2", WORKING, PENDING)],
            -1130,
            1385,
        ),
    ],
)
async def test_shapes_the_venue_does_not_know(at_100: Venue, message: Leg, code: int, tag: int) -> None:
    client = await at_100.client()
    await client.say("E", message)
    await client.refused(code, tag)


async def test_a_wrong_instruction_comes_with_the_right_one(at_100: Venue) -> None:
    client = await at_100.client()
    await client.say("E", body("1", OCO_BELOW, (maker(SELL, "110"), "2,0,2")))
    assert (await client.refused(-1174, 25010)).text(58) == (
        "Component 'ListTriggeringInstructions' is incorrectly populated on 'above' order. "
        "Recommendation: '25010=1|25011=1|25012=0|25013=2'"
    )
