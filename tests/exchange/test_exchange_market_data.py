"""Market data sessions: instrument list, ticker, trades, and what is refused."""

from decimal import Decimal

import pytest
from exchange_client import Client, Venue, request

from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


def subscribe(
    req_id: str, *symbols: str, types: str = "01", depth: str | None = "1"
) -> list[tuple[int, object]]:
    head: list[tuple[int, object]] = [(262, req_id), (263, "1")]
    if depth is not None:
        head.append((264, depth))
    return [
        *head,
        (146, len(symbols)),
        *((55, symbol) for symbol in symbols),
        (267, len(types)),
        *((269, kind) for kind in types),
    ]


@pytest.fixture
async def watcher(quiet: Venue) -> Client:
    return await quiet.client("WATCH", market_data=True)


async def test_the_instrument_list_has_every_filter(watcher: Client) -> None:
    await watcher.say("x", [(320, "all"), (559, "4")])
    answer = await watcher.hear()
    entries = answer.groups(146)
    assert answer.text(320) == "all"
    assert [entry.text(55) for entry in entries][-1] == "这是测试币456"
    first = entries[0]
    assert [first.text(tag) for tag in (55, 15, 969, 25039)] == [
        "BTCUSDT",
        "USDT",
        "0.01000000",
        "0.00001000",
    ]
    assert first.text(25042) is None  # a rule that is off is left out
    await watcher.say("x", [(320, "one"), (559, "0"), (55, "ETHBTC")])
    assert [entry.text(55) for entry in (await watcher.hear()).groups(146)] == ["ETHBTC"]
    await watcher.say("x", [(320, "none"), (559, "0"), (55, "NOSUCH")])
    await watcher.refused(-1121, 55)
    await watcher.say("x", [(320, "none"), (559, "0")])
    await watcher.refused(-1102, 55)


async def test_the_ticker_starts_with_a_snapshot_and_goes_on_with_changes(
    quiet: Venue, watcher: Client
) -> None:
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.say("V", subscribe("t", "BTCUSDT", "ETHUSDT"))
    full, empty = await watcher.hear("W"), await watcher.hear("W")
    assert [full.text(tag) for tag in (262, 55, 268)] == ["t", "BTCUSDT", "1"]
    assert [full.groups(268)[0].text(tag) for tag in (269, 270, 271)] == ["0", "100.00000000", "1.00000000"]
    assert (empty.text(55), empty.text(268)) == ("ETHUSDT", "0")

    quiet.other(request(Side.SELL, "2", "101"), "s1")
    change = await watcher.hear("X")
    assert int(change.text(25044) or "") > int(full.text(25044) or "")
    (entry,) = change.groups(268)
    assert [entry.text(tag) for tag in (279, 269, 270, 271, 55)] == [
        "1",
        "1",
        "101.00000000",
        "2.00000000",
        "BTCUSDT",
    ]

    quiet.other(request(Side.SELL, "1", "100"), "s2", "another")  # takes the only bid
    (gone,) = (await watcher.hear("X")).groups(268)
    assert [gone.text(tag) for tag in (279, 269, 270, 271)] == ["2", "0", "100.00000000", None]

    quiet.other(request(Side.BUY, "9", "100"), "b2", "another")
    await watcher.hear("X")
    quiet.other(request(Side.BUY, "3", "101"), "b3", "another")  # both sides change in one message
    entries = (await watcher.hear("X")).groups(268, {279, 269, 270, 271, 55, 25044})
    assert [entry.text(269) for entry in entries] == ["0", "1"]
    assert [entry.text(55) for entry in entries] == ["BTCUSDT", None]  # inherited

    await watcher.say("V", [(262, "t"), (263, "2")])
    await watcher.say("1", [(112, "ping")])
    await watcher.hear("0")
    quiet.other(request(Side.BUY, "1", "100.5"), "b4")
    await watcher.silence()


