"""What goes into the engine (commands) and what comes out (outcomes). Immutable; times are UTC nanoseconds.

Commands are what the log keeps, so a field may be added at the end with a default, but never moved or
removed without a new version of the store: replaying the same commands must give the same state.
"""

from decimal import Decimal

import msgspec

from blotter.exchange.listing import ZERO
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
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest

# --- commands ----------------------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """Something one account asks for at one moment."""

    at: int
    account: str


class OpenAccount(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """A new account with these funds. `house`: the market maker; it gets no reports and counts no orders."""

    balances: dict[str, Decimal]
    fee_rate: Decimal = ZERO  # of what is received, maker and taker alike
    house: bool = False
    order_limits: tuple[tuple[int, int], ...] = ()  # unfilled orders allowed: (seconds, count)


class Place(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """NewOrderSingle (D), fact sheet 6.1. `session`: the comp id that owns the order; "" where sessions own none."""

    cl_ord_id: str
    request: OrderRequest
    session: str = ""


class Instruction(msgspec.Struct, frozen=True, array_like=True):
    """One of NoListTriggeringInstructions (25010), as it was sent: what must happen to leg `index`, and what then
    happens to the leg that bears it. Only echoed: which lists there are says the same."""

    trigger_type: str  # ListTriggerType (25011)
    index: int
    action: str  # ListTriggerAction (25013)


class Leg(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One order of a list."""

    cl_ord_id: str
    request: OrderRequest
    instructions: tuple[Instruction, ...] = ()


class PlaceList(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """NewOrderList (E), fact sheet 6.6, of a shape that `list_grammar` has found legal.

    ONE_CANCELS_THE_OTHER: two legs that cancel each other. ONE_TRIGGERS_THE_OTHER: the first leg works, the others
    wait for it to fill, and if they are two they then cancel each other. `opo`: what the first receives is what the
    others sell.
    """

    cl_list_id: str
    contingency: ContingencyType
    legs: tuple[Leg, ...]
    opo: bool = False

    @property
    def symbol(self) -> str:
        return self.legs[0].request.symbol


class Cancel(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderCancelRequest (F). With both ids given, both must name the same order. `session`: an order of another one
    is as good as unknown; "": it may be anyone's."""

    cl_ord_id: str
    symbol: str
    order_id: int | None = None
    orig_cl_ord_id: str | None = None
    restrictions: CancelRestrictions | None = None
    session: str = ""


class CancelList(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderCancelRequest (F) of a whole list. With both ids given, both must name the same list."""

    cl_ord_id: str
    symbol: str
    list_id: int | None = None
    orig_cl_list_id: str | None = None
    restrictions: CancelRestrictions | None = None  # every open leg must satisfy them


class Replace(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderCancelRequestAndNewOrderSingle (XCN), fact sheet 6.3: `cancel`, then `place`."""

    cancel: Cancel
    place: Place
    stop_on_failure: bool = True
    cancel_even_over_limit: bool = False  # OrderRateLimitExceededMode CANCEL_ONLY


class Amend(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderAmendKeepPriorityRequest (XAK): `order_qty` is the new, smaller total."""

    cl_ord_id: str
    symbol: str
    order_qty: Decimal
    order_id: int | None = None
    orig_cl_ord_id: str | None = None


class Modify(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderCancelReplaceRequest (G): other terms for a live order that stays the same order. What is None stays.

    `order_qty` is the new total. Its place in the queue is lost when the price moves or the quantity grows. The order
    takes `cl_ord_id` as its own (name it so to keep the one it has). `session` as in a cancel.
    """

    cl_ord_id: str
    symbol: str
    order_qty: Decimal | None = None
    price: Decimal | None = None
    order_id: int | None = None
    orig_cl_ord_id: str | None = None
    session: str = ""


class MassCancel(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderMassCancelRequest (q): every order of the account, of one symbol ("": of all), of one session ("": of all).

    Without a `cl_ord_id` nobody has asked: the orders are cancelled by the exchange, and nothing but their reports says
    so.
    """

    cl_ord_id: str
    symbol: str
    session: str = ""


class Expire(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """The time of an order that was good till a date has come. Nobody asks for it."""

    symbol: str
    order_id: int


class Wipe(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """Everything starts anew: no accounts, no orders, no trades, the first ids (fact sheet section 1, testnet).

    `account` means nothing here.
    """


AnyCommand = (
    OpenAccount
    | Place
    | PlaceList
    | Cancel
    | CancelList
    | Replace
    | Amend
    | Modify
    | MassCancel
    | Expire
    | Wipe
)


def symbol_of(command: AnyCommand) -> str | None:
    """The one symbol a command touches; None for those that touch no book."""
    match command:
        case Place(request=request):
            return request.symbol
        case Replace(place=place):
            return place.request.symbol
        case OpenAccount() | Wipe():
            return None
        case _:
            return command.symbol or None


# --- outcomes ----------------------------------------------------------------------------------------------


class Refusal(msgspec.Struct, frozen=True):
    """ErrorCode (25016) and Text (58) of something not done."""

    code: int
    text: str


class Prevented(msgspec.Struct, frozen=True, kw_only=True):
    """What self-trade prevention took from an order (25024 to 25031)."""

    match_id: int
    price: Decimal
    counter_symbol: str  # another than the order's own where smart order routing went to
    counter_order_id: int
    qty: Decimal  # that would have been traded
    last_qty: Decimal  # that this order lost by it


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """ExecutionReport (8), fact sheet 7.1: the order as it stood right after the event."""

    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    exec_type: ExecType
    ord_status: OrdStatus
    at: int
    cl_ord_id: str
    cum_qty: Decimal
    cum_quote_qty: Decimal
    stp: SelfTradePreventionMode
    answers: bool  # the direct answer to a request, not something that befell the order
    exec_id: int | None = None  # None on rejections
    order_id: int | None = None
    orig_cl_ord_id: str | None = None
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    max_floor: Decimal | None = None
    target_strategy: int | None = None
    strategy_id: int | None = None
    leaves_qty: Decimal | None = None
    created_at: int | None = None
    working: bool = False
    last_px: Decimal | None = None
    last_qty: Decimal = ZERO
    trade_id: int | None = None
    aggressor: bool = True
    fee: Decimal = ZERO
    fee_asset: str = ""
    prevented_qty: Decimal = ZERO
    prevented: Prevented | None = None
    expiry_reason: ExpiryReason | None = None
    refusal: Refusal | None = None
    list_id: int | None = None
    trigger_price: Decimal | None = None
    trigger_direction: TriggerPriceDirection | None = None
    trailing_bips: int | None = None
    trailing_at: int | None = None  # since when a trailing order follows the market
    peg_price_type: PegPriceType | None = None
    peg_offset: int | None = None
    pegged_price: Decimal | None = None
    working_at: int | None = None  # since when it is on the book; None: not yet (`working` says the same)
    smart_routing: bool = False
    routed: bool = False  # what is told happened in a sibling's book
    alloc_id: int | None = None  # of a fill from a sibling's book: an allocation, no trade
    session: str = ""  # the comp id that owns the order
    expire_time: int | None = None  # of one that is good till a date


class CancelRefused(msgspec.Struct, frozen=True, kw_only=True):
    """OrderCancelReject (9)."""

    account: str
    cancel: Cancel | CancelList
    refusal: Refusal


class AmendRefused(msgspec.Struct, frozen=True, kw_only=True):
    """OrderAmendReject (XAR)."""

    account: str
    amend: Amend
    refusal: Refusal


class ModifyRefused(msgspec.Struct, frozen=True, kw_only=True):
    """OrderCancelReject (9), CxlRejResponseTo (434) 2."""

    account: str
    modify: Modify
    refusal: Refusal


class MassCanceled(msgspec.Struct, frozen=True, kw_only=True):
    """OrderMassCancelReport (r)."""

    account: str
    request: MassCancel
    affected: int
    refusal: Refusal | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A leg as ListStatus names it. It never got an OrderID if the list was refused."""

    cl_ord_id: str
    order_id: int | None = None
    instructions: tuple[Instruction, ...] = ()
    refusal: Refusal | None = None


class ListStatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """ListStatus (N), fact sheet 7.3: the list as it stood right after the event."""

    account: str
    symbol: str
    cl_list_id: str
    contingency: ContingencyType
    status_type: ListStatusType
    order_status: ListOrderStatus
    members: tuple[Member, ...]
    at: int
    answers: bool  # the direct answer to a request
    list_id: int | None = None  # None: refused
    created_at: int | None = None


class Traded(msgspec.Struct, frozen=True, kw_only=True):
    """One trade, as the public sees it."""

    symbol: str
    trade_id: int
    price: Decimal
    qty: Decimal
    aggressor_side: Side
    at: int


Notice = Report | ListStatus
"""What an account's history is made of."""

Answer = CancelRefused | AmendRefused | ModifyRefused | MassCanceled
"""What only concerns who asked."""

Outcome = Notice | Answer | Traded
