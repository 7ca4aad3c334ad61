"""JSON of REST answers as checked values, and what is said when a value cannot be told for sure.

Everything raises `UnreadableAnswer` with a text for people, and nothing else. Fields not asked for are never looked at:
venues add some at any time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from blotter.trading.decimals import sane
from blotter.venues.rest import UnreadableAnswer

_T = TypeVar("_T")

LISTS = msgspec.json.Decoder(list[msgspec.Raw])


def decoded(decoder: msgspec.json.Decoder[_T], body: bytes | msgspec.Raw, what: str) -> _T:
    """The whole answer. `what` it is, for the error."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableAnswer(f"{what} not readable: {error}: {bytes(body)[:200]!r}") from None


def elements(body: bytes) -> list[bytes]:
    """Of a list; what is an object is itself the only one."""
    if body.lstrip()[:1] == b"{":
        return [body]
    return [bytes(raw) for raw in decoded(LISTS, body, "list")]


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
