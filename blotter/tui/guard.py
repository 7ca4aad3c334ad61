"""Keeps the screen alive when a handler fails.

Textual ends a widget's message loop, and with it the app, on the first exception in a handler. Orders are working
while this screen is up, so `Guarded` catches what a handler raises, has it logged and shown, and goes on with the
next message. Failures that keep coming are another matter: a screen that cannot paint must not pretend to be
alive, so more than `BURST` of them within a second end the app, and the policy for a lost screen applies. What
fails outside a guarded handler (composing, a layout, a timer of Textual's own) ends the app at once, as before.

Nothing that sends may rely on this: a command is handed to the desk before anything else is touched.
"""

from collections import deque
from time import monotonic
from typing import Protocol, cast

from textual.message import Message
from textual.message_pump import MessagePump

BURST = 10


class Reporter(Protocol):
    """An app that shows failures."""

    def report_failure(self, error: Exception) -> None:
        """Log and show it; raise it when the screen cannot go on."""


class FailureRate:
    """Counts failures within a second."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=BURST)

    def too_many(self) -> bool:
        """Record one failure; whether they come so fast that going on would be a lie."""
        now = monotonic()
        burst = len(self._times) == BURST and now - self._times[0] < 1.0
        self._times.append(now)
        return burst


class Guarded(MessagePump):
    """Mixin for the app, its screens and its widgets: a failing handler is reported, the message loop lives on."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            cast(Reporter, self.app).report_failure(error)
