"""From typing to one command at the desk: draft, review, send, and every way back."""

import pytest
from fake_desk import D, FakeDesk, busy, make_order
from textual import events

from blotter.desk.command import Amend, Submit
from blotter.trading.enums import ExecInst, OrdType, Side
from blotter.tui.entry import Stage

pytestmark = pytest.mark.anyio
SIZES = [(80, 24), (200, 50)]
LINE = "buy 0.25 btc @bid gtc post"


@pytest.mark.parametrize("size", SIZES)
async def test_a_typed_line_is_reviewed_and_sent_once(start, size) -> None:
    async with start(size) as screen:
        await screen.press(":")
        await screen.type(LINE)
        assert "BUY 0.25000 BTCUSDT LIMIT 60,123.30 GTC post-only = 15,030.83 USDT" in screen.text
        assert screen.desk.commands == []
        await screen.press("enter")
        assert "REVIEW" in screen.text
        assert "SENDS" in screen.text
        assert screen.desk.commands == []
        await screen.press("y", "y", "y", "enter", "y")
        (submit,) = screen.desk.commands
        assert isinstance(submit, Submit)
        assert submit.request.side is Side.BUY
        assert (submit.request.order_qty, submit.request.price) == (D("0.25"), D("60123.3"))
        assert submit.request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
        assert (submit.accept_warnings, submit.accept_rules) == (False, ())
        assert "REVIEW" not in screen.text


async def test_no_single_key_sends(start) -> None:
    async with start() as screen:
        await screen.press(*"yynbsqpYxX", "enter", "space", "f8", "escape")
        assert screen.posted(Submit) == []


async def test_enter_held_down_only_reviews(start) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type(LINE)
        await screen.press(*["enter"] * 8)
        assert screen.desk.commands == []
        assert screen.app.entering.reviewing


async def test_escape_goes_back_one_step_at_a_time_and_loses_nothing(start) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type(LINE)
        await screen.press("enter", "escape")
        console = screen.app.view.console
        assert (screen.app.focused, console.command.value) == (console.command, LINE)
        await screen.press("escape")
        assert console.command.value == ""
        await screen.press(":", "up")
        assert console.command.value == LINE
        assert screen.app.entering.entry.stage is Stage.DRAFT
        assert screen.desk.commands == []


async def test_what_is_confirmed_is_what_was_reviewed(start) -> None:
    """The market moves under a review: its terms stay as worded."""
    async with start() as screen:
        await screen.press(":")
        await screen.type("buy 0.25 btc @bid")
        screen.desk.quote("BTCUSDT", "60200.00", "60200.10")
        await screen.settle()
        assert "60,200.00" in screen.app.entering.entry.reading.words  # the draft follows
        await screen.press("enter")
        screen.desk.quote("BTCUSDT", "61000.00", "61000.10")
        await screen.settle()
        assert "60,200.00" in screen.text
        await screen.press("y")
        assert screen.posted(Submit)[0].request.price == D(60200)


async def test_a_review_expires(start) -> None:
    async with start(review_seconds=30.0) as screen:
        await screen.command("buy 0.25 btc @ 60000")
        screen.desk.advance(29)
        await screen.settle()
        assert screen.app.entering.reviewing
        screen.desk.advance(2)
        await screen.press("y")  # the key is faster than the frame that would have shown it
        assert screen.posted(Submit) == []
        await screen.settle()
        assert "older than 30 s" in screen.text
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"


async def test_leaving_the_review_ends_it(start) -> None:
    async with start((200, 50)) as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("6")
        await screen.press("y")
        assert screen.posted(Submit) == []
        assert not screen.app.entering.reviewing
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"


async def test_a_refusal_brings_the_line_back(start) -> None:
    async with start() as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y")
        (submit,) = screen.desk.commands
        screen.desk.answer(submit, ok=False, text="entry is stopped", field="price")
        await screen.settle()
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"
        assert "price: entry is stopped" in screen.text
        await screen.press(":", "enter", "y")
        assert len(screen.posted(Submit)) == 2


async def test_a_refusal_does_not_touch_what_is_typed_meanwhile(start) -> None:
    async with start() as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y", ":")
        await screen.type("sell 1 eth @ 3300")
        screen.desk.answer(screen.desk.commands[0], ok=False, text="no funds")
        await screen.settle()
        assert screen.app.view.console.command.value == "sell 1 eth @ 3300"
        assert "no funds" in screen.text
        await screen.press("escape", ":", "up", "up")
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"


