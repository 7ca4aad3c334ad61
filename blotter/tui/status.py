"""The status bar: where we are, whether the sessions live, how old every number is.

Ages are worked out here, from the desk's clock, at each frame: a desk that stands still shows numbers that age,
never numbers that look fresh. It must never show an age or a latency that it cannot vouch for: what belongs to a
session that is not live is struck through.
"""

from textual.content import Content

from blotter.desk.change import DeskView, LinkState, LinkView
from blotter.trading.qualified import split_session
from blotter.tui.format import age, clock, latency
from blotter.tui.line import Line, Piece, content
from blotter.tui.many_sessions import crowd
from blotter.tui.model import Model
from blotter.tui.positions import OLD_BALANCES
from blotter.tui.session_card import gauge_name, gauge_style, heartbeat_style
from blotter.tui.session_table import stakes
from blotter.tui.sessions import dead_man_words

SECOND = 1_000_000_000
CROWD = -1
"""Sessions told of by their number."""
LEAST_REASON = 12
"""Cells of a reason below which it says nothing."""
ENVIRONMENTS = ("embedded", "testnet", "demo", "live")

_GLYPHS = {
    LinkState.LIVE: ("▲", "$ok"),
    LinkState.STALE: ("△", "$danger"),
    LinkState.DOWN: ("▼", "$danger"),
    LinkState.WAITING: ("▼", "$danger"),
    LinkState.DIALLING: ("◔", "$warn"),
    LinkState.LOGGING_ON: ("◑", "$warn"),
    LinkState.LOGGING_OUT: ("◕", "$warn"),
}

Pieces = list[Piece]


class StatusBar(Line):
    """Two lines; one where the screen is narrow."""

    SCOPED_CSS = False  # its look depends on classes of the screen
    DEFAULT_CSS = """
    StatusBar { height: 2; background: $panel; }
    .-narrow StatusBar { height: 1; }
    .-env-live StatusBar { background: $env-live 25%; }
    StatusBar.-flash { background: $danger 60%; }
    """

    def present(
        self,
        model: Model,
        *,
        mono: int,
        wall: int,
        stalled_after: float,
        narrow: bool,
        badges: tuple[str, ...] = (),
    ) -> None:
        """Show the desk as of `mono`. `badges`: what else this screen must never hide: READ-ONLY, LOCKED."""
        desk = model.desk
        stalled = desk is not None and mono - desk.pulse > stalled_after * SECOND
        width = self.size.width
        flags = [piece for badge in badges for piece in ((badge, "bold reverse $warn"), " ")]
        head = [*_head(desk, mono, stalled, narrow), *flags]
        time = f"{clock(wall)}Z"
        if narrow:
            body: Pieces = []
            tail = [*_unknown(model), time]
            for detail in (CROWD,) if model.venues else (2, 1, 0, CROWD):
                body = _crowd(model, mono, stalled_after) if detail == CROWD else []
                for link in model.links.values() if detail != CROWD else ():
                    body += [*_brief(link, mono, stalled, detail), "  "]
                if _cells([*head, *body, *tail]) < width:
                    break
            reasons = [
                link.reason
                for link in model.links.values()
                if link.state is not LinkState.LIVE and link.reason and not model.venues
            ]
            if not reasons and desk is not None and desk.entry_blocked and not desk.stopped:
                reasons = [f"blocked: {desk.entry_blocked}"]
            if desk is not None:
                for gauge in desk.limits:
                    if style := gauge_style(gauge):
                        body += [(f"{gauge_name(gauge)} {gauge.used:,}/{gauge.maximum:,}", style), "  "]
            if width - _cells([*head, *body, *tail]) > LEAST_REASON:
                body += [(" ".join(reasons), "$danger")]
            self.show(_spread([*head, *body], tail, width))
            return
        for detail in (CROWD,) if model.venues else (3, 2, 1, 0, CROWD):
            body = [*_crowd(model, mono, stalled_after), ""] if detail == CROWD else []
            if detail == 1:
                head = [*_head(desk, mono, stalled, True, long_name=True), *flags]
            for link in model.links.values() if detail != CROWD else ():
                body += [*_link(link, mono, stalled, detail), " │ "]
            if _cells([*head, *body]) + len(time) <= width:
                break
        first = _spread([*head, *body[:-1]], [time], width)
        needy = _unknown(model)
        room = width - _cells(needy) - 1
        self.show(first, _spread(_second(model, desk, mono, stalled, room), needy, width))


def _cells(pieces: Pieces) -> int:
    return content(*pieces).cell_length


