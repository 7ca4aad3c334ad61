"""The choice of columns: what is shown, in which order and how wide."""

import pytest

from blotter.tui.grid_columns import Chosen, arranged, current, moved, read, toggled, widened
from blotter.tui.grid_paint import Column

COLUMNS: list[Column[str]] = [
    Column(id, id, width, lambda row, _: row, shown=id != "avg")
    for id, width in (("id", 9), ("symbol", 8), ("qty", 10), ("avg", 12), ("state", 13))
]


def ids(columns: list[Column[str]]) -> str:
    return " ".join(f"{column.id}:{column.width}" for column in columns)


def choice(words: str) -> tuple[Chosen, ...]:
    found = read(words.split(), COLUMNS)
    assert isinstance(found, tuple)
    return found


def test_without_a_choice_the_grid_shows_its_own() -> None:
    assert ids(arranged(COLUMNS, None)) == "id:9 symbol:8 qty:10 state:13"


def test_a_choice_is_taken_in_its_order_with_its_widths() -> None:
    assert ids(arranged(COLUMNS, choice("state qty:12 avg"))) == "state:13 qty:12 avg:12"


def test_what_is_not_offered_is_left_out_and_something_is_always_shown() -> None:
    assert ids(arranged(COLUMNS, (Chosen("venue"), Chosen("qty")))) == "qty:10"
    assert ids(arranged(COLUMNS, (Chosen("venue"),))) == "id:9"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("id prize", "'prize': no such column; there are id, symbol, qty, avg, state"),
        ("id qty qty:12", "qty: named twice"),
        ("qty:1", "qty:1: the width is 2 to 60 cells"),
        ("qty:wide", "qty:wide: the width is 2 to 60 cells"),
        ("", "no column is left"),
    ],
)
def test_a_wrong_choice_is_said(words: str, wrong: str) -> None:
    found = read(words.split(), COLUMNS)
    assert isinstance(found, str)
    assert found.startswith(wrong)


def test_a_choice_is_written_as_it_is_read() -> None:
    assert [str(chosen) for chosen in choice("id qty:12")] == ["id", "qty:12"]


def test_a_column_comes_back_to_its_place_and_the_last_one_stays() -> None:
    start = current(COLUMNS, None)
    without = toggled(start, "symbol", COLUMNS)
    assert without == choice("id qty state")
    assert toggled(without, "symbol", COLUMNS) == start
    assert toggled(choice("state id"), "qty", COLUMNS) == choice("state id qty")
    assert toggled(choice("qty"), "qty", COLUMNS) == choice("qty")


def test_columns_move_within_the_line() -> None:
    start = choice("id qty state")
    assert moved(start, "qty", 1) == choice("id state qty")
    assert moved(start, "id", -1) == start
    assert moved(start, "avg", 1) == start


def test_widths_have_bounds() -> None:
    assert widened(choice("qty"), "qty", 2, COLUMNS) == choice("qty:12")
    assert widened(choice("qty:60"), "qty", 1, COLUMNS) == choice("qty:60")
    assert widened(choice("qty:2"), "qty", -1, COLUMNS) == choice("qty:2")
