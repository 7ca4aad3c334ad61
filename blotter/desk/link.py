"""The life of one session's connection: dial, log on, run, lose, wait, dial again.

    DOWN ─▶ DIALLING ─▶ LOGGING_ON ─▶ LIVE ⇄ STALE ─▶ LOGGING_OUT ─▶ DOWN (stopped)
               ▲            │            │                               │
               └─ WAITING ◀─┴────────────┴───────────────────────────────┘ (wanted)

The link runs the session and its timers and knows nothing of orders; what arrives goes to its owner. It never raises
out of `run`: whatever ends a connection becomes a reason, shown, and the next dial.
"""

import asyncio
import random
import ssl
from collections.abc import Callable
from typing import NamedTuple, Protocol

import anyio

from blotter.desk.backoff import SECOND, Backoff
from blotter.desk.change import LinkState, LinkView
from blotter.desk.clock import Clock
from blotter.desk.comp_ids import CompIds
from blotter.desk.lane import Lane, Outgoing
from blotter.desk.recorder import Recorder, SessionNote
from blotter.desk.wire import Wire, dial, in_words, tls_context
from blotter.fix.codec import Decoder, Message
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Effect,
    Instant,
    News,
    Phase,
    PhaseChanged,
    Refused,
    RoundTrip,
    Send,
    Session,
    Stamped,
    Warn,
)
from blotter.journal.tape import Entry
from blotter.trading.ledger import Delta
from blotter.venues.base import Credentials, Endpoint, SessionKind, Venue

DIAL_TIMEOUT = 10.0
REFUSED_HOLD_OFF = 30.0
"""Seconds to wait after a second refused Logon in a row: a wrong key does not get better by hurrying (fact sheet 4)."""


class LinkSettings(NamedTuple):
    """What one session needs to know to connect."""

    kind: SessionKind
    endpoint: Endpoint
    comp_id_prefix: str
    heart_bt_int: int
    ca_file: str | None = None


class Owner(Protocol):
    """Who the link works for."""

    def arrived(self, link: "Link", message: Message, now: Instant) -> None:
        """An application message or a Reject, in sequence."""
        ...

    def seen(self, link: "Link", outbound: bool, seq: int, raw: bytes, at: int) -> None:
        """Any message that is taped, for the message pane. Secrets are not masked yet."""
        ...

    def changed(self, delta: Delta) -> None:
        """The ledger moved because something was sent."""
        ...

    def up(self, link: "Link") -> None: ...
    def down(self, link: "Link", reason: str) -> None:
        """A connection that had logged on has ended."""
        ...

    def warn(self, link: "Link", text: str) -> None: ...


