"""Sequence numbers that live over connections and restarts, found on the tape; and what went out, to be sent again.

Where the next run takes up:

- `next_out` stands behind the last message on the tape, for what leaves is recorded first. One that was recorded and
  never written leaves a number nobody has heard of: the venue will ask for it, and gets a gap fill.
- `next_in` is kept beside the tape, and never before what it counts is on it. After a crash it may be too low: then
  the venue sends again what is here already, and the ledger takes it once.
- A reset or a skip is a row of its own, which outweighs what is before it.

It must never say a number that is too low on the way out, nor one that is too high on the way in.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from blotter.desk.fold import NUMBERS
from blotter.desk.recorder import Recorder, SessionNote
from blotter.fix.codec import decode
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import FROM_ONE, Numbers
from blotter.fix.session import Stored
from blotter.journal.reader import TapeReader

_POSS_DUP: Final = b"\x0143=Y\x01"
_GAP_FILL: Final = "4"


class NumbersNote(SessionNote, frozen=True, kw_only=True):
    """The next numbers are these, and not by counting. `run` counts such rows; `back`: some numbers out come again, and
    mean other messages than before."""

    next_out: int
    next_in: int
    run: int
    back: bool


class SessionNumbers:
    """Of one session. Attributes are for reading."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        """`name`: the session's ("OE")."""
        self._recorder = recorder
        self._name = name
        self._key = f"next_in.{name}"
        self._whose = f"numbers.{name}"
        self._run = 0  # ordinal of the last note
        self._back_at = 0  # row behind which a number out means what it means now
        self._begun_at: int | None = None  # UTC ns at which a connection began with them
        self._numbers = FROM_ONE
        self._heard = 0  # next_in as it is stored
        self._restored = False
        self._resetting = False

    @property
    def now(self) -> Numbers:
        """The next ones."""
        if not self._restored:
            self._restore()
        return self._numbers

    @property
    def resetting(self) -> bool:
        """The process before this one ended while a reset was not answered. The next Logon must say it again: to a
        venue that has not read it, the new numbers are old ones."""
        if not self._restored:
            self._restore()
        return self._resetting

    def begin(self, at: int, runs: Schedule | None, whose: str = "") -> Numbers:
        """For a connection that is about to be opened (UTC ns). They start anew where another run has begun, and where
        they are those of another pair of comp ids (`whose`): the venue counts for each."""
        numbers = self.now
        before = self._recorder.meta(self._whose)
        if before != whose:
            if before is not None and numbers != FROM_ONE:
                self.changed(FROM_ONE, f"numbers of {whose}, no more of {before}", 0)
            self._recorder.set_meta(self._whose, whose)
        elsewhen = runs is not None and self._begun_at is not None and not runs.same_run(self._begun_at, at)
        if elsewhen and self._numbers != FROM_ONE:
            self.changed(FROM_ONE, "a new run begins by the session's hours", 0)
        self._begun_at = at
        return self._numbers

    def heard(self, next_in: int) -> None:
        """So much has come in; what it counts is on the tape."""
        if next_in == self._heard:
            return
        self._heard = next_in
        self._recorder.set_meta(self._key, f"{self._run} {next_in}")

    def left(self, numbers: Numbers) -> None:
        """A connection has ended with these."""
        self._numbers = numbers
        self.heard(numbers.next_in)

    def changed(self, numbers: Numbers, reason: str, connection: int) -> None:
        """By a reset or a skip: on the tape at once."""
        note = NumbersNote(
            event=NUMBERS,
            text=reason,
            next_out=numbers.next_out,
            next_in=numbers.next_in,
            run=self._run + 1,
            back=numbers.next_out < self._numbers.next_out or numbers == FROM_ONE,
        )
        self._recorder.note_at_once(self._name, connection, note)
        if note.back:
            self._back_at = self._recorder.tape.last_id
        self._run, self._numbers, self._heard = note.run, numbers, 0
        self._resetting = False
        if not connection:
            self._begun_at = None  # no connection began with them
        self.heard(numbers.next_in)

    # --- from the tape -------------------------------------------------------------------------------------

    def _restore(self) -> None:
        self._restored = True
        next_out, next_in = FROM_ONE
        after = before_run = 0
        with TapeReader.open(self._recorder.tape.path) as reader:
            noted = reader.found(
                "session = ? AND kind = 'ses' AND msg_type = ?",
                (self._name, NUMBERS),
                newest_first=True,
                limit=1,
            )
            if noted and (row := reader.row(noted[0])) is not None:
                note = msgspec.json.decode(row.entry.payload, type=NumbersNote)
                after, next_out, next_in, self._run = row.id, note.next_out, note.next_in, note.run
                before_run = 0 if row.entry.connection else after
                if row.entry.connection and (next_out, next_in) == FROM_ONE:
                    answer = "session = ? AND kind = 'in' AND msg_type = 'A'"
                    self._resetting = not reader.found(answer, (self._name,), after=after, limit=1)
            self._back_at = self._last_back(reader)
            sent = reader.found(
                "session = ? AND kind = 'out' AND instr(payload, ?) = 0",
                (self._name, _POSS_DUP),
                after=after,
                newest_first=True,
                limit=1,
            )
            if sent and (row := reader.row(sent[0])) is not None:
                next_out = max(row.entry.seq + 1, _skipped_to(row.entry.msg_type, row.entry.payload))
                self._begun_at = row.entry.at
            begun = reader.found(
                "session = ? AND kind = 'out' AND msg_type = 'A'",
                (self._name,),
                after=before_run,
                newest_first=True,
                limit=1,
            )
            if begun and (row := reader.row(begun[0])) is not None:
                self._begun_at = row.entry.at
        run, _, heard = (self._recorder.meta(self._key) or "").partition(" ")
        if heard and int(run) == self._run:
            next_in = self._heard = int(heard)
        self._numbers = Numbers(next_out, next_in)

    def _last_back(self, reader: TapeReader) -> int:
        found = reader.found(
            "session = ? AND kind = 'ses' AND msg_type = ? AND instr(payload, ?) > 0",
            (self._name, NUMBERS, b'"back":true'),
            newest_first=True,
            limit=1,
        )
        return found[0] if found else 0

    def sent(self, begin: int, end: int) -> Iterator[Stored]:
        """What went out under these numbers, ascending, each once. Reads the file as it goes: not for the loop's
        thread."""
        with TapeReader.open(self._recorder.tape.path) as reader:
            ids = reader.newest_by_number(self._name, begin, end, after=self._back_at, without=_POSS_DUP)
            for number, row_id in ids:
                row = reader.row(row_id)
                if row is not None:
                    yield Stored(number, decode(row.entry.payload))


def _skipped_to(msg_type: str, payload: bytes) -> int:
    """The number behind a gap fill of ours; 0 for any other message."""
    if msg_type != _GAP_FILL:
        return 0
    value = decode(payload).text(36) or ""
    return int(value) if value.isdecimal() else 0
