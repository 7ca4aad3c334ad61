"""What accidents leave on the screen: a stop's outcomes, differences, balances, limits, hand-overs; and rehearsing."""

import pytest
from fake_desk import SECOND, START, FakeDesk, busy, make_order
from fake_scenes import balances, differences, pressed, stop_view

from blotter.desk.change import Gauge, LinkState, Severity, StopResult
from blotter.desk.command import Acknowledge, Arm, Disarm, HandOver, LogOut, Reconnect, Refresh, Resume, Stop
from blotter.desk.command import TestLink as LinkTest  # pytest would take it for a test
from blotter.trading.order import OrderState
from blotter.tui.rehearsing import Palette
from blotter.tui.session_card import gauge_style

pytestmark = pytest.mark.anyio
SIZES = [(80, 24), (200, 50)]


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    busy(fake)
    return fake


# --- a stop --------------------------------------------------------------------------------------------------


async def report(screen, **terms: object) -> None:
    screen.desk.frame.stop = stop_view(**terms)
    await screen.settle()


@pytest.mark.parametrize("size", SIZES)
async def test_a_stop_tells_the_fate_of_each_order(start, size) -> None:
    async with start(size) as screen:
        await screen.press("f8", "f8")
        await report(screen)
        for words in (
            "CANCELLING. 4 of 5 answered",
            "1 unknown",
            "1 refused",
            "1 filled before it",
            "last cancel written 41ms after the key",
            "A-004116 BUY  2 ETHUSDT  unknown  no answer in 5 s",
            "A-004117 SELL 4 ETHUSDT  refused  UNKNOWN_ORDER (-2011)",
        ):
            assert words in screen.text
        screen.app.view.stop.focus()
        await screen.press("escape")
        assert screen.app.stopping.active  # one cancel is not answered
        await report(screen, done=True, A_004120=StopResult.CANCELED)
        assert "STOPPED. 5 of 5 answered" in screen.text
        screen.app.view.stop.focus()
        await screen.press("escape")
        await screen.settle()
        assert not screen.app.view.stop.display
        await report(screen, done=True, A_004120=StopResult.CANCELED)
        assert not screen.app.view.stop.display  # it has been seen


@pytest.mark.parametrize("size", SIZES)
async def test_a_stop_pulled_elsewhere_is_shown_with_its_cause(start, size) -> None:
    async with start(size) as screen:
        await report(screen, cause="loss limit: -1,203 USDT below -1,000")
        assert "cause: loss limit: -1,203 USDT below -1,000" in screen.text
        assert screen.app.focused is screen.app.view.stop
        assert screen.posted(Stop) == []
        await screen.press("f8")
        assert [command.cancel for command in screen.posted(Stop)] == [True]


async def test_a_stop_pulled_elsewhere_takes_no_keys_from_a_hand_that_types(start) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type("buy 0.2")
        await report(screen, cause="blotter stop")
        assert screen.app.view.stop.display
        await screen.type("5 btc")
        assert screen.app.view.console.command.value == "buy 0.25 btc"


async def test_entry_off_from_elsewhere_lists_what_works(start) -> None:
    async with start((120, 40)) as screen:
        view = stop_view(cause="blotter stop")
        screen.desk.frame.stop = type(view)(at=view.at, cause=view.cause, done=True)
        await screen.settle()
        assert "ENTRY IS OFF. blotter stop: 5 open orders are still working" in screen.text
        await screen.press("y")
        assert [command.cancel for command in screen.posted(Stop)] == [True]


async def test_resume_puts_the_list_away(start) -> None:
    async with start() as screen:
        await report(screen, done=True)
        await screen.command("resume")
        assert len(screen.posted(Resume)) == 1
        assert not screen.app.view.stop.display


async def test_a_later_stop_is_shown_again(start) -> None:
    async with start() as screen:
        await report(screen, done=True, A_004120=StopResult.CANCELED)
        await screen.press("escape")
        assert not screen.app.view.stop.display
        await report(screen, at=START + SECOND, cause="blotter stop")
        assert screen.app.view.stop.display


