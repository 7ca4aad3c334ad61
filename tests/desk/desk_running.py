"""A desk on one order-entry session, for tests."""

import contextlib
import random

import anyio

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.journal.tape import Tape
from blotter.venues.base import Credentials, Environment, SessionKind
from blotter.venues.binance import BinanceSpot


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


CREDENTIALS = Credentials("key-of-a-test", StillSigner())


@contextlib.asynccontextmanager
async def running_desk(endpoint, directory, **settings):
    """A desk on one order-entry session, running."""
    link = LinkSettings(SessionKind.ORDER_ENTRY, endpoint, "TST", 5)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,), **settings),
        BinanceSpot(),
        CREDENTIALS,
        tape,
        system_clock,
        random.Random(1),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()