class Link:
    """One session, kept alive."""

    def __init__(
        self,
        settings: LinkSettings,
        venue: Venue,
        credentials: Credentials,
        owner: Owner,
        recorder: Recorder,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.settings = settings
        self.name = settings.kind.value
        self._venue = venue
        self._credentials = credentials
        self._owner = owner
        self._recorder = recorder
        self._clock = clock
        self._comp_ids = CompIds(venue, recorder, settings.comp_id_prefix, self.name)
        self._backoff = Backoff(venue.connection_limits(settings.kind), rng)
        self._all_taped = settings.kind is not SessionKind.MARKET_DATA
        self._context: ssl.SSLContext | None = None
        self._session: Session | None = None
        self._lane: Lane | None = None
        self._wire: Wire | None = None
        self._decoder = Decoder()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self._dialling: anyio.CancelScope | None = None
        self._ended = asyncio.Event()
        self._wake = asyncio.Event()
        self._wanted = True
        self._stopping = False
        self._state = LinkState.DOWN
        self._since = clock().wall
        self._reason = "not started"
        self._comp_id = ""
        self._instance = ""
        self._headline = ""
        self._connection = 0
        self._was_live = False
        self._refused = ""  # why the venue would not let us in
        self._refusals = 0  # in a row: the first may be a comp id still in use, and the next dial has another
        self._ending = ""  # why the session gave the connection up
        self._clean = True
        self._messages_in = 0
        self._messages_out = 0
        self._connects = 0
        self._retry_at: int | None = None

    # --- what others may ask -------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Logged on, so that application messages may go."""
        return self._session is not None and self._session.phase is Phase.LIVE

    @property
    def reason(self) -> str:
        """Why it is not live, in words."""
        return self._reason

    @property
    def lane(self) -> Lane | None:
        return self._lane

    @property
    def connection(self) -> int:
        """Ordinal of the current or last socket on the tape."""
        return self._connection

    def send(self, outgoing: Outgoing) -> None:
        """Queue a message; `outgoing.done` hears what became of it."""
        if self._lane is None or not self.live:
            if outgoing.done is not None:
                outgoing.done(
                    f"{self.name} is {self._state.value}" + (f": {self._reason}" if self._reason else "")
                )
            return
        self._lane.put(outgoing)

    def revoke(self, cause: str) -> None:
        """Stop orders that have not been written yet."""
        if self._lane is not None:
            self._lane.revoke(cause)

    def test_request(self) -> None:
        """Ask the peer for a sign of life; measures the round trip."""
        if self._session is not None and self.live:
            self._carry_out(self._session.test_request)

    def reconnect(self) -> None:
        """Log out and dial again at once."""
        self._wanted = True
        self._backoff.succeeded()
        self._wake.set()
        self._log_out("reconnect asked for")

    def resume(self) -> None:
        """Dial again after `suspend`; nothing where it never was."""
        if not self._wanted:
            self.reconnect()

    def suspend(self, reason: str) -> None:
        """Log out and stay down until `resume` or `reconnect`."""
        self._wanted = False
        self._log_out(reason)

    def stop(self, reason: str) -> None:
        """Log out and let `run` return."""
        self._stopping = True
        self._wake.set()
        self._log_out(reason)

    def cut(self, reason: str) -> None:
        """Drop the socket without a Logout."""
        if self._wire is not None:
            self._wire.abort(reason)

    # --- life ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the session up until `stop`."""
        while not self._stopping:
            if await self._wait_for_turn():
                await self._one_connection()
        self._set_state(LinkState.DOWN, self._reason)

    async def _wait_for_turn(self) -> bool:
        self._wake.clear()
        if not self._wanted:
            self._set_state(LinkState.DOWN, self._reason)
            await self._wake.wait()
            return False
        now = self._clock().mono
        at = self._backoff.next_dial(now, REFUSED_HOLD_OFF if self._refusals > 1 else 0.0)
        if at <= now:
            return True
        self._retry_at = at
        self._set_state(LinkState.WAITING, self._reason)
        with anyio.move_on_after((at - now) / SECOND):
            await self._wake.wait()
        self._retry_at = None
        return not self._stopping and self._wanted

    async def _one_connection(self) -> None:
        endpoint = self.settings.endpoint
        where = f"{endpoint.host}:{endpoint.port}"
        self._refused, self._ending, self._clean, self._was_live = "", "", False, False
        self._ended = asyncio.Event()
        self._decoder = Decoder()
        self._connection = self._recorder.next_connection()
        self._comp_id = self._comp_ids.take()
        self._backoff.dialled(self._clock().mono)
        self._set_state(LinkState.DIALLING, where)
        self._note("dial", where)
        self._wire, failure = None, ""
        try:
            if endpoint.tls and self._context is None:
                self._context = tls_context(self.settings.ca_file)
            with anyio.move_on_after(DIAL_TIMEOUT) as self._dialling:
                self._wire = await dial(endpoint, self._context, self._on_bytes, self._on_lost)
        except OSError as error:
            failure = in_words(error, endpoint)
        finally:
            self._dialling = None
        if self._wire is None:
            self._comp_ids.free()  # nothing was ever logged on with it
            if not failure:
                given_up = self._stopping or not self._wanted
                failure = self._reason if given_up else in_words(TimeoutError(), endpoint)
            self._note("end", failure)
            self._set_state(LinkState.WAITING, failure)
            return
        if self._ended.is_set():
            return
        if self._stopping or not self._wanted:  # asked for while dialling
            self._wire.abort(self._reason)
            return
        self._connects += 1
        session = Session(
            self._venue.session(
                self.settings.kind, self._credentials, self._comp_id, self.settings.heart_bt_int
            )
        )
        self._session = session
        self._lane = Lane(
            self.name,
            self._connection,
            session,
            self._wire,
            self._recorder,
            self._clock,
            self._owner.changed,
            self._on_sent,
        )
        self._set_state(LinkState.LOGGING_ON, where)
        self._carry_out(session.connected)
        await self._ended.wait()

    def _on_bytes(self, data: bytes) -> None:
        session = self._session
        if session is None:
            return
        now = self._clock()
        messages: list[Message] = []
        for item in self._decoder.feed(data):
            if isinstance(item, Message):
                messages.append(item)
            else:
                self._note("garbage", f"{len(item.data)} bytes skipped: {item.reason}")
                self._owner.warn(self, f"{len(item.data)} unreadable bytes skipped: {item.reason}")
        # On the tape before anything is made of them: what they cause must stand behind them there.
        self._recorder.hold(
            [self._inbound(message, now) for message in messages if self._is_taped(message.msg_type)]
        )
        self._messages_in += len(messages)
        for message in messages:
            if session.phase is Phase.LOGGING_ON and message.msg_type == "A":
                self._instance = message.text(25037) or ""
            if self._is_taped(message.msg_type):
                self._owner.seen(self, False, message.msg_seq_num, message.raw, now.wall)
            effects = session.receive(message, now)
            if _passed_over(message, effects):
                # It broke a rule of the session, yet the venue said it: it is on the tape, so it counts.
                self._owner.arrived(self, message, now)
            self._handle(effects, now)
        self._recorder.flush()

    def _inbound(self, message: Message, now: Instant) -> Entry:
        return self._recorder.inbound(message, self.name, self._connection, now.wall)

    def _is_taped(self, msg_type: str) -> bool:
        """Quotes are not: a day of them would bury the orders. Acts carry the top of book of their moment."""
        return self._all_taped or msg_type not in ("W", "X")

    def _on_sent(self, stamped: Stamped, outgoing: Outgoing, at: int) -> None:
        self._messages_out += 1
        self._owner.seen(self, True, stamped.msg_seq_num, stamped.data, at)

    def _on_lost(self, reason: str) -> None:
        try:
            self._end(reason)
        finally:
            self._ended.set()  # whatever fails in telling others, the next dial must come

    def _end(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lane is not None:
            self._lane.close(f"{self.name} went down: {reason}")
        session = self._session
        if session is not None:
            self._carry_out(lambda now: session.disconnected(now, reason))
        if self._clean or not self._connects:
            self._comp_ids.free()
        asked = self._reason if self._state is LinkState.LOGGING_OUT else ""
        words = self._refused or asked or self._ending or reason
        self._note("end", words)
        self._session, self._lane, self._wire = None, None, None
        self._set_state(LinkState.DOWN if self._stopping or not self._wanted else LinkState.WAITING, words)
        if self._was_live:
            self._owner.down(self, words)

    def _log_out(self, reason: str) -> None:
        session = self._session
        self._reason = reason
        if self._dialling is not None:
            self._dialling.cancel()
        if session is None or self._wire is None:
            return
        if session.phase is Phase.LIVE:
            self._set_state(LinkState.LOGGING_OUT, reason)
            self._carry_out(lambda now: session.logout("", now))
        else:
            self._wire.abort(reason)

    # --- effects and timers --------------------------------------------------------------------------------

    def _carry_out(self, step: Callable[[Instant], list[Effect]]) -> None:
        """Let the session take a step now, and do what it asks for."""
        now = self._clock()
        self._handle(step(now), now)

    def _handle(self, effects: list[Effect], now: Instant) -> None:
        for effect in effects:
            if isinstance(effect, Deliver):
                self._owner.arrived(self, effect.message, now)
            elif isinstance(effect, Send):
                if self._lane is not None:
                    self._lane.put(Outgoing(effect.draft, essential=True))
            elif isinstance(effect, Refused):
                self._on_refused(effect.message, now)
            elif isinstance(effect, PhaseChanged):
                self._on_phase(effect)
            elif isinstance(effect, News):
                self._headline = effect.headline
                self._owner.warn(self, f"venue news: {effect.headline}")
            elif isinstance(effect, Warn):
                self._owner.warn(self, effect.text)
            elif isinstance(effect, Disconnect):
                # A Logout that still waits behind a commit will not be heard: the comp id stays blocked.
                self._clean = effect.clean and (self._lane is None or self._lane.idle)
                self._ending = effect.reason
                if self._wire is not None:
                    self._wire.close()
            elif not isinstance(effect, RoundTrip):
                self._owner.warn(self, f"unexpected session effect {effect!r}")
        self._arm()

    def _on_refused(self, message: Message, now: Instant) -> None:
        if not self._was_live:
            self._refusals += 1
            self._refused = f"logon refused: {message.text(58) or 'no reason given'}"
            code = message.text(25016)
            if code:
                self._refused += f" ({code})"
        self._owner.arrived(self, message, now)

    def _on_phase(self, change: PhaseChanged) -> None:
        if change.phase is Phase.LIVE:
            self._was_live = True
            self._refusals = 0
            self._headline = ""
            self._backoff.succeeded()
            self._set_state(LinkState.LIVE, "")
            self._note("live", "")
            self._owner.up(self)
        elif change.phase is Phase.LOGGING_OUT:
            self._set_state(LinkState.LOGGING_OUT, self._reason or change.reason)

    def _arm(self) -> None:
        """One timer for the session's next deadline."""
        deadline = self._session.next_deadline() if self._session is not None else None
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer_at <= deadline:
                return  # fires early, looks again
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        delay = max(0.0, (deadline - self._clock().mono) / SECOND)
        self._timer_at = deadline
        self._timer = loop.call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._session is not None:
            self._carry_out(self._session.tick)

    # --- seeing --------------------------------------------------------------------------------------------

    def _note(self, event: str, text: str) -> None:
        note = SessionNote(
            event=event,
            text=text,
            endpoint=f"{self.settings.endpoint.host}:{self.settings.endpoint.port}",
            comp_id=self._comp_id,
            clean=self._clean,
        )
        self._recorder.note(self.name, self._connection, note)

    def _set_state(self, state: LinkState, reason: str) -> None:
        self._reason = reason
        if state is not self._state:
            self._state = state
            self._since = self._clock().wall

    def view(self) -> LinkView:
        """What the screen shows of it now."""
        session = self._session
        state = self._state
        if session is not None and state is LinkState.LIVE and session.test_request_pending:
            quiet = self._clock().mono - (session.last_in or 0)
            if quiet > session.peer_heart_bt_int * SECOND:
                state = LinkState.STALE
        return LinkView(
            name=self.name,
            state=state,
            since=self._since,
            reason=self._reason,
            endpoint=f"{self.settings.endpoint.host}:{self.settings.endpoint.port}",
            comp_id=self._comp_id,
            instance=self._instance,
            next_in=session.next_in if session else 0,
            next_out=session.next_out if session else 0,
            last_in=session.last_in if session else None,
            last_out=session.last_out if session else None,
            heart_bt_int=self.settings.heart_bt_int,
            test_request_pending=session.test_request_pending if session else False,
            round_trip=session.round_trip if session else None,
            clock_offset=session.clock_offset if session else None,
            messages_in=self._messages_in,
            messages_out=self._messages_out,
            retry_at=self._retry_at,
            reconnects=max(0, self._connects - 1),
            refusals=self._refusals,
            headline=self._headline,
        )


_SESSION_TYPES = frozenset({"0", "1", "2", "4", "5", "A", "B"})


def _passed_over(message: Message, effects: list[Effect]) -> bool:
    """A report or refusal that the session did not hand on."""
    if message.msg_type in _SESSION_TYPES:
        return False
    return not any(isinstance(effect, Deliver | Refused) for effect in effects)
