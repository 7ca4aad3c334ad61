"""The faults that happen to connections over time: drops, stalls, maintenance. Owns their timers, nothing else."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from blotter.exchange.faults import FaultKind, FaultSpec
from blotter.exchange.hub import Client, Hub
from blotter.fix.effects import Draft
from blotter.venues.binance import tags as t
from blotter.venues.binance.tags import MsgType

NEWS_EVERY: Final = 10.0  # seconds, fact sheet section 3.7
SETTLING: Final = 1.0  # seconds after the first logon before a fault asked for at the start happens
REFUSING: Final = 60.0  # seconds that the REST weight is used up for, unless another time is asked for
_COUNTDOWN: Final = "You'll be disconnected in {0:.0f} seconds. Please reconnect."
_LAST_NEWS: Final = "Your connection is about to be closed. Please reconnect."


class Rehearsal:
    """Carries faults out. Use inside the running event loop."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._timers: set[asyncio.TimerHandle] = set()

    def begin(self, faults: tuple[FaultSpec, ...]) -> None:
        """The faults asked for at the start. What happens to sessions waits until the first has been live a while."""
        self.inject(fault for fault in faults if not _needs_sessions(fault))
        waiting = [fault for fault in faults if _needs_sessions(fault)]

        def first_logon() -> None:
            self._hub.on_logon = lambda: None
            self._later(SETTLING, lambda: self.inject(waiting))

        if waiting:
            self._hub.on_logon = first_logon

    def inject(self, faults: Iterable[FaultSpec]) -> None:
        """Let these faults happen, from now on or now."""
        for fault in faults:
            match fault.kind:
                case FaultKind.DROP if fault.value is None:
                    self._hub.drop()
                case FaultKind.DROP:
                    self._drop_every(fault.value or 0.0)
                case FaultKind.STALL:
                    self._stall(fault.value or 0.0)
                case FaultKind.MAINTENANCE:
                    self._maintain(self._hub.sessions, fault.value or 0.0)
                case FaultKind.REST_429:
                    self._hub.weights.exhaust(self._hub.now().wall, fault.value or REFUSING)
                case FaultKind.CLEAR:
                    self.close()
                    self._hub.weights.forgive()
                    for client in tuple(self._hub.connections):
                        client.resume()
                    self._hub.faults.clear()
                case _:
                    self._hub.faults.stand(fault)

    def close(self) -> None:
        """No more deeds."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _later(self, seconds: float, deed: Callable[[], None]) -> None:
        def due() -> None:
            self._timers.discard(timer)
            deed()

        timer = self._loop.call_later(seconds, due)
        self._timers.add(timer)

    def _drop_every(self, seconds: float) -> None:
        def deed() -> None:
            self._hub.drop()
            self._drop_every(seconds)

        self._later(seconds, deed)

    def _stall(self, seconds: float) -> None:
        stalled = tuple(self._hub.connections)
        for client in stalled:
            client.stall()

        def deed() -> None:
            for client in stalled:
                client.resume()

        self._later(seconds, deed)

    def _maintain(self, clients: tuple[Client, ...], left: float) -> None:
        """News now and every ten seconds, Logout at the end. Who logs on meanwhile is on another server."""
        if left <= 0:
            for client in clients:
                client.log_out("Server maintenance.")
            return
        headline = _LAST_NEWS if left <= NEWS_EVERY else _COUNTDOWN.format(left)
        for client in clients:
            client.send(Draft(MsgType.NEWS, ((t.HEADLINE, headline),)))
        wait = min(left, NEWS_EVERY)
        self._later(wait, lambda: self._maintain(clients, left - wait))


def _needs_sessions(fault: FaultSpec) -> bool:
    deeds = (FaultKind.STALL, FaultKind.MAINTENANCE)
    return fault.kind in deeds or (fault.kind is FaultKind.DROP and fault.value is None)
