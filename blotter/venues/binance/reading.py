"""Field values of inbound messages, named as Binance names them."""

from blotter.venues.binance.dictionary import DICTIONARY
from blotter.venues.reading import Reading, UnreadableError, text_of, timestamp_of

__all__ = [
    "UnreadableError",
    "decimal",
    "decimal_of",
    "described",
    "integer",
    "required",
    "text_of",
    "timestamp_of",
]

_READING = Reading(DICTIONARY)
decimal = _READING.decimal
decimal_of = _READING.decimal_of
integer = _READING.integer
required = _READING.required
described = _READING.described
