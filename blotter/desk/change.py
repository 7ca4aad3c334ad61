"""What the desk tells the screen: immutable versions, coalesced until the screen drains them once a frame."""

from enum import Enum
from typing import Protocol

import msgspec

from blotter.desk.command import AnyCommand
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Fill, Position
from blotter.trading.order import Order


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
    headline: str = ""  # last News


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
    limits: tuple[tuple[str, int, int], ...] = ()  # (label, used, max), e.g. ("orders/10s", 3, 200)


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


class Frame(msgspec.Struct, kw_only=True):
    """Everything that changed since the last drain."""

    desk: DeskView | None = None
    links: dict[str, LinkView] = {}
    orders: dict[str, Order] = {}
    fills: list[Fill] = []
    positions: dict[str, Position] = {}
    quotes: dict[str, Quote] = {}
    instruments: dict[str, Instrument] = {}
    messages: list[MessageSeen] = []  # newest last; the feed keeps at most a few thousand between drains
    messages_dropped: int = 0  # how many older ones were left out of `messages` (they are on the tape)
    answers: list[Answer] = []
    notices: list[Notice] = []


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

    def explain(self, raw: bytes) -> list[ExplainedField]:
        """A message with names and enum meanings, secrets masked."""
        ...

    def mono(self) -> int:
        """The desk's monotonic clock, ns, for ages."""
        ...

    def wall(self) -> int:
        """UTC ns."""
        ...
