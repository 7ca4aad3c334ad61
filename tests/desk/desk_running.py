"""A desk on an order-entry session, and others where asked for, for tests."""

import contextlib
import random

import anyio

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.journal.tape import Tape
from blotter.trading.risk_levels import OFF
from blotter.venues.base import Credentials, Environment, SessionKind
from blotter.venues.binance import BinanceSpot


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


CREDENTIALS = Credentials("key-of-a-test", StillSigner())


@contextlib.asynccontextmanager
async def running_desk(
    endpoint, directory, *, drop_copy=None, market_data=None, rest=None, venue=None, **settings
):
    """A desk on one order-entry session, running; with the other kinds where they have an endpoint. Without a market
    its risk rules are off, unless the settings say otherwise."""
    settings.setdefault("risk", OFF)
    kinds = {
        SessionKind.ORDER_ENTRY: endpoint,
        SessionKind.MARKET_DATA: market_data,
        SessionKind.DROP_COPY: drop_copy,
    }
    links = tuple(LinkSettings(kind, where, "TST", 5) for kind, where in kinds.items() if where is not None)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=links, **settings),
        venue or BinanceSpot(),
        CREDENTIALS,
        tape,
        system_clock,
        random.Random(1),
        rest,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()
