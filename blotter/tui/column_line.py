"""The column chooser: a line above the list, with keys of its own while it has the focus.

No dialogue: the list stays where it is and shows each choice at once, a cancel is the key it always is, and every key
of the whole screen works, the stop key among them.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from textual.message import Message

from blotter.tui import grid_columns
from blotter.tui.actions import bindings
from blotter.tui.grid import Grid
from blotter.tui.grid_columns import Choice
from blotter.tui.line import Line, Piece, content


class ColumnLine(Line, can_focus=True):
    """All columns of a grid, those that are shown first, in their order."""

    DEFAULT_CSS = """
    ColumnLine { height: 2; background: $boost; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar = bindings("columns")
    scope: ClassVar = "columns"

    class Closed(Message):
        """Done choosing."""

    def __init__(self, grid: Grid[Any]) -> None:
        super().__init__()
        self.grid = grid
        self._here = self._ids()[0]

    def on_mount(self) -> None:
        """What there is to choose."""
        self._present()

    def _choice(self) -> Choice:
        return grid_columns.current(self.grid.offered, self.grid.choice)

    def _ids(self) -> list[str]:
        shown = [chosen.id for chosen in self._choice()]
        return [*shown, *(column.id for column in self.grid.offered if column.id not in shown)]

    def _present(self) -> None:
        titles = {column.id: column.title or column.id for column in self.grid.offered}
        choice = {chosen.id: chosen.width for chosen in self._choice()}
        pieces: list[Piece] = [(" columns ", "bold")]
        before, room = 9, max(20, self.size.width or self.grid.size.width)
        for id in self._ids():
            width = choice.get(id)
            text = f"{titles[id]}{'' if width is None else f':{width}'}" if id in choice else f"–{titles[id]}"
            style = "reverse " if id == self._here else ""
            pieces += [(text, style + ("bold" if id in choice else "$dim")), " "]
            before += len(text) + 1
            if id == self._here and before > room:  # bring it into sight
                pieces = [(" … ", "$dim"), *pieces[-8:]]
        keys = content(("  ←→ choose  space show/hide  H L move  + - width  r reset  esc done", "$dim"))
        self.show(content(*pieces), keys)

    def _choose(self, change: Callable[[Choice], Choice]) -> None:
        self.grid.choice = change(self._choice())
        self._present()

    def _go(self, by: int) -> None:
        ids = self._ids()
        self._here = ids[(ids.index(self._here) + by) % len(ids)]
        self._present()

    def action_previous(self) -> None:
        """The column to the left."""
        self._go(-1)

    def action_next(self) -> None:
        """The column to the right."""
        self._go(1)

    def action_show_hide(self) -> None:
        """Show or hide it."""
        self._choose(lambda choice: grid_columns.toggled(choice, self._here, self.grid.offered))

    def action_move_left(self) -> None:
        """One place to the left."""
        self._choose(lambda choice: grid_columns.moved(choice, self._here, -1))

    def action_move_right(self) -> None:
        """One place to the right."""
        self._choose(lambda choice: grid_columns.moved(choice, self._here, 1))

    def action_wider(self) -> None:
        """One cell wider."""
        self._choose(lambda choice: grid_columns.widened(choice, self._here, 1, self.grid.offered))

    def action_narrower(self) -> None:
        """One cell narrower."""
        self._choose(lambda choice: grid_columns.widened(choice, self._here, -1, self.grid.offered))

    def action_reset(self) -> None:
        """As the list has it by itself."""
        self.grid.choice = None
        self._present()

    def action_close(self) -> None:
        """Done."""
        self.post_message(self.Closed())

    async def action_cancel(self) -> None:
        """As in the list."""
        await self._in_grid("cancel")

    async def action_cancel_view(self) -> None:
        """As in the list."""
        await self._in_grid("cancel_view")

    async def _in_grid(self, action: str) -> None:
        if hasattr(self.grid, f"action_{action}"):
            await self.grid.run_action(action)
