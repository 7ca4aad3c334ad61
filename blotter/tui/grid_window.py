"""The window of the grid: which rows are on screen, where the cursor is, and which lines have to be drawn.

What the lines look like is `grid_paint`'s, their order `grid_view`'s, which rows there are `grid_body`'s.

Two promises to the hand on the keys:

* **A row never slips under the cursor.** The cursor holds a key, not a line. While the list is scrolled,
  lines stay where they are when rows come and go above; at the top, new rows push older ones down. When the
  cursor's row leaves the screen by itself (it no longer passes the filter, or is pushed out), there is no
  cursor until the next key: `cursor_key` is None and a verb finds nothing to act on, rather than a neighbour.
* **What is not in view is not selected.** Hiding a row unselects it.

It must never touch a layout reactive when rows change (that lays out the whole desk anew: 90 ms); the scroll
bar is told its numbers directly.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import zip_longest
from typing import Any, Final, Generic, TypeVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from blotter.tui.component_styles import ComponentStyles
from blotter.tui.format import NS_PER_SECOND
from blotter.tui.grid_columns import Choice, arranged
from blotter.tui.grid_marks import Marks
from blotter.tui.grid_paint import CELL_STYLES, ROW_STYLES, Column, Look, Painter
from blotter.tui.grid_view import View

R = TypeVar("R")

MARK_FOR: Final = 3 * NS_PER_SECOND
"""How long rows stay marked where nobody says otherwise."""


class GridMessage(Message):
    """Something happened in `grid`."""

    def __init__(self, grid: "GridWindow[Any]") -> None:
        super().__init__()
        self.grid = grid

    @property
    def control(self) -> "GridWindow[Any]":
        """The grid, for `@on` selectors."""
        return self.grid


class GridWindow(ComponentStyles, ScrollView, Generic[R]):
    """The lines of a grid on screen."""

    ALLOW_SELECT = False
    COMPONENTS = frozenset(f"grid--{name}" for name in (*CELL_STYLES, *ROW_STYLES))

    class CursorMoved(GridMessage, namespace="grid"):
        """The cursor is on another row; `key` is None when it is on none."""

        def __init__(self, grid: "GridWindow[Any]", key: str | None) -> None:
            super().__init__(grid)
            self.key = key

        def can_replace(self, message: Message) -> bool:
            """Of several that wait, the last one counts."""
            return isinstance(message, GridWindow.CursorMoved) and message.grid is self.grid

    class Opened(GridMessage, namespace="grid"):
        """Enter or a double click on a row."""

        def __init__(self, grid: "GridWindow[Any]", key: str) -> None:
            super().__init__(grid)
            self.key = key

    class SelectionChanged(GridMessage, namespace="grid"):
        """`grid.selected` is another set now."""

    class ViewChanged(GridMessage, namespace="grid"):
        """Sort, filter or follow changed: a title that tells of them wants an update."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        clock: Callable[[], int],
        pinned: Callable[[R], bool] | None = None,
        view: View[R] | None = None,
        follow: bool = False,
        max_rows: int | None = None,
        mark_for: int = MARK_FOR,
        empty: str = "Nothing here yet.",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """A grid over `columns`.

        `clock`: UTC ns. `pinned`: rows on top that no filter hides. `view`: keeps the rows otherwise than plainly
        (it knows its own pinned ones). `follow`: a tape, which shows its newest row
        until scrolled up. `max_rows`: the oldest rows beyond it are forgotten. `mark_for`: ns that new and changed
        rows stay marked at most, unless they are seen before (`grid_marks`), 0 for never. `empty`: what to say while
        there is no row.
        """
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self._view: View[R] = view if view is not None else View(pinned)
        self._offered: tuple[Column[R], ...] = tuple(columns)
        self._choice: Choice | None = None
        self._painter: Painter[R] = Painter(arranged(columns, None), self._style)
        self._is_tape = follow
        self._follow = follow
        self._max_rows = max_rows
        self._empty = empty
        self._sort: tuple[str | None, bool] = (None, False)
        self._filter_text = ""
        self._cursor: str | None = None
        self._rested = 0  # place in the view to come back to when the cursor has lost its row
        self._selected: set[str] = set()
        self._marks = Marks(mark_for)
        self._first = 0  # place in the view of the topmost line
        self._shown: list[str] = []  # the keys on screen
        self._styles_of: dict[tuple[str, ...], Style] = {}

    @property
    def filter_text(self) -> str:
        """What the user filters by."""
        return self._filter_text

    # --- what is on screen ---------------------------------------------------------------------------------

    @property
    def _header(self) -> int:
        """Lines above the body: a grid of one or two lines has none."""
        return 1 if self.scrollable_size.height >= 3 else 0

    @property
    def _body(self) -> int:
        """Lines for rows; 0 while the grid is not on screen."""
        return max(0, self.scrollable_size.height - self._header)

    def _reach(self, index: int, first: int) -> int:
        """The first line nearest to `first` that has `index` on screen."""
        return max(index - max(1, self._body) + 1, min(index, first))

    def _held(self) -> int | None:
        """The first line that leaves the screen as it is: by the cursor's row, else by the topmost that is left."""
        keys = [self._cursor] if self._cursor in self._shown else self._shown
        for key in keys:
            if key is not None and (index := self._view.index(key)) is not None:
                return index - self._shown.index(key)
        return None

    def _settle(self, changed: Collection[str] = ()) -> None:
        """After rows changed: bring scroll, cursor, selection and screen in step with the view."""
        view, body, count = self._view, self._body, len(self._view)
        if not all(key in view for key in self._selected):
            self._select({key for key in self._selected if key in view})
        index = view.index(self._cursor)
        if not body:
            self._shown = []
            if index is None:
                self._put_cursor(None)
            return
        first = self._first
        if self._follow:
            first = count - body
            index = count - 1 if count else None
        elif first and (held := self._held()) is not None:
            first = held
        first = max(0, min(first, count - body))
        if index is not None and not first <= index < first + body:
            if self._cursor in changed:
                first = self._reach(index, first)
            else:
                index = None
        self._scroll_first(first)
        self._repaint(changed)
        self._put_cursor_at(index)

    def _put_cursor_at(self, index: int | None) -> None:
        if index is None:
            self._put_cursor(None)
        else:
            self._rested = index
            self._put_cursor(self._view.window(index, index + 1)[0])

    def _put_cursor(self, key: str | None) -> None:
        if key != self._cursor:
            left, self._cursor = self._cursor, key
            self._repaint({row for row in (left, key) if row is not None})
            self.post_message(self.CursorMoved(self, self._row_key(key)))

    def _row_key(self, key: str | None) -> str | None:
        """The key, where it is that of a row and not of a heading."""
        return key if key is not None and key in self._view.rows else None

    def _select(self, keys: set[str]) -> None:
        changed = self._selected ^ keys
        if changed:
            self._selected = keys
            self._repaint(changed)
            self.post_message(self.SelectionChanged(self))

    def _rearranged(self) -> None:
        """After the user sorted or filtered: keep the cursor's row on screen, else go to the top."""
        self._shown = []
        if not self._follow:
            index = self._view.index(self._cursor)
            self._first = 0 if index is None else self._reach(index, 0)
            if index is None and len(self._view):
                self._put_cursor_at(0)
        self._settle()
        self.refresh()
        self.post_message(self.ViewChanged(self))

    def _scroll_first(self, first: int) -> None:
        """Say where the list stands, with no layout and without drawing what did not change."""
        self._first = first
        size = Size(self.scrollable_size.width, len(self._view) + self._header)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height
        if first != self.scroll_y:
            self.set_reactive(Widget.scroll_y, float(first))
            self.set_reactive(Widget.scroll_target_y, float(first))
            self.vertical_scrollbar.position = first

    def _repaint(self, changed: Collection[str] = ()) -> None:
        """Draw the lines that show another row now, or one of `changed`."""
        shown = self._view.window(self._first, self._first + self._body)
        before, self._shown = self._shown, shown
        if not shown or not before:
            self.refresh()
            return
        width, header = self.scrollable_size.width, self._header
        lines = [
            Region(0, header + line, width, 1)
            for line, (key, old) in enumerate(zip_longest(shown, before))
            if key != old or key in changed
        ]
        if lines:
            self.refresh(*lines)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel or the scroll bar: the cursor is taken along so that it stays on screen; following pauses."""
        super().watch_scroll_y(old_value, new_value)
        first = round(new_value)
        if first == self._first:
            return
        if self._follow and first < self.max_scroll_y:
            self._follow = False
            self.post_message(self.ViewChanged(self))
        self._first = first
        self._repaint()
        index = self._view.index(self._cursor)
        if index is not None and self._shown:
            self._put_cursor_at(min(max(index, first), first + len(self._shown) - 1))

    def on_resize(self) -> None:
        """Another size shows other rows and other columns. A grid that comes on screen has its cursor there."""
        self._painter.arrange(width=self.scrollable_size.width)
        index = self._view.index(self._cursor)
        if not self._follow and self._body and len(self._view):
            if self._shown and index is not None:
                self._first = self._reach(index, self._first)
            elif index is None or not self._first <= index < self._first + self._body:
                self._put_cursor_at(min(self._first, len(self._view) - 1))
        self._shown = []
        self._settle()
        self.refresh()

    # --- painting ------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Theme, focus or TCSS changed: every kept line is out of date."""
        super().notify_style_update()
        self._styles_of.clear()
        self._painter.forget()

    def _style(self, *names: str) -> Style:
        """The widget's own style with those of the components on top; one it does not know adds nothing."""
        style = self._styles_of.get(names)
        if style is None:
            style = self.rich_style
            for name in filter(None, names):
                style += self.get_component_rich_style(f"grid--{name}", partial=True, default=Style.null())
            self._styles_of[names] = style
        return style

    def render_line(self, y: int) -> Strip:
        """Line `y` of the content: header, row, empty-state text or nothing."""
        line = y - self._header
        if line < 0:
            return self._painter.header(*self._sort)
        if line < len(self._shown):
            key = self._shown[line]
            if key not in self._view.rows:
                return self._painter.banner(self._view.banner(key), self._look(key))
            return self._painter.row(key, self._view.rows[key], self._look(key), self._clock())
        if line == 0 and not len(self._view):
            return self._painter.text(self._empty_text(), "empty")
        return Strip.blank(self.scrollable_size.width, self._style())

    def _look(self, key: str) -> Look:
        selected, pinned = key in self._selected, self._view.is_pinned(key)
        return Look(key == self._cursor, selected, pinned, self._marks.of(key))

    def _empty_text(self) -> str:
        hidden = len(self._view.rows)
        if not hidden:
            return self._empty
        if not self._filter_text:
            return f"{hidden:,} hidden."
        return f"None of {hidden:,} passes the filter {self._filter_text}; esc clears it."
