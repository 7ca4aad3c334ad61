"""A recorded day through the same port as a running desk: the same frames, at a speed of one's own.

Read-only by construction: it has a tape opened for reading and nothing else, no session, no credentials, no socket;
every command is answered with "this is a recording". The work is done in a thread of its own, so that neither a long
way to go nor a fast replay makes the screen wait.

Its clocks are those of the recording: `wall` and `mono` are the moment that was last drained, so that ages on the
screen are the ages that were seen then, and stand still while it is paused.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Self

from blotter.desk.acts import seen
from blotter.desk.change import (
    RECORDED,
    Answer,
    DeskView,
    ExplainedField,
    Frame,
    LinkState,
    Notice,
    ReplayView,
    Severity,
)
from blotter.desk.command import AnyCommand
from blotter.desk.feed import Feed
from blotter.desk.fold import whole
from blotter.desk.recording import Landmark, Passed, Recording, raw_message
from blotter.desk.searching import TapeSearch
from blotter.desk.summary import Summary
from blotter.desk.telling import notices
from blotter.journal.reader import TapeReader
from blotter.trading.ledger import Delta
from blotter.venues.base import Venue

log = logging.getLogger(__name__)

SECOND: Final = 1_000_000_000
TICK: Final = 1 / 30
"""Seconds between two looks at what is due."""
SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1000.0)
TURN: Final = 0.02
"""Seconds of folding at most before the position is published, however fast the replay."""
SWITCH_INTERVAL: Final = 0.0005
"""Seconds this thread may hold the interpreter while the screen waits."""


class Replay:
    """Implements `DeskPort` and `RecordingPort` (`blotter.desk.change`). Use as a context manager."""

    def __init__(self, path: Path, venue: Venue, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Raises `TapeUnusable` for what is no tape. `monotonic`: seconds, by which the replay goes on."""
        self._reader = TapeReader.open(path)
        self._recording = Recording(self._reader, venue)
        self._venue = venue
        self._monotonic = monotonic
        self._summary = Summary(
            venue.dictionary, venue.secret_tags, lambda names: self._recording.fold.own_id(names)
        )
        self._requests: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._at = self._recording.first_at  # UTC ns: the moment of the recording
        self._speed = 1.0
        self._playing = False
        self._busy = ""
        self._replaced = False
        self._drained = self._at
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._ended = False
        self._fresh()

    def __enter__(self) -> Self:
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the thread and let go of the tape."""
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self._reader.close()

    # --- RecordingPort -------------------------------------------------------------------------------------

    @property
    def recording(self) -> Recording:
        """The state at the position; for its own thread, and for tests while nothing moves."""
        return self._recording

    def pause(self, paused: bool | None = None) -> None:
        self._requests.put(lambda: self._pause(self._playing if paused is None else paused))

    def faster(self, steps: int) -> None:
        self._requests.put(lambda: self._faster(steps))

    def speed(self, text: str) -> str:
        try:
            speed = float(text.lower().removeprefix("x").removesuffix("x"))
        except ValueError:
            return f"speed {text!r} is not a number"
        if not SPEEDS[0] <= speed <= SPEEDS[-1]:
            return f"speed {text}: from {SPEEDS[0]:g} to {SPEEDS[-1]:g}"
        self._requests.put(lambda: self._set_speed(speed))
        return ""

    def step(self, back: bool = False) -> None:
        self._requests.put(lambda: self._landmark(Landmark.EVENT, back))

    def jump(self, text: str) -> str:
        view = self._view
        if not view.rows:
            return "this tape is empty"
        moment = moment_of(text, view.at, view.first_at)
        if isinstance(moment, str):
            return moment
        if not view.first_at <= moment <= view.last_at:
            return (
                f"{text} is not on this tape: it goes from {_words(view.first_at)} to {_words(view.last_at)}"
            )
        self._requests.put(lambda: self._jump(moment))
        return ""

    def seek(self, what: str, back: bool = False) -> str:
        try:
            landmark = Landmark(what.lower().removesuffix("s"))
        except ValueError:
            return f"{what}: there is no such thing to go to; {', '.join(one.value for one in Landmark)}"
        self._requests.put(lambda: self._landmark(landmark, back))
        return ""

    def search(self) -> TapeSearch:
        """All messages of the tape, those behind the position too. To be closed by whoever asked."""
        return TapeSearch(self._reader.path, self._venue, lambda names: self._recording.fold.own_id(names))

    # --- DeskPort ------------------------------------------------------------------------------------------

    def post(self, command: AnyCommand) -> None:
        """Refused, whatever it is: there is nothing behind this port that could carry it out."""
        with self._lock:
            self._feed.answer(Answer(id=command.id, ok=False, text=RECORDED))

    def drain(self) -> Frame:
        with self._lock:
            feed, view, replaced, self._replaced = self._feed, self._view, self._replaced, False
            self._drained = view.at
            frame = feed.drain()
        frame.replay, frame.replaced = view, replaced
        if frame.desk is not None:
            frame.desk = self._desk_view(view)
        return frame

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        message = whole(raw)
        if message is None:
            return []
        fields = self._venue.dictionary.explain(message, mask=self._venue.secret_tags)
        return [ExplainedField(one.tag, one.name, one.value, one.meaning, one.depth) for one in fields]

    def mono(self) -> int:
        return self._drained

    def wall(self) -> int:
        return self._drained

    # --- the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        looked = self._monotonic()
        while not self._ended:
            try:
                self._take(TICK if self._playing else 0.5)
                now = self._monotonic()
                if self._playing:
                    self._play(int((now - looked) * self._speed * SECOND))
                else:
                    self._publish()
                looked = now
            except Exception as error:
                log.exception("the replay stumbled")
                self._playing, self._busy = False, ""
                self._say(f"the replay stumbled: {error!r}", Severity.ERROR)
                self._publish()

    def _take(self, wait: float) -> None:
        """Carry out what was asked, waiting for it at most so long."""
        try:
            request = self._requests.get(timeout=wait)
            while True:
                if request is None:
                    self._ended = True
                    return
                request()
                self._publish()
                request = self._requests.get_nowait()
        except Empty:
            return

    def _play(self, passed: int) -> None:
        """Let so many ns of the recording go by."""
        recording, until = self._recording, self._monotonic() + TURN
        target = self._at + passed
        while (row := recording.peek()) is not None:
            if row.entry.at > target:
                break
            self._tell(recording.step())
            if self._monotonic() > until:  # faster than it can be folded: no moment is skipped
                target = recording.at
                break
        if row is None:
            target = min(target, max(recording.last_at, self._at))
        self._at = max(self._at, target)
        self._publish()

    def _tell(self, passed: Passed | None) -> None:
        """Feed what a row has changed."""
        if passed is None:
            return
        feed, entry = self._feed, passed.row.entry
        feed.delta(passed.delta)
        for notice in notices(passed.delta, entry.at):
            feed.notice(notice)
        if passed.link:
            view = self._recording.links.views[passed.link]
            feed.link(view)
            if view.state is LinkState.LIVE and view.since == entry.at:
                self._say(f"{view.name} is live")
            elif view.state is LinkState.WAITING and view.since == entry.at:
                self._say(f"{view.name} is down: {view.reason}", Severity.ERROR)
        if passed.quote is not None:
            feed.quotes((passed.quote,))
        if entry.kind.value in ("in", "out"):
            feed.message(raw_message(passed.row))
        if (act := seen(entry)) is not None:
            feed.act(act)

    # --- what was asked for --------------------------------------------------------------------------------

    def _pause(self, paused: bool) -> None:
        if not paused and self._recording.peek() is None:
            self._say("the end of the recording: nothing comes after this")
        self._playing = not paused

    def _faster(self, steps: int) -> None:
        nearest = min(range(len(SPEEDS)), key=lambda place: abs(SPEEDS[place] - self._speed))
        self._set_speed(SPEEDS[max(0, min(nearest + steps, len(SPEEDS) - 1))])

    def _set_speed(self, speed: float) -> None:
        self._speed = speed

    def _jump(self, moment: int) -> None:
        self._busy = f"going to {_words(moment)}"
        if self._go(self._reader.row_at(moment)):
            self._at = moment
        self._fresh()

    def _landmark(self, what: Landmark, back: bool) -> None:
        recording = self._recording
        self._playing = False
        here, hop = recording.row_id, what is Landmark.EVENT
        self._busy = f"looking for the {'last' if back else 'next'} {what.value}"
        self._publish()
        while (row_id := recording.find(what, back=back)) is not None:
            if not self._go(row_id - 1):
                return
            passed = recording.step()
            if passed is None or what is not Landmark.FILL or passed.delta.fills:
                self._at = recording.at
                if hop and not back and row_id == here + 1:
                    self._busy = ""
                    self._tell(passed)  # one row further: no reason to draw everything anew
                else:
                    self._fresh()
                return
        if recording.row_id != here:
            self._go(here)
        self._busy = ""
        self._say(f"no {what.value} {'before' if back else 'after'} this", Severity.WARNING)

    def _go(self, row_id: int) -> bool:
        """Have the state of a row; False when another request came first."""
        what, way = self._busy, self._recording.seek(row_id)
        for done in way:
            if not self._requests.empty():
                way.close()
                self._at = self._recording.at
                self._fresh()
                return False
            self._busy = f"{what} {done:.0%}" if done else what
            self._publish()
        return True

    # --- telling the screen --------------------------------------------------------------------------------

    def _fresh(self) -> None:
        """Everything there is, in place of all that was shown."""
        recording = self._recording
        self._busy = ""
        feed = Feed(lambda: self._at, self._summary.of)
        feed.instruments(recording.instruments.values())
        ledger = recording.fold.ledger
        feed.delta(
            Delta(
                tuple(ledger.orders.values()),
                tuple(ledger.fills),
                lists=tuple(ledger.lists.values()),
                held=tuple(ledger.held.items()),
            )
        )
        for position in ledger.positions.values():
            feed.delta(Delta(position=position))
        for view in recording.links.views.values():
            feed.link(view)
        feed.quotes(recording.quotes.values())
        for message in recording.messages():
            feed.message(message)
        for act in recording.acts():
            feed.act(act)
        with self._lock:
            self._feed, self._replaced = feed, True
        self._publish()

    def _publish(self) -> None:
        recording = self._recording
        view = ReplayView(
            at=self._at,
            first_at=recording.first_at,
            last_at=recording.last_at,
            row=recording.row_id,
            rows=recording.rows,
            speed=self._speed,
            playing=self._playing,
            busy=self._busy,
        )
        with self._lock:
            self._view = view
            self._feed.desk(self._desk_view(view))

    def _desk_view(self, view: ReplayView) -> DeskView:
        stopped = self._recording.fold.stopped is not None
        return DeskView(
            venue=self._venue.title,
            environment="recording",
            pulse=view.at,
            stopped=stopped,
            entry_blocked="this is a recording",
            tape_rows=view.row,
            recording=str(self._reader.path),
            features=frozenset(feature.name for feature in self._venue.features),
        )

    def _say(self, text: str, severity: Severity = Severity.INFO) -> None:
        with self._lock:
            self._feed.notice(Notice(at=self._at, severity=severity, text=text))


# --- moments -----------------------------------------------------------------------------------------------

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")


def moment_of(text: str, near: int, first_at: int) -> int | str:
    """UTC ns of `10:14:21.5`, on the day of `near` (on the next where that is before the tape began), or of an ISO
    time; what is wrong with it otherwise."""
    if found := _TIME.fullmatch(text.strip()):
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour > 23 or minute > 59 or second > 59:
            return f"{text} is no time of day"
        day = near // SECOND // 86_400
        rest = int((found[4] or "").ljust(9, "0"))
        moment = (day * 86_400 + hour * 3600 + minute * 60 + second) * SECOND + rest
        return moment if moment >= first_at else moment + 86_400 * SECOND
    fraction = re.search(r"(?<=:\d\d)\.(\d{1,9})", text)  # of which `datetime` would keep six digits only
    try:
        moment_at = datetime.fromisoformat(text.replace(fraction[0], "", 1) if fraction else text)
    except ValueError:
        return f"{text!r} is no time: 10:14:21, or 2026-11-22T10:14:21 (UTC)"
    if moment_at.tzinfo is None:
        moment_at = moment_at.replace(tzinfo=UTC)
    seconds = (moment_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * SECOND + (int(fraction[1].ljust(9, "0")) if fraction else 0)


def _words(at: int) -> str:
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M:%S}"
