"""What has been seen of the market since the screen began: books, trades grouped into prints, prices by the second.

The desk tells only of symbols that are watched. What it did not tell is not here: a stretch of time without trades
stays empty, nothing is drawn through it. Pure; times are UTC ns.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from itertools import takewhile
from typing import Final

import msgspec

from blotter.desk.change import Frame
from blotter.trading.book import BookView
from blotter.trading.enums import Side
from blotter.trading.instrument import Quote
from blotter.trading.trades import PublicTrade
from blotter.tui.market_past import Past

ZERO: Final = Decimal(0)
SECOND: Final = 1_000_000_000
PRINTS: Final = 1_000
"""Prints of a symbol that are kept."""
HISTORY: Final = 4 * 3_600
"""Seconds with trades in them that are kept of a symbol."""
TOGETHER: Final = SECOND
"""Trades of one side at one price that follow each other within this time are one print."""


class Print(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Consecutive trades at one price by one side. `at`: when the last of them reached this machine."""

    number: int  # counts up by symbol
    price: Decimal
    size: Decimal
    aggressor: Side | None
    began: int
    at: int
    count: int = 1
    way: int = 0  # against the print before: 1 higher, -1 lower, 0 the same or the first


class Second(msgspec.Struct, gc=False):
    """The prices of one second of UTC."""

    second: int
    low: Decimal
    high: Decimal
    last: Decimal


class Trades:
    """Of one symbol."""

    def __init__(self) -> None:
        self.prints: deque[Print] = deque(maxlen=PRINTS)  # oldest first
        self.seconds: deque[Second] = deque(maxlen=HISTORY)  # oldest first
        self.past = Past()
        self.volume = ZERO  # of every trade that was seen
        self.began: int | None = None  # when the first of them came

    @property
    def last(self) -> Print | None:
        """The newest print."""
        return self.prints[-1] if self.prints else None

    def since(self, number: int) -> list[Print]:
        """The prints from this number on, oldest first."""
        found = list(takewhile(lambda one: one.number >= number, reversed(self.prints)))
        return found[::-1]

    def add(self, trades: Iterable[PublicTrade]) -> None:
        """Oldest first."""
        for trade in trades:
            self._print(trade)
            self._price(trade)
            self.past.add(trade.price, trade.at)
            self.volume += trade.size
            if self.began is None:
                self.began = trade.at

    def _print(self, trade: PublicTrade) -> None:
        last = self.prints[-1] if self.prints else None
        if last is None:
            number, way = 0, 0
        elif (
            trade.price == last.price
            and trade.aggressor is last.aggressor
            and 0 <= trade.at - last.began <= TOGETHER
        ):
            self.prints[-1] = msgspec.structs.replace(
                last, size=last.size + trade.size, at=trade.at, count=last.count + 1
            )
            return
        else:
            number, way = last.number + 1, (trade.price > last.price) - (trade.price < last.price)
        self.prints.append(
            Print(number=number, price=trade.price, size=trade.size, aggressor=trade.aggressor,
                  began=trade.at, at=trade.at, way=way)
        )  # fmt: skip

    def _price(self, trade: PublicTrade) -> None:
        second, price = trade.at // SECOND, trade.price
        last = self.seconds[-1] if self.seconds else None
        if last is None or second > last.second:
            self.seconds.append(Second(second, price, price, price))
        else:  # the same second, or the clock has stepped back
            last.low, last.high, last.last = min(last.low, price), max(last.high, price), price


class MarketSeen:
    """By symbol."""

    def __init__(self) -> None:
        self.books: dict[str, BookView] = {}
        self.trades: dict[str, Trades] = {}
        self.middles: dict[str, Past] = {}

    def apply(self, frame: Frame) -> None:
        """Fold one frame in."""
        self.books.update(frame.books)
        for symbol, trades in frame.trades.items():
            self.trades.setdefault(symbol, Trades()).add(reversed(trades))
        for symbol, quote in frame.quotes.items():
            if (mid := mid_of(quote)) is not None:
                self.middles.setdefault(symbol, Past()).add(mid, quote.at)

    def last(self, symbol: str) -> Print | None:
        """The newest print of a symbol."""
        trades = self.trades.get(symbol)
        return None if trades is None else trades.last


def mid_of(quote: Quote | None) -> Decimal | None:
    """Between best bid and best ask; None while one of them is missing or the quote is in doubt."""
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.bid + quote.ask) / 2
