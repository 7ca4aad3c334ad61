"""The embedded exchange as a process that a test may stall, kill and start again, and what stands in its books."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from robot import BLOTTER, PATIENCE, Home

from blotter.cli.embedded import PORT_OPTIONS
from blotter.exchange.event import Place, Replace
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.store import _read_log

CONFIG = """\
venue = "x"

[desk]
{desk}

[venues.x]
environment = "embedded"
order_entry = "{order_entry}"
market_data = "{market_data}"
ca_file = "{ca_file}"
api_key_file = "{api_key_file}"
private_key_file = "{private_key_file}"
symbols = ["BTCUSDT", "ETHUSDT"]
heart_bt_int = {heart_bt_int}
"""
INDEPENDENT = """\
drop_copy = "{fix[dc]}"
rest = "{rest}"
"""


class Exchange:
    """One exchange on one data directory. Use as a context manager."""

    def __init__(self, home: Home, directory: Path | None = None, *, rate: str = "0") -> None:
        """`directory`: where its books are, when they are there already. `rate`: market events a second and symbol;
        without any the market stands still."""
        self._home = home
        self._rate = rate
        self.directory = directory or home.directory / "exchange"
        self._process: subprocess.Popen[bytes] | None = None
        self.announced: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start, or start again on the same ports."""
        before = self.announced
        addresses = {
            **before.get("fix", {}),
            "rest": before.get("rest", ""),
            "control": before.get("control", ""),
        }
        ports = [
            word
            for name, option in PORT_OPTIONS.items()
            for word in (option, addresses.get(name, "").rpartition(":")[2] or "0")
        ]
        with (self._home.directory / "exchange.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*BLOTTER, "exchange", "--json", "--exit-with-stdin", "--rate", self._rate,
                 "--data-dir", str(self.directory), *ports],
                env=self._home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self._home.directory / "exchange.log").read_text()
        self.announced = json.loads(line)

    def kill(self) -> None:
        """SIGKILL: as its machine would go."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def request(self, **request: str) -> dict[str, Any]:
        """Through the control port."""
        host, _, port = self.announced["control"].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
        assert answer["ok"], answer
        return answer

    def inject(self, faults: str) -> None:
        self.request(fault=faults)

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The client's open orders."""
        return list(self.request(ask="orders")["orders"])

    @property
    def fills(self) -> list[Any]:
        return list(self.request(ask="fills")["fills"])

    def placed(self) -> list[str]:
        """ClOrdID of every new order that ever reached the exchange since it was started: its own log, not ours."""
        found: list[str] = []
        for path in self.directory.glob("log-*"):
            for command in _read_log(path):
                if isinstance(command, Place) and command.account == ACCOUNT:
                    found.append(command.cl_ord_id)
                elif isinstance(command, Replace) and command.account == ACCOUNT:
                    found.append(command.place.cl_ord_id)
        return found

    def config(
        self,
        home: Home,
        *,
        desk: str = "",
        heart_bt_int: int = 30,
        order_entry: str = "",
        market_data: str = "",
        independent: bool = False,
        more: str = "",
    ) -> None:
        """Write a config for `home` that trades here, or at the addresses given. `independent`: drop copy and REST too;
        `more`: other tables."""
        announced = self.announced
        text = CONFIG + INDEPENDENT if independent else CONFIG
        home.write_config(
            text.format(
                desk=desk,
                order_entry=order_entry or announced["fix"]["oe"],
                market_data=market_data or announced["fix"]["md"],
                ca_file=announced["ca_file"],
                api_key_file=home.write_secret("api-key", announced["api_key"]),
                private_key_file=announced["private_key_file"],
                heart_bt_int=heart_bt_int,
                fix=announced["fix"],
                rest=announced["rest"],
            )
            + more
        )


def wait(condition: Any, what: str, timeout: float = PATIENCE) -> None:
    """Poll something outside every screen."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        time.sleep(0.01)
