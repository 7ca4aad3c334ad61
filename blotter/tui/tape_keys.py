"""What is done with the tape and what stands in the lists: search it, copy a message, export a view."""

import os
from collections.abc import Callable
from typing import Any, Protocol, cast

from textual import on
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.theme import Theme

from blotter.desk.change import Severity
from blotter.tui import copying
from blotter.tui.copying import Copied
from blotter.tui.deck import Deck
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.exporting import Exporting
from blotter.tui.pane import Pane
from blotter.tui.picture import Shot
from blotter.tui.search import Searching, is_filter
from blotter.tui.search_pane import HitsGrid


class Host(Protocol):
    """What this asks of the app."""

    def copy_to_clipboard(self, text: str) -> None:
        """By OSC 52."""

    def report_failure(self, error: Exception) -> None:
        """Log and show it."""

    def call_from_thread(self, callback: Callable[..., Any], *args: Any) -> Any:
        """Run it in the app's thread."""

    def run_worker(self, work: Callable[[], None], *, thread: bool, exit_on_error: bool) -> Any:
        """Run it elsewhere."""

    screen: Screen[Any]
    size: Size
    current_theme: Theme


class TapeKeys(MessagePump):
    """Mixin for the app."""

    deck: Deck
    view: DeskScreen
    searching: Searching
    exporting: Exporting

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self._put(event.form, event.raw)

    def _put(self, form: str, raw: bytes) -> None:
        if reason := copying.no_clipboard(os.environ):
            self.deck.say(f"not copied: {reason}", Severity.WARNING)
            return
        text = copying.as_text(form, raw, self.deck.desk.explain(raw, self.deck.session_of(raw)))
        cast(Host, self).copy_to_clipboard(text)
        where = f"the terminal's clipboard (OSC 52{copying.hint(os.environ)})"
        self.deck.say(f"copied {len(text)} characters of {copying.FORMS[form]} to {where}")

    @on(HitsGrid.Left)
    def _search_left(self, event: HitsGrid.Left) -> None:
        self.searching.leave()

    @on(Pane.Kept)
    def _filter_kept(self, event: Pane.Kept) -> None:
        if event.pane.body is self.view.tape and self.searching.available and not is_filter(event.words):
            wrong = self.searching.begin(event.words)
            if wrong:
                self.deck.say(f"find: {wrong}", Severity.WARNING)

    def find(self, text: str) -> str:
        """Search the tape; what is wrong with the expression."""
        return self.searching.begin(text)

    def export(self, words: list[str]) -> str:
        """Write a view to a file; what is wrong with that."""
        return self.exporting.run(words)

    def picture(self, name: str) -> str:
        """Write the screen to a file; what is wrong with that."""
        return self.exporting.picture(name, self.shot)

    def shot(self) -> Shot:
        """What the screen shows now."""
        app = cast(Host, self)
        lines = [list(strip) for strip in app.screen._compositor.render_strips()]
        theme = app.current_theme
        plain = {
            name: colour
            for name, colour in (("ink", theme.foreground), ("paper", theme.background))
            if colour is not None and colour.startswith("#")
        }
        return Shot((app.size.width, app.size.height), lines, **plain)

    def in_thread(self, work: Callable[[], str], then: Callable[[str], None]) -> None:
        """Do what takes its time elsewhere. What fails in there is told like any failing handler."""
        app = cast(Host, self)

        def run() -> None:
            try:
                done = work()
            except Exception as error:
                app.call_from_thread(app.report_failure, error)
            else:
                app.call_from_thread(then, done)

        app.run_worker(run, thread=True, exit_on_error=False)

    def copy_message(self, form: str) -> str:
        """Copy the message that was looked at last; what keeps it from being copied."""
        if form not in copying.FORMS:
            return f"{form}: as {', '.join(copying.FORMS)}"
        raw = self.view.inspector.message_bytes
        if not raw:
            return "no message was looked at"
        self._put(form, raw)
        return ""

    def action_next_hit(self) -> None:
        """To the next hit of the search."""
        if wrong := self.searching.move(1):
            self.deck.say(wrong)

    def action_previous_hit(self) -> None:
        """To the hit before."""
        if wrong := self.searching.move(-1):
            self.deck.say(wrong)
