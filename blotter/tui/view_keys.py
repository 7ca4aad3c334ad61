"""The keys and words that say how the screen is arranged: views, columns, groups, panes. One method each."""

from textual.message_pump import MessagePump

from blotter.desk.change import Severity
from blotter.tui.arranging import Arranging
from blotter.tui.deck import Deck
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.grid import Grid
from blotter.tui.layout import Way
from blotter.tui.resizing import Resizing
from blotter.tui.views import PANES


class ViewKeys(MessagePump):
    """Mixin for the app; the registry of actions names these methods."""

    deck: Deck
    view: DeskScreen
    arranging: Arranging
    resizing: Resizing

    def arrange(self, word: str, words: list[str]) -> str:
        """A verb about how things are shown; what is wrong with it."""
        match word:
            case "hide":
                return self.resizing.hide(words[0].lower() if words else "")
            case "layout":
                if [word.lower() for word in words] != ["reset"]:
                    return "usage: :layout reset"
                self.resizing.reset()
            case "columns" if not words:
                self.call_later(self.action_columns)  # a word that was run gives the focus back to its list
            case _:
                return self.arranging.run(word, words)
        return ""

    def action_next_view(self) -> None:
        """The next saved view of this list."""
        self.arranging.next_view()

    def action_columns(self) -> None:
        """Open or close the column chooser of the list in use."""
        for pane in self.view.panes.values():
            if pane.choosing:
                pane.close_columns()
                return
        name = self.view.active if self.view.active in (*PANES, "messages") else "orders"
        grid = self.view.target(name)
        if isinstance(grid, Grid):
            self.view.panes[name].open_columns(grid)

    def action_hide_pane(self) -> None:
        """Take the pane with the focus off the desk."""
        self._told(self.resizing.hide())

    def action_narrower(self) -> None:
        """The column of panes with the focus gets narrower."""
        self._resize("narrower")

    def action_wider(self) -> None:
        """It gets wider."""
        self._resize("wider")

    def action_shorter(self) -> None:
        """The pane with the focus gets shorter."""
        self._resize("shorter")

    def action_taller(self) -> None:
        """It gets taller."""
        self._resize("taller")

    def _resize(self, way: Way) -> None:
        self._told(self.resizing.resize(way))

    def _told(self, wrong: str) -> None:
        if wrong:
            self.deck.say(wrong, Severity.WARNING)
