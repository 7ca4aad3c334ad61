"""What an order-entry message asks for, and what the answers look like on the wire (fact sheet sections 6 and 7).

Messages come here legal in form (`grammar`); which fields go together is judged in `terms` and `list_grammar`. Pure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from blotter.exchange import event as ev
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.exchange.list_grammar import read_list
from blotter.exchange.terms import conflict, either, integer, known_symbol, read_terms, required
from blotter.fix.codec import Fields, Message
from blotter.fix.effects import Draft, SessionRejectReason
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import (
    CancelRestrictions,
    ExecInst,
    ExecType,
    OrderRateLimitExceededMode,
    ReplaceMode,
)
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode
from blotter.venues.binance.tags import MsgType

_UNSUPPORTED: Final = "This operation is not supported."
_NO_TRADE_GROUP: Final = "-1"
_FIXED: Final = "1"  # PegMoveType (835)
_PRICE_TIER: Final = "3"  # PegOffsetType (836)
_TRIGGER_SET: Final = ((t.TRIGGER_TYPE, "4"), (t.TRIGGER_ACTION, "1"))  # PRICE_MOVEMENT, ACTIVATE
_LAST_TRADE: Final = "2"  # TriggerPriceType (1107)
_EXCHANGE: Final = "1"  # WorkingFloor (25021)
_SOR: Final = "3"
_ONE_PARTY_TRADE_REPORT: Final = "1"  # MatchType (574)


def read(message: Message, account: str, at: int, symbols: Mapping[str, object]) -> ev.AnyCommand:
    """The command in a message. Raises `IllegalMessageError` with the cause when its fields do not go together."""
    match message.msg_type:
        case MsgType.NEW_ORDER_SINGLE:
            return _place(message, account, at, symbols)
        case MsgType.NEW_ORDER_LIST:
            return read_list(message, account, at, symbols)
        case MsgType.ORDER_CANCEL_REQUEST:
            return _cancel_request(message, account, at, symbols)
        case MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE:
            place = _place(message, account, at, symbols)
            # A refusal of the cancel bears the cancel's id if it has one: the venue does not say which.
            cancel_id = message.text(t.CANCEL_CL_ORD_ID) or place.cl_ord_id
            over_limit = message.text(t.ORDER_RATE_LIMIT_EXCEEDED_MODE)
            return ev.Replace(
                at=at,
                account=account,
                cancel=_cancel(message, account, at, place.request.symbol, cancel_id),
                place=place,
                stop_on_failure=message.text(t.CANCEL_AND_NEW_MODE) == ReplaceMode.STOP_ON_FAILURE.value,
                cancel_even_over_limit=over_limit == OrderRateLimitExceededMode.CANCEL_ONLY.value,
            )
        case MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST:
            order_id, orig_cl_ord_id = _which_order(message)
            return ev.Amend(
                at=at,
                account=account,
                cl_ord_id=required(message, t.CL_ORD_ID),
                symbol=known_symbol(message, symbols),
                order_qty=Decimal(required(message, t.ORDER_QTY)),
                order_id=order_id,
                orig_cl_ord_id=orig_cl_ord_id,
            )
        case MsgType.ORDER_MASS_CANCEL_REQUEST:
            return ev.MassCancel(
                at=at,
                account=account,
                cl_ord_id=required(message, t.CL_ORD_ID),
                symbol=known_symbol(message, symbols),
            )
        case _:
            raise IllegalMessageError(
                Fault(ErrorCode.UNSUPPORTED_OPERATION, _UNSUPPORTED, SessionRejectReason.OTHER)
            )


def _place(message: Message, account: str, at: int, symbols: Mapping[str, object]) -> ev.Place:
    return ev.Place(
        at=at,
        account=account,
        cl_ord_id=required(message, t.CL_ORD_ID),
        request=read_terms(message, symbols),
    )


def _cancel_request(
    message: Message, account: str, at: int, symbols: Mapping[str, object]
) -> ev.Cancel | ev.CancelList:
    """A cancel of an order, or of a whole list."""
    cl_ord_id, symbol = required(message, t.CL_ORD_ID), known_symbol(message, symbols)
    list_id, orig_cl_list_id = integer(message, t.LIST_ID), message.text(t.ORIG_CL_LIST_ID)
    if list_id is None and orig_cl_list_id is None:
        return _cancel(message, account, at, symbol, cl_ord_id)
    for tag in (t.ORDER_ID, t.ORIG_CL_ORD_ID):
        if message.get(tag) is not None:
            raise conflict(tag, tag, t.ORIG_CL_LIST_ID if list_id is None else t.LIST_ID)
    return ev.CancelList(
        at=at,
        account=account,
        cl_ord_id=cl_ord_id,
        symbol=symbol,
        list_id=list_id,
        orig_cl_list_id=orig_cl_list_id,
        restrictions=_restrictions(message),
    )


def _cancel(message: Message, account: str, at: int, symbol: str, cl_ord_id: str) -> ev.Cancel:
    order_id, orig_cl_ord_id = _which_order(message)
    return ev.Cancel(
        at=at,
        account=account,
        cl_ord_id=cl_ord_id,
        symbol=symbol,
        order_id=order_id,
        orig_cl_ord_id=orig_cl_ord_id,
        restrictions=_restrictions(message),
    )


def _restrictions(message: Message) -> CancelRestrictions | None:
    value = message.text(t.CANCEL_RESTRICTIONS)
    return None if value is None else CancelRestrictions(value)


def _which_order(message: Message) -> tuple[int | None, str | None]:
    order_id, cl_ord_id = integer(message, t.ORDER_ID), message.text(t.ORIG_CL_ORD_ID)
    if order_id is None and cl_ord_id is None:
        raise IllegalMessageError(either(t.ORIG_CL_ORD_ID, t.ORDER_ID))
    return order_id, cl_ord_id


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
    if report.trigger_price is not None or report.trailing_bips is not None:
        fields += _TRIGGER_SET
        put_amount(t.TRIGGER_PRICE, report.trigger_price)
        put(t.TRIGGER_PRICE_TYPE, _LAST_TRADE)
        put(
            t.TRIGGER_PRICE_DIRECTION,
            None if report.trigger_direction is None else report.trigger_direction.value,
        )
        put(t.TRIGGER_TRAILING_DELTA_BIPS, report.trailing_bips)
    if report.peg_price_type is not None:
        put(t.PEG_OFFSET_VALUE, report.peg_offset)
        put(t.PEG_PRICE_TYPE, report.peg_price_type.value)
        put(t.PEG_MOVE_TYPE, _FIXED)
        put(t.PEG_OFFSET_TYPE, None if report.peg_offset is None else _PRICE_TIER)
        put_amount(t.PEGGED_PRICE, report.pegged_price)
    put(t.TIME_IN_FORCE, None if report.time_in_force is None else report.time_in_force.value)
    put(t.TRANSACT_TIME, at)
    put(t.ORDER_CREATION_TIME, None if report.created_at is None else utc_timestamp(report.created_at))
    put_amount(t.MAX_FLOOR, report.max_floor)
    put(t.LIST_ID, report.list_id)
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
    if report.alloc_id is not None:
        put(t.ALLOC_ID, report.alloc_id)
        put(t.MATCH_TYPE, _ONE_PARTY_TRADE_REPORT)
    if report.smart_routing:
        put(t.WORKING_FLOOR, _SOR if report.routed else _EXCHANGE)
        put(t.SOR, "Y")
    if report.working_at is not None:
        put(t.WORKING_INDICATOR, "Y")
        put(t.WORKING_TIME, utc_timestamp(report.working_at))
    put(t.TRAILING_TIME, None if report.trailing_at is None else utc_timestamp(report.trailing_at))
    if report.prevented is not None:
        put(t.PREVENTED_MATCH_ID, report.prevented.match_id)
        put_amount(t.PREVENTED_EXECUTION_PRICE, report.prevented.price)
        put_amount(t.PREVENTED_EXECUTION_QTY, report.prevented.qty)
        put(t.TRADE_GROUP_ID, _NO_TRADE_GROUP)
        put(t.COUNTER_SYMBOL, report.prevented.counter_symbol)
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
            fields = _list_ids(cancel) if isinstance(cancel, ev.CancelList) else _ids(cancel)
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


def list_status(status: ev.ListStatus) -> Draft:
    """ListStatus (N), fact sheet 7.3: no symbol at the top, as since 2025-12; refusals stand in the leg, as the
    schema has them."""
    fields: list[tuple[int, str | bytes]] = []
    if status.list_id is not None:
        fields.append((t.LIST_ID, str(status.list_id)))
    fields += [
        (t.CL_LIST_ID, status.cl_list_id),
        (t.ORIG_CL_LIST_ID, status.cl_list_id),
        (t.CONTINGENCY_TYPE, status.contingency.value),
        (t.LIST_STATUS_TYPE, status.status_type.value),
        (t.LIST_ORDER_STATUS, status.order_status.value),
    ]
    if status.list_id is None:
        fields.append((t.LIST_REJECT_REASON, "99"))
    fields += [(t.TRANSACT_TIME, utc_timestamp(status.at)), (t.NO_ORDERS, str(len(status.members)))]
    for member in status.members:
        fields += [(t.CL_ORD_ID, member.cl_ord_id), (t.SYMBOL, status.symbol)]
        if member.order_id is not None:
            fields.append((t.ORDER_ID, str(member.order_id)))
        if member.instructions:
            fields.append((t.NO_LIST_TRIGGERING_INSTRUCTIONS, str(len(member.instructions))))
        for instruction in member.instructions:
            fields += [
                (t.LIST_TRIGGER_TYPE, instruction.trigger_type),
                (t.LIST_TRIGGER_TRIGGER_INDEX, str(instruction.index)),
                (t.LIST_TRIGGER_ACTION, instruction.action),
            ]
        if member.refusal is not None:
            fields += [(t.ORD_REJ_REASON, "99"), *_refusal(member.refusal)]
    return Draft(MsgType.LIST_STATUS, tuple(fields))


def _ids(request: ev.Cancel | ev.Amend) -> list[tuple[int, str | bytes]]:
    fields: list[tuple[int, str | bytes]] = [(t.CL_ORD_ID, request.cl_ord_id)]
    if request.orig_cl_ord_id is not None:
        fields.append((t.ORIG_CL_ORD_ID, request.orig_cl_ord_id))
    if request.order_id is not None:
        fields.append((t.ORDER_ID, str(request.order_id)))
    fields.append((t.SYMBOL, request.symbol))
    return fields


def _list_ids(request: ev.CancelList) -> list[tuple[int, str | bytes]]:
    fields: list[tuple[int, str | bytes]] = [(t.CL_ORD_ID, request.cl_ord_id)]
    if request.orig_cl_list_id is not None:
        fields.append((t.ORIG_CL_LIST_ID, request.orig_cl_list_id))
    if request.list_id is not None:
        fields.append((t.LIST_ID, str(request.list_id)))
    fields.append((t.SYMBOL, request.symbol))
    return fields


def _refusal(refusal: ev.Refusal) -> Fields:
    return ((t.ERROR_CODE, str(int(refusal.code))), (t.TEXT, refusal.text))
