"""The sessions in full: one card each, one of them chosen, the verbs of that one below it."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.css.scalar import Scalar
from textual.geometry import Region
from textual.message import Message

from blotter.desk.change import DeskView
from blotter.tui.actions import bindings
from blotter.tui.format import age
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, Piece, content
from blotter.tui.many_sessions import crowd, stands_still
from blotter.tui.model import Model
from blotter.tui.session_card import card, gauge_line, gauges_of
from blotter.tui.session_rates import SessionRates
from blotter.tui.session_table import closed


class Sessions(Guarded, VerticalScroll, can_focus=True):
    """Cards one below the other, then what belongs to no session."""

    DEFAULT_CSS = """
    Sessions { height: 1fr; }
    Sessions > Line { padding: 0 1; }
    """
    BINDINGS: ClassVar = bindings("sessions")
    scope: ClassVar = "sessions"

    class Asked(Message):
        """A verb about one session; "" while none is chosen."""

        def __init__(self, verb: str, session: str) -> None:
            super().__init__()
            self.verb = verb
            self.session = session

    def __init__(self, *, id: str, read_only: bool = False) -> None:
        super().__init__(id=id)
        self._cards = Line(id="session-cards")
        self._rates = SessionRates()
        self._read_only = read_only
        self._names: list[str] = []
        self._places: dict[str, tuple[int, int]] = {}  # first line of a card, and how many
        self.chosen = ""
        self._arrived = False

    def on_show(self) -> None:
        """Somebody has come here: of many sessions the worst is the one to look at."""
        self._arrived = True

    def compose(self) -> ComposeResult:
        yield self._cards

    # --- verbs ---------------------------------------------------------------------------------------------

    def _ask(self, verb: str) -> None:
        self.post_message(self.Asked(verb, self.chosen))

    def action_test(self) -> None:
        """Send a TestRequest."""
        self._ask("test")

    def action_hand_over(self) -> None:
        """To a new session."""
        self._ask("hand over")

    def action_reconnect(self) -> None:
        """Log out and dial again."""
        self._ask("reconnect")

    def action_log_out(self) -> None:
        """Stay down."""
        self._ask("log out")

    def action_log_on(self) -> None:
        """Dial again."""
        self._ask("log on")

    def action_down(self) -> None:
        """The next card."""
        self._choose(1)

    def action_up(self) -> None:
        """The card before."""
        self._choose(-1)

    def _choose(self, by: int) -> None:
        if self._names:
            here = self._names.index(self.chosen) if self.chosen in self._names else 0
            self.chosen = self._names[max(0, min(len(self._names) - 1, here + by))]
            first, lines = self._places.get(self.chosen, (0, 1))
            self.scroll_to_region(Region(0, first, 1, lines), animate=False, force=True)

    # --- showing -------------------------------------------------------------------------------------------

    def sample(self, model: Model, *, mono: int) -> None:
        """Count on, also while nobody looks."""
        for link in model.links.values():
            self._rates.sample(link, mono)

    def present(self, model: Model, *, mono: int, stalled_after: int) -> None:
        """Show every session as of `mono`. `stalled_after`: ns for which a desk may stand still."""
        self._names = list(model.links)
        if self.chosen not in model.links:
            self.chosen = next(iter(model.links), "")
        arrived, self._arrived = self._arrived and bool(model.venues), False
        if arrived and (sick := crowd(model.links, model.by_venue, mono, stalled_after).sick):
            self.chosen = sick[0].name
        gauges = model.desk.limits if model.desk is not None else ()
        why_closed, lines, shown = closed(model, self._read_only), list[Content](), set[str]()
        for name, link in model.links.items():
            own = gauges_of(name, gauges)
            stalled = stands_still(name, model.by_venue, mono, stalled_after) > 0
            shown.update(gauge.name for gauge in own)
            made = card(
                link, mono, rate=self._rates.rate(name), gauges=own, chosen=name == self.chosen, stalled=stalled,
                closed=why_closed, width=self.scrollable_content_region.width - 2,
            )  # fmt: skip
            self._places[name] = (len(lines), len(made))
            lines += [*made, content("")]
        if model.desk is not None:
            lines += [*_pulses(model.by_venue, mono), *_safety(model.desk, mono)]
            for gauge in gauges:
                if gauge.name not in shown:
                    still = stands_still(gauge.name, model.by_venue, mono, stalled_after) > 0
                    lines.append(gauge_line(gauge, mono, stalled=still))
        lines = lines or [content(("No session yet.", "$dim"))]
        if self._cards.styles.height != Scalar.from_number(len(lines)):
            self._cards.styles.height = len(lines)
        self._cards.show(*lines)
        if arrived:
            self._choose(0)


def _pulses(desks: Mapping[str, DeskView], mono: int) -> list[Content]:
    """Of each desk: a screen that is alive says nothing of them."""
    return [
        content((f"  {venue or 'desk':<10} ", "$dim"), f"pulse {age(max(0, mono - desk.pulse))} ago")
        for venue, desk in desks.items()
    ]


def _safety(desk: DeskView, mono: int) -> list[Content]:
    """Whether anybody checks what order entry says, and what becomes of open orders when it is lost."""
    lines = []
    if desk.drop_copy:
        lines.append(content(("  drop copy  ", "$dim"), (f"no independent check: {desk.drop_copy}", "$warn")))
    if desk.when_disconnected:
        lines.append(content(("  when lost  ", "$dim"), (desk.when_disconnected, "$warn")))
    lines.append(content(("  dead man   ", "$dim"), *dead_man_words(desk, mono)))
    return [*lines, content("")]


def dead_man_words(desk: DeskView, mono: int) -> list[Piece]:
    """Our own rule that cancels by REST when order entry stays away."""
    if desk.dead_man is None:
        return [("off: open orders stay when order entry is lost", "$warn")]
    if desk.dead_man_at is not None:
        return [(f"CANCELS ALL BY REST IN {age(max(0, desk.dead_man_at - mono))}", "bold reverse $danger")]
    return [f"cancels by REST after {desk.dead_man:g} s without order entry"]
