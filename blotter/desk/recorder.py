"""What goes onto the tape, and what is done when the tape cannot be written.

Everything that changes state passes here once, as an entry, and is folded from that entry: live and at restart the
same way. Secrets are masked before an entry exists.
"""

import logging
from collections.abc import Callable, Sequence

import msgspec

from blotter.desk.clock import Clock
from blotter.desk.fold import Finding, Fold
from blotter.fix.codec import Message, masked
from blotter.fix.session import Again, Stamped
from blotter.journal.tape import Entry, Kind, Tape, TapeFailed
from blotter.trading.event import OwnEvent
from blotter.trading.ledger import Delta

log = logging.getLogger(__name__)


_json = msgspec.json.Encoder()


LEAVING = "Blotter is leaving"
"""Why a session ends that we end ourselves: to lose it is something else."""


class SessionNote(msgspec.Struct, frozen=True, kw_only=True):
    """A connection or session event as the tape stores it (Kind.SESSION)."""

    event: str  # "dial", "live", "handover", "end", "garbage", "difference"
    text: str = ""
    endpoint: str = ""
    comp_id: str = ""
    clean: bool = False


_COMP_IDS = frozenset({49, 56})


class Recorder:
    """The desk's pen: makes entries, writes them, folds them, keeps what could not be written."""

    def __init__(self, tape: Tape, fold: Fold, clock: Clock, secret_tags: frozenset[int]) -> None:
        self.tape = tape
        self.fold = fold
        self._clock = clock
        self._secret_tags = secret_tags
        self._secret_comp_id = bool(secret_tags & _COMP_IDS)
        self._meta: dict[str, str] = {}
        self._unstored: dict[str, None] = {}  # keys that the disk has not got yet
        self.commits = 0  # given to the writer and not folded yet
        self._connection = int(tape.meta("connection") or 0)

    @property
    def trouble(self) -> str:
        """Why nothing can be recorded now; "" when all is well."""
        return str(self.tape.failed) if self.tape.failed is not None else ""

    def next_connection(self) -> int:
        """An ordinal for a new socket, never used before on this tape."""
        self._connection += 1
        self.set_meta("connection", str(self._connection))
        return self._connection

    def meta(self, key: str) -> str | None:
        return self._meta[key] if key in self._meta else self.tape.meta(key)

    def set_meta(self, key: str, value: str) -> None:
        """Remember a small fact about the tape's owner; in memory only while the disk refuses it."""
        self._meta[key] = value
        self._unstored[key] = None
        self._store_meta()

    def _store_meta(self) -> None:
        """What the disk refused when it was to be remembered, it gets when it is well again."""
        try:
            for key in list(self._unstored):
                self.tape.set_meta(key, self._meta[key])
                del self._unstored[key]
        except TapeFailed as error:  # `trouble` says so, and entry is closed
            log.warning("%s could not be stored: %s", ", ".join(self._unstored), error)

    def fact(self, event: OwnEvent) -> Entry:
        """An entry for a fact of ours."""
        return Entry(event.at, Kind.ACT, "", 0, 0, type(event).__name__, _json.encode(event))

    def outbound(self, stamped: Stamped, session: str, connection: int, at: int) -> Entry:
        data = self._fit(stamped.msg_type, stamped.data)
        return Entry(at, Kind.OUT, session, connection, stamped.msg_seq_num, stamped.msg_type, data)

    def again(self, again: Again, session: str, connection: int, at: int) -> Entry:
        """A message that is sent once more."""
        return Entry(at, Kind.OUT, session, connection, again.msg_seq_num, again.msg_type, again.data)

    def inbound(self, message: Message, session: str, connection: int, at: int) -> Entry:
        raw = self._fit(message.msg_type, message.raw)
        return Entry(at, Kind.IN, session, connection, message.msg_seq_num, message.msg_type, raw)

    def _fit(self, msg_type: str, raw: bytes) -> bytes:
        """Fit to be stored: only a Logon holds secrets, unless the comp id itself is one."""
        return masked(raw, self._secret_tags) if msg_type == "A" or self._secret_comp_id else raw

    def note(self, session: str, connection: int, note: SessionNote) -> None:
        """Record a session event; never worth stopping for."""
        self.append([self._noted(session, connection, note)])

    def note_at_once(self, session: str, connection: int, note: SessionNote) -> None:
        """The same before this returns, unless the disk fails: then it is kept in memory."""
        entry = self._noted(session, connection, note)
        try:
            self.write([entry])
        except TapeFailed as error:
            log.warning("kept in memory: %s", error)
            self.append([entry])
        self.fold.apply(entry)

    def _noted(self, session: str, connection: int, note: SessionNote) -> Entry:
        return Entry(self._clock().wall, Kind.SESSION, session, connection, 0, note.event, _json.encode(note))

    def append(self, entries: Sequence[Entry]) -> None:
        """Batched, without waiting: what the venue already knows, or what had to leave although the disk fails.

        While it fails the tape keeps them in memory; `trouble` says so.
        """
        self.tape.append(entries)

    def hold(self, entries: Sequence[Entry]) -> None:
        """Put them before whatever is written next in this turn of the loop; `flush` ends the turn."""
        self.tape.hold(entries)

    def flush(self) -> None:
        """Write what is held. While the disk fails it stays in the tape's memory."""
        if self.tape.failed is None and self.tape.backlog:
            try:
                self.tape.write(())
            except TapeFailed as error:
                log.warning("kept in memory: %s", error)
        if self._unstored and self.tape.failed is None:
            self._store_meta()

    def write(self, entries: Sequence[Entry]) -> None:
        """Inline, process-durable. Raises TapeFailed; then none of it is on the tape."""
        self.tape.write(entries)

    def commit(self, entries: Sequence[Entry], done: Callable[[range | TapeFailed], None]) -> None:
        """Power-durable; `done` is called on the writer thread."""
        self.tape.commit(entries, done)

    def found(self, findings: Sequence[Finding], source: str = "REST") -> list[Delta]:
        """What the venue answered when it was asked, and is believed: evidence rows, folded from there. `source`: who
        was asked, REST or a session."""
        at = self._clock().wall
        entries = [
            Entry(at, Kind.EVIDENCE, source, 0, 0, finding.kind, _json.encode(finding))
            for finding in findings
        ]
        self.append(entries)
        return [self.fold.apply(entry) for entry in entries]

    def record(self, events: Sequence[OwnEvent]) -> list[Delta]:
        """Facts without a message (time-out, session gap): fold them whatever the disk says."""
        self.append([self.fact(event) for event in events])
        return [self.fold.own(event) for event in events]
