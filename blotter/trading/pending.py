"""A request about an existing order while it has no answer, and what counts as an answer.

Accepted terms stay on the order; asked ones are here, so that a refusal loses nothing. A request never changes what
the order is: only reports do.
"""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.trading.enums import ExecType
from blotter.trading.event import ExecutionReport
from blotter.trading.placement import Placement


class RequestKind(Enum):
    """What a request in flight asks of an existing order."""

    CANCEL = "cancel"
    AMEND = "amend"  # keeps queue position
    REPLACE = "replace"  # loses queue position


class PendingRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cancel, amend or replace without an answer."""

    kind: RequestKind
    cl_ord_id: str
    at: int
    price: Decimal | None = None  # asked price (replace)
    order_qty: Decimal | None = None  # asked total of the whole order, filled part included
    unconfirmed: bool = False
    text: str = ""  # why it is unconfirmed
    cancel_cl_ord_id: str | None = None  # replace: the id of its cancel part
    target: str = ""  # a ClOrdID of the placement it is about

    def answers_to(self, cl_ord_id: str) -> bool:
        """Whether an answer to `cl_ord_id` is an answer to this."""
        return cl_ord_id in (self.cl_ord_id, self.cancel_cl_ord_id)

    def doubted(self, text: str) -> "PendingRequest":
        """This request when nobody knows what became of it."""
        return msgspec.structs.replace(self, unconfirmed=True, text=text)

    def settled_by(self, report: ExecutionReport, new: Placement, placements: tuple[Placement, ...]) -> bool:
        """Whether `report`, which made `new` of its placement, is the end of waiting.

        A fill of the order is not: the request may still be on its way.
        """
        if self.kind is RequestKind.REPLACE:
            # Word of the new placement alone: "old one cancelled" is only half of the answer.
            return any(self.cl_ord_id in p.cl_ord_ids and not p.state.unanswered for p in placements)
        if self.target not in new.cl_ord_ids:
            return False
        if new.state.terminal:
            return True
        if self.kind is RequestKind.AMEND and self.cl_ord_id in new.cl_ord_ids:
            # The order bears the new name; if the name was kept, only the amend's own report says so.
            return self.cl_ord_id != self.target or report.exec_type is ExecType.REPLACED
        # A snapshot (the venue was asked, so no ExecID) of a live order, after the loss: it had no effect.
        snapshot = report.exec_id is None and report.exec_type is not ExecType.TRADE
        return self.unconfirmed and snapshot
