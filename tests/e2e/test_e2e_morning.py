"""A trader's morning, from the first look at the market to the summary of the day, in a small and in a large terminal.

At every step what is on the screen; at the end the exchange's books against the tape.
"""

import csv
import re
from decimal import Decimal

import pytest
from counter_venue import Exchange
from robot import LARGE, SMALL, Home, Robot, Size, row

ALERTS = """
[presets]
BTCUSDT = ["0.01"]

[[alerts]]
event = "partial-fill"
name = "partly"

[[alerts]]
event = "session-down"
name = "lost"
session = "OE"
"""


def alerted(robot: Robot) -> bool:
    """The bar counts alerts."""
    return " alert" in " ".join(robot.lines[:2])


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_a_traders_morning(home: Home, size: Size) -> None:
    with Exchange(home, rate="4") as exchange:
        exchange.config(home, independent=True, more=ALERTS)
        with Robot(home, size) as robot:
            robot.wait_until_live()
            robot.wait_for("1Tkt" if size == SMALL else "1 Ticket")  # one pane at a time, or the desk

            # watch
            robot.press("M")
            robot.wait_for(lambda robot: re.search(r"● BTCUSDT +(59,9|60,0)\d\d\.\d\d ", robot.text))
            robot.wait_for(lambda robot: re.search(r" ETHUSDT +(2,99|3,00)\d\.\d\d ", robot.text))
            robot.press("2")
            robot.wait_for("spread", "book live", "b buys, s sells: a draft")

            # draft at the ladder, far below the market
            robot.press(*["page down"] * 5)
            robot.wait_for("the market is at", "no price under the cursor")
            robot.press("down")
            robot.wait_for("b buys, s sells: a draft")
            robot.press("b")
            robot.wait_for("buy #1 BTCUSDT @ 59", "◇ draft BUY 0.01", "Enter reviews, nothing is sent")
            price = Decimal(robot.line("buy #1 BTCUSDT @").rpartition("@")[2].strip())
            assert robot.line("◇0.01", f"{price:,.2f}"), robot.dump()
            assert home.tape("x").sent("D") == []

            # review, send
            robot.press("enter")
            robot.wait_for_line("REVIEW", f"BUY 0.01000 BTCUSDT LIMIT {price:,.2f} GTC")
            robot.confirm()
            robot.wait_for_line("●0.01", f"{price:,.2f}")
            robot.press("3")
            robot.wait_for(row(1, f"{price:,.2f}", "WORKING"))

            # amend by tick
            robot.press(">")
            robot.wait_for(row(1, f"{price + Decimal('0.01'):,.2f}", "WORKING"))

            # a partial fill: more than the best price has
            robot.send_order("buy 8 btc @ask")
            robot.wait_for(row(2, "PARTIAL"))
            robot.send_order("buy 0.5 eth @ 2500")
            robot.wait_for(row(3, "2,500.00", "WORKING"))

            # cancel a view: what the filter hides stays
            robot.press("3", "/")
            robot.type("symbol:BTC")
            robot.wait_for("symbol:BTC", lambda robot: not robot.line("000003"))
            robot.press("enter", "X")
            robot.answer("y", lambda robot: robot.line("CANCEL 2 orders", "2 BUY BTCUSDT"))
            robot.wait_for(row(1, "CXLD"), row(2, "CXLD"))
            robot.press("escape")
            robot.wait_for(row(3, "WORKING"))

            # the alerts it made, seen
            robot.press("0")
            robot.wait_for_line("partly", "A-000002", "filled in part")
            robot.wait_for(alerted)
            robot.press("A")
            robot.wait_for(lambda robot: not robot.line("partly", " A-000002  "))
            robot.wait_for(lambda robot: not alerted(robot))

            # the exchange dies and comes back
            robot.press("3")
            exchange.kill()
            robot.wait_for(row(3, "UNVERIFIED"), lambda robot: not robot.live("OE"), alerted)
            exchange.start()
            robot.wait_until_live()
            robot.wait_for(row(3, "2,500.00", "WORKING"))
            robot.press("0")
            robot.wait_for_line("lost", "OE is down")
            robot.press("A", "3")

            # export
            file = home.directory / "orders.csv"
            robot.command(f"export orders {file}")
            robot.press("0")
            robot.wait_for_line("3 rows of orders written to", file.name)
            with file.open(encoding="utf-8", newline="") as rows:
                exported = {line["id"]: line for line in csv.DictReader(rows)}
            assert {number: line["state"].split()[0] for number, line in exported.items()} == {
                "A-000001": "CXLD",
                "A-000002": "CXLD",
                "A-000003": "WORKING",
            }
            assert exported["A-000003"]["price"] == "2500.00"

            # leave
            orders = {order["id"]: order for order in home.ask("orders")["orders"]}
            assert robot.quit() == 0, robot.dump()
            robot.wait_for("1 order is still open at the venue: A-000003")
            robot.wait_for_line("orders", "3: 2 canceled, 1 new")
            robot.wait_for_line("BTCUSDT", "bought", orders["A-000002"]["cum_qty"], "sold 0")
            robot.wait_for_line("answers", "worst", "of 3")

        # the exchange has what the tape says
        tape = home.tape("x")
        sent = [message.text(11) for message in tape.sent("D")]
        assert len(set(sent)) == len(sent) == 3, "one D for each order confirmed"
        (left,) = exchange.orders
        assert (left["cl_ord_id"], left["price"], left["cum_qty"]) == (
            orders["A-000003"]["cl_ord_id"],
            "2500",
            "0",
        )
        told = {
            message.text(1003): (message.text(11), *(Decimal(message.text(tag)) for tag in (32, 31)))
            for message in tape.received("8")
            if message.text(150) == "F"
        }
        assert told == {
            str(fill["trade_id"]): (fill["cl_ord_id"], Decimal(fill["last_qty"]), Decimal(fill["last_px"]))
            for fill in exchange.fills
        }
        assert sum(qty for _, qty, _ in told.values()) == Decimal(orders["A-000002"]["cum_qty"]) > 0
    verified = home.command("journal", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
