"""Themes, key maps, the palette, help and pictures, in the running app. What each of them offers is tested without."""

import asyncio
from pathlib import Path

import pytest
from fake_desk import busy

from blotter.desk.command import Cancel, Stop
from blotter.tui.help_screen import HelpScreen, found_in
from blotter.tui.keymap_files import load_keymap
from blotter.tui.palette import VerbPalette

pytestmark = pytest.mark.anyio
THEME = 'name = "mine"\nprimary = "#6cb6ff"\nbackground = "{}"\n[variables]\ndanger = "bold"\n'


async def done(screen) -> None:
    """Until the threads of the screen have ended."""
    await screen.app.workers.wait_for_complete()
    await screen.settle()


# --- themes ------------------------------------------------------------------------------------------------------


async def test_a_theme_is_read_anew_and_a_broken_one_keeps_the_old(start, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(THEME.format("#101010"), encoding="utf-8")
    async with start(theme="mine", theme_folder=tmp_path) as screen:
        app = screen.app

        def ground() -> str:
            return str(app.screen.styles.background.hex.lower())

        assert (app.theme, ground()) == ("mine", "#101010")
        path.write_text(THEME.format("#202020"), encoding="utf-8")
        await screen.command("theme reload")
        await done(screen)
        assert (app.theme, ground()) == ("mine", "#202020")
        assert "mine is shown" in screen.text
        path.write_text(THEME.format("nonsense"), encoding="utf-8")
        await screen.command("theme reload")
        await done(screen)
        assert (app.theme, ground()) == ("mine", "#202020")
        told = app.model.notices[-1].text
        assert told.startswith(f"theme not used: {path}: background: 'nonsense'")


async def test_a_theme_of_words_is_drawn_without_markers(start, desk) -> None:
    busy(desk)
    async with start(theme="mono") as screen:
        await screen.press("3")
        strips = screen.app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        assert all(colour is None or colour.is_default for s in styles for colour in (s.color, s.bgcolor))
        assert {name for s in styles for name in ("bold", "dim", "reverse") if getattr(s, name)} == {
            "bold", "dim", "reverse",
        }  # fmt: skip
        await screen.command("theme desk-light")
        strips = screen.app.screen._compositor.render_strips()
        assert any(s.style and s.style.color and s.style.color.triplet for strip in strips for s in strip)


async def test_no_colour_outweighs_the_choice(start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with start(theme="desk-light") as screen:
        assert screen.app.theme == "mono"
        await screen.command("theme desk-dark")
        assert screen.app.theme == "mono"
        assert "NO_COLOR is set" in screen.text


# --- key maps ----------------------------------------------------------------------------------------------------


async def test_a_map_is_shown_everywhere_and_stop_keeps_its_way_past_waiting_keys(start, desk) -> None:
    busy(desk)
    keymap = {**load_keymap("cua"), "app.stop": "F7", "confirm.yes": "u", "orders.hold": ""}
    async with start((120, 40), keymap=keymap) as screen:
        assert "delete cancel" in screen.text
        await screen.press("shift+delete")
        assert "CANCEL 5 orders" in screen.text
        assert " u  cancels them" in screen.text
        assert "f7" in screen.app.urgent
        await screen.press("f7")
        await screen.settle()
        assert screen.posted(Stop)
        assert "F7 or u cancels them all" in screen.text
        assert "ctrl+n new" in screen.text


# --- the palette -------------------------------------------------------------------------------------------------


async def test_the_palette_runs_what_the_key_would_and_in_another_pane_only_goes_there(start, desk) -> None:
    busy(desk)
    async with start((120, 40)) as screen:
        view = screen.app.view
        await screen.press("3", "ctrl+p")
        assert isinstance(screen.app.screen, VerbPalette)
        before = view.orders.sort
        await screen.type("sort by")
        await screen.press("enter")
        await screen.settle()
        assert view.orders.sort != before
        assert view.focused is view.orders
        await screen.press("5", "ctrl+p")
        await screen.type("orders.cancel")
        await screen.press("enter")
        await screen.settle()
        assert not screen.posted(Cancel)
        assert view.focused_pane == "orders"
        assert "cancel: x, orders" in screen.text


async def test_the_palette_puts_a_usage_on_the_line_and_gives_way_to_stop(start, desk) -> None:
    busy(desk)
    async with start() as screen:
        await screen.press("ctrl+p")
        await screen.type("reload")
        await screen.press("enter")
        assert screen.app.view.console.command.value == "theme "
        await screen.press("escape", "ctrl+p", "escape")
        assert not isinstance(screen.app.screen, VerbPalette)
        assert not desk.commands
        await screen.press("ctrl+p", "f8")
        await screen.settle()
        assert screen.posted(Stop)
        assert not isinstance(screen.app.screen, VerbPalette)


async def test_an_id_is_a_word_and_what_sends_is_not(start, desk) -> None:
    busy(desk)
    async with start() as screen:
        await screen.command("grid.last")
        assert screen.app.view.orders.cursor_key == screen.app.view.orders.visible_keys()[-1]
        await screen.command("review.send")
        assert "SEND: y, review; not by name" in screen.text
        assert not desk.commands


# --- help --------------------------------------------------------------------------------------------------------


async def test_help_finds_lines(start) -> None:
    async with start() as screen:
        await screen.command("help amend")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "amend 4120 0.2" in screen.text
        assert "iceberg" not in screen.text
        await screen.press("escape")
        assert "iceberg" in screen.app.screen.text
        await screen.press("/")
        await screen.type("iceberg")
        assert "an iceberg" in screen.text
        assert "amend 4120 0.2" not in screen.text


def test_a_block_whose_title_matches_is_shown_whole() -> None:
    text = "Orders\n  x cancel\n  a amend\n\nDepth\n  x cancel"
    assert found_in(text, "") == text
    assert found_in(text, "depth") == "Depth\n  x cancel"
    assert found_in(text, "AM end") == "Orders\n  a amend"
    assert "Nothing" in found_in(text, "zebra")


# --- pictures ----------------------------------------------------------------------------------------------------


async def test_a_picture_is_the_screen_and_never_written_over(start, desk, tmp_path: Path) -> None:
    busy(desk)
    path = tmp_path / "now.svg"
    async with start((120, 40)) as screen:
        await screen.command(f"picture {path}")
        for _ in range(100):
            if path.exists() and path.read_text(encoding="utf-8").endswith("</svg>\n"):
                break
            await asyncio.sleep(0.01)
        await done(screen)
        drawn = path.read_text(encoding="utf-8")
        assert "A-004120" in drawn
        assert "picture" not in drawn, "the line that asked for it is gone by then"
        assert path.stat().st_mode & 0o777 == 0o600
        assert f"the screen is drawn in {path}" in screen.app.model.notices[-1].text
        await screen.command(f"picture {path}")
        assert "exists already" in screen.text
        assert path.read_text(encoding="utf-8") == drawn
        await screen.press("escape")
        await screen.command(f"picture {tmp_path / 'now.png'}")
        assert "ends in .svg" in screen.text
