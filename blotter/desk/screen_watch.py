"""What the desk does when its screen stops looking: the stated policy, once, and the way back.

A terminal that hangs stops the screen's loop but not the desk (they are different threads). The screen's pulse is its
draining of the feed; silence for longer than `hung_after` counts as loss.
"""

from collections.abc import Callable
from enum import Enum

SECOND = 1_000_000_000
AWAY = 10 * SECOND
"""ns between two looks from which on the desk itself was away (asleep, paused): nobody could have looked then."""


class ScreenState(Enum):
    UNSEEN = "unseen"  # no screen has ever drained: a headless desk
    LOOKING = "looking"
    LOST = "lost"


class ScreenWatch:
    """`on_lost` and `on_back` are called at the transitions, in the desk's loop."""

    def __init__(
        self,
        drained_at: Callable[[], int | None],
        hung_after: float,
        on_lost: Callable[[], None],
        on_back: Callable[[], None],
    ) -> None:
        self._drained_at = drained_at
        self._hung_after = int(hung_after * SECOND)
        self._on_lost = on_lost
        self._on_back = on_back
        self.state = ScreenState.UNSEEN
        self._looked_at: int | None = None
        self._excused_until = 0

    def look(self, mono: int) -> None:
        """Compare the screen's pulse with the clock."""
        if self._looked_at is not None and mono - self._looked_at > min(AWAY, self._hung_after):
            self._excused_until = mono
        self._looked_at = mono
        drained = self._drained_at()
        if drained is None:
            return
        if self.state is ScreenState.LOOKING:  # who was lost before is not back for that
            drained = max(drained, self._excused_until)
        looking = mono - drained < self._hung_after
        if looking and self.state is not ScreenState.LOOKING:
            back = self.state is ScreenState.LOST
            self.state = ScreenState.LOOKING
            if back:
                self._on_back()
        elif not looking and self.state is ScreenState.LOOKING:
            self.state = ScreenState.LOST
            self._on_lost()
