"""Several venues in one blotter, each against an exchange of its own dialect: one is killed and comes back, the others
trade."""

import contextlib
import os
import signal
from collections.abc import Mapping

import pytest
from robot import LARGE, Home, Robot, descendants

SYMBOLS: Mapping[str, str] = {
    "binance": "btcusdt",
    "bybit": "btcusdt",
    "coinbase": "btc-usd",
    "deribit": "btc_usdc",
    "kraken": "btc/usd",
}
"""One of each dialect; the venues are called as their dialects."""


def config(*names: str) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f"venue = [{listed}]\n" + "".join(f'[venues.{name}]\nvenue = "{name}"\n' for name in names)


def send(robot: Robot, terms: str, venue: str) -> None:
    """Send it, also where a rule warns that nothing is known of the market."""
    robot.send_order(terms)
    robot.wait_for(lambda robot: robot.line(f"sent {venue}:") or robot.line("IN SPITE"))
    if robot.line("IN SPITE"):
        robot.answer("W", lambda robot: robot.line("IN SPITE"))


def working(robot: Robot, venue: str) -> bool:
    return any(venue in line and "000001" in line and "WORKING" in line for line in robot.lines)


def exchange_of(robot: Robot, venue: str) -> int:
    """The process of this venue's exchange."""
    for pid in descendants(robot.pid):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/cmdline", "rb") as file:
            if f"{venue}/exchange".encode() in file.read():
                return pid
    raise AssertionError(f"{venue} has no exchange\n{robot.dump()}")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds a process by what /proc says of it")
def test_five_venues_of_which_one_is_killed_and_comes_back(home: Home) -> None:
    names = tuple(SYMBOLS)
    home.write_config(config(*names))
    with Robot(home, LARGE) as robot:
        robot.wait_for("7/7 live", timeout=60)
        robot.wait_for("entry on")
        for name in names:
            send(robot, f"buy 0.01 {SYMBOLS[name]}.{name} @ 50000", name)
            robot.wait_for(lambda robot, name=name: working(robot, name))

        os.kill(exchange_of(robot, "kraken"), signal.SIGKILL)
        robot.wait_for("live hb", "kraken OE waiting", "entry on at 4/5, not kraken")
        send(robot, "buy 0.02 btcusdt.bybit @ 40000", "bybit")
        robot.wait_for_line("000002", "bybit", "WORKING")
        robot.wait_for("7/7 live", lambda robot: robot.line("entry on  "), timeout=30)
        assert working(robot, "kraken")

        robot.press("f8")
        robot.wait_for("ENTRY IS OFF", "6 open orders")
        robot.press("f8")
        robot.wait_for("6 of 6 answered", "6 canceled")
        robot.press("escape")
        robot.press("Q")
        robot.answer("y", lambda robot: robot.line("QUIT?"))
        assert robot.wait_for_end() == 0
    for name in names:
        assert len(home.tape(name).sent("D")) == (2 if name == "bybit" else 1)
