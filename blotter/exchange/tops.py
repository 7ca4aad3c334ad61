"""The top of a book, and what a watcher was last told of the market: the same in every dialect. Pure."""

from decimal import Decimal
from typing import NamedTuple, Protocol

from blotter.exchange.market import Market
from blotter.exchange.market_data_depth import Picture


class Top(NamedTuple):
    """Best bid and offer with what shows there; None when a side is empty."""

    bid: tuple[Decimal, Decimal] | None
    offer: tuple[Decimal, Decimal] | None


def top_of(market: Market) -> Top:
    """The best of both sides now."""
    bids, asks = market.book.bids, market.book.asks
    bid, offer = bids.best, asks.best
    return Top(
        None if bid is None else (bid, bids.size(bid)),
        None if offer is None else (offer, asks.size(offer)),
    )


class Told(Protocol):
    """What was last told of a symbol, so that changes go on from the snapshot."""

    def top(self, symbol: str) -> Top: ...

    def top_update_id(self, symbol: str) -> int: ...

    def depth(self, symbol: str) -> Picture: ...