async def test_two_hundred_outcomes_leave_room_for_the_keys(start) -> None:
    async with start() as screen:
        view = stop_view()
        screen.desk.frame.stop = type(view)(at=view.at, cause="F8", outcomes=view.outcomes * 40, written_in=1)
        await screen.settle()
        assert "and 196 more, all in the orders pane" in screen.text
        assert "F8 STOP" in screen.text


# --- differences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_differences_show_both_sides_until_seen(start, desk: FakeDesk, size) -> None:
    differences(desk)
    async with start(size) as screen:
        assert "‼ 2 differences" in screen.text
        await screen.press("0")
        await screen.settle()
        assert screen.app.focused is screen.app.view.notices.differences
        assert "balance BTC" in screen.text
        screen.app.view.notices.differences.move_cursor_to("d2")
        await screen.press("A")
        assert [command.difference_id for command in screen.posted(Acknowledge)] == ["d2"]
        screen.desk.frame.differences["d2"] = None
        await screen.settle()
        assert "‼ 1 difference" in screen.text
        assert "balance BTC" not in screen.text


async def test_both_sides_stand_beside_each_other(start, desk: FakeDesk) -> None:
    differences(desk)
    async with start((200, 50)) as screen:
        await screen.press("0")
        await screen.settle()
        line = next(line for line in screen.text.splitlines() if "balance BTC" in line)
        assert line.index("1.25000") < line.index("1.24969") < line.index("REST")
        assert "report arrived" in screen.text


async def test_without_differences_there_is_no_list_of_them(start) -> None:
    async with start() as screen:
        await screen.press("0")
        assert screen.app.focused is screen.app.view.notices.notices
        assert not screen.app.view.notices.differences.display


# --- positions and balances ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_balances_have_an_age_and_show_what_does_not_fit(start, desk: FakeDesk, size) -> None:
    balances(desk)
    async with start(size) as screen:
        await screen.press("6")
        await screen.settle()
        assert "balances 12s old" in screen.text
        assert "‼ BTC: venue 1.39969, fills 1" in screen.text
        assert "812,004.1" in screen.text
        assert "DUST" not in screen.text


async def test_fees_are_converted_where_a_price_is_known(start, desk: FakeDesk) -> None:
    balances(desk)
    async with start() as screen:
        await screen.press("6", *"lllll")
        assert "38.11 USDT + 0.002 BNB" in screen.text


async def test_balances_that_cannot_be_had_say_why(start, desk: FakeDesk) -> None:
    balances(desk, error="REST: banned until 10:20", age=200)
    async with start((120, 40)) as screen:
        await screen.press("6")
        await screen.settle()
        assert "balances 3m old" in screen.text
        assert "balances 3m  " in screen.text.splitlines()[1]
        assert "banned until 10:20" in screen.text


# --- the bar -------------------------------------------------------------------------------------------------


def test_gauges_turn_amber_and_red() -> None:
    def style(used: int) -> str:
        return gauge_style(Gauge(name="orders", used=used, maximum=100, at=0))

    assert [style(used) for used in (79, 80, 94, 95, 101)] == [
        "", "$warn", "$warn", "bold $danger", "bold $danger",
    ]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
async def test_the_bar_counts_down_and_shows_what_is_near(start, desk: FakeDesk, size) -> None:
    pressed(desk)
    async with start(size) as screen:
        assert "ARMED 4:12" in screen.text
        screen.desk.advance(253)
        await screen.settle()
        assert "not armed" in screen.text


