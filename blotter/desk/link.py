"""One session, kept alive: dial, lose, wait, dial again; or hand over to the next connection without a gap.

    DOWN ─▶ DIALLING ─▶ LOGGING_ON ─▶ LIVE ⇄ STALE ─▶ LOGGING_OUT ─▶ DOWN (stopped)
               ▲            │            │                               │
               └─ WAITING ◀─┴────────────┴───────────────────────────────┘ (wanted)

One connection is current: requests go there, and its state is the link's. While the session is handed over there is
the next one beside it, or the old one; what arrives on any of them goes to the owner. The link knows nothing of
orders. It never raises out of `run`: whatever ends a connection becomes a reason, shown, and the next dial.
"""

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

import anyio
from anyio.abc import TaskGroup

from blotter.desk.backoff import SECOND, Backoff
from blotter.desk.change import LinkState, LinkView
from blotter.desk.clock import Clock
from blotter.desk.comp_ids import CompIds
from blotter.desk.connection import Connection, Plug
from blotter.desk.handover import HandOver
from blotter.desk.hours import OUTSIDE, HoursWatch
from blotter.desk.lane import Lane, Outgoing
from blotter.desk.numbers import SessionNumbers
from blotter.desk.rates import Budget
from blotter.desk.recorder import Recorder, SessionNote
from blotter.desk.resending import resendable
from blotter.desk.tally import Tally
from blotter.desk.wire import tls_context
from blotter.fix.check import Fault
from blotter.fix.codec import Message
from blotter.fix.sequence import FROM_ONE
from blotter.fix.session import Instant, Numbering, SessionConfig
from blotter.trading.ledger import Delta
from blotter.venues.base import Credentials, Endpoint, SessionKind, Venue

REFUSED_HOLD_OFF = 30.0
"""Seconds to wait after a second refused Logon in a row: a wrong key does not get better by hurrying (fact sheet 4)."""
ECHO = 5.0
"""Seconds after a hand-over in which a report may still come a second time."""


class LinkSettings(NamedTuple):
    """What one session needs to know to connect."""

    kind: SessionKind
    endpoint: Endpoint
    comp_id_prefix: str
    heart_bt_int: int
    ca_file: str | None = None
    validate: Callable[[Message], Fault | None] | None = None  # a dictionary of the user's


