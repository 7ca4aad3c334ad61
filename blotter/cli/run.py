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
from blotter.cli.leaving import Leaving
from blotter.cli.opening import opened
from blotter.cli.tapes import SECOND, TAPE, venue_of
from blotter.config import Config, LeavePolicy
from blotter.desk.day import read_day
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import TapeReader
from blotter.trading.day import lines

if TYPE_CHECKING:
    from blotter.cli.screen import Screen

SCREEN = "blotter.cli.screen"
DAY = 86_400 * SECOND
SCREEN_GRACE = 3.0
"""Seconds the screen gets to end after a signal, before the policy runs without waiting for it."""


def run(context: Context, *, fresh: bool = False, read_only: bool = False) -> None:
    """Start everything, show the screen, follow the policy."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.ClickException(
            "the blotter needs a terminal; `blotter --help` lists the commands that do not"
        )
    config, venues = context.several()
    keymap = context.keymap(config.screen.keymap)
    directories = {name: context.directory(name) for name in venues}
    log_file = (next(iter(directories.values())) if len(venues) == 1 else context.data_dir) / "blotter.log"
    _log_to(log_file)
    # Textual takes a good part of a second to import: that goes on while the exchange starts and the desk remembers.
    threading.Thread(target=importlib.import_module, args=(SCREEN,), name="import", daemon=True).start()
    with opened(context, config, venues, fresh=fresh) as running:
        from blotter.cli.screen import Screen

        leaving = Leaving(running.desks, config.desk.cancel_timeout)
        screen = Screen(
            running.port,
            config.screen,
            context.theme_folder,
            layout_file=context.layout_file,
            keymap=keymap,
            presets=config.presets,
            alerts=config.alerts,
            read_only=read_only,
            controls=running.controls,
            several=len(venues) > 1,
            search=running.search,
        )
        with _signals(screen, leaving, config):
            ended = screen.run()
            policy = config.desk.on_exit if ended.asked is None else ended.asked
            if ended.lost:
                policy = config.desk.on_ui_loss
            if policy is LeavePolicy.STAY:
                text = "The desk goes on without a screen. `blotter stop` stops entry; SIGTERM ends it."
                click.echo(text, err=True)
                _wait_for_end(leaving)
            else:
                leaving.follow(policy)
            if leaving.stuck:
                for line in leaving.left:
                    click.echo(line, err=True)
                os._exit(1)  # that desk's thread would never be waited for; the others have logged out
    if ended.error:
        click.echo(f"The screen failed: {ended.error} (details in {log_file})", err=True)
    for line in leaving.left:
        click.echo(line, err=True)
    for name, directory in directories.items():
        _tell_day(directory, name if len(venues) > 1 else "")
    if ended.error:
        sys.exit(1)


def _tell_day(directory: Path, venue: str) -> None:
    """What was done today (UTC), where anything was. `venue`: whose, where there are several. Nothing in here may keep
    anybody from leaving."""
    midnight = time.time_ns() // DAY * DAY
    try:
        with TapeReader.open(directory / TAPE) as reader:
            today = read_day(reader, venue_of(reader), midnight)
    except (TapeUnusable, click.ClickException) as error:
        click.echo(f"no summary of the day{f' at {venue}' if venue else ''}: {error}", err=True)
        return
    if not today.idle:
        click.echo(
            f"{datetime.fromtimestamp(midnight // SECOND, UTC):%Y-%m-%d} (UTC){f'  {venue}' if venue else ''}"
        )
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


def _wait_for_end(leaving: Leaving) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(1.0) and not leaving.finished():
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
