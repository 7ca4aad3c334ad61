"""What Binance says, as events (fact sheet sections 3.8, 4, 6, 7, 9 and 15).

Unknown tags, orders of fields and enum values are the venue's news, never a reason to raise or to
disconnect. A value that decides what became of an order (ExecType, OrdStatus ...) and is unknown here is
not guessed at: the whole message becomes `Unhandled`, with the cause and the ids a person needs to look
the order up.
"""

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from blotter.fix.codec import Message
from blotter.trading.enums import ContingencyType, ListOrderStatus, ListStatusType, RejectCategory
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ListMember,
    ListReport,
    MassCancelReport,
    Reason,
)
from blotter.venues.base import Decoded, Limit, LimitReport, SessionRejected, Unhandled
from blotter.venues.binance import errors, market_data
from blotter.venues.binance import tags as t
from blotter.venues.binance.dictionary import DICTIONARY
from blotter.venues.binance.execution_report import execution_report, refusal
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.reading import UnreadableError, described, integer, required, timestamp_of
from blotter.venues.binance.tags import MsgType

_E = TypeVar("_E", bound=Enum)

_LEG_TAGS = DICTIONARY.groups[t.NO_ORDERS]
_LIMIT_KINDS = {"1": "orders", "2": "messages", "3": "subscriptions"}
_IDS = (
    t.SYMBOL,
    t.CL_ORD_ID,
    t.ORIG_CL_ORD_ID,
    t.ORDER_ID,
    t.EXEC_ID,
    t.CUM_QTY,
    t.LIST_ID,
    t.CL_LIST_ID,
    t.TEXT,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REJECT_CLASSES = {8: RejectCategory.PERMISSION, 10: RejectCategory.TIME}


class Inbound:
    """Decodes; `streams` are the connection's, because the venue sends only what changed."""

    def __init__(self) -> None:
        self.streams = market_data.Streams()
        self._readers: dict[str, Callable[[Message, int], Decoded]] = {
            MsgType.EXECUTION_REPORT: execution_report,
            MsgType.ORDER_CANCEL_REJECT: _cancel_reject,
            MsgType.ORDER_AMEND_REJECT: _amend_reject,
            MsgType.ORDER_MASS_CANCEL_REPORT: _mass_cancel_report,
            MsgType.LIST_STATUS: _list_status,
            MsgType.LIMIT_RESPONSE: _limit_response,
            MsgType.REJECT: _reject,
            MsgType.MARKET_DATA_SNAPSHOT: self.streams.snapshot,
            MsgType.MARKET_DATA_INCREMENTAL_REFRESH: self.streams.refresh,
            MsgType.MARKET_DATA_REQUEST_REJECT: market_data.request_reject,
            MsgType.INSTRUMENT_LIST: market_data.instrument_list,
        }

    def decode(self, message: Message, at: int) -> Decoded:
        """`at`: UTC ns of receipt. Never raises on a whole message."""
        reader = self._readers.get(message.msg_type)
        if reader is None:
            return Unhandled(message.msg_type, f"MsgType {message.msg_type} is unknown here{_ids(message)}")
        try:
            return reader(message, at)
        except UnreadableError as cause:
            return Unhandled(message.msg_type, f"{cause}{_ids(message)}", message.text(t.MD_REQ_ID) or "")


def _cancel_reject(message: Message, at: int) -> CancelRejected:
    return CancelRejected(
        cl_ord_id=required(message, t.CL_ORD_ID),
        symbol=required(message, t.SYMBOL),
        reason=refusal(message),
        at=at,
        orig_cl_ord_id=message.text(t.ORIG_CL_ORD_ID),
        order_id=message.text(t.ORDER_ID),
        list_id=message.text(t.LIST_ID),
        cl_list_id=message.text(t.ORIG_CL_LIST_ID),
    )


def _amend_reject(message: Message, at: int) -> AmendRejected:
    return AmendRejected(
        cl_ord_id=required(message, t.CL_ORD_ID),
        symbol=required(message, t.SYMBOL),
        reason=refusal(message),
        at=at,
        orig_cl_ord_id=message.text(t.ORIG_CL_ORD_ID),
        order_id=message.text(t.ORDER_ID),
    )


def _mass_cancel_report(message: Message, at: int) -> MassCancelReport:
    response = message.get(t.MASS_CANCEL_RESPONSE)
    if response not in (b"0", b"1"):
        raise UnreadableError(f"{described(t.MASS_CANCEL_RESPONSE, response)} is missing or unknown here")
    return MassCancelReport(
        cl_ord_id=required(message, t.CL_ORD_ID),
        symbol=required(message, t.SYMBOL),
        at=at,
        total_affected=integer(message, t.TOTAL_AFFECTED_ORDERS),
        reason=refusal(message) if response == b"0" else None,
    )


def _list_status(message: Message, at: int) -> ListReport:
    """ListStatus (N). Symbol and refusal stand at the top level in some editions, in the legs in others."""
    legs = message.groups(t.NO_ORDERS, _LEG_TAGS)
    top = message.text(t.SYMBOL)
    members = tuple(
        ListMember(
            symbol=leg.text(t.SYMBOL) or top or required(leg, t.SYMBOL),
            cl_ord_id=required(leg, t.CL_ORD_ID),
            order_id=leg.text(t.ORDER_ID),
        )
        for leg in legs
    )
    contingency = message.text(t.CONTINGENCY_TYPE)
    order_status = _known(message, t.LIST_ORDER_STATUS, ListOrderStatus)
    return ListReport(
        list_id=message.text(t.LIST_ID),
        cl_list_id=message.text(t.CL_LIST_ID),
        status_type=_known(message, t.LIST_STATUS_TYPE, ListStatusType),
        order_status=order_status,
        at=at,
        symbol=members[0].symbol if members else top or "",
        orig_cl_list_id=message.text(t.ORIG_CL_LIST_ID),
        contingency=next((kind for kind in ContingencyType if kind.value == contingency), None),
        members=members,
        transact_time=timestamp_of(message.get(t.TRANSACT_TIME)),
        reason=_list_refusal(message, legs, order_status),
    )


def _list_refusal(message: Message, legs: list[Message], order_status: ListOrderStatus) -> Reason | None:
    """Of the leg that says most, where one does: the message's first code and first text may be of different legs."""
    told = [part for part in legs if _says(part)] or [part for part in (message,) if _says(part)]
    if told:
        return refusal(max(told, key=_says))
    if order_status is not ListOrderStatus.REJECT:
        return None
    return Reason(category=RejectCategory.OTHER, text=_meaning(message, t.LIST_REJECT_REASON))


def _says(part: Message) -> int:
    """How much a message or leg says of a refusal: a text more than a code."""
    return 2 * bool(part.get(t.TEXT)) + bool(part.get(t.ERROR_CODE))


def _known(message: Message, tag: int, enum: type[_E]) -> _E:
    """A value that decides; unknown ones are not guessed at."""
    value = required(message, tag)
    try:
        return enum(value)
    except ValueError:
        raise UnreadableError(f"{described(tag, message.get(tag))} is unknown here") from None


def _limit_response(message: Message, _at: int) -> LimitReport:
    return LimitReport(
        required(message, t.REQ_ID),
        tuple(_limit(entry) for entry in message.groups(t.NO_LIMIT_INDICATORS)),
    )


def _limit(entry: Message) -> Limit:
    kind = required(entry, t.LIMIT_TYPE)
    used, maximum = integer(entry, t.LIMIT_COUNT), integer(entry, t.LIMIT_MAX)
    if used is None or maximum is None:
        raise UnreadableError(f"{described(t.LIMIT_COUNT)} or {described(t.LIMIT_MAX)} is missing")
    count = integer(entry, t.LIMIT_RESET_INTERVAL)
    interval = None
    if count is not None:
        unit = required(entry, t.LIMIT_RESET_INTERVAL_RESOLUTION)
        if unit not in _SECONDS:
            raise UnreadableError(
                f"{described(t.LIMIT_RESET_INTERVAL_RESOLUTION, unit.encode())} is unknown here"
            )
        interval = count * _SECONDS[unit]
    return Limit(_LIMIT_KINDS.get(kind, f"limit type {kind}"), used, maximum, interval)


def _reject(message: Message, _at: int) -> SessionRejected:
    """Reject (3): every field is optional; SessionRejectReason stands in where code or text is missing."""
    code = integer(message, t.ERROR_CODE)
    session_reason = message.text(t.SESSION_REJECT_REASON)
    text = message.text(t.TEXT)
    if text is None:
        text = "" if session_reason is None else _meaning(message, t.SESSION_REJECT_REASON)
    reason = errors.reason(code, text)
    if code is None and reason.category is RejectCategory.OTHER:
        category = RejectCategory.SESSION
        if session_reason is not None and session_reason.isdecimal():
            category = _REJECT_CLASSES.get(int(session_reason), category)
        reason = Reason(category=category, text=text)
    return SessionRejected(
        integer(message, t.REF_SEQ_NUM),
        integer(message, t.REF_TAG_ID),
        message.text(t.REF_MSG_TYPE),
        reason,
    )


def _ids(message: Message) -> str:
    """What a person needs to look the message's subject up elsewhere."""
    known = [f"{FIELDS[tag].name} {message.text(tag)}" for tag in _IDS if message.get(tag) is not None]
    return f" ({', '.join(known)})" if known else ""


def _meaning(message: Message, tag: int) -> str:
    value = message.text(tag) or "?"
    return FIELDS[tag].values.get(value, value)
