"""What a venue is to the rest of the house: endpoints, a signed Logon, request to message, message to event.

Everything here is pure. A dialect lives in its own folder and one line of `blotter.venues.registry`.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from blotter.fix.codec import Message
from blotter.fix.dictionary import Dictionary
from blotter.fix.schedule import Schedule
from blotter.fix.session import Draft, Numbering, SessionConfig
from blotter.trading.book import BookChange, Level
from blotter.trading.enums import CancelRestrictions, OrderRateLimitExceededMode, ReplaceMode, Side
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    ListReport,
    MassCancelReport,
    Reason,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import ListKind, OrderRequest
from blotter.trading.trades import PublicTrade

if TYPE_CHECKING:
    from blotter.venues.fix44.profile import FixProfile


class SessionKind(Enum):
    """What a session is for. The value is how the screen abbreviates it."""

    ORDER_ENTRY = "OE"
    DROP_COPY = "DC"
    MARKET_DATA = "MD"


class Environment(Enum):
    """Where orders go. EMBEDDED is the exchange that ships with Blotter: no account, no money."""

    EMBEDDED = "embedded"
    TESTNET = "testnet"
    DEMO = "demo"
    LIVE = "live"


class Feature(Enum):
    """What a venue may have beyond limit, market and cancel. The screen offers what is there."""

    POST_ONLY = "post-only"
    ICEBERG = "iceberg"
    CASH_ORDER_QTY = "market orders by quote amount"
    STOP = "stop-loss and take-profit"
    TRAILING = "trailing stops"
    PEGGED = "pegged orders"
    SMART_ROUTING = "smart order routing"
    SELF_TRADE_PREVENTION = "self-trade prevention modes"
    STRATEGY_IDS = "strategy ids"
    LISTS = "order lists of two legs"
    THREE_LEG_LISTS = "order lists of three legs"
    CANCEL_RESTRICTIONS = "cancel restrictions"
    CANCEL_AND_NEW = "cancel and new in one message"
    REPLACE_MODES = "replace even if the cancel fails"
    AMEND_IN_PLACE = "less quantity in place"
    CHANGE = "other terms for an order that stays the same"
    DAY = "good for the day"
    GOOD_TILL_DATE = "good till a date"
    ORDER_STATUS = "the state of one order on request"
    MASS_STATUS = "the state of all open orders on request"
    MASS_CANCEL = "mass cancel of a symbol"
    DROP_COPY = "drop copy"
    CANCEL_ON_DISCONNECT = "cancel on disconnect"
    LISTING = "instruments listed on the order-entry session"


class VenueSettings(NamedTuple):
    """What a user may choose of a dialect. A venue does not look at what does not concern it."""

    three_leg_lists: bool = False
    three_leg_first_action: Literal["cancel", "release"] = "cancel"
    cancel_on_disconnect: bool | None = None  # None: as the venue does when nothing is said
    sender_comp_id: str = ""  # where the venue issues one
    target_comp_id: str = ""  # "": the venue's own
    fix: "FixProfile | None" = None  # what a plain FIX broker speaks


DEFAULT_SETTINGS = VenueSettings()


class Endpoint(NamedTuple):
    """Where to dial. With `tls`, `host` is also the server name asked for and checked."""

    host: str
    port: int
    tls: bool = True


class Signer(Protocol):
    """Signs a Logon payload. Never shows its key in repr."""

    def sign(self, payload: bytes) -> str:
        """The signature as the text that goes into RawData (96)."""
        ...


class Credentials(NamedTuple):
    """An API key and what signs with it. `repr` of either shows no secret (implementers: keep it so)."""

    api_key: str
    signer: Signer
    passphrase: str = ""

    def __repr__(self) -> str:
        return "Credentials(api_key=***, signer=***)"


class Need(Enum):
    """What a venue must be given to log on. The value is the config key that names the file."""

    API_KEY = "api_key_file"
    PRIVATE_KEY = "private_key_file"
    SECRET = "secret_file"  # noqa: S105 - a key of the config
    PASSPHRASE = "passphrase_file"  # noqa: S105 - likewise


class Secrets(NamedTuple):
    """What was read from those files, empty where the venue does not need it. Its `repr` shows none of it."""

    api_key: str = ""
    private_key: bytes = b""  # PEM
    secret: str = ""
    passphrase: str = ""

    def __repr__(self) -> str:
        return "Secrets(***)"


# --- requests to the venue ---------------------------------------------------------------------------------


class NewOrder(NamedTuple):
    cl_ord_id: str
    request: OrderRequest


class NewOrderList(NamedTuple):
    """An order list, its legs in the order of `kind.leg_names`."""

    cl_list_id: str
    kind: ListKind
    legs: tuple[NewOrder, ...]


class CancelOrder(NamedTuple):
    cl_ord_id: str
    symbol: str
    orig_cl_ord_id: str
    order_id: str | None = None  # venue OrderID, when known
    restrictions: CancelRestrictions | None = None
    side: Side | None = None  # it and the next where the order is known: FIX wants both in a cancel
    order_qty: Decimal | None = None


class CancelList(NamedTuple):
    """Cancel all legs of a list."""

    cl_ord_id: str
    symbol: str
    cl_list_id: str
    list_id: str | None = None  # the venue's ListID, when known


class ReplaceOrder(NamedTuple):
    """Cancel and new in one message (Binance XCN): loses queue position.

    `only_unfilled`: refuse when the old one has traded by then, or its fill would come on top of the new quantity.
    """

    cl_ord_id: str
    cancel_cl_ord_id: str
    orig_cl_ord_id: str
    request: OrderRequest
    order_id: str | None = None
    only_unfilled: bool = False
    mode: ReplaceMode = ReplaceMode.STOP_ON_FAILURE
    rate_limit_mode: OrderRateLimitExceededMode | None = None


class AmendOrder(NamedTuple):
    """Shrink in place (Binance XAK): keeps queue position. `order_qty`: new total, below the current one."""

    cl_ord_id: str
    symbol: str
    orig_cl_ord_id: str
    order_qty: Decimal
    order_id: str | None = None


class ChangeOrder(NamedTuple):
    """Other terms for an order that stays the same order at the venue: OrderCancelReplaceRequest (G), or the venue's
    own message for it. Whether it keeps its place in the queue is the venue's affair.

    `request` holds the complete terms, `request.order_qty` the new total with what is filled in it."""

    cl_ord_id: str
    orig_cl_ord_id: str
    request: OrderRequest
    order_id: str | None = None


class MassCancel(NamedTuple):
    cl_ord_id: str
    symbol: str


class AskOrder(NamedTuple):
    """What is true of one order (OrderStatusRequest, H)."""

    req_id: str
    cl_ord_id: str
    symbol: str
    side: Side
    order_id: str | None = None


class AskOrders(NamedTuple):
    """What is open (OrderMassStatusRequest, AF)."""

    req_id: str


class QueryLimits(NamedTuple):
    req_id: str


class ListInstruments(NamedTuple):
    req_id: str
    symbol: str | None = None  # None: all


class SubscribeQuotes(NamedTuple):
    """Best bid and offer of these symbols. A `req_id` is never used twice on one connection, here and below."""

    req_id: str
    symbols: tuple[str, ...]


class SubscribeDepth(NamedTuple):
    """The book of these symbols: `depth` levels a side to begin with, then every change."""

    req_id: str
    symbols: tuple[str, ...]
    depth: int


class SubscribeTrades(NamedTuple):
    """All trades of these symbols, from now on."""

    req_id: str
    symbols: tuple[str, ...]


class Unsubscribe(NamedTuple):
    """End a subscription. Nothing confirms it, and what was on its way may still come."""

    req_id: str


VenueRequest = (
    NewOrder
    | NewOrderList
    | CancelOrder
    | CancelList
    | ReplaceOrder
    | AmendOrder
    | ChangeOrder
    | MassCancel
    | AskOrder
    | AskOrders
    | QueryLimits
    | ListInstruments
    | SubscribeQuotes
    | SubscribeDepth
    | SubscribeTrades
    | Unsubscribe
)

# --- what the venue says beside order events ---------------------------------------------------------------


class SessionRejected(NamedTuple):
    """Reject (3) or BusinessMessageReject (j). `ref_seq_num` names our message; the desk knows which request that
    was. `ref_id`: the request's own id, where the venue names it (BusinessRejectRefID, 379)."""

    ref_seq_num: int | None
    ref_tag_id: int | None
    ref_msg_type: str | None
    reason: Reason
    ref_id: str | None = None