class Owner(Protocol):
    """Who the link works for."""

    def arrived(self, link: "Link", connection: int, message: Message, now: Instant) -> None:
        """An application message or a Reject, in sequence, and the ordinal of the socket it came on."""
        ...

    def seen(self, link: "Link", outbound: bool, seq: int, raw: bytes, at: int) -> None:
        """Any message that is taped, for the message pane. Secrets are not masked yet."""
        ...

    def changed(self, delta: Delta) -> None:
        """The ledger moved because something was sent."""
        ...

    def up(self, link: "Link") -> None: ...
    def down(self, link: "Link", reason: str) -> None:
        """A connection that had logged on has ended, and no other is there."""
        ...

    def switched(self, link: "Link") -> None:
        """Requests go to another connection from now on; what was asked for on the old one ends with it."""
        ...

    def handed_over(self, link: "Link", *, complete: bool) -> None:
        """The old connection is gone. Not `complete`: it may have known something that nobody has heard."""
        ...

    def withheld(self, link: "Link", messages: list[Message]) -> None:
        """The venue asked for these again, and they were not sent: they could add to what is open."""
        ...

    def warn(self, link: "Link", text: str) -> None: ...
    def budget(self, link: "Link") -> Budget:
        """What a new connection may send."""
        ...


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
        lasting = venue.numbering is Numbering.CONTINUOUS
        self._numbers = SessionNumbers(recorder, self.name) if lasting else None
        self._reset_next = False  # until a Logon is answered, each starts both numbers at 1
        self._hours = HoursWatch(venue.hours(settings.kind), clock)
        self._backoff = Backoff(venue.connection_limits(settings.kind), rng)
        self._context: ssl.SSLContext | None = None
        self._tasks: TaskGroup | None = None
        self._current: Connection | None = None
        self._next: Connection | None = None  # opened by a hand-over
        self._old: Connection | None = None  # left by one
        self._handover: HandOver | None = None
        self._echoes_until = 0  # mono ns
        self._wake = asyncio.Event()
        self._wanted = True
        self._stopping = False
        self._state = LinkState.DOWN
        self._since = clock().wall
        self._reason = "not started"
        self._comp_id = ""
        self._instance = ""
        self._headline = ""
        self._refusals = 0  # in a row: the first may be a comp id still in use, and the next dial has another
        self._tally = Tally()
        self._connects = 0
        self._retry_at: int | None = None

    # --- what others may ask -------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Logged on, so that application messages may go."""
        return self._current is not None and self._current.live

    @property
    def reason(self) -> str:
        """Why it is not live, in words."""
        return self._reason

    @property
    def lane(self) -> Lane | None:
        """The way out."""
        return None if self._current is None else self._current.lane

    @property
    def idle(self) -> bool:
        """Nothing is between the tape and a socket."""
        return all(one.lane is None or one.lane.idle for one in self._connections())

    @property
    def at_rest(self) -> bool:
        """Nor does anything wait to leave."""
        return all(one.lane is None or one.lane.at_rest for one in self._connections())

    @property
    def echoes(self) -> bool:
        """Reports come on two connections, or have until a moment ago: to hear one twice is nothing special."""
        return self._handover is not None or self._clock().mono < self._echoes_until

    def _connections(self) -> list[Connection]:
        return [one for one in (self._current, self._next, self._old) if one is not None]

    def send(self, outgoing: Outgoing) -> None:
        """Queue a message; `outgoing.done` hears what became of it."""
        lane = self.lane
        if lane is None or not self.live:
            if outgoing.done is not None:
                outgoing.done(
                    f"{self.name} is {self._state.value}" + (f": {self._reason}" if self._reason else "")
                )
            return
        lane.put(outgoing)

    def revoke(self, cause: str) -> None:
        """Stop orders that have not been written yet."""
        for one in self._connections():
            if one.lane is not None:
                one.lane.revoke(cause)

    def test_request(self) -> None:
        """Ask the peer for a sign of life; measures the round trip."""
        if self._current is not None:
            self._current.test_request()

    def tick(self) -> None:
        """Do what the sessions have due, their timers being late."""
        for one in self._connections():
            one.tick()

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

    @property
    def suspended(self) -> bool:
        """It is down because somebody wanted it to be."""
        return not self._wanted

    def stop(self, reason: str) -> None:
        """Log out and let `run` return."""
        self._stopping = True
        self._wake.set()
        self._log_out(reason)

    def cut(self, reason: str) -> None:
        """Drop the sockets without a Logout."""
        for one in self._connections():
            one.cut(reason)

    def hand_over(self) -> str:
        """Open the next connection and switch to it. Returns why not, or "" when it has begun."""
        old = self._current
        if self._numbers is not None:
            return f"{self.name} numbers its messages over all connections: there can be only one at a time"
        if self._handover is not None:
            return f"{self.name} is being handed over already: {self._handover.words}"
        if old is None or not old.live or self._tasks is None:
            return f"{self.name} is {self._state.value}: there is nothing to hand over"
        self._handover = HandOver(self, old, self._clock)
        self._tasks.start_soon(self._handover.run)
        return ""

    def _close(self, reason: str) -> None:
        """Its hours have ended."""
        if self._current is not None:
            self._log_out(reason)

    # --- numbers, by hand ----------------------------------------------------------------------------------

    @property
    def numbers(self) -> SessionNumbers | None:
        """Where they live over connections; None where they begin at 1 with each."""
        return self._numbers

    @property
    def current(self) -> Connection | None:
        """The connection that requests go to."""
        return self._current

    def reset_next(self, *, wanted: bool = True) -> None:
        """Start both numbers at 1 with the next Logon, or no more. A connection that is being dialled was made without
        it: another one takes its place."""
        self._reset_next = wanted
        if wanted and self._current is not None:
            self._current.log_out("the numbers are to start at 1")

    def _log_out(self, reason: str) -> None:
        self._reason = reason
        self._give_up_handover()
        for one in self._connections():
            one.log_out(reason)

    # --- life ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the session up until `stop`."""
        self._current = self._next = self._old = self._handover = None
        async with anyio.create_task_group() as self._tasks:
            self._hours = hours = HoursWatch(self._venue.hours(self.settings.kind), self._clock)
            self._tasks.start_soon(hours.run, self._close)
            while not self._stopping:
                if await self._wait_for_turn():
                    self._current = self._open(self._tasks)
                    await self._until_gone()
            hours.stop()
        self._set_state(LinkState.DOWN, self._reason)

    async def _wait_for_turn(self) -> bool:
        self._wake.clear()
        if not self._wanted:
            self._set_state(LinkState.DOWN, self._reason)
            await self._wake.wait()
            return False
        now = self._clock().mono
        at = self.next_dial()
        opens = self._hours.opens_in
        if opens:
            at = max(at, now + opens)
            self._reason = OUTSIDE
        if at <= now:
            return True
        self._retry_at = at
        self._set_state(LinkState.WAITING, self._reason)
        with anyio.move_on_after((at - now) / SECOND):
            await self._wake.wait()
        self._retry_at = None
        return not self._stopping and self._wanted and not self._hours.opens_in

    async def _until_gone(self) -> None:
        """Until no connection is left, however often it was handed over."""
        while (current := self._current) is not None:
            await current.over.wait()
            if self._current is current:  # it failed without a word
                self._current = None

    def _open(self, tasks: TaskGroup) -> Connection:
        kind = self.settings.kind
        comp_id = self._comp_ids.take()
        self._backoff.dialled(self._clock().mono)
        if self._numbers is not None and not self._connects:
            self._reset_next |= self._numbers.resetting
        session, numbers = self._session_config(comp_id), FROM_ONE
        if self._numbers is not None:
            whose = f"{session.sender_comp_id} at {session.target_comp_id}"
            numbers = self._numbers.begin(self._clock().wall, self._hours.runs, whose)
        plug = Plug(
            kind,
            self.settings.endpoint,
            session,
            comp_id,
            self._recorder.next_connection(),
            self._tls,
            lambda: self._owner.budget(self),
            self._numbers,
            numbers,
        )
        connection = Connection(plug, self, self._recorder, self._clock)
        tasks.start_soon(connection.run)
        return connection

    def _session_config(self, comp_id: str) -> SessionConfig:
        config = self._venue.session(
            self.settings.kind, self._credentials, comp_id, self.settings.heart_bt_int
        )
        validate = self.settings.validate or config.validate
        return replace(
            config,
            validate=validate,
            resendable=resendable,
            reset_on_logon=config.reset_on_logon or self._reset_next,
        )

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = tls_context(self.settings.ca_file)
        return self._context

    # --- what the connections say --------------------------------------------------------------------------

    def arrived(self, connection: Connection, message: Message, now: Instant) -> None:
        self._owner.arrived(self, connection.number, message, now)

    def seen(self, outbound: bool, seq: int, raw: bytes, at: int) -> None:
        self._owner.seen(self, outbound, seq, raw, at)

    def passed(self, received: int, sent: int, size: int) -> None:
        self._tally.passed(received, sent, size)

    def round_trip(self, ns: int) -> None:
        self._tally.came_back(ns, self._clock().mono)

    def changed(self, delta: Delta) -> None:
        self._owner.changed(delta)

    def warn(self, text: str) -> None:
        self.failed(text)
        self._owner.warn(self, text)

    def failed(self, what: str) -> None:
        """For the card's last errors."""
        self._tally.failed(what, self._clock().wall)

    def moved(self, connection: Connection) -> None:
        if connection is self._current:
            self._connects += connection.state is LinkState.LOGGING_ON
            self._show(connection)

    def logged_on(self, connection: Connection) -> None:
        self._backoff.succeeded()
        self._refusals = 0
        if connection.session is not None and connection.session.config.reset_on_logon:
            self._reset_next = False
        if connection is self._current:
            self._headline = ""
            self._show(connection)
            self._owner.up(self)

    def withheld(self, connection: Connection, messages: list[Message]) -> None:
        self._owner.withheld(self, messages)

    def news(self, connection: Connection, headline: str) -> None:
        """It comes every ten seconds until the venue goes; once is enough (fact sheet 3.7)."""
        if connection is self._current:
            self._headline = headline
        if connection.announced:
            return
        connection.announced = True
        self._owner.warn(self, f"venue news: {headline}")
        if connection is self._current and self._numbers is None:
            self.hand_over()

    def ended(self, connection: Connection) -> None:
        if self._wanted and not self._stopping:
            self.failed(connection.reason)
        if connection.clean:
            self._comp_ids.free(connection.comp_id)
        self._reset_next |= connection.resetting and self._numbers is not None
        if connection.refused and not connection.was_live:
            self._refusals += 1
        if connection is self._next:
            self._next = None
        elif connection is self._old:
            self._old = None
        elif connection is self._current:
            self._current_ended(connection)

    def _current_ended(self, connection: Connection) -> None:
        following, before = self._next, self._old
        if following is not None and following.live:
            self.switch(connection, following)
            return
        if before is not None and before.live:
            self._take_back(before, connection.reason)
            return
        self._give_up_handover()
        self._current, self._next = following, None
        if following is not None:  # it was being opened anyway
            self._connects += following.state is LinkState.LOGGING_ON
            self._show(following)
            self._reason = connection.reason
        else:
            wanted = self._wanted and not self._stopping
            self._set_state(LinkState.WAITING if wanted else LinkState.DOWN, connection.reason)
        if connection.was_live:
            self._owner.down(self, connection.reason)

    # --- handing over --------------------------------------------------------------------------------------

    def next_dial(self) -> int:
        return self._backoff.next_dial(self._clock().mono, REFUSED_HOLD_OFF if self._refusals > 1 else 0.0)

    def open_next(self) -> Connection:
        if self._tasks is None:
            raise RuntimeError(f"{self.name} does not run")
        self._next = self._open(self._tasks)
        return self._next

    def unanswered(self, connection: Connection) -> int:
        return len(self._recorder.fold.unanswered(connection.number))

    def switch(self, old: Connection, new: Connection) -> None:
        if self._current is new or new.over.is_set():
            return
        self._current, self._next = new, None
        self._old = None if old.over.is_set() or old.session is None else old
        self._headline = ""
        self._show(new)
        self._note(new, f"from {old.comp_id}, connection {old.number}")
        self._owner.switched(self)

    def _take_back(self, old: Connection, reason: str) -> None:
        """The new one was lost while the old one is still there, and has heard everything."""
        self._give_up_handover()
        self._current, self._old = old, None
        self._show(old)
        self._note(old, f"back: {reason}")
        self._owner.warn(self, f"back on {old.comp_id}, the next session was lost: {reason}")
        if old.announced:
            self.hand_over()

    def _give_up_handover(self) -> None:
        handover, self._handover = self._handover, None
        if handover is not None:
            handover.cancel()

    def handed_over(self, handover: HandOver) -> None:
        self._echoes_until = self._clock().mono + int(ECHO * SECOND)
        if self._handover is not handover:
            return  # given up
        self._handover = None
        self._owner.handed_over(self, complete=handover.complete)
        if self._current is not None and self._current.announced:
            self.hand_over()

    # --- seeing --------------------------------------------------------------------------------------------

    def _note(self, connection: Connection, text: str) -> None:
        note = SessionNote(
            event="handover", text=text, endpoint=connection.where, comp_id=connection.comp_id, clean=True
        )
        self._recorder.note(self.name, connection.number, note)

    def _show(self, connection: Connection) -> None:
        self._comp_id, self._instance = connection.comp_id, connection.instance
        self._set_state(connection.state, connection.reason)

    def _set_state(self, state: LinkState, reason: str) -> None:
        self._reason = reason
        if state is not self._state:
            self._state = state
            self._since = self._clock().wall

    def view(self) -> LinkView:
        """What the screen shows of it now."""
        session = None if self._current is None else self._current.session
        state = self._state
        if session is not None and state is LinkState.LIVE and session.test_request_pending:
            quiet = self._clock().mono - (session.last_in or 0)
            if quiet > session.peer_heart_bt_int * SECOND:
                state = LinkState.STALE
        gap = session.gap if session else None
        counted = session or (self._numbers.now if self._numbers is not None else None)
        return LinkView(
            name=self.name,
            state=state,
            since=self._since,
            reason=self._reason,
            endpoint=f"{self.settings.endpoint.host}:{self.settings.endpoint.port}",
            comp_id=self._comp_id,
            instance=self._instance,
            next_in=counted.next_in if counted else 0,
            next_out=counted.next_out if counted else 0,
            last_in=session.last_in if session else None,
            last_out=session.last_out if session else None,
            heart_bt_int=self.settings.heart_bt_int,
            test_request_pending=session.test_request_pending if session else False,
            round_trip=session.round_trip if session else None,
            clock_offset=session.clock_offset if session else None,
            messages_in=self._tally.messages_in,
            messages_out=self._tally.messages_out,
            retry_at=self._retry_at,
            reconnects=max(0, self._connects - 1),
            refusals=self._refusals,
            lasting=self._numbers is not None,
            headline=self._headline,
            handover=self._handover.words if self._handover is not None else "",
            bytes_in=self._tally.bytes_in,
            bytes_out=self._tally.bytes_out,
            round_trips=self._tally.round_trips,
            round_trip_at=self._tally.round_trip_at,
            errors=self._tally.errors,
            suspended=self.suspended,
            expected=gap[0] if gap else 0,
            received=gap[1] + 1 if gap else 0,
            evidence=self._venue.evidence,
        )
