"""The ladder under the hand: prices stay, nothing is sent by one key, what is not known or not live says so."""

import time
from decimal import Decimal

import pytest
from fake_desk import FakeDesk, make_order, replace_pending
from fake_scenes import market
from textual import events
from textual.geometry import Region

from blotter.desk.command import Amend, Cancel, Submit, Unwatch, Watch
from blotter.trading.book import BookState
from blotter.trading.enums import Side
from blotter.trading.order import OrderState

pytestmark = pytest.mark.anyio
D = Decimal
SIZES = [(80, 24), (200, 50)]
WIDTHS = [(80, 24), (120, 40), (200, 50)]
WIDE = (200, 50)


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    market(fake)
    return fake


def ladder(screen):
    return screen.app.view.depth.ladder


def prices(screen) -> list[str]:
    return [look.price for look in ladder(screen)._looks]


def foot(screen) -> str:
    return screen.app.view.depth.foot.plain


async def go_to(screen, price: str) -> None:
    """The cursor onto a price, by keys, at one tick in ten."""
    await screen.settle()
    while ladder(screen).group > 10:
        await screen.press("-")
    while ladder(screen).price != D(price):
        await screen.press("up" if ladder(screen).price < D(price) else "down")


# --- layouts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", WIDTHS)
async def test_key_two_is_the_ladder_at_every_width(start, size) -> None:
    async with start(size) as screen:
        await screen.press("2")
        await screen.settle()
        assert screen.app.focused is ladder(screen)
        assert "60,123.00" in screen.text
        assert "spread 0.20 (0.03bp)" in screen.text
        panes = screen.app.view.panes
        assert panes["depth"].display
        assert panes["orders"].display == (size[0] >= 120)


async def test_wide_has_the_ladder_left_and_the_ticket_below_it(start) -> None:
    async with start(WIDE) as screen:
        depth, ticket, orders = (screen.app.view.panes[n].region for n in ("depth", "ticket", "orders"))
        assert depth.x == ticket.x == 0
        assert depth.bottom <= ticket.y
        assert orders.x >= depth.right


# --- prices stay ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_market_moves_and_the_rows_do_not(start, size) -> None:
    async with start(size) as screen:
        await screen.press("2")
        await screen.settle()
        rows, price = prices(screen), ladder(screen).price
        for mid in ("60123.90", "60125.40", "60100.00", "70000.00"):
            screen.desk.book(mid=mid)
            await screen.settle()
            assert prices(screen) == rows
            assert ladder(screen).price == price


