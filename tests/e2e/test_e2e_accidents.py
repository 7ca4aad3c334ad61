"""What must hold when something dies, hangs or fills up: no order lost from view, none sent twice, nothing invented."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest
from counter_venue import Exchange, wait
from robot import LARGE, SMALL, Home, Robot, row

from blotter.journal.failure import TapeUnusable

ORDER = "buy 0.01 btc @ 50000"


@contextlib.contextmanager
def trading(home: Home, *, order: str = "", size=SMALL) -> Iterator[Robot]:
    """A blotter that is live, with one working order if asked for."""
    with Robot(home, size) as robot:
        robot.wait_until_live()
        if order:
            robot.send_order(order)
            robot.wait_for(row(1, "WORKING"))
        yield robot


def sent(home: Home, msg_type: str = "D") -> list[str | None]:
    """ClOrdIDs of what the tape says we sent."""
    try:
        return [message.text(11) for message in home.tape("x").sent(msg_type)]
    except TapeUnusable:  # not there yet
        return []


# --- kill -9 between the key and the acknowledgement ---------------------------------------------------------


def test_killed_in_the_instant_of_the_key(home: Home, exchange: Exchange) -> None:
    with trading(home) as robot:
        robot.command(ORDER)
        robot.wait_for(Robot.reviewing)
        robot.press("y")
        robot.kill()
    taped = sent(home)
    with trading(home) as robot:
        assert len(taped) <= 1
        assert set(exchange.placed()) <= set(taped), "what reached the exchange was on the tape before"
        assert len(exchange.placed()) <= 1
        if taped:
            robot.wait_for(row(1, "BUY"))
        else:
            assert "No orders yet" in robot.text
        assert sent(home) == taped, "nothing is sent again"


def test_killed_with_the_order_on_its_way(home: Home, exchange: Exchange) -> None:
    with trading(home) as robot:
        exchange.inject("stall:60s")
        robot.send_order(ORDER)
        robot.wait_until(lambda: sent(home), "the order on the tape")
        robot.kill()
    taped = sent(home)
    assert len(taped) == 1
    exchange.inject("clear")
    with trading(home) as robot:
        robot.wait_for(row(1, "50,000", "? UNKNOWN"), "1 UNKNOWN")
        assert exchange.placed() in ([], taped)
        assert sent(home) == taped, "nothing is sent again"
        assert home.ask("status")["unconfirmed"] == 1


def test_killed_with_the_acknowledgement_lost(home: Home, exchange: Exchange) -> None:
    exchange.inject("lost-ack:1.0")
    with trading(home) as robot:
        robot.send_order(ORDER)
        robot.wait_until(exchange.placed, "the order at the exchange")
        robot.kill()
    taped = sent(home)
    exchange.inject("clear")
    with trading(home) as robot:
        robot.wait_for(row(1, "50,000", "? UNKNOWN"), "1 UNKNOWN")
        assert len(exchange.orders) == 1
        assert exchange.placed() == taped == sent(home), "one order, sent once"

        robot.press("3", "x")  # what nobody knows can still be cancelled, and its report settles the matter
        robot.wait_for(row(1, "CXLD"), lambda robot: "UNKNOWN" not in robot.text)
        assert exchange.orders == []


def test_killed_after_the_acknowledgement(home: Home, exchange: Exchange) -> None:
    with trading(home, order=ORDER) as robot:
        robot.kill()
    with trading(home) as robot:
        robot.wait_for(row(1, "50,000"))
        assert not robot.line("000001", "CXLD")
        assert exchange.placed() == sent(home), "sent once"
        assert len(sent(home)) == 1
        robot.press("3", "x")
        robot.wait_for(row(1, "CXLD"))
        assert exchange.orders == []


def test_killed_with_a_replace_on_its_way(home: Home, exchange: Exchange) -> None:
    with trading(home, order=ORDER) as robot:
        exchange.inject("stall:60s")
        robot.command("amend 1 @ 50500")
        robot.confirm()
        robot.wait_until(lambda: sent(home, "XCN"), "the replace on the tape")
        robot.kill()
    exchange.inject("clear")
    with trading(home) as robot:
        robot.wait_for(row(1, "UNKNOWN"), "1 UNKNOWN")
        assert len(sent(home, "XCN")) == 1
        assert len(sent(home, "D")) == 1
        assert len(exchange.orders) == 1, "the old one or the new one, never both"


# --- the exchange dies --------------------------------------------------------------------------------------


def test_the_exchange_dies_with_an_order_on_its_way(home: Home, exchange: Exchange) -> None:
    with trading(home) as robot:
        exchange.inject("stall:60s")
        robot.send_order(ORDER)
        robot.wait_for(row(1, "PEND"))
        exchange.kill()
        robot.wait_for(row(1, "? UNKNOWN"), lambda robot: "OE▼" in robot.lines[0], timeout=1.0)

        robot.send_order("buy 0.02 btc @ 49000")
        robot.wait_for_line("refused", "OE is down")
        robot.drop_draft()
        exchange.start()
        robot.wait_until_live()
        robot.wait_for(row(1, "? UNKNOWN"))
        assert len(sent(home)) == 1, "nothing is sent again, nothing that was refused is sent late"
        assert exchange.placed() == []
        assert len(exchange.orders) <= 1


# --- the terminal hangs -------------------------------------------------------------------------------------


def test_a_terminal_that_stops_reading_does_not_touch_the_session(home: Home, exchange: Exchange) -> None:
    exchange.config(home, heart_bt_int=5)
    with trading(home, order=ORDER, size=LARGE) as robot:
        before = home.ask("status")["sessions"]["OE"]
        started = time.monotonic()
        seen = []

        def moved_on() -> bool:
            seen.append(home.ask("status")["sessions"]["OE"])
            assert seen[-1]["state"] == "live", seen[-1]
            numbers = ("next_in", "next_out")
            return time.monotonic() - started > 5 and all(seen[-1][n] > before[n] for n in numbers)

        wait(moved_on, "heartbeats both ways while nobody reads the terminal")
        assert robot.read_all() > 8000, "far more was waiting than a terminal's buffer takes: the screen hung"
        assert seen[-1]["last_in_age"] < 6

        assert home.ask("cancel", "1")["ok"], "orders go through while the screen hangs"
        robot.wait_for(row(1, "CXLD"))
        robot.wait_until_live()
        dials = [event for event, _ in home.tape("x").session_events() if event == "dial"]
        assert len(dials) == 1, "no reconnect"


def test_a_terminal_that_hangs_for_too_long_is_a_loss(home: Home, exchange: Exchange) -> None:
    """The policy is followed without the screen, and when it comes back so do the sessions."""
    exchange.config(home, desk='on_ui_loss = "cancel"\nui_hung_after = 1.0')
    with trading(home, order=ORDER, size=LARGE) as robot:
        wait(lambda: exchange.orders == [], "the order is cancelled while nobody reads the terminal")
        wait(lambda: home.tape("x").sent("5"), "the session is logged out")
        robot.wait_until(
            lambda: [event for event, _ in home.tape("x").session_events()].count("live") == 2,
            "logged on again, now that the screen is read",
        )
        robot.wait_until_live()
        robot.wait_for(row(1, "CXLD"))
        assert len(sent(home, "F")) == 1


# --- the terminal goes --------------------------------------------------------------------------------------


def logged_out(home: Home) -> bool:
    """Our Logout went out last, and the session's end is on the tape as a clean one."""
    tape = home.tape("x")
    event, note = tape.session_events()[-1]
    return len(tape.sent("5")) == 1 and len(tape.received("5")) == 1 and event == "end" and note["clean"]


