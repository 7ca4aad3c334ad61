"""Which running blotters a command is for: one that is named, the only one there is, or, for `stop`, all of them.

It asks the control sockets, not the config: what runs is what counts. Nothing is guessed between two that run.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import click

from blotter.cli.context import Context
from blotter.cli.session import ask_running, perform
from blotter.desk import control
from blotter.desk.verbs import Reply

Ask = Callable[..., Reply]


def running(context: Context) -> tuple[str, ...]:
    """The venues whose desks listen in this data directory, by name."""
    if not context.data_dir.is_dir():
        return ()
    found = sorted(path for path in context.data_dir.iterdir() if path.is_dir())
    return tuple(path.name for path in found if control.listens(path))


def one(context: Context) -> Context:
    """The same context about the one desk that is meant. Ends the command where that is not clear."""
    if context.names:
        return context
    there = running(context)
    if len(there) > 1:
        raise click.ClickException(f"several desks are running ({', '.join(there)}): say which with --venue")
    configured = context.several()[1]
    return replace(context, names=there) if there and len(configured) > 1 else context


def perform_one(context: Context, request: dict[str, Any], *, timeout: float) -> Reply:
    """`session.perform` at the desk that is meant."""
    return perform(one(context), request, timeout=timeout)


def ask_one(context: Context, request: dict[str, Any], *, timeout: float) -> Reply:
    """`session.ask_running` at the desk that is meant."""
    return ask_running(one(context), request, timeout=timeout)


def everywhere(context: Context, request: dict[str, Any], *, timeout: float) -> Mapping[str, Reply]:
    """Do it at all desks that run, or at all that are configured where none does, at once: by venue. One that cannot
    be reached answers with the reason and holds nobody up."""
    names = context.names or running(context) or tuple(context.several()[1])

    def there(name: str) -> Reply:
        try:
            return perform(replace(context, names=(name,)), request, timeout=timeout)
        except click.ClickException as error:
            return {"ok": False, "outcome": "refused", "text": error.message}

    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(there, names), strict=True))
