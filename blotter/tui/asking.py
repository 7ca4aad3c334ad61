"""Questions in the console, and what hangs on their answers: cancels of several orders, and leaving.

A question names its victims: how many orders, of which symbols and sides. Nothing here refuses a cancel; one order
goes without a question.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from textual.content import Content

from blotter.desk.command import AnyCommand, Cancel, CancelAll, MassCancelSymbol
from blotter.tui.deck import SECOND, Deck
from blotter.tui.entering import Entering
from blotter.tui.entry import Stage
from blotter.tui.keygate import Painted
from blotter.tui.line import Piece, content
from blotter.tui.model import is_unknown
from blotter.tui.stop_panel import tally_words

NAMED: Final = 12  # orders that a question names one by one
PATIENCE: Final = 5 * SECOND  # how long leaving waits for cancels before it asks again

YES_CANCELS: Final = content(
    (" y ", "bold reverse $danger"), " cancels them    ", ("Esc", "bold"), " leaves them"
)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`then` gets "yes", "no" or one of `choices`; "no" changes nothing."""

    lines: tuple[Content, ...]
    then: Callable[[str], None]
    choices: str = ""


class Asking:
    """At most one question at a time; a new one takes the place of the old, which is then answered by no."""

    def __init__(self, deck: Deck, entering: Entering, leave: Callable[[str | None], None]) -> None:
        self._deck = deck
        self._entering = entering
        self._leave_now = leave  # takes what was chosen: "leave", "cancel" or, with nothing open, nothing
        self.question: Question | None = None
        self._painted = Painted()
        self._leaving_since: int | None = None

    def ask(self, question: Question) -> None:
        """Ask in the console. A review that stands there goes back to its draft."""
        self._entering.leave_review()
        self.question = question
        strip = self._deck.view.console.question
        strip.choices = question.choices
        strip.show(*question.lines)
        self._deck.view.console.turn("question")
        strip.focus()
        self._painted.expect(strip)

    def drop(self) -> None:
        """Take the question away unanswered."""
        if self.question is not None:
            self.question = None
            self._deck.view.console.turn("line")

    def answer(self, answer: str, pressed_at: float) -> None:
        """The answer to the question that stands; none, if none stands or it was not on the screen at the key."""
        question = self.question
        if answer != "no" and not self._painted.seen_by(pressed_at):
            return
        if question is None or (answer == "yes" and question.choices):
            return  # where there are choices, yes is none of them
        self.question = None
        question.then(answer)
        if self.question is None:
            console = self._deck.view.console
            here = self._deck.view.focused is console.question
            console.turn("line")
            if here:
                self._deck.go_back()
            self._entering.show()

    # --- cancels ---------------------------------------------------------------------------------------------

    def cancel(self, order_ids: Sequence[str], *, ask: bool = False) -> None:
        """Cancel the open ones among these: one at once, several after a question."""
        orders = self._deck.model.orders
        targets = [orders[id] for id in order_ids if id in orders and orders[id].open]
        ids = [order.id for order in targets]
        if not targets:
            one = orders.get(order_ids[0]) if len(order_ids) == 1 else None
            self._deck.say(
                f"nothing to cancel: {one.id} is {one.state.value}" if one else "nothing to cancel"
            )
        elif len(targets) == 1 and not ask:
            self._cancel_now(ids)
        else:
            first = content(
                ("CANCEL ", "bold $danger"), (f"{_orders(len(ids))}:  ", "bold"), *tally_words(targets)
            )
            self._ask_cancel(first, content((_names(ids), "$dim")), lambda: self._cancel_now(ids))

    def _cancel_now(self, ids: Sequence[str]) -> None:
        still = tuple(id for id in ids if self._deck.model.orders[id].open)
        if not still:
            self._deck.say("nothing to cancel: they have all ended meanwhile")
            return
        self.send(Cancel(id=self._deck.new_id(), order_ids=still),
                  f"cancel of {still[0] if len(still) == 1 else _orders(len(still))}")  # fmt: skip
        self._deck.view.orders.clear_selection()

    def cancel_all(self, symbol: str | None) -> None:
        """Cancel every open order of ours, or of one symbol, after a question."""
        where = "ALL" if symbol is None else symbol
        targets = [order for order in self._deck.model.open.values() if symbol in (None, order.symbol)]
        tally: list[Piece] = tally_words(targets) or ["none known here"]
        command = CancelAll(id=self._deck.new_id(), symbol=symbol)
        first = content((f"CANCEL {where} ", "bold $danger"), (f"{_orders(len(targets))}:  ", "bold"), *tally)
        second = content(("Those that the desk knows by then go too.", "$dim"))
        self._ask_cancel(first, second, lambda: self.send(command, f"cancel {where.lower()}"))

    def mass_cancel(self, symbol: str) -> None:
        """The venue's own mass cancel, after a question that says whom else it hits."""
        command = MassCancelSymbol(id=self._deck.new_id(), symbol=symbol)
        first = content(("MASS CANCEL ", "bold $danger"), (symbol, "bold"), " at the venue")
        second = content(("This hits the whole account: orders of other sessions and programs too.", "$warn"))
        self._ask_cancel(first, second, lambda: self.send(command, f"mass cancel of {symbol}"))

    def _ask_cancel(self, first: Content, second: Content, go: Callable[[], None]) -> None:
        self.ask(
            Question(
                lines=(first, second, YES_CANCELS), then=lambda answer: go() if answer == "yes" else None
            )
        )

    def send(self, command: AnyCommand, what: str) -> None:
        """Post, and say so."""
        self._deck.post(command, what)
        self._deck.say(f"{what} asked")

    # --- leaving ---------------------------------------------------------------------------------------------

    def leave(self, before: str = "") -> None:
        """Ask what is to become of open orders, then leave. `before`: why it is asked again."""
        working = list(self._deck.model.open.values())
        draft = "  The draft is not sent." if self._entering.entry.stage is not Stage.EMPTY else ""
        esc: list[Piece] = [("Esc", "bold"), " stays"]
        lines: tuple[Content, ...]
        if not working:
            lines = (
                content(("QUIT?", "bold"), f"  No open orders.{draft}"),
                content((" y ", "bold reverse $danger"), " quits    ", *esc),
            )
            self.ask(
                Question(lines=lines, then=lambda answer: self._leave_now(None) if answer == "yes" else None)
            )
            return
        lines = (
            content(("QUIT?  ", "bold"), (before, "bold $warn"), f"{_orders(len(working))} open: ",
                    *tally_words(working), draft),
            content(("Left working, they can fill while nobody looks; the next start finds them.", "$dim")),
            content((" l ", "bold reverse $warn"), " leaves them working    ",
                    (" c ", "bold reverse $danger"), " cancels them, then quits    ", *esc),
        )  # fmt: skip
        self.ask(Question(lines=lines, choices="lc", then=self._left))

    def _left(self, answer: str) -> None:
        if answer == "l":
            self._leave_now("leave")
        elif answer == "c":
            self.send(CancelAll(id=self._deck.new_id()), "cancel all before leaving")
            self._leaving_since = self._deck.desk.mono()

    def tick(self) -> None:
        """While leaving waits for cancels: go when all are answered, ask again when they are not."""
        if self._leaving_since is None:
            return
        working = list(self._deck.model.open.values())
        if not working:
            self._leaving_since = None
            self._leave_now("cancel")
        elif all(map(is_unknown, working)) or self._deck.desk.mono() - self._leaving_since > PATIENCE:
            self._leaving_since = None
            self.leave("not all cancels were answered: ")


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"
