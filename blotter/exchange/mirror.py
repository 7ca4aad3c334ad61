"""What REST's memory and database know of the client's account: the truth, some time ago (fact sheet section 11).

The matching engine itself is asked for cancels only; every other answer comes from here, and here things may arrive
late. It never forgets what it knew. Times are monotonic ns.
"""

from collections import deque
from decimal import Decimal

from blotter.exchange.account import Account
from blotter.exchange.event import Notice, Outcome
from blotter.exchange.history import History
from blotter.exchange.listing import ZERO

Holdings = dict[str, tuple[Decimal, Decimal]]
"""Free and locked, by asset."""


def holdings(account: Account) -> Holdings:
    """What an account has now."""
    return {asset: (free, account.locked.get(asset, ZERO)) for asset, free in account.free.items()}


class Mirror:
    """A copy of one account that lags."""

    def __init__(self, history: History, account: Account) -> None:
        self._history = History(history.dump())
        self._holdings = holdings(account)
        self._coming: deque[tuple[int, tuple[Notice, ...], Holdings]] = deque()

    def note(self, outcomes: list[Outcome], account: Account, now: int, lag: int) -> None:
        """Something was done, and the account stands so after it."""
        notices = tuple(o for o in outcomes if isinstance(o, Notice) and o.account == account.name)
        if notices:
            self._coming.append((now, notices, holdings(account)))
            self._catch_up(now, lag)  # nothing piles up when nobody asks

    def history(self, now: int, lag: int) -> History:
        """What is known here of what happened at least `lag` ago."""
        self._catch_up(now, lag)
        return self._history

    def holdings(self, now: int, lag: int) -> Holdings:
        """The balances as far as they are known here."""
        self._catch_up(now, lag)
        return self._holdings

    def _catch_up(self, now: int, lag: int) -> None:
        while self._coming and self._coming[0][0] + lag <= now:
            _, notices, self._holdings = self._coming.popleft()
            for notice in notices:
                self._history.note(notice)
