"""Depth as the exchange tells it: snapshots, increments that never leave a number out, and the one that gets lost."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.exchange.engine import Engine
from blotter.exchange.event import Cancel, OpenAccount, Place
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES
from blotter.exchange.market_data_depth import Depth
from blotter.fix.message import Message
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
D = Decimal
Book = dict[str, dict[Decimal, Decimal]]  # by side


def depth(req_id: str, *symbols: str, levels: int = 10) -> list[tuple[int, object]]:
    head: list[tuple[int, object]] = [(262, req_id), (263, "1"), (264, levels), (146, len(symbols))]
    return [*head, *((55, symbol) for symbol in symbols), (267, 2), (269, "0"), (269, "1")]


def of_snapshot(message: Message) -> Book:
    book: Book = {"0": {}, "1": {}}
    for entry in message.groups(268):
        book[entry.text(269) or ""][D(entry.text(270) or "")] = D(entry.text(271) or "")
    return book


def entries(message: Message) -> Iterator[tuple[str, int, int, Message]]:
    """Each with its symbol and numbers, inherited where it has none."""
    symbol, first, last = "", 0, 0
    for entry in message.groups(268):
        symbol = entry.text(55) or symbol
        first, last = int(entry.text(25043) or first), int(entry.text(25044) or last)
        yield symbol, first, last, entry


@pytest.fixture
async def watcher(quiet: Venue) -> Client:
    return await quiet.client("WATCH", market_data=True)


async def test_a_snapshot_has_the_best_levels_and_changes_go_on_from_it(
    quiet: Venue, watcher: Client
) -> None:
    for number, price in enumerate(("100", "99", "98")):
        quiet.other(request(Side.BUY, "1", price), f"b{number}")
    await watcher.say("V", depth("d", "BTCUSDT", levels=2))
    snapshot = await watcher.hear("W")
    assert of_snapshot(snapshot) == {"0": {D(100): D(1), D(99): D(1)}, "1": {}}
    quiet.other(request(Side.BUY, "2", "99"), "b3")
    quiet.other(request(Side.SELL, "5", "103"), "s1", "another")
    quiet.other(request(Side.SELL, "1", "100"), "s2", "another")  # takes the best bid
    told = list(entries(await watcher.hear("X")))
    first = int(snapshot.text(25044) or "") + 1
    assert [(symbol, one, two) for symbol, one, two, _ in told] == [("BTCUSDT", first, first + 2)] * 3
    assert [[entry.text(tag) for tag in (279, 269, 270, 271, 55)] for *_, entry in told] == [
        ["2", "0", "100.00000000", None, "BTCUSDT"],
        ["1", "0", "99.00000000", "3.00000000", None],
        ["0", "1", "103.00000000", "5.00000000", None],
    ]


async def test_several_symbols_in_one_request_and_in_one_message(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", depth("d", "BTCUSDT", "ETHUSDT"))
    assert [(await watcher.hear("W")).text(55) for _ in range(2)] == ["BTCUSDT", "ETHUSDT"]
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    quiet.other(request(Side.BUY, "1", "10", "ETHUSDT"), "b2")
    told = list(entries(await watcher.hear("X")))
    assert [symbol for symbol, *_ in told] == ["BTCUSDT", "ETHUSDT"]


async def test_ticker_depth_and_trades_of_a_symbol_live_beside_each_other(
    quiet: Venue, watcher: Client
) -> None:
    await watcher.say("V", depth("d", "BTCUSDT"))
    await watcher.say("V", depth("t", "BTCUSDT", levels=1))
    for req_id in "dt":
        assert (await watcher.hear("W")).text(262) == req_id
    await watcher.say("V", depth("e", "BTCUSDT", levels=20))
    refusal = await watcher.hear("Y")
    assert [refusal.text(tag) for tag in (262, 281, 25016)] == ["e", "2", "-1191"]
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    assert [(await watcher.hear("X")).text(262) for _ in range(2)] == ["t", "d"]  # the ticker is told at once


async def test_after_the_end_of_a_subscription_another_begins_with_the_book_of_now(
    quiet: Venue, watcher: Client
) -> None:
    await watcher.say("V", depth("d", "BTCUSDT"))
    await watcher.hear("W")
    await watcher.say("V", [(262, "d"), (263, "2")])
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.silence(0.25)
    await watcher.say("V", depth("e", "BTCUSDT"))
    again = await watcher.hear("W")
    assert of_snapshot(again) == {"0": {D(100): D(1)}, "1": {}}


async def test_who_comes_while_nobody_listened_is_told_where_the_book_is(quiet: Venue) -> None:
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    late = await quiet.client("LATE", market_data=True)
    await late.say("V", depth("d", "BTCUSDT"))
    assert of_snapshot(await late.hear("W"))["0"] == {D(100): D(1)}


async def test_what_moved_and_moved_back_is_not_told_but_its_numbers_are_not_missing(
    quiet: Venue, watcher: Client
) -> None:
    await watcher.say("V", depth("d", "BTCUSDT"))
    started = int((await watcher.hear("W")).text(25044) or "")
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    now = quiet.running.hub.now().wall
    quiet.running.hub.submit(
        Cancel(at=now, account="other", cl_ord_id="c", symbol="BTCUSDT", orig_cl_ord_id="b1")
    )
    await watcher.silence(0.25)
    quiet.other(request(Side.BUY, "1", "99"), "b2")
    ((_, first, last, _),) = entries(await watcher.hear("X"))
    assert (first, last) == (started + 1, started + 3)


async def test_at_once_when_asked(tmp_path: Path) -> None:
    async with venue(tmp_path / "x", depth_interval=0) as quick:
        client = await quick.client("WATCH", market_data=True)
        await client.say("V", depth("d", "BTCUSDT"))
        await client.hear("W")
        for number in range(3):
            quick.other(request(Side.BUY, "1", str(100 - number)), f"b{number}")
        for _ in range(3):
            ((_, first, last, _),) = entries(await client.hear("X"))
            assert first == last


async def test_md_gap_loses_one_update_of_those_that_are_heard(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", depth("d", "BTCUSDT"))
    started = int((await watcher.hear("W")).text(25044) or "")
    quiet.running.inject("md-gap")
    quiet.other(request(Side.BUY, "1", "10", "ETHUSDT"), "e1")  # nobody hears this one: it is not the one
    await watcher.silence(0.2)
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.silence(0.2)
    quiet.other(request(Side.BUY, "1", "99"), "b2")
    ((_, first, _, entry),) = entries(await watcher.hear("X"))
    assert (first, entry.text(270)) == (started + 2, "99.00000000")
    assert quiet.running.rehearsal.standing == ()


async def test_md_gap_of_a_symbol_waits_for_it(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", depth("d", "BTCUSDT", "ETHUSDT"))
    await watcher.hear("W"), await watcher.hear("W")
    quiet.running.inject("md-gap:ETHUSDT")
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.hear("X")
    quiet.other(request(Side.BUY, "1", "10", "ETHUSDT"), "e1")
    await watcher.silence(0.2)


async def test_a_stale_feed_tells_no_depth_and_then_all_of_it(quiet: Venue, watcher: Client) -> None:
    await watcher.say("V", depth("d", "BTCUSDT"))
    started = int((await watcher.hear("W")).text(25044) or "")
    quiet.running.inject("md-stale")
    quiet.other(request(Side.BUY, "1", "100"), "b1")
    await watcher.silence(0.2)
    quiet.running.inject("clear")
    ((_, first, _, entry),) = entries(await watcher.hear("X"))
    assert (first, entry.text(270)) == (started + 1, "100.00000000")


async def test_a_live_market_is_told_without_a_gap_and_ends_where_the_book_is(tmp_path: Path) -> None:
    async with venue(tmp_path / "x", rate=100.0, seed=3, depth_interval=0.02) as live:
        client = await live.client("WATCH", market_data=True)
        symbols = tuple(live.running.engine.markets)
        await client.say("V", depth("d", *symbols, levels=5000))
        books: dict[str, Book] = {}
        numbers: dict[str, int] = {}
        for _ in symbols:
            snapshot = await client.hear("W")
            symbol = snapshot.text(55) or ""
            books[symbol], numbers[symbol] = of_snapshot(snapshot), int(snapshot.text(25044) or "")

        def apply(message: Message) -> None:
            before = dict(numbers)
            for symbol, first, last, entry in entries(message):
                assert first == before[symbol] + 1
                side, price = books[symbol][entry.text(269) or ""], D(entry.text(270) or "")
                if entry.text(279) == "2":
                    del side[price]
                else:
                    assert (price in side) == (entry.text(279) == "1")
                    side[price] = D(entry.text(271) or "")
                numbers[symbol] = last

        for _ in range(40):
            apply(await client.hear("X"))
        live.running.inject(",".join(f"halt:{symbol}" for symbol in symbols))
        await client.say("1", [(112, "ping")])
        markets = live.running.engine.markets
        while any(
            books[symbol]
            != {"0": dict(market.book.bids.depth(5000)), "1": dict(market.book.asks.depth(5000))}
            for symbol, market in markets.items()
        ):
            message = await client.hear("X", "0")
            if message.msg_type == "X":
                apply(message)


# --- against the book itself -------------------------------------------------------------------------------

ORDERS = st.lists(
    st.tuples(st.sampled_from(list(Side)), st.integers(1, 5), st.integers(95, 105), st.booleans()),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(ORDERS, st.integers(1, 5))
def test_whatever_is_traded_the_updates_add_up_to_the_book(orders, every: int) -> None:
    engine = Engine(LISTINGS[:1])
    engine.submit(OpenAccount(at=0, account="a", balances=OPENING_BALANCES, house=True))
    engine.submit(OpenAccount(at=0, account="b", balances=OPENING_BALANCES, house=True))
    market = engine.markets["BTCUSDT"]
    feed = Depth()
    feed.open(engine.markets)
    held = {"bids": dict(feed.told("BTCUSDT").bids), "asks": dict(feed.told("BTCUSDT").asks)}
    number = feed.told("BTCUSDT").update_id
    for count, (side, qty, price, cancels) in enumerate(orders):
        name = f"o{count}"
        engine.submit(
            Place(
                at=count, account="ab"[count % 2], cl_ord_id=name, request=request(side, str(qty), str(price))
            )
        )
        if cancels:
            account = "ab"[count % 2]
            engine.submit(
                Cancel(at=count, account=account, cl_ord_id="c", symbol="BTCUSDT", orig_cl_ord_id=name)
            )
        if count % every:
            continue
        update = feed.advance(market)
        if update is not None:
            assert update.first == number + 1 <= update.last
            number = update.last
            for half, changed in ((held["bids"], update.bids), (held["asks"], update.asks)):
                for price_, before, after in changed:
                    assert half.get(price_) == before != after
                    half.pop(price_, None)
                    if after is not None:
                        half[price_] = after
        assert held == {
            "bids": dict(market.book.bids.depth(999)),
            "asks": dict(market.book.asks.depth(999)),
        }
