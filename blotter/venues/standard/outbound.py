"""Requests as standard order messages: D, F, G, H, AF and q (FIX 4.4 volume 4). Pure.

What the tables do not have is refused with a `ValueError` that names field, value and rule, before anything leaves.
Rules of a symbol (tick, lot, notional) are not known here.
"""

import re
from collections.abc import Iterator

from blotter.fix.session import Draft
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import ExecInst, OrdType, TimeInForce, TriggerPriceDirection
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AmendOrder,
    AskOrder,
    AskOrders,
    CancelOrder,
    ChangeOrder,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    VenueRequest,
)
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import Naming, Standard
from blotter.venues.standard.tags import MsgType
from blotter.venues.writing import Fields, positive, symbol_text

_CANCEL_BY_SYMBOL = "1"
_RESTING = (OrdType.LIMIT, OrdType.STOP_LIMIT)
_TRIGGERED = (OrdType.STOP, OrdType.STOP_LIMIT)
_TITLES = {
    OrdType.MARKET: "a market order",
    OrdType.LIMIT: "a limit order",
    OrdType.STOP: "a stop order",
    OrdType.STOP_LIMIT: "a stop-limit order",
    OrdType.PEGGED: "a pegged order",
}
_NEVER = (
    "trailing_bips",
    "peg_price_type",
    "peg_offset",
    "target_strategy",
    "strategy_id",
    "smart_routing",
)


def encode(standard: Standard, request: VenueRequest, at: int) -> Draft:
    """The message for a request. `at`: UTC ns, for TransactTime (60)."""
    match request:
        case NewOrder(cl_ord_id, terms):
            body = [*_id(standard, cl_ord_id), *order_terms(standard, terms)]
            return _draft(standard, MsgType.NEW_ORDER_SINGLE, body, at)
        case CancelOrder():
            return _draft(standard, MsgType.ORDER_CANCEL_REQUEST, _cancel(standard, request), at)
        case ChangeOrder(cl_ord_id, orig_cl_ord_id, terms, order_id):
            if not standard.change:
                raise ValueError("order: this venue has no change of an order, only cancel and new")
            names = _names(standard.change_naming, orig_cl_ord_id, order_id)
            body = [*_id(standard, cl_ord_id), *names, *order_terms(standard, terms)]
            return _draft(standard, MsgType.ORDER_CANCEL_REPLACE_REQUEST, body, at)
        case AskOrder():
            if not standard.order_status:
                raise ValueError("order status: this venue has no such request")
            return _draft(standard, MsgType.ORDER_STATUS_REQUEST, _ask(standard, request))
        case AskOrders(req_id):
            if standard.mass_status is None:
                raise ValueError("order status: this venue does not list what is open")
            body = [(t.MASS_STATUS_REQ_ID, req_id), (t.MASS_STATUS_REQ_TYPE, standard.mass_status)]
            return _draft(standard, MsgType.ORDER_MASS_STATUS_REQUEST, body)
        case MassCancel(cl_ord_id, symbol):
            if not standard.mass_cancel:
                raise ValueError("mass cancel: this venue has none of one symbol")
            body = [
                *_id(standard, cl_ord_id),
                (t.MASS_CANCEL_REQUEST_TYPE, _CANCEL_BY_SYMBOL),
                (t.SYMBOL, symbol_text(symbol)),
            ]
            return _draft(standard, MsgType.ORDER_MASS_CANCEL_REQUEST, body, at)
        case ReplaceOrder():
            raise ValueError("order: this venue has no cancel and new in one message")
        case AmendOrder():
            raise ValueError("order_qty: this venue has no message that shrinks an order in place")
        case _:
            raise ValueError(f"{type(request).__name__}: this venue has no such request")


def order_terms(standard: Standard, terms: OrderRequest) -> Fields:
    """The terms of an order as they stand in D and G."""
    title = _TITLES[terms.ord_type]
    if terms.ord_type not in standard.ord_types:
        raise ValueError(f"ord_type {terms.ord_type.name}: this venue does not take {title}")
    for name, value in _foreign(standard, terms):
        shown = getattr(value, "name", value)
        raise ValueError(f"{name} {shown}: {title} has none at this venue")
    return [
        (t.SYMBOL, symbol_text(terms.symbol)),
        (t.SIDE, terms.side.value),
        *_quantity(terms, title),
        (t.ORD_TYPE, _ord_type(standard, terms)),
        *_price(terms, title),
        *_trigger(standard, terms, title),
        *_time_in_force(standard, terms),
        *_visible(standard, terms),
        *_self_trade(standard, terms),
    ]


