"""What the desk tells the screen: immutable versions, coalesced until the screen drains them once a frame."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Protocol

import msgspec

from blotter.desk.command import AnyCommand
from blotter.trading.account import Balances
from blotter.trading.book import BookView
from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Fill, Position
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.trades import PublicTrade
from blotter.trading.valuation import Profit


class LinkState(Enum):
    """The life of one connection, in words for the bar."""

    DOWN = "down"
    DIALLING = "dialling"
    LOGGING_ON = "logging on"
    LIVE = "live"
    STALE = "stale"  # nothing heard for longer than the heartbeat interval; TestRequest outstanding
    LOGGING_OUT = "logging out"
    WAITING = "waiting"  # backing off before the next dial


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """One session as the screen shows it. `mono` values are monotonic ns on the desk's clock; ages are computed
    by the reader so that a stopped desk shows as ageing numbers, not as fresh ones."""

    name: str  # "OE", "MD"
    state: LinkState
    since: int  # wall ns of the last state change
    reason: str = ""  # why it is not live, in words
    endpoint: str = ""
    comp_id: str = ""
    instance: str = ""  # venue instance UUID
    next_in: int = 0
    next_out: int = 0
    last_in: int | None = None  # mono ns
    last_out: int | None = None  # mono ns
    heart_bt_int: int = 30
    test_request_pending: bool = False
    round_trip: int | None = None  # ns
    clock_offset: int | None = None  # ns, venue minus us
    messages_in: int = 0
    messages_out: int = 0
    retry_at: int | None = None  # mono ns of the next dial
    reconnects: int = 0
    refusals: int = 0  # Logons refused in a row
    lasting: bool = False  # its numbers live over connections
    headline: str = ""  # last News
    handover: str = ""  # how far the change to the next connection is, in words; "" while there is none
    bytes_in: int = 0  # since the desk started, as the messages
    bytes_out: int = 0
    round_trips: tuple[int, ...] = ()  # ns, the last ones, newest last
    round_trip_at: int | None = None  # mono ns of the newest
    errors: tuple[tuple[int, str], ...] = ()  # (wall ns, what), the last ones, newest last
    suspended: bool = False  # down because a person wanted it to be
    expected: int = 0  # MsgSeqNum that is waited for while a later one has come; 0: no gap
    received: int = 0  # the later one
    evidence: str = ""  # what the dialect was built and tested by, where that is less than the venue itself


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """One rate limit: `used` of `maximum` per `interval` seconds (None: not by time). `at`: mono ns of the count; what
    is counted here between two answers of the venue is in it."""

    name: str  # "orders/10s", "messages/10s", "REST weight/60s"
    used: int
    maximum: int
    at: int
    interval: int | None = None


class StopResult(Enum):
    """How far one cancel of a stop has come."""

    SENT = "cancel sent"
    CANCELED = "canceled"
    FILLED = "filled before it"
    ENDED = "ended"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"


class StopOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one order's cancel in a stop."""

    order_id: str
    symbol: str
    side: Side
    leaves_qty: Decimal | None
    result: StopResult
    text: str = ""


