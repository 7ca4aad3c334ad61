"""Panes hidden, widened and heightened by key and word, and remembered: the keys' side of `layout`."""

import threading
from collections.abc import Callable
from pathlib import Path

from blotter.desk.change import Severity
from blotter.tui.deck import Deck
from blotter.tui.layout import KEPT, STEP, Layout, Way, load, store

Work = Callable[[Callable[[], str], Callable[[str], None]], None]


class Resizing:
    """`work` runs a function in a thread and hands its outcome to another in the app's."""

    def __init__(self, deck: Deck, work: Work) -> None:
        self._deck = deck
        self._work = work
        self._file: Path | None = deck.options.layout_file
        self._lock = threading.Lock()  # one writer at a time; each writes what is newest by then
        layout, wrong = load(self._file) if self._file is not None else (Layout(), "")
        self.problems = (wrong,) if wrong else ()
        deck.view.layout_of_panes = layout
        deck.view.layout_changed = self._keep

    def resize(self, way: Way) -> str:
        """The pane with the focus, or its column; what is wrong."""
        view = self._deck.view
        place = view.place_of(view.focused_pane or view.active, high=way in ("shorter", "taller"))
        if isinstance(place, str):
            return place
        by, layout = STEP[way] * place.sign, view.layout_of_panes
        change = layout.heighten if way in ("shorter", "taller") else layout.widen
        self._take(change(place.name, place.size, by, place.most))
        return ""

    def hide(self, name: str = "") -> str:
        """Take a pane off the desk: the one with the focus; what is wrong."""
        view = self._deck.view
        name = name or view.focused_pane or view.active
        name = {"fills": "executions"}.get(name, name)
        if name not in view.panes:
            return f"{name}: no such pane; there are {', '.join(view.panes)}"
        if name in KEPT:
            return f"the {name} stay: nothing hides them"
        if view.layout_class == "narrow":
            return "one pane at a time here: there is nothing to hide"
        if name in view.layout_of_panes.hides(view.layout_class):
            return f"{name} is hidden already; its key brings it back"
        self._take(view.layout_of_panes.hide(view.layout_class, name))
        view.go("orders")
        self._deck.say(
            f"{name} is hidden; its key {view.panes[name].number} brings it back, :layout reset everything"
        )
        return ""

    def reset(self) -> None:
        """Everything as it comes."""
        self._take(Layout())

    def _take(self, layout: Layout) -> None:
        view = self._deck.view
        view.layout_of_panes = layout
        view.lay_out()
        self._keep()

    def _keep(self) -> None:
        path = self._file
        if path is None:
            return

        def work() -> str:
            try:
                with self._lock:
                    store(path, self._deck.view.layout_of_panes)
            except OSError as error:
                return f"the layout is not kept: {path}: {error.strerror or error}"
            return ""

        def then(wrong: str) -> None:
            if wrong:
                self._deck.say(wrong, Severity.WARNING)

        self._work(work, then)
