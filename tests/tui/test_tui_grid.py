"""The grid on a screen: what is painted, what the keys and the mouse do, and what the cursor never does."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.color import Color
from textual.pilot import Pilot

from blotter.tui.emphasis import Emphasis
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.themes import COLOURLESS, SIGNALS, load_themes, variable_defaults

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    side: str = "BUY"
    qty: int = 0
    at: int = NOON
    pinned: bool = False
    note: str = ""


class Clock:
    """Wall time that moves when told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


COLUMNS: list[Column[Row]] = [
    Column("name", "name", 6, lambda row, _: row.name, sort_key=lambda row: row.name),
    Column("side", "side", 4, lambda row, _: Cell(row.side, f"side-{row.side.lower()}")),
    Column("qty", "qty", 7, lambda row, _: f"{row.qty:,}", align="right", sort_key=lambda row: row.qty),
    Column("age", "age", 4, lambda row, now: f"{(now - row.at) // SECOND}s", align="right", ages=True),
    Column("note", "note", 6, lambda row, _: row.note, flex=True),
]


class Desk(App[None]):
    """One grid, and the messages it sent."""

    def __init__(self, *, columns: Iterable[Column[Row]] = COLUMNS, **options: object) -> None:
        super().__init__()
        self.clock = Clock()
        self.grid: Grid[Row] = Grid(
            list(columns),
            clock=self.clock,
            pinned=lambda row: row.pinned,
            id="grid",
            **options,  # type: ignore[arg-type]
        )
        self.heard: list[tuple[str, object]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {**variable_defaults(), "ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}

    def compose(self) -> ComposeResult:
        yield self.grid

    @on(Grid.CursorMoved)
    def cursor_moved(self, message: Grid.CursorMoved) -> None:
        self.heard.append(("cursor", message.key))

    @on(Grid.Opened)
    def opened(self, message: Grid.Opened) -> None:
        self.heard.append(("opened", message.key))

    @on(Grid.SelectionChanged)
    def selection_changed(self, message: Grid.SelectionChanged) -> None:
        self.heard.append(("selected", tuple(sorted(message.grid.selected))))

    @on(Grid.ViewChanged)
    def view_changed(self, message: Grid.ViewChanged) -> None:
        self.heard.append(("view", message.grid.sort))

    def screen_lines(self) -> list[str]:
        """What the terminal shows, through all of Textual's own caches."""
        return [strip.text for strip in self.screen._compositor.render_strips()]

    def body(self) -> list[str]:
        """The lines under the header, without the scroll bar."""
        return [line[: self.grid.scrollable_size.width].rstrip() for line in self.screen_lines()[1:]]


@asynccontextmanager
async def desk(
    width: int = 50, height: int = 8, **options: object
) -> AsyncIterator[tuple[Desk, Grid[Row], Pilot[None]]]:
    app = Desk(**options)
    async with app.run_test(size=(width, height)) as pilot:
        app.grid.focus()
        await pilot.pause()
        yield app, app.grid, pilot


def rows(count: int, start: int = 0) -> dict[str, Row]:
    return {f"r{number}": Row(f"r{number}", qty=number) for number in range(start, start + count)}


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# --- painting ----------------------------------------------------------------------------------------------


async def test_a_row_is_painted_under_its_titles():
    async with desk() as (app, grid, pilot):
        grid.upsert({"a": Row("first", "SELL", 12_500, NOON - 14 * SECOND, note="hello")}, mark=False)
        await pilot.pause()
        assert app.screen_lines()[0].startswith("   name   side     qty  age note")
        assert app.body()[0] == "▸  first  SELL  12,500  14s hello"


async def test_an_empty_grid_says_what_to_do():
    async with desk(60, empty="No orders yet: n drafts one.") as (app, grid, pilot):
        assert app.body()[0] == "   No orders yet: n drafts one."
        grid.upsert(rows(3))
        grid.set_filter(lambda _: False, "sym:eth")
        await pilot.pause()
        assert app.body()[0] == "   None of 3 passes the filter sym:eth; esc clears it."
        grid.clear()
        await pilot.pause()
        assert app.body()[0] == "   No orders yet: n drafts one."


async def test_any_size_is_painted_to_its_edges():
    async with desk(40, 12) as (app, grid, pilot):
        grid.upsert(rows(30) | {"w": Row("币安人生币安", note="界" * 40)})
        for width, height in ((1, 1), (4, 2), (9, 3), (3, 24), (80, 5)):
            await pilot.resize_terminal(width, height)
            await pilot.press("end", "k", "l", "l", "h")
            grid.upsert(rows(30, 20))
            await pilot.pause()
            assert [cell_len(line) for line in app.screen_lines()] == [width] * height


async def test_what_does_not_fit_is_cut_with_a_sign_and_reached_with_l():
    async with desk(24) as (app, grid, pilot):
        grid.upsert({"a": Row("BTCUSDT", qty=1_234_567)}, mark=False)
        await pilot.pause()
        assert app.screen_lines()[0].startswith(" › name   side")
        assert app.body()[0] == "▸  BTCUS… BUY  1,234,…"
        await pilot.press("l")
        assert app.screen_lines()[0].startswith("‹› name       qty")
        await pilot.press("l", "l", "l")
        assert app.screen_lines()[0].startswith("‹  name    age note")
        assert app.body()[0] == "▸  BTCUS…   0s"
        await pilot.press("h", "h", "h")
        assert app.screen_lines()[0].startswith(" › name   side")


async def test_a_venue_cannot_write_control_characters_to_the_terminal():
    async with desk() as (app, grid, pilot):
        grid.upsert({"a": Row("a\x1b[2J", note="x\ny\u202ez")})
        await pilot.pause()
        assert "a·[2J" in app.body()[0]
        assert app.body()[0].endswith("x·y·z")


async def test_cells_take_their_colours_from_the_theme():
    async with desk() as (app, grid, pilot):
        for theme in load_themes().themes.values():
            app.register_theme(theme)
        grid.upsert({"a": Row("a", "BUY"), "b": Row("b", "SELL")}, mark=False)
        app.theme = "desk-light"
        await pilot.pause()
        light = load_themes().themes["desk-light"].variables
        line = grid.render_line(1)
        assert colours(line, "BUY") == (
            Color.parse(light["side-buy"]).rgb,
            Color.parse(light["cursor-ground"]).rgb,
        )
        app.theme = "desk-dark"
        await pilot.pause()
        assert colours(grid.render_line(2), "SELL")[0] == Color.parse(SIGNALS["side-sell"]).rgb


def colours(strip, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    style = next(segment.style for segment in strip if segment.text.strip() == text)
    return tuple(style.color.triplet), tuple(style.bgcolor.triplet)


async def test_an_unknown_style_is_plain_and_no_crash():
    plain: list[Column[Row]] = [Column("x", "x", 4, lambda *_: Cell("boo", "no-such-style"))]
    async with desk(columns=plain) as (app, grid, pilot):
        grid.upsert(rows(1), mark=False)
        await pilot.pause()
        assert app.body()[0] == "▸  boo"


async def test_without_colour_cursor_selection_and_side_still_tell():
    async with desk() as (app, grid, pilot):
        app.register_theme(load_themes().themes[COLOURLESS])
        app.theme = COLOURLESS
        await pilot.pause()
        grid.upsert({"a": Row("a"), "b": Row("b", "SELL"), "c": Row("c", pinned=True)}, mark=False)
        await pilot.press("j", "space", "j")
        assert [line[:14].rstrip() for line in app.body()[:3]] == [
            " ‼ c      BUY",
            " ✓ a      BUY",
            "▸  b      SELL",
        ]
        written = Emphasis(colourless=True).written
        shapes = [
            {
                (style.reverse, style.underline)
                for segment in grid.render_line(y)
                if (style := written(segment.style))
            }
            for y in (1, 2, 3)
        ]
        assert all(not reverse and not under for reverse, under in shapes[0])
        assert all(under for _, under in shapes[1])
        assert all(reverse for reverse, _ in shapes[2])


async def test_losing_the_focus_dims_the_cursor():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(2), mark=False)
        await pilot.pause()
        focused = colours(grid.render_line(1), "r0")[1]
        app.set_focus(None)
        await pilot.pause()
        assert colours(grid.render_line(1), "r0")[1] != focused
        assert focused == Color.parse(variable_defaults()["cursor-ground"]).rgb


# --- time --------------------------------------------------------------------------------------------------


async def test_ages_and_marks_move_with_ticks_only_where_they_read_differently():
    async with desk() as (app, grid, pilot):
        grid.upsert({"old": Row("old", at=NOON - 5 * SECOND)}, mark=False)
        grid.upsert({"new": Row("new")})
        await pilot.pause()
        assert [line[:3] for line in app.body()[:2]] == ["▸  ", " • "]
        painted = count_paints(grid)
        grid.tick(NOON + SECOND // 2)
        await pilot.pause()
        assert painted == []
        app.clock.now = NOON + 2 * SECOND
        grid.tick(app.clock.now)
        await pilot.pause()
        assert sorted(painted) == [1, 2]
        assert "7s" in app.body()[0]
        app.clock.now = NOON + 3 * SECOND
        grid.tick(app.clock.now)
        await pilot.pause()
        assert app.body()[1][:3] == "   "


async def test_a_change_is_marked_and_a_new_row_stays_new():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(2), mark=False)
        grid.upsert({"r1": Row("r1", qty=9), "r7": Row("r7")})
        grid.upsert({"r7": Row("r7", qty=3)})
        await pilot.pause()
        assert [line[1] for line in app.body()[:3]] == [" ", "·", "•"]


async def test_a_row_that_comes_back_into_view_shows_its_age_of_now():
    async with desk(height=4) as (app, grid, pilot):
        grid.upsert(rows(20), mark=False)
        await pilot.press("G")
        app.clock.now = NOON + 90 * SECOND
        await pilot.press("g", "g")
        assert " 90s" in app.body()[0]


def count_paints(grid: Grid[Row]) -> list[int]:
    """The lines the grid is asked to draw from now on."""
    painted: list[int] = []
    draw = grid.render_line

    def spy(y: int):
        painted.append(y)
        return draw(y)

    grid.render_line = spy  # type: ignore[method-assign]
    return painted


async def test_a_new_version_of_a_row_is_drawn_even_when_it_looks_no_different_otherwise():
    async with desk() as (app, grid, pilot):
        for qty in (1, 2, 3):
            grid.upsert({"a": Row("a", qty=qty)}, mark=False)
            await pilot.pause()
            assert app.body()[0].split()[3] == str(qty)


async def test_one_changed_row_draws_one_line_and_asks_for_no_layout():
    async with desk(height=20) as (_, grid, pilot):
        grid.upsert(rows(200), mark=False)
        await pilot.pause()
        painted = count_paints(grid)
        arranged = []
        grid.screen._refresh_layout = lambda *_, **__: arranged.append(1)  # type: ignore[method-assign]
        grid.upsert({"r4": Row("r4", qty=77)}, mark=False)
        grid.upsert({"r150": Row("r150", qty=78)}, mark=False)
        grid.upsert(rows(5, 300), mark=False)
        await pilot.pause()
        assert painted == [5]
        assert arranged == []


# --- cursor ------------------------------------------------------------------------------------------------


async def test_the_first_rows_put_the_cursor_on_top_and_keys_move_it():
    async with desk(height=8) as (app, grid, pilot):
        assert grid.cursor_key is None
        grid.upsert(rows(20))
        assert grid.cursor_key == "r0"
        for keys, key in (
            (["j", "down"], "r2"),
            (["k"], "r1"),
            (["pagedown"], "r7"),
            (["G"], "r19"),
            (["j"], "r19"),
            (["pageup"], "r13"),
            (["g"], "r13"),
            (["g"], "r0"),
            (["up"], "r0"),
            (["end"], "r19"),
            (["home"], "r0"),
        ):
            await pilot.press(*keys)
            assert grid.cursor_key == key, keys
            assert any(line.startswith("▸") and line.split()[1].startswith(key) for line in app.body())
        await pilot.pause()
        assert app.heard[-1] == ("cursor", "r0")


async def test_two_slow_gs_do_not_jump():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(20))
        await pilot.press("G")
        assert grid.vertical_scrollbar.position == grid.scroll_y == grid.max_scroll_y > 0
        await pilot.press("g")
        app.clock.now += 2 * SECOND
        await pilot.press("g")
        assert grid.cursor_key == "r19"


async def test_the_cursor_keeps_its_row_when_rows_move():
    async with desk(height=8) as (app, grid, pilot):
        grid.sort_by("qty")
        grid.upsert(rows(5))
        await pilot.press("j", "j")
        grid.upsert({"r4": Row("r4", qty=-1), "low": Row("low", qty=-2)})
        await pilot.pause()
        assert grid.cursor_key == "r2"
        assert [line[0] for line in app.body()[:6]] == [" ", " ", " ", " ", "▸", " "]


async def test_at_the_top_new_rows_show_and_a_cursor_pushed_out_is_let_go():
    async with desk(height=5) as (app, grid, pilot):
        grid.sort_by("qty", descending=True)
        grid.upsert(rows(4))
        assert grid.cursor_key == "r3"
        grid.upsert(rows(3, 10))
        await pilot.pause()
        assert grid.cursor_key == "r3"
        grid.upsert(rows(3, 20))
        await pilot.pause()
        assert app.body()[0].split()[1] == "r22"
        assert grid.cursor_key is None
        assert app.heard[-1] == ("cursor", None)
        await pilot.press("enter", "space")
        assert grid.selected == frozenset()
        assert ("opened", "r3") not in app.heard
        await pilot.press("j")
        assert grid.cursor_key in grid.visible_keys()[:4]


async def test_scrolled_down_the_lines_hold_still_while_rows_come_above():
    async with desk(height=6) as (app, grid, pilot):
        grid.sort_by("qty", descending=True)
        grid.upsert(rows(50), mark=False)
        await pilot.press("pagedown", "pagedown", "pagedown", "k")
        before = app.body()
        painted = count_paints(grid)
        grid.upsert(rows(10, 100), mark=False)
        await pilot.pause()
        assert app.body() == before
        assert painted == []


async def test_a_row_that_stops_matching_leaves_no_cursor_on_its_neighbour():
    async with desk() as (app, grid, pilot):
        grid.set_filter(lambda row: row.qty < 10, "open")
        grid.upsert(rows(5))
        await pilot.press("j", "space")
        assert grid.selected == {"r1"}
        grid.upsert({"r1": Row("r1", qty=99)})
        await pilot.pause()
        assert grid.cursor_key is None
        assert grid.selected == frozenset()
        assert not any(line.startswith("▸") for line in app.body())
        await pilot.press("j")
        assert grid.cursor_key == "r2"


async def test_a_row_taken_out_leaves_no_cursor_either():
    async with desk() as (_, grid, pilot):
        grid.upsert(rows(5))
        await pilot.press("G")
        grid.discard(["r4", "never"])
        await pilot.pause()
        assert grid.cursor_key is None
        assert grid.visible_keys() == ["r0", "r1", "r2", "r3"]
        await pilot.press("k")
        assert grid.cursor_key == "r3"
        with pytest.raises(KeyError):
            grid.row("r4")


async def test_move_cursor_to_brings_the_row_on_screen():
    async with desk(height=6) as (app, grid, pilot):
        grid.upsert(rows(100), mark=False)
        grid.move_cursor_to("r60")
        grid.move_cursor_to("never")
        await pilot.pause()
        assert grid.cursor_key == "r60"
        assert any(line.startswith("▸  r60") for line in app.body())


# --- order and filter --------------------------------------------------------------------------------------


async def test_sorting_by_keys_goes_through_the_columns_that_can():
    async with desk() as (app, grid, pilot):
        grid.upsert({"a": Row("z", qty=1), "b": Row("y", qty=2)}, mark=False)
        await pilot.press("o")
        assert grid.sort == ("name", False)
        assert app.screen_lines()[0].startswith("   name▲")
        assert grid.visible_keys() == ["b", "a"]
        await pilot.press("i")
        assert grid.sort == ("name", True)
        assert grid.visible_keys() == ["a", "b"]
        await pilot.press("o", "o")
        assert grid.sort == (None, True)
        assert grid.visible_keys() == ["b", "a"]
        with pytest.raises(ValueError, match="'side'"):
            grid.sort_by("side")


async def test_pinned_rows_stand_on_top_whatever_the_filter():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(4) | {"p": Row("p", pinned=True, qty=50)}, mark=False)
        grid.set_filter(lambda row: row.qty > 2, "qty>2")
        grid.sort_by("qty")
        await pilot.pause()
        assert grid.visible_keys() == ["p", "r3"]
        assert app.body()[0][:4] == "▸‼ p"
        grid.upsert({"p": Row("p", qty=0)})
        assert grid.visible_keys() == ["r3"]


