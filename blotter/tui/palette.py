"""The palette: every action of the registry and every verb of the command line, found by a few letters of it.

It chooses and does nothing else: what was chosen is the app's to do, by the same way a key or a typed line takes. The
stop key works over it like over everything.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.fuzzy import FuzzySearch
from textual.screen import ModalScreen
from textual.widgets import Input

from blotter.tui.actions import ACTIONS, TITLES, Action, around, key_label
from blotter.tui.command_words import VERBS, Verb
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.grid_window import GridMessage
from blotter.tui.guard import Guarded

ELSEWHERE: Final = 0.6
"""What a find is worth in a pane that has not the focus."""


class Choice(NamedTuple):
    """One line of the palette: an action, or a verb that is none. `line`: what the command line takes for it."""

    id: str
    line: str
    help: str
    keys: str = ""
    where: str = ""
    danger: bool = False


def choices(actions: Sequence[Action] = ACTIONS, verbs: Sequence[Verb] = VERBS) -> list[Choice]:
    """All there is: the registry's actions, then the verbs and usages that no action is."""
    found = [
        Choice(
            action.id,
            f":{action.word or action.id}",
            action.help,
            " ".join(map(key_label, action.keys)),
            TITLES[action.scope],
            action.kind == "danger",
        )
        for action in actions
    ]
    words = {action.word for action in actions}
    return found + [
        Choice(f":{number}", verb.usage, verb.help, where="Command line")
        for number, verb in enumerate(verbs)
        if verb.usage != f":{verb.word}" or verb.word not in words
    ]


def ranked(found: Sequence[Choice], query: str, scope: str, search: FuzzySearch) -> list[Choice]:
    """What matches, best first; without a query all of it, what works where the focus is first."""
    near = {TITLES[name]: place for place, name in enumerate(around(scope))}

    def place(choice: Choice) -> int:
        return near.get(choice.where, len(near))

    if not query:
        return sorted(found, key=place)
    scored = []
    for choice in found:
        score = max(search.match(query, text)[0] for text in (choice.line, choice.id))
        if query.lower() in choice.help.lower():
            score = max(score, 1.0)
        if choice.keys and query in choice.keys.split():
            score += 100
        if choice.where in near and choice.line.startswith(f":{query.lower()}"):
            score += 50  # a word as it is typed, before letters strewn over others
        if score:
            scored.append((-score * (1 if choice.where in near else ELSEWHERE), place(choice), choice))
    return [choice for _, _, choice in sorted(scored, key=lambda each: each[:2])]


COLUMNS: list[Column[Choice]] = [
    Column("keys", "key", 12, lambda choice, _: Cell(choice.keys, "danger" if choice.danger else "strong")),
    Column("line", "command", 26, lambda choice, _: choice.line),
    Column("help", "what it does", 24, lambda choice, _: choice.help, flex=True),
    Column("where", "where", 14, lambda choice, _: Cell(choice.where, "dim")),
]


class ChoicesGrid(Guarded, Grid[Choice]):
    """The list; Esc closes the palette."""

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(COLUMNS, clock=clock, mark_for=0, empty="No verb is called so.", id=id)

    def action_clear(self) -> None:
        """Esc."""
        self.screen.dismiss(None)


class VerbPalette(Guarded, ModalScreen[Choice | None]):
    """Type letters of a verb, go to it with the arrows, Enter takes it. None when nothing is to happen."""

    DEFAULT_CSS = """
    VerbPalette { align: center middle; }
    VerbPalette > Vertical {
        width: 90%; max-width: 110; height: 80%; max-height: 28;
        border: round $primary; background: $surface; padding: 0 1;
    }
    VerbPalette Input, VerbPalette Input:focus { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "leave", "close"),
        Binding("down", "move(1)", "next", show=False),
        Binding("up", "move(-1)", "before", show=False),
        Binding("pagedown", "move(10)", "further", show=False),
        Binding("pageup", "move(-10)", "back", show=False),
    ]

    def __init__(self, actions: Sequence[Action], scope: str, clock: Callable[[], int]) -> None:
        super().__init__()
        self._all = choices(actions)
        self._scope = scope
        self._search = FuzzySearch()
        self._shown: list[str] = []
        self._grid = ChoicesGrid(clock=clock, id="choices")
        self._line = Input(
            placeholder="letters of a verb, or a key", id="palette-line", select_on_focus=False
        )
        self._line.cursor_blink = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Every verb"
            box.border_subtitle = "type, ↑↓, enter takes it; esc closes"
            yield self._line
            yield self._grid

    def on_mount(self) -> None:
        """The line has the keys, the arrows go to the list."""
        self._find("")
        self._line.focus()

    def _find(self, query: str) -> None:
        found = ranked(self._all, query.strip().removeprefix(":"), self._scope, self._search)
        self._shown = [choice.id for choice in found]
        self._grid.clear()
        self._grid.upsert(((choice.id, choice) for choice in found), mark=False)
        if self._shown:
            self._grid.move_cursor_to(self._shown[0])

    def action_move(self, by: int) -> None:
        """The choice below or above."""
        if not self._shown:
            return
        here = self._grid.cursor_key
        at = self._shown.index(here) + by if here in self._shown else 0
        self._grid.move_cursor_to(self._shown[max(0, min(at, len(self._shown) - 1))])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value)

    @on(Input.Submitted)
    @on(Grid.Opened)
    def _taken(self, event: Input.Submitted | Grid.Opened) -> None:
        event.stop()
        here = self._grid.cursor_key
        self.dismiss(next((choice for choice in self._all if choice.id == here), None))

    @on(Grid.CursorMoved)
    @on(Grid.ViewChanged)
    @on(Grid.SelectionChanged)
    def _quiet(self, event: GridMessage) -> None:
        event.stop()

    def action_leave(self) -> None:
        """Away, and nothing happens."""
        self.dismiss(None)

    def on_paste(self, event: events.Paste) -> None:
        """Text, never keys."""
        event.stop()
