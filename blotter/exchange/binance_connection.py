"""A Binance client's connection: the venue judges every message itself, before the session does.

Strict as the venue is: form, numbers, times and rates are judged before anything is done. A Reject for one message
leaves the session alive; a wrong number, a changed comp id or a second Logon ends it.
"""

from typing import Final

from blotter.exchange.connection import Connection
from blotter.exchange.dialect import Admitted
from blotter.exchange.grammar import Fault, IllegalMessageError, check, check_time
from blotter.exchange.hub import Hub
from blotter.exchange.limits import Rate, limit_response
from blotter.exchange.logon import SERVER_COMP_ID, check_logon, wrong_door
from blotter.exchange.market_data import Subscriptions, instrument_list
from blotter.fix.codec import Message, Skipped
from blotter.fix.effects import Deliver, Disconnect, Draft, Effect, Phase, Send, SessionRejectReason
from blotter.fix.message import SOH
from blotter.fix.session import Role, Session, SessionConfig
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.tags import MsgType

_PADDED: Final = 7  # digits of BodyLength when the venue pads it
_PAD_EVERY: Final = 3  # messages; the venue pads some and not others
_OTHER: Final = SessionRejectReason.OTHER


class BinanceConnection(Connection):
    """One client."""

    def __init__(self, hub: Hub, kind: SessionKind) -> None:
        super().__init__(hub, kind)
        limits = hub.config.session_limits()[kind]
        self._messages = Rate(limits.messages, limits.messages_window)
        self._too_often: Fault | None = None
        self._feed = self._subscriptions = Subscriptions(hub.engine.markets, hub.ticker, limits.subscriptions)

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

    def _received(self, message: Message) -> None:
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
        self.comp_id = comp_id = message.text(t.SENDER_COMP_ID) or "?"
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
        self.admitted = Admitted(only_acks=message.get(t.RESPONSE_MODE) == b"2")
        self._carry_out(session.accept(((t.UUID, hub.uuid),), now))
        self._logged_on()

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
                    self._ask(message)
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

    def _encode(self, draft: Draft) -> bytes | None:
        session = self.session
        if session is None or (draft.msg_type not in _ADMIN and session.phase is not Phase.LIVE):
            return None  # too late for anything but the last words
        now = self._hub.now()
        stamped = session.stamp(draft, now)
        session.wrote(stamped, now)
        return _padded(stamped.data) if stamped.msg_seq_num % _PAD_EVERY == 0 else stamped.data

    # --- in and out of the door ------------------------------------------------------------------------

    def _dialled(self) -> None:
        self._too_often = self._hub.door.attempted(self.kind, self._hub.now().mono)

    def _left(self, *, clean: bool) -> None:
        hub, session = self._hub, self.session
        if session is not None:
            hub.door.leave(session.target_comp_id, session.heart_bt_int, hub.now().mono, clean=clean)


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
