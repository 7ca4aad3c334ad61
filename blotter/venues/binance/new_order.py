"""The NewOrder block: an order's terms as fields, exactly by the venue's table of combinations (fact sheet 6.1).

The same block stands in NewOrderSingle, in the new half of a replace and in each leg of a list. What the table does
not have is refused here with a `ValueError` that names field, value and rule.
"""

from collections.abc import Iterator
from typing import NamedTuple

from blotter.trading.enums import ExecInst, OrdType, PegPriceType, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.binance import tags as t
from blotter.venues.binance.writing import Fields, client_id, positive, symbol_text, whole

_PRICE_MOVEMENT, _ACTIVATE, _LAST_TRADE = "4", "1", "2"
_FIXED_PEG, _PRICE_TIER = "1", "3"
MAX_PEG_OFFSET = 100
"""Price levels (fact sheet 6.1)."""
MIN_TARGET_STRATEGY = 1_000_000
"""Numbers below are the venue's own (-1134)."""


class _Kind(NamedTuple):
    """What an order type is called and may carry, beside side, symbol, ids and self-trade prevention."""

    title: str
    price: bool | None = False  # True: must, None: may, False: must not
    resting: bool = False  # takes time in force and a visible quantity
    triggered: bool | None = False  # as `price`
    pegged: bool = False
    post_only: bool = False
    smart_routing: bool = False


_KINDS = {
    OrdType.MARKET: _Kind("a market order", smart_routing=True),
    OrdType.LIMIT: _Kind("a limit order", price=True, resting=True, post_only=True, smart_routing=True),
    OrdType.STOP: _Kind("a stop order", triggered=True),
    OrdType.STOP_LIMIT: _Kind("a stop-limit order", price=True, resting=True, triggered=True),
    OrdType.PEGGED: _Kind(
        "a pegged order", price=None, resting=True, triggered=None, pegged=True, post_only=True
    ),
}
_TRIGGER = ("trigger_price", "trigger_direction", "trailing_bips")
_PEG = ("peg_price_type", "peg_offset")


def new_order(cl_ord_id: str, terms: OrderRequest, *, quantity: bool = True, routed: bool = False) -> Fields:
    """The block. `quantity`: False for a leg whose quantity the venue finds itself (OPO); `routed`: whether the
    message takes SOR (25032), which NewOrderSingle alone does."""
    kind = _KINDS[terms.ord_type]
    fields = [(t.CL_ORD_ID, client_id("cl_ord_id", cl_ord_id))]
    for name, value in _foreign(terms, kind):
        raise ValueError(f"{name} {value}: {kind.title} has none")
    fields += _quantity(terms, kind) if quantity else _no_quantity(terms)
    fields.append((t.ORD_TYPE, terms.ord_type.value))
    if terms.exec_inst is not None:
        fields.append((t.EXEC_INST, terms.exec_inst.value))
    if terms.price is not None:
        fields.append((t.PRICE, positive("price", terms.price)))
    elif kind.price:
        raise ValueError(f"price is missing: {kind.title} needs one")
    fields += _trigger(terms, kind)
    if kind.pegged:
        fields += _peg(terms)
    fields += [(t.SIDE, terms.side.value), (t.SYMBOL, symbol_text(terms.symbol))]
    if kind.resting:
        fields += _resting(terms, kind)
    if terms.target_strategy is not None:
        strategy = whole("target_strategy", terms.target_strategy, MIN_TARGET_STRATEGY)
        fields.append((t.TARGET_STRATEGY, strategy))
    if terms.strategy_id is not None:
        fields.append((t.STRATEGY_ID, whole("strategy_id", terms.strategy_id, 0)))
    if terms.self_trade_prevention is not None:
        fields.append((t.SELF_TRADE_PREVENTION_MODE, terms.self_trade_prevention.value))
    if terms.smart_routing:
        _require_routable(terms, kind, routed)
        fields.append((t.SOR, "Y"))
    return fields


def is_post_only(terms: OrderRequest) -> bool:
    """The venue's LIMIT_MAKER."""
    return terms.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE


def _foreign(terms: OrderRequest, kind: _Kind) -> Iterator[tuple[str, object]]:
    """Fields that this type of order does not have, but these terms do."""
    names: list[str] = []
    if kind.price is False:
        names.append("price")
    if not kind.resting:
        names += ["time_in_force", "max_floor"]
    if not kind.post_only:
        names.append("exec_inst")
    if kind.triggered is False:
        names += _TRIGGER
    if not kind.pegged:
        names += _PEG
    for name in names:
        value = getattr(terms, name)
        if value is not None:
            yield name, getattr(value, "name", value)


def _quantity(terms: OrderRequest, kind: _Kind) -> Fields:
    qty, cash = terms.order_qty, terms.cash_order_qty
    market = terms.ord_type is OrdType.MARKET
    if cash is not None and not market:
        raise ValueError(f"cash_order_qty {cash}: only a market order takes a quote amount")
    if qty is not None and cash is not None:
        raise ValueError(
            f"order_qty {qty} and cash_order_qty {cash}: a market order takes one of them, not both"
        )
    if qty is not None:
        return [(t.ORDER_QTY, positive("order_qty", qty))]
    if cash is not None:
        return [(t.CASH_ORDER_QTY, positive("cash_order_qty", cash))]
    needs = "needs it or cash_order_qty" if market else "needs one"
    raise ValueError(f"order_qty is missing: {kind.title} {needs}")


