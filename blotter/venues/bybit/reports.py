"""What Bybit says, as events (other-venues sheet 2; its pages "Execution Report", "Cancel Order", "Amend Order").

A request is answered twice: by an acknowledgement that says little, and by a report of the order's state; the two may
come in either order, and only the report counts. A refusal bears our ReqId (30006) and nothing of the order. A report
of fills has all of them in a group, each with its own fee.
"""

from decimal import Decimal
from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory
from blotter.trading.event import AmendRejected, CancelRejected, ExecutionReport, Fee, Reason
from blotter.venues import standard
from blotter.venues.base import Decoded, Limit, LimitReport, OrderStatus, SessionRejected, Several
from blotter.venues.bybit import tags as b
from blotter.venues.bybit.orders import TABLES
from blotter.venues.reading import Reading, UnreadableError, timestamp_of
from blotter.venues.standard import tags as t
from blotter.venues.standard.tags import MsgType

NOTHING: Final = Several(())
_EXEC_TYPES: Final = {
    "A": ExecType.PENDING_NEW,
    "D": ExecType.CANCELED,
    "T": ExecType.ORDER_STATUS,
    "U": ExecType.ORDER_STATUS,
    "6": ExecType.ORDER_STATUS,
    "E": ExecType.ORDER_STATUS,
}
_ORD_STATUSES: Final = {
    "D": OrdStatus.CANCELED,  # a conditional order that was taken away
    "E": OrdStatus.NEW,
    "F": OrdStatus.CANCELED,  # after a partial fill
    "T": OrdStatus.NEW,
    "U": OrdStatus.NEW,
}
_READ: Final = msgspec.structs.replace(
    TABLES,
    exec_types={**TABLES.exec_types, **_EXEC_TYPES},
    ord_statuses={**TABLES.ord_statuses, **_ORD_STATUSES},
)
_READING: Final = Reading(b.DICTIONARY)
_REFUSED: Final = "8"
_MAKER: Final = {"Y": False, "N": True}
_ORDERS: Final = "orders"
_SECOND: Final = 1
CATEGORIES: Final = {
    170213: RejectCategory.UNKNOWN_ORDER,  # Order does not exist
    170131: RejectCategory.FUNDS,
    10006: RejectCategory.RATE,
    10002: RejectCategory.TIME,
}


def decode(message: Message, at: int) -> Decoded:
    try:
        match message.msg_type:
            case MsgType.EXECUTION_REPORT:
                return _report(message, at)
            case b.CANCEL_ACK:
                return _with_limits(message, _cancel_ack(message, at))
            case b.AMEND_ACK:
                return _with_limits(message, _amend_ack(message, at))
    except UnreadableError as cause:
        return standard.unhandled(TABLES, message, str(cause))
    return standard.decode(_READ, message, at)


def _reason(message: Message) -> Reason:
    """OrdRejReason (103) is a code of the venue's own, or a word."""
    said = message.text(t.ORD_REJ_REASON) or ""
    code = int(said) if said.lstrip("-").isdecimal() else None
    text = message.text(t.TEXT) or said or "refused without a reason"
    category = RejectCategory.OTHER if code is None else CATEGORIES.get(code, RejectCategory.OTHER)
    return Reason(category=category, text=text, code=code)


def _with_limits(message: Message, event: Decoded) -> Decoded:
    """An acknowledgement tells how much of the second's requests is left."""
    maximum, left = _READING.integer(message, b.BAPI_LIMIT), _READING.integer(message, b.BAPI_LIMIT_STATUS)
    if maximum is None or left is None or message.msg_type == b.AMEND_ACK:  # amends are counted apart
        return event
    limits = LimitReport("", (Limit(_ORDERS, max(0, maximum - left), maximum, _SECOND),))
    return Several((*(event.parts if isinstance(event, Several) else (event,)), limits))


def _cancel_ack(message: Message, at: int) -> Decoded:
    """OrderCancelAck (XCA): accepted says nothing that the report will not say; refused has neither 150 nor 39."""
    if message.text(t.EXEC_TYPE) not in (None, _REFUSED):
        return NOTHING
    return CancelRejected(
        cl_ord_id=_READING.required(message, b.REQ_ID), symbol="", reason=_reason(message), at=at
    )


