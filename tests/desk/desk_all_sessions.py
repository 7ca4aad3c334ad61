"""A desk on all three sessions of the embedded exchange, for tests."""

import contextlib
import random
from decimal import Decimal

import anyio

from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.exchange.tops import top_of
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.signing import load_ed25519


def best_bid(exchange, qty="0.001"):
    """A bid above all others that does not trade by itself."""
    ask = top_of(exchange.engine.markets["BTCUSDT"])[1][0]
    return OrderRequest(
        symbol="BTCUSDT",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        order_qty=Decimal(qty),
        price=ask - Decimal("0.01"),
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    )


@contextlib.asynccontextmanager
async def all_sessions(exchange, directory, *, with_rest=False, **settings):
    """Order entry, market data and drop copy, all live. What people are told is in `told`."""
    ca_file = str(exchange.credentials.ca_file)
    where = {
        SessionKind.ORDER_ENTRY: exchange.order_entry,
        SessionKind.MARKET_DATA: exchange.market_data,
        SessionKind.DROP_COPY: exchange.drop_copy,
    }
    links = tuple(LinkSettings(kind, Endpoint(*to), "TST", 10, ca_file) for kind, to in where.items())
    signer = load_ed25519(exchange.credentials.private_key_file)
    credentials = Credentials(exchange.credentials.api_key, signer)
    rest = Rest(RestSettings(exchange.rest, ca_file, 0.3, 4.0, 0.2), BinanceRest(), credentials, system_clock)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=links, **({"symbols": ("BTCUSDT",)} | settings)),
        BinanceSpot(),
        credentials,
        tape,
        system_clock,
        random.Random(1),
        rest if with_rest else None,
    )
    desk.told = []
    notice = desk.feed.notice
    desk.feed.notice = lambda one: (desk.told.append(one.text), notice(one))

    def ready() -> bool:
        return all(view.state is LinkState.LIVE for view in desk.links().values()) and bool(desk.instruments)

    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            assert await desk.until(ready, 10), desk.links()
            yield desk
        finally:
            desk.stop()
    tape.close()
