"""Rows into lines of the terminal: which columns fit, what a cell says, and the drawn lines kept for next
time.

A number is never cut without a sign: a column that does not fit whole shows `…` where it was cut, or is left
out. This module must never decide which row stands where (`grid_view`) nor when to draw (`grid`).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from blotter.tui.format import fit, truncate
from blotter.tui.grid_marks import Mark

R = TypeVar("R")

GUTTER: Final = 3
"""Cells before the first column: cursor, sign, space."""

KEPT: Final = 1024
"""Drawn rows kept: a few screens around the one that is shown."""

_STATES: Final = ("working", "partial", "filled", "cancelled", "rejected", "pending", "unknown", "expired")
CELL_STYLES: Final = (
    "side-buy",
    "side-sell",
    *(f"state-{state}" for state in _STATES),
    "ok",
    "warn",
    "danger",
    "stale",
    "dim",
    "strong",
    "held",
)
ROW_STYLES: Final = (
    "header",
    "header-sorted",
    "empty",
    "group",
    "gutter",
    "cursor",
    "selected",
    "new",
    "changed",
)


class Cell(NamedTuple):
    """Text of a cell, and the suffix of the component class `grid--...` it is drawn in."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """How one column reads a row. `value` gets the row and the wall clock in UTC ns."""

    id: str
    title: str
    width: int
    value: Callable[[R, int], Cell | str]
    align: Literal["left", "right"] = "left"
    sort_key: Callable[[R], Any] | None = None  # its values are comparable with one another, or None
    ages: bool = False  # the text depends on `now`: drawn again by `tick`
    flex: bool = False  # takes the width that is left
    shown: bool = True  # unless somebody chose otherwise (`grid_columns`)
    datum: Callable[[R], int | str] | None = (
        None  # for exports, where the text tells a part only: UTC ns, or in full
    )


class Look(NamedTuple):
    """All that a drawn row shows beside the row itself."""

    cursor: bool = False
    selected: bool = False
    pinned: bool = False
    mark: Mark = ""

    @property
    def sign(self) -> str:
        """One character that says it without colour."""
        if self.selected:
            return "✓"
        if self.pinned:
            return "‼"
        return {"new": "•", "changed": "·"}.get(self.mark, " ")

    @property
    def ground(self) -> tuple[str, str, str]:
        """The component classes under the cells, weakest first."""
        return (self.mark, "selected" if self.selected else "", "cursor" if self.cursor else "")


class Drawn(NamedTuple):
    """A line, and what it was drawn from."""

    look: Look
    ages: tuple[Cell | str, ...]
    strip: Strip


class Styles(Protocol):
    """Turns component suffixes, weakest first, into one style over the widget's own. Empty suffixes add nothing."""

    def __call__(self, *names: str) -> Style: ...


class Painter(Generic[R]):
    """Draws for one width and one set of columns; changing either forgets what was drawn."""

    def __init__(self, columns: Sequence[Column[R]], style: Styles) -> None:
        self.columns: tuple[Column[R], ...] = tuple(columns)
        self.spans: list[tuple[Column[R], int]] = []  # the columns that are drawn, and how wide
        self.shift = 0  # columns left out after the first
        self._style = style
        self._width = 0
        self._drawn: LRUCache[str, Drawn] = LRUCache(KEPT)

    def arrange(
        self,
        *,
        width: int | None = None,
        columns: Sequence[Column[R]] | None = None,
        shift: int | None = None,
    ) -> None:
        """Take another width, other columns, or start at another column after the first."""
        self._width = self._width if width is None else width
        self.columns = self.columns if columns is None else tuple(columns)
        self.shift = max(0, min(self.shift if shift is None else shift, len(self.columns) - 2))
        self.spans = self._spans()
        self.forget()

    @property
    def overflows(self) -> bool:
        """Whether some column on the right does not fit whole."""
        cut = any(width < column.width for column, width in self.spans)
        return cut or len(self.spans) < len(self.columns) - self.shift

    def column_at(self, x: int) -> Column[R] | None:
        """The column under a cell of the line."""
        left = GUTTER
        for column, width in self.spans:
            if left <= x <= left + width:
                return column
            left += width + 1
        return None

    def forget(self, keys: Collection[str] | None = None) -> None:
        """These rows changed; None: all look different now."""
        if keys is None or len(keys) > KEPT:
            self._drawn.clear()
            return
        for key in keys:
            self._drawn.discard(key)

    def aged(self, key: str, row: R, now: int) -> bool:
        """Whether the kept line of the row shows ages that read differently now."""
        drawn = self._drawn.get(key)
        return drawn is not None and bool(drawn.ages) and drawn.ages != self._ages(row, now)

    def row(self, key: str, row: R, look: Look, now: int) -> Strip:
        """The row's line."""
        drawn = self._drawn.get(key)
        if drawn is None or drawn.look != look or self.aged(key, row, now):
            drawn = self._drawn[key] = Drawn(look, self._ages(row, now), self._row(row, look, now))
        return drawn.strip

    def header(self, sorted_by: str | None, descending: bool) -> Strip:
        """Titles, the mark of the sorted column, and `‹` `›` for columns that are out of sight."""
        hints = ("‹" if self.shift else " ") + ("›" if self.overflows else " ")
        segments = [Segment(f"{hints:<{GUTTER}}", self._style("header", "gutter"))]
        for column, width in self.spans:
            title, style = column.title, self._style("header")
            if column.id == sorted_by:
                title = truncate(title, width - 1) + ("▼" if descending else "▲")
                style = self._style("header", "header-sorted")
            segments.append(Segment(fit(title, width, column.align) + " ", style))
        return self._line(segments, "header")

    def text(self, text: str, style: str) -> Strip:
        """A line of plain words, indented like the rows."""
        room = max(0, self._width - GUTTER)
        return self._line([Segment(" " * GUTTER + truncate(text, room), self._style(style))], style)

    def banner(self, text: str, look: Look) -> Strip:
        """A line that is no row: a heading over rows."""
        ground = ("group", *look.ground)
        room = max(0, self._width - GUTTER)
        gutter = Segment(f"{'▸' if look.cursor else ' '}{look.sign} ", self._style(*ground, "gutter"))
        return self._line([gutter, Segment(truncate(text, room), self._style(*ground))], *ground)

    def _row(self, row: R, look: Look, now: int) -> Strip:
        ground = look.ground
        segments = [Segment(f"{'▸' if look.cursor else ' '}{look.sign} ", self._style(*ground, "gutter"))]
        for column, width in self.spans:
            value = column.value(row, now)
            text, style = (value, "") if isinstance(value, str) else value
            segments.append(Segment(fit(text, width, column.align) + " ", self._style(*ground, style)))
        return self._line(segments, *ground)

    def _line(self, segments: list[Segment], *ground: str) -> Strip:
        return Strip(segments).adjust_cell_length(self._width, self._style(*ground))

    def _ages(self, row: R, now: int) -> tuple[Cell | str, ...]:
        return tuple(column.value(row, now) for column, _ in self.spans if column.ages)

    def _spans(self) -> list[tuple[Column[R], int]]:
        columns = [*self.columns[:1], *self.columns[1 + self.shift :]]
        free = self._width - GUTTER
        spare = max(0, free - sum(column.width + 1 for column in columns) + 1)
        flexible = [column for column in columns if column.flex]
        spans = []
        for column in columns:
            width = column.width
            if column.flex:
                share, rest = divmod(spare, len(flexible))
                width += share + (rest if column is flexible[0] else 0)
            width = min(width, free)
            if width < min(column.width, 3):
                break
            spans.append((column, width))
            free -= width + 1
        return spans
