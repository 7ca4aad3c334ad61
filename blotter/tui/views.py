"""Saved views: how a list is filtered, sorted, grouped, and which columns it shows, under a name. Pure.

A view says how rows are shown, never which orders there are: what stands on top because nobody knows what became of it
stays there in every view, and the grid counts what else needs a person and is hidden.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from blotter.tui.filtering import mistake
from blotter.tui.grid import Grid
from blotter.tui.grid_columns import Choice, read

PANES: Final = ("orders", "executions", "positions")
"""The lists that have views."""

NAME: Final = "letters, digits, - and _"


class SavedView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One table of the file, `[orders.NAME]`."""

    filter: str = ""  # as it is typed after /
    sort: str = ""  # a column; "": by arrival
    descending: bool = False
    group: str = ""  # symbol, parent, state; orders only
    columns: tuple[str, ...] = ()  # "qty", or "qty:12" with a width; none: the list's own for its width


Views = dict[str, dict[str, SavedView]]
"""By pane and name."""


def is_name(name: str) -> bool:
    """Whether a view may be called so."""
    return bool(name) and all(char.isascii() and (char.isalnum() or char in "-_") for char in name)


def problem(view: SavedView, grid: Grid[Any]) -> str:
    """What keeps this grid from showing a view: `sort: ...`, key first; empty when nothing does."""
    if view.filter and grid.fields is None:
        return "filter: this list has none"
    if view.filter and grid.fields is not None and (wrong := mistake(view.filter, grid.fields)):
        return f"filter: {wrong}"
    sortable = [column.id for column in grid.offered if column.sort_key is not None]
    if view.sort and view.sort not in sortable:
        return f"sort: {view.sort!r} is no column to sort by; there are {', '.join(sortable)}"
    if view.group and view.group not in grid.groupings:
        ways = ", ".join(grid.groupings) or "none here"
        return f"group: {view.group!r} is no way to group; there are {ways}"
    found = read(view.columns, grid.offered) if view.columns else ()
    if isinstance(found, str):
        return f"columns: {found}"
    return ""


def shown(grid: Grid[Any]) -> SavedView:
    """How a grid is arranged now."""
    column, descending = grid.sort
    return SavedView(
        filter=grid.filter_text.strip(),
        sort=column or "",
        descending=descending,
        group=grid.grouped_by,
        columns=tuple(map(str, grid.choice or ())),
    )


def choice_of(view: SavedView, grid: Grid[Any]) -> Choice | None:
    """The columns of a view that has no problem."""
    found = read(view.columns, grid.offered) if view.columns else None
    return found if isinstance(found, tuple) else None


def words(view: SavedView) -> str:
    """A view in one line."""
    parts = [f"/{view.filter}" if view.filter else "all rows"]
    if view.sort:
        parts.append(f"by {view.sort}{'↓' if view.descending else '↑'}")
    if view.group:
        parts.append(f"grouped by {view.group}")
    if view.columns:
        parts.append(f"columns {' '.join(view.columns)}")
    return ", ".join(parts)


def with_view(views: Views, pane: str, name: str, view: SavedView) -> Views:
    """With a view added or replaced."""
    return {**views, pane: {**views.get(pane, {}), name: view}}


def without_view(views: Views, pane: str, name: str) -> Views:
    """With a view taken out."""
    return {**views, pane: {key: view for key, view in views.get(pane, {}).items() if key != name}}


def names(views: Mapping[str, Mapping[str, SavedView]], pane: str) -> list[str]:
    """The views of a pane, in the order of the file."""
    return list(views.get(pane, {}))
