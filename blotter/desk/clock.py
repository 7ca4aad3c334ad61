"""The one place where the running system reads clocks; everything below takes an Instant."""

import time
from collections.abc import Callable

from blotter.fix.session import Instant

Clock = Callable[[], Instant]

# The usual monotonic clock stands still while a machine sleeps: after a night with the lid closed every quote would
# look fresh, every session alive, and whoever had armed the desk for a minute would still have most of it left. On
# Linux this one counts sleep; elsewhere (macOS) CLOCK_MONOTONIC does.
_AGEING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def system_clock() -> Instant:
    """UTC nanoseconds and monotonic nanoseconds, now. The latter go on while the machine sleeps; timers of the event
    loop do not, so what is due may be late by as much (see `blotter.desk.wakening`)."""
    return Instant(time.time_ns(), time.clock_gettime_ns(_AGEING))
