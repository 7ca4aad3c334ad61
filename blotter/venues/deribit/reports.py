"""What Deribit says, as events (other-venues sheet 4.1, and its pages "Execution Reports", "Order Cancel Reject",
"Order Mass Status Request", "Order Mass Cancel Report", "Security List").

In every report ClOrdID (11) is the server's id and OrigClOrdID (41) is ours: they are turned back here, and the
server's becomes the OrderID, for it is what requests name. ExecType I only mirrors the status. A refusal of a cancel
does not say whether it answers a cancel or a change.
"""

from decimal import Decimal
from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import ExecType, OrdStatus, RejectCategory
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    MassCancelReport,
    Reason,
)
from blotter.trading.instrument import Instrument
from blotter.venues import standard
from blotter.venues.base import Decoded, InstrumentsListed, OrderStatus, Several
from blotter.venues.deribit.dictionary import DICTIONARY
from blotter.venues.deribit.orders import SECURITY_REQ_ID, TABLES
from blotter.venues.reading import Reading, UnreadableError
from blotter.venues.standard import tags as t
from blotter.venues.standard.tags import MsgType

SECURITY_LIST: Final = "y"
SPOT: Final = "FXSPOT"
CONTRACTS: Final = "contracts"
"""What quantities are counted in where one is not one unit of the base currency."""
NO_RELATED_SYM, SECURITY_TYPE, CURRENCY, PRICE_QUOTE_CURRENCY = 146, 167, 15, 1524
MIN_PRICE_INCREMENT, MIN_TRADE_VOL, CONTRACT_MULTIPLIER, TRD_MATCH_ID = 969, 562, 231, 880
_LISTED: Final = frozenset(
    {55, 107, SECURITY_TYPE, 201, 202, 947, CURRENCY, PRICE_QUOTE_CURRENCY, 2576, MIN_PRICE_INCREMENT, 311, 225, 541}
    | {1079, MIN_TRADE_VOL, 63, 120, 479, CONTRACT_MULTIPLIER, 454, 455, 456, 1205, 1206, 1208, 965}
)  # fmt: skip
_UNTRADED: Final = frozenset({"INDEX"})
_MIRRORED: Final = {
    # Not asked for, and alive: these are its terms now. Whether they are new is told by nothing but themselves.
    OrdStatus.NEW: ExecType.REPLACED,
    OrdStatus.PARTIALLY_FILLED: ExecType.REPLACED,
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.REJECTED,
    OrdStatus.EXPIRED: ExecType.EXPIRED,
}
NOTHING: Final = Several(())
_EXEC_TYPES: Final = {
    "7": ExecType.ORDER_STATUS,  # a stop that was triggered works on
    "3": ExecType.EXPIRED,  # done for the day
}
_READ: Final = msgspec.structs.replace(TABLES, exec_types={**TABLES.exec_types, **_EXEC_TYPES})
_READING: Final = Reading(DICTIONARY)


class Reports:
    """Decodes. Counts the reports that answer a question about all open orders, for only the first of them names it."""

    def __init__(self) -> None:
        self._listing = ""  # the question that is being answered
        self._total = 0
        self._left = 0
        self._last_seq_num = 0

    def decode(self, message: Message, at: int) -> Decoded:
        if (
            message.msg_seq_num <= self._last_seq_num
        ):  # another connection: an answer that was broken off is over
            self._left = 0
        self._last_seq_num = message.msg_seq_num
        try:
            match message.msg_type:
                case MsgType.EXECUTION_REPORT:
                    return self._report(message, at)
                case MsgType.ORDER_CANCEL_REJECT:
                    return _refused(message, at)
                case MsgType.ORDER_MASS_CANCEL_REPORT:
                    return _mass_cancelled(message, at)
                case _ if message.msg_type == SECURITY_LIST:
                    return _listed(message)
        except UnreadableError as cause:
            return standard.unhandled(TABLES, message, str(cause))
        return standard.decode(_READ, message, at)

    def _report(self, message: Message, at: int) -> Decoded:
        total = _READING.integer(message, t.TOT_NUM_REPORTS)
        if total is not None:
            asked = _READING.required(message, t.MASS_STATUS_REQ_ID)
            self._listing, self._total, self._left = asked, total, total
            return OrderStatus(asked, None, total)
        if (
            message.text(t.SYMBOL) is None
        ):  # the first, brief word of a cancel: the order's last state follows
            return NOTHING
        report = standard.execution_report(_READ, message, at)
        if isinstance(report, OrderStatus):
            if report.report is None:
                return report
            report = report.report
        report = _turned(report, message)
        if report.exec_type is not ExecType.ORDER_STATUS:
            return report
        if self._left:
            self._left -= 1
            return OrderStatus(self._listing, report, self._total)
        return msgspec.structs.replace(report, exec_type=_MIRRORED.get(report.ord_status, report.exec_type))