@pytest.mark.parametrize("how", ["SIGTERM", "hang-up"])
def test_the_terminal_goes_and_orders_stay(home: Home, exchange: Exchange, how: str) -> None:
    with trading(home, order=ORDER) as robot:
        if how == "SIGTERM":
            robot.signal(signal.SIGTERM)
        else:
            robot.hang_up()
        robot.wait_for_end()
        if how == "SIGTERM":
            assert "A-000001" in robot.text, f"it says what is left open\n{robot.dump()}"
    assert logged_out(home)
    assert len(exchange.orders) == 1
    assert sent(home, "F") == []


@pytest.mark.parametrize("how", ["SIGTERM", "hang-up"])
def test_the_terminal_goes_and_orders_are_cancelled(home: Home, exchange: Exchange, how: str) -> None:
    exchange.config(home, desk='on_ui_loss = "cancel"')
    with trading(home, order=ORDER) as robot:
        if how == "SIGTERM":
            robot.signal(signal.SIGTERM)
        else:
            robot.hang_up()
        robot.wait_for_end()
    assert logged_out(home)
    assert exchange.orders == []
    assert len(sent(home, "F")) == 1
    reports = [message.text(39) for message in home.tape("x").received("8")]
    assert reports[-1] == "4", "the cancel was confirmed before we left"


