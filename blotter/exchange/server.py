"""The exchange as a running thing: opens the directory, listens, lets the house live, and leaves in order.

    async with serve(ExchangeConfig(data_dir=path)) as running:
        ...  # running.order_entry, running.credentials, running.inject("drop")

The same in a process of its own (`blotter exchange`) and inside a test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from blotter.exchange.connection import Connection
from blotter.exchange.control import MAX_LINE, Control
from blotter.exchange.credentials import ExchangeCredentials, open_credentials
from blotter.exchange.engine import Engine
from blotter.exchange.faults import parse_faults
from blotter.exchange.hub import Hub
from blotter.exchange.logon import Key
from blotter.exchange.rehearsal import Rehearsal
from blotter.exchange.rest_api import RestApi
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.store import Store
from blotter.venues.base import SessionKind

HOST: Final = "127.0.0.1"
CONTROL_FILE: Final = (
    "control"  # in the data directory while it runs: where its control port is, as host:port
)
_GOODBYE: Final = 0.5  # seconds given to clients to answer the last Logout


@dataclass(frozen=True, slots=True)
class RunningExchange:
    """Where it listens, what opens it, and what to turn."""

    order_entry: tuple[str, int]
    market_data: tuple[str, int]
    drop_copy: tuple[str, int]
    rest: str  # base URL
    control: tuple[str, int]
    credentials: ExchangeCredentials
    hub: Hub
    rehearsal: Rehearsal

    @property
    def engine(self) -> Engine:
        return self.hub.engine

    def inject(self, faults: str) -> None:
        """As the control port does: `inject("stall:5s,lost-ack:0.1")`. Raises `FaultSpecError`."""
        self.rehearsal.inject(parse_faults(faults))


@contextlib.asynccontextmanager
async def serve(config: ExchangeConfig) -> AsyncIterator[RunningExchange]:
    """Run an exchange as long as the block lasts.

    Raises `StoreError` when the directory is in use or damaged, `OSError` when a port cannot be had.
    """
    with Store(config.data_dir) as store:
        credentials = open_credentials(config.data_dir)
        engine = store.load(config.listings, fresh=config.fresh)
        hub = Hub(config, engine, store, Key(credentials.api_key, credentials.public_key))
        hub.open()
        rehearsal = Rehearsal(hub)
        async with contextlib.AsyncExitStack() as stack:
            order_entry = await _listen(stack, hub, SessionKind.ORDER_ENTRY, config.port, credentials)
            market_data = await _listen(stack, hub, SessionKind.MARKET_DATA, config.md_port, credentials)
            drop_copy = await _listen(stack, hub, SessionKind.DROP_COPY, config.dc_port, credentials)
            rest = await _listen_rest(stack, hub, config.rest_port, credentials)
            control = Control(hub, rehearsal)
            door = await asyncio.start_server(control.serve, HOST, config.control_port, limit=MAX_LINE)
            stack.callback(door.close)
            note = config.data_dir / CONTROL_FILE
            note.write_text("{}:{}\n".format(*_address(door)))
            stack.callback(note.unlink, missing_ok=True)
            stack.callback(hub.close)
            stack.callback(rehearsal.close)
            stack.push_async_callback(_say_goodbye, hub)
            rehearsal.begin(config.faults)
            stack.callback(_House(hub).start())
            yield RunningExchange(
                order_entry, market_data, drop_copy, rest, _address(door), credentials, hub, rehearsal
            )
        store.snapshot(engine)


async def _listen(
    stack: contextlib.AsyncExitStack,
    hub: Hub,
    kind: SessionKind,
    port: int,
    credentials: ExchangeCredentials,
) -> tuple[str, int]:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(hub, kind), HOST, port, ssl=credentials.server_context()
    )
    stack.callback(server.close)
    return _address(server)


async def _listen_rest(
    stack: contextlib.AsyncExitStack, hub: Hub, port: int, credentials: ExchangeCredentials
) -> str:
    """Its base URL."""
    api = RestApi(hub)

    def visitor() -> asyncio.Protocol:
        from blotter.exchange.rest import (
            RestConnection,
        )  # h11 is loaded when someone comes, not at every start

        return RestConnection(api)

    context = credentials.server_context()
    server = await asyncio.get_running_loop().create_server(visitor, HOST, port, ssl=context)
    stack.callback(server.close)
    return "https://{}:{}".format(*_address(server))


def _address(server: asyncio.Server) -> tuple[str, int]:
    host, port = server.sockets[0].getsockname()[:2]
    return host, port


class _House:
    """Wakes the house when it wants to act."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> Callable[[], None]:
        """Begin; the result ends it."""
        self._act()
        return self._stop

    def _act(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._hub.run_house(), self._act)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


async def _say_goodbye(hub: Hub) -> None:
    """Log everyone out; who does not answer in time is cut off."""
    for client in tuple(hub.connections):
        client.log_out("Server is shutting down.")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            await hub.everyone_gone()
    hub.drop()
    await asyncio.sleep(0)  # lets the aborted sockets report their end
