"""From one session to the next of its kind without a gap: open, switch, wait for what is outstanding, log out.

    old   ──── requests ───────────────────┬ answers, late reports ─── Logout
    new         dial ── Logon ── reports ──┴── requests ──────────────────────▶
                          ▲ refused or lost: stay on the old one, try again

Both sessions bring every report while both are up, and the ledger takes each once, so nothing is lost or doubled
whichever is ahead (fact sheet 3.7). Answers to a request (9, XAR, r, 3) come only where it was asked: the switch waits
a moment for an instant with none outstanding, so that a cancel does not overtake its order on another socket, and the
old session is left only when it owes nothing, or after `DRAIN` seconds. It must never close entry, and never leave the
old session while the new one is not logged on.
"""

from typing import Protocol

import anyio

from blotter.desk.clock import Clock
from blotter.desk.connection import Connection

SECOND = 1_000_000_000
QUIET = 0.5
"""Seconds to wait at most for an instant without an unanswered request."""
LINGER = 2.0
"""Seconds both are kept at least: drop copies are 1 s late, and reports from before the new Logon come on the old."""
DRAIN = 5.0
"""Seconds the old one is kept at most for answers."""
LOOK_EVERY = 0.01


class Between(Protocol):
    """What holds both ends."""

    def next_dial(self) -> int:
        """Mono ns before which no connection may be tried."""
        ...

    def open_next(self) -> Connection: ...
    def switch(self, old: Connection, new: Connection) -> None: ...
    def unanswered(self, connection: Connection) -> int:
        """How many requests that went out there have no answer."""
        ...

    def warn(self, text: str) -> None: ...
    def handed_over(self, handover: "HandOver") -> None:
        """It is over, one way or the other."""
        ...


class HandOver:
    """One change of session. `words` is what the screen shows of it."""

    def __init__(self, between: Between, old: Connection, clock: Clock) -> None:
        self.words = "the next session is about to be opened"
        self.complete = False  # the old one has said all it had to say
        self._between = between
        self._old = old
        self._clock = clock
        self._scope = anyio.CancelScope()

    def cancel(self) -> None:
        """There is nothing to hand over any more."""
        self._scope.cancel()

    async def run(self) -> None:
        """Until the old session is gone. Which one is in use is the keeper's to know at every moment."""
        try:
            with self._scope:
                new = await self._open()
                while not await self._quiet(new):
                    new = await self._open()
                self._between.switch(self._old, new)
                await self._drain(new)
        finally:
            self._between.handed_over(self)

    async def _open(self) -> Connection:
        told = ""
        while True:
            wait = self._between.next_dial() - self._clock().mono
            await anyio.sleep(max(0.0, wait / SECOND))
            connection = self._between.open_next()
            self.words = f"next session {connection.comp_id} logging on"
            await connection.decided.wait()
            if connection.live:
                return connection
            self.words = f"no next session, staying on {self._old.comp_id}: {connection.reason}"
            if connection.reason != told:
                told = connection.reason
                self._between.warn(self.words)

    async def _quiet(self, new: Connection) -> bool:
        """Wait for the moment to switch. False: the new one was lost meanwhile."""
        with anyio.move_on_after(QUIET):
            while self._between.unanswered(self._old):
                if self._old.over.is_set() or new.over.is_set():
                    break
                await anyio.sleep(LOOK_EVERY)
        return not new.over.is_set()

    async def _drain(self, new: Connection) -> None:
        old, start = self._old, self._clock().mono
        while not old.over.is_set():
            left, passed = self._between.unanswered(old), (self._clock().mono - start) / SECOND
            owed = f"{left} answer{'' if left == 1 else 's'} outstanding on the old one"
            self.words = f"switched to {new.comp_id}, {owed}"
            if (passed >= LINGER and not left) or passed >= DRAIN:
                break
            await anyio.sleep(LOOK_EVERY)
        self.words = f"switched to {new.comp_id}, the old session is logging out"
        lingered = self._clock().mono - start >= LINGER * SECOND
        old.log_out(f"handed over to {new.comp_id}")
        await old.over.wait()
        self.complete = (lingered or old.clean) and not self._between.unanswered(old)
