"""Pure pre-trade rules: the shape an order type must have, and an instrument's filters.

Every broken rule is named at its field, with the value and the rule in words, and with a legal value to
offer where there is one. Nothing here knows limits of the desk (rate, exposure, duplicates): those are not
the instrument's.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from blotter.trading.decimals import down, on_step, plain, sane, to_step, up
from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import OrderRequest


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule: field, value and rule in the text; `nearest` is a legal value to offer, if any."""

    field: str  # "price", "order_qty", "symbol", "max_floor", ...
    text: str
    nearest: Decimal | None = None


_NAMES = {
    "order_qty": "quantity",
    "cash_order_qty": "quote amount",
    "price": "price",
    "max_floor": "visible quantity",
    "time_in_force": "time in force",
    "exec_inst": "post-only",
}


def check(request: OrderRequest, instrument: Instrument | None, quote: Quote | None) -> list[Violation]:
    """Every rule the request breaks; empty when none.

    `instrument` None means that the venue lists no such symbol, which is a violation by itself; the shape
    is still judged. `quote` is used for one thing, the worth of a market order by quantity; without it (or
    without the side that would be hit) that rule is left to the venue. Whether the quote is fresh is the
    caller's to know.
    """
    violations = list(_numbers(request)) or list(_shape(request))
    if instrument is None or instrument.symbol != request.symbol:
        violations.append(
            Violation(field="symbol", text=f"symbol {request.symbol} is not listed by the venue")
        )
        return violations
    if any(v.field in ("order_qty", "cash_order_qty", "price", "max_floor") for v in violations):
        return violations  # filters cannot be judged on values that make no sense
    violations += _filters(request, instrument)
    violations += _notional(request, instrument, quote)
    return violations


def _numbers(request: OrderRequest) -> Iterator[Violation]:
    """Every number is one that can be reckoned with, and above 0."""
    for field in ("order_qty", "cash_order_qty", "price", "max_floor"):
        value: Decimal | None = getattr(request, field)
        if value is None:
            continue
        if not sane(value):
            yield Violation(field=field, text=f"{_NAMES[field]} {value} is not a usable number")
        elif value <= 0:
            yield Violation(field=field, text=f"{_NAMES[field]} {plain(value)} must be above 0")


def _shape(request: OrderRequest) -> Iterator[Violation]:
    """Which fields go together (fact sheet 6.1)."""
    match request.ord_type:
        case OrdType.MARKET:
            yield from _market(request)
        case OrdType.LIMIT:
            yield from _limit(request)
        case _:
            yield Violation(
                field="ord_type",
                text=f"{request.ord_type.name.lower()} orders cannot be entered: use limit or market",
            )


def _market(request: OrderRequest) -> Iterator[Violation]:
    if request.order_qty is None and request.cash_order_qty is None:
        yield Violation(field="order_qty", text="a market order needs a quantity or a quote amount")
    if request.order_qty is not None and request.cash_order_qty is not None:
        yield Violation(
            field="cash_order_qty", text="a market order takes a quantity or a quote amount, not both"
        )
    for field in ("price", "time_in_force", "exec_inst", "max_floor"):
        if getattr(request, field) is not None:
            yield Violation(field=field, text=f"a market order has no {_NAMES[field]}")


def _limit(request: OrderRequest) -> Iterator[Violation]:
    if request.order_qty is None and request.cash_order_qty is None:
        yield Violation(field="order_qty", text="a limit order needs a quantity")
    if request.cash_order_qty is not None:
        yield Violation(field="cash_order_qty", text="a quote amount works with market orders only")
    if request.price is None:
        yield Violation(field="price", text="a limit order needs a price")
    post = request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    tif = request.time_in_force
    if post and tif is not None:
        yield Violation(
            field="time_in_force", text="a post-only order carries no time in force: it rests until done"
        )
    if not post and tif is None:
        yield Violation(field="time_in_force", text="a limit order needs a time in force: GTC, IOC or FOK")
    if request.max_floor is not None:
        if tif is not TimeInForce.GOOD_TILL_CANCEL:
            having = "post-only" if post else "none" if tif is None else short_tif(tif)
            yield Violation(field="max_floor", text=f"an iceberg needs time in force GTC, not {having}")
        if request.order_qty is not None and not request.max_floor < request.order_qty:
            yield Violation(
                field="max_floor",
                text=f"visible quantity {plain(request.max_floor)} must be below the quantity"
                f" {plain(request.order_qty)}",
            )


