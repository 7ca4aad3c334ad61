"""What may be traded, and under which filters: asked of the venue's REST listing, kept on disk with its age.

The FIX instrument list tells ticks and lots; only REST tells order types, price bands, trailing limits and whether a
symbol trades at all. What was learned survives a restart, so that a draft is judged from the first second; its age is
shown, for rules may have changed since. A listing that cannot be had or read never takes the old one away.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import anyio
import msgspec

from blotter.desk.change import Severity
from blotter.desk.clock import Clock
from blotter.desk.rest import Rest, RestRefused, RestUnavailable
from blotter.trading.instrument import Instrument
from blotter.venues.rest import UnreadableAnswer

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
FRESH_FOR = 3600 * SECOND
"""ns after which the venue is asked again."""
ASK_AGAIN = 60.0
"""Seconds until a listing that could not be had is asked for again."""
_STATED = 0
"""Instead of a time: no venue has said this."""
DELISTED = "not listed"
"""Status of a symbol that the venue's last listing no longer has."""


class Owner(Protocol):
    """Who is told."""

    def listed(self, instruments: Iterable[Instrument]) -> None: ...
    def notice(self, severity: Severity, text: str, order_id: str = "") -> None: ...


class _Kept(msgspec.Struct):
    """The file."""

    at: int
    source: str
    instruments: list[Instrument]


class Listing:
    """One venue's. `source` says whose listing a file holds, so that testnet rules are never taken for live ones."""

    def __init__(
        self,
        rest: Rest | None,
        path: Path,
        source: str,
        clock: Clock,
        owner: Owner,
        stated: tuple[Instrument, ...] = (),
    ) -> None:
        """`stated`: what the user says may be traded, where the venue lists nothing."""
        self._stated = stated
        self._rest = rest
        self._path = path
        self._source = source
        self._clock = clock
        self._owner = owner
        self._wanted = asyncio.Event()
        self._forced = False
        self.at: int | None = None  # UTC ns of the venue's answer; None while there never was one
        self._symbols: dict[str, Instrument] = {}

    def restore(self) -> None:
        """Take what an earlier run kept; nothing when there is no such file, or it is none of ours. What is stated has
        no age and goes before; it is kept for who reads the tape later."""
        if self._stated:
            self._owner.listed(self._stated)
            self._keep(_Kept(_STATED, self._source, list(self._stated)))
            return
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
            log.warning("%s is not used: %s", self._path, error)
            return
        if kept.source == self._source and kept.at != _STATED:
            self._take(tuple(kept.instruments), kept.at)

    def want(self, *, now: bool = False) -> None:
        """Ask when what is known is old, or in any case with `now`."""
        self._forced |= now
        self._wanted.set()

    async def run(self) -> None:
        """Ask whenever there is cause to. Ends by cancellation only."""
        rest = self._rest
        if rest is None:
            return
        wait: float | None = None
        while True:
            with anyio.move_on_after(wait):
                await self._wanted.wait()
            self._wanted.clear()
            wait = FRESH_FOR / SECOND
            if self._fresh and not self._forced:
                continue
            self._forced = False
            try:
                await self._ask(rest)
            except (RestUnavailable, RestRefused, UnreadableAnswer) as error:
                known = "the last one is used on" if self.at is not None else "filters are not known"
                self._owner.notice(Severity.WARNING, f"no listing from the venue: {error}; {known}")
                wait = ASK_AGAIN

    @property
    def _fresh(self) -> bool:
        return self.at is not None and 0 <= self._clock().wall - self.at < FRESH_FOR

    async def _ask(self, rest: Rest) -> None:
        body = await rest.ask(rest.dialect.listing())
        # Thousands of symbols: not in the loop that beats the heart.
        instruments = await anyio.to_thread.run_sync(rest.dialect.read_listing, body)
        at = self._clock().wall
        self._take(instruments, at)
        await anyio.to_thread.run_sync(self._keep, _Kept(at, self._source, list(instruments)))

    def _take(self, instruments: tuple[Instrument, ...], at: int) -> None:
        news = {instrument.symbol: instrument for instrument in instruments}
        gone = [
            msgspec.structs.replace(instrument, status=DELISTED)
            for symbol, instrument in self._symbols.items()
            if symbol not in news
        ]
        self._symbols, self.at = news, at
        self._owner.listed((*instruments, *gone))

    def _keep(self, kept: _Kept) -> None:
        """Whole or not at all: a half-written file would be a listing with symbols missing."""
        aside = self._path.with_suffix(".new")
        try:
            aside.write_bytes(msgspec.json.encode(kept))
            os.replace(aside, self._path)
        except OSError as error:
            log.warning("the listing could not be kept: %s", error)
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