class StopView(msgspec.Struct, frozen=True, kw_only=True):
    """A stop in progress or done: stays until each order is answered or marked unknown. Times UTC ns."""

    at: int
    cause: str  # "F8", "blotter stop", "loss limit: -1,203 USDT below -1,000"
    outcomes: tuple[StopOutcome, ...] = ()
    written_in: int | None = None  # ns from the command to the last cancel's socket write
    done: bool = False


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources that do not agree, both sides in words. Stays until `Acknowledge`."""

    id: str
    at: int
    what: str  # "fill 12 of A-000012", "balance BTC"
    ours: str
    theirs: str
    source: str  # "drop copy", "REST"
    order_id: str = ""
    resolved: str = ""  # how it went away by itself: "report arrived 1.2 s later"


class BalancesView(msgspec.Struct, frozen=True, kw_only=True):
    """The venue's balances with their age, and what cannot be told."""

    balances: Balances
    mono: int  # mono ns at receipt
    worth: dict[str, Decimal] = {}  # asset -> worth in `unit` of what is held, where a price is known
    unit: str = ""
    mismatches: dict[str, str] = {}  # asset -> what the venue has against what our fills come to, in words
    error: str = ""  # why there is nothing newer


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """The desk as a whole."""

    venue: str  # "Binance Spot"
    environment: str  # "embedded", "testnet", "demo", "live"
    account: str = ""
    pulse: int = 0  # mono ns; moves at least every second while the desk lives
    stopped: bool = False
    entry_blocked: str = ""  # why new orders would be refused now; "" when they would not
    order_to_ack: int | None = None  # ns, last
    tape_lag: int | None = None  # ns the last commit took
    tape_rows: int = 0
    limits: tuple[Gauge, ...] = ()
    armed_until: int | None = None  # mono ns; None: arming is not asked for
    listing_at: int | None = None  # wall ns of the instruments' filters; None: not known
    drop_copy: str = ""  # why there is no independent check; "" while there is, or where none is configured
    when_disconnected: str = ""  # what the venue does with open orders then, in words
    dead_man: float | None = None  # seconds after which our own rule cancels by REST; None: off
    dead_man_at: int | None = None  # mono ns at which it will, while order entry is away
    features: frozenset[str] | None = None  # names of `Feature`s the venue has; None: not said
    woke_at: int | None = None  # mono ns at which the last sleep of the machine was noticed
    recording: str = ""  # the tape that is shown instead of a running desk; "" for a running one


class ActSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did, for people."""

    at: int  # UTC ns at which the desk heard of it
    who: str  # "you", "a rule", "another terminal"
    what: str  # "cancel", "review shown", "stop and cancel all"
    text: str = ""  # the line as it stood, the cause, the session
    order_ids: tuple[str, ...] = ()
    symbol: str = ""
    bid: str = ""  # top of book at that moment; "" where it was not known
    ask: str = ""
    pressed_at: int = 0  # UTC ns of the key, where it is known
    all_orders: bool = False  # it was about every open order (of `symbol`, where there is one)
    refused: str = ""  # why the desk did not do it
    venue: str = ""  # whose desk, where there are several


class MessageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the message tape. `row` is the tape's row id (0: not taped)."""

    row: int
    at: int
    session: str
    outbound: bool
    seq: int
    msg_type: str
    name: str  # "ExecutionReport"
    summary: str  # one line: "New  A-000012  BUY 0.25 BTCUSDT @ 60123.10"
    order_id: str = ""  # own id, when it concerns one
    raw: bytes = b""  # secrets masked


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The desk's answer to a command. `text` says what was done or which rule refused it, at which field."""

    id: str
    ok: bool
    text: str = ""
    field: str = ""  # for refusals: the field at fault ("price", "order_qty", "symbol", ...)
    warning: bool = False  # refused only until sent again with accept_warnings
    warnings: tuple[str, ...] = ()  # each rule that warned: rule, value and limit
    warning_rules: tuple[str, ...] = ()  # their names, to be sent along as `accept_rules`
    order_ids: tuple[str, ...] = ()


