"""The orders: one line each, what is accepted and what is asked side by side, and the verbs on them.

Orders whose outcome nobody knows stand on top and no filter hides them. The grid posts intents; it sends nothing.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from textual.message import Message

from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce
from blotter.trading.instrument import Instrument
from blotter.trading.order import Order, OrderState, PendingRequest
from blotter.tui.actions import bindings
from blotter.tui.format import DASH, age, clock, decimals_of, state, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.model import is_unknown

_TYPES: Final = {
    OrdType.MARKET: "MKT",
    OrdType.LIMIT: "LMT",
    OrdType.STOP: "STP",
    OrdType.STOP_LIMIT: "STL",
    OrdType.PEGGED: "PEG",
}
_TIFS: Final = {
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}


def side_cell(side: Side) -> Cell:
    """BUY or SELL in its colour."""
    return Cell(side.name, "side-buy" if side is Side.BUY else "side-sell")


def order_type(order: Order) -> str:
    """`LMT`, `MKT`, `POST` (a limit order that may not take)."""
    request = order.current.request
    post = request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    return "POST" if post else _TYPES[request.ord_type]


def time_in_force(order: Order) -> str:
    """`GTC`, `IOC`, `FOK` or a dash."""
    tif = order.current.request.time_in_force
    return DASH if tif is None else _TIFS[tif]


def state_words(order: Order) -> str:
    """The state, the terms that are asked and not yet answered beside it, and why it ended."""
    asked = [words for request in order.pending if (words := _asked(order, request))]
    why = (
        [order.reason.text]
        if order.reason is not None and (order.state.terminal or is_unknown(order))
        else []
    )
    return " ".join([state(order).text, *asked, *why])


def _asked(order: Order, request: PendingRequest) -> str:
    terms = []
    if request.order_qty is not None and request.order_qty != order.order_qty:
        terms.append(trimmed(request.order_qty))
    if request.price is not None and request.price != order.price:
        terms.append(f"@ {trimmed(request.price)}")
    return " ".join(["→", *terms]) if terms else ""


def state_cell(order: Order) -> Cell:
    """The state in its colour."""
    return Cell(state_words(order), state(order).style)


def order_columns(instruments: Mapping[str, Instrument], width: int) -> list[Column[Order]]:
    """The columns that suit a grid of this width. Prices and quantities get the instrument's decimals."""

    def price_places(order: Order) -> int:
        instrument = instruments.get(order.symbol)
        return decimals_of(instrument.tick_size) if instrument else 0

    def quantity_places(order: Order) -> int:
        instrument = instruments.get(order.symbol)
        return min(3, decimals_of(instrument.step_size)) if instrument else 0

    def quantity(order: Order) -> Cell | str:
        if order.order_qty is None and order.current.request.cash_order_qty is not None:
            return f"{trimmed(order.current.request.cash_order_qty)}q"
        return trimmed(order.order_qty, quantity_places(order))

    def filled(order: Order) -> Cell | str:
        if order.state is OrderState.UNCONFIRMED and not order.cum_qty:
            return Cell("?", "state-unknown")
        return Cell(trimmed(order.cum_qty, quantity_places(order)), "" if order.cum_qty else "dim")

    def price(order: Order) -> Cell | str:
        return Cell("market", "dim") if order.price is None else trimmed(order.price, price_places(order))

    def average(order: Order) -> Cell | str:
        value = order.avg_px
        if value is None:
            return Cell(DASH, "dim")
        places = price_places(order) + 1
        return trimmed(round(value, places), places - 1)

    def symbol(order: Order) -> str:
        instrument = instruments.get(order.symbol)
        return instrument.base if short and instrument else order.symbol

    short = width < 100
    wide = 0 if short else 1
    every: list[Column[Order]] = [
        Column("id", "id", 6 if short else 9, lambda order, _: order.id[-6:] if short else order.id,
               sort_key=lambda order: order.id),
        Column("time", "time", 8, lambda order, _: clock(order.created_at), sort_key=lambda order: order.created_at),
        Column("symbol", "sym" if short else "symbol", 5 if short else 9, lambda order, _: symbol(order),
               sort_key=lambda order: order.symbol),
        Column("side", "side", 4, lambda order, _: side_cell(order.side), sort_key=lambda order: order.side.name),
        Column("type", "type", 4, lambda order, _: order_type(order), sort_key=order_type),
        Column("tif", "tif", 3, lambda order, _: time_in_force(order), sort_key=time_in_force),
        Column("qty", "qty", 8 + wide, lambda order, _: quantity(order), align="right",
               sort_key=lambda order: order.order_qty),
        Column("filled", "filled", 7 + 2 * wide, lambda order, _: filled(order), align="right",
               sort_key=lambda order: order.cum_qty),
        Column("price", "price", 10 + wide, lambda order, _: price(order), align="right",
               sort_key=lambda order: order.price),
        Column("avg", "avg", 12, lambda order, _: average(order), align="right", sort_key=lambda order: order.avg_px),
        Column("age", "age", 4, lambda order, now: Cell(age(now - order.created_at), "dim"), align="right",
               sort_key=lambda order: -order.created_at, ages=True),
        Column("state", "state", 13, lambda order, _: state_cell(order), sort_key=lambda order: state(order).text,
               flex=True),
    ]  # fmt: skip
    hidden = {"time", "type", "tif", "avg"} if short else {"avg"} if width < 128 else set()
    return [column for column in every if column.id not in hidden]


