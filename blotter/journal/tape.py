"""The tape being written: one append-only SQLite file a desk, opened by exactly one process at a time.

Two promises are to be had:

- **process-durable** (`write`, `append`): survives the process being killed. The row is in the page cache.
- **power-durable** (`commit`): survives the machine losing power. The row is on the disk.

SQLite's own `synchronous=FULL` holds its write lock while the disk flushes, and a heartbeat would wait behind
every order. So *every* transaction here is of the NORMAL kind (WAL, no flush, some 15 us), and for a
power-durable one the writer thread then flushes the write-ahead log outside any lock. That is what FULL does,
at the same point, only with the lock given back first. One flush covers everything recorded before it (group
commit).

    write()  ──┐ inline: takes the lock, records what is queued and its own rows, in one transaction
    append() ──┤ queue ─▶ writer thread: takes the lock, records what is queued, in one transaction
    commit() ──┘                         gives the lock back, flushes the log, calls `done`

Whoever takes the lock records everything queued, oldest first, so rows stand in the order of the calls,
whatever the mix. The lock is held for microseconds; if a stuck disk keeps it, `write` gives up after
`patience` seconds with nothing recorded. What cannot be bounded is the kernel itself when it copies a page
into its cache. Checkpoints run on the writer thread, on a connection that does not block the other.

When the disk fails, `failed` says why, `write` and `commit` refuse at once, and what was given to `append` is
kept in memory until `retry` finds the disk well again.
"""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, Self

from blotter.journal.failure import TapeFailed, TapeLocked, TapeUnusable
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.row import Entry, Kind, Row
from blotter.journal.schema import MIGRATIONS, Migration
from blotter.journal.snapshot import newest
from blotter.journal.store import Store

__all__ = ["Done", "Entry", "Kind", "Row", "Tape", "TapeFailed", "TapeLocked", "TapeUnusable"]

_log = logging.getLogger(__name__)

_LOG_LIMIT = (
    64 * 1024 * 1024
)  # bytes of write-ahead log from which on a checkpoint is finished with the lock held

Done = Callable[[range | TapeFailed], None]


class _Queued(NamedTuple):
    entries: Sequence[Entry]
    done: Done | None  # None: process-durable is enough


class _Held:
    """The lock, or `TapeFailed` after `patience` seconds; and what SQLite reports is a failure of the tape."""

    def __init__(self, lock: threading.Lock, patience: float, fail: Callable[[str], TapeFailed]) -> None:
        self._lock = lock
        self._patience = patience
        self._fail = fail

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._patience):
            raise self._fail(f"the disk has not answered for {self._patience:g} s")

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if isinstance(error, sqlite3.Error):
                raise self._fail(str(error)) from error
        finally:
            self._lock.release()


