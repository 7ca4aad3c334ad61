"""Who can be asked what is true at the venue after a loss: its REST interface, or the FIX session itself.

A source asks, paces itself and reads. What an answer is worth is not its to judge: `blotter.desk.inquiry` does.
"""

from typing import NamedTuple, Protocol

from blotter.fix.session import Instant
from blotter.trading.enums import Side
from blotter.trading.event import ExecutionReport, ListReport, Reason
from blotter.venues.rest import Trade


class Times(NamedTuple):
    """Of reconciling, in seconds (see `blotter.desk.reconcile`)."""

    patience: float = 3.0  # how far the source may lag the engine
    timeout: float = 20.0  # how long entry may be frozen, and one reconciliation take
    accepted_for: float = 5.0  # after sending, how long the venue may still accept a request (RecvWindow)


class Refused(Exception):
    """The venue answered and said no. With UNKNOWN_ORDER it has no such order."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text + ("" if reason.code is None else f" ({reason.code})"))
        self.reason = reason


class Unavailable(Exception):
    """No answer to be had now; nothing is known. `retry_at`: mono ns before which asking again is of no use."""

    def __init__(self, text: str, retry_at: int = 0) -> None:
        super().__init__(text)
        self.retry_at = retry_at


class Wanted(NamedTuple):
    """One order at the venue that is asked for by itself; `own_id` "" when it is not known here."""

    own_id: str
    symbol: str
    side: Side | None = None
    order_id: str | None = None
    cl_ord_id: str | None = None
    also: tuple[str, ...] = ()  # ClOrdIDs it goes by now, if a change without an answer was made
    since: int | None = None  # UTC ns before which it was not there, where that is known


class Found(NamedTuple):
    """An order as the source has it. `raw`: JSON, the answer itself or where on the tape it is."""

    asked: str
    asked_at: Instant
    raw: bytes
    report: ExecutionReport


class Open(NamedTuple):
    """What is open, and what kept some of it from being told."""

    found: list[Found]
    troubles: list[str]


class History(Protocol):
    """A source that knows what was traded, not only how orders stand."""

    async def trades(
        self, symbol: str, *, order_id: str | None = None, since: int | None = None
    ) -> list[tuple[bytes, Trade]]:
        """Of a symbol since then (UTC ns), or of one order; each with the answer it was read from, oldest first."""
        ...

    async def executions(self, report: ExecutionReport, order_id: str) -> list[tuple[bytes, Trade]]:
        """Everything an order has traded."""
        ...

    async def open_lists(self) -> list[tuple[str, bytes, ListReport]]:
        """Order lists: the question, the answer, what it says."""
        ...


class Source(Protocol):
    """All of these raise `Refused`, `Unavailable` and `blotter.venues.rest.UnreadableAnswer`."""

    name: str  # how its rows on the tape are called: "REST", "OE"
    times: Times
    resolution: int  # ns: what its times of events are rounded down to
    lists_open: bool  # it can be asked for everything open
    asks_singly: bool  # it can be asked for one order
    forgets_unfilled: bool  # an order that the venue had and no longer knows was cancelled without a fill

    @property
    def history(self) -> History | None:
        """What was traded, where it knows that."""
        ...

    @property
    def trouble(self) -> str:
        """Why the last question had no answer; "" when it had one."""
        ...

    @property
    def weight(self) -> tuple[int, int] | None:
        """(used, limit) of what its questions cost in this minute; None where they are counted elsewhere."""
        ...

    async def prepare(self) -> None:
        """Make ready to ask."""
        ...

    async def close(self) -> None:
        """Give back what asking took."""
        ...

    async def open_orders(self) -> Open:
        """Of all symbols."""
        ...

    async def order(self, wanted: Wanted) -> Found:
        """One order."""
        ...