FILTERS: Final[Mapping[str, Callable[[Order], str]]] = {
    "sym": lambda order: order.symbol,
    "side": lambda order: order.side.name,
    "state": lambda order: state(order).text,
    "reason": lambda order: order.reason.text if order.reason is not None else "",
    "id": lambda order: order.id,
    "type": order_type,
    "tif": time_in_force,
}


class OrdersGrid(Guarded, Grid[Order]):
    """The grid with the verbs of an order. `cancel` never asks why not: that is for whoever handles the intent."""

    BINDINGS: ClassVar = bindings("orders")
    scope: ClassVar = "orders"

    class CancelAsked(Message):
        """Cancel these orders. `view`: all in view was asked for, so ask back whatever their number."""

        def __init__(self, order_ids: tuple[str, ...], *, view: bool) -> None:
            super().__init__()
            self.order_ids = order_ids
            self.view = view

    class AmendAsked(Message):
        """Open the order for amending."""

        def __init__(self, order_id: str) -> None:
            super().__init__()
            self.order_id = order_id

    class CloneAsked(Message):
        """Copy the order's terms into a draft."""

        def __init__(self, order_id: str) -> None:
            super().__init__()
            self.order_id = order_id

    class MessagesAsked(Message):
        """Show this order's messages."""

        def __init__(self, order_id: str) -> None:
            super().__init__()
            self.order_id = order_id

    def __init__(self, instruments: Mapping[str, Instrument], *, clock: Callable[[], int], id: str) -> None:
        super().__init__(
            order_columns(instruments, 80),
            clock=clock,
            pinned=is_unknown,
            empty="No orders yet: n drafts one, : opens the command line.",
            id=id,
        )
        self._instruments = instruments
        self._width_class = 80
        self.sort_by("age")  # the newest on top; every width has this column

    def on_resize(self) -> None:
        """Another width has other columns."""
        width_class = next(limit for limit in (128, 100, 0) if self.size.width >= limit)
        if width_class != self._width_class:
            self._width_class = width_class
            self.refit()

    def refit(self) -> None:
        """Columns for this width, numbers with the instruments' decimals."""
        self.replace_columns(order_columns(self._instruments, self.size.width))

    def action_cancel(self) -> None:
        """Cancel what is selected, else what is under the cursor."""
        keys = tuple(key for key in self.visible_keys() if key in self.selected) if self.selected else ()
        if not keys and self.cursor_key is not None:
            keys = (self.cursor_key,)
        self.post_message(self.CancelAsked(keys, view=False))

    def action_cancel_view(self) -> None:
        """Cancel all that is in view."""
        self.post_message(self.CancelAsked(tuple(self.visible_keys()), view=True))

    def action_amend(self) -> None:
        """Amend the order under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.AmendAsked(self.cursor_key))

    def action_clone(self) -> None:
        """Clone the order under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.CloneAsked(self.cursor_key))

    def action_messages(self) -> None:
        """The messages of the order under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.MessagesAsked(self.cursor_key))
