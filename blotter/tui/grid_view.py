"""The grid's rows as an ordered, filtered list of keys, kept by insertion instead of by sorting again.

The order is always that of `sorted(rows that pass the filter, key=(sort key, arrival), reverse=descending)`,
with the pinned rows, which no filter hides, in the same order before all others. One changed row costs O(log
n) comparisons and one shift inside a list; a large batch sorts once. No widget, no clock: this module must
never know a screen.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar

R = TypeVar("R")

Entry = tuple[bool, Any, int, int, str]
"""(sort key is None, sort key, arrival number, place below its head, row key): rows without a sort key come after all
that have one. Only rows that hang under others (`grid_tree`) have a place other than 0."""

_BULK = 64
"""From this many rows on, a batch of at least a quarter of all rows is sorted in as a whole."""


class View(Generic[R]):
    """Rows by key, and the keys in view order. Rows are immutable to it: a changed row comes through `put`."""

    def __init__(self, pinned: Callable[[R], bool] | None = None) -> None:
        self.rows: dict[str, R] = {}
        self._pinned = pinned
        self.sort_key: Callable[[R], Any] | None = None
        self._descending = False
        self._predicate: Callable[[R], bool] | None = None
        self._arrivals = 0
        self._arrival: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}  # of the rows in view
        self._pins: set[str] = set()
        self._top: list[Entry] = []  # pinned, ascending
        self._rest: list[Entry] = []  # ascending

    def __len__(self) -> int:
        """How many rows are in view."""
        return len(self._top) + len(self._rest)

    def __contains__(self, key: object) -> bool:
        """Whether the row is in view, that is: passes the filter or is pinned."""
        return key in self._entries

    def is_pinned(self, key: str) -> bool:
        """Whether the row is held on top."""
        return key in self._pins

    def index(self, key: str | None) -> int | None:
        """The row's place in view order; None when it is not in view."""
        entry = self._entries.get(key) if key is not None else None
        if entry is None:
            return None
        pinned = key in self._pins
        entries = self._top if pinned else self._rest
        place = bisect_left(entries, entry)
        if self._descending:
            place = len(entries) - 1 - place
        return place if pinned else len(self._top) + place

    def window(self, start: int, stop: int) -> list[str]:
        """The keys at [start, stop) in view order."""
        count = len(self._top)
        return [
            *(entry[4] for entry in self._slice(self._top, start, min(stop, count))),
            *(entry[4] for entry in self._slice(self._rest, max(start - count, 0), stop - count)),
        ]

    def _slice(self, entries: list[Entry], start: int, stop: int) -> list[Entry]:
        stop = min(stop, len(entries))
        if start >= stop:
            return []
        if not self._descending:
            return entries[start:stop]
        return entries[len(entries) - stop : len(entries) - start][::-1]

    def put(self, changed: Mapping[str, R]) -> None:
        """Add rows or replace them by newer versions."""
        rows, arrival = self.rows, self._arrival
        new = [key for key in changed if key not in arrival]
        arrival.update(zip(new, range(self._arrivals, self._arrivals + len(new)), strict=True))
        self._arrivals += len(new)
        rows.update(changed)
        if len(changed) >= _BULK and 4 * len(changed) >= len(rows):
            self._rebuild()
            return
        for key in self._touched(changed):
            self._place(key, rows[key])

    def _touched(self, changed: Iterable[str]) -> Iterable[str]:
        """The rows whose place may be another when these have changed."""
        return changed

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows; unknown keys are ignored."""
        gone = [key for key in keys if self.rows.pop(key, None) is not None]
        for key in gone:
            del self._arrival[key]
        if len(gone) >= _BULK and 4 * len(gone) >= len(self.rows):
            self._rebuild()
            return
        for key in gone:
            self._take_out(key)

    def oldest(self, count: int) -> list[str]:
        """The keys of the rows that arrived first, pinned ones left out."""
        return list(islice((key for key in self.rows if key not in self._pins), count))

    def clear(self) -> None:
        """Forget all rows; sort and filter stay."""
        self.rows.clear()
        self._arrival.clear()
        self._rebuild()

    def sort(self, key: Callable[[R], Any] | None, descending: bool) -> None:
        """Order by `key` (None: by arrival). What it returns must be comparable with its like, or None."""
        self.sort_key, self._descending = key, descending
        self._rebuild()

    def filter(self, predicate: Callable[[R], bool] | None) -> None:
        """Show only rows that pass; None shows all."""
        self._predicate = predicate
        self._rebuild()

    def _entry(self, key: str, row: R) -> Entry:
        rank = None if self.sort_key is None else self.sort_key(row)
        return (rank is None, rank, self._arrival[key], 0, key)

    def _is_pin(self, key: str, row: R) -> bool:
        return self._pinned is not None and self._pinned(row)

    def _passes(self, key: str, row: R) -> bool:
        """Whether a row that is not pinned is in view."""
        return self._predicate is None or self._predicate(row)

    def _place(self, key: str, row: R) -> None:
        pinned = self._is_pin(key, row)
        if not pinned and not self._passes(key, row):
            self._take_out(key)
            return
        entry = self._entry(key, row)
        if self._entries.get(key) == entry and pinned == (key in self._pins):
            return
        self._take_out(key)
        self._entries[key] = entry
        if pinned:
            self._pins.add(key)
        insort(self._top if pinned else self._rest, entry)

    def _take_out(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            entries = self._top if key in self._pins else self._rest
            del entries[bisect_left(entries, entry)]
            self._pins.discard(key)

    def _rebuild(self) -> None:
        self._pins = self._all_pins()
        self._entries = self._all_entries()
        self._top = sorted(self._entries[key] for key in self._pins)
        self._rest = (
            [entry for key, entry in self._entries.items() if key not in self._pins]
            if self._pins
            else list(self._entries.values())
        )
        if not self._arrives_in_order():
            self._rest.sort()

    def _all_pins(self) -> set[str]:
        pinned = self._pinned
        return {key for key, row in self.rows.items() if pinned(row)} if pinned is not None else set()

    def _all_entries(self) -> dict[str, Entry]:
        """Of all rows in view, in the order of arrival."""
        rows: Iterable[tuple[str, R]] = self.rows.items()
        if self._predicate is not None:
            shows, pins = self._predicate, self._pins
            rows = [(key, row) for key, row in rows if key in pins or shows(row)]
        entry, arrival = self._entry, self._arrival
        if self.sort_key is None:
            return {key: (True, None, arrival[key], 0, key) for key, _ in rows}
        return {key: entry(key, row) for key, row in rows}

    def _arrives_in_order(self) -> bool:
        """Whether `_all_entries` needs no sorting."""
        return self.sort_key is None
