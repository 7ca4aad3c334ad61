"""The order ticket: the terms of the draft in fields. It writes the same line that can be typed below it.

One draft, two editors: a field that changes composes the line and posts it; a line typed below fills the fields.
The ticket judges nothing and sends nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecInst, OrdType
from blotter.trading.grammar import Mistake
from blotter.trading.line import lasting, order_line
from blotter.trading.order import Order, Standing
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.tui.actions import bindings
from blotter.tui.guard import Guarded
from blotter.tui.line import Line
from blotter.tui.one_line import OneLine
from blotter.tui.reading import AMEND

FIELDS: Final = (
    "side", "qty", "symbol", "price", "type", "tif", "post", "trigger", "trail", "peg", "show", "stp", "strategy",
    "target", "protect",
)  # fmt: skip
_HINTS: Final = {
    "side": "buy or sell",
    "qty": "0.25, 500usdt, #1 to #9",
    "symbol": "btc",
    "price": "60123.1, bid, ask-1",
    "type": "limit, market, stop, take",
    "tif": "gtc, ioc, fok",
    "post": "yes: may not take",
    "trigger": "with stop or take",
    "trail": "0.5% or 50bp",
    "peg": "primary, market -2",
    "show": "visible part",
    "stp": "taker, maker, both",
    "strategy": "a number",
    "target": "then out here with a profit",
    "protect": "or out here with a loss",
}
_NEEDS: Final = {
    "post": "POST_ONLY",
    "trigger": "STOP",
    "trail": "TRAILING",
    "peg": "PEGGED",
    "show": "ICEBERG",
    "stp": "SELF_TRADE_PREVENTION",
    "strategy": "STRATEGY_IDS",
    "target": "LISTS",
    "protect": "LISTS",
}
"""Fields that a venue must have a feature for."""
_FIELD_OF: Final = {
    "order_qty": "qty",
    "cash_order_qty": "qty",
    "ord_type": "type",
    "time_in_force": "tif",
    "expire_time": "tif",
    "exec_inst": "post",
    "max_floor": "show",
    "self_trade_prevention": "stp",
    "trigger_price": "trigger",
    "trigger_direction": "trigger",
    "trailing_bips": "trail",
    "peg_price_type": "peg",
    "peg_offset": "peg",
    "target_strategy": "strategy",
}
"""Where a term of a request is entered, when it is not under its own name."""


class TicketInput(OneLine):
    """One field. Enter and Esc mean what they mean in the command line."""

    BINDINGS: ClassVar = [
        *bindings("draft"),
        Binding("tab,down", "step(1)", "next", show=False),
        Binding("shift+tab,up", "step(-1)", "previous", show=False),
    ]
    scope: ClassVar = "draft"

    class Stepped(Message):
        """To the next or previous field."""

        def __init__(self, field: str, by: int) -> None:
            super().__init__()
            self.field = field
            self.by = by

    def action_step(self, by: int) -> None:
        """To the next or previous field."""
        self.post_message(self.Stepped(self.name or "", by))

    def action_review(self) -> None:
        """Enter."""
        self.post_message(Ticket.Reviewed())

    def action_drop(self) -> None:
        """Esc."""
        self.post_message(Ticket.Dropped())


class Ticket(Guarded, Vertical):
    """Fields above, what they come to below."""

    DEFAULT_CSS = """
    Ticket { height: auto; padding: 0 1; }
    Ticket > .row { layout: horizontal; height: 1; }
    Ticket > .row > Label { width: 9; color: $dim; }
    Ticket TicketInput, Ticket TicketInput:focus { border: none; height: 1; padding: 0; width: 1fr; }
    Ticket TicketInput { background: transparent; }
    Ticket TicketInput:focus { background: $cursor-ground; }
    Ticket TicketInput.-wrong { color: $danger; text-style: underline bold; }
    Ticket.-buy #ticket-side { color: $side-buy; text-style: bold; }
    Ticket.-sell #ticket-side { color: $side-sell; text-style: bold; }
    Ticket > Line { height: 7; margin-top: 1; text-wrap: wrap; }
    """

    class Edited(Message):
        """A field changed: this is the whole draft as a line."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Reviewed(Message):
        """Enter in a field."""

    class Dropped(Message):
        """Esc in a field."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._amends = ""  # the order that is being amended
        self._may_change: Collection[str] = FIELDS
        self._features: frozenset[str] | None = None
        self._outcome = Line(id="ticket-outcome")
        self.fields = {
            name: TicketInput(id=f"ticket-{name}", name=name, placeholder=_HINTS[name]) for name in FIELDS
        }
        for field in self.fields.values():
            field.cursor_blink = False

    def compose(self) -> ComposeResult:
        for name, field in self.fields.items():
            with Vertical(classes="row"):
                yield Label(name)
                yield field
        yield self._outcome

    def _put(self, **values: str) -> None:
        with self.prevent(Input.Changed):
            for name in FIELDS:
                field = self.fields[name]
                value = values.get(name, "")
                if field.value != value:
                    field.value = value

    def _lock(self, amends: str, may_change: Collection[str] = FIELDS) -> None:
        self._amends = amends
        self._may_change = may_change
        self._enable()

    def offer(self, features: frozenset[str] | None) -> None:
        """Only what the venue has can be entered; None: nobody said what it has."""
        if features != self._features:
            self._features = features
            self._enable()

    def _enable(self) -> None:
        for name, field in self.fields.items():
            has = self._features is None or _NEEDS.get(name, "") in ("", *self._features)
            field.disabled = not has or name not in self._may_change
            field.placeholder = _HINTS[name] if has else "not at this venue"

    # --- in --------------------------------------------------------------------------------------------------

    def start(self, symbol: str) -> None:
        """An empty draft for a symbol."""
        self._lock("")
        self._put(symbol=symbol)

    def fill(self, terms: OrderRequest | OrderListRequest, quote_asset: str) -> None:
        """Show the terms of an order, or of a bracket; other lists have no fields and are edited as a line."""
        self._lock("")
        if isinstance(terms, OrderRequest):
            self._put(**_values(terms, quote_asset))
        elif terms.kind in (ListKind.OTO, ListKind.OTOCO) and (exits := _exits(terms)) is not None:
            self._put(**_values(terms.legs[0], quote_asset), **exits)
        else:
            self._put()

    def amend(self, order: Order) -> None:
        """Show the accepted terms of a working order; quantity, price and trigger may change."""
        request = order.current.request
        trigger = request.trigger_price if order.standing is Standing.HELD else None
        held = {"trigger"} if trigger is not None else set()
        self._lock(order.id, {"qty", "price"} | held if order.price is not None else {"qty"} | held)
        self._put(
            side=request.side.name.lower(),
            symbol=order.symbol,
            qty="" if order.order_qty is None else plain(order.order_qty),
            price="" if order.price is None else plain(order.price),
            type=("take" if request.take_profit else "stop") if trigger is not None else "",
            trigger="" if trigger is None else plain(trigger),
        )

    def clear(self) -> None:
        """No draft."""
        self._lock("")
        self._put()

    def outcome(
        self, lines: Iterable[Content], *, side: str, wrong: Iterable[Mistake], field: str = ""
    ) -> None:
        """What the terms come to, and which fields are at fault. `field`: the term a refusal names."""
        self._outcome.show(*lines)
        faulty = {self._at(mistake.start) for mistake in wrong} | {_FIELD_OF.get(field, field)}
        for name in FIELDS:
            self.fields[name].set_class(name in faulty, "-wrong")
        self.set_class(side == "BUY", "-buy")
        self.set_class(side == "SELL", "-sell")

    def focus_first(self) -> None:
        """Go to the field that comes next: side when it is empty, else quantity."""
        self.fields["qty" if self.fields["side"].value or self._amends else "side"].focus()

    # --- out -------------------------------------------------------------------------------------------------

    @property
    def parts(self) -> list[tuple[str, str]]:
        """(field, words of the grammar), in the grammar's order; none when nothing was entered."""
        values = {name: self.fields[name].value.strip() for name in FIELDS}
        price = values["price"].lstrip("@ ")
        kind = values["type"].lower()
        if self._amends:
            trigger = [("trigger", f"{kind} {values['trigger']}")] if values["trigger"] else []
            at = [("price", f"{'limit' if trigger else '@'} {price}")] if price else []
            return [("", f"{AMEND} {self._amends}"), ("qty", values["qty"]), *trigger, *at]
        if not values["side"] and not values["qty"]:
            return []
        found = [("side", values["side"]), ("qty", values["qty"]), ("symbol", values["symbol"])]
        found += _way(kind, price, values)
        post = values["post"].lower() not in ("", "no", "n", "-")
        found += [("tif", values["tif"]), ("post", "post" if post else "")]
        found += [
            (name, f"{name} {values[name]}" if values[name] else "") for name in ("show", "stp", "strategy")
        ]
        if values["target"] or values["protect"]:
            out = "sell" if values["side"].lower() in ("b", "buy") else "buy"
            found.append(("target", f"then {out}"))
            found += [("target", f"@ {values['target']}")] if values["target"] else []
            found += [("protect", f"stop {values['protect']}")] if values["protect"] else []
        return [(name, words) for name, words in found if words]

    @property
    def line(self) -> str:
        """The fields as a line of the grammar."""
        return " ".join(words for _, words in self.parts if words)

    def _at(self, offset: int) -> str:
        """The field that wrote the character at `offset` of the line."""
        end = 0
        for name, words in self.parts:
            end += len(words) + 1
            if offset < end:
                return name
        return ""

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self.line))

    @on(TicketInput.Stepped)
    def _stepped(self, event: TicketInput.Stepped) -> None:
        event.stop()
        names = [name for name in FIELDS if not self.fields[name].disabled]
        place = names.index(event.field) if event.field in names else 0
        self.fields[names[(place + event.by) % len(names)]].focus()


