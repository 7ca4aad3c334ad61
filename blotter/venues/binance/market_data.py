"""Market data of one connection: book ticker, depth and trades, and the list of instruments (fact sheet section 9).

An X does not say of which stream it is, but for its MDReqID: what was asked for under each is kept here. So is the last
quote of each symbol, since the ticker sends a side only when it changes. A quote is told only once its snapshot
has come: half a quote would show an empty side where there is none.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum, auto

import msgspec

from blotter.fix.codec import Message
from blotter.trading.book import BookChange, Level
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.trading.instrument import Instrument, Quote
from blotter.venues.base import (
    BookSnapshot,
    BookUpdated,
    InstrumentsListed,
    MarketDataRejected,
    QuotesUpdated,
    SubscribeDepth,
    SubscribeQuotes,
    SubscribeTrades,
    TradesSeen,
    VenueRequest,
)
from blotter.venues.binance import errors
from blotter.venues.binance import tags as t
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.market_data_entries import Entries, read
from blotter.venues.binance.reading import UnreadableError, decimal, described, integer, required

MarketData = QuotesUpdated | BookSnapshot | BookUpdated | TradesSeen


class _Kind(Enum):
    TICKER = auto()
    DEPTH = auto()
    TRADES = auto()


_MAX_EARLY = 100
Subscription = SubscribeQuotes | SubscribeDepth | SubscribeTrades
_KINDS: dict[type[Subscription], _Kind] = {
    SubscribeQuotes: _Kind.TICKER,
    SubscribeDepth: _Kind.DEPTH,
    SubscribeTrades: _Kind.TRADES,
}


class _Known(msgspec.Struct, frozen=True):
    """A symbol's quote and the book update (25044) it stands for."""

    quote: Quote
    update_id: int | None


class Streams:
    """What was subscribed for, and the last quote of each symbol. An id is remembered after its subscription has
    ended, for late messages of it must not be taken for a ticker's."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, Subscription] = {}
        self._known: dict[str, _Known] = {}
        self._early: dict[str, list[BookChange]] = {}  # of tickers whose snapshot has not come

    def asked(self, request: VenueRequest) -> None:
        """A request was worded; those for a stream are remembered."""
        if isinstance(request, Subscription):
            self._subscriptions[request.req_id] = request

    def clear(self) -> None:
        """The connection is gone: what was known is of the past."""
        self._subscriptions.clear()
        self._known.clear()
        self._early.clear()

    def snapshot(self, message: Message, at: int) -> MarketData:
        """MarketDataSnapshot (W). No entries means an empty book; of several levels in a ticker's the best counts."""
        req_id = message.text(t.MD_REQ_ID) or ""
        changes = read(message, at).changes
        symbol, update_id = required(message, t.SYMBOL), integer(message, t.LAST_BOOK_UPDATE_ID)
        bids = tuple(level for change in changes for level in change.bids)
        asks = tuple(level for change in changes for level in change.asks)
        if isinstance(self._subscriptions.get(req_id), SubscribeDepth):
            return BookSnapshot(req_id, symbol, update_id, bids, asks)
        quote = _sided(
            Quote(symbol=symbol, at=at),
            at,
            bids=[max(bids)] if bids else [],
            asks=[min(asks)] if asks else [],
        )
        self._known[symbol] = _Known(quote, update_id)
        self._ticker(self._early.pop(symbol, []), at, subscribed=False)
        return QuotesUpdated((self._known[symbol].quote,))

    def refresh(self, message: Message, at: int) -> MarketData:
        """MarketDataIncrementalRefresh (X), taken as a whole or, when it cannot be read, not at all: then the quotes of
        its subscription are not known any more."""
        req_id = message.text(t.MD_REQ_ID) or ""
        subscription = self._subscriptions.get(req_id)
        try:
            entries = read(message, at)
        except UnreadableError:
            if isinstance(subscription, SubscribeQuotes):
                for symbol in subscription.symbols:
                    self._known.pop(symbol, None)
            raise
        kind = _KINDS[type(subscription)] if subscription is not None else _looks_like(entries)
        if kind is _Kind.TRADES:
            return TradesSeen(req_id, entries.trades)
        if kind is _Kind.DEPTH:
            if any(change.last is None for change in entries.changes):
                raise UnreadableError(f"{described(t.LAST_BOOK_UPDATE_ID)} is missing in the first entry")
            return BookUpdated(req_id, entries.changes)
        return self._ticker(entries.changes, at, subscribed=subscription is not None)

    def _ticker(self, changes: Sequence[BookChange], at: int, *, subscribed: bool) -> QuotesUpdated:
        """CHANGE replaces a side even at another price; a size is never a difference. Updates not newer than what is
        known say nothing, nor do those of symbols without a snapshot yet: they wait for it."""
        changed: dict[str, _Known] = {}
        for change in changes:
            known = self._known.get(change.symbol)
            if known is None and subscribed:
                early = self._early.setdefault(change.symbol, [])
                early.append(change)
                del early[:-_MAX_EARLY]
            if known is None:
                continue
            if change.last is not None and known.update_id is not None and change.last <= known.update_id:
                continue
            quote = changed.get(change.symbol, known).quote
            quote = _sided(quote, at, bids=change.bids[-1:], asks=change.asks[-1:])
            changed[change.symbol] = _Known(quote, change.last)
        self._known.update(changed)
        return QuotesUpdated(tuple(known.quote for known in changed.values()))


