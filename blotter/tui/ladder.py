"""The static price ladder: prices stay, the market moves.

The promise to the hand on it: **what a row stands for changes by an act of that hand only** (cursor, wheel, `c`,
grouping) or when another symbol comes in; never because the market moved. A book that comes in redraws rows where they
are. It is centred by itself once, when a symbol's first book comes and there is no row yet.

It posts intents and sends nothing. A number that is not the market's is struck through; a price of which nobody knows
what shows there has a dot, never an empty cell.
"""

from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.message import Message

from blotter.tui.actions import bindings
from blotter.tui.ladder_rows import coarser, finer
from blotter.tui.ladder_window import LadderWindow

WHEEL: Final = 3
"""Rows a notch of the wheel."""


class Ladder(LadderWindow, can_focus=True):
    """The rows under a hand."""

    DEFAULT_CSS = Path(__file__).with_name("ladder.tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = bindings("depth")
    scope: ClassVar = "depth"

    class Asked(Message):
        """A verb at a price. `ids`: our orders there; of `cancel-view` all of ours on this ladder. `picked`: the order
        that was picked up, if any."""

        def __init__(
            self, verb: str, symbol: str, price: Decimal | None, ids: tuple[str, ...], picked: str
        ) -> None:
            super().__init__()
            self.verb = verb
            self.symbol = symbol
            self.price = price
            self.ids = ids
            self.picked = picked

    # --- keys ------------------------------------------------------------------------------------------------

    def action_down(self) -> None:
        """One row down."""
        self._step(-1)

    def action_up(self) -> None:
        """One row up."""
        self._step(1)

    def action_page_down(self) -> None:
        """Half a screen of lower prices."""
        self._scroll(-max(1, self._body // 2))

    def action_page_up(self) -> None:
        """Half a screen of higher prices."""
        self._scroll(max(1, self._body // 2))

    def action_to_bid(self) -> None:
        """To the best bid."""
        if self._view is not None and self._view.bid is not None and self._scale is not None:
            self._put_cursor(self._scale.below(self._view.bid))

    def action_to_ask(self) -> None:
        """To the best ask."""
        if self._view is not None and self._view.ask is not None and self._scale is not None:
            self._put_cursor(self._scale.above(self._view.ask))

    def action_centre(self) -> None:
        """The market into the middle."""
        if self._centre():
            self._fit()
            self.post_message(self.Moved())

    def action_coarser(self) -> None:
        """More ticks a row."""
        self._regroup(coarser(self.group))

    def action_finer(self) -> None:
        """Fewer ticks a row."""
        self._regroup(finer(self.group))

    def action_pick(self) -> None:
        """Pick up the order under the cursor, or lay it down."""
        ids = self.ids_here
        self.picked = "" if self.picked else ids[0] if len(ids) == 1 else ""
        self._update()
        self._ask("pick")
        self.post_message(self.Moved())

    def _ask(self, verb: str, ids: tuple[str, ...] | None = None) -> None:
        self.post_message(
            self.Asked(verb, self.symbol, self.price, self.ids_here if ids is None else ids, self.picked)
        )

    def action_buy(self) -> None:
        """Draft a buy at the cursor."""
        self._ask("buy")

    def action_sell(self) -> None:
        """Draft a sell at the cursor."""
        self._ask("sell")

    def action_amend(self) -> None:
        """Amend what is under the cursor, or move what is picked up to it: from here on the review has it."""
        self._ask("amend")
        if self.price is not None:
            self._lay_down()

    def action_cancel(self) -> None:
        """Cancel what is under the cursor."""
        self._ask("cancel")

    def action_cancel_view(self) -> None:
        """Cancel all of ours on this ladder."""
        self._ask("cancel-view", tuple(dict.fromkeys(m.order_id for m in self._marks if m.order_id)))

    def action_open(self) -> None:
        """Review the draft; without one, look at the order under the cursor."""
        self._ask("open")

    def action_clear(self) -> None:
        """Lay down what is picked up, else drop the draft."""
        if self.picked:
            self._lay_down()
        else:
            self._ask("clear")

    def _lay_down(self) -> None:
        self.picked = ""
        self._update()
        self.post_message(self.Moved())

    # --- mouse -----------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the row. A second click on the bids drafts a buy there, on the asks a sell."""
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1 or offset.y > len(self._looks) or self._top is None:
            return
        row = self._top - (offset.y - 1)
        again = event.chain == 2 and row == self._cursor
        self._put_cursor(row)
        if again and (side := self._columns.side_at(offset.x)):
            self._ask("buy" if side == "bid" else "sell")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Higher prices."""
        event.stop()
        self._scroll(WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Lower prices."""
        event.stop()
        self._scroll(-WHEEL)
