"""The depth stream: what shows at each price, told now and then as what has changed since it was last told.

An update stands for all the book's updates after the one before it, so that of a watcher's updates none overlap and,
unless one gets lost on the way, none is missing (fact sheet section 9.4). Pure: when to tell is the ticker's business.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from blotter.exchange.market import Market

Levels = dict[Decimal, Decimal]
"""What shows at each price."""


class LevelChange(NamedTuple):
    """`before` and `after`: what showed and shows at the price; None: nothing."""

    price: Decimal
    before: Decimal | None
    after: Decimal | None


class DepthUpdate(NamedTuple):
    """What became of a book between two tellings: updates `first` to `last`."""

    symbol: str
    first: int
    last: int
    bids: tuple[LevelChange, ...]
    asks: tuple[LevelChange, ...]


class Picture(NamedTuple):
    """A book as it was last told, best levels first."""

    update_id: int
    bids: Levels
    asks: Levels


class Depth:
    """All books, as they were last told."""

    def __init__(self) -> None:
        self._told: dict[str, Picture] = {}

    def open(self, markets: Mapping[str, Market]) -> None:
        """Begin with the books as they are."""
        self._told = {symbol: _picture(market) for symbol, market in markets.items()}

    def told(self, symbol: str) -> Picture:
        """What a new subscription begins with: the updates told from now on go on from it."""
        return self._told[symbol]

    def advance(self, market: Market) -> DepthUpdate | None:
        """Tell where the book is by now; None when that is where it was."""
        before, after = self._told[market.listing.symbol], _picture(market)
        bids, asks = _changes(before.bids, after.bids), _changes(before.asks, after.asks)
        if not bids and not asks:
            return None  # what moved and moved back is part of the next update
        self._told[market.listing.symbol] = after
        return DepthUpdate(market.listing.symbol, before.update_id + 1, after.update_id, bids, asks)


def _picture(market: Market) -> Picture:
    bids, asks = market.book.bids, market.book.asks
    return Picture(
        market.state.update_id,
        {price: bids.size(price) for price in bids.prices()},
        {price: asks.size(price) for price in asks.prices()},
    )


def _changes(before: Levels, after: Levels) -> tuple[LevelChange, ...]:
    gone = [LevelChange(price, size, None) for price, size in before.items() if price not in after]
    changed = [
        LevelChange(price, before.get(price), size)
        for price, size in after.items()
        if before.get(price) != size
    ]
    return (*gone, *changed)
