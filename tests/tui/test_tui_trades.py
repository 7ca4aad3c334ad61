"""Trades, the price line and the watchlist: what was told, with its age, and nothing in between."""

from decimal import Decimal

import pytest
from fake_desk import SECOND, START, FakeDesk
from fake_scenes import market
from hypothesis import given
from hypothesis import strategies as st

from blotter.desk.change import Frame
from blotter.trading.enums import Side
from blotter.trading.instrument import Quote
from blotter.trading.trades import PublicTrade
from blotter.tui.market_past import Base
from blotter.tui.market_seen import MarketSeen, Second, Trades
from blotter.tui.price_line import Extent, braille, buckets

D = Decimal
SIZES = [(80, 24), (120, 40), (200, 50)]


def trade(price: str, size: str = "1", side: Side | None = Side.BUY, at: int = 0) -> PublicTrade:
    return PublicTrade(symbol="BTCUSDT", price=D(price), size=D(size), at=START + at, aggressor=side)


# --- prints --------------------------------------------------------------------------------------------------


def test_trades_of_one_side_at_one_price_are_one_print():
    trades = Trades()
    trades.add(
        [trade("10", "1"), trade("10", "2", at=5), trade("10", "4", Side.SELL, at=6), trade("11", at=7)]
    )
    assert [(p.price, p.size, p.count, p.way) for p in trades.prints] == [
        (D(10), D(3), 2, 0),
        (D(10), D(4), 1, 0),
        (D(11), D(1), 1, 1),
    ]
    assert trades.prints[0].at == START + 5


def test_a_print_does_not_grow_for_ever():
    trades = Trades()
    trades.add(trade("10", at=n * SECOND // 2) for n in range(7))
    assert [p.count for p in trades.prints] == [3, 3, 1]


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([Side.BUY, Side.SELL, None]), st.integers(0, SECOND))
    )
)
def test_grouping_loses_no_size_and_no_side(made):
    trades, at = Trades(), 0
    for price, side, later in made:
        at += later
        trades.add([trade(str(price), "1", side, at)])
    for side in (Side.BUY, Side.SELL, None):
        assert sum(p.size for p in trades.prints if p.aggressor is side) == sum(s is side for _, s, _ in made)
    assert [p.number for p in trades.prints] == list(range(len(trades.prints)))


def test_frames_are_newest_first_and_the_tape_is_not():
    seen = MarketSeen()
    seen.apply(Frame(trades={"BTCUSDT": (trade("12", at=2), trade("11", at=1), trade("10"))}))
    assert [p.price for p in seen.trades["BTCUSDT"].prints] == [D(10), D(11), D(12)]
    assert seen.last("BTCUSDT").price == 12
    assert seen.last("ETHUSDT") is None


def test_what_is_new_since_a_print():
    trades = Trades()
    trades.add([trade("10"), trade("11"), trade("12")])
    assert [p.number for p in trades.since(1)] == [1, 2]
    assert trades.since(9) == []


def test_the_first_middle_is_kept_and_one_in_doubt_is_none():
    seen = MarketSeen()
    seen.apply(Frame(quotes={"X": Quote(symbol="X", at=1, doubt="crossed")}))
    assert seen.middles == {}
    for at, bid in ((2, "10"), (3, "20")):
        seen.apply(Frame(quotes={"X": Quote(symbol="X", at=at, bid=D(bid), ask=D(bid) + 2)}))
    assert seen.middles["X"].base == Base(D(11), 2)


# --- the line ------------------------------------------------------------------------------------------------


def test_a_stretch_without_trades_stays_empty():
    seconds = [Second(100, D(1), D(3), D(2)), Second(101, D(2), D(2), D(2)), Second(190, D(5), D(5), D(5))]
    found, whole = buckets(seconds, 100, 100, 10)
    assert found[0] == Extent(D(1), D(3), D(2))
    assert found[1:9] == [None] * 8
    assert whole == Extent(D(1), D(5), D(5))
    assert buckets(seconds, 300, 100, 10) == ([None] * 10, None)


def test_braille_has_the_low_at_the_bottom_and_the_high_on_top():
    found = [Extent(D(1), D(1), D(1)), None, Extent(D(9), D(9), D(9)), None]
    assert braille(found, D(1), D(9), 2) == ["⠀⠁", "⡀⠀"]
    assert braille(found, D(1), D(1), 1)[0] != "⠀⠀"


def test_neighbours_are_joined():
    found = [Extent(D(1), D(1), D(1)), Extent(D(9), D(9), D(9))]
    assert braille(found, D(1), D(9), 1) == ["⣸"]


