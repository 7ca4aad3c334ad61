"""The application: one drain of the desk a frame, one post a command, and the panes fed with what changed.

The screen is a reader of the desk's facts and a writer of commands, nothing else: no network, no disk, no waiting in
its loop. Thirty times a second it drains the change feed and hands each widget what changed; widgets post intents
back, which this class passes to the dialogues (`entering`, `asking`, `stopping`, `verbs`). What it must never do: send
without a review and a second key, send twice for one confirmation, or let anything (a question, a review, a stop, a
failed handler) stand before a cancel or the stop key.

What a failing handler does to the screen is described in `guard`. On top of that, every part of a frame is fed on its
own, so that a pane that cannot show its share does not keep the others from theirs.
"""

import gc
import logging
from collections.abc import Callable
from typing import Any, ClassVar, Final

from textual import on
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from blotter.desk.change import Answer, DeskPort, Frame, MessageSeen, Severity
from blotter.trading.order import Order
from blotter.tui import executions, messages, orders
from blotter.tui.asking import Asking
from blotter.tui.console import CommandLine, QuestionStrip, Review
from blotter.tui.deck import Deck
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.entering import Entering
from blotter.tui.filtering import row_filter
from blotter.tui.format import latency, trimmed
from blotter.tui.grid import Grid
from blotter.tui.guard import FailureRate, Guarded
from blotter.tui.help_screen import HelpScreen
from blotter.tui.hints import side_style
from blotter.tui.inspector import Inspector
from blotter.tui.keygate import InOrder
from blotter.tui.keys import EVERY_ACTION, bindings
from blotter.tui.line import Piece, content
from blotter.tui.model import fill_key
from blotter.tui.options import ScreenOptions
from blotter.tui.orders import OrdersGrid, order_type, state_cell
from blotter.tui.pane import Pane
from blotter.tui.positions import Holding
from blotter.tui.reading import is_order_line
from blotter.tui.stop_panel import StopPanel
from blotter.tui.stopping import Stopping
from blotter.tui.themes import DEFAULT, load_themes, variable_defaults
from blotter.tui.ticket import Ticket
from blotter.tui.verbs import Verbs

log = logging.getLogger("blotter.tui")

SLOW_HZ: Final = 10  # ages, bar, hints


