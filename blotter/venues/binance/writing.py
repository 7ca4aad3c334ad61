"""Values of requests as Binance takes them: its rules of ids beside what all venues share."""

import re

from blotter.venues.binance.messages import CLIENT_ID_PATTERN
from blotter.venues.writing import Fields, positive, symbol_text, whole

__all__ = ["Fields", "client_id", "positive", "symbol_text", "venue_id", "whole"]

_CLIENT_ID = re.compile(CLIENT_ID_PATTERN)
_NUMBER = re.compile(r"[0-9]{1,19}")


def client_id(name: str, value: str) -> str:
    """An id of our making (fact sheet section 2)."""
    if _CLIENT_ID.fullmatch(value) is None:
        raise ValueError(f"{name} {value!r}: must be 1 to 36 letters, digits, - or _")
    return value


def venue_id(name: str, value: str) -> str:
    """An id of the venue's making; "0" is one like any other."""
    if _NUMBER.fullmatch(value) is None:
        raise ValueError(f"{name} {value!r}: must be a number")
    return value
