"""Searching the whole tape for messages, beside the desk: in a thread and with a read-only connection of its own.

Neither the desk nor the screen ever waits for it. What was found is picked up by the screen once a frame.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

import msgspec

from blotter.desk.change import MessageSeen, SearchView
from blotter.desk.recording import raw_message
from blotter.desk.summary import Summary
from blotter.fix.dictionary import Dictionary
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import TapeReader
from blotter.journal.search import Names, Query, SearchError, parse, search
from blotter.journal.search_index import FieldIndex
from blotter.venues.base import Venue

log = logging.getLogger(__name__)

MOST: Final = 10_000
"""Hits after which a search ends: nobody reads more, and a narrower one is quicker typed."""
REST: Final = 9
"""For each second of work on the index that nobody waits for, so many seconds of rest."""
IDLE: Final = 2.0
"""Seconds between two looks at whether the tape has grown."""
LARGEST_TAG: Final = 40_000


class _Asked(NamedTuple):
    number: int
    query: Query
    began: int  # mono ns


@cache
def field_names(dictionary: Dictionary) -> Names:
    """The tag of a name, whatever its case."""
    tags = {dictionary.field_name(tag).lower(): tag for tag in range(LARGEST_TAG, 0, -1)}
    tags.pop("", None)
    return lambda name: tags.get(name.lower())


class TapeSearch:
    """Implements `SearchPort` (`blotter.desk.change`). One search at a time: a new one takes the place of the old."""

    def __init__(
        self, path: Path, venue: Venue, own_id: Callable[[Iterable[str | None]], str], *, indexed: bool = True
    ) -> None:
        """`own_id`: from ClOrdIDs to our order id, safe to call from any thread. `indexed`: make an index of fields as
        soon as there is nothing else to do."""
        self._path = path
        self._names = field_names(venue.dictionary)
        self._summary = Summary(venue.dictionary, venue.secret_tags, own_id)
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._index = FieldIndex() if indexed else None
        self._lock = threading.Lock()
        self._number = 0  # of the search that counts
        self._hits: list[MessageSeen] = []  # not picked up yet
        self._view: SearchView | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)
        self._thread.start()

    # --- SearchPort ----------------------------------------------------------------------------------------

    def matcher(self, text: str) -> Callable[[bytes], bool] | str:
        try:
            return parse(text, self._names).matches
        except SearchError as error:
            return str(error)

    def find(self, text: str) -> str:
        try:
            query = parse(text, self._names)
        except SearchError as error:
            return str(error)
        with self._lock:
            self._number += 1
            self._hits = []
            self._view = SearchView(number=self._number, text=query.text)
            self._asked.put(_Asked(self._number, query, time.monotonic_ns()))
        return ""

    def cancel(self) -> None:
        with self._lock:
            self._number += 1
            self._hits, self._view = [], None

    def poll(self) -> SearchView | None:
        with self._lock:
            view, hits = self._view, self._hits
            if view is None:
                return None
            self._hits = []
        return msgspec.structs.replace(view, hits=tuple(hits)) if hits else view

    def close(self) -> None:
        """End the thread and let go of the tape."""
        self.cancel()
        self._closed.set()
        self._asked.put(None)
        self._thread.join()

    # --- the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with TapeReader.open(self._path) as reader:
                wait = 0.0
                while True:
                    try:
                        asked = self._asked.get(timeout=wait) if wait else self._asked.get_nowait()
                    except Empty:
                        wait = self._prepare(reader)
                        continue
                    if asked is None:
                        return
                    self._search(reader, asked)
        except TapeUnusable as error:
            log.error("the tape cannot be searched: %s", error)
            self._unusable(str(error))

    def _prepare(self, reader: TapeReader) -> float:
        """A bit of the index; seconds to rest after it."""
        began = time.monotonic()
        if self._index is None or not self._index.extend(reader):
            return IDLE
        return (time.monotonic() - began) * REST

    def _search(self, reader: TapeReader, asked: _Asked) -> None:
        count, done = 0, False
        try:
            for batch in search(reader, asked.query, self._index):
                lines = map(self._summary.of, map(raw_message, batch.hits))
                hits = [line for line in lines if line is not None]
                count += len(hits)
                done = batch.reached == 0
                if not self._tell(asked, hits, count, 1 - batch.reached / max(1, batch.of), done, ""):
                    return
                if count >= MOST:
                    self._tell(asked, [], count, 1.0, True, f"the newest {count:,} only: narrow it")
                    return
        except TapeUnusable as error:
            self._tell(asked, [], count, 1.0, True, str(error))

    def _tell(
        self, asked: _Asked, hits: list[MessageSeen], count: int, share: float, done: bool, note: str
    ) -> bool:
        """False: nobody wants it any more."""
        with self._lock:
            if asked.number != self._number or self._closed.is_set():
                return False
            took = time.monotonic_ns() - asked.began
            first = self._view.first_after if self._view is not None else None
            self._hits += hits
            self._view = SearchView(
                number=asked.number,
                text=asked.query.text,
                count=count,
                searched=share,
                done=done,
                took=took,
                first_after=took if first is None and count else first,
                note=note,
            )
            return True

    def _unusable(self, text: str) -> None:
        """From now on every search ends with the reason."""
        while (asked := self._asked.get()) is not None:
            self._tell(asked, [], 0, 1.0, True, text)
