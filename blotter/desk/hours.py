"""When a session may be up, by the clock: keeps it down before, has it logged out after.

An end by the clock is no failure. It must never end a session inside its hours, nor keep anybody from leaving.
"""

from collections.abc import Callable

import anyio

from blotter.desk.clock import Clock
from blotter.fix.schedule import Schedule
from blotter.venues.base import Hours

CLOSING = "the hours of this session end"
OUTSIDE = "outside the hours of this session"
LOOK_EVERY = 1.0
"""Seconds between two looks at the clock: a laptop sleeps, and timers with it."""


class HoursWatch:
    """Of one session."""

    def __init__(self, hours: Hours | None, clock: Clock) -> None:
        """None: it may be up always."""
        self._hours = hours
        self._clock = clock
        self._scope = anyio.CancelScope()

    @property
    def runs(self) -> Schedule | None:
        """When the numbers start anew; None: never by the clock."""
        return None if self._hours is None else self._hours.numbers or self._hours.up

    @property
    def opens_in(self) -> int:
        """ns until it may be up; 0 when it may be now."""
        if self._hours is None:
            return 0
        now = self._clock().wall
        return max(0, self._hours.up.next_window(now).opens - now)

    async def run(self, leave: Callable[[str], None]) -> None:
        """Have it logged out whenever its hours have ended, or its numbers start anew, until `stop`."""
        runs, before = self.runs, self._clock().wall
        with self._scope:
            while self._hours is not None and runs is not None:
                now = self._clock().wall
                closed = self._hours.up.window(now) is None
                if closed or not runs.same_run(before, now):
                    leave(CLOSING)
                before = self._hours.up.next_window(now).opens if closed else now
                await anyio.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Let `run` return."""
        self._scope.cancel()
