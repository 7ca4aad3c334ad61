"""The kept order is that of sorting anew, whatever happened before."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from blotter.tui.grid_view import View

KEYS = [f"k{number}" for number in range(40)]


@dataclass(frozen=True, slots=True)
class Row:
    rank: int | None
    shade: str
    pinned: bool


ROWS = st.builds(
    Row, st.none() | st.integers(0, 5), st.sampled_from("abc"), st.sampled_from([False, False, False, True])
)
SORTS = {"arrival": None, "rank": lambda row: row.rank, "shade": lambda row: row.shade}
FILTERS = {
    "all": None,
    "a": lambda row: row.shade == "a",
    "low": lambda row: (row.rank or 0) < 3,
    "none": lambda _: False,
}


class Views(RuleBasedStateMachine):
    """A view beside a model that sorts everything each time."""

    def __init__(self) -> None:
        super().__init__()
        self.view: View[Row] = View(pinned=lambda row: row.pinned)
        self.model: dict[str, Row] = {}
        self.sort_name, self.descending, self.filter_name = "arrival", False, "all"

    @rule(batch=st.dictionaries(st.sampled_from(KEYS), ROWS, max_size=4))
    def put(self, batch: dict[str, Row]) -> None:
        self.view.put(batch)
        self.model.update(batch)

    @rule(row=ROWS, count=st.integers(64, 90))
    def put_many(self, row: Row, count: int) -> None:
        batch = {f"m{number}": row for number in range(count)}
        self.view.put(batch)
        self.model.update(batch)

    @rule(keys=st.lists(st.sampled_from([*KEYS, "m3", "m70", "never"]), max_size=5))
    def drop(self, keys: list[str]) -> None:
        self.view.drop(keys)
        for key in keys:
            self.model.pop(key, None)

    @rule(count=st.integers(0, 100))
    def drop_oldest(self, count: int) -> None:
        oldest = self.view.oldest(count)
        assert oldest == [key for key, row in self.model.items() if not row.pinned][:count]
        self.view.drop(oldest)
        for key in oldest:
            del self.model[key]

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

    def expected(self) -> list[str]:
        arrival = list(self.model)
        shows, rank = FILTERS[self.filter_name], SORTS[self.sort_name]

        def place(key: str) -> tuple[object, ...]:
            value = rank(self.model[key]) if rank else None
            return (value is None, 0 if value is None else value, arrival.index(key))

        ranked = sorted(arrival, key=place, reverse=self.descending)
        pinned = [key for key in ranked if self.model[key].pinned]
        rest = [key for key in ranked if key not in pinned and (shows is None or shows(self.model[key]))]
        return pinned + rest

    @invariant()
    def order_is_that_of_sorting_anew(self) -> None:
        expected = self.expected()
        assert self.view.window(0, len(self.view)) == expected
        assert len(self.view) == len(expected)

    @invariant()
    def every_place_is_known(self) -> None:
        expected = self.expected()
        assert [self.view.index(key) for key in expected] == list(range(len(expected)))
        hidden = set(self.model) - set(expected)
        assert all(self.view.index(key) is None and key not in self.view for key in hidden | {"never"})

    @invariant()
    def a_window_is_a_slice(self) -> None:
        expected = self.expected()
        for start, stop in ((0, 3), (2, 9), (len(expected) - 2, len(expected) + 5), (7, 7)):
            start = max(0, start)
            assert self.view.window(start, stop) == expected[start:stop]


Views.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestViews = Views.TestCase


def test_rows_without_a_rank_come_last_and_first_when_turned_round():
    view: View[Row] = View()
    view.put({"x": Row(None, "a", False), "y": Row(2, "a", False), "z": Row(1, "a", False)})
    view.sort(lambda row: row.rank, False)
    assert view.window(0, 9) == ["z", "y", "x"]
    view.sort(lambda row: row.rank, True)
    assert view.window(0, 9) == ["x", "y", "z"]


def test_equal_ranks_stand_in_order_of_arrival():
    view: View[Row] = View()
    view.sort(lambda row: row.rank, False)
    view.put({"b": Row(1, "a", False)})
    view.put({"a": Row(1, "a", False)})
    assert view.window(0, 9) == ["b", "a"]
    view.put({"b": Row(1, "c", False)})
    assert view.window(0, 9) == ["b", "a"]


def test_a_key_that_comes_back_arrives_anew():
    view: View[Row] = View()
    view.put({key: Row(None, "a", False) for key in "abc"})
    view.drop("a")
    view.put({"a": Row(None, "a", False)})
    assert view.window(0, 9) == ["b", "c", "a"]
