"""The time bar of a recording: its moment, where that is in the day, how fast it goes, and what is being looked for."""

from datetime import UTC, datetime
from typing import Final

from blotter.desk.change import ReplayView
from blotter.tui.format import NS_PER_SECOND, clock
from blotter.tui.line import Line, Piece, content
from blotter.tui.shown_keys import key

LEAST: Final = 10
"""Cells below which the bar itself is left out."""


class TimeBar(Line):
    """Nothing at all while the desk is a running one."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    TimeBar { display: none; background: $warn 15%; }
    TimeBar.-recording { display: block; }
    """

    def present(self, view: ReplayView | None) -> None:
        """Show where the recording stands."""
        self.set_class(view is not None, "-recording")
        if view is None:
            return
        date = datetime.fromtimestamp(view.at // NS_PER_SECOND, UTC)
        left: list[Piece] = [
            (" ▶ " if view.playing else " ‖ ", "bold $ok" if view.playing else "bold $warn"),
            (f"{date:%Y-%m-%d} ", "$dim"),
            (f"{clock(view.at, millis=True)}Z", "bold"),
            f"  ×{view.speed:g}",
            ("" if view.playing else f" paused ({key('recording.pause')})", "$warn"),
            "  ",
        ]
        right: list[Piece] = [(f"  row {view.row:,}/{view.rows:,} ", "$dim")]
        if view.busy:
            right = [("  " + view.busy, "bold $warn")]
        elif view.row >= view.rows:
            right.append(("end ", "bold $warn"))
        room = self.size.width - content(*left, *right).cell_length - 17
        bar: list[Piece] = []
        if room >= LEAST:
            whole = max(1, view.last_at - view.first_at)
            gone = min(room - 1, (view.at - view.first_at) * room // whole)
            bar = [
                (clock(view.first_at)[:5], "$dim"), " ", ("━" * gone, "$primary"), ("╸", "bold $primary"),
                ("─" * (room - gone - 1), "$dim"), " ", (clock(view.last_at)[:5], "$dim"),
            ]  # fmt: skip
        self.show(content(*left, *bar, *right))
