"""Everything that has to run before there is a screen: exchanges (where embedded), and a desk for each venue."""

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple, TypeVar

from blotter.cli.context import Context
from blotter.cli.session import connected_account, discard_tape, own_desk, require_free
from blotter.config import Config, VenueConfig
from blotter.desk.change import DeskPort, SearchPort
from blotter.desk.floor import Floor
from blotter.desk.floor_search import FloorSearch
from blotter.desk.runtime import DeskThread

T = TypeVar("T")


class Opened(NamedTuple):
    """What runs. `controls`: by venue, where an embedded exchange takes faults."""

    desks: Mapping[str, DeskThread]
    port: DeskPort
    search: SearchPort
    controls: Mapping[str, str]


@contextlib.contextmanager
def opened(
    context: Context, config: Config, venues: Mapping[str, VenueConfig], *, fresh: bool
) -> Iterator[Opened]:
    """All of them running, each in a thread and with a tape of its own. What one of them lacks ends the command before
    any of them starts, where it can be known then."""
    directories = {name: context.directory(name) for name in venues}
    for directory in directories.values():
        require_free(directory)
    if fresh:
        for directory in directories.values():
            discard_tape(directory)
    with contextlib.ExitStack() as stack:
        accounts = _all_at_once(
            stack,
            {name: connected_account(context, name, venue, fresh=fresh) for name, venue in venues.items()},
        )
        desks = {
            name: stack.enter_context(own_desk(config, account, directories[name]))
            for name, account in accounts.items()
        }
        searches = {
            name: stack.enter_context(contextlib.closing(desk.search())) for name, desk in desks.items()
        }
        controls = {name: account.control for name, account in accounts.items() if account.control}
        if len(desks) == 1:
            (desk,), (search,) = desks.values(), searches.values()
            yield Opened(desks, desk, search, controls)
        else:
            yield Opened(desks, Floor(desks), FloorSearch(searches), controls)


def _all_at_once(
    stack: contextlib.ExitStack, managers: Mapping[str, AbstractContextManager[T]]
) -> dict[str, T]:
    """Enter them beside each other: an embedded exchange takes a second to start. Where one fails, the others are left
    again."""
    with ThreadPoolExecutor(len(managers)) as pool:
        entering = {name: pool.submit(manager.__enter__) for name, manager in managers.items()}
    for name, manager in managers.items():
        if entering[name].exception() is None:
            stack.push(manager)
    return {name: entered.result() for name, entered in entering.items()}
