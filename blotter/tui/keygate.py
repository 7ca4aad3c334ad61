"""One key at a time: the next is handed on when all that the last one led to has happened.

Textual forwards every key at once to what has the focus at that moment; a binding that moves the focus does so some
messages later. Keys that arrive together (a slow link delivers them in bursts, a stall queues them up) would so be
given to the wrong widget: of `:buy 5 xrp` all but the colon would run as keys of the list, the `x` among them. Here
they wait for each other, and arrive where the hand meant them.

A key is over when a message that follows it through the same queues has come back, twice: the first time behind the
key itself, the second behind what its action posted. Keys with priority (the stop key) do not wait.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message import Message
from textual.widget import Widget

ROUNDS: Final = 2
PATIENCE: Final = 10
"""Frames after which the next key goes on regardless: a lost message must not take the keyboard with it. Counted in
frames and not in seconds, because a loop that was blocked has made no progress however long it took."""


PRESENCE: Final = (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)
"""What only a person does. Moving the mouse is none of it: a table that is pushed moves it too."""


class Followed(Message):
    """Follows a key through the queues, up to the app."""

    def __init__(self, key: int, rounds: int) -> None:
        super().__init__()
        self.key = key
        self.rounds = rounds


class InOrder(App[str], inherit_bindings=False):
    """An app that takes keys and pastes one by one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.urgent: frozenset[str] = frozenset()
        """Keys that do not wait: those that are bound with priority."""
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._under_way = 0  # number of the key that is being handled; 0: none
        self._taken = 0
        self.pressed_at = 0.0
        """When the key that is being handled was read from the terminal, on the clock of Textual's messages."""
        self._frames_waited = 0  # since it was handed on

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for their turn; everything else is Textual's."""
        if isinstance(event, PRESENCE) and not event.is_forwarded:
            self.touched()
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded or self._is_urgent(event):
            await super().on_event(event)
            return
        self._waiting.append(event)
        if not self._under_way:
            await self._take()

    def touched(self) -> None:
        """Somebody is there. Called before the key is handed to anything."""

    def _is_urgent(self, event: events.Event) -> bool:
        return isinstance(event, events.Key) and event.key in self.urgent

    async def _take(self) -> None:
        """Hand the next key on."""
        if not self._waiting:
            self._under_way = 0
            return
        self._taken += 1
        self._under_way, self._frames_waited = self._taken, 0
        event = self._waiting.popleft()
        self.pressed_at = event.time
        await super().on_event(event)
        self._follow(self._under_way, ROUNDS)

    def _follow(self, key: int, rounds: int) -> None:
        target = self.focused or self.screen
        if not target.post_message(Followed(key, rounds)):
            self.post_message(Followed(key, rounds))  # it is being taken down

    async def on_followed(self, message: Followed) -> None:
        """Everything that was posted before this has been handled."""
        if message.key != self._under_way:
            return  # the key went on without waiting for it
        # What was put off with `call_later` (Textual moves the focus so) is ahead of this in the queue.
        self.call_later(self._settled, message.key, message.rounds - 1)

    async def _settled(self, key: int, rounds: int) -> None:
        if key != self._under_way:
            return
        if rounds:
            self._follow(key, rounds)
        else:
            await self._take()

    def frame_passed(self) -> None:
        """To be called once a frame: a key that does not come back is given up."""
        if self._under_way:
            self._frames_waited += 1
            if self._frames_waited > PATIENCE:
                self.call_later(self._take)

    @property
    def keys_settled(self) -> bool:
        """Whether no key is being handled or waiting."""
        return not self._under_way


class Painted:
    """When something came onto the screen: a key that was read before cannot have meant it.

    Keys of one burst (a paste into a terminal without bracketed paste) are handled one by one, some of them after
    what an earlier one opened was painted. They were read from the terminal before it, and that is what counts.
    """

    def __init__(self) -> None:
        self._at = inf

    def expect(self, widget: Widget, then: Callable[[], None] | None = None) -> None:
        """`widget` shows something new: note when it has been painted, and call `then`."""
        self._at = inf
        widget.call_after_refresh(self._painted, then)

    def _painted(self, then: Callable[[], None] | None) -> None:
        self._at = Message().time
        if then is not None:
            then()

    def seen_by(self, pressed_at: float) -> bool:
        """Whether a key that was read at `pressed_at` came after it."""
        return pressed_at > self._at