class OrderStatus(NamedTuple):
    """An answer to `AskOrder` or `AskOrders`. `report` is a snapshot: no ExecID, never a TRADE; None when the venue has
    no such order, or nothing open, or refuses to say, as `reason` says. `total`: how many answers there are in all."""

    req_id: str
    report: ExecutionReport | None
    total: int | None = None
    reason: Reason | None = None


class Several(NamedTuple):
    """One message that says several things, in their order: a report with two fills in it."""

    parts: "tuple[Decoded, ...]"


class Limit(NamedTuple):
    """One limit indicator: `used` of `maximum` per `interval` seconds (None: not time-based)."""

    kind: str  # "orders", "messages", "subscriptions"; "limit type 9" for one unknown here
    used: int
    maximum: int
    interval: int | None


class LimitReport(NamedTuple):
    req_id: str
    limits: tuple[Limit, ...]


class InstrumentsListed(NamedTuple):
    req_id: str
    instruments: tuple[Instrument, ...]


class QuotesUpdated(NamedTuple):
    """A ticker snapshot or change; each quote is complete (the decoder keeps the last per symbol)."""

    quotes: tuple[Quote, ...]


class BookSnapshot(NamedTuple):
    """The book of a symbol as a whole, as far as it was asked for; it may be empty."""

    req_id: str
    symbol: str
    update_id: int | None
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class BookUpdated(NamedTuple):
    """One message's changes, to be applied as a whole before a book is looked at; several may be of one symbol."""

    req_id: str
    changes: tuple[BookChange, ...]


