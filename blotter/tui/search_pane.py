"""What a search of the tape has found, in place of the live tape, newest on top. Esc goes back.

The live tape goes on behind it: hits have a list of their own.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar, Final, Self

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from blotter.desk.change import MessageSeen
from blotter.tui import messages
from blotter.tui.actions import bindings
from blotter.tui.copying import CopyKeys
from blotter.tui.format import NS_PER_SECOND, clock
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line
from blotter.tui.messages import MessagesGrid


def _day_and_time(at: int) -> str:
    return f"{datetime.fromtimestamp(at // NS_PER_SECOND, UTC):%m-%d} {clock(at, millis=True)}"


TIME: Final[Column[MessageSeen]] = Column(
    "time",
    "time",
    18,
    lambda message, _: Cell(_day_and_time(message.at), "dim"),
    datum=lambda message: message.at,
)
WIDE: Final = [TIME, *messages.COLUMNS[1:]]
NARROW: Final = [TIME, *messages.NARROW[1:]]


class HitsGrid(Guarded, CopyKeys, Grid[MessageSeen]):
    """What was found, newest on top. Esc goes back to the live tape."""

    BINDINGS: ClassVar = bindings("messages")
    scope: ClassVar = "messages"

    class Left(Message):
        """Back to the live tape."""

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(WIDE, clock=clock, mark_for=0, empty="Nothing found yet.", id=id)
        self._chosen = WIDE

    def on_resize(self) -> None:
        """As the live tape."""
        columns = WIDE if self.size.width >= 90 else NARROW
        if columns is not self._chosen:
            self._chosen = columns
            self.replace_columns(columns)

    def action_clear(self) -> None:
        """Clear the selection, else leave the search."""
        if self.selected:
            self.clear_selection()
        else:
            self.post_message(self.Left())

    def action_follow(self) -> None:
        """Back to the live tape, which follows."""
        self.post_message(self.Left())

    def action_heartbeats(self) -> None:
        """A search hides nothing."""

    @property
    def message_bytes(self) -> bytes:
        """Of the hit under the cursor."""
        return b"" if self.cursor_key is None else self.row(self.cursor_key).raw


class MessageTape(Guarded, Vertical):
    """The live tape, or what a search has found."""

    DEFAULT_CSS = """
    MessageTape { height: 1fr; }
    MessageTape > HitsGrid, MessageTape > #hits-head { display: none; }
    MessageTape.-hits > HitsGrid, MessageTape.-hits > #hits-head { display: block; }
    MessageTape.-hits > MessagesGrid { display: none; }
    MessageTape > #hits-head { background: $panel; }
    """

    def __init__(self, live: MessagesGrid, hits: HitsGrid, *, id: str) -> None:
        super().__init__(id=id)
        self.live, self.hits = live, hits
        self.head = Line(id="hits-head")

    def compose(self) -> ComposeResult:
        yield self.live
        yield self.head
        yield self.hits

    @property
    def searching(self) -> bool:
        """Whether hits are shown."""
        return self.has_class("-hits")

    @property
    def shown(self) -> Grid[MessageSeen]:
        """The list that is shown."""
        return self.hits if self.searching else self.live

    def focus(self, scroll_visible: bool = True) -> Self:
        """The focus belongs to the list that is shown."""
        self.shown.focus(scroll_visible)
        return self