def _spread(left: Pieces, right: Pieces, width: int) -> Content:
    """Left and right in one line; the right is kept whole."""
    body, tail = content(*left), content(*right)
    room = max(0, width - tail.cell_length - (1 if right else 0))
    if body.cell_length > room:
        body = body.truncate(room, ellipsis=True)
    return body.pad_right(max(0, width - body.cell_length - tail.cell_length)) + tail


_SHORT = {"embedded": "EMBED", "testnet": "TEST"}


def _head(
    desk: DeskView | None, mono: int, stalled: bool, narrow: bool, *, long_name: bool = False
) -> Pieces:
    if desk is None:
        return [(" NO DESK ", "bold reverse $danger"), " "]
    if desk.recording:
        return [(" RECORDING ", "bold reverse $warn"), " ", f"{desk.venue}  "]
    name = desk.environment.upper()
    if narrow and not long_name:
        name = _SHORT.get(desk.environment, name)
    style = desk.environment if desk.environment in ENVIRONMENTS else "live"
    pieces: Pieces = [(f" {name} ", f"bold reverse $env-{style}"), " "]
    if stalled:
        pieces += [(f" DESK STALLED {age(mono - desk.pulse)} ", "bold reverse $danger"), " "]
    if desk.stopped:
        pieces += [(" STOPPED ", "bold reverse $danger"), " "]
    pieces += _armed(desk, mono)
    if not narrow:
        pieces += [f"{desk.venue} ", (desk.account, "bold"), "  "]
    return pieces


def _unknown(model: Model) -> Pieces:
    """What needs a person; nothing hides it."""
    pieces: Pieces = []
    if standing := sum(1 for one in model.differences.values() if not one.resolved):
        pieces += [(f"‼ {standing} difference{'s' if standing > 1 else ''}", "bold reverse $danger"), "  "]
    if alarms := len(model.alarms):
        pieces += [(f"{alarms} alert{'s' if alarms > 1 else ''}", "bold reverse $warn"), "  "]
    if count := model.unknown:
        pieces += [(f"‼{count} UNKNOWN", "bold reverse $state-unknown"), "  "]
    return pieces


