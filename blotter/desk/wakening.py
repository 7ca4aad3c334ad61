"""Notices that this process was away: the machine slept, was paused, or something held the loop up.

Timers of the event loop stand still while a machine sleeps, and a session that is due for a word would wait for its
timer: it is looked at here at once. It never concludes that anything was lost; that is for the sessions to find out.
"""

from collections.abc import Callable, Sequence

from blotter.desk.change import Severity
from blotter.desk.link import Link

SECOND = 1_000_000_000
AWAY = SECOND
"""ns between two beats from which on timers may be late."""
TOLD = 10 * SECOND
"""ns from which on a person is told."""


class Wakening:
    """Called with every beat of the desk, in its loop; times are monotonic ns and go on while the machine sleeps."""

    def __init__(self, links: Sequence[Link], notice: Callable[[Severity, str], None]) -> None:
        self._links = links
        self._notice = notice
        self._looked_at: int | None = None
        self.woke_at: int | None = None
        """mono ns at which the last time away was noticed that a person is told of."""

    def look(self, mono: int) -> None:
        """Compare with the beat before."""
        away = 0 if self._looked_at is None else mono - self._looked_at
        self._looked_at = mono
        if away < AWAY:
            return
        if away >= TOLD:
            self.woke_at = mono
            what = f"this machine slept, or Blotter was held up, for {away // SECOND:,} s"
            self._notice(Severity.WARNING, f"{what}: the sessions are being checked")
        for link in self._links:
            link.tick()
