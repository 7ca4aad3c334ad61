"""Our orders in their places on a ladder: what is left of each, and how far to believe it. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from blotter.trading.enums import OrdType, Side
from blotter.trading.order import Order, OrderState, RequestKind, Standing
from blotter.tui.ladder_rows import Scale, size_text

DRAFT: Final = ""
"""Where an order has its id."""


class Own(NamedTuple):
    """One of ours at a price. `order_id` is `DRAFT` for what is not sent."""

    order_id: str
    side: Side
    price: Decimal
    left: Decimal | None
    sign: str  # one character; a space for what simply works
    style: str  # component suffix
    rank: int  # of several on a row the highest gives sign and style


def marks_of(order: Order) -> tuple[Own, ...]:
    """Where an open order stands, and where it is asked to go."""
    request, side = order.current.request, order.side
    if not order.open or request.ord_type is OrdType.MARKET:
        return ()
    left = order.leaves_qty
    waits = request.trigger_price is not None and not order.current.working
    price = request.trigger_price if waits else order.price
    if price is None:
        return ()
    sign, style, rank = _sign(order, waits)
    marks = [Own(order.id, side, price, left, sign, style, rank)]
    for asked in order.pending:
        if asked.kind is not RequestKind.CANCEL and asked.price is not None and asked.price != price:
            total = left if asked.order_qty is None else asked.order_qty - order.cum_qty
            doubt = asked.unconfirmed
            mark = ("?", "state-unknown", 5) if doubt else ("→", "state-pending", 4)
            marks.append(Own(order.id, side, asked.price, total, *mark))
    return tuple(marks)


def _sign(order: Order, waits: bool) -> tuple[str, str, int]:
    if order.state is OrderState.UNCONFIRMED or order.in_doubt:
        return ("?", "state-unknown", 5)
    if order.pending or order.state is OrderState.PENDING_NEW:
        return ("×" if order.pending_cancel else "…", "state-pending", 4)
    if waits or order.standing in (Standing.HELD, Standing.PENDING):
        return ("◌", "state-pending", 3)
    side = "side-buy" if order.side is Side.BUY else "side-sell"
    return ("◐" if order.cum_qty else "●", side, 2 if order.cum_qty else 1)


class OwnRow(NamedTuple):
    """Ours on one side of a row."""

    marks: tuple[Own, ...]

    @property
    def leading(self) -> Own:
        """Whose sign the row shows: what is least sure."""
        return max(self.marks, key=lambda mark: mark.rank)

    @property
    def ids(self) -> tuple[str, ...]:
        """The orders, once each, drafts left out."""
        return tuple(dict.fromkeys(mark.order_id for mark in self.marks if mark.order_id))

    def text(self, width: int) -> str:
        """Sign and what is left of all of them; `?` where nobody knows."""
        known = [mark.left for mark in self.marks if mark.left is not None]
        total = size_text(sum(known, Decimal(0)), width - 1) if len(known) == len(self.marks) else "?"
        return f"{self.leading.sign}{total}"


def own_rows(marks: Iterable[Own], scale: Scale) -> dict[tuple[int, Side], OwnRow]:
    """By row and side."""
    found: dict[tuple[int, Side], list[Own]] = {}
    for mark in marks:
        found.setdefault((scale.row(mark.price, mark.side), mark.side), []).append(mark)
    return {place: OwnRow(tuple(here)) for place, here in found.items()}
