"""The words of the command line that are not orders, at work; `command_words` has them as data.

Those about orders and entry are read by the domain's own parser, the same headless; the rest is about the screen.
"""

from collections.abc import Callable
from typing import Final, Protocol

from blotter.desk.command import (
    AnyCommand,
    Arm,
    Disarm,
    Drop,
    HandOver,
    Hold,
    QueryLimits,
    Reconcile,
    Refresh,
    TestLink,
)
from blotter.trading import verbs as trading
from blotter.trading.words import symbol as find_symbol
from blotter.tui.actions import BY_ID
from blotter.tui.asking import Asking
from blotter.tui.cancelling import Cancelling
from blotter.tui.command_words import ACTING, PANES, Verb, parse_verb
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.locking import LOCKED
from blotter.tui.looking import Looking
from blotter.tui.number_verbs import NumberVerbs
from blotter.tui.order_verbs import OrderVerbs
from blotter.tui.stopping import Stopping
from blotter.tui.ticking import Ticking

LOWERS_RISK: Final = frozenset({"cancel", "mass", "stop", "disarm"})
"""Words that a locked screen takes."""


class Screen(Protocol):
    """What the verbs ask of the app itself."""

    def action_stop(self) -> None:
        """The stop key."""

    def action_palette(self) -> None:
        """Every verb, by a few letters of it."""

    def show_help(self, about: str) -> str:
        """The help page, of one word only; what is wrong, when that cannot be."""

    def perform(self, id: str) -> str:
        """Run an action of the registry; what keeps it from being run here."""

    def picture(self, name: str) -> str:
        """Write the screen to a file; what is wrong with that."""

    def rehearse(self, fault: str) -> None:
        """Inject a fault, or list them."""

    def use_theme(self, name: str) -> str:
        """Switch; what is wrong, when it cannot."""

    def find(self, text: str) -> str:
        """Search the tape; what is wrong with the expression."""

    def export(self, words: list[str]) -> str:
        """Write a view to a file; what is wrong with that."""

    def copy_message(self, form: str) -> str:
        """Copy the message that was looked at last; what keeps it from being copied."""

    def session_verb(self, name: str, session: str, *, typed: bool = True) -> str:
        """A verb about a session. `typed`: its name was typed with it, which confirms it. What is wrong."""

    def reconnect_all(self) -> None:
        """Every session; asks."""

    def mute(self, word: str) -> str:
        """No more alerts of an order; what is wrong."""

    def unmute(self, word: str) -> str:
        """Alerts of it again; what is wrong."""

    def action_lock(self) -> None:
        """Only cancels and stop from now on."""

    def unlock(self) -> str:
        """Everything again; what is wrong."""

    def arrange(self, word: str, words: list[str]) -> str:
        """Views, columns, groups and panes; what is wrong with that."""

    def replay(self, word: str, rest: str) -> str:
        """Move in a recording; what is wrong, when it cannot."""


