"""The blotter itself: exchange (when embedded), desk thread, screen, and what happens when the screen goes.

    quit            on_exit   (the screen has asked the person already)
    SIGHUP, SIGTERM on_ui_loss
    screen crash    on_ui_loss, and the error is told on the terminal

The desk outlives the screen: the policy runs after the screen has ended, or beside it when it will not end.
"""

import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from blotter.cli.context import Context
from blotter.cli.session import connected_account, discard_tape, own_desk, require_free
from blotter.cli.tapes import SECOND, TAPE, venue_of
from blotter.config import Config, LeavePolicy
from blotter.desk.day import read_day
from blotter.desk.runtime import DeskThread
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import TapeReader
from blotter.trading.day import lines

if TYPE_CHECKING:
    from blotter.cli.screen import Screen

SCREEN = "blotter.cli.screen"
DAY = 86_400 * SECOND
SCREEN_GRACE = 3.0
"""Seconds the screen gets to end after a signal, before the policy runs without waiting for it."""


class Leaving:
    """Runs the leave policy exactly once, whoever asks first."""

    def __init__(self, thread: DeskThread, cancel_timeout: float) -> None:
        self._thread = thread
        self._cancel_timeout = cancel_timeout
        self._lock = threading.Lock()
        self.left = ""

    def follow(self, policy: LeavePolicy) -> None:
        """Cancel or leave what is open, log out, wait for the desk to end. STAY returns at once."""
        with self._lock:
            if policy is LeavePolicy.STAY or self._thread.finished():
                return
            still_open = self._thread.call(self._leave, policy is LeavePolicy.CANCEL)
            self._thread.wait()
            if still_open:
                count = "1 order is" if len(still_open) == 1 else f"{len(still_open)} orders are"
                self.left = f"{count} still open at the venue: " + ", ".join(still_open[:20])

    async def _leave(self, cancel: bool) -> list[str]:
        orders = await self._thread.desk.leave(cancel=cancel, timeout=self._cancel_timeout)
        return [order.id for order in orders]


def run(context: Context, *, fresh: bool = False) -> None:
    """Start everything, show the screen, follow the policy."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.ClickException(
            "the blotter needs a terminal; `blotter --help` lists the commands that do not"
        )
    config, name, venue = context.chosen()
    directory = context.directory(name)
    _log_to(directory / "blotter.log")
    require_free(directory)
    if fresh:
        discard_tape(directory)
    # Textual takes a good part of a second to import: that goes on while the exchange starts and the desk remembers.
    threading.Thread(target=importlib.import_module, args=(SCREEN,), name="import", daemon=True).start()
    with (
        connected_account(context, name, venue, fresh=fresh) as chosen,
        own_desk(config, chosen, directory) as thread,
        contextlib.closing(thread.search()) as search,
    ):
        from blotter.cli.screen import Screen

        leaving = Leaving(thread, config.desk.cancel_timeout)
        screen = Screen(
            thread,
            config.screen,
            context.theme_folder,
            presets=config.presets,
            control=chosen.control,
            search=search,
        )
        with _signals(screen, leaving, config):
            ended = screen.run()
            policy = config.desk.on_exit if ended.asked is None else ended.asked
            if ended.lost:
                policy = config.desk.on_ui_loss
            if policy is LeavePolicy.STAY:
                text = "The desk goes on without a screen. `blotter stop` stops entry; SIGTERM ends it."
                click.echo(text, err=True)
                _wait_for_end(thread, leaving)
            else:
                leaving.follow(policy)
    if ended.error:
        click.echo(f"The screen failed: {ended.error} (details in {directory / 'blotter.log'})", err=True)
    if leaving.left:
        click.echo(leaving.left, err=True)
    _tell_day(directory)
    if ended.error:
        sys.exit(1)


def _tell_day(directory: Path) -> None:
    """What was done today (UTC), where anything was. Nothing in here may keep anybody from leaving."""
    midnight = time.time_ns() // DAY * DAY
    try:
        with TapeReader.open(directory / TAPE) as reader:
            today = read_day(reader, venue_of(reader), midnight)
    except (TapeUnusable, click.ClickException) as error:
        click.echo(f"no summary of the day: {error}", err=True)
        return
    if not today.idle:
        click.echo(f"{datetime.fromtimestamp(midnight // SECOND, UTC):%Y-%m-%d} (UTC)")
        for line in lines(today):
            click.echo(line)


@contextlib.contextmanager
def _signals(screen: "Screen", leaving: Leaving, config: Config) -> Iterator[None]:
    """SIGHUP and SIGTERM end the screen; if it will not end, the policy runs beside it and then the process ends.

    They stay caught until the policy has been followed: a second one must not cut it short.
    """

    def lost(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _let_go_of_terminal()
        threading.Thread(target=enforce, args=(number,), name="leaving", daemon=True).start()

    def enforce(number: int) -> None:
        if screen.end(SCREEN_GRACE):
            return  # `run` follows the policy
        policy = config.desk.on_ui_loss
        if policy is not LeavePolicy.STAY:
            leaving.follow(policy)
            os._exit(128 + number)

    names = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    before = {number: signal.signal(number, lost) for number in names}
    if hasattr(signal, "SIGTSTP"):
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # would stop the desk too
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go_of_terminal() -> None:
    """The terminal is gone: writes to it must neither block nor fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _wait_for_end(thread: DeskThread, leaving: Leaving) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(1.0) and not thread.finished():
        continue
    leaving.follow(LeavePolicy.LEAVE)


def _log_to(path: Path) -> None:
    """Never to the screen."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("blotter")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
