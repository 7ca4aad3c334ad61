"""The theme of the running screen: chosen at start and by `:theme`, read anew from its files by `:theme reload`.

A file that is broken keeps the theme that was there and says what is wrong with it: a screen in use is never left
without its signals. With `NO_COLOR` in the environment it is the colourless theme, whatever was chosen.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor

from blotter.desk.change import Severity
from blotter.tui.deck import Deck
from blotter.tui.emphasis import Emphasis
from blotter.tui.options import ScreenOptions
from blotter.tui.themes import COLOURLESS, DEFAULT, Themes, emphasis, load_themes, variable_defaults

RELOAD = "reload"


class Elsewhere(Protocol):
    """What this asks of the app."""

    def in_thread(self, work: Callable[[], str], then: Callable[[str], None]) -> None:
        """Do what takes its time elsewhere."""


class Theming(App[str], inherit_bindings=False):
    """An app with themes from files."""

    options: ScreenOptions
    deck: Deck

    def __init__(self, **options: Any) -> None:
        self._emphasis: dict[str, Emphasis | None] = {}
        self._asked_for_none = False  # NO_COLOR
        super().__init__(**options)

    @property
    def no_color(self) -> bool:
        """Whether nothing has a colour: what `:nocolor` in TCSS asks."""
        look = self._emphasis.get(self.theme)
        return self._asked_for_none or (look is not None and look.colourless)

    @no_color.setter
    def no_color(self, value: bool) -> None:
        self._asked_for_none = value

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every signal colour has a value in every theme, and so have two of Textual's own in a theme of the
        terminal's colours."""
        return {**variable_defaults(), "ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What lines go through: ways of writing instead of Textual's shades of grey."""
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome | NoColor)]
        look = self._emphasis.get(self.theme)
        return filters if look is None else [*filters, look]

    def start_theme(self) -> tuple[str, ...]:
        """Load the themes and take the one that was chosen; what is wrong with the files or the choice."""
        found = load_themes(self.options.theme_folder)
        self._take_themes(found)
        chosen = self.options.theme
        problems = found.problems
        if chosen not in self._emphasis:
            problems += (f"theme {chosen!r} does not exist, using {DEFAULT}",)
            chosen = DEFAULT
        self.theme = COLOURLESS if self._asked_for_none and COLOURLESS in self._emphasis else chosen
        return problems

    def _take_themes(self, found: Themes) -> None:
        for theme in found.themes.values():
            self.register_theme(theme)
            self._emphasis[theme.name] = emphasis(theme)
        self.deck.themes = sorted(self._emphasis)

    def use_theme(self, name: str) -> str:
        """Another theme, or all of them anew; what is wrong, when there is none of that name."""
        if name == RELOAD:
            self._reload()
        elif name not in self._emphasis:
            return f"{name} is not a theme; there are {', '.join(self.deck.themes)}, and {RELOAD}"
        elif self._asked_for_none:
            return "NO_COLOR is set: the screen stays without colour"
        else:
            self.theme = name
        return ""

    def _reload(self) -> None:
        found: list[Themes] = []

        def read() -> str:
            found.append(load_themes(self.options.theme_folder))
            return ""

        def show(_: str) -> None:
            for problem in found[0].problems:
                self.deck.say(f"theme not used: {problem}", Severity.WARNING)
            self._take_themes(found[0])
            self.mutate_reactive(App.theme)
            if not found[0].problems:
                self.deck.say(f"{len(found[0].themes)} themes read, {self.theme} is shown")

        cast(Elsewhere, self).in_thread(read, show)