class TradesSeen(NamedTuple):
    req_id: str
    trades: tuple[PublicTrade, ...]


class MarketDataRejected(NamedTuple):
    req_id: str
    reason: Reason


class Unhandled(NamedTuple):
    """A message that cannot be told for sure: unknown here, or with a value that is. `text` says why and
    names the order, to be shown to a person. Never a reason to disconnect (fact sheet section 15). `req_id`: the
    market-data subscription that has a hole now."""

    msg_type: str
    text: str
    req_id: str = ""


Decoded = (
    ExecutionReport
    | CancelRejected
    | AmendRejected
    | MassCancelReport
    | SessionRejected
    | OrderStatus
    | Several
    | LimitReport
    | InstrumentsListed
    | QuotesUpdated
    | BookSnapshot
    | BookUpdated
    | TradesSeen
    | MarketDataRejected
    | ListReport
    | Unhandled
)


class Hours(NamedTuple):
    """A session is up within a window of `up`; its numbers start anew with each window of `numbers` (None: of `up`)."""

    up: Schedule
    numbers: Schedule | None = None


class ConnectionLimits(NamedTuple):
    """`attempts` dials per `window` seconds; `messages` sent per `message_window` seconds on one
    connection; `streams`: symbols subscribed at a time on one, each for each kind of data."""

    attempts: int
    window: float
    messages: int
    message_window: float
    streams: int = 0


class Venue(Protocol):
    """A dialect. One instance a desk; what was subscribed for and what the last market data said may be kept between
    messages (`connection_lost`)."""

    name: str
    title: str  # for people: "Binance Spot"
    dictionary: Dictionary
    secret_tags: frozenset[int]  # masked before anything is stored or shown (Binance: 96, 553)
    unknown_outcome_codes: frozenset[int]
    features: frozenset[Feature]  # as far as the settings allow
    when_disconnected: (
        str  # what becomes of open orders when the connection is lost, in words, as the settings say
    )
    needs: frozenset[Need]
    numbering: Numbering  # of all its sessions
    evidence: (
        str  # what the dialect was built from, where it was never run against the venue; "" where it was
    )

    def credentials(self, secrets: Secrets) -> Credentials:
        """What logs on with these. Raises `ValueError` naming the config key and the rule, and no part of a secret."""
        ...

    def kinds(self) -> tuple[SessionKind, ...]: ...
    def endpoint(self, environment: Environment, kind: SessionKind) -> Endpoint:
        """Raises `KeyError` for EMBEDDED, for the exchange itself says where it listens, and for an environment the
        venue does not have."""
        ...

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        """How to log on; `heart_bt_int` in seconds. Raises `ValueError` for what the venue does not allow."""
        ...

    def comp_id(self, prefix: str, counter: int) -> str:
        """SenderCompID number `counter` of this desk, legal at the venue: another for each counter in a row, or always
        the same where the venue issues it.

        Raises `ValueError` for a prefix the venue's rule has no room for."""
        ...

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        """ClOrdID of our request `number` of its `kind` ("" new orders, "l" lists, "r" requests about what is there),
        as the venue wants them; never the same for two of them. `tag`: four letters and digits, the tape's own; `at`:
        UTC ns."""
        ...

    def hours(self, kind: SessionKind) -> Hours | None:
        """When such a session may be up; None: always, and its numbers never start anew by the clock."""
        ...

    def connection_limits(self, kind: SessionKind) -> ConnectionLimits: ...

    def comp_id_blocked_for(self, heart_bt_int: int) -> float:
        """Seconds a comp id stays unusable after a connection ended without Logout."""
        ...

    def encode(self, request: VenueRequest, at: int) -> Draft:
        """`at`: UTC ns, where the venue wants to know when a request was made (TransactTime, 60). Raises `ValueError`,
        naming field, value and rule, for what this venue does not have."""
        ...

    def decode(self, message: Message, at: int) -> Decoded:
        """An inbound application message (or Reject) as an event; `at`: UTC ns of receipt. Never raises
        on a whole FIX message: what cannot be read becomes `Unhandled` with the cause. Decoding the messages of a tape
        again, in their order, gives the same events."""
        ...

    def connection_lost(self, kind: SessionKind) -> None:
        """Forget what was kept of a connection of this kind: what the next one says starts from nothing."""
        ...

    def advice(self, reason: Reason) -> str:
        """What a person can do about a refusal, in one short line; "" when there is nothing to say."""
        ...

    def request_id(self, message: Message) -> str | None:
        """The id an outbound message of ours is answered by, if it is an order request: its ClOrdID (11), that of
        a new order list its ClListID."""
        ...

    def amend_keeps_priority(self, order_qty: Decimal, new_qty: Decimal, same_price: bool) -> bool:
        """Whether this change can be made in place; else it is a cancel and new."""
        ...


def tagged_id(tag: str, kind: str, number: int) -> str:
    """A ClOrdID where the venue takes short text: `k7qd-000012`, `k7qd-r000003`."""
    return f"{tag}-{kind}{number:06d}"


VenueFactory = Callable[[VenueSettings], Venue]
