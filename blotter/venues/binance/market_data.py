"""Best bid and offer, and the list of instruments (fact sheet section 9).

The venue sends a side only when it changes, so the last quote of each symbol is kept here. A quote is
told only once its snapshot has come: half a quote would show an empty side where there is none.
"""

from decimal import Decimal

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.trading.instrument import Instrument, Quote
from blotter.venues.base import InstrumentsListed, MarketDataRejected, QuotesUpdated
from blotter.venues.binance import errors
from blotter.venues.binance import tags as t
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.reading import UnreadableError, decimal, described, integer, required

_BID, _OFFER, _TRADE = b"0", b"1", b"2"
_DELETE = b"2"
_ACTIONS = frozenset({b"0", b"1", b"2"})
_ENTRY_TYPES = frozenset({_BID, _OFFER, _TRADE})


class _Known(msgspec.Struct, frozen=True):
    """A symbol's quote and the book update (25044) it stands for."""

    quote: Quote
    update_id: int | None


class Tickers:
    """The book-ticker stream of many symbols."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def clear(self) -> None:
        """The connection is gone: what was known is of the past."""
        self._known.clear()

    def snapshot(self, message: Message, at: int) -> QuotesUpdated:
        """MarketDataSnapshot (W). No entries means an empty book; of several levels the best counts."""
        symbol = required(message, t.SYMBOL)
        required(message, t.NO_MD_ENTRIES)
        bid: tuple[Decimal, Decimal] | None = None
        ask: tuple[Decimal, Decimal] | None = None
        for entry in message.groups(t.NO_MD_ENTRIES):
            kind = entry.get(t.MD_ENTRY_TYPE)
            level = _level(entry)
            if kind == _BID:
                bid = level if bid is None else max(bid, level)
            elif kind == _OFFER:
                ask = level if ask is None or level < ask else ask
        quote = Quote(
            symbol=symbol,
            at=at,
            bid=bid[0] if bid else None,
            bid_size=bid[1] if bid else None,
            ask=ask[0] if ask else None,
            ask_size=ask[1] if ask else None,
        )
        self._known[symbol] = _Known(quote, integer(message, t.LAST_BOOK_UPDATE_ID))
        return QuotesUpdated((quote,))

    def refresh(self, message: Message, at: int) -> QuotesUpdated:
        """MarketDataIncrementalRefresh (X), applied as a whole or, when it cannot be read, not at all.

        Symbol and update id are those of the entry before where an entry has none. CHANGE replaces a side
        even at another price; a size is never a difference. Updates not newer than what is known, and
        those of symbols without a snapshot yet, say nothing.
        """
        changed: dict[str, _Known] = {}
        symbol: str | None = None
        update_id: int | None = None
        for entry in message.groups(t.NO_MD_ENTRIES):
            symbol = entry.text(t.SYMBOL) or symbol
            if symbol is None:
                raise UnreadableError(f"{described(t.SYMBOL)} is missing in the first entry")
            own_id = integer(entry, t.LAST_BOOK_UPDATE_ID)
            update_id = update_id if own_id is None else own_id
            kind, action = entry.get(t.MD_ENTRY_TYPE), entry.get(t.MD_UPDATE_ACTION)
            if kind not in _ENTRY_TYPES or action not in _ACTIONS:
                tag, value = (
                    (t.MD_ENTRY_TYPE, kind) if kind not in _ENTRY_TYPES else (t.MD_UPDATE_ACTION, action)
                )
                raise UnreadableError(f"{described(tag, value)} is missing or unknown here")
            known = self._known.get(symbol)
            if kind == _TRADE or known is None:
                continue
            if update_id is not None and known.update_id is not None and update_id <= known.update_id:
                continue
            price, size = (None, None) if action == _DELETE else _level(entry)
            if size == 0:
                price = size = None
            quote = changed.get(symbol, known).quote
            changed[symbol] = _Known(
                Quote(
                    symbol=symbol,
                    at=at,
                    bid=price if kind == _BID else quote.bid,
                    bid_size=size if kind == _BID else quote.bid_size,
                    ask=price if kind == _OFFER else quote.ask,
                    ask_size=size if kind == _OFFER else quote.ask_size,
                ),
                update_id,
            )
        self._known.update(changed)
        return QuotesUpdated(tuple(known.quote for known in changed.values()))


def _level(entry: Message) -> tuple[Decimal, Decimal]:
    price, size = decimal(entry, t.MD_ENTRY_PX), decimal(entry, t.MD_ENTRY_SIZE)
    if price is None or size is None:
        raise UnreadableError(f"{described(t.MD_ENTRY_PX if price is None else t.MD_ENTRY_SIZE)} is missing")
    return price, size


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
