"""One client's connection: bytes to messages, messages through the session, answers back to the socket.

Strict as the venue is: form, numbers, times and rates are judged before anything is done. A Reject for one message
leaves the session alive; a wrong number, a changed comp id or a second Logon ends it. Here the faults that concern a
socket happen: stalling, delaying, garbling, dropping.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, cast

from blotter.exchange.event import Traded
from blotter.exchange.faults import FaultKind
from blotter.exchange.grammar import Fault, IllegalMessageError, check, check_time
from blotter.exchange.hub import ACCOUNT, Hub
from blotter.exchange.limits import Rate, limit_response
from blotter.exchange.logon import SERVER_COMP_ID, check_logon, wrong_door
from blotter.exchange.market_data import Subscriptions, Top, instrument_list
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.order_entry import read
from blotter.fix.codec import Decoder, Message, Skipped
from blotter.fix.effects import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Phase,
    Send,
    SessionRejectReason,
)
from blotter.fix.message import SOH
from blotter.fix.session import Role, Session, SessionConfig
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.tags import MsgType

_MAX_MESSAGE: Final = 64 * 1024
_MAX_UNREAD: Final = 16 * 1024 * 1024  # a client this far behind is cut off
_PADDED: Final = 7  # digits of BodyLength when the venue pads it
_PAD_EVERY: Final = 3  # messages; the venue pads some and not others
_OTHER: Final = SessionRejectReason.OTHER


class Connection(asyncio.Protocol):
    """The socket side of a session; the server makes one for each client that connects."""

    def __init__(self, hub: Hub, kind: SessionKind) -> None:
        limits = hub.config.session_limits()[kind]
        self.session: Session | None = None  # from the first message on
        self.only_acks = False
        self.kind = kind
        self._hub = hub
        self._messages = Rate(limits.messages, limits.messages_window)
        self._subscriptions = Subscriptions(hub.engine.markets, hub.ticker, limits.subscriptions)
        self._decoder = Decoder(max_size=_MAX_MESSAGE)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._too_often: Fault | None = None
        self._deadline: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: list[Draft] | None = None  # while stalled
        self._late: deque[tuple[int, Draft]] = deque()  # while reports are delayed: when due (mono ns)

    # --- the socket ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._hub.joined(self)
        now = self._hub.now().mono
        self._too_often = self._hub.door.attempted(self.kind, now)
        self._wake_at(now + int(self._hub.config.logon_timeout * SECOND))

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
                return
            if isinstance(item, Skipped):
                self._garbled(item)
            else:
                self._message(item)
        self._arm()

    @property
    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    @property
    def _live(self) -> bool:
        return self.session is not None and self.session.phase is Phase.LIVE

    # --- inbound ---------------------------------------------------------------------------------------

    def _garbled(self, skipped: Skipped) -> None:
        """Bytes that were no message. Its number is not used up, so the next one will be a wrong one."""
        if self.session is None:
            self.drop()
            return
        text = ErrorText.BAD_CHECK_SUM if "CheckSum" in skipped.reason else ErrorText.BAD_BODY_LENGTH
        fields = (
            (t.SESSION_REJECT_REASON, str(_OTHER.value)),
            (t.ERROR_CODE, str(ErrorCode.GARBLED_MESSAGE)),
        )
        self._write(Draft(MsgType.REJECT, (*fields, (t.TEXT, text))))

    def _message(self, message: Message) -> None:
        now = self._hub.now()
        if not self._messages.count(now.mono):
            self._put_out(_too_many(self._messages), message)
        elif self.session is None:
            self._log_on(message)
        elif message.text(t.SENDER_COMP_ID) != self.session.target_comp_id:
            text, tag = ErrorText.BAD_SENDER_COMP_ID, t.SENDER_COMP_ID
            self._put_out(Fault(ErrorCode.BAD_SENDER_COMPID, text, tag=tag), message)
        elif message.text(t.TARGET_COMP_ID) != SERVER_COMP_ID:
            text, tag = ErrorText.INVALID_PARAMETER.format("TargetCompID"), t.TARGET_COMP_ID
            self._put_out(Fault(ErrorCode.INVALID_PARAMETER, text, tag=tag), message)
        elif message.msg_seq_num != self.session.next_in:
            self._put_out(_wrong_number(self.session), message)
        elif message.msg_type == MsgType.LOGON:
            self._put_out(Fault(ErrorCode.ALREADY_LOGGED_IN, ErrorText.ALREADY_LOGGED_IN, _OTHER), message)
        else:
            fault = None if message.msg_type == MsgType.LOGOUT else check(message, self.kind)
            if fault is None and message.msg_type != MsgType.LOGOUT:
                fault = check_time(message, now.wall)
            effects = self.session.receive(message, now)
            if fault is None:
                self._carry_out(effects)
            else:  # it counts, but nothing it asks for is done
                self._carry_out([e for e in effects if not isinstance(e, Send | Deliver)])
                self._write(fault.draft(message))

    def _log_on(self, message: Message) -> None:
        """The first message: it must be a Logon, and a good one."""
        hub, now = self._hub, self._hub.now()
        comp_id = message.text(t.SENDER_COMP_ID) or "?"
        self.session = session = Session(
            SessionConfig(
                SERVER_COMP_ID,
                comp_id,
                role=Role.ACCEPTOR,
                max_time_skew=None,  # judged by the venue's own rules
                logon_timeout=hub.config.logon_timeout,
                logout_timeout=hub.config.logout_timeout,
            )
        )
        session.connected(now)
        fault = self._why_not(message, session)
        if fault is not None:
            self._put_out(fault, message, logout=False)
            return
        effects = session.receive(message, now)
        if session.phase is not Phase.LOGGING_ON:  # it minds something that the venue's rules do not
            self._carry_out(effects)
            return
        self.only_acks = message.get(t.RESPONSE_MODE) == b"2"
        self._carry_out(session.accept(((t.UUID, hub.uuid),), now))
        hub.logged_on(self, self.kind)

    def _why_not(self, message: Message, session: Session) -> Fault | None:
        hub, now = self._hub, self._hub.now()
        if message.msg_type != MsgType.LOGON:
            return Fault(ErrorCode.EXPECTED_LOGON, ErrorText.EXPECTED_LOGON, _OTHER)
        refusal = hub.faults.logon_refusal(self.kind)
        if refusal is not None:
            return Fault(*refusal, _OTHER)
        fault = self._too_often or wrong_door(message, self.kind) or check(message, self.kind)
        if fault is None and message.msg_seq_num != session.next_in:
            fault = _wrong_number(session)
        return (
            fault
            or check_logon(message, hub.key, now.wall)
            or hub.door.enter(session.target_comp_id, self.kind, now.mono)
        )

    def _put_out(self, fault: Fault, message: Message, *, logout: bool = True) -> None:
        """A fault that no session survives: Reject, Logout, close."""
        self._write(fault.draft(message))
        if logout:
            self._write(Draft(MsgType.LOGOUT, ((t.TEXT, fault.text),)))
        self._close(clean=True)

    def _deliver(self, message: Message) -> None:
        """A sound application message on a live session."""
        if not self._live:  # we have said Logout already
            fault = Fault(ErrorCode.LOGGED_OUT, ErrorText.LOGGED_OUT, _OTHER)
            self._write(fault.draft(message))
            return
        try:
            match message.msg_type:
                case MsgType.LIMIT_QUERY:
                    self.send(self._limits(message))
                case MsgType.MARKET_DATA_REQUEST:
                    for draft in self._subscriptions.request(message):
                        self.send(draft)
                case MsgType.INSTRUMENT_LIST_REQUEST:
                    self.send(instrument_list(message, self._hub.engine.markets))
                case _:
                    at = self._hub.now().wall
                    self._hub.submit(read(message, ACCOUNT, at, self._hub.engine.markets), self)
        except IllegalMessageError as error:
            self._write(error.fault.draft(message))

    def _limits(self, message: Message) -> Draft:
        req_id = message.text(t.REQ_ID) or ""
        if self.kind is SessionKind.MARKET_DATA:
            most = self._hub.config.session_limits()[self.kind].subscriptions
            return limit_response(req_id, self._messages, (), (self._subscriptions.streams, most))
        account = self._hub.account
        account.exceeded(self._hub.now().wall)  # rolls the intervals
        return limit_response(req_id, self._messages, account.limits, None)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(draft):
                    if draft.msg_type == MsgType.LOGOUT and not draft.fields:
                        draft = Draft(MsgType.LOGOUT, ((t.TEXT, "Logout acknowledgment."),))
                    self._write(draft)
                case Deliver(message):
                    self._deliver(message)
                case Disconnect(_, clean):
                    self._close(clean=clean)

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
        draft = self._subscriptions.moved(symbol, before, after)
        if draft is not None:
            self.send(draft)

    def hears_depth(self, symbol: str) -> bool:
        """Whether it has asked for this book."""
        return self._subscriptions.hears_depth(symbol)

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> None:
        """Books changed."""
        for draft in self._subscriptions.depth_moved(updates):
            self.send(draft)

    def traded(self, trade: Traded) -> None:
        """A trade took place."""
        draft = self._subscriptions.traded(trade)
        if draft is not None:
            self.send(draft)

    def _write(self, draft: Draft) -> None:
        """Number it and write it. What is held back has no number yet, so none is ever missing."""
        session, transport = self.session, self._transport
        if self._held is not None:
            self._held.append(draft)
            return
        if session is None or transport is None or transport.is_closing():
            return
        if draft.msg_type not in _ADMIN and session.phase is not Phase.LIVE:
            return  # too late for anything but the last words
        now = self._hub.now()
        stamped = session.stamp(draft, now)
        data = _padded(stamped.data) if stamped.msg_seq_num % _PAD_EVERY == 0 else stamped.data
        transport.write(self._hub.faults.on_the_wire(data))
        session.wrote(stamped, now)
        if transport.get_write_buffer_size() > _MAX_UNREAD:
            self.drop()

    # --- the end ---------------------------------------------------------------------------------------

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
        hub, session = self._hub, self.session
        if hub.logged_off(self) and session is not None:
            hub.door.leave(session.target_comp_id, session.heart_bt_int, hub.now().mono, clean=clean)

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


_ADMIN: Final = frozenset(
    {MsgType.HEARTBEAT, MsgType.TEST_REQUEST, MsgType.REJECT, MsgType.LOGOUT, MsgType.LOGON}
)


def _too_many(messages: Rate) -> Fault:
    text = ErrorText.TOO_MANY_MESSAGES.format(messages.maximum, f"{messages.seconds}s")
    return Fault(ErrorCode.TOO_MANY_MESSAGES, text, _OTHER)


def _wrong_number(session: Session) -> Fault:
    text = ErrorText.BAD_SEQ_NUM.format(session.next_in)
    return Fault(ErrorCode.BAD_SEQ_NUM, text, tag=t.MSG_SEQ_NUM)


def _padded(data: bytes) -> bytes:
    """The same message with BodyLength zero-padded (fact sheet section 2) and the CheckSum right again."""
    start = data.index(b"9=") + 2
    zeros = _PADDED - (data.index(SOH, start) - start)
    checksum = (int(data[-4:-1]) + ord("0") * zeros) % 256
    return b"%b%b%b%03d\x01" % (data[:start], b"0" * zeros, data[start:-4], checksum)
