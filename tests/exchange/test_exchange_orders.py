"""Orders over the wire: the lifecycles of fact sheet 7.1, message by message."""

from pathlib import Path

import pytest
from exchange_client import FOK, IOC, Client, Clock, Venue, request, venue

from blotter.fix.codec import Message
from blotter.fix.values import parse_utc_timestamp
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


def fields(message: Message, *tags: int) -> list[str | None]:
    return [message.text(tag) for tag in tags]


async def status(client: Client) -> tuple[str | None, str | None]:
    """150 and 39 of the next message."""
    message = await client.hear("8")
    return message.text(150), message.text(39)


async def test_a_resting_order_is_reported_in_the_shape_of_the_verified_sample(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "2", "1", "730.00")
    report = await client.hear()
    sample = [
        "17",
        "11",
        "37",
        "38",
        "40",
        "54",
        "55",
        "44",
        "59",
        "60",
        "25018",
        "25001",
        "150",
        "14",
        "151",
        "25017",
        "1057",
        "32",
        "39",
        "636",
        "25023",
    ]
    assert [tag.decode() for tag, _ in report.pairs][7:-1] == sample
    assert fields(report, 17, 11, 37, 38, 44) == ["0", "mine", "0", "1.00000000", "730.00000000"]
    assert fields(report, 150, 39, 14, 151, 25017, 32) == [
        "0",
        "0",
        "0.00000000",
        "1.00000000",
        "0.00000000",
        "0.00000000",
    ]
    assert fields(report, 25001, 1057, 636) == ["3", "Y", "Y"]
    assert parse_utc_timestamp(report.text(60) or "") == parse_utc_timestamp(report.text(25023) or "")


async def test_body_length_is_zero_padded_now_and_then(quiet: Venue) -> None:
    client = await quiet.client()
    for number in range(6):
        await client.order(f"o{number}", "1", "1", "100")
    heard = [await client.hear() for _ in range(6)]
    lengths = [message.text(9) or "" for message in heard]
    assert {len(length) for length in lengths} == {3, 7}


