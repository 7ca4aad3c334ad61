"""Which rows are news, and until when. Time is an argument; nothing here draws."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, Literal

NEWS: Final = 1_000
"""A larger batch marks nothing: what happens everywhere at once is a load, not news."""

Mark = Literal["", "new", "changed"]


class Marks:
    """Marks that go out `lasting` ns after the row's last change; a new row stays new until then. 0: no marks."""

    def __init__(self, lasting: int) -> None:
        self._lasting = lasting
        self._until: OrderedDict[str, tuple[int, Mark]] = OrderedDict()  # the first to go out comes first

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

    def expire(self, now: int) -> set[str]:
        """Let marks go out; the rows that had them."""
        gone = set()
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

    def clear(self) -> None:
        """All rows are gone."""
        self._until.clear()
