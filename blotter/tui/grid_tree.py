"""Rows that hang under other rows: an order list and its legs stay together whatever sorts or filters the grid.

A *family* is a head and the rows that name it as theirs. It is ordered as its head is, its members below the head by
their place; it is in view when any of them passes the filter, and pinned when any of them is. A folded family shows
its head alone, and what is pinned of itself. A row whose head is not here stands alone. No widget, no clock.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from blotter.tui.grid_view import Entry, View

R = TypeVar("R")


class Tree(View[R]):
    """`head`: the key of the row that a row hangs under, "" for none; it may be learnt
    late, and then never changes. `place`: its place there, from
    1 on."""

    def __init__(
        self, pinned: Callable[[R], bool] | None, *, head: Callable[[R], str], place: Callable[[R], int]
    ) -> None:
        super().__init__(pinned)
        self._head = head
        self._place_of = place
        self._members: dict[str, list[str]] = {}  # head -> the rows below it, whether the head is here or not
        self.folded: set[str] = set()  # heads

    def fold(self, head: str, folded: bool) -> None:
        """Hide or show what hangs under a head."""
        if folded:
            self.folded.add(head)
        else:
            self.folded.discard(head)
        self._resettle([head])

    def head_of(self, key: str | None) -> str:
        """The head of the family: the row itself where it is one; "" where it belongs to none."""
        if key is None or key not in self.rows:
            return ""
        head = self._head(self.rows[key]) or key
        return head if head in self.rows and self._members.get(head) else ""

    def is_pinned(self, key: str) -> bool:
        """Whether the row itself, and not only its family, is held on top."""
        return self._pinned is not None and key in self._pins and self._pinned(self.rows[key])

    def _touched(self, changed: Iterable[str]) -> Iterable[str]:
        touched: dict[str, None] = {}
        for key in changed:
            head = self._join(key)
            touched[key] = None
            for member in self._family(head):
                touched[member] = None
        return touched

    def _join(self, key: str) -> str:
        """Note where the row hangs; the head of its family."""
        head = self._head(self.rows[key])
        if head:
            members = self._members.setdefault(head, [])
            if key not in members:
                members.append(key)
        return head or key

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows; what hung under them stands alone."""
        gone = [key for key in keys if key in self.rows]
        heads = {self._head(self.rows[key]) for key in gone} - {""}
        for head in heads:
            self._members[head] = [key for key in self._members[head] if key not in gone]
        super().drop(gone)
        self._resettle([*heads, *gone])

    def clear(self) -> None:
        """Forget all rows; sort, filter and folds stay."""
        self._members.clear()
        super().clear()

    def _resettle(self, heads: Iterable[str]) -> None:
        for head in heads:
            for key in self._family(head):
                self._place(key, self.rows[key])

    def _family(self, head: str) -> list[str]:
        """The rows of a family that are here."""
        return [key for key in (head, *self._members.get(head, ())) if key in self.rows]

    def _top_of(self, key: str, row: R) -> str:
        """The head, if it is here, else the row itself."""
        head = self._head(row)
        return head if head and head in self.rows else key

    def _relatives(self, key: str, row: R) -> list[str]:
        top = self._top_of(key, row)
        return self._family(top) if top in self._members else [key]

    def _hidden(self, key: str, row: R) -> bool:
        return self._top_of(key, row) != key and self._top_of(key, row) in self.folded

    # --- what `View` asks about one row ----------------------------------------------------------------------

    def _entry(self, key: str, row: R) -> Entry:
        top = self._top_of(key, row)
        place = self._place_of(row) if top != key else 0
        rank = None if self.sort_key is None else self.sort_key(self.rows[top])
        return (rank is None, rank, self._arrival[top], -place if self._descending else place, key)

    def _is_pin(self, key: str, row: R) -> bool:
        if self._pinned is None:
            return False
        if self._hidden(key, row):
            return self._pinned(row)
        return any(self._pinned(self.rows[member]) for member in self._relatives(key, row))

    def _passes(self, key: str, row: R) -> bool:
        if self._hidden(key, row):
            return False
        shows = self._predicate
        return shows is None or any(shows(self.rows[member]) for member in self._relatives(key, row))

    # --- and about all of them -------------------------------------------------------------------------------

    def _all_pins(self) -> set[str]:
        for key in self.rows:
            self._join(key)
        return {key for key, row in self.rows.items() if self._is_pin(key, row)}

    def _all_entries(self) -> dict[str, Entry]:
        pins = self._pins
        return {
            key: self._entry(key, row)
            for key, row in self.rows.items()
            if key in pins or self._passes(key, row)
        }

    def _arrives_in_order(self) -> bool:
        return False  # a leg stands where its head does, whenever it came
