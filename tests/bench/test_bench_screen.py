"""The full screen at 200x50 in a pty under load: share of a core, how late both loops are, bytes to the terminal,
memory, and how soon a key shows.

Run: pytest tests/bench/test_bench_screen.py -n 0 -s (30 s of reports, 60 s of a whole market; BLOTTER_BENCH_SECONDS
chooses, 600 for ten minutes)
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pexpect
import pytest

HERE = Path(__file__).parent
SECONDS = os.environ.get("BLOTTER_BENCH_SECONDS")
pytestmark = pytest.mark.timeout(float(SECONDS or 60) + 90)
UPDATES, REPORTS = 5_000, 500
LETTERS = "αβγδεζηθκλμνξοπρστυφχψω"
"""What no pane shows by itself: when one is in what goes to the terminal, its key has been painted."""
PAUSE = 0.1  # seconds between two keys
STARTS = 4  # seconds the screen gets before somebody types
FULL = 120  # seconds until the screen keeps as many messages and executions as it ever does
GROWTH = 10  # MiB a minute from then on: of 30,000 reports the ids are kept, of 3,000 fills all
BACKSPACE = b"\x7f"


class Terminal:
    """Somebody in front of the screen, who may type meanwhile."""

    def __init__(self, directory: Path, seconds: float) -> None:
        self.spawned = pexpect.spawn(
            sys.executable,
            [str(HERE / "screen_under_load.py"), str(seconds), str(directory)],
            dimensions=(50, 200),
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            timeout=None,
        )
        self.last = b""  # what it said before it ended
        self.directory = directory
        self.written: list[tuple[float, int]] = []  # when, how many bytes
        self.painted: list[tuple[float, float]] = []  # when a key was pressed, how long it took to show (ms)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *details: object) -> None:
        self.spawned.close(force=True)

    def read(self, until: float) -> bytes | None:
        """What comes next, at the latest at `until` (monotonic); None at the end."""
        if not select.select([self.spawned.child_fd], [], [], max(0.0, until - time.monotonic()))[0]:
            return b""
        try:
            data = os.read(self.spawned.child_fd, 65536)
        except OSError:  # Linux, when the other end is closed
            return None
        self.written.append((time.monotonic(), len(data)))
        self.last = (self.last + data)[-4000:]
        return data or None

    def watch(self, seconds: float) -> bool:
        """False at the end."""
        until = time.monotonic() + seconds
        while self.read(until) is not None:
            if time.monotonic() >= until:
                return True
        return False

    def write_letters(self) -> None:
        """One after the other into the command line, each taken back when it shows, to the end."""
        os.write(self.spawned.child_fd, b":")
        for letter in cycle(LETTERS):
            if not self.watch(PAUSE):
                return
            pressed, seen = time.monotonic(), b""
            os.write(self.spawned.child_fd, letter.encode())
            while letter.encode() not in seen:
                assert time.monotonic() < pressed + 5, f"{letter} was typed and does not show"
                if (data := self.read(pressed + 5)) is None:
                    return
                seen = seen[-1:] + data
            self.painted.append((pressed, (time.monotonic() - pressed) * 1000))
            os.write(self.spawned.child_fd, BACKSPACE)

    def result(self) -> dict:
        file = self.directory / "result.json"
        assert file.exists(), self.last.decode(errors="replace")
        return json.loads(file.read_text())

    def kib_a_second(self, began: float, ended: float) -> float:
        written = sum(size for at, size in self.written if began <= at <= ended)
        return written / 1024 / (ended - began)


@contextmanager
def acceptor(*command: object) -> Iterator[bytes]:
    """The first line that it prints."""
    with subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE) as process:
        try:
            yield process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("rate", [1000])
def test_reports_stream_through_the_full_screen(rate: int, tmp_path: Path) -> None:
    seconds = float(SECONDS or 30)
    with acceptor(HERE / "report_blaster.py", rate) as line:
        (tmp_path / "where.json").write_text(json.dumps({"order_entry": ["127.0.0.1", int(line)]}))
        with Terminal(tmp_path, seconds) as terminal:
            assert not terminal.watch(seconds + 60)
    result = terminal.result()
    kib = terminal.kib_a_second(result["began"], result["ended"])
    print(f"\n{rate}/s for {seconds:g} s: {told(result)}, {kib:.0f} KiB/s to the terminal")
    assert result["reports_per_second"] > rate * 0.95
    assert result["core_share"] < 0.5
    assert result["screen_lag_p99_ms"] < 20


def test_a_whole_market_and_its_reports(tmp_path: Path) -> None:
    """The embedded exchange over TLS: twenty books watched, while somebody types."""
    seconds = float(SECONDS or 60)
    with acceptor(HERE / "busy_exchange.py", tmp_path / "exchange", UPDATES, REPORTS) as line:
        (tmp_path / "where.json").write_bytes(line)
        with Terminal(tmp_path, seconds) as terminal:
            assert terminal.watch(STARTS)
            terminal.write_letters()
    result = terminal.result()
    began, ended = result["began"], result["ended"]
    painted = sorted(took for at, took in terminal.painted if began <= at <= ended)
    p99, kib = painted[int(len(painted) * 0.99)], terminal.kib_a_second(began, ended)
    sizes = result["memory"]
    grown = " ".join(f"{size:.0f}" for size in sizes)
    print(
        f"\n{seconds:g} s: {told(result)}, key to paint p50 {painted[len(painted) // 2]:.0f} ms, p99 {p99:.0f} ms "
        f"({len(painted)} keys), {kib:.0f} KiB/s to the terminal, memory {grown} MiB"
    )
    assert result["updates_per_second"] > UPDATES * 0.95
    assert result["reports_per_second"] > REPORTS * 0.95
    assert result["core_share"] < 1
    assert result["screen_lag_p99_ms"] < 30
    assert result["desk_lag_p99_ms"] < 20
    assert p99 < 50
    assert kib < 500
    if seconds / 2 >= FULL:
        assert sizes[-1] - sizes[5] < GROWTH * seconds / 2 / 60


def told(result: dict) -> str:
    return (
        f"{result['updates_per_second']:,.0f} book updates/s and {result['reports_per_second']:,.0f} reports/s, "
        f"{result['core_share']:.0%} of a core, screen late p99 {result['screen_lag_p99_ms']:.1f} ms "
        f"(worst {result['screen_lag_max_ms']:.0f}), desk late p99 {result['desk_lag_p99_ms']:.1f} ms "
        f"(worst {result['desk_lag_max_ms']:.0f})"
    )
