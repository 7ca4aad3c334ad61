"""Which rows are news, and until when. Time is an argument; nothing here draws.

A new or changed row is marked until it was seen, or for so long. Seen is what was on screen for a while (`SEEN`) of a
grid that has the focus, in a terminal that has it, the cursor on the row or not; a row in any other grid, below the
edge, behind a filter or in a pane that is not shown was not. A change while it is looked at begins anew.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Final, Literal

NEWS: Final = 1_000
"""A larger batch marks nothing: what happens everywhere at once is a load, not news."""

SEEN: Final = 2_000_000_000
"""ns in sight after which a row has been seen."""

UNTIL_SEEN: Final = 1 << 62
"""ns: longer than anybody waits."""

Mark = Literal["", "new", "changed"]


class Marks:
    """Marks that go out when they were seen, at the latest `lasting` ns after the row's last change; a new row stays
    new until then. 0: no marks."""

    def __init__(self, lasting: int) -> None:
        self._lasting = lasting
        self._until: OrderedDict[str, tuple[int, Mark]] = OrderedDict()  # the first to go out comes first
        self._since: dict[str, int] = {}  # of marked rows in sight: since when

    def of(self, key: str) -> Mark:
        """What the row is marked as."""
        return self._until[key][1] if key in self._until else ""

    def put(self, keys: Iterable[str], new: Iterable[str], now: int) -> None:
        """Mark `keys` as changed, or as new where they are in `new`."""
        if not self._lasting:
            return
        fresh = set(new)
        for key in keys:
            mark: Mark = "new" if key in fresh or self.of(key) == "new" else "changed"
            self._until[key] = (now + self._lasting, mark)
            self._until.move_to_end(key)
            self._since.pop(key, None)

    def tick(self, now: int, in_sight: Collection[str]) -> set[str]:
        """Let time pass while these rows are looked at; the rows whose marks went out."""
        since = {key: self._since.get(key, now) for key in in_sight if key in self._until}
        gone = {key for key, start in since.items() if now - start >= SEEN}
        self._since = since
        for key, (until, _) in self._until.items():
            if until > now:
                break
            gone.add(key)
        self.forget(gone)
        return gone

    def forget(self, keys: Iterable[str]) -> None:
        """The rows are gone."""
        for key in keys:
            self._until.pop(key, None)
            self._since.pop(key, None)

    def clear(self) -> None:
        """All rows are gone."""
        self._until.clear()
        self._since.clear()
