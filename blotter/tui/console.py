"""The console at the bottom: the command line with what it means, and in its place, one step later, the review or
another question.

The steps stand where the draft stood and have the same height, so nothing else moves and the market stays live.
These widgets show and post; none of them can send. What was pasted is text, never keys.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.scalar import Scalar
from textual.message import Message
from textual.widgets import Input, Static

from blotter.tui.actions import bindings
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, content
from blotter.tui.one_line import OneLine
from blotter.tui.typed import Typed

Span = tuple[int, int]
MEMORY: Final = 100
HEIGHT: Final = 3


class _Marks(Highlighter):
    """Underlines the words that are wrong."""

    def __init__(self, line: "CommandLine") -> None:
        self._line = line

    def highlight(self, text: Text) -> None:
        style = self._line.get_component_rich_style("command--wrong", partial=True)
        for start, end in self._line.wrong:
            text.stylize(style, start, end)


class CommandLine(OneLine):
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
        Binding("tab", "complete", "complete", show=False),
    ]
    scope: ClassVar = "draft"

    class Reviewed(Message):
        """Enter: run the verb, or review the order."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Dropped(Message):
        """Esc."""

    class Offered(Message):
        """Several words may stand here."""

        def __init__(self, words: Sequence[str]) -> None:
            super().__init__()
            self.words = words

    complete: Callable[[str, int], Sequence[str]] | None = None
    """Whole words that may replace the one that ends at a place of the line, best first."""

    def __init__(self, *, id: str) -> None:
        self._cycle: tuple[str, list[str], int] | None = (
            None  # what is put there, all that may, which one it is
        )
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

    async def action_complete(self) -> None:
        """Tab: what all candidates begin with, then one after the other. On an empty line, to the next pane."""
        if not self.value.strip():
            await self.run_action("app.next_pane")
            return
        head = self.value[: self.cursor_position]
        if self._cycle is not None and head.endswith(self._cycle[0]):
            word, words, place = self._cycle
            self._replace_word(word, words[(place + 1) % len(words)])
            self._cycle = (words[(place + 1) % len(words)], words, (place + 1) % len(words))
            return
        words = list(self.complete(self.value, self.cursor_position)) if self.complete is not None else []
        typed = "" if head.endswith((" ", "@")) else head.split()[-1].lstrip("@:")
        if len(words) == 1:
            self._replace_word(typed, f"{words[0]} ")
        elif words:
            common = _beginning(words)
            if len(common) > len(typed):
                self._replace_word(typed, common)
            else:
                self._replace_word(typed, words[0])
                self._cycle = (words[0], words, 0)
            self.post_message(self.Offered(words))

    def _replace_word(self, typed: str, word: str) -> None:
        at = self.cursor_position
        self.value = self.value[: at - len(typed)] + word + self.value[at:].lstrip()
        self.cursor_position = at - len(typed) + len(word)

    def action_review(self) -> None:
        """Enter."""
        self.post_message(self.Reviewed(self.value))

    def action_drop(self) -> None:
        """Esc."""
        self.post_message(self.Dropped())


def _beginning(words: Sequence[str]) -> str:
    """What all of them begin with, whatever the case."""
    lows = [word.lower() for word in words]
    same = 0
    for letters in zip(*lows, strict=False):
        if len(set(letters)) > 1:
            break
        same += 1
    return words[0][:same]


