"""Waiting for something to become true on the desk, without asking all the time."""

import asyncio
from collections.abc import Callable

import anyio

LOOK_EVERY = 0.05
"""Seconds after which a condition is looked at even if nobody said that something changed."""


class Waiters:
    """Those who wait in the desk's loop."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def poke(self) -> None:
        """Something has changed: let each look again."""
        for event in self._events:
            event.set()

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until the condition holds; it is looked at after every change. False when time ran out."""
        changed = asyncio.Event()
        self._events.append(changed)
        try:
            with anyio.move_on_after(timeout):
                while not condition():
                    changed.clear()
                    with anyio.move_on_after(LOOK_EVERY):
                        await changed.wait()
                return True
            return condition()
        finally:
            self._events.remove(changed)
