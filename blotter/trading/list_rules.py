"""What the legs of an order list must be to each other (fact sheet 6.6). Pure.

Each leg by itself is judged by `blotter.trading.rules`; here is only what makes a list of them.
"""

from collections.abc import Iterator
from decimal import Decimal

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecInst, OrdType, Side
from blotter.trading.filters import rises
from blotter.trading.instrument import Quote
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.violation import Violation

_PAID = (ListKind.OPO, ListKind.OPOCO)
_TRIGGERED = (OrdType.STOP, OrdType.STOP_LIMIT)


def hang_together(request: OrderListRequest) -> Iterator[Violation]:
    """Number, symbols, types, sides and quantities of the legs."""
    kind, legs, names = request.kind, request.legs, request.kind.leg_names
    if len(legs) != len(names):
        text = f"{kind.value} has {len(names)} legs ({', '.join(names)}), not {len(legs)}"
        yield Violation(field="legs", text=text)
        return
    for name, leg in zip(names, legs, strict=True):
        if leg.symbol != legs[0].symbol:
            yield _wrong(name, "symbol", f"{leg.symbol} is not {legs[0].symbol}: a list is of one symbol")
        if leg.smart_routing:
            yield _wrong(name, "smart_routing", "an order list takes no smart order routing")
    if kind is not ListKind.OCO:
        yield from _waiting(kind, legs, names)
    if names[-1] == "above":
        yield from _pair(names, legs[-2], legs[-1])


def _wrong(leg: str, field: str, text: str) -> Violation:
    return Violation(field=field, text=f"{leg} leg: {text}", leg=leg)


def _waiting(kind: ListKind, legs: tuple[OrderRequest, ...], names: tuple[str, ...]) -> Iterator[Violation]:
    working = legs[0]
    if working.ord_type is not OrdType.LIMIT:
        words = working.ord_type.name.lower().replace("_", "-")
        yield _wrong("working", "ord_type", f"must be a limit order with a price of its own, not {words}")
    for name, leg in zip(names[1:], legs[1:], strict=True):
        if leg.cash_order_qty is not None:
            text = f"quote amount {plain(leg.cash_order_qty)}: only a quantity can wait for another order"
            yield _wrong(name, "cash_order_qty", text)
        if kind in _PAID and leg.side is not Side.SELL:
            yield _wrong(name, "side", "buy: what a buy pays for is sold")
    if kind in _PAID and working.side is not Side.BUY:
        yield _wrong("working", "side", "sell: only a buy can pay for the other orders")


def _pair(names: tuple[str, ...], below: OrderRequest, above: OrderRequest) -> Iterator[Violation]:
    """One leg stops the loss, on the far side of the market; the other takes the profit, on the near one."""
    if below.side is not above.side:
        one, other = above.side.name.lower(), below.side.name.lower()
        text = f"{one}: both exits are on one side, and the below leg is a {other}"
        yield _wrong("above", "side", text)
        return
    if below.order_qty != above.order_qty:
        text = f"quantity {_said(above.order_qty)} is not that of the below leg, {_said(below.order_qty)}"
        yield _wrong("above", "order_qty", text)
    side = below.side.name.lower()
    selling = below.side is Side.SELL
    stop, profit = (below, above) if selling else (above, below)
    stop_name, profit_name = ("below", "above") if selling else ("above", "below")
    if stop.ord_type not in _TRIGGERED or stop.take_profit:
        yield _wrong(stop_name, "ord_type", f"that of a {side} must be a stop loss")
    resting = profit.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    if not resting and not (profit.ord_type in _TRIGGERED and profit.take_profit):
        yield _wrong(
            profit_name, "ord_type", f"that of a {side} must be post-only at a price, or a take-profit"
        )


def _said(qty: Decimal | None) -> str:
    return "none" if qty is None else plain(qty)


def stand_apart(request: OrderListRequest, quote: Quote | None) -> Iterator[Violation]:
    """Of two exits: below < market < above. Triggers are held against the market leg by leg; here, a resting leg."""
    if request.kind.leg_names[-1] != "above":
        return
    below, above = request.legs[-2:]
    low, high = _at(below), _at(above)
    if low is not None and high is not None and low >= high:
        text = f"{plain(low)} is not below the above leg's {plain(high)}"
        yield _wrong("below", _field(below), text)
    elif request.kind is ListKind.OCO and quote is not None:
        if above.exec_inst is not None and high is not None and quote.bid is not None and high <= quote.bid:
            text = (
                f"price {plain(high)} is not above the market (bid {plain(quote.bid)}): it would take at once"
            )
            yield _wrong("above", "price", text)
        if below.exec_inst is not None and low is not None and quote.ask is not None and low >= quote.ask:
            text = (
                f"price {plain(low)} is not below the market (ask {plain(quote.ask)}): it would take at once"
            )
            yield _wrong("below", "price", text)


def released_at_once(request: OrderListRequest, quote: Quote | None) -> Iterator[Violation]:
    """Exits that would be reached in the moment the working leg has filled: a stop above what was just paid.

    The fill is expected at the working leg's price, or at the market's where that is better. Without a quote, all that
    is known is that it will be no worse than its price.
    """
    working = request.legs[0]
    if request.kind is ListKind.OCO or working.price is None:
        return
    buying = working.side is Side.BUY
    best = None if quote is None else quote.ask if buying else quote.bid
    fill = working.price if best is None else min(working.price, best) if buying else max(working.price, best)
    for name, leg in zip(request.kind.leg_names[1:], request.legs[1:], strict=True):
        price = _at(leg)
        if price is None or (name == "pending" and not leg.contingent):
            continue
        above = rises(leg) if leg.contingent else name == "above"
        certain = best is not None or above is not buying
        if certain and (price <= fill if above else price >= fill):
            text = f"{plain(price)} is not {'above' if above else 'below'} {plain(fill)}, where the working leg fills"
            text += ": it would be reached at once"
            yield _wrong(name, _field(leg), text)


def _at(leg: OrderRequest) -> Decimal | None:
    """The price at which a leg acts; None where only the market will tell (pegs, trailing stops)."""
    return leg.trigger_price if leg.contingent else leg.price


def _field(leg: OrderRequest) -> str:
    return "trigger_price" if leg.contingent else "price"
