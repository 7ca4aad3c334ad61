"""Help: every key and word, from the registry, what concerns the focused pane first; `/` finds lines in it."""

import re
import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from blotter.tui.actions import SCOPES, Action, help_text, key_name
from blotter.tui.command_words import VERBS
from blotter.tui.guard import Guarded

GRAMMAR = """\
Orders on one line (Tab completes a word)
  buy 0.25 btc @ 60123.1           a limit order, good till cancelled
  sell 0.1 eth @ask+2 post         two ticks above the best offer, refused rather than taking
  buy 500usdt btc market           a market order for 500 USDT
  buy #3 btc join                  the third preset quantity, at the best bid
  sell 2 eth @bid ioc              what can be had at once, the rest goes
  buy 1 btc @ 60000 show 0.1       an iceberg
  sell 1 btc stop 59000            stop loss, at the market; stop 59000 limit 58900 with a limit
  sell 1 btc take 62000            take profit
  sell 1 btc trail 0.5%            a stop that follows the market
  buy 1 btc peg primary -2         at the best bid, two levels deeper
  oco sell 1 btc @ 62000 stop 59000                    two exits, one cancels the other
  buy 1 btc @ 60000 then sell @ 62000 stop 59000       a bracket: the exits once it is filled
  amend 4120 0.2 @ 60120           new total quantity, new price
Nothing is sent by typing: Enter reviews, y sends, W sends in spite of warnings, Esc goes back."""


class HelpScreen(Guarded, ModalScreen[None]):
    """Scrolls; Esc or a key of help closes it. The stop key works over it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > Vertical {
        width: 90%; max-width: 110; height: 90%; border: round $primary; background: $surface; padding: 0 1;
    }
    HelpScreen Input, HelpScreen Input:focus {
        display: none; border: none; height: 1; padding: 0; background: $boost;
    }
    HelpScreen Input.-open { display: block; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "leave", "close"),
        Binding("q", "dismiss", show=False),
        Binding("slash", "find", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, scope: str, actions: Sequence[Action], about: str = "") -> None:
        super().__init__()
        self._actions = actions
        self._scope = scope if scope in SCOPES else "app"
        self._closers = {key_name(key) for a in actions if a.id == "app.help" for key in a.keys}
        self._page = Static(markup=False)
        self._line = Input(about, placeholder="find", id="help-find", select_on_focus=False)
        self._line.cursor_blink = False

    @property
    def text(self) -> str:
        """The whole page."""
        width = max(len(verb.usage) for verb in VERBS)
        verbs = "\n".join(f"  {verb.usage:<{width}}  {verb.help}" for verb in VERBS)
        others = [scope for scope in SCOPES if scope != self._scope]
        shown = help_text(self._scope, self._actions)
        rest = [text for scope in others if (text := self._own(scope)) and text not in shown]
        return "\n\n".join([shown, GRAMMAR, f"Verbs of the command line\n{verbs}", *rest])

    def _own(self, scope: str) -> str:
        """The actions of exactly this scope: the first block of its help."""
        return help_text(scope, self._actions).partition("\n\n")[0]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Help"
            box.border_subtitle = "/ finds  esc closes"
            yield self._line
            with VerticalScroll():
                yield self._page

    def on_mount(self) -> None:
        """Keys scroll, unless something is looked for."""
        if self._line.value:
            self.action_find()
        else:
            self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Long sentences hang below their beginning."""
        self._show()

    def _show(self) -> None:
        width = min(self.app.size.width * 9 // 10, 110) - 6
        found = found_in(self.text, self._line.value)
        self._page.update("\n".join(_hang(line, width) for line in found.splitlines()))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def on_key(self, event: events.Key) -> None:
        """The key that opened it closes it; in the line it is typed."""
        if event.key in self._closers and not (self._line.has_focus and event.is_printable):
            event.stop()
            self.dismiss()

    def action_find(self) -> None:
        """Only the lines with these letters."""
        self._line.add_class("-open")
        self._line.focus()

    def action_leave(self) -> None:
        """Out of the search, else away."""
        if self._line.has_focus and self._line.value:
            self._line.value = ""
            self._line.remove_class("-open")
            self.query_one(VerticalScroll).focus()
        else:
            self.dismiss()

    def action_scroll(self, by: int) -> None:
        """A line down or up."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def found_in(text: str, words: str) -> str:
    """The lines that have all the words, under the titles of their blocks; a block whose title has them is shown
    whole."""
    wanted = words.lower().split()
    if not wanted:
        return text
    blocks = []
    for block in text.split("\n\n"):
        title, *lines = block.splitlines()
        if not all(word in title.lower() for word in wanted):
            lines = [line for line in lines if all(word in line.lower() for word in wanted)]
        if lines:
            blocks.append("\n".join([title, *lines]))
    return "\n\n".join(blocks) or f"Nothing in here has {words!r}."


_SENTENCE = re.compile(r" +\S.*?  +(?=\S)")


def _hang(line: str, width: int) -> str:
    """A line of a table, wrapped so that what does not fit stands below its sentence."""
    found = _SENTENCE.match(line)
    return textwrap.fill(line, width, subsequent_indent=" " * found.end()) if found else line
