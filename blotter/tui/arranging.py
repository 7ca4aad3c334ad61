"""How lists are shown, by word and key: saved views, columns, groups. What a view does to the orders: nothing.

The views come from a file of the user's, read once before the screen starts; what is wrong in it is told and left out.
"""

from collections.abc import Callable
from typing import Any, Final

from blotter.desk.change import Severity
from blotter.tui import grid_columns, views
from blotter.tui.deck import Deck
from blotter.tui.grid import Grid
from blotter.tui.looking import Looking
from blotter.tui.orders import OrdersGrid
from blotter.tui.views import PANES, SavedView
from blotter.tui.views_file import Found, ViewsFileError, read_views, write_view

OFF: Final = "off"
"""Instead of a view's name: the list as it was at the start."""
RESERVED: Final = (OFF, "save", "drop")

Work = Callable[[Callable[[], str], Callable[[str], None]], None]


class Arranging:
    """`work` runs a function in a thread and hands its outcome to another in the app's."""

    def __init__(self, deck: Deck, looking: Looking, work: Work) -> None:
        self._deck = deck
        self._looking = looking
        self._work = work
        self._file = deck.options.views_file
        found = read_views(self._file) if self._file is not None else Found({})
        self._views = found.views
        self._plain = {pane: views.shown(self._grid(pane)) for pane in PANES}
        self._name: dict[str, str] = {}  # pane -> the view it was put to last
        self.problems = (*found.problems, *self._unusable())
        deck.sources["VIEW"] = lambda: views.names(self._views, self._pane)

    def _unusable(self) -> list[str]:
        """What is wrong with views that the file has; they are left out."""
        problems = []
        for pane in PANES:
            for name, view in self._views.get(pane, {}).items():
                wrong = f"{name} is a word of the verb" if name in RESERVED else ""
                if wrong := wrong or views.problem(view, self._grid(pane)):
                    problems.append(f"{self._file}: {pane}.{name}: {wrong}")
                    self._views = views.without_view(self._views, pane, name)
        return problems

    def _grid(self, pane: str) -> Grid[Any]:
        grid = self._deck.view.target(pane)
        if not isinstance(grid, Grid):
            raise TypeError(f"{pane} has no list")
        return grid

    @property
    def _pane(self) -> str:
        """The list that is meant: that of the active pane, else the orders."""
        active = self._deck.view.active
        return active if active in PANES else "orders"

    def title(self, pane: str) -> str:
        """The view for the frame of a pane, `view: btc`, with a * where it was changed since."""
        name = self._name.get(pane)
        if name is None:
            return ""
        saved = self._views.get(pane, {}).get(name)
        return f"view: {name}{'' if saved == views.shown(self._grid(pane)) else '*'}"

    # --- verbs -----------------------------------------------------------------------------------------------

    def run(self, verb: str, words: list[str]) -> str:
        """`view`, `views`, `columns`, `group`; what is wrong, empty when it was done."""
        first = words[0].lower() if words else ""
        match verb, words:
            case "view", [_, name] if first == "save":
                return self._save(self._pane, name)
            case "view", [_, name] if first == "drop":
                return self._drop(self._pane, name)
            case "view", [name]:
                return self._go(self._pane, OFF if first == OFF else name)
            case "views", _:
                self._list()
            case "columns", names:
                return self._columns(self._grid(self._pane), [name.lower() for name in names])
            case "group", _:
                return self._group(first)
            case _:
                return "usage: :view NAME | save NAME | drop NAME | off"
        return ""

    def next_view(self) -> None:
        """The next view of the pane, after the last the list as it was."""
        pane = self._pane
        names = views.names(self._views, pane)
        if not names:
            self._deck.say(f"{pane} has no saved views; :view save NAME makes one of what is shown")
            return
        here = self._name.get(pane)
        place = names.index(here) + 1 if here in names else 0
        self._go(pane, names[place] if place < len(names) else OFF)

    def _go(self, pane: str, name: str) -> str:
        if name == OFF:
            self._name.pop(pane, None)
            self._apply(pane, self._plain[pane])
            return ""
        view = self._views.get(pane, {}).get(name)
        if view is None:
            known = ", ".join(views.names(self._views, pane)) or "none yet"
            return f"{name}: no view of the {pane}; there are {known}"
        if wrong := views.problem(view, self._grid(pane)):
            return f"{name}: {wrong}"
        self._name[pane] = name
        self._apply(pane, view)
        return ""

    def _apply(self, pane: str, view: SavedView) -> None:
        """What is so already is not done again: each step arranges all rows anew."""
        grid, now = self._grid(pane), views.shown(self._grid(pane))
        grid.choice = views.choice_of(view, grid)
        if isinstance(grid, OrdersGrid) and now.group != view.group:
            grid.group_by(view.group)
        if (now.sort, now.descending) != (view.sort, view.descending):
            grid.sort_by(view.sort or None, view.descending)
        frame = self._deck.view.panes[pane]
        if frame.filters and now.filter != view.filter:
            self._looking.filter(frame, view.filter)
            frame.set_filter(view.filter)

    def _save(self, pane: str, name: str) -> str:
        if name in RESERVED or not views.is_name(name):
            return f"{name}: a view's name has {views.NAME}, and is not {', '.join(RESERVED)}"
        view = views.shown(self._grid(pane))
        if wrong := views.problem(view, self._grid(pane)):
            return f"not saved: {wrong}"

        def kept() -> None:
            self._views = views.with_view(self._views, pane, name, view)
            self._name[pane] = name

        self._write(pane, name, view, kept, f"view {name} of the {pane} saved: {views.words(view)}")
        return ""

    def _drop(self, pane: str, name: str) -> str:
        if name not in self._views.get(pane, {}):
            return f"{name}: no view of the {pane}"

        def kept() -> None:
            self._views = views.without_view(self._views, pane, name)
            if self._name.get(pane) == name:
                del self._name[pane]

        self._write(pane, name, None, kept, f"view {name} of the {pane} dropped")
        return ""

    def _write(
        self, pane: str, name: str, view: SavedView | None, kept: Callable[[], None], done: str
    ) -> None:
        path = self._file

        def work() -> str:
            if path is None:
                return ""
            try:
                write_view(path, pane, name, view)
            except ViewsFileError as error:
                return str(error)
            return ""

        def then(wrong: str) -> None:
            if wrong:
                self._deck.say(wrong, Severity.WARNING)
                return
            kept()
            self._deck.say(done if path is not None else f"{done}, until you leave: there is no file for it")

        self._work(work, then)

    def _list(self) -> None:
        for pane in PANES:
            for name, view in self._views.get(pane, {}).items():
                self._deck.say(f"{pane}: {name}: {views.words(view)}")
        if not any(self._views.values()):
            self._deck.say("no saved views; :view save NAME makes one of what is shown")
        else:
            self._deck.view.go("notices")

    def _columns(self, grid: Grid[Any], words: list[str]) -> str:
        if words in (["reset"], [OFF]):
            grid.choice = None
            return ""
        names = [name for word in words for name in word.split(",") if name]
        choice = grid_columns.current(grid.offered, grid.choice)
        if all(name[0] in "+-" for name in names):
            known = {column.id for column in grid.offered}
            shown = {chosen.id for chosen in choice}
            for sign, id in ((name[0], name[1:]) for name in names):
                if id not in known:
                    return f"{id}: no such column; there are {', '.join(c.id for c in grid.offered)}"
                if (id in shown) != (sign == "+"):
                    choice = grid_columns.toggled(choice, id, grid.offered)
        else:
            found = grid_columns.read(names, grid.offered)
            if isinstance(found, str):
                return found
            choice = found
        grid.choice = choice
        return ""

    def _group(self, name: str) -> str:
        grid = self._deck.view.orders
        if not name:
            grid.action_group()
        elif name == OFF or name in grid.groupings:
            grid.group_by("" if name == OFF else name)
        else:
            return f"{name}: group by {', '.join(grid.groupings)} or {OFF}"
        return ""