async def test_filtering_by_hand_keeps_the_cursor_or_goes_to_the_top():
    async with desk() as (_, grid, pilot):
        grid.upsert(rows(30))
        await pilot.press("j", "j", "j", "space")
        grid.set_filter(lambda row: row.qty % 3 == 0, "thirds")
        assert grid.cursor_key == "r3"
        assert grid.selected == {"r3"}
        grid.set_filter(lambda row: row.qty > 20, "late")
        await pilot.pause()
        assert grid.cursor_key == "r21"
        assert grid.selected == frozenset()
        assert grid.filter_text == "late"
        await pilot.press("escape")
        assert len(grid.visible_keys()) == 30


async def test_escape_clears_the_selection_first():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(3))
        grid.set_filter(lambda _: True, "all")
        await pilot.press("asterisk")
        assert grid.selected == {"r0", "r1", "r2"}
        assert [line[1] for line in app.body()[:3]] == ["✓", "✓", "✓"]
        await pilot.press("escape")
        assert (grid.selected, grid.filter_text) == (frozenset(), "all")
        await pilot.press("escape")
        assert grid.filter_text == ""


async def test_other_columns_over_the_same_rows():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(3), mark=False)
        grid.sort_by("qty", descending=True)
        await pilot.press("j")
        before = grid.cursor_key
        grid.replace_columns(COLUMNS[2:3])
        await pilot.pause()
        assert app.screen_lines()[0].startswith("      qty▼")
        assert [line.split()[-1] for line in app.body()[:3]] == ["2", "1", "0"]
        assert grid.cursor_key == before


