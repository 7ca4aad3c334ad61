"""Who may come in: connection attempts, sessions at a time, comp ids in use or blocked. Times are monotonic ns.

Fact sheet sections 3.6 and 4: a comp id whose socket vanished without a Logout stays blocked for twice the heartbeat
interval, and the attempts of an account are counted over a window.
"""

from collections import deque

from blotter.exchange.grammar import Fault
from blotter.exchange.limits import Limits
from blotter.fix.effects import SessionRejectReason
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText


class Door:
    """One account's door: the embedded exchange has one client."""

    def __init__(self, limits: dict[SessionKind, Limits], block_scale: float) -> None:
        self._limits = limits
        self._block_scale = block_scale
        self._attempts: dict[SessionKind, deque[int]] = {kind: deque() for kind in limits}
        self._inside: dict[str, SessionKind] = {}
        self._blocked: dict[str, int] = {}

    def attempted(self, kind: SessionKind, now: int) -> Fault | None:
        """Someone dialled. The fault to answer the Logon with when that was once too often."""
        limits, attempts = self._limits[kind], self._attempts[kind]
        while attempts and attempts[0] <= now - limits.attempts_window * SECOND:
            attempts.popleft()
        attempts.append(now)
        if len(attempts) <= limits.attempts:
            return None
        text = ErrorText.TOO_MANY_ATTEMPTS.format(limits.attempts, f"{limits.attempts_window}s")
        return Fault(ErrorCode.TOO_MANY_CONNECTIONS, text, SessionRejectReason.OTHER)

    def enter(self, comp_id: str, kind: SessionKind, now: int) -> Fault | None:
        """Take a comp id, or learn why not."""
        if comp_id in self._inside or self._blocked.get(comp_id, now) > now:
            return Fault(
                ErrorCode.COMP_ID_IN_USE,
                ErrorText.COMP_ID_IN_USE,
                SessionRejectReason.OTHER,
                t.SENDER_COMP_ID,
            )
        most = self._limits[kind].connections
        if sum(other is kind for other in self._inside.values()) >= most:
            text = ErrorText.TOO_MANY_CONNECTIONS.format(most)
            return Fault(ErrorCode.TOO_MANY_CONNECTIONS, text, SessionRejectReason.OTHER)
        self._blocked.pop(comp_id, None)
        self._inside[comp_id] = kind
        return None

    def leave(self, comp_id: str, heart_bt_int: int, now: int, *, clean: bool) -> None:
        """A session is over. Doing it twice does no harm: the first word counts."""
        if self._inside.pop(comp_id, None) is not None and not clean:
            self._blocked[comp_id] = now + int(2 * heart_bt_int * self._block_scale * SECOND)


class Lobby:
    """Which sessions are here, and which may not come again yet, where a dialect has no more rules than that."""

    def __init__(self) -> None:
        self.closed = False  # to everyone, while the numbers start anew
        self._inside: set[str] = set()
        self._blocked: dict[str, int] = {}

    def is_shut(self, name: str, now: int) -> bool:
        """Whether this session may not log on: it is here already, or was cut off too short a while ago."""
        return self.closed or name in self._inside or self._blocked.get(name, now) > now

    def enter(self, name: str) -> None:
        self._blocked.pop(name, None)
        self._inside.add(name)

    def leave(self, name: str, blocked_until: int) -> None:
        self._inside.discard(name)
        self._blocked[name] = blocked_until
