"""The drop-copy feed: every report of the account, a second late, to whoever is logged on when it is due.

One feed for all sessions, so that a session that takes over from another misses nothing and repeats nothing. What is
due while nobody is there is gone: nothing is ever said again (fact sheet section 8). Times are monotonic ns.
"""

from collections import deque

from blotter.fix.effects import Draft


class DropCopy:
    """What is on its way."""

    def __init__(self) -> None:
        self._coming: deque[tuple[int, Draft]] = deque()

    def note(self, draft: Draft, due: int) -> None:
        """A copy to be sent at `due`, and never before one that was noted earlier."""
        last = self._coming[-1][0] if self._coming else due
        self._coming.append((max(due, last), draft))

    def due(self, now: int) -> list[Draft]:
        """Take what is due by now."""
        found = []
        while self._coming and self._coming[0][0] <= now:
            found.append(self._coming.popleft()[1])
        return found

    @property
    def deadline(self) -> int | None:
        """When the next copy is due."""
        return self._coming[0][0] if self._coming else None

    def clear(self) -> None:
        """Forget what is on its way."""
        self._coming.clear()
