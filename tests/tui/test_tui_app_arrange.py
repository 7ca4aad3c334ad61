"""How the screen is arranged, on the screen: views, columns, groups, and panes that are hidden and resized."""

from pathlib import Path

import pytest
from fake_desk import FakeDesk, busy, make_order
from fake_scenes import add_held

from blotter.desk.command import Cancel
from blotter.trading.order import OrderState
from blotter.tui.column_line import ColumnLine
from blotter.tui.layout import load
from blotter.tui.views_file import read_views

pytestmark = pytest.mark.anyio

VIEWS = """\
[orders.btc]
filter = "symbol:BTC"
sort = "price"
group = "state"
columns = ["id", "side", "qty:12", "state"]

[orders.wrong]
sort = "prize"

[executions.big]
filter = "qty>0.2"
"""


@pytest.fixture
def desk() -> FakeDesk:
    fake = FakeDesk()
    busy(fake)
    add_held(fake)
    return fake


@pytest.fixture
def views(tmp_path: Path) -> Path:
    path = tmp_path / "views.toml"
    path.write_text(VIEWS)
    return path


async def done(screen) -> None:
    """What was handed to a thread has come back."""
    await screen.app.workers.wait_for_complete()
    await screen.settle()


async def test_views_go_round_are_marked_when_changed_and_saved(start, views: Path) -> None:
    async with start((200, 50), views_file=views) as screen:
        grid = screen.app.view.orders
        assert any("orders.wrong: sort: 'prize'" in notice.text for notice in screen.app.model.notices)
        before = grid.visible_keys()
        await screen.press("v")
        await screen.settle()
        assert "view: btc " in screen.text
        assert grid.visible_keys()[0] == "A-004116"  # nobody knows what became of it: on top in every view
        assert {grid.row(key).symbol for key in grid.visible_keys()[1:]} == {"BTCUSDT"}
        assert "● WORKING  1 order, 1 open" in screen.text
        assert [column.id for column in grid.columns] == ["id", "side", "qty", "state"]
        await screen.press("o")
        await screen.settle()
        assert "view: btc*" in screen.text
        await screen.command("view save mine")
        await done(screen)
        assert "view: mine " in screen.text
        assert read_views(views).views["orders"]["mine"].filter == "symbol:BTC"
        assert "wrong" in read_views(views).views["orders"]
        await screen.press("v")  # after the last one the list as it was
        await screen.settle()
        assert grid.visible_keys() == before
        assert "view:" not in screen.text
        await screen.command("view drop mine")
        await done(screen)
        assert list(read_views(views).views["orders"]) == ["btc", "wrong"]
        await screen.command("view nobody")
        assert "no view of the orders; there are btc" in screen.text
        await screen.press("escape", "4")
        await screen.command("view big")
        assert screen.app.view.executions.filter_text == "qty>0.2"


async def test_positions_are_filtered_and_a_view_of_them_carries_it(start, tmp_path) -> None:
    views = tmp_path / "views.toml"
    async with start((200, 50), views_file=views) as screen:
        grid = screen.app.view.positions.grid
        every = grid.visible_keys()
        await screen.press("6", "/", *"is:short", "enter")
        await screen.settle()
        assert grid.visible_keys() == ["ETHUSDT"]
        assert screen.app.focused is grid
        assert "/is:short" in screen.text
        await screen.command("view save shorts")
        await done(screen)
        assert read_views(views).views["positions"]["shorts"].filter == "is:short"
        await screen.press("6", "escape")
        await screen.settle()
        assert grid.visible_keys() == every
        await screen.command("view shorts")
        assert grid.visible_keys() == ["ETHUSDT"]
        screen.app.view.positions.balances.sort_by("asset")  # a list beside it in the same pane
        await screen.settle()
        assert grid.filter_text == "is:short"
        assert screen.app.view.panes["positions"].filter_words == "is:short"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_hidden_and_needs_a_person_is_said(start, size) -> None:
    async with start(size) as screen:
        assert "‼ 1" not in screen.text.replace("‼ 1 UNKNOWN", "")
        await screen.command("filter state:filled")
        await screen.settle()
        assert "‼ 1 hidden needs you" in screen.text  # the held one; the unknown one stays on top
        assert screen.app.view.orders.visible_keys()[0] == "A-004116"
        screen.desk.add_orders([make_order(5000, unverified=True)])
        await screen.settle()
        assert "‼ 2 hidden need you" in screen.text
        await screen.command("filter colour:red")
        assert "colour: no such column; there are symbol" in screen.text
        assert screen.app.view.orders.visible_keys() == ["A-004116"]


