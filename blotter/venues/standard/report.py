"""ExecutionReport (8) of FIX 4.2, 4.4 and 5.0 as the domain's event.

A value that decides what became of an order and is unknown here is not guessed at: `UnreadableError`. One that only
describes the order is left out, for no fill is worth losing over a description.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from blotter.fix.codec import Message
from blotter.fix.fix44 import FIX44
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ZERO, ExecutionReport, Fee, Reason
from blotter.venues.base import OrderStatus
from blotter.venues.reading import Reading, UnreadableError, timestamp_of
from blotter.venues.standard import reasons
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import Standard

_V = TypeVar("_V")

_SIDES = {side.value: side for side in Side}
_BOOLEANS = {"Y": True, "N": False}
_NEW_TRANSACTION, _STATUS_TRANSACTION = "0", "3"
_UNKNOWN_ORDER = "5"
_ABSOLUTE = (None, "3")
_LIQUIDITY = {"1": False, "2": True}  # added, removed
_DIRECTIONS = {direction.value: direction for direction in TriggerPriceDirection}
_TOLD = (ExecType.CANCELED, ExecType.EXPIRED, ExecType.RESTATED)
_FEE_TAGS = FIX44.groups[t.NO_MISC_FEES]


def execution_report(standard: Standard, message: Message, at: int) -> ExecutionReport | OrderStatus:
    """`OrderStatus` where it answers a question of ours that it names. Raises `UnreadableError` when the message does
    not decide."""
    reading = Reading(standard.dictionary)
    snapshot = _is_snapshot(standard, reading, message)
    asked = (message.text(t.ORD_STATUS_REQ_ID) or message.text(t.MASS_STATUS_REQ_ID)) if snapshot else None
    total = reading.integer(message, t.TOT_NUM_REPORTS)
    if asked is not None and _has_none(standard, message, total):
        return OrderStatus(asked, None, total, reasons.of_report(standard, message))
    report = _report(standard, reading, message, at, snapshot=snapshot)
    return report if asked is None else OrderStatus(asked, report, total)


def _is_snapshot(standard: Standard, reading: Reading, message: Message) -> bool:
    """Whether it tells how the order stands and not that something happened to it."""
    transaction = message.text(t.EXEC_TRANS_TYPE)
    if transaction not in (None, _NEW_TRANSACTION, _STATUS_TRANSACTION):
        # A trade was taken back or corrected.
        raise UnreadableError(
            f"{reading.described(t.EXEC_TRANS_TYPE, message.get(t.EXEC_TRANS_TYPE))} is unknown here"
        )
    said = standard.exec_types.get(message.text(t.EXEC_TYPE) or "")
    return transaction == _STATUS_TRANSACTION or said is ExecType.ORDER_STATUS


def _has_none(standard: Standard, message: Message, total: int | None) -> bool:
    """Whether such an answer says that there is no order, or none open."""
    if total == 0:
        return True
    if standard.ord_statuses.get(message.text(t.ORD_STATUS) or "") is not OrdStatus.REJECTED:
        return False
    return message.text(t.ORD_REJ_REASON) == _UNKNOWN_ORDER or named(standard, message, t.ORDER_ID) is None


def _report(
    standard: Standard, reading: Reading, message: Message, at: int, *, snapshot: bool
) -> ExecutionReport:
    exec_type = (
        ExecType.ORDER_STATUS if snapshot else _decided(reading, message, t.EXEC_TYPE, standard.exec_types)
    )
    ord_status = _decided(reading, message, t.ORD_STATUS, standard.ord_statuses)
    side = _decided(reading, message, t.SIDE, _SIDES)
    symbol = reading.required(message, t.SYMBOL)
    cum_qty = reading.decimal(message, t.CUM_QTY)
    refused = ord_status is OrdStatus.REJECTED
    if cum_qty is None and not refused:
        raise UnreadableError(f"{reading.described(t.CUM_QTY)} is missing")
    trade = exec_type is ExecType.TRADE
    ord_type, trigger_direction = _ord_type(standard, reading, message, side)
    post_only = _is_post_only(standard, message)
    filled = cum_qty or ZERO
    return ExecutionReport(
        symbol=symbol,
        side=side,
        ord_type=ord_type,
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=filled,
        at=at,
        exec_id=None if snapshot else named(standard, message, t.EXEC_ID),
        cl_ord_id=message.text(t.CL_ORD_ID),
        orig_cl_ord_id=named(standard, message, t.ORIG_CL_ORD_ID),
        order_id=named(standard, message, t.ORDER_ID),
        order_qty=reading.decimal(message, t.ORDER_QTY),
        cash_order_qty=reading.decimal(message, t.CASH_ORDER_QTY),
        price=reading.decimal(message, t.PRICE) if ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT) else None,
        time_in_force=None if post_only else _time_in_force(standard, message, ord_type),
        expire_time=timestamp_of(message.get(t.EXPIRE_TIME)),
        post_only=post_only,
        max_floor=None
        if standard.max_floor is None
        else reading.decimal(message, standard.max_floor) or None,
        leaves_qty=reading.decimal(message, t.LEAVES_QTY),
        cum_quote_qty=_cum_quote_qty(reading, message, filled) if snapshot else None,
        last_px=reading.decimal(message, t.LAST_PX) if trade else None,
        last_qty=(reading.decimal(message, t.LAST_QTY) or ZERO) if trade else ZERO,
        trade_id=message.text(t.TRADE_ID) if trade else None,
        aggressor=_aggressor(message) if trade else None,
        fees=_fees(standard, reading, message) if trade else (),
        working=_BOOLEANS.get(message.text(t.WORKING_INDICATOR) or ""),
        transact_time=timestamp_of(message.get(t.TRANSACT_TIME)),
        reason=_reason(standard, message, exec_type, ord_status),
        trigger_price=None if trigger_direction is None else reading.decimal(message, t.STOP_PX) or None,
        trigger_direction=trigger_direction,
        self_trade_prevention=_self_trade(standard, message),
    )


def _decided(reading: Reading, message: Message, tag: int, known: Mapping[str, _V]) -> _V:
    """A value that decides; unknown ones are not guessed at."""
    value = known.get(reading.required(message, tag))
    if value is None:
        raise UnreadableError(f"{reading.described(tag, message.get(tag))} is unknown here")
    return value


def named(standard: Standard, message: Message, tag: int) -> str | None:
    """An id; None where the field only says that there is none."""
    value = message.text(tag)
    return None if value is None or value.upper() in standard.no_ids else value


def _ord_type(
    standard: Standard, reading: Reading, message: Message, side: Side
) -> tuple[OrdType, TriggerPriceDirection | None]:
    """OrdType (40), which a report need not have: then its prices tell. Beside it what a trigger waits for."""
    value = message.text(t.ORD_TYPE)
    profits = {text: kind for kind, text in standard.take_profits.items()}
    losses = {text: kind for kind, text in standard.ord_types.items()}
    if value is None:
        priced = bool(reading.decimal(message, t.PRICE))
        if reading.decimal(message, t.STOP_PX):
            kind = OrdType.STOP_LIMIT if priced else OrdType.STOP
        else:
            kind = OrdType.LIMIT if priced else OrdType.MARKET
    elif value in losses:
        kind = losses[value]
    elif value in profits:
        kind = profits[value]
    else:
        kind = _decided(reading, message, t.ORD_TYPE, standard.reported_ord_types)
    if kind not in (OrdType.STOP, OrdType.STOP_LIMIT):
        return kind, None
    said = _DIRECTIONS.get(message.text(t.TRIGGER_PRICE_DIRECTION) or "")
    rising = (side is Side.BUY) != (value in profits)
    return kind, said or (TriggerPriceDirection.UP if rising else TriggerPriceDirection.DOWN)


def _is_post_only(standard: Standard, message: Message) -> bool:
    marked = standard.post_only
    return marked is not None and marked.value in (message.text(marked.tag) or "").split(" ")


def _time_in_force(standard: Standard, message: Message, ord_type: OrdType) -> TimeInForce | None:
    if ord_type not in (OrdType.LIMIT, OrdType.STOP_LIMIT):
        return None
    said = message.text(t.TIME_IN_FORCE)
    return next((time for time, value in standard.times_in_force.items() if value == said), None)


def _self_trade(standard: Standard, message: Message) -> SelfTradePreventionMode | None:
    if standard.self_trade is None:
        return None
    said = message.text(standard.self_trade.tag)
    return next((mode for mode, value in standard.self_trade.values.items() if value == said), None)


def _cum_quote_qty(reading: Reading, message: Message, cum_qty: Decimal) -> Decimal | None:
    """What was paid by AvgPx (6): rounded, so only where no fills say it better. Zero: the venue does not tell."""
    avg_px = reading.decimal(message, t.AVG_PX)
    return avg_px * cum_qty if avg_px else None


def _aggressor(message: Message) -> bool | None:
    said = _BOOLEANS.get(message.text(t.AGGRESSOR_INDICATOR) or "")
    return _LIQUIDITY.get(message.text(t.LAST_LIQUIDITY_IND) or "") if said is None else said


def _fees(standard: Standard, reading: Reading, message: Message) -> tuple[Fee, ...]:
    """Of this fill: NoMiscFees (136), and Commission (12) where it is an amount."""
    otherwise = message.text(t.CURRENCY) or standard.fee_asset
    fees = []
    for entry in message.groups(t.NO_MISC_FEES, _FEE_TAGS):
        amount = reading.decimal(entry, t.MISC_FEE_AMT)
        asset = entry.text(t.MISC_FEE_CURR) or otherwise
        if amount and asset:
            fees.append(Fee(amount, asset))
    commission = reading.decimal(message, t.COMMISSION)
    asset = message.text(t.COMM_CURRENCY) or otherwise
    if commission and asset and message.text(t.COMM_TYPE) in _ABSOLUTE:
        fees.append(Fee(commission, asset))
    return tuple(fees)


def _reason(
    standard: Standard, message: Message, exec_type: ExecType, ord_status: OrdStatus
) -> Reason | None:
    """Why it was refused, ended or restated, as far as the venue says."""
    if exec_type is ExecType.REJECTED or ord_status is OrdStatus.REJECTED:
        return reasons.of_report(standard, message)
    if exec_type not in _TOLD:
        return None
    return reasons.of_ending(standard, message)
