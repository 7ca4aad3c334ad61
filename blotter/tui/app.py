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
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from blotter.desk.change import Answer, DeskPort, Frame, MessageSeen, Notice, Severity
from blotter.trading.ledger import Fill
from blotter.tui.actions import ACTIONS, Action, bindings, check_keymap, remapped, textual_keymap
from blotter.tui.asking import Asking
from blotter.tui.console import CommandLine, QuestionStrip, Review
from blotter.tui.deck import Deck
from blotter.tui.entering import Entering
from blotter.tui.grid import Grid
from blotter.tui.guard import FailureRate, Guarded
from blotter.tui.help_screen import HelpScreen
from blotter.tui.inspector import Inspector
from blotter.tui.keygate import InOrder
from blotter.tui.line import content
from blotter.tui.looking import Looking
from blotter.tui.model import fill_key
from blotter.tui.options import ScreenOptions
from blotter.tui.orders import OrdersGrid
from blotter.tui.pane import Pane
from blotter.tui.pane_keys import PaneKeys
from blotter.tui.positions import Holding
from blotter.tui.reading import is_order_line
from blotter.tui.stop_panel import StopPanel
from blotter.tui.stopping import Stopping
from blotter.tui.themes import DEFAULT, load_themes, variable_defaults
from blotter.tui.ticket import Ticket
from blotter.tui.verbs import Verbs

log = logging.getLogger("blotter.tui")

SLOW_HZ: Final = 10  # ages, bar, hints


class Held:
    """What the slow panes have not been told yet."""

    def __init__(self) -> None:
        self.fills: list[Fill] = []
        self.messages: list[MessageSeen] = []
        self.messages_dropped = 0
        self.symbols: set[str] = set()
        self.notices: list[Notice] = []

    def take(self, frame: Frame) -> None:
        """Add a frame's."""
        self.fills += frame.fills
        self.messages += frame.messages
        self.messages_dropped += frame.messages_dropped
        self.symbols.update(frame.positions, frame.quotes)
        self.notices += frame.notices


class BlotterApp(Guarded, PaneKeys, InOrder, inherit_bindings=False):
    """The screen of one desk.

    `run` returns what the person chose about open orders on leaving: "leave", "cancel" (all answered), or None when
    there was nothing to choose or the screen ended by itself.
    """

    TITLE = "Blotter"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = bindings("app")
    CSS = """
    App { background: $background; }
    * { scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background; scrollbar-color: $foreground 30%; }
    Input > .input--placeholder { color: $dim; }
    """

    def __init__(
        self, desk: DeskPort, *, options: ScreenOptions | None = None, ids: Callable[[], str] | None = None
    ) -> None:
        """`ids` gives command ids that are unique among this screen's; counting by default."""
        self.options = options or ScreenOptions()
        super().__init__()
        self.deck = Deck(desk, self.options, ids)
        self.model = self.deck.model
        self.view = self.deck.view  # the desk screen, also while help lies over it
        self.entering = Entering(self.deck)
        self.asking = Asking(self.deck, self.entering, self.exit)
        self.stopping = Stopping(self.deck)
        self.looking = Looking(self.deck)
        self.verbs = Verbs(self.deck, self.entering, self.asking, self.stopping, self.looking, self)
        self._frames = 0
        self._since_slow = (
            self.options.fps
        )  # frames since the slow panes were fed: the first frame feeds them
        self._held = Held()
        self._failures = FailureRate()
        self._up = False
        found = load_themes(self.options.theme_folder)
        for theme in found.themes.values():
            self.register_theme(theme)
        self._start_notices = found.problems
        self.actions: Sequence[Action] = ACTIONS
        if wrong := check_keymap(self.options.keymap):
            self._start_notices += tuple(f"key map not used: {problem}" for problem in wrong)
        else:
            self.actions = remapped(self.options.keymap)
            self.set_keymap(textual_keymap(self.options.keymap))
        self.urgent = frozenset(key for action in self.actions if action.priority for key in action.keys)
        self.view.footer.actions = self.actions
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
        try:
            self.deck.say(text, Severity.ERROR)
        except Exception:
            log.exception("the list of notices cannot be drawn; the line below the panes has it")

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
        self.frame_passed()
        first = self._frames == 0
        self._frames += 1
        if frame.instruments and not first:
            self._attempt(self.view.refit)  # decimals may have changed
        if frame.orders:
            self._attempt(self._feed_orders, frame, first)
        self._held.take(frame)
        for answer in frame.answers:
            self._attempt(self._answered, answer)
        self._since_slow += 1
        if frame.answers or self._since_slow >= max(1, self.options.fps // SLOW_HZ):
            self._since_slow = 0
            self._attempt(self._feed_held, first)
            self._attempt(self._slow)

    def _feed_orders(self, frame: Frame, first: bool) -> None:
        self.view.orders.upsert(frame.orders, mark=not first)
        if self.looking.chosen in frame.orders:
            self.looking.show()
        self.stopping.show()

    def _feed_held(self, first: bool) -> None:
        """Panes where every new row moves all others: at reading speed, whatever the rate."""
        held, self._held = self._held, Held()
        if held.fills:
            rows = {fill_key(fill): fill for fill in held.fills}
            self._attempt(lambda: self.view.executions.upsert(rows, mark=not first))
        if held.messages:
            self._attempt(self._feed_messages, held)
        if held.symbols:
            self._attempt(self._feed_positions, held.symbols)
        if held.notices:
            self._attempt(self.deck.show_notices, held.notices)

    def _feed_messages(self, held: "Held") -> None:
        self.view.messages.upsert((self.deck.next_key(), message) for message in held.messages)
        if held.messages_dropped:
            self.deck.say(f"{held.messages_dropped:,} messages are on the tape but were too many to show")
        chosen = self.looking.chosen
        if chosen and any(message.order_id == chosen for message in held.messages):
            self.looking.show()

    def _feed_positions(self, symbols: set[str]) -> None:
        model = self.model
        rows = {
            symbol: Holding(
                position=model.positions[symbol],
                quote=model.quotes.get(symbol),
                instrument=model.instruments.get(symbol),
            )
            for symbol in symbols
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
        self.entering.confirm(self.pressed_at)

    @on(QuestionStrip.Answered)
    def _question_answered(self, event: QuestionStrip.Answered) -> None:
        self.asking.answer(event.answer, self.pressed_at)

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
        self.looking.show_messages_of(event.order_id)

    @on(Inspector.Copied)
    def _copied(self, event: Inspector.Copied) -> None:
        self.copy_to_clipboard(event.text)
        self.deck.say(f"copied {len(event.text)} characters to the terminal's clipboard (OSC 52)")

    @on(Grid.CursorMoved)
    def _cursor_moved(self, event: Grid.CursorMoved) -> None:
        self.looking.cursor_moved(event.grid, event.key)

    @on(Grid.Opened)
    def _opened(self, event: Grid.Opened) -> None:
        self.looking.opened(event.grid, event.key)

    @on(Grid.ViewChanged)
    def _view_changed(self, event: Grid.ViewChanged) -> None:
        pane = event.grid.parent
        if isinstance(pane, Pane) and pane.filters and pane.filter_words != event.grid.filter_text:
            pane.set_filter(event.grid.filter_text)

    @on(Pane.Filtered)
    def _filtered(self, event: Pane.Filtered) -> None:
        self.looking.filter(event.pane, event.words)

    # --- keys of the whole screen ----------------------------------------------------------------------------

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
            self.push_screen(HelpScreen(self.view.scope, self.actions))

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
