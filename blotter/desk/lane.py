"""The way out of one session: stamp, tape, write, burn, strictly in that order and one batch at a time.

                 put()                 tape has it                 socket took it
    queued  ───────────────▶ stamped ───────────────▶ recorded ───────────────────▶ burned, folded
                                │ tape failed             │ socket gone
                                ▼                         ▼
                            not sent                  folded, NotSent on the tape

A number is given at `stamped` and used up only at `burned`; whatever fails before leaves it for the next message.
Never may a message be written twice, or a later number overtake an earlier one. What is on the tape is folded right
behind the write, in the same turn of the loop: no answer can come between, and the order leaves that much sooner.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import msgspec

from blotter.desk.clock import Clock
from blotter.desk.rates import Budget
from blotter.desk.recorder import Recorder
from blotter.desk.wire import Wire
from blotter.fix.session import Again, Draft, Instant, NotLiveError, Session, Stamped
from blotter.journal.tape import Entry, TapeFailed
from blotter.trading.event import (
    AmendRequested,
    NotSent,
    OrderListSubmitted,
    OrderSubmitted,
    OwnEvent,
    ReplaceRequested,
)
from blotter.trading.ledger import Delta

COMMIT_DEADLINE = 2.0
"""Seconds a disk may take for one commit before what waits for it is given up as not sent."""
CANCEL_DEADLINE = 0.25
"""Seconds a disk may keep a cancel waiting, its own commit or one before it: then the cancel leaves without."""


ADDING = (OrderSubmitted, OrderListSubmitted, ReplaceRequested)
"""Facts of messages that may add to what is open."""
SECOND = 1_000_000_000


class Outgoing(msgspec.Struct, frozen=True):
    """A message to send. `fact` is what it means for the ledger; `cl_ord_id` is the request it carries.

    `essential` ones (cancels, session traffic) leave even when the tape cannot be written: the one exception to
    "nothing is sent that is not on the tape first". `done` gets "" once it is written, else why it never will be;
    `numbered` gets the connection and the MsgSeqNum it was written under, before that.
    """

    draft: Draft
    done: Callable[[str], None] | None = None
    fact: OwnEvent | None = None
    cl_ord_id: str = ""
    power_durable: bool = False
    essential: bool = False
    numbered: Callable[[int, int], None] | None = None

    @property
    def cancels(self) -> bool:
        """A request that only takes away, and that somebody is in a hurry for."""
        return self.essential and bool(self.cl_ord_id)


class _Batch(msgspec.Struct, frozen=True):
    items: list[tuple[Outgoing, Stamped]]
    entries: list[Entry]


class Lane:
    """The outbound side of one connection."""

    def __init__(
        self,
        name: str,
        connection: int,
        session: Session,
        wire: Wire,
        recorder: Recorder,
        clock: Clock,
        on_delta: Callable[[Delta], None],
        on_sent: Callable[[Stamped, Outgoing, int], None],
        budget: Budget,
    ) -> None:
        self._name = name
        self._connection = connection
        self._session = session
        self._wire = wire
        self._recorder = recorder
        self._clock = clock
        self._on_delta = on_delta
        self._on_sent = on_sent
        self._budget = budget
        self._queue: deque[Outgoing] = deque()
        self._committing: _Batch | None = None
        self._closed = ""
        self._revoked = ""  # why the batch being committed may not leave
        self._pacing: asyncio.TimerHandle | None = None  # until more may be written
        self._gathering = 0  # batches being put together
        self.commit_ns: int | None = None  # what the last power-durable commit took

    @property
    def idle(self) -> bool:
        """Nothing is between the tape and the socket."""
        return self._committing is None

    @property
    def at_rest(self) -> bool:
        """Nor does anything wait to leave, and nothing is being sent again."""
        return self.idle and not self._queue and not self._gathering

    def put(self, outgoing: Outgoing) -> None:
        """Send it as soon as what is before it is gone."""
        if self._closed:
            _answer(outgoing, self._closed)
            return
        self._queue.append(outgoing)
        if outgoing.cancels and self._committing is not None:
            self._give_up_within(CANCEL_DEADLINE, self._committing)
        self._pump()

    def again(self, some: Sequence[Again]) -> bool:
        """Write what answers a ResendRequest, as it is: it uses up no number, and stands on the tape from the first
        time. False when the connection is gone."""
        if self._closed or not self._wire.write(b"".join([one.data for one in some])):
            return False
        at, recorder = self._clock().wall, self._recorder
        entries = [recorder.again(one, self._name, self._connection, at) for one in some]
        recorder.append(entries)
        for entry in entries:
            recorder.fold.apply(entry)
        return True

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is put meanwhile waits for the last of it and leaves in one batch: one commit, one write."""
        self._gathering += 1
        try:
            yield
        finally:
            self._gathering -= 1
            self._pump()

    def revoke(self, cause: str) -> None:
        """Stop what has not been written yet, but for what is essential: entry was just turned off."""
        waiting = list(self._queue)
        self._queue.clear()
        for outgoing in waiting:
            if outgoing.essential:
                self._queue.append(outgoing)
            else:
                _answer(outgoing, cause)
        self._revoked = cause if self._committing is not None else ""

    def close(self, reason: str) -> None:
        """The connection is over: what has not been written is answered as not sent."""
        if self._closed:
            return
        self._closed = reason
        if self._pacing is not None:
            self._pacing.cancel()
        waiting = list(self._queue)
        self._queue.clear()
        for outgoing in waiting:
            _answer(outgoing, reason)

    def _pump(self) -> None:
        while self._queue and self._committing is None and not self._closed and not self._gathering:
            waiting = list(self._queue)
            self._queue.clear()
            now = self._clock()
            items: list[tuple[Outgoing, Stamped]] = []
            entries: list[Entry] = []
            power_durable = False
            held: list[Outgoing] = []
            for outgoing in waiting:
                if not self._may_go(outgoing, now.mono, held):
                    continue
                self._add(outgoing, now, items, entries)
                power_durable |= outgoing.power_durable
            if held:
                self._queue.extendleft(reversed(held))
                self._pump_later(self._budget.wait(now.mono))
            if not items:
                if held:
                    return
                continue
            batch = _Batch(items, entries)
            if power_durable:
                self._commit(batch)
            else:
                self._write_through(batch)

    def _may_go(self, outgoing: Outgoing, mono: int, held: list[Outgoing]) -> bool:
        """Keep to the messages the venue allows, or it ends the session. What the session itself says always goes; a
        cancel or a question waits, in its turn; an order is refused, for it must never leave late."""
        budget = self._budget
        if not outgoing.cl_ord_id and outgoing.essential:
            return True
        if _adds(outgoing.fact):
            if budget.order_may_go(mono):
                return True
            used = f"{budget.used(mono):,} of {budget.maximum:,} messages in {budget.seconds} s"
            _answer(outgoing, f"not sent: {used} are used, the rest is kept for cancels")
            return False
        if not held and not budget.wait(mono):
            return True
        held.append(outgoing)
        return False

    def _pump_later(self, wait: int) -> None:
        if self._pacing is None:
            self._pacing = asyncio.get_running_loop().call_later(wait / SECOND, self._paced)

    def _paced(self) -> None:
        self._pacing = None
        self._pump()

    def _never_left(self, outgoing: Outgoing, cause: str, at: int) -> None:
        """Its rows may be on the tape or not (a late disk, a failed flush): what was meant and that it did not leave is
        said again behind them, so that a restart shows what the screen shows. Told twice, a fact counts once."""
        if outgoing.fact is not None and outgoing.cl_ord_id:
            facts = [outgoing.fact, NotSent(cl_ord_id=outgoing.cl_ord_id, text=cause, at=at)]
            for delta in self._recorder.record(facts):
                self._on_delta(delta)
        _answer(outgoing, f"not sent: {cause}")

    def _add(
        self, outgoing: Outgoing, now: Instant, items: list[tuple[Outgoing, Stamped]], entries: list[Entry]
    ) -> None:
        """Stamp one message behind those in `items`; one that cannot be sent is answered and left out."""
        try:
            stamped = self._session.stamp(outgoing.draft, now, len(items))
        except (NotLiveError, ValueError) as error:
            _answer(outgoing, f"not sent: {error}")
            return
        self._budget.count(now.mono)
        items.append((outgoing, stamped))
        if outgoing.fact is not None:
            entries.append(self._recorder.fact(outgoing.fact))
        entries.append(self._recorder.outbound(stamped, self._name, self._connection, now.wall))

    def _write_through(self, batch: _Batch) -> None:
        try:
            self._recorder.write(batch.entries)
        except TapeFailed as error:
            self._without_tape(batch, f"it could not be recorded: {error}")
        else:
            self._flush(batch)

    def _commit(self, batch: _Batch) -> None:
        loop = asyncio.get_running_loop()
        self._committing = batch
        started = self._clock().mono

        def answered(result: range | TapeFailed) -> None:
            loop.call_soon_threadsafe(self._committed, batch, result, started)

        hurry = any(outgoing.cancels for outgoing, _ in batch.items)
        self._give_up_within(CANCEL_DEADLINE if hurry else COMMIT_DEADLINE, batch)
        self._recorder.commits += 1
        self._recorder.commit(batch.entries, answered)

    def _committed(self, batch: _Batch, result: range | TapeFailed, started: int) -> None:
        self.commit_ns = self._clock().mono - started
        self._recorder.commits -= 1
        if self._committing is not batch:
            return  # given up before, and the tape says so behind these rows
        self._committing = None
        revoked, self._revoked = self._revoked, ""
        if isinstance(result, TapeFailed):
            self._without_tape(batch, f"it could not be recorded: {result}")
        elif revoked:
            self._without_tape(batch, revoked)
        elif batch.items[0][1].msg_seq_num != self._session.next_out:
            self._without_tape(batch, "the numbers were reset while it was being recorded")
        else:
            self._flush(batch)
        self._pump()

    def _give_up_within(self, seconds: float, batch: _Batch) -> None:
        asyncio.get_running_loop().call_later(seconds, self._give_up, batch, seconds)

    def _give_up(self, batch: _Batch, seconds: float) -> None:
        """The disk hangs. The session must go on, so the lane moves past what waits for it."""
        if self._committing is not batch:
            return
        self._committing, self._revoked = None, ""
        self._without_tape(batch, f"the disk did not confirm within {seconds:g} s")
        self._pump()

    def _without_tape(self, batch: _Batch, cause: str) -> None:
        """Only what is essential leaves, under fresh numbers, remembered until the tape is back."""
        now = self._clock()
        items: list[tuple[Outgoing, Stamped]] = []
        entries: list[Entry] = []
        for outgoing, _ in batch.items:
            if not outgoing.essential:
                self._never_left(outgoing, cause, now.wall)
                continue
            self._add(outgoing, now, items, entries)
        self._recorder.append(entries)
        self._flush(_Batch(items, entries))

    def _flush(self, batch: _Batch) -> None:
        items = batch.items
        if not items:
            return
        written = not self._closed and self._wire.write(b"".join([stamped.data for _, stamped in items]))
        now = self._clock()
        if written:  # all numbers are used up before anybody hears of it: who does may put the next message
            for _, stamped in items:
                self._session.wrote(stamped, now)
        fold = self._recorder.fold
        for outgoing, stamped in items:
            if outgoing.cl_ord_id:
                fold.sent(self._connection, stamped.msg_seq_num, outgoing.cl_ord_id)
            if outgoing.fact is not None:
                self._on_delta(fold.own(outgoing.fact))
        if not written:
            self._not_sent(batch, self._closed or "the connection was gone before it could be written")
            return
        for outgoing, stamped in items:
            self._on_sent(stamped, outgoing, now.wall)
            if outgoing.numbered is not None:
                outgoing.numbered(self._connection, stamped.msg_seq_num)
            _answer(outgoing, "")

    def _not_sent(self, batch: _Batch, cause: str) -> None:
        at = self._clock().wall
        for outgoing, _ in batch.items:
            if outgoing.cl_ord_id:
                self._record_not_sent(outgoing, cause, at)
            _answer(outgoing, cause)

    def _record_not_sent(self, outgoing: Outgoing, cause: str, at: int) -> None:
        for delta in self._recorder.record([NotSent(cl_ord_id=outgoing.cl_ord_id, text=cause, at=at)]):
            self._on_delta(delta)


def _adds(fact: OwnEvent | None) -> bool:
    """Whether its message may add to what is open; a change of terms is one that may."""
    return isinstance(fact, ADDING) or (isinstance(fact, AmendRequested) and fact.request is not None)


def _answer(outgoing: Outgoing, cause: str) -> None:
    if outgoing.done is not None:
        outgoing.done(cause)