async def test_trades(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", subscribe("trades", "BTCUSDT", types="2", depth=None))
    await watcher.say("1", [(112, "ping")])
    await watcher.hear("0")
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    quiet.other(request(Side.SELL, "0.4", "100"), "s1", "another")
    (trade,) = (await watcher.hear("X")).groups(268)
    assert [trade.text(tag) for tag in (279, 269, 270, 271, 55, 1003, 2446)] == [
        "0", "2", "100.00000000", "0.40000000", "BTCUSDT", "0", "2",
    ]  # fmt: skip


async def test_request_ids_and_similar_subscriptions(watcher: Client) -> None:
    await watcher.say("V", subscribe("t", "BTCUSDT"))
    await watcher.hear("W")
    await watcher.say("V", subscribe("t", "ETHUSDT"))
    again = await watcher.hear("Y")
    assert [again.text(tag) for tag in (262, 281, 25016)] == ["t", "1", "-1190"]
    await watcher.say("V", subscribe("u", "BTCUSDT"))
    similar = await watcher.hear("Y")
    assert [similar.text(tag) for tag in (262, 281, 25016)] == ["u", "2", "-1191"]
    assert "active subscription id: 't'" in (similar.text(58) or "")
    await watcher.say("V", [(262, "nothing"), (263, "2")])
    assert (await watcher.hear("Y")).text(25016) == "-1190"


@pytest.mark.parametrize(
    ("fields", "code", "tag"),
    [
        (subscribe("t", "NOSUCH"), -1121, 55),
        (subscribe("t", "BTCUSDT", "BTCUSDT"), -1189, 146),
        (subscribe("t", "BTCUSDT", types="0"), -1128, 267),
        (subscribe("t", "BTCUSDT", depth="0"), -1130, 264),
        (subscribe("t", "BTCUSDT", depth="5001"), -1130, 264),
        (subscribe("t", "BTCUSDT", depth=None), -1102, 264),
        ([(262, "t"), (263, "1"), (264, "1")], -1102, 146),
        (
            [(262, "t"), (263, "1"), (264, "1"), (146, "2"), (55, "BTCUSDT"), (267, "1"), (269, "2")],
            -1188,
            146,
        ),
        ([(262, "bad id"), (263, "2")], -1100, 262),
    ],
)
async def test_bad_requests(watcher: Client, fields: list[tuple[int, object]], code: int, tag: int) -> None:
    await watcher.say("V", fields)
    await watcher.refused(code, tag)


async def test_orders_are_not_allowed_here(watcher: Client) -> None:
    await watcher.order("a", "1", "1", "100")
    await watcher.refused(-1187)


async def test_limits_of_a_market_data_session(watcher: Client) -> None:
    await watcher.say("V", subscribe("t", "BTCUSDT", "ETHUSDT"))
    await watcher.say("XLQ", [(6136, "q")])
    entries = (await watcher.hear("XLR")).groups(25003)
    assert [[entry.text(tag) for tag in (25004, 25005, 25006)] for entry in entries] == [
        ["2", "3", "2000"],
        ["3", "2", "1000"],
    ]


async def test_a_live_market_moves_and_its_quotes_never_cross(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from exchange_client import venue

    async with venue(tmp_path_factory.mktemp("live"), rate=200.0, seed=3) as running:
        client = await running.client("WATCH", market_data=True)
        await client.say("V", subscribe("t", *running.running.engine.markets))
        best: dict[str, dict[str, Decimal]] = {}
        for _ in running.running.engine.markets:
            snapshot = await client.hear("W")
            best[snapshot.text(55) or ""] = {
                e.text(269) or "": Decimal(e.text(270) or "") for e in snapshot.groups(268)
            }
        for _ in range(200):
            change = await client.hear("X")
            symbol = ""
            for entry in change.groups(268):
                symbol = entry.text(55) or symbol
                if entry.text(279) == "2":
                    best[symbol].pop(entry.text(269) or "", None)
                else:
                    best[symbol][entry.text(269) or ""] = Decimal(entry.text(270) or "")
            if len(best[symbol]) == 2:
                assert best[symbol]["0"] < best[symbol]["1"]


async def test_a_stale_feed_lives_and_stands_still_then_says_where_the_market_is(
    quiet: Venue, watcher: Client
) -> None:
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.say("V", subscribe("t", "BTCUSDT"))
    await watcher.say("V", subscribe("x", "BTCUSDT", types="2", depth=None))
    assert (await watcher.hear("W")).groups(268)[0].text(270) == "100.00000000"
    quiet.running.inject("md-stale")
    quiet.other(request(Side.BUY, "1", "101"), "b2")
    quiet.other(request(Side.SELL, "0.5", "101"), "s1", "third")
    await watcher.silence()
    await watcher.say("1", [(112, "ping")])
    assert (await watcher.hear()).text(112) == "ping"
    late = await quiet.client("LATE", market_data=True)
    await late.say("V", subscribe("t", "BTCUSDT"))
    snapshot = await late.hear("W")
    assert snapshot.groups(268)[0].text(270) == "100.00000000"  # it stands still for all
    quiet.running.inject("clear")
    for client in (watcher, late):
        change = await client.hear("X")
        assert int(change.text(25044) or "") > int(snapshot.text(25044) or "")  # or it would be taken for old
        (entry,) = change.groups(268)
        assert (entry.text(269), entry.text(270), entry.text(271)) == ("0", "101.00000000", "0.50000000")
        await client.silence()


async def test_a_stale_feed_goes_on_after_its_time(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", subscribe("t", "BTCUSDT"))
    await watcher.hear("W")
    quiet.running.inject("md-stale:100ms")
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    assert (await watcher.hear("X")).groups(268)[0].text(270) == "100.00000000"
    quiet.other(request(Side.BUY, "1", "101"), "b2")
    assert (await watcher.hear("X")).groups(268)[0].text(270) == "101.00000000"
