"""Pictures of ladder, trades and watchlist at three sizes, live and stale, in two themes and without colour."""

import sys

import pytest
from fake_desk import FakeDesk
from fake_scenes import market, stale_market
from textual.pilot import Pilot

from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the snapshots' baseline is taken with Python 3.11"
)
SIZES = [(80, 24), (120, 40), (200, 50)]
SCENES = {
    "live": (market, ("2",)),
    "stale": (stale_market, ("2",)),
    "draft": (market, ("2", "down", "b")),
    "review": (market, ("2", "down", "b", "enter")),
    "picked": (market, ("2", "end", "up", "up", "space", "up")),
    "trades": (market, ("P",)),
    "watchlist": (market, ("M",)),
}


def make(scene: str, **options: object) -> BlotterApp:
    desk = FakeDesk()
    SCENES[scene][0](desk)
    return BlotterApp(
        desk, options=ScreenOptions(**{"survive": False, "fps": 1, "presets": {"*": ("0.25",)}, **options})
    )


def shows(scene: str):
    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, BlotterApp)

        async def settle() -> None:
            app._frame()
            app._slow()
            await pilot.pause()

        await settle()
        for key in SCENES[scene][1]:
            await pilot.press(key)
            await settle()
        await settle()

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["live", "stale", "trades", "watchlist"])
def test_scene(snap_compare, scene: str, size: tuple[int, int]) -> None:
    assert snap_compare(make(scene), terminal_size=size, run_before=shows(scene))


@pytest.mark.parametrize("scene", ["draft", "review", "picked"])
def test_step(snap_compare, scene: str) -> None:
    assert snap_compare(make(scene), terminal_size=(120, 40), run_before=shows(scene))


@pytest.mark.parametrize("theme", ["desk-light", "high-contrast"])
def test_theme(snap_compare, theme: str) -> None:
    assert snap_compare(make("live", theme=theme), terminal_size=(80, 24), run_before=shows("live"))


def test_no_colour(snap_compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make("live"), terminal_size=(80, 24), run_before=shows("live"))
