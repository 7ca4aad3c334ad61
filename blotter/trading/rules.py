"""Pure pre-trade rules: the shape an order type must have, an instrument's filters, and the side of the market.

Every broken rule is named at its field, with the value and the rule in words, and with a legal value to
offer where there is one; nothing is rounded here. Nothing here knows limits of the desk (rate, exposure,
position, duplicates): those are not the instrument's.
"""

from collections.abc import Iterator

import msgspec

from blotter.trading import filters
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.list_rules import hang_together, released_at_once, stand_apart
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.shape import numbers, shape, short_tif
from blotter.trading.violation import Violation

__all__ = ["Violation", "check", "check_list", "short_tif"]

_FILTERED = ("order_qty", "cash_order_qty", "price", "max_floor", "trigger_price", "trailing_bips")


def check(request: OrderRequest, instrument: Instrument | None, quote: Quote | None) -> list[Violation]:
    """Every rule the request breaks; empty when none.

    `instrument` None means that the venue lists no such symbol, which is a violation by itself; the shape
    is still judged. `quote` tells the worth of an order without a price, on which side of the market a trigger
    is, and how far a price is away; without it (or without the side in question) these are left to the venue.
    Whether the quote is fresh is the caller's to know.
    """
    return _check(request, instrument, quote)


def check_list(
    request: OrderListRequest, instrument: Instrument | None, quote: Quote | None
) -> list[Violation]:
    """Every rule a list breaks, those of its legs and those between them; `leg` says whose it is, as does the text.

    Where the market is concerns the legs that work at once. Those that are released later are held against the price
    at which that will happen, as far as it can be told.
    """
    names = request.kind.leg_names
    violations = list(hang_together(request))
    if len(request.legs) != len(names):
        return violations
    if instrument is not None and instrument.symbol == request.symbol:
        violations += _takes_lists(request.kind, instrument)
    paid = request.kind in (ListKind.OPO, ListKind.OPOCO)
    for at, (name, leg) in enumerate(zip(names, request.legs, strict=True)):
        later = at > 0 and request.kind is not ListKind.OCO
        found = _check(leg, instrument, None if later else quote, quantity_follows=paid and later)
        # What is wrong with the symbol is said once, not for each leg.
        violations += [_of_leg(name, v) for v in found if v.field != "symbol" or at == 0]
    if not violations:
        violations += stand_apart(request, quote)
    if not violations:
        violations += released_at_once(request, quote)
    return violations


def _of_leg(name: str, violation: Violation) -> Violation:
    if violation.field == "symbol":
        return violation
    return msgspec.structs.replace(violation, leg=name, text=f"{name} leg: {violation.text}")


def _takes_lists(kind: ListKind, i: Instrument) -> Iterator[Violation]:
    """`ocoAllowed`, `otoAllowed`, `opoAllowed` of the venue's listing; OTOCO and OPOCO need more than one."""
    pair = kind in (ListKind.OCO, ListKind.OTOCO, ListKind.OPOCO)
    paying = kind in (ListKind.OPO, ListKind.OPOCO)
    for needed, allowed, words in (
        (pair, i.lists, "OCO"),
        (kind is not ListKind.OCO, i.triggered_lists, "OTO"),
        (paying, i.paying_lists, "OPO"),
    ):
        if needed and allowed is False:
            yield Violation(field="kind", text=f"{i.symbol} takes no {words} lists, so no {kind.value}")
            return


def _check(
    request: OrderRequest,
    instrument: Instrument | None,
    quote: Quote | None,
    *,
    quantity_follows: bool = False,
) -> list[Violation]:
    violations = list(numbers(request)) or list(shape(request, quantity_follows=quantity_follows))
    if instrument is None or instrument.symbol != request.symbol:
        violations.append(
            Violation(field="symbol", text=f"symbol {request.symbol} is not listed by the venue")
        )
        return violations
    violations += filters.takes(request, instrument)
    if any(v.field in _FILTERED for v in violations):
        return violations  # filters cannot be judged on values that make no sense
    violations += filters.steps(request, instrument)
    violations += filters.notional(request, instrument, quote)
    violations += filters.percent_price(request, instrument, quote)
    violations += filters.trigger_side(request, instrument, quote)
    return violations
