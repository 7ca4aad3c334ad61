"""Order lists in one line: `oco sell ...` and `buy ... then|pays sell ...`. The grammar is at the head of
`blotter.trading.grammar`, what binds to what in `blotter.trading.clauses`. Never raises.

The kind of list follows from the words alone: `oco` asks for two ways to work; after `then` or `pays` one way is a
pending order, two are a pair of exits. Which leg is below the market and which above follows from side and word.
"""

from typing import NamedTuple

from blotter.trading.clause import Clause
from blotter.trading.clauses import Part
from blotter.trading.draft import Draft, blamed, unfinished
from blotter.trading.enums import OrdType, Side
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.rules import check_list
from blotter.trading.wording import describe_list
from blotter.trading.words import Market, Mistake, Word, fresh_quote

OCO = "oco"
THEN = {"then": False, "pays": True}  # whether the first order pays for the others
_EXITS = "price, stop or take"


class _Leg(NamedTuple):
    part: Part
    clause: Clause
    request: OrderRequest


def joint_at(words: list[Word]) -> int | None:
    """Where `then` or `pays` stands. A symbol may be called that: side, quantity and symbol come before."""
    return next((at for at, word in enumerate(words) if at > 2 and word.low in THEN), None)


def parse_list(words: list[Word], length: int, market: Market) -> Draft | None:
    """Parse the words of a line of `length` characters that begins with `oco`, or has `then` or `pays` in it; None for
    any other."""
    at = joint_at(words)
    if words and words[0].low == OCO:
        if at is None:
            return _oco(words[1:], length, market)
        return Draft(mistakes=(words[at].wrong(f"{words[at].text}: nothing follows the exits of an oco"),))
    return None if at is None else _triggering(words[:at], words[at], words[at + 1 :], length, market)


def _oco(words: list[Word], length: int, market: Market) -> Draft:
    part = Part(words, market)
    part.read()
    if part.hopeless:
        return unfinished([part])
    if (unready := _exits(part)) is not None:
        return unready
    legs = _pair(part, ListKind.OCO)
    return unfinished([part]) if legs is None else _judged(ListKind.OCO, legs, length, market)


def _triggering(before: list[Word], joint: Word, after: list[Word], length: int, market: Market) -> Draft:
    working = Part(before, market)
    working.read()
    if working.hopeless:
        return unfinished([working])
    first = working.clauses[0]
    if len(working.clauses) > 1:
        word = working.clauses[1].word or joint
        return unfinished([working], word.wrong(f"{word.text}: the first order of a list has one price"))
    if first.blank or (first.ord_type is OrdType.LIMIT and "price" not in first.places and not first.pegged):
        return unfinished([working], joint.wrong(f"a price goes before {joint.text}"))
    if working.missing and not working.mistakes:
        return unfinished([working], joint.wrong(f"{joint.text}: {working.missing} is missing before it"))
    pending = Part(after, market, working)
    pending.read()
    parts = (working, pending)
    if pending.hopeless:
        return unfinished(parts)
    paid = THEN[joint.low]
    if paid and "order_qty" in pending.places:
        word = pending.places["order_qty"]
        text = f"{word.text}: after pays the quantity is what the buy receives, leave it out"
        return unfinished(parts, word.wrong(text))
    if len(pending.clauses) == 1:
        kind = ListKind.OPO if paid else ListKind.OTO
        clause = pending.clauses[0]
        if clause.resting and "price" not in clause.places and not clause.pegged:
            return unfinished(parts, missing=f"{_EXITS}, or market")
        last: tuple[_Leg, ...] | None = _legs(pending, (clause,), exits=False, paid=paid)
    else:
        kind = ListKind.OPOCO if paid else ListKind.OTOCO
        if (unready := _exits(pending, working)) is not None:
            return unready
        last = _pair(pending, kind)
    head = _legs(working, (first,), exits=False, paid=False)
    if last is None or head is None or any(part.mistakes or part.missing for part in parts):
        return unfinished(parts)
    return _judged(kind, (*head, *last), length, market)


def _exits(part: Part, *others: Part) -> Draft | None:
    """The draft that says why these are not two exits; None when they are."""
    parts = (*others, part)
    if len(part.clauses) > 2:
        word = part.clauses[2].word or part.places["side"]
        return unfinished(parts, word.wrong(f"{word.text}: there are two exits already"))
    wrong: list[Mistake] = []
    lacks = ""
    for clause in part.clauses:
        if clause.ord_type is OrdType.MARKET and clause.word is not None:
            wrong.append(
                clause.word.wrong(f"{clause.word.text}: an exit waits, at a price, a stop or a take")
            )
        elif clause.resting and "price" not in clause.places and not clause.pegged:
            lacks = lacks or _EXITS
    if len(part.clauses) < 2 and not lacks:
        lacks = "the other exit: " + ("stop or take" if part.clauses[0].resting else _EXITS)
    if wrong or lacks:
        return unfinished(parts, *wrong, missing=lacks)
    return unfinished(parts) if any(p.mistakes or p.missing for p in parts) else None


def _legs(part: Part, clauses: tuple[Clause, ...], *, exits: bool, paid: bool) -> tuple[_Leg, ...] | None:
    legs = []
    for clause in clauses:
        request = part.request(clause, exit_of_two=exits, paid=paid)
        if request is None:
            return None
        legs.append(_Leg(part, clause, request))
    return tuple(legs)


def _pair(part: Part, kind: ListKind) -> tuple[_Leg, ...] | None:
    """Two exits in the venue's order: below the market, above it."""
    legs = _legs(part, tuple(part.clauses), exits=True, paid=kind is ListKind.OPOCO)
    if legs is None:
        return None
    one, other = legs
    # The one that stops the loss is below for a sell, above for a buy. Where both or neither do, the rules refuse.
    stops = [leg.request.contingent and not leg.request.take_profit for leg in (one, other)]
    one_below = stops[0] if part.side is Side.SELL else not stops[0]
    return (one, other) if one_below else (other, one)


def _judged(kind: ListKind, legs: tuple[_Leg, ...], length: int, market: Market) -> Draft:
    """The draft of a complete line: the list, if the rules let it be one."""
    parts = tuple(dict.fromkeys(leg.part for leg in legs))
    request = OrderListRequest(kind=kind, legs=tuple(leg.request for leg in legs))
    by_name = dict(zip(kind.leg_names, legs, strict=True))
    instrument = legs[0].part.instrument
    whole = Word("", 0, length)
    wrong = []
    for violation in check_list(request, instrument, fresh_quote(request.symbol, market)):
        leg = by_name.get(violation.leg, legs[0])
        mistake = blamed(violation, leg.part, leg.clause, whole)
        if mistake not in wrong:
            wrong.append(mistake)
    draft = unfinished(parts, *wrong)
    return Draft(
        list_request=None if draft.mistakes else request,
        mistakes=draft.mistakes,
        expansion=describe_list(request, instrument),
    )
