"""What the tape remembers of this desk, and what is stored beside it so that remembering is quick."""

import gc
import logging
import random
from collections.abc import Iterator

import msgspec

from blotter.desk.feed import RawMessage
from blotter.desk.fold import VERSION, Fold
from blotter.journal.tape import Kind, Tape

log = logging.getLogger(__name__)

SHOWN_MESSAGES = 500
"""How many of the tape's last messages the screen gets at start."""
SNAPSHOT_EVERY = 20_000
"""Rows after which the state is stored anew, so that a restart replays no more than that."""


class Memory:
    """The fold's way back from the tape, and its snapshots."""

    def __init__(self, tape: Tape, fold: Fold) -> None:
        self._tape = tape
        self._fold = fold
        self._covered = 0  # row id the newest snapshot covers up to

    def restore(self) -> None:
        """State from the newest snapshot and the rows behind it."""
        stored = self._tape.snapshot(VERSION)
        if stored is not None:
            try:
                self._fold.load(stored[1])
                self._covered = stored[0]
            except msgspec.MsgspecError as error:
                log.warning("snapshot not usable, replaying the whole tape: %s", error)
        collecting = gc.isenabled()
        gc.disable()  # nothing made here is garbage, and looking for it costs a third of the time
        try:
            self._fold.replay(row.entry for row in self._tape.rows(self._covered))
        finally:
            if collecting:
                gc.enable()

    def tag(self, venue: str, rng: random.Random) -> str:
        """Four letters that make this tape's ClOrdIDs its own among all desks of the account."""
        self._tape.set_meta("venue", venue)
        tag = self._tape.meta("tag")
        if tag is None:
            tag = "".join(rng.choices("abcdefghjkmnpqrstuvwxyz23456789", k=4))
            self._tape.set_meta("tag", tag)
        return tag

    def last_entry_at(self) -> int | None:
        """UTC ns of the newest row; None for a new tape."""
        last = next(self._tape.rows(self._tape.last_id - 1), None) if self._tape.last_id else None
        return None if last is None else last.entry.at

    def last_messages(self) -> Iterator[RawMessage]:
        """The end of the tape, for the message pane."""
        for row in self._tape.rows(max(0, self._tape.last_id - 2 * SHOWN_MESSAGES)):
            entry = row.entry
            if entry.kind in (Kind.IN, Kind.OUT):
                yield RawMessage(
                    entry.session, entry.kind is Kind.OUT, entry.seq, entry.payload, entry.at, row.id
                )

    @property
    def snapshot_due(self) -> bool:
        return self._tape.last_id - self._covered >= SNAPSHOT_EVERY

    def snapshot(self, commits: int) -> None:
        """Store the state. Only between two batches (`commits`: how many are under way), or it would be no row's."""
        row_id = self._tape.settled()
        if row_id is None or commits:
            return
        self._tape.save_snapshot(row_id, VERSION, self._fold.dump())
        self._covered = row_id
