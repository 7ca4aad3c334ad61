"""The one place where the running system reads clocks; everything below takes an Instant."""

import time
from collections.abc import Callable

from blotter.fix.session import Instant

Clock = Callable[[], Instant]


def system_clock() -> Instant:
    """UTC nanoseconds and monotonic nanoseconds, now."""
    return Instant(time.time_ns(), time.monotonic_ns())
