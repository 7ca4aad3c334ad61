"""Groups: rows stand under the heading of their label, and the sums are those of counting anew, whatever happened."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from blotter.tui.grid_groups import Groups, heading

HEADS = ["L1", "L2"]
LEGS = {f"{head}-{place}": (head, place) for head in HEADS for place in (1, 2)}
KEYS = [*HEADS, *LEGS, "a", "b", "c", "d", "e"]


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    rank: int | None
    shade: str
    pinned: bool

    @property
    def head(self) -> str:
        return LEGS[self.key][0] if self.key in LEGS else ""

    @property
    def place(self) -> int:
        return LEGS[self.key][1] if self.key in LEGS else 0

    @property
    def plain(self) -> bool:
        return not self.pinned and not self.head


class Tally:
    """Counts, and adds up ranks."""

    def __init__(self) -> None:
        self.count = self.sum = 0

    def add(self, row: Row, sign: int) -> None:
        self.count += sign
        self.sum += sign * (row.rank or 0)

    def words(self) -> str:
        return f"{self.count} rows, {self.sum}"


class ByShade:
    def label(self, row: Row) -> str:
        return row.shade

    def rank(self, label: str) -> str:
        return label


TERMS = st.tuples(
    st.none() | st.integers(0, 3), st.sampled_from("xyz"), st.sampled_from([False, False, False, True])
)
SORTS = {"arrival": None, "rank": lambda row: row.rank}
FILTERS = {"all": None, "low": lambda row: (row.rank or 0) < 2, "none": lambda _: False}


def groups() -> Groups[Row]:
    return Groups(
        lambda row: row.pinned,
        head=lambda row: row.head,
        place=lambda row: row.place,
        tally=Tally,
        plain=lambda row: row.plain,
    )


class Grouped(RuleBasedStateMachine):
    """Groups beside a model that arranges everything each time."""

    def __init__(self) -> None:
        super().__init__()
        self.view = groups()
        self.model: dict[str, Row] = {}
        self.sort_name, self.descending, self.filter_name = "arrival", False, "all"
        self.grouped = True
        self.view.group(ByShade())

    @rule(batch=st.dictionaries(st.sampled_from(KEYS), TERMS, max_size=5))
    def put(self, batch: dict[str, tuple[int | None, str, bool]]) -> None:
        rows = {key: Row(key, *terms) for key, terms in batch.items()}
        self.view.put(rows)
        self.model.update(rows)

    @rule(terms=TERMS)
    def put_many(self, terms: tuple[int | None, str, bool]) -> None:
        rows = {f"m{number}": Row(f"m{number}", *terms) for number in range(64)}
        self.view.put(rows)
        self.model.update(rows)

    @rule(keys=st.lists(st.sampled_from([*KEYS, "m3", "never"]), max_size=4))
    def drop(self, keys: list[str]) -> None:
        self.view.drop(keys)
        for key in keys:
            self.model.pop(key, None)

    @rule()
    def drop_many(self) -> None:
        keys = [f"m{number}" for number in range(64)]
        self.view.drop(keys)
        for key in keys:
            self.model.pop(key, None)

    @rule(head=st.sampled_from(HEADS), folded=st.booleans())
    def fold(self, head: str, folded: bool) -> None:
        self.view.fold(head, folded)

    @rule(label=st.sampled_from("xyz"), closed=st.booleans())
    def close(self, label: str, closed: bool) -> None:
        self.view.close(label, closed)

    @rule(grouped=st.booleans())
    def group(self, grouped: bool) -> None:
        self.grouped = grouped
        self.view.group(ByShade() if grouped else None)

    @rule(name=st.sampled_from(list(SORTS)), descending=st.booleans())
    def sort(self, name: str, descending: bool) -> None:
        self.sort_name, self.descending = name, descending
        self.view.sort(SORTS[name], descending)

    @rule(name=st.sampled_from(list(FILTERS)))
    def filter(self, name: str) -> None:
        self.filter_name = name
        self.view.filter(FILTERS[name])

    @rule()
    def clear(self) -> None:
        self.view.clear()
        self.model.clear()

    def families(self) -> list[list[Row]]:
        """Each with its head first, in order; those that show nothing left out."""
        rank, shows, arrival = SORTS[self.sort_name], FILTERS[self.filter_name], list(self.model)
        found: dict[str, list[Row]] = {}
        for key, row in self.model.items():
            found.setdefault(row.head if row.head in self.model else key, []).append(row)

        def place(head: str) -> tuple[object, ...]:
            value = rank(self.model[head]) if rank else None
            return (value is None, 0 if value is None else value, arrival.index(head))

        return [
            sorted(found[head], key=lambda row: row.place * (row.key != head))
            for head in sorted(found, key=place, reverse=self.descending)
            if shows is None or any(row.pinned or shows(row) for row in found[head])
        ]

    def in_sight(self, family: list[Row]) -> Iterable[str]:
        """Of a folded family the head, and what is pinned of itself."""
        folded = family[0].key in self.view.folded
        return [row.key for row in family if not folded or row is family[0] or row.pinned]

    def expected(self) -> tuple[list[str], dict[str, list[Row]]]:
        top: list[str] = []
        below: dict[str, list[list[Row]]] = {}
        for family in self.families():
            if any(row.pinned for row in family):
                top += self.in_sight(family)
            else:
                below.setdefault(family[0].shade if self.grouped else "", []).append(family)
        lines = top
        for label in sorted(below):
            if self.grouped:
                lines = [*lines, heading(label)]
            if not self.grouped or label not in self.view.closed:
                lines = [*lines, *(key for family in below[label] for key in self.in_sight(family))]
        return lines, {label: [row for family in below[label] for row in family] for label in below}

    @invariant()
    def lines_and_sums_are_those_of_counting_anew(self) -> None:
        lines, groups = self.expected()
        assert self.view.window(0, len(self.view)) == lines
        assert [self.view.index(key) for key in lines] == list(range(len(lines)))
        if self.grouped:
            assert {label: tally.words() for label, tally in self.view.tallies.items()} == {
                label: f"{len(rows)} rows, {sum(row.rank or 0 for row in rows)}"
                for label, rows in groups.items()
            }
            for label, rows in groups.items():
                assert sorted(self.view.members(label)) == sorted(row.key for row in rows)

    @invariant()
    def odd_rows_are_those_that_are_not_plain(self) -> None:
        assert self.view.odd == {key for key, row in self.model.items() if not row.plain}


TestGrouped = Grouped.TestCase
TestGrouped.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_a_heading_says_how_it_stands_and_tells_when_it_changed() -> None:
    view = groups()
    view.group(ByShade())
    view.put({"a": Row("a", 2, "x", False), "b": Row("b", 1, "y", False)})
    assert view.stale_banners() == {heading("x"), heading("y")}
    assert view.stale_banners() == set()
    view.put({"b": Row("b", 3, "y", False)})
    assert view.stale_banners() == {heading("y")}
    assert view.banner(heading("y")) == "▾ y  1 rows, 3"
    view.close("y", True)
    assert view.banner(heading("y")).startswith("▸ y")
    assert (view.label_of("a"), view.label_of(heading("y")), view.label_of(None)) == ("x", "y", "")


def test_what_is_pinned_stands_above_closed_groups() -> None:
    view = groups()
    view.group(ByShade())
    view.put({"a": Row("a", 2, "x", False), "b": Row("b", 1, "x", True)})
    view.close("x", True)
    assert view.window(0, 9) == ["b", heading("x")]
