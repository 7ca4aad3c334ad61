"""What the tape remembers of this desk, and what is stored beside it so that remembering is quick."""

import gc
import logging
import random
from collections.abc import Iterator

import msgspec

from blotter.desk.acts import seen
from blotter.desk.change import ActSeen
from blotter.desk.feed import RawMessage
from blotter.desk.fold import VERSION, Fold
from blotter.journal.tape import Kind, Tape

log = logging.getLogger(__name__)

SHOWN_MESSAGES = 500
"""How many of the tape's last messages the screen gets at start."""
SNAPSHOT_EVERY = 20_000
"""Rows after which the state is stored anew, so that a restart replays little more than that."""
PIECES = 6
"""How many pieces of a snapshot are made at a beat: a millisecond or two, so that no order and no heartbeat waits."""


class Memory:
    """The fold's way back from the tape, and its snapshots."""

    def __init__(self, tape: Tape, fold: Fold) -> None:
        self._tape = tape
        self._fold = fold
        self._covered = 0  # row id the newest snapshot covers up to
        self._pieces: Iterator[bytes] | None = None  # what is to come of the snapshot that is being made
        self._encoded: list[bytes] = []  # what there is of it
        self._row_id = 0  # up to which it covers

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

    def left_on_purpose(self, session: str) -> bool:
        """Whether the last that this session sent was its Logout. A crash sends none."""
        rows = self._tape.rows(max(0, self._tape.last_id - 2 * SHOWN_MESSAGES))
        sent = [row.entry for row in rows if row.entry.kind is Kind.OUT and row.entry.session == session]
        return bool(sent) and sent[-1].msg_type == "5"

    def last_messages(self) -> Iterator[RawMessage]:
        """The end of the tape, for the message pane."""
        for row in self._tape.rows(max(0, self._tape.last_id - 2 * SHOWN_MESSAGES)):
            entry = row.entry
            if entry.kind in (Kind.IN, Kind.OUT):
                yield RawMessage(
                    entry.session, entry.kind is Kind.OUT, entry.seq, entry.payload, entry.at, row.id
                )

    def last_acts(self) -> Iterator[ActSeen]:
        """What was done lately, for the history of orders."""
        for row in self._tape.rows(max(0, self._tape.last_id - 2 * SHOWN_MESSAGES)):
            if (act := seen(row.entry)) is not None:
                yield act

    def look(self, commits: int) -> None:
        """Called with every beat of the desk: begin a snapshot when one is due, or go on with it for a few pieces."""
        if self._pieces is None:
            if self._tape.last_id - self._covered >= SNAPSHOT_EVERY:
                self._begin(commits)
            return
        for _ in range(PIECES):
            if (piece := next(self._pieces, None)) is None:
                self._finish()
                return
            self._encoded.append(piece)

    def snapshot(self, commits: int) -> None:
        """Store the state of this moment, in one go."""
        if self._begin(commits) and self._pieces is not None:
            self._encoded += self._pieces
            self._finish()

    def _begin(self, commits: int) -> bool:
        """Take the state, and say whether that could be: between two batches only (`commits`: how many are under way),
        or it would be no row's."""
        row_id = self._tape.settled()
        if row_id is None or commits:
            return False
        self._row_id, self._pieces, self._encoded = row_id, self._fold.pieces(), []
        return True

    def _finish(self) -> None:
        """The whole goes to the tape, which seals it: half a snapshot is none."""
        self._tape.save_snapshot(self._row_id, VERSION, self._encoded)
        self._covered, self._pieces, self._encoded = self._row_id, None, []
