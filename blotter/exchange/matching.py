"""A new order against the book: price-time priority, partial fills, icebergs, self-trade prevention, routing.

Pure in time and chance. Prices are the resting order's. The taker's lock is in place before `match` is called, so
no trade can fail for want of funds. With smart order routing the taker meets the books of its symbol's siblings too,
best price first: what it gets there are allocations in its own quote asset, at par (fact sheet section 10).
"""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from enum import Enum, auto
from heapq import merge
from typing import NamedTuple

from blotter.exchange.account import round_down, round_up
from blotter.exchange.book import HalfBook, Order, Stage
from blotter.exchange.clearing import Clearing
from blotter.exchange.event import Outcome, Prevented, Traded
from blotter.exchange.listing import ZERO
from blotter.exchange.market import Happening, Market, limit_price, live_status
from blotter.trading.enums import ExecType, OrdStatus, Side
from blotter.trading.enums import SelfTradePreventionMode as Stp

TAKER_UNFILLED_CREDIT = 1  # what the first fill of an order gives back of the unfilled order count
MAKER_UNFILLED_CREDIT = 5


class Wanted(NamedTuple):
    """What a taker asks of the book. Exactly one of `qty` and `cash` (of the quote asset) is set."""

    account: str
    side: Side
    qty: Decimal | None
    cash: Decimal | None
    limit: Decimal | None  # None: any price
    stp: Stp


class Plan(NamedTuple):
    """What a taker would get from the book as it stands."""

    qty: Decimal
    quote_qty: Decimal
    complete: bool  # everything asked for


class End(Enum):
    """Why matching stopped."""

    DONE = auto()  # nothing more to get, or to be got
    PREVENTED = auto()  # self-trade prevention has ended the taker, and said so
    OUT_OF_RANGE = auto()  # the next price is outside the execution rule's range


