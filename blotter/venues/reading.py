"""Field values of inbound messages as the domain's types, and what is said when one cannot be read.

Everything raises `UnreadableError` with a text for people, and nothing else; nothing is guessed.
"""

import re
from decimal import Decimal
from functools import lru_cache

from blotter.fix.codec import Message
from blotter.fix.dictionary import Dictionary
from blotter.fix.values import parse_utc_timestamp

_DECIMAL = re.compile(rb"-?[0-9]{1,30}(?:\.[0-9]{0,30})?")
_INT = re.compile(rb"-?[0-9]{1,19}")


class UnreadableError(ValueError):
    """A message does not hold what it must; the text names field and value."""


class Reading:
    """Reads, and names fields as a venue's dictionary does."""

    __slots__ = ("_dictionary",)

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

    def decimal(self, message: Message, tag: int) -> Decimal | None:
        """A price or quantity; None when absent. Plain decimals only: no exponent, NaN or infinity."""
        return self.decimal_of(message.get(tag), tag)

    def decimal_of(self, value: bytes | None, tag: int) -> Decimal | None:
        """The same, of a value that is at hand."""
        if value is None:
            return None
        try:
            return _decimal(value)
        except ValueError:
            raise UnreadableError(f"{self.described(tag, value)} is no plain decimal") from None

    def integer(self, message: Message, tag: int) -> int | None:
        """A signed 64-bit number; None when absent."""
        value = message.get(tag)
        if value is None:
            return None
        if _INT.fullmatch(value) is None:
            raise UnreadableError(f"{self.described(tag, value)} is no whole number")
        return int(value)

    def required(self, message: Message, tag: int) -> str:
        """Text that must be there."""
        value = message.text(tag)
        if value is None:
            raise UnreadableError(f"{self.described(tag)} is missing")
        return value

    def described(self, tag: int, value: bytes | None = None) -> str:
        """`ExecType (150) 'Z'`."""
        known = self._dictionary.field_name(tag)
        name = f"{known} ({tag})" if known else f"field {tag}"
        return name if value is None else f"{name} {value.decode('utf-8', 'backslashreplace')!r}"


@lru_cache(maxsize=1024)  # zeros, and an order's terms: each of its reports repeats them
def _decimal(value: bytes) -> Decimal:
    if _DECIMAL.fullmatch(value) is None:
        raise ValueError  # not kept, however long it is
    return Decimal(value.decode("ascii"))


def text_of(value: bytes | None) -> str | None:
    """As `Message.text`, of a value that is at hand."""
    return None if value is None else value.decode("utf-8", "backslashreplace")


def timestamp_of(value: bytes | None) -> int | None:
    """UTC nanoseconds; None when absent or malformed: no report is worth losing for the venue's clock."""
    if value is None:
        return None
    try:
        return parse_utc_timestamp(value.decode("ascii"))
    except ValueError:
        return None
