"""A person at a terminal: runs `blotter` in a pseudo terminal, reads the screen an emulator makes of its output,
presses keys.

It never sleeps for a fixed time to let something happen: it reads until the screen says what is waited for, and fails
with the whole screen otherwise. Whatever happens, the process and everything it started is gone afterwards.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import pexpect
import pyte

from blotter.fix.codec import Message, decode
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.tape import Kind, Row

BLOTTER = [sys.executable, "-m", "blotter"]
PATIENCE = 15.0
"""Seconds anything may take. Far more than it takes, so that a busy machine fails nothing."""

REACTION = 0.1
"""Seconds between seeing a question and pressing the key."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "page down": "\x1b[6~",
    "f8": "\x1b[19~",
}


ALTERNATE_SCREEN = 1049
"""The private mode of xterm."""

EMPTY_LINE = "> buy 0.25 btc @bid"
"""The command line's placeholder."""


class Size(NamedTuple):
    columns: int
    rows: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows}"


SMALL, LARGE = Size(80, 24), Size(200, 50)

Seen = str | Callable[["Robot"], object]
"""What is waited for: a text anywhere on the screen, or a predicate."""


def row(number: int, *words: str) -> Callable[["Robot"], bool]:
    """The order's row holds all of these words."""

    def shown(robot: Robot) -> bool:
        return any(all(word in line for word in words) for line in robot.lines if f"{number:06d}" in line)

    return shown


class Terminal(pyte.Screen):
    """One that gives back an empty screen when a full-screen program leaves it, so that its last words stand alone."""

    def reset_mode(self, *modes: int, **private: Any) -> None:
        super().reset_mode(*modes, **private)
        if ALTERNATE_SCREEN in modes:
            self.erase_in_display(2)
            self.cursor_position()


class Home:
    """A directory of its own for one person: config, data, everything Blotter reads or writes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.config = directory / "xdg" / "blotter" / "config.toml"

    @property
    def env(self) -> dict[str, str]:
        # COLUMNS and LINES (pytest-xdist sets them) would overrule the size of the terminal
        foreign = ("BLOTTER", "XDG", "TEXTUAL", "COLUMNS", "LINES")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return inherited | {
            "HOME": str(self.directory),
            "XDG_CONFIG_HOME": str(self.directory / "xdg"),
            "XDG_DATA_HOME": str(self.directory / "share"),
            "XDG_STATE_HOME": str(self.directory / "state"),
            "BLOTTER_DATA_DIR": str(self.data),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "PYTHONWARNINGS": "error",
        }

    def write_config(self, text: str) -> Path:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, encoding="utf-8")
        return self.config

    def write_secret(self, name: str, text: str) -> Path:
        path = self.directory / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def command(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """A headless command, to its end."""
        return subprocess.run(
            [*BLOTTER, *words], env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )

    def ask(self, *words: str) -> dict[str, Any]:
        """A headless command that answers in JSON."""
        done = self.command(*words, "--json")
        assert done.stdout, f"blotter {' '.join(words)}: exit {done.returncode}, {done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def tape(self, profile: str = "embedded") -> "TapeView":
        return TapeView(self.data / profile / "tape.sqlite3")


class TapeView:
    """What stands on a tape, for assertions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, **wanted: Any) -> list[Row]:
        with TapeReader.open(self.path) as reader:
            return list(reader.rows(RowFilter(**wanted)))

    def messages(self, kind: Kind, msg_type: str, session: str = "OE") -> list[Message]:
        rows = self.rows(kinds=frozenset({kind}), msg_types=frozenset({msg_type}), session=session)
        return [decode(row.entry.payload) for row in rows]

    def sent(self, msg_type: str, session: str = "OE") -> list[Message]:
        return self.messages(Kind.OUT, msg_type, session)

    def received(self, msg_type: str, session: str = "OE") -> list[Message]:
        return self.messages(Kind.IN, msg_type, session)

    def session_events(self, session: str = "OE") -> list[tuple[str, dict[str, Any]]]:
        rows = self.rows(kinds=frozenset({Kind.SESSION}), session=session)
        return [(row.entry.msg_type, json.loads(row.entry.payload)) for row in rows]

    def facts(self, name: str) -> list[dict[str, Any]]:
        rows = self.rows(kinds=frozenset({Kind.ACT}), msg_types=frozenset({name}))
        return [json.loads(row.entry.payload) for row in rows]


