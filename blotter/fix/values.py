"""FIX data types as text: UTCTimestamp to and from UTC nanoseconds, Decimal without exponent. Nothing is
rounded up."""

import re
import time
from calendar import timegm
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

SECOND: Final = 1_000_000_000
"""Nanoseconds in a second."""

_TO_THE_SECOND: Final = re.compile(r"(\d{4})(\d\d)(\d\d)-([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)", re.ASCII)
_LONGEST: Final = 40  # digits of a Decimal; no price or quantity comes near


@lru_cache(maxsize=8)
def _to_the_second(seconds: int) -> str:
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=64)  # what arrives together was sent in the same second
def _seconds(text: str) -> int | None:
    """YYYYMMDD-HH:MM:SS as seconds since the epoch; None when it is none."""
    match = _TO_THE_SECOND.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        midnight = timegm(date(year, month, day).timetuple())
    except ValueError:
        return None
    return midnight + hour * 3600 + minute * 60 + second


def utc_timestamp(ns: int, precision: int = 6) -> str:
    """UTC nanoseconds since the epoch as UTCTimestamp with 0, 3 or 6 decimals of a second, cut and not
    rounded.

    `ValueError` for another precision.
    """
    seconds, rest = divmod(ns, SECOND)
    if precision == 6:
        return f"{_to_the_second(seconds)}.{rest // 1000:06d}"
    if precision == 3:
        return f"{_to_the_second(seconds)}.{rest // 1_000_000:03d}"
    if precision == 0:
        return _to_the_second(seconds)
    raise ValueError(f"UTCTimestamp precision {precision}: must be 0, 3 or 6")


def parse_utc_timestamp(text: str) -> int:
    """UTCTimestamp with up to 9 decimals of a second as UTC nanoseconds since the epoch. `ValueError` when it
    is none.

    Second 60 (a leap second) is read as the first of the next minute.
    """
    seconds, fraction = _seconds(text[:17]), text[18:]
    if seconds is not None:
        if len(text) == 17:
            return seconds * SECOND
        if text[17] == "." and fraction.isdecimal() and fraction.isascii() and len(fraction) <= 9:
            return seconds * SECOND + int(fraction.ljust(9, "0"))
    raise ValueError(f"{text!r} is no UTCTimestamp (YYYYMMDD-HH:MM:SS, up to 9 decimals)")


def decimal_text(value: Decimal) -> str:
    """A Decimal as FIX writes Price and Qty: plain digits, no exponent, trailing zeros kept, no negative
    zero.

    `TypeError` for anything but a Decimal (a float would bring binary noise); `ValueError` for NaN, infinity,
    or more than 40 digits.
    """
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} is no Decimal")
    if not value.is_finite():
        raise ValueError(f"{value} is no number that can be sent")
    sign, digits, exponent = value.as_tuple()
    if len(digits) > _LONGEST or abs(int(exponent)) > _LONGEST:
        raise ValueError(f"{value} has more than {_LONGEST} digits")
    if sign and not any(digits):
        value = value.copy_abs()
    return format(value, "f")
