"""The books and trades of the symbols that are watched, kept in step with the venue.

A book that has lost something, or came out crossed, begins anew: unsubscribe, subscribe, wait for the snapshot; each
time a little later than the time before. Only so many snapshots are asked for at once, for one may be of ten thousand
levels. While a session is handed over the old subscription feeds the book until the new one's snapshot has come.

Runs in the desk's loop; `fill` in the thread that drains the feed, hence the lock around what both touch.
"""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from blotter.desk.change import Frame
from blotter.desk.patience import SECOND, Patience
from blotter.fix.session import Instant
from blotter.trading.book import Book, BookView
from blotter.trading.trades import PublicTrade, TradeTape
from blotter.venues.base import (
    BookSnapshot,
    BookUpdated,
    SubscribeDepth,
    SubscribeTrades,
    TradesSeen,
    Unsubscribe,
    VenueRequest,
)

IN_FLIGHT = 4
"""Snapshots asked for at a time."""
ANSWER = 5 * SECOND
"""ns a snapshot may take."""
TRADES = 1_000
"""Trades of a symbol that are kept for who drains."""
RENEWAL = SECOND
"""ns between two snapshots of a book of which nothing was lost: the market has moved out of what they told."""

Ask = Callable[[VenueRequest, Callable[[str], None] | None], None]
"""Sends a request; its callback hears "" when it is written, else why it never will be."""


class _Watched:
    """One symbol. Ids are MDReqIDs, "" where there is none; `due` and `asked_at` are mono ns."""

    __slots__ = (
        "asked",
        "asked_at",
        "book",
        "broken",
        "due",
        "feeding",
        "levels",
        "news",
        "patience",
        "renewed_at",
        "standing",
        "tape",
        "trades_due",
        "trades_id",
        "trades_patience",
    )

    def __init__(self, book: Book, levels: int) -> None:
        self.book = book
        self.levels = levels
        self.feeding = ""  # the subscription whose changes are applied
        self.asked = ""  # the one whose snapshot is awaited
        self.asked_at: int | None = None  # when that was written
        self.standing = ""  # the last one on this connection: ended before the next begins
        self.due: int | None = None  # when to ask anew
        self.broken = False  # something was lost, and the quotes have been told
        self.renewed_at = 0  # mono ns, when a snapshot was last asked for
        self.patience = Patience()
        self.trades_id = ""
        self.trades_due: int | None = None
        self.trades_patience = Patience()
        self.tape = TradeTape(TRADES)
        self.news: deque[PublicTrade] = deque(maxlen=TRADES)