# --- the tape ----------------------------------------------------------------------------------------------


async def test_a_tape_follows_until_scrolled_and_g_resumes():
    async with desk(height=6, follow=True, max_rows=100, mark_for=0) as (app, grid, pilot):
        grid.upsert(rows(50))
        await pilot.pause()
        assert grid.cursor_key == "r49"
        assert app.body()[-1].split()[1] == "r49"
        grid.upsert(rows(70, 50))
        await pilot.pause()
        assert app.body()[-1].split()[1] == "r119"
        assert len(grid.visible_keys()) == 100
        await pilot.press("k")
        assert not grid.follow
        held = app.body()
        grid.upsert(rows(30, 200))
        await pilot.pause()
        assert app.body() == held, "a paused tape holds still although rows are trimmed at its start"
        assert grid.cursor_key == "r118"
        await pilot.press("G")
        assert grid.follow
        grid.upsert(rows(1, 900))
        await pilot.pause()
        assert app.body()[-1].split()[1] == "r900"
        await pilot.press("i")
        assert not grid.follow


async def test_the_wheel_pauses_the_tape_and_takes_the_cursor_along():
    async with desk(height=6, follow=True) as (app, grid, pilot):
        grid.upsert(rows(50), mark=False)
        await pilot.pause()
        grid.scroll_to(y=10, animate=False)
        await pilot.pause()
        assert not grid.follow
        assert app.body()[0].split()[0] == "r10"
        assert grid.cursor_key == "r14"
        assert app.body()[-1].startswith("▸")


