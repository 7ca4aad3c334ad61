"""The sockets of the plain acceptor: one session a pair of comp ids, one connection at a time for each.

What a read leads to is committed to the store, numbers in and out together, before a byte of it is written: a process
killed at any instant neither uses a number twice nor handles a message twice. Who is not meant is not spoken to.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, cast

from blotter.acceptor.echo import answer, order_id
from blotter.acceptor.store import Store
from blotter.fix.check import Fault
from blotter.fix.codec import Decoder, Message, Skipped
from blotter.fix.sequence import FROM_ONE, Numbering
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonReceived,
    News,
    NumbersChanged,
    Phase,
    PhaseChanged,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Warn,
)
from blotter.fix.values import SECOND
from blotter.journal.sessions import KeptSession

_log = logging.getLogger(__name__)

_MAX_MESSAGE: Final = 1024 * 1024
_MAX_UNREAD: Final = 256 * 1024 * 1024  # a client this far behind is cut off
_LOGON_TIMEOUT: Final = 5.0
_LINGER: Final = 2.0  # seconds a client has to hang up after the last word


@dataclass(frozen=True, slots=True)
class AcceptorConfig:
    """Empty comp ids take whatever the client says."""

    begin_string: str
    validate: Callable[[Message], Fault | None]
    sender_comp_id: str = ""  # ours
    target_comp_id: str = ""  # the client's
    default_appl_ver_id: str = ""
    next_expected: bool = False


@dataclass(slots=True)
class Acceptor:
    """What all connections share."""

    config: AcceptorConfig
    store: Store
    connections: "set[Connection]" = field(default_factory=set)
    live: "dict[str, Connection]" = field(default_factory=dict)  # by session name
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # no connection is left

    def joined(self, connection: "Connection") -> None:
        self.connections.add(connection)
        self.empty.clear()

    def left(self, connection: "Connection") -> None:
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()


def _now() -> Instant:
    return Instant(time.time_ns(), time.monotonic_ns())


class Connection(asyncio.Protocol):
    """One client. Its session begins with a Logon that is meant for us."""

    def __init__(self, acceptor: Acceptor) -> None:
        self._acceptor = acceptor
        self._store = acceptor.store
        self._name = ""  # of the session: our comp id and the client's
        self._session: Session | None = None
        self._kept: KeptSession | None = None
        self._seen: set[str] = set()
        self._decoder = Decoder(max_size=_MAX_MESSAGE)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._out: list[bytes] = []
        self._over = False

    # --- the socket ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._acceptor.joined(self)
        self._timer = self._loop.call_later(_LOGON_TIMEOUT, self.hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._acceptor.left(self)
        if self._session is not None:
            self._session.disconnected(_now(), "the socket is gone")
        self._leave()
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def eof_received(self) -> bool:
        return False

    def data_received(self, data: bytes) -> None:
        for item in self._decoder.feed(data):
            if self._over:
                return
            if isinstance(item, Message):
                self._receive(item)
            elif self._session is None:
                self._cut(f"no Logon: {item.reason}")
            else:
                self._garbled(item)
        self._flush()

    def _garbled(self, skipped: Skipped) -> None:
        """FIX 4.4: ignored. Its number is missing then, and will be asked for."""
        _log.warning("%s: ignored %d bytes: %s", self._name, len(skipped.data), skipped.reason)

    # --- inbound -------------------------------------------------------------------------------------------

    def _receive(self, message: Message) -> None:
        session = self._session or self._begin(message)
        if session is not None:
            self._carry_out(session.receive(message, _now()))

    def _begin(self, message: Message) -> Session | None:
        """The session that the first message asks for; None when it is none of ours."""
        config, ours, theirs = self._acceptor.config, message.text(56) or "", message.text(49) or ""
        meant = ours == (config.sender_comp_id or ours) and theirs == (config.target_comp_id or theirs)
        name = f"{ours} {theirs}"
        if message.msg_type != "A" or not ours or not theirs or not meant:
            self._cut(
                f"35={message.msg_type[:10]!r} from {theirs[:40]!r} to {ours[:40]!r} is no Logon for us"
            )
            return None
        if message.text(8) != config.begin_string:
            self._cut(f"BeginString (8) is {(message.text(8) or '')[:10]!r}, expected {config.begin_string}")
            return None
        if name in self._acceptor.live:
            self._cut(f"{name} is logged on already")
            return None
        self._name = name
        self._acceptor.live[name] = self
        numbers = self._store.numbers(name)
        if not self._store.durable and message.msg_seq_num == 1 and numbers != FROM_ONE:
            # Nothing of ours outlives the process, so a client that begins at 1 has begun anew as well.
            _log.warning("%s: starts at 1 again", name)
            self._store.forget(name)
            numbers = FROM_ONE
        self._seen = self._store.seen(name)
        self._session = Session(
            SessionConfig(
                ours,
                theirs,
                Role.ACCEPTOR,
                begin_string=config.begin_string,
                numbering=Numbering.CONTINUOUS,
                time_precision=3,
                logon_timeout=_LOGON_TIMEOUT,
                next_expected=config.next_expected,
                resend_open_ended=True,
                answers_any_number=True,
                terse=True,
                default_appl_ver_id=config.default_appl_ver_id,
                validate=config.validate,
            ),
            numbers,
        )
        self._kept = KeptSession(self._store, name, self._session)
        self._session.connected(_now())
        return self._session

    def _carry_out(self, effects: list[Effect]) -> None:
        session = self._session
        if session is None:
            return
        for effect in effects:
            match effect:
                case Send(draft):
                    self._write(draft)
                case LogonReceived():
                    self._carry_out(session.accept((), _now()))
                case Deliver(message) | News(_, message):
                    self._deliver(message)
                case ResendAsked() if self._kept is not None:
                    self._out += (again.data for again in self._kept.again(effect, _now()))
                case NumbersChanged(1, 1, reason):
                    _log.warning("%s: %s", self._name, reason)
                    self._store.forget(self._name)
                    self._seen.clear()
                case Disconnect(reason, _):
                    _log.info("%s: %s", self._name, reason)
                    self._flush()
                    self._finish()
                case PhaseChanged(_, reason):
                    _log.info("%s: %s", self._name, reason)
                case Warn(text):
                    _log.warning("%s: %s", self._name, text)
                case _:
                    pass

    def _deliver(self, message: Message) -> None:
        draft = answer(message, self._seen)
        cl_ord_id = order_id(message)
        if cl_ord_id:
            self._seen.add(cl_ord_id)
            self._store.add_seen(self._name, cl_ord_id)
        if draft is not None and self._session is not None and self._session.phase is Phase.LIVE:
            self._write(draft)

    # --- outbound ------------------------------------------------------------------------------------------

    def _write(self, draft: Draft) -> None:
        """Number it and keep it; `_flush` writes it."""
        if self._kept is not None and not self._over:
            self._out.append(self._kept.number(draft, _now()))

    def _flush(self) -> None:
        transport = self._transport
        if self._kept is not None and not self._over:
            self._kept.save()
        if transport is not None and self._out and not transport.is_closing():
            transport.write(b"".join(self._out))
            if transport.get_write_buffer_size() > _MAX_UNREAD:
                transport.abort()
        self._out.clear()
        self._arm()

    # --- time ----------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        session = self._session
        if session is None or self._over:
            return
        if self._timer is not None:
            self._timer.cancel()
        deadline = session.next_deadline()
        if deadline is not None:
            delay = max(0, deadline - time.monotonic_ns()) / SECOND
            self._timer = self._loop.call_later(delay, self._tick)

    def _tick(self) -> None:
        if self._session is not None and not self._over:
            self._carry_out(self._session.tick(_now()))
            self._flush()

    # --- the end -------------------------------------------------------------------------------------------

    def log_out(self, text: str) -> None:
        """Ask the client to leave; who never logged on is cut off."""
        if self._session is None:
            self.hang_up()
        elif not self._over:
            self._carry_out(self._session.logout(text, _now()))
            self._flush()

    def _cut(self, reason: str) -> None:
        """Not a word to who is not meant."""
        _log.warning("hung up: %s", reason)
        self._finish()

    def _finish(self) -> None:
        """Nothing more is said. Closing at once could throw away what the client has not read yet: it hangs up."""
        self._over = True
        self._leave()
        if self._transport is not None and not self._transport.is_closing():
            if self._transport.can_write_eof():
                self._transport.write_eof()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(_LINGER, self.hang_up)

    def _leave(self) -> None:
        if self._acceptor.live.get(self._name) is self:
            del self._acceptor.live[self._name]

    def hang_up(self) -> None:
        """Close, after what was written before."""
        if self._transport is not None:
            self._transport.close()


@contextlib.asynccontextmanager
async def serve(config: AcceptorConfig, store: Store, port: int = 0) -> AsyncIterator[tuple[str, int]]:
    """Serve on the loopback until left; yields host and port. On leaving clients are logged out."""
    acceptor = Acceptor(config, store)
    acceptor.empty.set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(acceptor), "127.0.0.1", port)
    host, bound = server.sockets[0].getsockname()[:2]
    try:
        yield host, bound
    finally:
        server.close()
        for connection in list(acceptor.connections):
            connection.log_out("shutting down")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await acceptor.empty.wait()
        for connection in list(acceptor.connections):
            connection.hang_up()
        await server.wait_closed()
