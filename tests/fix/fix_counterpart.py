"""Our engine on one side, a hand-driven counterpart on the other: without a socket, or over the loopback.

The engine is a continuous session with a store and the plain acceptor's application (orders come back). As acceptor
over a socket it is the server behind `blotter acceptor` itself; as initiator over a socket a thread runs it.
"""

import asyncio
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from blotter.acceptor.echo import answer, order_id
from blotter.acceptor.server import AcceptorConfig, serve
from blotter.acceptor.store import Store
from blotter.fix.codec import Decoder, Fields, Message, Skipped, decode, encode
from blotter.fix.fix44_grammar import fix44
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonReceived,
    News,
    Numbering,
    Numbers,
    NumbersChanged,
    Phase,
    Refused,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Stored,
    Warn,
)
from blotter.fix.values import SECOND, utc_timestamp

OURS, THEIRS = "ISLD", "TW"
STRICT = fix44().extended(fix44().names, user_defined=False).check
PATIENCE = 5.0  # seconds a socket is read before it counts as silent
TIME_44 = "20261122-10:00:00"


def order(cl_ord_id: str = "ID", *, symbol: str = "INTC", more: Fields = ()) -> Fields:
    """Body of a NewOrderSingle that every rule is content with."""
    body = [(11, cl_ord_id), (21, "3"), (40, "1"), (54, "1"), (55, symbol), (60, TIME_44), (38, "100")]
    return [*body, *more]


def now() -> Instant:
    return Instant(time.time_ns(), time.monotonic_ns())


class Engine:
    """Session, store and application: bytes in, bytes out."""

    def __init__(self, role: Role, **settings: Any) -> None:
        settings = {"heart_bt_int": 30, "validate": STRICT, "logout_timeout": 1.0, **settings}
        self.config = SessionConfig(
            OURS, THEIRS, role, numbering=Numbering.CONTINUOUS, time_precision=3, **settings
        )
        self.stored: dict[int, bytes] = {}
        self.seen: set[str] = set()
        self.delivered: list[Message] = []
        self.refused: list[Message] = []
        self.warnings: list[str] = []
        self.waiting: deque[Draft] = deque()
        self.numbers = Numbers()
        self.over = True

    def connect(self, at: Instant) -> bytes:
        self.session = Session(self.config, self.numbers)
        self.decoder = Decoder()
        self.over = False
        return self._carry_out(self.session.connected(at), at)

    def feed(self, data: bytes, at: Instant) -> bytes:
        out = b""
        for item in self.decoder.feed(data):
            if isinstance(item, Skipped):
                if self.session.phase is Phase.LOGGING_ON:
                    self.over = True
            elif not self.over:
                out += self._carry_out(self.session.receive(item, at), at)
        return out + self._drain(at)

    def tick(self, at: Instant) -> bytes:
        return b"" if self.over else self._carry_out(self.session.tick(at), at)

    def submit(self, draft: Draft, at: Instant) -> bytes:
        self.waiting.append(draft)
        return self._drain(at)

    def log_out(self, at: Instant) -> bytes:
        return self._carry_out(self.session.logout("done", at), at)

    def lost(self, at: Instant) -> None:
        self.session.disconnected(at, "lost")
        self.over = True
        self._keep()

    def _drain(self, at: Instant) -> bytes:
        out = b""
        while self.waiting and not self.over and self.session.phase is Phase.LIVE:
            out += self._write(self.waiting.popleft(), at)
        return out

    def _keep(self) -> None:
        self.numbers = Numbers(self.session.next_out, self.session.next_in)

    def _write(self, draft: Draft, at: Instant) -> bytes:
        stamped = self.session.stamp(draft, at)
        self.stored[stamped.msg_seq_num] = stamped.data
        self.session.wrote(stamped, at)
        self._keep()
        return stamped.data

    def _carry_out(self, effects: list[Effect], at: Instant) -> bytes:
        out = b""
        for effect in effects:
            match effect:
                case Send(draft):
                    out += self._write(draft, at)
                case LogonReceived():
                    out += self._carry_out(self.session.accept((), at), at)
                case Deliver(message) | News(_, message):
                    self.delivered.append(message)
                    reply = answer(message, self.seen)
                    self.seen.add(order_id(message))
                    if reply is not None and self.session.phase is Phase.LIVE:
                        out += self._write(reply, at)
                case Refused(message):
                    self.refused.append(message)
                case ResendAsked(begin, end):
                    stored = [Stored(n, decode(self.stored[n])) for n in range(begin, end + 1)]
                    out += b"".join(again.data for again in self.session.resend(effect, stored, at))
                case NumbersChanged(1, 1):
                    self.stored.clear()
                    self.seen.clear()
                case Warn(text):
                    self.warnings.append(text)
                case Disconnect():
                    self.over = True
        self._keep()
        return out


