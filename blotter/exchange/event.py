"""What goes into the engine (commands) and what comes out (outcomes). Immutable; times are UTC nanoseconds.

Commands are what the log keeps, so a field may be added at the end with a default, but never moved or
removed: replaying the same commands must give the same state.
"""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.exchange.listing import ZERO
from blotter.trading.enums import ExecType, OrdStatus, OrdType, SelfTradePreventionMode, Side, TimeInForce
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
    """NewOrderSingle (D), fact sheet 6.1. The two strategy numbers are only echoed."""

    cl_ord_id: str
    request: OrderRequest
    target_strategy: int | None = None
    strategy_id: int | None = None


class CancelRestrictions(Enum):
    """CancelRestrictions (25002)."""

    ONLY_NEW = "1"
    ONLY_PARTIALLY_FILLED = "2"


class Cancel(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderCancelRequest (F). With both ids given, both must name the same order."""

    cl_ord_id: str
    symbol: str
    order_id: int | None = None
    orig_cl_ord_id: str | None = None
    restrictions: CancelRestrictions | None = None


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


class MassCancel(Command, frozen=True, kw_only=True, array_like=True, tag=True):
    """OrderMassCancelRequest (q): every order of the account in the symbol."""

    cl_ord_id: str
    symbol: str


AnyCommand = OpenAccount | Place | Cancel | Replace | Amend | MassCancel


def symbol_of(command: AnyCommand) -> str | None:
    """The one symbol a command touches; None for those that touch no book."""
    match command:
        case Place(request=request):
            return request.symbol
        case Replace(place=place):
            return place.request.symbol
        case OpenAccount():
            return None
        case _:
            return command.symbol


# --- outcomes ----------------------------------------------------------------------------------------------


class Refusal(msgspec.Struct, frozen=True):
    """ErrorCode (25016) and Text (58) of something not done."""

    code: int
    text: str


class ExpiryReason(Enum):
    """ExpiryReason (25056)."""

    EXCHANGE_CANCELED = "2"
    UNFILLED_IOC_QUANTITY = "5"
    UNFILLED_FOK_ORDER = "6"
    INSUFFICIENT_LIQUIDITY = "7"


class Prevented(msgspec.Struct, frozen=True, kw_only=True):
    """What self-trade prevention took from an order (25024 to 25031)."""

    match_id: int
    price: Decimal
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


class CancelRefused(msgspec.Struct, frozen=True, kw_only=True):
    """OrderCancelReject (9)."""

    account: str
    cancel: Cancel
    refusal: Refusal


class AmendRefused(msgspec.Struct, frozen=True, kw_only=True):
    """OrderAmendReject (XAR)."""

    account: str
    amend: Amend
    refusal: Refusal


class MassCanceled(msgspec.Struct, frozen=True, kw_only=True):
    """OrderMassCancelReport (r)."""

    account: str
    request: MassCancel
    affected: int
    refusal: Refusal | None = None


class Traded(msgspec.Struct, frozen=True, kw_only=True):
    """One trade, as the public sees it."""

    symbol: str
    trade_id: int
    price: Decimal
    qty: Decimal
    aggressor_side: Side
    at: int


Outcome = Report | CancelRefused | AmendRefused | MassCanceled | Traded
