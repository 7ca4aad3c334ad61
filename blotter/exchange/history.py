"""What became of an account's orders and trades, the ended ones too: what REST answers from (fact sheet section 11).

A fold over execution reports, each of which is the order as it stood right after the event, so the last one is all
there is to remember. `Mirror` is a second copy that learns of things later, as a venue's memory behind its engine may.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from blotter.exchange.event import Report
from blotter.trading.enums import ExecType, OrdStatus

REMEMBERED: Final = 10_000  # orders, and trades, of an account; older ones are forgotten (open orders never)
_OPEN: Final = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})


class HistoryState(msgspec.Struct, kw_only=True):
    """A history as a snapshot keeps it."""

    orders: list[Report] = []
    fills: list[Report] = []


class History:
    """One account's. `fills` are in order of time, orders in order of their creation."""

    def __init__(self, state: HistoryState | None = None) -> None:
        state = state or HistoryState()
        self._orders = {(report.symbol, _order_id(report)): report for report in state.orders}
        self.fills: deque[Report] = deque(state.fills, maxlen=REMEMBERED)

    def dump(self) -> HistoryState:
        """A picture of now."""
        return HistoryState(orders=list(self._orders.values()), fills=list(self.fills))

    def note(self, report: Report) -> None:
        """Learn what happened. A refused order never was one."""
        if report.order_id is None:
            return
        self._orders[report.symbol, report.order_id] = report
        if report.exec_type is ExecType.TRADE:
            self.fills.append(report)
        if len(self._orders) > REMEMBERED:
            oldest = next((key for key, last in self._orders.items() if not is_open(last)), None)
            if oldest is not None:
                del self._orders[oldest]

    def orders(self, symbol: str | None = None) -> Iterator[Report]:
        """The last report of each order, of one symbol or of all."""
        return (report for report in self._orders.values() if symbol in (None, report.symbol))

    def order(self, symbol: str, order_id: int) -> Report | None:
        """The last report of an order."""
        return self._orders.get((symbol, order_id))

    def named(self, symbol: str, cl_ord_id: str) -> Report | None:
        """The same by ClOrdID. Only open orders have theirs to themselves: of several, an open one, or the newest."""
        found = (report for report in self.orders(symbol) if own_id(report) == cl_ord_id)
        return max(found, key=lambda report: (is_open(report), report.at, report.order_id), default=None)


class Mirror:
    """A copy of a history that lags. Times are monotonic ns."""

    def __init__(self, history: History) -> None:
        self._copy = History(history.dump())
        self._coming: deque[tuple[int, Report]] = deque()

    def note(self, report: Report, now: int, lag: int) -> None:
        """Something happened."""
        self._coming.append((now, report))
        self.history(now, lag)  # nothing piles up when nobody asks

    def history(self, now: int, lag: int) -> History:
        """What is known here of what happened at least `lag` ago. It never forgets what it knew."""
        while self._coming and self._coming[0][0] + lag <= now:
            self._copy.note(self._coming.popleft()[1])
        return self._copy


def is_open(report: Report) -> bool:
    """Whether the order could still be filled after this."""
    return report.ord_status in _OPEN


def own_id(report: Report) -> str:
    """The order's ClOrdID: a report that answers a cancel names the cancel, while an amendment renames the order."""
    if report.orig_cl_ord_id is None or report.exec_type is ExecType.REPLACED:
        return report.cl_ord_id
    return report.orig_cl_ord_id


def _order_id(report: Report) -> int:
    if report.order_id is None:
        raise ValueError(f"{report.symbol} {report.cl_ord_id}: a refused order in the history")
    return report.order_id
