"""The room the screen stands in: is somebody there, did the machine sleep, what must be noticed.

Mixin for the app: the lock, what a sleep makes void, the alert centre's and the sessions' intents. It posts nothing
that the other dialogues do not.
"""

from collections.abc import Callable
from typing import Final

from textual import on
from textual.message_pump import MessagePump

from blotter.desk.change import Frame, Severity
from blotter.tui.alarms_grid import AlarmsGrid
from blotter.tui.alert_centre import AlertCentre
from blotter.tui.asking import Asking
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.locking import LOCKED, WORD
from blotter.tui.replaying import ReplayKeys
from blotter.tui.session_verbs import SessionVerbs
from blotter.tui.sessions import Sessions

LOOKED_AWAY: Final = "the screen was locked"
SLEPT: Final = "the machine slept, or Blotter was held up"


class Room(ReplayKeys, MessagePump):
    """See the module."""

    deck: Deck
    entering: Entering
    asking: Asking
    session_verbs: SessionVerbs
    centre: AlertCentre
    _attempt: Callable[..., None]
    _woke_at: int | None = None

    # --- somebody is there, or nobody ----------------------------------------------------------------------

    def touched(self) -> None:
        """A key or the mouse. The first one after too long a time finds the screen locked."""
        before, self.deck.lock = self.deck.lock, self.deck.lock.touch(self.deck.desk.mono())
        if self.deck.lock.locked and not before.locked:
            self._locked("nobody touched it")

    def room_tick(self, frame: Frame, *, first: bool) -> None:
        """Once a frame, after it was folded."""
        deck = self.deck
        before, deck.lock = deck.lock, deck.lock.look(deck.desk.mono())
        if deck.lock.locked and not before.locked:
            self._locked("nobody touched it")
        desk = deck.model.desk
        if desk is not None and desk.woke_at is not None and desk.woke_at != self._woke_at:
            self._woke_at = desk.woke_at
            if not first:
                self._slept()
        self._attempt(lambda: self.centre.frame(frame, first=first))

    def _slept(self) -> None:
        self.asking.drop()
        self.entering.slept(SLEPT)
        self.session_verbs.disarm(SLEPT)
        self.deck.go_back()

    def _locked(self, why: str) -> None:
        self.deck.act("locked", why)
        self.asking.drop()
        self.entering.slept(LOOKED_AWAY)
        self.session_verbs.disarm(LOOKED_AWAY)
        self.deck.say(f"locked, {why}: cancels and stop go; type :{WORD}", Severity.WARNING)
        self.deck.go_back()

    def action_lock(self) -> None:
        """By hand."""
        if not self.deck.lock.locked:
            self.deck.lock = self.deck.lock.lock()
            self._locked("by hand")

    def unlock(self) -> str:
        """By the word. What is wrong, "" where nothing is."""
        if not self.deck.lock.locked:
            return "the screen is not locked"
        self.deck.lock = self.deck.lock.unlock(self.deck.desk.mono())
        self.deck.act("unlocked")
        self.deck.say("unlocked")
        return ""

    def nothing_acts(self, *, lowers_risk: bool = False) -> bool:
        """Whether what acts does nothing here, and then it is said why. `lowers_risk`: a cancel, or the stop."""
        why = self.deck.closed
        if not why or (lowers_risk and why == LOCKED):
            return False
        self.deck.say(why, Severity.WARNING)
        return True

    def on_unmount(self) -> None:
        """The screen ends, and with it the programs of its alerts."""
        self.centre.close()

    # --- what the widgets ask ------------------------------------------------------------------------------

    @on(Sessions.Asked)
    def _session_verb(self, event: Sessions.Asked) -> None:
        if not self.nothing_acts():
            self.session_verbs.told(event.verb, event.session)

    @on(AlarmsGrid.Seen)
    def _alarms_seen(self, event: AlarmsGrid.Seen) -> None:
        self.centre.seen(event.ids)

    @on(AlarmsGrid.Muted)
    def _alarm_muted(self, event: AlarmsGrid.Muted) -> None:
        self.centre.mute(event.order_id)

    def mute(self, word: str) -> str:
        """No more alerts of an order; what is wrong."""
        return self.centre.mute(word)

    def unmute(self, word: str) -> str:
        """Alerts of it again; what is wrong."""
        return self.centre.unmute(word)

    def session_verb(self, name: str, session: str, *, typed: bool = True) -> str:
        """A verb about a session. `typed`: its name was typed with it, which confirms it. What is wrong."""
        return self.session_verbs.run(name, session, typed=typed)

    def reconnect_all(self) -> None:
        """Asks for it."""
        self.session_verbs.reconnect_all()
