"""Is a client's message legal? The venue's strictness, tag by tag (fact sheet sections 2, 3.8 and 12). Pure.

Judges form only: which tags, in which order, how often, with what kind of value. Whether the request makes sense is
judged where it is read. What is legal stands in `blotter.venues.binance.messages` and `fields`, the same tables the
dialect is written from.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from blotter.fix.codec import Message
from blotter.fix.effects import Draft, SessionRejectReason, reject
from blotter.fix.values import SECOND, parse_utc_timestamp
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.fields import FIELDS, Type
from blotter.venues.binance.messages import (
    CLIENT_ID_PATTERN,
    CLIENT_ID_TAGS,
    CLIENT_MESSAGES,
    HEADER,
    UTF8_TAGS,
    Shape,
)

DECIMALS: Final = 8
AHEAD: Final = SECOND
MAX_RECV_WINDOW: Final = 60_000  # milliseconds

_HEADER: Final = frozenset(HEADER)
_REQUIRED_HEADER: Final = (t.SENDER_COMP_ID, t.TARGET_COMP_ID, t.MSG_SEQ_NUM, t.SENDING_TIME)
_CLIENT_ID: Final = re.compile(CLIENT_ID_PATTERN.encode())
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]+")
_DECIMAL: Final = re.compile(rb"([0-9]{1,20})(?:\.([0-9]{1,20}))?")
_DECIMAL_RANGE: Final = "^([0-9]{1,20})(\\.[0-9]{1,20})?$"
_LARGEST: Final = 10**11  # of a price or quantity; more overflows
_PATTERNS: Final[Mapping[Type, re.Pattern[bytes]]] = {
    Type.BOOLEAN: re.compile(rb"[YN]"),
    Type.CHAR: re.compile(rb"."),
    Type.FLOAT: re.compile(rb"[0-9]{1,15}(\.[0-9]{1,3})?"),
    Type.INT: re.compile(rb"-?[0-9]{1,18}"),
    Type.LENGTH: re.compile(rb"[0-9]{1,18}"),
    Type.NUMINGROUP: re.compile(rb"[0-9]{1,9}"),
    Type.SEQNUM: re.compile(rb"[0-9]{1,10}"),
}
_ENUM_FAULTS: Final[Mapping[int, tuple[ErrorCode, str]]] = {
    t.SIDE: (ErrorCode.INVALID_SIDE, ErrorText.INVALID_SIDE),
    t.ORD_TYPE: (ErrorCode.INVALID_ORDER_TYPE, ErrorText.INVALID_ORDER_TYPE),
    t.TIME_IN_FORCE: (ErrorCode.INVALID_TIF, ErrorText.INVALID_TIF),
    t.CANCEL_RESTRICTIONS: (
        ErrorCode.INVALID_CANCEL_RESTRICTIONS,
        "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`.",
    ),
    t.PEG_PRICE_TYPE: (ErrorCode.INVALID_PEG_PRICE_TYPE, ErrorText.INVALID_PEG_PRICE_TYPE),
    t.PEG_OFFSET_TYPE: (ErrorCode.INVALID_PEG_OFFSET_TYPE, ErrorText.INVALID_PEG_OFFSET_TYPE),
}
_WRONG_KIND: Final[Mapping[SessionKind, tuple[ErrorCode, str]]] = {
    SessionKind.ORDER_ENTRY: (
        ErrorCode.NOT_ALLOWED_IN_ORDER_ENTRY_SESSIONS,
        ErrorText.NOT_ALLOWED_IN_ORDER_ENTRY,
    ),
    SessionKind.MARKET_DATA: (
        ErrorCode.NOT_ALLOWED_IN_MARKET_DATA_SESSIONS,
        ErrorText.NOT_ALLOWED_IN_MARKET_DATA,
    ),
    SessionKind.DROP_COPY: (
        ErrorCode.NOT_ALLOWED_IN_DROP_COPY_SESSIONS,
        ErrorText.NOT_ALLOWED_IN_DROP_COPY,
    ),
}
_KNOWN_TYPES: Final = frozenset().union(*CLIENT_MESSAGES.values())


class Fault(NamedTuple):
    """Why a message is refused, as a Reject (3) says it."""

    code: int
    text: str
    reason: SessionRejectReason = SessionRejectReason.VALUE_IS_INCORRECT
    tag: int | None = None

    def draft(self, message: Message) -> Draft:
        """The Reject of `message`."""
        extra = ((t.ERROR_CODE, str(int(self.code))),)
        return reject(message, self.reason, self.text, tag=self.tag, extra=extra)


class IllegalMessageError(Exception):
    """A fault found while a message is read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def check(message: Message, kind: SessionKind) -> Fault | None:
    """The first thing wrong with the form of a message on a session of this kind."""
    if message.text(t.BEGIN_STRING) not in FIELDS[t.BEGIN_STRING].values:
        text = ErrorText.INVALID_PARAMETER.format("BeginString")
        return Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.BEGIN_STRING)
    shape = CLIENT_MESSAGES[kind].get(message.msg_type)
    if shape is None:
        if message.msg_type in _KNOWN_TYPES:
            return Fault(*_WRONG_KIND[kind], SessionRejectReason.OTHER)
        text = ErrorText.INVALID_PARAMETER.format("MsgType")
        return Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.MSG_TYPE)
    try:
        _check(message, shape)
    except IllegalMessageError as error:
        return error.fault
    return None


