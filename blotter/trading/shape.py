"""Which fields an order of each type has, must have and must not have (fact sheet 6.1 and 10). Pure.

Nothing here knows an instrument or a market; what is judged here is wrong for every symbol.
"""

from collections.abc import Iterator
from decimal import Decimal

from blotter.trading.decimals import plain, sane
from blotter.trading.enums import ExecInst, OrdType, PegPriceType, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.trading.until import EXAMPLE
from blotter.trading.violation import NAMES, Violation

MIN_STRATEGY = 1_000_000
"""Smaller TargetStrategy values are the venue's own (-1134)."""
MAX_PEG_OFFSET = 100
"""Price levels. No offset is said by its absence."""
MAX_TRAILING = 10_000
"""1 bip is 0.01 %: the whole price."""

_DECIMALS = ("order_qty", "cash_order_qty", "price", "max_floor", "trigger_price")
_TRIGGER = ("trigger_price", "trigger_direction", "trailing_bips")
_LASTS = ("time_in_force", "expire_time")
_KIND = {
    OrdType.MARKET: "a market order",
    OrdType.LIMIT: "a limit order",
    OrdType.STOP: "a stop order",
    OrdType.STOP_LIMIT: "a stop-limit order",
    OrdType.PEGGED: "a pegged order",
}
_MAY_HAVE = {
    OrdType.MARKET: {"cash_order_qty"},
    OrdType.LIMIT: {"price", *_LASTS, "exec_inst", "max_floor"},
    OrdType.STOP: {*_TRIGGER},
    OrdType.STOP_LIMIT: {"price", *_LASTS, "max_floor", *_TRIGGER},
    OrdType.PEGGED: {
        "price", *_LASTS, "exec_inst", "max_floor", "peg_price_type", "peg_offset", *_TRIGGER,
    },
}  # fmt: skip
_OPTIONAL = ("price", *_LASTS, "exec_inst", "max_floor", "peg_price_type", "peg_offset", *_TRIGGER)


def numbers(request: OrderRequest) -> Iterator[Violation]:
    """Every number is one that can be reckoned with, and inside what it can mean at all."""
    for field in _DECIMALS:
        value: Decimal | None = getattr(request, field)
        if value is None:
            continue
        if not sane(value):
            yield Violation(field=field, text=f"{NAMES[field]} {value} is not a usable number")
        elif value <= 0:
            yield Violation(field=field, text=f"{NAMES[field]} {plain(value)} must be above 0")
    yield from _within("trailing_bips", request.trailing_bips, 1, MAX_TRAILING, "bp")
    yield from _within("peg_offset", request.peg_offset, 1, MAX_PEG_OFFSET, " levels")
    yield from _within("target_strategy", request.target_strategy, MIN_STRATEGY, 2**31 - 1, "")
    yield from _within("strategy_id", request.strategy_id, 0, 2**31 - 1, "")


def _within(field: str, value: int | None, low: int, high: int, unit: str) -> Iterator[Violation]:
    if value is None or low <= value <= high:
        return
    nearest = low if value < low else high
    rule = f"is below the minimum {low}" if value < low else f"is above the maximum {high}"
    text = f"{NAMES[field]} {value}{unit} {rule} (nearest {nearest})"
    yield Violation(field=field, text=text, nearest=Decimal(nearest))


def shape(request: OrderRequest, *, quantity_follows: bool = False) -> Iterator[Violation]:
    """Which fields go together. `quantity_follows`: a pending leg that is paid by another, which has none."""
    kind = _KIND[request.ord_type]
    yield from _quantity(request, kind, quantity_follows)
    may_have = _MAY_HAVE[request.ord_type]
    for field in _OPTIONAL:
        if field not in may_have and getattr(request, field) is not None:
            yield Violation(field=field, text=f"{kind} has no {NAMES[field]}")
    if request.ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT) and request.price is None:
        yield Violation(field="price", text=f"{kind} needs a price")
    yield from _trigger(request, kind)
    if request.ord_type is OrdType.PEGGED:
        yield from _peg(request)
    yield from _time_in_force(request, kind)
    yield from _iceberg(request)
    yield from _routing(request)


def _quantity(request: OrderRequest, kind: str, follows: bool) -> Iterator[Violation]:
    if follows:
        for field in ("order_qty", "cash_order_qty"):
            if (value := getattr(request, field)) is not None:
                text = f"{NAMES[field]} {plain(value)}: this leg takes what the buy receives, and has none of its own"
                yield Violation(field=field, text=text)
        return
    if request.ord_type is not OrdType.MARKET:
        if request.order_qty is None and request.cash_order_qty is None:
            yield Violation(field="order_qty", text=f"{kind} needs a quantity")
        if request.cash_order_qty is not None:
            yield Violation(field="cash_order_qty", text="a quote amount works with market orders only")
        return
    if request.order_qty is None and request.cash_order_qty is None:
        yield Violation(field="order_qty", text=f"{kind} needs a quantity or a quote amount")
    if request.order_qty is not None and request.cash_order_qty is not None:
        yield Violation(field="cash_order_qty", text=f"{kind} takes a quantity or a quote amount, not both")


