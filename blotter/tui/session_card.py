"""One session's card: every number the bar has no room for, each with its age, and what can be done and what cannot.

Pure: lines from a `LinkView` and the desk's clock. What belongs to a session that is not live, or to a desk that stands
still, is struck through: it was true once.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Final

from textual.content import Content

from blotter.desk.change import Gauge, LinkState, LinkView
from blotter.tui.format import DASH, age, clock, latency, window
from blotter.tui.line import Piece, content
from blotter.tui.session_rates import Rate
from blotter.tui.session_table import VERBS
from blotter.tui.shown_keys import key

SECOND: Final = 1_000_000_000
BAR: Final = 20  # cells
INDENT: Final = 13  # cells of the titles on the left
AMBER, RED = 80, 95  # percent of a limit
SPARKS: Final = "▁▂▃▄▅▆▇█"
LATE_AMBER, LATE_RED = 1.2, 2.0  # times HeartBtInt
ERRORS: Final = 3  # newest shown

STATE_STYLES: Final[Mapping[LinkState, str]] = {LinkState.LIVE: "bold $ok"}


def heartbeat_style(ns: int, heart_bt_int: int) -> str:
    """How an age is drawn beside the heartbeat interval (seconds) that was agreed."""
    if ns > LATE_RED * heart_bt_int * SECOND:
        return "$danger strike"
    if ns > LATE_AMBER * heart_bt_int * SECOND:
        return "bold $warn"
    return ""


def sparkline(values: Sequence[int]) -> str:
    """The highest is full; equal ones are low."""
    if not values:
        return ""
    low, high = min(values), max(values)
    span = high - low or 1
    return "".join(SPARKS[(value - low) * (len(SPARKS) - 1) // span] for value in values)


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def card(
    link: LinkView,
    mono: int,
    *,
    rate: Rate | None,
    gauges: Sequence[Gauge],
    chosen: bool,
    stalled: bool,
    closed: str,
    width: int = 100,
) -> list[Content]:
    """`stalled`: the desk's pulse is old. `closed`: why no verb can be used. `width`: cells there are for a line."""
    fresh = link.state is LinkState.LIVE and not stalled
    old = "" if fresh else "strike $stale"
    lines = [_head(link, mono, chosen), *_where(link), _numbers(link, old), *_gap(link)]
    lines += [_heard(link, mono, stalled, old), _round_trip(link, mono, old), *_traffic(link, rate, old)]
    lines += [gauge_line(gauge, mono, stalled=stalled) for gauge in gauges]
    if link.handover:
        lines.insert(1, content(("  hand-over  ", "$dim"), (link.handover, "bold $warn")))
    if link.headline:
        lines.append(content(("  news       ", "$dim"), (link.headline, "$warn")))
    if link.evidence:
        for place, words in enumerate(wrap(link.evidence, max(20, width - INDENT))):
            title = "" if place else "  dialect"
            lines.append(content((f"{title:<{INDENT}}", "$dim"), (words, "$warn")))
    for at, what in link.errors[: -ERRORS - 1 : -1]:
        lines.append(content(("  error      ", "$dim"), (clock(at), "$dim"), " ", (what, "$danger")))
    return [*lines, *verb_lines(link, chosen=chosen, closed=closed)]


def _head(link: LinkView, mono: int, chosen: bool) -> Content:
    style = STATE_STYLES.get(link.state, "bold $danger")
    retry = "" if link.retry_at is None else f"  next dial in {age(max(0, link.retry_at - mono))}"
    return content(
        ("▸ " if chosen else "  ", "bold $primary"), (link.name, "bold reverse" if chosen else "bold"), "  ",
        (link.state.value.upper(), style), f" since {clock(link.since)}",
        (f"  {link.reason}" if link.reason else "", "$danger"), retry,
    )  # fmt: skip


def _where(link: LinkView) -> list[Content]:
    lines = [content(("  endpoint   ", "$dim"), f"{link.endpoint or DASH}   comp id {link.comp_id or DASH}")]
    if link.instance:
        lines.append(content(("  instance   ", "$dim"), link.instance))
    return lines


