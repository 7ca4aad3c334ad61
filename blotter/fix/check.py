"""What every inbound message must satisfy, whatever the phase: FIX 4.4 volume 2, message processing rules.

Pure: it says what is wrong and what FIX wants done about it. The session does it.
"""

from typing import NamedTuple

from blotter.fix.codec import Message
from blotter.fix.effects import SessionRejectReason
from blotter.fix.values import SECOND, parse_utc_timestamp


class Fault(NamedTuple):
    text: str
    reason: SessionRejectReason | None = None  # None: not answered with a Reject
    tag: int | None = None
    fatal: bool = True  # Logout and close; else the message alone is refused


def shown(value: str | None) -> str:
    """A peer's value, fit to be quoted in a text that goes back: ASCII, and not endless."""
    return "missing" if value is None else ascii(value)[1:-1][:60]


def framing_fault(message: Message, begin_string: str) -> Fault | None:
    """Before MsgSeqNum can mean anything: right protocol, and a number at all."""
    if message.get(8) != begin_string.encode():
        return Fault(f"BeginString (8) is {shown(message.text(8))}, expected {begin_string}")
    if message.msg_seq_num < 0:
        return Fault(f"MsgSeqNum (34) is {shown(message.text(34))}, expected a number")
    return None


def comp_id_fault(message: Message, sender_comp_id: str, target_comp_id: str) -> Fault | None:
    """The peer must be who we talk to, and must mean us. `target_comp_id` "" is anyone. Our own comp id is not said: at
    some venues it is the API key."""
    for tag, name, expected in ((49, "SenderCompID", target_comp_id), (56, "TargetCompID", sender_comp_id)):
        received = message.text(tag)
        if not received or (expected and received != expected):
            wanted = "ours" if tag == 56 else expected or "one"
            text = f"{name} ({tag}) is {shown(received)}, expected {wanted}"
            return Fault(text, SessionRejectReason.COMP_ID_PROBLEM, tag)
    return None


def clock_offset(message: Message, wall: int, max_skew: float | None) -> int | Fault:
    """SendingTime minus our wall clock in ns, when it is there, can be read, and is near enough."""
    sending_time = message.text(52)
    if sending_time is None:
        reason = SessionRejectReason.REQUIRED_TAG_MISSING
        return Fault("SendingTime (52) is missing", reason, 52, fatal=False)
    try:
        offset = parse_utc_timestamp(sending_time) - wall
    except ValueError:
        text = f"SendingTime (52) is {shown(sending_time)}, must be YYYYMMDD-HH:MM:SS with up to 9 decimals"
        return Fault(text, SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE, 52, fatal=False)
    if max_skew is not None and abs(offset) > max_skew * SECOND:
        text = f"SendingTime (52) is {offset / SECOND:+.3f} s from our clock, {max_skew:g} s are allowed"
        return Fault(text, SessionRejectReason.SENDING_TIME_ACCURACY_PROBLEM, 52)
    return offset


def duplicate_fault(message: Message) -> Fault | None:
    """What a message that may be a repetition (PossDupFlag, 43) must say: when it was sent first. Gap fills are let
    off, for most engines leave it out there."""
    if message.get(43) != b"Y" or message.msg_type == "4":
        return None
    first = message.text(122)
    if first is None:
        text = "OrigSendingTime (122) is missing though PossDupFlag (43) is Y"
        return Fault(text, SessionRejectReason.REQUIRED_TAG_MISSING, 122, fatal=False)
    try:
        later = parse_utc_timestamp(first) > parse_utc_timestamp(message.text(52) or "")
    except ValueError:
        text = f"OrigSendingTime (122) is {shown(first)}, must be YYYYMMDD-HH:MM:SS with up to 9 decimals"
        return Fault(text, SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE, 122, fatal=False)
    if later:
        text = "OrigSendingTime (122) is after SendingTime (52)"
        return Fault(text, SessionRejectReason.SENDING_TIME_ACCURACY_PROBLEM, 122)
    return None
