"""What the Kraken dialect of the exchange says: reports, and the refusals that are BusinessMessageReject (j) here.

After the venue's pages "Execution Report" and "Reject - Business Level".
"""

from decimal import Decimal
from typing import Final

from blotter.exchange.cause import Cause, cause
from blotter.exchange.dialect import RefusedError, order_id_text
from blotter.exchange.dialects.fields import plain, present
from blotter.exchange.event import Refusal, Report
from blotter.fix.codec import Message
from blotter.fix.effects import Draft
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import OrdStatus, OrdType, Side, TimeInForce, TriggerPriceDirection

OTHER, UNKNOWN_INSTRUMENT, UNSUPPORTED, NOT_AVAILABLE, UNKNOWN_ORDER = "0", "2", "3", "4", "101"
"""BusinessRejectReason (380)."""
WORDS: Final = {
    Cause.FUNDS: "EOrder:Insufficient funds",
    Cause.UNKNOWN_ORDER: "EOrder:Unknown order",
    Cause.WOULD_TAKE: "EOrder:Post only order",
}


def order(report: Report) -> list[tuple[int, str]]:
    """What every report says of the order."""
    kind = report.ord_type.value
    if report.ord_type in (OrdType.STOP, OrdType.STOP_LIMIT):
        rises = report.trigger_direction is TriggerPriceDirection.UP
        if rises != (report.side is Side.BUY):
            kind = "R" if report.ord_type is OrdType.STOP else "T"
    time_in_force = report.time_in_force or TimeInForce.GOOD_TILL_CANCEL
    total = report.order_qty or report.cum_qty
    return present(
        (
            (41, report.orig_cl_ord_id),
            (37, order_id_text(report.symbol, report.order_id or 0)),
            (40, kind),
            (54, report.side.value),
            (55, report.symbol),
            (44, report.price),
            (99, report.trigger_price),
            (38, total),
            (1138, report.max_floor),
            (14, report.cum_qty),
            (151, report.leaves_qty or Decimal(0)),
            (6, report.cum_quote_qty / report.cum_qty if report.cum_qty else Decimal(0)),
            (381, report.cum_quote_qty),
            (59, time_in_force.value),
            (60, utc_timestamp(report.at, 3)),
            (58, _described(report, total)),
        )
    )


def _described(report: Report, total: Decimal) -> str | None:
    """What the order is; of a cancel Text says why, and nobody has told."""
    if report.ord_status is OrdStatus.CANCELED:
        return None
    at = report.ord_type.name.lower() + ("" if report.price is None else f" {plain(report.price)}")
    return f"{report.side.name.lower()} {plain(total)} {report.symbol} @ {at}"


def refused(msg_type: str, cl_ord_id: str, refusal: Refusal) -> RefusedError:
    """By the matching engine, before an order is acknowledged. RefSeqNum is 0, as in the page's example."""
    why = cause(refusal)
    text = f"{cl_ord_id} : {WORDS.get(why) or f'EOrder:{refusal.text if why is Cause.OTHER else why.value}'}"
    return business(msg_type, cl_ord_id, UNKNOWN_ORDER if why is Cause.UNKNOWN_ORDER else OTHER, text, 0)


def breach(message: Message, text: str, reason: str = OTHER) -> RefusedError:
    """A rule that a message breaks."""
    return business(message.msg_type, message.text(11), reason, text, message.msg_seq_num)


def business(
    msg_type: str, cl_ord_id: str | None, reason: str, text: str, ref_seq_num: int | None
) -> RefusedError:
    """BusinessMessageReject (j)."""
    fields = present(
        ((45, str(ref_seq_num or 0)), (58, text), (372, msg_type), (379, cl_ord_id), (380, reason))
    )
    return RefusedError(Draft("j", tuple(fields)))
