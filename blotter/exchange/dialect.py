"""What a dialect of the exchange is: how one venue's clients log on, ask and are answered.

Matching, money, histories, sockets, numbers and faults are the same whatever is spoken; here is what is not. A dialect
is pure: messages in, commands and drafts out; it never opens a socket, reads a clock or touches a file. It is written
from the venue's documents and never from the client side of this house, which it is there to contradict.

A dialect is a module in `blotter.exchange.dialects` with a class `DIALECT`, and one line in `DIALECTS` below.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Final, NamedTuple, Protocol

from blotter.exchange import event as ev
from blotter.exchange.account import Account
from blotter.exchange.credentials import Keys
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.history import History, is_open, own_id
from blotter.exchange.listing import Listing
from blotter.exchange.market import Market
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.tops import Told, Top
from blotter.fix.codec import Fields, Message
from blotter.fix.effects import Draft
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import Numbers
from blotter.fix.session import SessionConfig
from blotter.venues.base import Need, SessionKind

Drafts = tuple[Draft, ...]
"""Messages to be sent, in this order; empty: nothing is said."""


class Scope(Enum):
    """What is cancelled when a session is lost."""

    NOTHING = "nothing"
    SESSION = "session"  # the open orders it has placed
    ACCOUNT = "account"  # every open order of the account


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a good Logon has asked for. `fields` go into the Logon that answers, after 98 and 108."""

    fields: Fields = ()
    on_disconnect: Scope = Scope.NOTHING
    on_logout: Scope = Scope.NOTHING  # likewise after a Logout handshake (see `Dialect.leaving`)
    only_acks: bool = False  # hears nothing but answers to its own requests
    heart_bt_int: int | None = None  # seconds the venue runs at, whatever was asked for; None: as asked


class Opening(NamedTuple):
    """Where the numbers of a session begin on this connection."""

    numbers: Numbers
    anew: bool = False  # what was said before is gone: nothing of it can be sent again
    fill_to: int | None = None  # right after its Logon the exchange skips to this number by a gap fill


class RefusedError(Exception):
    """A message, or a Logon, that is not taken. The drafts say so; the last word for a Logon; none: not a word."""

    def __init__(self, *drafts: Draft) -> None:
        super().__init__(f"{len(drafts)} drafts")
        self.drafts: Drafts = drafts


class Caller(NamedTuple):
    """Who asks, and what can be seen from there. For reading only."""

    account: str
    session: str  # SenderCompID (49) of the client
    at: int  # UTC ns
    markets: Mapping[str, Market]  # by the venue's own symbol
    history: History
    funds: Account  # free and locked, by asset

    def order(self, symbol: str | None, order_id: int | None, cl_ord_id: str | None) -> Report | None:
        """The last report of an order, open or not: by OrderID with its symbol, else by ClOrdID; with both ids both
        must be right. `own_id` of it is the order's ClOrdID."""
        if order_id is not None:
            found = None if symbol is None else self.history.order(symbol, order_id)
            return found if found is None or cl_ord_id in (None, own_id(found)) else None
        if cl_ord_id is None:
            return None
        if symbol is not None:
            return self.history.named(symbol, cl_ord_id)
        return next((found for name in self.markets if (found := self.history.named(name, cl_ord_id))), None)

    def open_orders(self, symbol: str | None = None) -> list[Report]:
        """The last report of each open order, oldest first."""
        return [report for report in self.history.orders(symbol) if is_open(report)]


class Feed(Protocol):
    """What one connection wants to hear of the market. `Told` gives the snapshots that changes go on from."""

    def request(self, message: Message) -> list[Draft]: ...

    def moved(self, symbol: str, before: Top, after: Top) -> Draft | None: ...

    def hears_depth(self, symbol: str) -> bool: ...

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> list[Draft]: ...

    def traded(self, trade: ev.Traded) -> Draft | None: ...


