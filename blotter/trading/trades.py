"""The market's trades as they are told: who took, how much, at what price. Pure; times are UTC ns.

Not our fills (`blotter.trading.ledger`), and never a reason to change an order.
"""

from collections import deque
from decimal import Decimal

import msgspec

from blotter.trading.enums import Side


class PublicTrade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trade between anybody. Ids are per symbol and begin at 0 (fact sheet section 19, trap 10)."""

    symbol: str
    price: Decimal
    size: Decimal
    at: int  # when it reached this machine
    aggressor: Side | None = None  # who took; None: not told
    trade_id: int | None = None
    transact_time: int | None = None  # the venue's time


class TradeTape:
    """The last trades of a symbol, each once: two subscriptions may tell of the same while a session changes."""

    def __init__(self, limit: int) -> None:
        self._trades: deque[PublicTrade] = deque(maxlen=limit)
        self._ids: set[int] = set()

    def add(self, trade: PublicTrade) -> bool:
        """False: it is there already."""
        trade_id = trade.trade_id
        if trade_id is not None:
            if trade_id in self._ids:
                return False
            self._ids.add(trade_id)
        if len(self._trades) == self._trades.maxlen:
            gone = self._trades[0].trade_id
            if gone is not None:
                self._ids.discard(gone)
        self._trades.append(trade)
        return True

    def forget_ids(self) -> None:
        """The connection is lost: nothing it told is told again, and a test venue may begin anew with the first id."""
        self._ids.clear()

    def newest(self, count: int) -> tuple[PublicTrade, ...]:
        """Newest first."""
        return tuple(list(self._trades)[: -count - 1 : -1]) if count > 0 else ()