class Tape:
    """See the module. `last_id`, `failed`, `backlog` and `warnings` may be read from any thread."""

    def __init__(self, store: Store, patience: float, checkpoint_every: int) -> None:
        self.path = store.path
        self.failed: TapeFailed | None = None
        self.warnings: list[str] = (
            store.warnings
        )  # what was found wrong and worked around, for a person to read
        self._store = store
        self._lock = threading.Lock()  # guards the store and `_unflushed`
        self._held = _Held(self._lock, patience, self._fail)
        self._queue: deque[_Queued] = deque()
        self._unflushed: list[tuple[Done, range]] = []
        self._flush_failed = False
        self._snapshot: tuple[int, int, bytes | list[bytes]] | None = None
        self._saving: Iterator[None] | None = None
        self._retries: SimpleQueue[threading.Event] = SimpleQueue()
        self._checkpoint_every = checkpoint_every
        self._checkpoint_at = store.last_id + checkpoint_every
        self._closed = False
        self._wake: SimpleQueue[bool] = SimpleQueue()  # False: nothing more will come
        self._writer = threading.Thread(target=self._run, name=f"tape {store.path.name}", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        patience: float = 0.25,
        checkpoint_every: int = 4096,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Self:
        """Open or create. A directory made for it gets mode 0700, the file 0600.

        `patience`: seconds an inline write waits for a stuck disk. `checkpoint_every`: rows after which the
        write-ahead log (some 4 KiB a transaction) is folded into the file. Raises `TapeLocked`,
        `TapeUnusable`, and `TapeFailed` when the disk will not have it.
        """
        tape = cls(Store.open(path, patience, migrations), patience, checkpoint_every)
        tape._writer.start()
        return tape

    # --- writing -------------------------------------------------------------------------------------------

    @property
    def last_id(self) -> int:
        """Id of the newest row, 0 when there is none."""
        return self._store.last_id

    @property
    def backlog(self) -> int:
        """Calls whose entries are in memory only, so far."""
        return len(self._queue)

    def settled(self) -> int | None:
        """Id of the newest row when everything handed over is recorded, else None. What was folded so far is
        then the state of exactly that row. Never waits."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return None if self._queue else self._store.last_id
        finally:
            self._lock.release()

    def write(self, entries: Sequence[Entry]) -> range:
        """Process-durable, inline: microseconds. Returns the row ids.

        Raises `TapeFailed`; then none of these entries is on the tape or ever will be.
        """
        if self.failed is not None or self._closed:
            raise self._refusal()
        with self._held:
            return self._record(entries)

    def append(self, entries: Sequence[Entry]) -> None:
        """Process-durable soon, without waiting: for what the peer already knows.

        While the disk fails they are kept in memory. Raises `TapeFailed` only on a closed tape.
        """
        if self._closed:
            raise self._refusal()
        self._queue.append(_Queued(entries, None))
        self._wake.put(True)

    def hold(self, entries: Sequence[Entry]) -> None:
        """Queue without waking anybody: the caller will `write` or `commit` before its turn ends, and these go first.

        Waking the writer thread costs the caller's loop a switch of threads, too much for each message.
        """
        if self._closed:
            raise self._refusal()
        self._queue.append(_Queued(entries, None))

    def commit(self, entries: Sequence[Entry], done: Done) -> None:
        """Power-durable. `done` is called on the writer thread, with the row ids or the failure, in order of
        calls.

        After a `TapeFailed` the entries are not on the tape, except where it was the flush that failed: then
        they are, as evidence that something was intended and none that it was sent. On a closed tape `done`
        is called here and now.
        """
        if self._closed:
            done(self._refusal())
            return
        self._queue.append(_Queued(entries, done))
        self._wake.put(True)

    def _record(self, own: Sequence[Entry]) -> range:
        """With the lock held: everything queued, then `own`, in one transaction. Returns the ids of `own`."""
        store = self._store
        taken: list[_Queued] = []
        while self._queue:  # only who holds the lock takes from it
            taken.append(self._queue.popleft())
        first = store.last_id + 1
        if not taken:
            store.record(own)
        else:
            try:
                store.record([*(entry for queued in taken for entry in queued.entries), *own])
            except Exception:
                self._queue.extendleft(reversed(taken))
                raise
            for queued in taken:
                rows = range(first, first + len(queued.entries))
                first = rows.stop
                if queued.done is not None:
                    self._unflushed.append((queued.done, rows))
                    self._wake.put(True)
        if store.last_id >= self._checkpoint_at:
            self._wake.put(True)
        return range(first, store.last_id + 1)

    # --- failing -------------------------------------------------------------------------------------------

    def _refusal(self) -> TapeFailed:
        return TapeFailed(f"{self.path.name}: closed" if self.failed is None else str(self.failed))

    def _fail(self, reason: str) -> TapeFailed:
        """Stop recording, for this reason. Returns what to raise."""
        self.failed = TapeFailed(f"{self.path.name}: {reason}")
        self._wake.put(True)
        return self._refusal()

    def retry(self, wait: float = 0.05) -> bool:
        """Have the writer thread try again, and wait this many seconds at most. True when the tape works."""
        if self.failed is not None and not self._closed:
            tried = threading.Event()
            self._retries.put(tried)
            self._wake.put(True)
            tried.wait(wait)
        return self.failed is None and not self._closed

    # --- the writer thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        more = True
        while more:
            more = self._wake.get()
            try:
                while more:
                    more = self._wake.get_nowait()
            except Empty:
                pass
            try:
                self._turn(last=not more)
            except Exception as error:  # whatever it is, nobody may wait for a thread that is gone
                _log.exception("the tape's writer stumbled")
                self._fail(f"unexpected: {error!r}")

    def _turn(self, *, last: bool) -> None:
        """Everything there is to do now, most urgent first."""
        tried = list(_drained(self._retries))
        if self.failed is not None and (tried or last):
            self._try_again()
        if self.failed is None:
            try:
                with self._lock:
                    self._record(())
            except sqlite3.Error as error:
                self._fail(str(error))
        for attempt in tried:
            attempt.set()
        self._flush()
        if self.failed is not None:
            self._refuse_commits()
        if self.failed is None:
            self._save_some()
            while last and self._saving is not None:
                self._save_some()
            self._checkpoint()

    def _try_again(self) -> None:
        try:
            with self._lock:
                self._store.set_meta("retried_at_row", str(self._store.last_id))
                self._record(())
            self._store.flush()
            # A flush that failed may have thrown away what it could not write, and the next would not know:
            # such rows count as safe only when they have been copied into the file.
            if self._flush_failed and not self._store.checkpoint().complete:
                return
        except (sqlite3.Error, OSError) as error:
            self._fail(str(error))
        else:
            self._flush_failed = False
            self.failed = None

    def _refuse_commits(self) -> None:
        kept: list[_Queued] = []
        refused: list[Done] = []
        with self._lock:
            while self._queue:
                queued = self._queue.popleft()
                if queued.done is None:
                    kept.append(queued)
                else:
                    refused.append(queued.done)
            self._queue.extendleft(reversed(kept))
        for done in refused:
            _answer(done, self._refusal())

    def _flush(self) -> None:
        with self._lock:
            waiting, self._unflushed = self._unflushed, []
        if not waiting:
            return
        try:
            if not self._flush_failed:
                self._store.flush()
        except OSError as error:
            self._flush_failed = True
            self._fail(f"flush: {error.strerror}")
        for done, rows in waiting:
            _answer(done, self._refusal() if self._flush_failed else rows)

    def _save_some(self) -> None:
        """One step of a snapshot, so that a commit never waits for the whole of it."""
        if self._saving is None:
            asked, self._snapshot = self._snapshot, None
            if asked is None:
                return
            self._saving = self._store.saving(*asked)
        try:
            with self._lock:
                next(self._saving)
            self._wake.put(True)
        except StopIteration:
            self._saving = None
        except (sqlite3.Error, ValueError) as error:
            self._saving = None
            _log.warning("snapshot not saved: %s", error)

    def _checkpoint(self) -> None:
        if self._store.last_id < self._checkpoint_at:
            return
        self._checkpoint_at = self._store.last_id + self._checkpoint_every
        try:
            for _ in range(3):  # rows that came meanwhile leave less and less to copy
                state = self._store.checkpoint()
                if state.complete:
                    break
            with self._lock:
                if state.log_size > _LOG_LIMIT:
                    self._store.checkpoint()
                # The write that starts the log anew flushes: better this one than an order's.
                self._store.set_meta("checkpoint_at_row", str(self._store.last_id))
        except sqlite3.Error as error:
            _log.warning("checkpoint of %s: %s", self.path.name, error)  # the rows are safe in the log

    # --- reading, and what lies beside the rows ------------------------------------------------------------

    def rows(self, after: int = 0, limit: int | None = None) -> Iterator[Row]:
        """The rows behind this id, oldest first, as far as they stand at the first step. Safe while
        writing."""
        with TapeReader.open(self.path) as reader:
            yield from reader.rows(RowFilter(after=after, up_to=None if limit is None else after + limit))

    def meta(self, key: str) -> str | None:
        """A small value kept beside the rows. Raises `TapeFailed` only when it cannot be read."""
        with self._held:
            return self._store.meta(key)

    def set_meta(self, key: str, value: str) -> None:
        """Keep a small value; process-durable, inline, not part of the chain. Raises `TapeFailed`."""
        if self.failed is not None or self._closed:
            raise self._refusal()
        with self._held:
            self._store.set_meta(key, value)

    def save_snapshot(self, row_id: int, version: int, data: bytes | list[bytes]) -> None:
        """Store what was folded up to this row, in the background and without promise; replaces one still
        waiting. `data`: in one, or in pieces."""
        self._snapshot = (row_id, version, data)
        self._wake.put(True)

    def snapshot(self, version: int) -> tuple[int, bytes] | None:
        """The newest sound snapshot of this version: (row id it covers up to, data). Damaged ones are passed
        over; `warnings` says so."""
        with TapeReader.open(self.path) as reader:
            return newest(reader, version, self.warnings)

    def close(self, wait: float = 5.0) -> None:
        """Record and flush what is queued, finish a snapshot, and let go of the file.

        Raises `TapeFailed` when the disk would not take everything, or does not answer within `wait` seconds.
        """
        if self._closed:
            return
        self._closed = True
        self._wake.put(False)
        self._writer.join(wait)
        if self._writer.is_alive():
            raise TapeFailed(f"{self.path.name}: the disk has not answered for {wait:g} s, left unclosed")
        self._store.close()
        lost = sum(len(queued.entries) for queued in self._queue)
        if lost:
            raise TapeFailed(f"{self.failed}; {lost} rows were never recorded")


def _drained(queue: SimpleQueue[threading.Event]) -> Iterator[threading.Event]:
    try:
        while True:
            yield queue.get_nowait()
    except Empty:
        return


def _answer(done: Done, result: range | TapeFailed) -> None:
    try:
        done(result)
    except Exception:  # a caller's fault must not stop the tape
        _log.exception("the answer to a commit was not taken")
