"""How much REST weight is used, and what becomes of those who use too much (fact sheet section 11). Pure.

Beyond the limit a request is refused with 429 until the minute is over; who goes on all the same is banned (418),
for two minutes at first and twice as long each time. Times are UTC ns.
"""

from typing import Final, NamedTuple

from blotter.fix.values import SECOND

MINUTE: Final = 60 * SECOND
TOLERATED: Final = 3  # requests that may follow a 429: they may have been on their way
FIRST_BAN: Final = 2 * MINUTE
LONGEST_BAN: Final = 3 * 24 * 60 * MINUTE


class Excess(NamedTuple):
    """Too much: `until` when nothing will be answered, and whether it is a ban."""

    until: int
    banned: bool


class Weights:
    """The count of one client address."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.used = 0
        self._minute = 0
        self._refusing_until = 0
        self._ignored = 0
        self._banned_until = 0
        self._ban = FIRST_BAN

    def spend(self, weight: int, now: int) -> Excess | None:
        """Count a request of this weight. What is in the way when it must not be answered."""
        if now < self._banned_until:
            return Excess(self._banned_until, banned=True)
        minute = now - now % MINUTE
        if minute != self._minute:
            self._minute, self.used = minute, 0
        self.used += weight
        if now >= self._refusing_until:
            self._ignored = 0
            if self.used <= self.maximum:
                return None
            self._refusing_until = minute + MINUTE
            return Excess(self._refusing_until, banned=False)
        self._ignored += 1
        if self._ignored <= TOLERATED:
            return Excess(self._refusing_until, banned=False)
        self._banned_until = now + self._ban
        self._ban = min(2 * self._ban, LONGEST_BAN)
        return Excess(self._banned_until, banned=True)

    def give_back(self, weight: int) -> None:
        """A request that turned out to cost nothing."""
        self.used = max(0, self.used - weight)

    def exhaust(self, now: int, seconds: float) -> None:
        """As if everything were used up for so long."""
        self._refusing_until = now + int(seconds * SECOND)
        self._ignored = 0

    def ban(self, now: int, seconds: float) -> None:
        """As if a 429 had been ignored: nothing is answered for so long."""
        self._banned_until = now + int(seconds * SECOND)

    def forgive(self) -> None:
        """Nobody is refused or banned any more."""
        self._refusing_until = self._banned_until = self._ignored = 0
        self._ban = FIRST_BAN
        self.used = 0
