"""The words of the command line that are not orders: what they are called, and what they do.

`cancel`, `amend`, `stop` and `resume` are read by the domain's own parser, the same headless.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from blotter.desk.command import QueryLimits, Reconcile, Reconnect, TestLink
from blotter.trading import verbs as trading
from blotter.trading.words import symbol as find_symbol
from blotter.tui.asking import Asking
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.looking import Looking
from blotter.tui.stopping import Stopping


class Verb(NamedTuple):
    """`least` and `most`: how many arguments it takes; `most` None for any number."""

    word: str
    usage: str
    help: str
    least: int = 0
    most: int | None = 0


VERBS: Final = (
    Verb("stop", ":stop [cancel]", "Entry off at once, then asks to cancel everything (F8).", 0, 1),
    Verb("resume", ":resume", "Entry on again after a stop."),
    Verb(
        "cancel", ":cancel ID ... | SYMBOL | all", "Cancel these orders, those of a symbol, or all.", 1, None
    ),
    Verb("amend", ":amend ID [qty] 0.2 [@] 60000", "Amend an order: reviewed like a new one.", 1, None),
    Verb(
        "masscancel", ":masscancel SYMBOL", "The venue's own mass cancel: other sessions' orders too.", 1, 1
    ),
    Verb("clone", ":clone [ID]", "Copy an order's terms into a draft.", 0, 1),
    Verb("symbol", ":symbol BTCUSDT", "Link the screen to a symbol.", 1, 1),
    Verb("new", ":new [SYMBOL]", "Start an empty draft.", 0, 1),
    Verb("orders", ":orders", "Go to the orders."),
    Verb("fills", ":fills", "Go to the executions."),
    Verb("messages", ":messages [ID]", "Go to the message tape; of one order only.", 0, 1),
    Verb("positions", ":positions", "Go to the positions."),
    Verb("history", ":history [ID]", "Go to an order's history.", 0, 1),
    Verb("sessions", ":sessions", "Go to the sessions."),
    Verb("notices", ":notices", "Go to the list of notices."),
    Verb("filter", ":filter WORDS", "Filter the orders: btc sell, sym:BTC, state:working.", 0, None),
    Verb("test", ":test", "Send a TestRequest on every live session."),
    Verb("limits", ":limits", "Ask the venue for its limits."),
    Verb("reconcile", ":reconcile", "Ask the venue by REST what became of every order."),
    Verb("reconnect", ":reconnect", "Log out and dial again."),
    Verb("theme", ":theme NAME", "Another theme.", 1, 1),
    Verb("help", ":help", "This page."),
    Verb("quit", ":quit", "Leave; asks what to do with open orders."),
)

PANES: Final = {"orders": "orders", "fills": "executions", "positions": "positions", "sessions": "sessions",
                "notices": "notices"}  # fmt: skip


def parse_verb(line: str) -> tuple[Verb, list[str]] | str:
    """The verb and its arguments, or a sentence that says what is wrong."""
    words = line.split()
    if not words:
        return "nothing was typed"
    verb = next((verb for verb in VERBS if verb.word == words[0].lower()), None)
    if verb is None:
        return f"{words[0]}: neither an order (buy, sell, amend) nor a verb; :help lists them"
    rest = words[1:]
    if len(rest) < verb.least or (verb.most is not None and len(rest) > verb.most):
        return f"usage: {verb.usage}"
    return verb, rest


class Screen(Protocol):
    """What the verbs ask of the app itself."""

    def action_stop(self) -> None:
        """The stop key."""

    def action_help(self) -> None:
        """The help page."""

    def use_theme(self, name: str) -> str:
        """Switch; what is wrong, when it cannot."""


class Verbs:
    """Runs a line. What is wrong with it comes back as a sentence."""

    def __init__(
        self,
        deck: Deck,
        entering: Entering,
        asking: Asking,
        stopping: Stopping,
        looking: Looking,
        screen: Screen,
    ) -> None:
        self._deck = deck
        self._entering = entering
        self._asking = asking
        self._stopping = stopping
        self._looking = looking
        self._screen = screen

    def run(self, line: str) -> str:
        """Do what the line says; empty when that was possible."""
        if line.split(maxsplit=1)[0].lower() in trading.VERBS:
            return self._run_trading(line)
        parsed = parse_verb(line)
        return parsed if isinstance(parsed, str) else self._run_screen(*parsed)

    def _run_trading(self, line: str) -> str:
        verb = trading.parse_verb(line, self._deck.market(), self._deck.model.orders)
        match verb:
            case trading.Mistakes():
                return verb.mistakes[0].text if verb.mistakes else f"next: {verb.missing}"
            case trading.CancelOrders():
                self._asking.cancel(verb.order_ids)
            case trading.CancelAll():
                self._asking.cancel_all(verb.symbol)
            case trading.StopEntry():
                self._screen.action_stop()
                if verb.cancel:
                    self._screen.action_stop()
            case trading.ResumeEntry():
                self._stopping.resume()
            case trading.AmendOrder():
                self._entering.draft(line)
                self._entering.review()
        return ""

    def _run_screen(self, verb: Verb, words: list[str]) -> str:
        deck, screen, word = self._deck, self._screen, words[0] if words else ""
        match verb.word:
            case "orders" | "fills" | "positions" | "sessions" | "notices":
                deck.view.go(PANES[verb.word])
            case "messages":
                return self._of_order(word, self._looking.show_messages_of)
            case "history":
                return self._of_order(word, self._go_history)
            case "clone":
                return self._of_order(word, lambda id: self._entering.clone(deck.model.orders[id]))
            case "symbol":
                return self._link(word)
            case "new":
                if word and (wrong := self._link(word)):
                    return wrong
                self._entering.new()
            case "filter":
                deck.view.panes["orders"].set_filter(" ".join(words))
                deck.view.go("orders")
            case "masscancel":
                found = find_symbol(word, deck.market())
                self._asking.mass_cancel(word.upper() if isinstance(found, str) else found.symbol)
            case "test":
                self._asking.send(TestLink(id=deck.new_id()), "TestRequest")
            case "limits":
                self._asking.send(QueryLimits(id=deck.new_id()), "limit query")
            case "reconcile":
                self._asking.send(Reconcile(id=deck.new_id()), "reconcile")
            case "reconnect":
                self._asking.send(Reconnect(id=deck.new_id()), "reconnect")
            case "theme":
                return screen.use_theme(word)
            case "help":
                screen.action_help()
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
