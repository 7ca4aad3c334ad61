"""The reports and refusals of the plain FIX 4.4 dialect: ExecutionReport (8) and OrderCancelReject (9). Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from blotter.exchange import event as ev
from blotter.exchange.cause import Cause, cause
from blotter.exchange.dialect import Caller, Drafts, order_id_text
from blotter.exchange.event import Refusal, Report
from blotter.exchange.history import is_open, own_id
from blotter.fix.codec import Fields
from blotter.fix.effects import Draft
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import ExecInst, ExecType, OrdStatus

NO_ORDER: Final = "NONE"
"""OrderID (37) where there is no order, and the field is required (FIX 4.4 volume 4, "OrderCancelReject")."""
NO_SYMBOL: Final = "[N/A]"
UNKNOWN_ID: Final = "1"
"""CxlRejReason (102)."""
_ORDER_STATUS: Final = "I"  # ExecType (150): an answer to H or AF
_ORD_REJ_REASONS: Final[Mapping[Cause, str]] = {
    Cause.CLOSED: "2",
    Cause.FUNDS: "3",
    Cause.TOO_MANY: "3",
    Cause.VALUE: "3",
    Cause.UNKNOWN_ORDER: "5",
    Cause.DUPLICATE: "6",
    Cause.QUANTITY: "13",
}
"""OrdRejReason (103); 99 is any other."""


def execution_report(report: Report) -> Draft:
    """An event of an order."""
    exec_id = (
        f"{report.cl_ord_id}-rejected"
        if report.exec_id is None
        else order_id_text(report.symbol, report.exec_id)
    )
    fields = [(17, exec_id), (150, report.exec_type.value), *order_fields(report), *fill_fields(report)]
    if report.refusal is not None:
        why = cause(report.refusal)
        text = report.refusal.text if why is Cause.OTHER else why.value
        fields += [(103, _ORD_REJ_REASONS.get(why, "99")), (58, text)]
    return Draft("8", tuple(fields))


def order_fields(report: Report) -> list[tuple[int, str | bytes]]:
    """What every report says of the order."""
    fields: list[tuple[int, str | bytes]] = [
        (37, NO_ORDER if report.order_id is None else order_id_text(report.symbol, report.order_id)),
        (11, report.cl_ord_id),
        (39, report.ord_status.value),
        (55, report.symbol),
        (54, report.side.value),
        (40, report.ord_type.value),
        (151, _plain(report.leaves_qty or Decimal(0))),
        (14, _plain(report.cum_qty)),
        (6, _plain(report.cum_quote_qty / report.cum_qty if report.cum_qty else Decimal(0))),
        (60, utc_timestamp(report.at, 3)),
    ]
    optional = (
        (41, report.orig_cl_ord_id),
        (38, None if report.order_qty is None else _plain(report.order_qty)),
        (44, None if report.price is None else _plain(report.price)),
        (99, None if report.trigger_price is None else _plain(report.trigger_price)),
        (59, None if report.time_in_force is None else report.time_in_force.value),
        (126, None if report.expire_time is None else utc_timestamp(report.expire_time, 3)),
        (18, ExecInst.PARTICIPATE_DONT_INITIATE.value if report.post_only else None),
        (111, None if report.max_floor is None else _plain(report.max_floor)),
    )
    return fields + [(tag, value) for tag, value in optional if value is not None]


def fill_fields(report: Report) -> Fields:
    """The fill, where it is one."""
    if report.exec_type is not ExecType.TRADE or report.last_px is None:
        return ()
    fields: list[tuple[int, str | bytes]] = [(32, _plain(report.last_qty)), (31, _plain(report.last_px))]
    if report.fee:
        fields += [(12, _plain(report.fee)), (13, "3"), (479, report.fee_asset)]
    return fields


def snapshot(report: Report, caller: Caller) -> Fields:
    """An order as it stands now: what was last reported of it, under its own ClOrdID."""
    fields = [field for field in order_fields(report) if field[0] not in (11, 41)]
    status = f"{order_id_text(report.symbol, report.order_id or 0)}-status-{caller.at}"
    return ((17, status), (150, _ORDER_STATUS), (11, own_id(report)), *fields)


def no_order(caller: Caller, symbol: str, side: str) -> Fields:
    text = "no such order" if symbol != NO_SYMBOL else "no open orders"
    return (
        (37, NO_ORDER),
        (17, f"status-{caller.at}"),
        (150, _ORDER_STATUS),
        (39, OrdStatus.REJECTED.value),
        (103, "5"),
        (55, symbol),
        (54, side),
        (151, "0"),
        (14, "0"),
        (6, "0"),
        (58, text),
    )


def cancel_reject(request: ev.Cancel | ev.Modify, refusal: Refusal, to: str, caller: Caller) -> Drafts:
    """OrderCancelReject (9) with the state of the order that was meant."""
    order = caller.order(request.symbol, request.order_id, request.orig_cl_ord_id)
    why = cause(refusal)
    reason = {Cause.DUPLICATE: "6"}.get(why, "2")  # CxlRejReason (102): 2 is the broker's own
    if why is Cause.UNKNOWN_ORDER:
        reason = UNKNOWN_ID if order is None or is_open(order) else "0"  # too late
    text = {"0": "too late", "1": "unknown order"}.get(reason) or (
        refusal.text if why is Cause.OTHER else why.value
    )
    return (
        Draft(
            "9",
            (
                (37, NO_ORDER if order is None else order_id_text(order.symbol, order.order_id or 0)),
                (11, request.cl_ord_id),
                (41, request.orig_cl_ord_id or NO_ORDER),
                (39, "8" if order is None else order.ord_status.value),
                (434, to),
                (102, reason),
                (58, text),
            ),
        ),
    )


def _plain(value: Decimal) -> str:
    """Without an exponent, and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