async def test_a_tape_made_taller_keeps_following():
    async with desk(height=6, follow=True) as (app, grid, pilot):
        grid.upsert(rows(50), mark=False)
        for height in (20, 9, 60, 4):
            await pilot.resize_terminal(50, height)
            await pilot.pause()
            assert grid.follow
            assert app.body()[min(height - 1, 50) - 1].split()[-3] != ""
            assert any("r49" in line for line in app.body())


async def test_follow_is_a_switch():
    async with desk(height=6, follow=True) as (app, grid, pilot):
        grid.upsert(rows(50), mark=False)
        grid.sort_by("qty", descending=True)
        assert not grid.follow
        grid.action_follow()
        await pilot.pause()
        assert (grid.follow, grid.sort) == (True, (None, False))
        assert any("r49" in line for line in app.body())
        grid.action_follow()
        assert not grid.follow


# --- mouse -------------------------------------------------------------------------------------------------


async def test_a_click_moves_the_cursor_a_double_click_opens_a_title_sorts():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(5), mark=False)
        await pilot.pause()
        await pilot.click(Grid, offset=(5, 3))
        assert grid.cursor_key == "r2"
        await pilot.click(Grid, offset=(5, 2), times=2)
        assert ("opened", "r1") in app.heard
        await pilot.click(Grid, offset=(18, 0))
        assert grid.sort == ("qty", False)
        await pilot.click(Grid, offset=(18, 0))
        assert grid.sort == ("qty", True)
        await pilot.click(Grid, offset=(11, 0))
        await pilot.click(Grid, offset=(0, 0))
        assert grid.sort == ("qty", True)
        await pilot.click(Grid, offset=(5, 7))
        assert grid.cursor_key == "r1"


