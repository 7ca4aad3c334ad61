"""What a venue's REST interface is to the rest of the house: which question to ask, how to sign it, what answers say.

The FIX session tells what happens while it is up; this tells what is true after it was not (fact sheet section 11).
Everything here is pure: `blotter.desk.rest` does the asking. Only reading questions exist here, so asking one twice
harms nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, Protocol

from blotter.trading.event import ExecutionReport, Fee, Reason
from blotter.venues.base import Credentials, Environment


class Question(NamedTuple):
    """One reading request before it is signed. `weight`: what it costs of `RestDialect.weight_limit`."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    weight: int = 1
    signed: bool = True

    def __str__(self) -> str:
        """As the tape keeps it: nothing in it is secret, for it is not signed yet."""
        return f"{self.path}?" + "&".join(f"{key}={value}" for key, value in self.params)


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

    def read_trade(self, body: bytes) -> Trade:
        """Raises `UnreadableAnswer`."""
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
