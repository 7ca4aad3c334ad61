"""What is looked at: the order in view, and with it its symbol, its history and the message that is decoded."""

from typing import Any

from blotter.desk.change import MessageSeen
from blotter.trading.instrument import Instrument
from blotter.trading.order import Order
from blotter.tui import executions, messages, orders
from blotter.tui.deck import Deck
from blotter.tui.filtering import row_filter
from blotter.tui.format import decimals_of, latency, trimmed
from blotter.tui.grid_body import GridBody
from blotter.tui.hints import side_style
from blotter.tui.line import Piece
from blotter.tui.orders import order_type, state_cell
from blotter.tui.pane import Pane


class Looking:
    """Follows the cursors of the panes. A cursor that moves by itself, with nobody on it, is not followed."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.chosen = ""  # the order in view

    def choose(self, order_id: str) -> None:
        """Look at an order: its symbol, history and newest message follow."""
        self.chosen = order_id
        if order := self._deck.model.orders.get(order_id):
            self._deck.symbol = order.symbol
        self.show()
        if found := self._deck.model.messages_of(order_id):
            self.inspect(found[-1])

    def show(self) -> None:
        """Draw the order in view anew."""
        model, view = self._deck.model, self._deck.view
        order = model.orders.get(self.chosen)
        view.history.present(order, model.messages_of(self.chosen))
        if order is None:
            view.show_chosen([("no order selected", "$dim")])
        else:
            view.show_chosen(_in_one_line(order, model.instruments.get(order.symbol)))

    def inspect(self, message: MessageSeen) -> None:
        """Decode a message, and the one before it of the same order to compare with."""
        desk = self._deck.desk
        earlier = [m for m in self._deck.model.messages_of(message.order_id) if 0 < m.row < message.row]
        before = desk.explain(earlier[-1].raw) if earlier else []
        self._deck.view.inspector.inspect(message.raw, desk.explain(message.raw), before)

    def cursor_moved(self, grid: GridBody[Any], key: str | None) -> None:
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
        elif grid is view.messages:
            self.inspect(view.messages.row(key))
        elif grid is view.history.grid:
            self.inspect(view.history.grid.row(key).message)
        elif grid is view.positions:
            self._deck.symbol = key

    def opened(self, grid: GridBody[Any], key: str) -> None:
        """Enter on a row: an order or a fill opens its history, a message the inspector."""
        view = self._deck.view
        if grid is view.orders or grid is view.executions:
            self.choose(key if grid is view.orders else view.executions.row(key).order_id)
            view.go("history")
        elif grid is view.messages or grid is view.history.grid:
            self.inspect(
                view.messages.row(key) if grid is view.messages else view.history.grid.row(key).message
            )
            view.go("inspector")

    def filter(self, pane: Pane, words: str) -> None:
        """Show the rows of a pane that match the words."""
        view = self._deck.view
        if pane.body is view.orders:
            view.orders.set_filter(row_filter(words, orders.FILTERS), words)
        elif pane.body is view.executions:
            view.executions.set_filter(row_filter(words, executions.FILTERS), words)
        elif pane.body is view.messages:
            view.messages.search(words)

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
