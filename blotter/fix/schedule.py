"""When a session may be up, and when its numbers start anew: daily and weekly windows in a zone's own time.

Pure: the time is an argument, UTC ns since the epoch. A window belongs to the wall clock of its zone, so its length
changes with daylight saving time. Where a local time comes twice a window opens at the first and closes at the second;
where it never comes the clock is read as if it had not been moved: the window opens or closes as much later.

Numbers live for one window. Where they live longer (a week of daily windows), one schedule says when the session may be
up and another, of the whole week, when the numbers start anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from blotter.fix.values import SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
EVERY_DAY: Final = frozenset(range(7))


class Window(NamedTuple):
    """UTC ns; `closes` is no longer in it."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Daily: from `start` to `end` (the next day's, unless it is later than `start`) on each of `days`. Weekly: from
    `start` on the only one of `days` to `end` on `end_day`. Weekdays count from Monday, 0. `ValueError`, naming field,
    value and rule."""

    start: time
    end: time
    zone: str = "UTC"
    days: frozenset[int] = EVERY_DAY  # on which a window opens
    end_day: int | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("start, end: must be times of the zone, without one of their own")
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError(f"days {sorted(self.days)}: must be some of 0 (Monday) to 6 (Sunday)")
        if self.end_day is not None and (self.end_day not in EVERY_DAY or len(self.days) != 1):
            raise ValueError(f"end_day {self.end_day}: must be 0 to 6, with exactly one day to start on")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"zone {self.zone!r}: must be a time zone such as America/New_York") from error

    def window(self, now: int) -> Window | None:
        """The window that is open; None when none is."""
        return next((one for one in self._near(now) if one.opens <= now < one.closes), None)

    def next_window(self, now: int) -> Window:
        """The window that is open, else the next to open."""
        return next(one for one in self._near(now) if now < one.closes)

    def same_run(self, last: int, now: int) -> bool:
        """Numbers that were used at `last` go on at `now`: both fall into one window. What was used outside any counts
        for the window before."""
        return self._run(last) == self._run(now)

    def _run(self, at: int) -> int:
        """When the run began that this time belongs to."""
        return max(one.opens for one in self._near(at) if one.opens <= at)

    def _near(self, at: int) -> Iterator[Window]:
        """Windows around this time, ascending: those of the last two weeks and of the next."""
        zone = ZoneInfo(self.zone)
        today = (_EPOCH + timedelta(microseconds=at // 1000)).astimezone(zone).date()
        for offset in range(-14, 9):
            day = today + offset * _DAY
            if day.weekday() in self.days:
                opens = _instant(day, self.start, zone, fold=0)
                yield Window(opens, _instant(self._last_day(day), self.end, zone, fold=1))

    def _last_day(self, day: date) -> date:
        over = self.end <= self.start
        if self.end_day is None:
            return day + _DAY if over else day
        ahead = (self.end_day - day.weekday()) % 7
        return day + (ahead or (7 if over else 0)) * _DAY


def _instant(day: date, at: time, zone: ZoneInfo, *, fold: int) -> int:
    """UTC ns of this local time. One that never comes is read with the offset before the clock was moved."""
    local = datetime.combine(day, at, tzinfo=zone)
    second = local.replace(fold=1)
    moved_on = (second.utcoffset() or timedelta()) > (local.utcoffset() or timedelta())
    chosen = local if moved_on else local.replace(fold=fold)
    return (chosen.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1) * (SECOND // 1_000_000)
