"""The one list of the screen: orders, executions and messages are all shown by this grid.

Built on Textual's Line API. `grid_view` keeps the order of rows, `grid_paint` draws them, `grid_body` knows what is on
screen, `grid.tcss` has the colours; here are the keys and the mouse. The keys come from the registry of actions.
"""

from pathlib import Path
from typing import ClassVar, Final, TypeVar

from textual import events
from textual.binding import BindingType

from blotter.tui.actions import bindings
from blotter.tui.format import NS_PER_SECOND
from blotter.tui.grid_body import GridBody
from blotter.tui.grid_paint import Cell, Column

__all__ = ["Cell", "Column", "Grid"]

R = TypeVar("R")

CHORD_TIME: Final = NS_PER_SECOND
"""Within this time a second `g` makes `g g`."""


class Grid(GridBody[R], can_focus=True):
    """A list with a cursor."""

    DEFAULT_CSS = Path(__file__).with_name("grid.tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = bindings("grid")

    _chord_at: int | None = None  # when `g` was pressed last

    def _step(self, by: int) -> None:
        """Move from the cursor; without one, to the line on screen nearest to where it was."""
        index = self._view.index(self._cursor)
        if index is None:
            self._go(max(self._first, min(self._rested, self._first + len(self._shown) - 1)))
        else:
            self._go(index + by)

    def action_down(self) -> None:
        """One row down."""
        self._step(1)

    def action_up(self) -> None:
        """One row up."""
        self._step(-1)

    def action_page_down(self) -> None:
        """One screen of rows down, less one for the eye."""
        self._step(max(1, self._body - 1))

    def action_page_up(self) -> None:
        """One screen of rows up, less one for the eye."""
        self._step(-max(1, self._body - 1))

    def action_first(self) -> None:
        """To the first row."""
        self._go(0)

    def action_first_chord(self) -> None:
        """The second of two quick presses goes to the first row."""
        before, self._chord_at = self._chord_at, self._clock()
        if before is not None and 0 <= self._chord_at - before < CHORD_TIME:
            self._chord_at = None
            self._go(0)

    def action_last(self) -> None:
        """To the last row; a tape in order of arrival follows again."""
        self._go(len(self._view) - 1)
        if self._is_tape and self._sort == (None, False):
            self.follow = True

    def action_follow(self) -> None:
        """Follow the newest row, or hold still."""
        self.follow = not self.follow

    def action_columns_left(self) -> None:
        """Show the column before."""
        self._painter.arrange(shift=self._painter.shift - 1)
        self.refresh()

    def action_columns_right(self) -> None:
        """Show what does not fit on the right; the first column stays."""
        if self._painter.overflows:
            self._painter.arrange(shift=self._painter.shift + 1)
            self.refresh()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def action_select(self) -> None:
        """Select or unselect the row under the cursor."""
        self.toggle_selected()

    def action_select_all(self) -> None:
        """Select all rows in view."""
        self.select_all_visible()

    def action_sort(self) -> None:
        """Sort by the next column that can, after the last by arrival."""
        ids = [None, *(column.id for column in self.columns if column.sort_key is not None)]
        place = ids.index(self._sort[0]) if self._sort[0] in ids else 0
        self.sort_by(ids[(place + 1) % len(ids)], self._sort[1])

    def action_invert(self) -> None:
        """Turn the order round."""
        column_id, descending = self._sort
        self._sort = (column_id, not descending)
        self._follow = False
        self._view.sort(self._view.sort_key, not descending)
        self._rearranged()

    def action_clear(self) -> None:
        """Clear the selection, else the filter."""
        if self._selected:
            self.clear_selection()
        elif self._filter_text:
            self.set_filter(None)

    def on_click(self, event: events.Click) -> None:
        """A row: the cursor goes there, twice opens it. A title: sort by it, again the other way round."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        line = offset.y - self._header
        if line < 0:
            column = self._painter.column_at(offset.x)
            if column is not None and column.sort_key is not None:
                column_id, descending = self._sort
                self.sort_by(column.id, column.id == column_id and not descending)
        elif line < len(self._shown):
            key = self._shown[line]
            self.move_cursor_to(key)
            if event.chain == 2:
                self.action_open()
