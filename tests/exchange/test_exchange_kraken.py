"""The Kraken dialect over a socket, by the sheet's words: Logon, trading, refusals, what is missed, the end."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dialect_client import DialectClient, Dialects, speaking, told
from exchange_client import request

from blotter.exchange.settings import system_clock
from blotter.fix.codec import Message
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
_IDS = iter(range(1_744_036_325_000_000, 2_000_000_000_000_000))


@pytest.fixture
async def kraken(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Dialects]:
    async with speaking("kraken", tmp_path / "x") as running:
        yield running


def next_id() -> str:
    return str(next(_IDS))


def logon(venue: Dialects, seq: int = 1, nonce: int | None = None, **changes: str) -> list[tuple[int, str]]:
    """A good one: SHA-256 of the text, HMAC-SHA512 with the decoded secret, base64."""
    keys = venue.running.credentials.keys
    nonce = system_clock().wall // 1_000_000 if nonce is None else nonce
    text = f"35=A\x0134={seq}\x0149=BLOTTER\x0156=KRAKEN-TRD\x01553={keys.api_key}\x01{nonce}"
    digest = hashlib.sha256(text.encode()).digest()
    signature = base64.b64encode(hmac.new(base64.b64decode(keys.secret), digest, hashlib.sha512).digest())
    fields = {
        98: "0",
        108: "60",
        553: keys.api_key,
        554: signature.decode(),
        5025: str(nonce),
        8674: "0",
    }
    fields |= {int(name[1:]): value for name, value in changes.items()}
    return list(fields.items())


async def connected(venue: Dialects, seq: int = 1, **changes: str) -> DialectClient:
    client = await venue.connect("BLOTTER", "KRAKEN-TRD", seq=seq)
    await client.log_on(logon(venue, seq, **changes))
    return client


def terms(cl_ord_id: str, qty: str = "1", price: str = "3000", **changes: str) -> list[tuple[int, str]]:
    fields = {
        11: cl_ord_id,
        38: qty,
        40: "2",
        44: price,
        54: "1",
        55: "ETH/USD",
        59: "1",
        60: utc_timestamp(system_clock().wall, 3),
    }
    fields |= {int(name[1:]): value for name, value in changes.items()}
    return [(tag, value) for tag, value in fields.items() if value]


async def order(client: DialectClient, qty: str = "1", price: str = "3000") -> tuple[str, str]:
    """Place one and read that it is pending, then new; its ids."""
    name = next_id()
    await client.say("D", terms(name, qty, price))
    await client.report("A", "A")
    report = await client.report("0", "0")
    return name, report.text(37) or ""


async def refusal(client: DialectClient) -> list[str | None]:
    return told(await client.hear("j"), (372, 380, 58))


async def test_logon_does_not_echo_credentials(kraken: Dialects) -> None:
    client = await kraken.connect("BLOTTER", "KRAKEN-TRD")
    answer = await client.log_on(logon(kraken))
    assert told(answer, (34, 49, 56, 108, 553, 554, 5025)) == [
        "1",
        "KRAKEN-TRD",
        "BLOTTER",
        "60",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"_554": "bm90IGl0"}, "EAPI:Invalid signature"),
        ({"_553": "other"}, "EAPI:Invalid signature"),
        ({"_5025": "1"}, "EAPI:Invalid signature"),
        ({"_5025": "now"}, "Nonce (5025) must be milliseconds since the epoch"),
        ({"_8674": "2"}, "CancelOrdersOnDisconnect (8674) 0 or 1"),
    ],
)
async def test_a_bad_logon_is_answered_by_logout_with_the_reason(
    kraken: Dialects, changes: dict[str, str], words: str
) -> None:
    client = await kraken.connect("BLOTTER", "KRAKEN-TRD")
    await client.say("A", logon(kraken, **changes))
    [logout] = await client.rest()
    assert logout.msg_type == "5"
    assert words in (logout.text(58) or "")


async def test_a_nonce_must_rise_and_be_within_5_seconds(kraken: Dialects) -> None:
    now = system_clock().wall // 1_000_000
    client = await kraken.connect("BLOTTER", "KRAKEN-TRD")
    await client.log_on(logon(kraken, nonce=now + 100))
    await client.log_out()
    for nonce in (now + 100, now - 60_000, now + 60_000):
        again = await kraken.connect("BLOTTER", "KRAKEN-TRD", seq=3)
        await again.say("A", logon(kraken, 3, nonce))
        assert (await again.rest())[-1].text(58) == "EAPI:Invalid nonce"


@pytest.mark.parametrize(("sender", "target"), [("OTHER", "KRAKEN-TRD"), ("BLOTTER", "KRAKEN-MD")])
async def test_comp_ids_that_are_not_issued_are_met_by_a_silent_close(
    kraken: Dialects, sender: str, target: str
) -> None:
    client = await kraken.connect(sender, target)
    await client.say("A", logon(kraken))
    assert await client.rest() == []


async def test_fills_tell_cumulative_fees_and_an_amend_and_a_cancel_follow(kraken: Dialects) -> None:
    client = await connected(kraken)
    name, order_id = await order(client, "2")
    fees = []
    for number, qty in enumerate(("0.5", "0.25")):
        kraken.other(request(Side.SELL, qty, "3000", symbol="ETH/USD"), f"other{number}")
        fill = await client.report("F", "1")
        assert told(fill, (11, 37, 31, 32, 5050, 139, 891)) == [name, order_id, "3000", qty, "0", "4", "2"]
        fees.append(fill.text(137))
    assert fees == ["0.0005", "0.00075"]
    assert told(fill, (14, 151, 381)) == ["0.75", "1.25", "2250"]
    changed = next_id()
    await client.say("G", terms(changed, "1.5", "2990", _37=order_id, _41=name))
    replaced = await client.report("5", "5")
    assert told(replaced, (11, 41, 37, 38, 44, 151)) == [changed, name, order_id, "1.5", "2990", "0.75"]
    cancel = next_id()
    await client.say("F", [(11, cancel), (37, order_id), *terms("", _38="", _40="", _44="", _59="")])
    canceled = await client.report("4", "4")
    assert told(canceled, (11, 41, 14, 151)) == [cancel, changed, "0.75", "0"]
    await client.say("H", [(11, next_id()), (37, order_id), (55, "ETH/USD")])
    assert told(await client.report("I", "4"), (11, 37, 14)) == [changed, order_id, "0.75"]


async def test_a_missing_or_wrong_field_is_a_session_reject(kraken: Dialects) -> None:
    client = await connected(kraken)
    await client.say("D", terms(next_id(), _54=""))
    assert told(await client.hear("3"), (45, 371, 372, 373)) == ["2", "54", "D", "1"]
    for changes in ({"_59": "0"}, {"_40": "P"}, {"_38": "1e3"}, {"_38": "0"}, {"_60": "today"}):
        await client.say("D", terms(next_id(), **changes))
        assert told(await client.hear("3"), (371, 373)) == [next(iter(changes))[1:], "5"]


async def test_breaking_a_rule_is_a_business_reject(kraken: Dialects) -> None:
    client = await connected(kraken)
    name, order_id = await order(client)
    await client.say("D", terms(name))
    assert await refusal(client) == ["D", "0", "ClOrdID must be greater than all before it"]
    await client.say("D", terms(next_id(), _55="ETH-USD"))
    assert await refusal(client) == ["D", "2", "Unknown instrument"]
    for changes in ({"_18": "v"}, {"_59": "6"}, {"_40": "U", "_99": "1"}):
        await client.say("D", terms(next_id(), **changes))
        assert (await refusal(client))[:2] == ["D", "0"]
    poor = next_id()
    await client.say("D", terms(poor, "1000"))
    assert await refusal(client) == ["D", "0", f"{poor} : EOrder:Insufficient funds"]
    late = next_id()
    await client.say("F", [(11, late), (41, "77"), *terms("", _38="", _40="", _44="", _59="")])
    assert await refusal(client) == ["F", "101", f"{late} : EOrder:Unknown order"]
    await client.say("H", [(11, name), (37, order_id + "9"), (55, "ETH/USD")])
    assert (await refusal(client))[:2] == ["H", "101"]
    await client.say("AF", [(584, "x"), (585, "7")])
    assert (await refusal(client))[:2] == ["AF", "3"]


async def test_a_deadline_is_2_to_60_seconds_ahead(kraken: Dialects) -> None:
    client = await connected(kraken)
    for ahead, taken in ((1, False), (61, False), (30, True)):
        until = utc_timestamp(system_clock().wall + ahead * 1_000_000_000, 3)
        await client.say("D", terms(next_id(), _62=until))
        if taken:
            await client.report("A", "A")
        else:
            assert await refusal(client) == ["D", "0", "ValidUntilTime must be 2 to 60 seconds ahead"]


async def test_5030_lets_ids_begin_again(kraken: Dialects) -> None:
    client = await connected(kraken)
    await order(client)
    await client.log_out()
    again = await connected(kraken, client.seq, _5030="Y")
    await again.say("D", terms("5"))
    assert (await _first(again, "8")).text(11) == "5"


async def test_a_lost_session_cancels_its_orders_and_tells_on_resend(kraken: Dialects) -> None:
    client = await connected(kraken)
    name, _ = await order(client)
    heard = 4  # Logon, A, 0 and what follows
    await client.vanish()
    await kraken.gone()
    again = await kraken.connect("BLOTTER", "KRAKEN-TRD", seq=client.seq)
    answer = await again.log_on(logon(kraken, again.seq))
    assert int(answer.text(34) or 0) > heard
    await again.say("2", [(7, str(heard)), (16, "0")])
    missed = await _first(again, "8")
    assert told(missed, (43, 150, 39, 11)) == ["Y", "4", "4", name]


async def test_8674_1_keeps_them(kraken: Dialects) -> None:
    client = await connected(kraken, _8674="1")
    name, order_id = await order(client)
    await client.vanish()
    await kraken.gone()
    again = await kraken.connect("BLOTTER", "KRAKEN-TRD", seq=client.seq)
    await again.log_on(logon(kraken, again.seq))
    await again.say("H", [(11, name), (37, order_id), (55, "ETH/USD")])
    assert (await _first(again, "8")).text(39) == "0"


@pytest.mark.parametrize(("kind", "left"), [("1", 1), ("6", 0), ("7", 0)])
async def test_mass_cancel_is_answered_by_the_cancels_alone(kraken: Dialects, kind: str, left: int) -> None:
    client = await connected(kraken)
    await order(client)
    other = next_id()
    await client.say("D", terms(other, "0.01", "50000", _55="BTC/USD"))
    await client.report("A", "A")
    order_id = (await client.report("0", "0")).text(37) or ""
    fields = [(11, next_id()), (60, utc_timestamp(system_clock().wall, 3)), (530, kind)]
    await client.say("q", [*fields, *([(55, "ETH/USD")] if kind == "1" else [])])
    for _ in range(2 - left):
        await client.report("4", "4")
    await client.say("1", [(112, "sync")])
    await client.hear("0")
    await client.say("H", [(11, other), (37, order_id), (55, "BTC/USD")])
    assert (await client.hear("8")).text(39) == ("0" if left else "4")


async def _first(client: DialectClient, msg_type: str) -> Message:
    while (message := await client.hear()).msg_type != msg_type:
        pass
    return message
