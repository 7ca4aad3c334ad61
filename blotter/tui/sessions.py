"""The sessions in full: one card each, with every number the bar has no room for."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message

from blotter.desk.change import DeskView, Gauge, LinkView
from blotter.tui.actions import bindings
from blotter.tui.format import DASH, age, clock, latency, window
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, Piece, content
from blotter.tui.model import Model

BAR: Final = 20  # cells
AMBER, RED = 80, 95  # percent of a limit


class Sessions(Guarded, VerticalScroll, can_focus=True):
    """Cards one below the other, then the rate limits."""

    DEFAULT_CSS = """
    Sessions { height: 1fr; }
    Sessions > Line { height: 48; padding: 0 1; }
    """
    BINDINGS: ClassVar = bindings("sessions")
    scope: ClassVar = "sessions"

    class Asked(Message):
        """A verb about the sessions."""

        def __init__(self, verb: str) -> None:
            super().__init__()
            self.verb = verb

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._cards = Line(id="session-cards")

    def compose(self) -> ComposeResult:
        yield self._cards

    def action_test(self) -> None:
        """Send a TestRequest."""
        self.post_message(self.Asked("test"))

    def action_hand_over(self) -> None:
        """To a new session."""
        self.post_message(self.Asked("hand-over"))

    def action_reconnect(self) -> None:
        """Log out and dial again."""
        self.post_message(self.Asked("reconnect"))

    def present(self, model: Model, *, mono: int) -> None:
        """Show every session as of `mono`."""
        lines = [line for link in model.links.values() for line in (*_card(link, mono), content(""))]
        if model.desk is not None:
            lines += _safety(model.desk, mono)
            lines += [gauge_line(gauge, mono) for gauge in model.desk.limits]
        self._cards.show(*(lines or [content(("No session yet.", "$dim"))]))


def _safety(desk: DeskView, mono: int) -> list[Content]:
    """Whether anybody checks what order entry says, and what becomes of open orders when it is lost."""
    lines = []
    if desk.drop_copy:
        lines.append(content(("drop copy  ", "$dim"), (f"no independent check: {desk.drop_copy}", "$warn")))
    if desk.when_disconnected:
        lines.append(content(("when lost  ", "$dim"), (desk.when_disconnected, "$warn")))
    lines.append(content(("dead man   ", "$dim"), *dead_man_words(desk, mono)))
    return [*lines, content("")]


def dead_man_words(desk: DeskView, mono: int) -> list[Piece]:
    """Our own rule that cancels by REST when order entry stays away."""
    if desk.dead_man is None:
        return [("off: open orders stay when order entry is lost", "$warn")]
    if desk.dead_man_at is not None:
        return [(f"CANCELS ALL BY REST IN {age(max(0, desk.dead_man_at - mono))}", "bold reverse $danger")]
    return [f"cancels by REST after {desk.dead_man:g} s without order entry"]


def gauge_style(gauge: Gauge) -> str:
    """Amber from 80 % on, red from 95 %."""
    if gauge.used * 100 >= gauge.maximum * RED:
        return "bold $danger"
    return "$warn" if gauge.used * 100 >= gauge.maximum * AMBER else ""


def gauge_name(gauge: Gauge) -> str:
    """`orders/1d`: the desk's name, the window as people say it."""
    if gauge.interval is None:
        return gauge.name
    return f"{gauge.name.removesuffix(f'/{gauge.interval}s')}/{window(gauge.interval)}"


def gauge_line(gauge: Gauge, mono: int) -> Content:
    """Name, bar, numbers, and how old the count is."""
    share = min(1.0, gauge.used / gauge.maximum) if gauge.maximum else 1.0
    full = round(share * BAR)
    style = gauge_style(gauge)
    return content(
        (f"{gauge_name(gauge):<18}", "$dim"), ("█" * full, style or "$ok"), ("░" * (BAR - full), "$dim"),
        (f" {gauge.used:,} of {gauge.maximum:,}", style), (f"  {age(max(0, mono - gauge.at))} ago", "$dim"),
    )  # fmt: skip


def _ago(at: int | None, mono: int) -> str:
    return DASH if at is None else f"{age(mono - at)} ago"


def _card(link: LinkView, mono: int) -> list[Content]:
    offset = DASH if link.clock_offset is None else f"{link.clock_offset / 1e6:+.1f}ms"
    live = link.state.value == "live"
    retry = "" if link.retry_at is None else f"  next dial in {age(link.retry_at - mono)}"
    lines = [
        content((link.name, "bold"), "  ", (link.state.value.upper(), "bold $ok" if live else "bold $danger"),
                f" since {clock(link.since)}", (f"  {link.reason}" if link.reason else "", "$danger"), retry),
        content(("endpoint   ", "$dim"), f"{link.endpoint or DASH}   comp id {link.comp_id or DASH}",
                f"   instance {link.instance}" if link.instance else ""),
        content(("numbers    ", "$dim"), f"next in {link.next_in:,}   next out {link.next_out:,}   "
                f"messages {link.messages_in:,} in, {link.messages_out:,} out"),
        content(("heartbeat  ", "$dim"), f"heard {_ago(link.last_in, mono)}, said {_ago(link.last_out, mono)}, "
                f"every {link.heart_bt_int} s",
                ("   TestRequest unanswered" if link.test_request_pending else "", "$warn")),
        content(("latency    ", "$dim"), f"round trip {latency(link.round_trip)}   clock {offset}   "
                f"reconnects {link.reconnects}"),
        content(("news       ", "$dim"), (link.headline or DASH, "$warn" if link.headline else "$dim")),
    ]  # fmt: skip
    if link.handover:
        lines.insert(1, content(("hand-over  ", "$dim"), (link.handover, "bold $warn")))
    return lines