class Review(Line, can_focus=True):
    """The order in words, in its side's colour. The send key lives here and nowhere else."""

    DEFAULT_CSS = """
    Review { height: 3; padding: 0 1; text-wrap: wrap; border-left: thick $primary; background: $panel; }
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


class WarningReview(Line, can_focus=True):
    """The order again, with what the desk warns of. Its key accepts the warnings, and lives here and nowhere else."""

    DEFAULT_CSS = """
    WarningReview { height: 3; padding: 0 1; text-wrap: wrap; border-left: thick $warn; background: $warn 18%; }
    """
    BINDINGS: ClassVar = bindings("warning")
    scope: ClassVar = "warning"

    class Insisted(Message):
        """The key that accepts the warnings."""

    def action_insist(self) -> None:
        """Accept the warnings and send."""
        self.post_message(self.Insisted())

    def action_drop(self) -> None:
        """Back to the draft."""
        self.post_message(Review.Left())

    def on_blur(self, event: events.Blur) -> None:
        """Looking elsewhere ends it; another window of the desktop does not."""
        if self.app.app_focus and self.display:
            self.post_message(Review.Left())


class QuestionStrip(Line, can_focus=True):
    """A question with yes (`y`) and no (Esc), perhaps other answers by letter, or a word to type instead of them."""

    DEFAULT_CSS = """
    QuestionStrip { height: 3; padding: 0 1; border-left: thick $danger; background: $danger 15%; }
    """
    BINDINGS: ClassVar = bindings("confirm")

    class Answered(Message):
        """`answer`: "yes", "no", or the letter of another choice."""

        def __init__(self, answer: str) -> None:
            super().__init__()
            self.answer = answer

    choices: str = ""
    """Letters that answer beside `y`."""
    _typed = Typed("")
    _lines: tuple[Content, ...] = ()

    @property
    def scope(self) -> str:
        """Where letters are typed they answer nothing."""
        return "typed" if self._typed.word else "confirm"

    @property
    def no_answer(self) -> str:
        """Where there are other choices, yes is none of them."""
        return "confirm.yes" if self.choices else ""

    def ask(self, *lines: Content, choices: str = "", word: str = "") -> None:
        """Put a question. `word`: it is answered by typing this, and `y` is a letter like any other."""
        self.choices, self._lines, self._typed = choices, lines, Typed(word)
        self._draw()

    def _draw(self) -> None:
        self.show(*self._lines, *((self._typed.line(),) if self._typed.word else ()))

    def action_yes(self) -> None:
        """Yes."""
        self.post_message(self.Answered("yes"))

    def action_no(self) -> None:
        """No."""
        self.post_message(self.Answered("no"))

    def on_key(self, event: events.Key) -> None:
        """A letter of the word, or another choice."""
        typed = self._typed
        if typed.word and typed.takes(event.key, event.character):
            event.stop()
            event.prevent_default()
            if event.key == "enter" and typed.right:
                self.post_message(self.Answered("yes"))
            else:
                self._typed = typed.key(event.key, event.character)
                self._draw()
        elif event.character and event.character in self.choices:
            event.stop()
            event.prevent_default()
            self.post_message(self.Answered(event.character))

    def on_blur(self, event: events.Blur) -> None:
        """Looking elsewhere is a no."""
        if self.app.app_focus and self.display:
            self.post_message(self.Answered("no"))


class Console(Guarded, Vertical):
    """Command line with hints, or review, warning or question: one of them at a time.

    All are three lines high, so that nothing moves under the eye; only a list, which shows its legs, and several
    warnings take what they need.
    """

    DEFAULT_CSS = """
    Console { height: 3; background: $surface; }
    Console > #prompt { height: 1; }
    Console > #prompt > Static { width: 2; color: $primary; text-style: bold; }
    Console > #hint { height: 2; padding: 0 0 0 2; }
    Console > Review, Console > WarningReview, Console > QuestionStrip { display: none; }
    Console.-review > Review, Console.-warning > WarningReview, Console.-question > QuestionStrip { display: block; }
    Console.-review > #prompt, Console.-warning > #prompt, Console.-question > #prompt { display: none; }
    Console.-review > #hint, Console.-warning > #hint, Console.-question > #hint { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.command = CommandLine(id="command")
        self.review = Review(id="review")
        self.warning = WarningReview(id="warning")
        self.question = QuestionStrip(id="question")
        self._hint = Line(id="hint")
        self._offered: tuple[str, Content] | None = None  # the line they were offered for, and the words

    def compose(self) -> ComposeResult:
        with Horizontal(id="prompt"):
            yield Static(">", markup=False)
            yield self.command
        yield self._hint
        yield self.review
        yield self.warning
        yield self.question

    def hint(self, *lines: Content) -> None:
        """What the line means, below it; where Tab has several words for it, those."""
        if self._offered and self._offered[0] == self.command.value:
            lines = (*lines[:1], self._offered[1])
        self._hint.show(*lines)

    @on(CommandLine.Offered)
    def _offer(self, event: CommandLine.Offered) -> None:
        event.stop()
        words = "  ".join(event.words)
        self._offered = (self.command.value, content(("tab: ", "$dim"), (words, "$primary")))
        self.hint(content(""), self._offered[1])

    def turn(self, step: str, lines: int = HEIGHT) -> None:
        """Show the "line", the "review", the "warning" or the "question", in so many lines."""
        for name in ("review", "warning", "question"):
            self.set_class(step == name, f"-{name}")
        strip = {"review": self.review, "warning": self.warning, "question": self.question}.get(step)
        for widget in (self, strip):
            if widget is not None and widget.styles.height != Scalar.from_number(max(HEIGHT, lines)):
                widget.styles.height = max(HEIGHT, lines)
