"""The keys of the orders pane, each handed on to whoever does it.

With several orders selected only cancel, ticks and hold remain: what would need terms of its own is done one by one.
"""

from collections.abc import Sequence

from blotter.desk.change import Severity
from blotter.desk.command import Hold, Resolve
from blotter.trading.order import Order
from blotter.tui.asking import Asking, orders_words
from blotter.tui.cancelling import Cancelling
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.line import content
from blotter.tui.looking import Looking
from blotter.tui.shown_keys import key
from blotter.tui.stop_panel import tally_words
from blotter.tui.ticking import Ticking


class OrderVerbs:
    """What a key on a line of the orders does."""

    def __init__(
        self,
        deck: Deck,
        entering: Entering,
        asking: Asking,
        cancelling: Cancelling,
        ticking: Ticking,
        looking: Looking,
    ) -> None:
        self._deck = deck
        self._entering = entering
        self._asking = asking
        self._cancelling = cancelling
        self._ticking = ticking
        self._looking = looking

    def run(self, verb: str, keys: Sequence[str]) -> None:
        """`verb` as `OrdersGrid.Asked` names it."""
        match verb:
            case "cancel":
                self._cancelling.lines(keys)
            case "cancel-view":
                here = [key for key in keys if key not in self._deck.model.held]
                self._cancelling.lines(here, ask=True)
            case "tick-up" | "tick-down":
                self._ticking.press(keys, 1 if verb == "tick-up" else -1)
            case "hold":
                self.hold(keys)
            case _ if len(keys) > 1:
                text = f"{verb}: {len(keys)} are selected; one at a time (esc unselects)"
                self._deck.say(text, Severity.WARNING)
            case "amend":
                self.amend(keys[0])
            case "clone":
                self.clone(keys[0])
            case "messages":
                self._looking.show_messages_of(keys[0])
            case "resolve":
                self.resolve(keys[0])

    def _order(self, key: str, verb: str) -> Order | None:
        """The order, or a sentence why there is none to do that to."""
        order = self._deck.model.orders.get(key)
        if order is None:
            what = "a list" if key in self._deck.model.lists else "held here"
            self._deck.say(f"{key} is {what}: nothing to {verb}", Severity.WARNING)
        return order

    def amend(self, key: str) -> None:
        """Open the order with its accepted terms."""
        if order := self._order(key, "amend"):
            self._entering.amend(order)

    def clone(self, key: str) -> None:
        """The terms of an order, a list or of what is held, in a draft."""
        model = self._deck.model
        if key in model.held:
            self._entering.clone_held(model.held[key])
        elif key in model.lists:
            self._entering.clone_list(model.lists[key])
        elif order := self._order(key, "clone"):
            self._entering.clone(order)

    def resolve(self, key: str) -> None:
        """Type the note that takes an order out of doubt."""
        order = self._order(key, "resolve")
        if order is None:
            return
        if not order.in_doubt:
            self._deck.say(f"{order.id} is {order.state.value}: not in doubt, nothing to resolve")
            return
        self._entering.draft(f"resolve {order.id} ")
        self._deck.view.console.command.focus()

    def ask_resolve(self, order_id: str, note: str) -> None:
        """Ask once more: from then on the order looks done with, whatever it does at the venue."""
        deck = self._deck
        order = deck.model.orders[order_id]
        first = content(
            ("RESOLVE ", "bold $warn"), *tally_words([order]), f"  {order_id} is {order.state.value}"
        )
        second = content(("note: ", "$dim"), note)
        keys = content(
            (f" {key('confirm.yes')} ", "bold reverse $warn"), " done with, on your word; evidence outweighs it    ",
            (key("confirm.no"), "bold"), " leaves it in doubt",
        )  # fmt: skip
        command = Resolve(id=deck.new_id(), order_id=order_id, note=note)
        self._asking.ask_yes(
            first, second, keys, then=lambda: self._asking.send(command, f"resolve of {order_id}")
        )

    def hold(self, keys: Sequence[str]) -> None:
        """Cancel working orders and put them aside here; one held line is opened for submitting."""
        deck, model = self._deck, self._deck.model
        held = [key for key in keys if key in model.held]
        if held:
            if len(keys) == 1:
                self._entering.release(held[0])
            else:
                deck.say("hold: held ones are submitted one at a time", Severity.WARNING)
            return
        orders = [model.orders[key] for key in keys if key in model.orders]
        fit = [order for order in orders if order.state.live and not order.list_id]
        if not fit:
            why = "no working order" if len(keys) == 1 else "no working orders"
            if any(order.list_id for order in orders) or any(key in model.lists for key in keys):
                why = "legs of a list, which cannot be held apart"
            deck.say(f"hold: {', '.join(keys[:3])}: {why}", Severity.WARNING)
        elif len(fit) == 1:
            self._hold_now(fit)
        else:
            first = content(
                ("HOLD ", "bold $danger"), (f"{orders_words(len(fit))}:  ", "bold"), *tally_words(fit)
            )
            second = content(
                ("They are cancelled at the venue and kept here, to be submitted later.", "$dim")
            )
            yes = content(
                (f" {key('confirm.yes')} ", "bold reverse $danger"),
                " holds them    ",
                (key("confirm.no"), "bold"),
                " leaves them",
            )
            self._asking.ask_yes(first, second, yes, then=lambda: self._hold_now(fit))

    def _hold_now(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._asking.send(Hold(id=self._deck.new_id(), order_id=order.id), f"hold of {order.id}")
        self._deck.view.orders.clear_selection()
