"""An instrument's rules: its filters, what it takes, and where its market is (fact sheet 9.5, 10 and 12). Pure.

A feature the instrument says nothing of (None) is left to the venue to judge: the FIX list knows none of them.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from blotter.trading.decimals import divided, down, on_step, plain, to_step, up
from blotter.trading.enums import ExecInst, OrdType, PegPriceType, Side, TriggerPriceDirection
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import OrderRequest
from blotter.trading.violation import NAMES, Violation

TRADING = "TRADING"


def takes(request: OrderRequest, instrument: Instrument) -> Iterator[Violation]:
    """Whether the symbol trades, and takes orders of this kind at all."""
    name, i = instrument.symbol, instrument
    if i.status not in (None, TRADING):
        yield Violation(field="symbol", text=f"{name} is {i.status}, not {TRADING}: no new orders now")
    kind = request.ord_type
    if i.ord_types is not None and kind is not OrdType.PEGGED and kind not in i.ord_types:
        words = kind.name.lower().replace("_", "-")
        text = f"{name} takes no {words} orders (it takes {_listed(t.name for t in i.ord_types)})"
        yield Violation(field="ord_type", text=text)
    post = request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    for field, asked, allowed, words in (
        ("exec_inst", post, i.post_only, "post-only orders"),
        ("cash_order_qty", request.cash_order_qty is not None, i.cash_order_qty, "orders by quote amount"),
        ("max_floor", request.max_floor is not None, i.iceberg, "icebergs"),
        ("trailing_bips", request.trailing_bips is not None, i.trailing, "trailing orders"),
        ("peg_price_type", kind is OrdType.PEGGED, i.peggable, "pegged orders"),
        ("smart_routing", request.smart_routing, i.smart_routing, "smart order routing"),
    ):
        if asked and allowed is False:
            yield Violation(field=field, text=f"{name} takes no {words}")
    mode = request.self_trade_prevention
    if mode is not None and i.stp_modes is not None and mode not in i.stp_modes:
        modes = _listed(m.name for m in i.stp_modes)
        text = f"self-trade prevention {_words(mode.name)} is none of those of {name}: {modes}"
        yield Violation(field="self_trade_prevention", text=text)


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


def _listed(names: Iterator[str]) -> str:
    return ", ".join(sorted(_words(name) for name in names)) or "none"


# --- PRICE_FILTER, LOT_SIZE, MARKET_LOT_SIZE, ICEBERG_PARTS, TRAILING_DELTA --------------------------------------


def steps(request: OrderRequest, instrument: Instrument) -> Iterator[Violation]:
    """Prices on the tick, quantities on the step, both inside their bounds."""
    i = instrument
    for field, price in (("price", request.price), ("trigger_price", request.trigger_price)):
        if price is not None:
            yield from _grid(field, price, "tick", i.tick_size, i.min_price, i.max_price)
    if request.order_qty is not None:
        yield from _grid("order_qty", request.order_qty, "step", *lot(request, i))
    if request.max_floor is not None:
        yield from _grid("max_floor", request.max_floor, "step", i.step_size, i.min_qty, i.max_qty)
        yield from _iceberg_parts(request, i)
    if request.trailing_bips is not None:
        yield from _trailing(request, request.trailing_bips, i)


def lot(request: OrderRequest, i: Instrument) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Step, least and most of the quantity. LOT_SIZE holds for what is a market order, now or once triggered, too; of
    both filters the stricter bound counts."""
    if request.ord_type not in (OrdType.MARKET, OrdType.STOP):
        return i.step_size, i.min_qty, i.max_qty
    both = [s for s in (i.step_size, i.market_step_size) if s]
    lows = [v for v in (i.min_qty, i.market_min_qty) if v is not None]
    highs = [v for v in (i.max_qty, i.market_max_qty) if v]
    return max(both, default=None), max(lows, default=None), min(highs, default=None)


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
        text = f"{NAMES[field]} {plain(value)} {rule}{offer}"
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


def _iceberg_parts(request: OrderRequest, i: Instrument) -> Iterator[Violation]:
    """Parts = quantity / visible quantity, rounded up (fact sheet 12)."""
    qty, floor, most = request.order_qty, request.max_floor, i.max_iceberg_parts
    if qty is None or floor is None or not most:
        return
    parts = divided(qty, floor).to_integral_value(ROUND_CEILING)
    if parts <= most:
        return
    least = divided(qty, Decimal(most))
    nearest = up(least, i.step_size) if i.step_size else least
    text = f"visible quantity {plain(floor)} makes {plain(parts)} parts, above the maximum {most}"
    yield Violation(field="max_floor", text=f"{text} (nearest {plain(nearest)})", nearest=nearest)


def rises(request: OrderRequest) -> bool:
    """Whether the trigger is reached by a rise. Without a direction the venue reads a take-profit (trap 22)."""
    if request.trigger_direction is None:
        return request.side is Side.SELL
    return request.trigger_direction is TriggerPriceDirection.UP


