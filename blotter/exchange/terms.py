"""The terms of one order as a message or a leg of a list states them (fact sheet 6.1). Pure.

What is read here is legal in form (`grammar`); here it is judged which fields go together. `IllegalMessageError` names
the cause.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar

from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.fix.codec import Message
from blotter.fix.effects import SessionRejectReason
from blotter.trading.enums import (
    ExecInst,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.fields import FIELDS

_E = TypeVar("_E", bound=Enum)

MIN_TARGET_STRATEGY: Final = 1_000_000
MAX_PEG_OFFSET: Final = 100
_TRIGGER: Final = (t.TRIGGER_TYPE, t.TRIGGER_ACTION, t.TRIGGER_PRICE_TYPE)
_TRIGGERS: Final = (
    *_TRIGGER,
    t.TRIGGER_PRICE,
    t.TRIGGER_PRICE_DIRECTION,
    t.TRIGGER_TRAILING_DELTA_BIPS,
)
_PEGS: Final = (t.PEG_OFFSET_VALUE, t.PEG_PRICE_TYPE, t.PEG_MOVE_TYPE, t.PEG_OFFSET_TYPE)
_FOREIGN: Final[Mapping[OrdType, tuple[int, ...]]] = {
    OrdType.MARKET: (t.PRICE, t.EXEC_INST, t.MAX_FLOOR, *_TRIGGERS, *_PEGS),
    OrdType.LIMIT: (t.CASH_ORDER_QTY, *_TRIGGERS, *_PEGS),
    OrdType.STOP: (t.CASH_ORDER_QTY, t.PRICE, t.EXEC_INST, t.MAX_FLOOR, *_PEGS),
    OrdType.STOP_LIMIT: (t.CASH_ORDER_QTY, t.EXEC_INST, *_PEGS),
    OrdType.PEGGED: (t.CASH_ORDER_QTY,),
}
"""Fields that an order of this type may not have (-1106)."""


def read_terms(message: Message, symbols: Mapping[str, object], *, sized: bool = True) -> OrderRequest:
    """The terms. `sized`: a quantity must be there; the legs that wait in an OPO have none."""
    ord_type = OrdType(required(message, t.ORD_TYPE))
    post_only = message.get(t.EXEC_INST) is not None
    _refuse(message, _FOREIGN[ord_type])
    _check_quantity(message, ord_type, sized=sized)
    if ord_type is OrdType.PEGGED:
        _check_peg(message)
    if ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT):
        required(message, t.PRICE)
    if ord_type in (OrdType.STOP, OrdType.STOP_LIMIT) or any(
        message.get(tag) is not None for tag in _TRIGGERS
    ):
        _check_trigger(message, post_only=post_only)
    _check_time_in_force(message, ord_type, post_only=post_only)
    _check_strategy(message)
    _check_routing(message, ord_type, post_only=post_only)
    offset = message.text(t.PEG_OFFSET_VALUE)
    return OrderRequest(
        symbol=known_symbol(message, symbols),
        side=Side(required(message, t.SIDE)),
        ord_type=ord_type,
        order_qty=_decimal(message, t.ORDER_QTY),
        cash_order_qty=_decimal(message, t.CASH_ORDER_QTY),
        price=_decimal(message, t.PRICE),
        time_in_force=_enum(message, t.TIME_IN_FORCE, TimeInForce),
        exec_inst=_enum(message, t.EXEC_INST, ExecInst),
        max_floor=_decimal(message, t.MAX_FLOOR),
        self_trade_prevention=_enum(message, t.SELF_TRADE_PREVENTION_MODE, SelfTradePreventionMode),
        trigger_price=_decimal(message, t.TRIGGER_PRICE),
        trigger_direction=_enum(message, t.TRIGGER_PRICE_DIRECTION, TriggerPriceDirection),
        trailing_bips=integer(message, t.TRIGGER_TRAILING_DELTA_BIPS),
        peg_price_type=_enum(message, t.PEG_PRICE_TYPE, PegPriceType),
        peg_offset=None if offset is None else int(Decimal(offset)),
        target_strategy=integer(message, t.TARGET_STRATEGY),
        strategy_id=integer(message, t.STRATEGY_ID),
        smart_routing=message.get(t.SOR) == b"Y",
    )


def _refuse(message: Message, unwanted: tuple[int, ...]) -> None:
    for tag in unwanted:
        if message.get(tag) is not None:
            text = ErrorText.NOT_REQUIRED.format(FIELDS[tag].name)
            raise IllegalMessageError(Fault(ErrorCode.PARAM_NOT_REQUIRED, text, tag=tag))


def _check_quantity(message: Message, ord_type: OrdType, *, sized: bool) -> None:
    if not sized:
        return
    if ord_type is not OrdType.MARKET:
        required(message, t.ORDER_QTY)
        return
    by_base, by_quote = message.get(t.ORDER_QTY), message.get(t.CASH_ORDER_QTY)
    if by_base is not None and by_quote is not None:
        raise conflict(t.CASH_ORDER_QTY, t.ORDER_QTY, t.CASH_ORDER_QTY)
    if by_base is None and by_quote is None:
        raise IllegalMessageError(either(t.ORDER_QTY, t.CASH_ORDER_QTY))


def _check_trigger(message: Message, *, post_only: bool) -> None:
    """The trigger set: a trigger price with its direction, a distance to follow the market at, or both.

    Without a direction a trailing order takes profit, and then has no activation price. One with a direction may be
    without an activation price too: the venue says so of lists and leaves open whether of single orders.
    """
    for tag in _TRIGGER:
        required(message, tag)
    price, bips = message.get(t.TRIGGER_PRICE), message.get(t.TRIGGER_TRAILING_DELTA_BIPS)
    if price is None and bips is None:
        raise IllegalMessageError(either(t.TRIGGER_PRICE, t.TRIGGER_TRAILING_DELTA_BIPS))
    if price is not None:
        required(message, t.TRIGGER_PRICE_DIRECTION)
    if post_only:
        raise conflict(t.EXEC_INST, t.EXEC_INST, t.TRIGGER_TYPE)


def _check_peg(message: Message) -> None:
    for tag in (t.PEG_PRICE_TYPE, t.PEG_MOVE_TYPE):
        required(message, tag)
    offset, kind = message.text(t.PEG_OFFSET_VALUE), message.get(t.PEG_OFFSET_TYPE)
    if (offset is None) != (kind is None):
        text = ErrorText.TOGETHER.format(_names(t.PEG_OFFSET_TYPE, t.PEG_OFFSET_VALUE))
        raise IllegalMessageError(Fault(ErrorCode.OPTIONAL_PARAMS_BAD_COMBO, text, tag=t.PEG_OFFSET_TYPE))
    if offset is not None and (Decimal(offset) % 1 or Decimal(offset) > MAX_PEG_OFFSET):
        text = ErrorText.INVALID_PARAMETER.format(FIELDS[t.PEG_OFFSET_VALUE].name)
        raise IllegalMessageError(Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.PEG_OFFSET_VALUE))


def _check_time_in_force(message: Message, ord_type: OrdType, *, post_only: bool) -> None:
    """Orders at the market and post-only ones have none, all others need it; an iceberg needs GTC."""
    time_in_force = message.get(t.TIME_IN_FORCE)
    if ord_type in (OrdType.MARKET, OrdType.STOP) or post_only:
        if time_in_force is not None:
            raise IllegalMessageError(
                Fault(ErrorCode.TIF_NOT_REQUIRED, ErrorText.TIF_NOT_REQUIRED, tag=t.TIME_IN_FORCE)
            )
    else:
        required(message, t.TIME_IN_FORCE)
    if message.get(t.MAX_FLOOR) is not None and time_in_force not in (None, b"1"):
        text = ErrorText.ICEBERG_NEEDS_GTC.format(FIELDS[t.MAX_FLOOR].name)
        raise IllegalMessageError(Fault(ErrorCode.ICEBERG_TIME_IN_FORCE, text, tag=t.MAX_FLOOR))


def _check_strategy(message: Message) -> None:
    target_strategy = integer(message, t.TARGET_STRATEGY)
    if target_strategy is not None and target_strategy < MIN_TARGET_STRATEGY:
        text = "`TargetStrategy (847)` was less than 1000000."
        raise IllegalMessageError(Fault(ErrorCode.BAD_STRATEGY_TYPE, text, tag=t.TARGET_STRATEGY))


def _check_routing(message: Message, ord_type: OrdType, *, post_only: bool) -> None:
    """Smart order routing is for limit and market orders that may take."""
    if message.get(t.SOR) == b"Y" and (ord_type not in (OrdType.MARKET, OrdType.LIMIT) or post_only):
        text = ErrorText.ORDER_COMBINATION
        raise IllegalMessageError(Fault(ErrorCode.UNKNOWN_ORDER_COMPOSITION, text, tag=t.SOR))


# --- reading fields ----------------------------------------------------------------------------------------


def required(message: Message, tag: int) -> str:
    """The value of a field that must be there (-1102)."""
    value = message.text(tag)
    if value is None:
        code, text = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, ErrorText.TAG_MISSING.format(tag)
        raise IllegalMessageError(Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, tag))
    return value


def known_symbol(message: Message, symbols: Mapping[str, object]) -> str:
    """Symbol (55), which must be listed (-1121)."""
    symbol = required(message, t.SYMBOL)
    if symbol not in symbols:
        raise IllegalMessageError(Fault(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL, tag=t.SYMBOL))
    return symbol


def integer(message: Message, tag: int) -> int | None:
    """A whole number, None when it was not sent."""
    value = message.get(tag)
    return None if value is None else int(value)


def either(one: int, other: int) -> Fault:
    """Neither of two fields was sent (-1102)."""
    text = ErrorText.EITHER_MUST_BE_SENT.format(FIELDS[one].name, FIELDS[other].name)
    code = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED
    return Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, one)


def conflict(blamed: int, *tags: int) -> IllegalMessageError:
    """Fields that exclude each other (-1182)."""
    text = ErrorText.CONFLICTING_FIELDS.format(_names(*tags))
    return IllegalMessageError(Fault(ErrorCode.PARAMS_BAD_COMBO, text, tag=blamed))


def _names(*tags: int) -> str:
    return ", ".join(f"'{FIELDS[tag].name} ({tag})'" for tag in tags)


def _decimal(message: Message, tag: int) -> Decimal | None:
    value = message.text(tag)
    return None if value is None else Decimal(value)


def _enum(message: Message, tag: int, kind: type[_E]) -> _E | None:
    value = message.text(tag)
    return None if value is None else kind(value)
