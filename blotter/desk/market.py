"""Market data on the desk: subscribes, sorts what comes, and tells screen and gate how far to believe it.

The ticker of every configured symbol, and depth and trades of those that are watched, are subscribed for anew on
every connection. Nothing of it goes on the tape, nothing here sends an order or waits for anything. With the session
down, silent, or with proof that something was lost, books say so and quotes have no prices.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from blotter.desk.change import Frame, LinkState, LinkView, Severity
from blotter.desk.clock import Clock
from blotter.desk.command import Unwatch, Watch
from blotter.desk.feed import Feed
from blotter.desk.lane import Outgoing
from blotter.desk.market_books import Books
from blotter.desk.market_quotes import Quotes, complete
from blotter.fix.session import Instant
from blotter.trading.book import BookView
from blotter.trading.event import Reason
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.trades import PublicTrade
from blotter.venues.base import (
    BookSnapshot,
    BookUpdated,
    Decoded,
    ListInstruments,
    MarketDataRejected,
    QuotesUpdated,
    SessionKind,
    SessionRejected,
    SubscribeDepth,
    SubscribeQuotes,
    SubscribeTrades,
    TradesSeen,
    Unhandled,
    Unsubscribe,
    Venue,
    VenueRequest,
)

SECOND = 1_000_000_000
NUMBERS = 4_096
"""Requests whose numbers are remembered: a refusal may name nothing but the number."""

OfStream = SubscribeQuotes | SubscribeDepth | SubscribeTrades | Unsubscribe


class Session(Protocol):
    """The market-data link, as far as it matters here."""

    name: str

    @property
    def live(self) -> bool: ...

    def send(self, outgoing: Outgoing) -> None: ...

    def view(self) -> LinkView: ...


class MarketData:
    """One desk's. Called in its loop, but for `fill`."""

    def __init__(
        self,
        session: Session | None,
        venue: Venue,
        symbols: tuple[str, ...],
        instruments: Mapping[str, Instrument],
        clock: Clock,
        feed: Feed,
        notice: Callable[[Severity, str], None],
    ) -> None:
        """`symbols` are quoted always. Without a `session` nothing is ever known."""
        self._session = session
        self._venue = venue
        self._symbols = symbols
        self._instruments = instruments
        self._clock = clock
        self._notice = notice
        self._requests = 0
        self._ended: set[str] = set()  # subscriptions we ended: that the venue knows them no more is no news
        self._numbers: dict[tuple[int, int], str] = {}  # (connection, MsgSeqNum) -> MDReqID, oldest first
        self._books = Books(self._ask, self._new_id, clock, self._broke, self._mended, self._warn)
        self._quotes = Quotes(self._ask, self._new_id, feed.quotes, instruments, self._warn)
        feed.market(self.fill)

    @property
    def quotes(self) -> dict[str, Quote]:
        """By symbol. One in doubt has no prices; there is none while the session is down."""
        return self._quotes.table

    def book(self, symbol: str) -> BookView | None:
        """As it is now; None when it is not watched."""
        return self._books.view(symbol)

    def trades(self, symbol: str, count: int) -> tuple[PublicTrade, ...]:
        """The last ones of a watched symbol, newest first."""
        return self._books.trades(symbol, count)

    def known(self) -> bool:
        """The venue has listed its instruments and, where it has market data, quoted every symbol that is
        configured and that it does not refuse."""
        wanted = (symbol for symbol in self._symbols if symbol not in self._quotes.refusals)
        quoted = self._session is None or complete(self.quotes, wanted)
        return bool(self._instruments) and quoted

    def heard(self) -> int:
        """UTC ns of the session's last word; 0 while it is not live."""
        if self._session is None or not self._session.live:
            return 0
        now, last_in = self._clock(), self._session.view().last_in
        return now.wall - (now.mono - last_in) if last_in is not None else 0

    # --- commands ------------------------------------------------------------------------------------------

    def carry_out(self, command: Watch | Unwatch) -> str:
        """Watch a symbol, or stop. Why not, or ""."""
        if isinstance(command, Unwatch):
            if not self._books.unwatch(command.symbol):
                return f"symbol {command.symbol} is not watched"
            if command.symbol not in self._symbols:
                self._quotes.leave(command.symbol, "not watched any more", self._clock().wall)
            return ""
        refused = self._why_not(command)
        if not refused:
            self._books.watch(command.symbol, command.depth, command.levels)
            if self._session is not None and self._session.live:
                self._quotes.subscribe((command.symbol,))
        return refused

    def _why_not(self, command: Watch) -> str:
        if self._session is None:
            return "there is no market data session"
        if self._instruments and command.symbol not in self._instruments:
            return f"symbol {command.symbol} is not listed by the venue"
        if command.levels < 1:
            return f"levels {command.levels}: at least 1 is shown"
        try:
            trial = SubscribeDepth("trial", (command.symbol,), command.depth)
            self._venue.encode(trial, self._clock().wall)
        except ValueError as error:
            return str(error)
        most = self._venue.connection_limits(SessionKind.MARKET_DATA).streams
        more = 0 if command.symbol in self._books.symbols else 2 + (command.symbol not in self._wanted())
        used = len(self._wanted()) + self._books.streams
        if more and most and used + more > most:
            return f"symbol {command.symbol}: {used} of {most} streams are used, {more} more do not fit"
        return ""

    def _wanted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._symbols, *self._books.symbols)))

    # --- the session ---------------------------------------------------------------------------------------

    def up(self) -> None:
        """Logged on."""
        self._ask(ListInstruments(self._new_id("list")))
        self.switched()

    def switched(self) -> None:
        """On a connection where nothing is subscribed yet."""
        self._ended.clear()
        self._quotes.begin(self._symbols)
        self._quotes.subscribe(self._books.symbols)
        self._books.begin()

    def down(self, reason: str) -> None:
        """The session has ended."""
        why = f"market data is down: {reason}"
        self._venue.connection_lost(SessionKind.MARKET_DATA)
        self._books.lost(why)
        self._quotes.lost(why, self._clock().wall)

    def look(self) -> None:
        """What time brings. Call it often."""
        session = self._session
        if session is None or not session.live:
            return
        if self._books.symbols:
            view = session.view()
            late = ""
            if view.state is LinkState.STALE and view.last_in is not None:
                late = f"nothing is heard of market data, its heartbeat of {view.heart_bt_int} s is late"
            self._books.hush(late)
            self._books.look()
        self._quotes.look(self._clock())

    # --- what the venue says -------------------------------------------------------------------------------

    def take(self, decoded: Decoded, now: Instant, connection: int = 0) -> bool:
        """Market data, or a Reject of what was asked here; False where it is something else, or has yet to be
        shown."""
        match decoded:
            case BookUpdated():
                self._books.updated(decoded)
            case QuotesUpdated():
                self._quotes.take(decoded.quotes, now)
            case TradesSeen():
                self._books.traded(decoded)
            case BookSnapshot():
                self._books.snapshot(decoded)
            case MarketDataRejected():
                self._rejected(decoded.req_id, decoded.reason, now)
            case SessionRejected(ref_seq_num=int(number)) if (connection, number) in self._numbers:
                self._rejected(self._numbers.pop((connection, number)), decoded.reason, now)
            case Unhandled(req_id=req_id) if req_id:
                why = "a message of it could not be read"
                if not self._books.hole(req_id, why):
                    self._quotes.hole(req_id, why, now)
                return False
            case _:
                return False
        return True

    def _rejected(self, req_id: str, reason: Reason, now: Instant) -> None:
        text = reason.text or "no reason given"
        if req_id in self._ended:
            return
        if self._books.refused(req_id, text):
            return
        if not self._quotes.refused(req_id, reason.category, text, now):
            self._warn(text)

    def _broke(self, symbol: str, why: str) -> None:
        self._quotes.doubt(symbol, f"its book lost something: {why}", self._clock().wall)

    def _mended(self, symbol: str) -> None:
        self._quotes.trust(symbol)

    def _warn(self, text: str) -> None:
        name = "MD" if self._session is None else self._session.name
        self._notice(Severity.WARNING, f"{name}: {text}")

    # --- asking --------------------------------------------------------------------------------------------

    def _ask(self, request: VenueRequest, done: Callable[[str], None] | None = None) -> None:
        if isinstance(request, Unsubscribe):
            self._ended.add(request.req_id)
        if self._session is not None:
            draft = self._venue.encode(request, self._clock().wall)
            numbered = partial(self._numbered, request.req_id) if isinstance(request, OfStream) else None
            self._session.send(Outgoing(draft, done, numbered=numbered))

    def _numbered(self, req_id: str, connection: int, msg_seq_num: int) -> None:
        self._numbers[connection, msg_seq_num] = req_id
        if len(self._numbers) > NUMBERS:
            del self._numbers[next(iter(self._numbers))]

    def _new_id(self, what: str) -> str:
        self._requests += 1
        return f"{what}-{self._requests}"

    def fill(self, frame: Frame) -> None:
        """Put books and trades that are new into a frame. Called in the thread that drains the feed."""
        self._books.fill(frame)