def _no_quantity(terms: OrderRequest) -> Fields:
    for name, value in (("order_qty", terms.order_qty), ("cash_order_qty", terms.cash_order_qty)):
        if value is not None:
            raise ValueError(f"{name} {value}: this leg takes what the working leg receives")
    return []


def _trigger(terms: OrderRequest, kind: _Kind) -> Fields:
    """Side and direction say stop-loss or take-profit; a trailing one without either field takes profit (trap 22)."""
    price, bips, direction = terms.trigger_price, terms.trailing_bips, terms.trigger_direction
    if price is None and bips is None:
        if direction is not None:
            raise ValueError(
                f"trigger_direction {direction.name}: without trigger_price or trailing_bips it means nothing"
            )
        if kind.triggered:
            raise ValueError(f"trigger_price is missing: {kind.title} needs it or trailing_bips")
        return []
    if price is not None and direction is None:
        raise ValueError("trigger_direction is missing: a trigger price is reached from below or from above")
    fields = [(t.TRIGGER_TYPE, _PRICE_MOVEMENT), (t.TRIGGER_ACTION, _ACTIVATE)]
    if price is not None:
        fields.append((t.TRIGGER_PRICE, positive("trigger_price", price)))
    fields.append((t.TRIGGER_PRICE_TYPE, _LAST_TRADE))
    if direction is not None and not (price is None and terms.take_profit):
        fields.append((t.TRIGGER_PRICE_DIRECTION, direction.value))
    if bips is not None:
        fields.append((t.TRIGGER_TRAILING_DELTA_BIPS, whole("trailing_bips", bips)))
    return fields


def _peg(terms: OrderRequest) -> Fields:
    if terms.peg_price_type is None:
        raise ValueError("peg_price_type is missing: a pegged order needs one")
    fields: Fields = []
    if terms.peg_offset is not None:
        fields.append((t.PEG_OFFSET_VALUE, whole("peg_offset", terms.peg_offset, 1, MAX_PEG_OFFSET)))
    fields += [(t.PEG_PRICE_TYPE, terms.peg_price_type.value), (t.PEG_MOVE_TYPE, _FIXED_PEG)]
    if terms.peg_offset is not None:
        fields.append((t.PEG_OFFSET_TYPE, _PRICE_TIER))
    primary = terms.peg_price_type is PegPriceType.PRIMARY_PEG
    if is_post_only(terms):
        if not primary:
            raise ValueError(
                f"peg_price_type {terms.peg_price_type.name}: a post-only peg must be PRIMARY_PEG"
            )
        if terms.contingent:
            raise ValueError("exec_inst PARTICIPATE_DONT_INITIATE: a pegged order with a trigger has none")
    elif primary and not terms.contingent and terms.time_in_force is not TimeInForce.GOOD_TILL_CANCEL:
        having = "is missing" if terms.time_in_force is None else terms.time_in_force.name
        raise ValueError(f"time_in_force {having}: a limit order with PRIMARY_PEG needs GOOD_TILL_CANCEL")
    return fields


def _resting(terms: OrderRequest, kind: _Kind) -> Fields:
    tif = terms.time_in_force
    if tif in (TimeInForce.DAY, TimeInForce.GOOD_TILL_DATE):
        raise ValueError(
            f"time_in_force {tif.name}: this venue has GTC, IOC and FOK, no order ends by itself at a time"
        )
    if terms.expire_time is not None:
        raise ValueError(f"expire_time {terms.expire_time}: this venue has no orders that end at a time")
    if is_post_only(terms):
        if tif is not None:
            raise ValueError(f"time_in_force {tif.name}: a post-only order has none")
    elif tif is None:
        unless = " unless it is post-only" if kind.post_only else ""
        raise ValueError(f"time_in_force is missing: {kind.title} needs one{unless}")
    fields = [] if tif is None else [(t.TIME_IN_FORCE, tif.value)]
    floor = terms.max_floor
    if floor is not None:
        fields.append((t.MAX_FLOOR, positive("max_floor", floor)))
        if tif is not TimeInForce.GOOD_TILL_CANCEL:
            raise ValueError(
                f"max_floor {floor}: an iceberg needs time_in_force GOOD_TILL_CANCEL, "
                f"this order has {'none' if tif is None else tif.name}"
            )
        if terms.order_qty is not None and floor > terms.order_qty:
            raise ValueError(
                f"max_floor {floor}: the visible part must not exceed order_qty {terms.order_qty}"
            )
    return fields


def _require_routable(terms: OrderRequest, kind: _Kind, routed: bool) -> None:
    if not routed:
        raise ValueError("smart_routing: only a new single order takes it, no replace and no list")
    if not kind.smart_routing or is_post_only(terms):
        what = "a post-only order" if kind.smart_routing else kind.title
        raise ValueError(f"smart_routing: {what} has none")
