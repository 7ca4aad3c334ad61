"""Which SenderCompID the next Logon uses: the same after a clean Logout, another one after anything else.

A comp id whose connection ended without a Logout is blocked for a while (fact sheet 3.6), and while a session is handed
over two are in use at once. The counter is on the tape, so that a killed process does not come back with a blocked one.
"""

from blotter.desk.recorder import Recorder
from blotter.venues.base import Venue


class CompIds:
    """Of one session. `name` is the session's ("OE")."""

    def __init__(self, venue: Venue, recorder: Recorder, prefix: str, name: str) -> None:
        self._venue = venue
        self._recorder = recorder
        self._prefix = prefix + name[0]
        self._key = f"comp_id.{name}"

    def take(self) -> str:
        """The one for the next Logon; it counts as in use until `free`."""
        number, clean = self._last()
        number += not clean
        self._recorder.set_meta(self._key, f"{number} open")
        return self._venue.comp_id(self._prefix, number)

    def free(self, comp_id: str) -> None:
        """It was logged out, or never logged on. Of use only for the last one taken: those before do not come back."""
        number, _ = self._last()
        if self._venue.comp_id(self._prefix, number) == comp_id:
            self._recorder.set_meta(self._key, f"{number} clean")

    def _last(self) -> tuple[int, bool]:
        number, _, state = (self._recorder.meta(self._key) or "0 clean").partition(" ")
        return int(number), state == "clean"
