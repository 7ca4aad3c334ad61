"""A scripted client: says exactly what it is told to, right or wrong, and reads what comes back."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from exchange_rest import Rest
from exchange_schema import validate

from blotter.exchange.event import Place
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig, system_clock
from blotter.fix.codec import Decoder, Message, Skipped, encode
from blotter.fix.effects import Instant
from blotter.fix.values import SECOND, utc_timestamp
from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest

SOH = "\x01"
GTC, IOC, FOK = TimeInForce.GOOD_TILL_CANCEL, TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL
TIMEOUT = 5.0


def request(side: Side, qty: str, price: str | None, symbol: str = "BTCUSDT", **more: object) -> OrderRequest:
    """A limit order good till cancelled, or a market order when there is no price; `more` overrides."""
    terms: dict[str, object] = {
        "symbol": symbol,
        "side": side,
        "ord_type": OrdType.MARKET if price is None else OrdType.LIMIT,
        "order_qty": Decimal(qty),
        "price": None if price is None else Decimal(price),
        "time_in_force": None if price is None else GTC,
    }
    if more.get("exec_inst") is ExecInst.PARTICIPATE_DONT_INITIATE:
        terms["time_in_force"] = None
    return OrderRequest(**{**terms, **more})  # type: ignore[arg-type]


class Clock:
    """The machine's clocks; `skip` lets time pass for timers without waiting."""

    def __init__(self) -> None:
        self.skipped = 0

    def __call__(self) -> Instant:
        now = system_clock()
        return Instant(now.wall, now.mono + self.skipped)

    def skip(self, running: RunningExchange, seconds: float) -> None:
        self.skipped += int(seconds * SECOND)
        for connection in tuple(running.hub.connections):
            connection.tick()  # type: ignore[attr-defined]


class Client:
    """One connection. `fields` are (tag, value) pairs; groups simply repeat."""

    def __init__(
        self, running: RunningExchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.running = running
        self.reader = reader
        self.writer = writer
        self.decoder = Decoder()
        self.seq = 1
        self.comp_id = "TEST"
        self.market_data = False
        self.received: list[Message] = []
        self.waiting: list[Message] = []
        self.skipped: list[Skipped] = []

    # --- out -------------------------------------------------------------------------------------------

    def build(
        self,
        msg_type: str,
        fields: Sequence[tuple[int, object]] = (),
        *,
        seq: int | None = None,
        time: int | None = None,
        comp_id: str | None = None,
        recv_window: str | None = None,
    ) -> bytes:
        """A whole message with the next number (or `seq`), sent now (or at `time`, UTC ns)."""
        at = system_clock().wall if time is None else time
        header: list[tuple[int, str | bytes]] = [
            (34, str(self.seq if seq is None else seq)),
            (49, comp_id or self.comp_id),
            (52, utc_timestamp(at)),
            (56, "SPOT"),
        ]
        if recv_window is not None:
            header.append((25000, recv_window))
        body = [(tag, value if isinstance(value, bytes) else str(value)) for tag, value in fields]
        return encode("FIX.4.4", msg_type, header, body)

    async def say(self, msg_type: str, fields: Sequence[tuple[int, object]] = (), **header: object) -> None:
        """Send one message and use up its number."""
        await self.write(self.build(msg_type, fields, **header))  # type: ignore[arg-type]
        self.seq += 1

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def raw(self, text: str) -> None:
        """Send `35=..|49=..|` as it stands, framed soundly."""
        body = text.replace("|", SOH).encode()
        framed = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body)
        await self.write(framed + b"10=%03d\x01" % (sum(framed) % 256))

    def header(self, msg_type: str) -> str:
        """The header as text, for `raw`; uses up a number."""
        self.seq += 1
        return f"35={msg_type}|34={self.seq - 1}|49={self.comp_id}|52={utc_timestamp(system_clock().wall)}|56=SPOT|"

    # --- in --------------------------------------------------------------------------------------------

    async def hear(self, *msg_types: str) -> Message:
        """The next message; with types, the next of one of them, others being kept in `received` only."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                while self.waiting:
                    message = self.waiting.pop(0)
                    self.received.append(message)
                    validate(message, market_data=self.market_data)
                    if not msg_types or message.msg_type in msg_types:
                        return message
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError(f"closed; heard {[m.msg_type for m in self.received]}")
                for item in self.decoder.feed(data):
                    (self.skipped if isinstance(item, Skipped) else self.waiting).append(item)  # type: ignore[arg-type]

    async def report(self, exec_type: str | None = None) -> Message:
        """The next ExecutionReport (of this ExecType)."""
        while True:
            message = await self.hear("8")
            if exec_type is None or message.text(150) == exec_type:
                return message

    async def refused(self, code: int, tag: int | None = None) -> Message:
        """The next message, which must be a Reject with this code."""
        message = await self.hear()
        assert message.msg_type == "3", message.raw
        assert message.text(25016) == str(code), message.raw
        assert message.text(371) == (None if tag is None else str(tag)), message.raw
        assert message.text(58)
        return message

    async def silence(self, seconds: float = 0.15) -> None:
        """Nothing comes for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                message = await self.hear()
                raise AssertionError(f"unexpected: {message.raw!r}")

    async def closed(self) -> list[Message]:
        """Read to the end; what came before it."""
        heard = []
        while True:
            try:
                heard.append(await self.hear())
            except (EOFError, ConnectionError):
                return heard

    # --- verbs -----------------------------------------------------------------------------------------

    def sign(self, seq: int, sending_time: str) -> bytes:
        """The Ed25519 signature of a Logon in base64."""
        data = self.running.credentials.private_key_file.read_bytes()
        key = serialization.load_pem_private_key(data, password=None)
        payload = SOH.join(("A", self.comp_id, "SPOT", str(seq), sending_time)).encode()
        return base64.b64encode(key.sign(payload))  # type: ignore[union-attr, call-arg, arg-type]

    def logon_fields(self, seq: int, time: int, **changes: str | None) -> list[tuple[int, object]]:
        """A good Logon's body; `changes` by name, None leaves a field out."""
        signature = self.sign(seq, utc_timestamp(time))
        fields: dict[str, tuple[int, object]] = {
            "encrypt_method": (98, "0"),
            "heart_bt_int": (108, "30"),
            "raw_data_length": (95, len(signature)),
            "raw_data": (96, signature),
            "reset": (141, "Y"),
            "username": (553, self.running.credentials.api_key),
            "handling": (25035, "2"),
        }
        for name, value in changes.items():
            if value is None:
                del fields[name]
            else:
                tag = {"response_mode": 25036, "drop_copy": 9406}.get(name) or fields[name][0]
                fields[name] = (tag, value)
        return list(fields.values())

    async def send_logon(self, *, ahead: float = 0.0, **changes: str | None) -> None:
        """A Logon, `ahead` seconds in the future."""
        time = system_clock().wall + int(ahead * SECOND)
        await self.say("A", self.logon_fields(self.seq, time, **changes), time=time)

    async def log_on(self, **changes: str | None) -> Message:
        """A Logon and its answer."""
        await self.send_logon(**changes)
        answer = await self.hear()
        assert answer.msg_type == "A", answer.raw
        return answer

    async def order(
        self, cl_ord_id: str, side: str, qty: str, price: str | None, *more: tuple[int, object]
    ) -> None:
        """NewOrderSingle: limit GTC, or market without a price. `more` replaces or adds fields."""
        fields: dict[int, object] = {11: cl_ord_id, 38: qty, 40: "1" if price is None else "2", 54: side}
        fields[55] = "BTCUSDT"
        if price is not None:
            fields |= {44: price, 59: "1"}
        fields |= dict(more)
        await self.say("D", [(tag, value) for tag, value in fields.items() if value is not None])

    async def cancel(self, cl_ord_id: str, orig: str) -> None:
        await self.say("F", [(11, cl_ord_id), (41, orig), (55, "BTCUSDT")])

    async def log_out(self) -> None:
        """In order: Logout, its answer, the end."""
        await self.say("5")
        answer = await self.hear("5")
        assert answer.text(58) == "Logout acknowledgment."
        await self.closed()


