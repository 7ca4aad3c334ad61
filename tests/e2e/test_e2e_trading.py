"""A day at the desk, from the keyboard to the exchange's books, in a small and in a large terminal."""

import signal
from decimal import Decimal
from typing import Any

import pytest
from counter_venue import Exchange
from robot import EMPTY_LINE, LARGE, REACTION, SMALL, Home, Robot, Size, row


def terms(orders: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """What the exchange's books and the fold of our tape must agree on."""
    return {
        (
            o["cl_ord_id"],
            o["symbol"],
            o["side"],
            *(Decimal(o[key]) for key in ("price", "order_qty", "cum_qty")),
        )
        for o in orders
    }


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_lists_stops_and_held_terms(home: Home, size: Size) -> None:
    with Robot(home, size) as robot:
        robot.wait_until_live()

        robot.send_order("buy 0.01 btc @ 50000 then sell @ 90000 stop 40000")
        robot.wait_for_line("▾", "3 legs")
        robot.wait_for_line("├ in", "50,000", "WORKING")
        robot.wait_for_line("├ sl", "≤40,000", "PENDING")
        robot.wait_for_line("└ tp", "90,000", "PENDING")

        robot.send_order("sell 0.01 btc stop 30000")
        robot.wait_for(row(4, "≤30,000", "HELD"))

        robot.command("tick 4 up")
        robot.wait_for(row(4, "≤30,000.01", "HELD"))

        robot.command("hold buy 0.02 btc @ 41000")
        robot.wait_for_line("H-", "41,000", "HELD HERE")
        robot.command("release 1")
        robot.wait_for("SUBMIT H-000001")
        robot.confirm()
        robot.wait_for(row(5, "41,000", "WORKING"))

        robot.command("cancel 2")
        robot.wait_for("takes L-000001 along, 2 orders more")
        robot.answer("y", lambda robot: any("takes L-000001" in line for line in robot.lines))
        robot.wait_for_line("├ in", "CXLD")
        robot.wait_for_line("└ tp", "CXLD")

        robot.press("f8", "f8")
        robot.wait_for("2 of 2 answered", row(4, "CXLD"), row(5, "CXLD"))
        robot.press("escape")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_a_day_at_the_desk(home: Home, size: Size) -> None:
    with Robot(home, size) as robot:
        robot.wait_until_live()

        robot.send_order("buy 0.01 btc @ 50000")
        robot.wait_for(row(1, "50,000", "WORKING"))

        robot.command("amend 1 qty 0.006")  # smaller: in place
        robot.wait_for("Change, keeps its place")
        robot.confirm()
        robot.wait_for(row(1, "0.006", "50,000", "WORKING"))

        robot.command("amend 1 @ 50100")  # another price: cancel and new
        robot.wait_for("Cancel/Replace, goes to the end of the queue")
        robot.confirm()
        robot.wait_for(row(1, "0.006", "50,100", "WORKING"))

        robot.press("3", "x")
        robot.wait_for(row(1, "CXLD"))

        robot.send_order("buy 0.01 btc market")
        robot.wait_for(row(2, "FILLED"))
        robot.press("4")
        robot.wait_for_line("BTC", "BUY", "0.01", "000002")

        robot.press("3")
        robot.send_order("buy 0.02 btc @ 40000")
        robot.send_order("sell 0.001 btc @ 90000")
        robot.wait_for(row(3, "WORKING"), row(4, "WORKING"))
        robot.press("f8")
        robot.wait_for("ENTRY IS OFF", "2 open orders", row(3, "WORKING"))
        robot.press("f8")
        robot.wait_for(row(3, "CXLD"), row(4, "CXLD"), "2 of 2 answered")
        robot.send_order("buy 0.01 btc @ 45000")
        robot.wait_for("entry is stopped")
        robot.press("escape")
        robot.command("resume")
        robot.wait_for("entry is on")

        robot.send_order("buy 0.03 btc @ 45500")
        robot.wait_for(row(5, "45,500", "WORKING"))
        before = home.ask("orders")["orders"]
        assert robot.quit() == 0, robot.dump()

    with Robot(home, size) as robot:
        robot.wait_until_live()
        robot.wait_for(row(5, "45,500"), row(4, "CXLD"), row(2, "FILLED"), row(1, "50,100", "CXLD"))
        robot.press("4")
        robot.wait_for_line("BTC", "BUY", "0.01", "000002")
        after = home.ask("orders")["orders"]
        assert robot.quit() == 0, robot.dump()

    told = ("id", "state", "order_qty", "price", "cum_qty", "avg_px", "cl_ord_id", "order_id")
    assert [[order[key] for key in told] for order in after] == [
        [order[key] for key in told] for order in before
    ]
    verified = home.command("journal", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr

    tape = home.tape()
    sent = [message.text(11) for message in tape.sent("D")]
    assert len(sent) == 5, "one D for each order confirmed, none for the refused one, none for an amend"
    assert len(set(sent)) == 5
    assert len(tape.sent("XAK")) == 1
    assert len(tape.sent("XCN")) == 1
    assert len(tape.sent("F")) == 3

    with Exchange(home, home.data / "embedded" / "exchange") as exchange:
        assert terms(exchange.orders) == terms([order for order in after if order["state"] == "new"])
        assert {order["price"] for order in exchange.orders} == {"45500"}
        assert {fill["cl_ord_id"] for fill in exchange.fills} == {sent[1]}


def test_a_burst_of_keys_stops_at_the_review(home: Home) -> None:
    """A paste into a terminal without bracketed paste, or keys a slow link held back: who has not seen the review
    has not confirmed it. Tried several times, for which key meets which frame is chance."""
    with Robot(home) as robot:
        robot.wait_until_live()
        for price in (50000, 50100, 50200, 50300):
            robot.signal(signal.SIGSTOP)
            robot.type(f":buy 0.01 btc @ {price}\ry")
            robot.signal(signal.SIGCONT)
            robot.wait_for(
                lambda robot, price=price: robot.reviewing() or robot.line("BUY", f"{price:,}", "WORKING")
            )
            assert robot.reviewing(), f"sent unseen\n{robot.dump()}"
            assert home.tape().sent("D") == [], f"sent unseen\n{robot.dump()}"
            robot.press("escape")
            robot.wait_for("esc drop", lambda robot: not robot.reviewing())
            robot.press("escape")
            robot.wait_for_line(EMPTY_LINE)


def test_a_key_that_is_held_down_sends_once(home: Home) -> None:
    with Robot(home) as robot:
        robot.wait_until_live()
        for number, price in enumerate((50000, 40000), start=1):
            robot.command(f"buy 0.01 btc @ {price}")
            robot.wait_for(Robot.reviewing)
            robot.look_for(REACTION)
            robot.type("y" * 30)
            robot.wait_for(row(number, f"{price:,}", "WORKING"))
            robot.drop_draft()
            assert len(home.tape().sent("D")) == number


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_what_is_typed_behind_the_colon_never_acts_on_the_list(home: Home, size: Size) -> None:
    """Keys may come in one burst: a slow link, a busy machine, a paste. An `x` in it must not cancel."""
    with Robot(home, size) as robot:
        robot.wait_until_live()
        robot.send_order("buy 0.01 btc @ 50000")
        robot.wait_for(row(1, "WORKING"))
        robot.press("3")
        robot.wait_for_line("x cancel")
        robot.signal(signal.SIGSTOP)  # a moment of silence, as on a bad line: the keys arrive together
        robot.type(":fxx buy max")
        robot.signal(signal.SIGCONT)
        robot.wait_for_line("> fxx buy max")
        assert home.tape().sent("F") == []
        assert robot.line("000001", "WORKING"), robot.dump()
