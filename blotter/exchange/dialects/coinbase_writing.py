"""What the Coinbase dialect of the exchange says: ids, reports, and each kind of refusal.

After the venue's page "Exchange FIX Order Entry Messages 5.0".
"""

from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from blotter.exchange import event as ev
from blotter.exchange.cause import Cause, cause
from blotter.exchange.dialect import Caller, RefusedError
from blotter.exchange.dialects.fields import plain, present
from blotter.exchange.event import Refusal, Report
from blotter.exchange.listing import dollar_listings
from blotter.fix.codec import Message
from blotter.fix.effects import Draft
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import ExecType, SelfTradePreventionMode

SELF_TRADE: Final = {
    "D": SelfTradePreventionMode.DECREMENT,
    "O": SelfTradePreventionMode.EXPIRE_MAKER,
    "N": SelfTradePreventionMode.EXPIRE_TAKER,
    "B": SelfTradePreventionMode.EXPIRE_BOTH,
}
OTHER, UNSUPPORTED = "1", "2"  # BusinessRejectReason (380), which counts otherwise than FIX
BROKER, UNKNOWN_SYMBOL, UNKNOWN_ORDER = "0", "1", "5"  # OrdRejReason (103), likewise
_SPACE: Final = UUID("6ba7b812-9dad-41d1-80b4-00c04fd430c8")
_SYMBOLS: Final = tuple(one.symbol for one in dollar_listings("-"))


def order_id(symbol: str, number: int) -> str:
    """OrderIDs are UUIDs: the symbol's place in the listing, and the order's number in it."""
    return str(UUID(f"{_SYMBOLS.index(symbol):08x}-0000-4000-8000-{number:012x}"))


def read_order_id(text: str) -> tuple[str, int] | None:
    """Symbol and number of it; None for what this exchange never said."""
    try:
        fields = UUID(text)
        return _SYMBOLS[fields.time_low], fields.node
    except (ValueError, IndexError):
        return None


def exec_id(report: Report) -> str:
    """A UUID too; a refusal has one of its own."""
    what = f"rejected {report.cl_ord_id}" if report.exec_id is None else str(report.exec_id)
    return str(uuid5(_SPACE, f"{report.symbol} {what}"))


def order(report: Report) -> list[tuple[int, str]]:
    """What every report says of the order."""
    refused, by_amount = report.order_id is None, report.cash_order_qty is not None
    left = None if report.cash_order_qty is None else report.cash_order_qty - report.cum_quote_qty
    return present(
        (
            (37, None if report.order_id is None else order_id(report.symbol, report.order_id)),
            (55, report.symbol),
            (54, report.side.value),
            (40, report.ord_type.value),
            (44, report.price),
            (38, None if by_amount else report.order_qty),
            (152, left),
            (1138, report.max_floor),
            (14, None if refused else report.cum_qty),
            (151, None if by_amount or refused else report.leaves_qty or Decimal(0)),
            (6, report.cum_quote_qty / report.cum_qty if report.cum_qty else None),
            (59, None if report.time_in_force is None else report.time_in_force.value),
            (18, "A" if report.post_only else None),
            (99, report.trigger_price),
            (1109, None if report.trigger_direction is None else report.trigger_direction.value),
            (7928, next((value for value, mode in SELF_TRADE.items() if mode is report.stp), None)),
            (60, utc_timestamp(report.at, 3)),
        )
    )


def execution(report: Report) -> list[tuple[int, str]]:
    """The fill, where it is one."""
    if report.exec_type is not ExecType.TRADE or report.last_px is None:
        return []
    fields = [
        (31, plain(report.last_px)),
        (32, plain(report.last_qty)),
        (1003, str(report.trade_id)),
        (1057, "Y" if report.aggressor else "N"),
    ]
    if report.fee:
        fields += [(136, "1"), (137, plain(report.fee)), (138, report.fee_asset), (139, "4"), (891, "0")]
    return fields


def refused(refusal: Refusal) -> list[tuple[int, str]]:
    """Why the matching engine does not take an order."""
    why = cause(refusal)
    reason = UNKNOWN_ORDER if why is Cause.UNKNOWN_ORDER else BROKER
    return [(103, reason), (58, refusal.text if why is Cause.OTHER else why.value.capitalize())]


def refused_order(message: Message, caller: Caller, reason: str, text: str) -> RefusedError:
    """A new order whose terms make no sense here."""
    head = present((tag, message.text(tag)) for tag in (11, 55, 54, 40))
    ids = ((17, str(uuid5(_SPACE, f"refused {message.text(11)}"))), (150, "8"), (39, "8"))
    return RefusedError(
        Draft("8", (*ids, *head, (60, utc_timestamp(caller.at, 3)), (103, reason), (58, text)))
    )


def cancel_refused(request: ev.Cancel | ev.Modify, refusal: Refusal, to: str) -> Draft:
    """OrderCancelReject (9) by the matching engine."""
    why = cause(refusal)
    named = None if request.order_id is None else order_id(request.symbol, request.order_id)
    reason = "1" if why is Cause.UNKNOWN_ORDER else "2"
    text = refusal.text if why is Cause.OTHER else why.value.capitalize()
    fields = present(
        (
            (11, request.cl_ord_id),
            (37, named),
            (41, request.orig_cl_ord_id),
            (39, "8"),
            (102, reason),
            (434, to),
            (58, text),
        )
    )
    return Draft("9", tuple(fields))


def cancel_reject(message: Message, to: str, reason: str, text: str) -> RefusedError:
    """The same of a message that names no order. OrdStatus is 8 always, whatever the order's state is."""
    ids = present((tag, message.text(tag)) for tag in (11, 37, 41))
    return RefusedError(Draft("9", (*ids, (39, "8"), (102, reason), (434, to), (58, text))))


def business(message: Message, reason: str, text: str) -> RefusedError:
    """BusinessMessageReject (j)."""
    fields = present(
        (
            (45, str(message.msg_seq_num or 0)),
            (372, message.msg_type),
            (379, message.text(11)),
            (380, reason),
            (58, text),
        )
    )
    return RefusedError(Draft("j", tuple(fields)))
