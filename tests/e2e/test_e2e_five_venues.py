"""Five venues in one blotter, each against an embedded exchange that speaks its dialect: trade at all of them, lose one
while it goes on at the others, and stop everywhere at once."""

import contextlib
import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from robot import LARGE, PATIENCE, Home, Robot, descendants

from blotter.desk import control
from blotter.exchange.dialect import dialect
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.store import Store

SYMBOLS = {
    "binance": "BTCUSDT.binance",
    "bybit": "BTCUSDT.bybit",
    "coinbase": "BTC-USD.coinbase",
    "deribit": "BTC_USDC",  # nobody else has it
    "kraken": "BTC/USD.kraken",
}


def exchange_of(robot: Robot, venue: str) -> int:
    """The process of the embedded exchange."""
    for pid in descendants(robot.pid):
        words = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
        )
        if f"--dialect {venue} " in words.stdout:
            return pid
    raise AssertionError(f"no exchange speaks {venue}")


@contextlib.contextmanager
def kept_down(home: Home, robot: Robot, venue: str) -> Iterator[None]:
    """SIGKILL its exchange. What is started in its place waits for the books, which are ours meanwhile."""
    with (home.data / venue / "exchange" / "lock").open("ab") as books:

        def taken() -> bool:
            try:
                fcntl.flock(books, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        os.kill(exchange_of(robot, venue), signal.SIGKILL)
        robot.wait_until(taken, f"the books of {venue} are ours")
        yield


def told(home: Home, venue: str) -> dict[str, tuple[Any, ...]]:
    """What our desk has, by ClOrdID."""
    orders = control.ask(home.data / venue, {"verb": "orders"}, PATIENCE)["orders"]
    return {
        order["cl_ord_id"]: (order["symbol"], Decimal(order["cum_qty"]), order["state"]) for order in orders
    }


def held(home: Home, venue: str) -> dict[str, tuple[Any, ...]]:
    """What the exchange has, when it has ended."""
    with Store(home.data / venue / "exchange") as store:
        engine = store.load(dialect(venue).listings)
    return {
        report.orig_cl_ord_id or report.cl_ord_id: (
            report.symbol,
            report.cum_qty,
            report.ord_status.name.lower(),
        )
        for report in engine.histories[ACCOUNT].orders()
    }


def test_five_venues_in_one_blotter(home: Home) -> None:
    home.write_config(
        f"venue = {list(SYMBOLS)}\n" + "".join(f'[venues.{venue}]\nvenue = "{venue}"\n' for venue in SYMBOLS)
    )
    with Robot(home, LARGE) as robot:
        robot.wait_for("5 venues binance, bybit, coinbase, deribit, kraken", "7/7 live", timeout=30)

        # an order at each, the symbol with its venue where several have it
        robot.command("buy 0.01 BTCUSDT @ 50000")
        robot.wait_for("BTCUSDT is at 2 venues: say BTCUSDT.binance or BTCUSDT.bybit")
        robot.drop_draft()
        for venue, symbol in SYMBOLS.items():
            robot.command(f"buy 0.01 {symbol} @ 50000")
            robot.wait_for(Robot.reviewing, "from mid" if venue == "binance" else "no market to compare with")
            robot.confirm()
            robot.wait_for_line("A-000001", venue, "BUY", "WORKING")
        robot.wait_for("5 open")

        # one is lost while another trades
        robot.command("buy 0.02 BTC-USD.coinbase @ 61000")
        robot.wait_for(Robot.reviewing)
        with kept_down(home, robot, "kraken"):
            robot.wait_for("6/7 live", "kraken OE", "entry on at 4/5, not kraken")
            robot.wait_for("1 order open at kraken: open orders of the session are canceled by the venue")
            robot.wait_for_line("A-000001", "kraken", "UNVERIFIED")
            robot.confirm()
            robot.wait_for_line("A-000002", "coinbase", "FILLED")
            robot.wait_for("6/7 live", lambda robot: robot.line("A-000001", "kraken", "UNVERIFIED"))
            for venue in ("binance", "bybit", "coinbase", "deribit"):
                assert robot.line("A-000001", venue, "WORKING"), robot.dump()

        # it is back by itself, and what stood there is known again
        robot.wait_for("7/7 live", timeout=30)
        robot.wait_for_line("A-000001", "kraken", "WORKING")

        # stop, everywhere
        robot.press("f8")
        robot.wait_for("ENTRY IS OFF", "5 open orders")
        robot.press("f8")
        robot.wait_for("5 of 5 answered", "5 canceled", "0 open")
        for venue in SYMBOLS:
            assert robot.line("A-000001", venue, "CXLD"), robot.dump()
        robot.press("escape")
        ours = {venue: told(home, venue) for venue in SYMBOLS}
        assert robot.quit() == 0, robot.dump()
        robot.wait_for(*(f"(UTC)  {venue}" for venue in SYMBOLS))

    for venue, symbol in SYMBOLS.items():
        assert ours[venue] == held(home, venue)
        assert len(home.tape(venue).sent("D")) == len(ours[venue]) == (2 if venue == "coinbase" else 1)
        assert {placed[0] for placed in ours[venue].values()} == {symbol.partition(".")[0]}
