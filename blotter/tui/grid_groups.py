"""Rows under headings: families (`grid_tree`) with the same label stand together below a line that sums them up.

Headings are lines, not rows: they have keys of their own (`heading`), stand in the order of their labels whatever sorts
the rows below them, and no verb, export or selection meets them. A closed group shows its heading alone. What is pinned
stands above all groups, closed or not, and is not summed up: nothing that needs a person hides under a heading.
What passes the filter is counted, and nothing else.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, Protocol, TypeVar

from blotter.tui.grid_tree import Tree
from blotter.tui.grid_view import Entry

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)

_MARK: Final = "\0"
"""Begins the key of a heading: no row has such a key."""


class Tally(Protocol[R_contra]):
    """What is summed up of a group."""

    @property
    def count(self) -> int:
        """How many rows are in it."""

    def add(self, row: R_contra, sign: int) -> None:
        """Count a row in (1) or out again (-1)."""

    def words(self) -> str:
        """The sums, for the heading."""


class Grouping(Protocol[R_contra]):
    """By what rows are put together."""

    def label(self, row: R_contra) -> str:
        """The name of the row's group; that of a family is its head's."""

    def rank(self, label: str) -> Any:
        """What groups are ordered by; comparable with its like."""


def heading(label: str) -> str:
    """The key of a group's heading."""
    return _MARK + label


class Groups(Tree[R]):
    """A tree that may stand in groups. `tally` makes an empty sum."""

    def __init__(
        self,
        pinned: Callable[[R], bool] | None,
        *,
        head: Callable[[R], str],
        place: Callable[[R], int],
        tally: Callable[[], Tally[R]],
        plain: Callable[[R], bool] | None = None,
    ) -> None:
        super().__init__(pinned, head=head, place=place, plain=plain)
        self._empty_tally = tally
        self._grouping: Grouping[R] | None = None
        self._ranks: dict[str, int] = {}
        self._counted: dict[str, tuple[str, R]] = {}  # row -> its group, and the row as it was counted
        self._dirty: set[str] = set()
        self.tallies: dict[str, Tally[R]] = {}  # of the groups in view
        self.closed: set[str] = set()  # labels

    # --- for the grid ----------------------------------------------------------------------------------------

    def group(self, grouping: Grouping[R] | None) -> None:
        """Put the rows into groups, or out of them; all are open."""
        self._grouping = grouping
        self._ranks.clear()
        self.closed.clear()
        self._rebuild()

    def close(self, label: str, closed: bool) -> None:
        """Hide or show the rows of a group."""
        if closed:
            self.closed.add(label)
        else:
            self.closed.discard(label)
        self._rebuild()

    def label_of(self, key: str | None) -> str:
        """The group of a heading or a row; empty where there is none."""
        if key is None or self._grouping is None:
            return ""
        if key.startswith(_MARK):
            return key.removeprefix(_MARK)
        return self._counted[key][0] if key in self._counted else ""

    def members(self, label: str) -> list[str]:
        """The rows of a group, hidden ones among them."""
        return [key for key, (group, _) in self._counted.items() if group == label]

    def banner(self, key: str) -> str:
        """The words of a heading."""
        label = key.removeprefix(_MARK)
        tally = self.tallies.get(label)
        return f"{'▸' if label in self.closed else '▾'} {label}  {tally.words() if tally is not None else ''}"

    def stale_banners(self) -> set[str]:
        """The headings whose sums changed since this was asked last."""
        dirty, self._dirty = self._dirty, set()
        return {heading(label) for label in dirty}

    # --- one row ---------------------------------------------------------------------------------------------

    def _place(self, key: str, row: R) -> None:
        if self._grouping is None:
            super()._place(key, row)
            return
        label = self._group_of(key)
        if label is not None and label not in self._ranks:
            self._rebuild()  # a new group moves all that come after it
            return
        self._count(key, label)
        if label is not None and label in self.closed:
            self._take_out(key)
        else:
            super()._place(key, row)

    def drop(self, keys: Any) -> None:
        """Forget rows; what hung under them stands alone."""
        gone = [key for key in keys if key in self.rows]
        for key in gone:
            self._count(key, None)
        super().drop(gone)

    def _group_of(self, key: str) -> str | None:
        """Its label; None where it is in no group: pinned, or its family does not pass."""
        if self._grouping is None or self._pinned_family(key) or not self._matches(key):
            return None
        return self._grouping.label(self.rows[self._top_of(key)])

    def _count(self, key: str, label: str | None) -> None:
        """Count a row in its group, and out of the one it was in."""
        before, row = self._counted.get(key), self.rows[key]
        if before is not None:
            if before[0] == label and before[1] is row:
                return
            tally = self.tallies[before[0]]
            tally.add(before[1], -1)
            self._dirty.add(before[0])
            del self._counted[key]
            if not tally.count and before[0] != label:
                del self.tallies[before[0]]
                self._take_out(heading(before[0]))
        if label is not None:
            if label not in self.tallies:
                self.tallies[label] = self._empty_tally()
                self._put_heading(label)
            self.tallies[label].add(row, 1)
            self._dirty.add(label)
            self._counted[key] = (label, row)

    def _put_heading(self, label: str) -> None:
        key = heading(label)
        self._entries[key] = entry = self._heading_entry(label)
        self._insert(entry)

    def _heading_entry(self, label: str) -> Entry:
        return (*self._front(label, 0), True, None, 0, 0, heading(label))

    def _front(self, label: str, below: int) -> tuple[int, int]:
        """What comes before all else in an entry; turned round where the list is read backwards."""
        sign = -1 if self._descending else 1
        return sign * self._ranks[label], sign * below

    def _entry(self, key: str, row: R) -> Entry:
        entry = super()._entry(key, row)
        if self._grouping is None or self._is_pin(key, row):
            return entry
        return (*self._front(self._grouping.label(self.rows[self._top_of(key)]), 1), *entry)

    # --- all of them -----------------------------------------------------------------------------------------

    def _all_entries(self) -> dict[str, Entry]:
        entries = super()._all_entries()
        grouping, pins = self._grouping, self._pins
        self._counted.clear()
        self.tallies.clear()
        if grouping is None:
            return entries
        rows, family = self.rows, bool(self._members)
        folded = [key for head in self.folded for key in self._members.get(head, ()) if key not in entries]
        counted = {
            key: (grouping.label(rows[self._top_of(key)] if family else rows[key]), rows[key])
            for key in (*entries, *folded)
            if key not in pins and (key in entries or self._group_of(key) is not None)
        }
        labels = {*self._ranks, *(label for label, _ in counted.values())}
        self._ranks = {label: rank for rank, label in enumerate(sorted(labels, key=grouping.rank))}
        for label, row in counted.values():
            if label not in self.tallies:
                self.tallies[label] = self._empty_tally()
            self.tallies[label].add(row, 1)
        self._counted = counted
        fronts = {label: self._front(label, 1) for label in self.tallies}
        placed = {heading(label): self._heading_entry(label) for label in self.tallies}
        for key, entry in entries.items():
            if key in pins:
                placed[key] = entry
            elif (label := counted[key][0]) not in self.closed:
                placed[key] = (*fronts[label], *entry)
        self._dirty.update(self.tallies)
        return placed

    def _sorted(self, entries: list[Entry]) -> list[Entry]:
        if self._grouping is None:
            return super()._sorted(entries)
        entries = self._by_rank(entries)
        entries.sort(key=itemgetter(0))
        entries.sort()
        return entries
