"""The verbs about orders that exist and about entry itself, on the screen's command line and headless.

    cancel ...   mass cancel SYMBOL                    `blotter.trading.cancels`
    amend ...    tick 12 up|down [N]    clone 12 ...   `blotter.trading.amends`
    hold 12      hold ORDER LINE      release H-4      drop H-4
    resolve 12 "how it is known"      arm [5m]         disarm
    stop [cancel]    resume    handover [VENUE] [OE|DC|MD]     refresh    reconcile     (VENUE: where there are several)

An order is named `A-000012`, `A-12`, `a-12` or `12`, a list `L-31`, held terms `H-4`. Never raises.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from blotter.trading.amends import parse_amend, parse_clone, parse_tick
from blotter.trading.cancels import Victims, parse_cancel, parse_mass_cancel, victims
from blotter.trading.grammar import STARTS, parse_words
from blotter.trading.intents import (
    AmendOrder,
    ArmEntry,
    CancelAll,
    CancelLists,
    CancelOrders,
    CancelVerb,
    CloneOrder,
    DisarmEntry,
    DropHeld,
    HandOverSession,
    HoldOrder,
    HoldTerms,
    MassCancel,
    Mistakes,
    ReconcileNow,
    RefreshFacts,
    ReleaseHeld,
    ResolveOrder,
    ResumeEntry,
    StopEntry,
    TickOrder,
    Verb,
    wrong,
)
from blotter.trading.known import Known, find_held, find_list, find_order
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.qualified import session_at, which
from blotter.trading.words import Market, Word, cut, like

__all__ = [
    "VERBS", "AmendOrder", "ArmEntry", "CancelAll", "CancelLists", "CancelOrders", "CancelVerb", "CloneOrder",
    "DisarmEntry", "DropHeld", "HandOverSession", "HoldOrder", "HoldTerms", "Known", "MassCancel", "Mistakes",
    "ReconcileNow", "RefreshFacts", "ReleaseHeld", "ResolveOrder", "ResumeEntry", "StopEntry", "TickOrder", "Verb",
    "Victims", "find_held", "find_list", "find_order", "parse_verb", "victims",
]  # fmt: skip

SESSIONS = ("OE", "DC", "MD")
ARM_SECONDS = 300.0
MAX_ARM_SECONDS = 86_400
_BARE: Mapping[str, Verb] = {
    "disarm": DisarmEntry(),
    "resume": ResumeEntry(),
    "refresh": RefreshFacts(),
    "reconcile": ReconcileNow(),
}
VERBS = (
    "cancel", "amend", "tick", "hold", "release", "drop", "clone", "resolve", "arm", "disarm", "stop", "resume",
    "mass", "handover", "refresh", "reconcile",
)  # fmt: skip

_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smh])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_verb(
    line: str,
    market: Market,
    orders: Mapping[str, Order],
    lists: Mapping[str, OrderList] | None = None,
    held: Mapping[str, Held] | None = None,
) -> Verb | Mistakes:
    """Parse `cancel 12 13`, `amend A-12 qty 0.2 @bid`, `stop`. Never raises."""
    words = cut(line)
    if not words:
        return Mistakes(missing="verb")
    known = Known(orders=orders, lists=lists or {}, held=held or {})
    verb, rest = words[0], words[1:]
    match verb.low:
        case "cancel":
            return parse_cancel(rest, market, known)
        case "mass":
            return parse_mass_cancel(rest, market, known)
        case "amend":
            return parse_amend(rest, market, known)
        case "tick":
            return parse_tick(rest, market, known)
        case "clone":
            return parse_clone(rest, market, known)
        case "hold":
            return _hold(rest, len(line), market, known)
        case "release" | "drop":
            return _held(verb, rest, known)
        case "resolve":
            return _resolve(rest, line, known)
        case "arm":
            return _arm(rest)
        case "stop":
            if not rest:
                return StopEntry()
            if len(rest) == 1 and rest[0].low == "cancel":
                return StopEntry(cancel=True)
            return wrong(rest[0], f"{rest[0].text}: only cancel can follow stop")
        case "handover":
            return _hand_over(rest, list(market.listings))
        case "disarm" | "resume" | "refresh" | "reconcile":
            return wrong(rest[0], f"{rest[0].text}: nothing follows {verb.low}") if rest else _BARE[verb.low]
        case _:
            return wrong(verb, f"{verb.text} is not a verb{like(verb.low, VERBS)}")


def _hold(words: list[Word], length: int, market: Market, known: Known) -> Verb | Mistakes:
    if not words:
        return Mistakes(missing="order id or an order")
    if words[0].low in STARTS:
        draft = parse_words(words, length, market)
        if draft.terms is None:
            return Mistakes(mistakes=draft.mistakes, missing=draft.missing)
        return HoldTerms(request=draft.request, list_request=draft.list_request, expansion=draft.expansion)
    order = find_order(words[0].text, known.orders)
    if isinstance(order, str):
        return wrong(words[0], order)
    if not order.open:
        return wrong(words[0], f"{order.id} is {order.state.value}: nothing is left to hold")
    if len(words) > 1:
        return wrong(words[1], f"{words[1].text}: nothing follows the order to hold")
    return HoldOrder(order.id)


def _held(verb: Word, words: list[Word], known: Known) -> Verb | Mistakes:
    if not words:
        return Mistakes(missing="id of a held order")
    found = find_held(words[0].text, known.held)
    if isinstance(found, str):
        return wrong(words[0], found)
    if len(words) > 1:
        return wrong(words[1], f"{words[1].text}: one held order at a time")
    return ReleaseHeld(found.id) if verb.low == "release" else DropHeld(found.id)


def _resolve(words: list[Word], line: str, known: Known) -> Verb | Mistakes:
    if not words:
        return Mistakes(missing="order id")
    order = find_order(words[0].text, known.orders)
    if isinstance(order, str):
        return wrong(words[0], order)
    if not order.open and not order.pending:
        return wrong(words[0], f"{order.id} is {order.state.value}: nothing is in doubt")
    note = line[words[0].end :].strip()
    if len(note) > 1 and note[0] == note[-1] and note[0] in "\"'":
        note = note[1:-1].strip()
    return ResolveOrder(order.id, note) if note.strip("\"'") else Mistakes(missing="a note: how it is known")


def _arm(words: list[Word]) -> Verb | Mistakes:
    if not words:
        return ArmEntry(ARM_SECONDS)
    found = _DURATION.fullmatch(words[0].low)
    if found is None:
        return wrong(words[0], f"{words[0].text}: a time has a unit, as in 5m, 90s or 1h")
    seconds = Decimal(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= MAX_ARM_SECONDS:
        return wrong(words[0], f"{words[0].text}: from 1s to {MAX_ARM_SECONDS // 3600}h")
    if len(words) > 1:
        return wrong(words[1], f"{words[1].text}: nothing follows the time")
    return ArmEntry(float(seconds))


def _hand_over(words: list[Word], venues: list[str]) -> Verb | Mistakes:
    if venues:
        venue = next((venue for venue in venues if words and words[0].low == venue.lower()), "")
        if not words:
            return Mistakes(missing=f"venue: {', '.join(venues)}")
        if not venue:
            return wrong(words[0], f"{words[0].text}: which venue's session? {which(venues)}")
        found = _hand_over(words[1:], [])
        return (
            HandOverSession(session_at(found.session, venue)) if isinstance(found, HandOverSession) else found
        )
    if not words:
        return HandOverSession(SESSIONS[0])
    if words[0].text.upper() not in SESSIONS:
        return wrong(words[0], f"{words[0].text}: the sessions are {', '.join(SESSIONS)}")
    if len(words) > 1:
        return wrong(words[1], f"{words[1].text}: one session at a time")
    return HandOverSession(words[0].text.upper())