def _amend_ack(message: Message, at: int) -> Decoded:
    """OrderAmendAck (XAA), likewise."""
    if message.text(t.EXEC_TYPE) not in (None, _REFUSED):
        return NOTHING
    return AmendRejected(
        cl_ord_id=_READING.required(message, b.REQ_ID), symbol="", reason=_reason(message), at=at
    )


def _report(message: Message, at: int) -> Decoded:
    of_order = all(message.get(tag) is not None for tag in (t.SYMBOL, t.SIDE, t.ORD_STATUS))
    if message.text(t.EXEC_TYPE) == _REFUSED and not of_order:
        request = message.text(b.REQ_ID) or message.text(t.CL_ORD_ID)
        if request is None:
            raise UnreadableError(
                "an order was refused, and neither ReqId (30006) nor ClOrdID (11) says which"
            )
        refused = SessionRejected(None, None, MsgType.NEW_ORDER_SINGLE, _reason(message), request)
        return _with_limits(message, refused)
    if message.text(t.SYMBOL) is None:  # an acknowledgement: the order's state follows
        return _with_limits(message, NOTHING)
    report = standard.execution_report(_READ, message, at)
    if isinstance(report, OrderStatus):
        raise UnreadableError("an answer to a question that cannot be asked here")
    paid = _READING.decimal(message, b.CUM_VALUE)
    report = msgspec.structs.replace(report, cum_quote_qty=paid, fees=(), reason=_ending(report, message))
    if message.text(b.MARKET_UNIT) == "quoteCoin" and report.ord_type is OrdType.MARKET:
        report = msgspec.structs.replace(report, cash_order_qty=report.order_qty, order_qty=None)
    event = _fills(report, message) if report.exec_type is ExecType.TRADE else report
    return _with_limits(message, event)


def _ending(report: ExecutionReport, message: Message) -> Reason | None:
    """Why it was refused, or canceled where it was not its own cancel."""
    said = message.text(b.CANCEL_TYPE)
    if report.exec_type is ExecType.REJECTED:
        return _reason(message)
    if report.ord_status not in (OrdStatus.CANCELED, OrdStatus.EXPIRED) or said in (None, "CancelByUser"):
        return None
    return Reason(category=RejectCategory.OTHER, text=said or "")


def _fills(report: ExecutionReport, message: Message) -> Several:
    """One report for each fill, the oldest first; the totals of the message are those after the last."""
    entries = message.groups(b.NO_FILLS, b.FILL_TAGS)
    if not entries:
        raise UnreadableError(f"{_READING.described(b.NO_FILLS)} is missing: a trade without its fills")
    fills = [_fill(report, entry) for entry in entries]
    cum_qty = report.cum_qty
    events: list[ExecutionReport] = []
    for fill in reversed(fills):
        last = not events
        events.append(
            msgspec.structs.replace(
                fill,
                cum_qty=cum_qty,
                cum_quote_qty=report.cum_quote_qty if last else None,
                leaves_qty=report.leaves_qty if last else None,
                ord_status=report.ord_status if last else OrdStatus.PARTIALLY_FILLED,
            )
        )
        cum_qty -= fill.last_qty
    return Several(tuple(reversed(events)))


def _fill(report: ExecutionReport, entry: Message) -> ExecutionReport:
    exec_id = _READING.required(entry, b.FILL_EXEC_ID)
    qty, px = _READING.decimal(entry, b.FILL_QTY), _READING.decimal(entry, b.FILL_PX)
    if not qty or px is None:
        raise UnreadableError(f"fill {exec_id} has no quantity or no price")
    fee, asset = _READING.decimal(entry, b.FILL_COMMISSION) or Decimal(0), entry.text(b.FILL_COMM_CURR)
    return msgspec.structs.replace(
        report,
        exec_id=exec_id,
        trade_id=exec_id,
        last_qty=qty,
        last_px=px,
        transact_time=timestamp_of(entry.get(b.FILL_TIME)) or report.transact_time,
        aggressor=_MAKER.get(entry.text(b.FILL_IS_MAKER) or ""),
        fees=(Fee(fee, asset),) if fee and asset else (),
    )