def _turned(report: ExecutionReport, message: Message) -> ExecutionReport:
    """With our id and the server's where they belong."""
    server, ours = message.text(t.CL_ORD_ID), message.text(t.ORIG_CL_ORD_ID)
    return msgspec.structs.replace(
        report,
        cl_ord_id=ours,
        orig_cl_ord_id=None,
        order_id=server or report.order_id,
        exec_id=report.exec_id or message.text(TRD_MATCH_ID),
        trade_id=report.trade_id or (message.text(TRD_MATCH_ID) if report.last_qty else None),
        fees=(),  # Commission (12) is always 0, which is not what the trade costs
    )


def _refused(message: Message, at: int) -> Several:
    """OrderCancelReject (9): of a cancel or of a change, whichever is waited for."""
    ours, server = message.text(t.ORIG_CL_ORD_ID), message.text(t.CL_ORD_ID)
    if ours is None and server is None:
        raise UnreadableError("neither ClOrdID (11) nor OrigClOrdID (41) says which order")
    reason = Reason(category=RejectCategory.OTHER, text=message.text(t.TEXT) or "refused without a reason")
    symbol = message.text(t.SYMBOL) or ""
    return Several(
        tuple(
            kind(cl_ord_id="", symbol=symbol, reason=reason, at=at, orig_cl_ord_id=ours, order_id=server)
            for kind in (CancelRejected, AmendRejected)
        )
    )


def _mass_cancelled(message: Message, at: int) -> MassCancelReport:
    """OrderMassCancelReport (r): done where MassCancelResponse (531) repeats what was asked."""
    done = message.text(t.MASS_CANCEL_RESPONSE) is not None
    text = message.text(t.TEXT) or "refused without a reason"
    return MassCancelReport(
        cl_ord_id=_READING.required(message, t.CL_ORD_ID),
        symbol=message.text(t.SYMBOL) or "",
        at=at,
        total_affected=_READING.integer(message, t.TOTAL_AFFECTED_ORDERS),
        reason=None if done else Reason(category=RejectCategory.OTHER, text=text),
    )


def _listed(message: Message) -> InstrumentsListed:
    entries = message.groups(NO_RELATED_SYM, _LISTED)
    found = [_instrument(entry) for entry in entries if entry.text(SECURITY_TYPE) not in _UNTRADED]
    return InstrumentsListed(_READING.required(message, SECURITY_REQ_ID), tuple(found))


def _instrument(entry: Message) -> Instrument:
    """One contract counts as one unit of the base currency on spot pairs that say so; everywhere else quantities stay
    contracts, and no worth in money is reckoned from them."""
    multiplier, smallest = (
        _READING.decimal(entry, CONTRACT_MULTIPLIER),
        _READING.decimal(entry, MIN_TRADE_VOL),
    )
    units = entry.text(SECURITY_TYPE) == SPOT and multiplier in (None, Decimal(1))
    return Instrument(
        symbol=_READING.required(entry, t.SYMBOL),
        base=(entry.text(CURRENCY) or "") if units else CONTRACTS,
        quote=(entry.text(PRICE_QUOTE_CURRENCY) or "") if units else "",
        tick_size=_READING.decimal(entry, MIN_PRICE_INCREMENT),
        min_qty=smallest,
        step_size=smallest,
    )