def _trailing(request: OrderRequest, bips: int, i: Instrument) -> Iterator[Violation]:
    """TRAILING_DELTA has bounds for orders that are triggered above the market, and for those below."""
    if rises(request):
        low, high, where = i.min_trailing_above, i.max_trailing_above, "above"
    else:
        low, high, where = i.min_trailing_below, i.max_trailing_below, "below"
    too_small, too_big = low is not None and bips < low, high is not None and bips > high > 0
    if not too_small and not too_big:
        return
    bound = low if too_small else high
    rule = "below the minimum" if too_small else "over the maximum"
    text = (
        f"trailing distance {bips}bp is {rule} {bound}bp for a trigger {where} the market (nearest {bound}bp)"
    )
    yield Violation(field="trailing_bips", text=text, nearest=Decimal(bound or 0))


# --- MIN_NOTIONAL, NOTIONAL ------------------------------------------------------------------------------------


def notional(request: OrderRequest, instrument: Instrument, quote: Quote | None) -> Iterator[Violation]:
    """Price x quantity, or the quote amount, between the least and the most.

    The most is judged where the order has a price of its own: whether it holds for market orders is told nowhere.
    """
    least, most = instrument.min_notional, instrument.max_notional
    cash, qty, unit = request.cash_order_qty, request.order_qty, instrument.quote
    if cash is not None:
        if least and cash < least:
            rule = f"is below the minimum {plain(least)} {unit} (nearest {plain(least)})"
            text = f"quote amount {plain(cash)} {unit} {rule}"
            yield Violation(field="cash_order_qty", text=text, nearest=least)
        return
    price, by = _worth_at(request, quote)
    if qty is None or price is None:
        return
    worth, step = qty * price, lot(request, instrument)[0]
    if least and worth < least:
        rule, nearest = (
            f"is below the minimum {plain(least)}",
            up(divided(least, price), step) if step else None,
        )
    elif most and worth > most and request.price is not None:
        rule, nearest = (
            f"is above the maximum {plain(most)}",
            down(divided(most, price), step) if step else None,
        )
    else:
        return
    offer = "" if nearest is None else f" (nearest quantity {plain(nearest)})"
    text = f"order value {plain(worth)} {unit}{by} {rule} {unit}{offer}"
    yield Violation(field="order_qty", text=text, nearest=nearest)


def _worth_at(request: OrderRequest, quote: Quote | None) -> tuple[Decimal | None, str]:
    """The price an order is reckoned at, and how to say so: its own, its trigger's, or what the quote offers it."""
    if request.price is not None:
        return request.price, ""
    if request.trigger_price is not None:
        return request.trigger_price, f" at {plain(request.trigger_price)}"
    buying = request.side is Side.BUY
    if request.peg_price_type is PegPriceType.PRIMARY_PEG:
        buying = not buying
    best = None if quote is None else quote.ask if buying else quote.bid
    return best, "" if best is None else f" at {plain(best)}"


# --- where the market is -----------------------------------------------------------------------------------------


def percent_price(request: OrderRequest, instrument: Instrument, quote: Quote | None) -> Iterator[Violation]:
    """PERCENT_PRICE_BY_SIDE. The venue takes an average of trades; the mid of the quote stands in for it."""
    if request.price is None or quote is None or quote.bid is None or quote.ask is None:
        return
    mid = (quote.bid + quote.ask) / 2
    i, tick, price = instrument, instrument.tick_size, request.price
    if request.side is Side.BUY:
        most, least = i.bid_multiplier_up, i.bid_multiplier_down
    else:
        most, least = i.ask_multiplier_up, i.ask_multiplier_down
    if most and price > mid * most:
        bound, factor, rule = mid * most, most, "above"
        nearest = down(bound, tick) if tick else bound
    elif least and price < mid * least:
        bound, factor, rule = mid * least, least, "below"
        nearest = up(bound, tick) if tick else bound
    else:
        return
    text = (
        f"price {plain(price)} is {rule} {plain(factor)} times the average price, for which the mid"
        f" {plain(mid)} stands in here (nearest {plain(nearest)})"
    )
    yield Violation(field="price", text=text, nearest=nearest)


def trigger_side(request: OrderRequest, instrument: Instrument, quote: Quote | None) -> Iterator[Violation]:
    """A trigger is on its side of the market, or it would be reached at once (fact sheet 6.1).

    The venue compares with the last trade. Here the quote stands in: what is not beyond its nearer side is refused,
    what lies inside the spread is left to the venue.
    """
    price = request.trigger_price
    if price is None or quote is None:
        return
    rising = rises(request)
    near, far = (quote.bid, quote.ask) if rising else (quote.ask, quote.bid)
    if near is None or (price > near if rising else price < near):
        return
    name = "bid" if rising else "ask"
    legal = near if far is None else far
    tick = instrument.tick_size
    nearest = None
    if tick:
        beyond = down(legal, tick) + tick if rising else up(legal, tick) - tick
        nearest = beyond if beyond > 0 else None
    offer = "" if nearest is None else f" (nearest {plain(nearest)})"
    what = "take-profit" if request.take_profit else "stop"
    text = (
        f"trigger price {plain(price)} of a {request.side.name.lower()} {what} must be"
        f" {'above' if rising else 'below'} the market ({name} {plain(near)}): it would trigger at once{offer}"
    )
    yield Violation(field="trigger_price", text=text, nearest=nearest)
