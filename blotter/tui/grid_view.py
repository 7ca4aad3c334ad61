"""The grid's rows as an ordered, filtered list of keys, kept by insertion instead of by sorting again.

The order is always that of `sorted(rows that pass the filter, key=(sort key, arrival), reverse=descending)`,
with the pinned rows, which no filter hides, in the same order before all others. One changed row costs O(log
n) comparisons and one shift inside a list; a large batch sorts once. No widget, no clock: this module must
never know a screen.
"""

import gc
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, repeat
from operator import is_, itemgetter
from typing import Any, Generic, TypeVar

R = TypeVar("R")

Entry = tuple[Any, ...]
"""(sort key is None, sort key, arrival number, place below its head, row key): rows without a sort key come after all
that have one. Only rows that hang under others (`grid_tree`) have a place other than 0; groups (`grid_groups`) put
theirs in front. The row key is always the last, the sort key always the fourth from there."""

RANK = -4

_BULK = 64
"""From this many rows on, a batch of at least a quarter of all rows is sorted in as a whole."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: a hundred thousand entries are made at once, none of them garbage, and looking
    for some among them would take as long as making them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class View(Generic[R]):
    """Rows by key, and the keys in view order. Rows are immutable to it: a changed row comes through `put`."""

    def __init__(
        self, pinned: Callable[[R], bool] | None = None, *, plain: Callable[[R], bool] | None = None
    ) -> None:
        """`pinned`: whether a row is held on top. `plain`: quickly, of nearly all rows: nothing needs to be known of it
        beside its sort key; it is not pinned, and hangs under nothing."""
        self._plain = plain
        self.odd: set[str] = set()  # the rows that are not plain, where that is asked
        self.rows: dict[str, R] = {}
        self._pinned = pinned
        self.sort_key: Callable[[R], Any] | None = None
        self._descending = False
        self._predicate: Callable[[R], bool] | None = None
        self._arrivals = 0
        self._arrival: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}  # of the rows in view
        self._urgent: set[str] = set()  # rows that are to be pinned
        self._pins: set[str] = set()  # those that are, their families with them
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

    def banner(self, key: str) -> str:
        """The words of a line that is no row."""
        return ""

    def stale_banners(self) -> Collection[str]:
        """Those that read differently since this was asked last."""
        return ()

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
            *(entry[-1] for entry in self._slice(self._top, start, min(stop, count))),
            *(entry[-1] for entry in self._slice(self._rest, max(start - count, 0), stop - count)),
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
        new = [key for key in changed if key not in arrival] if arrival else changed
        arrival.update(zip(new, range(self._arrivals, self._arrivals + len(new)), strict=True))
        self._arrivals += len(new)
        rows.update(changed)
        if self._urgent:
            self._urgent.difference_update(changed)
        if (plain := self._plain) is None:
            self._look_at(changed)
        else:
            odd = [key for key, row in changed.items() if not plain(row)]
            if self.odd:
                self.odd.difference_update(changed)
            self.odd.update(odd)
            self._look_at(odd)
        if len(changed) >= _BULK and 4 * len(changed) >= len(rows):
            self._rebuild()
            return
        for key in self._touched(changed):
            self._place(key, rows[key])

    def _look_at(self, changed: Iterable[str]) -> None:
        """Rows that are new, or newer, and not plain."""
        if (pinned := self._pinned) is not None:
            self._urgent.update(key for key in changed if pinned(self.rows[key]))

    def _touched(self, changed: Iterable[str]) -> Iterable[str]:
        """The rows whose place may be another when these have changed."""
        return changed

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows; unknown keys are ignored."""
        gone = [key for key in keys if self.rows.pop(key, None) is not None]
        for key in gone:
            del self._arrival[key]
        self._urgent.difference_update(gone)
        self.odd.difference_update(gone)
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
        self._urgent.clear()
        self.odd.clear()
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
        return key in self._urgent

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
        self._insert(entry)

    def _insert(self, entry: Entry) -> None:
        insort(self._top if entry[-1] in self._pins else self._rest, entry)

    def _take_out(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            entries = self._top if key in self._pins else self._rest
            del entries[bisect_left(entries, entry)]
            self._pins.discard(key)

    def _rebuild(self) -> None:
        with _uncollected():
            self._arrange()

    def _arrange(self) -> None:
        self._pins = self._all_pins()
        self._entries = self._all_entries()
        pins = self._pins
        self._top = sorted(self._entries[key] for key in pins)
        entries = self._entries
        rest = [entry for key, entry in entries.items() if key not in pins] if pins else [*entries.values()]
        self._rest = self._sorted(rest)

    def _sorted(self, entries: list[Entry]) -> list[Entry]:
        """As `sorted(entries)`, for entries in order of arrival."""
        entries = self._by_rank(entries)
        if not self._arrives_in_order():
            entries.sort()
        return entries

    def _by_rank(self, entries: list[Entry]) -> list[Entry]:
        """By sort key alone, the rest as it was. Comparing these is several times faster than comparing tuples."""
        if self.sort_key is not None:
            none = [entry for entry in entries if entry[RANK] is None]
            entries = [entry for entry in entries if entry[RANK] is not None] if none else entries
            entries.sort(key=itemgetter(RANK))
            entries += none
        return entries

    def _all_pins(self) -> set[str]:
        return set(self._urgent)

    def _all_entries(self) -> dict[str, Entry]:
        """Of all rows in view, in the order of arrival."""
        return self._entries_of(self._all_shown())

    def _all_shown(self) -> Collection[tuple[str, R]]:
        """The rows that are pinned or pass."""
        shows, pins = self._predicate, self._pins
        if shows is None:
            return self.rows.items()
        if not pins:
            return [(key, row) for key, row in self.rows.items() if shows(row)]
        return [(key, row) for key, row in self.rows.items() if shows(row) or key in pins]

    def _entries_of(self, rows: Collection[tuple[str, R]]) -> dict[str, Entry]:
        """Of rows that hang under no other."""
        arrival, rank_of = self._arrival, self.sort_key
        keys = [key for key, _ in rows]
        ranks = [None] * len(keys) if rank_of is None else [rank_of(row) for _, row in rows]
        # All rows stand in the order of arrival.
        numbers = arrival.values() if len(keys) == len(arrival) else map(arrival.__getitem__, keys)
        entries = zip(map(is_, ranks, repeat(None)), ranks, numbers, repeat(0), keys, strict=False)
        return dict(zip(keys, entries, strict=True))

    def _arrives_in_order(self) -> bool:
        """Whether rows of one sort key stand in order of arrival already."""
        return True
