"""What Binance says, as events (fact sheet sections 3.8, 4, 6, 7, 9 and 15).

Unknown tags, orders of fields and enum values are the venue's news, never a reason to raise or to
disconnect. A value that decides what became of an order (ExecType, OrdStatus ...) and is unknown here is
not guessed at: the whole message becomes `Unhandled`, with the cause and the ids a person needs to look
the order up.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

from blotter.fix.codec import Message
from blotter.fix.message import wire_tags
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    RejectCategory,
    Side,
    TimeInForce,
)
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    Fee,
    ListMember,
    ListReport,
    MassCancelReport,
    Reason,
)
from blotter.venues.base import Decoded, Limit, LimitReport, SessionRejected, Unhandled
from blotter.venues.binance import errors, market_data
from blotter.venues.binance import tags as t
from blotter.venues.binance.dictionary import DICTIONARY
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.reading import (
    UnreadableError,
    decimal,
    decimal_of,
    described,
    integer,
    required,
    text_of,
    timestamp_of,
)
from blotter.venues.binance.tags import MsgType

_E = TypeVar("_E", bound=Enum)


def _by_wire(enum: type[_E]) -> dict[bytes | None, _E]:
    return {member.value.encode(): member for member in enum}


_SIDES = _by_wire(Side)
_ORD_TYPES = _by_wire(OrdType)
_EXEC_TYPES = _by_wire(ExecType)
_ORD_STATUSES = _by_wire(OrdStatus)
_TIMES_IN_FORCE = _by_wire(TimeInForce)
_POST_ONLY = ExecInst.PARTICIPATE_DONT_INITIATE.value.encode()
_BOOLEANS: dict[bytes | None, bool] = {b"Y": True, b"N": False}

_EXPIRIES = {
    "REJECTED": "rejected when it was triggered or activated",
    "EXCHANGE_CANCELED": "canceled by the exchange",
    "OCO_TRIGGER": "the other leg of its list took over",
    "OTO_PHASE_ONE_EXPIRED": "the working order of its list expired",
    "UNFILLED_IOC_QUANTITY_EXPIRED": "immediate-or-cancel: the rest found no match",
    "UNFILLED_FOK_ORDER_EXPIRED": "fill-or-kill: not all of it found a match",
    "INSUFFICIENT_LIQUIDITY": "the book ran out",
    "EXECUTION_RULE_PRICE_RANGE_EXCEEDED": "the price left the range the exchange allows",
}
_FEE_TAGS = DICTIONARY.groups[t.NO_MISC_FEES]
_LEG_TAGS = DICTIONARY.groups[t.NO_ORDERS]
_LIMIT_KINDS = {"1": "orders", "2": "messages", "3": "subscriptions"}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REJECT_CLASSES = {8: RejectCategory.PERMISSION, 10: RejectCategory.TIME}


class Inbound:
    """Decodes; keeps the last quote of each symbol, because the venue sends only what changed."""

    def __init__(self) -> None:
        tickers = market_data.Tickers()
        self.forget_quotes = tickers.clear
        self._readers: dict[str, Callable[[Message, int], Decoded]] = {
            MsgType.EXECUTION_REPORT: _execution_report,
            MsgType.ORDER_CANCEL_REJECT: _cancel_reject,
            MsgType.ORDER_AMEND_REJECT: _amend_reject,
            MsgType.ORDER_MASS_CANCEL_REPORT: _mass_cancel_report,
            MsgType.LIST_STATUS: _list_status,
            MsgType.LIMIT_RESPONSE: _limit_response,
            MsgType.REJECT: _reject,
            MsgType.MARKET_DATA_SNAPSHOT: tickers.snapshot,
            MsgType.MARKET_DATA_INCREMENTAL_REFRESH: tickers.refresh,
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
            return Unhandled(message.msg_type, f"{cause}{_ids(message)}")


class _Report(NamedTuple):
    """An ExecutionReport's values as they came. Each is named as its tag is in `tags`."""

    symbol: bytes | None
    side: bytes | None
    ord_type: bytes | None
    exec_type: bytes | None
    ord_status: bytes | None
    cum_qty: bytes | None
    exec_id: bytes | None
    cl_ord_id: bytes | None
    orig_cl_ord_id: bytes | None
    order_id: bytes | None
    order_qty: bytes | None
    cash_order_qty: bytes | None
    price: bytes | None
    time_in_force: bytes | None
    exec_inst: bytes | None
    max_floor: bytes | None
    leaves_qty: bytes | None
    cum_quote_qty: bytes | None
    last_px: bytes | None
    last_qty: bytes | None
    trade_id: bytes | None
    aggressor_indicator: bytes | None
    no_misc_fees: bytes | None
    prevented_qty: bytes | None
    working_indicator: bytes | None
    transact_time: bytes | None


