"""What the tests of the screen share: the scripted desk, the app on it, and how snapshots are stored."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

sys.path.insert(0, str(Path(__file__).parent))

from fake_desk import FakeDesk

from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions


def pytest_configure() -> None:
    """pytest-textual-snapshot 1.0.0 beside syrupy 7 stores its images as `.raw`: syrupy took the extension's name
    from another attribute by then. Images are what they are, so name them so."""
    try:
        from pytest_textual_snapshot import SVGImageExtension
    except ImportError:
        return
    assert issubclass(SVGImageExtension, SingleFileSnapshotExtension)
    SVGImageExtension.file_extension = "svg"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's terminal does not colour the tests."""
    for name in (
        "NO_COLOR",
        "COLORTERM",
        "TEXTUAL_FPS",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def freeze(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What `gc.freeze` is, which the app under test may not call: a process that starts hundreds of apps would keep
    each of them for ever."""
    real = gc.freeze
    monkeypatch.setattr(gc, "freeze", lambda: None)
    return real


@pytest.fixture
def desk() -> FakeDesk:
    """A live desk with a market and no orders."""
    fake = FakeDesk()
    fake.up()
    return fake


class Screen:
    """The app under test with the few gestures that tests repeat."""

    def __init__(self, app: BlotterApp, pilot: Pilot[None], desk: FakeDesk) -> None:
        self.app = app
        self.pilot = pilot
        self.desk = desk

    async def settle(self) -> None:
        """Let a frame pass: what the desk was fed is on the screen after it. The app's own timer is left slow, so
        that tests do not depend on when it fires."""
        self.app._frame()
        self.app._slow()
        for _ in range(3):
            await self.pilot.pause(0)

    async def press(self, *keys: str) -> None:
        """Keys one by one, characters or Textual's names of keys; each is read before the next is pressed."""
        for key in keys:
            char = key if len(key) == 1 else None
            await self._deliver(events.Key(_character_to_key(key) if char else key, char))
            await self.pilot.pause(0)

    async def type(self, text: str) -> None:
        """Characters into whatever has the focus, all at once, as a slow link delivers them."""
        await self._deliver(*(events.Key(_character_to_key(char), char) for char in text))

    async def _deliver(self, *keys: events.Key) -> None:
        for key in keys:
            self.app.post_message(key)
        await asyncio.sleep(0)
        while not self.app.keys_settled and not self.app._exit:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await self.pilot.pause(0)

    async def command(self, line: str) -> None:
        """Type a line into the command line and press Enter."""
        await self.press(":")
        await self.type(line)
        await self.press("enter")

    @property
    def text(self) -> str:
        """What is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def posted(self, kind: type) -> list:
        """The commands of this kind that reached the desk."""
        return [command for command in self.desk.commands if isinstance(command, kind)]


Start = Callable[..., AbstractAsyncContextManager[Screen]]

SIZES = [(80, 24), (200, 50)]


@pytest.fixture
def start(desk: FakeDesk) -> Start:
    """Start the screen on the desk: `async with start(size) as screen`."""

    @asynccontextmanager
    async def _start(size: tuple[int, int] = (80, 24), **options: object) -> AsyncIterator[Screen]:
        app = BlotterApp(desk, options=ScreenOptions(**{"survive": False, "fps": 2, **options}))
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, desk)
            await screen.settle()
            yield screen

    return _start
