"""Money: who has what, what is locked for resting orders, what fees were taken, how many orders are unfilled.

Amounts are Decimals of at most eight decimals and never negative. Nothing here is created or destroyed: what
one account pays another receives, and fees go to the exchange's own pot, so the sum of an asset never changes.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

import msgspec

from blotter.exchange.listing import UNIT, ZERO

SECOND = 1_000_000_000


def round_down(amount: Decimal) -> Decimal:
    """What is paid out: to the smallest unit, never more than owed."""
    return amount.quantize(UNIT, ROUND_DOWN)


def round_up(amount: Decimal) -> Decimal:
    """What is locked: to the smallest unit, never less than may be owed."""
    return amount.quantize(UNIT, ROUND_CEILING)


class OrderLimit(msgspec.Struct, kw_only=True):
    """Unfilled order count of one interval (fact sheet section 4): `used` of `maximum` since `start` (ns)."""

    seconds: int
    maximum: int
    start: int = 0
    used: int = 0

    def roll(self, at: int) -> None:
        """Start over when the interval that `at` falls into is a new one."""
        start = at - at % (self.seconds * SECOND)
        if start != self.start:
            self.start, self.used = start, 0


class Account(msgspec.Struct, kw_only=True):
    """One account's funds. `free` may be spent, `locked` stands behind open orders."""

    name: str
    free: dict[str, Decimal]
    locked: dict[str, Decimal] = {}
    fee_rate: Decimal = ZERO
    house: bool = False
    limits: list[OrderLimit] = []

    def available(self, asset: str) -> Decimal:
        return self.free.get(asset, ZERO)

    def lock(self, asset: str, amount: Decimal) -> None:
        """Set funds aside. The caller has checked that they are there."""
        self.free[asset] = self.available(asset) - amount
        self.locked[asset] = self.locked.get(asset, ZERO) + amount

    def unlock(self, asset: str, amount: Decimal) -> None:
        self.lock(asset, -amount)

    def spend(self, asset: str, amount: Decimal) -> None:
        """Pay from what is locked."""
        self.locked[asset] -= amount

    def receive(self, asset: str, amount: Decimal) -> None:
        self.free[asset] = self.available(asset) + amount

    def exceeded(self, at: int, orders: int = 1) -> OrderLimit | None:
        """The limit that so many more orders would break, if any."""
        for limit in self.limits:
            limit.roll(at)
            if limit.used + orders > limit.maximum:
                return limit
        return None

    def count(self, orders: int, at: int) -> None:
        """Add to (or, after a fill, take from) the unfilled order counts."""
        for limit in self.limits:
            limit.roll(at)
            limit.used = max(0, limit.used + orders)
