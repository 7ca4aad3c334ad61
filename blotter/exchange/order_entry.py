"""What an order-entry message asks for, and what the answers look like on the wire (fact sheet sections 6 and 7).

Messages come here legal in form (`grammar`); here it is judged which fields go together. Pure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from blotter.exchange import event as ev
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.fix.codec import Fields, Message
from blotter.fix.effects import Draft, SessionRejectReason
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)
from blotter.trading.request import OrderRequest
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.tags import MsgType

MIN_TARGET_STRATEGY: Final = 1_000_000
_TRIGGERS: Final = (
    t.TRIGGER_TYPE,
    t.TRIGGER_ACTION,
    t.TRIGGER_PRICE,
    t.TRIGGER_PRICE_TYPE,
    t.TRIGGER_PRICE_DIRECTION,
    t.TRIGGER_TRAILING_DELTA_BIPS,
)
_PEGS: Final = (t.PEG_OFFSET_VALUE, t.PEG_PRICE_TYPE, t.PEG_MOVE_TYPE, t.PEG_OFFSET_TYPE)
_NOT_ON_MARKET: Final = (t.PRICE, t.EXEC_INST, t.MAX_FLOOR, *_TRIGGERS, *_PEGS)
_NOT_ON_LIMIT: Final = (t.CASH_ORDER_QTY, *_TRIGGERS, *_PEGS)
_UNSUPPORTED: Final = "This operation is not supported."
_NO_TRADE_GROUP: Final = "-1"


def read(message: Message, account: str, at: int, symbols: Mapping[str, object]) -> ev.AnyCommand:
    """The command in a message. Raises `IllegalMessageError` with the cause when its fields do not go together."""
    match message.msg_type:
        case MsgType.NEW_ORDER_SINGLE:
            if message.get(t.SOR) == b"Y":
                raise IllegalMessageError(Fault(ErrorCode.UNSUPPORTED_OPERATION, _UNSUPPORTED, tag=t.SOR))
            return _place(message, account, at, symbols)
        case MsgType.ORDER_CANCEL_REQUEST:
            return _cancel(message, account, at, _symbol(message, symbols), _required(message, t.CL_ORD_ID))
        case MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE:
            place = _place(message, account, at, symbols)
            cancel_id = message.text(t.CANCEL_CL_ORD_ID) or place.cl_ord_id
            return ev.Replace(
                at=at,
                account=account,
                cancel=_cancel(message, account, at, place.request.symbol, cancel_id),
                place=place,
                stop_on_failure=message.get(t.CANCEL_AND_NEW_MODE) == b"1",
                cancel_even_over_limit=message.get(t.ORDER_RATE_LIMIT_EXCEEDED_MODE) == b"2",
            )
        case MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST:
            order_id, orig_cl_ord_id = _which_order(message)
            return ev.Amend(
                at=at,
                account=account,
                cl_ord_id=_required(message, t.CL_ORD_ID),
                symbol=_symbol(message, symbols),
                order_qty=Decimal(_required(message, t.ORDER_QTY)),
                order_id=order_id,
                orig_cl_ord_id=orig_cl_ord_id,
            )
        case MsgType.ORDER_MASS_CANCEL_REQUEST:
            return ev.MassCancel(
                at=at,
                account=account,
                cl_ord_id=_required(message, t.CL_ORD_ID),
                symbol=_symbol(message, symbols),
            )
        case _:
            raise IllegalMessageError(
                Fault(ErrorCode.UNSUPPORTED_OPERATION, _UNSUPPORTED, SessionRejectReason.OTHER)
            )


def _place(message: Message, account: str, at: int, symbols: Mapping[str, object]) -> ev.Place:
    ord_type = OrdType(_required(message, t.ORD_TYPE))
    post_only = message.get(t.EXEC_INST) is not None
    if ord_type is OrdType.MARKET:
        _check_market(message)
    elif ord_type is OrdType.LIMIT:
        _check_limit(message, post_only=post_only)
    if message.get(t.MAX_FLOOR) is not None and message.get(t.TIME_IN_FORCE) not in (None, b"1"):
        text = ErrorText.ICEBERG_NEEDS_GTC.format("MaxFloor")
        raise IllegalMessageError(Fault(ErrorCode.ICEBERG_TIME_IN_FORCE, text, tag=t.MAX_FLOOR))
    target_strategy = _integer(message, t.TARGET_STRATEGY)
    if target_strategy is not None and target_strategy < MIN_TARGET_STRATEGY:
        text = "`TargetStrategy (847)` was less than 1000000."
        raise IllegalMessageError(Fault(ErrorCode.BAD_STRATEGY_TYPE, text, tag=t.TARGET_STRATEGY))
    time_in_force, stp = message.text(t.TIME_IN_FORCE), message.text(t.SELF_TRADE_PREVENTION_MODE)
    return ev.Place(
        at=at,
        account=account,
        cl_ord_id=_required(message, t.CL_ORD_ID),
        request=OrderRequest(
            symbol=_symbol(message, symbols),
            side=Side(_required(message, t.SIDE)),
            ord_type=ord_type,
            order_qty=_decimal(message, t.ORDER_QTY),
            cash_order_qty=_decimal(message, t.CASH_ORDER_QTY),
            price=_decimal(message, t.PRICE),
            time_in_force=None if time_in_force is None else TimeInForce(time_in_force),
            exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if post_only else None,
            max_floor=_decimal(message, t.MAX_FLOOR),
            self_trade_prevention=None if stp is None else SelfTradePreventionMode(stp),
        ),
        target_strategy=target_strategy,
        strategy_id=_integer(message, t.STRATEGY_ID),
    )


def _check_market(message: Message) -> None:
    _refuse(message, _NOT_ON_MARKET)
    if message.get(t.TIME_IN_FORCE) is not None:
        raise IllegalMessageError(
            Fault(ErrorCode.TIF_NOT_REQUIRED, ErrorText.TIF_NOT_REQUIRED, tag=t.TIME_IN_FORCE)
        )
    by_base, by_quote = message.get(t.ORDER_QTY), message.get(t.CASH_ORDER_QTY)
    if by_base is not None and by_quote is not None:
        text = ErrorText.CONFLICTING_FIELDS.format("'OrderQty (38)', 'CashOrderQty (152)'")
        raise IllegalMessageError(Fault(ErrorCode.PARAMS_BAD_COMBO, text, tag=t.CASH_ORDER_QTY))
    if by_base is None and by_quote is None:
        raise IllegalMessageError(_either("OrderQty", "CashOrderQty", t.ORDER_QTY))


def _check_limit(message: Message, *, post_only: bool) -> None:
    _refuse(message, _NOT_ON_LIMIT)
    if post_only and message.get(t.TIME_IN_FORCE) is not None:
        raise IllegalMessageError(
            Fault(ErrorCode.TIF_NOT_REQUIRED, ErrorText.TIF_NOT_REQUIRED, tag=t.TIME_IN_FORCE)
        )
    for tag in (t.ORDER_QTY, t.PRICE) if post_only else (t.ORDER_QTY, t.PRICE, t.TIME_IN_FORCE):
        _required(message, tag)


def _refuse(message: Message, unwanted: tuple[int, ...]) -> None:
    for tag in unwanted:
        if message.get(tag) is not None:
            text = ErrorText.NOT_REQUIRED.format(FIELDS[tag].name)
            raise IllegalMessageError(Fault(ErrorCode.PARAM_NOT_REQUIRED, text, tag=tag))


def _cancel(message: Message, account: str, at: int, symbol: str, cl_ord_id: str) -> ev.Cancel:
    lists = message.get(t.LIST_ID) is not None or message.get(t.ORIG_CL_LIST_ID) is not None
    order_id, orig_cl_ord_id = (None, None) if lists else _which_order(message)
    restrictions = message.text(t.CANCEL_RESTRICTIONS)
    return ev.Cancel(
        at=at,
        account=account,
        cl_ord_id=cl_ord_id,
        symbol=symbol,
        order_id=order_id,
        orig_cl_ord_id=orig_cl_ord_id,
        restrictions=None if restrictions is None else ev.CancelRestrictions(restrictions),
    )


def _which_order(message: Message) -> tuple[int | None, str | None]:
    order_id, cl_ord_id = _integer(message, t.ORDER_ID), message.text(t.ORIG_CL_ORD_ID)
    if order_id is None and cl_ord_id is None:
        raise IllegalMessageError(_either("OrigClOrdID", "OrderID", t.ORIG_CL_ORD_ID))
    return order_id, cl_ord_id


def _either(one: str, other: str, tag: int) -> Fault:
    text = ErrorText.EITHER_MUST_BE_SENT.format(one, other)
    code = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED
    return Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, tag)


def _symbol(message: Message, symbols: Mapping[str, object]) -> str:
    symbol = _required(message, t.SYMBOL)
    if symbol not in symbols:
        raise IllegalMessageError(Fault(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL, tag=t.SYMBOL))
    return symbol


def _required(message: Message, tag: int) -> str:
    value = message.text(tag)
    if value is None:
        code, text = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, ErrorText.TAG_MISSING.format(tag)
        raise IllegalMessageError(Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, tag))
    return value


def _decimal(message: Message, tag: int) -> Decimal | None:
    value = message.text(tag)
    return None if value is None else Decimal(value)


def _integer(message: Message, tag: int) -> int | None:
    value = message.get(tag)
    return None if value is None else int(value)


# --- answers -----------------------------------------------------------------------------------------------


def amount(value: Decimal) -> str:
    """As the venue prints prices and quantities: always eight decimals."""
    return f"{value:.8f}"


def execution_report(report: ev.Report) -> Draft:
    """ExecutionReport (8), its fields in the order of the verified sample (fact sheet 7.1)."""
    at = utc_timestamp(report.at)
    fields: list[tuple[int, str | bytes]] = []

    def put(tag: int, value: str | int | None) -> None:
        if value is not None:
            fields.append((tag, str(value)))

    def put_amount(tag: int, value: Decimal | None) -> None:
        if value is not None:
            fields.append((tag, f"{value:.8f}"))

    put(t.EXEC_ID, report.exec_id)
    put(t.CL_ORD_ID, report.cl_ord_id)
    put(t.ORIG_CL_ORD_ID, report.orig_cl_ord_id)
    put(t.ORDER_ID, report.order_id)
    put_amount(t.ORDER_QTY, report.order_qty)
    put(t.ORD_TYPE, report.ord_type.value)
    put(t.SIDE, report.side.value)
    put(t.SYMBOL, report.symbol)
    put(t.EXEC_INST, ExecInst.PARTICIPATE_DONT_INITIATE.value if report.post_only else None)
    put_amount(t.PRICE, report.price)
    put(t.TIME_IN_FORCE, None if report.time_in_force is None else report.time_in_force.value)
    put(t.TRANSACT_TIME, at)
    put(t.ORDER_CREATION_TIME, None if report.created_at is None else utc_timestamp(report.created_at))
    put_amount(t.MAX_FLOOR, report.max_floor)
    put_amount(t.CASH_ORDER_QTY, report.cash_order_qty)
    put(t.TARGET_STRATEGY, report.target_strategy)
    put(t.STRATEGY_ID, report.strategy_id)
    put(t.SELF_TRADE_PREVENTION_MODE, report.stp.value)
    put(t.EXEC_TYPE, report.exec_type.value)
    put_amount(t.CUM_QTY, report.cum_qty)
    put_amount(t.LEAVES_QTY, report.leaves_qty)
    put_amount(t.CUM_QUOTE_QTY, report.cum_quote_qty)
    if report.exec_type is not ExecType.REJECTED:
        put(t.AGGRESSOR_INDICATOR, "Y" if report.aggressor else "N")
    put(t.TRADE_ID, report.trade_id)
    put_amount(t.LAST_PX, report.last_px)
    put_amount(t.LAST_QTY, report.last_qty)
    put(t.ORD_STATUS, report.ord_status.value)
    if report.working and report.created_at is not None:
        put(t.WORKING_INDICATOR, "Y")
        put(t.WORKING_TIME, utc_timestamp(report.created_at))
    if report.prevented is not None:
        put(t.PREVENTED_MATCH_ID, report.prevented.match_id)
        put_amount(t.PREVENTED_EXECUTION_PRICE, report.prevented.price)
        put_amount(t.PREVENTED_EXECUTION_QTY, report.prevented.qty)
        put(t.TRADE_GROUP_ID, _NO_TRADE_GROUP)
        put(t.COUNTER_SYMBOL, report.symbol)
        put(t.COUNTER_ORDER_ID, report.prevented.counter_order_id)
    if report.prevented_qty:
        put_amount(t.PREVENTED_QTY, report.prevented_qty)
    if report.prevented is not None:
        put_amount(t.LAST_PREVENTED_QTY, report.prevented.last_qty)
    if report.fee:
        put(t.NO_MISC_FEES, 1)
        put_amount(t.MISC_FEE_AMT, report.fee)
        put(t.MISC_FEE_CURR, report.fee_asset)
        put(t.MISC_FEE_TYPE, 4)
    if report.refusal is not None:
        put(t.ORD_REJ_REASON, 99)
        fields += _refusal(report.refusal)
    put(t.EXPIRY_REASON, None if report.expiry_reason is None else report.expiry_reason.value)
    return Draft(MsgType.EXECUTION_REPORT, tuple(fields))


def answer(outcome: ev.CancelRefused | ev.AmendRefused | ev.MassCanceled) -> Draft:
    """The messages that are no ExecutionReport: `9`, `XAR` and `r`."""
    fields: list[tuple[int, str | bytes]]
    match outcome:
        case ev.CancelRefused(cancel=cancel):
            fields = _ids(cancel)
            if cancel.restrictions is not None:
                fields.append((t.CANCEL_RESTRICTIONS, cancel.restrictions.value))
            fields += [(t.CXL_REJ_RESPONSE_TO, "1"), *_refusal(outcome.refusal)]
            return Draft(MsgType.ORDER_CANCEL_REJECT, tuple(fields))
        case ev.AmendRefused(amend=amend):
            fields = [*_ids(amend), (t.ORDER_QTY, amount(amend.order_qty)), *_refusal(outcome.refusal)]
            return Draft(MsgType.ORDER_AMEND_REJECT, tuple(fields))
        case ev.MassCanceled(request=request, refusal=refusal):
            fields = [(t.SYMBOL, request.symbol), (t.CL_ORD_ID, request.cl_ord_id)]
            fields.append((t.MASS_CANCEL_REQUEST_TYPE, "1"))
            if refusal is None:
                fields += [(t.MASS_CANCEL_RESPONSE, "1"), (t.TOTAL_AFFECTED_ORDERS, str(outcome.affected))]
            else:
                fields += [(t.MASS_CANCEL_RESPONSE, "0"), (t.MASS_CANCEL_REJECT_REASON, "99")]
                fields += _refusal(refusal)
            return Draft(MsgType.ORDER_MASS_CANCEL_REPORT, tuple(fields))


def _ids(request: ev.Cancel | ev.Amend) -> list[tuple[int, str | bytes]]:
    fields: list[tuple[int, str | bytes]] = [(t.CL_ORD_ID, request.cl_ord_id)]
    if request.orig_cl_ord_id is not None:
        fields.append((t.ORIG_CL_ORD_ID, request.orig_cl_ord_id))
    if request.order_id is not None:
        fields.append((t.ORDER_ID, str(request.order_id)))
    fields.append((t.SYMBOL, request.symbol))
    return fields


def _refusal(refusal: ev.Refusal) -> Fields:
    return ((t.ERROR_CODE, str(int(refusal.code))), (t.TEXT, refusal.text))
