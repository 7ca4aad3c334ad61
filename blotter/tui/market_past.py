"""Where a price came from: what it was 24 hours ago or, where nothing so old has been seen, the first that was.

A change means nothing without its base: what is reckoned here carries the base's price and time. What nobody saw is
not made up: the base is a price that was there at the time that stands beside it. Pure; times are UTC ns.
"""

from collections import deque
from decimal import Decimal
from typing import Final

import msgspec

DAY: Final = 86_400_000_000_000
STEP: Final = 300_000_000_000
"""ns between two prices that are kept: no more than 290 of a symbol."""


class Base(msgspec.Struct, frozen=True, gc=False):
    """A price that was seen, and when."""

    price: Decimal
    at: int


class Past:
    """Of one symbol, as far back as a day."""

    def __init__(self) -> None:
        self._seen: deque[Base] = deque()  # oldest first

    @property
    def base(self) -> Base | None:
        """The newest that is a day old or more, else the first; None before any."""
        return self._seen[0] if self._seen else None

    def add(self, price: Decimal, at: int) -> None:
        """It is this now."""
        seen = self._seen
        if not seen or at - seen[-1].at >= STEP:
            seen.append(Base(price, at))
        while len(seen) > 1 and at - seen[1].at >= DAY:
            seen.popleft()


def change(price: Decimal | None, base: Base | None) -> Decimal | None:
    """In per cent; None where one of them is missing."""
    if price is None or base is None or not base.price:
        return None
    return (price - base.price) / base.price * 100
