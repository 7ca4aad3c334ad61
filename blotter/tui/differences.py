"""Where two sources do not agree, both sides beside each other, until a person has seen it.

And the pane that they share with alerts and notices.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from blotter.desk.change import Difference
from blotter.tui.actions import bindings
from blotter.tui.alarms_grid import AlarmsGrid
from blotter.tui.alerting import Alarm
from blotter.tui.format import clock
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.notices import NoticesGrid


def _style(difference: Difference) -> str:
    return "dim" if difference.resolved else "danger"


COLUMNS: list[Column[Difference]] = [
    Column("time", "time", 8, lambda one, _: Cell(clock(one.at), "dim"), sort_key=lambda one: one.at),
    Column("what", "difference", 16, lambda one, _: Cell(one.what, _style(one)), flex=True),
    Column("ours", "ours", 14, lambda one, _: Cell(one.ours, "strong"), flex=True),
    Column("theirs", "theirs", 14, lambda one, _: Cell(one.theirs, "strong"), flex=True),
    Column("source", "source", 9, lambda one, _: one.source),
    Column("resolved", "since", 8, lambda one, _: Cell(one.resolved or "stands", "ok" if one.resolved else "danger"),
           flex=True),
]  # fmt: skip


class DifferencesGrid(Guarded, Grid[Difference]):
    """One line a difference; `A` says that it was seen."""

    BINDINGS: ClassVar = bindings("differences")
    scope: ClassVar = "differences"

    class Acknowledged(Message):
        """These (their ids) were seen by a person."""

        def __init__(self, ids: tuple[str, ...]) -> None:
            super().__init__()
            self.ids = ids

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(COLUMNS, clock=clock, empty="No differences.", id=id)
        self.sort_by("time", True)

    def action_acknowledge(self) -> None:
        """Those selected, else the one under the cursor."""
        keys = tuple(self.selected) or ((self.cursor_key,) if self.cursor_key is not None else ())
        if keys:
            self.post_message(self.Acknowledged(keys))


class Alerts(Guarded, Vertical):
    """Differences on top while there are any, alerts that nobody has seen, notices below."""

    DEFAULT_CSS = """
    Alerts { height: 1fr; }
    Alerts > DifferencesGrid, Alerts > AlarmsGrid { display: none; height: 1fr; max-height: 50%; }
    Alerts.-differences > DifferencesGrid, Alerts.-alarms > AlarmsGrid { display: block; }
    """

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(id=id)
        self.differences = DifferencesGrid(clock=clock, id="differences")
        self.alarms = AlarmsGrid(clock=clock, id="alarms")
        self.notices = NoticesGrid(clock=clock, id="notices-list")

    def compose(self) -> ComposeResult:
        yield self.differences
        yield self.alarms
        yield self.notices

    @property
    def foremost(self) -> Grid[Any]:
        """The list that wants a person most."""
        if self.has_class("-differences"):
            return self.differences
        return self.alarms if self.has_class("-alarms") else self.notices

    def feed_alarms(self, alarms: Mapping[str, Alarm]) -> None:
        """All that nobody has seen. A hand in the list that goes away is led to the next."""
        here = self.alarms.has_focus
        self.alarms.feed(alarms)
        if self.has_class("-alarms") is not bool(alarms):
            self.set_class(bool(alarms), "-alarms")
            if here and not alarms:
                self.foremost.focus()

    def feed_differences(
        self, known: Mapping[str, Difference], changed: Collection[str], *, mark: bool
    ) -> None:
        """Take in those that changed; `known` are all that no person has seen."""
        gone = [id for id in changed if id not in known]
        if gone:
            self.differences.discard(gone)
        if rows := {id: known[id] for id in changed if id in known}:
            self.differences.upsert(rows, mark=mark)
        self.set_class(bool(known), "-differences")
