"""An order list as the trader knows it: a parent under its own id, with orders as legs. Pure values.

The legs are ordinary orders in the ledger; the parent only says how they hang together and what the venue says of the
whole (ListStatus). Losing a leg ends the list; the venue does that, never we.
"""

from enum import Enum

import msgspec

from blotter.trading.enums import ContingencyType
from blotter.trading.event import Reason
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

    id: str  # our own, "L-000031"; the venue's for lists placed elsewhere
    symbol: str
    legs: tuple[str, ...]  # own order ids, in the venue's order
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


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Terms put aside here, not at the venue. `at`: UTC ns since when."""

    id: str
    at: int
    request: OrderRequest | None = None  # this one, or
    list_request: OrderListRequest | None = None
    from_order_id: str = ""
