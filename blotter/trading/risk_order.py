"""The rules about one order by itself: size, price against the market, the market's age, a repetition, funds.

They hold for every order, one that reduces a position too: a fat finger is one in either direction.
"""

from collections.abc import Iterator
from decimal import Decimal

from blotter.trading.decimals import plain
from blotter.trading.enums import PegPriceType, Side
from blotter.trading.event import ZERO
from blotter.trading.instrument import Quote
from blotter.trading.request import OrderRequest
from blotter.trading.risk_levels import Levels
from blotter.trading.risk_situation import Candidate, Finding, market_price
from blotter.trading.risk_words import against, beyond, figure, kind, lowest, seconds, short, unknown

BIPS = Decimal(10_000)


def _quantity(order: Candidate) -> Iterator[Finding]:
    if order.grows:
        yield from against(
            order.own.order_qty, order.qty, "quantity", order.qty_field, order.base, "no price tells it"
        )


def _notional(order: Candidate) -> Iterator[Finding]:
    if order.gains:
        yield from against(
            order.own.notional,
            order.worth,
            "notional",
            order.qty_field,
            order.quote_asset,
            f"no price of {order.request.symbol} is known",
        )


def _value(order: Candidate) -> Iterator[Finding]:
    if not order.own.value or not order.gains:
        return
    unit, asset = order.desk.unit, order.quote_asset
    rate = order.situation.rate(asset)
    value = None if order.worth is None or rate is None else order.worth * rate
    why = f"no price of {asset if rate is None else order.request.symbol} in {unit} is known"
    yield from against(order.own.value, value, "value", order.qty_field, unit, why)


def _collar(order: Candidate) -> Iterator[Finding]:
    """How far through the market a limit price reaches."""
    request = order.request
    if request.price is None or order.priced_by_market:
        return
    reference = request.trigger_price if request.contingent else market_price(request.side, order.quote)
    if not reference:
        if (
            not request.contingent
            and not order.own.book_age
            and not order.situation.blind
            and (order.own.collar_bips or order.own.collar_ticks)
        ):
            yield unknown("price collar", "price", f"no market price of {request.symbol} is known")
        return  # a trailing stop follows the market; of a market that is missing the book's rule tells
    through = (request.price - reference) * request.side.sign
    what = "trigger price" if request.contingent else "best ask" if request.side is Side.BUY else "best bid"
    side = f"{'above' if request.side is Side.BUY else 'below'} the {what} {plain(reference)}"
    name = f"price {plain(request.price)} is"
    yield from _collared(order.own.collar_bips, through / reference * BIPS, "price collar", name, "bp", side)
    if order.own.collar_ticks:
        tick = order.instrument.tick_size if order.instrument is not None else None
        if tick:
            yield from _collared(order.own.collar_ticks, through / tick, "price collar", name, "ticks", side)
        else:
            yield unknown("price collar", "price", f"the tick size of {request.symbol} is not known")


def _away(order: Candidate) -> Iterator[Finding]:
    """How far away from the market a passive price lies."""
    request, quote = order.request, order.quote
    if request.price is None or request.contingent or order.priced_by_market or quote is None:
        return
    buys = request.side is Side.BUY
    near = (quote.bid or quote.ask) if buys else (quote.ask or quote.bid)
    if near:
        away = (near - request.price) * request.side.sign / near * BIPS
        side = f"{'below the best bid' if buys else 'above the best ask'} {plain(near)}"
        name = f"price {plain(request.price)} is"
        yield from _collared(order.own.away_bips, away, "far away", name, "bp", side)


def _collared(
    levels: Levels | None, value: Decimal, rule: str, name: str, unit: str, side: str
) -> Iterator[Finding]:
    level, blocks = beyond(levels, value)
    if level is not None:
        shown, limit = f"{short(value)} {unit}", f"{plain(level)} {unit}"
        text = f"{rule}: {name} {shown} {side}, {kind(blocks)} {limit}"
        yield Finding(rule=rule, field="price", value=shown, limit=limit, text=text, blocks=blocks)


