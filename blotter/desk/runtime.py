"""The desk in its own thread with its own event loop, and the port through which others reach it.

Measured reason (design): in one loop with the screen, a repaint delays a heartbeat by 100 ms and a hung terminal by
seconds.
"""

import contextlib
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import anyio.from_thread
from anyio.from_thread import BlockingPortal

from blotter.desk import control
from blotter.desk.change import ExplainedField, Frame, Severity
from blotter.desk.command import AnyCommand
from blotter.desk.desk import Desk
from blotter.desk.fold import whole
from blotter.desk.searching import TapeSearch

T = TypeVar("T")

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may hold the interpreter while another waits: keeps the desk's 99th percentile near 5 ms."""


class DeskThread:
    """Owns the portal. Implements `DeskPort`. Use as a context manager; leaving stops the desk and waits for it."""

    def __init__(self, build: Callable[[], Desk], directory: Path | None = None) -> None:
        """`directory`: where the control socket goes; None for a desk nobody else may reach."""
        self._build = build
        self._directory = directory
        self._portal_scope = anyio.from_thread.start_blocking_portal("asyncio")
        self._portal: BlockingPortal | None = None
        self._running: Future[None] | None = None
        self.desk: Desk

    def __enter__(self) -> "DeskThread":
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._portal = self._portal_scope.__enter__()
        try:
            self.desk = self._portal.call(self._make)
            self._running = self._portal.start_task_soon(self._run, name="desk")
        except BaseException:
            self._portal_scope.__exit__(*sys.exc_info())
            raise
        return self

    async def _make(self) -> Desk:
        return self._build()

    async def _run(self) -> None:
        if self._directory is None:
            await self.desk.run()
            return
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(control.serve(self.desk, self._directory))
            except OSError as error:
                text = f"other terminals cannot reach this desk: {error}"
                self.desk.notice(Severity.ERROR, text)
            await self.desk.run()

    def __exit__(self, *details: object) -> None:
        portal, running = self._portal, self._running
        try:
            if portal is not None and running is not None:
                if not running.done():
                    portal.call(self.desk.stop)
                running.result()
        finally:
            self._portal_scope.__exit__(None, None, None)
            self._portal = None
            self.desk.tape.close()

    def call(self, function: Callable[..., Awaitable[T]], *args: object) -> T:
        """Run a coroutine function in the desk's loop and wait for its result. Never call it from the screen's loop."""
        if self._portal is None:
            raise RuntimeError("the desk is not running")
        return self._portal.call(function, *args)

    def task(self, function: Callable[..., Awaitable[T]], *args: object) -> "Future[T]":
        """Start a coroutine function in the desk's loop."""
        if self._portal is None:
            raise RuntimeError("the desk is not running")
        return self._portal.start_task_soon(function, *args)

    def finished(self) -> bool:
        """The desk has ended (it was stopped, or it failed)."""
        return self._running is None or self._running.done()

    def wait(self, timeout: float | None = None) -> None:
        """Until the desk ends by itself. Raises TimeoutError when it has not within `timeout` seconds."""
        if self._running is not None:
            self._running.result(timeout)

    def search(self) -> TapeSearch:
        """All messages of the tape, for the screen. To be closed before the desk is."""
        return TapeSearch(self.desk.tape.path, self.desk.venue, self.desk.own_id)

    # --- DeskPort ------------------------------------------------------------------------------------------

    def post(self, command: AnyCommand) -> None:
        if self._portal is None:
            raise RuntimeError("the desk is not running")
        self._portal.start_task_soon(self._handle, command)

    async def _handle(self, command: AnyCommand) -> None:
        self.desk.handle(command)

    def drain(self) -> Frame:
        return self.desk.feed.drain()

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        message = whole(raw)
        if message is None:
            return []
        dictionary = self.desk.venue.dictionary
        return [
            ExplainedField(field.tag, field.name, field.value, field.meaning, field.depth)
            for field in dictionary.explain(message, mask=self.desk.venue.secret_tags)
        ]

    def mono(self) -> int:
        return self.desk.clock().mono

    def wall(self) -> int:
        return self.desk.clock().wall
