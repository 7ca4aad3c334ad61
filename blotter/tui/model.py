"""What the desk last said, folded frame by frame: the one thing the widgets are fed from.

It holds immutable values of the domain and nothing of its own invention; it never asks the desk for anything.
"""

from collections import deque
from typing import Any, Final, TypeVar

from blotter.desk.change import (
    ActSeen,
    BalancesView,
    DeskView,
    Difference,
    Frame,
    LinkView,
    MessageSeen,
    Notice,
    ReplayView,
    StopView,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Fill, Position
from blotter.trading.order import Order, OrderState
from blotter.trading.order_list import Held, OrderList
from blotter.trading.qualified import split_session, split_symbol
from blotter.trading.valuation import Profit
from blotter.tui.alerting import Alarm
from blotter.tui.market_seen import MarketSeen

T = TypeVar("T")

MOST_ACTS: Final = 2_000
LINKS: Final = {"OE": 0, "DC": 1, "MD": 2}
"""The order in which sessions are shown."""


class Model:
    """The newest version of everything, keyed as the desk keys it."""

    def __init__(self, *, max_messages: int) -> None:
        self.desk: DeskView | None = None
        self.venues: tuple[str, ...] = ()  # where there are several: then names are qualified by them
        self.desks: dict[str, DeskView] = {}  # of each of them
        self.listings: dict[str, dict[str, Instrument]] = {}  # of each, its instruments by its own names
        self.replay: ReplayView | None = None  # where a recording stands; None: the desk is running
        self.links: dict[str, LinkView] = {}
        self.orders: dict[str, Order] = {}
        self.open: dict[str, Order] = {}  # those that are not terminal
        self.lists: dict[str, OrderList] = {}
        self.held: dict[str, Held] = {}  # terms put aside here
        self.fills: dict[str, Fill] = {}
        self.positions: dict[str, Position] = {}
        self.profits: dict[str, Profit] = {}
        self.balances: BalancesView | None = None
        self.differences: dict[str, Difference] = {}  # those that no person has seen
        self.stop: StopView | None = None  # the last one
        self.quotes: dict[str, Quote] = {}
        self.market = MarketSeen()  # of watched symbols, all but their quotes
        self.instruments: dict[str, Instrument] = {}
        self.messages: deque[MessageSeen] = deque()
        self._max_messages = max_messages
        self._of_order: dict[str, deque[MessageSeen]] = {}
        self.notices: deque[Notice] = deque(maxlen=1000)
        self.acts: deque[ActSeen] = deque(maxlen=MOST_ACTS)  # what was done, newest last
        self.alarms: dict[str, Alarm] = {}  # that nobody has seen

    def apply(self, frame: Frame) -> None:
        """Fold one frame in."""
        if frame.replaced:
            self._forget()
        self.replay = frame.replay or self.replay
        if frame.desk is not None:
            self.desk = frame.desk
        if frame.venues != self.venues and frame.venues:
            self.venues = frame.venues
            self.listings = {venue: {} for venue in frame.venues}
        self.desks.update(frame.desks)
        self.links.update(frame.links)
        if len(self.links) > 1 and frame.links:
            self.links = dict(sorted(self.links.items(), key=lambda link: self._place(link[0])))
        self.orders.update(frame.orders)
        for id, order in frame.orders.items():
            if order.state.terminal and not order.pending:
                self.open.pop(id, None)
            else:
                self.open[id] = order
        self.lists.update(frame.lists)
        _fold(self.held, frame.held)
        _fold(self.differences, frame.differences)
        self.profits.update(frame.profits)
        self.balances = frame.balances or self.balances
        self.stop = frame.stop or self.stop
        for fill in frame.fills:
            self.fills[fill_key(fill)] = fill
        self.positions.update(frame.positions)
        self.quotes.update(frame.quotes)
        self.market.apply(frame)
        self.instruments.update(frame.instruments)
        if self.venues:
            for symbol, instrument in frame.instruments.items():
                name, venue = split_symbol(symbol)
                self.listings[venue][name] = instrument
        self.notices.extend(frame.notices)
        self.acts.extend(frame.acts)
        for message in frame.messages:
            self._remember(message)

    def _place(self, session: str) -> tuple[int, int]:
        """Where a session stands among the others: by venue, then by kind."""
        name, venue = split_session(session) if self.venues else (session, "")
        return self.venues.index(venue) if venue in self.venues else 0, LINKS.get(name, len(LINKS))

    def venue_of(self, symbol: str) -> str:
        """At which venue a symbol is, where there are several; else ""."""
        return split_symbol(symbol).venue if self.venues else ""

    @property
    def by_venue(self) -> dict[str, DeskView]:
        """Every desk; the only one under ""."""
        return self.desks or ({} if self.desk is None else {"": self.desk})

    def desk_of(self, symbol: str) -> DeskView | None:
        """The desk a symbol goes to."""
        return self.desks.get(self.venue_of(symbol)) if self.venues else self.desk

    def _forget(self) -> None:
        """What was shown is void. The tables stay the same objects: panes hold on to them."""
        tables: tuple[dict[str, Any], ...] = (
            self.links, self.orders, self.open, self.lists, self.held, self.fills, self.positions, self.profits,
            self.differences, self.quotes, self.instruments, self._of_order,
        )  # fmt: skip
        for table in tables:
            table.clear()
        self.messages.clear()
        self.notices.clear()
        self.acts.clear()
        self.balances = self.stop = None
        self.market = MarketSeen()

    def _remember(self, message: MessageSeen) -> None:
        """Keep a message, and forget the oldest beyond the limit."""
        self.messages.append(message)
        if message.order_id:
            self._of_order.setdefault(message.order_id, deque()).append(message)
        if len(self.messages) > self._max_messages:
            oldest = self.messages.popleft()
            if oldest.order_id:
                kept = self._of_order[oldest.order_id]
                kept.popleft()
                if not kept:
                    del self._of_order[oldest.order_id]

    def messages_of(self, order_id: str) -> list[MessageSeen]:
        """The messages that concern an order, oldest first, as far as they are kept here."""
        return list(self._of_order.get(order_id, ()))

    @property
    def unknown(self) -> int:
        """How many orders need a person: nobody knows what became of them, or of a request about them."""
        return sum(1 for order in self.open.values() if is_unknown(order))


def _fold(known: dict[str, T], changed: dict[str, T | None]) -> None:
    """Newer versions in, None out."""
    for id, value in changed.items():
        if value is None:
            known.pop(id, None)
        else:
            known[id] = value


def fill_key(fill: Fill) -> str:
    """A fill's identity: the venue's ExecID is unique per symbol only."""
    return f"{fill.symbol} {fill.exec_id}"


def is_unknown(order: Order) -> bool:
    """Nobody knows what became of the order, or of a cancel or amend of it."""
    if order.state is OrderState.UNCONFIRMED:
        return True
    return bool(order.pending) and any(request.unconfirmed for request in order.pending)
