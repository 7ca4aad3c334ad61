"""What a dialect says of itself so that standard order messages can be written and read for it. Data only.

The defaults are FIX 4.4's own values (volume 4 and 6). A dialect replaces what its sheet says otherwise, with
`msgspec.structs.replace` or by keyword; what is not in a table is refused on the way out and `Unhandled` on the way in.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from blotter.fix.codec import Fields, Message
from blotter.fix.dictionary import Dictionary
from blotter.fix.fix44 import FIX44
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    SelfTradePreventionMode,
    TimeInForce,
)
from blotter.trading.event import Reason
from blotter.venues.standard import tags as t


class IdRule(NamedTuple):
    """What an id of our making must match in full, and that rule in words."""

    pattern: str
    words: str


class Naming(Enum):
    """By which ids a request names the order it is about."""

    BOTH = "OrderID (37) where it is known, and OrigClOrdID (41)"
    ORDER_ID = "OrderID (37) where it is known, else OrigClOrdID (41)"
    ORIG_CL_ORD_ID = "OrigClOrdID (41)"
    BOTH_NEEDED = "OrderID (37), which must be known, and OrigClOrdID (41)"


class Marked(NamedTuple):
    """A property of an order that one field value says: post-only as ExecInst (18) = 6. In 18 and other fields that
    hold several values, it is one of them."""

    tag: int
    value: str


class SelfTrade(NamedTuple):
    """Which field says what happens when an own order is met, and its values."""

    tag: int
    values: Mapping[SelfTradePreventionMode, str]


PRINTABLE = IdRule(r"[!-~]{1,36}", "must be 1 to 36 printable characters without spaces")
PARTICIPATE_DONT_INITIATE = Marked(t.EXEC_INST, "6")
_NONE: Mapping[str, Fields] = MappingProxyType({})
_OMIT_NOTHING: Mapping[str, frozenset[int]] = MappingProxyType({})
ORD_TYPES: Mapping[OrdType, str] = MappingProxyType(
    {kind: kind.value for kind in (OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT)}
)
TIMES_IN_FORCE: Mapping[TimeInForce, str] = MappingProxyType({time: time.value for time in TimeInForce})
IMPLIED_TIMES: Mapping[OrdType, TimeInForce] = MappingProxyType({OrdType.STOP: TimeInForce.GOOD_TILL_CANCEL})
"""FIX reads an order without TimeInForce (59) as good for the day: a stop that silently ends in the evening."""
EXEC_TYPES: Mapping[str, ExecType] = MappingProxyType(
    {kind.value: kind for kind in ExecType} | {"1": ExecType.TRADE, "2": ExecType.TRADE}
)
"""With the two kinds of trade that FIX 4.2 had."""
ORD_STATUSES: Mapping[str, OrdStatus] = MappingProxyType({status.value: status for status in OrdStatus})
NO_IDS = frozenset({"", "0", "NONE", "UNKNOWN", "UNASSIGNED", "N/A", "[N/A]"})
"""What is written, in any case of letters, in a required OrderID or ExecID where there is none ("NONE", "0")."""


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """The tables. Tags are numbers, values as they stand on the wire."""

    dictionary: Dictionary = FIX44  # names fields in errors, and knows where groups end
    time_precision: int = 3  # decimals of a second in TransactTime (60) and ExpireTime (126)
    cl_ord_id: IdRule = PRINTABLE

    # what an order may be
    ord_types: Mapping[OrdType, str] = ORD_TYPES
    take_profits: Mapping[OrdType, str] = MappingProxyType(
        {}
    )  # STOP, STOP_LIMIT that take profit (Kraken R, T)
    trigger_direction: bool = False  # TriggerPriceDirection (1109) beside StopPx (99)
    times_in_force: Mapping[TimeInForce, str] = TIMES_IN_FORCE
    implied_times: Mapping[OrdType, TimeInForce] = (
        IMPLIED_TIMES  # of types whose terms have none; absent: not said
    )
    post_only: Marked | None = PARTICIPATE_DONT_INITIATE
    post_only_time_in_force: TimeInForce | None = TimeInForce.GOOD_TILL_CANCEL  # what a post-only order says
    max_floor: int | None = None  # the field of the visible quantity: 111, 210 or 1138
    cash_order_qty: bool = False  # market orders by CashOrderQty (152)
    self_trade: SelfTrade | None = None

    # requests about orders
    cancel_naming: Naming = Naming.BOTH
    change_naming: Naming = Naming.BOTH
    change: bool = True  # whether there is a G
    order_status: bool = True  # whether there is an H
    mass_status: str | None = None  # MassStatusReqType (585) of "all my open orders"; None: there is no AF
    mass_cancel: bool = False  # q with MassCancelRequestType (530) = 1, by symbol

    # what each message has more or less than the standard
    extra: Mapping[str, Fields] = _NONE  # by MsgType: fields added (1, 21 ...)
    omit: Mapping[str, frozenset[int]] = (
        _OMIT_NOTHING  # by MsgType: fields the venue does not have (38 on F ...)
    )

    # reports
    exec_types: Mapping[str, ExecType] = EXEC_TYPES
    ord_statuses: Mapping[str, OrdStatus] = ORD_STATUSES
    reported_ord_types: Mapping[str, OrdType] = MappingProxyType({})  # beside those of `ord_types`
    no_ids: frozenset[str] = NO_IDS
    fee_asset: str = ""  # of a Commission (12) or fee that names none; "": such a fee is left out
    refusal: Callable[[Message, Reason], Reason] | None = None
    """A better reading of why something was refused: the message, and what the standard's fields say."""
