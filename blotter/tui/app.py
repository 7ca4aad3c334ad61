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

from blotter.desk.change import Answer, DeskPort, RecordingPort, SearchPort, Severity
from blotter.desk.command import Acknowledge
from blotter.tui.actions import ACTIONS, Action, bindings, key_name
from blotter.tui.alert_centre import AlertCentre
from blotter.tui.arranging import Arranging
from blotter.tui.asking import Asking
from blotter.tui.cancelling import Cancelling
from blotter.tui.console import CommandLine, QuestionStrip, Review, WarningReview
from blotter.tui.deck import Deck
from blotter.tui.differences import DifferencesGrid
from blotter.tui.entering import Entering
from blotter.tui.exporting import Exporting
from blotter.tui.feeding import Feeding
from blotter.tui.grid import Grid
from blotter.tui.guard import FailureRate, Guarded
from blotter.tui.keygate import InOrder
from blotter.tui.keymap import check_keymap, remapped, textual_keymap
from blotter.tui.ladder import Ladder
from blotter.tui.ladder_verbs import LadderVerbs
from blotter.tui.line import content
from blotter.tui.looking import Looking
from blotter.tui.market_panes import MarketPanes
from blotter.tui.notices import foremost
from blotter.tui.options import ScreenOptions
from blotter.tui.order_verbs import OrderVerbs
from blotter.tui.orders import OrdersGrid
from blotter.tui.pane import Pane
from blotter.tui.pane_keys import PaneKeys
from blotter.tui.performing import Performing
from blotter.tui.reading import is_order_line
from blotter.tui.rehearsing import RehearsalPort, Rehearsing
from blotter.tui.resizing import Resizing
from blotter.tui.room import Room
from blotter.tui.search import Searching
from blotter.tui.session_verbs import SessionVerbs
from blotter.tui.shown_keys import by_id
from blotter.tui.stop_panel import StopPanel
from blotter.tui.stopping import Stopping
from blotter.tui.tape_keys import TapeKeys
from blotter.tui.theming import Theming
from blotter.tui.ticket import Ticket
from blotter.tui.ticking import Ticking
from blotter.tui.verbs import Verbs
from blotter.tui.view_keys import ViewKeys

log = logging.getLogger("blotter.tui")

SLOW_HZ: Final = 10  # ages, bar, hints
LOOKS: Final = ("cancel", "cancel-view", "clear")
"""Verbs of the ladder that only take risk away."""


