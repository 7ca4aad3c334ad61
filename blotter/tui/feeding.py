"""Frames of the desk to the panes: what is urgent at once, what moves whole lists at reading speed.

Every pane is fed on its own, so that one that cannot show its share does not keep the others from theirs. The model is
up to date before any of this runs.
"""

from collections.abc import Callable, Collection

from blotter.desk.change import Frame, MessageSeen, Notice
from blotter.trading.ledger import Fill
from blotter.tui.deck import Deck
from blotter.tui.looking import Looking
from blotter.tui.model import fill_key
from blotter.tui.order_rows import changed_rows
from blotter.tui.positions import Holding
from blotter.tui.stopping import Stopping
from blotter.tui.venue_column import show_venues


class Backlog:
    """What the slow panes have not been told yet."""

    def __init__(self) -> None:
        self.fills: list[Fill] = []
        self.messages: list[MessageSeen] = []
        self.messages_dropped = 0
        self.symbols: set[str] = set()
        self.notices: list[Notice] = []
        self.differences: dict[str, None] = {}  # their ids, in order
        self.balances = False
        self.acts = False

    def take(self, frame: Frame) -> None:
        """Add a frame's."""
        self.fills += frame.fills
        self.messages += frame.messages
        self.messages_dropped += frame.messages_dropped
        self.symbols.update(frame.positions, frame.quotes, frame.profits)
        self.notices += frame.notices
        self.differences.update(dict.fromkeys(frame.differences))
        self.balances |= frame.balances is not None
        self.acts |= bool(frame.acts)


class Feeding:
    """`attempt` runs a step and reports its failure."""

    def __init__(
        self, deck: Deck, looking: Looking, stopping: Stopping, attempt: Callable[..., None]
    ) -> None:
        self._deck = deck
        self._looking = looking
        self._stopping = stopping
        self._attempt = attempt
        self._backlog = Backlog()
        self._venues: tuple[str, ...] = ()
        self._anew = False  # nothing of what comes next is news

    def urgent(self, frame: Frame, *, first: bool) -> None:
        """Orders, and a stop, in the frame they came in."""
        if frame.replaced:
            self._backlog, first, self._anew = Backlog(), True, True
            self._attempt(self._deck.view.forget)
            self._attempt(self._looking.show)
        if frame.instruments and (not first or frame.replaced):
            self._attempt(self._deck.view.refit)  # decimals may have changed
        if frame.venues != self._venues and frame.venues:
            self._venues = frame.venues
            self._attempt(show_venues, self._deck.view, frame.venues)
        if frame.orders or frame.lists or frame.held:
            self._attempt(self._orders, frame, first)
        if frame.stop is not None:
            self._attempt(self._stopping.told)
        self._backlog.take(frame)

    def slow(self, *, first: bool) -> None:
        """Panes where every new row moves all others: at reading speed, whatever the rate."""
        backlog, self._backlog = self._backlog, Backlog()
        first, self._anew = first or self._anew, False
        view = self._deck.view
        if backlog.fills:
            rows = {fill_key(fill): fill for fill in backlog.fills}
            self._attempt(lambda: view.executions.upsert(rows, mark=not first))
        if backlog.messages:
            self._attempt(self._messages, backlog)
        if backlog.symbols:
            self._attempt(self._positions, backlog.symbols)
        if backlog.balances:
            self._attempt(lambda: view.positions.show_balances(self._deck.model.balances))
        if backlog.differences:
            self._attempt(self._differences, backlog.differences, not first)
        if backlog.acts and self._looking.chosen:
            self._attempt(self._looking.show)
        if backlog.notices:
            self._attempt(self._deck.show_notices, backlog.notices)

    def _orders(self, frame: Frame, first: bool) -> None:
        rows, gone = changed_rows(self._deck.model, frame)
        self._deck.view.orders.feed(rows, gone, mark=not first)
        if self._looking.chosen in rows or self._looking.chosen in gone:
            self._looking.show()
        self._stopping.show()

    def _messages(self, backlog: Backlog) -> None:
        self._deck.view.messages.upsert((self._deck.next_key(), message) for message in backlog.messages)
        if backlog.messages_dropped:
            self._deck.say(f"{backlog.messages_dropped:,} messages are on the tape but were too many to show")
        if self._looking.chosen and any(self._looking.concerns(message) for message in backlog.messages):
            self._looking.show()

    def _differences(self, changed: Collection[str], mark: bool) -> None:
        self._deck.view.notices.feed_differences(self._deck.model.differences, changed, mark=mark)

    def _positions(self, symbols: set[str]) -> None:
        model = self._deck.model
        rows = {
            symbol: Holding(
                position=model.positions[symbol],
                quote=model.quotes.get(symbol),
                instrument=model.instruments.get(symbol),
                profit=model.profits.get(symbol),
            )
            for symbol in symbols
            if symbol in model.positions
        }
        self._deck.view.positions.grid.upsert(rows, mark=False)