async def test_the_market_off_the_rows_says_where_it_is_until_c(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        screen.desk.book(mid="60200.00")
        await screen.settle()
        assert "▲ the market is at 60,200.00: c" in screen.text
        screen.desk.book(mid="60000.00")
        await screen.settle()
        assert "▼ the market is at 60,000.00: c" in screen.text
        await screen.press("c")
        await screen.settle()
        assert "the market is at" not in screen.text
        assert prices(screen)[len(prices(screen)) // 2] == "60,000.00"


async def test_grouping_keeps_the_line_under_the_cursor(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        line = prices(screen).index("60,122.60")
        await screen.press("-")
        assert ladder(screen).group == 5
        assert prices(screen)[line] == "60,122.60"
        assert ladder(screen).price == D("60122.60")
        await screen.press("+", "+", "+")
        assert ladder(screen).group == 50
        assert prices(screen)[line] == "60,122.50"
        await screen.settle()
        assert "rows ×50" in screen.text


async def test_the_wheel_scrolls_and_the_cursor_keeps_its_price(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        before, price = prices(screen), ladder(screen).price
        target = ladder(screen)
        for _ in range(2):
            target.post_message(scroll_down(target))
        await screen.settle()
        assert prices(screen)[:-6] == before[6:]
        assert ladder(screen).price == price
        for _ in range(9):
            target.post_message(scroll_down(target))
        await screen.settle()
        assert ladder(screen).price is None  # out of sight, and no verb acts on it
        await screen.press("b")
        await screen.settle()
        assert "no price is under the cursor" in screen.text
        assert screen.desk.commands == []


def scroll_down(widget) -> events.MouseScrollDown:
    return events.MouseScrollDown(widget, 5, 5, 0, 1, 0, False, False, False)


async def test_a_resize_keeps_the_middle(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        middle = prices(screen)[len(prices(screen)) // 2]
        await screen.pilot.resize_terminal(200, 60)
        await screen.settle()
        rows = prices(screen)
        assert abs(rows.index(middle) - len(rows) // 2) <= 1
        assert "60,123.40" in screen.text


# --- what shows ----------------------------------------------------------------------------------------------


async def test_ours_stand_in_place_with_what_is_left(start) -> None:
    async with start((120, 40)) as screen:
        await screen.press("2")
        await go_to(screen, "60124.10")
        looks = {look.price: look for look in ladder(screen)._looks}
        assert looks["60,124.10"].own_ask == "◐0.15"
        assert looks["60,122.60"].own_bid == "●0.5"
        assert looks["60,123.10"].own_bid == "…0.25"
        assert looks["60,122.90"].own_bid == "→0.25"
        assert looks["60,124.30"].own_ask == "?0.1"
        assert "◐ A-004119 SELL 0.15" in foot(screen)
        screen.desk.add_orders([make_order(4118, OrderState.CANCELED, qty="0.5", price="60122.60")])
        await screen.settle()
        assert {look.price: look for look in ladder(screen)._looks}["60,122.60"].own_bid == ""


async def test_beyond_the_known_depth_a_dot_and_never_an_empty_cell(start) -> None:
    async with start((120, 40)) as screen:
        await screen.press("2")
        await go_to(screen, "60121.50")
        looks = {look.price: look for look in ladder(screen)._looks}
        assert looks["60,121.80"].bid == "·"
        assert looks["60,121.90"].bid not in ("", "·")


@pytest.mark.parametrize("size", WIDTHS)
async def test_a_stale_book_is_struck_through_with_its_age_and_reason(start, size) -> None:
    async with start(size) as screen:
        await screen.press("2")
        screen.desk.book(state=BookState.STALE, reason="updates 8 to 9 are missing", since=3)
        await screen.settle()
        assert "STALE 3.0s: updates 8 to 9 are" in screen.text
        shown = [look for look in ladder(screen)._looks if look.bid not in ("", "·")]
        assert shown
        assert {look.bid_style for look in shown} == {"stale"}
        assert {look.bid_bar for look in shown} == {0}
        assert ladder(screen)._style("stale").strike
        screen.desk.book()
        await screen.settle()
        assert "book live" in screen.text


async def test_a_desk_that_stands_still_makes_the_book_stale(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        screen.desk.paused = True
        screen.desk.advance(3)
        await screen.settle()
        assert "STALE 3.0s: the desk does not answer" in screen.text
        assert {look.bid_style for look in ladder(screen)._looks if look.bid_bar} == set()


async def test_a_price_from_a_stale_book_is_said_to_be_the_traders(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        screen.desk.book(state=BookState.STALE, reason="crossed")
        await screen.settle()
        await screen.press("b")
        await screen.settle()
        assert "the book of BTCUSDT is stale (crossed)" in screen.text


async def test_spread_imbalance_and_last_trade(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        assert "asks 54%" in foot(screen)
        assert "last 60,123.50 ×0.02 ↑ 0.3s ago" in foot(screen)


# --- drafts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("key", "side"), [("b", Side.BUY), ("s", Side.SELL)])
async def test_a_draft_at_the_cursor_is_reviewed_and_sent(start, size, key, side) -> None:
    async with start(size, presets={"*": ("0.25",)}) as screen:
        await screen.press("2")
        await go_to(screen, "60122.90")
        await screen.press(key)
        await screen.settle()
        assert screen.app.focused is ladder(screen)
        assert any(
            "◇0.25" in (look.own_bid, look.own_ask) or "→" in look.own_bid for look in ladder(screen)._looks
        )
        assert screen.posted(Submit) == []
        await screen.press("enter")
        assert screen.posted(Submit) == []
        assert "REVIEW" in screen.text
        await screen.press("y")
        (submit,) = screen.posted(Submit)
        assert (submit.request.side, submit.request.price, submit.request.order_qty) == (
            side,
            D("60122.90"),
            D("0.25"),
        )
        assert screen.app.focused is ladder(screen)


async def test_no_key_of_the_ladder_sends(start) -> None:
    async with start(WIDE, presets={"*": ("0.25",)}) as screen:
        await screen.press("2", "b", "y", "space", "W", "b", "b", "s", "s", "escape")
        await screen.settle()
        assert screen.desk.commands == []
        await screen.press("b", *["enter"] * 5)
        assert screen.desk.commands == []


async def test_without_a_quantity_it_is_asked_for(start) -> None:
    async with start() as screen:
        await screen.press("2")
        await go_to(screen, "60122.90")
        await screen.press("b")
        command = screen.app.view.console.command
        assert screen.app.focused is command
        await screen.type("0.3")
        await screen.settle()
        await screen.press("enter", "y")
        (submit,) = screen.posted(Submit)
        assert (submit.request.order_qty, submit.request.price) == (D("0.3"), D("60122.90"))
        assert screen.app.focused is ladder(screen)
        screen.desk.answer(submit, order_ids=("A-1",))
        await screen.settle()
        await screen.press("up", "b")  # the quantity is known by now
        assert screen.app.entering.entry.reading.terms.order_qty == D("0.3")
        assert screen.app.entering.entry.reading.terms.price == D("60123.00")
        await screen.press("s")  # the other side, the other terms stay
        assert screen.app.entering.entry.reading.terms.side is Side.SELL
        await screen.press("escape")
        assert screen.app.entering.entry.reading.line == ""
        assert screen.app.focused is ladder(screen)


# --- ours ----------------------------------------------------------------------------------------------------


async def test_cancel_at_the_cursor(start) -> None:
    async with start() as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("x")
        assert [command.order_ids for command in screen.posted(Cancel)] == [("A-004118",)]


async def test_cancel_where_none_is_ours(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await go_to(screen, "60123.90")
        await screen.press("x")
        await screen.settle()
        assert "none of yours is at this price" in screen.text
        assert screen.desk.commands == []


async def test_several_at_a_price_are_asked_for(start) -> None:
    async with start(WIDE) as screen:
        screen.desk.add_orders([make_order(4130, price="60122.60")])
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("x")
        assert screen.desk.commands == []
        assert "CANCEL 2 orders" in screen.text
        await screen.press("y")
        (cancel,) = screen.posted(Cancel)
        assert set(cancel.order_ids) == {"A-004118", "A-004130"}


async def test_cancel_all_on_the_ladder_leaves_other_symbols(start) -> None:
    async with start(WIDE) as screen:
        screen.desk.add_orders([make_order(5000, symbol="ETHUSDT", price="3200")])
        await screen.press("2")
        await screen.settle()
        await screen.press("X", "y")
        (cancel,) = screen.posted(Cancel)
        assert set(cancel.order_ids) == {f"A-{n:06d}" for n in (4118, 4119, 4120, 4121, 4122)}


@pytest.mark.parametrize("size", SIZES)
async def test_an_order_is_picked_up_and_moved_under_review(start, size) -> None:
    async with start(size) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("space")
        assert "A-004118 → 60,122.60" in foot(screen)
        await go_to(screen, "60122.40")
        assert "A-004118 → 60,122.40" in foot(screen)
        await screen.press("a")
        assert screen.desk.commands == []
        assert "AMEND A-004118 BUY BTCUSDT" in screen.text
        await screen.press("y")
        (amend,) = screen.posted(Amend)
        assert ladder(screen).picked == ""
        assert (amend.order_id, amend.price, amend.order_qty) == ("A-004118", D("60122.40"), None)


async def test_what_is_picked_up_is_laid_down(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("space", "escape")
        assert ladder(screen).picked == ""
        await screen.press("space")
        screen.desk.add_orders(
            [make_order(4118, OrderState.FILLED, qty="0.5", price="60122.60", filled="0.5")]
        )
        await screen.settle()
        assert ladder(screen).picked == ""  # it is gone


@pytest.mark.parametrize("size", SIZES)
async def test_amend_opens_the_accepted_terms_and_comes_back(start, size) -> None:
    async with start(size) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("a")
        assert screen.app.entering.entry.reading.line.startswith("amend A-004118")
        await screen.press("escape")
        await screen.settle()
        assert screen.app.focused is ladder(screen)


async def test_enter_looks_at_the_order_under_the_cursor(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        await screen.press("enter")
        assert screen.app.looking.chosen == "A-004118"
        assert screen.app.focused is ladder(screen)


# --- mouse ---------------------------------------------------------------------------------------------------


def line_of(screen, price: str) -> int:
    return prices(screen).index(price) + 1


async def test_a_click_moves_the_cursor_and_a_double_click_only_drafts(start) -> None:
    async with start((120, 40), presets={"*": ("0.25",)}) as screen:
        await screen.settle()
        y = line_of(screen, "60,122.80")
        await screen.pilot.click("#ladder", offset=(10, y))
        assert ladder(screen).price == D("60122.80")
        assert screen.app.entering.entry.reading.line == ""
        await screen.pilot.click("#ladder", offset=(10, y), times=2)
        assert screen.app.entering.entry.reading.terms.side is Side.BUY
        await screen.pilot.click("#ladder", offset=(32, y), times=2)
        terms = screen.app.entering.entry.reading.terms
        assert (terms.side, terms.price) == (Side.SELL, D("60122.80"))
        await screen.pilot.click("#ladder", offset=(20, y), times=2)  # the price itself: nothing
        assert screen.app.entering.entry.reading.terms.side is Side.SELL
        await screen.pilot.click("#ladder", offset=(10, y), times=3)
        assert screen.desk.commands == []


async def test_after_a_click_the_way_back_is_to_the_ladder(start) -> None:
    """Else `x`, pressed for the ladder, would cancel the order under the cursor of another pane."""
    async with start((120, 40), presets={"*": ("0.25",)}) as screen:
        await screen.settle()
        await screen.pilot.click("#ladder", offset=(10, line_of(screen, "60,122.80")))
        await screen.press("b", "enter", "y")
        assert screen.posted(Submit)
        assert screen.app.focused is ladder(screen)
        assert screen.app.view.active == "depth"


# --- the symbol ----------------------------------------------------------------------------------------------


async def test_the_symbol_under_the_hand_stays(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        screen.app.deck.symbol = "ETHUSDT"  # an order that came in, say
        await screen.settle()
        assert ladder(screen).symbol == "BTCUSDT"
        assert "ETHUSDT is in view; 2 brings it here" in screen.text
        await screen.press("2")
        await screen.settle()
        assert ladder(screen).symbol == "ETHUSDT"
        assert ladder(screen).price is None
        assert "NO BOOK" in screen.text
        screen.desk.book("ETHUSDT", "3210.50")
        await screen.settle()
        assert "3,210.40" in screen.text


async def test_the_command_line_links_it(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.command("symbol eth")
        await screen.settle()
        assert ladder(screen).symbol == "ETHUSDT"


async def test_a_verb_for_a_symbol_that_has_left_is_dropped(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await go_to(screen, "60122.60")
        pane = ladder(screen)
        asked = pane.Asked("cancel", "ETHUSDT", D("3200"), ("A-004118",), "")
        screen.app.markets.asked(asked)
        assert screen.desk.commands == []


# --- what the desk is asked for ------------------------------------------------------------------------------


async def test_a_pane_on_the_screen_watches_and_one_that_is_gone_stops(start) -> None:
    async with start() as screen:
        assert screen.desk.watches == []
        await screen.press("2")
        await screen.settle()
        (watch,) = screen.desk.watches
        assert isinstance(watch, Watch)
        assert (watch.symbol, watch.levels) == ("BTCUSDT", 500)
        await screen.press("3")
        screen.desk.advance(59)
        await screen.settle()
        assert len(screen.desk.watches) == 1
        screen.desk.advance(2)
        await screen.settle()
        assert isinstance(screen.desk.watches[-1], Unwatch)
        assert screen.desk.watches[-1].symbol == "BTCUSDT"


async def test_a_symbol_that_flits_by_is_not_asked_for(start) -> None:
    async with start(WIDE) as screen:
        assert [watch.symbol for watch in screen.desk.watches] == ["BTCUSDT"]
        for symbol in ("ETHUSDT", "BTCUSDT", "ETHUSDT"):
            screen.app.deck.symbol = symbol
            await screen.settle()
            screen.desk.advance(0.1)
        assert len(screen.desk.watches) == 1
        screen.desk.advance(0.3)
        await screen.settle()
        assert [watch.symbol for watch in screen.desk.watches] == ["BTCUSDT", "ETHUSDT"]


async def test_a_refused_watch_says_why_and_is_asked_again_later(start) -> None:
    async with start() as screen:
        screen.desk.frame.books.clear()
        screen.app.model.market.books.clear()
        await screen.press("2")
        await screen.settle()
        screen.desk.answer(screen.desk.watches[-1], ok=False, text="there is no market data session")
        await screen.settle()
        assert "NO BOOK: there is no market data session" in screen.text
        screen.desk.advance(5)
        await screen.settle()
        assert len(screen.desk.watches) == 1
        screen.desk.advance(11)
        await screen.settle()
        assert len(screen.desk.watches) == 2
        screen.desk.answer(screen.desk.watches[-1])
        await screen.settle()
        assert "no market data session" not in screen.text


# --- the hot path --------------------------------------------------------------------------------------------


async def test_only_rows_that_changed_are_redrawn_and_nothing_is_laid_out(start, monkeypatch) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        asked: list[Region] = []
        layouts: list[int] = []
        monkeypatch.setattr(ladder(screen), "refresh", lambda *regions, **_: asked.extend(regions))
        monkeypatch.setattr(screen.app.view, "_refresh_layout", lambda *a, **k: layouts.append(1))
        view = screen.app.model.market.books["BTCUSDT"]
        bids = ((view.bids[0][0], D("0.55")), *view.bids[1:])
        screen.desk.book(bids=bids, bids_known_to=view.bids_known_to, asks_known_to=view.asks_known_to)
        await screen.settle()
        assert 1 <= len(asked) <= 3
        assert all(region.height == 1 for region in asked)
        for n in range(20):
            screen.desk.book(mid=f"{60123 + n % 3}.40")
            screen.desk.trade("60123.50")
            screen.desk.advance(0.1)
            await screen.settle()
        assert layouts == []


async def test_a_deep_book_costs_a_frame_little(start) -> None:
    async with start(WIDE) as screen:
        await screen.press("2")
        await screen.settle()
        views = [screen.desk.book(mid=f"{60123 + n}.40", step="0.01", levels=500) for n in range(2)]
        began = time.perf_counter()
        for n in range(100):
            ladder(screen).show_book(views[n % 2], live=True, last=None)
        assert (time.perf_counter() - began) / 100 < 0.01


async def test_an_amend_that_is_under_way_is_shown_where_it_goes(start) -> None:
    async with start((120, 40)) as screen:
        screen.desk.add_orders([make_order(4118, qty="0.5", price="60122.60",
                                           pending=(replace_pending(4118, "60123.30", "0.5"),))])  # fmt: skip
        await screen.press("2")
        await screen.settle()
        looks = {look.price: look for look in ladder(screen)._looks}
        assert looks["60,123.30"].own_bid == "→0.5"
        assert looks["60,122.60"].own_bid == "…0.5"
