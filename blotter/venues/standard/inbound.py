"""Standard messages about orders as events: 8, 9, 3, j and r (FIX 4.4 volume 2 and 4). Pure; keeps nothing.

What comes twice (PossDupFlag 43, PossResend 97) is decoded twice: its ExecID tells the ledger.
"""

from blotter.fix.codec import Message
from blotter.trading.enums import ExecType, OrdStatus
from blotter.trading.event import AmendRejected, CancelRejected, ExecutionReport, MassCancelReport
from blotter.venues.base import Decoded, OrderStatus, SessionRejected, Several, Unhandled
from blotter.venues.reading import Reading, UnreadableError
from blotter.venues.standard import reasons
from blotter.venues.standard import tags as t
from blotter.venues.standard.report import execution_report, named
from blotter.venues.standard.tables import Standard
from blotter.venues.standard.tags import MsgType

_ORDER_REQUESTS = frozenset(
    {
        MsgType.NEW_ORDER_SINGLE,
        MsgType.ORDER_CANCEL_REQUEST,
        MsgType.ORDER_CANCEL_REPLACE_REQUEST,
        MsgType.ORDER_MASS_CANCEL_REQUEST,
    }
)
_QUESTIONS = (MsgType.ORDER_STATUS_REQUEST, MsgType.ORDER_MASS_STATUS_REQUEST)
_OF_CANCEL, _OF_CHANGE = "1", "2"
_MASS_CANCEL_REFUSED = "0"
_IDS = (t.SYMBOL, t.CL_ORD_ID, t.ORIG_CL_ORD_ID, t.ORDER_ID, t.EXEC_ID, t.CUM_QTY, t.TEXT)


def decode(standard: Standard, message: Message, at: int) -> Decoded:
    """`at`: UTC ns of receipt. Never raises on a whole message: what cannot be told for sure is `Unhandled`, which
    names field and value."""
    try:
        match message.msg_type:
            case MsgType.EXECUTION_REPORT:
                told = execution_report(standard, message, at)
                return Several(()) if _decides_nothing(told) else told
            case MsgType.ORDER_CANCEL_REJECT:
                return _cancel_reject(standard, message, at)
            case MsgType.ORDER_MASS_CANCEL_REPORT:
                return _mass_cancel_report(standard, message, at)
            case MsgType.BUSINESS_MESSAGE_REJECT:
                return _business_reject(standard, message)
            case MsgType.REJECT:
                return _reject(standard, message)
    except UnreadableError as cause:
        return unhandled(standard, message, str(cause))
    return unhandled(standard, message, f"MsgType {message.msg_type} is unknown here")


def unhandled(standard: Standard, message: Message, cause: str) -> Unhandled:
    """With what a person needs to look the message's subject up elsewhere."""
    name = standard.dictionary.field_name
    known = [f"{name(tag)} {message.text(tag)}" for tag in _IDS if message.get(tag) is not None]
    return Unhandled(message.msg_type, f"{cause} ({', '.join(known)})" if known else cause)


def request_id(message: Message) -> str | None:
    """The id an outbound message of ours is answered by, if it is an order request (`Venue.request_id`)."""
    return message.text(t.CL_ORD_ID) if message.msg_type in _ORDER_REQUESTS else None


def _decides_nothing(told: ExecutionReport | OrderStatus) -> bool:
    """Pending New that names no OrderID: the order has arrived, and may still be refused. Were it taken as accepted,
    the refusal would find a live order, and nothing to tell that it means that one."""
    if isinstance(told, OrderStatus) or told.order_id is not None:
        return False
    return told.exec_type is ExecType.PENDING_NEW and told.ord_status is OrdStatus.PENDING_NEW


def _cancel_reject(standard: Standard, message: Message, at: int) -> CancelRejected | AmendRejected:
    """OrderCancelReject (9), the answer to F and G alike. It bears no Symbol (55) in FIX 4.4."""
    reading = Reading(standard.dictionary)
    answer_to = message.text(t.CXL_REJ_RESPONSE_TO)
    if answer_to not in (None, _OF_CANCEL, _OF_CHANGE):
        described = reading.described(t.CXL_REJ_RESPONSE_TO, message.get(t.CXL_REJ_RESPONSE_TO))
        raise UnreadableError(f"{described} is unknown here")
    rejected = AmendRejected if answer_to == _OF_CHANGE else CancelRejected
    return rejected(
        cl_ord_id=reading.required(message, t.CL_ORD_ID),
        symbol=message.text(t.SYMBOL) or "",
        reason=reasons.of_cancel_reject(standard, message),
        at=at,
        orig_cl_ord_id=named(standard, message, t.ORIG_CL_ORD_ID),
        order_id=named(standard, message, t.ORDER_ID),
    )


def _mass_cancel_report(standard: Standard, message: Message, at: int) -> MassCancelReport:
    reading = Reading(standard.dictionary)
    refused = reading.required(message, t.MASS_CANCEL_RESPONSE) == _MASS_CANCEL_REFUSED
    return MassCancelReport(
        cl_ord_id=reading.required(message, t.CL_ORD_ID),
        symbol=message.text(t.SYMBOL) or "",
        at=at,
        total_affected=reading.integer(message, t.TOTAL_AFFECTED_ORDERS),
        reason=reasons.of_mass_cancel(standard, message) if refused else None,
    )


def _business_reject(standard: Standard, message: Message) -> SessionRejected | OrderStatus:
    """BusinessMessageReject (j). A refused question is no refused order, though it may bear the order's ClOrdID."""
    reading = Reading(standard.dictionary)
    reason = reasons.of_business(standard, message)
    refused = message.text(t.REF_MSG_TYPE)
    ref_id = message.text(t.BUSINESS_REJECT_REF_ID)
    if refused in _QUESTIONS:
        return OrderStatus(ref_id or "", None, reason=reason)
    return SessionRejected(reading.integer(message, t.REF_SEQ_NUM), None, refused, reason, ref_id)


def _reject(standard: Standard, message: Message) -> SessionRejected:
    reading = Reading(standard.dictionary)
    return SessionRejected(
        reading.integer(message, t.REF_SEQ_NUM),
        reading.integer(message, t.REF_TAG_ID),
        message.text(t.REF_MSG_TYPE),
        reasons.of_session(standard, message),
    )
