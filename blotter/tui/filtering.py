"""What is typed after `/` to a predicate over rows.

Words must all match, anywhere in a row: `btc sell`. A word may name its field: `sym:BTC state:working`. Case does
not matter. An unknown field is taken as plain text, which then matches nothing and shows in the empty state.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

R = TypeVar("R")


def row_filter(text: str, fields: Mapping[str, Callable[[R], str]]) -> Callable[[R], bool] | None:
    """The predicate for what was typed; None when nothing was."""
    tests: list[tuple[tuple[Callable[[R], str], ...], str]] = []
    for word in text.casefold().split():
        name, colon, value = word.partition(":")
        if colon and name in fields:
            tests.append(((fields[name],), value))
        else:
            tests.append((tuple(fields.values()), word))
    if not tests:
        return None

    def matches(row: R) -> bool:
        return all(any(word in read(row).casefold() for read in reads) for reads, word in tests)

    return matches
