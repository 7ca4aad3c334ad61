"""The sessions in full: one card each, with every number the bar has no room for."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from blotter.desk.change import LinkView
from blotter.tui.format import DASH, age, clock, latency
from blotter.tui.guard import Guarded
from blotter.tui.line import Line, content
from blotter.tui.model import Model

CARD = 7  # lines


class Sessions(Guarded, VerticalScroll, can_focus=True):
    """Cards one below the other."""

    DEFAULT_CSS = """
    Sessions { height: 1fr; }
    Sessions > Line { height: 40; padding: 0 1; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._cards = Line(id="session-cards")

    def compose(self) -> ComposeResult:
        yield self._cards

    def present(self, model: Model, *, mono: int) -> None:
        """Show every session as of `mono`."""
        lines = [line for link in model.links.values() for line in (*_card(link, mono), content(""))]
        if model.desk is not None:
            lines += [
                content((f"{gauge.name:<16}", "$dim"), f"{gauge.used:,} of {gauge.maximum:,}")
                for gauge in model.desk.limits
            ]
        self._cards.show(*(lines or [content(("No session yet.", "$dim"))]))


def _ago(at: int | None, mono: int) -> str:
    return DASH if at is None else f"{age(mono - at)} ago"


def _card(link: LinkView, mono: int) -> list[Content]:
    offset = DASH if link.clock_offset is None else f"{link.clock_offset / 1e6:+.1f}ms"
    live = link.state.value == "live"
    retry = "" if link.retry_at is None else f"  next dial in {age(link.retry_at - mono)}"
    return [
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
