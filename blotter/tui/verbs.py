"""The words of the command line that are not orders: what they are called, and what they do.

Those about orders and entry are read by the domain's own parser, the same headless; the rest is about the screen.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from blotter.desk.change import RECORDED
from blotter.desk.command import (
    AnyCommand,
    Arm,
    Disarm,
    Drop,
    HandOver,
    Hold,
    QueryLimits,
    Reconcile,
    Reconnect,
    Refresh,
    TestLink,
)
from blotter.trading import verbs as trading
from blotter.trading.words import symbol as find_symbol
from blotter.tui.asking import Asking
from blotter.tui.cancelling import Cancelling
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.looking import Looking
from blotter.tui.order_verbs import OrderVerbs
from blotter.tui.stopping import Stopping
from blotter.tui.ticking import Ticking


class Verb(NamedTuple):
    """`least` and `most`: how many arguments it takes; `most` None for any number. What the domain's parser reads
    itself has none."""

    word: str
    usage: str
    help: str
    least: int = 0
    most: int | None = 0


TRADING: Final = (
    Verb(
        "cancel", ":cancel ID ... | L-31 | SYMBOL", "Cancel these orders, these lists, or those of a symbol."
    ),
    Verb("cancel", ":cancel ID ... if new|partial", "Only while it has no fill, or has one."),
    Verb("cancel", ":cancel all|buys|sells [SYMBOL]", "Every open order; of a side, of a symbol."),
    Verb("mass", ":mass cancel SYMBOL", "The venue's own mass cancel: other sessions' orders too."),
    Verb(
        "amend",
        ":amend ID [qty] 0.2 [@] 60000 [anyway]",
        "Reviewed like a new order; says if the queue is kept.",
    ),
    Verb("tick", ":tick ID up|down [N]", "Move an order by ticks, at once."),
    Verb("clone", ":clone ID [sell] [0.2] [@ 60000]", "A draft like that order."),
    Verb("hold", ":hold ID | ORDER", "Cancel it and keep it here; or keep new terms here, unsent."),
    Verb("release", ":release H-4", "Submit what is held: reviewed like a new order."),
    Verb("drop", ":drop H-4", "Forget what is held."),
    Verb("resolve", ":resolve ID NOTE", "Take an order out of doubt, in your words."),
    Verb("arm", ":arm [5m]", "Orders may leave for so long, where arming is asked for."),
    Verb("disarm", ":disarm", "No longer."),
    Verb("stop", ":stop [cancel]", "Entry off at once, then asks to cancel everything (F8)."),
    Verb("resume", ":resume", "Entry on again after a stop."),
    Verb("handover", ":handover [OE|DC|MD]", "To a new session without a gap."),
    Verb("refresh", ":refresh", "Ask the venue again for balances, instruments and limits."),
    Verb("reconcile", ":reconcile", "Ask the venue by REST what became of every order."),
)

SCREEN: Final = (
    Verb("symbol", ":symbol BTCUSDT", "Link the screen to a symbol.", 1, 1),
    Verb("new", ":new [SYMBOL]", "Start an empty draft.", 0, 1),
    Verb("depth", ":depth", "Go to the ladder; it follows the symbol in view."),
    Verb("trades", ":trades", "Go to the market's trades and the price line."),
    Verb("watchlist", ":watchlist", "Go to the watchlist."),
    Verb("orders", ":orders", "Go to the orders."),
    Verb("fills", ":fills", "Go to the executions."),
    Verb("messages", ":messages [ID]", "Go to the message tape; of one order only.", 0, 1),
    Verb("positions", ":positions", "Go to the positions."),
    Verb("history", ":history [ID]", "Go to an order's history.", 0, 1),
    Verb("sessions", ":sessions", "Go to the sessions."),
    Verb("notices", ":notices", "Go to the differences and notices."),
    Verb("filter", ":filter WORDS", "Filter the orders: btc sell, sym:BTC, state:working.", 0, None),
    Verb("test", ":test", "Send a TestRequest on every live session."),
    Verb("limits", ":limits", "Ask the venue for its limits."),
    Verb("reconnect", ":reconnect", "Log out and dial again."),
    Verb("rehearse", ":rehearse [FAULT]", "Break something at the embedded exchange; there only.", 0, None),
    Verb(
        "find",
        ":find 55=BTCUSDT 150=F",
        "Search all messages of the tape; also / and Enter in the messages.",
        1,
        None,
    ),
    Verb(
        "export",
        ":export [fills] orders.csv",
        "The rows and columns of this list to a file: .csv, .jsonl, .parquet.",
        1,
        2,
    ),
    Verb("copy", ":copy [fix|json|plain]", "Copy the message in the inspector.", 0, 1),
    Verb("at", ":at 10:14:21", "In a recording: jump to that moment (UTC).", 1, 2),
    Verb("speed", ":speed 10", "In a recording: seconds of it in one second.", 1, 1),
    Verb("play", ":play", "In a recording: go on."),
    Verb("pause", ":pause", "In a recording: stand still."),
    Verb("next", ":next fill|reject|disconnect", "In a recording: jump to the next one.", 0, 1),
    Verb("back", ":back fill|reject|disconnect", "In a recording: jump to the last one before.", 0, 1),
    Verb("theme", ":theme NAME", "Another theme.", 1, 1),
    Verb("help", ":help", "This page."),
    Verb("quit", ":quit", "Leave; asks what to do with open orders."),
)

ACTING: Final = frozenset({"new", "test", "limits", "reconnect", "rehearse"})
"""Of the screen's words those that mean nothing without a desk."""

VERBS: Final = (*TRADING, *SCREEN)

PANES: Final = {"orders": "orders", "fills": "executions", "positions": "positions", "sessions": "sessions",
                "notices": "notices", "depth": "depth", "trades": "trades", "watchlist": "watchlist"}  # fmt: skip


def parse_verb(line: str) -> tuple[Verb, list[str]] | str:
    """The verb and its arguments, or a sentence that says what is wrong."""
    words = line.split()
    if not words:
        return "nothing was typed"
    verb = next((verb for verb in SCREEN if verb.word == words[0].lower()), None)
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
        parsed = parse_verb(line)
        if not isinstance(parsed, str) and self._deck.model.replay is not None and parsed[0].word in ACTING:
            return RECORDED
        return parsed if isinstance(parsed, str) else self._run_screen(*parsed)

    def _run_trading(self, line: str) -> str:
        deck, known = self._deck, self._deck.known()
        if deck.model.replay is not None:
            return RECORDED
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
                self._asking.send(TestLink(id=deck.new_id()), "TestRequest")
            case "limits":
                self._asking.send(QueryLimits(id=deck.new_id()), "limit query")
            case "rehearse":
                screen.rehearse(" ".join(words))
            case "reconnect":
                self._asking.send(Reconnect(id=deck.new_id()), "reconnect")
            case "at" | "speed" | "play" | "pause" | "next" | "back":
                return screen.replay(verb.word, " ".join(words))
            case "find":
                return screen.find(" ".join(words))
            case "export":
                return screen.export(words)
            case "copy":
                return screen.copy_message(word.lower() or "fix")
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