async def test_enter_opens_and_space_selects():
    async with desk() as (app, grid, pilot):
        grid.upsert(rows(3))
        await pilot.press("j", "enter", "space", "j", "space")
        await pilot.pause()
        assert ("opened", "r1") in app.heard
        assert app.heard[-1] == ("selected", ("r1", "r2"))
        await pilot.press("space")
        assert grid.selected == {"r1"}


async def test_the_wheel_scrolls():
    async with desk(height=6) as (app, grid, pilot):
        grid.upsert(rows(50), mark=False)
        await pilot.pause()
        grid._on_mouse_scroll_down(wheel())
        await pilot.pause()
        assert app.body()[0].startswith("▸")
        assert grid.cursor_key == app.body()[0].split()[1] != "r0"


def wheel():
    from textual import events

    return events.MouseScrollDown(None, 1, 1, 0, 1, 0, False, False, False)


# --- while nobody looks ------------------------------------------------------------------------------------


async def test_a_hidden_grid_takes_rows_and_shows_them_when_it_comes_back():
    async with desk(height=6) as (app, grid, pilot):
        grid.sort_by("qty", descending=True)
        grid.upsert(rows(3))
        grid.display = False
        await pilot.pause()
        grid.upsert(rows(40, 10), mark=False)
        grid.tick(NOON + SECOND)
        grid.display = True
        await pilot.pause()
        assert "r49" in app.body()[0]
        assert grid.cursor_key == "r49"