def _trigger(request: OrderRequest, kind: str) -> Iterator[Violation]:
    needs = request.ord_type in (OrdType.STOP, OrdType.STOP_LIMIT)
    price, direction, trailing = request.trigger_price, request.trigger_direction, request.trailing_bips
    if needs and price is None and trailing is None:
        yield Violation(
            field="trigger_price", text=f"{kind} needs a trigger price, a trailing distance, or both"
        )
    elif price is not None and direction is None:
        # Without it the venue would read a take-profit, whatever was meant (fact sheet trap 22).
        text = f"trigger price {plain(price)} needs a direction: reached by a rise or by a fall"
        yield Violation(field="trigger_direction", text=text)
    elif direction is not None and price is None and trailing is None and not needs:
        yield Violation(field="trigger_direction", text="a trigger direction goes with a trigger price")


def _peg(request: OrderRequest) -> Iterator[Violation]:
    peg, post = request.peg_price_type, request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    if peg is None:
        yield Violation(
            field="peg_price_type", text="a pegged order needs a peg: primary (own side) or market"
        )
    if post and request.contingent:
        yield Violation(field="exec_inst", text="a pegged order that waits for a trigger cannot be post-only")
    elif post and peg is PegPriceType.MARKET_PEG:
        text = "a post-only order cannot be pegged to the market: it would take (primary is allowed)"
        yield Violation(field="peg_price_type", text=text)
    tif = request.time_in_force
    primary = peg is PegPriceType.PRIMARY_PEG and not request.contingent and not post
    if primary and tif not in (None, TimeInForce.GOOD_TILL_CANCEL):
        text = f"time in force {short_tif(tif)}: an order with a primary peg must be GTC"
        yield Violation(field="time_in_force", text=text)


def _time_in_force(request: OrderRequest, kind: str) -> Iterator[Violation]:
    if request.ord_type in (OrdType.MARKET, OrdType.STOP):
        return
    tif, post = request.time_in_force, request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    if post and tif in _UNENDING:
        text = "a post-only order carries no time in force: it rests until done"
        yield Violation(field="time_in_force", text=text)
    if not post and tif is None:
        yield Violation(field="time_in_force", text=f"{kind} needs a time in force: GTC, IOC or FOK")
    if tif is TimeInForce.GOOD_TILL_DATE and request.expire_time is None:
        yield Violation(field="expire_time", text=f"a GTD order needs its end, as in gtd {EXAMPLE}")
    elif tif is not TimeInForce.GOOD_TILL_DATE and request.expire_time is not None:
        yield Violation(
            field="expire_time", text=f"only a GTD order ends at a time, and this is {_having(request)}"
        )


def _iceberg(request: OrderRequest) -> Iterator[Violation]:
    floor, tif = request.max_floor, request.time_in_force
    if floor is None or "max_floor" not in _MAY_HAVE[request.ord_type]:
        return
    if tif is None or tif in _AT_ONCE:
        text = f"an iceberg needs time in force GTC, not {_having(request)}"
        yield Violation(field="max_floor", text=text)
    if request.order_qty is not None and not floor < request.order_qty:
        text = f"visible quantity {plain(floor)} must be below the quantity {plain(request.order_qty)}"
        yield Violation(field="max_floor", text=text)


def _routing(request: OrderRequest) -> Iterator[Violation]:
    if not request.smart_routing:
        return
    plain_limit = request.ord_type is OrdType.LIMIT and request.exec_inst is None
    if not plain_limit and request.ord_type is not OrdType.MARKET:
        kind = "a post-only order" if request.ord_type is OrdType.LIMIT else _KIND[request.ord_type]
        text = f"smart order routing takes limit and market orders, not {kind}"
        yield Violation(field="smart_routing", text=text)
    if request.cash_order_qty is not None:
        yield Violation(field="smart_routing", text="smart order routing takes no quote amount")


def _having(request: OrderRequest) -> str:
    if request.time_in_force is not None:
        return short_tif(request.time_in_force)
    return "post-only" if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE else "none"


def short_tif(tif: TimeInForce) -> str:
    """DAY, GTC, IOC, FOK, GTD."""
    return _TIF[tif]


_AT_ONCE = (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL)
_UNENDING = (TimeInForce.GOOD_TILL_CANCEL, *_AT_ONCE)
_TIF = {
    TimeInForce.DAY: "DAY",
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
    TimeInForce.GOOD_TILL_DATE: "GTD",
}
