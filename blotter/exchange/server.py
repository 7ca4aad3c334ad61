"""The exchange as a running thing: opens the directory, listens, lets the house live, and leaves in order.

    async with serve(ExchangeConfig(data_dir=path)) as running:
        ...  # running.order_entry, running.credentials, running.inject("drop")

The same in a process of its own (`blotter exchange`) and inside a test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from blotter.exchange import dialect as dialects
from blotter.exchange.away import Away
from blotter.exchange.binance_connection import BinanceConnection
from blotter.exchange.control import MAX_LINE, Control
from blotter.exchange.credentials import ExchangeCredentials, open_credentials
from blotter.exchange.dialect import Dialect
from blotter.exchange.dialects.binance import Binance
from blotter.exchange.engine import Engine
from blotter.exchange.faults import parse_faults
from blotter.exchange.hub import Hub
from blotter.exchange.rehearsal import Rehearsal
from blotter.exchange.rest_api import RestApi
from blotter.exchange.session_connection import SessionConnection
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.store import Store, StoreError
from blotter.journal.sessions import SessionStore
from blotter.journal.sessions import StoreError as SessionStoreError
from blotter.venues.base import SessionKind

HOST: Final = "127.0.0.1"
CONTROL_FILE: Final = (
    "control"  # in the data directory while it runs: where its control port is, as host:port
)
DIALECT_FILE: Final = "dialect"  # in it likewise: which one is spoken there
SESSIONS_FILE: Final = "sessions.sqlite3"
_GOODBYE: Final = 0.5  # seconds given to clients to answer the last Logout


@dataclass(frozen=True, slots=True)
class RunningExchange:
    """Where it listens, what opens it, and what to turn."""

    doors: Mapping[SessionKind, tuple[str, int]]
    rest: str  # base URL; "" where the dialect has none
    control: tuple[str, int]
    credentials: ExchangeCredentials
    hub: Hub
    rehearsal: Rehearsal

    @property
    def order_entry(self) -> tuple[str, int]:
        return self.doors[SessionKind.ORDER_ENTRY]

    @property
    def market_data(self) -> tuple[str, int]:
        """Raises `KeyError` where the dialect has no such sessions; below likewise."""
        return self.doors[SessionKind.MARKET_DATA]

    @property
    def drop_copy(self) -> tuple[str, int]:
        return self.doors[SessionKind.DROP_COPY]

    @property
    def engine(self) -> Engine:
        return self.hub.engine

    def inject(self, faults: str) -> None:
        """As the control port does: `inject("stall:5s,lost-ack:0.1")`. Raises `FaultSpecError`."""
        self.rehearsal.inject(parse_faults(faults))


@contextlib.asynccontextmanager
async def serve(config: ExchangeConfig) -> AsyncIterator[RunningExchange]:
    """Run an exchange as long as the block lasts.

    Raises `StoreError` when the directory is in use, damaged or of another dialect, `OSError` when a port cannot be
    had, `ValueError` for an unknown dialect.
    """
    dialect = dialects.dialect(config.dialect)
    with Store(config.data_dir) as store, contextlib.closing(_sessions(config, dialect)) as sessions:
        credentials = open_credentials(config.data_dir, dialect.needs, rsa=dialect.rsa)
        engine = store.load(config.listings or dialect.listings, fresh=config.fresh)
        away = Away(sessions, dialect.roll)
        if config.fresh:
            away.start_anew(config.clock().wall)
        hub = Hub(config, dialect, engine, store, away, credentials.keys)
        hub.open()
        rehearsal = Rehearsal(hub)
        servers = contextlib.ExitStack()
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(servers.close)  # whatever fails on the way
            ports = {
                SessionKind.ORDER_ENTRY: config.port,
                SessionKind.MARKET_DATA: config.md_port,
                SessionKind.DROP_COPY: config.dc_port,
            }
            doors = {
                kind: await _listen(servers, hub, kind, ports[kind], credentials) for kind in dialect.doors
            }
            rest = await _listen_rest(servers, hub, config.rest_port, credentials) if dialect.rest else ""
            control = Control(hub, rehearsal)
            door = await asyncio.start_server(control.serve, HOST, config.control_port, limit=MAX_LINE)
            servers.callback(door.close)
            note = config.data_dir / CONTROL_FILE
            note.write_text("{}:{}\n".format(*_address(door)))
            stack.callback(note.unlink, missing_ok=True)
            stack.callback(hub.close)
            stack.callback(rehearsal.close)
            stack.push_async_callback(_say_goodbye, hub)
            stack.callback(
                servers.close
            )  # first of all: who comes now would talk to an exchange that is going
            rehearsal.begin(config.faults)
            stack.callback(_House(hub).start())
            yield RunningExchange(doors, rest, _address(door), credentials, hub, rehearsal)
        store.snapshot(engine)


def _sessions(config: ExchangeConfig, dialect: Dialect) -> SessionStore:
    """What is remembered of the sessions. Raises `StoreError` for a directory where another dialect is spoken."""
    note = config.data_dir / DIALECT_FILE
    spoken = note.read_text().strip() if note.exists() else Binance.name
    if spoken != dialect.name and (note.exists() or any(config.data_dir.glob("state-*"))):
        raise StoreError(
            f"{config.data_dir}: belongs to an exchange that speaks {spoken}, not {dialect.name}"
        )
    note.write_text(f"{dialect.name}\n")
    try:
        (config.data_dir / SESSIONS_FILE).touch(0o600)
        return SessionStore(config.data_dir / SESSIONS_FILE)
    except SessionStoreError as error:
        raise StoreError(str(error)) from error


async def _listen(
    servers: contextlib.ExitStack,
    hub: Hub,
    kind: SessionKind,
    port: int,
    credentials: ExchangeCredentials,
) -> tuple[str, int]:
    speaker = BinanceConnection if isinstance(hub.dialect, Binance) else SessionConnection
    server = await asyncio.get_running_loop().create_server(
        lambda: speaker(hub, kind), HOST, port, ssl=credentials.server_context()
    )
    servers.callback(server.close)
    return _address(server)


async def _listen_rest(
    servers: contextlib.ExitStack, hub: Hub, port: int, credentials: ExchangeCredentials
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
    servers.callback(server.close)
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
