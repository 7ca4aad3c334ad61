"""Rows that hang under other rows: an order list and its legs stay together whatever sorts or filters the grid.

A *family* is a head and the rows that name it as theirs. It is ordered as its head is, its members below the head by
their place; it is in view when any of them passes the filter, and pinned when any of them is. A folded family shows
its head alone, and what is pinned of itself. A row whose head is not here stands alone. No widget, no clock.
"""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from blotter.tui.grid_view import Entry, View

R = TypeVar("R")


class Tree(View[R]):
    """`head`: the key of the row that a row hangs under, "" for none; it may be learnt
    late, and then never changes. `place`: its place there, from
    1 on."""

    def __init__(
        self,
        pinned: Callable[[R], bool] | None,
        *,
        head: Callable[[R], str],
        place: Callable[[R], int],
        plain: Callable[[R], bool] | None = None,
    ) -> None:
        super().__init__(pinned, plain=plain)
        self._head = head
        self._place_of = place
        self._hangs: dict[str, str] = {}  # row -> its head, whether that is here or not
        self._members: dict[str, list[str]] = {}  # head -> the rows below it
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
        head = self._hangs.get(key, key)
        return head if head in self.rows and self._members.get(head) else ""

    def heads(self) -> set[str]:
        """All rows that others hang under."""
        return {head for head in self._members if head in self.rows}

    def is_pinned(self, key: str) -> bool:
        """Whether the row itself, and not only its family, is held on top."""
        return key in self._pins and key in self._urgent

    def _look_at(self, changed: Iterable[str]) -> None:
        """Note where these rows hang, and which are to be pinned."""
        changed = list(changed)
        super()._look_at(changed)
        head_of, rows, members = self._head, self.rows, self._members
        for key in changed:
            if (head := head_of(rows[key])) and self._hangs.get(key) != head:
                self._hangs[key] = head
                members.setdefault(head, []).append(key)

    def _touched(self, changed: Iterable[str]) -> Iterable[str]:
        touched: dict[str, None] = {}
        for key in changed:
            touched[key] = None
            for member in self._family(self._hangs.get(key, key)):
                touched[member] = None
        return touched

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows; what hung under them stands alone."""
        gone = [key for key in keys if key in self.rows]
        heads: dict[str, None] = {}
        for key in gone:
            if head := self._hangs.pop(key, ""):
                heads[head] = None
                self._members[head].remove(key)
                if not self._members[head]:
                    del self._members[head]
        super().drop(gone)
        self._resettle([*heads, *gone])

    def clear(self) -> None:
        """Forget all rows; sort, filter and folds stay."""
        self._members.clear()
        self._hangs.clear()
        super().clear()

    def _resettle(self, heads: Iterable[str]) -> None:
        for head in heads:
            for key in self._family(head):
                self._place(key, self.rows[key])

    def _family(self, head: str) -> list[str]:
        """The rows of a family that are here."""
        return [key for key in (head, *self._members.get(head, ())) if key in self.rows]

    def _top_of(self, key: str) -> str:
        """The head, if it is here, else the row itself."""
        head = self._hangs.get(key)
        return head if head is not None and head in self.rows else key

    def _relatives(self, key: str) -> list[str]:
        top = self._top_of(key)
        return self._family(top) if top in self._members else [key]

    def _hidden(self, key: str) -> bool:
        return self._top_of(key) != key and self._top_of(key) in self.folded

    # --- what `View` asks about one row ----------------------------------------------------------------------

    def _entry(self, key: str, row: R) -> Entry:
        return self._family_entry(key, row)

    def _family_entry(self, key: str, row: R) -> Entry:
        top = self._top_of(key)
        place = self._place_of(row) if top != key else 0
        rank = None if self.sort_key is None else self.sort_key(self.rows[top])
        return (rank is None, rank, self._arrival[top], -place if self._descending else place, key)

    def _is_pin(self, key: str, row: R) -> bool:
        return key in self._urgent if self._hidden(key) else self._pinned_family(key)

    def _pinned_family(self, key: str) -> bool:
        return any(member in self._urgent for member in self._relatives(key))

    def _passes(self, key: str, row: R) -> bool:
        return not self._hidden(key) and self._matches(key)

    def _matches(self, key: str) -> bool:
        """Whether any of the family passes the filter."""
        shows = self._predicate
        return shows is None or any(shows(self.rows[member]) for member in self._relatives(key))

    # --- and about all of them -------------------------------------------------------------------------------

    def _all_pins(self) -> set[str]:
        near = {relative for key in self._urgent for relative in self._relatives(key)}
        return {key for key in near if self._is_pin(key, self.rows[key])}

    def _all_shown(self) -> Collection[tuple[str, R]]:
        members, hangs = self._members, self._hangs
        if not members:
            return super()._all_shown()
        shows, pins = self._predicate, self._pins
        return [
            (key, row)
            for key, row in self.rows.items()
            if key in pins
            or (self._passes(key, row) if key in hangs or key in members else shows is None or shows(row))
        ]

    def _entries_of(self, rows: Collection[tuple[str, R]]) -> dict[str, Entry]:
        entries = super()._entries_of(rows)
        for key in self._hangs:
            if key in entries:
                entries[key] = self._family_entry(key, self.rows[key])
        return entries

    def _arrives_in_order(self) -> bool:
        return not self._members  # a leg stands where its head does, whenever it came
