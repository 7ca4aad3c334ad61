"""Notices: the newest in one line that never covers anything, and all of them as a list."""

from collections.abc import Callable, Sequence

from blotter.desk.change import Notice, Severity
from blotter.tui.format import age, clock
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, content

STYLES = {Severity.INFO: "", Severity.WARNING: "warn", Severity.ERROR: "danger"}
SIGNS = {Severity.INFO: "", Severity.WARNING: "⚠ ", Severity.ERROR: "✗ "}
"""What says it without colour, where the word of the list is not beside it."""
FRESH = 30 * 1_000_000_000
FOREMOST = 4 * 1_000_000_000
"""For so long nothing less covers an error."""

COLUMNS: list[Column[Notice]] = [
    Column(
        "time", "time", 8, lambda notice, _: Cell(clock(notice.at), "dim"), datum=lambda notice: notice.at
    ),
    Column("severity", "what", 7, lambda notice, _: Cell(notice.severity.value, STYLES[notice.severity])),
    Column("text", "text", 20, lambda notice, _: Cell(notice.text, STYLES[notice.severity]), flex=True),
]


class NoticesGrid(Guarded, Grid[Notice]):
    """Every notice since the start, the newest at the bottom."""

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(
            COLUMNS, clock=clock, follow=True, max_rows=1000, mark_for=0, empty="No notices.", id=id
        )


def foremost(notices: Sequence[Notice], now: int) -> Notice | None:
    """The one that a person must see first: the newest error of the last moments, or else the newest of all. `now`:
    UTC ns."""
    newest = notices[-1] if notices else None
    for notice in reversed(notices):
        if now - notice.at > FOREMOST:
            break
        if notice.severity is Severity.ERROR:
            return notice
    return newest


class NoticeLine(Line):
    """The foremost notice. After half a minute it is dimmed and says how old it is."""

    def present(self, notice: Notice | None, now: int) -> None:
        """Show it as of `now`, UTC ns."""
        if notice is None:
            self.show(content(""))
            return
        name = STYLES[notice.severity]
        style = f"${name}" if name else ""
        text = f"{SIGNS[notice.severity]}{notice.text}"
        if now - notice.at > FRESH:
            self.show(content((f"{clock(notice.at)} {text}  ({age(now - notice.at)} ago)", "$dim")))
        else:
            self.show(content((clock(notice.at), "$dim"), " ", (text, style)))
