"""A scripted venue on loopback sockets: the acceptor side of sessions, told by the test what to answer and when."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from blotter.desk.clock import system_clock
from blotter.fix.codec import Decoder, Message, decode
from blotter.fix.sequence import FROM_ONE
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    LogonReceived,
    Numbering,
    Numbers,
    Phase,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Stored,
)
from blotter.venues.base import Endpoint


class Connected:
    """One socket: what came in over it, and how to answer there."""

    def __init__(self, peer: "Counterparty", writer: asyncio.StreamWriter) -> None:
        self.received: list[Message] = []
        config = SessionConfig("SPOT", "", role=Role.ACCEPTOR, numbering=peer.numbering)
        self.session = Session(config, peer.numbers)
        self._peer = peer
        self._writer = writer

    @property
    def comp_id(self) -> str:
        return self.session.target_comp_id

    @property
    def live(self) -> bool:
        return self.session.phase is Phase.LIVE

    def begin(self) -> None:
        self._carry(self.session.connected(system_clock()))

    def take(self, message: Message) -> None:
        self._carry(self.session.receive(message, system_clock()))

    def _carry(self, effects: list) -> None:
        peer = self._peer
        for effect in effects:
            if isinstance(effect, Send):
                self.send(effect.draft)
            elif isinstance(effect, LogonReceived):
                peer.logons.append(effect.message)
                if not peer.answering:
                    continue
                now = system_clock()
                if peer.accept:
                    self._carry(self.session.accept(((25037, "instance-1"),), now))
                else:
                    self._carry(self.session.refuse(peer.refusal, now))
            elif isinstance(effect, Deliver):
                self.received.append(effect.message)
                peer.received.append(effect.message)
                peer.speaking = self
                peer.on_message(effect.message)
                peer.speaking = None
            elif isinstance(effect, ResendAsked):
                now = system_clock()
                stored = [Stored(number, peer.sent[number]) for number in sorted(peer.sent)]
                for again in self.session.resend(effect, stored, now):
                    self._writer.write(again.data)
            elif isinstance(effect, Disconnect):
                self._writer.close()

    def send(self, draft: Draft) -> None:
        now, peer = system_clock(), self._peer
        stamped = self.session.stamp(draft, now)
        if stamped.msg_seq_num not in peer.losing:
            self._writer.write(stamped.data)
        self.session.wrote(stamped, now)
        peer.sent[stamped.msg_seq_num] = decode(stamped.data)

    def let_in(self) -> None:
        """Answer the Logon that was left without an answer."""
        self._carry(self.session.accept(((25037, "instance-1"),), system_clock()))

    def news(self, headline: str = "You'll be disconnected in 60 seconds. Please reconnect.") -> None:
        self.send(Draft("B", ((148, headline),)))

    def log_out(self, text: str = "Server maintenance.") -> None:
        self._carry(self.session.logout(text, system_clock()))

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()


class Counterparty:
    """One listener. `on_message` is called with every application message; `send` answers where the last one came
    from, or else on the newest connection."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.logons: list[Message] = []
        self.connections: list[Connected] = []
        self.on_message: Callable[[Message], None] = lambda message: None
        self.accept = True
        self.answering = True  # Logons
        self.refusal: Draft | None = None
        self.numbering = Numbering.PER_CONNECTION
        self.numbers = FROM_ONE  # of the next connection, where numbers live that long
        self.sent: dict[int, Message] = {}
        self.losing: set[int] = set()  # numbers that never get onto the wire
        self.changed = asyncio.Event()
        self.speaking: Connected | None = None
        self._exec_id = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected = Connected(self, writer)
        self.connections.append(connected)
        decoder = Decoder()
        connected.begin()
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                for item in decoder.feed(data):
                    assert isinstance(item, Message), item
                    connected.take(item)
                    self.changed.set()
        connected.session.disconnected(system_clock(), "the socket is gone")
        if self.numbering is Numbering.CONTINUOUS:
            self.numbers = Numbers(connected.session.next_out, connected.session.next_in)
        writer.close()

    @property
    def newest(self) -> Connected:
        return self.connections[-1]

    @property
    def live(self) -> list[Connected]:
        return [one for one in self.connections if one.live]

    def send(self, draft: Draft) -> None:
        (self.speaking or self.newest).send(draft)

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.newest.raw(data)

    def drop(self) -> None:
        """Cut the newest connection without a word."""
        self.newest.drop()

    def report(self, order: Message, exec_type: str, ord_status: str, **more: str) -> None:
        """An ExecutionReport about an order, with the fields every one has."""
        self.send(self.report_of(order, exec_type, ord_status, **more))

    def report_of(self, order: Message, exec_type: str, ord_status: str, **more: str) -> Draft:
        """The same as a draft, to be sent wherever it should go."""
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
        return Draft("8", tuple((int(tag), value) for tag, value in fields.items() if value))

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
