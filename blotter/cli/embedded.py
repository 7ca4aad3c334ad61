"""The embedded exchange as a child process: started, kept alive on the same ports, gone when we are.

A process of its own so that neither can delay or take down the other; it ends when its standard input does, so a killed
blotter leaves nothing running.
"""

import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from blotter.desk.setup import Announced

START_TIMEOUT = 15.0
PORT_OPTIONS = {
    "oe": "--port",
    "md": "--md-port",
    "dc": "--dc-port",
    "rest": "--rest-port",
    "control": "--control-port",
}


class ExchangeFailed(Exception):
    """The embedded exchange did not come up; the text is what it said."""


class EmbeddedExchange:
    """Use as a context manager. `announced` says where it listens and which key it trusts."""

    def __init__(
        self,
        directory: Path,
        *,
        dialect: str = "binance",
        fresh: bool = False,
        arguments: tuple[str, ...] = (),
    ) -> None:
        """`dialect`: whose FIX it speaks."""
        self._directory = directory
        self._dialect = dialect
        self._fresh = fresh
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._starting = threading.Lock()  # no process is started once we are closing
        self._watcher = threading.Thread(target=self._watch, name="exchange-watch", daemon=True)
        self.announced: Announced

    def __enter__(self) -> "EmbeddedExchange":
        self.announced = self._start(self._fresh, {})
        self._watcher.start()
        return self

    def __exit__(self, *details: object) -> None:
        with self._starting:
            self._closing.set()
            process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # which ends it
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._watcher.is_alive():
            self._watcher.join(timeout=5)  # it may be reading what the process says last
        if process.stdout is not None:
            process.stdout.close()

    def _start(self, fresh: bool, ports: dict[str, str]) -> Announced:
        """`ports`: option to port, to come back where it was before; others are chosen by the system."""
        command = [
            sys.executable,
            "-m",
            "blotter",
            "--data-dir",
            str(self._directory.parent),
            "exchange",
            "--json",
            "--dialect",
            self._dialect,
        ]
        command += ["--data-dir", str(self._directory), "--exit-with-stdin"]
        command += [word for option in ports.items() for word in option]
        command += self._arguments
        if fresh:
            command.append("--fresh")
        with (self._directory.parent / "exchange.log").open("ab") as log, self._starting:
            if self._closing.is_set():
                raise ExchangeFailed("the embedded exchange was not started again: it is being left")
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # the terminal's signals are not for it
            )
            before, self._process = self._process, process
        for pipe in (before.stdin, before.stdout) if before is not None else ():
            if pipe is not None:
                pipe.close()
        line = self._first_line(process)
        try:
            return msgspec.json.decode(line, type=Announced)
        except msgspec.MsgspecError as error:
            process.kill()
            process.wait()
            said = (self._directory.parent / "exchange.log").read_text(errors="replace").strip().splitlines()
            raise ExchangeFailed(
                f"the embedded exchange did not start: {said[-1] if said else error}"
            ) from None

    def _first_line(self, process: subprocess.Popen[bytes]) -> bytes:
        timer = threading.Timer(START_TIMEOUT, process.kill)
        timer.start()
        try:
            return process.stdout.readline() if process.stdout is not None else b""
        finally:
            timer.cancel()

    def _watch(self) -> None:
        """Start it again, on the same ports, if it dies before we leave."""
        where = {**self.announced.fix, "rest": self.announced.rest, "control": self.announced.control}
        ports = {PORT_OPTIONS[name]: address.rpartition(":")[2] for name, address in where.items() if address}
        while not self._closing.is_set():
            process = self._process
            if process is None:
                return
            process.wait()
            if self._closing.wait(1.0):
                return
            try:
                self._start(False, ports)
            except (ExchangeFailed, OSError):
                continue  # its own log says why; the session shows that nothing listens