class Books:
    """One connection's. `now` is always the moment of the call."""

    def __init__(
        self,
        ask: Ask,
        new_id: Callable[[str], str],
        clock: Callable[[], Instant],
        broke: Callable[[str, str], None],
        mended: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        """`broke` hears of a symbol and why its market is in doubt, `mended` that it is not any more."""
        self._ask = ask
        self._new_id = new_id
        self._clock = clock
        self._broke = broke
        self._mended = mended
        self._warn = warn
        self._live = False
        self._late = ""
        self._watched: dict[str, _Watched] = {}
        self._lock = threading.Lock()
        self._dirty: dict[str, None] = {}
        self._parting: dict[str, BookView] = {}  # the last of what is not watched any more

    @property
    def streams(self) -> int:
        return 2 * len(self._watched)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._watched)

    def view(self, symbol: str) -> BookView | None:
        """As it is now; None when it is not watched."""
        one = self._watched.get(symbol)
        return None if one is None else one.book.view(one.levels)

    def trades(self, symbol: str, count: int) -> tuple[PublicTrade, ...]:
        """The last ones of a watched symbol, newest first."""
        one = self._watched.get(symbol)
        return () if one is None else one.tape.newest(count)

    def sound(self, symbol: str) -> bool:
        """It is watched, and the venue's book is known."""
        one = self._watched.get(symbol)
        return one is not None and one.book.sound

    # --- what is wanted ------------------------------------------------------------------------------------

    def watch(self, symbol: str, depth: int, levels: int) -> None:
        """Keep its book, `depth` levels a side, of which `levels` are shown, and its trades."""
        now = self._clock()
        before = self._watched.get(symbol)
        if before is not None and before.book.depth == depth:
            with self._lock:
                before.levels = levels
                self._dirty[symbol] = None
            return
        one = _Watched(Book(symbol, depth, now.wall), levels)
        if before is not None:  # another depth: the trades go on
            one.tape, one.news, one.trades_id = before.tape, before.news, before.trades_id
            one.trades_due, one.trades_patience = before.trades_due, before.trades_patience
            one.standing, one.patience = before.standing, before.patience
        one.due = now.mono
        with self._lock:
            self._watched[symbol] = one
            self._parting.pop(symbol, None)
            self._dirty[symbol] = None
        if self._live:
            if not one.trades_id and one.trades_due is None:
                self._ask_trades(one)
            self._pump(now)

    def unwatch(self, symbol: str) -> bool:
        """False: it was not watched."""
        now = self._clock()
        with self._lock:
            one = self._watched.pop(symbol, None)
            if one is None:
                return False
            one.book.doubt("not watched any more", now.wall)
            self._parting[symbol] = one.book.view(0)
            self._dirty.pop(symbol, None)
        if self._live:
            for req_id in filter(None, (one.standing, one.trades_id)):
                self._ask(Unsubscribe(req_id), None)
        if one.broken:
            self._mended(symbol)
        return True

    # --- the session ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A connection on which nothing is subscribed yet. Where it follows another that still speaks, the books stay
        as they are until their new snapshots come."""
        now = self._clock()
        self._live, self._late = True, ""
        for one in self._watched.values():
            one.asked = one.standing = ""
            one.due = now.mono
            self._ask_trades(one)
        self._pump(now)

    def lost(self, why: str) -> None:
        """The session is gone."""
        now = self._clock()
        self._live = False
        with self._lock:
            for symbol, one in self._watched.items():
                one.book.doubt(why, now.wall)
                one.feeding = one.asked = one.standing = one.trades_id = ""
                one.due, one.trades_due, one.broken = None, None, False
                one.tape.forget_ids()
                self._dirty[symbol] = None

    def hush(self, why: str) -> None:
        """Nothing has been heard of the session for too long, or ("") it speaks again."""
        if why == self._late:
            return
        now, self._late = self._clock(), why
        with self._lock:
            for symbol, one in self._watched.items():
                if why:
                    one.book.late(why, now.wall)
                else:
                    one.book.heard(now.wall)
                self._dirty[symbol] = None

    def look(self) -> None:
        """Give up what was not answered, renew what is thin, ask for what is due."""
        now = self._clock()
        for symbol, one in self._watched.items():
            if one.asked and one.asked_at is not None and now.mono - one.asked_at > ANSWER:
                self._fail(symbol, f"no snapshot has come within {ANSWER // SECOND} s")
            elif one.book.thin and not one.asked and one.due is None:
                one.due = max(now.mono, one.renewed_at + RENEWAL)
            if self._live and one.trades_due is not None and one.trades_due <= now.mono:
                self._ask_trades(one)
        self._pump(now)

    # --- what the venue says -------------------------------------------------------------------------------

    def snapshot(self, told: BookSnapshot) -> None:
        one = self._watched.get(told.symbol)
        if one is None or told.req_id != one.asked:
            return  # late, of a subscription that is given up
        with self._lock:
            one.book.snapshot(told.update_id, told.bids, told.asks, self._clock().wall)
            self._dirty[told.symbol] = None
        one.feeding, one.asked, one.due = one.asked, "", None
        if not one.book.sound:
            self._fail(told.symbol, one.book.reason, broken=one.book.broken)
        elif one.broken:
            one.broken = False
            self._mended(told.symbol)
        self._pump(self._clock())

    def updated(self, told: BookUpdated) -> None:
        """One message's changes, as a whole."""
        at, req_id = self._clock().wall, told.req_id
        touched: list[_Watched] = []
        with self._lock:
            for change in told.changes:
                one = self._watched.get(change.symbol)
                if one is None:
                    continue
                if req_id == one.asked:
                    one.book.early(change)
                elif req_id == one.feeding and one.book.sound:
                    one.book.apply(change, at)
                    touched.append(one)
            for one in touched:
                one.book.settle(at)
                self._dirty[one.book.symbol] = None
        for one in touched:
            if one.book.sound or one.due is not None:
                continue
            if one.book.broken:
                self._fail(one.book.symbol, one.book.reason, broken=True)
            else:
                one.due = max(self._clock().mono, one.renewed_at + RENEWAL)

    def traded(self, told: TradesSeen) -> None:
        with self._lock:
            for trade in told.trades:
                one = self._watched.get(trade.symbol)
                if one is not None and one.tape.add(trade):
                    one.news.append(trade)

    def refused(self, req_id: str, why: str) -> bool:
        """The venue does not want it. False: it was no request for a book or for trades."""
        for symbol, one in self._watched.items():
            if one.asked == req_id:
                one.standing = ""
                self._fail(symbol, f"refused: {why}")
                return True
            if one.trades_id == req_id:
                one.trades_id, one.trades_due = "", one.trades_patience.next(self._clock().mono)
                self._warn(f"trades of {symbol}: refused: {why}")
                return True
        return False

    def hole(self, req_id: str, why: str) -> bool:
        """A message of this subscription could not be read. False: it is no book's."""
        symbols = [name for name, one in self._watched.items() if req_id in (one.feeding, one.asked)]
        for symbol in symbols:
            self._fail(symbol, why, broken=True)
        return bool(symbols)

    # --- beginning anew ------------------------------------------------------------------------------------

    def _fail(self, symbol: str, why: str, *, broken: bool = False) -> None:
        """The book is no good, or did not become so. `broken`: there is proof that something was lost."""
        now, one = self._clock(), self._watched[symbol]
        with self._lock:
            one.book.doubt(why, now.wall)
            self._dirty[symbol] = None
        one.asked, one.due = "", one.patience.next(now.mono)
        self._warn(f"book of {symbol}: {why}")
        if broken:
            one.broken = True
            self._broke(symbol, why)
        self._pump(now)

    def _pump(self, now: Instant) -> None:
        if not self._live:
            return
        room = IN_FLIGHT - sum(bool(one.asked) for one in self._watched.values())
        for one in self._watched.values():
            if room > 0 and one.due is not None and one.due <= now.mono and not one.asked:
                room -= 1
                self._ask_book(one, now)

    def _ask_book(self, one: _Watched, now: Instant) -> None:
        symbol, req_id = one.book.symbol, self._new_id("book")
        with self._lock:
            if one.standing and one.book.sound:  # what feeds it ends here
                one.book.doubt("few levels are left, more are asked for", now.wall)
            one.book.awaiting()
            self._dirty[symbol] = None
        if one.standing:
            # What feeds it is another where a hand-over was taken back: the old connection still has it.
            for ended in dict.fromkeys(filter(None, (one.standing, one.feeding))):
                self._ask(Unsubscribe(ended), None)
        one.asked = one.standing = req_id
        one.asked_at, one.due, one.renewed_at = None, None, now.mono
        self._ask(SubscribeDepth(req_id, (symbol,), one.book.depth), partial(self._written, symbol, req_id))

    def _written(self, symbol: str, req_id: str, failure: str) -> None:
        """It may have waited for the venue's message limit: the answer is due from now on."""
        one = self._watched.get(symbol)
        if one is None or one.asked != req_id:
            return
        now = self._clock().mono
        if failure:  # mostly `lost` or `begin` follows
            one.asked, one.due = "", one.patience.next(now)
        else:
            one.asked_at = now

    def _ask_trades(self, one: _Watched) -> None:
        one.trades_id, one.trades_due = self._new_id("trades"), None
        self._ask(SubscribeTrades(one.trades_id, (one.book.symbol,)), None)

    # --- for who drains ------------------------------------------------------------------------------------

    def fill(self, frame: Frame) -> None:
        """Put into the frame what is new since the last. Called from another thread."""
        with self._lock:
            for symbol in self._dirty:
                one = self._watched[symbol]
                frame.books[symbol] = one.book.view(one.levels)
            self._dirty.clear()
            frame.books.update(self._parting)
            self._parting.clear()
            for symbol, one in self._watched.items():
                if one.news:
                    frame.trades[symbol] = tuple(reversed(one.news))
                    one.news.clear()
