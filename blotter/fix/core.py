"""What the parts of a session share: phase, numbers, times, and the few things every part can say or end with.

Sans I/O, as the session. Only `blotter.fix.session` makes one; the others (`handshake`, `continuity`, `liveness`) work
on it. Nothing here decides what a message means.
"""

from typing import Final

from blotter.fix.check import Fault, clock_offset, comp_id_fault, shown
from blotter.fix.codec import Fields, Message, encode
from blotter.fix.effects import (
    Disconnect,
    Draft,
    Effect,
    Instant,
    Phase,
    PhaseChanged,
    Refused,
    Send,
    SessionRejectReason,
    Stamped,
    Warn,
    reject,
)
from blotter.fix.recovery import ADMIN
from blotter.fix.sequence import FROM_ONE, POLICIES, Numbering, Numbers
from blotter.fix.settings import LogonHeader, Role, SessionConfig
from blotter.fix.values import SECOND, utc_timestamp

_HEADER_TAGS: Final = frozenset({34, 49, 52, 56})
_ABOUT_NO_FIELD: Final = frozenset(
    {SessionRejectReason.COMP_ID_PROBLEM, SessionRejectReason.SENDING_TIME_ACCURACY_PROBLEM}
)


class NotLiveError(RuntimeError):
    """An application message was to be stamped while the session is not live."""


