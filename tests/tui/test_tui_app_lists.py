"""Order lists as parents with legs, held terms, contingent orders: how they look, and the verbs on them."""

import msgspec
import pytest
from fake_desk import FakeDesk, make_order
from fake_scenes import add_held, add_list, bracket, lists, oco, stop_order

from blotter.desk.command import Amend, Cancel, CancelAll, CancelList, Drop, Hold, Release, Resolve, Submit
from blotter.trading.enums import Side
from blotter.trading.order import OrderState
from blotter.trading.order_list import ListState

pytestmark = pytest.mark.anyio
FAMILY = ["L-000031", "A-004201", "A-004202"]


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    lists(fake)
    return fake


def line_of(screen, text: str) -> str:
    """The line of the orders grid that has this text."""
    grid = screen.app.view.orders
    lines = (grid.render_line(y).text for y in range(grid.size.height))
    return next(line for line in lines if text in line)


def place(screen, keys: list[str]) -> int:
    visible = screen.app.view.orders.visible_keys()
    return next(i for i in range(len(visible)) if visible[i : i + len(keys)] == keys)


@pytest.mark.parametrize("size", [(200, 50), (250, 60)])
async def test_a_list_stands_above_its_legs(start, size) -> None:
    async with start(size) as screen:
        assert place(screen, FAMILY)
        parent, stop, take = (line_of(screen, text) for text in ("L-000031", "├ sl 4201", "└ tp 4202"))
        assert "OCO" in parent
        assert "▾ 2 legs" in parent
        assert "STP" in stop
        assert "◌ HELD" in stop
        assert "POST" in take
        assert "● WORKING" in take
        assert "◌ PENDING" in line_of(screen, "├ sl 4212")
        assert "● WORKING" in line_of(screen, "├ in 4211")


async def test_triggers_are_said_where_prices_are(start) -> None:
    async with start((250, 60)) as screen:  # wide enough for a column of their own
        assert "stop 58,000.00" in line_of(screen, "004221")
        assert "take 62,500.00" in line_of(screen, "004222")
        assert "62,450.00" in line_of(screen, "004222")
        assert "trail 0.5 %" in line_of(screen, "004223")
        assert "TRL" in line_of(screen, "004223")
        assert "◉ TRIGGERED" in line_of(screen, "004224")


async def test_triggers_in_a_narrow_grid(start) -> None:
    async with start((200, 50)) as screen:
        assert "≤58,000.00" in line_of(screen, "004221")
        assert "≥62,500.00" in line_of(screen, "004222")
        assert "HELD then @ 62,450" in line_of(screen, "004222")
        assert "~0.5 %" in line_of(screen, "004223")


