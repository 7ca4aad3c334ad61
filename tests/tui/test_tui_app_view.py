"""What is on the screen: grids and their links, the bar and its ages, layouts, and a screen that survives itself."""

import gc
import time

import pytest
from fake_desk import SECOND, FakeDesk, busy, busy_messages, down, make_order, raw
from rich.cells import cell_len
from textual import events
from textual.color import Color
from textual.widgets import Input

from blotter.desk.change import LinkState, MessageSeen, Severity
from blotter.desk.command import Cancel, QueryLimits, Reconnect
from blotter.desk.command import TestLink as LinkTest  # pytest would take it for a test
from blotter.trading.order import OrderState
from blotter.tui.help_screen import HelpScreen
from blotter.tui.line import Line

pytestmark = pytest.mark.anyio
SIZES = [(80, 24), (200, 50)]


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    busy(fake)
    return fake


def line_of(screen, text: str) -> str:
    return next(line for line in screen.text.splitlines() if text in line)


# --- orders --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_states_are_told_in_words_with_asked_terms_and_reasons(start, size) -> None:
    async with start(size) as screen:
        keys = screen.app.view.orders.visible_keys()
        assert keys[0] == "A-004116"  # unknown on top
        assert "? UNKNOWN" in line_of(screen, "‼ ")
        assert "PEND RPL → 3.5 @ 3,210" in line_of(screen, "004117")
        assert "4.000" in line_of(screen, "004117")  # the accepted quantity stays
        assert "PEND CXL" in line_of(screen, "004118")
        assert "REJECT Filter" in line_of(screen, "004113")


async def test_a_filter_is_typed_and_never_hides_the_unknown(start) -> None:
    async with start() as screen:
        grid = screen.app.view.orders
        await screen.press("/")
        await screen.type("sell sym:btc")
        assert grid.visible_keys() == ["A-004116", "A-004119"]
        await screen.press("enter")
        assert screen.app.focused is grid
        await screen.settle()
        assert "/sell" in screen.text
        await screen.press("escape")
        assert len(grid.visible_keys()) == 8
        await screen.command("filter state:fill")
        assert grid.visible_keys() == ["A-004116", "A-004115"]
        await screen.press("/", "escape")
        assert len(grid.visible_keys()) == 8


async def test_sorting_cycles(start) -> None:
    async with start((200, 50)) as screen:
        before = screen.app.view.orders.sort
        await screen.press("o")
        assert screen.app.view.orders.sort != before
        assert "sort: " in screen.text


async def test_columns_follow_the_width(start) -> None:
    async with start() as screen:
        assert "tif" not in line_of(screen, "filled")
        await screen.pilot.resize_terminal(200, 50)
        await screen.settle()
        assert "tif" in line_of(screen, "filled")
        assert screen.app.view.orders.cursor_key == "A-004116"