_REPORT_TAGS = wire_tags(*(getattr(t, name.upper()) for name in _Report._fields))


def _execution_report(message: Message, at: int) -> ExecutionReport:
    raw = _Report._make(message.firsts(_REPORT_TAGS))  # on the order path: thirty `get` take 3 us more
    symbol = text_of(raw.symbol)
    side = _SIDES.get(raw.side)
    ord_type = _ORD_TYPES.get(raw.ord_type)
    exec_type = _EXEC_TYPES.get(raw.exec_type)
    ord_status = _ORD_STATUSES.get(raw.ord_status)
    cum_qty = decimal_of(raw.cum_qty, t.CUM_QTY)
    if (
        exec_type is None
        or ord_status is None
        or ord_type is None
        or side is None
        or symbol is None
        or cum_qty is None
    ):
        raise _undecided(message)
    trade = exec_type is ExecType.TRADE
    return ExecutionReport(
        symbol=symbol,
        side=side,
        ord_type=ord_type,
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=cum_qty,
        at=at,
        exec_id=text_of(raw.exec_id),
        cl_ord_id=text_of(raw.cl_ord_id),
        orig_cl_ord_id=text_of(raw.orig_cl_ord_id),
        order_id=text_of(raw.order_id),
        order_qty=decimal_of(raw.order_qty, t.ORDER_QTY),
        cash_order_qty=decimal_of(raw.cash_order_qty, t.CASH_ORDER_QTY),
        price=decimal_of(raw.price, t.PRICE),
        time_in_force=_TIMES_IN_FORCE.get(raw.time_in_force),
        post_only=raw.exec_inst == _POST_ONLY,
        max_floor=decimal_of(raw.max_floor, t.MAX_FLOOR),
        leaves_qty=decimal_of(raw.leaves_qty, t.LEAVES_QTY),
        cum_quote_qty=decimal_of(raw.cum_quote_qty, t.CUM_QUOTE_QTY),
        last_px=decimal_of(raw.last_px, t.LAST_PX),
        last_qty=decimal_of(raw.last_qty, t.LAST_QTY) or ZERO,
        trade_id=text_of(raw.trade_id),
        aggressor=_BOOLEANS.get(raw.aggressor_indicator) if trade else None,
        fees=() if raw.no_misc_fees is None else _fees(message),
        prevented_qty=decimal_of(raw.prevented_qty, t.PREVENTED_QTY) or ZERO,
        working=_BOOLEANS.get(raw.working_indicator),
        transact_time=timestamp_of(raw.transact_time),
        # A trade or an acknowledgement has no cause to tell; leaving it out keeps the hot path short.
        reason=None if trade or exec_type is ExecType.NEW else _ending(message, exec_type),
    )


def _undecided(message: Message) -> UnreadableError:
    """Why an ExecutionReport cannot be told for sure."""
    for tag, known in (
        (t.EXEC_TYPE, _EXEC_TYPES),
        (t.ORD_STATUS, _ORD_STATUSES),
        (t.ORD_TYPE, _ORD_TYPES),
        (t.SIDE, _SIDES),
    ):
        value = message.get(tag)
        if value is not None and value not in known:
            return UnreadableError(f"{described(tag, value)} is unknown here")
    needed = (t.EXEC_TYPE, t.ORD_STATUS, t.ORD_TYPE, t.SIDE, t.SYMBOL, t.CUM_QTY)
    missing = [described(tag) for tag in needed if message.get(tag) is None]
    return UnreadableError(f"{', '.join(missing)} is missing")


