"""What a session says and asks for: drafts of messages to be sent, and the effects its caller must carry out.

Plain data. Nothing here shows field values in `repr`: a Logon carries secrets.
"""

from enum import Enum, IntEnum
from typing import Final, NamedTuple

import msgspec

from blotter.fix.codec import Fields, Message


class Instant(msgspec.Struct, frozen=True, gc=False):
    """A point in time, twice: `wall` UTC ns since the epoch (SendingTime), `mono` monotonic ns (timers).

    Ten are made on an order's way out and back: a NamedTuple would take three times as long each.
    """

    wall: int
    mono: int


class Phase(Enum):
    """The states, shown to people by these words."""

    DOWN = "down"
    LOGGING_ON = "logging on"
    LIVE = "live"
    LOGGING_OUT = "logging out"
    CLOSED = "closed"


class Draft(NamedTuple):
    """A message to be sent, without header: no number and no time yet. Group fields simply repeat in
    order."""

    msg_type: str
    fields: Fields

    def __repr__(self) -> str:
        return f"Draft(35={self.msg_type}, {len(self.fields)} fields)"


class Stamped(msgspec.Struct, frozen=True):
    """A numbered, encoded message. Its number is used up only by `Session.wrote`."""

    msg_type: str
    msg_seq_num: int
    data: bytes
    fields: Fields

    def __repr__(self) -> str:
        return f"Stamped(35={self.msg_type}, 34={self.msg_seq_num}, {len(self.data)} bytes)"


class Send(NamedTuple):
    """Write this message: stamp it, tape it, write it, then `wrote`."""

    draft: Draft


class LogonReceived(NamedTuple):
    """Acceptor only: a well-formed first Logon. Answer with `Session.accept` or `refuse` before anything
    else."""

    message: Message


class Deliver(NamedTuple):
    """An application message, in sequence, checked."""

    message: Message


class Refused(NamedTuple):
    """The peer sent Reject (3): one of our messages was not accepted. It has 45, 371, 372, 373, 58."""

    message: Message


class ResendAsked(NamedTuple):
    """The peer asks for our messages `begin` to `end` again. Answer with `Session.resend`, from the store, before
    anything newer is written."""

    begin: int
    end: int


class NumbersChanged(NamedTuple):
    """The next numbers are these now, and not by counting: a reset or a skip. To be stored at once."""

    next_out: int
    next_in: int
    reason: str


class PhaseChanged(NamedTuple):
    phase: Phase
    reason: str


class News(NamedTuple):
    """News (B), e.g. a venue about to go down. `headline` is Headline (148)."""

    headline: str
    message: Message


class RoundTrip(NamedTuple):
    """A TestRequest came back after this many nanoseconds."""

    ns: int


class Warn(NamedTuple):
    """Something a person should know; the session goes on."""

    text: str


class Disconnect(NamedTuple):
    """Close the socket now, after what was to be sent before. `clean`: a Logout handshake was completed, so
    the comp id is free at once."""

    reason: str
    clean: bool


Effect = (
    Send
    | LogonReceived
    | Deliver
    | Refused
    | ResendAsked
    | NumbersChanged
    | PhaseChanged
    | News
    | RoundTrip
    | Warn
    | Disconnect
)


class SessionRejectReason(IntEnum):
    """SessionRejectReason (373), FIX 4.4 volume 2."""

    INVALID_TAG_NUMBER = 0
    REQUIRED_TAG_MISSING = 1
    TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE = 2
    UNDEFINED_TAG = 3
    TAG_SPECIFIED_WITHOUT_A_VALUE = 4
    VALUE_IS_INCORRECT = 5
    INCORRECT_DATA_FORMAT_FOR_VALUE = 6
    DECRYPTION_PROBLEM = 7
    SIGNATURE_PROBLEM = 8
    COMP_ID_PROBLEM = 9
    SENDING_TIME_ACCURACY_PROBLEM = 10
    INVALID_MSG_TYPE = 11
    XML_VALIDATION_ERROR = 12
    TAG_APPEARS_MORE_THAN_ONCE = 13
    TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER = 14
    REPEATING_GROUP_FIELDS_OUT_OF_ORDER = 15
    INCORRECT_NUM_IN_GROUP_COUNT = 16
    NON_DATA_VALUE_INCLUDES_SOH = 17
    UNSUPPORTED_APPLICATION_VERSION = 18  # FIXT 1.1
    OTHER = 99


_WAY_BACK: Final = ((115, 128), (116, 129), (144, 145), (128, 115), (129, 116), (145, 144))


def way_back(message: Message) -> Fields:
    """Header fields of an answer to a message that came through a third party: OnBehalfOf and DeliverTo change places
    (FIX 4.4 volume 1, "FIX message routing")."""
    return [(to, value) for came, to in _WAY_BACK if (value := message.get(came))]


def reject(
    message: Message, reason: SessionRejectReason, text: str, *, tag: int | None = None, extra: Fields = ()
) -> Draft:
    """Reject (3) of an inbound message: 45, 371 when `tag` names the field, 372, 373, a venue's own, 58; in front
    the way back to who sent it through a third party."""
    fields: list[tuple[int, str | bytes]] = [*way_back(message)]
    if message.msg_seq_num >= 0:
        fields.append((45, str(message.msg_seq_num)))
    if tag is not None:
        fields.append((371, str(tag)))
    fields.append((372, message.msg_type))
    if (
        reason <= SessionRejectReason.INVALID_MSG_TYPE or message.get(8) != b"FIX.4.2"
    ):  # which knows no others
        fields.append((373, str(reason.value)))
    fields += [*extra, (58, text)]
    return Draft("3", tuple(fields))
