"""When a contingent order is let go: stop-loss, take-profit and trailing, by the price of the last trade. Pure.

Side and direction say which way (fact sheet 6.1): a plain trigger waits for the price to reach it; a trailing one
follows the market from its activation price on, or at once without one, and is let go when the price has turned
against it by its distance, up from the lowest for a buy, down from the highest for a sell.
"""

from decimal import Decimal
from typing import Final

from blotter.exchange.book import Order
from blotter.trading.enums import Side, TriggerPriceDirection
from blotter.trading.request import OrderRequest

BASIS_POINTS: Final = Decimal(10_000)


def contingent(request: OrderRequest) -> bool:
    """Whether the order waits for a trigger: any type that has one, pegged orders too."""
    return request.trigger_price is not None or request.trailing_bips is not None


def above_market(request: OrderRequest) -> bool:
    """Whether the trigger price belongs above the market: stop-loss buys and take-profit sells."""
    return (request.side is Side.SELL) == request.take_profit


def would_trigger(request: OrderRequest, last_price: Decimal) -> bool:
    """Whether the price is already where the trigger (or activation) price waits for it."""
    return request.trigger_price is not None and _reached(request, request.trigger_price, last_price)


def _reached(request: OrderRequest, trigger_price: Decimal, price: Decimal) -> bool:
    rising = request.trigger_direction is TriggerPriceDirection.UP
    return price >= trigger_price if rising else price <= trigger_price


def follow(order: Order, price: Decimal, at: int) -> None:
    """A trailing order begins to follow the market here."""
    order.extreme, order.trailing_at = price, at


def observe(order: Order, price: Decimal, at: int) -> bool:
    """What a trade at this price does to an armed order. True when it is let go."""
    request = order.request
    if request.trailing_bips is None:
        return would_trigger(request, price)
    if order.extreme is None:
        if would_trigger(request, price):
            follow(order, price, at)
        return False
    distance = request.trailing_bips / BASIS_POINTS
    if request.side is Side.BUY:
        order.extreme = min(order.extreme, price)
        return price >= order.extreme * (1 + distance)
    order.extreme = max(order.extreme, price)
    return price <= order.extreme * (1 - distance)


def guess(request: OrderRequest, last_price: Decimal) -> Decimal:
    """About where the order would trade once it is let go, for what its limit price does not say."""
    if request.trigger_price is not None:
        return request.trigger_price
    if request.trailing_bips is None:
        return last_price
    return last_price * (1 + request.side.sign * request.trailing_bips / BASIS_POINTS)
