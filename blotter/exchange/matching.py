"""A new order against the book: price-time priority, partial fills, icebergs, self-trade prevention.

Pure in time and chance. Prices are the resting order's. The taker's lock is in place before `match` is called, so
no trade can fail for want of funds.
"""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from blotter.exchange.account import round_down, round_up
from blotter.exchange.book import HalfBook, Order
from blotter.exchange.clearing import Clearing
from blotter.exchange.event import Outcome, Prevented, Traded
from blotter.exchange.listing import ZERO
from blotter.exchange.market import Market, limit_price, live_status
from blotter.trading.enums import ExecType, OrdStatus, Side
from blotter.trading.enums import SelfTradePreventionMode as Stp
from blotter.trading.request import OrderRequest

TAKER_UNFILLED_CREDIT = 1  # what the first fill of an order gives back of the unfilled order count
MAKER_UNFILLED_CREDIT = 5


class Plan(NamedTuple):
    """What a taker would get from the book as it stands."""

    qty: Decimal
    quote_qty: Decimal
    complete: bool  # everything asked for


def crosses(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    """Whether an order of this side and limit (None: market) trades with a resting `price`."""
    if limit is None:
        return True
    return price <= limit if side is Side.BUY else price >= limit


def plan(market: Market, account: str, request: OrderRequest, stp: Stp) -> Plan:
    """Walk the book without touching it: what can be filled, and what it costs at most."""
    step = market.listing.step_size
    qty_left = request.order_qty
    cash_left = request.cash_order_qty
    qty = quote_qty = ZERO
    for price, there in _path(market.book.against(request.side), request, account, stp):
        wanted = qty_left if qty_left is not None else _lots(cash_left or ZERO, price, step)
        take = min(there, wanted)
        worth = round_up(price * take)
        qty += take
        quote_qty += worth
        if qty_left is not None:
            qty_left -= take
        elif cash_left is not None:
            cash_left -= worth
        if take == wanted:
            return Plan(qty, quote_qty, complete=True)
    return Plan(qty, quote_qty, complete=False)


def _lots(cash: Decimal, price: Decimal, step: Decimal) -> Decimal:
    return (cash / price / step).to_integral_value(ROUND_DOWN) * step


def _path(half: HalfBook, request: OrderRequest, account: str, stp: Stp) -> Iterator[tuple[Decimal, Decimal]]:
    """Price and quantity at each level a taker would reach, given what its own resting orders do to it."""
    stops_at_own = stp in (Stp.EXPIRE_TAKER, Stp.EXPIRE_BOTH)
    for price in half.prices():
        if not crosses(request.side, request.price, price):
            return
        ahead = reachable = ZERO
        for order in half.level(price).values():
            if order.account == account and stops_at_own:
                # What icebergs ahead would show next queues up behind this order, so it is out of reach.
                yield price, ahead
                return
            if order.account != account or stp is not Stp.EXPIRE_MAKER:
                ahead += order.visible
                reachable += order.leaves
        if reachable:
            yield price, reachable


def match(market: Market, clearing: Clearing, taker: Order, at: int, out: list[Outcome]) -> bool:
    """Trade what can be traded. False when self-trade prevention has ended the taker (and said so)."""
    half = market.book.against(taker.side)
    while taker.leaves:
        price = half.best
        if price is None or not crosses(taker.side, taker.request.price, price):
            break
        maker = next(iter(half.level(price).values()))
        if maker.account == taker.account and taker.stp is not Stp.NONE:
            if not _prevent(market, clearing, taker, maker, at, out):
                return False
        else:
            _trade(market, clearing, taker, maker, at, out)
    return True


def _trade(
    market: Market, clearing: Clearing, taker: Order, maker: Order, at: int, out: list[Outcome]
) -> None:
    listing, price = market.listing, limit_price(maker)
    qty = min(taker.leaves, maker.visible)
    quote_qty = round_down(price * qty)
    trade_id = market.new_trade_id()
    market.state.last_price = price
    for order, credit in ((maker, MAKER_UNFILLED_CREDIT), (taker, TAKER_UNFILLED_CREDIT)):
        if not order.cum_qty:
            clearing.accounts[order.account].count(-credit, at)
        order.cum_qty += qty
        order.cum_quote_qty += quote_qty
        fee, fee_asset = clearing.fill(listing, order, qty, quote_qty)
        if order is maker:
            _after_fill(market, maker, qty)
        market.report(
            out,
            order,
            ExecType.TRADE,
            live_status(order) if order.leaves else OrdStatus.FILLED,
            at,
            last_px=price,
            last_qty=qty,
            trade_id=trade_id,
            aggressor=order is taker,
            fee=fee,
            fee_asset=fee_asset,
        )
    out.append(
        Traded(
            symbol=listing.symbol, trade_id=trade_id, price=price, qty=qty, aggressor_side=taker.side, at=at
        )
    )


def _after_fill(market: Market, maker: Order, qty: Decimal) -> None:
    if not maker.leaves:
        market.remove(maker)
        return
    maker.visible -= qty
    if not maker.visible:
        maker.show()
        market.book.half(maker.side).requeue(maker, limit_price(maker))


def _prevent(
    market: Market, clearing: Clearing, taker: Order, maker: Order, at: int, out: list[Outcome]
) -> bool:
    """Two orders of one account would trade. Returns whether the taker goes on."""
    price = limit_price(maker)
    match_id = market.new_match_id()
    common = min(taker.leaves, maker.leaves)
    from_maker, from_taker = {
        Stp.EXPIRE_MAKER: (maker.leaves, ZERO),
        Stp.EXPIRE_TAKER: (ZERO, taker.leaves),
        Stp.EXPIRE_BOTH: (maker.leaves, taker.leaves),
    }.get(taker.stp, (common, common))
    for order, counter, taken in ((maker, taker, from_maker), (taker, maker, from_taker)):
        if not taken:
            continue
        order.prevented_qty += taken
        ended = not order.leaves
        if order is maker:
            if ended:
                market.remove(maker)
            else:
                maker.visible = min(maker.visible, maker.leaves)
        if ended:
            clearing.release(market.listing, order)
        else:
            clearing.relock(market.listing, order)
        market.report(
            out,
            order,
            ExecType.EXPIRED,
            OrdStatus.EXPIRED if ended else live_status(order),
            at,
            prevented=Prevented(
                match_id=match_id,
                price=price,
                counter_order_id=counter.order_id,
                qty=common,
                last_qty=taken,
            ),
        )
    return bool(taker.leaves)
