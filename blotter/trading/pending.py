"""A request about an existing order while it has no answer, and what counts as an answer.

Accepted terms stay on the order; asked ones are here, so that a refusal loses nothing. A request never changes what
the order is: only reports do.
"""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.trading.enums import ExecType, ReplaceMode
from blotter.trading.event import ExecutionReport
from blotter.trading.placement import Placement
from blotter.trading.request import OrderRequest


class RequestKind(Enum):
    """What a request in flight asks of an existing order."""

    CANCEL = "cancel"
    AMEND = "amend"  # it stays the same order: less in place, or other terms
    REPLACE = "replace"  # cancel and new: loses queue position


class PendingRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cancel, amend or replace without an answer."""

    kind: RequestKind
    cl_ord_id: str
    at: int
    price: Decimal | None = None  # asked price
    order_qty: Decimal | None = None  # asked total of the whole order, filled part included
    unconfirmed: bool = False
    text: str = ""  # why it is unconfirmed
    cancel_cl_ord_id: str | None = None  # replace: the id of its cancel part
    target: str = ""  # a ClOrdID of the placement it is about
    mode: ReplaceMode = ReplaceMode.STOP_ON_FAILURE  # replace: what a refused cancel does to the new order
    cancel_settled: bool = False  # replace: its cancel has ended the old placement, or was refused
    terms: OrderRequest | None = None  # amend: all of them, where more than the quantity may change

    def answers_to(self, cl_ord_id: str) -> bool:
        """Whether an answer to `cl_ord_id` is an answer to this."""
        return cl_ord_id in (self.cl_ord_id, self.cancel_cl_ord_id)

    def doubted(self, text: str) -> "PendingRequest":
        """This request when nobody knows what became of it."""
        return msgspec.structs.replace(self, unconfirmed=True, text=text)

    @property
    def halves(self) -> bool:
        """A replace whose cancel and whose new order may each succeed without the other: both must be heard of."""
        return self.kind is RequestKind.REPLACE and self.mode is ReplaceMode.ALLOW_FAILURE

    def cancel_refused(self, placements: tuple[Placement, ...]) -> "PendingRequest | None":
        """What is still waited for after the cancel half of such a replace was refused; None when nothing is."""
        return self._half(True, placements)

    def after(
        self, report: ExecutionReport, new: Placement, placements: tuple[Placement, ...]
    ) -> "PendingRequest | None":
        """What is still waited for after `report`, which made `new` of its placement; None when it ends the waiting.

        A fill of the order does not: the request may still be on its way.
        """
        ours = self.target in new.cl_ord_ids
        if self.kind is RequestKind.REPLACE:
            if (
                not self.halves
            ):  # word of the new placement alone: "old one cancelled" is only half of the answer
                return None if self._placed(placements) else self
            settled = ours and (new.state.terminal or self._without_effect(report))
            return self._half(self.cancel_settled or settled, placements)
        if not ours:
            return self
        if new.state.terminal:
            return None
        if self.kind is RequestKind.AMEND and self._made(report, new):
            return None
        return None if self._without_effect(report) else self

    def _made(self, report: ExecutionReport, new: Placement) -> bool:
        """Whether the venue has made this amend."""
        replaced = report.exec_type is ExecType.REPLACED
        if self.cl_ord_id in new.cl_ord_ids:
            # The order bears the new name; if the name was kept, only the amend's own report says so.
            return self.cl_ord_id != self.target or replaced
        # Where a venue lets the order keep its name, a late word of an earlier change is told by its terms.
        unnamed = report.orig_cl_ord_id in (None, report.cl_ord_id)
        return replaced and unnamed and self.terms is not None and _has(report, self.terms)

    def _placed(self, placements: tuple[Placement, ...]) -> bool:
        """The venue has answered the new order of a replace."""
        return any(self.cl_ord_id in p.cl_ord_ids and not p.state.unanswered for p in placements)

    def _half(self, cancel_settled: bool, placements: tuple[Placement, ...]) -> "PendingRequest | None":
        if cancel_settled and self._placed(placements):
            return None
        if cancel_settled is self.cancel_settled:
            return self
        return msgspec.structs.replace(self, cancel_settled=cancel_settled)

    def _without_effect(self, report: ExecutionReport) -> bool:
        """A snapshot (the venue was asked, so no ExecID) of the live order, after the loss: it changed nothing."""
        snapshot = report.exec_id is None and report.exec_type is not ExecType.TRADE
        return self.unconfirmed and snapshot


def _has(report: ExecutionReport, terms: OrderRequest) -> bool:
    """Whether a report tells of these terms. What it does not say is no objection."""
    told = (
        (report.price, terms.price),
        (report.order_qty, terms.order_qty),
        (report.trigger_price, terms.trigger_price),
    )
    return all(said is None or asked is None or said == asked for said, asked in told)
