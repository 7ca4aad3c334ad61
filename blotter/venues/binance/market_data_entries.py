"""The entries of MarketDataSnapshot (W) and MarketDataIncrementalRefresh (X), read in one pass (fact sheet 9.2, 9.3).

This runs thousands of times a second, so it walks the message's fields once and makes no object for an entry. A message
is read as a whole or, with `UnreadableError`, not at all. The traps of section 19: Symbol and the update ids are those
of the entry before where an entry has none; DELETE has no size; the fields of an entry have no order; there may be
ten thousand entries, or none. Entry types that are unknown here are passed over, LastFragment (893) means nothing.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from blotter.fix.codec import Message
from blotter.trading.book import ZERO, BookChange, Level
from blotter.trading.enums import Side
from blotter.trading.trades import PublicTrade
from blotter.venues.binance import tags as t
from blotter.venues.binance.reading import UnreadableError, described, integer, required, timestamp_of
from blotter.venues.binance.tags import MsgType

_NO_MD_ENTRIES: Final = b"%d" % t.NO_MD_ENTRIES
_MD_UPDATE_ACTION: Final = b"%d" % t.MD_UPDATE_ACTION
_MD_ENTRY_TYPE: Final = b"%d" % t.MD_ENTRY_TYPE
_MD_ENTRY_PX: Final = b"%d" % t.MD_ENTRY_PX
_MD_ENTRY_SIZE: Final = b"%d" % t.MD_ENTRY_SIZE
_SYMBOL: Final = b"%d" % t.SYMBOL
_FIRST_ID: Final = b"%d" % t.FIRST_BOOK_UPDATE_ID
_LAST_ID: Final = b"%d" % t.LAST_BOOK_UPDATE_ID
_TRANSACT_TIME: Final = b"%d" % t.TRANSACT_TIME
_TRADE_ID: Final = b"%d" % t.TRADE_ID
_AGGRESSOR_SIDE: Final = b"%d" % t.AGGRESSOR_SIDE
_CHECK_SUM: Final = b"10"
_BID, _OFFER, _TRADE = b"0", b"1", b"2"
_NEW, _CHANGE, _DELETE = b"0", b"1", b"2"
_OF_ENTRIES: Final = frozenset({_MD_UPDATE_ACTION, _MD_ENTRY_TYPE, _MD_ENTRY_PX, _MD_ENTRY_SIZE})
_SIDES: Final = {b"1": Side.BUY, b"2": Side.SELL}
_LONGEST: Final = 61  # characters of a number


class Entries(NamedTuple):
    """Bids and offers in runs of one symbol and update, in order; trades apart."""

    changes: tuple[BookChange, ...]
    trades: tuple[PublicTrade, ...]


def read(message: Message, at: int) -> Entries:
    """All entries. `at`: UTC ns of receipt. A snapshot is one change, to everything from nothing."""
    pairs = message.pairs
    stated = integer(message, t.NO_MD_ENTRIES)
    if stated is None:
        raise UnreadableError(f"{described(t.NO_MD_ENTRIES)} is missing")
    symbol: str | None = None
    first = last = None
    whole = message.msg_type == MsgType.MARKET_DATA_SNAPSHOT
    if whole:
        symbol, last = required(message, t.SYMBOL), integer(message, t.LAST_BOOK_UPDATE_ID)
    start = next(at for at, (tag, _) in enumerate(pairs) if tag == _NO_MD_ENTRIES) + 1
    end = len(pairs) - (pairs[-1][0] == _CHECK_SUM)
    delimiter = pairs[start][0] if start < end else b""
    if not stated and delimiter not in _OF_ENTRIES:
        delimiter = b""  # what follows an empty group is of the message

    changes: list[BookChange] = []
    trades: list[PublicTrade] = []
    bids: list[Level] = []
    offers: list[Level] = []
    found = 0
    anew = True  # the entry is of another symbol or update than the one before
    action = _NEW if whole else b""
    kind = b""
    price: bytes | None = None
    size: bytes | None = None
    details: list[tuple[bytes, bytes]] = []
    for tag, value in [*pairs[start:end], (delimiter, b"")] if delimiter else ():
        if tag == delimiter:
            if found:  # one is complete
                if kind in (_BID, _OFFER):
                    if symbol is None:
                        raise UnreadableError(f"{described(t.SYMBOL)} is missing in the first entry")
                    if anew:
                        bids, offers, anew = [], [], False
                        changes.append(BookChange(symbol, first, last, bids, offers))
                    if price is None:
                        raise UnreadableError(f"{described(t.MD_ENTRY_PX)} is missing")
                    if action == _DELETE:
                        level = _price(price), ZERO
                    elif action not in (_NEW, _CHANGE):
                        raise UnreadableError(
                            f"{_shown(t.MD_UPDATE_ACTION, action)} is missing or unknown here"
                        )
                    elif size is None:
                        raise UnreadableError(f"{described(t.MD_ENTRY_SIZE)} is missing")
                    else:
                        level = _price(price), _number(size, t.MD_ENTRY_SIZE)
                    (bids if kind == _BID else offers).append(level)
                elif kind == _TRADE:
                    if action == _NEW:  # a trade that is changed or taken back: nobody has ever seen one
                        trades.append(_trade(symbol, price, size, details, at))
                elif not kind:
                    raise UnreadableError(f"{described(t.MD_ENTRY_TYPE)} is missing")
            found += 1
            action, kind, price, size = _NEW if whole else b"", b"", None, None
            if details:
                details = []
        if tag == _MD_ENTRY_PX:
            price = value
        elif tag == _MD_ENTRY_SIZE:
            size = value
        elif tag == _MD_ENTRY_TYPE:
            kind = value
        elif tag == _MD_UPDATE_ACTION:
            action = value
        elif tag == _SYMBOL:
            named = value.decode("utf-8", "backslashreplace")
            symbol, anew = named, anew or named != symbol
        elif tag == _LAST_ID:
            number = _id(value, t.LAST_BOOK_UPDATE_ID)
            last, anew = number, anew or number != last
        elif tag == _FIRST_ID:
            number = _id(value, t.FIRST_BOOK_UPDATE_ID)
            first, anew = number, anew or number != first
        elif tag in (_TRADE_ID, _TRANSACT_TIME, _AGGRESSOR_SIDE):
            details.append((tag, value))
    if stated != max(found - 1, 0):
        raise UnreadableError(f"{_shown(t.NO_MD_ENTRIES, b'%d' % stated)}, yet {max(found - 1, 0)} have come")
    return Entries(tuple(changes), tuple(trades))


def _trade(
    symbol: str | None,
    price: bytes | None,
    size: bytes | None,
    details: Iterable[tuple[bytes, bytes]],
    at: int,
) -> PublicTrade:
    if symbol is None or price is None or size is None:
        missing = t.SYMBOL if symbol is None else t.MD_ENTRY_PX if price is None else t.MD_ENTRY_SIZE
        raise UnreadableError(f"{described(missing)} is missing")
    told = dict(details)
    trade_id = told.get(_TRADE_ID)
    return PublicTrade(
        symbol=symbol,
        price=_price(price),
        size=_number(size, t.MD_ENTRY_SIZE),
        at=at,
        aggressor=_SIDES.get(told.get(_AGGRESSOR_SIDE, b"")),
        trade_id=None if trade_id is None else _id(trade_id, t.TRADE_ID),
        transact_time=timestamp_of(told.get(_TRANSACT_TIME)),
    )


@lru_cache(maxsize=1 << 15)  # the prices of a few dozen books come again and again
def _price(value: bytes) -> Decimal:
    return _number(value, t.MD_ENTRY_PX)


def _number(value: bytes, tag: int) -> Decimal:
    """Plain digits: no sign, exponent, NaN or infinity."""
    if len(value) > _LONGEST or not value.replace(b".", b"", 1).isdigit():
        raise UnreadableError(f"{described(tag, value[:_LONGEST])} is no plain decimal")
    return Decimal(value.decode("ascii"))


def _id(value: bytes, tag: int) -> int:
    if len(value) > 19 or not value.isdigit():
        raise UnreadableError(f"{described(tag, value[:_LONGEST])} is no whole number")
    return int(value)


def _shown(tag: int, value: bytes) -> str:
    return described(tag, value or None)
