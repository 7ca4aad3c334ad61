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

Where numbers live over connections (CONTINUOUS, `continuity` has the rules by number) these take their place:

    LOGGING_ON    connected with reset_on_logon          LOGGING_ON    NumbersChanged, Send Logon with 141=Y
    LOGGING_ON    Logon, its number too high             LIVE          Send ResendRequest
    LOGGING_ON    Logon, 789 below what we sent          LIVE          ResendAsked
    LOGGING_ON    accept of a Logon with 141=Y           LIVE          NumbersChanged, Send Logon with 141=Y
    LIVE, OUT     number too high                        same          Send ResendRequest, once a gap
    LIVE, OUT     ResendRequest                          same          ResendAsked, to be answered by `resend`
    LIVE, OUT     the same one, the sixth time           CLOSED        Send Logout, Disconnect
    LIVE, OUT     GapFill in its turn                    same          what came early and is next
    LIVE, OUT     SequenceReset-Reset, upwards           same          Warn what is lost, NumbersChanged
    LIVE          Logon with 141=Y, number 1, acceptor   LIVE          NumbersChanged, Send Logon with 141=Y
    LIVE          reset, initiator                       LIVE          NumbersChanged, Send Logon with 141=Y
    LIVE          Logout, its number too high            LIVE          Send ResendRequest; then as in its turn
    LIVE          tick, a gap makes no progress          LIVE          Send ResendRequest again
    LIVE          tick, and none after resend_tries      CLOSED        Send Logout, Disconnect

In every phase between DOWN and CLOSED a message that breaks a rule of all messages goes no further:

    what `validate` (a dictionary) minds     same          Send Reject, Warn
    SendingTime missing or unreadable        same          Send Reject, Warn
    SendingTime too far off, other comp ids  CLOSED        Send Reject, Send Logout, Disconnect
    other BeginString, no MsgSeqNum          CLOSED        Send Logout, Disconnect
    MsgSeqNum is not the expected one        CLOSED        Send Reject (acceptor), Send Logout, Disconnect

