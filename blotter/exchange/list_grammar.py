"""Which order lists there are: NewOrderList (E) read and held against the venue's table (fact sheet 6.6). Pure.

The order of the legs is fixed, and so are their instructions: each leg names what must happen to another one, and what
then happens to itself. A partner that rests on the book is watched for a fill, a contingent one for its activation.
Everything else is refused, an instruction with the recommendation of the right one (-1174).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from blotter.exchange import filters, triggers
from blotter.exchange.event import Instruction, Leg, PlaceList
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.exchange.terms import conflict, read_terms, required
from blotter.fix.codec import Message
from blotter.trading.enums import ContingencyType, OrdType, Side
from blotter.trading.request import OrderRequest
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.messages import CLIENT_MESSAGES
from blotter.venues.binance.tags import MsgType

_LEG: Final = CLIENT_MESSAGES[SessionKind.ORDER_ENTRY][MsgType.NEW_ORDER_LIST].groups[t.NO_ORDERS]
_INSTRUCTION: Final = tuple(_LEG.groups[t.NO_LIST_TRIGGERING_INSTRUCTIONS].fields)
_MEMBERS: Final = frozenset(_LEG.fields) | frozenset(_INSTRUCTION)
_ACTIVATED: Final = "1"  # ListTriggerType (25011)
_PARTIALLY_FILLED: Final = "2"
_FILLED: Final = "3"
_RELEASE: Final = "1"  # ListTriggerAction (25013)
_CANCEL: Final = "2"
_NAMES: Final = {
    (1, False): ("below", "above"),
    (2, False): ("working", "pending"),
    (2, True): ("working", "pending below", "pending above"),
}


class _Kind(Enum):
    """What a leg is in a pair."""

    LIMIT_MAKER = "limit"
    STOP_LOSS = "stop loss"
    TAKE_PROFIT = "take profit"


_MISPLACED: Final[Mapping[tuple[Side, _Kind], tuple[str, ErrorCode, str]]] = {
    (Side.BUY, _Kind.LIMIT_MAKER): (
        "above", ErrorCode.BUY_OCO_LIMIT_MUST_BE_BELOW, ErrorText.BUY_OCO_LIMIT,
    ),
    (Side.SELL, _Kind.LIMIT_MAKER): (
        "below", ErrorCode.SELL_OCO_LIMIT_MUST_BE_ABOVE, ErrorText.SELL_OCO_LIMIT,
    ),
    (Side.BUY, _Kind.STOP_LOSS): (
        "below", ErrorCode.BUY_OCO_STOP_LOSS_MUST_BE_ABOVE, ErrorText.BUY_OCO_STOP_LOSS,
    ),
    (Side.SELL, _Kind.STOP_LOSS): (
        "above", ErrorCode.SELL_OCO_STOP_LOSS_MUST_BE_BELOW, ErrorText.SELL_OCO_STOP_LOSS,
    ),
    (Side.BUY, _Kind.TAKE_PROFIT): (
        "above", ErrorCode.BUY_OCO_TAKE_PROFIT_MUST_BE_BELOW, ErrorText.BUY_OCO_TAKE_PROFIT,
    ),
    (Side.SELL, _Kind.TAKE_PROFIT): (
        "below", ErrorCode.SELL_OCO_TAKE_PROFIT_MUST_BE_ABOVE, ErrorText.SELL_OCO_TAKE_PROFIT,
    ),
}  # fmt: skip
"""Where a leg of a pair may not stand, and what the venue says then."""


def read_list(message: Message, account: str, at: int, symbols: Mapping[str, object]) -> PlaceList:
    """The list in a NewOrderList. Raises `IllegalMessageError` when the venue knows none of that shape."""
    contingency = ContingencyType(required(message, t.CONTINGENCY_TYPE))
    opo = message.get(t.OPO) == b"Y"
    waits = contingency is ContingencyType.ONE_TRIGGERS_THE_OTHER
    if opo and not waits:
        raise conflict(t.OPO, t.CONTINGENCY_TYPE, t.OPO)
    entries = message.groups(t.NO_ORDERS, _MEMBERS)
    if len(entries) not in ((2, 3) if waits else (2,)):
        raise _invalid(t.NO_ORDERS)
    if opo:
        _check_opo_sizes(entries)
    legs = tuple(
        Leg(
            cl_ord_id=required(entry, t.CL_ORD_ID),
            request=read_terms(entry, symbols, sized=not (opo and number)),
            instructions=_instructions(entry),
        )
        for number, entry in enumerate(entries)
    )
    place = PlaceList(
        at=at,
        account=account,
        cl_list_id=required(message, t.CL_LIST_ID),
        contingency=contingency,
        legs=legs,
        opo=opo,
    )
    _check_ids(place)
    if waits:
        _check_waiting(place)
    if len(legs) == 3 or not waits:
        _check_pair(legs[-2].request, legs[-1].request, opo=opo)
    _check_instructions(place)
    return place


def _instructions(entry: Message) -> tuple[Instruction, ...]:
    found = entry.groups(t.NO_LIST_TRIGGERING_INSTRUCTIONS, frozenset(_INSTRUCTION))
    texts = ([required(instruction, tag) for tag in _INSTRUCTION] for instruction in found)
    return tuple(Instruction(kind, int(index), action) for kind, index, action in texts)


def _check_ids(place: PlaceList) -> None:
    """One symbol; every leg and the list have ids of their own."""
    names = [leg.cl_ord_id for leg in place.legs]
    if len({leg.request.symbol for leg in place.legs}) > 1:
        raise _invalid(t.SYMBOL)
    if len(set(names)) != len(names):
        text = ErrorText.GROUP_DUPLICATES.format(FIELDS[t.NO_ORDERS].name)
        raise IllegalMessageError(Fault(ErrorCode.DUPLICATE_ENTRIES_IN_A_GROUP, text, tag=t.NO_ORDERS))
    if place.cl_list_id in names:
        raise conflict(t.CL_LIST_ID, t.CL_ORD_ID, t.CL_LIST_ID)


def _check_opo_sizes(entries: list[Message]) -> None:
    """The working leg has a quantity, the others learn theirs."""
    if entries[0].get(t.ORDER_QTY) is None:
        raise _shape(ErrorCode.WORKING_PARAM_REQUIRED, ErrorText.WORKING_PARAM.format(t.ORDER_QTY))
    for entry in entries[1:]:
        for tag in (t.ORDER_QTY, t.CASH_ORDER_QTY):
            if entry.get(tag) is not None:
                text = ErrorText.PENDING_PARAM.format(tag)
                raise _shape(ErrorCode.PENDING_PARAM_NOT_REQUIRED, text, tag)


def _check_waiting(place: PlaceList) -> None:
    """A working leg that can rest, and others that may wait for it."""
    working, *pending = (leg.request for leg in place.legs)
    pegged = working.ord_type is OrdType.PEGGED and not triggers.contingent(working)
    if working.ord_type is not OrdType.LIMIT and not pegged:
        raise _shape(ErrorCode.UNKNOWN_ORDER_COMPOSITION, ErrorText.ORDER_COMBINATION, t.ORD_TYPE)
    if any(request.cash_order_qty is not None for request in pending):
        text = ErrorText.NOT_REQUIRED.format(FIELDS[t.CASH_ORDER_QTY].name)
        raise _shape(ErrorCode.PARAM_NOT_REQUIRED, text, t.CASH_ORDER_QTY)
    if place.opo and working.side is not Side.BUY:
        raise _shape(ErrorCode.OPO_WORKING_MUST_BE_BUY, ErrorText.OPO_WORKING, t.SIDE)
    if place.opo and any(request.side is not Side.SELL for request in pending):
        raise _shape(ErrorCode.OPO_PENDING_MUST_BE_SELL, ErrorText.OPO_PENDING, t.SIDE)


def _check_pair(below: OrderRequest, above: OrderRequest, *, opo: bool) -> None:
    """Two legs of one side and quantity that cancel each other: one on either side of the market."""
    kinds = _kind(below), _kind(above)
    if below.side is not above.side:
        raise _invalid(t.SIDE)
    if kinds == (_Kind.LIMIT_MAKER, _Kind.LIMIT_MAKER):
        raise _shape(ErrorCode.BOTH_OCO_ORDERS_CANNOT_BE_LIMIT, ErrorText.BOTH_OCO_LIMIT, t.ORD_TYPE)
    for place, kind in zip(("below", "above"), kinds, strict=True):
        wrong, code, text = _MISPLACED[below.side, kind]
        if place == wrong:
            raise _shape(code, text, t.ORD_TYPE)
    if not opo and below.order_qty != above.order_qty:
        raise _invalid(t.ORDER_QTY)


def _kind(request: OrderRequest) -> _Kind:
    if triggers.contingent(request):
        return _Kind.TAKE_PROFIT if request.take_profit else _Kind.STOP_LOSS
    if filters.post_only(request):
        return _Kind.LIMIT_MAKER
    raise _shape(ErrorCode.OCO_ORDER_TYPE_REJECTED, ErrorText.OCO_ORDER_TYPE, t.ORD_TYPE)


def _check_instructions(place: PlaceList) -> None:
    """As the table has them.

    In the rows with three legs the venue's document writes the first instruction as (3,0,2), CANCEL on the fill of the
    working leg, though the two-leg rows and the enumeration's meaning say (3,0,1), RELEASE. Both are rehearsed here, so
    both are taken, and mean RELEASE.
    """
    names = _NAMES[int(place.contingency.value), len(place.legs) == 3]
    for number, leg in enumerate(place.legs):
        expected = _expected(place, number)
        given = leg.instructions
        if len(place.legs) == 3 and given[:1] == (_waiting(_RELEASE),):
            given = (_waiting(_CANCEL), *given[1:])
        if given != expected:
            recommendation = "|".join(
                f"{t.LIST_TRIGGER_TYPE}={i.trigger_type}|{t.LIST_TRIGGER_TRIGGER_INDEX}={i.index}"
                f"|{t.LIST_TRIGGER_ACTION}={i.action}"
                for i in expected
            )
            text = ErrorText.INVALID_COMPONENT.format(
                "ListTriggeringInstructions",
                names[number],
                f"{t.NO_LIST_TRIGGERING_INSTRUCTIONS}={len(expected)}|{recommendation}"
                if expected
                else "NONE",
            )
            raise _shape(ErrorCode.INVALID_COMPONENT, text, t.NO_LIST_TRIGGERING_INSTRUCTIONS)


def _expected(place: PlaceList, number: int) -> tuple[Instruction, ...]:
    """What leg `number` must say."""
    legs = place.legs
    if place.contingency is ContingencyType.ONE_CANCELS_THE_OTHER:
        return (_partner(legs, 1 - number),)
    if number == 0:
        return ()
    if len(legs) == 2:
        return (_waiting(_RELEASE),)
    return (_waiting(_CANCEL), _partner(legs, 3 - number))


def _waiting(action: str) -> Instruction:
    return Instruction(_FILLED, 0, action)


def _partner(legs: tuple[Leg, ...], other: int) -> Instruction:
    contingent = triggers.contingent(legs[other].request)
    return Instruction(_ACTIVATED if contingent else _PARTIALLY_FILLED, other, _CANCEL)


def _shape(code: ErrorCode, text: str, tag: int = t.ORDER_QTY) -> IllegalMessageError:
    return IllegalMessageError(Fault(code, text, tag=tag))


def _invalid(tag: int) -> IllegalMessageError:
    text = ErrorText.INVALID_PARAMETER.format(FIELDS[tag].name)
    return IllegalMessageError(Fault(ErrorCode.INVALID_PARAMETER, text, tag=tag))