class Core:
    """Attributes are for reading by who owns the session, and for changing by its parts."""

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
    peer_appl_ver_id: str  # DefaultApplVerID (1137) of the peer's Logon (FIXT.1.1), else ""
    phase_since: int  # mono ns
    heard: int  # mono ns when something was last received, or the session began to listen
    spoke: int  # mono ns when something was last sent, or was handed out to be sent
    resetting: bool  # both sides start at 1 again with the Logon that is under way

    def __init__(self, config: SessionConfig, numbers: Numbers = FROM_ONE) -> None:
        """`numbers`: where the last connection left off. `ValueError` when they cannot be taken up."""
        if config.numbering is Numbering.PER_CONNECTION and numbers != FROM_ONE:
            raise ValueError(f"numbers {tuple(numbers)}: this session starts at 1 on every connection")
        self.config = config
        self.phase = Phase.DOWN
        self.reason = self.peer_appl_ver_id = ""
        self.sender_comp_id = config.sender_comp_id
        self.target_comp_id = config.target_comp_id
        self.heart_bt_int = self.peer_heart_bt_int = config.heart_bt_int
        self.policy = POLICIES[config.numbering]
        self.next_out, self.next_in = numbers
        self.resetting = False
        self.last_in = self.last_out = self.round_trip = self.clock_offset = None
        self.phase_since = self.heard = self.spoke = 0

    # --- judging -------------------------------------------------------------------------------------------

    def check(self, message: Message, now: Instant) -> Fault | None:
        """What every message must satisfy beside its number."""
        config = self.config
        if config.validate is not None:  # first: it tells a missing comp id from a wrong one
            fault = config.validate(message)
            if fault is not None:
                return fault
        fault = comp_id_fault(message, self.sender_comp_id, self.target_comp_id)
        if fault is not None:
            return fault
        offset = clock_offset(message, now.wall, config.max_time_skew)
        if isinstance(offset, Fault):
            return offset
        self.clock_offset = offset
        return None

    # --- saying --------------------------------------------------------------------------------------------

    def say(self, draft: Draft, now: Instant) -> Send:
        self.spoke = now.mono  # else a tick before the write would ask for another Heartbeat
        return Send(draft)

    def enter(self, phase: Phase, reason: str, now: Instant) -> PhaseChanged:
        self.phase, self.reason, self.phase_since = phase, reason, now.mono
        return PhaseChanged(phase, reason)

    def end(
        self, reason: str, now: Instant, last: Draft | None = None, *, clean: bool = False
    ) -> list[Effect]:
        """Say a last word, close."""
        words: list[Effect] = [] if last is None else [self.say(last, now)]
        return [*words, self.enter(Phase.CLOSED, reason, now), Disconnect(reason, clean)]

    def break_off(self, reason: str, now: Instant, refusal: Draft | None = None) -> list[Effect]:
        """The session cannot go on: Reject where one is due, Logout with the reason, close without
        waiting."""
        words: list[Effect] = [] if refusal is None else [self.say(refusal, now)]
        return [*words, *self.end(reason, now, logout_draft(reason))]

    @property
    def mute(self) -> bool:
        """Who is not logged on is told nothing."""
        return self.config.terse and self.phase is Phase.LOGGING_ON and self.config.role is Role.ACCEPTOR

    def answer(self, fault: Fault, message: Message, now: Instant) -> list[Effect]:
        """What FIX wants done about a message that breaks a rule of all messages."""
        if self.mute:
            return self.end(fault.text, now)
        about = None if self.config.terse and fault.reason in _ABOUT_NO_FIELD else fault.tag
        refusal = None if fault.reason is None else reject(message, fault.reason, fault.text, tag=about)
        if fault.fatal or refusal is None or self.phase is Phase.LOGGING_ON:
            return self.break_off(fault.text, now, refusal)
        if message.msg_type == "3":  # a Reject of a Reject would come back as another
            return [self.warning(message, fault.text), Refused(message)]
        return [self.say(refusal, now), self.warning(message, fault.text)]

    def decline(
        self, message: Message, reason: SessionRejectReason, text: str, now: Instant, tag: int | None = None
    ) -> list[Effect]:
        """Reject this message alone."""
        return [self.say(reject(message, reason, text, tag=tag), now), self.warning(message, text)]

    def warning(self, message: Message, text: str) -> Warn:
        return Warn(f"message {message.msg_seq_num} (35={shown(message.msg_type)}) was refused: {text}")

    # --- writing -------------------------------------------------------------------------------------------

    def stamp(self, draft: Draft, now: Instant, offset: int = 0) -> Stamped:
        """Number (next_out + offset), date and encode. Burns nothing: only `wrote` does.

        What is stamped but not written when the numbers change (`NumbersChanged`) must be stamped anew.
        `NotLiveError` for an application message while the session is not live; `ValueError` for fields that
        cannot be sent (see `encode`) or that only the session may set.
        """
        if self.phase is Phase.DOWN or (self.phase is not Phase.LIVE and draft.msg_type not in ADMIN):
            raise NotLiveError(
                f"MsgType {draft.msg_type} cannot be sent: the session is {self.phase.value} ({self.reason})"
            )
        number = self.policy.following(self.next_out, offset)
        sending_time = utc_timestamp(now.wall, self.config.time_precision)
        fields = self._logon_body(draft, number, sending_time) if draft.msg_type == "A" else draft.fields
        for tag, _ in fields:
            if tag in _HEADER_TAGS:
                raise ValueError(f"field {tag}: set by the session, not by the message")
        header = (
            (49, self.sender_comp_id),
            (56, self.target_comp_id),
            (34, str(number)),
            (52, sending_time),
            *self.config.header,
        )
        data = encode(self.config.begin_string, draft.msg_type, header, fields)
        return Stamped(draft.msg_type, number, data, fields)

    def _logon_body(self, draft: Draft, number: int, sending_time: str) -> Fields:
        config = self.config
        body = list(draft.fields)
        if config.logon_fields is not None:
            header = LogonHeader("A", self.sender_comp_id, self.target_comp_id, number, sending_time)
            body += config.logon_fields(header)
        elif config.role is Role.INITIATOR and config.numbering is Numbering.PER_CONNECTION:
            body.append((141, "Y"))
        present = {tag for tag, _ in body}
        if self.resetting and 141 not in present:
            body.append((141, "Y"))
        if config.next_expected and 789 not in present:
            body.append((789, str(self.next_in)))
        if config.default_appl_ver_id and 1137 not in present:
            body.append((1137, config.default_appl_ver_id))
        defaults: list[tuple[int, str | bytes]] = [(98, "0"), (108, str(self.heart_bt_int))]
        return [field for field in defaults if field[0] not in present] + body

    def wrote(self, stamped: Stamped, now: Instant) -> None:
        """The bytes went to the socket: the number is used. `RuntimeError` when it is not the next one."""
        if stamped.msg_seq_num != self.next_out:
            raise RuntimeError(
                f"wrote: MsgSeqNum {stamped.msg_seq_num} was written, the next one is {self.next_out}"
            )
        self.next_out = self.policy.following(self.next_out)
        if stamped.msg_type == "4":  # it takes the numbers it stands for
            self.next_out = max([self.next_out, *(int(value) for tag, value in stamped.fields if tag == 36)])
        self.last_out = self.spoke = now.mono

    # --- time-outs of a phase ------------------------------------------------------------------------------

    @property
    def logon_deadline(self) -> int:
        """Mono ns."""
        return self.phase_since + int(self.config.logon_timeout * SECOND)

    @property
    def logout_deadline(self) -> int:
        """Mono ns."""
        return self.phase_since + int(self.config.logout_timeout * SECOND)


def logout_draft(text: str) -> Draft:
    return Draft("5", ((58, text),) if text else ())


def number_of(message: Message, tag: int) -> int | None:
    """A SEQNUM; None when absent or none."""
    value = message.get(tag) or b""
    return int(value) if value.isdigit() and len(value) <= 10 else None


def why_no_number(message: Message, tag: int) -> SessionRejectReason:
    """Why a number cannot be used: it is absent, it is none, or it is a wrong one."""
    if message.get(tag) is None:
        return SessionRejectReason.REQUIRED_TAG_MISSING
    if number_of(message, tag) is None:
        return SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
    return SessionRejectReason.VALUE_IS_INCORRECT