Numbers: `stamp` reads the next number, `wrote` uses it up. Several drafts may be stamped ahead with `offset`;
then they must be written in that order.
"""

from collections.abc import Iterable, Iterator

from blotter.fix.check import Fault, framing_fault
from blotter.fix.codec import Fields, Message
from blotter.fix.continuity import Continuity
from blotter.fix.core import Core, NotLiveError, logout_draft
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
from blotter.fix.handshake import Handshake
from blotter.fix.liveness import Liveness
from blotter.fix.recovery import Again, Stored
from blotter.fix.sequence import FROM_ONE, Numbering, Numbers, Verdict
from blotter.fix.settings import LogonHeader, Role, SessionConfig

__all__ = [
    "Again", "Deliver", "Disconnect", "Draft", "Effect", "Fields", "Instant", "LogonHeader", "LogonReceived",
    "News", "NotLiveError", "Numbering", "Numbers", "NumbersChanged", "Phase", "PhaseChanged", "Refused",
    "ResendAsked", "Role", "RoundTrip", "Send", "Session", "SessionConfig", "SessionRejectReason", "Stamped",
    "Stored", "Warn", "reject",
]  # fmt: skip


class Session(Core):
    """One FIX session, either role. Attributes are for reading; only the methods change them."""

    def __init__(self, config: SessionConfig, numbers: Numbers = FROM_ONE) -> None:
        """`numbers`: where the last connection left off. `ValueError` when they cannot be taken up."""
        super().__init__(config, numbers)
        continuous = config.numbering is Numbering.CONTINUOUS
        self._continuity = Continuity(self, self._dispatch) if continuous else None
        self._handshake = Handshake(self, self._continuity)
        self._liveness = Liveness(self)

    @property
    def test_request_pending(self) -> bool:
        """A TestRequest of ours has not come back yet."""
        return self._liveness.asking and self.phase is not Phase.CLOSED

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last number that were asked for and have not come; None while nothing is missing."""
        return None if self._continuity is None else self._continuity.gap

    def holds(self, message: Message) -> bool:
        """It came before its turn, and will be delivered when that comes."""
        return self._continuity is not None and self._continuity.holds(message.msg_seq_num)

    # --- the connection ------------------------------------------------------------------------------------

    def connected(self, now: Instant) -> list[Effect]:
        """The socket is up. The initiator answers with Send(Logon)."""
        if self.phase is not Phase.DOWN:
            raise RuntimeError(
                f"connected: this session is {self.phase.value}; a new connection needs a new one"
            )
        self.heard = self.spoke = now.mono
        if self.config.role is Role.ACCEPTOR:
            return [self.enter(Phase.LOGGING_ON, "connected, awaiting Logon", now)]
        numbers: list[Effect] = []
        if self.config.reset_on_logon and self._continuity is not None:
            numbers = self._continuity.start_anew("our Logon")
        return [*numbers, self.enter(Phase.LOGGING_ON, "connected, Logon sent", now), Send(Draft("A", ()))]

    def disconnected(self, now: Instant, reason: str) -> list[Effect]:
        """The socket is gone."""
        self._handshake.forget()
        return [] if self.phase is Phase.CLOSED else [self.enter(Phase.CLOSED, reason, now)]

    # --- inbound -------------------------------------------------------------------------------------------

    def receive(self, message: Message, now: Instant) -> list[Effect]:
        """What an inbound message leads to. Never raises for what a peer sent."""
        if self.phase is Phase.DOWN or self.phase is Phase.CLOSED:
            return []
        if self._handshake.pending:
            raise RuntimeError("receive: decide about the Logon first (accept or refuse)")
        self.last_in = self.heard = now.mono
        if self.config.role is Role.ACCEPTOR and not self.target_comp_id:
            self.target_comp_id = message.text(49) or ""
        fault = framing_fault(message, self.config.begin_string)
        if fault is not None:
            return self.answer(fault, message, now)
        if self._continuity is not None:
            return self._continuity.receive(message, now)
        number = message.msg_seq_num
        if self.policy.judge(self.next_in, number) is not Verdict.IN_SEQUENCE:
            # An acceptor says which of the peer's messages broke the sequence (fact sheet section 3.4).
            reason = SessionRejectReason.VALUE_IS_INCORRECT if self.config.role is Role.ACCEPTOR else None
            fault = Fault(f"MsgSeqNum (34) is {number}, expected {self.next_in}", reason, 34)
            return self.answer(fault, message, now)
        self.next_in = self.policy.following(number)
        fault = self.check(message, now)
        return self._dispatch(message, now) if fault is None else self.answer(fault, message, now)

    def _dispatch(self, message: Message, now: Instant) -> list[Effect]:
        """What a message means now, its number dealt with."""
        match self.phase:
            case Phase.LIVE:
                return self._live(message, now)
            case Phase.LOGGING_ON:
                return self._handshake.receive(message, now)
            case _:
                return self._logging_out(message, now)

    def _live(self, message: Message, now: Instant) -> list[Effect]:
        match message.msg_type:
            case "0":
                return self._liveness.heartbeat(message, now)
            case "1":
                return self._liveness.asked(message, now)
            case "2" if self._continuity is not None:
                return self._continuity.asked(message, now)
            case "4" if self._continuity is not None:
                return self._continuity.gap_filled(message, now)
            case "2" | "4":
                text = f"MsgType (35) {message.msg_type} is not supported: nothing is resent on this session"
                return self.decline(message, SessionRejectReason.INVALID_MSG_TYPE, text, now, 35)
            case "5":
                text = message.text(58) or "no text"
                return self.end(f"{self.target_comp_id} logged out: {text}", now, Draft("5", ()), clean=True)
            case "A" if self.resetting:  # the answer to our reset
                self.resetting = False
                return []
            case "A":
                return self.break_off("a second Logon (A) arrived", now)
            case _:
                return [_application(message)]

    def _logging_out(self, message: Message, now: Instant) -> list[Effect]:
        match message.msg_type:
            case "5":
                return self.end(self.reason, now, clean=True)
            case "0":
                return self._liveness.heartbeat(message, now)
            case "2" if self._continuity is not None:
                return self._continuity.asked(message, now)  # the peer may not go before it has everything
            case "4" if self._continuity is not None:
                return self._continuity.gap_filled(message, now)
            case "1" | "2" | "4" | "A":
                return []  # after Logout nothing but its answer counts
            case _:
                return [_application(message)]

    # --- the acceptor's decision ---------------------------------------------------------------------------

    def accept(self, fields: Fields, now: Instant) -> list[Effect]:
        """Let the peer in. `fields` go into the Logon that answers, after 98 and 108."""
        return self._handshake.accept(fields, now)

    def refuse(self, draft: Draft | None, now: Instant) -> list[Effect]:
        """Turn the peer away: `draft` is the Reject (3, see `reject`) or Logout (5) that says why; None says
        nothing."""
        return self._handshake.refuse(draft, now)

    # --- time ----------------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> list[Effect]:
        """What the time leads to. Calling it early or often does no harm."""
        match self.phase:
            case Phase.LOGGING_ON if now.mono >= self.logon_deadline:
                self._handshake.forget()
                return self.end(f"no Logon within {self.config.logon_timeout:g} s", now)
            case Phase.LOGGING_OUT if now.mono >= self.logout_deadline:
                return self.end(f"no Logout within {self.config.logout_timeout:g} s: {self.reason}", now)
            case Phase.LIVE:
                effects = None if self._continuity is None else self._continuity.tick(now)
                if not effects:
                    return self._liveness.tick(now)
                return effects + self._liveness.tick(now) if self.phase is Phase.LIVE else effects
            case _:
                return []

    def next_deadline(self) -> int | None:
        """Mono ns at which `tick` should be called at the latest; None when time changes nothing."""
        match self.phase:
            case Phase.LOGGING_ON:
                return self.logon_deadline
            case Phase.LOGGING_OUT:
                return self.logout_deadline
            case Phase.LIVE:
                repair = None if self._continuity is None else self._continuity.deadline
                liveness = self._liveness.deadline
                return liveness if repair is None else min(repair, liveness)
            case _:
                return None

    # --- outbound ------------------------------------------------------------------------------------------

    def wrote(self, stamped: Stamped, now: Instant) -> None:
        """The bytes went to the socket: the number is used. `RuntimeError` when it is not the next one."""
        super().wrote(stamped, now)
        if stamped.msg_type == "1":
            self._liveness.wrote(stamped, now)

    def test_request(self, now: Instant) -> list[Effect]:
        """Ask the peer for a sign of life, and measure the round trip. Nothing while one is out, or when not
        live."""
        return self._liveness.ask(now)

    def logout(self, text: str, now: Instant) -> list[Effect]:
        """Leave in order: Logout, wait for the answer, close. `text` goes into 58 unless it is empty."""
        reason = text or "logging out"
        match self.phase:
            case Phase.DOWN:
                return [self.enter(Phase.CLOSED, reason, now)]
            case Phase.LOGGING_ON:
                return self._handshake.logout(text, reason, now)
            case Phase.LIVE:
                return [self.say(logout_draft(text), now), self.enter(Phase.LOGGING_OUT, reason, now)]
            case _:
                return []

    # --- numbers that live over connections: answering, and by hand -----------------------------------------

    def resend(self, asked: ResendAsked, stored: Iterable[Stored], now: Instant) -> Iterator[Again]:
        """What answers a ResendRequest, to be written as it comes: messages of ours once more, the rest as gap fills.
        `stored` is what went out under those numbers, ascending. No number is used up. `RuntimeError` where
        numbers do not live over connections."""
        return self._lasting("resend").resend(asked, stored, now)

    def request_resend(self, begin: int, end: int, now: Instant) -> list[Effect]:
        """Ask for messages again by hand; those that were here before will be known by their number."""
        if self.phase is not Phase.LIVE or self._continuity is None:
            return []
        return [self.say(Draft("2", ((7, str(begin)), (16, str(end)))), now)]

    def fill_gap(self, new_seq_no: int, now: Instant) -> list[Effect]:
        """Skip numbers of our own by hand, up to and without `new_seq_no`. `ValueError` when it is not above ours."""
        if self.phase is not Phase.LIVE or self._continuity is None:
            return []
        if new_seq_no <= self.next_out:
            raise ValueError(f"new_seq_no {new_seq_no}: must be above {self.next_out}, the next number out")
        return [self.say(Draft("4", ((123, "Y"), (36, str(new_seq_no)))), now)]

    def reset(self, now: Instant) -> list[Effect]:
        """Initiator: start both numbers at 1 again without leaving (Logon with 141=Y). Nothing while one is under
        way."""
        initiator = self.config.role is Role.INITIATOR
        if self.phase is not Phase.LIVE or self._continuity is None or not initiator or self.resetting:
            return []
        return self._continuity.reset(now)

    def _lasting(self, verb: str) -> Continuity:
        if self._continuity is None:
            raise RuntimeError(f"{verb}: this session starts at 1 on every connection")
        return self._continuity


def _application(message: Message) -> Effect:
    match message.msg_type:
        case "3":
            return Refused(message)
        case "B":
            return News(message.text(148) or "", message)
        case _:
            return Deliver(message)
