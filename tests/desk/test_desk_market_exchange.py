"""The desk's market data against the embedded exchange: through gaps, drops and hand-overs."""

from decimal import Decimal

import pytest
from desk_all_sessions import all_sessions

from blotter.desk.command import HandOver, Unwatch, Watch
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.reader import TapeReader
from blotter.journal.tape import Kind
from blotter.trading.book import BookState
from blotter.venues.base import SessionKind

pytestmark = pytest.mark.anyio
BTC = "BTCUSDT"


@pytest.fixture
async def exchange(tmp_path):
    """A lively one."""
    config = ExchangeConfig(data_dir=tmp_path / "x", rate=50.0, block_scale=0, depth_interval=0.02, seed=5)
    async with serve(config) as running:
        yield running


def watch(desk, *symbols, **how):
    answers = []
    for symbol in symbols:
        desk.handle(Watch(id=symbol, symbol=symbol, **how), answers.append)
    assert all(answer.ok for answer in answers), answers


def is_live(desk, symbol=BTC):
    view = desk.market.book(symbol)
    return view is not None and view.state is BookState.LIVE


async def live(desk, *symbols, within=5.0):
    assert await desk.until(lambda: all(is_live(desk, one) for one in symbols), within), desk.told


async def same(desk, exchange, symbol=BTC):
    """The exchange stands still, and so does the desk's book: at the same levels."""
    market = exchange.engine.markets[symbol]
    exchange.inject(f"halt:{symbol}")

    def is_same() -> bool:
        view = desk.market.book(symbol)
        levels = (list(view.bids), list(view.asks))
        return levels == (market.book.bids.depth(500), market.book.asks.depth(500))

    assert await desk.until(is_same, 5), desk.market.book(symbol)
    assert is_live(desk, symbol)


async def test_a_book_is_the_exchanges_and_its_trades_are_seen(exchange, tmp_path):
    symbols = tuple(exchange.engine.markets)
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, *symbols, levels=500)
        await live(desk, *symbols)
        assert await desk.until(lambda: len(desk.market.trades(BTC, 99)) > 3, 5)
        for symbol in symbols:
            await same(desk, exchange, symbol)
        trades = desk.market.trades(BTC, 99)
        assert [one.trade_id for one in trades] == sorted({one.trade_id for one in trades}, reverse=True)
        frame = desk.feed.drain()
        assert set(frame.books) == set(symbols)
        assert frame.trades[BTC][0] == trades[0]
        assert await desk.until(lambda: symbols[-1] in desk.quotes, 5)  # watched, though not configured


async def test_a_gap_is_seen_told_and_mended(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, BTC, levels=500)
        await live(desk, BTC)
        exchange.inject("md-gap:BTCUSDT")
        assert await desk.until(lambda: desk.market.book(BTC).resyncs == 1, 5)
        assert any("book of BTCUSDT: updates" in text and "are missing" in text for text in desk.told)
        await same(desk, exchange)
        assert desk.quotes[BTC].doubt == ""


async def test_everything_is_subscribed_again_after_a_drop(exchange, tmp_path):
    symbols = (BTC, "ETHUSDT")
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, *symbols, levels=500)
        await live(desk, *symbols)
        desk.feed.drain()
        exchange.inject("drop:md")
        assert await desk.until(lambda: any("MD is down" in text for text in desk.told), 5)
        await live(desk, *symbols, within=10)
        assert await desk.until(lambda: all(symbol in desk.quotes for symbol in symbols), 5)
        before = desk.market.trades(BTC, 1)
        assert await desk.until(lambda: desk.market.trades(BTC, 1) != before, 5)
        for symbol in symbols:
            await same(desk, exchange, symbol)


async def test_a_wipe_begins_every_book_with_the_first_numbers(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, BTC, levels=500)
        await live(desk, BTC)
        number = desk.market.book(BTC).update_id
        assert await desk.until(lambda: desk.market.book(BTC).update_id > number + 100, 10)
        exchange.inject("wipe")
        assert await desk.until(lambda: desk.market.book(BTC).resyncs == 1, 10)
        assert desk.market.book(BTC).update_id < number + 100
        await same(desk, exchange)


async def test_a_hand_over_leaves_no_hole(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, BTC, levels=500)
        await live(desk, BTC)
        states = []

        def over() -> bool:
            states.append(desk.market.book(BTC).state)
            return any("logged out" in text for text in desk.told)

        desk.handle(HandOver(id="h", session=SessionKind.MARKET_DATA.value))
        assert await desk.until(over, 10)
        assert set(states) == {BookState.LIVE}
        await same(desk, exchange)


async def test_market_data_is_not_taped_and_watching_is_no_act(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, BTC)
        await live(desk, BTC)
        desk.handle(Unwatch(id="u", symbol=BTC))
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
    with TapeReader.open(tmp_path / "tape.sqlite3") as reader:
        entries = [row.entry for row in reader.rows()]
    assert not any(entry.msg_type in ("W", "X") for entry in entries)
    assert not any(entry.kind is Kind.ACT for entry in entries)
    assert [entry.msg_type for entry in entries if entry.session == "MD"].count("V") == 5


async def test_a_stale_feed_is_found_out_by_the_age_of_its_quotes(exchange, tmp_path):
    """Its session lives and its numbers have no gap: only the age tells, and price words refuse it."""
    async with all_sessions(exchange, tmp_path) as desk:
        watch(desk, BTC)
        await live(desk, BTC)
        exchange.inject("md-stale")
        at = desk.market.book(BTC).at
        assert await desk.until(lambda: desk.clock().wall - desk.market.book(BTC).at > 300_000_000, 5)
        assert desk.market.book(BTC).at <= at + 100_000_000
        assert desk.quotes[BTC].at <= at + 100_000_000


async def test_what_the_venue_does_not_list_is_refused(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path) as desk:
        answers = []
        desk.handle(Watch(id="w", symbol="NOSUCH"), answers.append)
        assert [(one.ok, one.field, one.text) for one in answers] == [
            (False, "symbol", "symbol NOSUCH is not listed by the venue")
        ]
        assert desk.quotes.keys() <= {BTC}
        assert all(isinstance(quote.bid, Decimal) for quote in desk.quotes.values())


async def test_a_symbol_the_exchange_does_not_know_is_named_and_the_others_are_quoted(exchange, tmp_path):
    symbols = (BTC, "NOSUCH", "ETHUSDT")
    async with all_sessions(exchange, tmp_path, symbols=symbols) as desk:
        assert await desk.until(lambda: set(desk.quotes) == set(symbols), 2), desk.quotes
        assert {one for one in symbols if desk.quotes[one].doubt} == {"NOSUCH"}
        assert [text for text in desk.told if "Invalid symbol" in text] == [
            "MD: symbol NOSUCH is not quoted: refused: Invalid symbol."
        ]
        assert desk.market_known()
