"""STOP: what is open by symbol and side, and once all is to be cancelled, what became of each order.

It stays until every order is answered or known to be unknown, and shows orders as they are, never as hoped.
"""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

from textual.content import Content
from textual.message import Message

from blotter.desk.change import StopOutcome, StopResult, StopView
from blotter.trading.order import Order
from blotter.tui.actions import bindings
from blotter.tui.format import latency, trimmed
from blotter.tui.line import Line, Piece, content
from blotter.tui.model import is_unknown
from blotter.tui.order_words import side_style, state_cell
from blotter.tui.shown_keys import key

MOST: Final = 9  # orders told one by one
MOST_LOW: Final = 4  # on a low screen
LOW: Final = 30  # lines

RESULTS: Final = {
    StopResult.UNKNOWN: "bold $state-unknown",
    StopResult.NOT_SENT: "bold $danger",
    StopResult.REFUSED: "bold $danger",
    StopResult.SENT: "$state-pending",
    StopResult.FILLED: "$state-filled",
    StopResult.ENDED: "$state-cancelled",
    StopResult.CANCELED: "$state-cancelled",
}
"""How each result is drawn; those that need a person first."""
_RANK: Final = {result: rank for rank, result in enumerate(RESULTS)}


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
    no_answer = ""  # yes, while there is nothing to say it to

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

    def present(self, orders: Sequence[Order], *, cancelling: bool, refused: str, cause: str = "") -> None:
        """Show the victims: first their tally, then each one's fate. `refused`: what the desk said against it;
        `cause`: what pulled the stop, when it was not the key."""
        lines: list[Content] = []
        working = [order for order in orders if order.open]
        self.no_answer = "confirm.yes" if cancelling or not working else ""
        if not cancelling:
            why = f" {cause}:" if cause else ""
            lines.append(content(("ENTRY IS OFF.", "bold $danger"), f"{why} {_still_working(len(working))}:"))
            lines.append(content(*(tally_words(working) or ["none"])))
            if working:
                cancels: list[Piece] = [
                    (key("app.stop"), "bold"), " or ", (key("confirm.yes"), "bold"), " cancels them all   ",
                ]  # fmt: skip
                leaves = (key("confirm.no"), "bold")
                lines.append(content(*cancels, leaves, " leaves them working   :resume turns entry on"))
            else:
                lines.append(
                    content(
                        "Nothing to cancel.   ",
                        (key("confirm.no"), "bold"),
                        " closes   :resume turns entry on",
                    )
                )
        else:
            gone = len(orders) - len(working)
            unknown = sum(1 for order in working if is_unknown(order))
            done = not working or unknown == len(working)
            count = f" {gone} of {len(orders)} ended" if orders else " Nothing was open."
            lines.append(self._title(done, count, [(f"  {unknown} unknown", "bold $state-unknown")] if unknown else [],
                                     refused))  # fmt: skip
            ordered = sorted(orders, key=lambda order: (not is_unknown(order), not order.open, order.id))
            lines += self._cut([_fate(order) for order in ordered])
        self._put(lines)

    def report(self, view: StopView, *, refused: str) -> None:
        """What the desk reports of the stop: counts, then each order, those that need a person first."""
        self.no_answer = "confirm.yes"
        counts = Counter(outcome.result for outcome in view.outcomes)
        total = len(view.outcomes)
        waiting = counts[StopResult.SENT]
        pieces: list[Piece] = []
        for result, style in RESULTS.items():
            if counts[result]:
                pieces += ["  " if pieces else "", (f"{counts[result]} {result.value}", style)]
        done = view.done or not waiting
        lines = [
            self._title(done, f" {total - waiting} of {total} answered", [], refused),
            content(*pieces),
        ]
        took = view.written_in
        written = "" if took is None else f"   last cancel written {latency(took)} after the key"
        lines.append(content(("cause: ", "$dim"), (view.cause or "?", "bold"), (written, "$dim")))
        ordered = sorted(view.outcomes, key=lambda outcome: (_RANK[outcome.result], outcome.order_id))
        lines += self._cut([_outcome(outcome) for outcome in ordered])
        self._put(lines)

    def _title(self, done: bool, count: str, more: Sequence[Piece], refused: str) -> Content:
        ends: list[Piece] = [(f"  {refused}" if refused else "", "$danger"), "   "]
        ends += (
            [(key("confirm.no"), "bold"), " closes   :resume turns entry on"]
            if done
            else [("waiting", "$dim")]
        )
        return content(("STOPPED." if done else "CANCELLING.", "bold $danger"), count, *more, *ends)

    def _cut(self, lines: list[Content]) -> list[Content]:
        most = MOST if self.screen.size.height >= LOW else MOST_LOW
        if len(lines) <= most:
            return lines
        return [*lines[:most], content((f"and {len(lines) - most} more, all in the orders pane", "$dim"))]

    def _put(self, lines: list[Content]) -> None:
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
        self.show(*lines)


def _fate(order: Order) -> Content:
    """What has become of one order so far."""
    text, style = state_cell(order)
    quantity = order.leaves_qty if order.open else order.order_qty
    what = f" {trimmed(quantity)} {order.symbol}  "
    return content(
        f"{order.id} ", (f"{order.side.name:<4}", side_style(order.side)), what, (text, f"${style}")
    )


def _outcome(outcome: StopOutcome) -> Content:
    """What has become of the cancel of one order."""
    what = f" {trimmed(outcome.leaves_qty) + ' ' if outcome.leaves_qty else ''}{outcome.symbol}  "
    side = (f"{outcome.side.name:<4}", side_style(outcome.side))
    why = f"  {outcome.text}" if outcome.text else ""
    return content(
        f"{outcome.order_id} ", side, what, (outcome.result.value, RESULTS[outcome.result]), (why, "$dim")
    )


def _still_working(count: int) -> str:
    return "1 open order is still working" if count == 1 else f"{count} open orders are still working"
