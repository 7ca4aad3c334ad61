"""One socket's life: dial, log on, run, end. Whatever ends it becomes a reason; nothing is raised out of `run`.

It runs the session and its timers and knows nothing of orders, of other connections, or of what comes after it: that
is its keeper's (`blotter.desk.link`).
"""

import asyncio
import sqlite3
import ssl
from collections.abc import Callable
from typing import NamedTuple, Protocol

import anyio
from anyio.abc import TaskGroup

from blotter.desk.change import LinkState
from blotter.desk.clock import Clock
from blotter.desk.lane import Lane, Outgoing
from blotter.desk.numbers import SessionNumbers
from blotter.desk.rates import Budget
from blotter.desk.recorder import Recorder, SessionNote
from blotter.desk.resending import Resending
from blotter.desk.wire import Wire, dial, in_words
from blotter.fix.codec import Decoder, Message
from blotter.fix.sequence import FROM_ONE
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Effect,
    Instant,
    News,
    Numbers,
    NumbersChanged,
    Phase,
    PhaseChanged,
    Refused,
    ResendAsked,
    RoundTrip,
    Send,
    Session,
    SessionConfig,
    Stamped,
    Warn,
)
from blotter.journal.failure import TapeUnusable
from blotter.trading.ledger import Delta
from blotter.venues.base import Endpoint, SessionKind

SECOND = 1_000_000_000
DIAL_TIMEOUT = 10.0


class Keeper(Protocol):
    """Whom a connection works for."""

    def arrived(self, connection: "Connection", message: Message, now: Instant) -> None:
        """An application message or a Reject, in sequence."""
        ...

    def seen(self, outbound: bool, seq: int, raw: bytes, at: int) -> None:
        """Any message that is taped. Secrets are not masked yet."""
        ...

    def passed(self, received: int, sent: int, size: int) -> None:
        """So many messages more, received or sent, of `size` bytes."""
        ...

    def round_trip(self, ns: int) -> None:
        """A TestRequest came back after so long."""
        ...

    def changed(self, delta: Delta) -> None:
        """The ledger moved because something was sent."""
        ...

    def moved(self, connection: "Connection") -> None:
        """It is in another state, or has another reason for it."""
        ...

    def logged_on(self, connection: "Connection") -> None: ...
    def ended(self, connection: "Connection") -> None:
        """It is over, `reason` says why."""
        ...

    def withheld(self, connection: "Connection", messages: list[Message]) -> None:
        """The venue asked for these again, and may not have them: they were not sent again."""
        ...

    def news(self, connection: "Connection", headline: str) -> None: ...
    def warn(self, text: str) -> None: ...


class Plug(NamedTuple):
    """What one connection is made with. `context` is asked for only where the endpoint has TLS; it raises OSError."""

    kind: SessionKind
    endpoint: Endpoint
    session: SessionConfig
    comp_id: str
    number: int  # ordinal of the socket on the tape
    context: Callable[[], ssl.SSLContext]
    budget: Callable[[], Budget]
    numbers: SessionNumbers | None = None  # None: they begin at 1 with each connection
    next_numbers: Numbers = FROM_ONE