async def test_groups_close_count_and_are_cancelled_after_a_question(start) -> None:
    async with start((200, 50)) as screen:
        grid = screen.app.view.orders
        every = set(grid.visible_keys())
        await screen.press("B")
        await screen.settle()
        assert "by symbol" in screen.text
        assert set(grid.visible_keys()) == every  # headings are no rows
        await screen.press("G", "Z")
        await screen.settle()
        assert grid.visible_keys() == ["A-004116"]
        assert "▸ BTCUSDT" in screen.text
        await screen.press("g", "g", "down")  # the heading below the one that is unknown
        assert grid.cursor_key is None
        await screen.press("a")
        assert screen.desk.commands == []  # no terms to amend
        await screen.press("x")
        await screen.settle()
        assert "CANCEL" in screen.text
        assert screen.posted(Cancel) == []
        await screen.press("y")
        ids = {id for command in screen.posted(Cancel) for id in command.order_ids}
        assert ids == {key for key in every if key[:1] == "A" and grid.row(key).symbol == "BTCUSDT"
                       and grid.row(key).open}  # fmt: skip
        await screen.press("enter")
        assert len(grid.visible_keys()) > 1
        screen.desk.add_orders([make_order(6000, OrderState.NEW, symbol="BTCUSDT", qty="7", price="1")])
        await screen.settle()
        assert "A-006000" in grid.visible_keys()
        await screen.command("group off")
        assert set(grid.visible_keys()) == {*every, "A-006000"}


async def test_the_column_chooser_stands_before_no_cancel(start) -> None:
    async with start() as screen:
        grid = screen.app.view.orders
        grid.move_cursor_to("A-004119")
        await screen.press("C")
        assert isinstance(screen.app.focused, ColumnLine)
        await screen.press("right", "space")
        assert "symbol" not in [column.id for column in grid.columns]
        await screen.press("x")
        assert [command.order_ids for command in screen.posted(Cancel)] == [("A-004119",)]
        await screen.press("f8")
        assert screen.app.stopping.active
        await screen.press("escape")
        await screen.command("columns id +qty")
        assert "no such column" in screen.text
        await screen.press("escape")
        await screen.command("columns -price +avg")
        assert "avg" in [column.id for column in grid.columns]
        await screen.press("escape", "C", "escape")
        assert screen.app.focused is grid
        await screen.command("columns reset")
        assert grid.choice is None
        await screen.command("columns")
        assert isinstance(screen.app.focused, ColumnLine)


async def test_panes_are_hidden_resized_and_remembered(start, tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    async with start((200, 50), layout_file=path) as screen:
        view = screen.app.view
        await screen.press("7", "T")
        await screen.settle()
        assert not view.panes["history"].display
        await screen.press("2", ")", ")", "_")
        await done(screen)
        left, height = view.panes["depth"].outer_size.width, view.panes["depth"].outer_size.height
        assert left == 50
        assert view.panes["orders"].outer_size.width == 200 - 50 - 46
        await screen.press("3", "T")
        assert view.panes["orders"].display
        for size in ((120, 40), (80, 24), (200, 50)):
            await screen.pilot.resize_terminal(*size)
            await screen.settle()
            assert view.panes["orders"].display or view.layout_class == "narrow"
        assert view.panes["depth"].outer_size.width == 50
    layout, wrong = load(path)
    assert (layout.hidden, layout.widths, wrong) == (("wide.history",), {"wide.left": 50}, "")
    async with start((200, 50), layout_file=path) as screen:
        view = screen.app.view
        await screen.settle()
        assert not view.panes["history"].display
        assert view.panes["depth"].outer_size == (left, height)
        await screen.press("7")
        await screen.settle()
        assert view.panes["history"].display
        await screen.command("layout reset")
        await done(screen)
        assert view.panes["depth"].outer_size.width == 42


async def test_a_row_is_marked_until_it_was_seen(start) -> None:
    async with start((200, 50), mark_seconds=0) as screen:
        grid = screen.app.view.orders
        await screen.press("4")
        screen.desk.add_orders([make_order(7000)])
        await screen.settle()
        screen.desk.advance(600)
        await screen.settle()
        assert grid._marks.of("A-007000") == "new"
        await screen.press("3")
        await screen.settle()
        screen.desk.advance(3)
        await screen.settle()
        assert grid._marks.of("A-007000") == ""
