"""Names that say at which venue they hold, for a screen that shows several: `BTC/USD.kraken`, `kraken:A-000012`.

A venue here is the name of its table in the configuration: letters, digits, `-` and `_`, so that the last `.` of a
symbol and the first `:` of an id cannot be part of it. With one venue nothing is qualified. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Qualified(NamedTuple):
    """A name and its venue; `venue` is "" where it has none."""

    name: str
    venue: str


def symbol_at(symbol: str, venue: str) -> str:
    """`BTC/USD` at kraken: `BTC/USD.kraken`. Assets likewise."""
    return f"{symbol}.{venue}"


def split_symbol(text: str) -> Qualified:
    """The reverse of `symbol_at`."""
    name, dot, venue = text.rpartition(".")
    return Qualified(name, venue) if dot else Qualified(text, "")


def id_at(own_id: str, venue: str) -> str:
    """`A-000012` at kraken: `kraken:A-000012`."""
    return f"{venue}:{own_id}"


def split_id(text: str) -> Qualified:
    """The reverse of `id_at`."""
    venue, colon, own_id = text.partition(":")
    return Qualified(own_id, venue) if colon else Qualified(text, "")


def session_at(session: str, venue: str) -> str:
    """`OE` at kraken: `kraken OE`."""
    return f"{venue} {session}"


def split_session(text: str) -> Qualified:
    """The reverse of `session_at`."""
    venue, blank, session = text.partition(" ")
    return Qualified(session, venue) if blank else Qualified(text, "")


def split_typed(text: str, venues: Iterable[str]) -> Qualified:
    """A typed symbol whose end, whatever its case, is one of these venues. Where it is none of them the dot belongs to
    the symbol."""
    name, tail = split_symbol(text)
    found = next((venue for venue in venues if venue.lower() == tail.lower()), "") if tail and name else ""
    return Qualified(name, found) if found else Qualified(text, "")


def which(choices: Iterable[str]) -> str:
    """`say BTCUSDT.binance or BTC/USD.kraken`."""
    names = list(choices)
    return f"say {' or '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)}"


def by_venue(symbols: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Venue to plain symbol to qualified symbol."""
    found: dict[str, dict[str, str]] = {}
    for symbol in symbols:
        name, venue = split_symbol(symbol)
        found.setdefault(venue, {})[name] = symbol
    return found
