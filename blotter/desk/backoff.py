"""When to dial next: exponential with jitter, inside the venue's connection limit. Pure; time is monotonic ns."""

import random
from collections import deque

from blotter.venues.base import ConnectionLimits

SECOND = 1_000_000_000


class Backoff:
    """Delays 0, 1, 2, 4 .. `cap` seconds, each but the first spread over 50 to 100 %.

    The row starts again only after a Logon (`succeeded`), never after a mere TCP connect. Whatever the row says, no
    more than half of the venue's attempts a window are used: others share the account and the address (fact sheet 4).
    """

    def __init__(self, limits: ConnectionLimits, rng: random.Random, *, cap: float = 30.0) -> None:
        self._limits = limits
        self._rng = rng
        self._cap = cap
        self._failures = 0
        self._dials: deque[int] = deque()

    def dialled(self, now: int) -> None:
        """A connection attempt starts."""
        self._dials.append(now)
        self._failures += 1

    def succeeded(self) -> None:
        """Logged on: the next loss is answered at once."""
        self._failures = 0

    def next_dial(self, now: int, hold_off: float = 0.0) -> int:
        """The earliest time for the next attempt. `hold_off`: seconds a refusal asks for at least."""
        delay = 0.0
        if self._failures:
            delay = min(self._cap, 2.0 ** min(self._failures - 1, 16)) * self._rng.uniform(0.5, 1.0)
        at = now + int(max(delay, hold_off) * SECOND)
        window = int(self._limits.window * SECOND)
        while self._dials and self._dials[0] <= now - window:
            self._dials.popleft()
        allowed = max(1, self._limits.attempts // 2)
        if len(self._dials) >= allowed:
            at = max(at, self._dials[-allowed] + window)
        return at
