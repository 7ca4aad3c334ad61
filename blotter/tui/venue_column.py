"""The venue as a column of its own, where there are several: beside the symbol, which is then told without it. Pure.

A grid whose columns are worded by one of these shows the same names as the desk gives them, cut at the venue; filters,
sorting, exports and commands go on with the whole names.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from blotter.desk.change import MessageSeen
from blotter.trading.qualified import split_id, split_symbol
from blotter.tui.grid_paint import Cell, Column

if TYPE_CHECKING:
    from blotter.tui.desk_screen import DeskScreen

R = TypeVar("R")
Wording = Callable[[Sequence[Column[R]]], Sequence[Column[R]]]

IDS: Final = ("id", "order")
"""Columns that show an own id."""
SUM: Final = "all"
"""What stands for the venue of a sum over venues."""
WIDEST: Final = 10  # cells


def venue_column(symbol: Callable[[R], str], venues: Sequence[str], beside: str = "symbol") -> Wording[R]:
    """`symbol`: the qualified symbol (or asset) of a row. `beside`: the id of the column that shows it."""
    width = min(WIDEST, max(map(len, ("venue", *venues))))

    def venue(row: R) -> str:
        return split_symbol(symbol(row)).venue or SUM

    def without(column: Column[R]) -> Column[R]:
        value = column.value

        def cut(row: R, now: int) -> Cell | str:
            cell = value(row, now)
            text = cell if isinstance(cell, str) else cell.text
            if column.id == beside:
                text = text.replace(symbol(row), split_symbol(symbol(row)).name)
            else:
                text = split_id(text).name
            return text if isinstance(cell, str) else Cell(text, cell.style)

        return replace(column, value=cut)

    own: Column[R] = Column(
        "venue", "venue", width, lambda row, _: Cell(venue(row), "dim"), sort_key=venue, datum=venue
    )

    def worded(columns: Sequence[Column[R]]) -> Sequence[Column[R]]:
        if any(column.id == own.id for column in columns):
            return columns  # it has been there
        found: list[Column[R]] = []
        for column in columns:
            found.append(without(column) if column.id in (beside, *IDS) else column)
            if column.id == beside:
                found.append(own)
        return found

    return worded


def wide_sessions(venues: Sequence[str]) -> Wording[MessageSeen]:
    """Room for the venue in the name of a session."""
    width = min(WIDEST, max(map(len, venues))) + 3

    def worded(columns: Sequence[Column[MessageSeen]]) -> Sequence[Column[MessageSeen]]:
        return [replace(column, width=width) if column.id == "session" else column for column in columns]

    return worded


def show_venues(view: "DeskScreen", venues: Sequence[str]) -> None:
    """There are several venues: every list says whose its lines are."""
    view.orders.word(venue_column(lambda row: row.symbol, venues))
    view.executions.word(venue_column(lambda fill: fill.symbol, venues))
    view.watchlist.word(venue_column(lambda row: row.symbol, venues))
    view.positions.at_venues(venues)
    for tape in (view.messages, view.tape.hits):
        tape.word(wide_sessions(venues))
