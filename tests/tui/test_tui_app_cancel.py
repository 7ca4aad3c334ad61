"""Cancels and the stop: never blocked, always naming their victims."""

import pytest
from fake_desk import SECOND, D, FakeDesk, busy, make_order

from blotter.desk.command import Cancel, CancelAll, MassCancelSymbol, Resume, Stop, Submit
from blotter.trading.enums import Side
from blotter.trading.order import OrderState

pytestmark = pytest.mark.anyio
SIZES = [(80, 24), (200, 50)]
OPEN = ("A-004116", "A-004120", "A-004119", "A-004118", "A-004117")  # as the grid shows them


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    busy(fake)
    return fake


async def test_one_order_goes_at_one_key(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004119")
        await screen.press("x")
        assert [command.order_ids for command in screen.posted(Cancel)] == [("A-004119",)]


async def test_an_order_whose_fate_is_unknown_can_be_cancelled(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004116")
        await screen.press("x")
        assert screen.posted(Cancel)[0].order_ids == ("A-004116",)


async def test_nothing_is_asked_of_a_terminal_order(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004115")
        await screen.press("x")
        assert screen.desk.commands == []
        assert "A-004115 is filled" in screen.app.model.notices[-1].text


async def test_several_are_named_and_want_y(start) -> None:
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        await screen.press("space", "j", "space", "x")
        assert screen.desk.commands == []
        assert "CANCEL 2 orders:  1 BUY BTCUSDT, 1 SELL BTCUSDT" in screen.text
        await screen.press("y", "y")
        assert [command.order_ids for command in screen.posted(Cancel)] == [("A-004120", "A-004119")]
        assert screen.app.view.orders.selected == frozenset()


async def test_escape_leaves_them(start) -> None:
    async with start() as screen:
        await screen.press("*", "x", "escape", "y")
        assert screen.desk.commands == []
        assert screen.app.focused is screen.app.view.orders


@pytest.mark.parametrize("size", SIZES)
async def test_all_in_view_names_count_side_and_symbol(start, size) -> None:
    async with start(size) as screen:
        await screen.press("/")
        await screen.type("btc")
        await screen.press("enter", "X")
        # the unknown one is never filtered out, so it is in view
        assert "CANCEL 4 orders:  2 BUY BTCUSDT, 1 SELL BTCUSDT, 1 BUY ETHUSDT" in screen.text
        await screen.press("y")
        assert set(screen.posted(Cancel)[0].order_ids) == {"A-004116", "A-004118", "A-004119", "A-004120"}


async def test_y_in_one_burst_with_the_question_answers_nothing(start) -> None:
    async with start() as screen:
        await screen.type("Xy")
        await screen.settle()
        assert "CANCEL 5 orders" in screen.text
        assert screen.desk.commands == []
        await screen.press("y")
        assert len(screen.posted(Cancel)) == 1


async def test_only_those_still_open_are_cancelled(start) -> None:
    async with start() as screen:
        await screen.press("X")
        screen.desk.add_orders([make_order(4120, OrderState.FILLED, filled="0.25")])
        await screen.settle()
        await screen.press("y")
        assert "A-004120" not in screen.posted(Cancel)[0].order_ids


async def test_cancels_go_while_stopped_down_and_stalled(start) -> None:
    async with start() as screen:
        screen.desk.set_desk(stopped=True, entry_blocked="OE is down")
        screen.desk.paused = True
        screen.desk.advance(60)
        await screen.settle()
        screen.app.view.orders.move_cursor_to("A-004119")
        await screen.press("x")
        assert len(screen.posted(Cancel)) == 1


async def test_typed_cancels(start) -> None:
    async with start() as screen:
        await screen.command("cancel 4119")
        assert screen.posted(Cancel)[0].order_ids == ("A-004119",)
        await screen.command("cancel all")
        assert "CANCEL ALL 5 orders" in screen.text
        await screen.press("y")
        assert screen.posted(CancelAll)[0].symbol is None
        await screen.command("cancel ethusdt")
        await screen.press("y")
        assert screen.posted(CancelAll)[1].symbol == "ETHUSDT"
        await screen.command("mass cancel btc")
        assert "whole account" in screen.text
        assert screen.posted(MassCancelSymbol) == []
        await screen.press("y")
        assert screen.posted(MassCancelSymbol)[0].symbol == "BTCUSDT"


async def test_a_refused_cancel_is_told(start) -> None:
    async with start() as screen:
        await screen.command("cancel 4119")
        screen.desk.answer(screen.desk.commands[0], ok=False, text="tape failed")
        await screen.settle()
        assert "cancel of A-004119 refused: tape failed" in screen.text


# --- stop ----------------------------------------------------------------------------------------------------


async def in_orders(screen) -> None:
    await screen.press("3")


async def in_review(screen) -> None:
    await screen.command("buy 0.25 btc @ 60000")


async def in_help(screen) -> None:
    await screen.press("f1")


async def in_filter(screen) -> None:
    await screen.press("/")


async def in_line(screen) -> None:
    await screen.press(":")
    await screen.type("buy 0.2")


async def in_question(screen) -> None:
    await screen.press("X")


@pytest.mark.parametrize(
    ("place", "size"),
    [
        *((place, SIZES[0]) for place in (in_orders, in_review, in_help, in_filter, in_line, in_question)),
        (in_orders, SIZES[1]),
        (in_review, SIZES[1]),
    ],
)
async def test_stop_works_over_everything(start, size, place) -> None:
    async with start(size) as screen:
        await place(screen)
        await screen.press("f8")
        (stop,) = screen.desk.commands
        assert isinstance(stop, Stop)
        assert stop.cancel is False
        assert "ENTRY IS OFF. 5 open orders are still working" in screen.text
        assert "2 BUY BTCUSDT, 1 SELL BTCUSDT, 1 BUY ETHUSDT, 1 SELL ETHUSDT" in screen.text
        await screen.press("f8")
        assert [command.cancel for command in screen.posted(Stop)] == [False, True]
        assert screen.posted(Submit) == []


async def test_y_on_the_list_cancels_and_each_fate_is_shown(start) -> None:
    async with start() as screen:
        await screen.press("f8", "y", "y")
        assert [command.cancel for command in screen.posted(Stop)] == [False, True]
        await screen.settle()
        assert "0 of 5 ended" in screen.text
        await screen.press("escape")
        assert "0 of 5 ended" in screen.text  # four are not answered yet
        for id in OPEN[1:]:
            order = screen.app.model.orders[id]
            number = int(id[2:])
            screen.desk.add_orders(
                [make_order(number, OrderState.CANCELED, symbol=order.symbol, side=order.side)]
            )
        await screen.settle()
        assert "4 of 5 ended" in screen.text
        assert "1 unknown" in screen.text
        screen.app.view.stop.focus()
        await screen.press("escape")
        await screen.settle()
        assert "of 5 ended" not in screen.text


async def test_a_held_stop_key_does_not_flood(start) -> None:
    async with start() as screen:
        await screen.press(*["f8"] * 6)
        assert len(screen.desk.commands) == 2
        screen.desk.advance(1.5)
        await screen.press("f8")
        assert [command.cancel for command in screen.desk.commands] == [False, True, True]


async def test_escape_leaves_entry_off_and_resume_turns_it_on(start) -> None:
    async with start() as screen:
        await screen.press("f8", "escape")
        screen.desk.set_desk(stopped=True)
        await screen.settle()
        assert "STOPPED" in screen.text
        assert "ENTRY IS OFF" not in screen.text
        await screen.command("resume")
        assert len(screen.posted(Resume)) == 1


async def test_an_order_that_opens_during_the_stop_is_listed(start) -> None:
    async with start() as screen:
        await screen.press("f8", "f8")
        screen.desk.add_orders([make_order(4121, side=Side.SELL)])
        await screen.settle()
        assert "0 of 6 ended" in screen.text


async def test_a_refused_stop_says_so_on_the_list(start) -> None:
    async with start((120, 40)) as screen:
        await screen.press("f8", "f8")
        screen.desk.answer(screen.desk.commands[1], ok=False, text="the tape has failed")
        await screen.settle()
        assert "the tape has failed" in screen.text


async def test_the_line_keeps_its_draft_over_a_stop(start) -> None:
    async with start() as screen:
        await in_review(screen)
        await screen.press("f8", "escape")
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"
        assert screen.app.entering.entry.reading.terms.price == D(60000)


# --- leaving -------------------------------------------------------------------------------------------------


async def test_leaving_asks_and_stays_on_escape(start) -> None:
    async with start() as screen:
        await screen.press("Q")
        assert "5 orders open" in screen.text
        await screen.press("y", "enter", "escape")
        assert screen.app.is_running
        assert screen.desk.commands == []
        assert screen.app.focused is screen.app.view.orders


async def test_leaving_can_leave_them(start) -> None:
    async with start() as screen:
        await screen.press("Q", "l")
        assert screen.desk.commands == []
        assert (screen.app._exit, screen.app.return_value) == (True, "leave")


async def test_leaving_can_cancel_first_and_waits(start) -> None:
    async with start() as screen:
        await screen.press("Q", "c")
        assert len(screen.posted(CancelAll)) == 1
        await screen.settle()
        assert not screen.app._exit
        for id in OPEN:
            screen.desk.add_orders([make_order(int(id[2:]), OrderState.CANCELED)])
        screen.app._frame()
        screen.app._slow()
        assert (screen.app._exit, screen.app.return_value) == (True, "cancel")


async def test_leaving_with_nothing_open_is_one_question(start, desk: FakeDesk) -> None:
    for id in OPEN:
        desk.add_orders([make_order(int(id[2:]), OrderState.CANCELED)])
    async with start() as screen:
        await screen.press("Q", "enter")
        assert not screen.app._exit
        await screen.press("y")
        assert (screen.app._exit, screen.app.return_value) == (True, None)


async def test_leaving_asks_again_when_cancels_are_not_answered(start) -> None:
    async with start() as screen:
        await screen.press("Q", "c")
        screen.desk.advance(6 * SECOND / SECOND)
        await screen.settle()
        assert "not all cancels were answered: 5 orders open" in screen.text
        await screen.press("l")
        assert screen.app._exit
