"""What the ladder's keys do. Nothing goes out by one of them but a cancel: a price becomes a draft or an amend under
review, and takes the same way to the desk as one that was typed."""

from decimal import Decimal

import msgspec

from blotter.desk.change import Severity
from blotter.trading.decimals import plain
from blotter.trading.enums import OrdType, Side
from blotter.trading.line import order_line
from blotter.trading.presets import ANY
from blotter.trading.request import OrderRequest
from blotter.tui.cancelling import Cancelling
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.entry import Stage
from blotter.tui.ladder import Ladder
from blotter.tui.ladder_own import DRAFT, Own
from blotter.tui.looking import Looking
from blotter.tui.shown_keys import key


class LadderVerbs:
    """Takes `Ladder.Asked`."""

    def __init__(self, deck: Deck, entering: Entering, cancelling: Cancelling, looking: Looking) -> None:
        self._deck = deck
        self._entering = entering
        self._cancelling = cancelling
        self._looking = looking
        self._sizes: dict[str, Decimal] = {}  # what the last draft was for, by symbol

    def run(self, asked: Ladder.Asked, *, doubt: str) -> None:
        """`doubt`: why the book may not be believed, "" when it may."""
        match asked.verb:
            case "buy" | "sell":
                self._draft(asked, doubt)
            case "amend":
                self._amend(asked)
            case "cancel":
                if asked.ids:
                    self._cancelling.lines(asked.ids)
                else:
                    self._warn("cancel: none of yours is at this price")
            case "cancel-view":
                if asked.ids:
                    self._cancelling.lines(asked.ids, ask=True)
                else:
                    self._warn(f"cancel: none of yours in {asked.symbol}")
            case "pick":
                if not asked.picked and len(asked.ids) != 1:
                    several = f"{len(asked.ids)} are" if asked.ids else "none of yours is"
                    self._warn(f"pick up: {several} at this price, one is needed")
            case "open":
                self._open(asked)
            case "clear":
                if self._entering.entry.stage is not Stage.EMPTY:
                    self._entering.drop()

    def remember(self) -> None:
        """What is being drafted says how much the next draft is for."""
        terms = self._entering.entry.reading.terms
        if isinstance(terms, OrderRequest) and terms.order_qty is not None:
            self._sizes[terms.symbol] = terms.order_qty

    def draft_mark(self, symbol: str) -> list[Own]:
        """Where the draft would stand."""
        terms = self._entering.entry.reading.terms
        if not isinstance(terms, OrderRequest) or terms.symbol != symbol or terms.price is None:
            return []
        return [Own(DRAFT, terms.side, terms.price, terms.order_qty, "◇", "held", 0)]

    def _warn(self, text: str) -> None:
        self._deck.say(text, Severity.WARNING)

    # --- drafts ----------------------------------------------------------------------------------------------

    def _draft(self, asked: Ladder.Asked, doubt: str) -> None:
        if asked.price is None:
            self._warn(f"{asked.verb}: no price is under the cursor")
            return
        side = Side.BUY if asked.verb == "buy" else Side.SELL
        self.remember()
        if doubt:
            self._warn(f"the price is yours, not the market's: the book of {asked.symbol} is stale ({doubt})")
        line, quantity = self._line(side, asked.symbol, asked.price)
        self._entering.draft(line)
        if not quantity:
            command = self._deck.view.console.command
            command.focus()
            command.cursor_position = len(asked.verb) + 1

    def _line(self, side: Side, symbol: str, price: Decimal) -> tuple[str, bool]:
        """The draft, and whether it says how much. A draft of the same kind that stands there keeps its other terms."""
        entry = self._entering.entry
        terms = entry.reading.terms
        if (
            entry.stage is Stage.DRAFT
            and isinstance(terms, OrderRequest)
            and terms.symbol == symbol
            and terms.ord_type is OrdType.LIMIT
        ):
            same = msgspec.structs.replace(terms, side=side, price=price)
            return order_line(same, self._deck.quote_asset(symbol)), True
        presets = self._deck.options.presets
        how_much = plain(self._sizes[symbol]) if symbol in self._sizes else ""
        if not how_much and (presets.get(symbol) or presets.get(ANY)):
            how_much = "#1"
        return f"{side.name.lower()} {how_much} {symbol} @ {plain(price)}", bool(how_much)

    def _open(self, asked: Ladder.Asked) -> None:
        if self._entering.entry.stage is Stage.DRAFT:
            self._entering.review()
        elif asked.ids:
            self._looking.choose(asked.ids[0])
        else:
            buys, sells = key("depth.buy"), key("depth.sell")
            self._deck.say(f"nothing here to open: {buys} drafts a buy at this price, {sells} a sell")

    # --- amends ----------------------------------------------------------------------------------------------

    def _amend(self, asked: Ladder.Asked) -> None:
        orders = self._deck.model.orders
        if asked.picked:
            order = orders.get(asked.picked)
            if order is None or not order.open:
                self._warn(f"amend: {asked.picked} is gone")
            elif asked.price is None:
                self._warn("amend: no price is under the cursor")
            elif order.price is None or order.current.request.contingent:
                self._entering.amend(order)
            else:
                self._entering.draft(f"amend {order.id} @ {plain(asked.price)}")
                self._entering.review()
        elif len(asked.ids) == 1:
            self._entering.amend(orders[asked.ids[0]])
        elif asked.ids:
            self._warn(f"amend: {', '.join(asked.ids)} are at this price; one at a time, in the orders (3)")
        else:
            self._warn("amend: none of yours is at this price")
