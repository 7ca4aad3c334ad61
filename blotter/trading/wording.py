"""Orders and order lists in words, as the review step and the headless answers show them. Pure.

What these words say is all of it: side, quantity, symbol, how it works, what triggers it, what it is worth.
"""

from decimal import Decimal

from blotter.trading.decimals import amount, grouped, places, plain
from blotter.trading.enums import ExecInst, OrdType, PegPriceType, Side, TriggerPriceDirection
from blotter.trading.filters import rises
from blotter.trading.instrument import Instrument
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.shape import short_tif
from blotter.trading.until import until_words

_PAID = (ListKind.OPO, ListKind.OPOCO)


def describe(request: OrderRequest, instrument: Instrument | None = None) -> str:
    """The order in words, as the review step shows it. With the instrument, numbers have the places of its
    grid and an order with a price says what it is worth."""
    return " ".join([_side(request), *_what(request, instrument), *_terms(request, instrument)])


def describe_list(request: OrderListRequest, instrument: Instrument | None = None) -> str:
    """The whole list in words: its legs, what they are worth, and what a bracket risks to make."""
    kind, legs = request.kind, request.legs
    if kind is ListKind.OCO:
        head = " ".join(["OCO", _side(legs[0]), *_what(legs[0], instrument)])
        return f"{head}: {_either(legs, instrument)}"
    working, exits = legs[0], legs[1:]
    follows = "pays" if kind in _PAID else "then"
    first = f"{kind.value} {describe(working, instrument)}, {follows} {_side(exits[0])}"
    if kind in _PAID:
        first += " what it receives"
    elif exits[0].order_qty is not None:
        first += f" {grouped(exits[0].order_qty, _step(instrument))}"
    if len(exits) == 1:
        return " ".join([first, *_terms(exits[0], instrument)])
    return f"{first}: {_either(exits, instrument)}{_stakes(working, exits, instrument)}"


def _either(legs: tuple[OrderRequest, ...], instrument: Instrument | None) -> str:
    """Two exits, the profit first."""
    stop_last = sorted(legs, key=lambda leg: leg.contingent and not leg.take_profit)
    return ", or ".join(" ".join(_terms(leg, instrument)) for leg in stop_last)


def _stakes(working: OrderRequest, exits: tuple[OrderRequest, ...], instrument: Instrument | None) -> str:
    """What a bracket loses at its stop and makes at its target, before fees; nothing where prices are not known."""
    qty, entry, sign = working.order_qty, working.price, working.side.sign
    ends = [exit.trigger_price if exit.contingent else exit.price for exit in exits]
    if qty is None or entry is None or exits[0].side is working.side or None in ends:
        return ""
    results = sorted((end - entry) * sign * qty for end in ends if end is not None)
    unit = f" {instrument.quote}" if instrument else ""
    return f"; risks {amount(-results[0])}{unit} to make {amount(results[1])}{unit}" if results[0] < 0 else ""


def _side(request: OrderRequest) -> str:
    return "BUY" if request.side is Side.BUY else "SELL"


def _tick(instrument: Instrument | None) -> int:
    return places(instrument.tick_size) if instrument else 0


def _step(instrument: Instrument | None) -> int:
    return places(instrument.step_size) if instrument else 0


def _what(request: OrderRequest, instrument: Instrument | None) -> list[str]:
    """Quantity and symbol."""
    if request.order_qty is not None:
        return [grouped(request.order_qty, _step(instrument)), request.symbol]
    if request.cash_order_qty is not None:
        unit = instrument.quote if instrument else "of quote asset"
        return [request.symbol, "for", grouped(request.cash_order_qty, 2), unit]
    return [request.symbol]


def _terms(request: OrderRequest, instrument: Instrument | None) -> list[str]:
    """How it works, its options, its worth."""
    tick, post = _tick(instrument), request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    parts = []
    if request.contingent:
        parts += [f"{_trigger(request, tick)},", "then"]
    parts += _way(request, tick)
    if request.time_in_force is not None:
        parts.append(short_tif(request.time_in_force))
        if request.expire_time is not None:
            parts.append(f"until {until_words(request.expire_time)}")
    elif post:
        parts.append("GTC")
    if post:
        parts.append("post-only")
    if request.max_floor is not None:
        parts.append(f"showing {grouped(request.max_floor, _step(instrument))}")
    if request.self_trade_prevention is not None:
        parts.append(f"STP {request.self_trade_prevention.name.lower().replace('_', ' ')}")
    if request.target_strategy is not None:
        parts.append(f"strategy {request.target_strategy}")
    if request.strategy_id is not None:
        parts.append(f"id {request.strategy_id}")
    if request.smart_routing:
        parts.append("smart routing")
    return parts + _worth(request, instrument)


def _way(request: OrderRequest, tick: int) -> list[str]:
    limit = [] if request.price is None else [grouped(request.price, tick)]
    match request.ord_type:
        case OrdType.MARKET | OrdType.STOP:
            return ["MARKET"]
        case OrdType.LIMIT | OrdType.STOP_LIMIT:
            return ["LIMIT", *limit]
        case OrdType.PEGGED:
            pegged = [f"PEGGED to the {_pegged_to(request)}"]
            return [*pegged, "but no worse than", *limit] if limit else pegged


def _pegged_to(request: OrderRequest) -> str:
    own = request.peg_price_type is PegPriceType.PRIMARY_PEG
    best = "bid" if own == (request.side is Side.BUY) else "ask"
    deeper = request.peg_offset or 0
    return best if not deeper else f"{best}, {deeper} level{'s' if deeper > 1 else ''} deeper"


def _trigger(request: OrderRequest, tick: int) -> str:
    kind = "TAKE PROFIT" if request.take_profit else "STOP LOSS"
    verb = "rising" if rises(request) else "falling"
    price = "" if request.trigger_price is None else grouped(request.trigger_price, tick)
    if request.trailing_bips is None:
        return f"{kind} {verb} to {price}" if price else kind
    percent = plain(Decimal(request.trailing_bips) / 100)
    follows = f"{percent}% {'below the highest' if request.side is Side.SELL else 'above the lowest'}"
    if not price:
        return f"TRAILING {follows} from now on"
    risen = "risen" if request.trigger_direction is TriggerPriceDirection.UP else "fallen"
    return f"TRAILING {kind} {follows} once {risen} to {price}"


def _worth(request: OrderRequest, instrument: Instrument | None) -> list[str]:
    """Exact where the price is; about, where a trigger only says when."""
    unit = f" {instrument.quote}" if instrument else ""
    if request.order_qty is None:
        return []
    if request.price is not None:
        return [f"= {amount(request.price * request.order_qty)}{unit}"]
    if request.trigger_price is not None and request.trailing_bips is None:
        return [f"≈ {amount(request.trigger_price * request.order_qty)}{unit}"]
    return []