class BlotterApp(
    Guarded, PaneKeys, ViewKeys, Room, TapeKeys, Performing, Theming, InOrder, inherit_bindings=False
):
    """The screen of one desk.

    `run` returns what the person chose about open orders on leaving: "leave", "cancel" (all answered), or None when
    there was nothing to choose or the screen ended by itself.
    """

    TITLE = "Blotter"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [*bindings("app"), *bindings("recording")]
    CSS = """
    App { background: $background; }
    * { scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background; scrollbar-color: $foreground 30%; }
    /* The terminal's own colours cannot be mixed. */
    App:ansi * { scrollbar-color: ansi_bright_black; }
    App:ansi Review, App:ansi WarningReview, App:ansi QuestionStrip, App:ansi StopPanel, App:ansi StatusBar,
    App:ansi TimeBar { background: $panel; }
    App:nocolor Review, App:nocolor WarningReview, App:nocolor QuestionStrip, App:nocolor StopPanel {
        border-left: thick $foreground;
    }
    App:nocolor .-wide Pane:focus-within, App:nocolor .-medium Pane:focus-within { border: heavy $foreground; }
    Input > .input--placeholder { color: $dim; }
    """

    def __init__(
        self,
        desk: DeskPort,
        *,
        options: ScreenOptions | None = None,
        ids: Callable[[], str] | None = None,
        rehearsal: RehearsalPort | None = None,
        recording: RecordingPort | None = None,
        search: SearchPort | None = None,
    ) -> None:
        """`ids` gives command ids that are unique among this screen's; counting by default. `rehearsal`: the embedded
        exchange's faults, where the desk runs on one. `recording`: how to move in it, where `desk` is one.
        `search`: where all messages can be searched."""
        self.options = options or ScreenOptions()
        super().__init__()
        self.recording = recording
        self.deck = Deck(desk, self.options, ids)
        self.model = self.deck.model
        self.view = self.deck.view  # the desk screen, also while help lies over it
        self.entering = Entering(self.deck)
        self.asking = Asking(self.deck, self.entering, self.exit)
        self.stopping = Stopping(self.deck)
        self.searching = Searching(self.deck, search)
        self.looking = Looking(self.deck, self.searching)
        self.rehearsing = Rehearsing(self, self.deck, rehearsal)
        self.cancelling = Cancelling(self.deck, self.asking)
        self.ticking = Ticking(self.deck)
        self.exporting = Exporting(self.deck, self.asking, self.in_thread)
        ladder_verbs = LadderVerbs(self.deck, self.entering, self.cancelling, self.looking)
        self.markets = MarketPanes(self.deck, ladder_verbs)
        self.arranging = Arranging(self.deck, self.looking, self.in_thread)
        self.view.view_of = self.arranging.title
        self.resizing = Resizing(self.deck, self.in_thread)
        self.session_verbs = SessionVerbs(self.deck, self.asking)
        self.centre = AlertCentre(self.deck, self.looking, self.bell)
        self.order_verbs = OrderVerbs(
            self.deck, self.entering, self.asking, self.cancelling, self.ticking, self.looking
        )
        self.verbs = Verbs(
            self.deck,
            self.entering,
            self.asking,
            self.cancelling,
            self.order_verbs,
            self.ticking,
            self.stopping,
            self.looking,
            self,
        )
        self.feeding = Feeding(self.deck, self.looking, self.stopping, self._attempt)
        self.view.console.command.complete = self.deck.completions
        self._frames = 0
        self._since_slow = (
            self.options.fps
        )  # frames since the slow panes were fed: the first frame feeds them
        self._failures = FailureRate()
        self._up = False
        self._start_notices = (*self.start_theme(), *self.arranging.problems, *self.resizing.problems)
        self.actions: Sequence[Action] = ACTIONS
        if wrong := check_keymap(self.options.keymap):
            self._start_notices += tuple(f"key map not used: {problem}" for problem in wrong)
        else:
            self.actions = remapped(self.options.keymap)
            self.set_keymap(textual_keymap(self.options.keymap))
        self.urgent = frozenset(
            key_name(key) for action in self.actions if action.priority for key in action.keys
        )
        self.shown_keys = by_id(self.actions)
        for name, pane in self.view.panes.items():
            pane.number = self.shown_keys.get(f"app.{name}", pane.number)
        self.view.footer.actions = self.actions

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
        self._attempt(lambda: self.room_tick(frame, first=first))
        self.feeding.urgent(frame, first=first)
        self._attempt(self.searching.tick)
        self._attempt(self.markets.frame, frame)
        for answer in frame.answers:
            self._attempt(self._answered, answer)
        self._since_slow += 1
        if frame.answers or self._since_slow >= max(1, self.options.fps // SLOW_HZ):
            self._since_slow = 0
            self.feeding.slow(first=first)
            self._attempt(lambda: self.centre.slow(self.deck.desk.mono(), first=first))
            self._attempt(self._slow)

    def _answered(self, answer: Answer) -> None:
        what = self.deck.asked(answer.id)
        if self.markets.answered(answer):
            return
        if self.entering.answered(answer, lambda: self.asking.question is None and not self.stopping.active):
            return
        self.stopping.answered(answer)
        self.ticking.answered(answer)
        if not answer.ok:
            self.deck.say(f"{what or 'command'} refused: {answer.text}", Severity.ERROR)
        elif answer.text:
            self.deck.say(f"{what}: {answer.text}" if what else answer.text)

    def _slow(self) -> None:
        """What ages: ten times a second, and at once with everything urgent."""
        deck, view, model = self.deck, self.view, self.model
        mono, wall = deck.desk.mono(), deck.desk.wall()
        if deck.symbol not in model.instruments:
            deck.choose_symbol()
        view.status.present(
            model,
            mono=mono,
            wall=wall,
            stalled_after=self.options.desk_stalled_seconds,
            narrow=view.layout_class == "narrow",
            badges=(" READ-ONLY ",) if self.options.read_only else (" LOCKED ",) if deck.lock.locked else (),
        )
        view.footer.closed = bool(deck.closed)
        view.footer.cancels = deck.lock.locked and not self.options.read_only
        symbol = self.entering.entry.reading.symbol or deck.symbol
        if (desk := model.desk_of(symbol)) is not None:
            view.ticket.offer(desk.features)
        view.market.present(
            symbol,
            model.quotes.get(symbol),
            model.instruments.get(symbol),
            model.positions.get(symbol),
            now=wall,
            stale_after=deck.stale_after,
            recorded=self.recording is not None,
        )
        view.notice.present(foremost(model.notices, wall), wall)
        self.entering.tick()
        self.stopping.show()
        self.asking.tick()
        self.markets.slow(wall=wall)
        view.tick(mono=mono, wall=wall)

    # --- intents of the widgets ------------------------------------------------------------------------------

    @on(Input.Changed, "#command")
    def _command_typed(self, event: Input.Changed) -> None:
        self.entering.edit(event.value)

    @on(CommandLine.Reviewed)
    def _command_entered(self, event: CommandLine.Reviewed) -> None:
        line = event.line.strip().removeprefix(":").strip()
        if is_order_line(line):
            if not self.nothing_acts():
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
        if not self.nothing_acts():
            self.entering.review()

    @on(Review.Left)
    def _review_left(self, event: Message) -> None:
        self.entering.leave_review()

    @on(Review.Sent)
    def _review_confirmed(self, event: Message) -> None:
        self.entering.confirm(self.pressed_at)

    @on(WarningReview.Insisted)
    def _warnings_accepted(self, event: Message) -> None:
        self.entering.insist(self.pressed_at)

    @on(QuestionStrip.Answered)
    def _question_answered(self, event: QuestionStrip.Answered) -> None:
        self.asking.answer(event.answer, self.pressed_at)

    @on(StopPanel.Answered)
    def _stop_answered(self, event: StopPanel.Answered) -> None:
        self.stopping.answer(event.yes, self.pressed_at)

    @on(OrdersGrid.Asked)
    def _order_verb(self, event: OrdersGrid.Asked) -> None:
        if event.verb == "messages" or not self.nothing_acts(lowers_risk=event.verb.startswith("cancel")):
            self.order_verbs.run(event.verb, event.keys)

    @on(Ladder.Asked)
    def _ladder_verb(self, event: Ladder.Asked) -> None:
        if not self.nothing_acts(lowers_risk=event.verb in LOOKS):
            self.markets.asked(event)

    @on(DifferencesGrid.Acknowledged)
    def _difference_seen(self, event: DifferencesGrid.Acknowledged) -> None:
        for id in event.ids:
            self.deck.post(Acknowledge(id=self.deck.new_id(), difference_id=id), "difference seen")

    @on(Grid.CursorMoved)
    def _cursor_moved(self, event: Grid.CursorMoved) -> None:
        self.looking.cursor_moved(event.grid, event.key)

    @on(Grid.Opened)
    def _opened(self, event: Grid.Opened) -> None:
        if event.grid is self.view.watchlist:
            self.markets.opened(event.key)
        elif event.grid is self.view.notices.alarms:
            self.centre.opened(event.key)
        else:
            self.looking.opened(event.grid, event.key)

    @on(Grid.ViewChanged)
    def _view_changed(self, event: Grid.ViewChanged) -> None:
        inside = event.grid.parent is self.view.tape or event.grid is self.view.positions.grid
        pane = event.grid.parent.parent if inside and event.grid.parent else event.grid.parent
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
        if not self.nothing_acts():
            self.asking.drop()
            self.entering.new()

    def action_filter(self) -> None:
        """Filter the pane with the focus; the orders when that one has no filter."""
        pane = self.view.panes.get(self.view.focused_pane)
        if pane is None or not pane.open_filter():
            self.view.go("orders")
            self.view.panes["orders"].open_filter()

    def action_stop(self) -> None:
        """First press: entry off, at once. Second: cancel everything that is open. Works over everything."""
        if self.nothing_acts(lowers_risk=True):
            return
        self.stopping.press()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.asking.drop()
        self.entering.leave_review()
        self.stopping.open()

    async def action_quit(self) -> None:
        """Ask what is to become of open orders; an entry in the console is not sent."""
        self.asking.leave()

    def action_arm(self) -> None:
        """Arm for five minutes, or disarm."""
        if not self.nothing_acts():
            self.session_verbs.arm_or_disarm()

    def on_app_blur(self) -> None:
        """The terminal has lost the focus: what is typed next is meant for another window."""
        self.session_verbs.disarm("the terminal lost the focus")

    def rehearse(self, fault: str) -> None:
        """Inject a fault, or list them."""
        self.rehearsing.inject(fault) if fault else self.rehearsing.open()

    def action_rehearse(self) -> None:
        """List the faults of the embedded exchange."""
        if not self.nothing_acts():
            self.rehearsing.open()

    def action_repaint(self) -> None:
        """Draw everything again: something else wrote to the terminal."""
        self.refresh(layout=True, repaint=True)
