"""F8: entry off at the first press, everything cancelled at the second, and the list until all of it is answered.

The command is posted before anything is drawn: a screen in trouble still stops.
"""

from typing import Final

from blotter.desk.change import Answer
from blotter.desk.command import Resume, Stop
from blotter.trading.order import Order
from blotter.tui.deck import SECOND, Deck
from blotter.tui.model import is_unknown

AGAIN: Final = SECOND  # a key that is held down does not post more often than this


class Stopping:
    """A stop under way, or none."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.active = False
        self._ids: list[str] | None = None  # orders that were to be cancelled; None: only listed so far
        self._posted_at = 0
        self._refused = ""
        self._commands: set[str] = set()

    def press(self) -> None:
        """The stop key, or y on its list."""
        deck, now = self._deck, self._deck.desk.mono()
        if not self.active:
            self._commands = {deck.post(Stop(id=deck.new_id()), "stop")}
            self.active, self._ids, self._refused = True, None, ""
        elif self._ids is None or now - self._posted_at >= AGAIN:
            self._commands.add(deck.post(Stop(id=deck.new_id(), cancel=True), "stop and cancel all"))
            self._posted_at = now
            self._ids = self._ids or []

    def open(self) -> None:
        """Show the list and give it the keys."""
        self.show()
        self._deck.view.stop.display = True
        self._deck.view.stop.focus()

    def answer(self, yes: bool) -> None:
        """y cancels what is listed. Esc puts the list away once nothing on it is waited for; entry stays off."""
        if not self.active:
            return
        if yes:
            if self._ids is None and self._deck.model.open:
                self.press()
                self.show()
            return
        waiting = [order for order in self._listed() if order.open and not is_unknown(order)]
        if self._ids is not None and waiting:
            self._deck.say(f"{len(waiting)} orders have not answered yet; the list stays until they have")
        else:
            self.close()
        self._deck.go_back()

    def close(self) -> None:
        """Put the list away."""
        self.active = False
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
        return [model.orders[id] for id in self._ids] if self._ids is not None else list(model.open.values())

    def show(self) -> None:
        """Draw the list as it stands. Orders that open while the stop is on are listed too."""
        if not self.active:
            return
        if self._ids is not None:
            known = set(self._ids)
            self._ids += [id for id in self._deck.model.open if id not in known]
        self._deck.view.stop.present(self._listed(), cancelling=self._ids is not None, refused=self._refused)
