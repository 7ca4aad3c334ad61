"""Contingent, pegged and routed orders over the wire: their reports field by field, and what is malformed about them
(fact sheet 6.1, 7.1). Every message is held against the venue's schema as it is heard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue

from blotter.fix.codec import Message
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio

STOP = [(1100, "4"), (1101, "1"), (1107, "2")]


def fields(message: Message, *tags: int) -> list[str | None]:
    return [message.text(tag) for tag in tags]


def last(quiet: Venue, price: str) -> None:
    """A trade of others."""
    for side in (Side.BUY, Side.SELL):
        quiet.other(request(side, "0.1", price), f"l{side.value}", account=f"last{side.value}")


@pytest.fixture
async def at_100(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Venue]:
    """The last price is 100."""
    async with venue(tmp_path / "exchange") as running:
        last(running, "100")
        yield running


async def stop(client: Client, name: str, side: str, *more: tuple[int, object]) -> None:
    """A STOP of that side, its trigger in `more`."""
    await client.order(name, side, "1", None, (40, "3"), *STOP, *more)


async def test_a_stop_loss_from_entry_to_fill(at_100: Venue) -> None:
    client = await at_100.client()
    at_100.other(request(Side.BUY, "1", "80"), "b")
    await stop(client, "s", "2", (1109, "D"), (1102, "90"))
    entered = await client.hear()
    assert fields(entered, 150, 39, 636, 25023, 40, 1100, 1101, 1102, 1107, 1109, 25009) == [
        "0", "0", None, None, "3", "4", "1", "90.00000000", "2", "D", None,
    ]  # fmt: skip
    last(at_100, "90")
    working = await client.hear()
    assert fields(working, 150, 39, 636, 11, 37) == ["0", "0", "Y", "s", "0"]
    assert working.text(25023) == working.text(60) != working.text(25018) == entered.text(25018)
    assert fields(await client.hear(), 150, 39, 31, 636) == ["F", "2", "80.00000000", "Y"]


async def test_a_stop_that_finds_no_buyers_expires(at_100: Venue) -> None:
    client = await at_100.client()
    await stop(client, "s", "2", (1109, "D"), (1102, "90"))
    await client.hear()
    last(at_100, "90")
    assert [fields(await client.hear(), 150, 39, 25056) for _ in "ab"] == [["0", "0", None], ["C", "C", "7"]]


async def test_a_take_profit_limit_and_a_trailing_stop(at_100: Venue) -> None:
    client = await at_100.client()
    await client.order("t", "2", "1", "109", (40, "4"), *STOP, (1109, "U"), (1102, "110"), (111, "0.5"))
    assert fields(await client.hear(), 39, 40, 44, 59, 111, 1102, 1109) == [
        "0", "4", "109.00000000", "1", "0.50000000", "110.00000000", "U",
    ]  # fmt: skip
    await stop(client, "s", "2", (25009, "500"))
    trailing = await client.hear()
    assert fields(trailing, 39, 1102, 1109, 25009, 636) == ["0", None, None, "500", None]
    assert trailing.text(25022) == trailing.text(60)
    last(at_100, "108")
    last(at_100, "102.6")
    assert fields(await client.hear(), 11, 150, 39, 636) == ["s", "0", "0", "Y"]


async def test_a_trailing_order_waits_for_its_activation(at_100: Venue) -> None:
    client = await at_100.client()
    await stop(client, "s", "1", (1109, "U"), (1102, "110"), (25009, "100"))
    assert fields(await client.hear(), 1102, 25009, 25022) == ["110.00000000", "100", None]
    last(at_100, "110")
    await client.cancel("c", "s")
    assert (await client.hear()).text(25022) is not None


async def test_would_trigger_and_the_trailing_filter(at_100: Venue) -> None:
    client = await at_100.client()
    await stop(client, "s", "2", (1109, "D"), (1102, "100"))
    assert fields(await client.hear(), 150, 25016, 58, 1102) == [
        "8", "-2010", "Order would trigger immediately.", "100.00000000",
    ]  # fmt: skip
    await stop(client, "s", "2", (25009, "1"))
    assert fields(await client.hear(), 150, 25016, 58) == ["8", "-1013", "Filter failure: TRAILING_DELTA"]


async def test_a_waiting_order_is_replaced_by_another(at_100: Venue) -> None:
    client = await at_100.client()
    await stop(client, "s", "2", (1109, "D"), (1102, "90"))
    await client.hear()
    block = [
        (38, "1"),
        (40, "4"),
        (44, "85"),
        (54, "2"),
        (55, "BTCUSDT"),
        (59, "1"),
        *STOP,
        (1109, "D"),
        (1102, "88"),
    ]
    await client.say("XCN", [(25033, "1"), (41, "s"), (11, "n"), *block])
    assert [fields(await client.hear(), 150, 39, 11, 1102) for _ in "ab"] == [
        ["4", "4", "n", "90.00000000"],
        ["0", "0", "n", "88.00000000"],
    ]


async def test_strategy_ids_are_echoed(at_100: Venue) -> None:
    client = await at_100.client()
    await client.order("a", "1", "1", "90", (847, "1000000"), (7940, "5"))
    assert fields(await client.hear(), 847, 7940) == ["1000000", "5"]


async def test_a_pegged_order(at_100: Venue) -> None:
    client = await at_100.client()
    for number in range(2):
        at_100.other(request(Side.BUY, "1", str(98 - number)), f"b{number}")
    peg = [(40, "P"), (44, None), (1094, "5"), (835, "1")]
    await client.order("p", "1", "1", "1", *peg, (836, "3"), (211, "1"))
    assert fields(await client.hear(), 40, 44, 211, 1094, 835, 836, 839, 636) == [
        "P", None, "1", "5", "1", "3", "97.00000000", "Y",
    ]  # fmt: skip
    await client.order("q", "1", "1", "1", *peg, (18, "6"), (59, None), (44, "99"))
    assert fields(await client.hear(), 18, 44, 59, 839) == ["6", "99.00000000", "1", "98.00000000"]
    await client.order("r", "2", "1", "1", *peg)
    assert fields(await client.hear(), 150, 25016, 58) == [
        "8", "-2010", "Order book liquidity is too low for this pegged order.",
    ]  # fmt: skip
    await client.order("t", "2", "1", "1", *peg, *STOP, (1109, "D"), (1102, "95"))
    assert fields(await client.hear(), 150, 39, 839, 1102, 636) == ["0", "0", None, "95.00000000", None]


async def test_a_routed_order(at_100: Venue) -> None:
    client = await at_100.client()
    at_100.other(request(Side.SELL, "1", "99", "BTCUSDC"), "s1")
    at_100.other(request(Side.SELL, "1", "100"), "s2")
    await client.order("r", "1", "2", "101", (25032, "Y"))
    assert fields(await client.hear(), 150, 25021, 25032) == ["0", "1", "Y"]
    allocation, trade = await client.hear(), await client.hear()
    assert fields(allocation, 150, 39, 31, 70, 574, 1003, 25021, 25032, 138) == [
        "F", "1", "99.00000000", "0", "1", None, "3", "Y", "BTC",
    ]  # fmt: skip
    assert fields(trade, 150, 39, 31, 70, 574, 25021, 25032) == [
        "F",
        "2",
        "100.00000000",
        None,
        None,
        "1",
        "Y",
    ]
    assert trade.text(1003) is not None
    await client.order("x", "1", "1", "100", (55, "ETHUSDT"), (25032, "Y"))
    assert fields(await client.hear(), 150, 25016) == ["8", "-2010"]


@pytest.mark.parametrize(
    ("body", "code", "tag"),
    [
        ("40=3|38=1|54=2|1101=1|1107=2|1109=D|1102=90|", -1102, 1100),
        ("40=3|38=1|54=2|1100=4|1107=2|1109=D|1102=90|", -1102, 1101),
        ("40=3|38=1|54=2|1100=4|1101=1|1109=D|1102=90|", -1102, 1107),
        ("40=3|38=1|54=2|1100=4|1101=1|1107=2|1102=90|", -1102, 1109),
        ("40=3|38=1|54=2|1100=4|1101=1|1107=2|1109=D|", -1102, 1102),
        ("40=3|54=2|1100=4|1101=1|1107=2|1109=D|1102=90|", -1102, 38),
        ("40=3|38=1|54=2|44=90|1100=4|1101=1|1107=2|1109=D|1102=90|", -1106, 44),
        ("40=3|38=1|54=2|59=1|1100=4|1101=1|1107=2|1109=D|1102=90|", -1114, 59),
        ("40=3|38=1|54=2|111=1|1100=4|1101=1|1107=2|1109=D|1102=90|", -1106, 111),
        ("40=3|38=1|54=2|1100=4|1101=1|1107=2|1109=X|1102=90|", -1130, 1109),
        ("40=4|38=1|54=2|59=1|1100=4|1101=1|1107=2|1109=D|1102=90|", -1102, 44),
        ("40=4|38=1|54=2|44=90|1100=4|1101=1|1107=2|1109=D|1102=90|", -1102, 59),
        ("40=4|38=1|54=2|44=90|59=1|18=6|1100=4|1101=1|1107=2|1109=D|1102=90|", -1106, 18),
        ("40=4|38=1|54=2|44=90|59=3|111=0.5|1100=4|1101=1|1107=2|1109=D|1102=90|", -1160, 111),
        ("40=2|38=1|54=2|44=90|59=1|1102=90|", -1106, 1102),
        ("40=P|38=1|54=2|59=1|835=1|", -1102, 1094),
        ("40=P|38=1|54=2|59=1|1094=5|", -1102, 835),
        ("40=P|38=1|54=2|59=1|1094=7|835=1|", -1210, 1094),
        ("40=P|38=1|54=2|59=1|1094=5|835=1|836=1|211=1|", -1211, 836),
        ("40=P|38=1|54=2|59=1|1094=5|835=2|", -1130, 835),
        ("40=P|38=1|54=2|59=1|1094=5|835=1|211=1|", -1128, 836),
        ("40=P|38=1|54=2|59=1|1094=5|835=1|836=3|211=101|", -1130, 211),
        ("40=P|38=1|54=2|59=1|1094=5|835=1|836=3|211=1.5|", -1130, 211),
        ("40=P|38=1|54=2|1094=5|835=1|", -1102, 59),
        ("40=P|38=1|54=2|59=1|1094=5|835=1|25032=Y|", -1014, 25032),
        ("40=2|38=1|44=90|54=2|18=6|25032=Y|", -1014, 25032),
        ("40=2|38=1|44=90|54=2|59=1|1094=5|", -1106, 1094),
        ("40=P|38=1|54=2|18=6|1094=5|835=1|1100=4|1101=1|1107=2|1109=D|1102=90|", -1182, 18),
    ],
)
async def test_malformed(quiet: Venue, body: str, code: int, tag: int) -> None:
    client = await quiet.client()
    await client.raw(client.header("D") + "11=a|55=BTCUSDT|" + body)
    await client.refused(code, tag)