def _fees(message: Message) -> tuple[Fee, ...]:
    fees = []
    for entry in message.groups(t.NO_MISC_FEES, _FEE_TAGS):
        amount = decimal(entry, t.MISC_FEE_AMT)
        if amount is None:
            raise UnreadableError(f"{described(t.MISC_FEE_AMT)} is missing")
        fees.append(Fee(amount, required(entry, t.MISC_FEE_CURR)))
    return tuple(fees)


def _ending(message: Message, exec_type: ExecType) -> Reason | None:
    """Why the order was refused or ended, as far as the venue says."""
    if exec_type is ExecType.REJECTED or message.get(t.ERROR_CODE) is not None:
        return _refusal(message)
    if exec_type is not ExecType.EXPIRED:
        return None
    expiry = message.text(t.EXPIRY_REASON)
    if expiry is None:
        prevented = message.get(t.PREVENTED_MATCH_ID) is not None
        return Reason(category=RejectCategory.OTHER, text="self-trade prevention") if prevented else None
    name = FIELDS[t.EXPIRY_REASON].values.get(expiry, expiry)  # a number or, as the document has it, a name
    return Reason(
        category=RejectCategory.OTHER, text=_EXPIRIES.get(name, f"expired for reason {expiry}, unknown here")
    )


def _refusal(message: Message) -> Reason:
    return errors.reason(integer(message, t.ERROR_CODE), message.text(t.TEXT) or "")


def _cancel_reject(message: Message, at: int) -> CancelRejected:
    return CancelRejected(
        cl_ord_id=required(message, t.CL_ORD_ID),
        symbol=required(message, t.SYMBOL),
        reason=_refusal(message),
        at=at,
        orig_cl_ord_id=message.text(t.ORIG_CL_ORD_ID),
        order_id=message.text(t.ORDER_ID),
    )


def _amend_reject(message: Message, at: int) -> AmendRejected:
    return AmendRejected(
        cl_ord_id=required(message, t.CL_ORD_ID),
        symbol=required(message, t.SYMBOL),
        reason=_refusal(message),
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
        reason=_refusal(message) if response == b"0" else None,
    )


def _list_status(message: Message, at: int) -> ListReport:
    legs = message.groups(t.NO_ORDERS, _LEG_TAGS)
    refusals = (part for part in (message, *legs) if part.get(t.ERROR_CODE) or part.get(t.TEXT))
    refused = next(refusals, None)
    return ListReport(
        list_id=message.text(t.LIST_ID),
        cl_list_id=message.text(t.CL_LIST_ID),
        status_type=ListStatusType(required(message, t.LIST_STATUS_TYPE)),
        order_status=ListOrderStatus(required(message, t.LIST_ORDER_STATUS)),
        at=at,
        symbol=legs[0].text(t.SYMBOL) or "" if legs else message.text(t.SYMBOL) or "",
        members=tuple(
            ListMember(symbol=required(leg, t.SYMBOL), cl_ord_id=required(leg, t.CL_ORD_ID)) for leg in legs
        ),
        reason=_refusal(refused) if refused is not None else None,
    )


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
    known = [
        f"{FIELDS[tag].name} {message.text(tag)}"
        for tag in (t.SYMBOL, t.CL_ORD_ID, t.ORIG_CL_ORD_ID, t.ORDER_ID, t.EXEC_ID, t.CUM_QTY, t.TEXT)
        if message.get(tag) is not None
    ]
    return f" ({', '.join(known)})" if known else ""


def _meaning(message: Message, tag: int) -> str:
    value = message.text(tag) or "?"
    return FIELDS[tag].values.get(value, value)
