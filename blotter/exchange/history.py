"""What became of an account's orders and trades, the ended ones too: what REST answers from (fact sheet section 11).

A fold over execution reports, each of which is the order as it stood right after the event, so the last one is all
there is to remember of it.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from blotter.exchange.event import ListStatus, Notice, Report
from blotter.trading.enums import ExecType, ListOrderStatus, OrdStatus

REMEMBERED: Final = 10_000  # orders, trades, lists of an account; older ones are forgotten (open ones never)
_OPEN: Final = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_NEW})


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """An order made smaller: the report of it, and its total before."""

    report: Report
    orig_qty: Decimal


class HistoryState(msgspec.Struct, kw_only=True):
    """A history as a snapshot keeps it."""

    orders: list[Report] = []
    fills: list[Report] = []
    amendments: list[Amendment] = []
    prevented: list[Report] = []
    allocations: list[Report] = []
    lists: list[ListStatus] = []


class History:
    """One account's. `fills` (trades), `allocations`, `amendments` and what self-trade prevention `prevented` are in
    order of time, orders and lists in order of their creation."""

    def __init__(self, state: HistoryState | None = None) -> None:
        state = state or HistoryState()
        self._orders = {(report.symbol, _order_id(report)): report for report in state.orders}
        self.fills: deque[Report] = deque(state.fills, maxlen=REMEMBERED)
        self.amendments: deque[Amendment] = deque(state.amendments, maxlen=REMEMBERED)
        self.prevented: deque[Report] = deque(state.prevented, maxlen=REMEMBERED)
        self.allocations: deque[Report] = deque(state.allocations, maxlen=REMEMBERED)
        self._lists = {status.list_id: status for status in state.lists if status.list_id is not None}

    def dump(self) -> HistoryState:
        """A picture of now."""
        return HistoryState(
            orders=list(self._orders.values()),
            fills=list(self.fills),
            amendments=list(self.amendments),
            prevented=list(self.prevented),
            allocations=list(self.allocations),
            lists=list(self._lists.values()),
        )

    def note(self, notice: Notice) -> None:
        """Learn what happened. A refused order or list never was one."""
        if isinstance(notice, Report):
            self._note_report(notice)
        elif notice.list_id is not None:
            self._lists[notice.list_id] = notice
            if len(self._lists) > REMEMBERED:
                oldest = next((key for key, last in self._lists.items() if not is_live(last)), None)
                if oldest is not None:
                    del self._lists[oldest]

    def _note_report(self, report: Report) -> None:
        if report.order_id is None:
            return
        before = self._orders.get((report.symbol, report.order_id))
        self._orders[report.symbol, report.order_id] = report
        if report.exec_type is ExecType.TRADE:
            (self.fills if report.alloc_id is None else self.allocations).append(report)
        if report.exec_type is ExecType.REPLACED and before is not None and before.order_qty is not None:
            self.amendments.append(Amendment(report=report, orig_qty=before.order_qty))
        if report.prevented is not None:
            self.prevented.append(report)
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

    def lists(self, symbol: str | None = None) -> Iterator[ListStatus]:
        """The last status of each order list, of one symbol or of all."""
        return (status for status in self._lists.values() if symbol in (None, status.symbol))

    def open_lists(self, symbol: str | None = None) -> Iterator[ListStatus]:
        """Of those that are not done."""
        return (status for status in self.lists(symbol) if is_live(status))

    def order_list(self, list_id: int) -> ListStatus | None:
        """The last status of a list."""
        return self._lists.get(list_id)

    def order_list_named(self, cl_list_id: str) -> ListStatus | None:
        """The same by ClListID: of several, an open one, or the newest."""
        found = (status for status in self.lists() if status.cl_list_id == cl_list_id)
        return max(found, key=lambda status: (is_live(status), status.list_id or 0), default=None)


def is_open(report: Report) -> bool:
    """Whether the order could still be filled after this."""
    return report.ord_status in _OPEN


def is_live(status: ListStatus) -> bool:
    """Whether the list has open orders after this."""
    return status.order_status is ListOrderStatus.EXECUTING


def own_id(report: Report) -> str:
    """The order's ClOrdID: a report that answers a cancel names the cancel, while an amendment renames the order."""
    if report.orig_cl_ord_id is None or report.exec_type is ExecType.REPLACED:
        return report.cl_ord_id
    return report.orig_cl_ord_id


def _order_id(report: Report) -> int:
    if report.order_id is None:
        raise ValueError(f"{report.symbol} {report.cl_ord_id}: a refused order in the history")
    return report.order_id