async def test_open_orders_without_us_are_told(start, desk: FakeDesk) -> None:
    pressed(desk)
    async with start((200, 50)) as screen:
        assert "5 orders open: open orders stay open" in screen.text
        assert "orders/10s 48/50" in screen.text
        screen.desk.set_desk(dead_man=30.0, dead_man_at=screen.desk.mono() + 12 * SECOND)
        await screen.settle()
        assert "CANCELS ALL BY REST IN 12s" in screen.text
        many = [Gauge(name=f"limit {n}/1m", used=120, maximum=6_000, at=desk.mono()) for n in range(20)]
        screen.desk.set_desk(limits=tuple(many))
        await screen.settle()
        told = screen.text.splitlines()[1]
        assert told.count("limit") == told.count("120/6,000") < 20, "a number is shown whole or not at all"


# --- sessions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_sessions_show_drop_copy_limits_and_a_hand_over(start, desk: FakeDesk, size) -> None:
    pressed(desk)
    desk.set_link("DC", next_in=55_120)
    desk.set_link("OE", LinkState.LIVE, handover="to BLOTTER2: logging on")
    async with start(size) as screen:
        await screen.press("9")
        await screen.settle()
        for words in ("DC", "hand-over", "to BLOTTER2: logging on"):
            assert words in screen.text
        text = screen.app.view.sessions._cards.plain
        assert "orders/10s" in text
        assert "REST weight/1m" in text
        assert "48 of 50" in text
        assert "open orders stay open" in text
        assert "dead man   off" in text


async def test_the_verbs_of_the_sessions(start) -> None:
    async with start() as screen:
        await screen.press("9", "t")
        assert len(screen.posted(LinkTest)) == 1
        await screen.press("S", "y", "enter")
        assert screen.posted(HandOver) == []
        assert "not the word" in screen.text
        await screen.press("o", "e", "enter")
        assert [command.session for command in screen.posted(HandOver)] == ["OE"]
        await screen.press("9", "R", "escape")
        assert screen.posted(Reconnect) == []
        await screen.press("9")
        await screen.settle()
        await screen.press("j", "R", "M", "D", "enter")
        assert [command.session for command in screen.posted(Reconnect)] == ["MD"]
        await screen.press("9", "L")
        await screen.settle()
        assert "MD cannot log on" in screen.text
        await screen.command("logout oe")
        assert [command.session for command in screen.posted(LogOut)] == ["OE"]
        await screen.command("handover")
        assert len(screen.posted(HandOver)) == 1
        await screen.press("escape")
        await screen.command("handover dc")
        assert screen.posted(HandOver)[1].session == "DC"
        await screen.command("refresh")
        assert len(screen.posted(Refresh)) == 1


# --- arming --------------------------------------------------------------------------------------------------


async def test_arming_by_key_and_word(start) -> None:
    async with start() as screen:
        await screen.press("f6")
        assert "the risk settings do not ask for it" in screen.app.model.notices[-1].text
        screen.desk.set_desk(armed_until=screen.desk.mono() - 1)
        await screen.settle()
        await screen.press("f6")
        assert [command.seconds for command in screen.posted(Arm)] == [300.0]
        await screen.command("arm 90s")
        assert screen.posted(Arm)[1].seconds == 90.0
        screen.desk.set_desk(armed_until=screen.desk.mono() + 60 * SECOND)
        await screen.settle()
        await screen.press("f6")
        assert len(screen.posted(Disarm)) == 1


async def test_a_terminal_that_loses_the_focus_disarms(start) -> None:
    from textual import events

    async with start() as screen:
        screen.desk.set_desk(armed_until=screen.desk.mono() + 60 * SECOND)
        await screen.settle()
        screen.app.post_message(events.AppBlur())
        await screen.settle()
        assert len(screen.posted(Disarm)) == 1
        assert "disarmed: the terminal lost the focus" in screen.app.model.notices[-1].text


# --- rehearsing ----------------------------------------------------------------------------------------------


class FakeExchange:
    """Implements `RehearsalPort`."""

    def __init__(self) -> None:
        self.injected: list[str] = []
        self.broken = False

    def faults(self) -> list[tuple[str, str]]:
        if self.broken:
            raise ConnectionRefusedError("nothing listens")
        return [("drop:60s", "cut every connection"), ("lost-ack:0.1", "swallow one answer in ten")]

    def inject(self, text: str) -> str:
        if text.startswith("nope"):
            raise ValueError("nope: there is no such fault")
        self.injected.append(text)
        return "done"