def _draft(standard: Standard, msg_type: MsgType, body: Fields, at: int | None = None) -> Draft:
    """What the venue does not have left out, what it wants beside put behind."""
    if at is not None:
        body = [*body, (t.TRANSACT_TIME, utc_timestamp(at, standard.time_precision))]
    omitted = standard.omit.get(msg_type, frozenset())
    kept = [field for field in body if field[0] not in omitted]
    return Draft(msg_type, [*kept, *standard.extra.get(msg_type, ())])


def _id(standard: Standard, cl_ord_id: str) -> Fields:
    rule = standard.cl_ord_id
    if re.fullmatch(rule.pattern, cl_ord_id) is None:
        raise ValueError(f"cl_ord_id {cl_ord_id!r}: {rule.words}")
    return [(t.CL_ORD_ID, cl_ord_id)]


def _names(naming: Naming, orig_cl_ord_id: str, order_id: str | None) -> Fields:
    """Which order is meant. Its ClOrdID may be another's making, so it is sent as it came."""
    if naming is Naming.BOTH_NEEDED and order_id is None:
        raise ValueError(
            "order_id is missing: the venue has not named the order yet, and wants its OrderID (37)"
        )
    if not orig_cl_ord_id and (order_id is None or naming is Naming.ORIG_CL_ORD_ID):
        raise ValueError("orig_cl_ord_id is missing: the order has no name by which the venue could be asked")
    fields: Fields = []
    if order_id is not None and naming is not Naming.ORIG_CL_ORD_ID:
        fields.append((t.ORDER_ID, order_id))
    if orig_cl_ord_id and (naming is not Naming.ORDER_ID or order_id is None):
        fields.append((t.ORIG_CL_ORD_ID, orig_cl_ord_id))
    return fields


def _cancel(standard: Standard, request: CancelOrder) -> Fields:
    if request.restrictions is not None:
        raise ValueError(
            f"restrictions {request.restrictions.name}: this venue cancels an order however it stands"
        )
    fields = [
        *_id(standard, request.cl_ord_id),
        *_names(standard.cancel_naming, request.orig_cl_ord_id, request.order_id),
        (t.SYMBOL, symbol_text(request.symbol)),
    ]
    if request.side is not None:
        fields.append((t.SIDE, request.side.value))
    if request.order_qty is not None:
        fields.append((t.ORDER_QTY, positive("order_qty", request.order_qty)))
    return fields


def _ask(standard: Standard, request: AskOrder) -> Fields:
    if not request.cl_ord_id:
        raise ValueError("cl_ord_id is missing: the order has no name by which the venue could be asked")
    fields = [(t.ORD_STATUS_REQ_ID, request.req_id), (t.CL_ORD_ID, request.cl_ord_id)]
    if request.order_id is not None:
        fields.append((t.ORDER_ID, request.order_id))
    return [*fields, (t.SYMBOL, symbol_text(request.symbol)), (t.SIDE, request.side.value)]


def _foreign(standard: Standard, terms: OrderRequest) -> Iterator[tuple[str, object]]:
    """What these terms have and this type of order, or this venue, has not."""
    names = list(_NEVER)
    if terms.ord_type not in _RESTING:
        names += ["price", "time_in_force", "expire_time", "max_floor"]
    if terms.ord_type is not OrdType.LIMIT or standard.post_only is None:
        names.append("exec_inst")
    if terms.ord_type not in _TRIGGERED:
        names += ["trigger_price", "trigger_direction"]
    if terms.ord_type is not OrdType.MARKET or not standard.cash_order_qty:
        names.append("cash_order_qty")
    if standard.max_floor is None:
        names.append("max_floor")
    if standard.self_trade is None:
        names.append("self_trade_prevention")
    for name in names:
        value = getattr(terms, name)
        if value is not None and value is not False:
            yield name, value