class Venue:
    """A running exchange and the clients that were connected to it."""

    def __init__(self, running: RunningExchange, stack: contextlib.AsyncExitStack) -> None:
        self.running = running
        self._stack = stack

    async def connect(
        self, comp_id: str = "TEST", *, market_data: bool = False, copies: bool = False
    ) -> Client:
        """A TLS connection, certificate verified; no Logon yet."""
        context = ssl.create_default_context(cafile=self.running.credentials.ca_file)
        host, port = self.running.market_data if market_data else self.running.order_entry
        if copies:
            host, port = self.running.drop_copy
        reader, writer = await asyncio.open_connection(host, port, ssl=context, limit=1 << 20)
        client = Client(self.running, reader, writer)
        client.comp_id = comp_id
        client.market_data = market_data

        async def close() -> None:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

        self._stack.push_async_callback(close)
        return client

    async def client(
        self, comp_id: str = "TEST", *, market_data: bool = False, **changes: str | None
    ) -> Client:
        """Connected and logged on."""
        client = await self.connect(comp_id, market_data=market_data)
        await client.log_on(**changes)
        return client

    async def copier(self, comp_id: str = "COPY", **changes: str | None) -> Client:
        """The same for drop copies."""
        client = await self.connect(comp_id, copies=True)
        await client.log_on(**{"drop_copy": "Y", **changes})
        return client

    async def entering(self, comp_id: str, *, copies: bool = False) -> Client:
        """Connected and logged on for order entry or, with `copies`, for drop copies."""
        return await (self.copier(comp_id) if copies else self.client(comp_id))

    def rest(self) -> Rest:
        """A client of the REST service."""
        rest = Rest(self.running)
        self._stack.callback(rest.close)
        return rest

    def other(self, request: OrderRequest, cl_ord_id: str = "other", account: str = "other") -> None:
        """An order of somebody else, straight into the exchange."""
        from blotter.exchange.event import OpenAccount
        from blotter.exchange.listing import OPENING_BALANCES

        now = system_clock().wall
        if account not in self.running.engine.clearing.accounts:
            self.running.hub.submit(
                OpenAccount(at=now, account=account, balances=OPENING_BALANCES, house=True)
            )
        self.running.hub.submit(Place(at=now, account=account, cl_ord_id=cl_ord_id, request=request))


@contextlib.asynccontextmanager
async def venue(directory: Path, **settings: object) -> AsyncIterator[Venue]:
    """An exchange with empty books unless `rate` says otherwise."""
    config = ExchangeConfig(data_dir=directory, **{"rate": None, **settings})  # type: ignore[arg-type]
    async with serve(config) as running, contextlib.AsyncExitStack() as clients:
        yield Venue(running, clients)