class Line(Protocol):
    """How the counterpart reaches the engine. `engine` is None where it is a server."""

    engine: Engine | None
    role: Role

    def connect(self) -> None: ...
    def write(self, data: bytes) -> None: ...
    def read(self) -> bytes | None:
        """More bytes; b"" when the engine has hung up; None when it stays silent."""
        ...

    def wait(self, seconds: float) -> None: ...
    def submit(self, draft: Draft) -> None: ...
    def log_out(self) -> None: ...
    def hang_up(self) -> None: ...
    def wall(self) -> int: ...
    def close(self) -> None: ...


class CoreLine:
    """No socket, no clock: time goes on only in `wait`."""

    def __init__(self, role: Role, **settings: Any) -> None:
        self.role = role
        self.engine = Engine(role, **settings)
        self._at = Instant(1_795_342_000 * SECOND, 0)
        self._out = b""

    def connect(self) -> None:
        self._out = self.engine.connect(self._at)

    def write(self, data: bytes) -> None:
        self._out += self.engine.feed(data, self._at)

    def read(self) -> bytes | None:
        out, self._out = self._out, b""
        return out or (b"" if self.engine.over else None)

    def wait(self, seconds: float) -> None:
        end = self._at.mono + int(seconds * SECOND)
        while True:
            due = None if self.engine.over else self.engine.session.next_deadline()
            step = end if due is None else min(end, max(due, self._at.mono))
            self._at = Instant(self._at.wall + step - self._at.mono, step)
            self._out += self.engine.tick(self._at)
            if step == end:
                return

    def submit(self, draft: Draft) -> None:
        self._out += self.engine.submit(draft, self._at)

    def log_out(self) -> None:
        self._out += self.engine.log_out(self._at)

    def hang_up(self) -> None:
        self.engine.lost(self._at)

    def wall(self) -> int:
        return self._at.wall

    def close(self) -> None:
        pass


class _SocketLine:
    """What both roles over a socket have in common."""

    sock: socket.socket

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read(self) -> bytes | None:
        self.sock.settimeout(PATIENCE)
        try:
            return self.sock.recv(65536)
        except TimeoutError:
            return None
        except ConnectionError:
            return b""

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)  # the engine's clock is the real one

    def wall(self) -> int:
        return time.time_ns()


class ServerLine(_SocketLine):
    """The engine is the plain acceptor's server."""

    role = Role.ACCEPTOR
    engine = None

    def __init__(self, **settings: Any) -> None:
        self._config = AcceptorConfig("FIX.4.4", STRICT, OURS, THEIRS, **settings)
        self._ready, self._leave = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        store = Store(None)
        store.durable = True  # numbers go on from one connection to the next
        async with serve(self._config, store) as (_, port):
            self._port = port
            self._ready.set()
            await self._leave.wait()

    def connect(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self._port))

    def another(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port))

    def submit(self, draft: Draft) -> None:
        raise NotImplementedError

    def log_out(self) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)

    def hang_up(self) -> None:
        self.sock.close()

    def close(self) -> None:
        if hasattr(self, "sock"):
            self.sock.close()
        with suppress(RuntimeError):  # it has gone by itself
            self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(5)


