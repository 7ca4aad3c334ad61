"""The states that matter in the other themes and without colour, a size each: nothing may be told by colour alone, and
no signal may get lost on another ground. What stands where is in test_tui_snapshots."""

import sys

import pytest
from fake_desk import FakeDesk, busy
from fake_scenes import stale_market
from test_tui_snapshots import SCENES, shows

from blotter.desk.change import Severity
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the snapshots' baseline is taken with Python 3.11"
)
SMALL, MEDIUM = (80, 24), (120, 40)


def failed(desk: FakeDesk) -> None:
    """The tape has failed under a busy day."""
    busy(desk)
    desk.set_desk(entry_blocked="the tape cannot be written: no space left on device")
    desk.notice("tape: no space left on device, order entry is blocked", Severity.ERROR)


STATES = {
    "empty": (*SCENES["empty"], SMALL),
    "down": (*SCENES["down"], MEDIUM),
    "stale": (stale_market, shows("2"), SMALL),
    "stop": (*SCENES["stop-told"], SMALL),
    "review": (*SCENES["review"], MEDIUM),
    "warned": (*SCENES["warned"], SMALL),
    "error": (failed, shows(line="buy 0.25 btx @bid gtc"), SMALL),
}


def compare(snap_compare, state: str, theme: str) -> bool:
    feed, run, size = STATES[state]
    desk = FakeDesk()
    feed(desk)
    app = BlotterApp(desk, options=ScreenOptions(survive=False, fps=1, theme=theme))
    return snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("theme", ["desk-light", "ansi-16"])
@pytest.mark.parametrize("state", [state for state in STATES if state != "warned"])
def test_state(snap_compare, state: str, theme: str) -> None:
    assert compare(snap_compare, state, theme)


@pytest.mark.parametrize("state", STATES)
def test_no_colour(snap_compare, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert compare(snap_compare, state, "desk-dark")


@pytest.mark.parametrize("theme", ["classic-green-red", "mono"])
def test_busy(snap_compare, theme: str) -> None:
    desk = FakeDesk()
    busy(desk)
    app = BlotterApp(desk, options=ScreenOptions(survive=False, fps=1, theme=theme))
    assert snap_compare(app, terminal_size=MEDIUM, run_before=shows("space", "j"))


def test_palette(snap_compare) -> None:
    desk = FakeDesk()
    busy(desk)
    app = BlotterApp(desk, options=ScreenOptions(survive=False, fps=1))
    assert snap_compare(app, terminal_size=SMALL, run_before=shows("ctrl+p", "t", "i", "c", "k"))
