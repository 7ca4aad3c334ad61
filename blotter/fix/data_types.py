"""The data types of FIX as forms a value must have (FIX 4.4 volume 1, "FIX data types"; 5.0 SP2 adds a few).

Patterns over bytes; None where any bytes will do. What a value means is no matter here.
"""

import re
from typing import Final

BOOLEAN: Final = re.compile(rb"[YN]")
_INT: Final = re.compile(rb"-?[0-9]{1,18}")
_COUNT: Final = re.compile(rb"[0-9]{1,10}")
_FLOAT: Final = re.compile(rb"-?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})")
_DATE: Final = rb"[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_TIME: Final = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,12})?"
_ZONE: Final = rb"(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
_ANY: Final = None

PATTERNS: Final[dict[str, re.Pattern[bytes] | None]] = {
    "INT": _INT,
    "DAYOFMONTH": re.compile(rb"[1-9]|[12][0-9]|3[01]"),
    "LENGTH": _COUNT,
    "SEQNUM": _COUNT,
    "NUMINGROUP": _COUNT,
    "TAGNUM": _COUNT,
    "FLOAT": _FLOAT,
    "QTY": _FLOAT,
    "PRICE": _FLOAT,
    "PRICEOFFSET": _FLOAT,
    "AMT": _FLOAT,
    "PERCENTAGE": _FLOAT,
    "CHAR": re.compile(rb"[^\x00-\x1f]"),
    "BOOLEAN": BOOLEAN,
    "STRING": _ANY,
    "MULTIPLECHARVALUE": re.compile(rb"[^ ](?: [^ ])*"),
    "MULTIPLESTRINGVALUE": re.compile(rb"[^ ]+(?: [^ ]+)*"),
    "COUNTRY": re.compile(rb"[A-Z]{2}"),
    "CURRENCY": re.compile(rb"[A-Z0-9]{3,}"),  # ISO 4217 has three letters, the coins of today need not
    "EXCHANGE": _ANY,
    "LANGUAGE": re.compile(rb"[a-z]{2}"),
    "MONTHYEAR": re.compile(rb"[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]|w[1-5])?"),
    "UTCTIMESTAMP": re.compile(_DATE + rb"-" + _TIME),
    "UTCTIMEONLY": re.compile(_TIME),
    "UTCDATEONLY": re.compile(_DATE),
    "LOCALMKTDATE": re.compile(_DATE),
    "LOCALMKTTIME": re.compile(_TIME),
    "TZTIMEONLY": re.compile(rb"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,12})?)?" + _ZONE),
    "TZTIMESTAMP": re.compile(_DATE + rb"-" + _TIME + _ZONE),
    "DATA": _ANY,
    "XMLDATA": _ANY,
}

LISTS: Final = frozenset({"MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE"})
"""Values separated by spaces."""

SYNONYMS: Final = {
    "MULTIPLEVALUESTRING": "MULTIPLESTRINGVALUE",
    "UTCDATE": "UTCDATEONLY",
    "UTCTIME": "UTCTIMEONLY",
    "DATE": "UTCDATEONLY",
    "TIME": "UTCTIMESTAMP",
    "RESERVED100PLUS": "INT",
    "RESERVED1000PLUS": "INT",
    "RESERVED4000PLUS": "INT",
    "TENOR": "STRING",
    "PATTERN": "STRING",
    "XID": "STRING",
    "XIDREF": "STRING",
    "TZTIME": "TZTIMEONLY",
}
"""What other versions and dictionaries call them."""
