"""A desk on the embedded exchange in another dialect than Binance's, for tests, and what happens to it there."""

import contextlib
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import anyio
import httpx2

from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Amend, Cancel, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.desk.source import Times
from blotter.exchange.event import OpenAccount, Place
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import Order, OrderState
from blotter.trading.request import OrderRequest
from blotter.venues import registry
from blotter.venues.base import Credentials, Endpoint, Environment, Secrets, SessionKind, Venue, VenueSettings
from blotter.venues.rest import dialect as rest_dialect


class Trading(NamedTuple):
    """A desk that is up, and the exchange it trades at."""

    desk: Desk
    exchange: RunningExchange
    symbol: str

    def resting(self, **changes: object) -> OrderRequest:
        """A bid far below where the house would be; the books are empty."""
        terms: dict[str, object] = {
            "symbol": self.symbol,
            "side": Side.BUY,
            "ord_type": OrdType.LIMIT,
            "order_qty": Decimal("0.02"),
            "price": Decimal(50_000),
            "time_in_force": TimeInForce.GOOD_TILL_CANCEL,
        }
        return OrderRequest(**{**terms, **changes})  # type: ignore[arg-type]

    async def submit(self, **changes: object) -> str:
        answers: list = []
        self.desk.handle(
            Submit(id="s", request=self.resting(**changes), accept_warnings=True), answers.append
        )
        assert await self.desk.until(lambda: bool(answers), 5)
        assert answers[0].ok, answers[0]
        return answers[0].order_ids[0]

    async def amend(self, order_id: str, **changes: Decimal) -> None:
        answers: list = []
        self.desk.handle(Amend(id="a", order_id=order_id, accept_warnings=True, **changes), answers.append)
        assert await self.desk.until(lambda: bool(answers), 5)
        assert answers[0].ok, answers[0]

    async def cancel(self, order_id: str) -> None:
        answers: list = []
        self.desk.handle(Cancel(id="c", order_ids=(order_id,)), answers.append)
        assert await self.desk.until(lambda: bool(answers), 5)
        assert answers[0].ok, answers[0]

    def sold(self, qty: str, price: str = "50000") -> None:
        """Somebody else sells so much."""
        hub, now = self.exchange.hub, system_clock().wall
        if "other" not in hub.engine.clearing.accounts:
            hub.submit(OpenAccount(at=now, account="other", balances=dict(hub.dialect.balances), house=True))
        request = self.resting(side=Side.SELL, order_qty=Decimal(qty), price=Decimal(price))
        hub.submit(Place(at=now, account="other", cl_ord_id=f"o{now}", request=request))

    def order(self, order_id: str) -> Order:
        return self.desk.orders()[order_id]

    async def reaches(self, order_id: str, state: OrderState, within: float = 5) -> Order:
        assert await self.desk.until(lambda: self.order(order_id).state is state, within), self.order(
            order_id
        )
        return self.order(order_id)

    async def settles(self, order_id: str) -> Order:
        """Nothing is asked of it any more."""
        assert await self.desk.until(lambda: not self.order(order_id).pending, 5), self.order(order_id)
        return self.order(order_id)

    def state(self) -> LinkState:
        return self.desk.links()["OE"].state

    async def plug_pulled_and_back(self) -> None:
        """The socket goes without a word, the desk logs on again by itself and lets orders go again."""
        self.exchange.hub.drop()
        assert await self.desk.until(lambda: self.state() is not LinkState.LIVE, 5)
        assert await self.desk.until(lambda: self.state() is LinkState.LIVE, 20), self.desk.links()
        assert await self.desk.until(lambda: not self.desk.view().entry_blocked, 20), self.desk.view()


def venue_of(exchange: RunningExchange, **settings: object) -> Venue:
    dialect = exchange.hub.dialect
    return registry.venue(
        dialect.name,
        VenueSettings(sender_comp_id=dialect.sender_comp_id, **settings),  # type: ignore[arg-type]
    )


@contextlib.asynccontextmanager
async def desk_on(
    exchange: RunningExchange,
    directory: Path,
    symbol: str,
    rest_transport: httpx2.AsyncBaseTransport | None = None,
    **settings: object,
) -> AsyncIterator[Trading]:
    venue = venue_of(exchange, **settings)
    keys = exchange.credentials.keys
    pem = exchange.credentials.private_key_file
    private_key = pem.read_bytes() if pem.exists() else b""
    credentials = venue.credentials(Secrets(keys.api_key, private_key, keys.secret, keys.passphrase))
    link = LinkSettings(
        SessionKind.ORDER_ENTRY,
        Endpoint(*exchange.order_entry),
        "TST",
        10,
        str(exchange.credentials.ca_file),
    )
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,), asking=Times(0.3, 4.0, 0.2)),
        venue,
        credentials,
        tape,
        system_clock,
        random.Random(1),
        _rest(venue, credentials, rest_transport),
    )
    trading = Trading(desk, exchange, symbol)
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            assert await desk.until(lambda: trading.state() is LinkState.LIVE, 10), desk.links()
            assert await desk.until(lambda: not desk.view().entry_blocked, 10), desk.view()
            yield trading
        finally:
            desk.stop()
    tape.close()


def _rest(venue: Venue, credentials: Credentials, transport: httpx2.AsyncBaseTransport | None) -> Rest | None:
    """The venue's REST interface, answered by `transport`: the exchange has none in these dialects."""
    dialect = rest_dialect(venue.name)
    if transport is None or dialect is None:
        return None
    settings = RestSettings("https://rest.invalid", None, 0.3, 4.0, accepted_for=0.2)
    return Rest(settings, dialect, credentials, system_clock, transport)


@contextlib.asynccontextmanager
async def trading_at(
    dialect: str, directory: Path, symbol: str, **settings: object
) -> AsyncIterator[Trading]:
    """A desk on an exchange of this dialect with empty books."""
    config = ExchangeConfig(data_dir=directory / "x", dialect=dialect, rate=None)
    async with serve(config) as exchange, desk_on(exchange, directory, symbol, **settings) as trading:
        yield trading