async def test_a_warning_wants_a_key_of_its_own(start) -> None:
    async with start() as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y")
        (submit,) = screen.desk.commands
        warnings = ("duplicate: the same order 3 s ago, below 10 s", "notional: 15,000 of 10,000 USDT")
        screen.desk.answer(
            submit,
            ok=False,
            warning=True,
            text=warnings[0],
            warnings=warnings,
            field="order_qty",
            warning_rules=("duplicate", "notional"),
        )
        await screen.settle()
        assert all(warning in screen.text for warning in warnings)
        assert "NOT SENT" in screen.text
        assert "W  SENDS IN SPITE OF IT" in screen.text
        screen.desk.advance(1)
        await screen.press("y", "enter", "space", "y")  # neither the sending key nor the habits
        assert len(screen.posted(Submit)) == 1
        await screen.press("W", "W", "y")
        first, second = screen.posted(Submit)
        assert (first.accept_rules, second.accept_rules) == ((), ("duplicate", "notional"))
        assert (second.request, second.id == first.id) == (first.request, False)


async def test_a_held_warning_key_accepts_nothing_it_has_not_shown(start) -> None:
    async with start() as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y")
        screen.desk.answer(
            screen.desk.commands[0], ok=False, warning=True, warnings=("collar",), text="collar"
        )
        await screen.settle()
        for _ in range(20):  # held down from before
            screen.desk.advance(0.04)
            await screen.press("W")
        assert len(screen.posted(Submit)) == 1
        screen.desk.advance(1)
        await screen.press("W")
        assert len(screen.posted(Submit)) == 2


async def test_escape_leaves_a_warned_order_unsent(start) -> None:
    async with start() as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y")
        screen.desk.answer(screen.desk.commands[0], ok=False, warning=True, text="collar")
        await screen.settle()
        screen.desk.advance(1)
        await screen.press("escape", "W", "y")
        assert len(screen.posted(Submit)) == 1
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000Wy"  # typed into the draft


async def test_what_is_wrong_is_said_and_nothing_is_sent(start) -> None:
    async with start((120, 40)) as screen:
        for line, fault in {
            "buy 0.25 btx @ 60000": "btx is not listed by the venue",
            "buy 0.25 btc @ 60000.123": "not a multiple of the tick 0.01",
            "buy 0.00001 btc @ 60000": "below the minimum 5 USDT",
            "bye 0.25 btc": "neither an order",
            "buy 0.25 btc @ 60000 gtx": "gtx is not understood here",
        }.items():
            assert fault not in screen.text, line
            await screen.command(line)
            assert fault in screen.text, line
            assert screen.desk.commands == [], line
            assert screen.app.view.console.command.value.startswith(line)
            await screen.press("escape", "escape")


async def test_the_wrong_word_is_underlined(start) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type("buy 0.25 btx @ 60000")
        assert screen.app.view.console.command.wrong == ((9, 12),)


async def test_a_paste_is_text_and_runs_no_key(start) -> None:
    async with start() as screen:
        screen.app.post_message(events.Paste("buy 0.25 btc @ 60000\ny\n"))
        await screen.settle()
        assert screen.app.view.console.command.value == ""
        await screen.press(":")
        screen.app.post_message(events.Paste("buy 0.25 btc @ 60000\ny\nx"))
        await screen.settle()
        assert screen.app.view.console.command.value == "buy 0.25 btc @ 60000"
        assert not screen.app.entering.reviewing
        assert screen.desk.commands == []


async def test_keys_in_one_burst_with_enter_confirm_nothing(start) -> None:
    """A terminal without bracketed paste delivers a pasted line as keys: the review was never seen."""
    async with start() as screen:
        await screen.press(":")
        await screen.type("buy 0.25 btc @ 60000")
        for key in ("enter", "y"):
            screen.app.post_message(events.Key(key, key if key == "y" else "\r"))
        await screen.pilot.pause()
        assert screen.posted(Submit) == []


async def test_a_symbol_in_wide_characters(start) -> None:
    async with start() as screen:
        screen.app.model.instruments  # noqa: B018
        from fake_desk import INSTRUMENTS

        screen.desk.frame.instruments["币安人生USDT"] = INSTRUMENTS[2]
        screen.desk.add_orders([make_order(1, symbol="币安人生USDT", qty="7", price="0.1234")])
        await screen.settle()
        assert all(len_cells(line) == 80 for line in screen.text.splitlines())
        await screen.press(":")
        screen.app.post_message(events.Paste("buy 100 币安人生USDT @ 0.1234"))
        await screen.settle()
        await screen.press("enter", "y")
        assert screen.posted(Submit)[0].request.symbol == "币安人生USDT"


