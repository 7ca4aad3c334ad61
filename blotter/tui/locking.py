"""Whether somebody sits at this screen: the lock after idle minutes, and what a sleep of the machine makes void.

Pure: times come in, decisions go out. A key that comes after the time is up finds the screen locked; it does not keep
it open. Locked, a screen still cancels and stops, shows everything, and keeps its draft.
"""

from typing import Final

import msgspec

MINUTE: Final = 60_000_000_000
WORD: Final = "unlock"
LOCKED: Final = f"the screen is locked: only cancels and stop go; type :{WORD}"


class Lock(msgspec.Struct, frozen=True):
    """Times are mono ns. `after`: ns without a touch, 0 for never."""

    after: int = 0
    touched_at: int = 0
    locked: bool = False

    @classmethod
    def of(cls, minutes: float | None, now: int) -> "Lock":
        """As the options say."""
        return cls(after=int((minutes or 0) * MINUTE), touched_at=now)

    def look(self, now: int) -> "Lock":
        """After the time that has gone by."""
        if self.after and not self.locked and now - self.touched_at >= self.after:
            return msgspec.structs.replace(self, locked=True)
        return self

    def touch(self, now: int) -> "Lock":
        """A key or the mouse. Too late, and it is locked all the same."""
        looked = self.look(now)
        return looked if looked.locked else msgspec.structs.replace(looked, touched_at=now)

    def lock(self) -> "Lock":
        """By hand."""
        return msgspec.structs.replace(self, locked=True)

    def unlock(self, now: int) -> "Lock":
        """By the word."""
        return msgspec.structs.replace(self, locked=False, touched_at=now)
