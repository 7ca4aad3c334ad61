"""What a venue's REST interface is to the rest of the house: which question to ask, how to sign it, what answers say.

The FIX session tells what happens while it is up; this tells what is true after it was not (fact sheet section 11).
Everything here is pure: `blotter.desk.rest` does the asking. Beside reading questions there are only cancels: neither
can add exposure, so asking twice harms nothing. What not every venue has (order lists, routed fills, cancels) is a
protocol of its own, which a dialect names or has None of.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from blotter.trading.account import Balances
from blotter.trading.event import ExecutionReport, Fee, ListReport, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.base import Credentials, Environment


class Question(NamedTuple):
    """One request before it is signed. `weight`: what it costs of `RestDialect.weight_limit`. `method` is GET, or
    DELETE for a cancel; a request that could place an order cannot be made here. `then`: what to ask when this one is
    answered with nothing at all, where a venue keeps what it knows in several places."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    signed: bool = True
    method: Literal["GET", "DELETE"] = "GET"
    then: "Question | None" = None

    def __str__(self) -> str:
        """As the tape keeps it: nothing in it is secret, for it is not signed yet."""
        verb = "" if self.method == "GET" else f"{self.method} "
        return f"{verb}{self.path}?" + "&".join(f"{key}={value}" for key, value in self.params)


class SignedRequest(NamedTuple):
    """A request ready to go. Its repr shows neither the API key nor the signature."""

    target: str  # path and query, percent-encoded, exactly as it was signed
    headers: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"SignedRequest({self.target.partition('?')[0]}?***)"


class UnreadableAnswer(ValueError):
    """An answer that cannot be told for sure. The text names the order or trade, and the field at fault."""


class Trade(NamedTuple):
    """One execution as REST tells it. Quantities in base asset, `quote_qty` in quote asset, time UTC ns."""

    trade_id: str
    order_id: str
    qty: Decimal
    px: Decimal
    quote_qty: Decimal
    transact_time: int
    fees: tuple[Fee, ...]
    aggressor: bool


class OrderLists(Protocol):
    """What a venue that has order lists tells of them."""

    def open_lists(self) -> Question:
        """Open order lists of all symbols."""
        ...

    def read_list(self, body: bytes, at: int) -> ListReport:
        """Raises `UnreadableAnswer`."""
        ...


class Routed(Protocol):
    """What a venue with smart order routing tells of its fills, which are not among the trades."""

    def allocations(self, symbol: str, *, order_id: str) -> Question:
        """Of one order."""
        ...

    def read_allocation(self, body: bytes) -> Trade:
        """Raises `UnreadableAnswer`. `trade_id` is apart from those of trades."""
        ...


class Cancels(Protocol):
    """What a venue cancels by GET or DELETE."""

    def cancel_symbol(self, symbol: str) -> Question:
        """Cancel everything open in a symbol, lists and other sessions' orders too. Answers one element an order."""
        ...

    def read_cancels(self, body: bytes, at: int) -> tuple[ExecutionReport, ...]:
        """The answer, or an element of it, as snapshots, as `RestDialect.read_order`; lists are flattened.
        `cl_ord_id` is the cancel's own, made up by the venue, `orig_cl_ord_id` the order's. Raises
        `UnreadableAnswer`."""
        ...


class RestDialect(Protocol):
    """A venue's REST interface. Numeric ids are text, as in `ExecutionReport`."""

    weight_limit: int  # in any `weight_window`
    weight_window: int  # seconds over which the venue counts weight
    holds_off: Mapping[int, float]  # status that sends us away -> seconds, where it is not said how long
    refuses_with_200: bool  # an answer of that status may be a refusal too
    forgets_unfilled: bool  # an order that it had and no longer knows was cancelled without a fill

    @property
    def lists(self) -> OrderLists | None: ...

    @property
    def routed(self) -> Routed | None: ...

    @property
    def cancels(self) -> Cancels | None: ...

    def base(self, environment: Environment) -> str:
        """Scheme and host. Raises `KeyError` for EMBEDDED, for the exchange itself says where it listens, and for an
        environment the venue does not have."""
        ...

    def clock(self) -> Question: ...

    def open_orders(self) -> Question:
        """Of all symbols."""
        ...

    def order(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        cl_ord_id: str | None = None,
        since: int | None = None,
    ) -> Question:
        """One order, by the venue's id (preferred when both are given) or by its ClOrdID. `since`: UTC ns before which
        it was not there, for a venue that wants to know how far to look back."""
        ...

    def trades(self, symbol: str, *, order_id: str | None = None, since: int | None = None) -> Question:
        """Executions: of one order, or from a time (UTC ns) on."""
        ...

    def following(self, question: Question, body: bytes) -> Question | None:
        """What asks for the rest, where this answer to open orders, an order or trades is not all of it. Raises
        `UnreadableAnswer` where there is more that cannot be asked for."""
        ...

    def account(self) -> Question:
        """Balances."""
        ...

    def listing(self) -> Question:
        """Every instrument with its filters. Not signed."""
        ...

    def sign(self, question: Question, credentials: Credentials, at: int) -> SignedRequest:
        """`at`: UTC ns by the venue's clock."""
        ...

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        """What the venue has counted in this window, from an answer's headers (case-insensitive); None where it does
        not say."""
        ...

    def read_clock(self, body: bytes) -> int:
        """The venue's time, UTC ns. Raises `UnreadableAnswer`."""
        ...

    def read_refusal(self, body: bytes) -> Reason | None:
        """Why the venue refused; None when the body is no refusal of its making."""
        ...

    def split(self, body: bytes) -> list[bytes]:
        """The elements of an answer, which is itself the only one where it is no list. Raises `UnreadableAnswer`."""
        ...

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        """An order as a snapshot: no ExecID, never a TRADE. `at`: UTC ns of receipt. Raises `UnreadableAnswer`."""
        ...

    def read_trade(self, body: bytes) -> Trade:
        """Raises `UnreadableAnswer`."""
        ...

    def read_balances(self, body: bytes, at: int) -> Balances:
        """Raises `UnreadableAnswer`."""
        ...

    def read_listing(self, body: bytes) -> tuple[Instrument, ...]:
        """Raises `UnreadableAnswer`; one instrument that cannot be read is left out, and named in the log."""
        ...

    def clock_is_off(self, reason: Reason) -> bool:
        """Whether this refusal says that our clock, not the question, is at fault."""
        ...


def dialect(venue: str) -> RestDialect | None:
    """The REST interface of the venue of this name; None when there is none here."""
    if venue == "binance":
        from blotter.venues.binance.rest import BinanceRest  # here, for it imports this module

        return BinanceRest()
    if venue == "bybit":
        from blotter.venues.bybit.rest import BybitRest

        return BybitRest()
    if venue == "coinbase":
        from blotter.venues.coinbase.rest import CoinbaseRest

        return CoinbaseRest()
    return None
