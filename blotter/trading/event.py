"""Everything that can happen to orders, as immutable facts: our requests and losses, the venue's reports.

`at` is always UTC nanoseconds since the epoch on this machine's clock when the fact was recorded here;
`transact_time` and its kin are the venue's, same unit. Events are what the ledger folds; those that are not
FIX messages are stored on the tape as JSON (tagged by type name), so a field may be added with a default
but never renamed. What is kept by the ten thousand is `gc=False`: immutable values cannot form cycles, and
the collector need not walk them.
"""

from decimal import Decimal

import msgspec

from blotter.trading.enums import (
    CancelRestrictions,
    ContingencyType,
    ExecType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    PegPriceType,
    RejectCategory,
    ReplaceMode,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest

ZERO = Decimal(0)


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why something was refused or ended: the venue's code and text verbatim, and our class of it."""

    category: RejectCategory
    text: str
    code: int | None = None


class Fee(msgspec.Struct, frozen=True, gc=False):
    """One fee of one fill: NoMiscFees (136) entry. `amount` in units of `asset`, positive is paid."""

    amount: Decimal
    asset: str


# --- facts of ours, stored on the tape as JSON -------------------------------------------------------------


class OrderSubmitted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A new order is about to leave: it is on the tape, its bytes follow."""

    order_id: str  # our own immutable id
    cl_ord_id: str
    request: OrderRequest
    at: int
    bid: Decimal | None = None  # top of book at that moment, when it was known
    ask: Decimal | None = None
    held_id: str = ""  # the held terms that are submitted by this
    warnings: tuple[str, ...] = ()  # of the risk rules, each confirmed by a person


class ListLeg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order of a list under its own ids."""

    order_id: str
    cl_ord_id: str
    request: OrderRequest


class OrderListSubmitted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A new order list is about to leave, all its legs in one message (NewOrderList)."""

    list_id: str  # our own immutable id, "L-000031"
    cl_list_id: str
    kind: ListKind
    legs: tuple[ListLeg, ...]
    at: int
    bid: Decimal | None = None
    ask: Decimal | None = None
    held_id: str = ""  # the held terms that are submitted by this
    warnings: tuple[str, ...] = ()  # of the risk rules, each confirmed by a person


class ListCancelRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A cancel of a whole list is about to leave."""

    list_id: str
    cl_ord_id: str
    at: int


class OrderHeld(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Terms put aside on this machine, to be sent later. Nothing of it is at the venue.

    `from_order_id`: the order that was cancelled to hold what was left of it.
    """

    held_id: str  # "H-000004"
    at: int
    request: OrderRequest | None = None  # this one, or
    list_request: OrderListRequest | None = None
    from_order_id: str = ""


class HeldEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Held terms are gone from here: dropped, or submitted as `order_id` (an order's or a list's own id). The desk
    itself records a submission as one fact, `OrderSubmitted.held_id`, so that no crash can leave both."""

    held_id: str
    at: int
    order_id: str = ""


class OrderResolved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person takes an order out of doubt, with a note. The weakest of endings: any evidence outweighs it."""

    order_id: str
    note: str
    at: int


class CancelRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A cancel of one placement is about to leave. `cl_ord_id` is the cancel request's own id, `orig_cl_ord_id` the
    placement it is about ("": the current one)."""

    order_id: str
    cl_ord_id: str
    at: int
    orig_cl_ord_id: str = ""
    restrictions: CancelRestrictions | None = None
    hold: bool = False  # what it leaves is to be held here


class ReplaceRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A cancel-and-new (XCN) is about to leave: queue position is lost.

    `request` holds the new placement's complete terms; its `order_qty` is what the new placement asks for,
    not counting what earlier placements filled. `cl_ord_id` names the new placement, `cancel_cl_ord_id` the
    cancel part, `orig_cl_ord_id` the placement to be cancelled.
    """

    order_id: str
    cl_ord_id: str
    cancel_cl_ord_id: str
    orig_cl_ord_id: str
    request: OrderRequest
    at: int
    mode: ReplaceMode = ReplaceMode.STOP_ON_FAILURE
    warnings: tuple[str, ...] = ()  # of the risk rules, each confirmed by a person


class AmendRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A change of an order that stays the same order is about to leave: less quantity in place (XAK), or other terms
    (OrderCancelReplaceRequest, G). `order_qty`: new total of the current placement."""

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: Decimal
    at: int
    request: OrderRequest | None = None  # all terms as they will be; None: nothing but less quantity
    warnings: tuple[str, ...] = ()  # of the risk rules, each confirmed by a person


class MassCancelRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A mass cancel of one symbol is about to leave. It hits other sessions' orders of the account too."""

    cl_ord_id: str
    symbol: str
    at: int


class NotSent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request with this ClOrdID certainly never reached the socket."""

    cl_ord_id: str
    text: str
    at: int


class OutcomeUnknown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No answer in time, or the venue says it does not know. The request may or may not have taken effect."""

    cl_ord_id: str
    text: str
    at: int


class SessionGap(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The order-entry session ended, however it ended.

    Requests without an answer become unconfirmed; live orders are *unverified* from here on: reports may be
    missing, and only fresh evidence about an order lifts that.
    """

    text: str
    at: int


class EntryStopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Entry of new orders is off, over restarts too, until `EntryResumed`.

    With `cancel`, everything open is being cancelled as well: `order_ids` are the orders (own ids) that were open.
    `cause`: who or what pulled it, in words.
    """

    at: int
    cause: str = ""
    cancel: bool = False
    order_ids: tuple[str, ...] = ()


class EntryResumed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Entry is on again."""

    at: int


# --- facts of the venue, decoded from its messages ---------------------------------------------------------


class ExecutionReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """ExecutionReport (8), fact sheet 7.1. Numeric ids are text and may be "0"; None means absent."""

    symbol: str
    side: Side
    ord_type: OrdType
    exec_type: ExecType
    ord_status: OrdStatus
    cum_qty: Decimal
    at: int
    exec_id: str | None = None  # absent on rejections; unique per symbol only
    cl_ord_id: str | None = None  # on the answer to a cancel or amend: that request's id
    orig_cl_ord_id: str | None = None  # the order's id before this cancel or amend
    order_id: str | None = None  # the venue's OrderID (37), unique per symbol only
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    expire_time: int | None = None  # ExpireTime (126)
    post_only: bool = False
    max_floor: Decimal | None = None
    leaves_qty: Decimal | None = None
    cum_quote_qty: Decimal | None = None
    last_px: Decimal | None = None
    last_qty: Decimal = ZERO
    trade_id: str | None = None
    aggressor: bool | None = None  # meaningful on trades only
    fees: tuple[Fee, ...] = ()
    fees_so_far: bool = False  # `fees` are those of all fills of the order up to this one (Kraken)
    prevented_qty: Decimal = ZERO  # 25030, taken away by self-trade prevention
    working: bool | None = None  # WorkingIndicator (636)
    transact_time: int | None = None
    reason: Reason | None = None  # rejections: code and text; expiries: why
    list_id: str | None = None  # the venue's ListID (66), of a member of an order list
    trigger_price: Decimal | None = None
    trigger_direction: TriggerPriceDirection | None = None
    trailing_bips: int | None = None
    peg_price_type: PegPriceType | None = None
    peg_offset: int | None = None
    pegged_price: Decimal | None = None  # PeggedPrice (839)
    target_strategy: int | None = None
    strategy_id: int | None = None
    self_trade_prevention: SelfTradePreventionMode | None = None
    smart_routing: bool = False
    expiry_reason: ExpiryReason | None = None


class CancelRejected(msgspec.Struct, frozen=True, kw_only=True):
    """OrderCancelReject (9). Says nothing about the order's state: often it has just filled. With `list_id` or
    `cl_list_id` it answers the cancel of a whole list."""

    cl_ord_id: str
    symbol: str
    reason: Reason
    at: int
    orig_cl_ord_id: str | None = None
    order_id: str | None = None
    list_id: str | None = None
    cl_list_id: str | None = None


class AmendRejected(msgspec.Struct, frozen=True, kw_only=True):
    """OrderAmendReject (Binance XAR), or OrderCancelReject (9) of a G (CxlRejResponseTo 434=2)."""

    cl_ord_id: str
    symbol: str
    reason: Reason
    at: int
    orig_cl_ord_id: str | None = None
    order_id: str | None = None


class MassCancelReport(msgspec.Struct, frozen=True, kw_only=True):
    """OrderMassCancelReport (r). `reason` is None when it was accepted."""

    cl_ord_id: str
    symbol: str
    at: int
    total_affected: int | None = None
    reason: Reason | None = None


class RequestRejected(msgspec.Struct, frozen=True, kw_only=True):
    """A session Reject (3) tied back to its request. With category UNKNOWN_OUTCOME nothing is certain."""

    cl_ord_id: str
    reason: Reason
    at: int


class ListMember(msgspec.Struct, frozen=True, kw_only=True):
    """A leg as ListStatus (N) names it."""

    symbol: str
    cl_ord_id: str
    order_id: str | None = None


class ListReport(msgspec.Struct, frozen=True, kw_only=True):
    """ListStatus (N), fact sheet 7.3. `symbol` is the legs' own: the top level bears none any more."""

    list_id: str | None
    cl_list_id: str | None
    status_type: ListStatusType
    order_status: ListOrderStatus
    at: int
    symbol: str = ""
    orig_cl_list_id: str | None = None
    contingency: ContingencyType | None = None
    members: tuple[ListMember, ...] = ()
    transact_time: int | None = None
    reason: Reason | None = None


OwnEvent = (
    OrderSubmitted
    | OrderListSubmitted
    | ListCancelRequested
    | OrderHeld
    | HeldEnded
    | OrderResolved
    | CancelRequested
    | ReplaceRequested
    | AmendRequested
    | MassCancelRequested
    | NotSent
    | OutcomeUnknown
    | SessionGap
    | EntryStopped
    | EntryResumed
)
VenueEvent = (
    ExecutionReport | CancelRejected | AmendRejected | MassCancelReport | ListReport | RequestRejected
)
LedgerEvent = OwnEvent | VenueEvent