@given(
    st.lists(
        st.none() | st.integers(1, 1000).map(lambda n: Extent(D(n), D(n), D(n))), min_size=1, max_size=60
    ),
    st.integers(1, 8),
)
def test_every_stretch_with_trades_has_a_dot_and_no_other(found, height):
    prices = [extent.low for extent in found if extent is not None] or [D(1)]
    lines = braille(found, min(prices), max(prices), height)
    assert len(lines) == height
    for column, extent in enumerate(found):
        mask = 0x47 if column % 2 == 0 else 0xB8
        lit = any((ord(line[column // 2]) - 0x2800) & mask for line in lines)
        assert lit == (extent is not None)


# --- the panes -----------------------------------------------------------------------------------------------


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    market(fake)
    return fake


@pytest.mark.anyio
@pytest.mark.parametrize("size", SIZES)
async def test_the_tape_newest_on_top(start, size) -> None:
    async with start(size) as screen:
        await screen.press("P")
        await screen.settle()
        grid = screen.app.view.trades.grid
        assert screen.app.focused is grid
        first = grid.row(grid.visible_keys()[0])
        assert (first.price, first.aggressor) == (D("60123.50"), Side.BUY)
        lines = [line for line in screen.text.splitlines() if "60,123.30" in line and "SELL" in line]
        assert any("▼ SELL" in line and "0.004" in line for line in lines)
        assert "0.2 ×2" in screen.text
        screen.desk.trade("60123.70", "7.5", age=0)
        await screen.settle()
        assert grid.row(grid.visible_keys()[0]).size == D("7.5")
        assert "7.5" in screen.text
        screen.desk.trade("60123.70", "1.5", age=0)
        await screen.settle()
        assert grid.row(grid.visible_keys()[0]).size == D(9)


@pytest.mark.anyio
async def test_another_symbol_has_its_own_tape(start) -> None:
    async with start() as screen:
        await screen.press("P")
        screen.desk.trade("3210.50", symbol="ETHUSDT")
        await screen.settle()
        await screen.command("symbol eth")
        await screen.settle()
        await screen.settle()
        grid = screen.app.view.trades.grid
        assert [grid.row(key).price for key in grid.visible_keys()] == [D("3210.50")]
        await screen.command("symbol btc")
        await screen.settle()
        await screen.settle()
        assert len(grid.visible_keys()) > 100


@pytest.mark.anyio
@pytest.mark.parametrize("size", SIZES)
async def test_the_line_over_more_and_less_time(start, size) -> None:
    async with start(size) as screen:
        await screen.press("P")
        await screen.settle()
        line = screen.app.view.trades.line
        assert line.plain.startswith(" 15m  hi 60,142.55 lo 60,118.40 last 60,123.50  0.3s")
        await screen.press("-")
        await screen.settle()
        assert line.plain.startswith(" 5m ")
        await screen.press("+", "+", "+", "+", "+")
        await screen.settle()
        assert line.plain.startswith(" 4h ")
        if size[0] != 200:  # there is no room for it
            assert "since 09:59:22" in line.plain


@pytest.mark.anyio
async def test_without_trades_the_line_says_so(start) -> None:
    async with start() as screen:
        await screen.press("P")
        await screen.command("symbol eth")
        await screen.settle()
        assert "no trade of ETHUSDT seen in 15m" in screen.text
        assert "No trade seen yet." in screen.text


@pytest.mark.anyio
@pytest.mark.parametrize("size", SIZES)
async def test_the_watchlist_links_and_strikes_through_what_is_old(start, size) -> None:
    async with start(size) as screen:
        await screen.press("M")
        await screen.settle()
        assert "● BTCUSDT" in screen.text
        screen.desk.quote("ETHUSDT", "3242.50", "3242.70", age=0)
        await screen.settle()
        assert "+1.00%" in screen.text
        watchlist = screen.app.view.watchlist
        watchlist.move_cursor_to("ETHUSDT")
        await screen.press("enter")
        await screen.settle()
        assert "● ETHUSDT" in screen.text
        assert "● BTCUSDT" not in screen.text
        assert screen.app.deck.symbol == "ETHUSDT"
        assert screen.app.markets.symbol == "ETHUSDT"
        row = watchlist.row("ETHUSDT")
        old = START + 60 * SECOND
        cells = {c.id: c.value(row, old) for c in watchlist._painter.columns}
        assert {cells[name].style for name in ("bid", "ask", "spread", "change")} == {"stale"}
        assert cells["age"].style == "danger"


@pytest.mark.anyio
async def test_a_quote_in_doubt_has_no_prices_and_says_why(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press("M")
        await screen.settle()
        line = next(line for line in screen.text.splitlines() if "币安人生USDT" in line)
        assert "its book lost something: updates" in line
        await screen.command("symbol 币安人生usdt")
        await screen.settle()
        assert "no price: its book lost something" in screen.text


@pytest.mark.anyio
async def test_the_middle_of_the_full_desk_keeps_what_was_gone_to_last(start) -> None:
    async with start((200, 50)) as screen:
        panes = screen.app.view.panes
        await screen.press("P", "3")
        assert panes["trades"].display
        assert not panes["executions"].display
        await screen.press("9", "3")
        assert panes["trades"].display
        await screen.press("4", "3")
        assert panes["executions"].display
        assert not panes["trades"].display


@pytest.mark.anyio
async def test_the_panes_have_words(start) -> None:
    async with start() as screen:
        for word in ("depth", "trades", "watchlist"):
            assert screen.app.view.active != word
            await screen.command(word)
            assert screen.app.view.active == word