class Connection:
    """Attributes are for reading."""

    def __init__(self, plug: Plug, keeper: Keeper, recorder: Recorder, clock: Clock) -> None:
        self.name = plug.kind.value
        self.comp_id = plug.comp_id
        self.number = plug.number
        self.state = LinkState.DIALLING
        self.reason = self.where = f"{plug.endpoint.host}:{plug.endpoint.port}"
        self.session: Session | None = None
        self.lane: Lane | None = None
        self.budget: Budget | None = None
        self.instance = ""
        self.announced = False  # the venue has said that it will go
        self.was_live = False
        self.refused = ""  # why the venue would not let us in
        self.resetting = False  # it ended while a reset of the numbers was not answered
        self.clean = True  # it may be logged on under the same comp id at once
        self.decided = asyncio.Event()  # logged on, or over
        self.over = asyncio.Event()
        self._plug = plug
        self._keeper = keeper
        self._recorder = recorder
        self._clock = clock
        self._all_taped = plug.kind is not SessionKind.MARKET_DATA
        self._wire: Wire | None = None
        self._decoder = Decoder()
        self._numbers = plug.numbers
        self._early: dict[int, Message] = {}  # by number: here before their turn, and not on the tape yet
        self._resending: Resending | None = None
        self._tasks: TaskGroup | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self._dialling: anyio.CancelScope | None = None
        self._asked = ""  # why we log out
        self._ending = ""  # why the session gave up

    @property
    def live(self) -> bool:
        """Logged on, so that application messages may go."""
        return self.session is not None and self.session.phase is Phase.LIVE

    # --- what the keeper wants -----------------------------------------------------------------------------

    def test_request(self) -> None:
        """Ask the peer for a sign of life; measures the round trip. Not where the venue's limit is used up."""
        session, budget = self.session, self.budget
        if session is None or not self.live:
            return
        now = self._clock()
        if budget is not None and budget.wait(now.mono):
            self._keeper.warn(f"no TestRequest: {budget.maximum} messages in {budget.seconds} s are allowed")
            return
        self._handle(session.test_request(now), now)

    def reset_numbers(self) -> None:
        """Start both numbers at 1 again."""
        if self.session is not None:
            self._carry_out(self.session.reset)

    def ask_resend(self, begin: int, end: int) -> None:
        """Ask for messages again."""
        session = self.session
        if session is not None:
            self._carry_out(lambda now: session.request_resend(begin, end, now))

    def fill_gap(self, new_seq_no: int) -> None:
        """Skip numbers of ours. Raises `ValueError` when it is not above the next."""
        session = self.session
        if session is not None:
            self._carry_out(lambda now: session.fill_gap(new_seq_no, now))

    def tick(self) -> None:
        """Do what is due, its timer being late."""
        if self.session is not None:
            self._carry_out(self.session.tick)

    def log_out(self, reason: str) -> None:
        """End it in order; what cannot be logged out is cut."""
        session = self.session
        self._asked = reason
        if self._dialling is not None:
            self._dialling.cancel()
        if session is None or self._wire is None:
            return
        if session.phase is Phase.LIVE:
            self._move(LinkState.LOGGING_OUT, reason)
            self._carry_out(lambda now: session.logout("", now))
        elif session.phase is not Phase.LOGGING_OUT:
            self._wire.abort(reason)

    def cut(self, reason: str) -> None:
        """Drop the socket without a Logout."""
        if self._wire is not None:
            self._wire.abort(reason)

    # --- life ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """From the dial to the end."""
        try:
            async with anyio.create_task_group() as self._tasks:
                await self._run()
                self._tasks.cancel_scope.cancel()
        finally:
            self.cut("given up")
            self._finished()

    async def _run(self) -> None:
        self._keeper.moved(self)
        self._note("dial", self.where)
        failure = await self._dial()
        if self.over.is_set():
            return
        if self._wire is None:
            self._never(failure or self._asked or in_words(TimeoutError(), self._plug.endpoint))
        elif self._asked:  # to leave, while dialling
            self._wire.abort(self._asked)
        else:
            self._begin(self._wire)
            await self.over.wait()

    async def _dial(self) -> str:
        """Leaves the wire, or returns why there is none."""
        endpoint = self._plug.endpoint
        if self._asked:  # before it began
            return self._asked
        try:
            context = self._plug.context() if endpoint.tls else None
            with anyio.move_on_after(DIAL_TIMEOUT) as self._dialling:
                self._wire = await dial(endpoint, context, self._on_bytes, self._on_lost)
        except OSError as error:
            return in_words(error, endpoint)
        finally:
            self._dialling = None
        return ""

    def _begin(self, wire: Wire) -> None:
        self.session = session = Session(self._plug.session, self._plug.next_numbers)
        self.budget = budget = self._plug.budget()
        self.clean = False  # from here on the comp id is the venue's to give back
        self.lane = Lane(
            self.name,
            self.number,
            session,
            wire,
            self._recorder,
            self._clock,
            self._keeper.changed,
            self._on_sent,
            budget,
        )
        if self._numbers is not None:
            self._resending = Resending(session, self.lane, self._numbers, self._withheld)
        self._move(LinkState.LOGGING_ON, self.where)
        self._carry_out(session.connected)

    def _on_bytes(self, data: bytes) -> None:
        session, keeper = self.session, self._keeper
        if session is None:
            return
        now = self._clock()
        messages: list[Message] = []
        for item in self._decoder.feed(data):
            if isinstance(item, Message):
                messages.append(item)
            else:
                self._note("garbage", f"{len(item.data)} bytes skipped: {item.reason}")
                keeper.warn(f"{len(item.data)} unreadable bytes skipped: {item.reason}")
        keeper.passed(len(messages), 0, len(data))
        for message in messages:
            if session.phase is Phase.LOGGING_ON and message.msg_type == "A":
                self.instance = message.text(25037) or ""
            early = self._comes_early(session, message)
            if early:
                self._early[message.msg_seq_num] = message
                self._note("early", f"message {message.msg_seq_num} waits for message {session.next_in}")
            else:
                self._tape(message, now)
            effects = session.receive(message, now)
            if early and session.holds(message):
                self._handle(effects, now)
                continue
            self._tape_early(message, now)
            if _passed_over(message, effects):
                # It broke a rule of the session, yet the venue said it: it is on the tape, so it counts.
                keeper.arrived(self, message, now)
            self._handle(effects, now)
        self._recorder.flush()
        if self._numbers is not None:
            self._numbers.heard(session.next_in)

    def _tape(self, message: Message, now: Instant) -> None:
        """Before anything is made of it: what it causes must stand behind it there."""
        if self._is_taped(message.msg_type):
            self._recorder.hold([self._recorder.inbound(message, self.name, self.number, now.wall)])
            self._keeper.seen(False, message.msg_seq_num, message.raw, now.wall)

    def _comes_early(self, session: Session, message: Message) -> bool:
        """It has to wait until what is missing before it has been sent again. The tape has messages in the order in
        which they counted, so it gets this one then."""
        if self._numbers is None or message.msg_type in _SESSION_TYPES:
            return False
        return session.phase in (Phase.LIVE, Phase.LOGGING_OUT) and message.msg_seq_num > session.next_in

    def _tape_early(self, message: Message, now: Instant) -> None:
        """Its turn has come."""
        if self._early.get(message.msg_seq_num) is message:
            del self._early[message.msg_seq_num]
            self._tape(message, now)

    def _tell_early(self) -> None:
        """Their turn will not come on this connection, and on the next one the numbers may start anew. What comes again
        counts once."""
        now = self._clock()
        for message in list(self._early.values()):
            self._tape_early(message, now)
            self._keeper.arrived(self, message, now)
        self._recorder.flush()

    def _is_taped(self, msg_type: str) -> bool:
        """Quotes are not: a day of them would bury the orders. Acts carry the top of book of their moment."""
        return self._all_taped or msg_type not in ("W", "X")

    def _on_sent(self, stamped: Stamped, outgoing: Outgoing, at: int) -> None:
        self._keeper.passed(0, 1, len(stamped.data))
        self._keeper.seen(True, stamped.msg_seq_num, stamped.data, at)

    def _on_lost(self, reason: str) -> None:
        try:
            self._end(reason)
        finally:
            self._finished()  # whatever fails in telling others, the next dial must come

    def _finished(self) -> None:
        self.decided.set()
        self.over.set()

    def _never(self, reason: str) -> None:
        """It ended before there was a socket."""
        self.reason = reason
        self._note("end", reason)
        self._keeper.ended(self)

    def _end(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.lane is not None:
            self.lane.close(f"{self.name} went down: {reason}")
        session = self.session
        if session is not None:
            self.resetting = session.resetting
            self._carry_out(lambda now: session.disconnected(now, reason))
            self._tell_early()
            if self._numbers is not None:
                self._numbers.left(Numbers(session.next_out, session.next_in))
        self.reason = self.refused or self._asked or self._ending or reason
        self._note("end", self.reason)
        self.session, self.lane, self._wire = None, None, None
        self._keeper.ended(self)

    # --- effects and timers --------------------------------------------------------------------------------

    def _carry_out(self, step: Callable[[Instant], list[Effect]]) -> None:
        """Let the session take a step now, and do what it asks for."""
        now = self._clock()
        self._handle(step(now), now)

    def _handle(self, effects: list[Effect], now: Instant) -> None:
        for effect in effects:
            if isinstance(effect, Deliver | Refused | News):
                self._tape_early(effect.message, now)
            if isinstance(effect, Deliver):
                self._keeper.arrived(self, effect.message, now)
            elif isinstance(effect, Send):
                if self.lane is not None:
                    self.lane.put(Outgoing(effect.draft, essential=True))
            elif isinstance(effect, Refused):
                self._on_refused(effect.message, now)
            elif isinstance(effect, PhaseChanged):
                self._on_phase(effect)
            elif isinstance(effect, ResendAsked):
                self._resend(effect, now)
            elif isinstance(effect, NumbersChanged):
                self._numbers_changed(effect)
            elif isinstance(effect, News):
                self._keeper.news(self, effect.headline)
            elif isinstance(effect, Warn):
                self._keeper.warn(effect.text)
            elif isinstance(effect, Disconnect):
                # A Logout that still waits behind a commit will not be heard: the comp id stays blocked.
                self.clean = effect.clean and (self.lane is None or self.lane.idle)
                self._ending = effect.reason
                if self._wire is not None:
                    self._wire.close()
            elif isinstance(effect, RoundTrip):
                self._keeper.round_trip(effect.ns)
            else:
                self._keeper.warn(f"unexpected session effect {effect!r}")
        self._arm()

    def _on_refused(self, message: Message, now: Instant) -> None:
        if not self.was_live:
            self.refused = f"logon refused: {message.text(58) or 'no reason given'}"
            code = message.text(25016)
            if code:
                self.refused += f" ({code})"
        self._keeper.arrived(self, message, now)

    def _resend(self, asked: ResendAsked, now: Instant) -> None:
        resending, tasks = self._resending, self._tasks
        if resending is not None and tasks is not None and resending.asked(asked):
            self._note("resend", f"messages {asked.begin} to {asked.end} are asked for")
            tasks.start_soon(self._answer_resends, resending, now)

    async def _answer_resends(self, resending: Resending, now: Instant) -> None:
        try:
            await resending.run(now)
        except (OSError, ValueError, sqlite3.Error, TapeUnusable) as error:
            self.cut(f"what the venue asked for again could not be read: {error}")

    def _withheld(self, messages: list[Message]) -> None:
        self._keeper.withheld(self, messages)

    def _numbers_changed(self, change: NumbersChanged) -> None:
        if self._numbers is not None:
            numbers = Numbers(change.next_out, change.next_in)
            self._numbers.changed(numbers, change.reason, self.number)
            self._keeper.warn(f"next numbers: {numbers.next_out} out, {numbers.next_in} in: {change.reason}")

    def _on_phase(self, change: PhaseChanged) -> None:
        if change.phase is Phase.LIVE:
            self.was_live = True
            self._move(LinkState.LIVE, "")
            self._note("live", "")
            self.decided.set()
            self._keeper.logged_on(self)
        elif change.phase is Phase.LOGGING_OUT:
            self._move(LinkState.LOGGING_OUT, self._asked or change.reason)

    def _arm(self) -> None:
        """One timer for the session's next deadline."""
        deadline = self.session.next_deadline() if self.session is not None else None
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
        if self.session is not None:
            self._carry_out(self.session.tick)

    # --- seeing --------------------------------------------------------------------------------------------

    def _move(self, state: LinkState, reason: str) -> None:
        self.state, self.reason = state, reason
        self._keeper.moved(self)

    def _note(self, event: str, text: str) -> None:
        note = SessionNote(
            event=event, text=text, endpoint=self.where, comp_id=self.comp_id, clean=self.clean
        )
        self._recorder.note(self.name, self.number, note)


_SESSION_TYPES = frozenset({"0", "1", "2", "4", "5", "A", "B"})


def _passed_over(message: Message, effects: list[Effect]) -> bool:
    """A report or refusal that the session did not hand on."""
    if message.msg_type in _SESSION_TYPES:
        return False
    return not any(isinstance(effect, Deliver | Refused) for effect in effects)