def _check(message: Message, shape: Shape) -> None:
    pairs = [(_tag(tag), value) for tag, value in message.pairs[3:-1]]
    header: set[int] = set()
    start = 0
    for tag, value in pairs:
        if tag not in _HEADER:
            break
        _check_value(tag, value)
        _once(header, tag)
        start += 1
    for tag in _REQUIRED_HEADER:
        if tag not in header:
            late = any(tag == other for other, _ in pairs)
            raise IllegalMessageError(_out_of_order(tag) if late else _missing(tag))
    _check_fields(pairs, start, shape, entry=False)


def _check_fields(pairs: list[tuple[int, bytes]], at: int, shape: Shape, *, entry: bool) -> int:
    """Check a message body or, with `entry`, a group entry from `at` on; where it ends."""
    seen: set[int] = set()
    start = at
    while at < len(pairs):
        tag, value = pairs[at]
        if entry and (tag not in shape.fields or (at > start and tag == pairs[start][0])):
            break  # what follows is another entry, or belongs to what holds the group
        if tag not in shape.fields:
            raise IllegalMessageError(_misplaced(tag, value))
        _check_value(tag, value)
        _once(seen, tag)
        at += 1
        group = shape.groups.get(tag)
        if group is not None:
            at = _check_group(pairs, at, tag, int(value), group)
            if at < len(pairs) and pairs[at][0] in group.fields and pairs[at][0] not in shape.fields:
                raise IllegalMessageError(_wrong_count(tag))
    for tag, required in shape.fields.items():
        if required and tag not in seen:
            raise IllegalMessageError(_missing(tag))
    return at


def _check_group(pairs: list[tuple[int, bytes]], at: int, count_tag: int, count: int, shape: Shape) -> int:
    """Check `count` entries from `at` on; where they end."""
    for _ in range(count):
        if at >= len(pairs) or pairs[at][0] not in shape.fields:
            raise IllegalMessageError(_wrong_count(count_tag))
        if pairs[at][0] != next(iter(shape.fields)):
            raise IllegalMessageError(
                Fault(
                    ErrorCode.GROUP_FIELDS_OUT_OF_ORDER,
                    ErrorText.GROUP_OUT_OF_ORDER.format(FIELDS[count_tag].name),
                    SessionRejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER,
                    count_tag,
                )
            )
        at = _check_fields(pairs, at, shape, entry=True)
    return at


def _wrong_count(count_tag: int) -> Fault:
    return Fault(
        ErrorCode.INCORRECT_NUM_IN_GROUP_COUNT,
        ErrorText.GROUP_COUNT.format(FIELDS[count_tag].name),
        SessionRejectReason.INCORRECT_NUM_IN_GROUP_COUNT,
        count_tag,
    )


def _tag(tag: bytes) -> int:
    if not tag.isdigit() or tag.startswith(b"0") or len(tag) > 9:
        raise IllegalMessageError(
            Fault(
                ErrorCode.INVALID_TAG_NUMBER,
                ErrorText.INVALID_TAG_NUMBER,
                SessionRejectReason.INVALID_TAG_NUMBER,
            )
        )
    return int(tag)


def _misplaced(tag: int, value: bytes) -> Fault:
    """A tag that does not belong where it stands: unknown, from the header, or from another message."""
    if not value:
        return _empty(tag)
    if tag not in FIELDS:
        return Fault(ErrorCode.UNKNOWN_PARAM, ErrorText.UNKNOWN_TAG, SessionRejectReason.UNDEFINED_TAG, tag)
    if tag in _HEADER:
        return _out_of_order(tag)
    return Fault(
        ErrorCode.TAG_NOT_DEFINED_IN_MESSAGE,
        ErrorText.TAG_NOT_DEFINED.format(tag),
        SessionRejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE,
        tag,
    )


def _once(seen: set[int], tag: int) -> None:
    if tag in seen:
        raise IllegalMessageError(
            Fault(
                ErrorCode.TAG_APPEARS_MORE_THAN_ONCE,
                ErrorText.TAG_TWICE.format(tag),
                SessionRejectReason.TAG_APPEARS_MORE_THAN_ONCE,
                tag,
            )
        )
    seen.add(tag)


