"""What an order as a whole is, derived from its placements, newest first. Pure functions.

1. any placement unconfirmed: UNCONFIRMED, for exposure is not known;
2. a live placement: NEW, or PARTIALLY_FILLED if any placement has fills;
3. an unanswered placement: PENDING_NEW;
4. else the ending of the newest placement that was not refused. A replacement refused after the old one had
   been cancelled for it leaves CANCELED with a reason that begins "flat": the trader is told why.

A replace that goes in even if its cancel fails may leave two live placements (`Order.doubled`). Both count.
"""

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import RejectCategory
from blotter.trading.event import ZERO, Reason
from blotter.trading.pending import PendingRequest, RequestKind
from blotter.trading.placement import OrderState, Placement


def state_of(placements: tuple[Placement, ...]) -> OrderState:
    """The order's state, by the rules at the head."""
    if len(placements) == 1:
        return placements[0].state
    states = [p.state for p in reversed(placements)]
    if OrderState.UNCONFIRMED in states:
        return OrderState.UNCONFIRMED
    if any(state.live for state in states):
        filled = any(p.cum_qty for p in placements)
        return OrderState.PARTIALLY_FILLED if filled else OrderState.NEW
    if OrderState.PENDING_NEW in states:
        return OrderState.PENDING_NEW
    return next((state for state in states if state is not OrderState.REJECTED), OrderState.REJECTED)


def why_flat(placements: tuple[Placement, ...]) -> Reason | None:
    """Why nothing is left of an order whose replacement was refused after the old one had been cancelled for it."""
    new = placements[-1]
    if new.state is not OrderState.REJECTED or not new.cancel_cl_ord_id or new.reason is None:
        return None
    names = {new.cancel_cl_ord_id, *new.cl_ord_ids}
    if state_of(placements) is not OrderState.CANCELED or not any(
        p.ended_by in names for p in placements[:-1]
    ):
        return None
    text = f"flat: the old order was cancelled, the new one refused: {new.reason.text}"
    return msgspec.structs.replace(new.reason, text=text)


def excess(asked: tuple[PendingRequest, ...], placements: tuple[Placement, ...]) -> str:
    """What a replace has left beyond what was asked for, in words: its old order filled before the cancel came, and
    the new one is in for all it was to have. "" where that is not so. `asked`: the requests that had no answer."""
    for request in asked:
        if request.kind is not RequestKind.REPLACE or request.order_qty is None:
            continue
        new = next((p for p in placements if request.cl_ord_id in p.cl_ord_ids), None)
        if new is None or new.order_qty is None or not (new.state.live or new.cum_qty):
            continue
        filled = sum((p.cum_qty for p in placements if p is not new), ZERO)
        total = filled + new.order_qty
        if total > request.order_qty:
            return (
                f"more than was asked for: {plain(filled)} filled before the cancel, and the new order is in for"
                f" {plain(new.order_qty)}: {plain(total)} where {plain(request.order_qty)} were wanted"
            )
    return ""


def unknown(text: str) -> Reason:
    """Why something is in doubt."""
    return Reason(category=RejectCategory.UNKNOWN_OUTCOME, text=text)


def doubted(placements: tuple[Placement, ...], pending: tuple[PendingRequest, ...]) -> bool:
    """Nobody knows what became of one of them."""
    return any(p.state is OrderState.UNCONFIRMED for p in placements) or any(p.unconfirmed for p in pending)


def is_doubt(reason: Reason | None) -> bool:
    """Whether this reason is such a doubt."""
    return reason is not None and reason.category is RejectCategory.UNKNOWN_OUTCOME
