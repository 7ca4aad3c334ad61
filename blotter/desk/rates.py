"""How much of every rate limit is used: messages of each connection, orders of the account, weight of REST.

The one place that knows, for each limit, what is used, the maximum, the window, and when it was counted. Messages are
counted here, all of them, for the venue counts heartbeats too (fact sheet section 4). Orders are counted by the venue,
over all sessions and keys of the account: its last word, and on top of it what was sent here since the question left.
Fills give some back, which only the venue's next word says. Never may a cancel be refused here: it waits, at most.
"""

from collections import deque
from collections.abc import Iterable

from blotter.desk.change import Gauge
from blotter.trading.risk_situation import Counter
from blotter.venues.base import Limit, LimitReport, SessionKind, Venue

SECOND = 1_000_000_000
CANCELS = 10
"""Percent of a connection's messages that are kept for cancels."""
SESSION = 1
"""Percent (one message at least) that are kept for what the session itself must say: heartbeats, Logout."""
QUESTIONS = 50
"""Percent that reconciling leaves alone."""
ASK_EVERY = 10 * SECOND
"""ns between two questions while orders are sent."""
ASK_HOT_EVERY = 2 * SECOND
"""The same while half of a limit is used."""
ORDERS = "orders"
MESSAGES = "messages"


class Budget:
    """The messages of one connection. Counts what was written within the window that ends now: at no moment may a
    window of the venue's, wherever it starts, hold more than that."""

    def __init__(self, maximum: int, window: float) -> None:
        """`maximum` messages in `window` seconds."""
        self.maximum = maximum
        self.seconds = int(window)
        self._window = int(window * SECOND)
        self._sent: deque[int] = deque()

    def used(self, mono: int) -> int:
        """Written within the window that ends at `mono` (ns)."""
        sent = self._sent
        while sent and sent[0] <= mono - self._window:
            sent.popleft()
        return len(sent)

    def count(self, mono: int) -> None:
        """One more is being written."""
        self._sent.append(mono)

    @property
    def for_orders(self) -> int:
        """How many may be used before an order is refused: what is left is for cancels."""
        return self.maximum - _part(self.maximum, CANCELS)

    def order_may_go(self, mono: int) -> bool:
        """There is room for an order, and the reserve for cancels stays."""
        return self.used(mono) < self.for_orders

    def wait(self, mono: int) -> int:
        """ns until a cancel or a question may be written; 0: now."""
        return self._wait(mono, self.maximum - _part(self.maximum, SESSION))

    def wait_for_question(self, mono: int) -> int:
        """ns until one more of many questions may be written: a trader's messages have the other half."""
        return self._wait(mono, self.maximum - _part(self.maximum, QUESTIONS))

    def _wait(self, mono: int, most: int) -> int:
        if self.used(mono) < most:
            return 0
        return max(1, self._sent[len(self._sent) - most] + self._window - mono)


