"""Feeds the panes of the market: the ladder every frame, trades, price line and watchlist at reading speed.

A pane that is not on the screen costs nothing. While the hand is on the ladder its symbol stays: what a key there is
about must not change because an order came in elsewhere.
"""

from blotter.desk.change import Answer, Frame
from blotter.tui.deck import SECOND, Deck
from blotter.tui.depth_pane import State
from blotter.tui.ladder import Ladder
from blotter.tui.ladder_own import Own, marks_of
from blotter.tui.ladder_verbs import LadderVerbs
from blotter.tui.watching import Watching
from blotter.tui.watchlist import watch_row


class MarketPanes:
    """Lives in the app's thread."""

    def __init__(self, deck: Deck, verbs: LadderVerbs) -> None:
        self._deck = deck
        self._verbs = verbs
        self.watching = Watching(deck)
        self.symbol = ""  # of ladder and trades
        self._held = False  # the hand was on the ladder already
        self._own: dict[str, tuple[Own, ...]] = {}  # of this symbol, by order
        self._scanned = False  # `_own` is of this symbol, and complete
        self._quoted: set[str] = set()  # symbols whose line in the watchlist may have changed

    def follow(self) -> None:
        """The symbol in view comes into the ladder, even while the hand is on it."""
        self._held = False

    def answered(self, answer: Answer) -> bool:
        """Whether the answer was to a request of these panes."""
        return self.watching.answered(answer)

    def opened(self, symbol: str) -> None:
        """A line of the watchlist: all panes look at that symbol."""
        self._deck.symbol = symbol

    def asked(self, asked: Ladder.Asked) -> None:
        """A verb of the ladder. One about a symbol that has left it is dropped."""
        if asked.symbol == self.symbol:
            self._verbs.run(asked, doubt=self._state().why)

    # --- feeding ---------------------------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """What came in, at once."""
        linked = self._link(bool(frame.instruments))
        self._scanned &= not (linked or frame.replaced)
        self._quoted.update(frame.quotes, frame.trades, frame.instruments)
        if not self._deck.view.panes["depth"].display:
            self._scanned = False
            return
        if not self._scanned:
            self._scan()
            self._show_own()
        elif self._orders(frame):
            self._show_own()
        if linked or self.symbol in frame.books or self.symbol in frame.trades:
            self._show_book()

    def _link(self, refit: bool) -> bool:
        """Follow the symbol in view, unless the hand is on the ladder. Whether it is another one now."""
        deck = self._deck
        focused = deck.view.focused is deck.view.depth.ladder
        symbol = self.symbol if self.symbol and focused and self._held else deck.symbol
        self._held = focused
        changed = symbol != self.symbol
        if changed or refit:
            self.symbol = symbol
            instrument = deck.model.instruments.get(symbol)
            deck.view.depth.ladder.link(symbol, instrument)
            deck.view.trades.link(symbol, instrument)
        return changed

    def _scan(self) -> None:
        """All of ours in this symbol."""
        self._own = {
            id: marks_of(order) for id, order in self._deck.model.open.items() if order.symbol == self.symbol
        }
        self._scanned = True

    def _orders(self, frame: Frame) -> bool:
        """Those that changed. Whether any of this symbol did."""
        changed = False
        for id, order in frame.orders.items():
            if order.symbol == self.symbol:
                changed = True
                if id in self._deck.model.open:
                    self._own[id] = marks_of(order)
                else:
                    self._own.pop(id, None)
        return changed

    def _show_own(self) -> None:
        marks = [mark for marks in self._own.values() for mark in marks]
        self._deck.view.depth.ladder.show_own([*marks, *self._verbs.draft_mark(self.symbol)])

    def _show_book(self) -> None:
        state = self._state()
        self._deck.view.depth.ladder.show_book(state.view, live=state.live, last=state.last)

    def _state(self) -> State:
        """The book, and every reason not to believe it."""
        deck, symbol = self._deck, self.symbol
        view, last = deck.model.market.books.get(symbol), deck.model.market.last(symbol)
        desk = deck.model.desk_of(symbol)
        note = ""
        if deck.symbol != symbol:
            note = f"{deck.symbol} is in view; 2 brings it here"
        stalled = deck.options.desk_stalled_seconds * SECOND
        if desk is not None and deck.desk.mono() - desk.pulse > stalled:
            since = deck.desk.wall() - (deck.desk.mono() - desk.pulse)
            return State(view, last, "the desk does not answer", since, note)
        if refusal := self.watching.refusal(symbol):
            return State(view, last, refusal, None, note)
        if view is None:
            why = "asked for" if symbol else "no symbol is in view"
            return State(None, last, "a tape has none" if deck.model.replay else why, None, note)
        if not view.live:
            return State(view, last, view.reason or view.state.value, view.since, note)
        return State(view, last, "", None, note)

    def slow(self, *, wall: int) -> None:
        """Ages, lists and the price line; and what the desk is asked for."""
        deck, view, symbol = self._deck, self._deck.view, self.symbol
        depth, trades = view.panes["depth"].display, view.panes["trades"].display
        tiny = view.has_class("-tiny")
        if deck.model.replay is None:  # a tape has no books
            self.watching.look(symbol if (depth or trades) and not tiny else "")
        self._verbs.remember()
        instrument = deck.model.instruments.get(symbol)
        if depth and self._scanned:
            self._show_own()
            self._show_book()
            tick = instrument.tick_size if instrument is not None else None
            view.depth.present(self._state(), tick, now=wall, stale_after=deck.stale_after)
        if trades:
            live = self._state().live
            view.trades.present(deck.model.market.trades.get(symbol), now=wall, live=live)
        if view.panes["watchlist"].display:
            self._show_quotes()

    def _show_quotes(self) -> None:
        model = self._deck.model
        linked, watchlist = self._deck.symbol, self._deck.view.watchlist
        symbols, self._quoted = self._quoted | watchlist.relinked(linked), set()
        rows = {
            symbol: watch_row(symbol, model, linked=symbol == linked)
            for symbol in symbols
            if symbol in model.quotes
        }
        if rows:
            watchlist.upsert(rows, mark=False)
