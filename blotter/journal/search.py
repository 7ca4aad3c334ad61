"""Finding messages on a tape by what stands in their fields: `55=BTCUSDT 150=F`, `35=8 39=4|8`, `11=A-12*`, `44>60000`,
`!58`, words.

Newest first, in stretches: each is one short read, in which SQLite looks at the rows while other threads run; only what
it lets through is looked at here. What it lets through may be too much and is never too little, but for a message that
holds a NUL byte, which FIX has no place for.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from blotter.journal.reader import TapeReader
from blotter.journal.row import Row
from blotter.journal.search_index import FieldIndex, Sign

FIRST: Final = 2_000
"""Rows of the first stretch: what is found in there is there at once."""
STRETCH: Final = 64_000
"""Rows of a later one: some 20 ms."""
BATCH: Final = 200
"""Hits that are handed over at once."""
_TELLING: Final = 4
"""Letters from which on a value is rare enough to be looked for by itself, which is twice as fast."""
_SLACK: Final = 1e-9
"""What binary numbers may be off, relatively."""

_TERM = re.compile(
    r"(?P<not>!?)(?P<tag>[A-Za-z0-9]+)(?P<op>>=|<=|!=|=|>|<)(?P<value>.*)", re.DOTALL | re.ASCII
)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_COMPARISONS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
}

Value = int | float | str | bytes
Names = Callable[[str], int | None]
"""The tag of a field's name; None for what is none."""


class SearchError(ValueError):
    """What is wrong with an expression, and from where to where in it."""

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text)
        self.start, self.end = start, end


class Term(NamedTuple):
    """One condition: what SQLite filters by ("" for nothing), and what decides."""

    condition: str
    values: tuple[Value, ...]
    matches: Callable[[bytes], bool]
    signs: tuple[Sign, ...] = ()  # of which it wants one; none where an index cannot tell


class Query(NamedTuple):
    """All terms must hold."""

    text: str
    terms: tuple[Term, ...]

    def matches(self, payload: bytes) -> bool:
        """Whether a message is what is looked for."""
        return all(term.matches(payload) for term in self.terms)

    def condition(self) -> tuple[str, list[Value]]:
        """As SQL that lets through whatever matches."""
        terms = ["kind IN ('in', 'out')", *(f"({term.condition})" for term in self.terms if term.condition)]
        return " AND ".join(terms), [value for term in self.terms for value in term.values]


class Batch(NamedTuple):
    """Some hits, newest first, and how far the search has come: rows above `reached` have been looked at."""

    hits: list[Row]
    reached: int
    of: int


# --- reading an expression ---------------------------------------------------------------------------------


def parse(text: str, names: Names | None = None) -> Query:
    """The query. Raises `SearchError` that names the term at fault."""
    terms: list[Term] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _WORD.match(text, place)
        if found is None or (found.end() < len(text) and not text[found.end()].isspace()):
            raise SearchError(f"{text[place:]}: a quotation mark is not closed", place, len(text))
        try:
            terms.append(_term(found[0], names))
        except ValueError as error:
            raise SearchError(str(error), found.start(), found.end()) from None
        place = found.end()
    if not terms:
        raise SearchError("nothing to look for: 55=BTCUSDT 150=F, 11=A-12*, 44>60000, !58, or words", 0, 0)
    terms.sort(key=lambda term: (not term.condition, "CAST" not in term.condition))  # the cheap first
    return Query(text.strip(), tuple(terms))


def _term(word: str, names: Names | None) -> Term:
    if found := _TERM.fullmatch(word):
        tag = _tag(found["tag"], names)
        value = found["value"].replace('"', "")
        op, negative = found["op"], bool(found["not"])
        if op in _COMPARISONS:
            term = _compared(tag, op, value)
        else:
            if not value:
                raise ValueError(f"{word}: a value stands behind the {op}; {tag}=* is any, !{tag} none")
            term = _equal(tag, [one for one in value.split("|") if one])
            negative ^= op == "!="
        return _negated(term) if negative else term
    if word[0] == "!" and word[1:].isdecimal():
        return _negated(_equal(_tag(word[1:], names), ["*"]))
    if word[0] in "=<>|":
        raise ValueError(f"{word}: a tag stands before the {word[0]}, as in 55=BTCUSDT")
    negative = word[0] == "!"
    plain = word[negative:].replace('"', "")
    if not plain:
        raise ValueError(f"{word}: no word")
    return _negated(_word(plain)) if negative else _word(plain)


def _tag(text: str, names: Names | None) -> int:
    if text.isdecimal():
        if not 0 < len(text.lstrip("0")) <= 9:
            raise ValueError(f"{text}: no tag has such a number")
        return int(text)
    found = names(text) if names is not None else None
    if found is None:
        raise ValueError(f"{text}: neither a tag nor the name of a field")
    return found


