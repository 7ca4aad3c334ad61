"""The history of one order: what is known of it, then its messages with the time each answer took."""

from collections.abc import Callable, Sequence

import msgspec
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from blotter.desk.change import MessageSeen
from blotter.trading.order import Order
from blotter.tui.format import clock, latency, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, Piece, content
from blotter.tui.orders import order_type, state_cell, time_in_force


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the order. `took`: ns since our last message that was still unanswered."""

    message: MessageSeen
    took: int | None = None


def steps(messages: Sequence[MessageSeen]) -> list[Step]:
    """The messages of one order, oldest first, each answer with its latency."""
    result = []
    asked: int | None = None
    for message in messages:
        took = None
        if message.outbound:
            asked = message.at
        elif asked is not None:
            took, asked = message.at - asked, None
        result.append(Step(message=message, took=took))
    return result


COLUMNS: list[Column[Step]] = [
    Column("time", "time", 12, lambda step, _: Cell(clock(step.message.at, millis=True), "dim")),
    Column("direction", "", 1, lambda step, _: Cell("→", "warn") if step.message.outbound else Cell("←", "ok")),
    Column("what", "what", 16, lambda step, _: step.message.summary or step.message.name, flex=True),
    Column("took", "took", 6, lambda step, _: Cell(latency(step.took) if step.took is not None else "", "dim"),
           align="right"),
]  # fmt: skip


class History(Guarded, Vertical):
    """Facts on top, steps below."""

    DEFAULT_CSS = """
    History { height: 1fr; }
    History > Line { height: 4; color: $text; padding: 0 1; }
    """

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(id=id)
        self._order_id = ""
        self._facts = Line(id="history-facts")
        self.grid: Grid[Step] = Grid(
            COLUMNS, clock=clock, mark_for=0, empty="No message of this order here.", id="history-steps"
        )
        self._rows: list[Step] = []

    def compose(self) -> ComposeResult:
        yield self._facts
        yield self.grid

    def present(self, order: Order | None, messages: Sequence[MessageSeen]) -> None:
        """Show an order and the messages that concern it."""
        facts, grid, rows = self._facts, self.grid, steps(messages)
        if order is None:
            facts.show(content(("Move to an order: its history is shown here.", "$dim")))
        else:
            facts.show(*order_facts(order))
        id = order.id if order is not None else ""
        if rows != self._rows or id != self._order_id:
            if id != self._order_id or rows[: len(self._rows)] != self._rows:
                grid.clear()
            self._order_id, self._rows = id, rows
            grid.upsert(((f"{i:06}", step) for i, step in enumerate(rows)), mark=False)


def order_facts(order: Order) -> list[Content]:
    """Four lines: terms, state, ids, the last refusal."""
    state, style = state_cell(order)
    current = order.current
    side = "$side-buy" if order.side.name == "BUY" else "$side-sell"
    price = "" if order.price is None else f" {trimmed(order.price)}"
    terms = f"{order_type(order)}{price} {time_in_force(order)}"
    first: list[Piece] = [
        (order.id, "bold"),
        "  ",
        (f"{order.side.name} {trimmed(order.order_qty)} {order.symbol} {terms}", side),
    ]
    if order.foreign:
        first.append(("  placed elsewhere", "$warn"))
    second: list[Piece] = [
        (state, f"${style}"),
        f"  filled {trimmed(order.cum_qty)} of {trimmed(order.order_qty)}",
    ]
    ack = None if order.acked_at is None else order.acked_at - order.created_at
    third = f"{clock(order.created_at)}  ack {latency(ack)}  venue {current.order_id or '—'}"
    chain = " → ".join(current.cl_ord_ids)
    fourth: Piece = (f"ids {chain}", "$dim")
    if order.reason is not None:
        code = "" if order.reason.code is None else f" ({order.reason.code})"
        fourth = (f"{order.reason.category.value}: {order.reason.text}{code}", "$state-rejected")
    return [content(*first), content(*second), content((third, "$dim")), content(fourth)]