async def test_fills_partial_and_whole_with_fees_in_what_is_received(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("buy", "1", "1", "100")
    await client.hear()
    quiet.other(request(Side.SELL, "0.4", "100"))
    first = await client.hear()
    assert fields(first, 150, 39, 31, 32, 14, 151, 25017) == [
        "F", "1", "100.00000000", "0.40000000", "0.40000000", "0.60000000", "40.00000000",
    ]  # fmt: skip
    assert fields(first, 17, 1003, 1057, 136, 137, 138, 139) == ["1", "0", "N", "1", "0.00040000", "BTC", "4"]
    quiet.other(request(Side.SELL, "0.6", "100"))
    second = await client.hear()
    assert fields(second, 150, 39, 14, 151, 25017, 17, 1003) == [
        "F", "2", "1.00000000", "0.00000000", "100.00000000", "2", "1",
    ]  # fmt: skip


async def test_a_taker_is_acknowledged_before_its_fills(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.other(request(Side.BUY, "1", "101"), "b1")
    quiet.other(request(Side.BUY, "1", "100"), "b2")
    await client.order("sell", "2", "1.5", "100")
    assert await status(client) == ("0", "0")
    first, second = await client.hear(), await client.hear()
    assert fields(first, 150, 39, 31, 32, 1057, 138) == ["F", "1", "101.00000000", "1.00000000", "Y", "USDT"]
    assert fields(second, 150, 39, 31, 32) == ["F", "2", "100.00000000", "0.50000000"]


async def test_a_cancel_carries_its_own_id_and_the_orders(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    await client.cancel("away", "mine")
    report = await client.hear()
    assert fields(report, 150, 39, 11, 41, 37, 151) == ["4", "4", "away", "mine", "0", "0.00000000"]
    await client.cancel("again", "mine")
    reject = await client.hear()
    assert reject.msg_type == "9"
    assert fields(reject, 11, 41, 434, 25016, 58) == ["again", "mine", "1", "-2011", "Unknown order sent."]


async def test_a_cancel_by_both_ids_needs_both_to_fit(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    await client.say("F", [(11, "c1"), (37, "0"), (41, "other"), (55, "BTCUSDT")])
    assert (await client.hear()).text(58) == "Unknown order sent."
    await client.say("F", [(11, "c2"), (37, "0"), (55, "BTCUSDT"), (25002, "2")])
    reject = await client.hear()
    assert fields(reject, 25002, 25016, 58) == [
        "2",
        "-2011",
        "Order was not canceled due to cancel restrictions.",
    ]
    await client.say("F", [(11, "c3"), (37, "0"), (41, "mine"), (55, "BTCUSDT"), (25002, "1")])
    assert await status(client) == ("4", "4")


async def test_an_amendment_keeps_the_order_and_renames_it(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    quiet.other(request(Side.SELL, "0.25", "100"))
    await client.hear()
    await client.say("XAK", [(11, "smaller"), (41, "mine"), (55, "BTCUSDT"), (38, "0.5")])
    report = await client.hear()
    assert fields(report, 150, 39, 11, 41, 37, 38, 14, 151) == [
        "5", "1", "smaller", "mine", "0", "0.50000000", "0.25000000", "0.25000000",
    ]  # fmt: skip
    await client.say("XAK", [(11, "x"), (41, "smaller"), (55, "BTCUSDT"), (38, "0.5")])
    same = await client.hear()
    assert same.msg_type == "XAR"
    assert fields(same, 11, 41, 38, 25016, 58) == [
        "x", "smaller", "0.50000000", "-2038", "The requested action would change no state; rejecting.",
    ]  # fmt: skip
    await client.say("XAK", [(11, "x"), (41, "smaller"), (55, "BTCUSDT"), (38, "0.6")])
    assert (await client.hear()).text(58) == "Order amend (quantity increase) is not supported."
    await client.say("XAK", [(11, "x"), (41, "gone"), (55, "BTCUSDT"), (38, "0.1")])
    assert fields(await client.hear(), 25016, 58) == ["-2038", "Unknown order sent."]
    await client.say("XAK", [(11, "end"), (41, "smaller"), (55, "BTCUSDT"), (38, "0.2")])
    assert await status(client) == ("C", "C")


def xcn(cl_ord_id: str, orig: str, price: str, mode: str = "1", qty: str = "1") -> list[tuple[int, object]]:
    return [
        (25033, mode), (41, orig), (25034, f"{cl_ord_id}-c"), (11, cl_ord_id), (38, qty), (40, "2"),
        (44, price), (54, "1"), (55, "BTCUSDT"), (59, "1"),
    ]  # fmt: skip


async def test_cancel_and_new(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("first", "1", "1", "100")
    await client.hear()
    await client.say("XCN", xcn("second", "first", "101"))
    gone, new = await client.hear(), await client.hear()
    assert fields(gone, 150, 39, 11, 41, 37) == ["4", "4", "second-c", "first", "0"]
    assert fields(new, 150, 39, 11, 41, 37) == ["0", "0", "second", None, "1"]


async def test_cancel_and_new_when_a_part_fails(quiet: Venue) -> None:
    client = await quiet.client()
    await client.say("XCN", xcn("a", "nothing", "100"))  # stop on failure: nothing is placed
    reject = await client.hear()
    assert (reject.msg_type, *fields(reject, 11, 41, 25016)) == ("9", "a-c", "nothing", "-2011")
    await client.silence()
    await client.say("XCN", xcn("b", "nothing", "100", mode="2"))  # allow failure: placed all the same
    assert (await client.hear()).msg_type == "9"
    assert await status(client) == ("0", "0")
    await client.say("XCN", xcn("c", "b", "0.001", qty="1"))  # a filter: judged before either part
    rejected = await client.hear()
    assert fields(rejected, 150, 39, 11, 25016, 58) == [
        "8",
        "8",
        "c",
        "-1013",
        "Filter failure: PRICE_FILTER",
    ]
    await client.say(
        "XCN", xcn("d", "b", "100000", qty="80")
    )  # no funds: the old one is gone, the new one is not
    assert await status(client) == ("4", "4")
    assert fields(await client.hear(), 150, 39, 25016) == ["8", "8", "-2010"]


async def test_mass_cancel_of_one_symbol(quiet: Venue) -> None:
    client = await quiet.client()
    for name, symbol in (("a", "BTCUSDT"), ("b", "BTCUSDT"), ("c", "ETHUSDT")):
        await client.order(name, "1", "1", "100", (55, symbol))
        await client.hear()
    await client.say("q", [(11, "all"), (55, "BTCUSDT"), (530, "1")])
    assert [fields(await client.hear("8"), 39, 11, 41) for _ in "ab"] == [
        ["4", "all", "a"],
        ["4", "all", "b"],
    ]
    done = await client.hear()
    assert (done.msg_type, *fields(done, 11, 55, 530, 531, 533)) == ("r", "all", "BTCUSDT", "1", "1", "2")
    await client.say("q", [(11, "all2"), (55, "BTCUSDT"), (530, "1")])
    nothing = await client.hear()
    assert fields(nothing, 531, 532, 25016, 58) == ["0", "99", "-2011", "Unknown order sent."]


@pytest.mark.parametrize(
    ("more", "reason"),
    [([(59, IOC.value)], "5"), ([(59, FOK.value)], "6")],
)
async def test_what_may_not_rest_expires(quiet: Venue, more: list[tuple[int, object]], reason: str) -> None:
    client = await quiet.client()
    quiet.other(request(Side.SELL, "0.4", "100"))
    await client.order("a", "1", "1", "100", *more)
    assert await status(client) == ("0", "0")
    if reason == "5":
        assert await status(client) == ("F", "1")
    last = await client.hear()
    assert fields(last, 150, 39, 25056, 151) == ["C", "C", reason, "0.00000000"]


async def test_a_market_order_that_empties_the_book_expires(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.other(request(Side.SELL, "0.4", "100"))
    await client.order("a", "1", "1", None)
    new = await client.hear()
    assert fields(new, 150, 39, 40, 44, 59) == ["0", "0", "1", None, None]
    assert await status(client) == ("F", "1")
    assert fields(await client.hear(), 150, 39, 14, 25056) == ["C", "C", "0.40000000", "7"]


async def test_a_market_order_by_quote_amount(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.other(request(Side.SELL, "1", "70"), "s1")
    quiet.other(request(Side.SELL, "1", "80"), "s2")
    await client.order("a", "1", "0", None, (38, None), (152, "100"))
    assert fields(await client.hear(), 150, 152) == ["0", "100.00000000"]
    assert await status(client) == ("F", "1")
    last = await client.hear()
    assert fields(last, 150, 39, 14, 25017) == ["F", "2", "1.37500000", "100.00000000"]


async def test_post_only_rests_or_is_refused(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.other(request(Side.SELL, "1", "100"))
    await client.order("takes", "1", "1", "100", (18, "6"), (59, None))
    rejected = await client.hear()
    assert fields(rejected, 150, 39, 103, 25016, 58, 17, 37) == [
        "8", "8", "99", "-2010", "Order would immediately match and take.", None, None,
    ]  # fmt: skip
    await client.order("makes", "1", "1", "99.99", (18, "6"), (59, None))
    assert fields(await client.hear(), 150, 39, 18) == ["0", "0", "6"]


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ([(44, "100.001")], "-1013", "Filter failure: PRICE_FILTER"),
        ([(38, "0.000001")], "-1013", "Filter failure: LOT_SIZE"),
        ([(38, "0.00001")], "-1013", "Filter failure: NOTIONAL"),
        ([(111, "0.001")], "-1013", "Filter failure: ICEBERG_PARTS"),
        ([(111, "2")], "-2010", "IcebergQty exceeds QTY."),
        ([(44, "200000"), (38, "10")], "-2010", "Account has insufficient balance for requested action."),
        ([(11, "mine")], "-2010", "Duplicate order sent."),
        ([(25001, "6")], "-1013", "This symbol does not allow the specified self-trade prevention mode."),
        ([(40, "1"), (44, None), (59, None), (38, "200")], "-1013", "Filter failure: MARKET_LOT_SIZE"),
    ],
)
async def test_the_engines_refusals(
    quiet: Venue, changes: list[tuple[int, object]], code: str, text: str
) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    await client.order("next", "1", "1", "100", *changes)
    assert fields(await client.hear("8"), 150, 39, 25016, 58) == ["8", "8", code, text]


async def test_the_unfilled_order_count(tmp_path: Path) -> None:
    async with venue(tmp_path, order_limits=((10, 2), (86_400, 1000))) as running:
        client = await running.client()
        for name in "ab":
            await client.order(name, "1", "1", "100")
            await client.hear()
        await client.order("c", "1", "1", "100")
        rejected = await client.hear()
        assert fields(rejected, 150, 39, 25016, 58) == [
            "8", "8", "-1015", "Too many new orders; current limit is 2 orders per 10 SECONDS.",
        ]  # fmt: skip
        await client.say("XCN", [*xcn("d", "a", "101"), (25038, "2")])  # cancel only
        assert await status(client) == ("4", "4")
        assert (await client.hear()).text(25016) == "-1015"
        await client.say("XLQ", [(6136, "q")])
        limits = await client.hear()
        entries = [fields(entry, 25004, 25005, 25006, 25007, 25008) for entry in limits.groups(25003)]
        assert entries == [
            ["2", "6", "10000", "10", "s"],
            ["1", "2", "2", "10", "s"],
            ["1", "2", "1000", "1", "d"],
        ]


async def test_self_trade_prevention_expires_the_maker_by_default(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("maker", "2", "1", "100")
    await client.hear()
    await client.order("taker", "1", "0.4", "100")
    assert await status(client) == ("0", "0")
    expired = await client.hear()
    assert fields(expired, 150, 39, 11, 37) == ["C", "C", "maker", "0"]
    assert fields(expired, 25024, 25025, 25026, 25029, 25030, 25031) == [
        "0", "100.00000000", "0.40000000", "1", "1.00000000", "1.00000000",
    ]  # fmt: skip


async def test_every_session_hears_successes_and_only_the_asker_hears_refusals(quiet: Venue) -> None:
    asker, other = await quiet.client("ONE"), await quiet.client("TWO")
    acks = await quiet.client("THREE", response_mode="2")
    await asker.order("a", "1", "1", "100")
    assert [(await c.hear()).text(11) for c in (asker, other)] == ["a", "a"]
    await asker.order("a", "1", "1", "100")
    assert (await asker.hear()).text(39) == "8"
    quiet.other(request(Side.SELL, "1", "100"))
    assert [(await c.hear()).text(39) for c in (asker, other)] == ["2", "2"]
    await acks.order("b", "1", "1", "100")
    assert await status(acks) == ("0", "0")
    quiet.other(request(Side.SELL, "1", "100"))
    await acks.silence()
    await other.hear()


async def test_a_symbol_of_wide_characters(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("wide", "1", "10", "1.5", (55, "这是测试币456"))
    report = await client.hear()
    assert fields(report, 55, 39) == ["这是测试币456", "0"]
    quiet.other(request(Side.SELL, "10", "1.5", "这是测试币456"))
    assert (await client.hear()).text(138) == "这是测试币"


async def test_the_exchange_keeps_the_session_alive_and_ends_a_silent_one(tmp_path: Path) -> None:
    clock = Clock()
    async with venue(tmp_path, clock=clock) as running:
        client = await running.client(heart_bt_int="10")
        clock.skip(running.running, 9.5)
        assert (await client.hear()).msg_type == "0"
        clock.skip(running.running, 1)
        asked = await client.hear()
        assert asked.msg_type == "1"
        await client.say("0", [(112, asked.text(112))])
        await client.say("1", [(112, "mine")])
        assert (await client.hear()).text(112) == "mine"
        clock.skip(running.running, 10.5)
        assert (await client.hear()).msg_type == "1"
        clock.skip(running.running, 10.5)
        assert [m.msg_type for m in await client.closed()] == ["5"]
