"""One client's connection: bytes to messages, answers back to the socket, whatever dialect is spoken.

What is to be made of a message is said by who builds on this: `session_connection` for dialects that go by the rules of
FIX, `binance_connection` for the one that has rules of its own. Here the faults that concern a socket happen: stalling,
delaying, garbling, dropping.
"""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Final, cast

from blotter.exchange.dialect import Admitted, Feed, RefusedError
from blotter.exchange.event import Traded
from blotter.exchange.faults import FaultKind
from blotter.exchange.hub import Hub, UnreportedError
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.tops import Top
from blotter.fix.codec import Decoder, Message, Skipped
from blotter.fix.effects import Draft, Effect, Phase
from blotter.fix.session import Session
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind

_MAX_MESSAGE: Final = 64 * 1024
_MAX_UNREAD: Final = 16 * 1024 * 1024  # a client this far behind is cut off


class Connection(asyncio.Protocol):
    """The socket side of a session; the server makes one for each client that connects."""

    def __init__(self, hub: Hub, kind: SessionKind) -> None:
        self.session: Session | None = None  # from the first message on
        self.comp_id = ""  # the client's
        self.admitted = Admitted()
        self.kind = kind
        self._hub = hub
        self._dialect = hub.dialect
        self._feed: Feed | None = None
        self._decoder = Decoder(max_size=_MAX_MESSAGE)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._deadline: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: list[Draft] | None = None  # while stalled
        self._late: deque[tuple[int, Draft]] = deque()  # while reports are delayed: when due (mono ns)

    # --- what the dialect's rules say ------------------------------------------------------------------

    @abstractmethod
    def _received(self, message: Message) -> None:
        """A message has come."""

    @abstractmethod
    def _garbled(self, skipped: Skipped) -> None:
        """Bytes that were no message."""

    @abstractmethod
    def _carry_out(self, effects: list[Effect]) -> None:
        """What the session wants done."""

    @abstractmethod
    def _encode(self, draft: Draft) -> bytes | None:
        """The numbered message; None when it cannot be said any more."""

    def _dialled(self) -> None:
        """A socket was opened."""

    def _left(self, *, clean: bool) -> None:
        """The session, if there was one, is over: called once it was logged on, perhaps several times."""

    def _read_all(self) -> None:
        """Everything that a read has brought was dealt with."""

    # --- the socket ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._hub.joined(self)
        self._dialled()
        self._wake_at(self._hub.now().mono + int(self._hub.config.logon_timeout * SECOND))

    def connection_lost(self, exc: Exception | None) -> None:
        self._hub.left(self)
        self._leave(clean=False)
        if self.session is not None:
            self.session.disconnected(self._hub.now(), "the socket is gone")
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        for item in self._decoder.feed(data):
            if self._closing:
                break
            if isinstance(item, Skipped):
                self._garbled(item)
            else:
                self._received(item)
        self._read_all()
        self._arm()

    @property
    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    @property
    def _live(self) -> bool:
        return self.session is not None and self.session.phase is Phase.LIVE

    @property
    def only_acks(self) -> bool:
        """It hears nothing but answers to its own requests."""
        return self.admitted.only_acks

    # --- requests --------------------------------------------------------------------------------------

    def _logged_on(self) -> None:
        self._hub.logged_on(self, self._dialect.doors[self.kind])

    def _ask(self, message: Message) -> None:
        """A sound application message: have it done, or answered."""
        hub = self._hub
        try:
            asked = self._dialect.read(message, hub.caller(self))
            if isinstance(asked, tuple):
                for draft in asked:
                    self.send(draft)
            else:
                hub.submit(asked, self)
        except RefusedError as error:
            self._say(error.drafts)
        except UnreportedError as error:
            self._say(self._dialect.refuse(message, error.refusal))

    def _watch(self, message: Message) -> None:
        """A request for market data."""
        try:
            for draft in self._feed.request(message) if self._feed is not None else ():
                self.send(draft)
        except RefusedError as error:
            self._say(error.drafts)

    # --- outbound --------------------------------------------------------------------------------------

    def send(self, draft: Draft) -> None:
        """An application message, later when reports are delayed. Order is kept."""
        delay = int(self._hub.faults.seconds(FaultKind.DELAY) * SECOND)
        if delay or self._late:
            due = self._hub.now().mono + delay
            self._late.append((max(due, self._late[-1][0]) if self._late else due, draft))
            self._arm()
        else:
            self._write(draft)

    def market_moved(self, symbol: str, before: Top, after: Top) -> None:
        """The top of a book changed."""
        draft = None if self._feed is None else self._feed.moved(symbol, before, after)
        if draft is not None:
            self.send(draft)

    def hears_depth(self, symbol: str) -> bool:
        """Whether it has asked for this book."""
        return self._feed is not None and self._feed.hears_depth(symbol)

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> None:
        """Books changed."""
        for draft in self._feed.depth_moved(updates) if self._feed is not None else ():
            self.send(draft)

    def traded(self, trade: Traded) -> None:
        """A trade took place."""
        draft = None if self._feed is None else self._feed.traded(trade)
        if draft is not None:
            self.send(draft)

    def _say(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self._write(draft)

    def _write(self, draft: Draft) -> None:
        """Number it and write it. What is held back has no number yet, so none is ever missing."""
        if self._held is not None:
            self._held.append(draft)
        elif not self._closing:
            data = self._encode(draft)
            if data is not None:
                self._put(data)

    def _put(self, data: bytes) -> None:
        """Onto the wire."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(self._hub.faults.on_the_wire(data))
        if transport.get_write_buffer_size() > _MAX_UNREAD:
            self.drop()

    # --- the end -------------------------------------------------------------------------------------------

    def log_out(self, text: str) -> None:
        """Ask the client to leave; who never logged on is not asked."""
        if self.session is None:
            self.drop()
        else:
            self._carry_out(self.session.logout(text, self._hub.now()))
            self._arm()

    def drop(self, *, flushed: bool = False) -> None:
        """Cut the socket, without a word. `flushed`: after what was written before."""
        self._leave(clean=False)
        if self._transport is not None and flushed:
            self._transport.close()
        elif self._transport is not None:
            self._transport.abort()

    def _close(self, *, clean: bool) -> None:
        self._leave(clean=clean)
        if self._transport is not None:
            self._transport.close()

    def _leave(self, *, clean: bool) -> None:
        if self._hub.logged_off(self):
            self._left(clean=clean)

    # --- time ------------------------------------------------------------------------------------------

    def stall(self) -> None:
        """Neither read nor write until `resume`."""
        if self._transport is not None and self._held is None:
            self._held = []
            self._transport.pause_reading()

    def resume(self) -> None:
        """Say what was held back, listen again. The clock goes on only after what waits was read."""
        held, self._held = self._held, None
        for draft in held or ():
            self._write(draft)
        if not self._closing and self._transport is not None and held is not None:
            self._transport.resume_reading()
            self._wake_at(self._hub.now().mono + SECOND // 5)

    def tick(self) -> None:
        """Do what is due by now."""
        now = self._hub.now()
        while self._late and self._late[0][0] <= now.mono:
            self._write(self._late.popleft()[1])
        if self._held is not None:
            return
        if self.session is not None:
            self._carry_out(self.session.tick(now))
        elif not self._closing:
            self.drop()  # no Logon in time
        self._arm()

    def _arm(self) -> None:
        """Wake up when the session or a late report wants it. A timer that is early is left alone: it re-arms."""
        deadlines = [] if self.session is None else [self.session.next_deadline()]
        if self._late:
            deadlines.append(self._late[0][0])
        earliest = min((at for at in deadlines if at is not None), default=None)
        if earliest is not None and (self._deadline is None or earliest < self._deadline):
            self._wake_at(earliest)

    def _wake_at(self, deadline: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0, deadline - self._hub.now().mono) / SECOND
        self._deadline = deadline
        self._timer = self._loop.call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._deadline = self._timer = None
        if not self._closing:
            self.tick()
