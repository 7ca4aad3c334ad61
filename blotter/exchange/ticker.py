"""What those who watch the market are told, symbol by symbol: the top of the book when it changes, trades, and now and
then what became of the whole book.

It can be made to stand still, as a venue's price feed may while its sessions live on; when it goes on, everyone is told
where the market is by then.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from blotter.exchange.event import Traded
from blotter.exchange.market import Market
from blotter.exchange.market_data_depth import Depth, DepthUpdate, Picture
from blotter.exchange.tops import Top, top_of


class Watcher(Protocol):
    """A market-data session, as the ticker sees it."""

    def market_moved(self, symbol: str, before: Top, after: Top) -> None: ...

    def hears_depth(self, symbol: str) -> bool: ...

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> None: ...

    def traded(self, trade: Traded) -> None: ...


class Ticker:
    """The tops and books that were last told. `watchers`: who is logged on for market data; they come and go."""

    def __init__(
        self, watchers: Collection[Watcher], depth_interval: float, loses: Callable[[str], bool]
    ) -> None:
        """`depth_interval`: seconds between two tellings of depth; 0: at once. `loses`: whether this update of a
        symbol's depth gets lost."""
        self._watchers = watchers
        self._depth_interval = depth_interval
        self._loses = loses
        self.stale = False
        self._markets: Mapping[str, Market] = {}
        self._tops: dict[str, Top] = {}
        self._top_update_ids: dict[str, int] = {}
        self._depth = Depth()
        self._moved: dict[str, None] = {}  # symbols whose depth is to be told, in order
        self._timer: asyncio.TimerHandle | None = None

    def open(self, markets: Mapping[str, Market]) -> None:
        """Begin with the books as they are."""
        self.close()
        self._markets = markets
        self._tops = {symbol: top_of(market) for symbol, market in markets.items()}
        self._top_update_ids = {symbol: market.state.update_id for symbol, market in markets.items()}
        self._depth.open(markets)
        self._moved.clear()

    def close(self) -> None:
        """Nothing more is told by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def top(self, symbol: str) -> Top:
        """As it was last told: what a new subscription begins with."""
        return self._tops[symbol]

    def top_update_id(self, symbol: str) -> int:
        """The book update it stands for. While the feed stands still that is an old one: what is told then is newer."""
        return self._top_update_ids[symbol]

    def depth(self, symbol: str) -> Picture:
        """The book, likewise. What has moved meanwhile is told first, a little early."""
        if self._moved and not self.stale:
            self.close()
            self._tell_depth()
        return self._depth.told(symbol)

    def publish(self, symbol: str) -> None:
        """A book may have changed. Tell everyone of its top at once, and of the rest when it is time."""
        if self.stale:
            return
        before, after = self._tops[symbol], top_of(self._markets[symbol])
        self._top_update_ids[symbol] = self._markets[symbol].state.update_id
        if before != after:
            self._tops[symbol] = after
            for watcher in tuple(self._watchers):
                watcher.market_moved(symbol, before, after)
        self._moved[symbol] = None
        if self._watchers and not self._depth_interval:
            self._tell_depth()
        elif self._watchers and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._depth_interval, self._time_to_tell)

    def traded(self, trade: Traded) -> None:
        """Tell everyone of a trade."""
        if not self.stale:
            for watcher in tuple(self._watchers):
                watcher.traded(trade)

    def stand_still(self, *, stale: bool) -> None:
        """Stand still, or go on."""
        self.stale = stale
        for symbol in self._markets:
            self.publish(symbol)

    def _time_to_tell(self) -> None:
        self._timer = None
        if not self.stale:
            self._tell_depth()

    def _tell_depth(self) -> None:
        moved, self._moved = self._moved, {}
        updates = [update for symbol in moved if (update := self._depth.advance(self._markets[symbol]))]
        listeners = [
            (watcher, [u for u in updates if watcher.hears_depth(u.symbol)]) for watcher in self._watchers
        ]
        heard = {update.symbol for _, mine in listeners for update in mine}
        lost = {symbol for symbol in moved if symbol in heard and self._loses(symbol)}
        for watcher, mine in listeners:
            told = [update for update in mine if update.symbol not in lost]
            if told:
                watcher.depth_moved(told)
