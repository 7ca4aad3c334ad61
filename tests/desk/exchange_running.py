"""A desk on the embedded exchange's order entry and REST, for tests, and an order that rests there."""

import contextlib
import random
from decimal import Decimal

import anyio

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.exchange.listing import LISTINGS
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.signing import load_ed25519


@contextlib.asynccontextmanager
async def desk_on(exchange, directory, **settings):
    """Running, and live."""
    ca_file = str(exchange.credentials.ca_file)
    endpoint = Endpoint(*exchange.order_entry)
    link = LinkSettings(SessionKind.ORDER_ENTRY, endpoint, "TST", 5, ca_file)
    signer = load_ed25519(exchange.credentials.private_key_file)
    credentials = Credentials(exchange.credentials.api_key, signer)
    tape = Tape.open(directory / "tape.sqlite3")
    rest_settings = RestSettings(exchange.rest, ca_file, 0.4, 4.0, accepted_for=0.2)
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,), **settings),
        BinanceSpot(),
        credentials,
        tape,
        system_clock,
        random.Random(1),
        Rest(rest_settings, BinanceRest(), credentials, system_clock),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        assert await desk.until(lambda: not desk.view().entry_blocked, 10), desk.view().entry_blocked
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()


def resting(symbol: str) -> OrderRequest:
    """Far from the market."""
    listing = next(one for one in LISTINGS if one.symbol == symbol)
    price = (listing.opening_price * Decimal("0.7")).quantize(listing.tick_size.normalize())
    qty = (listing.min_notional * 2 / price // listing.step_size + 1) * listing.step_size
    return OrderRequest(
        symbol=symbol,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        order_qty=max(qty, listing.min_qty),
        price=price,
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    )
