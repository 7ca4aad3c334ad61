"""What is looked at: the order in view, and with it its symbol, its history and the message that is decoded."""

from typing import Any

from blotter.desk.change import MessageSeen
from blotter.trading.instrument import Instrument
from blotter.trading.order import Order
from blotter.tui import messages
from blotter.tui.deck import Deck
from blotter.tui.format import decimals_of, latency, trimmed
from blotter.tui.grid_window import GridWindow
from blotter.tui.history import held_facts, list_facts, order_facts
from blotter.tui.line import Piece, content
from blotter.tui.order_words import order_type, side_style, state_cell
from blotter.tui.pane import Pane
from blotter.tui.search import Searching
from blotter.tui.timeline import acts_of, timeline


class Looking:
    """Follows the cursors of the panes. A cursor that moves by itself, with nobody on it, is not followed."""

    def __init__(self, deck: Deck, searching: Searching) -> None:
        self._deck = deck
        self.searching = searching
        searching.looked_at = self.inspect
        self.chosen = ""  # the order in view

    def choose(self, order_id: str) -> None:
        """Look at an order: its symbol, history and newest message follow."""
        self.chosen = order_id
        model = self._deck.model
        if found := model.orders.get(order_id) or model.lists.get(order_id):
            self._deck.symbol = found.symbol
        self.show()
        if messages := self._messages():
            self.inspect(messages[-1])

    def _messages(self) -> list[MessageSeen]:
        """The messages of what is in view, oldest first: of a list, its legs' too."""
        model = self._deck.model
        order_list = model.lists.get(self.chosen)
        ids = (self.chosen, *(order_list.legs if order_list is not None else ()))
        found = [message for id in ids for message in model.messages_of(id)]
        return sorted(found, key=lambda message: message.at) if len(ids) > 1 else found

    def concerns(self, message: MessageSeen) -> bool:
        """Whether the message is one of what is in view."""
        order_list = self._deck.model.lists.get(self.chosen)
        return message.order_id == self.chosen or (
            order_list is not None and message.order_id in order_list.legs
        )

    def show(self) -> None:
        """Draw what is in view anew: an order, a list, held terms."""
        model, view = self._deck.model, self._deck.view
        order, order_list, held = (
            model.orders.get(self.chosen), model.lists.get(self.chosen), model.held.get(self.chosen)
        )  # fmt: skip
        legs = order_list.legs if order_list is not None else ()
        acts = acts_of(tuple(model.acts), (self.chosen, *legs), order)
        steps = timeline(order, self._messages(), acts)
        if order_list is not None:
            facts = list_facts(order_list, [model.orders[id] for id in order_list.legs if id in model.orders])
            view.show_chosen(content(("▸ ", "$warn")) + facts[0])
        elif held is not None:
            facts = held_facts(held, model.instruments)
            view.show_chosen(content(("▸ ", "$warn")) + facts[0])
        elif order is not None:
            facts = order_facts(order, steps)
            view.show_chosen(content(*_in_one_line(order, model.instruments.get(order.symbol))))
        else:
            facts = []
            view.show_chosen(content(("no order selected", "$dim")))
        view.history.present(self.chosen, facts, steps)

    def inspect(self, message: MessageSeen) -> None:
        """Decode a message, and the one before it of the same order to compare with."""
        desk = self._deck.desk
        earlier = [
            one
            for one in self._deck.model.messages_of(message.order_id)
            if (one.at, one.seq) < (message.at, message.seq)
        ]
        before = desk.explain(earlier[-1].raw, message.session) if earlier else []
        self._deck.view.inspector.inspect(message.raw, desk.explain(message.raw, message.session), before)

    def cursor_moved(self, grid: GridWindow[Any], key: str | None) -> None:
        """The cursor of a pane is on another row."""
        view = self._deck.view
        if key is None:
            return
        if grid is view.orders:
            self.choose(key)
        elif view.focused is not grid:
            return
        elif grid is view.executions:
            self.choose(view.executions.row(key).order_id)
        elif grid is view.messages or grid is view.tape.hits:
            self.inspect(grid.row(key))
        elif grid is view.history.grid:
            if message := view.history.grid.row(key).message:
                self.inspect(message)
        elif grid is view.positions.grid:
            self._deck.symbol = key

    def opened(self, grid: GridWindow[Any], key: str) -> None:
        """Enter on a row: an order or a fill opens its history, a message the inspector."""
        view = self._deck.view
        if grid is view.orders or grid is view.executions:
            self.choose(key if grid is view.orders else view.executions.row(key).order_id)
            view.go("history")
        elif grid is view.history.grid:
            if message := view.history.grid.row(key).message:
                self.inspect(message)
                view.go("inspector")
        elif grid is view.messages or grid is view.tape.hits:
            self.inspect(grid.row(key))
            view.go("inspector")

    def filter(self, pane: Pane, words: str) -> None:
        """Show the rows of a pane that match the words."""
        view = self._deck.view
        for body, grid in (
            (view.orders, view.orders),
            (view.executions, view.executions),
            (view.positions, view.positions.grid),
        ):
            if pane.body is body and words != grid.filter_text:
                pane.complain(grid.filter_by(words))
        if pane.body is view.tape:
            if words:  # a search that begins empties the line
                self.searching.leave()
            view.messages.search(words, self.searching.matcher(words))

    def show_messages_of(self, order_id: str) -> None:
        """The message tape of one order."""
        self._deck.view.panes["messages"].set_filter(f"{messages.OF_ORDER}:{order_id}")
        self._deck.view.go("messages")


def _in_one_line(order: Order, instrument: Instrument | None) -> list[Piece]:
    """The selected order below the panes."""
    text, style = state_cell(order)
    ack = "" if order.acked_at is None else f"  ack {latency(order.acked_at - order.created_at)}"
    places = decimals_of(instrument.tick_size) if instrument else 0
    price = "market" if order.price is None else f"@ {trimmed(order.price, places)}"
    return [
        ("▸ ", "$warn"), (order.id, "bold"), "  ", (order.side.name, f"bold {side_style(order.side)}"),
        f" {trimmed(order.order_qty)} {order.symbol} {price} {order_type(order)}  ",
        (text, f"${style}"), (f"{ack}  venue {order.current.order_id or '—'}", "$dim"),
    ]  # fmt: skip
