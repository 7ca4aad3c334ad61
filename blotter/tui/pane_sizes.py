"""The sizes of panes and columns on the screen, as `layout` has them. Only styles are set here, and only on a person's
act or when the terminal changes its size."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from textual.containers import Vertical
from textual.widget import Widget

from blotter.tui.layout import Layout

NO_ROOM: Final = "one pane at a time here: there is no size to change"
COLUMN_MOST: Final = 35
"""Percent of the screen that a column at the side may take: the orders keep the rest."""
PANE_MOST: Final = 75
"""Percent of its column that panes of a chosen height may take together."""


class Place(NamedTuple):
    """What a key changes: its name in the layout, its size now in cells and the most that it gets, and which way."""

    name: str
    size: int
    most: int
    sign: int


def place_of(
    pane: str, layout_class: str, columns: Mapping[str, Vertical], panes: Mapping[str, Widget], *, high: bool
) -> Place | str:
    """What gets larger when this pane does; in words, why nothing can."""
    if layout_class == "narrow" or pane not in panes:
        return NO_ROOM
    name = next(name for name, column in columns.items() if panes[pane].parent is column)
    if high:
        others = [one for one in columns[name].children if one.display and one is not panes[pane]]
        if not others:
            return f"{pane}: alone in its column, it has all of its height"
        most = columns[name].size.height * PANE_MOST // 100
        return Place(f"{layout_class}.{pane}", panes[pane].outer_size.height, most, 1)
    sides = [side for side in ("right", "left") if columns[side].display]
    if not sides:
        return f"{pane}: nothing stands beside it"
    side = name if name in sides else sides[0]
    place = "medium.side" if layout_class == "medium" else f"wide.{side}"
    most = sum(column.outer_size.width for column in columns.values() if column.display) * COLUMN_MOST // 100
    return Place(place, columns[side].outer_size.width, most, 1 if name in sides else -1)


def fit(
    layout: Layout, layout_class: str, columns: Mapping[str, Vertical], panes: Mapping[str, Widget]
) -> None:
    """Give columns and panes the sizes that were chosen; what was not is the style sheet's."""
    for name, column in columns.items():
        place = "medium.side" if layout_class == "medium" else f"wide.{name}"
        width = layout.widths.get(place) if name != "main" and layout_class != "narrow" else None
        _set(column, "width", width)
        _set(column, "max_width", f"{COLUMN_MOST}%" if width is not None else None)
        shown = {id: pane for id, pane in panes.items() if pane.parent is column and pane.display}
        chosen = layout.heights_of(layout_class, list(shown))
        share = PANE_MOST // max(1, sum(height is not None for height in chosen.values()))
        filler = any(height is not None for height in chosen.values())
        for id, pane in shown.items():
            height = chosen[id]
            _set(pane, "height", height if height is not None else "1fr" if filler else None)
            _set(pane, "max_height", f"{share}%" if height is not None else "100%" if filler else None)


def _set(widget: Widget, rule: str, value: Any) -> None:
    """Set an inline rule, or leave it to the style sheet (None)."""
    if value is not None:
        setattr(widget.styles, rule, value)
    elif widget.styles.inline.has_rule(rule):
        setattr(widget.styles, rule, None)
