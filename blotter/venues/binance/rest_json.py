"""JSON of REST answers as checked values, and what is said when a value cannot be told for sure.

Everything raises `UnreadableAnswer` with a text for people, and nothing else. Fields not asked for are never looked at:
the venue adds some at any time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from blotter.trading.decimals import sane
from blotter.venues.rest import UnreadableAnswer

_MS = 1_000_000  # ns
_NOT_MS = 10**14
"""From here on a time is in microseconds: as milliseconds it would lie beyond the year 5000."""
_NO_TIME = 9 * 10**15
"""Microseconds beyond which a time in ns no longer fits 64 bits: the year 2255."""

_T = TypeVar("_T")

LISTS = msgspec.json.Decoder(list[msgspec.Raw])


def decoded(decoder: msgspec.json.Decoder[_T], body: bytes | msgspec.Raw, what: str) -> _T:
    """The whole answer. `what` it is, for the error."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableAnswer(f"{what} not readable: {error}: {bytes(body)[:200]!r}") from None


def known(table: Mapping[str, _T], value: str, what: str) -> _T:
    """What a word stands for. Words that decide are not guessed at."""
    found = table.get(value)
    if found is None:
        raise UnreadableAnswer(f"{what} {value!r} is unknown here")
    return found


def require_amounts(what: str, *amounts: Decimal) -> None:
    """Prices and quantities: plain numbers, none below zero."""
    if not all(sane(amount) and amount >= 0 for amount in amounts):
        raise UnreadableAnswer(f"{what}: a quantity or price is no plain number")


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