def _looks_like(entries: Entries) -> _Kind:
    """What a message of a subscription that is not known here must be of."""
    if any(change.first is not None for change in entries.changes):
        return _Kind.DEPTH
    return _Kind.TRADES if entries.trades and not entries.changes else _Kind.TICKER


def _sided(quote: Quote, at: int, *, bids: Sequence[Level], asks: Sequence[Level]) -> Quote:
    """The quote with the sides that are told; a size of 0 means that nothing is there."""
    bid, bid_size = (quote.bid, quote.bid_size) if not bids else bids[0] if bids[0][1] else (None, None)
    ask, ask_size = (quote.ask, quote.ask_size) if not asks else asks[0] if asks[0][1] else (None, None)
    return Quote(symbol=quote.symbol, at=at, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size)


def request_reject(message: Message, _at: int) -> MarketDataRejected:
    """MarketDataRequestReject (Y): code and text, or the standard reason where they are missing."""
    code, text = integer(message, t.ERROR_CODE), message.text(t.TEXT)
    if code is None and text is None:
        value = message.text(t.MD_REQ_REJ_REASON) or ""
        text = FIELDS[t.MD_REQ_REJ_REASON].values.get(value, value)
        reason = Reason(category=RejectCategory.OTHER, text=text)
    else:
        reason = errors.reason(code, text or "")
    return MarketDataRejected(required(message, t.MD_REQ_ID), reason)


def instrument_list(message: Message, _at: int) -> InstrumentsListed:
    """InstrumentList (y): filters as far as FIX tells them; notional rules are known to REST only."""
    return InstrumentsListed(
        required(message, t.INSTRUMENT_REQ_ID),
        tuple(_instrument(entry) for entry in message.groups(t.NO_RELATED_SYM)),
    )


def _instrument(entry: Message) -> Instrument:
    symbol, quote = required(entry, t.SYMBOL), required(entry, t.CURRENCY)
    return Instrument(
        symbol=symbol,
        # The message names the quote asset only; every symbol is base followed by quote.
        base=symbol.removesuffix(quote) if symbol.endswith(quote) else "",
        quote=quote,
        tick_size=_rule(entry, t.MIN_PRICE_INCREMENT),
        min_price=_rule(entry, t.START_PRICE_RANGE),
        max_price=_rule(entry, t.END_PRICE_RANGE),
        step_size=_rule(entry, t.MIN_QTY_INCREMENT),
        min_qty=_rule(entry, t.MIN_TRADE_VOL),
        max_qty=_rule(entry, t.MAX_TRADE_VOL),
        market_step_size=_rule(entry, t.MARKET_MIN_QTY_INCREMENT),
        market_min_qty=_rule(entry, t.MARKET_MIN_TRADE_VOL),
        market_max_qty=_rule(entry, t.MARKET_MAX_TRADE_VOL),
    )


def _rule(entry: Message, tag: int) -> Decimal | None:
    """Absent or zero: the rule is off."""
    return decimal(entry, tag) or None
