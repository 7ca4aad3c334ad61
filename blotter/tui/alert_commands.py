"""Programs of the user's own that an alert runs: beside the screen, never in its way.

Each runs in a thread of its own, without a shell, in a session of its own, with a time limit after which it is killed
with all it has started; a few at a time, the next ones wait in no queue but are told of. It gets the alert as JSON on
its standard input and in BLOTTER_ALERT_* variables, and of this process's environment only what a program needs to find
its way: keys and secrets may stand in the rest. What it prints is not read; why it failed is. Nothing here waits.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from typing import Final

import msgspec

from blotter.trading.decimals import plain
from blotter.tui.alerting import Run

AT_ONCE: Final = 4
PASSED: Final = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "DISPLAY",
    "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER", "SYSTEMROOT",
)  # fmt: skip
"""Of the environment. Everything else stays here."""
TOLD: Final = 200
"""Characters of a program's complaint that are shown."""


class AlertCommands:
    """Runs them; `failures` are for the screen."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name: environ[name] for name in PASSED if name in environ}
        self._failures: SimpleQueue[str] = SimpleQueue()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(self, run: Run) -> None:
        """Returns at once."""
        if not self._places.acquire(blocking=False):
            self._failures.put(f"alert {run.rule.title}: not run, {AT_ONCE} programs are running already")
            return
        threading.Thread(target=self._run, args=(run,), name="alert", daemon=True).start()

    def failures(self) -> list[str]:
        """What went wrong since the last look."""
        found = []
        with contextlib.suppress(Empty):
            while True:
                found.append(self._failures.get_nowait())
        return found

    def close(self) -> None:
        """The screen ends: so do they."""
        with self._lock:
            self._closed = True
            for process in self._running:
                _kill(process)

    def _run(self, run: Run) -> None:
        try:
            wrong = self._outcome(run)
        finally:
            self._places.release()
        if wrong:
            self._failures.put(f"alert {run.rule.title}: {run.rule.command[0]} {wrong}")

    def _outcome(self, run: Run) -> str:
        """Why it failed; "" where it did not."""
        told = facts(run)
        variables = {f"BLOTTER_ALERT_{name.upper()}": text for name, text in told.items()}
        with self._lock:
            if self._closed:
                return ""
            try:
                process = subprocess.Popen(  # noqa: S603 - the user's own program, and no shell
                    run.rule.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    env={**self._environ, **variables},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                return f"cannot be started: {getattr(error, 'strerror', None) or error}"
            self._running.add(process)
        try:
            with process:  # closes what it was told through, and sees it end
                try:
                    _, complaint = process.communicate(msgspec.json.encode(told), timeout=run.rule.timeout)
                except subprocess.TimeoutExpired:
                    _kill(process)
                    return f"was ended after {run.rule.timeout:g} s"
        finally:
            with self._lock:
                self._running.discard(process)
        if not process.returncode:
            return ""
        said = " ".join(complaint.decode("utf-8", "replace").split())[:TOLD]
        return f"ended with code {process.returncode}" + (f": {said}" if said else "")


def facts(run: Run) -> dict[str, str]:
    """What a program is told."""
    happening = run.happening
    return {
        "rule": run.rule.title,
        "event": happening.event.value,
        "text": happening.text,
        "at": str(happening.at),
        "symbol": happening.symbol,
        "side": "" if happening.side is None else happening.side.name,
        "notional": "" if happening.notional is None else plain(happening.notional),
        "order_id": happening.order_id,
        "session": happening.session,
        "venue": happening.venue,
        "account": happening.account,
        "more": str(run.more),
    }


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
