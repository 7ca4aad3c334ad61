"""F8: entry off at the first press, everything cancelled at the second, and the list until all of it is answered.

The command is posted before anything is drawn: a screen in trouble still stops. A stop that another terminal or a limit
pulled is shown here as one's own is; it takes the keys only from a list, never from a hand that types.
"""

from typing import Final

from blotter.desk.change import Answer, StopResult, StopView
from blotter.desk.command import Resume, Stop
from blotter.trading.order import Order
from blotter.tui.deck import SECOND, Deck
from blotter.tui.grid import Grid
from blotter.tui.keygate import Painted
from blotter.tui.model import is_unknown

AGAIN: Final = SECOND  # a key that is held down does not post more often than this


class Stopping:
    """A stop under way, or none."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.active = False
        self._cancelling = False
        self._ids: list[str] = []  # orders that were open when, and since, all were to be cancelled
        self._posted_at = 0
        self._refused = ""
        self._commands: set[str] = set()
        self._closed_at = 0  # `StopView.at` of the last one that was put away
        self._painted = Painted()

    @property
    def view(self) -> StopView | None:
        """What the desk reports of this stop; None before it does."""
        stop = self._deck.model.stop
        return stop if stop is not None and stop.at > self._closed_at else None

    def press(self) -> None:
        """The stop key, or y on its list."""
        deck, now = self._deck, self._deck.desk.mono()
        if not self.active:
            self._commands = {deck.post(Stop(id=deck.new_id()), "stop")}
            self.active, self._cancelling, self._refused, self._ids = True, False, "", []
        elif not self._cancelling or now - self._posted_at >= AGAIN:
            self._commands.add(deck.post(Stop(id=deck.new_id(), cancel=True), "stop and cancel all"))
            self._posted_at, self._cancelling = now, True

    def told(self) -> None:
        """The desk reports of a stop: this one, or one that was pulled elsewhere."""
        if self.view is None:
            return
        elsewhere = not self.active
        self.active = True
        self._cancelling |= bool(self.view.outcomes)
        self.show()
        if elsewhere:
            self._commands, self._refused, self._ids = set(), "", []
            self._deck.view.stop.display = True
            if isinstance(self._deck.view.focused, Grid):
                self._focus()

    def open(self) -> None:
        """Show the list and give it the keys."""
        self.show()
        self._deck.view.stop.display = True
        self._focus()

    def _focus(self) -> None:
        self._deck.view.stop.focus()
        self._painted.expect(self._deck.view.stop)

    def answer(self, yes: bool, pressed_at: float) -> None:
        """y cancels what is listed, if it was on the screen at the key. Esc puts the list away once nothing on it is
        waited for; entry stays off."""
        if not self.active:
            return
        if yes:
            if not self._cancelling and self._deck.model.open and self._painted.seen_by(pressed_at):
                self.press()
                self.show()
            return
        if self._cancelling and (waiting := self._waiting()):
            self._deck.say(f"{waiting} orders have not answered yet; the list stays until they have")
        else:
            self.close()
        self._deck.go_back()

    def _waiting(self) -> int:
        """How many orders a cancel has been asked for and nobody has answered."""
        view = self.view
        if view is not None and view.outcomes:
            sent = sum(1 for outcome in view.outcomes if outcome.result is StopResult.SENT)
            return 0 if view.done else sent
        return sum(1 for order in self._listed() if order.open and not is_unknown(order))

    def close(self) -> None:
        """Put the list away."""
        if self.view is not None:
            self._closed_at = self.view.at
        self.active = self._cancelling = False
        self._deck.view.stop.display = False

    def resume(self) -> None:
        """Entry on again."""
        self._deck.post(Resume(id=self._deck.new_id()), "resume")
        self.close()

    def answered(self, answer: Answer) -> None:
        """A refusal of the stop itself is shown with the list."""
        if answer.id in self._commands and not answer.ok:
            self._refused = answer.text or "refused"
            self.show()

    def _listed(self) -> list[Order]:
        model = self._deck.model
        return [model.orders[id] for id in self._ids] if self._cancelling else list(model.open.values())

    def show(self) -> None:
        """Draw the list as it stands. Orders that open while the stop is on are listed too."""
        if not self.active:
            return
        panel, view = self._deck.view.stop, self.view
        if self._cancelling:
            known = set(self._ids)
            self._ids += [id for id in self._deck.model.open if id not in known]
        if self._cancelling and view is not None and view.outcomes:
            panel.report(view, refused=self._refused)
        else:
            cause = view.cause if view is not None else ""
            panel.present(self._listed(), cancelling=self._cancelling, refused=self._refused, cause=cause)
