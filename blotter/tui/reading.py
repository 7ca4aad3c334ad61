"""A line and the market of this instant to a `Reading`: the order grammar and amends, with the rules applied.

Pure. It decides nothing about sending; `entry` does.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import ReplaceMode
from blotter.trading.grammar import SIDES, STARTS, Market, describe, describe_list, parse_order
from blotter.trading.instrument import Amending, Instrument
from blotter.trading.line import list_line, order_line
from blotter.trading.order import Order, Standing
from blotter.trading.order_list import Held
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.verbs import AmendOrder, Known, Mistakes, ReleaseHeld, parse_verb
from blotter.tui.entry import Reading
from blotter.tui.format import DASH, trimmed

AMEND: Final = "amend"
RELEASE: Final = "release"
STARTING: Final = (*STARTS, AMEND, RELEASE)

CHANGE: Final = "Change, keeps its place"
CHANGE_AT_VENUE: Final = "Change at the venue; whether it keeps its place is the venue's rule"
CANCEL_REPLACE: Final = "Cancel/Replace, goes to the end of the queue"


def is_order_line(line: str) -> bool:
    """Whether a line is for the order entry rather than a verb of the screen."""
    return _first(line) in STARTING


def _first(line: str) -> str:
    words = line.split(maxsplit=1)
    return words[0].lower() if words else ""


def read(line: str, market: Market, known: Known) -> Reading:
    """What the line means now. Never raises."""
    match _first(line):
        case "amend" | "release":
            return _read_verb(line, market, known)
        case first if first in STARTS:
            return _read_order(line, market, first)
        case _:
            return Reading(line=line)


def _read_order(line: str, market: Market, first: str) -> Reading:
    draft = parse_order(line, market)
    if draft.list_request is not None:
        reading = _of_list(draft.list_request, market)
    elif draft.request is not None:
        reading = _of_order(draft.request)
    else:
        reading = Reading(side=SIDES.get(first))
    return msgspec.structs.replace(
        reading, line=line, words=draft.expansion, mistakes=draft.mistakes, missing=draft.missing
    )


def _of_order(request: OrderRequest) -> Reading:
    return Reading(terms=request, side=request.side, symbol=request.symbol)


def _of_list(request: OrderListRequest, market: Market) -> Reading:
    instrument = market.instruments.get(request.symbol)
    return Reading(
        terms=request,
        side=request.legs[0].side,
        symbol=request.symbol,
        head=_head(request, instrument),
        legs=tuple(leg_lines(request, instrument)),
    )


def _head(request: OrderListRequest, instrument: Instrument | None) -> str:
    """Kind, symbol, and what a bracket risks to make: the legs are told one by one."""
    stakes = describe_list(request, instrument).partition("; ")[2]
    return f"{request.kind.value} {request.symbol}{'  ' + stakes if stakes else ''}"


def leg_lines(request: OrderListRequest, instrument: Instrument | None) -> list[str]:
    """Each leg in words, and when it works."""
    working = request.kind is not ListKind.OCO
    one_of_two = len(request.legs) - working == 2
    lines = []
    for place, leg in enumerate(request.legs):
        if working and place == 0:
            when = "at once"
        elif place == working:
            when = "once that is filled" if working else "at once"
        else:
            when = "or, whichever comes first" if one_of_two else "then"
        lines.append(f"{place + 1} {when}: {describe(leg, instrument)}")
    return lines


def _read_verb(line: str, market: Market, known: Known) -> Reading:
    verb = parse_verb(line, market, known.orders, known.lists, known.held)
    match verb:
        case AmendOrder():
            return _of_amend(line, verb, known.orders[verb.order_id], market)
        case ReleaseHeld(held_id):
            return _of_held(line, verb, known.held[held_id], market)
        case Mistakes():
            return Reading(line=line, mistakes=verb.mistakes, missing=verb.missing)
        case _:
            return Reading(line=line)


def _of_held(line: str, verb: ReleaseHeld, held: Held, market: Market) -> Reading:
    if held.list_request is not None:
        reading = _of_list(held.list_request, market)
        said = describe_list(held.list_request, market.instruments.get(held.list_request.symbol))
    elif held.request is not None:
        reading = _of_order(held.request)
        said = describe(held.request, market.instruments.get(held.request.symbol))
    else:
        return Reading(line=line)
    head = f"SUBMIT {held.id}  {reading.head}" if reading.head else ""
    return msgspec.structs.replace(
        reading, line=line, terms=verb, words=f"SUBMIT {held.id}  {said}", head=head
    )


def _of_amend(line: str, verb: AmendOrder, order: Order, market: Market) -> Reading:
    instrument = market.instruments.get(order.symbol)
    changes = instrument is not None and instrument.amending is Amending.CHANGED
    keeps = not changes and keeps_queue(order, verb, instrument)
    return Reading(
        line=line,
        terms=verb,
        side=order.side,
        symbol=order.symbol,
        words=f"AMEND {order.id} {order.side.name} {order.symbol}  {_change(order, verb)}",
        queue=CHANGE if keeps else CHANGE_AT_VENUE if changes else CANCEL_REPLACE,
        costs="" if keeps or changes else _costs(order, verb),
    )


def _change(order: Order, terms: AmendOrder) -> str:
    """`0.5 @ 60,000 → 0.3 @ 60,000`; with the trigger where there is one."""
    trigger = order.current.request.trigger_price

    def side(qty: Decimal | None, price: Decimal | None, trigger: Decimal | None) -> str:
        words = [trimmed(qty)]
        words += [f"trigger {trimmed(trigger)}"] if trigger is not None else []
        words += [f"@ {trimmed(price)}"] if price is not None else []
        return " ".join(words)

    return " → ".join(
        (
            side(order.order_qty, order.price, trigger),
            side(
                order.order_qty if terms.order_qty is None else terms.order_qty,
                order.price if terms.price is None else terms.price,
                trigger if terms.trigger_price is None else terms.trigger_price,
            ),
        )
    )


def _costs(order: Order, terms: AmendOrder) -> str:
    """What a cancel-and-new puts at stake beside the place in the queue; nothing in the plain case."""
    found = []
    if order.list_id:
        found.append(f"‼ it is a leg of {order.list_id}: the venue cancels the whole list")
    if terms.mode is ReplaceMode.ALLOW_FAILURE:
        found.append("‼ the new one is placed even if the cancel is refused: both may be live")
    return "  ".join(found)


def keeps_queue(order: Order, terms: AmendOrder, instrument: Instrument | None = None) -> bool:
    """A smaller quantity at the same prices stays where it is in the queue, if the symbol can be amended in place;
    anything else starts at the queue's end."""
    same = terms.price in (None, order.price) and (
        terms.trigger_price in (None, order.current.request.trigger_price)
    )
    total = order.order_qty
    smaller = terms.order_qty is not None and total is not None and terms.order_qty < total
    return same and smaller and (instrument is None or instrument.amendable is not False)


# --- the other way: terms to a line --------------------------------------------------------------------------


def amend_line(order: Order) -> str:
    """The line that starts an amend from the accepted terms."""
    request = order.current.request
    words = [AMEND, order.id, DASH if order.order_qty is None else plain(order.order_qty)]
    if request.trigger_price is not None and order.standing is Standing.HELD:
        words += ["take" if request.take_profit else "stop", plain(request.trigger_price)]
    if order.price is not None:
        words += ["limit" if request.contingent else "@", plain(order.price)]
    return " ".join(words)


def held_line(held: Held, quote_asset: str) -> str:
    """The line that says what is held."""
    if held.list_request is not None:
        return list_line(held.list_request)
    return order_line(held.request, quote_asset) if held.request is not None else ""


def list_terms(kind: ListKind | None, legs: Sequence[Order]) -> OrderListRequest | None:
    """The terms a list was placed with; None of a list placed elsewhere, whose kind nobody said."""
    if kind is None or len(legs) != len(kind.leg_names):
        return None
    return OrderListRequest(kind=kind, legs=tuple(leg.placements[0].request for leg in legs))
