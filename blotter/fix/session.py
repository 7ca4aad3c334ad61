"""One FIX session on one connection, either role, sans I/O: messages and time in, effects out.

It must never read a clock, touch a socket, keep an application message from the caller, or use up a number
for bytes that were not written. `receive`, `tick` and the verbs return effects, to be carried out in order. A
`Session` lives as long as its connection; a new connection is a new `Session`.

    phase         what happens                           new phase     effects beside PhaseChanged
    ------------  -------------------------------------  ------------  -------------------------------------
    DOWN          connected, initiator                   LOGGING_ON    Send Logon
    DOWN          connected, acceptor                    LOGGING_ON    none: the Logon is awaited
    DOWN          logout                                 CLOSED        none
    LOGGING_ON    Logon, initiator                       LIVE          Warn if its HeartBtInt is not ours
    LOGGING_ON    Logon, acceptor                        LOGGING_ON    LogonReceived
    LOGGING_ON    accept, acceptor                       LIVE          Send Logon
    LOGGING_ON    refuse, acceptor                       CLOSED        Send the draft, Disconnect
    LOGGING_ON    Logon, unusable HeartBtInt, acceptor   CLOSED        Send Reject, Disconnect
    LOGGING_ON    Reject, initiator                      CLOSED        Refused, Disconnect
    LOGGING_ON    Logout, initiator                      CLOSED        Disconnect
    LOGGING_ON    any other message, initiator           CLOSED        Send Logout, Disconnect
    LOGGING_ON    any other message, acceptor            CLOSED        Send Reject, Disconnect
    LOGGING_ON    logout, initiator                      LOGGING_OUT   Send Logout
    LOGGING_ON    logout, acceptor                       CLOSED        Disconnect
    LOGGING_ON    tick after logon_timeout               CLOSED        Disconnect
    LIVE          application message                    LIVE          Deliver; News for B; Refused for 3
    LIVE          TestRequest                            LIVE          Send Heartbeat with its 112
    LIVE          TestRequest without 112                LIVE          Send Reject, Warn
    LIVE          Heartbeat with the 112 we asked for    LIVE          RoundTrip
    LIVE          any other Heartbeat                    LIVE          none
    LIVE          ResendRequest, SequenceReset           LIVE          Send Reject, Warn: nothing is resent
    LIVE          tick, nothing sent for 0.9 H           LIVE          Send Heartbeat
    LIVE          tick, nothing received for H           LIVE          Send TestRequest
    LIVE          tick, H after it, nothing received     CLOSED        Send Logout, Disconnect
    LIVE          tick, H after it, other messages came  LIVE          Warn: alive, the echo is missing
    LIVE          test_request, none being out           LIVE          Send TestRequest
    LIVE          second Logon                           CLOSED        Send Logout, Disconnect
    LIVE          Logout                                 CLOSED        Send Logout, Disconnect clean
    LIVE          logout                                 LOGGING_OUT   Send Logout
    LOGGING_OUT   Logout                                 CLOSED        Disconnect clean
    LOGGING_OUT   application message                    LOGGING_OUT   Deliver, News, Refused: still counts
    LOGGING_OUT   Heartbeat with the 112 we asked for    LOGGING_OUT   RoundTrip
    LOGGING_OUT   other session message                  LOGGING_OUT   none
    LOGGING_OUT   tick after logout_timeout              CLOSED        Disconnect
    not CLOSED    disconnected                           CLOSED        none
    CLOSED        anything                               CLOSED        none

In every phase between DOWN and CLOSED a message that breaks a rule of all messages goes no further:

    SendingTime missing or unreadable        same          Send Reject, Warn
    SendingTime too far off, other comp ids  CLOSED        Send Reject, Send Logout, Disconnect
    other BeginString, no MsgSeqNum          CLOSED        Send Logout, Disconnect
    MsgSeqNum is not the expected one        CLOSED        Send Reject (acceptor), Send Logout, Disconnect

Numbers: `stamp` reads the next number, `wrote` uses it up. Several drafts may be stamped ahead with `offset`;
then they must be written in that order.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from blotter.fix.check import Fault, clock_offset, comp_id_fault, duplicate_fault, framing_fault, shown
from blotter.fix.codec import Fields, Message, encode
from blotter.fix.effects import (
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
    Refused,
    ResendAsked,
    RoundTrip,
    Send,
    SessionRejectReason,
    Stamped,
    Warn,
    reject,
)
from blotter.fix.recovery import ADMIN, TO_INFINITY, Again, Gaps, Reply, Stored
from blotter.fix.sequence import FROM_ONE, POLICIES, Numbering, Numbers, Verdict
from blotter.fix.settings import MAX_HEART_BT_INT, LogonHeader, Role, SessionConfig
from blotter.fix.values import SECOND, utc_timestamp

__all__ = [
    "Again",
    "Deliver",
    "Disconnect",
    "Draft",
    "Effect",
    "Fields",
    "Instant",
    "LogonHeader",
    "LogonReceived",
    "News",
    "NotLiveError",
    "Numbering",
    "Numbers",
    "NumbersChanged",
    "Phase",
    "PhaseChanged",
    "Refused",
    "ResendAsked",
    "Role",
    "RoundTrip",
    "Send",
    "Session",
    "SessionConfig",
    "SessionRejectReason",
    "Stamped",
    "Stored",
    "Warn",
    "reject",
]

MAX_RESENDS: Final = 5
"""Times in a row the same ResendRequest is answered: a peer that cannot read the answer would ask for ever."""
_HEADER_TAGS: Final = frozenset({34, 49, 52, 56})


class NotLiveError(RuntimeError):
    """An application message was to be stamped while the session is not live."""


class Session:
    """One FIX session, either role. Attributes are for reading; only the methods change them."""

    phase: Phase
    reason: str  # of the last change of phase
    next_out: int
    next_in: int
    last_in: int | None  # mono ns of the last message received
    last_out: int | None  # mono ns of the last message written
    round_trip: int | None  # ns, last
    clock_offset: int | None  # ns, peer SendingTime minus our wall clock at receipt (less one-way latency)
    heart_bt_int: int  # seconds, as agreed
    peer_heart_bt_int: int  # seconds, as the peer's Logon said

    def __init__(self, config: SessionConfig, numbers: Numbers = FROM_ONE) -> None:
        """`numbers`: where the last connection left off. `ValueError` when they cannot be taken up."""
        if config.numbering is Numbering.PER_CONNECTION and numbers != FROM_ONE:
            raise ValueError(f"numbers {tuple(numbers)}: this session starts at 1 on every connection")
        self.config = config
        self.phase = Phase.DOWN
        self.reason = ""
        self.sender_comp_id = config.sender_comp_id
        self.target_comp_id = config.target_comp_id
        self.heart_bt_int = self.peer_heart_bt_int = config.heart_bt_int
        self._policy = POLICIES[config.numbering]
        self.next_out, self.next_in = numbers
        self._gaps = (
            Gaps(config.resend_chunk, int(config.resend_timeout * SECOND), config.resend_tries)
            if config.numbering is Numbering.CONTINUOUS
            else None
        )
        self._reset = False  # both sides start at 1 again with the Logon that is under way
        self._resend = (0, 0)  # what the peer asked for last
        self._resends = 0  # how often in a row
        self.last_in = self.last_out = self.round_trip = self.clock_offset = None
        self._phase_since = 0  # mono ns, for the time-outs of Logon and Logout
        self._heard = 0  # mono ns when something was last received, or the session began to listen
        self._spoke = 0  # mono ns when something was last sent, or was handed out to be sent
        self._test: tuple[str, int] | None = None  # TestReqID that was asked for, mono ns of asking
        self._tests = 0
        self._undecided: Message | None = None  # the Logon an acceptor has to decide about

    @property
    def test_request_pending(self) -> bool:
        """A TestRequest of ours has not come back yet."""
        return self._test is not None

    # --- the connection ------------------------------------------------------------------------------------

    def connected(self, now: Instant) -> list[Effect]:
        """The socket is up. The initiator answers with Send(Logon)."""
        if self.phase is not Phase.DOWN:
            raise RuntimeError(
                f"connected: this session is {self.phase.value}; a new connection needs a new one"
            )
        self._heard = self._spoke = now.mono
        if self.config.role is Role.ACCEPTOR:
            return [self._enter(Phase.LOGGING_ON, "connected, awaiting Logon", now)]
        numbers = self._start_anew("our Logon") if self.config.reset_on_logon else []
        return [*numbers, self._enter(Phase.LOGGING_ON, "connected, Logon sent", now), Send(Draft("A", ()))]

    def _start_anew(self, why: str) -> list[Effect]:
        """Both numbers from 1."""
        self._reset = True
        self.next_out = self.next_in = 1
        if self._gaps is not None:
            self._gaps.forget()
        return [NumbersChanged(1, 1, f"reset by {why}")]

    def disconnected(self, now: Instant, reason: str) -> list[Effect]:
        """The socket is gone."""
        self._undecided = None
        return [] if self.phase is Phase.CLOSED else [self._enter(Phase.CLOSED, reason, now)]

    # --- inbound -------------------------------------------------------------------------------------------

    def receive(self, message: Message, now: Instant) -> list[Effect]:
        """What an inbound message leads to. Never raises for what a peer sent."""
        if self.phase is Phase.DOWN or self.phase is Phase.CLOSED:
            return []
        if self._undecided is not None:
            raise RuntimeError("receive: decide about the Logon first (accept or refuse)")
        self.last_in = self._heard = now.mono
        if self.config.role is Role.ACCEPTOR and not self.target_comp_id:
            self.target_comp_id = message.text(49) or ""
        fault = framing_fault(message, self.config.begin_string)
        if fault is not None:
            return self._answer(fault, message, now)
        number = message.msg_seq_num
        if self._gaps is not None:
            return self._by_number(message, self._gaps, now)
        if self._policy.judge(self.next_in, number) is not Verdict.IN_SEQUENCE:
            # An acceptor says which of the peer's messages broke the sequence (fact sheet section 3.4).
            reason = SessionRejectReason.VALUE_IS_INCORRECT if self.config.role is Role.ACCEPTOR else None
            fault = Fault(f"MsgSeqNum (34) is {number}, expected {self.next_in}", reason, 34)
            return self._answer(fault, message, now)
        self.next_in = self._policy.following(number)
        fault = self._check(message, now)
        return self._dispatch(message, now) if fault is None else self._answer(fault, message, now)

    def _dispatch(self, message: Message, now: Instant) -> list[Effect]:
        match self.phase:
            case Phase.LOGGING_ON if self.config.role is Role.ACCEPTOR:
                return self._logging_on_acceptor(message, now)
            case Phase.LOGGING_ON:
                return self._logging_on_initiator(message, now)
            case Phase.LIVE:
                return self._live(message, now)
            case _:
                return self._logging_out(message, now)

    def _check(self, message: Message, now: Instant) -> Fault | None:
        """What every message must satisfy beside its number."""
        fault = comp_id_fault(message, self.sender_comp_id, self.target_comp_id)
        if fault is not None:
            return fault
        offset = clock_offset(message, now.wall, self.config.max_time_skew)
        if isinstance(offset, Fault):
            return offset
        self.clock_offset = offset
        return None if self.config.validate is None else self.config.validate(message)

    # --- numbers that live over connections ----------------------------------------------------------------

    def _by_number(self, message: Message, gaps: Gaps, now: Instant) -> list[Effect]:
        """In its turn, before it, or after (FIX 4.4 volume 2, "Sequence numbers")."""
        if message.msg_type == "4" and message.get(123) != b"Y":
            return self._sequence_reset(message, gaps, now)
        if message.msg_type == "A" and message.get(141) == b"Y" and not self._reset:
            return self._peer_resets(message, now)
        match self._policy.judge(self.next_in, message.msg_seq_num):
            case Verdict.IN_SEQUENCE:
                fault = self._check(message, now) or duplicate_fault(message)
                if message.msg_type != "4" or fault is not None:
                    self.next_in += 1
                effects = self._dispatch(message, now) if fault is None else self._answer(fault, message, now)
                return effects + self._catch_up(gaps, now)
            case Verdict.TOO_LOW:
                return self._too_low(message, now)
            case _:
                return self._too_high(message, gaps, now)

    def _too_low(self, message: Message, now: Instant) -> list[Effect]:
        """It was here before, and says so; else one side has lost count, and nothing can be trusted."""
        if message.get(43) == b"Y":
            fault = self._check(message, now) or duplicate_fault(message)
            return [] if fault is None else self._answer(fault, message, now)
        text = f"MsgSeqNum too low, expecting {self.next_in} but received {message.msg_seq_num}"
        reason = SessionRejectReason.VALUE_IS_INCORRECT if self.config.reject_too_low else None
        return self._answer(Fault(text, reason, 34), message, now)

    def _too_high(self, message: Message, gaps: Gaps, now: Instant) -> list[Effect]:
        """Messages are missing. This one waits for its turn, but for those that cannot wait."""
        fault = self._check(message, now) or duplicate_fault(message)
        if fault is not None:
            return self._answer(fault, message, now)
        number, phase = message.msg_seq_num, self.phase
        leaving = phase is Phase.LOGGING_OUT and message.msg_type == "5"
        if phase is Phase.LOGGING_ON or message.msg_type == "2" or leaving:
            # A Logon starts the session that can repair the gap; a ResendRequest that waited for ours to be answered
            # would wait for ever, if the peer thinks so too; who leaves does not wait for what it will ask for next.
            gaps.came_early(number, None)
            effects = self._dispatch(message, now)
        else:
            gaps.came_early(number, message)
            effects = []
        return effects + self._ask(gaps, now)

    def _ask(self, gaps: Gaps, now: Instant) -> list[Effect]:
        """The ResendRequest for what is missing, once the session is live."""
        if self.phase is not Phase.LIVE:
            return []
        draft = gaps.ask(self.next_in, now.mono)
        return [] if draft is None else [self._send(draft, now)]

    def _catch_up(self, gaps: Gaps, now: Instant) -> list[Effect]:
        """Those that came early and whose turn it is now."""
        effects: list[Effect] = []
        while self.phase is not Phase.CLOSED and self._undecided is None:
            here, message = gaps.take(self.next_in)
            if not here:
                break
            if message is None or message.msg_type != "4":
                self.next_in += 1
            if message is not None:
                effects += self._dispatch(message, now)
        gaps.moved(self.next_in, now.mono)
        return effects + self._ask(gaps, now)

    def _gap_filled(self, message: Message, gaps: Gaps, now: Instant) -> list[Effect]:
        """SequenceReset-GapFill in its turn: the numbers up to 36 were session messages, or must not come again."""
        new = _number(message, 36)
        if new is None or new <= self.next_in:
            text = f"NewSeqNo (36) is {shown(message.text(36))}, must be above {self.next_in}"
            return self._reject(message, _missing_or(message, 36), text, 36, now)
        gaps.skip(self.next_in, new)
        self.next_in = new
        return []

    def _sequence_reset(self, message: Message, gaps: Gaps, now: Instant) -> list[Effect]:
        """SequenceReset-Reset: its own number does not count, and it can only go up."""
        fault = self._check(message, now)
        if fault is not None:
            return self._answer(fault, message, now)
        if self.phase is Phase.LOGGING_ON:
            return self._dispatch(message, now)
        new = _number(message, 36)
        if new is None or new < self.next_in:
            text = f"NewSeqNo (36) is {shown(message.text(36))}, must not be below {self.next_in}"
            return self._reject(message, _missing_or(message, 36), text, 36, now)
        if new == self.next_in:
            return [Warn(f"{self.target_comp_id} reset the next number to {new}, which it was")]
        lost = f"{self.target_comp_id} skipped messages {self.next_in} to {new - 1}: they are lost"
        gaps.skip(self.next_in, new)
        self.next_in = new
        changed = NumbersChanged(self.next_out, new, "SequenceReset (4)")
        return [Warn(lost), changed, *self._catch_up(gaps, now)]

    def _peer_resets(self, message: Message, now: Instant) -> list[Effect]:
        """A Logon with ResetSeqNumFlag (141) that we did not ask for: an initiator's right, at any time."""
        fault = self._check(message, now)
        if fault is None and message.msg_seq_num != 1:
            text = f"MsgSeqNum (34) is {message.msg_seq_num}, must be 1 with ResetSeqNumFlag (141)"
            fault = Fault(text, SessionRejectReason.VALUE_IS_INCORRECT, 34)
        if fault is None and self.config.role is Role.INITIATOR:
            fault = Fault(f"{self.target_comp_id} reset the numbers without being asked to")
        if fault is not None:
            return self._answer(fault, message, now)
        if self.phase is Phase.LOGGING_ON:
            self._reset = True  # with `accept`
            return self._dispatch(message, now)
        if self.phase is not Phase.LIVE:
            return []
        changed = self._start_anew(self.target_comp_id)
        self.next_in = 2
        answer = self._send(Draft("A", ((141, "Y"),)), now)
        return [*changed, answer]

    def _resend_requested(self, message: Message, now: Instant) -> list[Effect]:
        begin, end, last = _number(message, 7), _number(message, 16), self.next_out - 1
        for tag, value in ((7, begin), (16, end)):
            if value is None:
                text = f"field {tag} is {shown(message.text(tag))}, must be a number"
                return self._reject(message, _missing_or(message, tag), text, tag, now)
        begin, end = begin or 0, end or 0
        if not 1 <= begin <= last or (end < begin and end not in TO_INFINITY):
            text = f"BeginSeqNo (7) {begin} to EndSeqNo (16) {end}: 1 to {last} were sent"
            return self._reject(message, SessionRejectReason.VALUE_IS_INCORRECT, text, 7, now)
        end = last if end in TO_INFINITY else min(end, last)
        self._resends = self._resends + 1 if self._resend == (begin, end) else 1
        self._resend = begin, end
        if self._resends > MAX_RESENDS:
            return self._break(
                f"messages {begin} to {end} were asked for {self._resends} times in a row", now
            )
        return [ResendAsked(begin, end)]

    def resend(self, asked: ResendAsked, stored: Iterable[Stored], now: Instant) -> Iterator[Again]:
        """What answers a ResendRequest, to be written as it comes: messages of ours once more, the rest as gap fills.
        `stored` is what went out under those numbers, ascending. No number is used up."""
        comp_ids = ((49, self.sender_comp_id), (56, self.target_comp_id))
        reply = Reply(
            asked.begin,
            asked.end,
            self.config.begin_string,
            comp_ids,
            self.config.time_precision,
            self.config.resendable,
        )
        self._spoke = now.mono
        return reply.again(stored, now)

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last number that were asked for and have not come; None while nothing is missing."""
        return None if self._gaps is None else self._gaps.asked

    def request_resend(self, begin: int, end: int, now: Instant) -> list[Effect]:
        """Ask for messages again by hand; those that were here before will be known by their number."""
        if self.phase is not Phase.LIVE or self._gaps is None:
            return []
        return [self._send(Draft("2", ((7, str(begin)), (16, str(end)))), now)]

    def fill_gap(self, new_seq_no: int, now: Instant) -> list[Effect]:
        """Skip numbers of our own by hand, up to and without `new_seq_no`. `ValueError` when it is not above ours."""
        if self.phase is not Phase.LIVE or self._gaps is None:
            return []
        if new_seq_no <= self.next_out:
            raise ValueError(f"new_seq_no {new_seq_no}: must be above {self.next_out}, the next number out")
        return [self._send(Draft("4", ((123, "Y"), (36, str(new_seq_no)))), now)]

    def reset(self, now: Instant) -> list[Effect]:
        """Initiator: start both numbers at 1 again without leaving (Logon with 141=Y)."""
        if self.phase is not Phase.LIVE or self._gaps is None or self.config.role is not Role.INITIATOR:
            return []
        return [*self._start_anew("hand"), self._send(Draft("A", ((141, "Y"),)), now)]

    def _answer(self, fault: Fault, message: Message, now: Instant) -> list[Effect]:
        refusal = None if fault.reason is None else reject(message, fault.reason, fault.text, tag=fault.tag)
        if fault.fatal or refusal is None or self.phase is Phase.LOGGING_ON:
            return self._break(fault.text, now, refusal)
        return [self._send(refusal, now), self._refused(message, fault.text)]

    def _reject(
        self, message: Message, reason: SessionRejectReason, text: str, tag: int, now: Instant
    ) -> list[Effect]:
        return [self._send(reject(message, reason, text, tag=tag), now), self._refused(message, text)]

    def _refused(self, message: Message, text: str) -> Warn:
        return Warn(f"message {message.msg_seq_num} (35={shown(message.msg_type)}) was refused: {text}")

    def _logging_on_initiator(self, message: Message, now: Instant) -> list[Effect]:
        text = message.text(58) or "no text"
        match message.msg_type:
            case "A":
                warnings = self._agree(message)
                self._reset = False
                effects = [*warnings, self._enter(Phase.LIVE, "logged on", now)]
                return effects + self._compare_numbers(message, now)
            case "3":
                return [Refused(message), *self._end(f"Logon was rejected: {text}", now)]
            case "5":
                return self._end(f"Logon was answered with Logout: {text}", now)
            case other:
                return self._break(f"Logon was answered with MsgType (35) {shown(other)}", now)

    def _compare_numbers(self, logon: Message, now: Instant) -> list[Effect]:
        """What the peer's Logon says about numbers beside its own: NextExpectedMsgSeqNum (789)."""
        gaps = self._gaps
        if gaps is None or not self.config.next_expected:
            return []
        if gaps.open:
            gaps.wait_for(self.next_in, now.mono)  # our own 789 has told what is missing
        if logon.get(789) is None:
            return []
        expected = _number(logon, 789)
        if expected is None or not 1 <= expected <= self.next_out:
            text = f"NextExpectedMsgSeqNum (789) is {shown(logon.text(789))}, the next one is {self.next_out}"
            return self._break(text, now)
        return [ResendAsked(expected, self.next_out - 1)] if expected < self.next_out else []

    def _agree(self, message: Message) -> list[Effect]:
        """Take HeartBtInt from the answer to our Logon: some venues run at their own."""
        ours, theirs = self.heart_bt_int, _heart_bt_int(message)
        if theirs is None:
            return [
                Warn(f"the Logon from {self.target_comp_id} has no usable HeartBtInt (108); using {ours} s")
            ]
        self.heart_bt_int = self.peer_heart_bt_int = theirs
        if theirs == ours:
            return []
        return [
            Warn(f"{self.target_comp_id} runs at HeartBtInt (108) {theirs} s, not the {ours} s asked for")
        ]

    def _logging_on_acceptor(self, message: Message, now: Instant) -> list[Effect]:
        if message.msg_type != "A":
            text = f"the first message must be Logon (A), not {shown(message.msg_type)}"
            return self._end(text, now, reject(message, SessionRejectReason.OTHER, text))
        interval = _heart_bt_int(message)
        if interval is None:
            missing = message.get(108) is None
            text = f"HeartBtInt (108) is {shown(message.text(108))}, must be 1 to {MAX_HEART_BT_INT} seconds"
            reason = (
                SessionRejectReason.REQUIRED_TAG_MISSING
                if missing
                else SessionRejectReason.VALUE_IS_INCORRECT
            )
            return self._end(text, now, reject(message, reason, text, tag=108))
        if not self.target_comp_id:
            self.target_comp_id = message.text(49) or ""
        self.heart_bt_int = self.peer_heart_bt_int = interval
        self._undecided = message
        return [LogonReceived(message)]

    def _live(self, message: Message, now: Instant) -> list[Effect]:
        match message.msg_type:
            case "0":
                return self._heartbeat(message, now)
            case "1":
                return self._test_requested(message, now)
            case "2" if self._gaps is not None:
                return self._resend_requested(message, now)
            case "4" if self._gaps is not None:
                return self._gap_filled(message, self._gaps, now)
            case "2" | "4":
                text = f"MsgType (35) {message.msg_type} is not supported: nothing is resent on this session"
                refusal = reject(message, SessionRejectReason.INVALID_MSG_TYPE, text, tag=35)
                return [self._send(refusal, now), self._refused(message, text)]
            case "5":
                text = message.text(58) or "no text"
                return self._end(f"{self.target_comp_id} logged out: {text}", now, Draft("5", ()), clean=True)
            case "A" if self._reset:  # the answer to our reset
                self._reset = False
                return []
            case "A":
                return self._break("a second Logon (A) arrived", now)
            case _:
                return [_application(message)]

    def _heartbeat(self, message: Message, now: Instant) -> list[Effect]:
        if self._test is None or message.text(112) != self._test[0]:
            return []
        self.round_trip = now.mono - self._test[1]
        self._test = None
        return [RoundTrip(self.round_trip)]

    def _test_requested(self, message: Message, now: Instant) -> list[Effect]:
        test_req_id = message.get(112)
        if not test_req_id:
            text = "TestReqID (112) is missing"
            refusal = reject(message, SessionRejectReason.REQUIRED_TAG_MISSING, text, tag=112)
            return [self._send(refusal, now), self._refused(message, text)]
        return [self._send(Draft("0", ((112, test_req_id),)), now)]

    def _logging_out(self, message: Message, now: Instant) -> list[Effect]:
        match message.msg_type:
            case "5":
                return self._end(self.reason, now, clean=True)
            case "0":
                return self._heartbeat(message, now)
            case "2" if self._gaps is not None:
                return self._resend_requested(message, now)  # the peer may not go before it has everything
            case "4" if self._gaps is not None:
                return self._gap_filled(message, self._gaps, now)
            case "1" | "2" | "4" | "A":
                return []  # after Logout nothing but its answer counts
            case _:
                return [_application(message)]

    # --- the acceptor's decision ---------------------------------------------------------------------------

    def accept(self, fields: Fields, now: Instant) -> list[Effect]:
        """Let the peer in. `fields` go into the Logon that answers, after 98 and 108."""
        logon = self._decide("accept")
        changed: list[Effect] = []
        if self._reset:
            changed = self._start_anew(self.target_comp_id)
            self.next_in = 2
            if not any(tag == 141 for tag, _ in fields):
                fields = (*fields, (141, "Y"))
        entered = self._enter(Phase.LIVE, f"{self.target_comp_id} logged on", now)
        effects = [*changed, self._send(Draft("A", fields), now), entered]
        self._reset = False
        effects += self._compare_numbers(logon, now)
        return effects if self._gaps is None else effects + self._catch_up(self._gaps, now)

    def refuse(self, draft: Draft | None, now: Instant) -> list[Effect]:
        """Turn the peer away: `draft` is the Reject (3, see `reject`) or Logout (5) that says why; None says
        nothing."""
        self._decide("refuse")
        text = next((value for tag, value in draft.fields if tag == 58), "") if draft else ""
        words = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
        return self._end(f"Logon of {self.target_comp_id} refused: {words or 'no text'}", now, draft)

    def _decide(self, verb: str) -> Message:
        logon, self._undecided = self._undecided, None
        if logon is None:
            raise RuntimeError(f"{verb}: no Logon is waiting for a decision")
        return logon

    # --- time ----------------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> list[Effect]:
        """What the time leads to. Calling it early or often does no harm."""
        match self.phase:
            case Phase.LOGGING_ON if now.mono >= self._logon_deadline:
                self._undecided = None
                return self._end(f"no Logon within {self.config.logon_timeout:g} s", now)
            case Phase.LOGGING_OUT if now.mono >= self._logout_deadline:
                return self._end(f"no Logout within {self.config.logout_timeout:g} s: {self.reason}", now)
            case Phase.LIVE:
                return self._keep_alive(now)
            case _:
                return []

    def _keep_alive(self, now: Instant) -> list[Effect]:
        effects: list[Effect] = []
        again = None if self._gaps is None else self._gaps.overdue(self.next_in, now.mono)
        if isinstance(again, str):
            return self._break(again, now)
        if again is not None:
            effects.append(self._send(again, now))
        if self._test is not None and now.mono >= self._test[1] + self._interval:
            if self._heard <= self._test[1]:
                silent = (now.mono - self._heard) / SECOND
                return self._break(
                    f"{self.target_comp_id} is silent for {silent:.1f} s, TestRequest unanswered", now
                )
            effects.append(Warn(f"TestRequest unanswered for {self.heart_bt_int} s although messages arrive"))
            self._test = None
        if self._test is None and now.mono >= self._heard + self._interval:
            effects += self.test_request(now)
        if now.mono >= self._spoke + self._idle:
            effects.append(self._send(Draft("0", ()), now))
        return effects

    def next_deadline(self) -> int | None:
        """Mono ns at which `tick` should be called at the latest; None when time changes nothing."""
        match self.phase:
            case Phase.LOGGING_ON:
                return self._logon_deadline
            case Phase.LOGGING_OUT:
                return self._logout_deadline
            case Phase.LIVE:
                asked = self._heard if self._test is None else self._test[1]
                deadline = min(asked + self._interval, self._spoke + self._idle)
                gap = None if self._gaps is None else self._gaps.deadline
                return deadline if gap is None else min(deadline, gap)
            case _:
                return None

    @property
    def _interval(self) -> int:
        return self.heart_bt_int * SECOND

    @property
    def _idle(self) -> int:
        """Slightly less than HeartBtInt, so that the peer need not ask (fact sheet section 3.5)."""
        return self._interval * 9 // 10

    @property
    def _logon_deadline(self) -> int:
        return self._phase_since + int(self.config.logon_timeout * SECOND)

    @property
    def _logout_deadline(self) -> int:
        return self._phase_since + int(self.config.logout_timeout * SECOND)

    # --- outbound ------------------------------------------------------------------------------------------

    def stamp(self, draft: Draft, now: Instant, offset: int = 0) -> Stamped:
        """Number (next_out + offset), date and encode. Burns nothing: only `wrote` does.

        `NotLiveError` for an application message while the session is not live; `ValueError` for fields that
        cannot be sent (see `encode`) or that only the session may set.
        """
        if self.phase is Phase.DOWN or (self.phase is not Phase.LIVE and draft.msg_type not in ADMIN):
            raise NotLiveError(
                f"MsgType {draft.msg_type} cannot be sent: the session is {self.phase.value} ({self.reason})"
            )
        number = self._policy.following(self.next_out, offset)
        sending_time = utc_timestamp(now.wall, self.config.time_precision)
        fields = self._logon_body(draft, number, sending_time) if draft.msg_type == "A" else draft.fields
        for tag, _ in fields:
            if tag in _HEADER_TAGS:
                raise ValueError(f"field {tag}: set by the session, not by the message")
        header = ((49, self.sender_comp_id), (56, self.target_comp_id), (34, str(number)), (52, sending_time))
        return Stamped(
            draft.msg_type, number, encode(self.config.begin_string, draft.msg_type, header, fields), fields
        )

    def _logon_body(self, draft: Draft, number: int, sending_time: str) -> Fields:
        body = list(draft.fields)
        if self.config.logon_fields is not None:
            header = LogonHeader("A", self.sender_comp_id, self.target_comp_id, number, sending_time)
            body += self.config.logon_fields(header)
        elif self.config.role is Role.INITIATOR and self.config.numbering is Numbering.PER_CONNECTION:
            body.append((141, "Y"))
        present = {tag for tag, _ in body}
        if self._reset and 141 not in present:
            body.append((141, "Y"))
        if self.config.next_expected and 789 not in present:
            body.append((789, str(self.next_in)))
        defaults: list[tuple[int, str | bytes]] = [(98, "0"), (108, str(self.heart_bt_int))]
        return [field for field in defaults if field[0] not in present] + body

    def wrote(self, stamped: Stamped, now: Instant) -> None:
        """The bytes went to the socket: the number is used. `RuntimeError` when it is not the next one."""
        if stamped.msg_seq_num != self.next_out:
            raise RuntimeError(
                f"wrote: MsgSeqNum {stamped.msg_seq_num} was written, the next one is {self.next_out}"
            )
        self.next_out = self._policy.following(self.next_out)
        if stamped.msg_type == "4":  # a gap fill of ours takes the numbers it stands for
            self.next_out = max(self.next_out, *(int(value) for tag, value in stamped.fields if tag == 36))
        self.last_out = self._spoke = now.mono
        if stamped.msg_type == "1" and self._test is not None and (112, self._test[0]) in stamped.fields:
            self._test = (self._test[0], now.mono)

    def test_request(self, now: Instant) -> list[Effect]:
        """Ask the peer for a sign of life, and measure the round trip. Nothing while one is out, or when not
        live."""
        if self.phase is not Phase.LIVE or self._test is not None:
            return []
        self._tests += 1
        self._test = (f"T{self._tests}", now.mono)
        return [self._send(Draft("1", ((112, self._test[0]),)), now)]

    def logout(self, text: str, now: Instant) -> list[Effect]:
        """Leave in order: Logout, wait for the answer, close. `text` goes into 58 unless it is empty."""
        reason = text or "logging out"
        match self.phase:
            case Phase.DOWN:
                return [self._enter(Phase.CLOSED, reason, now)]
            case Phase.LOGGING_ON if self.config.role is Role.ACCEPTOR:
                self._undecided = None
                return self._end(reason, now)
            case Phase.LOGGING_ON | Phase.LIVE:
                return [self._send(_logout(text), now), self._enter(Phase.LOGGING_OUT, reason, now)]
            case _:
                return []

    # --- common to all -------------------------------------------------------------------------------------

    def _send(self, draft: Draft, now: Instant) -> Send:
        self._spoke = now.mono  # else a tick before the write would ask for another Heartbeat
        return Send(draft)

    def _enter(self, phase: Phase, reason: str, now: Instant) -> PhaseChanged:
        self.phase, self.reason, self._phase_since = phase, reason, now.mono
        return PhaseChanged(phase, reason)

    def _end(
        self, reason: str, now: Instant, last: Draft | None = None, *, clean: bool = False
    ) -> list[Effect]:
        """Say a last word, close."""
        words: list[Effect] = [] if last is None else [self._send(last, now)]
        self._test = None
        return [*words, self._enter(Phase.CLOSED, reason, now), Disconnect(reason, clean)]

    def _break(self, reason: str, now: Instant, refusal: Draft | None = None) -> list[Effect]:
        """The session cannot go on: Reject where one is due, Logout with the reason, close without
        waiting."""
        words: list[Effect] = [] if refusal is None else [self._send(refusal, now)]
        return [*words, *self._end(reason, now, _logout(reason))]


def _logout(text: str) -> Draft:
    return Draft("5", ((58, text),) if text else ())


def _application(message: Message) -> Effect:
    match message.msg_type:
        case "3":
            return Refused(message)
        case "B":
            return News(message.text(148) or "", message)
        case _:
            return Deliver(message)


def _number(message: Message, tag: int) -> int | None:
    """A SEQNUM; None when absent or none."""
    value = message.get(tag) or b""
    return int(value) if value.isdigit() and len(value) <= 10 else None


def _missing_or(message: Message, tag: int) -> SessionRejectReason:
    """Why a number cannot be used: it is absent, it is none, or it is a wrong one."""
    if message.get(tag) is None:
        return SessionRejectReason.REQUIRED_TAG_MISSING
    if _number(message, tag) is None:
        return SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
    return SessionRejectReason.VALUE_IS_INCORRECT


def _heart_bt_int(message: Message) -> int | None:
    """HeartBtInt (108) in seconds; None when absent, no number, or out of any reason."""
    value = message.get(108) or b""
    seconds = int(value) if value.isdigit() and len(value) <= 10 else 0
    return seconds if 1 <= seconds <= MAX_HEART_BT_INT else None
