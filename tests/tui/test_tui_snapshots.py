"""Pictures of the screen, compared stroke by stroke. Look at one after changing it: they are SVG files.

The baseline belongs to one Python (fonts and Rich's tables are the same, but an update of either shows here first):
elsewhere these are skipped, visibly. `pytest tests/tui/test_tui_snapshots.py --snapshot-update` makes it anew.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_desk import FakeDesk, busy, down
from fake_scenes import balances, differences, lists, pressed, stop_view
from textual import events
from textual.pilot import Pilot

from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the snapshots' baseline is taken with Python 3.11"
)
SIZES = [(80, 24), (120, 40), (200, 50)]
LINE = "buy 0.25 btc @bid gtc post"


def empty(desk: FakeDesk) -> None:
    desk.up()


def stopped(desk: FakeDesk) -> None:
    busy(desk)
    desk.set_desk(stopped=True)


async def _settle(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, BlotterApp)
    app._frame()
    app._slow()
    await pilot.pause()


def shows(*keys: str, line: str = "") -> Callable[[Pilot[None]], object]:
    """Press keys, then type a line, and settle."""

    async def run(pilot: Pilot[None]) -> None:
        await _settle(pilot)
        if line:
            await pilot.press(":")
            pilot.app.post_message(events.Paste(line))
        await pilot.press(*keys)
        await _settle(pilot)

    return run


def scripted(app: BlotterApp) -> FakeDesk:
    """The desk under the one that the screen's own safety puts before it."""
    desk = getattr(app.deck.desk, "_desk", app.deck.desk)
    assert isinstance(desk, FakeDesk)
    return desk


async def warned(pilot: Pilot[None]) -> None:
    """The desk has warned of an order that was sent."""
    app = pilot.app
    assert isinstance(app, BlotterApp)
    await shows("enter", "y", line=LINE)(pilot)
    desk = scripted(app)
    warnings = ("duplicate: the same order 3 s ago, below 10 s", "notional: 15,030.83 USDT of 10,000")
    desk.answer(desk.commands[-1], ok=False, warning=True, text=warnings[0], warnings=warnings)
    await _settle(pilot)
    await _settle(pilot)  # the footer follows the focus


async def stop_told(pilot: Pilot[None]) -> None:
    """The desk has told what became of each cancel."""
    app = pilot.app
    assert isinstance(app, BlotterApp)
    await shows("f8", "f8")(pilot)
    desk = scripted(app)
    desk.frame.stop = stop_view()
    await _settle(pilot)


BRACKET = "buy 0.25 btc @ 60000 then sell @ 62000 stop 59000"
SCENES: dict[str, tuple[Callable[[FakeDesk], None], Callable[[Pilot[None]], object]]] = {
    "empty": (empty, shows()),
    "busy": (busy, shows()),
    "down": (down, shows()),
    "mistake": (busy, shows(line="buy 0.25 btx @bid gtc")),
    "draft": (busy, shows(line=LINE)),
    "review": (busy, shows("enter", line=LINE)),
    "cancel": (busy, shows("X")),
    "stop": (stopped, shows("f8")),
    "stopping": (stopped, shows("f8", "f8")),
    "help": (busy, shows("f1")),
    "lists": (lists, shows("j", "j")),
    "folded": (lists, shows("z", "space")),
    "grouped": (lists, shows("B", "C")),
    "bracket": (busy, shows("enter", line=BRACKET)),
    "warned": (busy, warned),
    "stop-told": (stopped, stop_told),
    "differences": (differences, shows("0")),
    "balances": (balances, shows("6")),
    "pressed": (pressed, shows("9")),
}


def make(scene: str, **options: object) -> BlotterApp:
    desk = FakeDesk()
    SCENES[scene][0](desk)
    return BlotterApp(desk, options=ScreenOptions(**{"survive": False, "fps": 1, **options}))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "scene",
    [
        "empty",
        "busy",
        "down",
        "review",
        "stop",
        "help",
        "lists",
        "bracket",
        "warned",
        "stop-told",
        "differences",
        "balances",
        "pressed",
    ],
)
def test_scene(snap_compare, scene: str, size: tuple[int, int]) -> None:
    assert snap_compare(make(scene), terminal_size=size, run_before=SCENES[scene][1])


@pytest.mark.parametrize("scene", ["mistake", "draft", "cancel", "stopping", "folded", "grouped"])
def test_step(snap_compare, scene: str) -> None:
    assert snap_compare(make(scene), terminal_size=(80, 24), run_before=SCENES[scene][1])


@pytest.mark.parametrize("theme", ["desk-light", "high-contrast"])
def test_theme(snap_compare, theme: str) -> None:
    assert snap_compare(make("busy", theme=theme), terminal_size=(200, 50), run_before=shows("space"))


def test_no_colour(snap_compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make("busy"), terminal_size=(80, 24), run_before=shows("space", "j"))


@pytest.mark.parametrize("pane", ["messages", "positions", "history", "inspector", "sessions", "notices"])
def test_narrow_pane(snap_compare, pane: str) -> None:
    key = {
        "messages": "5",
        "positions": "6",
        "history": "7",
        "inspector": "8",
        "sessions": "9",
        "notices": "0",
    }[pane]
    assert snap_compare(make("busy"), terminal_size=(80, 24), run_before=shows("j", key))


def test_too_small(snap_compare) -> None:
    assert snap_compare(make("busy"), terminal_size=(60, 12), run_before=shows())


def test_snapshots_are_stored_as_svg() -> None:
    folder = Path(__file__).parent / "__snapshots__" / Path(__file__).stem
    suffixes = {Path(name).suffix for name in os.listdir(folder)}
    assert suffixes == {".svg"}