def test_the_terminal_goes_and_the_desk_stays(home: Home, exchange: Exchange) -> None:
    exchange.config(home, desk='on_ui_loss = "stay"')
    with trading(home, order=ORDER) as robot:
        robot.hang_up()
        wait(lambda: home.ask("status")["open_orders"] == 1, "the desk answers without a screen")
        placed = home.ask("order", "buy 0.02 btc @ 49000")
        assert placed["outcome"] == "working"
        assert home.ask("status")["sessions"]["OE"]["state"] == "live"
        assert robot.process.isalive()
        robot.signal(signal.SIGTERM)
        robot.wait_for_end()
    assert logged_out(home)
    assert len(exchange.orders) == 2


@pytest.mark.parametrize("how", ["SIGTERM", "Q"])
def test_leaving_while_it_dials(home: Home, exchange: Exchange, how: str) -> None:
    """A venue that takes the connection and then says nothing must not keep anyone from leaving."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        exchange.config(home, order_entry=where, market_data=where)
        with Robot(home) as robot:
            robot.wait_for("OE◔")
            if how == "SIGTERM":
                robot.signal(signal.SIGTERM)
            else:
                robot.press("Q")
                robot.answer("y", lambda robot: robot.line("QUIT?"))
            robot.wait_for_end(timeout=5)


# --- two of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", ["embedded", "x"])
def test_a_second_blotter_says_who_has_the_desk(home: Home, exchange: Exchange, venue: str) -> None:
    with Robot(home, SMALL, "--venue", venue) as first:
        first.wait_until_live()
        with Robot(home, SMALL, "--venue", venue) as second:
            assert second.wait_for_end() != 0
            first.read()
            assert str(first.pid) in second.text, second.dump()
            assert "Traceback" not in second.text
        first.wait_until_live()
        assert first.process.isalive()


# --- the disk -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    os.name == "posix" and os.geteuid() == 0, reason="root may write to a read-only directory"
)
def test_a_data_directory_that_cannot_be_written(home: Home) -> None:
    home.data.mkdir()
    home.data.chmod(0o500)
    with Robot(home) as robot:
        assert robot.wait_for_end() != 0
        assert str(home.data) in robot.text, robot.dump()
        assert "Traceback" not in robot.text


def test_a_data_directory_that_is_a_file(home: Home) -> None:
    home.data.write_text("not a directory")
    with Robot(home) as robot:
        assert robot.wait_for_end() != 0
        assert str(home.data) in robot.text, robot.dump()
        assert "Traceback" not in robot.text


def test_a_full_disk_closes_entry_and_lets_cancels_go(home: Home, exchange: Exchange) -> None:
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("the size of another process's files can be limited on Linux only")
    with trading(home, order=ORDER) as robot:
        free = resource.prlimit(robot.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(robot.pid, resource.RLIMIT_FSIZE, (0, free[1]))  # no file may grow
        robot.send_order("buy 0.02 btc @ 49000")
        robot.wait_for_line("refused", "tape")
        assert len(exchange.orders) == 1
        robot.drop_draft()
        robot.press("3", "x")
        robot.wait_for(row(1, "CXLD"))
        assert exchange.orders == []

        resource.prlimit(robot.pid, resource.RLIMIT_FSIZE, free)
        robot.wait_for("the tape is written again")
        robot.send_order("buy 0.03 btc @ 48000")
        robot.wait_for_line("48,000", "WORKING")
        assert len(exchange.orders) == 1
        assert len(sent(home)) == 2, "the refused one never left"
        robot.quit()
    verified = home.command("journal", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert len(sent(home, "F")) == 1, "the cancel is on the tape now"