async def test_held_terms_look_like_nothing_at_the_venue(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("H-000004")
        await screen.settle()
        assert "◇ HELD HERE, not at" in line_of(screen, "H-000004")


async def test_folding_and_unfolding(start) -> None:
    async with start((200, 50)) as screen:
        grid = screen.app.view.orders
        grid.move_cursor_to("A-004202")
        await screen.press("z")
        assert "A-004201" not in grid.visible_keys()
        assert grid.cursor_key == "L-000031"
        assert "▸ 2 legs" in line_of(screen, "L-000031")
        await screen.press("z")
        assert place(screen, FAMILY)
        grid.move_cursor_to("A-004202")
        await screen.press("left")
        assert grid.cursor_key == "L-000031"
        await screen.press("left")
        assert "A-004201" not in grid.visible_keys()
        await screen.press("right")
        assert "A-004201" in grid.visible_keys()


async def test_filter_and_sort_keep_a_family_together(start) -> None:
    async with start((200, 50)) as screen:
        grid = screen.app.view.orders
        await screen.command("filter l-000031")
        assert grid.visible_keys() == ["A-004116", *FAMILY]  # the unknown one is never hidden
        await screen.command("filter 4202")
        assert grid.visible_keys() == ["A-004116", *FAMILY]
        await screen.press("/", "escape")
        for _ in range(8):
            await screen.press("o")
            assert place(screen, FAMILY)
            await screen.press("i")
            assert place(screen, FAMILY)


async def test_a_parent_stays_while_its_legs_end(start, desk: FakeDesk) -> None:
    async with start((200, 50)) as screen:
        order_list, legs = oco()
        gone = [msgspec.structs.replace(leg, state=OrderState.FILLED) for leg in legs[1:]]
        ended = [msgspec.structs.replace(leg, state=OrderState.EXPIRED) for leg in legs[:1]]
        screen.desk.add_orders([*gone, *ended])
        screen.desk.frame.lists[order_list.id] = msgspec.structs.replace(order_list, state=ListState.ALL_DONE)
        await screen.settle()
        assert place(screen, FAMILY)
        assert "done" in line_of(screen, "L-000031")


async def test_an_unknown_leg_brings_its_family_to_the_top(start, desk: FakeDesk) -> None:
    async with start((200, 50)) as screen:
        _, legs = oco()
        doubted = [
            msgspec.structs.replace(
                legs[0],
                state=OrderState.UNCONFIRMED,
                placements=(msgspec.structs.replace(legs[0].placements[0], state=OrderState.UNCONFIRMED),),
            )
        ]
        screen.desk.add_orders(doubted)
        await screen.command("filter nothing-matches-this")
        await screen.settle()
        assert set(screen.app.view.orders.visible_keys()) == {"A-004116", *FAMILY}


# --- cancels -------------------------------------------------------------------------------------------------


async def test_a_list_is_cancelled_whole_after_naming_its_legs(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("L-000031")
        await screen.press("x")
        assert "CANCEL 2 orders:  2 SELL BTCUSDT" in screen.text
        assert screen.desk.commands == []
        await screen.press("y")
        (command,) = screen.desk.commands
        assert isinstance(command, CancelList)
        assert command.list_id == "L-000031"


async def test_a_leg_warns_that_it_takes_its_list_along(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004202")
        await screen.press("x")
        assert "takes L-000031 along, 1 order more" in screen.text
        assert screen.desk.commands == []
        await screen.press("y")
        assert screen.posted(Cancel)[0].order_ids == ("A-004202",)


async def test_a_list_and_its_leg_are_asked_for_once(start) -> None:
    async with start() as screen:
        grid = screen.app.view.orders
        for key in ("L-000031", "A-004202", "A-004120"):
            grid.move_cursor_to(key)
            await screen.press("space")
        await screen.press("x")
        assert "CANCEL 3 orders" in screen.text
        await screen.press("y")
        assert [command.list_id for command in screen.posted(CancelList)] == ["L-000031"]
        assert [command.order_ids for command in screen.posted(Cancel)] == [("A-004120",)]


async def test_a_cancel_of_the_view_leaves_held_terms_here(start) -> None:
    async with start() as screen:
        await screen.press("X", "y")
        assert screen.posted(Drop) == []
        assert {command.list_id for command in screen.posted(CancelList)} == {"L-000031", "L-000032"}
        assert "A-004202" not in screen.posted(Cancel)[0].order_ids


async def test_sides_symbols_and_all_name_who_goes(start) -> None:
    async with start((120, 40)) as screen:
        for line, says, command in (
            ("cancel buys", "CANCEL BUY ", (None, Side.BUY)),
            ("cancel sells btc", "CANCEL SELL BTCUSDT ", ("BTCUSDT", Side.SELL)),
            ("cancel all", "CANCEL ALL ", (None, None)),
        ):
            assert says not in screen.text, line
            await screen.command(line)
            assert says in screen.text, line
            assert "takes" in screen.text or "along" not in screen.text, line
            await screen.press("y")
            (sent,) = screen.posted(CancelAll)
            assert (sent.symbol, sent.side) == command, line
            screen.desk.commands.clear()


async def test_held_terms_are_dropped_by_the_cancel_key(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("H-000004")
        await screen.press("x")
        assert [command.held_id for command in screen.posted(Drop)] == ["H-000004"]
        screen.desk.frame.held["H-000004"] = None
        await screen.settle()
        assert "H-000004" not in screen.app.view.orders.visible_keys()


# --- hold, release, clone, resolve ---------------------------------------------------------------------------


async def test_a_working_order_is_held_at_one_key(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press("u")
        assert [command.order_id for command in screen.posted(Hold)] == ["A-004120"]


async def test_several_are_held_after_a_question(start) -> None:
    async with start() as screen:
        grid = screen.app.view.orders
        for key in ("A-004120", "A-004119"):
            grid.move_cursor_to(key)
            await screen.press("space")
        await screen.press("u")
        assert "HOLD 2 orders:  1 BUY BTCUSDT, 1 SELL BTCUSDT" in screen.text
        await screen.press("y")
        assert {command.order_id for command in screen.posted(Hold)} == {"A-004120", "A-004119"}


async def test_a_leg_cannot_be_held_apart(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004202")
        await screen.press("u")
        assert screen.desk.commands == []
        assert "legs of a list" in screen.app.model.notices[-1].text


async def test_held_terms_are_reviewed_before_they_leave(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("H-000004")
        await screen.press("u")
        assert "SUBMIT H-000004  BUY 0.25000 BTCUSDT" in screen.text
        assert screen.desk.commands == []
        await screen.press("y", "y")
        (release,) = screen.desk.commands
        assert isinstance(release, Release)
        assert (release.held_id, release.accept_rules) == ("H-000004", ())
        screen.desk.answer(
            release,
            ok=False,
            warning=True,
            text="collar",
            warnings=("collar: 90 bp of 50",),
            warning_rules=("price collar",),
        )
        await screen.settle()
        screen.desk.advance(1)
        await screen.press("y", "W")
        assert [command.accept_rules for command in screen.posted(Release)] == [(), ("price collar",)]


async def test_new_terms_are_held_by_a_line(start) -> None:
    async with start() as screen:
        await screen.command("hold buy 0.25 btc @ 59000")
        (hold,) = screen.desk.commands
        assert isinstance(hold, Hold)
        assert str(hold.request.price) == "59000"


async def test_clones_of_lists_and_held_terms_are_drafts(start) -> None:
    async with start((120, 40)) as screen:
        for key, line in (
            ("H-000004", "buy 0.25 BTCUSDT @ 59500 gtc"),
            ("L-000031", "oco sell 0.25 BTCUSDT @ 61000 post stop 59000"),
        ):
            screen.app.view.go("orders")
            screen.app.view.orders.move_cursor_to(key)
            await screen.press("w")
            assert screen.app.view.console.command.value == line
            assert screen.app.entering.entry.reading.ready
        assert screen.desk.commands == []


async def test_with_several_selected_only_cancel_ticks_and_hold_remain(start) -> None:
    async with start() as screen:
        await screen.press("*")
        for key in "awme":
            await screen.press(key)
            assert "are selected; one at a time" in screen.app.model.notices[-1].text
        assert screen.desk.commands == []
        assert screen.app.view.active == "orders"


async def test_an_order_in_doubt_is_resolved_with_a_note(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004116")
        await screen.press("e")
        assert screen.app.view.console.command.value == "resolve A-004116 "
        await screen.press("enter")
        assert "next: a note" in screen.text
        await screen.type("asked the venue by phone")
        await screen.press("enter")
        assert "RESOLVE" in screen.text
        assert screen.desk.commands == []
        await screen.press("y")
        (resolve,) = screen.posted(Resolve)
        assert (resolve.order_id, resolve.note) == ("A-004116", "asked the venue by phone")


async def test_what_is_not_in_doubt_is_not_resolved(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press("e")
        assert "not in doubt" in screen.app.model.notices[-1].text


# --- ticks ---------------------------------------------------------------------------------------------------


async def test_a_tick_is_one_amend_at_once(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press(">")
        (amend,) = screen.desk.commands
        assert isinstance(amend, Amend)
        assert (amend.order_id, str(amend.price), amend.order_qty) == ("A-004120", "60123.11", None)
        screen.desk.advance(0.5)
        await screen.press("<")
        assert len(screen.desk.commands) == 1
        assert "an amend of A-004120 has no answer yet" in screen.app.model.notices[-1].text
        screen.desk.answer(amend)
        screen.desk.add_orders([make_order(4120, price="60123.11", post=True)])
        await screen.settle()
        screen.desk.advance(0.5)
        await screen.press("<")
        assert str(screen.posted(Amend)[1].price) == "60123.10"


async def test_a_held_tick_key_counts_once(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press(">")
        screen.desk.answer(screen.desk.commands[0])
        await screen.settle()
        for _ in range(10):
            screen.desk.advance(0.03)
            await screen.press(">")
        assert len(screen.posted(Amend)) == 1
        assert "counts once" in screen.app.model.notices[-1].text


async def test_a_tick_moves_the_trigger_of_what_waits_for_it(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004222")
        await screen.press("<")
        (amend,) = screen.posted(Amend)
        assert (str(amend.price), str(amend.trigger_price)) == ("62449.99", "62499.99")


async def test_what_cannot_be_ticked_says_why(start) -> None:
    async with start() as screen:
        for key, why in {
            "A-004118": "a cancel of A-004118 has no answer yet",
            "A-004117": "an amend of A-004117 has no answer yet",
            "A-004116": "not acknowledged",
            "A-004115": "is filled",
            "A-004202": "a leg of L-000031",
            "A-004223": "follows the market",
            "H-000004": "is no order at the venue",
        }.items():
            screen.app.model.notices.clear()
            screen.desk.advance(1)  # the key was let go
            screen.app.view.orders.move_cursor_to(key)
            await screen.press(">")
            assert screen.desk.commands == [], key
            assert why in screen.app.model.notices[-1].text, key


async def test_a_selection_is_ticked_together(start) -> None:
    async with start() as screen:
        grid = screen.app.view.orders
        for key in ("A-004120", "A-004119", "A-004202"):
            grid.move_cursor_to(key)
            await screen.press("space")
        await screen.press(">")
        assert {amend.order_id for amend in screen.posted(Amend)} == {"A-004120", "A-004119"}
        assert "a leg of L-000031" in screen.app.model.notices[-1].text


async def test_without_arms_there_is_no_tick(start) -> None:
    async with start() as screen:
        screen.desk.set_desk(armed_until=screen.desk.mono() - 1)
        await screen.settle()
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press(">")
        assert screen.desk.commands == []
        assert "not armed" in screen.app.model.notices[-1].text


# --- amends --------------------------------------------------------------------------------------------------


async def test_an_amend_says_both_may_be_live(start) -> None:
    async with start() as screen:
        await screen.command("amend 4120 0.25 @ 60000 anyway")
        assert "Cancel/Replace, goes to the end of the queue" in screen.text
        assert "both may be live" in screen.text
        await screen.press("y")
        assert screen.posted(Amend)[0].mode.name == "ALLOW_FAILURE"


async def test_an_amend_of_a_leg_says_that_the_list_goes(start) -> None:
    async with start((120, 40)) as screen:
        await screen.command("amend 4202 @ 61100")
        assert "the venue cancels the whole list" in screen.text


async def test_a_stop_is_amended_by_its_trigger(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("A-004222")
        await screen.press("a")
        assert screen.app.view.console.command.value == "amend A-004222 0.25 take 62500 limit 62450"
        fields = screen.app.view.ticket.fields
        assert fields["trigger"].value == "62500"
        await screen.press("tab", "tab")
        assert screen.app.focused is fields["trigger"]
        await screen.press("end", "backspace", "1", "enter", "y")
        assert str(screen.posted(Amend)[0].trigger_price) == "62501"


async def test_what_a_half_failed_replace_left_is_said(start) -> None:
    async with start((200, 50)) as screen:
        order = make_order(4301)
        second = msgspec.structs.replace(
            order.placements[0], cl_ord_id="A-004301-2", cl_ord_ids=("A-004301-2",)
        )
        screen.desk.add_orders([msgspec.structs.replace(order, placements=(*order.placements, second))])
        await screen.settle()
        assert "BOTH LIVE" in line_of(screen, "004301")


# --- history -------------------------------------------------------------------------------------------------


async def test_a_lists_history_tells_its_legs(start) -> None:
    async with start((200, 50)) as screen:
        screen.app.view.orders.move_cursor_to("L-000032")
        await screen.settle()
        for words in ("L-000032  OTOCO BTCUSDT", "in A-004211 BUY", "sl A-004212 SELL", "tp A-004213 SELL"):
            assert words in screen.text


async def test_helpers_make_what_they_say(desk: FakeDesk) -> None:
    """The scripted lists are of the kind that the venue makes."""
    order_list, legs = bracket()
    assert len(order_list.kind.leg_names) == len(legs)
    assert stop_order(1, "100", take=True).current.request.take_profit
    assert not stop_order(1, "100").current.request.take_profit
    assert add_list(desk, oco()).id == "L-000031"
    assert add_held(desk).request.price is not None
    assert not [command for command in desk.commands if isinstance(command, Submit)]
