"""The rehearse palette: what can be broken at the embedded exchange, and the words that break it.

Only where the desk runs on that exchange is there a port to it. The port may wait for the network, so it is asked in a
thread; the screen goes on.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from blotter.desk.change import Severity
from blotter.tui.deck import Deck
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.grid_window import GridMessage
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, content

Fault = tuple[str, str]
"""(words that inject it, what it does)"""


class RehearsalPort(Protocol):
    """The way to the exchange's faults. Both may block, and raise `OSError` or `ValueError` with a reason."""

    def faults(self) -> list[Fault]: ...

    def inject(self, text: str) -> str:
        """Make it happen; what the exchange says to it."""
        ...


COLUMNS: list[Column[Fault]] = [
    Column("fault", "fault", 22, lambda fault, _: Cell(fault[0], "strong")),
    Column("what", "what it does", 30, lambda fault, _: fault[1], flex=True),
]


class FaultsGrid(Guarded, Grid[Fault]):
    """The list; Esc closes the palette."""

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(COLUMNS, clock=clock, mark_for=0, empty="The exchange names no faults.", id=id)

    def action_clear(self) -> None:
        """Esc."""
        self.screen.dismiss(None)


class Palette(Guarded, ModalScreen[str | None]):
    """Type a fault, or go to one with the arrows; Enter takes its words, edited or not. Answers them; None when nothing
    is to happen."""

    DEFAULT_CSS = """
    Palette { align: center middle; }
    Palette > Vertical {
        width: 90%; max-width: 110; height: 80%; max-height: 26;
        border: round $warn; background: $surface; padding: 0 1;
    }
    Palette #fault-what { height: 2; text-wrap: wrap; margin-top: 1; }
    Palette Input, Palette Input:focus { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "leave", "close"),
        Binding("down", "move(1)", "next fault", show=False),
        Binding("up", "move(-1)", "fault before", show=False),
    ]

    def __init__(self, faults: Sequence[Fault], clock: Callable[[], int]) -> None:
        super().__init__()
        self._faults = {name: (name, what) for name, what in faults}
        self._grid = FaultsGrid(clock=clock, id="faults")
        self._what = Line(id="fault-what")
        self._line = Input(placeholder="drop:60s, lost-ack:0.1 ...", id="fault-line", select_on_focus=False)
        self._line.cursor_blink = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Rehearse: break the embedded exchange"
            box.border_subtitle = "type or ↑↓; enter takes it, enter again injects it; esc closes"
            yield self._grid
            yield self._what
            yield self._line

    def on_mount(self) -> None:
        """The line has the keys, the arrows go to the list."""
        self._grid.upsert(self._faults, mark=False)
        self._line.focus()

    def action_move(self, by: int) -> None:
        """The fault below or above."""
        names = list(self._faults)
        at = names.index(self._grid.cursor_key) + by if self._grid.cursor_key in self._faults else 0
        self._grid.move_cursor_to(names[max(0, min(at, len(names) - 1))])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Go to the first fault that is called so."""
        event.stop()
        typed = event.value.rpartition(",")[2].strip()
        found = next((name for name in self._faults if typed and name.startswith(typed)), None)
        if found is not None:
            self._grid.move_cursor_to(found)

    @on(Grid.Opened)
    def _taken(self, event: Grid.Opened) -> None:
        event.stop()
        self._take(event.key)

    def _take(self, words: str) -> None:
        self._line.value = words
        self._line.cursor_position = len(words)
        self._line.focus()

    @on(Grid.CursorMoved)
    def _looked_at(self, event: Grid.CursorMoved) -> None:
        event.stop()
        fault = self._faults.get(event.key or "")
        self._what.show(content((fault[1] if fault is not None else "", "$warn")))

    @on(Grid.ViewChanged)
    @on(Grid.SelectionChanged)
    def _quiet(self, event: GridMessage) -> None:
        event.stop()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        text, chosen = event.value.strip(), self._grid.cursor_key or ""
        known = {name.partition(":")[0] for name in self._faults}
        if all(part.strip().partition(":")[0] in known for part in text.split(",")):
            self.dismiss(text)
        elif chosen.startswith(text):
            self._take(chosen)
        else:
            self.dismiss(text)  # the exchange says what is wrong with it

    def action_leave(self) -> None:
        """Away, and nothing happens."""
        self.dismiss(None)

    def on_paste(self, event: events.Paste) -> None:
        """Text, never keys."""
        event.stop()


class Rehearsing:
    """Opens the palette and injects what was chosen."""

    def __init__(self, app: App[str], deck: Deck, port: RehearsalPort | None) -> None:
        self._app = app
        self._deck = deck
        self._port = port

    def open(self) -> None:
        """Ask the exchange what it can do, then show it."""
        port = self._port
        if port is None:
            self._deck.say("rehearse: only with the embedded exchange", Severity.WARNING)
            return
        self._in_thread(lambda: self._show(port.faults()))

    def _show(self, faults: list[Fault]) -> None:
        self._app.call_from_thread(self._push, faults)

    def _push(self, faults: list[Fault]) -> None:
        if not isinstance(self._app.screen, Palette):
            self._app.push_screen(Palette(faults, self._deck.desk.wall), self._chosen)

    def _chosen(self, text: str | None) -> None:
        if text:
            self.inject(text)

    def inject(self, text: str) -> None:
        """Make it happen."""
        port = self._port
        if port is None:
            self._deck.say("rehearse: only with the embedded exchange", Severity.WARNING)
            return
        self._in_thread(lambda: self._say(f"rehearse {text}: {port.inject(text)}"))

    def _say(self, text: str, severity: Severity = Severity.WARNING) -> None:
        self._app.call_from_thread(self._deck.say, text, severity)

    def _in_thread(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except (OSError, ValueError) as error:
                self._say(f"rehearse: {error}", Severity.ERROR)

        self._app.run_worker(guarded, thread=True, exit_on_error=False, group="rehearse")
