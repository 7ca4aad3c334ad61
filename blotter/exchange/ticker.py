"""What those who watch the market are told, symbol by symbol: the top of the book when it changes, and trades.

It can be made to stand still, as a venue's price feed may while its sessions live on; when it goes on, everyone is told
where the market is by then.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from blotter.exchange.event import Traded
from blotter.exchange.market import Market
from blotter.exchange.market_data import Top, top_of


class Watcher(Protocol):
    """A market-data session, as the ticker sees it."""

    def market_moved(self, symbol: str, before: Top, after: Top) -> None: ...

    def traded(self, trade: Traded) -> None: ...


class Ticker:
    """The tops that were last told. `watchers`: who is logged on for market data; they come and go."""

    def __init__(self, watchers: Collection[Watcher]) -> None:
        self._watchers = watchers
        self.stale = False
        self._tops: dict[str, Top] = {}

    def open(self, markets: Mapping[str, Market]) -> None:
        """Begin with the books as they are."""
        self._tops = {symbol: top_of(market) for symbol, market in markets.items()}

    def top(self, symbol: str) -> Top:
        """As it was last told: what a new subscription begins with."""
        return self._tops[symbol]

    def publish(self, symbol: str, market: Market) -> None:
        """Tell everyone when the top of a book has changed."""
        before, after = self._tops[symbol], top_of(market)
        if not self.stale and before != after:
            self._tops[symbol] = after
            for watcher in tuple(self._watchers):
                watcher.market_moved(symbol, before, after)

    def traded(self, trade: Traded) -> None:
        """Tell everyone of a trade."""
        if not self.stale:
            for watcher in tuple(self._watchers):
                watcher.traded(trade)

    def stand_still(self, markets: Mapping[str, Market], *, stale: bool) -> None:
        """Stand still, or go on."""
        self.stale = stale
        for symbol, market in markets.items():
            self.publish(symbol, market)
