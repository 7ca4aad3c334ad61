"""Which of an order's placements a report is about. Pure.

By OrderID, else by a name, else by the request it answers. Another OrderID under a known name is another order: venues
let the ids of filled orders return. But what is being changed may get another, and says so.
"""

from collections.abc import Sequence

from blotter.trading.enums import ExecType
from blotter.trading.event import ExecutionReport
from blotter.trading.pending import PendingRequest
from blotter.trading.placement import Placement


def placement_of(
    report: ExecutionReport, placements: Sequence[Placement], pending: Sequence[PendingRequest], list_id: str
) -> int | None:
    """The place of that placement; None when the report is about none. `pending`: the order's requests without an
    answer; `list_id`: the list it is a leg of."""
    order_id = report.order_id
    if order_id is not None:
        for i, p in enumerate(placements):
            if p.order_id == order_id or order_id in p.former_order_ids:
                return i
    names: tuple[str | None, ...] = (report.orig_cl_ord_id, report.cl_ord_id)
    changing = ""
    if pending:
        # The cancel of one leg is answered for all of its list: there 41 alone says which leg it is.
        said = (report.orig_cl_ord_id,) if list_id and report.orig_cl_ord_id else (report.cl_ord_id,)
        names += tuple(p.target for p in pending for name in said if name and p.answers_to(name))
        changed = (p.target for p in pending if p.terms is not None and p.cl_ord_id == report.cl_ord_id)
        changing = next(changed, "")
    for name in names:
        for i, p in enumerate(placements):
            same = p.order_id is None or report.order_id is None or name == changing
            if same and name in p.cl_ord_ids:
                return i
    if report.exec_type is ExecType.REPLACED and report.cl_ord_id != report.orig_cl_ord_id:
        # A change whose request was given up: its own report says what it changed.
        for i, p in enumerate(placements):
            if report.orig_cl_ord_id in p.cl_ord_ids and not p.state.terminal:
                return i
    return None
