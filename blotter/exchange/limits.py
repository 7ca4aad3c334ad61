"""How much a session may do, how much of it is used, and the LimitResponse that tells (fact sheet section 4)."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from blotter.exchange.account import OrderLimit
from blotter.fix.effects import Draft
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.tags import MsgType


class Limits(NamedTuple):
    """What one kind of session may do. Windows are in seconds."""

    attempts: int
    attempts_window: int
    connections: int
    messages: int
    messages_window: int
    subscriptions: int = 0


LIMITS: Final[dict[SessionKind, Limits]] = {
    SessionKind.ORDER_ENTRY: Limits(15, 30, 10, 10_000, 10),
    SessionKind.DROP_COPY: Limits(15, 30, 10, 60, 60),
    SessionKind.MARKET_DATA: Limits(300, 300, 100, 2_000, 60, 1_000),
}


class Rate:
    """A count per interval; an interval starts with its first message. Times are monotonic ns."""

    def __init__(self, maximum: int, seconds: int) -> None:
        self.maximum = maximum
        self.seconds = seconds
        self.used = 0
        self._ends = 0

    def count(self, now: int) -> bool:
        """One more. False when that is too many."""
        if now >= self._ends:
            self.used, self._ends = 0, now + self.seconds * SECOND
        self.used += 1
        return self.used <= self.maximum


def limit_response(
    req_id: str, messages: Rate, orders: Iterable[OrderLimit], streams: tuple[int, int] | None
) -> Draft:
    """LimitResponse (XLR). `streams`: used and most, on market data."""
    entries = [("2", messages.used, messages.maximum, messages.seconds)]
    entries += [("1", limit.used, limit.maximum, limit.seconds) for limit in orders]
    if streams is not None:
        entries.append(("3", *streams, 0))
    fields: list[tuple[int, str | bytes]] = [
        (t.REQ_ID, req_id),
        (t.NO_LIMIT_INDICATORS, str(len(entries))),
    ]
    for kind, used, maximum, seconds in entries:
        fields += [(t.LIMIT_TYPE, kind), (t.LIMIT_COUNT, str(used)), (t.LIMIT_MAX, str(maximum))]
        if seconds:
            interval, unit = _interval(seconds)
            fields += [
                (t.LIMIT_RESET_INTERVAL, str(interval)),
                (t.LIMIT_RESET_INTERVAL_RESOLUTION, unit),
            ]
    return Draft(MsgType.LIMIT_RESPONSE, tuple(fields))


def _interval(seconds: int) -> tuple[int, str]:
    """In the largest unit that comes out even, minutes excepted: the venue says 60 s, not 1 m."""
    return (seconds // 86_400, "d") if seconds % 86_400 == 0 else (seconds, "s")
