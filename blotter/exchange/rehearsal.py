"""Carries faults out: lets them stand, ends them in time, does the deeds. Owns their timers, nothing else."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

from blotter.exchange.dialect import Dialect
from blotter.exchange.faults import FAULTS, Argument, FaultKind, FaultSpec, FaultSpecError
from blotter.exchange.hub import Hub
from blotter.exchange.voice import Client
from blotter.venues.base import SessionKind

NEWS_EVERY: Final = 10.0  # seconds, fact sheet section 3.7
SETTLING: Final = 1.0  # seconds after the first logon before a fault asked for at the start happens
REFUSING: Final = 60.0  # seconds that the REST weight is used up for, unless another time is asked for
BANNED: Final = 120.0  # seconds of a ban, likewise (fact sheet section 11: two minutes at least)
DRAINING: Final = 30.0  # seconds of a maintenance, likewise
_SESSIONS: Final = {
    SessionKind.ORDER_ENTRY: "order-entry sessions",
    SessionKind.DROP_COPY: "drop-copy sessions",
    SessionKind.MARKET_DATA: "market-data sessions",
}
_COUNTDOWN: Final = "You'll be disconnected in {0:.0f} seconds. Please reconnect."
_LAST_NEWS: Final = "Your connection is about to be closed. Please reconnect."


class Stands(NamedTuple):
    """A fault that is going on, as it was asked for, and for how many seconds more (None: until it is cleared)."""

    fault: str
    left: float | None


class _Due(NamedTuple):
    fault: str
    over: float  # loop time
    timer: asyncio.TimerHandle


class Rehearsal:
    """Use inside the running event loop."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._due: list[_Due] = []

    def begin(self, faults: tuple[FaultSpec, ...]) -> None:
        """The faults asked for at the start. What happens to sessions waits until the first has been live a while."""
        self._check(faults)
        self.inject(fault for fault in faults if not _needs_sessions(fault))
        waiting = [fault for fault in faults if _needs_sessions(fault)]

        def first_logon() -> None:
            self._hub.on_logon = lambda: None
            for fault in waiting:
                self._later(SETTLING, partial(self._do, fault), fault.text)

        if waiting:
            self._hub.on_logon = first_logon

    def can(self, kind: FaultKind) -> bool:
        """Whether it can happen in this dialect."""
        return not _missing(self._hub.dialect, FaultSpec(kind=kind))

    def inject(self, faults: Iterable[FaultSpec]) -> None:
        """Let these faults happen. Raises `FaultSpecError` for an unknown symbol; then none does."""
        faults = tuple(faults)
        self._check(faults)
        for fault in faults:
            self._do(fault)

    @property
    def standing(self) -> tuple[Stands, ...]:
        """What is going on."""
        left = {due.fault: max(0.0, due.over - self._loop.time()) for due in self._due}
        names = dict.fromkeys((*(spec.text for spec in self._hub.faults.specs), *left))
        return tuple(Stands(name, left.get(name)) for name in names)

    def close(self) -> None:
        """No more deeds."""
        for due in self._due:
            due.timer.cancel()
        self._due.clear()

    def _check(self, faults: tuple[FaultSpec, ...]) -> None:
        for fault in faults:
            missing = _missing(self._hub.dialect, fault)
            if missing:
                raise FaultSpecError(f"fault {fault.text!r}: {self._hub.dialect.name} has no {missing} here")
            if fault.symbol is not None and fault.symbol not in self._hub.engine.markets:
                raise FaultSpecError(f"fault {fault.text!r}: {fault.symbol} is not listed here")

    def _do(self, fault: FaultSpec) -> None:
        match fault.kind:
            case FaultKind.DROP if fault.time is None:
                self._hub.drop(fault.session)
            case FaultKind.DROP:
                self._drop_every(fault)
            case FaultKind.STALL:
                self._stall(fault)
            case FaultKind.MAINTENANCE:
                self._maintain(fault.text, tuple(self._hub.connections), fault.time or DRAINING)
            case FaultKind.WIPE:
                self._hub.wipe()
            case FaultKind.ROLL:
                self._hub.roll()
            case FaultKind.REST_429:
                seconds = fault.time or REFUSING
                self._hub.weights.exhaust(self._hub.now().wall, seconds)
                self._later(seconds, _nothing, fault.text)
            case FaultKind.REST_418:
                seconds = fault.time or BANNED
                self._hub.weights.ban(self._hub.now().wall, seconds)
                self._later(seconds, _nothing, fault.text)
            case FaultKind.CLEAR:
                self._clear()
            case _:
                self._stand(fault)

    def _stand(self, fault: FaultSpec) -> None:
        self._hub.faults.begin(fault)
        self._tend_market_data()
        if fault.time is not None and Argument.TIME in FAULTS[fault.kind].may:

            def over() -> None:
                self._hub.faults.end(fault)
                self._tend_market_data()

            self._later(fault.time, over, fault.text)

    def _clear(self) -> None:
        self.close()
        self._hub.weights.forgive()
        for client in tuple(self._hub.connections):
            client.resume()
        self._hub.faults.clear()
        self._tend_market_data()

    def _tend_market_data(self) -> None:
        stale = self._hub.faults.stands(FaultKind.MD_STALE)
        if stale != self._hub.ticker.stale:
            self._hub.ticker.stand_still(stale=stale)

    def _later(
        self, seconds: float, deed: Callable[[], None], fault: str, *, left: float | None = None
    ) -> None:
        """`left`: seconds until the fault is over, when that is not when the deed is done."""

        def happen() -> None:
            self._due.remove(due)
            deed()

        over = self._loop.time() + (seconds if left is None else left)
        due = _Due(fault, over, self._loop.call_later(seconds, happen))
        self._due.append(due)

    def _drop_every(self, fault: FaultSpec) -> None:
        def deed() -> None:
            self._hub.drop(fault.session)
            self._drop_every(fault)

        self._later(fault.time or 0.0, deed, fault.text)

    def _stall(self, fault: FaultSpec) -> None:
        stalled = tuple(self._hub.connections)
        for client in stalled:
            client.stall()

        def deed() -> None:
            for client in stalled:
                client.resume()

        self._later(fault.time or 0.0, deed, fault.text)

    def _maintain(self, fault: str, clients: tuple[Client, ...], left: float) -> None:
        """News now and every ten seconds, Logout at the end. Who connects meanwhile is on another server, and stays."""
        if left <= 0:
            for client in clients:
                client.log_out("Server maintenance.")
            return
        headline = _LAST_NEWS if left <= NEWS_EVERY else _COUNTDOWN.format(left)
        for client in clients:
            for draft in self._hub.dialect.news(headline):
                client.send(draft)
        wait = min(left, NEWS_EVERY)
        self._later(wait, lambda: self._maintain(fault, clients, left - wait), fault, left=left)


def _missing(dialect: Dialect, fault: FaultSpec) -> str:
    """What a fault concerns that the dialect does not have; "" when it can happen."""
    kinds = frozenset().union(*dialect.doors.values())
    concerned = fault.kind.value.partition("-")[0]
    if not dialect.rest and "rest" in (concerned, fault.session):
        return "REST"
    for kind, name in _SESSIONS.items():
        if kind not in kinds and kind.value.lower() in (concerned, fault.session):
            return name
    return (
        ""
        if dialect.keeps_numbers or fault.kind is not FaultKind.ROLL
        else "numbers that outlive a connection"
    )


def _nothing() -> None:
    """What happens when a time that something else keeps is over."""


def _needs_sessions(fault: FaultSpec) -> bool:
    deeds = (FaultKind.STALL, FaultKind.MAINTENANCE, FaultKind.WIPE, FaultKind.ROLL)
    return fault.kind in deeds or (fault.kind is FaultKind.DROP and fault.time is None)
