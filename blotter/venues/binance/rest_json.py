"""Times of Binance's REST answers: in milliseconds or microseconds, as the venue likes."""

from blotter.venues.rest import UnreadableAnswer

_MS = 1_000_000  # ns
_NOT_MS = 10**14
"""From here on a time is in microseconds: as milliseconds it would lie beyond the year 5000."""
_NO_TIME = 9 * 10**15
"""Microseconds beyond which a time in ns no longer fits 64 bits: the year 2255."""


def moment(time: int | None) -> int | None:
    """A time of the venue's, in milliseconds or microseconds, as UTC ns; None where it is none."""
    if time is None or not 0 <= time < _NO_TIME:
        return None
    return time * 1000 if time >= _NOT_MS else time * _MS


def nanoseconds(time: int, what: str) -> int:
    """As `moment`, of what is nothing without its time."""
    found = moment(time)
    if found is None:
        raise UnreadableAnswer(f"{what}: {time} is no time")
    return found
