"""The rules about what orders come to together: position, exposure, loss, and how many there are.

The first three are for orders that may add to a position; one that only reduces it is not brought here. The largest
position that open orders may make of it counts, not the one there is. What has no price is named, and not counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from blotter.trading.decimals import plain
from blotter.trading.event import ZERO
from blotter.trading.risk_levels import Levels, Limits, RiskLimits
from blotter.trading.risk_situation import (
    NOTHING,
    Candidate,
    Counter,
    Finding,
    Holding,
    Leg,
    Situation,
)
from blotter.trading.risk_words import against, kind, unknown


def _position(order: Candidate) -> Iterator[Finding]:
    if not order.own.position:
        return
    holding, side = order.holding, order.request.side
    for name in holding.untold:
        yield unknown("position", order.qty_field, f"the quantity of {name} is not known")
    result = None
    if order.qty is not None:
        result = abs(holding.net + side.sign * (holding.open(side) + order.qty))
    yield from against(
        order.own.position, result, "position", order.qty_field, order.base, "no price tells the quantity"
    )


def _exposure(order: Candidate) -> Iterator[Finding]:
    """Gross, and in the order's asset: only what makes the worst case worse is held against it."""
    levels = order.desk.assets.get(order.base)
    if not order.desk.gross and not levels:
        return
    field = order.qty_field
    if order.qty is None:
        yield unknown("exposure", field, f"no price of {order.request.symbol} is known")
        return
    after = order.holding.more(order.request.side, order.qty)
    if after.worst <= order.holding.worst and not order.holding.untold:
        return
    holdings = {**order.situation.holdings, order.request.symbol: after}
    if order.desk.gross:
        yield from _sum("gross exposure", order.desk.gross, holdings, order, field)
    if levels:
        of_asset = {symbol: one for symbol, one in holdings.items() if _base(symbol, order) == order.base}
        yield from _sum(f"exposure in {order.base}", levels, of_asset, order, field)


def _sum(
    rule: str, levels: Levels, holdings: Mapping[str, Holding], order: Candidate, field: str
) -> Iterator[Finding]:
    total, unit = ZERO, order.desk.unit
    for symbol, holding in holdings.items():
        for name in holding.untold:
            yield unknown(rule, field, f"the quantity of {name} is not known")
        if holding.worst:
            base = _base(symbol, order)
            rate = None if base is None else order.situation.rate(base)
            if rate is None:
                what = symbol if base is None else base
                yield unknown(rule, field, f"no price of {what} in {unit} is known, it is not counted")
            else:
                total += holding.worst * rate
    yield from against(levels, total, rule, field, unit)


def _base(symbol: str, order: Candidate) -> str | None:
    instrument = order.situation.instruments.get(symbol)
    return None if instrument is None else instrument.base


def _loss(order: Candidate) -> Iterator[Finding]:
    for asset in order.situation.unpriced_fees if order.desk.loss else ():
        yield unknown(
            "loss", "", f"no price of {asset} in {order.desk.unit} is known, fees in it are not counted"
        )
    yield from against(
        order.desk.loss,
        order.situation.loss,
        "loss",
        "",
        order.desk.unit,
        "a position has no price",
    )


RULES = (_position, _exposure, _loss)
"""Each for an order that may add to a position."""


def counts(orders: Sequence[Leg], situation: Situation, own: Limits, limits: RiskLimits) -> Iterator[Finding]:
    symbol, more = orders[0].request.symbol, len(orders)
    open_here = situation.holdings.get(symbol, NOTHING).orders + more
    open_total = sum(holding.orders for holding in situation.holdings.values()) + more
    if situation.replaced_qty is None:  # a replace opens none
        yield from against(own.open_orders, Decimal(open_here), "open orders", "symbol", symbol)
        yield from against(limits.total_orders, Decimal(open_total), "open orders", "", "in all")
    window = f"in {plain(limits.order_rate_window)} s"
    yield from against(limits.order_rate, Decimal(situation.sent + more), "order rate", "", window)
    for counter in situation.counters:
        yield from _counted(counter, limits)


def _counted(counter: Counter, limits: RiskLimits) -> Iterator[Finding]:
    levels = limits.venue_limits
    if not levels or not counter.cost:
        return
    used = counter.used + counter.cost
    for level, blocks in ((levels.block, True), (levels.warn, False)):
        if level is not None and used * 100 > counter.maximum * level:
            shown, limit = f"{used:,} of {counter.maximum:,}", f"{plain(level)} %"
            text = f"venue limit: {counter.name} would be at {shown}, {kind(blocks)} {limit}"
            yield Finding(rule="venue limit", field="", value=shown, limit=limit, text=text, blocks=blocks)
            return


def arming(situation: Situation, limits: RiskLimits) -> Iterator[Finding]:
    if limits.arming is not None and not situation.armed:
        limit = f"{plain(limits.arming)} s"
        text = f"arming: orders leave only while armed (at most {limit} at a time)"
        yield Finding(rule="arming", field="", value="not armed", limit=limit, text=text, blocks=True)
