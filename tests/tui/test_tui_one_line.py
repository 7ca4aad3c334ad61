"""A line to type into: what is typed shows, a long text scrolls, and nothing else is laid out for it."""

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen

from blotter.tui.one_line import OneLine

pytestmark = pytest.mark.anyio


class Desk(App[None]):
    CSS = "OneLine { border: none; height: 1; width: 20; padding: 0; }"

    def compose(self) -> ComposeResult:
        yield OneLine()

    def report_failure(self, error: Exception) -> None:
        raise error


def shown(line: OneLine) -> str:
    return line.render_line(0).text.rstrip()


async def test_typing_lays_nothing_out(monkeypatch: pytest.MonkeyPatch):
    layouts = []
    lay_out = Screen._refresh_layout

    def noted(screen: Screen, *args: object, **named: object) -> None:
        layouts.append(args)
        lay_out(screen, *args, **named)

    async with Desk().run_test(size=(40, 5)) as pilot:
        line = pilot.app.query_one(OneLine)
        line.focus()
        await pilot.pause()
        monkeypatch.setattr(Screen, "_refresh_layout", noted)
        await pilot.press(*"buy 0.25 btc")
        assert shown(line) == "buy 0.25 btc"
        await pilot.press("backspace")
        assert shown(line) == "buy 0.25 bt"
        assert layouts == []


async def test_a_long_text_scrolls_with_the_cursor_and_back():
    async with Desk().run_test(size=(40, 5)) as pilot:
        line = pilot.app.query_one(OneLine)
        line.focus()
        await pilot.press(*"abcdefghijklmnopqrstuvwxyz")
        assert shown(line).endswith("xyz")
        assert line.scroll_x == 7
        await pilot.press("home")
        assert shown(line).startswith("abc")
        line.value = "short"
        await pilot.pause()
        assert shown(line) == "short"
