"""When an order that is good till a date ends: read from what a trader types, and written back. Pure.

All times are UTC and say so with a Z: a time without one is refused rather than guessed at.
"""

import re
from datetime import UTC, datetime, timedelta

_MOMENT = re.compile(
    r"(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?"
    r"(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.(?P<fraction>[0-9]{1,9}))?)?)(?P<zone>Z?)",
    re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
EXAMPLE = "2026-11-23T17:00Z"


def until(text: str, now: int) -> int | str:
    """UTC ns of `2026-11-23T17:00Z`, seconds and their fractions allowed, or of the next `17:00Z` after `now` (UTC ns);
    or why it is none. What is not after `now` is refused."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return f"{text}: an end is written as {EXAMPLE}, or 17:00Z for the next one"
    if not found["zone"]:
        return f"{text}: times are UTC and end with Z: {text}Z"
    time, fraction = found["time"].partition(".")[0], (found["fraction"] or "").ljust(9, "0")
    day = found["date"] or f"{_moment(now):%Y-%m-%d}"
    try:
        at = datetime.fromisoformat(f"{day}T{time}+00:00")
    except ValueError:
        return f"{text} is no date and time of day"
    ns = _ns(at) + int(fraction)
    if not found["date"] and ns <= now:
        ns += _ns(_EPOCH + _DAY)
    return ns if ns > now else f"{text} is over: it is {until_words(now // 10**9 * 10**9)} now"


def until_words(at: int) -> str:
    """UTC ns as `until` reads it: `2026-11-23T17:00Z`, with seconds and fractions where there are any."""
    seconds, fraction = divmod(at, 10**9)
    moment = _moment(seconds * 10**9)
    words = f"{moment:%Y-%m-%dT%H:%M}"
    if moment.second or fraction:
        words += f":{moment.second:02d}"
    if fraction:
        words += f".{fraction:09d}".rstrip("0")
    return f"{words}Z"


def _moment(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // 1000)


def _ns(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND * 1000
