"""The history of one order: what is known of it, then who did what, its messages, and how long each step took."""

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from blotter.trading.grammar import describe, describe_list
from blotter.trading.instrument import Instrument
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.tui.format import clock, latency, trimmed
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, Piece, content
from blotter.tui.order_words import (
    leg_name,
    list_state,
    list_type,
    order_type,
    state_cell,
    time_in_force,
    trigger_words,
)
from blotter.tui.timeline import Step

GLYPHS = {"act": ("●", "strong"), "tape": ("▪", "dim"), "out": ("→", "warn"), "in": ("←", "ok")}
SPANS = ("key→tape", "tape→socket", "ack→fill", "cancel→canceled")
"""Latencies that are told of above the steps, each the first time it was measured."""
WIDE = 64
"""Columns from which on the ends of each latency have one of their own."""


def _what(step: Step, _: int) -> Cell:
    if step.kind != "act":
        return Cell(step.what, "dim" if step.kind == "tape" else "")
    return Cell(f"{step.who}: {step.what}", "strong")


TIME: Column[Step] = Column("time", "time", 12, lambda step, _: Cell(clock(step.at, millis=True), "dim"),
                            datum=lambda step: step.at)  # fmt: skip
DIRECTION: Column[Step] = Column("direction", "", 1, lambda step, _: Cell(*GLYPHS[step.kind]))
WHAT: Column[Step] = Column("what", "what", 16, _what, flex=True)
TOOK: Column[Step] = Column(
    "took",
    "took",
    6,
    lambda step, _: Cell(latency(step.took) if step.took is not None else "", "dim"),
    align="right",
)
ENDS: Column[Step] = Column("ends", "from → to", 15, lambda step, _: Cell(step.ends, "dim"))
COLUMNS = [TIME, DIRECTION, WHAT, TOOK]


class StepsGrid(Guarded, Grid[Step]):
    """The steps; what each latency is of where there is room."""

    def on_resize(self) -> None:
        """A narrow pane has a column less."""
        wanted = [*COLUMNS, ENDS] if self.size.width >= WIDE else COLUMNS
        if [column.id for column in self.columns] != [column.id for column in wanted]:
            self.replace_columns(wanted)


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
        self.grid = StepsGrid(
            COLUMNS, clock=clock, mark_for=0, empty="Nothing of this order here.", id="history-steps"
        )
        self._rows: list[Step] = []

    def compose(self) -> ComposeResult:
        yield self._facts
        yield self.grid

    def present(self, id: str, facts: Sequence[Content], rows: list[Step]) -> None:
        """Show what is known of an order, list or held terms, and the steps of its life."""
        grid = self.grid
        self._facts.show(*(facts or [content(("Move to an order: its history is shown here.", "$dim"))]))
        if rows != self._rows or id != self._order_id:
            if id != self._order_id or rows[: len(self._rows)] != self._rows:
                grid.clear()
            self._order_id, self._rows = id, rows
            grid.upsert(((f"{i:06}", step) for i, step in enumerate(rows)), mark=False)


def order_facts(order: Order, rows: Sequence[Step] = ()) -> list[Content]:
    """Four lines: terms, state, times and ids, the last refusal. `rows`: the steps of its life."""
    state, style = state_cell(order)
    current = order.current
    side = "$side-buy" if order.side.name == "BUY" else "$side-sell"
    price = "" if order.price is None else f" {trimmed(order.price)}"
    trigger = trigger_words(current.request, 0)
    terms = f"{order_type(order)}{price} {time_in_force(order)}{'  ' + trigger if trigger else ''}"
    first: list[Piece] = [
        (order.id, "bold"),
        "  ",
        (f"{order.side.name} {trimmed(order.order_qty)} {order.symbol} {terms}", side),
    ]
    if order.list_id:
        first.append((f"  leg of {order.list_id}", "$dim"))
    if order.foreign:
        first.append(("  placed elsewhere", "$warn"))
    second: list[Piece] = [
        (state, f"${style}"),
        f"  filled {trimmed(order.cum_qty)} of {trimmed(order.order_qty)}",
    ]
    ack = None if order.acked_at is None else order.acked_at - order.created_at
    spans = {step.ends: step.took for step in reversed(rows) if step.ends in SPANS}
    told = "".join(f"  {ends} {latency(spans[ends])}" for ends in SPANS if ends in spans)
    third = f"{clock(order.created_at)}  ack {latency(ack)}  venue {current.order_id or '—'}{told}"
    chain = " → ".join(current.cl_ord_ids)
    fourth: Piece = (f"ids {chain}", "$dim")
    if order.reason is not None:
        code = "" if order.reason.code is None else f" ({order.reason.code})"
        fourth = (f"{order.reason.category.value}: {order.reason.text}{code}", "$state-rejected")
    return [content(*first), content(*second), content((third, "$dim")), content(fourth)]


def list_facts(order_list: OrderList, legs: Sequence[Order]) -> list[Content]:
    """A line for the list, one for each leg, the last refusal."""
    said = list_state(order_list)
    first: list[Piece] = [
        (order_list.id, "bold"), f"  {list_type(order_list)} {order_list.symbol}  ",
        (said.text or order_list.state.value, f"${said.style}" if said.style else ""),
        (f"  venue {order_list.list_id or '—'}", "$dim"),
    ]  # fmt: skip
    if order_list.foreign:
        first.append(("  placed elsewhere", "$warn"))
    lines = [content(*first)]
    for place, leg in enumerate(legs, 1):
        text, style = state_cell(leg)
        terms = f"{leg.side.name} {trimmed(leg.order_qty)} {order_type(leg)}"
        lines.append(content(f"{leg_name(leg, place)} {leg.id} {terms}  ", (text, f"${style}")))
    if order_list.reason is not None:
        lines.append(content((order_list.reason.text, "$state-rejected")))
    return lines


def held_facts(held: Held, instruments: Mapping[str, Instrument]) -> list[Content]:
    """What is put aside here, and that nothing of it is at the venue."""
    words = ""
    if held.list_request is not None:
        words = describe_list(held.list_request, instruments.get(held.list_request.symbol))
    elif held.request is not None:
        words = describe(held.request, instruments.get(held.request.symbol))
    source = f", from {held.from_order_id}" if held.from_order_id else ""
    return [
        content((held.id, "bold"), f"  {words}"),
        content((f"held here since {clock(held.at)}{source}: nothing of it is at the venue", "$warn")),
        content(("u submits it, x drops it, w copies it into a draft", "$dim")),
    ]