def _negated(term: Term) -> Term:
    return Term("", (), lambda payload: not term.matches(payload))


def _word(word: str) -> Term:
    pattern = re.compile(re.escape(word.encode()), re.IGNORECASE)
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return Term(
        "CAST(payload AS TEXT) LIKE ? ESCAPE '\\'" if word.isascii() else "",
        (f"%{escaped}%",) if word.isascii() else (),
        lambda payload: pattern.search(payload) is not None,
        _signs([Sign(word.encode(), whole=False)]),
    )


def _equal(tag: int, wanted: list[str]) -> Term:
    """`wanted`: values of which any will do; `*` in them stands for anything."""
    values = "|".join("[^\x01]*".join(map(re.escape, one.split("*"))) for one in wanted)
    pattern = re.compile(rf"(?:^|\x01){tag}=(?:{values})(?:\x01|$)".encode())

    def matches(payload: bytes) -> bool:
        return pattern.search(payload) is not None

    signs = _signs([_longest_sign(f"{tag}={one}".split("*")) for one in wanted])
    if tag == 35 and not any("*" in one for one in wanted):
        return Term(f"msg_type IN ({', '.join('?' * len(wanted))})", tuple(wanted), matches, signs)
    conditions: list[str] = []
    bound: list[Value] = []
    for one in wanted:
        head, star, _ = one.partition("*")
        if len(head) >= _TELLING and head.isascii():
            conditions.append("CAST(payload AS TEXT) GLOB ?")
            bound.append(f"*{_globbed(head)}*" if star else f"*{_globbed(head)}\x01*")
        else:
            conditions.append("instr(payload, ?) > 0")
            bound.append(f"{tag}={head}{'' if star else chr(1)}".encode())
    return Term(" OR ".join(conditions), tuple(bound), matches, signs)


def _longest_sign(parts: list[str]) -> Sign:
    """Of what stands between the stars of a field, the most telling part."""
    signs = [Sign(part.encode(), whole=len(parts) == 1) for part in parts]
    return max(signs, key=lambda sign: (sign.kept, len(sign.text)))


def _signs(signs: list[Sign]) -> tuple[Sign, ...]:
    """All of them or none: a message with the one that an index does not know would be missed."""
    return tuple(signs) if all(sign.kept for sign in signs) else ()


def _globbed(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _compared(tag: int, op: str, text: str) -> Term:
    try:
        limit = Decimal(text.replace(",", ""))
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite():
        raise ValueError(f"{tag}{op}{text}: {text or 'nothing'} is not a number")
    holds = _COMPARISONS[op]
    pattern = re.compile(rf"(?:^|\x01){tag}=([^\x01]*)".encode())

    def matches(payload: bytes) -> bool:
        for value in pattern.findall(payload):
            try:
                number = Decimal(value.decode("ascii", "replace"))
            except InvalidOperation:
                continue
            if number.is_finite() and holds(number, limit):
                return True
        return False

    field = f"\x01{tag}=".encode()
    near = float(limit)
    near += abs(near) * _SLACK * (1 if op[0] == "<" else -1)
    first = "instr(payload, ?)"  # where several fields have this tag, the others decide here
    condition = (
        f"{first} > 0 AND (CAST(CAST(substr(payload, {first} + ?, 40) AS TEXT) AS REAL) {op[0]}= ?"
        f" OR instr(substr(payload, {first} + ?), ?) > 0)"
    )
    skip = len(field)
    return Term(condition, (field, field, skip, near, field, skip, field), matches)


# --- searching ---------------------------------------------------------------------------------------------


def search(reader: TapeReader, query: Query, index: FieldIndex | None = None) -> Iterator[Batch]:
    """The hits up to the last row there is now. A batch comes whenever there are hits, and at the end of each stretch
    without any: whoever waits can stop in between."""
    condition, values = query.condition()
    of = reader.last_id
    for low, high in _stretches(of, query, index):
        hits: list[Row] = []
        for row in reader.matching(condition, values, after=low, up_to=high):
            if query.matches(row.entry.payload):
                hits.append(row)
                if len(hits) == BATCH:
                    yield Batch(hits, row.id - 1, of)
                    hits = []
        yield Batch(hits, low, of)
    yield Batch([], 0, of)


def _stretches(newest: int, query: Query, index: FieldIndex | None) -> Iterator[tuple[int, int]]:
    """What to read, (after, up to), newest first."""
    wanted = [term.signs for term in query.terms if term.signs]
    covered = index.covered if index is not None and wanted else 0
    high, stretch = newest, FIRST
    while high > covered:
        low = max(covered, high - stretch)
        yield low, high
        high, stretch = low, min(stretch * 4, STRETCH)
    if index is not None and wanted:
        yield from index.stretches(wanted)
