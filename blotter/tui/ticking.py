"""Tick up, tick down: one key, one amend, at once.

What may be moved by a tick is told by `tick`, a function without a screen. The guard beside it: an order whose last
amend is unanswered is not amended again, and a key that is held down counts once, not as often as it repeats.
"""

from collections.abc import Sequence
from typing import Final

from blotter.desk.change import Answer, DeskView, Severity
from blotter.trading.amends import ticked
from blotter.trading.instrument import Instrument
from blotter.trading.intents import AmendOrder
from blotter.trading.order import Order
from blotter.tui.deck import Deck
from blotter.tui.entry import command

HELD_NS: Final = 80_000_000
"""Presses that follow each other faster than this come from a key that is held down: it repeats every 25 to 40 ms."""


def tick(order: Order, instrument: Instrument | None, ticks: int) -> AmendOrder | str:
    """The order `ticks` further up, or why it cannot be moved."""
    if not order.open:
        return f"{order.id} is {order.state.value}"
    if not order.state.live:
        return f"{order.id} is {order.state.value}: not acknowledged"
    if order.list_id:
        return f"{order.id} is a leg of {order.list_id}: to replace it would cancel the whole list"
    moved = ticked(order, instrument, ticks)
    return moved if isinstance(moved, str) else moved.amend


def not_armed(desk: DeskView | None, mono: int) -> bool:
    """Whether arming is asked for, and the desk is not armed."""
    return desk is not None and desk.armed_until is not None and desk.armed_until <= mono


class Ticking:
    """Amends by a tick, at most one under way for each order."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._unanswered: dict[str, str] = {}  # command id -> order id
        self._pressed_at = 0  # mono ns of the last press

    def press(self, order_ids: Sequence[str], ticks: int) -> None:
        """One press of the key."""
        now, before = self._deck.desk.mono(), self._pressed_at
        self._pressed_at = now
        if now - before < HELD_NS:
            self._deck.say("a tick key that is held down counts once: press it again", Severity.WARNING)
        else:
            self.move(order_ids, ticks)

    def move(self, order_ids: Sequence[str], ticks: int) -> None:
        """What cannot be moved is said, what can is moved."""
        deck = self._deck
        if not_armed(deck.model.desk, deck.desk.mono()):
            deck.say("not armed, so no tick: :arm 5m, or amend it by hand (a)", Severity.WARNING)
            return
        refused = []
        for id in order_ids:
            order = deck.model.orders.get(id)
            found = self._moved(order, ticks) if order is not None else f"{id} is no order at the venue"
            if isinstance(found, str):
                refused.append(found)
            else:
                self._send(found, ticks)
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            deck.say(f"no tick: {refused[0]}{more}", Severity.WARNING)

    def _moved(self, order: Order, ticks: int) -> AmendOrder | str:
        if order.id in self._unanswered.values():
            return f"an amend of {order.id} has no answer yet"
        return tick(order, self._deck.model.instruments.get(order.symbol), ticks)

    def _send(self, amend: AmendOrder, ticks: int) -> None:
        sent = command(amend, self._deck.new_id())
        self._deck.post(sent, f"tick {'up' if ticks > 0 else 'down'} of {amend.order_id}")
        self._unanswered[sent.id] = amend.order_id

    def answered(self, answer: Answer) -> None:
        """The desk has taken or refused it; what the venue says comes as a change of the order."""
        order_id = self._unanswered.pop(answer.id, "")
        if order_id and answer.warning:
            self._deck.say(f"{order_id}: a warning wants its own key, amend it by hand (a)", Severity.WARNING)
