"""Orders, fills and outcomes as plain JSON data, for the headless answers; decimals are text."""

from decimal import Decimal
from typing import Any

from blotter.desk.change import StopOutcome
from blotter.trading.decimals import plain
from blotter.trading.enums import OrdType
from blotter.trading.ledger import Fill
from blotter.trading.order import Order
from blotter.trading.until import until_words


def order_as_data(placed: Order) -> dict[str, Any]:
    """An order as plain JSON data; decimals are text."""
    request = placed.current.request
    return {
        "id": placed.id,
        "symbol": placed.symbol,
        "side": request.side.name,
        "ord_type": request.ord_type.name,
        "time_in_force": request.time_in_force.name if request.time_in_force else None,
        "expire_time": None if request.expire_time is None else until_words(request.expire_time),
        "post_only": request.exec_inst is not None and request.ord_type is OrdType.LIMIT,
        "order_qty": _text(placed.order_qty),
        "price": _text(placed.price),
        "cum_qty": _text(placed.cum_qty),
        "leaves_qty": _text(placed.leaves_qty),
        "avg_px": _text(placed.avg_px),
        "state": placed.state.value,
        "unverified": placed.unverified_since is not None,
        "pending": [request.kind.value for request in placed.pending],
        "reason": placed.reason.text if placed.reason else None,
        "code": placed.reason.code if placed.reason else None,
        "cl_ord_id": placed.current.cl_ord_id,
        "order_id": placed.current.order_id,
        "foreign": placed.foreign,
    }


def fill_as_data(fill: Fill) -> dict[str, Any]:
    """A fill as plain JSON data."""
    return {
        "exec_id": fill.exec_id,
        "last_qty": plain(fill.last_qty),
        "last_px": plain(fill.last_px),
        "fees": [{"amount": plain(fee.amount), "asset": fee.asset} for fee in fill.fees],
        "aggressor": fill.aggressor,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def outcome_as_data(outcome: StopOutcome) -> dict[str, Any]:
    """What became of one order in a stop, as plain JSON data."""
    return {
        "order_id": outcome.order_id,
        "symbol": outcome.symbol,
        "side": outcome.side.name,
        "leaves_qty": _text(outcome.leaves_qty),
        "result": outcome.result.value,
        "text": outcome.text,
    }
