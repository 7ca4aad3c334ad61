"""The lines of the orders grid: an order, a list above its legs, or terms that are held on this machine. Pure."""

from decimal import Decimal
from functools import cached_property

import msgspec

from blotter.desk.change import Frame
from blotter.trading.enums import Side
from blotter.trading.event import ZERO
from blotter.trading.order import Order
from blotter.trading.order_list import Held, ListState, OrderList
from blotter.trading.request import OrderRequest
from blotter.tui.format import stage
from blotter.tui.model import Model, is_unknown
from blotter.tui.order_words import leg_name, list_state, list_type, tif_word, type_word


class Leg(msgspec.Struct, frozen=True, gc=False):
    """An order's place in its list; `place` counts from 1."""

    list_id: str
    name: str
    place: int
    last: bool


class OrderRow(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One of `order` (with `leg` when it belongs to a list that is known), `list` or `held`. What sorting and filtering
    read of it again and again is kept with it."""

    key: str  # an own id: "A-000012", "L-000003", "H-000001"
    order: Order | None = None
    leg: Leg | None = None
    list: OrderList | None = None
    legs: tuple[Order, ...] = ()  # of a list, those that are known
    held: Held | None = None

    @property
    def head(self) -> str:
        """The list it hangs under."""
        return self.leg.list_id if self.leg is not None else ""

    @property
    def place(self) -> int:
        """Its place there."""
        return self.leg.place if self.leg is not None else 0

    @property
    def unknown(self) -> bool:
        """Nobody knows what became of it."""
        if self.order is not None:
            return is_unknown(self.order)
        return self.list is not None and self.list.state is ListState.UNCONFIRMED

    @property
    def needy(self) -> bool:
        """It needs a person: it is in doubt, lives twice at the venue, or waits here to be submitted or dropped."""
        order = self.order
        if order is None:
            return self.held is not None or self.unknown
        return order.in_doubt or (order.open and order.doubled)

    @cached_property
    def stage(self) -> str:
        """Where it stands, in a word or two; empty for a list that simply works."""
        if self.order is not None:
            return stage(self.order).text
        return list_state(self.list).text if self.list is not None else "◇ HELD HERE"

    @cached_property
    def text(self) -> str:
        """All that a plain word is looked for in, in small letters."""
        request, order = self.request, self.order
        terms = "" if request is None else f"{request.side.name} {self.type} {tif_word(request)}"
        reason = "" if order is None or order.reason is None else order.reason.text
        return f"{self.symbol} {self.key} {terms} {self.stage} {reason}".casefold()

    @property
    def open(self) -> bool:
        """Something of it may still trade."""
        if self.order is not None:
            return self.order.open
        return self.list is not None and self.list.open

    @property
    def request(self) -> OrderRequest | None:
        """The terms it shows: a list's are its first leg's."""
        if self.order is not None:
            return self.order.current.request
        if self.list is not None:
            return self.legs[0].current.request if self.legs else None
        held = self.held
        if held is None:
            return None
        return held.request if held.list_request is None else held.list_request.legs[0]

    @property
    def symbol(self) -> str:
        """Of the order, or of all legs."""
        if self.order is not None:
            return self.order.symbol
        if self.list is not None:
            return self.list.symbol
        return self.request.symbol if self.request is not None else ""

    @property
    def side(self) -> Side | None:
        """Of the order; of a list, its first leg's."""
        return self.request.side if self.request is not None else None

    @property
    def type(self) -> str:
        """Short name of the type."""
        if self.list is not None:
            return list_type(self.list)
        if self.held is not None and self.held.list_request is not None:
            return self.held.list_request.kind.value
        return type_word(self.request) if self.request is not None else ""

    @property
    def created_at(self) -> int:
        """UTC ns."""
        if self.order is not None:
            return self.order.created_at
        if self.list is not None:
            return self.list.created_at
        return self.held.at if self.held is not None else 0

    @property
    def enters(self) -> bool:
        """A list whose first leg works and releases the others."""
        kind = self.list.kind if self.list is not None else None
        return kind is not None and kind.leg_names[0] == "working" and bool(self.legs)

    @property
    def price(self) -> Decimal | None:
        """Limit price; of a list, that of the leg it enters with."""
        if self.list is not None:
            return self.legs[0].price if self.enters else None
        if self.order is not None:
            return self.order.price
        return self.request.price if self.request is not None else None

    @property
    def order_qty(self) -> Decimal | None:
        """Total in base asset."""
        if self.order is not None:
            return self.order.order_qty
        if self.legs:
            return self.legs[0].order_qty
        return self.request.order_qty if self.request is not None else None

    @property
    def cum_qty(self) -> Decimal:
        """Filled; of a list that is one order at a time (its legs exclude each other) and of its first leg."""
        if self.order is not None:
            return self.order.cum_qty
        if self.list is not None and self.list.kind is not None:
            return sum((leg.cum_qty for leg in (self.legs[:1] if self.enters else self.legs)), ZERO)
        return ZERO

    @property
    def avg_px(self) -> Decimal | None:
        """Average of the fills of an order."""
        return self.order.avg_px if self.order is not None else None


def order_row(model: Model, order: Order) -> OrderRow:
    """The line of an order, below its list if it has one here."""
    order_list = model.lists.get(order.list_id)
    if order_list is None or order.id not in order_list.legs:
        return OrderRow(key=order.id, order=order)
    place = order_list.legs.index(order.id) + 1
    leg = Leg(order_list.id, leg_name(order, place), place, place == len(order_list.legs))
    return OrderRow(key=order.id, order=order, leg=leg)


def list_row(model: Model, order_list: OrderList) -> OrderRow:
    """The line of a list."""
    legs = tuple(model.orders[id] for id in order_list.legs if id in model.orders)
    return OrderRow(key=order_list.id, list=order_list, legs=legs)


def changed_rows(model: Model, frame: Frame) -> tuple[dict[str, OrderRow], list[str]]:
    """The lines that a frame, already folded into the model, has changed, and the keys of those that are gone.

    A leg that changed may have changed its list and the legs beside it."""
    rows: dict[str, OrderRow] = {}
    lists = dict.fromkeys(frame.lists)
    for order in frame.orders.values():
        if order.list_id in model.lists:
            lists[order.list_id] = None
    for list_id in lists:
        order_list = model.lists[list_id]
        rows[list_id] = list_row(model, order_list)
        for id in order_list.legs:
            if id in model.orders:
                rows[id] = order_row(model, model.orders[id])
    for id, order in frame.orders.items():
        if id not in rows:
            rows[id] = OrderRow(key=id, order=order)
    gone = []
    for id, held in frame.held.items():
        if held is None:
            gone.append(id)
        else:
            rows[id] = OrderRow(key=id, held=held)
    return rows, gone