def _quantity(terms: OrderRequest, title: str) -> Fields:
    qty, cash = terms.order_qty, terms.cash_order_qty
    if qty is not None and cash is not None:
        raise ValueError(f"order_qty {qty} and cash_order_qty {cash}: {title} takes one of them, not both")
    if cash is not None:
        return [(t.CASH_ORDER_QTY, positive("cash_order_qty", cash))]
    if qty is None:
        raise ValueError(f"order_qty is missing: {title} needs one")
    return [(t.ORDER_QTY, positive("order_qty", qty))]


def _price(terms: OrderRequest, title: str) -> Fields:
    if terms.price is not None:
        return [(t.PRICE, positive("price", terms.price))]
    if terms.ord_type in _RESTING:
        raise ValueError(f"price is missing: {title} needs one")
    return []


def _trigger(standard: Standard, terms: OrderRequest, title: str) -> Fields:
    price, direction = terms.trigger_price, terms.trigger_direction
    if terms.ord_type not in _TRIGGERED:
        return []
    if price is None:
        raise ValueError(f"trigger_price is missing: {title} needs one")
    if direction is None:
        raise ValueError("trigger_direction is missing: a trigger price is reached from below or from above")
    fields = [(t.STOP_PX, positive("trigger_price", price))]
    if standard.trigger_direction:
        fields.append((t.TRIGGER_PRICE_DIRECTION, direction.value))
    return fields


def _ord_type(standard: Standard, terms: OrderRequest) -> str:
    if terms.ord_type not in _TRIGGERED or not terms.take_profit or standard.trigger_direction:
        return standard.ord_types[terms.ord_type]
    value = standard.take_profits.get(terms.ord_type)
    if value is None and terms.trigger_direction is not None:
        way = "falling" if terms.trigger_direction is TriggerPriceDirection.DOWN else "rising"
        raise ValueError(
            f"trigger_direction {terms.trigger_direction.name}: a {terms.side.name.lower()} that waits for a {way} "
            "price takes profit, and this venue has stop-loss orders only"
        )
    return value or standard.ord_types[terms.ord_type]


def _time_in_force(standard: Standard, terms: OrderRequest) -> Fields:
    """TimeInForce (59), and what says post-only."""
    time = terms.time_in_force
    if terms.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE and standard.post_only is not None:
        if time is not None:
            raise ValueError(f"time_in_force {time.name}: a post-only order has none")
        marked = standard.post_only
        time = None if marked.tag == t.TIME_IN_FORCE else standard.post_only_time_in_force
        return [(marked.tag, marked.value), *_time(standard, time, None)]
    if terms.ord_type not in _RESTING:
        return _time(standard, standard.implied_times.get(terms.ord_type), None)
    if time is None:
        raise ValueError(f"time_in_force is missing: {_TITLES[terms.ord_type]} needs one")
    return _time(standard, time, terms.expire_time)


def _time(standard: Standard, time: TimeInForce | None, expire_time: int | None) -> Fields:
    if time is None:
        return []
    value = standard.times_in_force.get(time)
    if value is None:
        known = ", ".join(known.name for known in standard.times_in_force)
        raise ValueError(f"time_in_force {time.name}: this venue takes {known}")
    if time is not TimeInForce.GOOD_TILL_DATE:
        if expire_time is not None:
            raise ValueError(f"expire_time: an order that is {time.name} has none")
        return [(t.TIME_IN_FORCE, value)]
    if expire_time is None:
        raise ValueError("expire_time is missing: an order that is GOOD_TILL_DATE needs one")
    return [(t.TIME_IN_FORCE, value), (t.EXPIRE_TIME, utc_timestamp(expire_time, standard.time_precision))]


def _visible(standard: Standard, terms: OrderRequest) -> Fields:
    if terms.max_floor is None or standard.max_floor is None:
        return []
    if terms.order_qty is not None and terms.max_floor > terms.order_qty:
        raise ValueError(
            f"max_floor {terms.max_floor}: the visible part must not exceed order_qty {terms.order_qty}"
        )
    return [(standard.max_floor, positive("max_floor", terms.max_floor))]


def _self_trade(standard: Standard, terms: OrderRequest) -> Fields:
    mode, has = terms.self_trade_prevention, standard.self_trade
    if mode is None or has is None:
        return []
    value = has.values.get(mode)
    if value is None:
        known = ", ".join(known.name for known in has.values)
        raise ValueError(f"self_trade_prevention {mode.name}: this venue takes {known}")
    return [(has.tag, value)]
