"""What could stand where the cursor is: candidates for one word of an order line or a verb. Never raises."""

from collections.abc import Iterable, Iterator, Mapping

from blotter.trading.amends import ANYWAY, FIELDS, TICKS
from blotter.trading.cancels import RESTRICTIONS
from blotter.trading.grammar import STARTS
from blotter.trading.known import Known
from blotter.trading.list_grammar import OCO, THEN
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.presets import ANY
from blotter.trading.qualified import split_id
from blotter.trading.verbs import SESSIONS, VERBS
from blotter.trading.vocabulary import OPTIONS, PEGS, POST, SHOW, STP_MODES, TIMES, TRAIL, TRIGGERS, TYPES
from blotter.trading.words import PRICE_WORDS, Market, cut, is_distance, is_number, is_price_word

LIMIT = 50
"""At most so many candidates: a list for the eye, not the venue's whole catalogue."""


def complete(
    line: str,
    cursor: int,
    market: Market,
    orders: Mapping[str, Order],
    lists: Mapping[str, OrderList] | None = None,
    held: Mapping[str, Held] | None = None,
) -> list[str]:
    """Whole words that may replace the one that ends at `cursor` (characters), best first."""
    head = line[: max(0, cursor)]
    words = cut(head)
    typed = ""
    if words and words[-1].end == len(head) and words[-1].text != "@":
        typed = words.pop().text
    before = [word.low for word in words]
    known = Known(orders=orders, lists=lists or {}, held=held or {})
    found = dict.fromkeys(c for c in _candidates(before, typed, market, known) if _starts(c, typed))
    return list(found)[:LIMIT]


def _starts(candidate: str, typed: str) -> bool:
    """An id may be typed without the venue before it."""
    return any(text.upper().startswith(typed.upper()) for text in (candidate, split_id(candidate).name))


def _candidates(before: list[str], typed: str, market: Market, known: Known) -> Iterable[str]:
    if not before:
        return ("buy", "sell", OCO, *VERBS)
    working = [order for order in known.orders.values() if order.open]
    match before:
        case ["cancel", *said]:
            return _cancel(said, typed, working, known)
        case ["mass"]:
            return ("cancel",)
        case ["mass", "cancel"]:
            return sorted({order.symbol for order in working})
        case ["amend", *said]:
            return _terms(said, typed, working, (ANYWAY,))
        case ["clone", *said]:
            return _terms(said, typed, list(known.orders.values()), ("buy", "sell"))
        case ["tick"] | ["resolve"]:
            return _ids(typed, working)
        case ["tick", _]:
            return tuple(TICKS)
        case ["hold"]:
            return (*STARTS, *_ids(typed, working))
        case ["hold", *said] if said[0] in STARTS:
            return _order(said, typed, market)
        case ["release"] | ["drop"]:
            return _own_ids(typed, known.held)
        case ["stop"]:
            return ("cancel",)
        case ["handover"]:
            return tuple(market.listings) or SESSIONS
        case ["handover", _] if market.listings:
            return SESSIONS
        case [first, *_] if first in STARTS:
            return _order(before, typed, market)
        case _:
            return ()


# --- verbs -------------------------------------------------------------------------------------------------------


def _cancel(said: list[str], typed: str, working: list[Order], known: Known) -> Iterator[str]:
    if said and said[-1] == "if":
        yield from RESTRICTIONS
        return
    scope = [word for word in said if word in ("all", "buys", "sells")]
    if not said:
        yield from ("all", "buys", "sells")
    if not scope:
        yield from _ids(typed, working)
        yield from _own_ids(typed, {id: one for id, one in known.lists.items() if one.open})
        if said:
            yield "if"
    if not said or said == scope:
        yield from sorted({order.symbol for order in working})


def _terms(said: list[str], typed: str, orders: list[Order], ending: tuple[str, ...]) -> Iterable[str]:
    if not said:
        return _ids(typed, orders)
    if said[-1] == "qty":
        return ()
    if said[-1] in FIELDS:
        return PRICE_WORDS
    taken = {FIELDS[word] for word in said[1:] if word in FIELDS}
    fields = [word for word in ("qty", "price", "@", "stop", "take") if FIELDS[word] not in taken]
    return (*fields, *(word for word in ending if word not in said))


def _ids(typed: str, orders: list[Order]) -> Iterator[str]:
    return _own_ids(typed, {order.id: order for order in orders})


def _own_ids(typed: str, known: Mapping[str, object]) -> Iterator[str]:
    """Newest first. Where a bare number was typed, bare numbers are offered too."""
    for id in reversed(list(known)):
        yield id
        number = id.rpartition("-")[2].lstrip("0")
        if typed and number.startswith(typed):
            yield number


# --- orders ------------------------------------------------------------------------------------------------------


def _order(before: list[str], typed: str, market: Market) -> Iterable[str]:
    pair = before[0] == OCO
    half = before[1:] if pair else before
    joint = next((at for at in range(len(half) - 1, 2, -1) if half[at] in THEN), None)
    pending = joint is not None and not pair
    if pending and joint is not None:
        half = half[joint + 1 :]
    if not half:
        return ("sell", "buy") if pending else ("buy", "sell")
    if not pending and len(half) == 1:
        return _presets(typed, market)  # a quantity: nobody else can know
    if not pending and len(half) == 2:
        listed = market.instruments.values()
        bases = {i.base for i in listed if i.quote in market.preferred_quotes}
        return (*sorted(bases), *sorted(i.symbol for i in listed))
    return _ways(half, two=pair or pending, follows=not pair and not pending)


def _presets(typed: str, market: Market) -> tuple[str, ...]:
    if not typed.startswith("#"):
        return ()
    symbol = market.default_symbol or ANY
    known = market.presets.get(symbol, market.presets.get(ANY, ()))
    return tuple(f"#{number}" for number in range(1, len(known) + 1))


def _ways(half: list[str], *, two: bool, follows: bool) -> Iterable[str]:
    """`two`: it may have two ways to work; `follows`: another order may be hung on it."""
    last, rest = half[-1], half[2:]
    if last in TRIGGERS:
        return (*PRICE_WORDS, TRAIL)
    if last in ("@", "from"):
        return PRICE_WORDS
    if last == "stp":
        return tuple(STP_MODES)
    if last == "peg":
        return tuple(PEGS)
    if last in (*SHOW, "strategy", "id", TRAIL):
        return ()
    groups = (tuple(TIMES), POST, SHOW, ("stp",), ("strategy",), ("id",), ("sor",))
    spent = {word for group in groups if any(word in rest for word in group) for word in group}
    triggered = any(word in rest for word in (*TRIGGERS, TRAIL))
    priced = "@" in rest or "peg" in rest or any(is_number(w) or is_price_word(w) for w in rest[1:])
    typed = any(word in rest for word in TYPES)
    if priced or triggered:
        spent |= {*PRICE_WORDS, "market", "mkt"}
        spent |= set() if two else {*TRIGGERS}
        spent |= set() if two or (triggered and TRAIL not in rest) else {TRAIL}
    if typed or (priced and not triggered):
        spent |= {*TYPES}
    if not is_distance(last) or "from" in rest:
        spent.add("from")
    joints = tuple(THEN) if follows and priced and not triggered else ()
    return (*(word for word in OPTIONS if word not in spent), *joints)
