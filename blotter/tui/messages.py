"""The message tape: what went over the wire, newest at the bottom, heartbeats hidden until asked for."""

from collections.abc import Callable
from typing import ClassVar, Final

from blotter.desk.change import MessageSeen
from blotter.tui.actions import bindings
from blotter.tui.copying import CopyKeys
from blotter.tui.filtering import Field, Fields, row_filter
from blotter.tui.format import clock
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded

HEARTBEATS: Final = frozenset({"0", "1"})  # Heartbeat, TestRequest

OF_ORDER: Final = "id"

FILTERS: Final[Fields[MessageSeen]] = Fields(
    {
        "type": Field(lambda message: message.msg_type),
        "name": Field(lambda message: message.name),
        "id": Field(lambda message: message.order_id),
        "session": Field(lambda message: message.session),
        "seq": Field(lambda message: message.seq, number=True),
        "text": Field(lambda message: message.summary),
    }
)


def _style(message: MessageSeen) -> str:
    if message.msg_type in HEARTBEATS:
        return "dim"
    return "danger" if message.msg_type in ("3", "9", "XAR") else ""


TIME: Final[Column[MessageSeen]] = Column(
    "time",
    "time",
    12,
    lambda message, _: Cell(clock(message.at, millis=True), "dim"),
    datum=lambda message: message.at,
)
WAY: Final[Column[MessageSeen]] = Column(
    "direction", "", 1, lambda message, _: Cell("→", "warn") if message.outbound else Cell("←", "ok")
)
SESSION: Final[Column[MessageSeen]] = Column("session", "ses", 3, lambda message, _: message.session)
TYPE: Final[Column[MessageSeen]] = Column(
    "type", "type", 4, lambda message, _: Cell(message.msg_type, "strong")
)
COLUMNS: Final[list[Column[MessageSeen]]] = [
    TIME,
    SESSION,
    WAY,
    Column("seq", "seq", 8, lambda message, _: str(message.seq), align="right"),
    TYPE,
    Column("name", "name", 19, lambda message, _: Cell(message.name, _style(message))),
    Column("summary", "what", 24, lambda message, _: Cell(message.summary, _style(message)), flex=True),
]
NARROW: Final[list[Column[MessageSeen]]] = [
    TIME,
    SESSION,
    WAY,
    TYPE,
    Column(
        "summary",
        "what",
        24,
        lambda message, _: Cell(message.summary or message.name, _style(message)),
        flex=True,
    ),
]


class MessagesGrid(Guarded, CopyKeys, Grid[MessageSeen]):
    """The tape follows its end until it is scrolled; `f` follows again."""

    BINDINGS: ClassVar = bindings("messages")
    scope: ClassVar = "messages"

    def __init__(self, *, clock: Callable[[], int], max_rows: int, id: str) -> None:
        super().__init__(
            COLUMNS, clock=clock, follow=True, max_rows=max_rows, mark_for=0, empty="No messages yet.", id=id
        )
        self.heartbeats = False
        self._words = ""
        self._test: Callable[[MessageSeen], bool] | None = None
        self._chosen = COLUMNS
        self.search("")

    def search(self, words: str, test: Callable[[MessageSeen], bool] | None = None) -> None:
        """Show what matches the words, or passes the test that they stand for; heartbeats only when they are on."""
        self._words, self._test = words, test
        matches = test or row_filter(words, FILTERS)

        def passes(message: MessageSeen) -> bool:
            if not self.heartbeats and message.msg_type in HEARTBEATS:
                return False
            return matches is None or matches(message)

        self.set_filter(passes, words)

    def on_resize(self) -> None:
        """A narrow pane tells the number and the name in the inspector only."""
        columns = COLUMNS if self.size.width >= 90 else NARROW
        if columns is not self._chosen:
            self._chosen = columns
            self.replace_columns(columns)

    def action_heartbeats(self) -> None:
        """Show or hide Heartbeat and TestRequest."""
        self.heartbeats = not self.heartbeats
        self.search(self._words, self._test)
        self.post_message(self.ViewChanged(self))

    def action_clear(self) -> None:
        """Clear the selection, else the filter; heartbeats stay as they were chosen."""
        if self.selected:
            self.clear_selection()
        elif self._words:
            self.search("")
            self.post_message(self.ViewChanged(self))

    def action_follow(self) -> None:
        """Follow the newest message, or hold still."""
        self.follow = not self.follow

    @property
    def message_bytes(self) -> bytes:
        """Of the row under the cursor."""
        return b"" if self.cursor_key is None else self.row(self.cursor_key).raw
