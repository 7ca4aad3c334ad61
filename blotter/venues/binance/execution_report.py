"""ExecutionReport (8) as the domain's event (fact sheet section 7.1).

Every order, fill and cancel comes through here, so what is seldom there is not looked at field by field. A value that
decides what became of an order and is unknown here is not guessed at; one that only describes the order is left out,
for no fill is worth losing over a description.
"""

from decimal import Decimal
from enum import Enum
from typing import NamedTuple, TypeVar

import msgspec

from blotter.fix.codec import Message
from blotter.fix.message import wire_tags
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    ExpiryReason,
    OrdStatus,
    OrdType,
    PegPriceType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ZERO, ExecutionReport, Fee, Reason
from blotter.venues.binance import errors
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

_E = TypeVar("_E", bound=Enum)


def _by_wire(enum: type[_E], tag: int | None = None) -> dict[bytes | None, _E]:
    """With `tag`, only the values the venue's schema has there: FIX has more."""
    known = None if tag is None else FIELDS[tag].values
    return {member.value.encode(): member for member in enum if known is None or member.value in known}


_SIDES = _by_wire(Side)
_ORD_TYPES = _by_wire(OrdType)
_EXEC_TYPES = _by_wire(ExecType, t.EXEC_TYPE)
_ORD_STATUSES = _by_wire(OrdStatus, t.ORD_STATUS)
_TIMES_IN_FORCE = _by_wire(TimeInForce, t.TIME_IN_FORCE)
_STP_MODES = _by_wire(SelfTradePreventionMode)
_DIRECTIONS = _by_wire(TriggerPriceDirection)
_PEG_PRICE_TYPES = _by_wire(PegPriceType)
_TIMELESS = (OrdType.MARKET, OrdType.STOP)  # no set: hashing an Enum is Python code
_POST_ONLY = ExecInst.PARTICIPATE_DONT_INITIATE.value.encode()
_BOOLEANS: dict[bytes | None, bool] = {b"Y": True, b"N": False}
INT64 = 2**63 - 1
"""The largest INT (fact sheet section 2); what keeps orders takes no larger ones."""
_FEE_TAGS = DICTIONARY.groups[t.NO_MISC_FEES]

EXPIRIES = {
    ExpiryReason.REJECTED_AT_TRIGGER: "rejected when it was triggered or activated",
    ExpiryReason.EXCHANGE_CANCELED: "canceled by the exchange",
    ExpiryReason.OCO_TRIGGER: "the other leg of its list took over",
    ExpiryReason.OTO_WORKING_EXPIRED: "the working order of its list expired",
    ExpiryReason.UNFILLED_IOC_QUANTITY: "immediate-or-cancel: the rest found no match",
    ExpiryReason.UNFILLED_FOK_ORDER: "fill-or-kill: not all of it found a match",
    ExpiryReason.INSUFFICIENT_LIQUIDITY: "the book ran out",
    ExpiryReason.PRICE_RANGE: "the price left the range the exchange allows",
}
"""In words."""
EXPIRY_REASONS = {reason.value: reason for reason in ExpiryReason} | {
    FIELDS[t.EXPIRY_REASON].values[reason.value]: reason for reason in ExpiryReason
}
"""By the venue's number and by its name: both occur (fact sheet section 15)."""


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
    self_trade_prevention_mode: bytes | None


class _Rare(NamedTuple):
    """What most reports have none of. Named likewise."""

    list_id: bytes | None
    trigger_price: bytes | None
    trigger_price_direction: bytes | None
    trigger_trailing_delta_bips: bytes | None
    peg_price_type: bytes | None
    peg_offset_value: bytes | None
    pegged_price: bytes | None
    target_strategy: bytes | None
    strategy_id: bytes | None
    sor: bytes | None
    alloc_id: bytes | None
    expiry_reason: bytes | None


_REPORT_TAGS = wire_tags(*(getattr(t, name.upper()) for name in _Report._fields))
_RARE_TAGS = wire_tags(*(getattr(t, name.upper()) for name in _Rare._fields))
_NOTHING_RARE = (None,) * len(_RARE_TAGS)


def execution_report(message: Message, at: int) -> ExecutionReport:
    """Raises `UnreadableError` when the message does not decide."""
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
    post_only = raw.exec_inst == _POST_ONLY
    report = ExecutionReport(
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
        # Kinds of orders that have none bear GTC where REST placed them.
        time_in_force=None if post_only or ord_type in _TIMELESS else _TIMES_IN_FORCE.get(raw.time_in_force),
        post_only=post_only,
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
        self_trade_prevention=_STP_MODES.get(raw.self_trade_prevention_mode),
    )
    rare = tuple(message.firsts(_RARE_TAGS))
    return report if rare == _NOTHING_RARE else _with(report, _Rare._make(rare))


def _with(report: ExecutionReport, rare: _Rare) -> ExecutionReport:
    trade_id = report.trade_id
    if trade_id is None and rare.alloc_id is not None and report.exec_type is ExecType.TRADE:
        trade_id = f"A{text_of(rare.alloc_id)}"  # smart order routing: numbered apart from the trades
    return msgspec.structs.replace(
        report,
        list_id=text_of(rare.list_id),
        trade_id=trade_id,
        trigger_price=_maybe_decimal(rare.trigger_price),
        trigger_direction=_DIRECTIONS.get(rare.trigger_price_direction),
        trailing_bips=_maybe_whole(rare.trigger_trailing_delta_bips) or None,
        peg_price_type=_PEG_PRICE_TYPES.get(rare.peg_price_type),
        peg_offset=_maybe_whole(rare.peg_offset_value) or None,
        pegged_price=_maybe_decimal(rare.pegged_price),
        target_strategy=_maybe_whole(rare.target_strategy),
        strategy_id=_maybe_whole(rare.strategy_id),
        smart_routing=rare.sor == b"Y",
        expiry_reason=EXPIRY_REASONS.get(text_of(rare.expiry_reason) or ""),
    )


def _maybe_decimal(value: bytes | None) -> Decimal | None:
    try:
        return decimal_of(value, t.TRIGGER_PRICE)
    except UnreadableError:
        return None


def _maybe_whole(value: bytes | None) -> int | None:
    """A signed 64-bit number, also where it comes as a FLOAT (PegOffsetValue)."""
    number = _maybe_decimal(value)
    if number is None or number != number.to_integral_value() or abs(number) > INT64:
        return None
    return int(number)


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
        return refusal(message)
    if exec_type is not ExecType.EXPIRED:
        return None
    expiry = message.text(t.EXPIRY_REASON)
    if expiry is None:
        prevented = message.get(t.PREVENTED_MATCH_ID) is not None
        return Reason(category=RejectCategory.OTHER, text="self-trade prevention") if prevented else None
    known = EXPIRY_REASONS.get(expiry)  # a number or, as the document has it, a name
    text = f"expired for reason {expiry}, unknown here" if known is None else EXPIRIES[known]
    return Reason(category=RejectCategory.OTHER, text=text)


def refusal(message: Message) -> Reason:
    """ErrorCode (25016) and Text (58) of any message, or of one leg in it."""
    return errors.reason(integer(message, t.ERROR_CODE), message.text(t.TEXT) or "")
