"""STOP: what is open by symbol and side, and after the second press, what became of each cancel.

It stays until every order is answered or known to be unknown, and shows orders as they are, never as hoped.
"""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from blotter.trading.order import Order
from blotter.tui.actions import bindings
from blotter.tui.format import trimmed
from blotter.tui.line import Line, Piece, content
from blotter.tui.model import is_unknown
from blotter.tui.orders import state_cell

MOST = 9  # lines of results


def tally(orders: Sequence[Order]) -> list[tuple[str, str, int]]:
    """(symbol, side, count), most orders first."""
    counts = Counter((order.symbol, order.side.name) for order in orders)
    return [
        (symbol, side, count) for (symbol, side), count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    ]


def tally_words(orders: Sequence[Order]) -> list[Piece]:
    """`3 BUY BTCUSDT, 1 SELL ETHUSDT` in the sides' colours."""
    pieces: list[Piece] = []
    for symbol, side, count in tally(orders):
        pieces += [", "] if pieces else []
        pieces.append((f"{count} {side} {symbol}", "$side-buy" if side == "BUY" else "$side-sell"))
    return pieces


class StopPanel(Line, can_focus=True):
    """Above the console while a stop is under way."""

    DEFAULT_CSS = """
    StopPanel { display: none; height: 3; padding: 0 1; border-left: thick $danger; background: $danger 20%; }
    """
    BINDINGS: ClassVar = bindings("confirm")
    scope: ClassVar = "confirm"

    class Answered(Message):
        """`yes`: cancel all of it. No: leave them working; entry stays off."""

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    def action_yes(self) -> None:
        """Cancel all."""
        self.post_message(self.Answered(True))

    def action_no(self) -> None:
        """Put the panel away."""
        self.post_message(self.Answered(False))

    def present(self, orders: Sequence[Order], *, cancelling: bool, refused: str) -> None:
        """Show the victims: first their tally, then each one's fate. `refused`: what the desk said against it."""
        lines: list[Content] = []
        working = [order for order in orders if order.open]
        if not cancelling:
            lines.append(content(("ENTRY IS OFF.", "bold $danger"), f" {_still_working(len(working))}:"))
            lines.append(content(*(tally_words(working) or ["none"])))
            if working:
                keys: list[Piece] = [("F8", "bold"), " or ", ("y", "bold"), " cancels them all   "]
                lines.append(content(*keys, ("Esc", "bold"), " leaves them working   :resume turns entry on"))
            else:
                lines.append(
                    content("Nothing to cancel.   ", ("Esc", "bold"), " closes   :resume turns entry on")
                )
        else:
            gone = len(orders) - len(working)
            unknown = sum(1 for order in working if is_unknown(order))
            done = not working or unknown == len(working)
            title = "STOPPED." if done else "CANCELLING."
            tail: Piece = (f"  {unknown} unknown", "bold $state-unknown") if unknown else ""
            count = f" {gone} of {len(orders)} ended" if orders else " Nothing was open."
            lines.append(content((title, "bold $danger"), count, tail,
                                 (f"  {refused}" if refused else "", "$danger"),
                                 "   ", ("Esc", "bold"), " closes   :resume turns entry on"))  # fmt: skip
            ordered = sorted(orders, key=lambda order: (not is_unknown(order), not order.open, order.id))
            lines += [_fate(order) for order in ordered[:MOST]]
            if len(orders) > MOST:
                lines.append(content((f"and {len(orders) - MOST} more, all in the orders pane", "$dim")))
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
        self.show(*lines)


def _fate(order: Order) -> Content:
    """What has become of one order so far."""
    text, style = state_cell(order)
    side = "$side-buy" if order.side.name == "BUY" else "$side-sell"
    quantity = order.leaves_qty if order.open else order.order_qty
    what = f" {trimmed(quantity)} {order.symbol}  "
    return content(f"{order.id} ", (f"{order.side.name:<4}", side), what, (text, f"${style}"))


def _still_working(count: int) -> str:
    return "1 open order is still working" if count == 1 else f"{count} open orders are still working"
