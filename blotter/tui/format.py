"""Facts into text: quantities, ages, latencies, times, order states. Pure; no widget, no clock, no locale.

It must never round money: a Decimal is shown with every digit it has.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from blotter.trading.order import Order, OrderState, RequestKind, Standing

NS_PER_SECOND: Final = 1_000_000_000
DASH: Final = "—"

_SECOND: Final = NS_PER_SECOND
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WHOLE: Final = 10_000


def number(value: Decimal | None, decimals: int = 0) -> str:
    """`60123.1` is `60,123.1`. At least `decimals` places, the instrument's; more when the value has more."""
    if value is None:
        return DASH
    if not value.is_finite():
        return str(value)
    return f"{value:,.{max(_places(value), decimals)}f}"


def trimmed(value: Decimal | None, decimals: int = 0) -> str:
    """Like `number`, without the zeros a venue pads with: `0.25000000` at 3 decimals is `0.250`."""
    text = number(value)
    if value is None or "." not in text:
        return number(value, decimals)
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def money(amount: Decimal) -> str:
    """What something is worth: whole units from 10,000 on, cents below."""
    return trimmed(round(amount, 0)) if abs(amount) >= _WHOLE else trimmed(round(amount, 2), 2)


def decimals_of(step: Decimal | None) -> int:
    """How many decimals a tick or lot size needs: 2 for `0.01000000`, 0 for `1`, `1E+2` and None."""
    return len(trimmed(step).partition(".")[2])


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def age(ns: int) -> str:
    """How long ago: `0.4s`, `14s`, `3m`, `2h`, `1d`. Negative, when the clock stepped back, is `0.0s`."""
    ns = max(0, ns)
    if ns < 10 * _SECOND:
        return f"{ns // (_SECOND // 10) / 10:.1f}s"
    for unit, suffix in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if ns >= unit:
            return f"{ns // unit}{suffix}"
    return f"{ns // _SECOND}s"


def window(seconds: int) -> str:
    """The length of a rate limit's window: `10s`, `1m`, `1d`."""
    for unit, suffix in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{suffix}"
    return f"{seconds}s"


def latency(ns: int | None) -> str:
    """A duration in two or three digits, cut, not rounded: `890us`, `3.1ms`, `47ms`, `1.20s`."""
    if ns is None:
        return DASH
    if ns < 1_000_000:
        return f"{ns // 1_000}us"
    if ns < 10_000_000:
        return f"{ns // 100_000 / 10:.1f}ms"
    if ns < _SECOND:
        return f"{ns // 1_000_000}ms"
    return f"{ns // 10_000_000 / 100:.2f}s"


def clock(ns: int, millis: bool = False) -> str:
    """UTC time of day of a UTC ns stamp: `10:14:22` or `10:14:22.381`. Cut, not rounded, as logs are."""
    seconds, rest = divmod(ns, _SECOND)
    minutes, second = divmod(seconds % 86_400, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02}:{minute:02}:{second:02}"
    return f"{text}.{rest // 1_000_000:03}" if millis else text


# --- states ------------------------------------------------------------------------------------------------


class State(NamedTuple):
    """An order's state told three times: by glyph, by word and by colour (a component suffix of the grid)."""

    text: str
    style: str


_STATES: Final[Mapping[OrderState, State]] = {
    OrderState.PENDING_NEW: State("… PEND", "state-pending"),
    OrderState.NEW: State("● WORKING", "state-working"),
    OrderState.PARTIALLY_FILLED: State("◐ PARTIAL", "state-partial"),
    OrderState.FILLED: State("■ FILLED", "state-filled"),
    OrderState.CANCELED: State("× CXLD", "state-cancelled"),
    OrderState.REJECTED: State("✗ REJECT", "state-rejected"),
    OrderState.EXPIRED: State("⌛ EXPIRED", "state-expired"),
    OrderState.RESOLVED: State("☑ RESOLVED", "state-cancelled"),
    OrderState.UNCONFIRMED: State("? UNKNOWN", "state-unknown"),
}

ASKED: Final = {RequestKind.CANCEL: "CXL", RequestKind.AMEND: "AMD", RequestKind.REPLACE: "RPL"}


def state(order: Order) -> State:
    """Where an order stands, and how much of it is filled. What is not known outranks what is pending, and that what
    was accepted."""
    found = stage(order)
    plain = _STATES[order.state]
    if found is plain and order.state is not OrderState.UNCONFIRMED:
        return State(plain.text + _share(order), plain.style)
    return found


def stage(order: Order) -> State:
    """As `state`, without how much is filled."""
    plain = _STATES[order.state]
    if order.state.terminal or order.state is OrderState.UNCONFIRMED:
        return plain
    if order.pending:
        if doubtful := [request for request in order.pending if request.unconfirmed]:
            return State(f"? UNKNOWN {ASKED[doubtful[-1].kind]}", "state-unknown")
        return State(f"… PEND {ASKED[order.pending[-1].kind]}", "state-pending")
    if order.state.live and order.unverified_since is not None:
        return State("◍ UNVERIFIED", "state-unknown")
    current = order.current
    standing = current.standing
    if standing is Standing.PENDING:
        return State("◌ PENDING", "state-pending")
    if standing is Standing.HELD:
        return State("◌ HELD", "state-pending")
    if order.state is OrderState.NEW and current.request.contingent:
        return State("◉ TRIGGERED", "state-working")
    return plain


def _share(order: Order) -> str:
    """How much is filled where the word does not say it: ` 40%`. A part is never 0 %, and never 100 %."""
    total, filled = order.order_qty, order.cum_qty
    if order.state is OrderState.FILLED or not filled or not total:
        return ""
    return f" {min(99, max(1, int(filled * 100 / total)))}%"


# --- widths ------------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """Control, zero-width and direction characters as `·`: what a venue sends must not steer a terminal."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() else "·" for ch in text)


def truncate(text: str, width: int) -> str:
    """At most `width` terminal cells; `…` stands for what was cut."""
    text = printable(text)
    if (len(text) if text.isascii() else cell_len(text)) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    return set_cell_size(text, width - 1).rstrip() + "…"


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Exactly `width` terminal cells: padded, or cut with `…`."""
    text = truncate(text, width)
    padding = " " * (width - (len(text) if text.isascii() else cell_len(text)))
    return padding + text if align == "right" else text + padding