class Severity(Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A line for people: disconnects, rejects, fills, unexpected errors."""

    at: int
    severity: Severity
    text: str
    order_id: str = ""


RECORDED = "this is a recording: nothing can be sent, cancelled or changed"
"""What every command and every key that would act is told there."""


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay stands. Times are UTC ns, of the recording."""

    at: int
    first_at: int
    last_at: int
    row: int
    rows: int
    speed: float = 1.0  # seconds of the recording in one second
    playing: bool = False
    busy: str = ""  # what is being gone to, and how far it has come; "" while nothing is


class Frame(msgspec.Struct, kw_only=True):
    """Everything that changed since the last drain."""

    replaced: bool = False  # all that was shown before is void: this is everything there is
    venues: tuple[
        str, ...
    ] = ()  # where there are several: their configured names, by which all names here are qualified
    desks: dict[str, DeskView] = {}  # of each of them; `desk` is then all of them in one
    replay: ReplayView | None = None  # None: a running desk
    desk: DeskView | None = None
    links: dict[str, LinkView] = {}
    orders: dict[str, Order] = {}
    fills: list[Fill] = []
    positions: dict[str, Position] = {}
    quotes: dict[str, Quote] = {}
    instruments: dict[str, Instrument] = {}
    books: dict[str, BookView] = {}  # of watched symbols, as they are at the drain
    trades: dict[
        str, tuple[PublicTrade, ...]
    ] = {}  # newest first; of many between two drains the newest thousand
    messages: list[MessageSeen] = []  # newest last; the feed keeps at most a few thousand between drains
    messages_dropped: int = 0  # how many older ones were left out of `messages` (they are on the tape)
    lists: dict[str, OrderList] = {}
    held: dict[str, Held | None] = {}  # None: released or dropped
    balances: BalancesView | None = None
    profits: dict[str, Profit] = {}  # by symbol
    differences: dict[str, Difference | None] = {}  # None: seen by a person
    stop: StopView | None = None
    answers: list[Answer] = []
    notices: list[Notice] = []
    acts: list[ActSeen] = []  # newest last


class ExplainedField(msgspec.Struct, frozen=True):
    """One field of a message for the inspector."""

    tag: int
    name: str
    value: str
    meaning: str
    depth: int


class DeskPort(Protocol):
    """All the screen may know of the desk. Thread-safe; none of it blocks on the network or the disk."""

    def post(self, command: AnyCommand) -> None:
        """Hand a command over; the answer comes in a Frame. Never blocks."""
        ...

    def drain(self) -> Frame:
        """Take what changed. The first drain carries everything there is."""
        ...

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        """A message with names and enum meanings, secrets masked. `session`: on which it went by; it says whose
        dictionary, where there are several."""
        ...

    def mono(self) -> int:
        """The desk's monotonic clock, ns, for ages."""
        ...

    def wall(self) -> int:
        """UTC ns."""
        ...


class RecordingPort(Protocol):
    """What the screen may ask of a replay beside reading it. Thread-safe; nothing blocks. What is wrong with a request
    comes back as a sentence, "" where nothing is."""

    def pause(self, paused: bool | None = None) -> None:
        """Stop or go on; None turns it round."""
        ...

    def faster(self, steps: int) -> None:
        """So many steps up the list of speeds, or down."""
        ...

    def speed(self, text: str) -> str:
        """Seconds of the recording in one second: `10`, `0.5`."""
        ...

    def step(self, back: bool = False) -> None:
        """To the next row that is no heartbeat, or the one before; pauses."""
        ...

    def jump(self, text: str) -> str:
        """To a moment: `10:14:21`, or with its date. UTC."""
        ...

    def seek(self, what: str, back: bool = False) -> str:
        """To the next (or last) `fill`, `reject`, `disconnect`."""
        ...


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a search of the tape has come. Times in ns since it was asked for."""

    number: int  # another one is another search
    text: str
    hits: tuple[MessageSeen, ...] = ()  # those not picked up before, newest first
    count: int = 0  # hits so far
    searched: float = 0.0  # share of the tape, 0 to 1
    done: bool = False
    took: int = 0
    first_after: int | None = None
    note: str = ""  # why it has ended early


class SearchPort(Protocol):
    """What the screen may ask about all messages of the tape. Thread-safe; nothing blocks."""

    def matcher(self, text: str) -> Callable[[bytes], bool] | str:
        """A test of single messages; what is wrong with the expression, where something is."""
        ...

    def find(self, text: str) -> str:
        """Begin a search; it takes the place of the one before. What is wrong with the expression, "" where nothing."""
        ...

    def cancel(self) -> None:
        """Nobody wants it any more."""
        ...

    def poll(self) -> SearchView | None:
        """How it stands, with the hits that were not picked up before; None where no search was asked for."""
        ...
