"""Which columns of a grid are shown, in which order and how wide: a person's choice over what the grid offers. Pure.

A choice names columns by their ids, so that it means the same at every width, though a grid words its columns
otherwise in a narrow pane. None is no choice: the grid's own columns for its width. A column that is chosen and not
offered is left out, and comes back when it is offered again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from blotter.tui.grid_paint import Column

R = TypeVar("R")

NARROWEST, WIDEST = 2, 60
"""Cells."""
_FORM: Final = "a column is its name, or name:width"


class Chosen(NamedTuple):
    """A column; `width` in cells, None for its own."""

    id: str
    width: int | None = None

    def __str__(self) -> str:
        return self.id if self.width is None else f"{self.id}:{self.width}"


Choice = tuple[Chosen, ...]


def arranged(columns: Sequence[Column[R]], choice: Choice | None) -> list[Column[R]]:
    """The columns to show."""
    if choice is None:
        return [column for column in columns if column.shown]
    offered = {column.id: column for column in columns}
    found = [
        offered[id] if width is None else replace(offered[id], width=width)
        for id, width in choice
        if id in offered
    ]
    return found or list(columns[:1])


def read(words: Sequence[str], columns: Sequence[Column[Any]]) -> Choice | str:
    """The choice that is written as `id symbol qty:12`; what is wrong with it, in words."""
    choice: list[Chosen] = []
    known = [column.id for column in columns]
    for word in words:
        id, colon, width = word.partition(":")
        if id not in known:
            return f"{id or word!r}: no such column; there are {', '.join(known)}"
        if any(chosen.id == id for chosen in choice):
            return f"{id}: named twice"
        if colon and not (width.isdecimal() and NARROWEST <= int(width) <= WIDEST):
            return f"{word}: the width is {NARROWEST} to {WIDEST} cells; {_FORM}"
        choice.append(Chosen(id, int(width) if colon else None))
    return tuple(choice) if choice else "no column is left"


def current(columns: Sequence[Column[Any]], choice: Choice | None) -> Choice:
    """What is shown, as a choice."""
    if choice is not None:
        return choice
    return tuple(Chosen(column.id) for column in columns if column.shown)


def toggled(choice: Choice, id: str, columns: Sequence[Column[Any]]) -> Choice:
    """Without the column; or with it, behind the one that the grid puts before it. The last one stays."""
    without = tuple(chosen for chosen in choice if chosen.id != id)
    if len(without) < len(choice):
        return without or choice
    ids = [column.id for column in columns]
    before = set(ids[: ids.index(id)])
    place = max((number + 1 for number, chosen in enumerate(choice) if chosen.id in before), default=0)
    return (*choice[:place], Chosen(id), *choice[place:])


def moved(choice: Choice, id: str, by: int) -> Choice:
    """The column one place to the left (-1) or right (1)."""
    place = next((number for number, chosen in enumerate(choice) if chosen.id == id), None)
    if place is None or not 0 <= place + by < len(choice):
        return choice
    rest = [chosen for chosen in choice if chosen.id != id]
    rest.insert(place + by, choice[place])
    return tuple(rest)


def widened(choice: Choice, id: str, by: int, columns: Sequence[Column[Any]]) -> Choice:
    """The column wider or narrower by so many cells."""
    own = next(column.width for column in columns if column.id == id)
    return tuple(
        Chosen(id, max(NARROWEST, min((chosen.width or own) + by, WIDEST))) if chosen.id == id else chosen
        for chosen in choice
    )
