"""A desk for one command: the running blotter's through its control socket, else one of our own, logged out after."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from blotter.cli.context import Context
from blotter.cli.embedded import EmbeddedExchange, ExchangeFailed
from blotter.config import Config, ConfigError, VenueConfig
from blotter.desk import control
from blotter.desk.runtime import DeskThread
from blotter.desk.setup import TAPE, Account, Announced, account, desk_builder
from blotter.desk.verbs import Reply
from blotter.journal.lock import TapeLock
from blotter.journal.tape import TapeFailed, TapeLocked
from blotter.venues.base import Environment


@contextlib.contextmanager
def connected_account(
    context: Context, name: str, venue: VenueConfig, *, fresh: bool = False
) -> Iterator[Account]:
    """The profile ready to connect; for the embedded exchange, with the exchange running as long as this is open."""
    directory = context.directory(name)
    with contextlib.ExitStack() as stack:
        announced: Announced | None = None
        if venue.environment is Environment.EMBEDDED and venue.order_entry is None:
            try:
                announced = stack.enter_context(
                    EmbeddedExchange(directory / "exchange", dialect=venue.venue, fresh=fresh)
                ).announced
            except (ExchangeFailed, OSError) as error:
                raise click.ClickException(str(error)) from None
        try:
            yield account(name, venue, announced)
        except ConfigError as error:
            raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def own_desk(config: Config, chosen: Account, directory: Path) -> Iterator[DeskThread]:
    """A running desk of our own. Errors that a person can mend end the command with a clear text."""
    thread = DeskThread(desk_builder(config, chosen, directory), directory)
    try:
        with thread:
            yield thread
    except (TapeLocked, TapeFailed) as error:
        raise click.ClickException(str(error)) from None


def require_free(directory: Path) -> None:
    """End the command, naming who holds it, when another process runs this desk."""
    try:
        TapeLock.take(directory / f"{TAPE}.lock").release()
    except TapeLocked as error:
        raise click.ClickException(
            f"{error}; `blotter order`, `cancel`, `status` and `stop` reach it"
        ) from None


def discard_tape(directory: Path) -> None:
    """`--fresh`: the old tape is put aside, never deleted."""
    tape = directory / TAPE
    if tape.exists():
        number = 1
        while (old := directory / f"tape-{number}.sqlite3").exists():
            number += 1
        shutil.move(tape, old)
        for suffix in ("-wal", "-shm"):
            side = tape.with_name(tape.name + suffix)
            if side.exists():
                shutil.move(side, old.with_name(old.name + suffix))


def ask_running(context: Context, request: dict[str, Any], *, timeout: float) -> Reply:
    """Ask the running desk: these verbs are about it, and mean nothing without one."""
    _, name, _ = context.chosen()
    try:
        return control.ask(context.directory(name), request, timeout)
    except control.NoDesk:
        raise click.ClickException(f"no blotter is running on {name}") from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the running desk did not answer: {error}") from None


def perform(context: Context, request: dict[str, Any], *, timeout: float) -> Reply:
    """Ask the running desk; without one, start a desk, do the work, log out."""
    config, name, venue = context.chosen()
    directory = context.directory(name)
    try:
        return control.ask(directory, request, timeout)
    except control.NoDesk:
        pass
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the running desk did not answer: {error}") from None
    require_free(directory)
    with connected_account(context, name, venue) as chosen, own_desk(config, chosen, directory) as thread:
        return thread.call(control.perform, thread.desk, request)