def _numbers(link: LinkView, old: str) -> Content:
    in_, out = (f"{number:,}" if number else DASH for number in (link.next_in, link.next_out))
    return content(
        ("  numbers    ", "$dim"), (f"next in {in_}   next out {out}", old),
        f"   messages {link.messages_in:,} in, {link.messages_out:,} out",
    )  # fmt: skip


def _gap(link: LinkView) -> list[Content]:
    if not link.expected:
        return []
    missing = link.received - link.expected
    text = f"expected {link.expected:,}, received {link.received:,}: {missing:,} are asked for again"
    return [content(("  gap        ", "$dim"), (text, "bold $danger"))]


def _heard(link: LinkView, mono: int, stalled: bool, old: str) -> Content:
    def ago(at: int | None) -> Piece:
        if at is None:
            return DASH
        return (
            f"{age(mono - at)} ago",
            old if stalled else heartbeat_style(mono - at, link.heart_bt_int) or old,
        )

    return content(
        ("  heartbeat  ", "$dim"), "heard ", ago(link.last_in), ", said ", ago(link.last_out),
        f", every {link.heart_bt_int} s", ("   TestRequest unanswered" if link.test_request_pending else "", "$warn"),
    )  # fmt: skip


def _round_trip(link: LinkView, mono: int, old: str) -> Content:
    offset = DASH if link.clock_offset is None else f"{link.clock_offset / 1e6:+.1f}ms"
    when = "" if link.round_trip_at is None else f" {age(mono - link.round_trip_at)} ago"
    sparks = sparkline(link.round_trips)
    return content(
        ("  latency    ", "$dim"), "round trip ", (latency(link.round_trip), old), (when, "$dim"),
        (f"  {sparks}" if sparks else "", "$primary"), "   clock ", (offset, old),
        f"   reconnects {link.reconnects}" + (f", refused {link.refusals}" if link.refusals else ""),
    )  # fmt: skip


def _traffic(link: LinkView, rate: Rate | None, old: str) -> list[Content]:
    all_of_it = f"{size(link.bytes_in)} in, {size(link.bytes_out)} out since the start"
    if rate is None:
        return [content(("  bytes      ", "$dim"), all_of_it)]
    return [
        content(
            ("  messages   ", "$dim"), (f"{rate.messages_in:,.1f}/s in, {rate.messages_out:,.1f}/s out", old)
        ),
        content(
            ("  bytes      ", "$dim"),
            (f"{size(rate.bytes_in)}/s in, {size(rate.bytes_out)}/s out   ", old),
            all_of_it,
        ),
    ]


def verb_lines(link: LinkView, *, chosen: bool, closed: str) -> list[Content]:
    """What can be done, with its key, and what cannot, with the reason. The chosen card only, lest it be a wall."""
    if not chosen:
        return []
    if closed:
        return [content(("  verbs      ", "$dim"), (closed, "$dim"))]
    can: list[Piece] = [("  verbs      ", "$dim")]
    lines: list[Content] = []
    for verb in VERBS:
        if why := verb.why_not(link):
            lines.append(content(("  greyed     ", "$dim"), (f"{verb.name}: {why}", "$dim")))
        else:
            can += [(key(verb.action), "bold $primary"), f" {verb.name}   "]
    return [content(*can), *lines]


# --- limits ----------------------------------------------------------------------------------------------------


def gauges_of(name: str, gauges: Sequence[Gauge]) -> list[Gauge]:
    """Those of one session, by their names: `DC messages/10s` is the drop copy's."""
    return [gauge for gauge in gauges if gauge.name.startswith(f"{name} ")]


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


def gauge_line(gauge: Gauge, mono: int, *, stalled: bool = False) -> Content:
    """Name, bar, numbers, and how old the count is; struck where the desk stands still."""
    share = min(1.0, gauge.used / gauge.maximum) if gauge.maximum else 1.0
    full = round(share * BAR)
    style = gauge_style(gauge)
    shown = "strike $stale" if stalled else style
    return content(
        (f"  {gauge_name(gauge):<18}", "$dim"), ("█" * full, style or "$ok"), ("░" * (BAR - full), "$dim"),
        (f" {gauge.used:,} of {gauge.maximum:,}", shown), (f"  {age(max(0, mono - gauge.at))} ago", "$dim"),
    )  # fmt: skip
