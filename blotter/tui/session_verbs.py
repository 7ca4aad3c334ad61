"""Arming, and the verbs of the sessions pane."""

from typing import Final

from blotter.desk.change import Severity
from blotter.desk.command import Arm, Disarm, HandOver, Reconnect, TestLink
from blotter.tui.asking import Asking
from blotter.tui.deck import Deck
from blotter.tui.line import content

ARM_SECONDS: Final = 300.0
ORDER_ENTRY: Final = "OE"


class SessionVerbs:
    """Each asks the desk; what would interrupt order entry asks a person first."""

    def __init__(self, deck: Deck, asking: Asking) -> None:
        self._deck = deck
        self._asking = asking

    def run(self, verb: str) -> None:
        """`verb` as `Sessions.Asked` names it."""
        deck = self._deck
        match verb:
            case "test":
                self._asking.send(TestLink(id=deck.new_id()), "TestRequest")
            case "hand-over":
                self._ask_hand_over()
            case "reconnect":
                self._ask_reconnect()

    def _ask_hand_over(self) -> None:
        command = HandOver(id=self._deck.new_id(), session=ORDER_ENTRY)
        self._asking.ask_yes(
            content(
                ("HAND OVER ", "bold $warn"), (ORDER_ENTRY, "bold"), " to a new session under another comp id"
            ),
            content(("Orders keep working; requests go to the new one once it is live.", "$dim")),
            content((" y ", "bold reverse $warn"), " hands over    ", ("Esc", "bold"), " stays"),
            then=lambda: self._asking.send(command, f"hand-over of {ORDER_ENTRY}"),
        )

    def _ask_reconnect(self) -> None:
        working = len(self._deck.model.open)
        command = Reconnect(id=self._deck.new_id())
        self._asking.ask_yes(
            content(("RECONNECT ", "bold $danger"), "logs every session out and dials again"),
            content((f"{working} open orders keep working meanwhile, unseen until reconciled.", "$warn")),
            content((" y ", "bold reverse $danger"), " reconnects    ", ("Esc", "bold"), " stays"),
            then=lambda: self._asking.send(command, "reconnect"),
        )

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