def _filters(request: OrderRequest, instrument: Instrument) -> Iterator[Violation]:
    """PRICE_FILTER, LOT_SIZE, MARKET_LOT_SIZE (fact sheet 9.5 and 12)."""
    i = instrument
    if request.price is not None:
        yield from _grid("price", request.price, "tick", i.tick_size, i.min_price, i.max_price)
    if request.order_qty is not None:
        if request.ord_type is OrdType.MARKET:
            step, low, high = _market_lot(i)
            yield from _grid("order_qty", request.order_qty, "step", step, low, high)
        else:
            yield from _grid("order_qty", request.order_qty, "step", i.step_size, i.min_qty, i.max_qty)
    if request.max_floor is not None:
        yield from _grid("max_floor", request.max_floor, "step", i.step_size, i.min_qty, i.max_qty)


def _market_lot(i: Instrument) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """LOT_SIZE holds for market orders too; of both filters the stricter bound counts."""
    steps = [s for s in (i.step_size, i.market_step_size) if s]
    lows = [v for v in (i.min_qty, i.market_min_qty) if v is not None]
    highs = [v for v in (i.max_qty, i.market_max_qty) if v]
    return max(steps, default=None), max(lows, default=None), min(highs, default=None)


def _grid(
    field: str, value: Decimal, unit: str, step: Decimal | None, low: Decimal | None, high: Decimal | None
) -> Iterator[Violation]:
    """A value on a grid between bounds. A bound or step of 0 is a rule switched off (fact sheet 12)."""
    broken = []
    if step and not on_step(value, step):
        broken.append(f"is not a multiple of the {unit} {plain(step)}")
    if low and value < low:
        broken.append(f"is below the minimum {plain(low)}")
    if high and value > high:
        broken.append(f"is above the maximum {plain(high)}")
    if not broken:
        return
    nearest = _nearest(value, step or None, low or None, high or None)
    offer = "" if nearest is None else f" (nearest {plain(nearest)})"
    for rule in broken:
        text = f"{_NAMES[field]} {plain(value)} {rule}{offer}"
        yield Violation(field=field, text=text, nearest=nearest)


def _nearest(
    value: Decimal, step: Decimal | None, low: Decimal | None, high: Decimal | None
) -> Decimal | None:
    """The legal value nearest to `value`; None when bounds and step leave none."""
    legal = to_step(value, step) if step else value
    if low is not None and legal < low:
        legal = up(low, step) if step else low
    if high is not None and legal > high:
        legal = down(high, step) if step else high
    if legal <= 0 and step:
        legal = step
    fits = legal > 0 and (low is None or legal >= low) and (high is None or legal <= high)
    return legal if fits else None


def _notional(request: OrderRequest, instrument: Instrument, quote: Quote | None) -> Iterator[Violation]:
    """MIN_NOTIONAL or NOTIONAL: price x quantity, or the quote amount."""
    least = instrument.min_notional
    if not least:
        return
    cash = request.cash_order_qty
    if cash is not None:
        if cash < least:
            rule = _too_small(least, instrument)
            text = f"quote amount {plain(cash)} {instrument.quote} {rule} (nearest {plain(least)})"
            yield Violation(field="cash_order_qty", text=text, nearest=least)
        return
    qty, price, by = request.order_qty, request.price, ""
    if price is None and quote is not None:
        price = quote.ask if request.side is Side.BUY else quote.bid
        by = f" at {plain(price)}" if price is not None else ""
    if qty is None or price is None or qty * price >= least:
        return
    step = _market_lot(instrument)[0] if request.ord_type is OrdType.MARKET else instrument.step_size
    nearest = up(least / price, step) if step else None
    offer = "" if nearest is None else f" (nearest quantity {plain(nearest)})"
    worth = f"order value {plain(qty * price)} {instrument.quote}{by}"
    text = f"{worth} {_too_small(least, instrument)}{offer}"
    yield Violation(field="order_qty", text=text, nearest=nearest)


def _too_small(least: Decimal, instrument: Instrument) -> str:
    return f"is below the minimum {plain(least)} {instrument.quote}"


def short_tif(tif: TimeInForce) -> str:
    """GTC, IOC, FOK."""
    return _TIF[tif]


_TIF = {
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}
