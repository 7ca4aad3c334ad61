"""Searching the tapes of all desks at once, each with its own dictionary: the hits carry their venue's name.

Hits come as the tapes give them up, newest first within one look; a tape that does not understand an expression (it may
name fields of another venue) is left out, and the view says so.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from blotter.desk.change import SearchPort, SearchView
from blotter.desk.floor_names import qualify


class TapeSearchPort(SearchPort, Protocol):
    """The search of one tape."""

    def close(self) -> None:
        """Let go of the tape."""
        ...


class FloorSearch:
    """Implements `SearchPort` over several."""

    def __init__(self, searches: Mapping[str, TapeSearchPort]) -> None:
        """`searches`: by the configured name of their venue."""
        self._searches = searches
        self._number = 0
        self._left_out: dict[str, str] = {}  # venue -> why the expression means nothing there

    def matcher(self, text: str) -> Callable[[bytes], bool] | str:
        found = [one.matcher(text) for one in self._searches.values()]
        tests = [test for test in found if not isinstance(test, str)]
        if not tests:
            return next(wrong for wrong in found if isinstance(wrong, str))
        return lambda raw: any(test(raw) for test in tests)

    def find(self, text: str) -> str:
        self._number += 1
        wrong = {venue: one.find(text) for venue, one in self._searches.items()}
        self._left_out = {venue: why for venue, why in wrong.items() if why}
        if len(self._left_out) == len(self._searches):
            return next(iter(self._left_out.values()))
        for venue in self._left_out:
            self._searches[venue].cancel()  # what was searched for there before
        return ""

    def cancel(self) -> None:
        for one in self._searches.values():
            one.cancel()

    def poll(self) -> SearchView | None:
        views = {venue: view for venue, one in self._searches.items() if (view := one.poll()) is not None}
        if not views:
            return None
        every = list(views.values())
        hits = [qualify(hit, venue) for venue, view in views.items() for hit in view.hits]
        notes = {**self._left_out, **{venue: view.note for venue, view in views.items() if view.note}}
        return SearchView(
            number=self._number,
            text=every[0].text,
            hits=tuple(sorted(hits, key=lambda hit: -hit.at)),
            count=sum(view.count for view in every),
            searched=sum(view.searched for view in every) / len(every),
            done=all(view.done for view in every),
            took=max(view.took for view in every),
            first_after=min(
                (view.first_after for view in every if view.first_after is not None), default=None
            ),
            note="; ".join(f"{venue}: {why}" for venue, why in notes.items()),
        )

    def close(self) -> None:
        """All of them."""
        for one in self._searches.values():
            one.close()
