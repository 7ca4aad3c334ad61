"""What a session is told before it starts. Plain data that refuses what no session could run with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from blotter.fix.check import Fault
from blotter.fix.codec import Fields, Message
from blotter.fix.recovery import Resendable
from blotter.fix.sequence import Numbering

MAX_HEART_BT_INT: Final = 3600
"""Seconds. Longer than any venue's, so a longer one is a mistake: silence would go unnoticed."""


class Role(Enum):
    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"


class LogonHeader(NamedTuple):
    """What a Logon signature covers, exactly as it will stand in the message (fact sheet section 3.2)."""

    msg_type: str
    sender_comp_id: str
    target_comp_id: str
    msg_seq_num: int
    sending_time: str


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """`ValueError`, naming field, value and rule, for settings no session could run with."""

    sender_comp_id: str
    target_comp_id: str  # "" lets an acceptor take whoever logs on
    role: Role = Role.INITIATOR
    begin_string: str = "FIX.4.4"
    heart_bt_int: int = 30  # seconds; an acceptor takes the initiator's
    numbering: Numbering = Numbering.PER_CONNECTION
    time_precision: int = 6  # decimals of a second in SendingTime: 0, 3 or 6
    max_time_skew: float | None = 120.0  # seconds of SendingTime difference; None: not checked
    logon_timeout: float = 10.0  # seconds
    logout_timeout: float = 3.0  # seconds
    reset_on_logon: bool = False  # CONTINUOUS, initiator: both numbers start at 1 with this Logon (141=Y)
    next_expected: bool = (
        False  # CONTINUOUS: 789 in the Logon says what is missing, instead of a ResendRequest
    )
    resend_chunk: int = 0  # messages one ResendRequest asks for at most; 0: all that are missing
    resend_timeout: float = 10.0  # seconds without progress after which missing messages are asked for again
    resend_tries: int = 3  # requests without progress after which the session is given up
    reject_too_low: bool = False  # a number that is too low is answered with Reject before the Logout
    resend_open_ended: bool = (
        False  # ask for all that follows (EndSeqNo 0) instead of exactly what is missing
    )
    peer_may_reset: bool = True  # CONTINUOUS, acceptor: a Logon with 141=Y starts both numbers at 1
    answers_any_number: bool = False
    """CONTINUOUS: Logout and ResendRequest are answered at once whatever their number, as some engines expect. The gap
    stays known: the next Logon shows it."""
    terse: bool = False
    """Say nothing that FIX leaves open: no Reject or Logout to who is not logged on or is silent, no RefTagID (371)
    where no single field is to blame, no Heartbeat behind a TestRequest."""
    default_appl_ver_id: str = ""  # DefaultApplVerID (1137) of our Logon; FIXT.1.1 must have it
    resendable: Resendable | None = None
    """Whether an application message may be sent again when the peer asks; None: always."""
    validate: Callable[[Message], Fault | None] | None = None
    """What a dictionary finds wrong with an inbound message (CONTINUOUS and PER_CONNECTION alike)."""
    header: Fields = ()
    """More fields of the header of every message we send (50, 57, 115 ...), as both sides have agreed."""
    logon_fields: Callable[[LogonHeader], Fields] | None = None
    """Body of the Logon (both roles), made when its header is known. 98 and 108 are put in front when it has
    none. Without it an initiator whose numbers start anew on each connection sends 141=Y."""

    def __post_init__(self) -> None:
        if not self.sender_comp_id:
            raise ValueError("sender_comp_id: must not be empty")
        if not self.target_comp_id and self.role is Role.INITIATOR:
            raise ValueError("target_comp_id: must not be empty for an initiator")
        if not 1 <= self.heart_bt_int <= MAX_HEART_BT_INT:
            raise ValueError(f"heart_bt_int {self.heart_bt_int}: must be 1 to {MAX_HEART_BT_INT} seconds")
        if self.time_precision not in (0, 3, 6):
            raise ValueError(f"time_precision {self.time_precision}: must be 0, 3 or 6")
        if self.resend_chunk < 0 or self.resend_tries < 1:
            raise ValueError("resend_chunk: must be 0 or more, resend_tries: 1 or more")
        if self.numbering is Numbering.PER_CONNECTION and (self.reset_on_logon or self.next_expected):
            raise ValueError("reset_on_logon, next_expected: only for numbers that live over connections")
        if (self.begin_string == "FIXT.1.1") != bool(self.default_appl_ver_id):
            raise ValueError(
                f"default_appl_ver_id {self.default_appl_ver_id!r}: FIXT.1.1 needs one, {self.begin_string} has none"
                if self.default_appl_ver_id
                else "default_appl_ver_id: must not be empty with begin_string FIXT.1.1"
            )
        for name in ("logon_timeout", "logout_timeout", "max_time_skew", "resend_timeout"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} {value}: must be more than 0 seconds")
