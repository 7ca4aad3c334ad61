"""How long to wait before something that failed begins anew. Pure."""

SECOND = 1_000_000_000
LONGEST = 30 * SECOND
FORGIVEN = 60 * SECOND
"""ns without a failure after which the next is the first again."""


class Patience:
    """At once, then after 1, 2, 4 ... 30 seconds."""

    def __init__(self) -> None:
        self._wait = 0
        self._last: int | None = None

    def next(self, mono: int) -> int:
        """It has failed now (mono ns): when it may begin anew."""
        if self._last is not None and mono - self._last > self._wait + FORGIVEN:
            self._wait = 0
        due = mono + self._wait
        self._last = mono
        self._wait = min(LONGEST, max(SECOND, 2 * self._wait))
        return due
