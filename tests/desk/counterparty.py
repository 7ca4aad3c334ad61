"""A scripted venue on a loopback socket: the acceptor side of a session, told by the test what to answer and when."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from blotter.desk.clock import system_clock
from blotter.fix.codec import Decoder, Message
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    LogonReceived,
    Role,
    Send,
    Session,
    SessionConfig,
)
from blotter.venues.base import Endpoint


class Counterparty:
    """One listener. `on_message` is called with every application message; `send` answers."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.logons: list[Message] = []
        self.on_message: Callable[[Message], None] = lambda message: None
        self.accept = True
        self.refusal: Draft | None = None
        self.changed = asyncio.Event()
        self._session: Session | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._exec_id = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._session = Session(SessionConfig("SPOT", "", role=Role.ACCEPTOR))
        self._writer = writer
        decoder = Decoder()
        self._carry(self._session.connected(system_clock()))
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                for item in decoder.feed(data):
                    assert isinstance(item, Message), item
                    self._carry(self._session.receive(item, system_clock()))
                    self.changed.set()
        writer.close()

    def _carry(self, effects: list) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.send(effect.draft)
            elif isinstance(effect, LogonReceived):
                self.logons.append(effect.message)
                now = system_clock()
                if self.accept:
                    self._carry(self._session.accept(((25037, "instance-1"),), now))
                else:
                    self._carry(self._session.refuse(self.refusal, now))
            elif isinstance(effect, Deliver):
                self.received.append(effect.message)
                self.on_message(effect.message)
            elif isinstance(effect, Disconnect):
                self._writer.close()

    def send(self, draft: Draft) -> None:
        now = system_clock()
        stamped = self._session.stamp(draft, now)
        self._writer.write(stamped.data)
        self._session.wrote(stamped, now)

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()

    def report(self, order: Message, exec_type: str, ord_status: str, **more: str) -> None:
        """An ExecutionReport about an order, with the fields every one has."""
        self._exec_id += 1
        fields = {
            "17": str(self._exec_id),
            "11": order.text(11),
            "37": "7",
            "38": order.text(38),
            "40": order.text(40),
            "54": order.text(54),
            "55": order.text(55),
            "44": order.text(44),
            "59": order.text(59),
            "150": exec_type,
            "14": "0",
            "151": order.text(38),
            "25017": "0",
            "32": "0",
            "39": ord_status,
        }
        fields.update({key.removeprefix("t"): value for key, value in more.items()})
        self.send(Draft("8", tuple((int(tag), value) for tag, value in fields.items() if value)))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 0.02)


@contextlib.asynccontextmanager
async def counterparty() -> AsyncIterator[tuple[Counterparty, Endpoint]]:
    """A listening counterparty and where it listens."""
    peer = Counterparty()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield peer, Endpoint("127.0.0.1", port, tls=False)
    finally:
        server.close()
