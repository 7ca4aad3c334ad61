"""Arming, and the verbs of the sessions pane."""

from typing import Final

from blotter.desk.change import Severity
from blotter.desk.command import Arm, Disarm, Reconnect
from blotter.trading.qualified import split_session
from blotter.tui.asking import Asking
from blotter.tui.deck import Deck
from blotter.tui.session_table import VERBS, SessionVerb, stakes
from blotter.tui.typed import ask_for_session

ARM_SECONDS: Final = 300.0
ALL: Final = "all"


class SessionVerbs:
    """Each asks the desk; what would interrupt a session asks a person first, who types its name."""

    def __init__(self, deck: Deck, asking: Asking) -> None:
        self._deck = deck
        self._asking = asking

    def run(self, name: str, session: str, *, typed: bool = False) -> str:
        """A verb of `session_table` about a session. `typed`: its name was typed with the verb, which confirms it.
        What is wrong, "" where nothing is."""
        verb = next(verb for verb in VERBS if verb.name == name)
        links = self._deck.model.links
        found = next((one for one in links if one.casefold() == session.casefold()), "")
        if not found:
            known = ", ".join(links) or "none"
            return f"{session or 'no session'}: there is no such session; there are {known}"
        if why := verb.why_not(links[found]):
            return f"{found} cannot {verb.name}: {why}"
        if typed or not verb.risk:
            self._send(verb, found)
        else:
            kind, venue = split_session(found) if self._deck.model.venues else (found, "")
            ask_for_session(
                self._asking,
                verb.name.upper(),
                found,
                verb.risk,
                stakes(self._deck.model, venue) if kind == "OE" else (),
                then=lambda: self._send(verb, found),
            )
        return ""

    def told(self, name: str, session: str) -> None:
        """As `run`, by a key: what is wrong is said. `session`: the chosen card's, the first one's before that."""
        if wrong := self.run(name, session or next(iter(self._deck.model.links), "")):
            self._deck.say(wrong, Severity.WARNING)

    def reconnect_all(self) -> None:
        """Every session, which is asked for by the word `all`."""
        ask_for_session(
            self._asking,
            "RECONNECT",
            ALL,
            "Logs every session out and dials again. Until then nobody hears of fills.",
            stakes(self._deck.model),
            then=lambda: self._asking.send(Reconnect(id=self._deck.new_id()), "reconnect"),
        )

    def _send(self, verb: SessionVerb, session: str) -> None:
        self._asking.send(verb.command(self._deck.new_id(), session), f"{verb.name} of {session}")

    # --- arming ----------------------------------------------------------------------------------------------

    @property
    def armed(self) -> bool:
        """Whether the desk is armed now."""
        desk = self._deck.model.desk
        return desk is not None and desk.armed_until is not None and desk.armed_until > self._deck.desk.mono()

    def arm_or_disarm(self) -> None:
        """The arming key."""
        deck = self._deck
        if deck.model.desk is None or deck.model.desk.armed_until is None:
            deck.say("nothing to arm: the risk settings do not ask for it", Severity.WARNING)
        elif self.armed:
            self._asking.send(Disarm(id=deck.new_id()), "disarm")
        else:
            self._asking.send(Arm(id=deck.new_id(), seconds=ARM_SECONDS), "arm for 5 minutes")

    def disarm(self, why: str) -> None:
        """At once, if it is armed."""
        if self.armed:
            self._deck.post(Disarm(id=self._deck.new_id()), f"disarm ({why})")
            self._deck.say(f"disarmed: {why}", Severity.WARNING)
