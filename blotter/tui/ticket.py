"""The order ticket: the terms of the draft in fields. It writes the same line that can be typed below it.

One draft, two editors: a field that changes composes the line and posts it; a line typed below fills the fields.
The ticket judges nothing and sends nothing.
"""

from collections.abc import Iterable
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label

from blotter.trading.enums import ExecInst, OrdType
from blotter.trading.grammar import Mistake
from blotter.trading.request import OrderRequest
from blotter.tui.actions import bindings
from blotter.tui.guard import Guarded
from blotter.tui.line import Line
from blotter.tui.reading import AMEND, order_line

FIELDS: Final = ("side", "qty", "symbol", "price", "type", "tif", "post", "show", "stp")
_HINTS: Final = {
    "side": "buy or sell",
    "qty": "0.25, or 500usdt",
    "symbol": "btc",
    "price": "60123.1, bid, ask-1",
    "type": "limit, market",
    "tif": "gtc, ioc, fok",
    "post": "yes: may not take",
    "show": "visible part",
    "stp": "taker, maker, both",
}


class TicketInput(Guarded, Input):
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
    Ticket > .row > Label { width: 8; color: $dim; }
    Ticket TicketInput, Ticket TicketInput:focus { border: none; height: 1; padding: 0; width: 1fr; }
    Ticket TicketInput { background: transparent; }
    Ticket TicketInput:focus { background: $cursor-ground; }
    Ticket TicketInput.-wrong { color: $danger; text-style: underline bold; }
    Ticket.-buy #ticket-side { color: $side-buy; text-style: bold; }
    Ticket.-sell #ticket-side { color: $side-sell; text-style: bold; }
    Ticket > Line { height: 6; margin-top: 1; text-wrap: wrap; }
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

    def _lock(self, amends: str) -> None:
        self._amends = amends
        for name in FIELDS:
            self.fields[name].disabled = bool(amends) and name not in ("qty", "price")

    # --- in --------------------------------------------------------------------------------------------------

    def start(self, symbol: str) -> None:
        """An empty draft for a symbol."""
        self._lock("")
        self._put(symbol=symbol)

    def fill(self, request: OrderRequest, quote_asset: str) -> None:
        """Show the terms of an order."""
        self._lock("")
        words = order_line(request, quote_asset).split()
        after = {name: words[i + 1] for i, name in enumerate(words[:-1]) if name in ("show", "stp")}
        market = request.ord_type is OrdType.MARKET
        self._put(
            side=words[0],
            qty=words[1] if len(words) > 1 else "",
            symbol=request.symbol,
            price="" if market or request.price is None else f"{request.price:f}",
            type="market" if market else "",
            tif=next((word for word in words if word in ("gtc", "ioc", "fok")), ""),
            post="yes" if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE else "",
            show=after.get("show", ""),
            stp=after.get("stp", ""),
        )

    def amend(self, order_id: str, side: str, symbol: str, qty: str, price: str) -> None:
        """Show the accepted terms of a working order; quantity and price may change."""
        self._lock(order_id)
        self._put(side=side, symbol=symbol, qty=qty, price=price)

    def clear(self) -> None:
        """No draft."""
        self._lock("")
        self._put()

    def outcome(self, lines: Iterable[Content], *, side: str, wrong: Iterable[Mistake]) -> None:
        """What the terms come to, and which fields are at fault."""
        self._outcome.show(*lines)
        faulty = {self._at(mistake.start) for mistake in wrong}
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
        at = f"@ {price}" if price else ""
        if self._amends:
            return [("", f"{AMEND} {self._amends}"), ("qty", values["qty"]), ("price", at)]
        if not values["side"] and not values["qty"]:
            return []
        kind = values["type"].lower()
        post = values["post"].lower() not in ("", "no", "n", "-")
        found = [
            ("side", values["side"]),
            ("qty", values["qty"]),
            ("symbol", values["symbol"]),
            ("type", kind),
        ]
        found += [("price", at), ("tif", values["tif"]), ("post", "post" if post else "")]
        found += [(name, f"{name} {values[name]}" if values[name] else "") for name in ("show", "stp")]
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
