"""NewOrderList (E): which legs make which list, and the instructions that tie them together (fact sheet 6.6).

Every leg's instructions follow from one rule: it waits for the working leg to fill, if there is one, and it goes when
its partner takes over. A partner that rests on the book at once is watched for a fill, a contingent one for its
activation.
"""

from enum import Enum
from typing import NamedTuple

from blotter.trading.enums import ContingencyType, OrdType, Side
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import NewOrder
from blotter.venues.binance import tags as t
from blotter.venues.binance.new_order import is_post_only, new_order
from blotter.venues.binance.writing import Fields, client_id


class ListTriggerType(Enum):
    """ListTriggerType (25011): what must happen to the other leg."""

    ACTIVATED = "1"
    PARTIALLY_FILLED = "2"
    FILLED = "3"


class ListTriggerAction(Enum):
    """ListTriggerAction (25013): what then happens to this leg."""

    RELEASE = "1"
    CANCEL = "2"


class Instruction(NamedTuple):
    """One entry of NoListTriggeringInstructions (25010)."""

    trigger: ListTriggerType
    leg: int  # index of the other leg, from 0
    action: ListTriggerAction


_WAIT = Instruction(ListTriggerType.FILLED, 0, ListTriggerAction.RELEASE)
_PAYING = frozenset({ListKind.OPO, ListKind.OPOCO})
_CONTINGENT = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})


def new_order_list(
    cl_list_id: str, kind: ListKind, legs: tuple[NewOrder, ...], first_action: ListTriggerAction
) -> Fields:
    """The message's fields. `first_action`: what the complete fill of the working leg does to the other two legs of a
    three-leg list. Raises `ValueError` naming leg, field, value and rule."""
    client_id("cl_list_id", cl_list_id)
    _require_shape(cl_list_id, kind, legs)
    oco = kind is ListKind.OCO
    contingency = ContingencyType.ONE_CANCELS_THE_OTHER if oco else ContingencyType.ONE_TRIGGERS_THE_OTHER
    fields = [(t.CL_LIST_ID, cl_list_id), (t.CONTINGENCY_TYPE, contingency.value)]
    if kind in _PAYING:
        fields.append((t.OPO, "Y"))
    fields.append((t.NO_ORDERS, str(len(legs))))
    for index, (name, leg) in enumerate(zip(kind.leg_names, legs, strict=True)):
        paid = kind in _PAYING and index > 0
        try:
            fields += new_order(leg.cl_ord_id, leg.request, quantity=not paid)
        except ValueError as error:
            raise ValueError(f"{name} leg: {error}") from None
        given = instructions(kind, legs, index, first_action)
        if given:
            fields.append((t.NO_LIST_TRIGGERING_INSTRUCTIONS, str(len(given))))
        for instruction in given:
            fields += [
                (t.LIST_TRIGGER_TYPE, instruction.trigger.value),
                (t.LIST_TRIGGER_TRIGGER_INDEX, str(instruction.leg)),
                (t.LIST_TRIGGER_ACTION, instruction.action.value),
            ]
    return fields


def instructions(
    kind: ListKind, legs: tuple[NewOrder, ...], index: int, first_action: ListTriggerAction
) -> tuple[Instruction, ...]:
    """What leg `index` waits for."""
    if kind is ListKind.OCO:
        return (_partner(legs, 1 - index),)
    if index == 0:
        return ()
    if len(legs) == 2:
        return (_WAIT,)
    return (_WAIT._replace(action=first_action), _partner(legs, 3 - index))


def _partner(legs: tuple[NewOrder, ...], index: int) -> Instruction:
    resting = is_post_only(legs[index].request)
    watched = ListTriggerType.PARTIALLY_FILLED if resting else ListTriggerType.ACTIVATED
    return Instruction(watched, index, ListTriggerAction.CANCEL)


def _require_shape(cl_list_id: str, kind: ListKind, legs: tuple[NewOrder, ...]) -> None:
    names = kind.leg_names
    if len(legs) != len(names):
        raise ValueError(f"legs: {len(legs)} given, {kind.value} has {len(names)}: {', '.join(names)}")
    symbols = {leg.request.symbol for leg in legs}
    if len(symbols) > 1:
        raise ValueError(f"symbol {', '.join(sorted(symbols))}: all legs of a list are of one symbol")
    ids = [cl_list_id, *(leg.cl_ord_id for leg in legs)]
    twice = next((name for at, name in enumerate(ids) if name in ids[:at]), None)
    if twice is not None:
        raise ValueError(f"cl_ord_id {twice!r}: the list and each of its legs need ids of their own")
    if kind is not ListKind.OCO:
        _require_working(kind, legs[0].request)
        if legs[1].request.cash_order_qty is not None:
            raise ValueError(
                f"{names[1]} leg: cash_order_qty {legs[1].request.cash_order_qty}: "
                "only a quantity can wait for another order"
            )
    if kind in _PAYING:
        _require_side(kind, "working", legs[0].request, Side.BUY)
        for name, leg in zip(names[1:], legs[1:], strict=True):
            _require_side(kind, name, leg.request, Side.SELL)
    if len(names) == 3 or kind is ListKind.OCO:
        _require_pair(legs[-2].request, legs[-1].request)


def _require_working(kind: ListKind, working: OrderRequest) -> None:
    if working.ord_type is not OrdType.LIMIT:
        raise ValueError(
            f"working leg: ord_type {working.ord_type.name}: that of an {kind.value} must be LIMIT"
        )


def _require_side(kind: ListKind, name: str, leg: OrderRequest, side: Side) -> None:
    if leg.side is not side:
        raise ValueError(f"{name} leg: side {leg.side.name}: that of an {kind.value} must be {side.name}")


def _require_pair(below: OrderRequest, above: OrderRequest) -> None:
    """One leg stops the loss on the far side of the market, the other takes the profit on the near one."""
    if below.side is not above.side:
        raise ValueError(f"above leg: side {above.side.name}: the below leg's is {below.side.name}")
    selling = below.side is Side.SELL
    (profit_name, profit), (stop_name, stop) = (
        (("above", above), ("below", below)) if selling else (("below", below), ("above", above))
    )
    if stop.ord_type not in _CONTINGENT or stop.take_profit:
        raise ValueError(
            f"{stop_name} leg: {_described(stop)}: of a {below.side.name} pair it must be a stop-loss"
        )
    if not (is_post_only(profit) or (profit.ord_type in _CONTINGENT and profit.take_profit)):
        raise ValueError(
            f"{profit_name} leg: {_described(profit)}: of a {below.side.name} pair it must be post-only "
            "or a take-profit"
        )


def _described(leg: OrderRequest) -> str:
    if leg.ord_type in _CONTINGENT:
        direction = "without" if leg.trigger_direction is None else leg.trigger_direction.name
        return f"ord_type {leg.ord_type.name}, trigger_direction {direction}"
    return f"ord_type {leg.ord_type.name}"
