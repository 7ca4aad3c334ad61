"""Help, and actions by name: what the palette chose, or an action's id on the command line (`:grid.sort`).

An action runs only where its key would work: at the pane that has, or last had, the focus. One of another pane brings
the hand there and names its key, so that nothing acts on a row that was not in view. The steps of a dialogue (the key
that sends above all) cannot be run by name.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual.app import App
from textual.widget import Widget

from blotter.tui.actions import BY_ID, PANES, TITLES, Action, around
from blotter.tui.deck import Deck
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.help_screen import HelpScreen
from blotter.tui.palette import Choice, VerbPalette
from blotter.tui.shown_keys import key

STEPS: Final = frozenset({"draft", "review", "warning", "confirm", "typed"})


class Performing(App[str], inherit_bindings=False):
    """An app whose actions have names."""

    deck: Deck
    view: DeskScreen
    actions: Sequence[Action]

    BINDINGS: ClassVar = []

    def action_palette(self) -> None:
        """Every verb, by a few letters of it."""
        scope = str(getattr(self._hand(), "scope", "app"))
        self.push_screen(VerbPalette(self.actions, scope, self.deck.desk.wall), self._chosen)

    def action_help(self) -> None:
        """Keys and verbs."""
        self.show_help("")

    def show_help(self, about: str) -> str:
        """The help page, of one word only; nothing is ever wrong with that."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.view.scope, self.actions, about))
        return ""

    def _hand(self) -> Widget:
        """The widget of a pane that an action is for."""
        view = self.view
        if view.focused_pane and view.focused is not None:
            return view.focused
        return view.target("orders" if view.active == "ticket" else view.active)

    def _chosen(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.id in BY_ID:
            if wrong := self.perform(choice.id):
                self.deck.say(wrong)
        else:  # a usage: what it takes is for the hand to type
            command = self.view.console.command
            command.put(f"{choice.line.removeprefix(':').split()[0]} ")
            command.focus()

    def perform(self, id: str) -> str:
        """Run an action, or go to the pane it is for; what keeps it from being run here."""
        action = BY_ID[id]
        if action.scope in STEPS:
            return f"{action.label}: {key(id)}, {TITLES[action.scope].lower()}; not by name"
        node: Any = self._hand()
        if action.scope in ("app", "recording"):
            node = self
        elif action.scope not in around(str(getattr(node, "scope", "app"))):
            pane = action.scope if action.scope in PANES else "orders"
            self.view.go({"differences": "notices"}.get(pane, pane) if pane in self.view.panes else "notices")
            return f"{action.label}: {key(id)}, {TITLES[action.scope].lower()}"
        else:
            name = f"action_{action.name}"
            node = next((each for each in node.ancestors_with_self if hasattr(each, name)), None)
            if node is None:
                return f"{action.label}: not here"
            self.view.set_focus(self._hand())
        self.call_later(self.run_action, action.name, node)
        return ""