class BlotterApp(Guarded, InOrder, inherit_bindings=False):
    """The screen of one desk."""

    TITLE = "Blotter"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = bindings("app")
    urgent: ClassVar = frozenset(key for action in EVERY_ACTION if action.priority for key in action.keys)
    CSS = "App { background: $background; }"

    def __init__(
        self, desk: DeskPort, *, options: ScreenOptions | None = None, ids: Callable[[], str] | None = None
    ) -> None:
        """`ids` gives command ids that are unique among this screen's; counting by default."""
        self.options = options or ScreenOptions()
        super().__init__()
        self.deck = Deck(desk, self.options, ids)
        self.model = self.deck.model
        self.entering = Entering(self.deck)
        self.asking = Asking(self.deck, self.entering, self.exit)
        self.stopping = Stopping(self.deck)
        self.verbs = Verbs(self.deck, self.entering, self.asking, self.stopping, self)
        self.chosen = ""  # the order in view
        self._frames = 0
        self._failures = FailureRate()
        self._up = False
        found = load_themes()
        for theme in found.themes.values():
            self.register_theme(theme)
        self._start_notices = found.problems
        if self.options.theme in self.available_themes:
            self.theme = self.options.theme
        else:
            self.theme = DEFAULT
            self._start_notices += (f"theme {self.options.theme!r} does not exist, using {DEFAULT}",)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every signal colour has a value in every theme."""
        return variable_defaults()

    def get_default_screen(self) -> Screen[Any]:
        """The desk is the only screen below dialogues."""
        return self.deck.view

    @property
    def view(self) -> DeskScreen:
        """The desk screen, also while help lies over it."""
        return self.deck.view

    # --- life ------------------------------------------------------------------------------------------------

    def on_ready(self) -> None:
        """First frame, then the timer. The garbage of the start is set aside: collecting it costs 57 ms a time."""
        self._up = True
        self._frame()
        for problem in self._start_notices:
            self.deck.say(problem, Severity.WARNING)
        self.entering.show()
        self.view.go("orders")
        gc.collect()
        gc.freeze()
        self.set_interval(1 / self.options.fps, self._frame)

    def report_failure(self, error: Exception) -> None:
        """Log and show what a handler raised; raise it where going on would be a lie."""
        if not self._up or not self.options.survive or self._failures.too_many():
            raise error
        log.error("a handler of the screen failed", exc_info=error)
        text = f"screen: {type(error).__name__}: {error} (logged; orders are not affected)"
        self.deck.say(text, Severity.ERROR)

    def _fatal_error(self) -> None:
        """The screen ends. Textual would print every local variable; the log has the traceback without them."""
        self.bell()
        error = self._exception
        if error is not None:
            log.critical("the screen has ended", exc_info=error)
            self._exit_renderables.append(f"blotter: the screen has ended: {type(error).__name__}: {error}")
        self._close_messages_no_wait()

    def _attempt(self, step: Callable[..., None], *args: object) -> None:
        try:
            step(*args)
        except Exception as error:
            self.report_failure(error)

    # --- the frame -------------------------------------------------------------------------------------------

    def _frame(self) -> None:
        """Drain the desk and feed what changed. A timer calls this: what escapes it would stop the clock."""
        if not self.view.is_running:
            return  # the widgets are being taken down
        try:
            frame = self.deck.desk.drain()
            self.model.apply(frame)
        except Exception as error:
            self.report_failure(error)
            return
        first = self._frames == 0
        self._frames += 1
        if frame.orders:
            self._attempt(self._feed_orders, frame, first)
        if frame.fills:
            rows = {fill_key(fill): fill for fill in frame.fills}
            self._attempt(lambda: self.view.executions.upsert(rows, mark=not first))
        if frame.messages:
            self._attempt(self._feed_messages, frame)
        if frame.positions or frame.quotes:
            self._attempt(self._feed_positions, frame)
        if frame.notices:
            self._attempt(self.deck.show_notices, frame.notices)
        for answer in frame.answers:
            self._attempt(self._answered, answer)
        urgent = frame.desk is not None or bool(frame.links) or bool(frame.answers)
        if urgent or self._frames % max(1, self.options.fps // SLOW_HZ) == 0:
            self._attempt(self._slow)

    def _feed_orders(self, frame: Frame, first: bool) -> None:
        self.view.orders.upsert(frame.orders, mark=not first)
        if self.chosen in frame.orders:
            self._show_chosen()
        self.stopping.show()

    def _feed_messages(self, frame: Frame) -> None:
        self.view.messages.upsert((self.deck.next_key(), message) for message in frame.messages)
        if frame.messages_dropped:
            self.deck.say(f"{frame.messages_dropped:,} messages are on the tape but were too many to show")
        if self.chosen and any(message.order_id == self.chosen for message in frame.messages):
            self._show_chosen()

    def _feed_positions(self, frame: Frame) -> None:
        model = self.model
        rows = {
            symbol: Holding(
                position=model.positions[symbol],
                quote=model.quotes.get(symbol),
                instrument=model.instruments.get(symbol),
            )
            for symbol in {*frame.positions, *frame.quotes}
            if symbol in model.positions
        }
        self.view.positions.upsert(rows, mark=False)

    def _answered(self, answer: Answer) -> None:
        what = self.deck.asked(answer.id)
        if self.entering.answered(answer, lambda: self.asking.question is None and not self.stopping.active):
            return
        self.stopping.answered(answer)
        if not answer.ok:
            self.deck.say(f"{what or 'command'} refused: {answer.text}", Severity.ERROR)
        elif answer.text:
            self.deck.say(f"{what}: {answer.text}" if what else answer.text)

    def _slow(self) -> None:
        """What ages: ten times a second, and at once with everything urgent."""
        deck, view, model = self.deck, self.view, self.model
        mono, wall = deck.desk.mono(), deck.desk.wall()
        if not deck.symbol and model.instruments:
            deck.symbol = "BTCUSDT" if "BTCUSDT" in model.instruments else next(iter(model.instruments))
        view.status.present(
            model,
            mono=mono,
            wall=wall,
            stalled_after=self.options.desk_stalled_seconds,
            narrow=view.layout_class == "narrow",
        )
        symbol = self.entering.entry.reading.symbol or deck.symbol
        view.market.present(
            symbol,
            model.quotes.get(symbol),
            model.instruments.get(symbol),
            model.positions.get(symbol),
            now=wall,
            stale_after=deck.stale_after,
        )
        view.notice.present(model.notices[-1] if model.notices else None, wall)
        self.entering.tick()
        self.stopping.show()
        self.asking.tick()
        view.tick(mono=mono, wall=wall)

    # --- intents of the widgets ------------------------------------------------------------------------------

    @on(Input.Changed, "#command")
    def _command_typed(self, event: Input.Changed) -> None:
        self.entering.edit(event.value)

    @on(CommandLine.Reviewed)
    def _command_entered(self, event: CommandLine.Reviewed) -> None:
        line = event.line.strip().removeprefix(":").strip()
        if is_order_line(line):
            self.entering.review()
        elif line:
            self._run(line)
        else:
            self.deck.go_back()

    def _run(self, line: str) -> None:
        console = self.view.console
        if wrong := self.verbs.run(line):
            console.hint(content((f"✗ {wrong}", "$danger")), content((":help lists the verbs", "$dim")))
            return
        console.command.remember(line)
        drafting = bool(self.entering.entry.reading.line)  # amend and clone put a draft there
        if not drafting:
            console.command.put("")
            if self.asking.question is None and not self.stopping.active:
                self.deck.go_back()

    @on(CommandLine.Dropped)
    @on(Ticket.Dropped)
    def _draft_dropped(self, event: Message) -> None:
        self.entering.drop()

    @on(Ticket.Edited)
    def _ticket_edited(self, event: Ticket.Edited) -> None:
        self.view.console.command.put(event.line)
        self.entering.edit(event.line, in_ticket=True)

    @on(Ticket.Reviewed)
    def _ticket_entered(self, event: Message) -> None:
        self.entering.review()

    @on(Review.Left)
    def _review_left(self, event: Message) -> None:
        self.entering.leave_review()

    @on(Review.Sent)
    def _review_confirmed(self, event: Message) -> None:
        self.entering.confirm()

    @on(QuestionStrip.Answered)
    def _question_answered(self, event: QuestionStrip.Answered) -> None:
        self.asking.answer(event.answer)

    @on(StopPanel.Answered)
    def _stop_answered(self, event: StopPanel.Answered) -> None:
        self.stopping.answer(event.yes)

    @on(OrdersGrid.CancelAsked)
    def _cancel_asked(self, event: OrdersGrid.CancelAsked) -> None:
        self.asking.cancel(event.order_ids, ask=event.view)

    @on(OrdersGrid.CloneAsked)
    def _clone_asked(self, event: OrdersGrid.CloneAsked) -> None:
        self.entering.clone(self.model.orders[event.order_id])

    @on(OrdersGrid.AmendAsked)
    def _amend_asked(self, event: OrdersGrid.AmendAsked) -> None:
        self.entering.amend(self.model.orders[event.order_id])

    @on(OrdersGrid.MessagesAsked)
    def _messages_asked(self, event: OrdersGrid.MessagesAsked) -> None:
        self.show_messages_of(event.order_id)

    @on(Inspector.Copied)
    def _copied(self, event: Inspector.Copied) -> None:
        self.copy_to_clipboard(event.text)
        self.deck.say(f"copied {len(event.text)} characters to the terminal's clipboard (OSC 52)")

    # --- what is looked at -----------------------------------------------------------------------------------

    def choose(self, order_id: str) -> None:
        """The order in view: its symbol, history and newest message follow."""
        self.chosen = order_id
        if order := self.model.orders.get(order_id):
            self.deck.symbol = order.symbol
        self._show_chosen()
        found = self.model.messages_of(order_id)
        if found:
            self._inspect(found[-1])

    def _show_chosen(self) -> None:
        order = self.model.orders.get(self.chosen)
        self.view.history.present(order, self.model.messages_of(self.chosen))
        self.view.show_chosen(_in_one_line(order) if order is not None else [("no order selected", "$dim")])

    def _inspect(self, message: MessageSeen) -> None:
        earlier = [m for m in self.model.messages_of(message.order_id) if m.row < message.row and m.row]
        before = self.deck.desk.explain(earlier[-1].raw) if earlier else []
        self.view.inspector.inspect(message.raw, self.deck.desk.explain(message.raw), before)

    @on(Grid.CursorMoved)
    def _cursor_moved(self, event: Grid.CursorMoved) -> None:
        grid, key = event.grid, event.key
        if key is None:
            return
        if grid is self.view.orders:
            self.choose(key)
        elif self.view.focused is not grid:
            return  # it moved by itself, nobody looks at it
        elif grid is self.view.executions:
            self.choose(self.view.executions.row(key).order_id)
        elif grid is self.view.messages:
            self._inspect(self.view.messages.row(key))
        elif grid.id == "history-steps":
            self._inspect(grid.row(key).message)
        elif grid is self.view.positions:
            self.deck.symbol = key

    @on(Grid.Opened)
    def _opened(self, event: Grid.Opened) -> None:
        if event.grid is self.view.orders:
            self.choose(event.key)
            self.view.go("history")
        elif event.grid is self.view.executions:
            self.choose(self.view.executions.row(event.key).order_id)
            self.view.go("history")
        elif event.grid is self.view.messages:
            self._inspect(self.view.messages.row(event.key))
            self.view.go("inspector")
        elif event.grid.id == "history-steps":
            self._inspect(event.grid.row(event.key).message)
            self.view.go("inspector")

    @on(Grid.ViewChanged)
    def _view_changed(self, event: Grid.ViewChanged) -> None:
        pane = event.grid.parent
        if isinstance(pane, Pane) and pane.filters and pane.filter_words != event.grid.filter_text:
            pane.set_filter(event.grid.filter_text)

    @on(Pane.Filtered)
    def _filtered(self, event: Pane.Filtered) -> None:
        view, words = self.view, event.words
        if event.pane.body is view.orders:
            view.orders.set_filter(row_filter(words, orders.FILTERS), words)
        elif event.pane.body is view.executions:
            view.executions.set_filter(row_filter(words, executions.FILTERS), words)
        elif event.pane.body is view.messages:
            view.messages.search(words)

    def show_messages_of(self, order_id: str) -> None:
        """The message tape of one order; of all when empty."""
        self.view.panes["messages"].set_filter(f"{messages.OF_ORDER}:{order_id}" if order_id else "")
        self.view.go("messages")

    # --- keys of the whole screen ----------------------------------------------------------------------------

    def action_orders(self) -> None:
        """Go to the orders."""
        self.view.go("orders")

    def action_executions(self) -> None:
        """Go to the executions."""
        self.view.go("executions")

    def action_messages(self) -> None:
        """Go to the message tape."""
        self.view.go("messages")

    def action_positions(self) -> None:
        """Go to the positions."""
        self.view.go("positions")

    def action_history(self) -> None:
        """Go to the order's history."""
        self.view.go("history")

    def action_inspector(self) -> None:
        """Go to the inspector."""
        self.view.go("inspector")

    def action_sessions(self) -> None:
        """Go to the sessions."""
        self.view.go("sessions")

    def action_notices(self) -> None:
        """Go to the list of notices."""
        self.view.go("notices")

    def action_ticket(self) -> None:
        """Go to the ticket; in the narrow layout that is the command line."""
        self.view.go("ticket")

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self.view.step(1)

    def action_previous_pane(self) -> None:
        """Go to the previous pane."""
        self.view.step(-1)

    def action_command(self) -> None:
        """Open the command line."""
        self.asking.drop()
        self.entering.leave_review()
        self.view.console.command.focus()

    def action_new_ticket(self) -> None:
        """An empty draft for the symbol in view. What was typed before is one key up."""
        self.asking.drop()
        self.entering.new()

    def action_filter(self) -> None:
        """Filter the pane with the focus; the orders when that one has no filter."""
        pane = self.view.panes.get(self.view.focused_pane)
        if pane is None or not pane.open_filter():
            self.view.go("orders")
            self.view.panes["orders"].open_filter()

    def action_help(self) -> None:
        """Keys and verbs."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.view.scope))

    def action_stop(self) -> None:
        """First press: entry off, at once. Second: cancel everything that is open. Works over everything."""
        self.stopping.press()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.asking.drop()
        self.entering.leave_review()
        self.stopping.open()

    async def action_quit(self) -> None:
        """Ask what is to become of open orders; an entry in the console is not sent."""
        self.asking.leave()

    def use_theme(self, name: str) -> str:
        """Another theme; what is wrong, when there is none of that name."""
        if name not in self.available_themes:
            return f"{name} is not a theme; there are {', '.join(sorted(self.available_themes))}"
        self.theme = name
        return ""

    def action_repaint(self) -> None:
        """Draw everything again: something else wrote to the terminal."""
        self.refresh(layout=True, repaint=True)


def _in_one_line(order: Order) -> list[Piece]:
    """The selected order below the panes."""
    text, style = state_cell(order)
    ack = "" if order.acked_at is None else f"  ack {latency(order.acked_at - order.created_at)}"
    price = "market" if order.price is None else f"@ {trimmed(order.price)}"
    return [
        ("▸ ", "$warn"), (order.id, "bold"), "  ", (order.side.name, f"bold {side_style(order.side)}"),
        f" {trimmed(order.order_qty)} {order.symbol} {price} {order_type(order)}  ",
        (text, f"${style}"), (f"{ack}  venue {order.current.order_id or '—'}", "$dim"),
    ]  # fmt: skip
