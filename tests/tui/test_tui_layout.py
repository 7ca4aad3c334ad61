"""The layout of panes: what is hidden and how large things are, kept in a file that cannot stop the start."""

from pathlib import Path

import pytest

from blotter.tui.layout import LEAST_HEIGHT, LEAST_WIDTH, Layout, load, store


def test_a_pane_is_hidden_in_one_layout_and_comes_back() -> None:
    hidden = Layout().hide("wide", "history").hide("wide", "history").hide("medium", "depth")
    assert hidden.hides("wide") == {"history"}
    assert hidden.hides("medium") == {"depth"}
    assert hidden.show("wide", "history").hides("wide") == set()


def test_the_orders_are_always_shown() -> None:
    assert Layout().hide("wide", "orders").hides("wide") == set()


def test_sizes_have_a_least_and_a_most() -> None:
    layout = Layout().widen("wide.left", 42, 4, 70)
    assert layout.widths == {"wide.left": 46}
    assert layout.widen("wide.left", 42, 4, 70).widths == {
        "wide.left": 50
    }  # the screen has not drawn the first yet
    assert layout.widen("wide.left", 46, 40, 70).widths == {"wide.left": 70}
    assert layout.widen("wide.left", 46, -40, 70).widths == {"wide.left": LEAST_WIDTH}
    assert Layout().heighten("wide.ticket", 6, -4, 30).heights == {"wide.ticket": LEAST_HEIGHT}


def test_what_was_chosen_on_a_larger_screen_starts_from_what_is_shown() -> None:
    assert Layout(widths={"wide.left": 90}).widen("wide.left", 63, -4, 63).widths == {"wide.left": 59}


def test_one_pane_of_a_column_fills_it() -> None:
    layout = Layout(heights={"wide.orders": 20, "wide.messages": 8, "wide.depth": 30, "wide.ticket": 10})
    assert layout.heights_of("wide", ["orders", "messages"]) == {"orders": None, "messages": 8}
    assert layout.heights_of("wide", ["orders", "executions"]) == {"orders": 20, "executions": None}
    assert layout.heights_of("wide", ["depth", "ticket"]) == {"depth": 30, "ticket": None}
    assert layout.heights_of("medium", ["orders", "messages"]) == {"orders": None, "messages": None}
    assert layout.heights_of("wide", []) == {}


def test_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "layout.json"
    assert load(path) == (Layout(), "")
    layout = Layout().hide("wide", "history").widen("medium.side", 44, 4, 60)
    store(path, layout)
    assert load(path) == (layout, "")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "text", ["{", '{"hidden": 3}', '{"shown": []}', '{"widths": {"wide.left": 0}}', '{"heights": {"x": 1e9}}']
)
def test_a_broken_file_is_told_and_not_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layout.json"
    path.write_text(text)
    layout, wrong = load(path)
    assert layout == Layout()
    assert str(path) in wrong