async def test_a_grid_may_be_filled_before_it_is_mounted():
    app = Desk()
    app.grid.upsert(rows(3), mark=False)
    app.grid.sort_by("qty", descending=True)
    app.grid.set_filter(lambda row: row.qty > 0, "q")
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        assert [line.split()[-3] for line in app.body()[:2]] == ["BUY", "BUY"]
        assert app.grid.visible_keys() == ["r2", "r1"]


async def test_whatever_happens_the_screen_shows_the_view():
    """The dirty lines are the only ones drawn: after each of many random steps, none may show a row of before."""
    random = Random(11)
    async with desk(height=9) as (app, grid, pilot):
        keys = [f"r{number}" for number in range(25)]
        some = lambda: {random.choice(keys): row(random) for _ in range(random.randint(1, 4))}  # noqa: E731
        steps = [
            lambda: grid.upsert(some(), mark=False),
            lambda: grid.upsert(some()),
            lambda: grid.discard([random.choice(keys)]),
            lambda: grid.sort_by(random.choice([None, "name", "qty"]), random.random() < 0.5),
            lambda: grid.set_filter(random.choice([None, lambda row: row.qty % 2 == 0]), "even"),
            lambda: grid.tick(app.clock.now),
            lambda: grid.move_cursor_to(random.choice(keys)),
            lambda: grid.toggle_selected(),
            lambda: grid.scroll_to(y=random.randint(0, 25), animate=False),
            lambda: setattr(grid, "follow", random.random() < 0.5),
            lambda: grid.action_page_down(),
            lambda: grid.action_up(),
        ]
        for number in range(80):
            random.choice(steps)()
            if random.random() < 0.3:
                app.clock.now += random.randint(0, SECOND)
                grid.tick(app.clock.now)
            await pilot.pause()
            assert app.body() == [line.rstrip() for line in expected(app, grid)], number


def row(random: Random) -> Row:
    return Row(f"n{random.randint(0, 9)}", qty=random.randint(0, 9), at=NOON, pinned=random.random() < 0.05)


def expected(app: Desk, grid: Grid[Row]) -> list[str]:
    """The body drawn from what the grid says of itself; its signs are taken as they are."""
    height = app.size.height - 1
    first = round(grid.scroll_y)
    shown = grid.visible_keys()[first : first + height]
    lines = []
    for key, line in zip(shown, app.body(), strict=False):
        item = grid.row(key)
        sign = "✓" if key in grid.selected else "‼" if item.pinned else line[1:2]
        age = f"{(app.clock.now - item.at) // SECOND}s"
        age = age if len(age) <= 4 else age[:3] + "…"
        pointer = "▸" if key == grid.cursor_key else " "
        lines.append(f"{pointer}{sign} {item.name:<6} {item.side:<4} {item.qty:>7,} {age:>4}")
    empty = [] if shown or not app.body()[0] else [app.body()[0]]
    return (lines + empty + [""] * height)[:height]
