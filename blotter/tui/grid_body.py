"""The body of the grid: rows put in and taken out, their order and filter, cursor and selection.

What of it is on screen, and the promises about that, are `grid_window`'s; keys and mouse are `grid`'s.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from blotter.tui.filtering import Fields, mistake, row_filter
from blotter.tui.grid_columns import Choice, arranged
from blotter.tui.grid_marks import NEWS
from blotter.tui.grid_paint import Column
from blotter.tui.grid_window import GridMessage, GridWindow

__all__ = ["GridBody", "GridMessage"]

R = TypeVar("R")


class GridBody(GridWindow[R]):
    """Rows under keys. All methods belong to the thread of the app."""

    _wording: Callable[[Sequence[Column[R]]], Sequence[Column[R]]] | None = None

    fields: Fields[R] | None = None
    """What a filter may name; None: a list that is not filtered by what is typed."""
    groupings: Sequence[str] = ()
    """By what the rows may be grouped."""
    grouped_by = ""

    # --- rows ----------------------------------------------------------------------------------------------

    def upsert(self, rows: Mapping[str, R] | Iterable[tuple[str, R]], *, mark: bool = True) -> None:
        """Add or replace a batch of rows. `mark=False`: a first load, nothing of it is news."""
        changed = rows if isinstance(rows, Mapping) else dict(rows)
        view = self._view
        was_empty = not view.rows
        if mark and len(changed) <= NEWS:
            self._marks.put(changed, [key for key in changed if key not in view.rows], self._clock())
        view.put(changed)
        if self._max_rows is not None and (excess := len(view.rows) - self._max_rows) > 0:
            self._forget(view.oldest(excess))
        self._painter.forget(changed)
        if was_empty:
            self._put_cursor(next(iter(view.window(0, 1)), None))
        banners = view.stale_banners()
        self._settle({*changed, *banners} if banners else changed)

    def discard(self, keys: Iterable[str]) -> None:
        """Take rows out; unknown keys are ignored. (`remove` is Textual's and takes out the widget.)"""
        self._forget(list(keys))
        self._settle(self._view.stale_banners())

    def clear(self) -> None:
        """Take all rows out; columns, sort and filter stay."""
        self._view.clear()
        self._marks.clear()
        self._painter.forget()
        self._first = 0
        self._settle()

    def row(self, key: str) -> R:
        """The newest version of a row. Raises `KeyError` for an unknown key."""
        return self._view.rows[key]

    def all_keys(self) -> list[str]:
        """All keys, those that the filter hides among them."""
        return list(self._view.rows)

    def visible_keys(self) -> list[str]:
        """All keys that pass the filter, in view order; not only those on screen."""
        rows, keys = self._view.rows, self._view.window(0, len(self._view))
        return [key for key in keys if key in rows]

    def tick(self, now: int) -> None:
        """Let time pass: ages are drawn anew where they read differently, old marks go out."""
        in_sight = self._shown if self.has_focus and self.app.app_focus else ()
        stale = self._marks.tick(now, in_sight)
        rows = self._view.rows
        stale.update(key for key in self._shown if key in rows and self._painter.aged(key, rows[key], now))
        if stale:
            self._repaint(stale)

    # --- order, filter, columns ----------------------------------------------------------------------------

    @property
    def sort(self) -> tuple[str | None, bool]:
        """(column id or None for arrival, descending)."""
        return self._sort

    def sort_by(self, column_id: str | None, descending: bool = False) -> None:
        """Order by a column, or by arrival. A tape that is sorted otherwise than by arrival does not follow.

        Raises `ValueError` for a column that does not exist or has no sort key.
        """
        key = None
        if column_id is not None:
            key = next((column.sort_key for column in self._offered if column.id == column_id), None)
            if key is None:
                raise ValueError(f"column {column_id!r}: there is none, or it has no sort key")
        self._sort = (column_id, descending)
        self._follow = self._follow and self._sort == (None, False)
        self._view.sort(key, descending)
        self._rearranged()

    def set_filter(self, predicate: Callable[[R], bool] | None, text: str = "") -> None:
        """Show only rows that pass. `text`: what the user typed, for the title and the empty state."""
        self._filter_text = text
        self._view.filter(predicate)
        self._rearranged()

    def filter_by(self, words: str) -> str:
        """Filter by what was typed; what is wrong with it, and then nothing passes."""
        if self.fields is None:
            return "this list has no filter"
        self.set_filter(row_filter(words, self.fields), words)
        return mistake(words, self.fields)

    @property
    def columns(self) -> Sequence[Column[R]]:
        """Those that are chosen, also where the width has no room for them."""
        return self._painter.columns

    @property
    def offered(self) -> Sequence[Column[R]]:
        """All that may be chosen at this width."""
        return self._offered

    def replace_columns(self, columns: Sequence[Column[R]]) -> None:
        """Offer other columns over the same rows; order, cursor, selection and what was chosen stay."""
        self._offered = tuple(self._wording(columns) if self._wording is not None else columns)
        self._painter.arrange(columns=arranged(self._offered, self._choice), shift=0)
        self.refresh()

    def word(self, wording: Callable[[Sequence[Column[R]]], Sequence[Column[R]]]) -> None:
        """Word its columns by this from now on, whichever it is given. Twice is as once."""
        self._wording = wording
        self.replace_columns(self._offered)

    @property
    def choice(self) -> Choice | None:
        """The columns that a person chose."""
        return self._choice

    @choice.setter
    def choice(self, choice: Choice | None) -> None:
        if choice != self._choice:
            self._choice = choice
            self.replace_columns(self._offered)
            self.post_message(self.ViewChanged(self))

    @property
    def follow(self) -> bool:
        """Whether the newest row is held on screen."""
        return self._follow

    @follow.setter
    def follow(self, follow: bool) -> None:
        if follow == self._follow:
            return
        self._follow = follow
        if follow and self._sort != (None, False):
            self.sort_by(None)
        else:
            self._settle()
            self.post_message(self.ViewChanged(self))

    # --- cursor and selection ------------------------------------------------------------------------------

    @property
    def cursor_key(self) -> str | None:
        """The row under the cursor: one that is on screen (while the grid is), or None."""
        return self._row_key(self._cursor)

    def move_cursor_to(self, key: str) -> None:
        """Go to a row and bring it on screen. Ignored when it is not in view."""
        index = self._view.index(key)
        if index is not None:
            self._go(index)

    @property
    def selected(self) -> frozenset[str]:
        """The selected rows, all of them in view."""
        return frozenset(self._selected)

    def toggle_selected(self) -> None:
        """Select or unselect the row under the cursor."""
        if self.cursor_key is not None:
            self._select(self._selected ^ {self.cursor_key})

    def select_all_visible(self) -> None:
        """Select every row that passes the filter, also those further down."""
        self._select(set(self.visible_keys()))

    def clear_selection(self) -> None:
        """Unselect all."""
        self._select(set())

    def _go(self, index: int) -> None:
        """Put the cursor on a place of the view, clamped, and bring it on screen."""
        count = len(self._view)
        index = max(0, min(index, count - 1))
        if not count:
            return
        if self._follow and index < count - 1:
            self._follow = False
            self.post_message(self.ViewChanged(self))
        if self._body:
            self._scroll_first(max(0, min(self._reach(index, self._first), count - self._body)))
            self._repaint()
        self._put_cursor_at(index)

    def _forget(self, keys: Collection[str]) -> None:
        self._view.drop(keys)
        self._painter.forget(keys)
        self._marks.forget(keys)
