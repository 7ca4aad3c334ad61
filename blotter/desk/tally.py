"""What a session's card counts and remembers over all its connections: messages, bytes, round trips, errors. Pure."""

from collections import deque
from typing import Final

KEPT_ROUND_TRIPS: Final = 32
KEPT_ERRORS: Final = 8


class Tally:
    """Since the desk started. Attributes are for reading."""

    def __init__(self) -> None:
        self.messages_in = 0
        self.messages_out = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.round_trip_at: int | None = None  # mono ns of the newest
        self._round_trips: deque[int] = deque(maxlen=KEPT_ROUND_TRIPS)
        self._errors: deque[tuple[int, str]] = deque(maxlen=KEPT_ERRORS)

    @property
    def round_trips(self) -> tuple[int, ...]:
        """ns, newest last."""
        return tuple(self._round_trips)

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """(UTC ns, what), newest last."""
        return tuple(self._errors)

    def passed(self, received: int, sent: int, size: int) -> None:
        """So many messages more, received or sent, of `size` bytes."""
        self.messages_in += received
        self.messages_out += sent
        if sent:
            self.bytes_out += size
        else:
            self.bytes_in += size

    def came_back(self, ns: int, mono: int) -> None:
        """A TestRequest, after so long."""
        self._round_trips.append(ns)
        self.round_trip_at = mono

    def failed(self, what: str, wall: int) -> None:
        """Keep it with its time; the same again and again is told once, with the newest."""
        if self._errors and self._errors[-1][1] == what:
            self._errors.pop()
        self._errors.append((wall, what))
