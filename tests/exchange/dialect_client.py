"""A bare FIX client for the dialects: it counts numbers and nothing else, so that a test may break any rule."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from blotter.exchange.event import OpenAccount, Place
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig, system_clock
from blotter.fix.codec import Decoder, Message, encode
from blotter.fix.values import utc_timestamp
from blotter.trading.request import OrderRequest

Fields = Sequence[tuple[int, str]]
TIMEOUT = 10.0


class DialectClient:
    """One connection. `seq`: the next number out."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        comp_ids: tuple[str, str],
        begin_string: str,
        seq: int,
    ) -> None:
        self.reader, self.writer = reader, writer
        self.comp_ids = comp_ids
        self.begin_string = begin_string
        self.seq = seq
        self._decoder = Decoder()
        self._waiting: list[Message] = []

    async def say(
        self, msg_type: str, fields: Fields = (), *, seq: int | None = None, header: Fields = ()
    ) -> None:
        """Send a message with the next number, or with `seq`, which uses up none."""
        number = self.seq if seq is None else seq
        if seq is None:
            self.seq += 1
        head = ((49, self.comp_ids[0]), (56, self.comp_ids[1]), (34, str(number)))
        head = (*head, (52, utc_timestamp(system_clock().wall, 3)), *header)
        self.writer.write(encode(self.begin_string, msg_type, head, tuple(fields)))
        await self.writer.drain()

    async def hear(self, msg_type: str | None = None) -> Message:
        """The next message, which must be of this type. Raises `EOFError` at the end."""
        async with asyncio.timeout(TIMEOUT):
            while not self._waiting:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                self._waiting += [item for item in self._decoder.feed(data) if isinstance(item, Message)]
        message = self._waiting.pop(0)
        assert msg_type in (None, message.msg_type), message.raw
        return message

    async def report(self, exec_type: str, ord_status: str) -> Message:
        """The next message, which must be this ExecutionReport."""
        message = await self.hear("8")
        assert (message.text(150), message.text(39)) == (exec_type, ord_status), message.raw
        return message

    async def rest(self) -> list[Message]:
        """Everything up to the end of the connection."""
        heard = []
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                heard.append(await self.hear())
        return heard

    async def log_on(self, fields: Fields = ((98, "0"), (108, "30"))) -> Message:
        await self.say("A", fields)
        return await self.hear("A")

    async def log_out(self) -> None:
        await self.say("5")
        await self.hear("5")
        await self.vanish()

    async def vanish(self) -> None:
        """Cut the socket."""
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


async def dialled(
    address: tuple[str, int],
    ca_file: str,
    comp_ids: tuple[str, str],
    begin_string: str = "FIX.4.4",
    seq: int = 1,
) -> DialectClient:
    """A connection, no Logon yet."""
    context = ssl.create_default_context(cafile=ca_file)
    reader, writer = await asyncio.open_connection(*address, ssl=context)
    return DialectClient(reader, writer, comp_ids, begin_string, seq)


class Dialects:
    """An exchange of some dialect, with the clients that were connected to it."""

    def __init__(self, running: RunningExchange, stack: contextlib.AsyncExitStack, begin_string: str) -> None:
        self.running = running
        self._stack = stack
        self._begin_string = begin_string

    async def connect(self, comp_id: str = "DESK", target: str = "BROKER", *, seq: int = 1) -> DialectClient:
        ca_file = str(self.running.credentials.ca_file)
        client = await dialled(self.running.order_entry, ca_file, (comp_id, target), self._begin_string, seq)
        self._stack.push_async_callback(client.vanish)
        return client

    async def gone(self) -> None:
        """No session is left."""
        async with asyncio.timeout(TIMEOUT):
            await self.running.hub.everyone_gone()

    def other(self, request: OrderRequest, cl_ord_id: str = "other") -> None:
        """An order of somebody else, straight into the exchange."""
        now, hub = system_clock().wall, self.running.hub
        if "other" not in hub.engine.clearing.accounts:
            hub.submit(OpenAccount(at=now, account="other", balances=dict(hub.dialect.balances), house=True))
        hub.submit(Place(at=now, account="other", cl_ord_id=cl_ord_id, request=request))


def told(message: Message, tags: Iterable[int]) -> list[str | None]:
    """Some of its fields."""
    return [message.text(tag) for tag in tags]


@contextlib.asynccontextmanager
async def speaking(
    dialect: str, directory: Path, *, begin_string: str = "FIX.4.4", **settings: object
) -> AsyncIterator[Dialects]:
    """An exchange of this dialect with empty books."""
    config = ExchangeConfig(data_dir=directory, dialect=dialect, **{"rate": None, **settings})  # type: ignore[arg-type]
    async with serve(config) as running, contextlib.AsyncExitStack() as clients:
        yield Dialects(running, clients, begin_string)