def _book(order: Candidate) -> Iterator[Finding]:
    """What is priced by the market needs one; a limit price needs one to be judged by."""
    levels, quote, request = order.own.book_age, order.quote, order.request
    if not levels or (request.contingent and request.price is None) or order.leg.pending:
        return
    market = order.priced_by_market
    missing = quote is None or market_price(request.side, quote) is None
    if market and quote is not None:
        missing = missing or _meets(request, quote) is None
    if missing and order.situation.blind and not market:
        return  # said once, at the start: to confirm it with every order would be to confirm anything
    if missing:
        what = f"no market price of {request.symbol} is known"
        limit = f"{plain(lowest(levels))} s"
        text = f"book: {what}" + ("" if market else f", price {plain(request.price or ZERO)} is not judged")
        blocks = market and levels.block is not None and not order.situation.blind
        yield Finding(rule="book", field="symbol", value="none", limit=limit, text=text, blocks=blocks)
        return
    assert quote is not None  # noqa: S101 - `missing` said so
    age = seconds(max(0, order.situation.now - max(quote.at, order.situation.heard)))
    level, blocks = beyond(levels, age)
    blocks = blocks and market
    if level is not None:
        shown, limit = f"{short(age)} s", f"{plain(level)} s"
        text = f"book: the market of {request.symbol} is silent for {shown}, {kind(blocks)} {limit}"
        yield Finding(rule="book", field="symbol", value=shown, limit=limit, text=text, blocks=blocks)


def _meets(request: OrderRequest, quote: Quote) -> Decimal | None:
    """The price that prices it: a primary peg takes its own side's, everything else the other's."""
    buys = request.side is Side.BUY
    if request.peg_price_type is PegPriceType.PRIMARY_PEG:
        buys = not buys
    return quote.ask if buys else quote.bid


def _duplicate(order: Candidate) -> Iterator[Finding]:
    within, request = order.own.duplicate, order.request
    if within is None:
        return
    terms = _terms(request)
    ages = [order.situation.now - sent.at for sent in order.situation.recent if _terms(sent.request) == terms]
    if not ages:
        return
    age = seconds(max(0, min(ages)))
    for level, blocks in ((within.block, True), (within.warn, False)):
        if level is not None and age <= level:
            shown, limit = f"{short(age)} s ago", f"{plain(level)} s"
            of = "limit" if blocks else "warning level"
            text = f"duplicate: the same order was sent {shown}, within the {of} {limit}"
            yield Finding(
                rule="duplicate", field=order.qty_field, value=shown, limit=limit, text=text, blocks=blocks
            )
            return


def _terms(request: OrderRequest) -> tuple[object, ...]:
    return (
        request.symbol,
        request.side,
        request.order_qty,
        request.cash_order_qty,
        request.price,
        request.trigger_price,
    )


def _balance(order: Candidate) -> Iterator[Finding]:
    levels, balances = order.desk.balance, order.situation.balances
    if not levels or balances is None or order.instrument is None or order.leg.pending:
        return
    buys = order.request.side is Side.BUY
    asset = order.instrument.quote if buys else order.instrument.base
    needs = order.worth if buys else order.qty
    if needs is None:
        return  # a market order without a market: the book's rule tells
    balance = balances.by_asset.get(asset)
    free = max(ZERO, (balance.free if balance else ZERO) - order.situation.taken.get(asset, ZERO))
    for level, blocks in ((levels.block, True), (levels.warn, False)):
        if level is not None and needs * 100 > free * level:
            age = short(seconds(max(0, order.situation.now - balances.at)))
            shown = f"{figure(needs)} {asset}"
            limit = f"{plain(level)} % of {figure(free)} {asset}"
            text = f"balance: it needs {shown}, {kind(blocks)} {limit} free ({age} s ago)"
            yield Finding(
                rule="balance", field=order.qty_field, value=shown, limit=limit, text=text, blocks=blocks
            )
            return


RULES = (_quantity, _notional, _value, _collar, _away, _book, _duplicate, _balance)
"""Each for every order."""
