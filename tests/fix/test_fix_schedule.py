"""Session windows in a zone's own time: daily, weekly, over midnight, and where the clock is moved."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.schedule import Schedule
from blotter.fix.values import SECOND

HOUR = 3600 * SECOND
FRIDAY, SUNDAY = 4, 6
NEW_YORK = "America/New_York"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def test_a_daily_window() -> None:
    schedule = Schedule(time(8), time(17, 30))
    window = schedule.window(utc("2026-11-18 08:00"))
    assert window == (utc("2026-11-18 08:00"), utc("2026-11-18 17:30"))
    assert schedule.window(utc("2026-11-18 08:00") - 1) is None
    assert schedule.window(utc("2026-11-18 17:30") - 1) == window
    assert schedule.window(utc("2026-11-18 17:30")) is None
    assert schedule.next_window(utc("2026-11-18 17:30")) == (utc("2026-11-19 08:00"), utc("2026-11-19 17:30"))


def test_a_daily_window_over_midnight_on_working_days() -> None:
    schedule = Schedule(time(18), time(17), NEW_YORK, days=frozenset({6, 0, 1, 2, 3}))
    assert schedule.window(utc("2026-11-20 21:59")) == (utc("2026-11-19 23:00"), utc("2026-11-20 22:00"))
    assert schedule.window(utc("2026-11-20 22:00")) is None  # Friday 17:00 in New York
    assert schedule.next_window(utc("2026-11-20 22:00")).opens == utc("2026-11-22 23:00")  # Sunday 18:00


def test_the_same_start_and_end_is_a_whole_day() -> None:
    schedule = Schedule(time(17), time(17), NEW_YORK)
    window = schedule.window(utc("2026-11-18 12:00"))
    assert window == (utc("2026-11-17 22:00"), utc("2026-11-18 22:00"))
    assert schedule.window(utc("2026-11-18 22:00")) == (utc("2026-11-18 22:00"), utc("2026-11-19 22:00"))


def test_a_weekly_window() -> None:
    schedule = Schedule(time(17), time(16, 30), NEW_YORK, days=frozenset({SUNDAY}), end_day=FRIDAY)
    week = (utc("2026-11-15 22:00"), utc("2026-11-20 21:30"))
    assert schedule.window(utc("2026-11-15 22:00")) == schedule.window(utc("2026-11-20 21:29")) == week
    assert schedule.window(utc("2026-11-21 12:00")) is None
    assert schedule.next_window(utc("2026-11-21 12:00")).opens == utc("2026-11-22 22:00")


def test_a_week_from_a_day_to_the_same_day() -> None:
    schedule = Schedule(time(17), time(17), days=frozenset({SUNDAY}), end_day=SUNDAY)
    assert schedule.window(utc("2026-11-18 00:00")) == (utc("2026-11-15 17:00"), utc("2026-11-22 17:00"))
    short = Schedule(time(8), time(17), days=frozenset({SUNDAY}), end_day=SUNDAY)
    assert short.window(utc("2026-11-15 12:00")) == (utc("2026-11-15 08:00"), utc("2026-11-15 17:00"))


def test_a_window_keeps_to_the_wall_clock_when_the_clock_is_moved() -> None:
    schedule = Schedule(time(8), time(17), NEW_YORK)
    assert schedule.next_window(utc("2026-03-07 10:00")).opens == utc("2026-03-07 13:00")  # EST
    assert schedule.next_window(utc("2026-03-08 10:00")).opens == utc("2026-03-08 12:00")  # EDT
    assert schedule.next_window(utc("2026-11-01 10:00")).opens == utc("2026-11-01 13:00")  # EST again
    night = Schedule(time(18), time(17), NEW_YORK)
    spring, autumn = night.window(utc("2026-03-08 05:00")), night.window(utc("2026-11-01 05:00"))
    assert spring is not None
    assert autumn is not None
    assert (spring.closes - spring.opens, autumn.closes - autumn.opens) == (22 * HOUR, 24 * HOUR)


def test_a_local_time_that_comes_twice() -> None:
    """New York, 2026-11-01: 01:00 to 02:00 comes at 05:00 UTC and again at 06:00."""
    opening = Schedule(time(1, 30), time(12), NEW_YORK).next_window(utc("2026-11-01 04:00"))
    assert opening.opens == utc("2026-11-01 05:30")
    closing = Schedule(time(20), time(1, 30), NEW_YORK).window(utc("2026-11-01 04:00"))
    assert closing is not None
    assert closing.closes == utc("2026-11-01 06:30")


def test_a_local_time_that_never_comes() -> None:
    """New York, 2026-03-08: 02:30 is skipped."""
    opening = Schedule(time(2, 30), time(12), NEW_YORK).next_window(utc("2026-03-08 05:00"))
    assert opening.opens == utc("2026-03-08 07:30")  # 03:30 EDT
    closing = Schedule(time(20), time(2, 30), NEW_YORK).window(utc("2026-03-08 05:00"))
    assert closing is not None
    assert closing.closes == utc("2026-03-08 07:30")


def test_numbers_live_for_one_window() -> None:
    daily = Schedule(time(8), time(17))
    assert daily.same_run(utc("2026-11-18 08:00"), utc("2026-11-18 16:59"))
    assert not daily.same_run(utc("2026-11-18 16:59"), utc("2026-11-19 08:00"))
    assert daily.same_run(utc("2026-11-18 16:59"), utc("2026-11-18 17:01"))  # a late Logout
    weekly = Schedule(time(17), time(16), NEW_YORK, days=frozenset({SUNDAY}), end_day=FRIDAY)
    assert weekly.same_run(utc("2026-11-16 10:00"), utc("2026-11-20 10:00"))
    assert not weekly.same_run(utc("2026-11-20 10:00"), utc("2026-11-23 10:00"))


@given(
    st.integers(utc("2020-01-01 00:00"), utc("2030-01-01 00:00")),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.sampled_from(
        ["UTC", NEW_YORK, "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
    ),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
)
def test_windows_follow_one_another(
    now: int, start: time, end: time, zone: str, days: frozenset[int]
) -> None:
    schedule = Schedule(start, end, zone, days)
    first = schedule.next_window(now)
    assert first.closes > now
    assert first.opens < first.closes <= first.opens + 26 * HOUR
    assert schedule.window(first.opens) is not None
    following = schedule.next_window(first.closes)
    assert following.opens > first.opens
    assert schedule.same_run(first.opens, min(first.closes, following.opens) - 1)
    assert not schedule.same_run(first.opens, following.opens)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus': must be a time zone"),
        ({"days": frozenset()}, "days .*: must be some of"),
        ({"days": frozenset({7})}, "days .*: must be some of"),
        ({"end_day": 4}, "end_day 4: .* exactly one day"),
        ({"start": time(1, tzinfo=UTC)}, "without one of their own"),
    ],
)
def test_impossible_schedules_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Schedule(**{"start": time(8), "end": time(17), **settings})  # type: ignore[arg-type]