def _armed(desk: DeskView, mono: int) -> Pieces:
    """The countdown, where arming is asked for."""
    if desk.armed_until is None:
        return []
    left = desk.armed_until - mono
    if left <= 0:
        return [("not armed", "$warn"), " "]
    minutes, seconds = divmod(-(-left // SECOND), 60)
    return [(f" ARMED {minutes}:{seconds:02} ", "bold reverse $warn"), " "]


def _standing(model: Model, desk: DeskView, mono: int) -> Pieces:
    """What becomes of open orders without us: only while something is open, or order entry is away."""
    if desk.dead_man_at is not None:
        return [*dead_man_words(desk, mono), "  "]
    pieces: Pieces = []
    for link in model.links.values():
        if link.handover:
            pieces += [(f"{link.name} {link.handover}", "bold $warn"), "  "]
    away = [
        split_session(name).venue
        for name, link in model.links.items()
        if split_session(name).name == "OE" and link.state is not LinkState.LIVE
    ]
    for venue in dict.fromkeys(away):
        if model.by_venue.get(venue, desk).dead_man is None:
            for words in stakes(model, venue):
                pieces += [(words, "bold $danger"), "  "]
    return pieces


def _trouble(link: LinkView, mono: int) -> str:
    """Why a session is not live, and what happens next."""
    retry = "" if link.retry_at is None else f"retry {age(link.retry_at - mono)}"
    return " ".join(filter(None, (retry, link.reason)))


def _crowd(model: Model, mono: int, stalled_after: float) -> Pieces:
    """More sessions than there is room for: how many live, then those in trouble, the worst first."""
    all_of_them = crowd(model.links, model.by_venue, mono, int(stalled_after * SECOND))
    style = "$ok" if all_of_them.live == all_of_them.total else "bold $danger"
    pieces: Pieces = [(f"{all_of_them.live}/{all_of_them.total} live", style)]
    if all_of_them.live:
        pieces.append((f" hb<{age(all_of_them.heard)}", "$dim"))
    for one in all_of_them.sick:
        pieces += [" · ", (f"{one.name} {one.words}", one.style)]
    return [*pieces, "  "]


def _brief(link: LinkView, mono: int, stalled: bool, detail: int) -> Pieces:
    """One session where there is little room; `detail` 0 is no more than whether it lives."""
    glyph, colour = _GLYPHS[link.state]
    pieces: Pieces = [(f"{link.name}{glyph}", colour)]
    if link.state not in (LinkState.LIVE, LinkState.STALE):
        words = link.state.value if link.retry_at is None else f"retry {age(link.retry_at - mono)}"
        return [*pieces, (f" {words}", colour)]
    if link.last_in is not None:
        heard = mono - link.last_in
        style = "strike $stale" if stalled else heartbeat_style(heard, link.heart_bt_int)
        if detail or style:
            pieces.append((f" hb{age(heard)}", style))
    if link.round_trip is not None and link.state is LinkState.LIVE and detail > 1:
        pieces.append((f" {latency(link.round_trip)}", "strike $stale" if stalled else "$dim"))
    return pieces


def _link(link: LinkView, mono: int, stalled: bool, detail: int) -> Pieces:
    """One session; `detail` 3 is everything, 0 the least that is honest."""
    glyph, colour = _GLYPHS[link.state]
    fresh = link.state is LinkState.LIVE and not stalled
    pieces: Pieces = [(link.name, "bold"), (f" {glyph} {link.state.value.upper()}", f"bold {colour}")]
    if link.state not in (LinkState.LIVE, LinkState.STALE):
        pieces.append((f" {_trouble(link, mono)}", colour))
        if detail < 3:
            return pieces
    old = "" if fresh else "strike $stale"
    if detail >= 1:
        numbers = (
            f"in {link.next_in:,} out {link.next_out:,}"
            if detail >= 2
            else f"{link.next_in:,}/{link.next_out:,}"
        )
        pieces += ["  ", (numbers, old)]
    if link.last_in is not None:
        heard = mono - link.last_in
        style = old if stalled else heartbeat_style(heard, link.heart_bt_int)
        pieces += ["  hb ", (age(heard), style)]
        if link.last_out is not None:
            said = mono - link.last_out
            style = old if stalled else heartbeat_style(said, link.heart_bt_int)
            pieces += [("/", "$dim"), (age(said), style)]
        if link.test_request_pending:
            pieces.append((" test?", "$warn"))
    if link.round_trip is not None and detail >= 2:
        pieces += ["  rtt ", (latency(link.round_trip), old)]
    if link.clock_offset is not None and detail >= 3:
        sign = "-" if link.clock_offset < 0 else "+"
        pieces += ["  clock ", (sign + latency(abs(link.clock_offset)), old)]
    return pieces


def _entry(model: Model, desk: DeskView) -> Pieces:
    """Whether new orders would be taken, and where not."""
    if desk.stopped:
        return [("entry stopped, cancels go, :resume", "bold $danger")]
    if not desk.entry_blocked:
        return [("entry on", "$ok")]
    on = sum(1 for one in model.desks.values() if not one.stopped and not one.entry_blocked)
    where = f"entry on at {on}/{len(model.desks)}, not " if on else "entry blocked: "
    return [(where, "bold $warn"), (desk.entry_blocked, "$warn")]


def _second(model: Model, desk: DeskView | None, mono: int, stalled: bool, room: int) -> Pieces:
    """`room`: cells; a number that would be cut is not shown at all."""
    if desk is None:
        return ["waiting for the desk"]
    old = "strike $stale" if stalled else ""
    pieces: Pieces = [*_entry(model, desk), "  ", *_standing(model, desk, mono)]
    pieces += [("order-ack ", "$dim"), (latency(desk.order_to_ack), old), "  "]
    pieces += [("tape ", "$dim"), (f"{latency(desk.tape_lag)} · {desk.tape_rows:,} rows", old), "  "]
    if model.balances is not None:
        late = mono - model.balances.mono > OLD_BALANCES or bool(model.balances.error)
        pieces += [
            ("balances ", "$dim"),
            (age(mono - model.balances.mono), "bold $danger" if late else old),
            "  ",
        ]
    for gauge in sorted(
        desk.limits, key=lambda gauge: not gauge_style(gauge)
    ):  # what is near its limit first
        style = gauge_style(gauge) or old
        if model.venues and not gauge_style(gauge):
            break  # of several venues only what is near its limit
        one: Pieces = [(f"{gauge_name(gauge)} ", "$dim"), (f"{gauge.used:,}/{gauge.maximum:,}", style), "  "]
        if _cells([*pieces, *one]) > room:
            break
        pieces += one
    down = [link.headline for link in model.links.values() if link.headline]
    if down:
        pieces += [("news ", "$warn"), (down[-1], "$warn")]
    return pieces