def _way(kind: str, price: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """How it works, in the grammar's words, each with the field that said it."""
    trigger, trail, peg = values["trigger"], values["trail"], values["peg"]
    limit = [("price", f"limit {price}")] if price else []
    if kind in ("stop", "take"):
        return [("trigger", f"{kind} {trigger}"), *([("trail", f"trail {trail}")] if trail else []), *limit]
    if trail:
        start = [("trigger", f"from {trigger}")] if trigger else []
        return [("trail", f"trail {trail}"), *start, *limit]
    if peg:
        return [("peg", f"peg {peg}"), *limit]
    waits = [("trigger", f"trigger {trigger}")] if trigger else []  # no type says which: the grammar asks
    return [("type", kind), ("price", f"@ {price}" if price else ""), *waits]


def _values(request: OrderRequest, quote_asset: str) -> dict[str, str]:
    """The fields of one order."""
    words = order_line(request, quote_asset).split()
    after = {name: words[i + 1] for i, name in enumerate(words[:-1]) if name in ("show", "stp", "strategy")}
    kind = "market" if request.ord_type is OrdType.MARKET else ""
    if request.contingent and request.trigger_price is not None and request.trailing_bips is None:
        kind = "take" if request.take_profit else "stop"
    peg = ""
    if request.peg_price_type is not None:
        at = words.index("peg") + 1
        peg = " ".join(words[at : at + (2 if request.peg_offset else 1)])
    return {
        "side": words[0],
        "qty": words[1] if len(words) > 1 else "",
        "symbol": request.symbol,
        "price": "" if request.price is None else f"{request.price:f}",
        "type": kind,
        "tif": lasting(request),
        "post": "yes" if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE else "",
        "trigger": "" if request.trigger_price is None else plain(request.trigger_price),
        "trail": "" if request.trailing_bips is None else f"{request.trailing_bips}bp",
        "peg": peg,
        "show": after.get("show", ""),
        "stp": after.get("stp", ""),
        "strategy": after.get("strategy", ""),
    }


def _exits(terms: OrderListRequest) -> dict[str, str] | None:
    """Target and protection of a bracket; None when its exits are others than those two fields can say."""
    found = {}
    for leg in terms.legs[1:]:
        if leg.side is terms.legs[0].side or leg.order_qty != terms.legs[0].order_qty:
            return None
        if leg.trailing_bips is not None or leg.peg_price_type is not None:
            return None
        if not leg.contingent and leg.price is not None:
            found["target"] = plain(leg.price)
        elif leg.ord_type is OrdType.STOP and not leg.take_profit and leg.trigger_price is not None:
            found["protect"] = plain(leg.trigger_price)
        else:
            return None
    return found
