"""What becomes of the desks when the screen has gone: the leave policy, at every venue at once.

A venue that does not answer is named and holds nobody else up: the others have logged out by then.
"""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final

from blotter.config import LeavePolicy
from blotter.desk.runtime import DeskThread

log = logging.getLogger(__name__)

GRACE: Final = 5.0
"""Seconds beyond the time for cancels that a desk has to log out."""
NAMED: Final = 20
UNKNOWN: Final = "what is open there is not known"


class Leaving:
    """Runs the leave policy exactly once, whoever asks first."""

    def __init__(
        self, desks: Mapping[str, DeskThread], cancel_timeout: float, *, grace: float = GRACE
    ) -> None:
        """`desks`: by the configured name of their venue. `cancel_timeout`: seconds, for each of them; `grace`: beyond
        them, where there are several."""
        self._desks = desks
        self._cancel_timeout = cancel_timeout
        self._grace = grace
        self._lock = threading.Lock()
        self.left: list[str] = []
        """What a person has to know afterwards, a line each."""
        self.stuck = False
        """A desk does not end: waiting for its thread would be for ever."""

    def finished(self) -> bool:
        """Every desk has ended."""
        return all(desk.finished() for desk in self._desks.values())

    def follow(self, policy: LeavePolicy) -> None:
        """Cancel or leave what is open, log out, wait for the desks to end. STAY returns at once."""
        with self._lock:
            if policy is LeavePolicy.STAY or self.finished():
                return
            cancel = policy is LeavePolicy.CANCEL
            asked = {}
            for name, desk in self._desks.items():
                if desk.finished():
                    self.left.append(f"{name}: its desk had ended before; {UNKNOWN}")
                else:
                    asked[name] = desk.task(self._leave, desk, cancel)
            until = time.monotonic() + self._cancel_timeout + self._grace
            for name, leaving in asked.items():
                self._wait(name, leaving, until)

    async def _leave(self, desk: DeskThread, cancel: bool) -> list[str]:
        orders = await desk.desk.leave(cancel=cancel, timeout=self._cancel_timeout)
        return [order.id for order in orders]

    def _wait(self, name: str, leaving: Future[list[str]], until: float) -> None:
        several = len(self._desks) > 1
        try:
            still_open = leaving.result(_from_now(until) if several else None)
            self._desks[name].wait(_from_now(until) if several else None)
        except TimeoutError:
            self.stuck = True
            self.left.append(f"{name}: its desk did not end in time; {UNKNOWN}")
            return
        except Exception as error:  # whatever it is: the other desks log out all the same
            log.exception("the desk of %s failed while it was left", name)
            self.left.append(f"{name}: its desk failed ({error!r}); {UNKNOWN}")
            return
        if still_open:
            count = "1 order is" if len(still_open) == 1 else f"{len(still_open)} orders are"
            where = name if several else "the venue"
            self.left.append(f"{count} still open at {where}: " + ", ".join(still_open[:NAMED]))


def _from_now(until: float) -> float:
    return max(0.0, until - time.monotonic())