class InitiatorLine(_SocketLine):
    """A thread runs the engine; it dials the counterpart."""

    role = Role.INITIATOR

    def __init__(self, **settings: Any) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._commands: deque[Callable[[], bytes]] = deque()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.engine = Engine(Role.INITIATOR, **settings)

    def connect(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.sock, _ = self._listener.accept()

    def _run(self) -> None:
        engine = self.engine
        with socket.create_connection(self._listener.getsockname()) as sock:
            sock.settimeout(0.01)
            sock.sendall(engine.connect(now()))
            while not engine.over and not self._stop.is_set():
                out = b""
                try:
                    data = sock.recv(65536)
                    if not data:
                        engine.lost(now())
                        break
                    out = engine.feed(data, now())
                except TimeoutError:
                    pass
                except ConnectionError:
                    engine.lost(now())
                    break
                while self._commands:
                    out += self._commands.popleft()()
                out += engine.tick(now())
                if out:
                    sock.sendall(out)

    def submit(self, draft: Draft) -> None:
        engine = self.engine
        if engine.over:
            engine.waiting.append(draft)
        else:
            self._commands.append(lambda: engine.submit(draft, now()))

    def log_out(self) -> None:
        engine = self.engine
        self._commands.append(lambda: engine.log_out(now()))

    def hang_up(self) -> None:
        self.sock.close()
        if self._thread is not None:
            self._thread.join(5)

    def close(self) -> None:
        self._stop.set()
        if hasattr(self, "sock"):
            self.sock.close()
        if self._thread is not None:
            self._thread.join(5)
        self._listener.close()


class Counterpart:
    """The other side by hand: it numbers and dates what it says, and looks at every message that comes."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.seq = 1  # of our next message
        self.heard = 0  # MsgSeqNum of the last new message of the engine

    @property
    def over_a_socket(self) -> bool:
        return not isinstance(self.line, CoreLine)

    def connect(self) -> None:
        self.line.connect()
        self._decoder = Decoder()
        self._messages: deque[Message] = deque()

    def hang_up(self) -> None:
        self.line.hang_up()

    # --- saying --------------------------------------------------------------------------------------------

    def stamp(self, seconds: float = 0) -> str:
        return utc_timestamp(self.line.wall() + int(seconds * SECOND), 3)

    def message(self, msg_type: str, fields: Fields = (), **header: Any) -> bytes:
        """`header`: seq, sender, target, time, begin, dup (with an OrigSendingTime), orig, extra."""
        dup = header.get("dup", False)
        head = [(49, header.get("sender", THEIRS)), (56, header.get("target", OURS))]
        head += [(34, str(header.get("seq", self.seq))), (52, header.get("time", self.stamp()))]
        if dup:
            head.append((43, "Y"))
            orig = header.get("orig", self.stamp(-1))
            head += [(122, orig)] if orig else []
        head += header.get("extra", ())
        fields = [(tag, value) for tag, value in (*head, *fields) if value is not None]
        return framed(header.get("begin", "FIX.4.4"), msg_type, fields)

    def say(self, msg_type: str, fields: Fields = (), **header: Any) -> None:
        data = self.message(msg_type, fields, **header)
        if "seq" not in header and not header.get("dup"):
            self.seq += 1
        self.line.write(data)

    def log_on(self, *, heart_bt_int: int = 30, fields: Fields = (), **header: Any) -> Message:
        """Connect and get to the point where both are live; the engine's Logon."""
        self.connect()
        mine = [(98, "0"), (108, str(heart_bt_int)), *fields]
        if self.line.role is Role.ACCEPTOR:
            self.say("A", mine, **header)
            return self.hear("A")
        theirs = self.hear("A")
        self.say("A", mine, **header)
        return theirs

    # --- hearing -------------------------------------------------------------------------------------------

    def _next(self) -> Message | None:
        """None: the engine has hung up."""
        while not self._messages:
            data = self.line.read()
            assert data is not None, "the engine says nothing"
            if not data:
                return None
            for item in self._decoder.feed(data):
                assert isinstance(item, Message), item
                self._messages.append(item)
        return self._messages.popleft()

    def hear(self, msg_type: str, **expected: str | None) -> Message:
        """The next message, which must be of this type, numbered in turn, with these values (`t7="1"`)."""
        message = self._next()
        assert message is not None, f"the engine hung up instead of saying {msg_type}"
        told = message.raw.replace(b"\x01", b"|").decode()
        assert message.msg_type == msg_type, told
        again = message.get(43) == b"Y"
        reset = message.get(141) == b"Y"
        if not again and "t34" not in expected:
            assert message.msg_seq_num == (1 if reset else self.heard + 1), told
        if not again:
            self.heard = message.msg_seq_num
        for name, value in expected.items():
            assert message.text(int(name[1:])) == value, told
        return message

    def hear_resend_request(self, begin: int, end: int) -> None:
        """For exactly these, or for all that follow."""
        asked = self.hear("2", t7=str(begin))
        assert asked.text(16) in (str(end), "0")

    def hear_reject(self, seq: int, msg_type: str, reason: int, tag: int | None = None) -> Message:
        about = {} if tag is None else {"t371": str(tag)}
        message = self.hear("3", t45=str(seq), t372=msg_type, t373=str(reason), **about)
        assert message.text(58)
        return message

    def hear_the_end(self, text: str = "") -> list[Message]:
        """Rejects and a Logout at most, then the end of the connection. Returns what was said."""
        said = []
        while (message := self._next()) is not None:
            assert message.msg_type in ("3", "5"), message
            said.append(message)
        if text:
            assert text in (said[-1].text(58) or "")
        return said

    def quiet(self) -> None:
        """Nothing else was said: the echo of a TestRequest comes next."""
        self.say("1", ((112, f"still there {self.seq}"),))
        self.hear("0", t112=f"still there {self.seq - 1}")

    def log_out(self) -> None:
        """The engine answers and closes."""
        self.say("5")
        self.hear("5")
        self.hear_the_end()


def framed(begin: str, msg_type: str, fields: Fields) -> bytes:
    """A whole message, as wrong inside as the test wants: `encode` would refuse to write some of it."""
    try:
        return encode(begin, msg_type, (), fields)
    except ValueError:
        values = [(tag, value.encode() if isinstance(value, str) else value) for tag, value in fields]
        body = b"35=%b\x01" % msg_type.encode() + b"".join(b"%d=%b\x01" % pair for pair in values)
        return with_framing(begin, body)


def with_framing(begin: str, body: bytes) -> bytes:
    head = b"8=%b\x019=%d\x01%b" % (begin.encode(), len(body), body)
    return b"%b10=%03d\x01" % (head, sum(head) % 256)


VARIANTS = ["initiator core", "initiator socket", "acceptor core", "acceptor socket"]


@contextmanager
def counterpart(variant: str, **settings: Any) -> Iterator[Counterpart]:
    """`settings` are the session's; the server behind `blotter acceptor` has its own and takes none but its own."""
    role, way = variant.split()
    line: Line
    if way == "core":
        line = CoreLine(Role.INITIATOR if role == "initiator" else Role.ACCEPTOR, **settings)
    elif role == "initiator":
        line = InitiatorLine(**settings)
    else:
        line = ServerLine()
    try:
        yield Counterpart(line)
    finally:
        line.close()
