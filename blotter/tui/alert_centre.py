"""Alerts on the screen: every frame is watched, and what a rule asks for is done: a line, a flash, the bell, a program.

It only reads what the desk says. A recording raises no alarm: its day is over.
"""

import os
from collections.abc import Callable
from typing import Final

from blotter.desk.change import Frame, Severity
from blotter.trading.known import find_order
from blotter.tui.alert_commands import AlertCommands
from blotter.tui.alerting import Alerting, Deeds
from blotter.tui.deck import SECOND, Deck
from blotter.tui.happenings import Watcher
from blotter.tui.looking import Looking

BELL_EVERY: Final = SECOND
FLASH: Final = SECOND
LEVELS_EVERY: Final = SECOND // 2


class AlertCentre:
    """Owns the rules' state; the model carries what nobody has seen."""

    def __init__(self, deck: Deck, looking: Looking, bell: Callable[[], None]) -> None:
        self._deck = deck
        self._looking = looking
        self._bell = bell
        self.alerting = Alerting(deck.options.alerts)
        self._watcher = Watcher(deck.options.alerts)
        self._commands = AlertCommands(os.environ)
        self._bell_at = 0  # mono ns before which it does not ring again
        self._flash_until = 0
        self._levels_at = 0
        self._forgotten = 0
        deck.model.alarms = self.alerting.alarms

    def frame(self, frame: Frame, *, first: bool) -> None:
        """What came, folded into the model already."""
        deck = self._deck
        if not self.alerting.rules or deck.model.replay is not None:
            return
        news = not first and not frame.replaced
        found = self._watcher.look(deck.model, frame, deck.desk.wall(), news=news)
        if found:
            self._do(self.alerting.take(found, deck.desk.mono()))

    def slow(self, mono: int, *, first: bool) -> None:
        """What is true for a while, rules that had to wait, programs that failed."""
        if not self.alerting.rules or self._deck.model.replay is not None:
            return
        if mono >= self._levels_at:
            self._levels_at = mono + LEVELS_EVERY
            found = self._watcher.levels(self._deck.model, self._deck.desk.wall(), news=not first)
            self._do(self.alerting.take(found, mono))
        self._do(self.alerting.due(mono))
        for failure in self._commands.failures():
            self._deck.say(failure, Severity.WARNING)
        if self.alerting.forgotten > self._forgotten:
            more, self._forgotten = self.alerting.forgotten - self._forgotten, self.alerting.forgotten
            self._deck.say(f"{more} alerts were too many to keep unseen", Severity.WARNING)
        self._show(mono)

    def _show(self, mono: int) -> None:
        view = self._deck.view
        view.status.set_class(mono < self._flash_until, "-flash")
        view.notices.feed_alarms(self.alerting.alarms)

    def _do(self, deeds: Deeds) -> None:
        mono = self._deck.desk.mono()
        for text, urgent in deeds.lines:
            self._deck.say(text, Severity.ERROR if urgent else Severity.WARNING)
        if deeds.flash:
            self._flash_until = mono + FLASH
        if deeds.bell and mono >= self._bell_at:
            self._bell_at = mono + BELL_EVERY
            self._bell()
        for run in deeds.runs:
            self._commands.start(run)

    # --- what a person says --------------------------------------------------------------------------------

    def seen(self, ids: tuple[str, ...]) -> None:
        """These leave the list."""
        self.alerting.seen(ids)
        self._show(self._deck.desk.mono())

    def opened(self, id: str) -> None:
        """Seen, and its order is looked at."""
        alarm = self.alerting.alarms.get(id)
        self.seen((id,))
        if alarm is not None and alarm.happening.order_id:
            self._looking.choose(alarm.happening.order_id)
            self._deck.view.go("history")

    def mute(self, word: str) -> str:
        """No more of an order, by the word a person types; the one in view where there is none. What is wrong."""
        order_id = self._order(word)
        if order_id not in self._deck.model.orders:
            return order_id
        self.alerting.mute(order_id)
        self._deck.say(f"{order_id} is muted: no alert of it until :unmute {order_id}")
        self._show(self._deck.desk.mono())
        return ""

    def unmute(self, word: str) -> str:
        """Alerts of it again. What is wrong."""
        order_id = self._order(word)
        if order_id not in self._deck.model.orders:
            return order_id
        if not self.alerting.unmute(order_id):
            return f"{order_id} is not muted"
        self._deck.say(f"{order_id} is not muted any more")
        return ""

    def _order(self, word: str) -> str:
        """Its id, or a sentence."""
        if not word:
            return self._looking.chosen or "no order is in view: name one"
        order = find_order(word, self._deck.model.orders)
        return order if isinstance(order, str) else order.id

    def close(self) -> None:
        """The screen ends, and with it what its alerts have started."""
        self._commands.close()
