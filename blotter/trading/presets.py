"""Quantities a trader has put on the keys 1 to 9: `#3` in an order line, per symbol. Pure; nothing is sized here.

A preset is a quantity as it is typed (`0.05`, `1k`, `500usdt`), and may say where to: a price word after it
(`0.05 @bid-1`), which for a sell is mirrored (`0.05 @ask+1`).
"""

import re
from collections.abc import Mapping

from blotter.trading.enums import Side
from blotter.trading.words import cut, is_number, is_price_word, number

ANY = "*"
"""The presets of every symbol that has none of its own."""
MOST = 9

_PRESET = re.compile(r"#([1-9])", re.ASCII)
_MIRROR = {"bid": "ask", "ask": "bid", "+": "-", "-": "+"}


def is_preset(text: str) -> bool:
    """Whether the word is meant as a preset: `#3`."""
    return text.startswith("#")


def preset(text: str, symbol: str, side: Side, presets: Mapping[str, tuple[str, ...]]) -> str | None:
    """What `#3` stands for, as it would be typed; None when there is no such preset for that symbol."""
    found = _PRESET.fullmatch(text)
    known = presets.get(symbol, presets.get(ANY, ()))
    if found is None or int(found[1]) > len(known):
        return None
    words = known[int(found[1]) - 1]
    return words if side is Side.BUY else mirrored(words)


def mirrored(words: str) -> str:
    """The same for the other side: bid and ask, up and down change places. `mid` and `join` name no side."""
    quantity, at, price = words.partition("@")
    return quantity + at + re.sub(r"bid|ask|[+-]", lambda m: _MIRROR[m[0]], price.lower())


def problem(words: str) -> str:
    """Why this cannot be a preset; nothing when it can."""
    cut_words = cut(words)
    if not cut_words:
        return "is empty: a quantity goes here"
    first, rest = cut_words[0], cut_words[1:]
    read = number(first.text)
    if isinstance(read, str):
        return read
    if not is_number(first.text) or read.value <= 0:
        return f"quantity {first.text} must be above 0"
    if not rest:
        return ""
    if len(rest) == 2 and rest[0].text == "@" and is_price_word(rest[1].text):
        return ""
    return f"{words}: after the quantity only a price word may stand, as in 0.05 @bid-1"