async def test_history_and_inspector_follow_the_order(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.settle()
        text = screen.text
        assert "A-004120  BUY 0.25 BTCUSDT POST 60,123.1" in text
        assert "ack 3.1ms  venue 553004120" in text
        assert "10ms" in text  # from our NewOrderSingle to its report
        assert "ExecutionReport" in text
        assert "104231" in text


async def test_enter_opens_the_history_and_its_message_the_inspector(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press("enter")
        assert screen.app.view.active == "history"
        assert "New  A-004120  venue 553004120" in screen.text
        await screen.press("G", "enter")
        assert screen.app.view.active == "inspector"
        assert "MsgSeqNum" in screen.text


async def test_messages_of_one_order(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004119")
        await screen.press("m")
        view = screen.app.view
        assert view.active == "messages"
        assert [view.messages.row(key).order_id for key in view.messages.visible_keys()] == ["A-004119"]
        await screen.press("escape")
        assert len(view.messages.visible_keys()) == 5


async def test_heartbeats_are_hidden_until_asked_for(start) -> None:
    async with start((200, 50)) as screen:
        assert "Heartbeat" not in screen.text
        await screen.press("5", "H")
        await screen.settle()
        assert "Heartbeat" in screen.text
        await screen.press("H")
        assert len(screen.app.view.messages.visible_keys()) == 5


async def test_inspector_raw_diff_and_copy(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press("8", "r")
        assert "8=FIX.4.4|9=214|35=8|" in screen.text
        await screen.press("r", "d")
        assert "was D" in screen.text
        await screen.press("y")
        assert "35=8|" in screen.app.clipboard
        assert "copied" in screen.text or "copied" in screen.app.model.notices[-1].text


async def test_secrets_and_control_characters_do_not_steer_the_terminal(start) -> None:
    async with start() as screen:
        screen.desk.frame.messages.append(
            MessageSeen(row=9, at=screen.desk.wall(), session="OE", outbound=False, seq=1, msg_type="8", name="X",
                        summary="\x1b[31mred [bold]x[/] \u202e", raw=raw(_35="8", _58="\x1b[2J"))
        )  # fmt: skip
        screen.desk.notice("[red]not markup[/] \x1b[2J")
        await screen.press("5")
        await screen.settle()
        assert "\x1b" not in screen.text
        assert "[red]not markup[/]" in screen.text


# --- the bar -------------------------------------------------------------------------------------------------


async def test_the_bar_says_what_there_is(start) -> None:
    async with start((200, 50)) as screen:
        first, second = screen.text.splitlines()[:2]
        assert "TESTNET" in first
        assert "OE ▲ LIVE  in 104,233 out 8,112  hb 0.4s/2.1s  rtt 3.1ms  clock +1.4ms" in first
        assert first.rstrip().endswith("10:14:22Z")
        assert "entry on" in second
        assert "order-ack 3.1ms" in second
        assert "tape 310us" in second
        assert "orders/10s 3/50" in second
        assert "‼1 UNKNOWN" in second


def style_at(screen, text: str) -> str:
    bar = screen.app.view.status
    content = bar._shown
    at = content.plain.index(text)
    return " ".join(str(span.style) for span in content.spans if span.start <= at < span.end)


async def test_ages_turn_amber_then_red_and_struck(start) -> None:
    async with start((200, 50)) as screen:
        for age, style in ((30, ""), (37, "bold $warn"), (61, "$danger strike")):
            screen.desk.set_link("OE", last_in=screen.desk.mono() - age * SECOND)
            screen.desk.frame.links.pop("MD", None)
            await screen.settle()
            assert style_at(screen, f"{age}s" if age < 60 else "1m") == style


async def test_a_desk_that_stands_still_is_said_and_ages_go_on(start) -> None:
    async with start() as screen:
        screen.desk.paused = True
        screen.desk.advance(1.5)
        await screen.settle()
        assert "DESK STALLED" not in screen.text
        screen.desk.advance(3)
        await screen.settle()
        assert "DESK STALLED 4.5s" in screen.text
        assert "hb4.9s" in screen.text


@pytest.mark.parametrize("size", SIZES)
async def test_a_lost_session_says_why_and_when_it_tries_again(start, size) -> None:
    async with start(size) as screen:
        down(screen.desk)
        await screen.settle()
        bar = "\n".join(screen.text.splitlines()[:2])
        assert "OE ▼ WAITING retry 3.0s connection reset by peer" in bar or "OE▼ retry 3.0s" in bar
        assert "connection reset by peer" in bar
        screen.desk.advance(1)
        await screen.settle()
        assert "retry 2.0s" in screen.text
        assert "UNKNOWN" in screen.text.splitlines()[0 if size == (80, 24) else 1]


async def test_a_stale_quote_is_struck_through(start) -> None:
    async with start() as screen:
        screen.app.deck.symbol = "BTCUSDT"
        screen.desk.advance(7)
        await screen.settle()
        assert "STALE 7.1s" in line_of(screen, "BTCUSDT  60,123.30")
        market = screen.app.view.market._shown
        at = market.plain.index("60,123.30")
        assert any("strike" in str(span.style) for span in market.spans if span.start <= at < span.end)


async def test_frames_tell_the_environment_by_line_and_colour(start) -> None:
    async with start((120, 40)) as screen:
        focused, other = screen.app.view.panes["orders"], screen.app.view.panes["depth"]
        colours = screen.app.get_css_variables()
        await screen.press("3")
        lines = {}
        for name in ("embedded", "testnet", "demo", "live"):
            screen.desk.set_desk(environment=name)
            await screen.settle()
            assert name.upper() in screen.text.splitlines()[0]
            lines[name] = other.styles.border_top[0], focused.styles.border_top[0]
            if name != "embedded":
                own = colours[f"env-{name}"].lower()
                assert focused.styles.border_top[1].hex.lower() == own
                quiet = other.styles.border_top[1]
                assert quiet.rgb == Color.parse(own).rgb
                assert (quiet.a == 1) == (name == "live")
        # Without colour, the line alone tells the play venues apart.
        assert lines == {
            "embedded": ("round", "round"), "testnet": ("dashed", "dashed"), "demo": ("double", "double"),
            "live": ("round", "heavy"),
        }  # fmt: skip


# --- layouts -------------------------------------------------------------------------------------------------


async def test_one_pane_at_a_time_when_narrow(start) -> None:
    async with start() as screen:
        for key, name in zip("345678 9 0".replace(" ", ""), (
            "orders", "executions", "messages", "positions", "history", "inspector", "sessions", "notices"
        ), strict=True):  # fmt: skip
            await screen.press(key)
            shown = [name for name, pane in screen.app.view.panes.items() if pane.display]
            assert shown == [name]
        await screen.press("1")
        assert screen.app.focused is screen.app.view.console.command


async def test_the_full_desk_when_wide(start) -> None:
    async with start((200, 50)) as screen:
        shown = {name for name, pane in screen.app.view.panes.items() if pane.display}
        assert shown == {
            "depth", "ticket", "positions", "orders", "executions", "messages", "history", "inspector"
        }  # fmt: skip
        await screen.press("9")
        await screen.settle()
        assert screen.app.view.panes["sessions"].display
        assert "fix-oe.testnet.binance.vision" in screen.text


async def test_tab_goes_round(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press("tab")
        assert screen.app.view.active == "executions"
        await screen.press("shift+tab", "shift+tab")
        assert screen.app.view.active == "ticket"


async def test_resizing_keeps_draft_cursor_and_selection(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("A-004119")
        await screen.press("space", ":")
        await screen.type("buy 0.25 btc @ 60000")
        for size in ((80, 24), (60, 10), (120, 40), (200, 50)):
            await screen.pilot.resize_terminal(*size)
            await screen.settle()
            assert all(cell_len(line) == size[0] for line in screen.text.splitlines())
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"
        assert screen.app.view.orders.selected == {"A-004119"}


async def test_too_small_says_so_and_still_stops(start) -> None:
    async with start((70, 20)) as screen:
        assert "70x20 is too small: 80x24 at least" in screen.text
        assert "5 open orders, 1 UNKNOWN" in screen.text
        await screen.press("f8", "f8")
        assert [command.cancel for command in screen.desk.commands] == [False, True]
        assert "0 of 5 ended" in screen.text


# --- help, verbs, notices ------------------------------------------------------------------------------------


async def test_help_is_for_the_focused_pane_and_closes(start) -> None:
    async with start() as screen:
        await screen.press("?")
        assert isinstance(screen.app.screen, HelpScreen)
        text = screen.app.screen.text
        assert text.index("Cancel the selected orders") < text.index("Show or hide heartbeats")
        assert ":mass cancel SYMBOL" in text
        await screen.press("escape")
        assert screen.app.screen is screen.app.view


async def test_verbs(start) -> None:
    async with start() as screen:
        for line, kind in (("test", LinkTest), (":limits", QueryLimits), ("reconnect", Reconnect)):
            await screen.command(line)
            if kind is Reconnect:  # of every session: by the word
                await screen.press("a", "l", "l", "enter")
            assert len(screen.posted(kind)) == 1
        await screen.command("symbol eth")
        assert screen.app.deck.symbol == "ETHUSDT"
        await screen.command("sessions")
        assert screen.app.view.active == "sessions"
        await screen.command("history 4119")
        assert screen.app.looking.chosen == "A-004119"
        await screen.command("theme desk-light")
        assert screen.app.theme == "desk-light"
        await screen.command("theme nope")
        assert "nope is not a theme" in screen.text
        await screen.press("escape")
        await screen.command("sesions")
        assert "neither an order (buy, sell, amend) nor a verb" in screen.text


async def test_a_key_map_moves_keys_footer_and_help(start) -> None:
    async with start(keymap={"app.stop": "f7", "orders.cancel": "K"}) as screen:
        assert "F7 STOP" in screen.text
        await screen.press("x", "f8", "K")
        assert len(screen.posted(Cancel)) == 1
        await screen.press("f7")
        assert "ENTRY IS OFF" in screen.text


async def test_a_wrong_key_map_is_told_and_not_used(start) -> None:
    async with start(keymap={"orders.destroy": "u"}) as screen:
        assert "orders.destroy: there is no such action" in screen.app.model.notices[-1].text
        assert "F8 STOP" in screen.text


async def test_notices_are_a_line_and_a_list(start) -> None:
    async with start() as screen:
        screen.desk.notice("MD: maintenance at 11:00", Severity.WARNING)
        await screen.settle()
        assert "MD: maintenance at 11:00" in screen.text
        screen.desk.advance(60)
        await screen.settle()
        assert "(1m ago)" in screen.text
        await screen.press("0")
        assert "FILLED 0.100 BTCUSDT" in screen.text


async def test_letters_typed_into_inputs_run_nothing(start) -> None:
    async with start() as screen:
        for opener in (":", "/"):
            await screen.press(opener)
            await screen.type("xXQaywn1 9?")
            assert isinstance(screen.app.focused, Input)
            assert screen.desk.commands == []
            await screen.press("escape")


async def test_a_burst_of_keys_goes_where_it_was_meant(start) -> None:
    """As a slow link delivers it: the x of xrp is a letter of the line, not the cancel key of the list."""
    async with start() as screen:
        await screen.type(":buy 5 xrp")
        assert screen.app.view.console.command.value == "buy 5 xrp"
        assert screen.posted(Cancel) == []


async def test_a_key_that_is_lost_does_not_take_the_keyboard_with_it(start) -> None:
    async with start() as screen:
        screen.app._under_way = 99  # something swallowed what followed this key
        screen.app.post_message(events.Key("5", "5"))
        await screen.pilot.pause(0)
        assert screen.app.view.active == "orders"
        for _ in range(12):
            screen.app._frame()
        await screen.pilot.pause()
        assert screen.app.view.active == "messages"
        assert screen.app.keys_settled


# --- many, and failing ---------------------------------------------------------------------------------------


async def test_thousands_of_orders_in_one_frame(start) -> None:
    async with start((200, 50)) as screen:
        orders = [make_order(10_000 + n, OrderState.NEW if n % 3 else OrderState.FILLED) for n in range(5000)]
        screen.desk.add_orders(orders)
        screen.desk.frame.messages.extend(busy_messages() * 500)
        began = time.perf_counter()
        screen.app._frame()
        assert time.perf_counter() - began < 3.0
        await screen.settle()
        assert len(screen.app.view.orders.visible_keys()) == 5008
        screen.desk.add_orders(orders[:1])
        began = time.perf_counter()
        screen.app._frame()
        assert time.perf_counter() - began < 0.3


async def test_no_layout_on_the_hot_path(start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start((200, 50)) as screen:
        await screen.settle()
        layouts = []
        monkeypatch.setattr(screen.app.view, "_refresh_layout", lambda *a, **k: layouts.append(1))
        for n in range(20):
            screen.desk.add_orders(
                [make_order(20_000 + n), make_order(4119, OrderState.PARTIALLY_FILLED, filled="0.2")]
            )
            screen.desk.frame.messages.extend(busy_messages())
            screen.desk.quote("BTCUSDT", f"{60000 + n}.00", f"{60001 + n}.00")
            screen.desk.notice(f"notice {n}")
            screen.desk.set_link(last_in=screen.desk.mono(), messages_in=n)
            screen.desk.advance(0.1)
            await screen.settle()
        assert layouts == []


async def test_the_frame_timer_drains(start) -> None:
    async with start(fps=30) as screen:
        before = screen.desk.drains
        await screen.pilot.pause(0.3)
        assert 3 <= screen.desk.drains - before <= 15


async def test_a_failing_handler_is_told_and_the_screen_goes_on(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(survive=True) as screen:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("broken pane")

        monkeypatch.setattr(screen.app.cancelling, "lines", fail)
        await screen.press("x")
        await screen.settle()
        assert "screen: RuntimeError: broken pane" in screen.text
        monkeypatch.undo()
        await screen.press("x")
        assert len(screen.posted(Cancel)) == 1


async def test_a_failing_drain_and_a_failing_pane_do_not_stop_the_frames(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(survive=True) as screen:
        screen.desk.fail_drain = RuntimeError("no drain")
        await screen.settle()
        assert "no drain" in screen.app.model.notices[-1].text
        monkeypatch.setattr(screen.app.view.orders, "upsert", lambda *a, **k: 1 / 0)
        screen.desk.add_orders([make_order(1)])
        screen.desk.notice("still here")
        await screen.settle()
        texts = [notice.text for notice in screen.app.model.notices]
        assert any("ZeroDivisionError" in text for text in texts)
        assert "still here" in texts


async def test_a_failing_list_of_notices_does_not_end_the_screen(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(survive=True) as screen:
        monkeypatch.setattr(screen.app.view.notices.notices, "upsert", lambda *a, **k: 1 / 0)
        screen.desk.notice("told in the line")
        await screen.settle()
        assert "ZeroDivisionError" in screen.text
        await screen.press("x")
        assert len(screen.posted(Cancel)) == 1


async def test_failures_without_end_end_the_screen(start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start(survive=True) as screen:
        monkeypatch.setattr(screen.app.view.orders, "upsert", lambda *a, **k: 1 / 0)
        for n in range(10):
            screen.desk.add_orders([make_order(n)])
            screen.app._frame()
        screen.desk.add_orders([make_order(11)])
        with pytest.raises(ZeroDivisionError):
            screen.app._frame()


async def test_the_garbage_of_the_start_is_frozen(start, freeze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "freeze", freeze)
    before = gc.get_freeze_count()
    async with start():
        assert gc.get_freeze_count() > before + 1000


async def test_no_worker_may_end_the_app(start) -> None:
    async with start() as screen:
        assert len(screen.app.workers) == 0


def test_a_line_shows_text_and_not_markup() -> None:
    line = Line()
    from blotter.tui.line import content

    assert content("[b]x").plain == "[b]x"
    assert line.plain == ""


async def test_states_of_a_link_have_words(start) -> None:
    async with start((200, 50)) as screen:
        for state in LinkState:
            screen.desk.set_link("OE", state)
            await screen.settle()
            assert state.value.upper() in screen.text.splitlines()[0]
