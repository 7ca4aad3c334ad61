"""A pane: a frame with a number and a title around one widget, with a filter line and a column chooser on demand."""

from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from blotter.tui.column_line import ColumnLine
from blotter.tui.grid import Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, content
from blotter.tui.one_line import OneLine


class FilterLine(OneLine):
    """What is typed here filters the pane at once. Enter keeps it, Esc clears it."""

    DEFAULT_CSS = """
    FilterLine, FilterLine:focus { display: none; border: none; height: 1; padding: 0 1; background: $boost; }
    FilterLine.-open { display: block; }
    """
    BINDINGS: ClassVar = [
        Binding("enter", "keep", "keep", show=False),
        Binding("escape", "clear", "clear", show=False),
    ]
    scope: ClassVar = "draft"

    class Closed(Message):
        """Done typing. `kept`: by Enter."""

        def __init__(self, kept: bool) -> None:
            super().__init__()
            self.kept = kept

    def action_keep(self) -> None:
        """Keep the filter."""
        self.post_message(self.Closed(True))

    def action_clear(self) -> None:
        """Clear the filter."""
        self.value = ""
        self.post_message(self.Closed(False))


class Pane(Guarded, Vertical):
    """One numbered pane. In the narrow layout the row of tabs stands for its frame."""

    SCOPED_CSS = False  # its look depends on classes of the screen
    DEFAULT_CSS = """
    Pane { height: 1fr; border: round $foreground 25%; border-title-color: $dim; border-subtitle-color: $dim; }
    Pane > .complaint { display: none; }
    Pane > .complaint.-wrong { display: block; background: $boost; }
    Pane:focus-within { border: round $primary; border-title-color: $foreground; border-title-style: bold; }
    .-env-testnet Pane { border: dashed $env-testnet 50%; }
    .-env-testnet Pane:focus-within { border: dashed $env-testnet; }
    .-env-demo Pane { border: double $env-demo 50%; }
    .-env-demo Pane:focus-within { border: double $env-demo; }
    .-env-live Pane { border: round $env-live; }
    .-env-live Pane:focus-within { border: heavy $env-live; }
    .-narrow Pane, .-narrow Pane:focus-within { border: none; }
    """

    class Filtered(Message):
        """The words to filter this pane by."""

        def __init__(self, pane: "Pane", words: str) -> None:
            super().__init__()
            self.pane = pane
            self.words = words

    class Kept(Message):
        """Enter, after these words."""

        def __init__(self, pane: "Pane", words: str) -> None:
            super().__init__()
            self.pane = pane
            self.words = words

    def __init__(self, number: str, title: str, body: Widget, *, id: str, filters: bool = False) -> None:
        super().__init__(id=id)
        self.number = number
        self.title = title
        self.body = body
        self.filters = filters
        self._titles = ("", "")
        self._line = FilterLine(placeholder="filter: words, symbol:BTC, state:working, qty>1")
        self._line.cursor_blink = False
        self._complaint = Line(classes="complaint")
        self._columns: ColumnLine | None = None

    def compose(self) -> ComposeResult:
        if self.filters:
            yield self._line
            yield self._complaint
        yield self.body

    def on_mount(self) -> None:
        """The bare title."""
        self.entitle()

    def entitle(self, count: str = "", right: str = "") -> None:
        """Title on the top frame, `right` (sort, filter) on the bottom one."""
        titles = (f"{self.number} {self.title}{'  ' + count if count else ''}", right)
        if titles != self._titles:
            self._titles = titles
            self.border_title = titles[0].replace("[", r"\[")
            self.border_subtitle = titles[1].replace("[", r"\[")

    def open_filter(self) -> bool:
        """Show the filter line and type into it; False when this pane has none."""
        if not self.filters:
            return False
        line = self._line
        line.add_class("-open")
        line.focus()
        return True

    @property
    def filter_words(self) -> str:
        """What the filter line holds."""
        return self._line.value

    def set_filter(self, words: str) -> None:
        """Put words into the filter line, without opening it when there are none."""
        line = self._line
        line.set_class(bool(words), "-open")
        line.value = words

    def complain(self, wrong: str) -> None:
        """Say below the filter line what is wrong in it; empty where nothing is."""
        if wrong or self._complaint.has_class("-wrong"):
            self._complaint.set_class(bool(wrong), "-wrong")
            self._complaint.show(content((f" ✗ {wrong}", "$danger")))

    # --- columns ---------------------------------------------------------------------------------------------

    @property
    def choosing(self) -> bool:
        """Whether the column chooser is open."""
        return self._columns is not None

    def open_columns(self, grid: Grid[Any]) -> None:
        """Open the column chooser of a grid in this pane."""
        self.close_columns()
        self._columns = line = ColumnLine(grid)
        self.mount(line, before=0)
        line.focus()

    def close_columns(self) -> None:
        """Close it; the focus goes back to its grid if it was there."""
        line, self._columns = self._columns, None
        if line is not None:
            if line.has_focus:
                line.grid.focus()
            line.remove()

    @on(ColumnLine.Closed)
    def _columns_chosen(self, event: ColumnLine.Closed) -> None:
        event.stop()
        self.close_columns()

    # --- the filter ------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if isinstance(event.input, FilterLine):
            event.stop()
            self.post_message(self.Filtered(self, event.value))

    @on(FilterLine.Closed)
    def _filter_closed(self, event: FilterLine.Closed) -> None:
        event.stop()
        line = self._line
        line.set_class(bool(line.value), "-open")
        self.body.focus()
        if event.kept and line.value:
            self.post_message(self.Kept(self, line.value))
