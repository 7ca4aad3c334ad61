"""`blotter replay`: a recorded day on the same screens. Opens a tape for reading, and nothing else."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from blotter.cli.context import Context
from blotter.cli.tapes import TAPE, chosen_tape, venue_of
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import TapeReader

if TYPE_CHECKING:
    from blotter.cli.screen import Screen

GRACE = 3.0
"""Seconds the screen gets to end after a signal."""


@click.command()
@click.argument("journal", required=False)
@click.option("--at", metavar="TIME", help="Begin at this moment: 10:14:21, or 2026-11-22T10:14:21 (UTC).")
@click.option("--speed", metavar="N", help="Begin to play at once, N seconds of the recording in one second.")
@click.pass_obj
def replay(context: Context, journal: str | None, at: str | None, speed: str | None) -> None:
    """Show a recorded day on the same screens, with a time bar.

    JOURNAL is a tape, the directory it is in, or the name of a profile; without one, the only tape there is. It is read
    and never written, also while a desk is running on it. No connection is made and nothing can be sent. Without
    --speed it stands still at the moment it begins with: p plays, . and , step, F J D jump, @ takes a time.
    """
    from blotter.desk.replay import Replay

    path = tape_path(context, journal)
    try:
        with TapeReader.open(path) as reader:
            venue = venue_of(reader)
            if not reader.last_id:
                raise click.ClickException(f"{path}: nothing is recorded on it yet")
        recording = Replay(path, venue)
    except TapeUnusable as error:
        raise click.ClickException(str(error)) from None
    with recording:
        if speed is not None and (wrong := recording.speed(speed)):
            raise click.BadParameter(wrong, param_hint="--speed")
        if at is not None and (wrong := recording.jump(at)):
            raise click.BadParameter(wrong, param_hint="--at")
        if speed is not None:
            recording.pause(False)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise click.ClickException("a replay needs a terminal; `blotter journal` reads tapes without one")
        config = context.load().screen
        keymap = context.keymap(config.keymap)
        from blotter.cli.screen import Screen

        with contextlib.closing(recording.search()) as search:
            screen = Screen(
                recording,
                config,
                context.theme_folder,
                layout_file=context.layout_file,
                keymap=keymap,
                recording=recording,
                search=search,
            )
            with ends_on_signals(screen):
                ended = screen.run()
    if ended.error:
        click.echo(f"The screen failed: {ended.error}", err=True)
        sys.exit(1)


def tape_path(context: Context, journal: str | None) -> Path:
    """The tape that is meant. Raises `click.ClickException` where there is none."""
    if journal is None:
        return chosen_tape(context, None)
    for path in (Path(journal), context.data_dir / journal):
        if path.is_dir():
            path = path / TAPE
        if path.is_file():
            return path
    raise click.BadParameter(
        f"{journal}: neither a tape, nor a directory with a {TAPE}, nor a profile in {context.data_dir}",
        param_hint="JOURNAL",
    )


@contextlib.contextmanager
def ends_on_signals(screen: "Screen") -> Iterator[None]:
    """The terminal gets its state back, whoever ends the replay."""

    def leave() -> None:
        if not screen.end(GRACE):
            os._exit(1)  # a dead terminal may hold the screen for ever, and nothing here is written

    def end(number: int, frame: object) -> None:
        threading.Thread(target=leave, name="leaving", daemon=True).start()

    names = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])
    before = {number: signal.signal(number, end) for number in names}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