def _empty(tag: int) -> Fault:
    return Fault(ErrorCode.GARBLED_MESSAGE, ErrorText.NO_VALUE, SessionRejectReason.VALUE_IS_INCORRECT, tag)


def _missing(tag: int) -> Fault:
    return Fault(
        ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED,
        ErrorText.TAG_MISSING.format(tag),
        SessionRejectReason.REQUIRED_TAG_MISSING,
        tag,
    )


def _out_of_order(tag: int) -> Fault:
    return Fault(
        ErrorCode.TAG_OUT_OF_ORDER,
        ErrorText.TAG_OUT_OF_ORDER.format(tag),
        SessionRejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER,
        tag,
    )


def _malformed(tag: int, code: ErrorCode, text: str) -> IllegalMessageError:
    return IllegalMessageError(Fault(code, text, SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE, tag))


def _check_value(tag: int, value: bytes) -> None:
    """Charset, type, enumeration and, for client ids, the pattern."""
    field = FIELDS[tag]
    if not value:
        raise IllegalMessageError(_empty(tag))
    if _PRINTABLE.fullmatch(value) is None and not (tag in UTF8_TAGS and _is_text(value)):
        raise _malformed(tag, ErrorCode.GARBLED_MESSAGE, ErrorText.NOT_ASCII)
    if tag in CLIENT_ID_TAGS and _CLIENT_ID.fullmatch(value) is None:
        legal = f"^{CLIENT_ID_PATTERN}$"
        raise _malformed(tag, ErrorCode.ILLEGAL_CHARS, ErrorText.ILLEGAL_CHARS.format(field.name, legal))
    if field.type in (Type.PRICE, Type.QTY):
        _check_decimal(tag, field.name, value)
    elif field.type is Type.UTCTIMESTAMP:
        try:
            parse_utc_timestamp(value.decode("ascii"))
        except ValueError:
            raise _no_value(tag, field.name) from None
    else:
        pattern = _PATTERNS.get(field.type)
        if pattern is not None and pattern.fullmatch(value) is None:
            raise _no_value(tag, field.name)
    if field.values and value.decode("utf-8", "replace") not in field.values:
        code, text = _ENUM_FAULTS.get(tag, (ErrorCode.INVALID_PARAMETER, ErrorText.INVALID_PARAMETER))
        raise IllegalMessageError(Fault(code, text.format(field.name), tag=tag))


def _check_decimal(tag: int, name: str, value: bytes) -> None:
    match = _DECIMAL.fullmatch(value)
    if match is None:
        raise _malformed(tag, ErrorCode.ILLEGAL_CHARS, ErrorText.ILLEGAL_CHARS.format(name, _DECIMAL_RANGE))
    if len(match[2] or b"") > DECIMALS:
        raise _malformed(tag, ErrorCode.BAD_PRECISION, ErrorText.BAD_PRECISION.format(name))
    if int(match[1]) >= _LARGEST:
        raise _malformed(tag, ErrorCode.PARAM_OVERFLOW, ErrorText.OVERFLOW.format(name))


def _no_value(tag: int, name: str) -> IllegalMessageError:
    return _malformed(tag, ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, ErrorText.MALFORMED.format(name))


def _is_text(value: bytes) -> bool:
    try:
        return value.decode().isprintable()
    except UnicodeDecodeError:
        return False


def check_time(message: Message, now: int, default_window: float | None = None) -> Fault | None:
    """SendingTime against the server's clock and RecvWindow (fact sheet section 5). `now`: UTC ns.

    `default_window`: milliseconds to assume when the message names none; None checks no age.
    """
    sent = parse_utc_timestamp(message.text(t.SENDING_TIME) or "")
    stated = message.text(t.RECV_WINDOW)
    window = float(stated) if stated is not None else default_window
    if window is not None and window > MAX_RECV_WINDOW:
        text = f"'RecvWindow' contains unexpected value. Cannot be greater than {MAX_RECV_WINDOW}."
        return Fault(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, text, tag=t.RECV_WINDOW)
    reason = SessionRejectReason.SENDING_TIME_ACCURACY_PROBLEM
    if sent >= now + AHEAD:
        return Fault(ErrorCode.INVALID_TIMESTAMP, ErrorText.AHEAD_OF_SERVER, reason, t.SENDING_TIME)
    if window is not None and now - sent > window * 1_000_000:
        return Fault(ErrorCode.INVALID_TIMESTAMP, ErrorText.OUTSIDE_RECV_WINDOW, reason, t.SENDING_TIME)
    return None
