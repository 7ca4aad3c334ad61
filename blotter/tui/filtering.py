"""What is typed after `/` to a predicate over rows.

Words must all match. A plain word matches anywhere in a row; one that names a column matches there only:

    btc sell                anywhere
    symbol:BTC side:buy     text that contains it; `|` between several that will do: state:working|partial
    side=buy                the whole text
    qty>1 price<=60000      numbers (`:` and `=` compare by value), and text in the order of the alphabet: time>10:30
    !state:cxld             not

Case does not matter. A column that does not exist, or a number that is none, is a mistake (`mistake`): such a filter
lets nothing pass, for a list that shows more than was asked for is one that a cancel may be meant for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt
from typing import Any, Final, Generic, NamedTuple, TypeVar

R = TypeVar("R")

Test = Callable[[R], bool]
_WORD: Final = re.compile(r"(!?)([a-z]+)(>=|<=|!=|[:=<>])(.*)", re.DOTALL)
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {">": gt, "<": lt, ">=": ge, "<=": le}


class Field(NamedTuple, Generic[R]):
    """What a filter reads of a row: text, or a number (None: it has none, and no comparison is true of it)."""

    read: Callable[[R], Any]
    number: bool = False


class Fields(Generic[R]):
    """The columns that a filter may name. `words`: all text of a row in one, for words that name none."""

    def __init__(self, fields: Mapping[str, Field[R]], words: Callable[[R], str] | None = None) -> None:
        self.by_name = fields
        texts = [field.read for field in dict.fromkeys(fields.values()) if not field.number]
        self.words: Callable[[R], str] = words or (lambda row: "\n".join(read(row) for read in texts))

    def __contains__(self, name: object) -> bool:
        """Whether a filter may name it."""
        return name in self.by_name


def row_filter(text: str, fields: Fields[R]) -> Test[R] | None:
    """The predicate for what was typed; None when nothing was. It lets nothing pass where there is a mistake in it."""
    tests = list(_tests(text, fields))
    if not tests:
        return None
    if any(isinstance(test, str) for test in tests):
        return lambda _: False
    passing = [test for test in tests if not isinstance(test, str)]
    if len(passing) == 1:
        return passing[0]

    def matches(row: R) -> bool:
        for test in passing:  # noqa: SIM110 - three times as fast as all(), over a hundred thousand rows
            if not test(row):
                return False
        return True

    return matches


def mistake(text: str, fields: Fields[R]) -> str:
    """What is wrong with a filter, in words; empty where nothing is."""
    return next((test for test in _tests(text, fields) if isinstance(test, str)), "")


def _tests(text: str, fields: Fields[R]) -> Iterator[Test[R] | str]:
    """A test for each word, or what is wrong with it. Names first: they are quicker to read than whole rows."""
    words = text.casefold().split()
    for word in sorted(words, key=lambda word: _WORD.fullmatch(word) is None):
        if found := _WORD.fullmatch(word):
            negated, name, op, value = found.groups()
            yield _named(word, bool(negated), name, op, value, fields)
        else:
            yield _contains(fields.words, word)


def _named(word: str, negated: bool, name: str, op: str, value: str, fields: Fields[R]) -> Test[R] | str:
    field = fields.by_name.get(name)
    if field is None:
        return f"{name}: no such column; there are {', '.join(fields.by_name)}"
    if not value:
        return lambda _: True  # still being typed
    made = _number_test(field, op, value) if field.number else _text_test(field, op, value)
    if isinstance(made, str):
        return f"{word}: {made}"
    test = made
    return (lambda row: not test(row)) if negated != (op == "!=") else test


def _number_test(field: Field[R], op: str, value: str) -> Test[R] | str:
    try:
        wanted = Decimal(value.replace(",", ""))
    except InvalidOperation:
        return f"{value} is no number"
    if not wanted.is_finite():
        return f"{value} is no number"
    read = field.read
    if op in (":", "=", "!="):
        return lambda row: bool(read(row) == wanted)
    compare = _ORDER[op]
    return lambda row: (number := read(row)) is not None and compare(number, wanted)


def _text_test(field: Field[R], op: str, value: str) -> Test[R]:
    read = field.read
    if op in _ORDER:
        compare = _ORDER[op]
        return lambda row: compare(read(row).casefold(), value)
    several = [one for one in value.split("|") if one]
    if op in ("=", "!="):
        return lambda row: read(row).casefold() in several
    if len(several) == 1:
        return _contains(read, several[0])
    return lambda row: any(one in read(row).casefold() for one in several)


def _contains(read: Callable[[R], str], word: str) -> Test[R]:
    return lambda row: word in read(row).casefold()