class Verbs:
    """Runs a line. What is wrong with it comes back as a sentence."""

    def __init__(
        self,
        deck: Deck,
        entering: Entering,
        asking: Asking,
        cancelling: Cancelling,
        order_verbs: OrderVerbs,
        ticking: Ticking,
        stopping: Stopping,
        looking: Looking,
        screen: Screen,
    ) -> None:
        self._deck = deck
        self._entering = entering
        self._asking = asking
        self._numbers = NumberVerbs(deck, asking)
        self._cancelling = cancelling
        self._order_verbs = order_verbs
        self._ticking = ticking
        self._stopping = stopping
        self._looking = looking
        self._screen = screen

    def run(self, line: str) -> str:
        """Do what the line says; empty when that was possible."""
        if line.split(maxsplit=1)[0].lower() in trading.VERBS:
            return self._run_trading(line)
        if (id := line.strip()) in BY_ID:
            return self._screen.perform(id)
        parsed = parse_verb(line)
        if not isinstance(parsed, str) and parsed[0].word in ACTING and (why := self._deck.closed):
            return why
        return parsed if isinstance(parsed, str) else self._run_screen(*parsed)

    def _run_trading(self, line: str) -> str:
        deck, known = self._deck, self._deck.known()
        why = deck.closed
        if why and not (why == LOCKED and line.split(maxsplit=1)[0].lower() in LOWERS_RISK):
            return why
        if line.strip().lower() == "clone" and self._looking.chosen:
            line = f"clone {self._looking.chosen}"
        verb = trading.parse_verb(line, deck.market(), known.orders, known.lists, known.held)
        match verb:
            case trading.Mistakes():
                return verb.mistakes[0].text if verb.mistakes else f"next: {verb.missing}"
            case trading.CancelOrders() | trading.CancelLists() | trading.CancelAll() | trading.MassCancel():
                self._cancelling.run(verb)
            case trading.StopEntry():
                self._screen.action_stop()
                if verb.cancel:
                    self._screen.action_stop()
            case trading.ResumeEntry():
                self._stopping.resume()
            case trading.AmendOrder() | trading.ReleaseHeld():
                self._entering.draft(line)
                self._entering.review()
            case trading.HandOverSession(session) if len(line.split()) == 1:
                return self._screen.session_verb("hand over", session, typed=False)
            case trading.TickOrder(ticks, amend):
                self._ticking.move((amend.order_id,), ticks)
            case trading.CloneOrder():
                self._entering.draft(verb.line)
                self._entering.focus()
            case trading.HoldOrder(order_id):
                self._order_verbs.hold((order_id,))
            case trading.ResolveOrder(order_id, note):
                self._order_verbs.ask_resolve(order_id, note)
            case _:
                self._send(*_plain(verb, deck.new_id()))
        return ""

    def _send(self, command: AnyCommand, what: str) -> None:
        self._asking.send(command, what)

    def _run_screen(self, verb: Verb, words: list[str]) -> str:
        deck, screen, word = self._deck, self._screen, words[0] if words else ""
        match verb.word:
            case "orders" | "fills" | "positions" | "sessions" | "notices" | "depth" | "trades" | "watchlist":
                deck.view.go(PANES[verb.word])
            case "messages":
                return self._of_order(word, self._looking.show_messages_of)
            case "history":
                return self._of_order(word, self._go_history)
            case "symbol":
                return self._link(word)
            case "new":
                if word and (wrong := self._link(word)):
                    return wrong
                self._entering.new()
            case "filter":
                deck.view.panes["orders"].set_filter(" ".join(words))
                deck.view.go("orders")
            case "test":
                if word:
                    return screen.session_verb("test", " ".join(words))
                self._asking.send(TestLink(id=deck.new_id()), "TestRequest")
            case "limits":
                self._asking.send(QueryLimits(id=deck.new_id()), "limit query")
            case "rehearse":
                screen.rehearse(" ".join(words))
            case "reconnect":
                if word:
                    return screen.session_verb("reconnect", " ".join(words))
                screen.reconnect_all()
            case "logout" | "logon":
                return screen.session_verb(f"log {verb.word[3:]}", " ".join(words))
            case "numbers":
                return self._numbers.run(words)
            case "mute":
                return screen.mute(word)
            case "unmute":
                return screen.unmute(word)
            case "lock":
                screen.action_lock()
            case "unlock":
                return screen.unlock()
            case "at" | "speed" | "play" | "pause" | "next" | "back":
                return screen.replay(verb.word, " ".join(words))
            case "find":
                return screen.find(" ".join(words))
            case "export":
                return screen.export(words)
            case "copy":
                return screen.copy_message(word.lower() or "fix")
            case "view" | "views" | "columns" | "group" | "hide" | "layout":
                return screen.arrange(verb.word, words)
            case "theme":
                return screen.use_theme(word)
            case "picture":
                return screen.picture(word)
            case "palette":
                screen.action_palette()
            case "help":
                return screen.show_help(word)
            case "quit":
                self._asking.leave()
        return ""

    def _go_history(self, order_id: str) -> None:
        self._looking.choose(order_id)
        self._deck.view.go("history")

    def _of_order(self, word: str, then: Callable[[str], None]) -> str:
        """Run `then` with the order that is named, else with the one in view."""
        if word:
            order = trading.find_order(word, self._deck.model.orders)
            if isinstance(order, str):
                return order
            then(order.id)
        elif self._looking.chosen in self._deck.model.orders:
            then(self._looking.chosen)
        else:
            return "no order is in view: name one"
        return ""

    def _link(self, word: str) -> str:
        found = find_symbol(word, self._deck.market())
        if isinstance(found, str):
            return found
        self._deck.symbol = found.symbol
        return ""


def _plain(verb: trading.Verb, id: str) -> tuple[AnyCommand, str]:
    """The command of a verb that needs neither a question nor a review, and what it is called."""
    match verb:
        case trading.HoldTerms():
            held = Hold(id=id, request=verb.request, list_request=verb.list_request)
            return held, f"hold of {verb.expansion}"
        case trading.DropHeld(held_id):
            return Drop(id=id, held_id=held_id), f"drop of {held_id}"
        case trading.ArmEntry(seconds):
            return Arm(id=id, seconds=seconds), "arm"
        case trading.DisarmEntry():
            return Disarm(id=id), "disarm"
        case trading.HandOverSession(session):
            return HandOver(id=id, session=session), f"hand-over of {session}"
        case trading.RefreshFacts():
            return Refresh(id=id), "refresh"
        case trading.ReconcileNow():
            return Reconcile(id=id), "reconcile"
        case _:
            raise ValueError(f"{verb!r} wants more than a command")
