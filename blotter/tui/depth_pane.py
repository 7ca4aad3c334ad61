"""The depth pane: the ladder, and below it what it comes to: spread, imbalance, last trade, how far to believe it, and
what is under the cursor."""

from decimal import Decimal
from typing import Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from blotter.trading.book import BookView
from blotter.trading.enums import Side
from blotter.tui.format import DASH, age, decimals_of, trimmed
from blotter.tui.guard import Guarded
from blotter.tui.ladder import Ladder
from blotter.tui.ladder_window import WAYS
from blotter.tui.line import Line, Piece, content
from blotter.tui.market_seen import Print
from blotter.tui.shown_keys import key

LEVELS: Final = 10
"""Best levels of a side that the imbalance is of."""
BLOCKS: Final = "▏▎▍▌▋▊▉█"
METER: Final = 6


class State(NamedTuple):
    """A book, and whether it may be believed. `why`: what is wrong; "" while it is live."""

    view: BookView | None
    last: Print | None
    why: str
    since: int | None  # UTC ns from when on it is not believed
    note: str = ""  # something else worth saying

    @property
    def live(self) -> bool:
        """It is the market."""
        return self.view is not None and not self.why


class Depth(Guarded, Vertical):
    """The ladder with its foot."""

    DEFAULT_CSS = """
    Depth { height: 1fr; }
    Depth > #depth-foot { height: 4; background: $surface; text-wrap: wrap; }
    """

    def __init__(self, *, levels: int, id: str) -> None:
        super().__init__(id=id)
        self.ladder = Ladder(levels=levels, id="ladder")
        self.foot = Line(id="depth-foot")
        self._shown: tuple[State, Decimal | None, int, int] | None = None

    def compose(self) -> ComposeResult:
        yield self.ladder
        yield self.foot

    def present(self, state: State, tick: Decimal | None, *, now: int, stale_after: int) -> None:
        """The foot, as of `now`, UTC ns. `stale_after`: ns from which on an age stands out."""
        self._shown = (state, tick, now, stale_after)
        places = decimals_of(tick)
        spread, here = content(*_spread(state, places)), content(*self._here(places))
        belief = _belief(state, now, stale_after)
        if state.live:
            self.foot.show(spread, content(*_last(state, places, now)), belief, here)
        else:
            self.foot.show(belief, spread, here)  # why not may take two lines

    @on(Ladder.Moved)
    def _moved(self) -> None:
        if self._shown is not None:
            state, tick, now, stale_after = self._shown
            self.present(state, tick, now=now, stale_after=stale_after)

    def _here(self, places: int) -> list[Piece]:
        """What a verb would be about."""
        ladder = self.ladder
        if ladder.picked:
            where = DASH if ladder.price is None else trimmed(ladder.price, places)
            return [("◆ ", "bold $warn"), (f"{ladder.picked} → {where}", "bold"), ("  a moves it", "$dim")]
        if ladder.price is None:
            return [("no price under the cursor", "$dim")]
        pieces: list[Piece] = [("▸ ", "bold $warn"), (trimmed(ladder.price, places), "bold")]
        for mark in ladder.here:
            side = "$side-buy" if mark.side is Side.BUY else "$side-sell"
            left = "?" if mark.left is None else trimmed(mark.left)
            pieces += [f"  {mark.sign} {mark.order_id or 'draft'} ", (f"{mark.side.name} {left}", side)]
        if not ladder.here:
            pieces.append((f"  {key('depth.buy')} buys, {key('depth.sell')} sells: a draft", "$dim"))
        return pieces


def _spread(state: State, places: int) -> list[Piece]:
    view = state.view
    if view is None or view.bid is None or view.ask is None or view.spread_bp is None:
        return [("spread ", "$dim"), (DASH, "$dim")]
    strike = "" if state.live else "strike $stale"
    pieces: list[Piece] = [
        ("spread ", "$dim"),
        (f"{trimmed(view.ask - view.bid, places)} ({trimmed(round(view.spread_bp, 2))}bp)", strike),
    ]
    imbalance = view.imbalance(LEVELS)
    if imbalance is not None:
        share = round((1 + imbalance) * 50)
        more = ("bids", "$side-buy") if imbalance >= 0 else ("asks", "$side-sell")
        text = f"{more[0]} {max(share, 100 - share)}% "
        pieces += [("  ", ""), (text, strike or more[1])]
        if state.live:
            pieces.append((meter(share, METER), "$side-buy on $side-sell 40%"))
    return pieces


def meter(percent: int, cells: int) -> str:
    """A bar of `cells` cells, so much of it full."""
    eighths = percent * cells * 8 // 100
    full, rest = divmod(eighths, 8)
    return ("█" * full + (BLOCKS[rest - 1] if rest else "")).ljust(cells)


def _last(state: State, places: int, now: int) -> list[Piece]:
    last = state.last
    if last is None:
        return [("last ", "$dim"), ("no trade seen", "$dim")]
    strike = "" if state.live else "strike $stale"
    style = {Side.BUY: "$side-buy", Side.SELL: "$side-sell"}.get(last.aggressor, "") if last.aggressor else ""
    return [
        ("last ", "$dim"),
        (f"{trimmed(last.price, places)} ×{trimmed(last.size)}", strike or style),
        f" {WAYS[last.way]} ",
        (f"{age(now - last.at)} ago", "$dim"),
    ]


def _belief(state: State, now: int, stale_after: int) -> Content:
    """Live, with its age; or not, since when and why."""
    view = state.view
    if view is None or not state.live:
        told = view is not None and view.at is not None
        since = f" {age(now - state.since)}" if state.since is not None else ""
        return content((f"{'STALE' if told else 'NO BOOK'}{since}: {state.why}", "bold $danger"))
    if state.note:
        return content((state.note, "bold $warn"))
    if view.at is None:
        return content(("book live", "$ok"))
    waited = now - view.at
    resyncs = f"  begun anew {view.resyncs}×" if view.resyncs else ""
    return content(
        ("book quiet ", "$warn") if waited > stale_after else ("book live ", "$ok"),
        (age(waited), "bold $warn" if waited > stale_after else "$dim"),
        (resyncs, "$dim"),
    )