class Robot:
    """One run of the blotter. Use as a context manager."""

    def __init__(
        self, home: Home, size: Size = SMALL, *words: str, preexec: Callable[[], None] | None = None
    ) -> None:
        self.home = home
        self.size = size
        self._screen = Terminal(size.columns, size.rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lines = [""] * size.rows
        self._family: set[int] = set()
        self.process = pexpect.spawn(
            BLOTTER[0],
            [*BLOTTER[1:], *words],
            env=home.env,
            dimensions=(size.rows, size.columns),
            encoding=None,
            echo=False,
            preexec_fn=preexec,
        )
        self.process.delaybeforesend = None
        self.pid: int = self.process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.kill()

    # --- seeing ----------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        screen = self._screen
        for number in screen.dirty:  # a large screen is looked at hundreds of times, and little of it changes
            cells = screen.buffer[number]
            self._lines[number] = "".join(cells[at].data for at in range(screen.columns)).rstrip()
        screen.dirty.clear()
        return self._lines

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line(self, *words: str) -> str:
        """The first line that holds all of the words; empty when there is none."""
        return next((line for line in self.lines if all(word in line for word in words)), "")

    def dump(self) -> str:
        """The screen in a frame, for failures."""
        edge = "+" + "-" * self.size.columns + "+"
        body = [f"|{line:<{self.size.columns}}|" for line in self._screen.display]
        alive = "running" if self.process.isalive() else f"exit {self.exit_code}"
        return "\n".join([f"screen {self.size}, {alive}", edge, *body, edge, self._log_tail()])

    def _log_tail(self) -> str:
        logs = sorted(self.home.data.glob("*/blotter.log"))
        return "\n".join(line for log in logs for line in log.read_text().splitlines()[-15:])

    def read(self, seconds: float = 0.05) -> bool:
        """Take what the program has written, waiting at most so long for the first byte. False at its end."""
        if self.process.closed:
            time.sleep(seconds)
            return self.process.isalive()
        try:
            self._stream.feed(self.process.read_nonblocking(65536, seconds))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def read_all(self) -> int:
        """Take everything that is there without waiting; how many bytes that was."""
        total = 0
        with contextlib.suppress(pexpect.TIMEOUT):
            while True:
                data = self.process.read_nonblocking(65536, 0)
                self._stream.feed(data)
                total += len(data)
        return total

    def wait_for(self, *wanted: Seen, timeout: float = PATIENCE) -> None:
        """Read until the screen shows all of this at once. Raises with the whole screen otherwise."""
        deadline = time.monotonic() + timeout
        while not all(self._shows(one) for one in wanted):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:g} s: {self._missing(wanted)}\n{self.dump()}")
            if not self.read():
                if all(self._shows(one) for one in wanted):
                    return
                raise AssertionError(f"ended before: {self._missing(wanted)}\n{self.dump()}")

    def _shows(self, wanted: Seen) -> bool:
        return wanted in self.text if isinstance(wanted, str) else bool(wanted(self))

    def _missing(self, wanted: Sequence[Seen]) -> str:
        absent = [one for one in wanted if not self._shows(one)]
        return ", ".join(repr(one) if isinstance(one, str) else "a predicate" for one in absent)

    def wait_for_line(self, *words: str, timeout: float = PATIENCE) -> str:
        """Until one line holds all of the words; that line."""

        def shown(robot: Robot) -> bool:
            return bool(robot.line(*words))

        try:
            self.wait_for(shown, timeout=timeout)
        except AssertionError as error:
            raise AssertionError(f"no line with {words}: {error}") from None
        return self.line(*words)

    def wait_until(self, condition: Callable[[], object], what: str, timeout: float = PATIENCE) -> None:
        """Until something outside the screen holds; the screen is read meanwhile, so that it never blocks."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:g} s: {what}\n{self.dump()}")
            self.read(0.02)

    # --- doing -----------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        self.process.send(text.encode())

    def press(self, *keys: str) -> None:
        """Keys by name, or characters. Read the screen between two that depend on each other."""
        for key in keys:
            self.process.send(KEYS.get(key, key).encode())
            if key == "escape":  # with another byte close behind it, a terminal means Alt and that byte
                self.look_for(2 * REACTION)

    def command(self, line: str) -> None:
        """`:`, the line, Enter; each step is seen before the next, as a person would."""
        self.press(":")
        self.wait_for_line("esc drop", "enter review")  # the footer: the command line has the keys
        self.wait_for_line(EMPTY_LINE)
        self.type(line)
        self.wait_for_line(f"> {line}")
        self.press("enter")

    def drop_draft(self) -> None:
        """Esc on whatever stands in the command line, wherever the keys go now; they go to the orders then."""
        self.press("escape")
        self.wait_for_line("x cancel")
        self.press(":")
        self.wait_for_line("esc drop", "enter review")
        self.press("escape")
        self.wait_for(EMPTY_LINE, "x cancel")

    def send_order(self, line: str) -> None:
        """Draft, review, send; every step is seen before the next key."""
        self.command(line)
        self.confirm()

    def confirm(self) -> None:
        self.answer("y", Robot.reviewing)

    def answer(self, key: str, asked: Callable[["Robot"], object]) -> None:
        """Answer what is asked. A key counts only when it was pressed after the question was painted, and a robot may
        be too quick for that: like a person, it looks first, and presses again when nothing happened."""
        self.wait_for(asked)
        for _ in range(10):
            self.look_for(REACTION)
            self.press(key)
            if self._look(10 * REACTION, lambda robot: not asked(robot)):
                return
        raise AssertionError(f"{key} does not answer\n{self.dump()}")

    def look_for(self, seconds: float) -> None:
        """Read the screen for so long, as a person does before the next key."""
        self._look(seconds, lambda robot: False)

    def _look(self, seconds: float, until: Callable[["Robot"], object]) -> bool:
        deadline = time.monotonic() + seconds
        while not until(self) and self.process.isalive():
            if time.monotonic() > deadline:
                return False
            self.read(0.01)
        return True

    def reviewing(self) -> bool:
        return bool(self.line("y", "SEND"))

    def wait_until_live(self) -> None:
        self.wait_for(lambda robot: robot.live("OE") and robot.live("MD"), timeout=30)

    def live(self, session: str) -> bool:
        """What the status bar says of a session, whatever its width."""
        bar = " ".join(self.lines[:2])
        return f"{session}▲" in bar or f"{session} ▲ LIVE" in bar

    def quit(self) -> int:
        """`Q`, and leave what is open working. The exit code."""
        self.press("Q")
        self.wait_for(lambda robot: not robot.process.isalive() or robot.line("QUIT?"))
        if self.process.isalive():
            key = "y" if self.line("QUIT?", "No open orders") else "l"
            self.answer(key, lambda robot: robot.line("QUIT?"))
        return self.wait_for_end()

    # --- ending ----------------------------------------------------------------------------------------

    @property
    def exit_code(self) -> int:
        """As a shell says it: 128 and the signal's number for a process that was killed."""
        status, killed = self.process.exitstatus, self.process.signalstatus
        return 128 + killed if status is None and killed is not None else -1 if status is None else status

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped ssh connection does: the kernel sends SIGHUP, and nobody will read."""
        pty = self.process.ptyproc
        pty.fileobj.close()
        pty.closed = self.process.closed = True
        pty.fd = self.process.child_fd = -1

    def wait_for_end(self, timeout: float = PATIENCE) -> int:
        """Until the process is gone; its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.isalive():
            self._remember_family()
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {timeout:g} s\n{self.dump()}")
            self.read(0.02)
        while self.read(0.0):  # its last words
            if time.monotonic() > deadline:
                break
        return self.exit_code

    def _remember_family(self) -> None:
        self._family |= descendants(self.pid)

    def kill(self, *, family: bool = True) -> None:
        """SIGKILL. With `family`, everything it ever started too."""
        self._remember_family()
        if self.process.isalive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.process.wait()
        self.process.close(force=True)
        if family:
            for pid in self._family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> set[int]:
    """Every process that `pid` started, and what those started."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    children: dict[int, list[int]] = {}
    for line in listing.stdout.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found