class Rates:
    """One desk's. Times are monotonic ns."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._budgets: dict[SessionKind, Budget] = {}
        self._told: tuple[Limit, ...] = ()
        self._told_at = 0  # when the question was asked that it answers
        self._heard_at = 0
        self._asked: dict[str, int] = {}  # ReqID -> when
        self._asked_at = 0
        self._orders: deque[tuple[int, int]] = deque()  # when, how many
        self.reports = 0  # answers of the venue so far

    # --- what happens --------------------------------------------------------------------------------------

    def connection(self, kind: SessionKind) -> Budget:
        """A new connection of this kind: its messages are counted from here."""
        limits = self._venue.connection_limits(kind)
        maximum, window = limits.messages, limits.message_window
        if kind is SessionKind.ORDER_ENTRY:
            for limit in self._told:
                if limit.kind == MESSAGES and limit.interval:
                    maximum, window = limit.maximum, float(limit.interval)
        budget = self._budgets[kind] = Budget(maximum, window)
        return budget

    def question(self, mono: int) -> int:
        """ns until reconciling may write one more question on order entry."""
        budget = self._budgets.get(SessionKind.ORDER_ENTRY)
        return 0 if budget is None else budget.wait_for_question(mono)

    def lost(self) -> None:
        """Order entry is gone: what it said of limits is out of date, and the next logon asks anew."""
        self._budgets.pop(SessionKind.ORDER_ENTRY, None)
        self._told = ()
        self._asked.clear()

    def ordered(self, orders: int, mono: int) -> None:
        """So many orders are about to leave, as the venue counts them (a list counts each leg)."""
        self._orders.append((mono, orders))

    def asked(self, req_id: str, mono: int) -> None:
        """The venue is being asked for its counts."""
        self._asked[req_id] = self._asked_at = mono

    def answered(self, report: LimitReport, mono: int) -> None:
        """The venue said what it has counted. What was sent after the question is not in it."""
        self.reports += 1
        self._told, self._heard_at = report.limits, mono
        self._told_at = self._asked.pop(report.req_id, mono)
        self._asked = {name: at for name, at in self._asked.items() if at > self._told_at}
        budget = self._budgets.get(SessionKind.ORDER_ENTRY)
        for limit in report.limits:
            if limit.kind == MESSAGES and budget is not None and limit.interval == budget.seconds:
                budget.maximum = limit.maximum

    def due(self, mono: int) -> bool:
        """It is time to ask the venue again: orders have left since, or a limit is half used and may be free again."""
        since = mono - self._asked_at
        if not self._asked_at or since < ASK_HOT_EVERY:
            return False
        sent = bool(self._orders) and self._orders[-1][0] >= self._told_at
        hot = any(used * 2 >= limit.maximum for limit, used in self._counted(mono))
        return (sent or hot) and (hot or since >= ASK_EVERY)

    # --- what it comes to ----------------------------------------------------------------------------------

    def _counted(self, mono: int) -> Iterable[tuple[Limit, int]]:
        """The venue's order limits with what is used of each now."""
        self._forget(mono)
        for limit in self._told:
            if limit.kind == ORDERS:
                window = (limit.interval or 0) * SECOND
                told = limit.used if not window or mono - self._told_at < window else 0
                start = max(self._told_at, mono - window + 1) if window else self._told_at
                yield limit, told + sum(orders for at, orders in self._orders if at >= start)

    def _forget(self, mono: int) -> None:
        """Drop what the venue's last word has in it."""
        orders = self._orders
        while len(orders) > 1 and orders[0][0] < self._told_at:
            orders.popleft()

    def counters(self, orders: int, mono: int) -> tuple[Counter, ...]:
        """What an order is held against; `orders`: as many as the venue will count."""
        found = [Counter(_named(limit), used, limit.maximum, orders) for limit, used in self._counted(mono)]
        budget = self._budgets.get(SessionKind.ORDER_ENTRY)
        if budget is not None:
            name = f"{MESSAGES}/{budget.seconds}s"
            found.append(Counter(name, budget.used(mono), budget.for_orders, 1))
        return tuple(found)

    def gauges(self, mono: int, weight: tuple[int, int] | None = None) -> tuple[Gauge, ...]:
        """Every limit, for people. `weight`: used and most of REST's."""
        gauges = []
        for kind, budget in self._budgets.items():
            name = f"{MESSAGES}/{budget.seconds}s"
            gauges.append(
                Gauge(
                    name=name if kind is SessionKind.ORDER_ENTRY else f"{kind.value} {name}",
                    used=budget.used(mono),
                    maximum=budget.maximum,
                    at=mono,
                    interval=budget.seconds,
                )
            )
        counted = dict(self._counted(mono))
        for limit in self._told:
            if limit.kind != MESSAGES:
                gauges.append(
                    Gauge(
                        name=_named(limit),
                        used=counted.get(limit, limit.used),
                        maximum=limit.maximum,
                        at=self._heard_at,
                        interval=limit.interval,
                    )
                )
        if weight is not None:
            used, maximum = weight
            gauges.append(Gauge(name="REST weight/60s", used=used, maximum=maximum, at=mono, interval=60))
        return tuple(gauges)


def _named(limit: Limit) -> str:
    return f"{limit.kind}/{limit.interval}s" if limit.interval else limit.kind


def _part(maximum: int, percent: int) -> int:
    return min(maximum - 1, -(-maximum * percent // 100))
