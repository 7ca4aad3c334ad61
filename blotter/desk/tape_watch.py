"""Says once that nothing can be recorded, tries again every second, and says when it can."""

from collections.abc import Callable

from blotter.desk.change import Severity
from blotter.desk.recorder import Recorder

SECOND = 1_000_000_000


class TapeWatch:
    """Looked at with the desk's pulse."""

    def __init__(self, recorder: Recorder, notice: Callable[[Severity, str], None]) -> None:
        self._recorder = recorder
        self._notice = notice
        self._retry_at = 0  # mono ns; 0 while the tape is well

    def look(self, now: int) -> None:
        """`now`: mono ns."""
        trouble = self._recorder.trouble
        if trouble and now >= self._retry_at:
            if not self._retry_at:
                self._notice(Severity.ERROR, f"nothing can be recorded, entry is closed: {trouble}")
            self._retry_at = now + SECOND
            self._recorder.tape.retry(0)
        elif not trouble and self._retry_at:
            self._retry_at = 0
            self._notice(Severity.INFO, "the tape is written again")
