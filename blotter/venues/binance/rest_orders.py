"""Orders, cancels and order lists as REST tells them (fact sheet section 11).

What decides what became of an order (status, side, type) and is unknown here is not guessed at. What only describes it
is left out where it is unknown.
"""

from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from blotter.trading.decimals import sane
from blotter.trading.enums import (
    ContingencyType,
    ExecType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    PegPriceType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ZERO, ExecutionReport, ListMember, ListReport, Reason
from blotter.venues.answers import LISTS, decoded, known, require_amounts
from blotter.venues.binance.execution_report import EXPIRIES, EXPIRY_REASONS, INT64
from blotter.venues.binance.rest_json import moment

_STATUSES = {
    "NEW": (OrdStatus.NEW, ExecType.NEW),
    "PENDING_NEW": (OrdStatus.PENDING_NEW, ExecType.PENDING_NEW),
    # Not TRADE: that would be one execution, and this is what all of them add up to.
    "PARTIALLY_FILLED": (OrdStatus.PARTIALLY_FILLED, ExecType.NEW),
    "FILLED": (OrdStatus.FILLED, ExecType.NEW),
    "CANCELED": (OrdStatus.CANCELED, ExecType.CANCELED),
    "PENDING_CANCEL": (OrdStatus.PENDING_CANCEL, ExecType.NEW),
    "REJECTED": (OrdStatus.REJECTED, ExecType.REJECTED),
    "EXPIRED": (OrdStatus.EXPIRED, ExecType.EXPIRED),
    "EXPIRED_IN_MATCH": (OrdStatus.EXPIRED, ExecType.EXPIRED),
}
_ENDINGS = {
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "self-trade prevention",
    "REJECTED": "rejected by the venue after it was accepted",
}


class _Type(NamedTuple):
    """A `type` of the venue's. `take_profit`: of contingent ones, whether they are that or a stop-loss."""

    ord_type: OrdType
    post_only: bool = False
    take_profit: bool | None = None


TYPES = {
    "LIMIT": _Type(OrdType.LIMIT),
    "LIMIT_MAKER": _Type(OrdType.LIMIT, post_only=True),
    "MARKET": _Type(OrdType.MARKET),
    "STOP_LOSS": _Type(OrdType.STOP, take_profit=False),
    "TAKE_PROFIT": _Type(OrdType.STOP, take_profit=True),
    "STOP_LOSS_LIMIT": _Type(OrdType.STOP_LIMIT, take_profit=False),
    "TAKE_PROFIT_LIMIT": _Type(OrdType.STOP_LIMIT, take_profit=True),
}
_UNPRICED = frozenset({OrdType.MARKET, OrdType.STOP})
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TIMES_IN_FORCE = {
    "GTC": TimeInForce.GOOD_TILL_CANCEL,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
_PEG_PRICE_TYPES = {mode.name: mode for mode in PegPriceType}
_STP_MODES = {mode.name: mode for mode in SelfTradePreventionMode}
_CONTINGENCIES = {
    "OCO": ContingencyType.ONE_CANCELS_THE_OTHER,
    "OTO": ContingencyType.ONE_TRIGGERS_THE_OTHER,
}
_LIST_STATUS_TYPES = {kind.name: kind for kind in ListStatusType}
_LIST_ORDER_STATUSES = {status.name: status for status in ListOrderStatus}
_NO_LIST = -1


class _Order(msgspec.Struct, frozen=True, rename="camel"):
    """An order, or the answer to its cancel: then `client_order_id` is the cancel's own."""

    symbol: str
    order_id: int
    client_order_id: str
    status: str
    type: str
    side: str
    orig_qty: Decimal
    executed_qty: Decimal
    cummulative_quote_qty: Decimal  # the venue's spelling
    orig_client_order_id: str | None = None
    order_list_id: int = _NO_LIST
    price: Decimal = ZERO
    time_in_force: str = ""
    iceberg_qty: Decimal = ZERO
    orig_quote_order_qty: Decimal = ZERO
    prevented_quantity: Decimal = ZERO
    stop_price: Decimal = ZERO
    peg_price_type: str | None = None
    pegged_price: Decimal | None = None
    # These describe only: whatever comes in them is no reason not to read the order.
    trailing_delta: Any = None
    peg_offset_value: Any = None
    strategy_id: Any = None
    strategy_type: Any = None
    self_trade_prevention_mode: Any = None
    used_sor: Any = None
    expiry_reason: Any = None
    update_time: int | None = None
    transact_time: int | None = None  # of a cancel
    is_working: bool | None = None


class _Member(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    order_id: int
    client_order_id: str


class _List(msgspec.Struct, frozen=True, rename="camel"):
    order_list_id: int
    contingency_type: str
    list_status_type: str
    list_order_status: str
    list_client_order_id: str
    symbol: str
    orders: list[_Member]
    transaction_time: int | None = None


class _Canceled(msgspec.Struct, frozen=True, rename="camel"):
    """What tells a cancelled list from a cancelled order."""

    order_reports: list[msgspec.Raw] | None = None


_orders = msgspec.json.Decoder(_Order)
_lists = msgspec.json.Decoder(_List)
_canceled = msgspec.json.Decoder(_Canceled)


def read_order(body: bytes, at: int) -> ExecutionReport:
    """See `RestDialect.read_order`."""
    return _snapshot(decoded(_orders, body, "order"), at)


def read_cancels(body: bytes, at: int) -> tuple[ExecutionReport, ...]:
    """See `RestDialect.read_cancels`."""
    elements = decoded(LISTS, body, "cancels") if body.lstrip()[:1] == b"[" else [msgspec.Raw(body)]
    reports: list[ExecutionReport] = []
    for element in elements:
        legs = decoded(_canceled, element, "cancel").order_reports
        reports += [
            _snapshot(decoded(_orders, one, "cancelled order"), at)
            for one in ([element] if legs is None else legs)
        ]
    return tuple(reports)


def read_list(body: bytes, at: int) -> ListReport:
    """See `RestDialect.read_list`."""
    found = decoded(_lists, body, "order list")
    what = f"order list {found.symbol}#{found.order_list_id} ({found.list_client_order_id})"
    return ListReport(
        list_id=str(found.order_list_id),
        cl_list_id=found.list_client_order_id,
        status_type=known(_LIST_STATUS_TYPES, found.list_status_type, f"{what}: status type"),
        order_status=known(_LIST_ORDER_STATUSES, found.list_order_status, f"{what}: status"),
        at=at,
        symbol=found.symbol,
        contingency=_CONTINGENCIES.get(found.contingency_type),
        members=tuple(
            ListMember(symbol=leg.symbol, cl_ord_id=leg.client_order_id, order_id=str(leg.order_id))
            for leg in found.orders
        ),
        transact_time=moment(found.transaction_time),
    )


def _snapshot(order: _Order, at: int) -> ExecutionReport:
    name = order.client_order_id if order.orig_client_order_id is None else order.orig_client_order_id
    what = f"order {order.symbol}#{order.order_id} ({name})"
    ord_status, exec_type = known(_STATUSES, order.status, f"{what}: status")
    kind = known(TYPES, order.type, f"{what}: type")
    side = known(_SIDES, order.side, f"{what}: side")
    require_amounts(what, order.orig_qty, order.executed_qty, order.price, order.prevented_quantity)
    quote_qty = order.cummulative_quote_qty
    unpriced = kind.ord_type in _UNPRICED
    expiry = EXPIRY_REASONS.get(str(order.expiry_reason))
    time = order.update_time if order.transact_time is None else order.transact_time
    return ExecutionReport(
        symbol=order.symbol,
        side=side,
        ord_type=OrdType.PEGGED if order.peg_price_type else kind.ord_type,
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=order.executed_qty,
        at=at,
        cl_ord_id=order.client_order_id,
        orig_cl_ord_id=order.orig_client_order_id,
        order_id=str(order.order_id),
        order_qty=order.orig_qty or None,
        cash_order_qty=_amount(order.orig_quote_order_qty),
        price=None if unpriced else order.price or None,
        time_in_force=None if kind.post_only or unpriced else _TIMES_IN_FORCE.get(order.time_in_force),
        post_only=kind.post_only,
        max_floor=_amount(order.iceberg_qty),
        # Below zero where the venue no longer has it (orders of its early years).
        cum_quote_qty=quote_qty if sane(quote_qty) and quote_qty >= 0 else None,
        prevented_qty=order.prevented_quantity,
        working=order.is_working,
        transact_time=moment(time),
        reason=_ending(order.status, expiry),
        list_id=None if order.order_list_id == _NO_LIST else str(order.order_list_id),
        trigger_price=None if kind.take_profit is None else _amount(order.stop_price),
        trigger_direction=_direction(side, kind),
        trailing_bips=_whole(order.trailing_delta) or None,
        peg_price_type=_PEG_PRICE_TYPES.get(order.peg_price_type or ""),
        peg_offset=_whole(order.peg_offset_value) or None,
        pegged_price=_amount(order.pegged_price),
        target_strategy=_whole(order.strategy_type),
        strategy_id=_whole(order.strategy_id),
        self_trade_prevention=_STP_MODES.get(str(order.self_trade_prevention_mode)),
        smart_routing=order.used_sor is True,
        expiry_reason=expiry,
    )


def _amount(value: Decimal | None) -> Decimal | None:
    """One that only describes: None where there is none, 0 is how the venue says so."""
    return value if value is not None and sane(value) and value > 0 else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= INT64 else None


def _direction(side: Side, kind: _Type) -> TriggerPriceDirection | None:
    """A stop-loss buys above the market and sells below it, a take-profit the other way round (trap 22)."""
    if kind.take_profit is None:
        return None
    rising = (side is Side.BUY) != kind.take_profit
    return TriggerPriceDirection.UP if rising else TriggerPriceDirection.DOWN


def _ending(status: str, expiry: ExpiryReason | None) -> Reason | None:
    if status not in _ENDINGS:
        return None
    text = _ENDINGS[status] if expiry is None else EXPIRIES[expiry]
    return Reason(category=RejectCategory.OTHER, text=text)
