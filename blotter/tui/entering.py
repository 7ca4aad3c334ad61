"""Entering an order: the draft in the console and the ticket, its review, and the desk's answer.

What may be sent, and when, is decided by `entry`; this shows each step and hands the one command over. It must never
take the focus from a hand that is typing something else.
"""

from collections.abc import Callable

from textual.content import Content
from textual.message import Message

from blotter.desk.change import Answer, Severity
from blotter.desk.command import AnyCommand
from blotter.trading.enums import OrdType
from blotter.trading.line import list_line, order_line
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.request import OrderListRequest, OrderRequest
from blotter.tui.deck import SECOND, Deck
from blotter.tui.entry import Entry, Reading, Stage
from blotter.tui.hints import draft_hint, review_lines, ticket_lines, warning_lines
from blotter.tui.keygate import Painted
from blotter.tui.order_words import side_style
from blotter.tui.reading import RELEASE, amend_line, held_line, is_order_line, list_terms, read


class Entering:
    """One entry at a time; those on their way to the desk are kept until they are answered."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.entry = Entry()
        self._sent: dict[str, tuple[Entry, int]] = {}  # and the UTC ns of the key
        self._painted = Painted()
        self._lifetime = int(deck.options.review_seconds * SECOND)
        self._begun = False  # the tape knows of this draft
        self._draft_lifetime = int(deck.options.draft_seconds * SECOND)

    @property
    def reviewing(self) -> bool:
        """Whether a review, with warnings or without, is on the screen."""
        return self.entry.standing

    def _read(self, line: str) -> Reading:
        return read(line, self._deck.market(), self._deck.known())

    # --- the draft -------------------------------------------------------------------------------------------

    def edit(self, line: str, *, in_ticket: bool = False) -> None:
        """The draft is this line now. `in_ticket`: the ticket composed it, and so shows it already."""
        line = line.removeprefix(":")
        self.leave_review()
        if is_order_line(line) or in_ticket:
            self.entry = self.entry.edit(self._read(line), self._deck.desk.mono())
            if not self._begun and self.entry.stage is Stage.DRAFT:
                self._begun = True
                self._act("draft begun")
            if not in_ticket:
                self._fill_ticket()
        else:
            self.entry = Entry()
            if not line.strip():
                self._begun = False
                self._deck.view.ticket.clear()
        self.show()

    def _fill_ticket(self) -> None:
        terms = self.entry.reading.terms
        if isinstance(terms, OrderRequest | OrderListRequest):
            self._deck.view.ticket.fill(terms, self._deck.quote_asset(terms.symbol))

    def draft(self, line: str) -> None:
        """Put a line into the console. What was there is one key up."""
        console = self._deck.view.console
        console.command.remember(self.entry.reading.line)
        console.turn("line")
        console.command.put(line)
        self.edit(line)

    def new(self) -> None:
        """An empty draft for the symbol in view."""
        self.draft("")
        self._deck.view.ticket.start(self._deck.symbol)
        self.focus()

    def clone(self, order: Order) -> None:
        """A draft with the terms of an order."""
        self.draft(order_line(order.current.request, self._deck.quote_asset(order.symbol)))
        self.focus()

    def clone_list(self, order_list: OrderList) -> None:
        """A draft with the terms of a list."""
        orders = self._deck.model.orders
        terms = list_terms(order_list.kind, [orders[id] for id in order_list.legs if id in orders])
        if terms is None:
            self._deck.say(
                f"{order_list.id} was placed elsewhere: its terms are not all known", Severity.WARNING
            )
            return
        self.draft(list_line(terms))
        self.focus()

    def clone_held(self, held: Held) -> None:
        """A draft with the terms of what is held."""
        symbol = held.request.symbol if held.request is not None else ""
        self.draft(held_line(held, self._deck.quote_asset(symbol)))
        self.focus()

    def release(self, held_id: str) -> None:
        """What is held, under review."""
        self.draft(f"{RELEASE} {held_id}")
        self.review()

    def amend(self, order: Order) -> None:
        """A draft that starts from an order's accepted terms."""
        if not order.open or order.current.request.ord_type is OrdType.MARKET:
            why = f"is {order.state.value}" if not order.open else "is a market order"
            self._deck.say(f"{order.id} {why}: nothing to amend", Severity.WARNING)
            return
        self.draft(amend_line(order))
        self._deck.view.ticket.amend(order)
        self.show()
        self.focus()

    def focus(self) -> None:
        """To where a draft is edited: the command line in the narrow layout, else the ticket."""
        self._deck.view.go("ticket")

    def drop(self) -> None:
        """Esc in the draft: it goes away, and is one key up."""
        console = self._deck.view.console
        console.command.remember(self.entry.reading.line)
        if self.entry.stage is Stage.DRAFT:
            self._act("draft dropped")
        self._begun = False
        self.entry = self.entry.drop()
        console.command.put("")
        self._deck.view.ticket.clear()
        self.show()
        self._deck.go_back()

    # --- the review ------------------------------------------------------------------------------------------

    def review(self) -> None:
        """Enter in the draft. One that was left for too long is read again, and reviewed by the next."""
        aged = self.entry.aged
        self.entry = self.entry.review(self._deck.desk.mono())
        if aged:
            self.entry = self.entry.refresh(self._read(self.entry.reading.line))
        if self.reviewing:
            self._act("review shown")
            self._open_review()
        else:
            self.show()

    def _open_review(self) -> None:
        console = self._deck.view.console
        room = max(1, self._deck.view.size.width - 4)
        lines = sum(max(1, -(-line.cell_length // room)) for line in self._lines())
        warned = self.entry.stage is Stage.WARNED
        strip = console.warning if warned else console.review
        self.show()
        console.turn("warning" if warned else "review", lines)
        strip.focus()
        self._painted.expect(strip, self._arm)

    def _lines(self) -> list[Content]:
        """What the strip says."""
        deck = self._deck
        draw = warning_lines if self.entry.stage is Stage.WARNED else review_lines
        return draw(
            self.entry,
            deck.model,
            mono=deck.desk.mono(),
            now=deck.desk.wall(),
            stale_after=deck.stale_after,
            lifetime=self._lifetime,
        )

    def _arm(self) -> None:
        self.entry = self.entry.painted(self._deck.desk.mono())

    def leave_review(self) -> None:
        """Esc in the review, or the focus went elsewhere: back to the draft."""
        if self.reviewing:
            self._act("review left")
            self.entry = self.entry.drop()
            self.show_line()
            self.show()

    def slept(self, why: str) -> None:
        """Nobody was there, or the machine was not: what was under way must be looked at again."""
        self.leave_review()
        self.entry = self.entry.age(why)
        self.show()

    def _act(self, what: str) -> None:
        """For the tape. The draft in our words for it: what was typed and not understood may be anything."""
        reading = self.entry.reading
        text = (
            reading.words if reading.ready else f"not complete: {reading.missing}" if reading.missing else ""
        )
        self._deck.act(what, text, symbol=reading.symbol)

    def show_line(self) -> None:
        """The console shows the line again. The focus comes along only from the strip that is going."""
        console = self._deck.view.console
        here = self._deck.view.focused in (console.review, console.warning)
        console.turn("line")
        if here:
            console.command.focus()

    def confirm(self, pressed_at: float) -> None:
        """The sending key: at most one command leaves, and the entry is spent.

        `pressed_at`: when the key was read from the terminal, which must be after the review was painted.
        """
        self._send(self.entry.confirm, pressed_at)

    def insist(self, pressed_at: float) -> None:
        """The key that accepts the warnings. As `confirm`."""
        self._send(self.entry.insist, pressed_at)

    def _send(
        self, step: Callable[[int, str, int], tuple[Entry, AnyCommand | None]], pressed_at: float
    ) -> None:
        if not self._painted.seen_by(pressed_at):
            return
        deck, console, before = self._deck, self._deck.view.console, self.entry
        self.entry, command = step(deck.desk.mono(), deck.new_id(), self._lifetime)
        if command is not None:
            deck.post(command, before.reading.words)
            self._sent[command.id] = before, deck.desk.wall() - int((Message().time - pressed_at) * SECOND)
            self._begun = False
            console.command.remember(before.reading.line)
            console.command.put("")
            console.turn("line")
            deck.view.ticket.clear()
            deck.go_back()
        elif self.entry.stage is Stage.DRAFT:
            self.show_line()
        self.show()

    def answered(self, answer: Answer, may_return: Callable[[], bool]) -> bool:
        """Take the desk's answer, if it is to an entry. `may_return`: whether the console is free to show it again."""
        sent, pressed_at = self._sent.pop(answer.id, (None, 0))
        if sent is None:
            return False
        deck, console = self._deck, self._deck.view.console
        if answer.ok:
            reading = sent.reading
            deck.act("sent", reading.words, order_ids=answer.order_ids, symbol=reading.symbol, at=pressed_at)
            deck.say(f"sent {', '.join(answer.order_ids)} {sent.reading.words}")
            return True
        where = f"{answer.field}: " if answer.field else ""
        verb = "warning" if answer.warning else "refused"
        deck.say(f"{verb}: {where}{answer.text} [{sent.reading.words}]", Severity.WARNING)
        if self.entry.stage is not Stage.EMPTY or console.command.value or not may_return():
            return True  # something else is being typed: the refused line is one key up
        self.entry = sent.answered(answer, deck.desk.mono())
        console.command.put(self.entry.reading.line)
        self._fill_ticket()
        if self.reviewing:
            self._open_review()
        else:
            self.show()
        return True

    # --- time ------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Drafts are read again as the market moves; reviews expire."""
        before, deck = self.entry, self._deck
        if before.stage is Stage.DRAFT and before.note is None:
            self.entry = before.refresh(self._read(before.reading.line))
        elif before.standing:
            self.entry = before.expire(deck.desk.mono(), self._lifetime)
            if not self.reviewing:
                self._act("review expired")
                self.show_line()
        self.entry = self.entry.outlive(deck.desk.mono(), self._draft_lifetime)
        if self.entry.stage is not Stage.EMPTY:
            self.show()

    def show(self) -> None:
        """Console and ticket say what the entry is."""
        deck, entry = self._deck, self.entry
        view, now = deck.view, deck.desk.wall()
        if self.entry.stage is Stage.WARNED:
            view.console.warning.show(*self._lines())
        elif self.reviewing:
            view.console.review.show(*self._lines())
            style = side_style(entry.reading.side)
            view.console.review.set_class(style == "$side-buy", "-buy")
            view.console.review.set_class(style == "$side-sell", "-sell")
        else:
            view.console.hint(*draft_hint(entry, deck.model, now=now, stale_after=deck.stale_after))
            view.console.command.mark([(wrong.start, wrong.end) for wrong in entry.reading.mistakes])
        view.ticket.outcome(
            ticket_lines(entry, deck.model, now=now, stale_after=deck.stale_after),
            side=entry.reading.side.name if entry.reading.side is not None else "",
            wrong=entry.reading.mistakes,
            field=entry.note.field if entry.note is not None else "",
        )
