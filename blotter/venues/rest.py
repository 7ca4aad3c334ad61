"""What a venue's REST interface is to the rest of the house: which question to ask, how to sign it, what answers say.

The FIX session tells what happens while it is up; this tells what is true after it was not (fact sheet section 11).
Everything here is pure: `blotter.desk.rest` does the asking. Beside reading questions there are only cancels: neither
can add exposure, so asking twice harms nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from blotter.trading.account import Balances
from blotter.trading.event import ExecutionReport, Fee, ListReport, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.base import Credentials, Environment, Limit


class Question(NamedTuple):
    """One request before it is signed. `weight`: what it costs of `RestDialect.weight_limit`. `method` is GET, or
    DELETE for a cancel; a request that could place an order cannot be made here."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    signed: bool = True
    method: Literal["GET", "DELETE"] = "GET"

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


class RestDialect(Protocol):
    """A venue's REST interface. Numeric ids are text, as in `ExecutionReport`."""

    weight_limit: int  # per minute and address
    page: int  # the most trades one answer holds

    def base(self, environment: Environment) -> str:
        """Scheme and host. Raises `KeyError` for EMBEDDED: the exchange itself says where it listens."""
        ...

    def clock(self) -> Question: ...

    def open_orders(self) -> Question:
        """Of all symbols."""
        ...

    def order(self, symbol: str, *, order_id: str | None = None, cl_ord_id: str | None = None) -> Question:
        """One order, by the venue's id (preferred when both are given) or by its ClOrdID."""
        ...

    def trades(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        since: int | None = None,
        from_id: str | None = None,
    ) -> Question:
        """Executions, oldest first: of one order, or from a time (UTC ns) on; `from_id` on for the next page."""
        ...

    def account(self) -> Question:
        """Balances."""
        ...

    def listing(self) -> Question:
        """Every instrument with its filters (exchangeInfo). Not signed."""
        ...

    def order_counts(self) -> Question:
        """How much of the order-count limits is used."""
        ...

    def open_lists(self) -> Question:
        """Open order lists of all symbols."""
        ...

    def order_list(self, *, list_id: str | None = None, cl_list_id: str | None = None) -> Question:
        """One order list."""
        ...

    def allocations(self, symbol: str, *, order_id: str) -> Question:
        """Fills by smart order routing, which are not among the trades."""
        ...

    def cancel_order(self, symbol: str, *, order_id: str | None, cl_ord_id: str | None) -> Question: ...

    def cancel_symbol(self, symbol: str) -> Question:
        """Cancel everything open in a symbol, lists and other sessions' orders too. Answers one element an order."""
        ...

    def cancel_list(self, symbol: str, *, list_id: str | None, cl_list_id: str | None) -> Question: ...

    def sign(self, question: Question, credentials: Credentials, at: int) -> SignedRequest:
        """`at`: UTC ns by the venue's clock."""
        ...

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        """What the venue has counted in this minute, from an answer's headers (case-insensitive)."""
        ...

    def read_clock(self, body: bytes) -> int:
        """The venue's time, UTC ns. Raises `UnreadableAnswer`."""
        ...

    def read_refusal(self, body: bytes) -> Reason | None:
        """Why the venue refused, of an answer that is an error; None when the body is none of its making."""
        ...

    def split(self, body: bytes) -> list[bytes]:
        """The elements of a list answer. Raises `UnreadableAnswer`."""
        ...

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        """An order as a snapshot: no ExecID, never a TRADE. `at`: UTC ns of receipt. Raises `UnreadableAnswer`."""
        ...

    def read_cancels(self, body: bytes, at: int) -> tuple[ExecutionReport, ...]:
        """The answer to a cancel of one order, of a list or of a symbol as snapshots, as `read_order`; lists are
        flattened. `cl_ord_id` is the cancel's own, made up by the venue, `orig_cl_ord_id` the order's. Raises
        `UnreadableAnswer`; what `split` gives may be read one by one instead."""
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

    def read_order_counts(self, body: bytes) -> tuple[Limit, ...]:
        """Raises `UnreadableAnswer`."""
        ...

    def read_list(self, body: bytes, at: int) -> ListReport:
        """Raises `UnreadableAnswer`."""
        ...

    def read_allocation(self, body: bytes) -> Trade:
        """Raises `UnreadableAnswer`. `trade_id` is "A" and the allocation's id: those are numbered apart."""
        ...

    def clock_is_off(self, reason: Reason) -> bool:
        """Whether this refusal says that our clock, not the question, is at fault."""
        ...


def dialect(venue: str) -> RestDialect | None:
    """The REST interface of the venue of this name; None when there is none here."""
    if venue == "binance":
        from blotter.venues.binance.rest import BinanceRest  # here, for it imports this module

        return BinanceRest()
    return None