async def settled(screen) -> None:
    """The thread has answered, and what it said is on the screen."""
    await screen.app.workers.wait_for_complete()
    await screen.settle()


async def test_a_fault_is_chosen_edited_and_injected(start) -> None:
    async with start() as screen:
        exchange = FakeExchange()
        screen.app.rehearsing._port = exchange
        await screen.press("ctrl+r")
        await settled(screen)
        assert isinstance(screen.app.screen, Palette)
        assert "swallow one answer in ten" in screen.text
        await screen.press("down", "enter")
        assert exchange.injected == []
        await screen.press("backspace")
        await screen.type("5")
        await screen.press("enter")
        await settled(screen)
        assert exchange.injected == ["lost-ack:0.5"]
        assert "rehearse lost-ack:0.5: done" in screen.app.model.notices[-1].text
        assert screen.app.screen is screen.app.view


async def test_a_fault_is_found_as_it_is_typed(start) -> None:
    async with start() as screen:
        screen.app.rehearsing._port = exchange = FakeExchange()
        await screen.press("ctrl+r")
        await settled(screen)
        await screen.type("lo")
        await screen.press("enter")
        assert screen.app.screen._line.value == "lost-ack:0.1"
        await screen.press("enter")
        await settled(screen)
        assert exchange.injected == ["lost-ack:0.1"]


async def test_escape_closes_the_palette(start) -> None:
    async with start() as screen:
        screen.app.rehearsing._port = exchange = FakeExchange()
        await screen.press("ctrl+r")
        await settled(screen)
        await screen.press("enter", "escape")
        assert screen.app.screen is screen.app.view
        assert exchange.injected == []


async def test_faults_by_word_and_their_refusals(start) -> None:
    async with start() as screen:
        exchange = FakeExchange()
        screen.app.rehearsing._port = exchange
        await screen.command("rehearse drop:5s")
        await settled(screen)
        assert exchange.injected == ["drop:5s"]
        await screen.command("rehearse nope:1")
        await settled(screen)
        assert "there is no such fault" in screen.app.model.notices[-1].text
        exchange.broken = True
        await screen.command("rehearse")
        await settled(screen)
        assert "nothing listens" in screen.app.model.notices[-1].text
        assert screen.app.model.notices[-1].severity is Severity.ERROR


async def test_the_stop_key_works_over_the_palette(start) -> None:
    async with start() as screen:
        screen.app.rehearsing._port = FakeExchange()
        await screen.press("ctrl+r")
        await settled(screen)
        await screen.press("f8")
        assert len(screen.posted(Stop)) == 1
        assert screen.app.screen is screen.app.view


async def test_a_real_venue_is_not_rehearsed_with(start) -> None:
    async with start() as screen:
        await screen.press("ctrl+r")
        assert "only with the embedded exchange" in screen.app.model.notices[-1].text


# --- the command line ----------------------------------------------------------------------------------------


async def test_tab_completes_the_word(start) -> None:
    async with start() as screen:
        await screen.press(":")
        for typed, put in (
            ("reconc", "reconcile "),
            (":them", ":theme "),
            ("theme hi", "theme high-contrast "),
            ("symbol e", "symbol ETHUSDT "),
            ("history A-004113", "history A-004113 "),
            ("test m", "test MD "),
            ("grid.so", "grid.sort "),
        ):
            await screen.type(typed)
            await screen.press("tab")
            assert screen.app.view.console.command.value == put
            screen.app.view.console.command.put("")


async def test_tab_offers_what_there_is_and_goes_through_it(start) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type("cancel ")
        await screen.press("tab")
        assert "tab: all" in screen.text
        first = screen.app.view.console.command.value
        await screen.press("tab")
        assert screen.app.view.console.command.value not in (first, "cancel ")


