"""One key at a time: the next is handed on when all that the last one led to has happened.

Textual forwards every key at once to what has the focus at that moment; a binding that moves the focus does so some
messages later. Keys that arrive together (a slow link delivers them in bursts, a stall queues them up) would so be
given to the wrong widget: of `:buy 5 xrp` all but the colon would run as keys of the list, the `x` among them. Here
they wait for each other, and arrive where the hand meant them.

A key is over when a message that follows it through the same queues has come back, twice: the first time behind the
key itself, the second behind what its action posted. Keys with priority (the stop key) do not wait.
"""

from collections import deque
from time import monotonic
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App
from textual.message import Message

ROUNDS: Final = 2
PATIENCE: Final = 0.5
"""Seconds after which the next key goes on regardless: a lost message must not take the keyboard with it."""


class Followed(Message):
    """Follows a key through the queues, up to the app."""

    def __init__(self, key: int, rounds: int) -> None:
        super().__init__()
        self.key = key
        self.rounds = rounds


class InOrder(App[None], inherit_bindings=False):
    """An app that takes keys and pastes one by one."""

    urgent: ClassVar[frozenset[str]] = frozenset()
    """Keys that do not wait: those that are bound with priority."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._under_way = 0  # number of the key that is being handled; 0: none
        self._taken = 0
        self._since = 0.0

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait for their turn; everything else is Textual's."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key in self.urgent:
            await super().on_event(event)
        else:
            self._waiting.append(event)
            if not self._under_way or monotonic() - self._since > PATIENCE:
                await self._take()

    async def _take(self) -> None:
        """Hand the next key on."""
        if not self._waiting:
            self._under_way = 0
            return
        self._taken += 1
        self._under_way, self._since = self._taken, monotonic()
        await super().on_event(self._waiting.popleft())
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

    @property
    def keys_settled(self) -> bool:
        """Whether no key is being handled or waiting."""
        return not self._under_way