def len_cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


# --- the ticket ----------------------------------------------------------------------------------------------


async def test_the_ticket_composes_the_same_line(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press("n")
        await screen.type("sell")
        await screen.press("tab")
        await screen.type("0.5")
        await screen.press("tab", "tab")
        await screen.type("ask")
        await screen.press("tab", "tab", "tab")
        await screen.type("yes")
        assert screen.app.view.console.command.value == "sell 0.5 BTCUSDT @ ask post"
        await screen.press("enter", "y")
        (submit,) = screen.desk.commands
        assert (submit.request.side, submit.request.price) == (Side.SELL, D("60123.5"))
        assert submit.request.ord_type is OrdType.LIMIT
        assert screen.app.view.ticket.line == ""


async def test_a_typed_line_fills_the_ticket(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press(":")
        await screen.type("sell 2 eth 3300 ioc")
        fields = {name: field.value for name, field in screen.app.view.ticket.fields.items()}
        assert fields == {
            "side": "sell", "qty": "2", "symbol": "ETHUSDT", "price": "3300", "type": "", "tif": "ioc",
            "post": "", "trigger": "", "trail": "", "peg": "", "show": "", "stp": "", "strategy": "",
            "target": "", "protect": "",
        }  # fmt: skip


async def test_the_faulty_field_is_marked(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press("n")
        await screen.type("buy")
        await screen.press("tab")
        await screen.type("0.000001")
        await screen.press("tab", "tab")
        await screen.type("60000")
        fields = screen.app.view.ticket.fields
        assert [name for name, field in fields.items() if field.has_class("-wrong")] == ["qty"]


# --- amend and clone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_an_amend_starts_from_the_accepted_terms(start, desk: FakeDesk, size) -> None:
    desk.add_orders([make_order(12, qty="0.5", price="60000")])
    async with start(size) as screen:
        await screen.press("a")
        assert screen.app.view.console.command.value == "amend A-000012 0.5 @ 60000"
        assert screen.posted(Amend) == []
        await screen.press("escape")
        await screen.command("amend 12 0.3")
        assert "Change, keeps its place" in screen.text
        await screen.press("y", "y")
        (amend,) = screen.desk.commands
        assert (amend.order_id, amend.order_qty, amend.price) == ("A-000012", D("0.3"), None)


async def test_an_amend_in_the_ticket_says_that_the_queue_is_lost(start, desk: FakeDesk) -> None:
    desk.add_orders([make_order(12, qty="0.5", price="60000")])
    async with start((200, 50)) as screen:
        await screen.press("a", "tab")
        assert screen.app.focused is screen.app.view.ticket.fields["price"]
        await screen.press("end", "backspace")
        await screen.type("5")
        await screen.press("enter")
        assert "Cancel/Replace, goes to the end of the queue" in screen.text
        await screen.press("y")
        assert screen.posted(Amend)[0].price == D(60005)


async def test_only_open_limit_orders_can_be_amended(start, desk: FakeDesk) -> None:
    busy(desk)
    async with start() as screen:
        screen.app.view.orders.move_cursor_to("A-004115")
        await screen.press("a")
        assert "nothing to amend" in screen.app.model.notices[-1].text
        assert screen.app.view.console.command.value == ""


async def test_a_clone_is_only_a_draft(start, desk: FakeDesk) -> None:
    desk.add_orders([make_order(12, qty="0.5", price="60000", post=True)])
    async with start() as screen:
        await screen.press("w")
        assert screen.app.view.console.command.value == "buy 0.5 BTCUSDT @ 60000 post"
        await screen.press("enter", "y")
        original = desk_request(desk)
        assert screen.posted(Submit)[0].request == original


def desk_request(desk: FakeDesk):
    return make_order(12, qty="0.5", price="60000", post=True).current.request


async def test_a_blocked_desk_is_named_before_the_key(start) -> None:
    async with start() as screen:
        screen.desk.set_desk(entry_blocked="OE is down")
        await screen.command("buy 0.25 btc @ 60000")
        await screen.settle()
        assert "the desk will refuse it: OE is down" in screen.text
