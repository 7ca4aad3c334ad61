"""The alert centre's list: one line an alarm, there until a person has seen it."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.message import Message

from blotter.tui.actions import bindings
from blotter.tui.alerting import Alarm
from blotter.tui.format import clock
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded

COLUMNS: list[Column[Alarm]] = [
    Column("time", "time", 8, lambda one, _: Cell(clock(one.happening.at), "dim"),
           sort_key=lambda one: one.happening.at, datum=lambda one: one.happening.at),
    Column("rule", "alert", 14, lambda one, _: Cell(one.rule, "danger" if one.urgent else "warn")),
    Column("order", "order", 9, lambda one, _: one.happening.order_id),
    Column("text", "what", 20, lambda one, _: Cell(one.happening.text, "strong"), flex=True),
]  # fmt: skip


class AlarmsGrid(Guarded, Grid[Alarm]):
    """`space` and `enter`: seen; `A`: all seen; `N`: no more of this order."""

    BINDINGS: ClassVar = bindings("alerts")
    scope: ClassVar = "alerts"

    class Seen(Message):
        """These (their ids) were seen by a person."""

        def __init__(self, ids: tuple[str, ...]) -> None:
            super().__init__()
            self.ids = ids

    class Muted(Message):
        """No more of this order."""

        def __init__(self, order_id: str) -> None:
            super().__init__()
            self.order_id = order_id

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(COLUMNS, clock=clock, mark_for=0, empty="No alerts.", id=id)
        self._known: list[str] = []

    def feed(self, alarms: Mapping[str, Alarm]) -> None:
        """All that nobody has seen, oldest first."""
        known = list(alarms)
        if known == self._known:
            return
        gone = [id for id in self._known if id not in alarms]
        before = set(self._known)
        self._known = known
        if gone:
            shown, here = self.visible_keys(), self.cursor_key
            place = shown.index(here) if here in shown else 0
            self.discard(gone)
            if here in gone and (left := self.visible_keys()):
                self.move_cursor_to(left[min(place, len(left) - 1)])
        if new := {id: alarm for id, alarm in alarms.items() if id not in before}:
            self.upsert(new, mark=False)

    def action_select(self) -> None:
        """Seen."""
        if self.cursor_key is not None:
            self.post_message(self.Seen((self.cursor_key,)))

    def action_open(self) -> None:
        """Seen, and to its order."""
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def action_acknowledge(self) -> None:
        """All of them."""
        self.post_message(self.Seen(tuple(self._known)))

    def action_mute(self) -> None:
        """No more of the order under the cursor."""
        if self.cursor_key is not None and (order_id := self.row(self.cursor_key).happening.order_id):
            self.post_message(self.Muted(order_id))
