"""The Coinbase dialect over a socket, by the sheet's words: Logon, numbers, trading, refusals, the end."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from dialect_client import DialectClient, Dialects, speaking, told
from exchange_client import request

from blotter.exchange.settings import system_clock
from blotter.fix.codec import encode
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


@pytest.fixture
async def coinbase(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Dialects]:
    async with speaking("coinbase", tmp_path / "x", begin_string="FIXT.1.1") as running:
        yield running


async def dial(venue: Dialects) -> DialectClient:
    return await venue.connect(venue.running.credentials.api_key, "Coinbase")


async def log_on(client: DialectClient, venue: Dialects, *, decimals: int = 3, **changes: str | None) -> None:
    """Say a Logon, good but for the changes: six values joined by SOH, HMAC-SHA256 with the decoded secret."""
    keys = venue.running.credentials.keys
    at = utc_timestamp(system_clock().wall, decimals)
    text = "\x01".join((at, "A", "1", keys.api_key, "Coinbase", keys.passphrase))
    digest = hmac.new(base64.b64decode(keys.secret), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    fields: dict[int, str | None] = {
        98: "0",
        108: "30",
        141: "Y",
        553: keys.api_key,
        554: keys.passphrase,
        95: str(len(signature)),
        96: signature,
        1137: "9",
        8013: "S",
    }
    fields |= {int(name[1:]): value for name, value in changes.items()}
    header = ((49, client.comp_ids[0]), (56, "Coinbase"), (34, "1"), (52, at))
    body = tuple((tag, value) for tag, value in fields.items() if value is not None)
    client.writer.write(encode("FIXT.1.1", "A", header, body))
    await client.writer.drain()
    client.seq = 2


async def connected(venue: Dialects, **changes: str | None) -> DialectClient:
    client = await dial(venue)
    await log_on(client, venue, **changes)
    await client.hear("A")
    return client


def terms(cl_ord_id: str, **changes: str) -> list[tuple[int, str]]:
    fields = {11: cl_ord_id, 55: "ETH-USD", 54: "1", 38: "1", 40: "2", 44: "3000", 59: "1"}
    fields |= {int(name[1:]): value for name, value in changes.items()}
    return [(tag, value) for tag, value in fields.items() if value]


async def order(client: DialectClient, **changes: str) -> tuple[str, str]:
    name = str(uuid4())
    await client.say("D", terms(name, **changes))
    report = await client.report("0", "0")
    return name, report.text(37) or ""


async def test_logon_says_1_both_ways_and_the_version(coinbase: Dialects) -> None:
    client = await dial(coinbase)
    await log_on(client, coinbase)
    answer = await client.hear("A")
    assert told(answer, (8, 34, 49, 108, 1137, 96, 554)) == [
        "FIXT.1.1",
        "1",
        "Coinbase",
        "30",
        "9",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("changes", "decimals", "reason"),
    [
        ({"_96": base64.b64encode(b"x" * 32).decode()}, 3, "8"),
        ({"_554": "wrong"}, 3, "8"),
        ({"_553": "other"}, 3, "8"),
        ({}, 6, "8"),
        ({}, 0, "8"),
        ({"_108": "31"}, 3, "5"),
        ({"_1137": "7"}, 3, "5"),
        ({"_8013": "N"}, 3, "5"),
        ({"_554": None}, 3, "1"),
    ],
)
async def test_a_bad_logon_is_rejected(
    coinbase: Dialects, changes: dict[str, str | None], decimals: int, reason: str
) -> None:
    client = await dial(coinbase)
    await log_on(client, coinbase, decimals=decimals, **changes)
    heard = await client.rest()
    assert [message.msg_type for message in heard] == ["3"]
    assert heard[0].text(373) == reason


async def test_141_y_starts_the_venues_numbers_anew(coinbase: Dialects) -> None:
    client = await connected(coinbase)
    await order(client)
    await client.log_out()
    again = await connected(coinbase)
    await again.say("1", [(112, "x")])
    assert (await again.hear("0")).text(34) == "2"


async def test_141_n_goes_on_by_a_gap_fill_and_what_was_missed_can_be_asked_for(coinbase: Dialects) -> None:
    client = await connected(coinbase)
    name, _ = await order(client)
    await client.vanish()
    await coinbase.gone()
    again = await dial(coinbase)
    await log_on(again, coinbase, _141="N")
    assert (await again.hear("A")).text(34) == "1"
    fill = await again.hear("4")
    assert told(fill, (34, 123, 43)) == ["2", "Y", None]
    following = int(fill.text(36) or 0)
    assert following == 4, "Logon, NEW and the cancel that was missed"
    await again.say("2", [(7, "2"), (16, str(following - 1))])
    missed = [await again.hear("8"), await again.hear("8")]
    assert [told(one, (43, 150, 11)) for one in missed] == [["Y", "0", name], ["Y", "4", name]]


async def test_fills_amend_and_cancel(coinbase: Dialects) -> None:
    client = await connected(coinbase)
    name, order_id = await order(client, _38="2")
    assert UUID(order_id).version == 4
    coinbase.other(request(Side.SELL, "0.5", "3000", symbol="ETH-USD"))
    fill = await client.report("F", "1")
    assert told(fill, (11, 37, 31, 32, 1057, 136, 137, 138, 139, 891)) == [
        name,
        order_id,
        "3000",
        "0.5",
        "N",
        "1",
        "0.0005",
        "ETH",
        "4",
        "0",
    ]
    changed = str(uuid4())
    ids = [(11, changed), (37, order_id), (41, name)]
    await client.say("G", [*ids, (38, "1.2"), (44, "2990"), (55, "ETH-USD"), (40, "2")])
    replaced = await client.report("5", "5")
    assert told(replaced, (11, 41, 37, 38, 44, 151)) == [changed, name, order_id, "1.2", "2990", "0.7"]
    await client.say("F", [(11, str(uuid4())), (37, order_id), (41, changed), (55, "ETH-USD")])
    canceled = await client.report("4", "4")
    assert told(canceled, (11, 41, 14, 151)) == [changed, None, "0.5", "0"]


async def test_a_market_order_by_amount_tells_what_is_left_of_it(coinbase: Dialects) -> None:
    client = await connected(coinbase)
    coinbase.other(request(Side.SELL, "0.5", "3000", symbol="ETH-USD"))
    await client.say("D", terms(str(uuid4()), _38="", _44="", _40="1", _59="3", _152="2000"))
    assert told(await client.report("0", "0"), (152, 151, 38)) == ["2000", None, None]
    fill = await client.report("F", "1")
    assert told(fill, (152, 151, 1057)) == ["500", None, "Y"]


async def test_refusals(coinbase: Dialects) -> None:
    client = await connected(coinbase)
    name, order_id = await order(client)
    for bad, tag in (("NOT-A-UUID", "11"), (name.upper(), "11")):
        await client.say("D", terms(bad))
        assert told(await client.hear("3"), (371, 373)) == [tag, "5"]
    await client.say("D", terms(str(uuid4()), _59=""))
    assert told(await client.hear("3"), (371, 373)) == ["59", "1"]
    for changes, reason in (
        ({"_55": "ETH/USD"}, "1"),
        ({"_59": "6"}, "0"),
        ({"_44": ""}, "0"),
        ({"_1138": "0.1"}, "0"),
        ({"_38": "1000"}, "0"),
    ):
        await client.say("D", terms(str(uuid4()), **changes))
        assert (await client.report("8", "8")).text(103) == reason
    await client.say("F", [(11, str(uuid4())), (41, str(uuid4())), (55, "ETH-USD")])
    assert told(await client.hear("9"), (39, 102, 434)) == ["8", "1", "1"]
    ids = [(11, str(uuid4())), (37, order_id), (41, str(uuid4()))]
    await client.say("G", [*ids, (38, "1"), (44, "2000"), (55, "ETH-USD"), (40, "2")])
    assert told(await client.hear("9"), (39, 102, 434)) == ["8", "1", "2"]
    await client.say("H", [(11, name), (37, order_id)])
    assert told(await client.hear("j"), (372, 380)) == ["H", "2"]


@pytest.mark.parametrize(("asked", "status"), [("S", "4"), ("Y", "4"), (None, "0")])
async def test_8013_decides_what_becomes_of_orders_when_the_session_is_lost(
    coinbase: Dialects, asked: str | None, status: str
) -> None:
    client = await connected(coinbase, _8013=asked)
    name, order_id = await order(client)
    await client.vanish()
    await coinbase.gone()
    again = await connected(coinbase)
    await again.say("F", [(11, str(uuid4())), (37, order_id), (41, name), (55, "ETH-USD")])
    answer = await again.hear()
    assert (answer.msg_type, answer.text(39)) == (("9", "8") if status == "4" else ("8", "4"))


async def test_mass_cancel_of_the_session_is_accepted_and_the_cancels_follow_or_come_before(
    coinbase: Dialects,
) -> None:
    client = await connected(coinbase)
    names = {(await order(client))[0], (await order(client))[0]}
    await client.say("q", [(11, str(uuid4())), (530, "6"), (60, utc_timestamp(0, 3))])
    heard = [await client.hear() for _ in range(3)]
    assert {one.text(11) for one in heard if one.msg_type == "8"} == names
    assert [one.text(531) for one in heard if one.msg_type == "r"] == ["6"]
