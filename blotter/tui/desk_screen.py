"""The desk: every pane once, laid out by the width of the terminal.

Under 120 columns one pane at a time, with tabs; under 180 the orders with one pane below and one beside them; from
180 on the full desk. Below 80 by 24 the bar, the counts and the stop key only, and it says so. What a pane shows is
the same in every layout: changing the width moves panes, it never makes new ones.

The screen is fed by the app (`present`), and shows; it never talks to the desk.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from blotter.tui.console import Console
from blotter.tui.depth_pane import Depth
from blotter.tui.differences import Alerts
from blotter.tui.executions import ExecutionsGrid
from blotter.tui.footer import Footer
from blotter.tui.grid import Grid
from blotter.tui.grid_marks import UNTIL_SEEN
from blotter.tui.guard import Guarded
from blotter.tui.history import History
from blotter.tui.inspector import Inspector
from blotter.tui.layout import Layout
from blotter.tui.line import Line, Piece, content
from blotter.tui.market_line import MarketLine
from blotter.tui.messages import MessagesGrid
from blotter.tui.model import Model
from blotter.tui.notices import NoticeLine
from blotter.tui.options import ScreenOptions
from blotter.tui.orders import OrdersGrid
from blotter.tui.pane import Pane
from blotter.tui.pane_sizes import Place, fit, place_of
from blotter.tui.positions import Positions
from blotter.tui.search_pane import HitsGrid, MessageTape
from blotter.tui.sessions import Sessions
from blotter.tui.shown_keys import key
from blotter.tui.status import StatusBar
from blotter.tui.stop_panel import StopPanel
from blotter.tui.ticket import Ticket
from blotter.tui.time_bar import TimeBar
from blotter.tui.trades_pane import TradesPane
from blotter.tui.watchlist import Watchlist

SECOND: Final = 1_000_000_000
TINY: Final = (80, 24)
LOWER: Final = ("executions", "trades", "watchlist", "messages", "notices", "sessions")
SIDE: Final = ("depth", "ticket", "positions", "history", "inspector")
TABS: Final = (
    "ticket", "depth", "orders", "executions", "messages", "positions", "history", "inspector", "sessions", "notices",
    "trades", "watchlist",
)  # fmt: skip
"""Order of the tabs: that of the built-in keys."""
MIDDLE: Final = ("executions", "trades", "watchlist")
"""One of these stands between orders and messages on the full desk: the one that was gone to last."""
COLUMNS: Final = {
    "left": ("depth", "ticket"),
    "main": ("orders", "executions", "trades", "watchlist", "messages", "notices", "sessions"),
    "right": ("positions", "history", "inspector"),
}

FRAMED: Final = ("testnet", "demo", "live")
"""Environments with frames of their own. Another class costs the start a look at every style."""


def _layout_class(width: int) -> str:
    return "narrow" if width < 120 else "medium" if width < 180 else "wide"


class DeskScreen(Guarded, Screen[None]):
    """All panes, the bar above them and the console below."""

    SCOPED_CSS = False  # its look depends on classes of the screen
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-medium"), (180, "-wide")]  # noqa: RUF012 - an instance variable there
    BINDINGS: ClassVar = [
        Binding("tab", "app.next_pane", show=False),
        Binding("shift+tab", "app.previous_pane", show=False),
    ]
    DEFAULT_CSS = """
    DeskScreen { layout: vertical; }
    #body { height: 1fr; }
    #body > Vertical { width: 1fr; }
    .-wide #left { width: 42; }
    .-wide #right { width: 46; }
    .-medium #left, .-medium #right { dock: right; width: 44; }
    .-wide #pane-ticket { height: 45%; min-height: 17; max-height: 26; }
    #ticket { height: 1fr; overflow-y: auto; scrollbar-size-vertical: 1; }
    #ticket > #ticket-outcome { dock: bottom; }
    .-wide #pane-orders, .-medium #pane-orders, .-wide #pane-sessions { height: 2fr; }
    #tabs, #chosen { display: none; }
    .-narrow #tabs, .-narrow #chosen { display: block; }
    #tabs { background: $panel; }
    #tiny { display: none; height: 1fr; text-wrap: wrap; padding: 1 2; }
    .-tiny #tiny { display: block; }
    .-tiny #body, .-tiny #tabs, .-tiny #chosen, .-tiny Console, .-tiny MarketLine, .-tiny NoticeLine { display: none; }
    """

    def __init__(self, model: Model, options: ScreenOptions, clock: Callable[[], int]) -> None:
        super().__init__(id="desk")
        self._model = model
        self._options = options
        self._stale_after = int(options.stale_quote_seconds * SECOND)
        self.active = "orders"
        self._lower = "messages"
        self._side = "depth"
        self._middle = "executions"
        self.behind = "orders"  # what the hand goes back to from a draft
        self.layout_of_panes = Layout()
        self.layout_changed: Callable[[], None] = lambda: None
        self.view_of: Callable[[str], str] = lambda pane: ""
        """The saved view that a pane shows, for its frame."""
        stale = self._stale_after
        self.status = StatusBar(id="status")
        self.time_bar = TimeBar(id="time-bar")
        marked = int(options.mark_seconds * SECOND) or UNTIL_SEEN
        self.orders = OrdersGrid(model.instruments, clock=clock, id="orders", mark_for=marked)
        self.executions = ExecutionsGrid(model.instruments, clock=clock, id="executions", mark_for=marked)
        self.messages = MessagesGrid(clock=clock, max_rows=options.max_messages, id="messages")
        self.tape = MessageTape(self.messages, HitsGrid(clock=clock, id="hits"), id="tape")
        self.positions = Positions(clock=clock, stale_after=stale, id="positions")
        self.history = History(clock=clock, id="history")
        self.inspector = Inspector(clock=clock, id="inspector")
        self.sessions = Sessions(id="sessions", read_only=options.read_only)
        self.notices = Alerts(clock=clock, id="notices")
        self.depth = Depth(levels=options.depth_levels, id="depth")
        self.trades = TradesPane(clock=clock, id="trades-pane")
        self.watchlist = Watchlist(clock=clock, stale_after=stale, id="watchlist")
        self.ticket = Ticket(id="ticket")
        self.console = Console(id="console")
        self.stop = StopPanel(id="stop")
        self.market = MarketLine(id="market")
        self.notice = NoticeLine(id="notice")
        self.footer = Footer(id="footer")
        self._tabs, self._tiny, self._chosen = Line(id="tabs"), Line(id="tiny"), Line(id="chosen")
        self._columns = {name: Vertical(id=name) for name in COLUMNS}
        self.panes = {
            "depth": Pane("2", "Depth", self.depth, id="pane-depth"),
            "ticket": Pane("1", "Ticket", self.ticket, id="pane-ticket"),
            "orders": Pane("3", "Orders", self.orders, id="pane-orders", filters=True),
            "executions": Pane("4", "Executions", self.executions, id="pane-executions", filters=True),
            "trades": Pane("P", "Trades", self.trades, id="pane-trades"),
            "watchlist": Pane("M", "Watchlist", self.watchlist, id="pane-watchlist"),
            "messages": Pane("5", "Messages", self.tape, id="pane-messages", filters=True),
            "positions": Pane("6", "Positions", self.positions, id="pane-positions", filters=True),
            "history": Pane("7", "History", self.history, id="pane-history"),
            "inspector": Pane("8", "Inspector", self.inspector, id="pane-inspector"),
            "sessions": Pane("9", "Sessions", self.sessions, id="pane-sessions"),
            "notices": Pane("0", "Notices", self.notices, id="pane-notices"),
        }

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.time_bar
        yield self._tabs
        yield self._tiny
        with Horizontal(id="body"):
            for column, names in COLUMNS.items():
                with self._columns[column]:
                    yield from (self.panes[name] for name in names)
        yield self.stop
        yield self.notice
        yield self.market
        yield self._chosen
        yield self.console
        yield self.footer

    # --- layout ----------------------------------------------------------------------------------------------

    @property
    def layout_class(self) -> str:
        """`narrow`, `medium` or `wide`."""
        return _layout_class(self.size.width)

    def _showing(self) -> set[str]:
        if self.layout_class == "narrow":
            return {self.behind if self.active == "ticket" else self.active}
        hidden = self.layout_of_panes.hides(self.layout_class) - {self.active}
        if self.layout_class == "medium":
            return {"orders", self._lower, self._side} - hidden
        middle = self.active if self.active in ("notices", "sessions") else self._middle
        return {"depth", "ticket", "positions", "orders", middle, "messages", "history", "inspector"} - hidden

    def lay_out(self) -> None:
        """Show the panes that this width has room for, the active one among them."""
        showing = self._showing()
        for name, pane in self.panes.items():
            pane.display = name in showing
        for column, names in COLUMNS.items():
            self._columns[column].display = any(name in showing for name in names)
        fit(self.layout_of_panes, self.layout_class, self._columns, self.panes)
        width, height = self.size
        self.set_class(width < TINY[0] or height < TINY[1], "-tiny")

    def on_screen_resume(self) -> None:
        """The class of this width, before all styles are worked out: the first resize finds it and need not do that
        again."""
        here = _layout_class(self.app.size.width)
        self.update_classes(
            {name: name == f"-{here}" for _, name in self.HORIZONTAL_BREAKPOINTS}, update=False
        )

    def on_resize(self, event: events.Resize) -> None:
        """Another width may be another layout."""
        self.lay_out()

    def go(self, name: str) -> None:
        """Make a pane the active one and focus it; in the narrow layout the command line is the ticket."""
        self._arrive(name)
        if name in self.layout_of_panes.hides(self.layout_class):
            self.layout_of_panes = self.layout_of_panes.show(self.layout_class, name)
            self.layout_changed()
        self.lay_out()
        if name == "ticket":
            if self.layout_class == "narrow":
                self.console.command.focus()
            else:
                self.ticket.focus_first()
        else:
            self.target(name).focus()

    def _arrive(self, name: str) -> None:
        if name != "ticket" or self.active != "ticket":
            here = self.active if name == "ticket" else name
            self.behind = "depth" if here == "depth" else "orders"
        self.active = name
        if name in MIDDLE:
            self._middle = name
        if name in LOWER:
            self._lower = name
        if name in SIDE:
            self._side = name

    def on_descendant_focus(self) -> None:
        """A click into a pane goes there too: a draft must lead back to where the hand was."""
        name = self.focused_pane
        if name and name != self.active and self.layout_class != "narrow":
            self._arrive(name)

    def place_of(self, pane: str, *, high: bool) -> Place | str:
        """What a key that changes the size of a pane changes; in words, why it cannot."""
        return place_of(pane, self.layout_class, self._columns, self.panes, high=high)

    def target(self, name: str) -> Widget:
        """What takes the focus in a pane."""
        match name:
            case "history":
                return self.history.grid
            case "positions":
                return self.positions.grid
            case "depth":
                return self.depth.ladder
            case "trades":
                return self.trades.grid
            case "messages":
                return self.tape.shown
            case "notices":
                return self.notices.differences if self._model.differences else self.notices.foremost
            case _:
                return self.panes[name].body

    def grid(self, name: str) -> Widget:
        """The list of a pane that is shown; where it has none, what it has."""
        return self.target(name) if name in ("messages", "positions") else self.panes[name].body

    def step(self, by: int) -> None:
        """To the next or previous pane that is shown; in the narrow layout through all of them."""
        names = list(self.panes)
        if self.layout_class != "narrow":
            names = [name for name in names if self.panes[name].display]
        here = self.focused_pane
        place = names.index(here) if here in names else -1 if by > 0 else 0
        self.go(names[(place + by) % len(names)])

    @property
    def focused_pane(self) -> str:
        """The pane with the focus; empty when it is below them."""
        focused = self.focused
        if focused is None:
            return ""
        for node in focused.ancestors_with_self:
            if isinstance(node, Pane):
                return (node.id or "").removeprefix("pane-")
        return ""

    @property
    def scope(self) -> str:
        """The registry's name for where the focus is."""
        focused = self.focused
        return str(getattr(focused, "scope", "grid" if self.focused_pane else "app"))

    def forget(self) -> None:
        """A recording was wound on or back: what the panes show is void."""
        for grid in (
            self.orders, self.executions, self.messages, self.positions.grid, self.notices.notices,
            self.notices.differences, self.trades.grid, self.watchlist,
        ):  # fmt: skip
            grid.clear()

    def refit(self) -> None:
        """The instruments changed: numbers are drawn anew with their decimals."""
        self.orders.refit()
        self.executions.refit()

    # --- what the app feeds ----------------------------------------------------------------------------------

    def tick(self, *, mono: int, wall: int) -> None:
        """What ages or is counted."""
        self.time_bar.present(self._model.replay)
        for grid in (self.orders, self.executions, self.messages):
            grid.tick(wall)
        if self.panes["watchlist"].display:
            self.watchlist.tick(wall)
        self.positions.tick(mono=mono, wall=wall)
        self.sessions.sample(self._model, mono=mono)
        if self.panes["sessions"].display:
            late = int(self._options.desk_stalled_seconds * SECOND)
            self.sessions.present(self._model, mono=mono, stalled_after=late)
        if self.has_class("-tiny"):
            self._show_tiny()
        self._frame_environment()
        counts = self._counts()
        for name, pane in self.panes.items():
            pane.entitle(counts.get(name, ""), self._frame_words(name))
        if self.layout_class == "narrow":
            self._show_tabs(counts)
        self.footer.present(self.scope, getattr(self.focused, "no_answer", ""))

    def _frame_environment(self) -> None:
        """Frames and bar tell where orders go. No other widget's style asks for it, so none is worked out anew."""
        desk, before = self._model.desk, self.classes
        here = desk.environment if desk is not None else ""
        self.update_classes({f"-env-{name}": name == here for name in FRAMED}, update=False)
        if self.classes != before:
            self.app.stylesheet.update_nodes([self.status, *self.panes.values()])

    def _frame_words(self, name: str) -> str:
        """Sort and filter for the frame of a pane."""
        body = self.grid(name)
        if name == "inspector":
            return f"{key('inspector.diff')} diff  {key('inspector.raw')} raw  {key('inspector.copy')} copy"
        if not isinstance(body, Grid):
            return self.view_of(name)
        column, descending = body.sort
        words = [self.view_of(name)] if self.view_of(name) else []
        words += [f"by {body.grouped_by}"] if body is self.orders and body.grouped_by else []
        words += [f"sort: {column}{'↓' if descending else '↑'}"] if column else []
        words += [f"/{body.filter_text}"] if body.filter_text else []
        if body is self.messages:
            words.append("follow ▼" if body.follow else f"held, {key('messages.follow')} follows")
        words += [f"{len(body.selected)} selected"] if body.selected else []
        return "  ".join(words)

    def _counts(self) -> dict[str, str]:
        model, ladder = self._model, self.depth.ladder
        rows = f"  rows ×{ladder.group}" if ladder.group > 1 else ""
        return {
            "depth": f"{ladder.symbol}{rows}",
            "trades": ladder.symbol,
            "watchlist": f"{len(model.quotes)}",
            "orders": f"{len(model.open)} open · {len(model.orders)}{self.orders.hidden_words}",
            "executions": f"{len(model.fills):,}",
            "messages": "" if self.messages.heartbeats or self.tape.searching else "heartbeats hidden",
            "positions": f"{sum(1 for p in model.positions.values() if p.net_qty)}",
            "sessions": f"{len(model.links)}",
            "notices": " · ".join(
                filter(
                    None,
                    (_counted(len(model.alarms), "alert"), _counted(len(model.differences), "difference")),
                )
            ),
            "inspector": "" if self.inspector.mode == "fields" else self.inspector.mode,
        }

    def _show_tabs(self, counts: dict[str, str]) -> None:
        short = {"orders": str(len(self._model.open)), "executions": counts["executions"],
                 "positions": counts["positions"]}  # fmt: skip
        words = {"ticket": "Tkt", "depth": "Dep", "orders": "Ord", "executions": "Exe", "messages": "Msg",
                 "positions": "Pos", "history": "His", "inspector": "Ins", "sessions": "Ses", "notices": "Not",
                 "trades": "rnt", "watchlist": "kt"}  # fmt: skip
        pieces: list[Piece] = []
        hidden = self.orders.hidden_words
        for name, pane in sorted(self.panes.items(), key=lambda pane: TABS.index(pane[0])):
            text = f"{pane.number}{words[name]}{' ' + short[name] if name in short else ''}"
            here = name == self.active
            if hidden and not here:
                text = pane.number  # the words that follow must not be cut off
            pieces += [(f"{text}", "bold reverse $primary" if here else "$foreground"), " "]
        pieces.append((hidden, "bold $danger"))
        view = self.view_of(self.active).removeprefix("view: ")
        text = getattr(self.grid(self.active), "filter_text", "") if self.active in self.panes else ""
        if view or text:
            pieces.append((f" {view}{' ' if view and text else ''}{'/' if text else ''}{text}", "$warn"))
        self._tabs.show(content(*pieces))

    def _show_tiny(self) -> None:
        """The page for a terminal that is too small."""
        width, height = self.size
        open_orders, unknown = len(self._model.open), self._model.unknown
        self._tiny.show(
            content((f"{width}x{height} is too small: 80x24 at least.", "bold $warn")),
            content(
                f"{open_orders} open orders, ",
                (f"{unknown} UNKNOWN", "$state-unknown" if unknown else "$dim"),
            ),
            content((key("app.stop"), "bold $danger"), " stops entry and cancels. Orders keep working."),
        )

    def show_chosen(self, line: Content) -> None:
        """The selected order in one line (narrow layout)."""
        self._chosen.show(line)


def _counted(count: int, what: str) -> str:
    """`2 alerts`; nothing for none."""
    return f"{count:,} {what}{'s' if count > 1 else ''}" if count else ""
