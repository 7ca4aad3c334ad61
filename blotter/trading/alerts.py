"""Alerts: which happening is worth a person's eye, and how often. Pure: no clock, no screen, and no process is started.

A rule names an event and narrows it by filters; what the happening says is held against it, nothing else. Whoever
watches the desk makes the happenings (`blotter.tui.happenings`). A rule must never be dropped because it is wrong:
`problem` says what is, with the key at fault, and the config is refused.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from blotter.trading.enums import Side
from blotter.trading.qualified import Qualified, split_session, split_symbol

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]


class AlertEvent(Enum):
    """What can be told of."""

    FILL = "fill"  # the last of an order
    PARTIAL = "partial-fill"
    REJECT = "reject"  # of an order, or of a request about one
    CANCEL = "cancel-by-venue"  # ended, and nobody here asked for it
    UNKNOWN = "unknown"  # nobody knows what became of an order, or of a request about it
    SESSION_DOWN = "session-down"
    SESSION_UP = "session-up"
    STALE_BOOK = "stale-book"
    DIFFERENCE = "difference"  # two sources do not agree
    LIMIT = "limit"  # a rate limit is used to more than `percent`
    PRICE = "price"  # the middle of the market crosses `price`
    WORKING = "working"  # an order has been working for `seconds`


OF_ORDERS: Final = frozenset(
    {
        AlertEvent.FILL,
        AlertEvent.PARTIAL,
        AlertEvent.REJECT,
        AlertEvent.CANCEL,
        AlertEvent.UNKNOWN,
        AlertEvent.WORKING,
    }
)
OF_SESSIONS: Final = frozenset({AlertEvent.SESSION_DOWN, AlertEvent.SESSION_UP})
OF_SYMBOLS: Final = OF_ORDERS | {AlertEvent.STALE_BOOK, AlertEvent.PRICE}
NEEDS: Final = {AlertEvent.LIMIT: "percent", AlertEvent.PRICE: "price", AlertEvent.WORKING: "seconds"}
"""The key without which an event means nothing, and which means nothing elsewhere."""


class AlertRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[[alerts]]`: one event, narrowed, and what is done about it."""

    event: AlertEvent
    name: str = ""  # how it is called on the screen; the event's name where it is not set
    symbols: tuple[Word, ...] = ()  # none: all of them
    side: Literal["buy", "sell"] | None = None
    min_notional: Decimal | None = None  # price times quantity, in the symbol's quote asset
    venue: str = ""  # as the bar names it, or its profile's name
    session: str = ""  # OE, DC, MD
    percent: Annotated[int, Meta(ge=1, le=100)] | None = None
    price: Decimal | None = None
    seconds: Seconds | None = None
    show: tuple[Literal["line", "flash", "bell"], ...] = ("line",)
    command: tuple[Word, ...] = ()  # a program and its arguments; no shell reads them
    timeout: Annotated[float, Meta(gt=0, le=300)] = 10.0  # seconds after which the program is ended
    every: Seconds = (
        1.0  # at most one line, flash, bell or program in so many seconds; the others are counted
    )

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.event.value


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, in words and as far as rules ask. `at`: UTC ns."""

    event: AlertEvent
    at: int
    text: str
    symbol: str = ""
    side: Side | None = None
    notional: Decimal | None = None
    venue: str = ""  # "Binance Spot"
    account: str = ""  # the venue's profile
    session: str = ""
    order_id: str = ""
    rule: int | None = None  # of what one rule alone asks for: its place among the rules


def problem(rule: AlertRule) -> tuple[str, str]:
    """The key at fault and what is wrong with it; empty when the rule makes sense."""
    event, word = rule.event, rule.event.value
    for needed, key in NEEDS.items():
        given = getattr(rule, key) is not None
        if given != (event is needed):
            return (
                key,
                f'event = "{word}" needs it' if not given else f'it belongs to event = "{needed.value}"',
            )
    for key in ("price", "min_notional"):
        value = getattr(rule, key)
        if value is not None and not (value.is_finite() and value > 0):
            return key, f"{value} is not above 0"
    if rule.side is not None and event not in OF_ORDERS:
        return "side", f'event = "{word}" has no side'
    if rule.min_notional is not None and event not in OF_ORDERS:
        return "min_notional", f'event = "{word}" has no notional'
    if rule.symbols and event not in OF_SYMBOLS:
        return "symbols", f'event = "{word}" is of no symbol'
    if event is AlertEvent.PRICE and len(rule.symbols) != 1:
        return "symbols", 'event = "price" needs exactly one symbol'
    if rule.session and event not in OF_SESSIONS:
        return "session", f'event = "{word}" is of no session'
    if not rule.show and not rule.command:
        return "show", "it is empty, and no command is given: the rule would do nothing"
    return "", ""


def applies(rule: AlertRule, happening: Happening, place: int) -> bool:
    """Whether the rule at `place` among the rules is meant. A filter on what the happening does not know is not met."""
    if happening.event is not rule.event or happening.rule not in (None, place):
        return False
    if rule.symbols and not _names(happening.symbol, split_symbol(happening.symbol), happening) & _upper(
        rule.symbols
    ):
        return False
    if rule.side is not None and (happening.side is None or happening.side.name.lower() != rule.side):
        return False
    if rule.min_notional is not None and (
        happening.notional is None or happening.notional < rule.min_notional
    ):
        return False
    session = happening.session
    if rule.session and rule.session.upper() not in _names(session, split_session(session), happening):
        return False
    return not rule.venue or rule.venue.upper() in _upper((happening.venue, happening.account))


def _upper(names: Iterable[str]) -> set[str]:
    return {name.upper() for name in names}


def _names(text: str, split: Qualified, happening: Happening) -> set[str]:
    """What a rule may call it: as it is, and without its venue where there are several."""
    return _upper((text, split.name)) if split.venue and split.venue == happening.account else {text.upper()}


class Ration(msgspec.Struct, frozen=True):
    """One rule's share: when it may speak again, and how many it has swallowed since it spoke. Times in ns."""

    quiet_until: int = 0
    swallowed: int = 0

    def heard(self, now: int, every: float) -> "tuple[Ration, bool]":
        """After one happening more, and whether it may be told of at once."""
        if now < self.quiet_until:
            return Ration(self.quiet_until, self.swallowed + 1), False
        return Ration(now + int(every * 1_000_000_000), 0), True

    def due(self, now: int, every: float) -> "tuple[Ration, int]":
        """After a look at the clock, and how many there were that nobody was told of; 0 while it is not time to say."""
        if not self.swallowed or now < self.quiet_until:
            return self, 0
        return Ration(now + int(every * 1_000_000_000), 0), self.swallowed