async def test_tab_on_an_empty_line_goes_to_the_next_pane(start) -> None:
    async with start((200, 50)) as screen:
        await screen.press(":", "tab")
        assert screen.app.focused is not screen.app.view.console.command


async def test_presets_are_words(start) -> None:
    async with start(presets={"*": ("0.1", "0.25")}) as screen:
        await screen.press(":")
        await screen.type("buy #2 btc @ 60000")
        assert "BUY 0.25000 BTCUSDT" in screen.text


# --- the ticket ----------------------------------------------------------------------------------------------


async def test_only_what_the_venue_has_is_offered(start) -> None:
    async with start((200, 50)) as screen:
        assert not screen.app.view.ticket.fields["trail"].disabled
        screen.desk.set_desk(features=frozenset({"POST_ONLY", "STOP"}))
        await screen.settle()
        fields = screen.app.view.ticket.fields
        assert fields["trail"].disabled
        assert fields["peg"].disabled
        assert fields["target"].disabled
        assert not fields["trigger"].disabled
        assert not fields["price"].disabled
        assert "not at this venue" in screen.text


async def test_a_bracket_from_the_ticket_shows_its_legs(start) -> None:
    async with start((200, 50)) as screen:
        await screen.command("symbol btc")
        await screen.press("n")
        ticket = screen.app.view.ticket
        for name, value in {
            "side": "buy", "qty": "0.25", "price": "60000", "target": "62000", "protect": "59000",
        }.items():  # fmt: skip
            ticket.fields[name].value = value
        await screen.settle()
        line = screen.app.view.console.command.value
        assert line == "buy 0.25 BTCUSDT @ 60000 then sell @ 62000 stop 59000"
        await screen.press("enter")
        assert "1 at once: BUY 0.25000 BTCUSDT" in screen.text
        assert "2 once that is filled: SELL" in screen.text
        assert "or, whichever comes first: SELL" in screen.text
        await screen.press("y")
        (sent,) = screen.desk.commands
        assert sent.request.kind.value == "OTOCO"


async def test_a_typed_line_and_the_ticket_say_the_same(start) -> None:
    async with start((200, 50)) as screen:
        for line in (
            "sell 0.25 BTCUSDT stop 59000",
            "sell 0.25 BTCUSDT take 62000 limit 61900 gtc",
            "sell 0.25 BTCUSDT trail 50bp",
            "buy 0.25 BTCUSDT peg primary -2",
            "buy 0.25 BTCUSDT @ 60000 gtc show 0.1",
            "buy 0.25 BTCUSDT @ 60000 gtc strategy 1000001",
            "buy 0.25 BTCUSDT @ 60000 gtc then sell 0.25 @ 62000 stop 59000",
        ):
            assert screen.app.view.ticket.line == "", line
            await screen.press(":")
            await screen.type(line)
            await screen.settle()
            typed = screen.app.entering.entry.reading
            assert typed.line == line
            assert typed.ready, (line, typed.mistakes or typed.missing)
            screen.app.entering.edit(screen.app.view.ticket.line, in_ticket=True)
            assert screen.app.entering.entry.reading.terms == typed.terms, line
            await screen.press("escape", "escape")


async def test_a_refusal_is_shown_at_its_field(start) -> None:
    async with start((200, 50)) as screen:
        await screen.command("buy 0.25 btc @ 60000")
        await screen.press("y")
        screen.desk.answer(
            screen.desk.commands[0], ok=False, text="quantity 0.25 above 0.2", field="order_qty"
        )
        await screen.settle()
        fields = screen.app.view.ticket.fields
        assert [name for name, field in fields.items() if field.has_class("-wrong")] == ["qty"]


async def test_orders_keep_coming_during_a_stop(start) -> None:
    async with start() as screen:
        await screen.press("f8", "f8")
        await report(screen)
        screen.desk.add_orders([make_order(4120, OrderState.CANCELED)])
        await screen.settle()
        assert "CANCELLING" in screen.text
