"""An order list as the trader knows it: a parent under its own id, with orders as legs. Pure values.

The legs are ordinary orders in the ledger; the parent only says how they hang together and what the venue says of the
whole (ListStatus). Losing a leg ends the list; the venue does that, never we.

What a list is, is derived from what the venue said of it and from its legs (`OrderList.settled`): reports of legs and
ListStatus come in any order, and one of them may be lost.
"""

from collections.abc import Sequence
from enum import Enum

import msgspec

from blotter.trading.enums import ContingencyType, ListOrderStatus, ListStatusType
from blotter.trading.event import ListReport, OrderListSubmitted, Reason
from blotter.trading.order import Order, OrderState
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest


class ListState(Enum):
    """Where a list stands, in words for the grid."""

    PENDING_NEW = "pending new"
    EXECUTING = "executing"
    ALL_DONE = "all done"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"

    @property
    def terminal(self) -> bool:
        """The venue has nothing left to do with it."""
        return self in (ListState.ALL_DONE, ListState.REJECTED)


class OrderList(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One list. Times UTC ns."""

    id: str  # our own, "L-000031"; the symbol and the venue's ListID for lists placed elsewhere
    symbol: str
    legs: tuple[str, ...]  # own order ids, in the venue's order; of foreign lists as they became known
    state: ListState
    created_at: int
    updated_at: int
    cl_list_id: str = ""
    kind: ListKind | None = None  # None: placed elsewhere, and only the contingency is known
    contingency: ContingencyType | None = None
    list_id: str | None = None  # the venue's ListID
    foreign: bool = False
    pending_cancel: str = ""  # ClOrdID of a cancel without an answer
    reason: Reason | None = None
    said: ListOrderStatus | None = None  # the venue's last word on the whole list

    @classmethod
    def submitted(cls, event: OrderListSubmitted) -> "OrderList":
        """A list of ours that is about to leave."""
        oco = event.kind is ListKind.OCO
        return cls(
            id=event.list_id,
            symbol=event.legs[0].request.symbol,
            legs=tuple(leg.order_id for leg in event.legs),
            state=ListState.PENDING_NEW,
            created_at=event.at,
            updated_at=event.at,
            cl_list_id=event.cl_list_id,
            kind=event.kind,
            contingency=(
                ContingencyType.ONE_CANCELS_THE_OTHER if oco else ContingencyType.ONE_TRIGGERS_THE_OTHER
            ),
        )

    @classmethod
    def adopted(cls, id: str, symbol: str, list_id: str, at: int) -> "OrderList":
        """A list nobody placed here, from the first word of it."""
        return cls(
            id=id,
            symbol=symbol,
            legs=(),
            state=ListState.EXECUTING,
            created_at=at,
            updated_at=at,
            list_id=list_id,
            foreign=True,
        )

    @property
    def open(self) -> bool:
        """The venue may still act on it, or nobody knows that it will not."""
        return not self.state.terminal

    def named(self, list_id: str) -> "OrderList":
        """With the venue's ListID, which never changes once it is known."""
        return self if self.list_id is not None else msgspec.structs.replace(self, list_id=list_id)

    def joined(self, order_id: str) -> "OrderList":
        """With one more leg."""
        if order_id in self.legs:
            return self
        return msgspec.structs.replace(self, legs=(*self.legs, order_id))

    def reported(self, report: ListReport) -> "OrderList":
        """After a ListStatus (N). A failed action on a list (RESPONSE) says nothing of how the list stands."""
        said = self.said
        if report.status_type is not ListStatusType.RESPONSE and said is not ListOrderStatus.ALL_DONE:
            said = report.order_status
        changed = msgspec.structs.replace(
            self,
            said=said,
            list_id=self.list_id if self.list_id is not None else report.list_id,
            cl_list_id=self.cl_list_id or report.cl_list_id or report.orig_cl_list_id or "",
            contingency=self.contingency or report.contingency,
            reason=report.reason or self.reason,
        )
        if changed == self:
            return self
        return msgspec.structs.replace(changed, updated_at=report.at)

    def settled(self, legs: Sequence[Order]) -> "OrderList":
        """With the state that its legs, as they are now, and the venue's word on the whole come to."""
        state = self._state(legs)
        waiting = {request.cl_ord_id for leg in legs for request in leg.pending}
        pending_cancel = self.pending_cancel if self.pending_cancel in waiting else ""
        if state is self.state and pending_cancel == self.pending_cancel:
            return self
        return msgspec.structs.replace(
            self,
            state=state,
            pending_cancel=pending_cancel,
            updated_at=max([self.updated_at, *(leg.updated_at for leg in legs)]),
        )

    def _state(self, legs: Sequence[Order]) -> ListState:
        states = [leg.state for leg in legs]
        # Of a list placed elsewhere, legs may not be known yet: two of them at least make one.
        if all(state.terminal for state in states) and len(states) > 1:
            refused = all(state is OrderState.REJECTED for state in states)
            return ListState.REJECTED if refused else ListState.ALL_DONE
        if self.said is ListOrderStatus.ALL_DONE:
            return ListState.ALL_DONE
        if self.foreign or self.said is ListOrderStatus.EXECUTING:
            return ListState.EXECUTING
        if any(state.live or leg.cum_qty for state, leg in zip(states, legs, strict=True)):
            return ListState.EXECUTING
        if OrderState.UNCONFIRMED in states:
            return ListState.UNCONFIRMED
        return ListState.PENDING_NEW


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Terms put aside here, not at the venue. `at`: UTC ns since when."""

    id: str
    at: int
    request: OrderRequest | None = None  # this one, or
    list_request: OrderListRequest | None = None
    from_order_id: str = ""