class Dialect(ABC):
    """One instance an exchange. Everything without a body here must be said by each dialect; the rest is the usual."""

    name: ClassVar[str]  # as typed: `blotter exchange --dialect NAME`, and `venue` in the announcement
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]]
    """Where it listens, a port each, and what a session there is: one of order entry, drop copy and market data, or
    several at once."""
    listings: ClassVar[tuple[Listing, ...]]  # in the venue's own symbols
    balances: ClassVar[Mapping[str, Decimal]]  # of the client's account when it is opened
    needs: ClassVar[frozenset[Need]]  # key material that is made for the client at the first start
    rsa: ClassVar[bool] = False  # its private key is RSA 2048, not Ed25519
    sender_comp_id: ClassVar[str] = ""  # the one the venue issues; "": the client chooses
    rest: ClassVar[bool] = False  # the exchange answers REST as well (Binance's)
    keeps_numbers: ClassVar[bool] = True  # sequence numbers outlive the connection
    all_sessions_hear: ClassVar[bool] = False
    """Reports go to every order-entry session of the account; else to the one that placed the order."""
    roll: ClassVar[Schedule | None] = None
    """The windows that numbers live for: at the end of each everyone is logged out and all start at 1 again."""
    blocked_for: ClassVar[float] = (
        0.0  # heartbeats a comp id stays blocked after its socket went without Logout
    )

    # --- the session -----------------------------------------------------------------------------------

    @abstractmethod
    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        """The acceptor's settings for the client that sent this first message (35=A, not judged yet): BeginString, our
        comp id, the client's, numbering, dictionary. Raises `RefusedError()` to hang up without a word."""

    @abstractmethod
    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        """Judge a Logon whose form and number are sound. `now`: UTC ns. Raises `RefusedError`. A nonce that must rise
        may be remembered in the instance, once the Logon is good."""

    def opening(self, logon: Message, stored: Numbers) -> Opening:
        """Where numbers begin (Numbering.CONTINUOUS only). `stored`: where they were left."""
        return Opening(stored)

    def leaving(self, logout: Message, admitted: Admitted) -> Scope:
        """What is cancelled after this Logout of the client's."""
        return admitted.on_logout

    @abstractmethod
    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        """The answer to a Logon that the exchange does not want, for a reason of its own (`cause.cause` names it)."""

    def news(self, headline: str) -> Drafts:
        """News (B) to everyone, as before a maintenance; empty where the venue has none."""
        return (Draft("B", ((148, headline), (33, "1"), (58, headline))),)

    # --- requests --------------------------------------------------------------------------------------

    @abstractmethod
    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        """The command in an application message; or the whole answer, where it is a question (order status, mass
        status, instruments, limits). Raises `RefusedError` with what refuses it (3, j, 8, 9 ...).

        A command names in `session` who may touch what: of a Place, the session that owns the order; of a Cancel,
        Modify or MassCancel, the one whose orders alone it may reach ("": anyone's)."""

    @abstractmethod
    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        """Say that an application message was not done, without a report on it: so a fault wants it."""

    # --- answers ---------------------------------------------------------------------------------------

    @abstractmethod
    def report(self, report: Report) -> Drafts:
        """An event of an order."""

    @abstractmethod
    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        """What is no event of an order: a refused cancel, change or amendment, the end of a mass cancel."""

    def list_status(self, status: ev.ListStatus) -> Drafts:
        """An event of an order list, where the venue has them."""
        return ()

    # --- market data -----------------------------------------------------------------------------------

    def feed(self, markets: Mapping[str, Market], told: Told) -> Feed | None:
        """What a market-data session keeps of its subscriptions; None where there is no market data."""
        return None


DIALECTS: Final[Mapping[str, str]] = {
    "binance": "blotter.exchange.dialects.binance",
    "bybit": "blotter.exchange.dialects.bybit",
    "coinbase": "blotter.exchange.dialects.coinbase",
    "deribit": "blotter.exchange.dialects.deribit",
    "fix44": "blotter.exchange.dialects.fix44",
    "kraken": "blotter.exchange.dialects.kraken",
}
"""By name, the module that holds the class `DIALECT`: loaded only when it is spoken."""


def dialect(name: str) -> Dialect:
    """A new instance. Raises `ValueError` listing the known ones."""
    module = DIALECTS.get(name)
    if module is None:
        raise ValueError(f"dialect {name!r} is unknown; known dialects: {', '.join(sorted(DIALECTS))}")
    made: Dialect = importlib.import_module(module).DIALECT()
    return made


def order_id_text(symbol: str, order_id: int) -> str:
    """OrderID (37) where the venue's are unique over all symbols: the exchange numbers each symbol's from 0."""
    return f"{symbol}#{order_id}"


def read_order_id(text: str) -> tuple[str, int] | None:
    """Symbol and number of it; None for what this exchange never said."""
    symbol, _, number = text.rpartition("#")
    return (symbol, int(number)) if symbol and number.isascii() and number.isdigit() else None
