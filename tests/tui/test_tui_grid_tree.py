"""Families stay together: the kept order is that of a simple model, whatever happened before."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from blotter.tui.grid_tree import Tree

HEADS = ["L1", "L2", "L3"]
LEGS = {f"{head}-{place}": (head, place) for head in HEADS for place in (1, 2, 3)}
LONE = ["a", "b", "c", "d"]
KEYS = [*HEADS, *LEGS, *LONE]


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


TERMS = st.tuples(
    st.none() | st.integers(0, 3), st.sampled_from("abc"), st.sampled_from([False, False, False, True])
)
SORTS = {"arrival": None, "rank": lambda row: row.rank, "shade": lambda row: row.shade}
FILTERS = {"all": None, "a": lambda row: row.shade == "a", "none": lambda _: False}


class Families(RuleBasedStateMachine):
    """A tree beside a model that arranges everything each time."""

    def __init__(self) -> None:
        super().__init__()
        self.tree: Tree[Row] = Tree(
            lambda row: row.pinned, head=lambda row: row.head, place=lambda row: row.place
        )
        self.model: dict[str, Row] = {}
        self.sort_name, self.descending, self.filter_name = "arrival", False, "all"

    @rule(batch=st.dictionaries(st.sampled_from(KEYS), TERMS, max_size=6))
    def put(self, batch: dict[str, tuple[int | None, str, bool]]) -> None:
        rows = {key: Row(key, *terms) for key, terms in batch.items()}
        self.tree.put(rows)
        self.model.update(rows)

    @rule(terms=TERMS, count=st.integers(64, 70))
    def put_many(self, terms: tuple[int | None, str, bool], count: int) -> None:
        rows = {f"m{number}": Row(f"m{number}", *terms) for number in range(count)}
        self.tree.put(rows)
        self.model.update(rows)

    @rule(keys=st.lists(st.sampled_from([*KEYS, "m3", "never"]), max_size=4))
    def drop(self, keys: list[str]) -> None:
        self.tree.drop(keys)
        for key in keys:
            self.model.pop(key, None)

    @rule(head=st.sampled_from(HEADS), folded=st.booleans())
    def fold(self, head: str, folded: bool) -> None:
        self.tree.fold(head, folded)

    @rule(name=st.sampled_from(list(SORTS)), descending=st.booleans())
    def sort(self, name: str, descending: bool) -> None:
        self.sort_name, self.descending = name, descending
        self.tree.sort(SORTS[name], descending)

    @rule(name=st.sampled_from(list(FILTERS)))
    def filter(self, name: str) -> None:
        self.filter_name = name
        self.tree.filter(FILTERS[name])

    @rule()
    def clear(self) -> None:
        self.tree.clear()
        self.model.clear()

    def expected(self) -> list[str]:
        arrival = list(self.model)
        shows, rank = FILTERS[self.filter_name], SORTS[self.sort_name]
        families: dict[str, list[str]] = {}
        for key, row in self.model.items():
            families.setdefault(row.head if row.head in self.model else key, []).append(key)

        def place(head: str) -> tuple[object, ...]:
            value = rank(self.model[head]) if rank else None
            return (value is None, 0 if value is None else value, arrival.index(head))

        top: list[str] = []
        rest: list[str] = []
        for head in sorted(families, key=place, reverse=self.descending):
            members = sorted(families[head], key=lambda key: self.model[key].place * (key != head))
            rows = [self.model[key] for key in members]
            if head in self.tree.folded:
                pinned_legs = [key for key in members if key != head and self.model[key].pinned]
                if any(row.pinned for row in rows):
                    top += [head, *pinned_legs]
                elif shows is None or any(map(shows, rows)):
                    rest.append(head)
            elif any(row.pinned for row in rows):
                top += members
            elif shows is None or any(map(shows, rows)):
                rest += members
        return top + rest

    @invariant()
    def same(self) -> None:
        assert self.tree.window(0, len(self.tree)) == self.expected()
        for index, key in enumerate(self.expected()):
            assert self.tree.index(key) == index


TestFamilies = Families.TestCase
TestFamilies.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def tree_of(*keys: str) -> Tree[Row]:
    tree: Tree[Row] = Tree(None, head=lambda row: row.head, place=lambda row: row.place)
    tree.put({key: Row(key, None, "a", False) for key in keys})
    return tree


def test_legs_that_come_first_are_taken_in_by_their_head() -> None:
    tree = tree_of("L1-2", "a", "L1-1", "L1")
    assert tree.window(0, 9) == ["a", "L1", "L1-1", "L1-2"]
    assert [tree.head_of(key) for key in ("L1", "L1-1", "a", "nobody", None)] == ["L1", "L1", "", "", ""]


def test_a_folded_family_shows_its_head() -> None:
    tree = tree_of("L1", "L1-1", "L1-2", "a")
    tree.fold("L1", True)
    assert tree.window(0, 9) == ["L1", "a"]
    tree.fold("L1", False)
    assert tree.window(0, 9) == ["L1", "L1-1", "L1-2", "a"]
