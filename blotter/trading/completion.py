"""What could stand where the cursor is: candidates for one word of an order line or a verb. Never raises."""

from collections.abc import Iterable, Iterator, Mapping

from blotter.trading.grammar import OPTIONS, POST, SHOW, SIDES, STP_MODES, TIMES, TYPES
from blotter.trading.order import Order
from blotter.trading.verbs import VERBS
from blotter.trading.words import PRICE_WORDS, Market, cut, is_number, is_price_word

LIMIT = 50
"""At most so many candidates: a list for the eye, not the venue's whole catalogue."""


def complete(line: str, cursor: int, market: Market, orders: Mapping[str, Order]) -> list[str]:
    """Whole words that may replace the one that ends at `cursor` (characters), best first."""
    head = line[: max(0, cursor)]
    words = cut(head)
    typed = ""
    if words and words[-1].end == len(head) and words[-1].text != "@":
        typed = words.pop().text
    before = [word.low for word in words]
    found = dict.fromkeys(c for c in _candidates(before, typed, market, orders) if _starts(c, typed))
    return list(found)[:LIMIT]


def _starts(candidate: str, typed: str) -> bool:
    return candidate.upper().startswith(typed.upper())


def _candidates(before: list[str], typed: str, market: Market, orders: Mapping[str, Order]) -> Iterable[str]:
    if not before:
        return ("buy", "sell", *VERBS)
    match before[0]:
        case "cancel":
            return _cancel(before, typed, orders)
        case "amend":
            return _amend(before, typed, orders)
        case "stop":
            return ("cancel",) if len(before) == 1 else ()
        case verb if verb in SIDES:
            return _order(before, market)
        case _:
            return ()


def _cancel(before: list[str], typed: str, orders: Mapping[str, Order]) -> Iterator[str]:
    working = [order for order in orders.values() if order.open]
    if len(before) == 1:
        yield "all"
    if "all" not in before:
        yield from _ids(typed, working)
    if len(before) == 1 or before[1:] == ["all"]:
        yield from sorted({order.symbol for order in working})


def _amend(before: list[str], typed: str, orders: Mapping[str, Order]) -> Iterable[str]:
    if len(before) == 1:
        return _ids(typed, [order for order in orders.values() if order.open])
    if before[-1] in ("@", "price"):
        return PRICE_WORDS
    if before[-1] == "qty":
        return ()
    return (word for word in ("qty", "price", "@") if word not in before[2:])


def _ids(typed: str, orders: list[Order]) -> Iterator[str]:
    """Newest first. Where a bare number was typed, bare numbers are offered too."""
    for order in reversed(orders):
        yield order.id
        number = order.id.rpartition("-")[2].lstrip("0")
        if typed and number.startswith(typed):
            yield number


def _order(before: list[str], market: Market) -> Iterable[str]:
    if len(before) == 1:
        return ()  # a quantity: nobody else can know
    if len(before) == 2:
        listed = market.instruments.values()
        bases = {i.base for i in listed if i.quote in market.preferred_quotes}
        return (*sorted(bases), *sorted(i.symbol for i in listed))
    last, rest = before[-1], before[2:]
    if last == "@":
        return PRICE_WORDS
    if last == "stp":
        return tuple(STP_MODES)
    if last in SHOW:
        return ()
    groups = (tuple(TYPES), tuple(TIMES), POST, SHOW, ("stp",))
    spent = {word for group in groups if any(word in rest for word in group) for word in group}
    if "@" in rest or any(is_number(word) or is_price_word(word) for word in rest[1:]):
        spent |= {*PRICE_WORDS, "market", "mkt"}
    return tuple(word for word in OPTIONS if word not in spent)
