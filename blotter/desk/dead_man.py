"""The dead-man rule: open orders do not outlive order entry for longer than was said.

The venue has no cancel on disconnect (fact sheet 3.9). Where it is configured, and order entry has been away for that
long with orders open, for whatever reason, Stop is pulled: entry is off until a person resumes, and everything is
cancelled by REST, symbol by symbol (`blotter.desk.stopping`). It works only while this process lives and reaches the
venue's REST. It must never act while order entry is up, and acts once for each time that it was lost.

Leaving on purpose is no loss: while order entry was let go by a policy the rule is off, and so it is at a start after
a run that ended on purpose, until the first logon. After a crash it counts from the start, but longer by what the
venue may take to let the comp id in again: it still takes the dead process for the holder of it.
"""

from collections.abc import Callable

from blotter.desk.change import Severity

SECOND = 1_000_000_000


class DeadMan:
    """One account's countdown. Called with every beat of the desk, in its loop; times are monotonic ns."""

    def __init__(
        self,
        seconds: float | None,
        is_up: Callable[[], bool],
        any_open: Callable[[], bool],
        pull: Callable[[str], None],
        notice: Callable[[Severity, str], None],
        on_purpose: Callable[[], bool] = lambda: False,
        patience_at_start: float | None = 0.0,
    ) -> None:
        """`seconds`: None turns the rule off. `is_up`: whether order entry is logged on. `pull` gets the cause.
        `on_purpose`: whether it was let go. `patience_at_start`: seconds on top before the first logon; None: it does
        not count before that."""
        self.seconds = seconds
        self._on_purpose = on_purpose
        self._patience = patience_at_start
        self._is_up = is_up
        self._any_open = any_open
        self._pull = pull
        self._notice = notice
        self._away_since: int | None = None
        self._warned = self._pulled = False

    @property
    def at(self) -> int | None:
        """When it will act; None while there is no cause to, and when it has."""
        if self.seconds is None or self._away_since is None or self._pulled or not self._any_open():
            return None
        return self._away_since + int((self.seconds + (self._patience or 0)) * SECOND)

    def look(self, mono: int) -> None:
        """Count, and act when it is time."""
        if self.seconds is None:
            return
        if self._is_up():
            self._away_since, self._warned, self._pulled = None, False, False
            self._patience = 0.0
            return
        if self._patience is None or self._on_purpose():
            self._let_be()
            return
        if self._away_since is None:
            self._away_since, self._warned = mono, False
        at = self.at
        if at is None:
            return
        if mono >= at:
            self._pulled = True
            self._pull(f"dead man: order entry was away for {self.seconds + (self._patience or 0):g} s")
        elif not self._warned:
            self._warned = True
            left = max(0.0, (at - mono) / SECOND)
            text = f"dead man: everything is cancelled by REST in {left:.0f} s unless order entry is back"
            self._notice(Severity.WARNING, text)

    def _let_be(self) -> None:
        """Open orders were left on purpose: that is said, and counts from when order entry is wanted again."""
        if self._away_since is not None:
            self._away_since, self._warned = None, False
        if not self._warned and self._any_open():
            self._warned = True
            self._notice(Severity.WARNING, "dead man: off, open orders were left on purpose")