def crosses(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    """Whether an order of this side and limit (None: market) trades with a resting `price`."""
    if limit is None:
        return True
    return price <= limit if side is Side.BUY else price >= limit


def plan(markets: tuple[Market, ...], wanted: Wanted) -> Plan:
    """Walk the books (the taker's own first) without touching them: what can be filled, and what it costs at most."""
    step = markets[0].listing.step_size
    qty_left, cash_left = wanted.qty, wanted.cash
    qty = quote_qty = ZERO
    for price, there in _path(markets, wanted):
        lots = qty_left if qty_left is not None else _lots(cash_left or ZERO, price, step)
        take = min(there, lots)
        worth = round_up(price * take)
        qty += take
        quote_qty += worth
        if qty_left is not None:
            qty_left -= take
        elif cash_left is not None:
            cash_left -= worth
        if take == lots:
            return Plan(qty, quote_qty, complete=True)
    return Plan(qty, quote_qty, complete=False)


def _lots(cash: Decimal, price: Decimal, step: Decimal) -> Decimal:
    return (cash / price / step).to_integral_value(ROUND_DOWN) * step


def _path(markets: tuple[Market, ...], wanted: Wanted) -> Iterator[tuple[Decimal, Decimal]]:
    """Price and quantity at each level a taker would reach, given what its own resting orders do to it."""
    stops_at_own = wanted.stp in (Stp.EXPIRE_TAKER, Stp.EXPIRE_BOTH)
    low, high = _range(markets[0])
    levels = [_levels(market.book.against(wanted.side)) for market in markets]
    for price, half in merge(*levels, key=lambda level: level[0] * wanted.side.sign):
        if not crosses(wanted.side, wanted.limit, price) or (low and price < low) or (high and price > high):
            return
        ahead = reachable = ZERO
        for order in half.level(price).values():
            if order.account == wanted.account and stops_at_own:
                # What icebergs ahead would show next queues up behind this order, so it is out of reach.
                yield price, ahead
                return
            if order.account != wanted.account or wanted.stp is not Stp.EXPIRE_MAKER:
                ahead += order.visible
                reachable += order.leaves
        if reachable:
            yield price, reachable


def _levels(half: HalfBook) -> Iterator[tuple[Decimal, HalfBook]]:
    return ((price, half) for price in half.prices())


def _range(market: Market) -> tuple[Decimal, Decimal]:
    """Where a taker may trade: the price range rule, around the last price at the start of its taking."""
    listing, last = market.listing, market.state.last_price
    return last * listing.range_multiplier_down, last * listing.range_multiplier_up


def match(markets: tuple[Market, ...], clearing: Clearing, taker: Order, at: int, out: list[Outcome]) -> End:
    """Trade what can be traded, in the taker's own market (the first) and in its siblings'."""
    own = markets[0]
    low, high = _range(own)
    while taker.leaves:
        found = _best(markets, taker)
        if found is None:
            break
        market, price = found
        if (low and price < low) or (high and price > high):
            return End.OUT_OF_RANGE
        maker = next(iter(market.book.against(taker.side).level(price).values()))
        if maker.account == taker.account and taker.stp is not Stp.NONE:
            _prevent(own, market, clearing, taker, maker, at, out)
            if not taker.leaves:
                return End.PREVENTED
        elif market is own:
            _trade(own, clearing, taker, maker, at, out)
        else:
            _allocate(own, market, clearing, taker, maker, at, out)
    return End.DONE


def _best(markets: tuple[Market, ...], taker: Order) -> tuple[Market, Decimal] | None:
    """The book with the best price for the taker; the first of several."""
    best: tuple[Market, Decimal] | None = None
    for market in markets:
        price = market.book.against(taker.side).best
        if price is None or not crosses(taker.side, taker.price, price):
            continue
        if best is None or (best[1] - price) * taker.side.sign > 0:
            best = market, price
    return best


def _trade(
    market: Market, clearing: Clearing, taker: Order, maker: Order, at: int, out: list[Outcome]
) -> None:
    price, qty = limit_price(maker), min(taker.leaves, maker.visible)
    trade_id = market.new_trade_id()
    _fill(market, clearing, maker, taker, qty, price, at, out, trade_id=trade_id)
    _fill(market, clearing, taker, taker, qty, price, at, out, trade_id=trade_id)
    _tell(market, taker, qty, price, trade_id, at, out)


def _allocate(
    own: Market,
    market: Market,
    clearing: Clearing,
    taker: Order,
    maker: Order,
    at: int,
    out: list[Outcome],
) -> None:
    """A fill from a sibling's book: a trade there, an allocation here, in this market's quote asset at par."""
    price, qty = limit_price(maker), min(taker.leaves, maker.visible)
    trade_id = market.new_trade_id()
    _fill(market, clearing, maker, taker, qty, price, at, out, trade_id=trade_id)
    _fill(own, clearing, taker, taker, qty, price, at, out, alloc_id=own.new_alloc_id())
    quotes = (own.listing.quote, market.listing.quote)
    paid, received = quotes if taker.side is Side.BUY else reversed(quotes)
    clearing.swap(paid, received, round_down(price * qty))
    _tell(market, taker, qty, price, trade_id, at, out)


def _fill(
    market: Market,
    clearing: Clearing,
    order: Order,
    taker: Order,
    qty: Decimal,
    price: Decimal,
    at: int,
    out: list[Outcome],
    *,
    trade_id: int | None = None,
    alloc_id: int | None = None,
) -> None:
    """One side of a trade, in the order's own market."""
    quote_qty = round_down(price * qty)
    if not order.cum_qty:
        credit = TAKER_UNFILLED_CREDIT if order is taker else MAKER_UNFILLED_CREDIT
        clearing.accounts[order.account].count(-credit, at)
    order.cum_qty += qty
    order.cum_quote_qty += quote_qty
    fee, fee_asset = clearing.fill(market.listing, order, qty, quote_qty)
    done = not order.leaves and not order.short
    if done:
        clearing.release(market.listing, order)
        market.remove(order)
    elif order is not taker:
        order.visible -= qty
        if not order.visible:
            market.requeue(order)
    market.report(
        out,
        order,
        ExecType.TRADE,
        OrdStatus.FILLED if done else live_status(order),
        at,
        last_px=price,
        last_qty=qty,
        trade_id=trade_id,
        alloc_id=alloc_id,
        aggressor=order is taker,
        fee=fee,
        fee_asset=fee_asset,
    )
    market.note(Happening.DONE if done else Happening.FILLED, order)


def _tell(
    market: Market,
    taker: Order,
    qty: Decimal,
    price: Decimal,
    trade_id: int,
    at: int,
    out: list[Outcome],
) -> None:
    """The public hears of a trade, and orders that wait for its price do."""
    symbol = market.listing.symbol
    out.append(
        Traded(symbol=symbol, trade_id=trade_id, price=price, qty=qty, aggressor_side=taker.side, at=at)
    )
    market.traded(price, at)


def _prevent(
    own: Market,
    market: Market,
    clearing: Clearing,
    taker: Order,
    maker: Order,
    at: int,
    out: list[Outcome],
) -> None:
    """Two orders of one account would trade: the taker's mode says what each of them loses."""
    price = limit_price(maker)
    match_id = market.new_match_id()
    common = min(taker.leaves, maker.leaves)
    from_maker, from_taker = {
        Stp.EXPIRE_MAKER: (maker.leaves, ZERO),
        Stp.EXPIRE_TAKER: (ZERO, taker.leaves),
        Stp.EXPIRE_BOTH: (maker.leaves, taker.leaves),
    }.get(taker.stp, (common, common))
    for home, order, there, counter, taken in (
        (market, maker, own, taker, from_maker),
        (own, taker, market, maker, from_taker),
    ):
        if not taken:
            continue
        order.prevented_qty += taken
        ended = not order.leaves
        if ended:
            clearing.release(home.listing, order)
            home.remove(order)
        else:
            clearing.relock(home.listing, order)
            if order.stage is Stage.RESTING:
                order.visible = min(order.visible, order.leaves)
        home.report(
            out,
            order,
            ExecType.EXPIRED,
            OrdStatus.EXPIRED if ended else live_status(order),
            at,
            aggressor=order is taker,
            prevented=Prevented(
                match_id=match_id,
                price=price,
                counter_symbol=there.listing.symbol,
                counter_order_id=counter.order_id,
                qty=common,
                last_qty=taken,
            ),
        )
        if ended:
            home.note(Happening.LOST, order)
