"""The console at the bottom: the command line with what it means, and in its place, one step later, the review or
another question.

The steps stand where the draft stood and have the same height, so nothing else moves and the market stays live.
These widgets show and post; none of them can send. What was pasted is text, never keys.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from blotter.tui.actions import bindings
from blotter.tui.guard import Guarded
from blotter.tui.line import Line

Span = tuple[int, int]
MEMORY: Final = 100


class _Marks(Highlighter):
    """Underlines the words that are wrong."""

    def __init__(self, line: "CommandLine") -> None:
        self._line = line

    def highlight(self, text: Text) -> None:
        style = self._line.get_component_rich_style("command--wrong", partial=True)
        for start, end in self._line.wrong:
            text.stylize(style, start, end)


class CommandLine(Guarded, Input):
    """One line: an order in the grammar, or a verb of the screen."""

    DEFAULT_CSS = """
    CommandLine, CommandLine:focus { border: none; padding: 0; height: 1; background: transparent; width: 1fr; }
    CommandLine > .command--wrong { color: $danger; text-style: underline bold; }
    """
    COMPONENT_CLASSES: ClassVar = {"command--wrong"}
    BINDINGS: ClassVar = [
        *bindings("draft"),
        Binding("up", "recall(-1)", "earlier", show=False),
        Binding("down", "recall(1)", "later", show=False),
    ]
    scope: ClassVar = "draft"

    class Reviewed(Message):
        """Enter: run the verb, or review the order."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Dropped(Message):
        """Esc."""

    def __init__(self, *, id: str) -> None:
        self.wrong: tuple[Span, ...] = ()
        self._memory: list[str] = []
        self._recalled = 0
        super().__init__(
            id=id, placeholder="buy 0.25 btc @bid gtc post, or a verb: help", select_on_focus=False
        )
        self.cursor_blink = False
        self.highlighter = _Marks(self)

    def mark(self, wrong: Sequence[Span]) -> None:
        """Underline these characters."""
        if tuple(wrong) != self.wrong:
            self.wrong = tuple(wrong)
            self.refresh()

    def put(self, line: str) -> None:
        """Set the line without telling anyone: who calls this knows."""
        if line != self.value:
            with self.prevent(Input.Changed):
                self.value = line
            self.cursor_position = len(line)

    def remember(self, line: str) -> None:
        """Keep a line for the up key."""
        if line.strip() and self._memory[-1:] != [line]:
            self._memory = [*self._memory[1 - MEMORY :], line]
        self._recalled = len(self._memory)

    def action_recall(self, by: int) -> None:
        """An earlier or later line."""
        self._recalled = max(0, min(len(self._memory), self._recalled + by))
        self.value = self._memory[self._recalled] if self._recalled < len(self._memory) else ""
        self.cursor_position = len(self.value)

    def action_review(self) -> None:
        """Enter."""
        self.post_message(self.Reviewed(self.value))

    def action_drop(self) -> None:
        """Esc."""
        self.post_message(self.Dropped())


class Review(Line, can_focus=True):
    """The order in words, in its side's colour. The send key lives here and nowhere else."""

    DEFAULT_CSS = """
    Review { height: 3; padding: 0 1; border-left: thick $primary; background: $panel; }
    Review.-buy { border-left: thick $side-buy; background: $side-buy 18%; }
    Review.-sell { border-left: thick $side-sell; background: $side-sell 18%; }
    """
    BINDINGS: ClassVar = bindings("review")
    scope: ClassVar = "review"

    class Sent(Message):
        """The confirming key."""

    class Left(Message):
        """Esc, or the focus went elsewhere: nothing is sent."""

    def action_send(self) -> None:
        """The confirming key."""
        self.post_message(self.Sent())

    def action_drop(self) -> None:
        """Back to the draft."""
        self.post_message(self.Left())

    def on_blur(self, event: events.Blur) -> None:
        """Looking elsewhere ends the review; another window of the desktop does not."""
        if self.app.app_focus and self.display:
            self.post_message(self.Left())


class QuestionStrip(Line, can_focus=True):
    """A question with yes (`y`) and no (Esc), and perhaps other answers by letter."""

    DEFAULT_CSS = """
    QuestionStrip { height: 3; padding: 0 1; border-left: thick $danger; background: $danger 15%; }
    """
    BINDINGS: ClassVar = bindings("confirm")
    scope: ClassVar = "confirm"

    class Answered(Message):
        """`answer`: "yes", "no", or the letter of another choice."""

        def __init__(self, answer: str) -> None:
            super().__init__()
            self.answer = answer

    choices: str = ""
    """Letters that answer beside `y`."""

    def action_yes(self) -> None:
        """Yes."""
        self.post_message(self.Answered("yes"))

    def action_no(self) -> None:
        """No."""
        self.post_message(self.Answered("no"))

    def on_key(self, event: events.Key) -> None:
        """Another choice."""
        if event.character and event.character in self.choices:
            event.stop()
            event.prevent_default()
            self.post_message(self.Answered(event.character))

    def on_blur(self, event: events.Blur) -> None:
        """Looking elsewhere is a no."""
        if self.app.app_focus and self.display:
            self.post_message(self.Answered("no"))


class Console(Guarded, Vertical):
    """Command line with hints, or review, or question: one of the three at a time."""

    DEFAULT_CSS = """
    Console { height: 3; background: $surface; }
    Console > #prompt { height: 1; }
    Console > #prompt > Static { width: 2; color: $primary; text-style: bold; }
    Console > #hint { height: 2; padding: 0 0 0 2; }
    Console > Review, Console > QuestionStrip { display: none; }
    Console.-review > Review, Console.-question > QuestionStrip { display: block; }
    Console.-review > #prompt, Console.-question > #prompt { display: none; }
    Console.-review > #hint, Console.-question > #hint { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.command = CommandLine(id="command")
        self.review = Review(id="review")
        self.question = QuestionStrip(id="question")
        self._hint = Line(id="hint")

    def compose(self) -> ComposeResult:
        with Horizontal(id="prompt"):
            yield Static(">", markup=False)
            yield self.command
        yield self._hint
        yield self.review
        yield self.question

    def hint(self, *lines: Content) -> None:
        """What the line means, below it."""
        self._hint.show(*lines)

    def turn(self, step: str) -> None:
        """Show the "line", the "review" or the "question"."""
        self.set_class(step == "review", "-review")
        self.set_class(step == "question", "-question")
