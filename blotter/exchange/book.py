"""Orders at rest: one symbol, two sides, best price first and, at one price, first come first served.

Knows priority and nothing else: no money, no rules, no reports.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum

import msgspec

from blotter.exchange.listing import ZERO
from blotter.trading.enums import SelfTradePreventionMode, Side
from blotter.trading.request import OrderRequest


class Stage(Enum):
    """Where an accepted order is."""

    PENDING = "pending"  # a leg of a list that waits for another to fill
    ARMED = "armed"  # waits for its trigger
    TAKING = "taking"  # trades with what is there; over before its command is
    RESTING = "resting"  # on the book


class Order(msgspec.Struct, kw_only=True):
    """An accepted order. Side and type never change; `qty` and `max_floor` may be amended down.

    `price` is where it trades and rests: the limit, or what it was pegged at; None at the market. Times are UTC ns.
    """

    account: str
    order_id: int
    cl_ord_id: str
    request: OrderRequest  # as first asked for
    qty: Decimal  # of a market order by quote amount: what that amount comes to; 0 until an OPO leg knows
    max_floor: Decimal | None
    stp: SelfTradePreventionMode
    created_at: int
    stage: Stage = Stage.TAKING
    price: Decimal | None = None
    pegged_price: Decimal | None = None
    lock_price: Decimal | None = None  # what a buy's lock is reckoned by; None: by the book
    lock_floor: Decimal = ZERO  # at least this: the price of its partner in an OCO, for which it stands in
    turn: int = 0  # the lower, the sooner it is served among those armed or at one price
    extreme: Decimal | None = None  # the best price seen since a trailing order began to follow
    trailing_at: int | None = None  # since when it follows
    working_at: int | None = None  # since when it is on the book, or tried to be
    list_id: int | None = None
    received: Decimal = ZERO  # by its fills, fees taken off
    short: bool = False  # a quote amount the book cannot serve: all of `qty` is not all that was asked for
    visible: Decimal = ZERO  # what of an iceberg shows; for other orders all that is left
    locked: Decimal = ZERO  # of the asset it pays with
    cum_qty: Decimal = ZERO
    cum_quote_qty: Decimal = ZERO
    prevented_qty: Decimal = ZERO
    amends: int = 0
    session: str = ""  # the comp id that owns it

    @property
    def side(self) -> Side:
        return self.request.side

    @property
    def leaves(self) -> Decimal:
        """What may still be filled, in base asset."""
        return self.qty - self.cum_qty - self.prevented_qty

    def show(self) -> None:
        """Bring the next slice to light."""
        leaves = self.leaves
        self.visible = leaves if self.max_floor is None else min(self.max_floor, leaves)


class HalfBook:
    """One side. Prices are kept ascending; each level is a dict by order id, which remembers arrival."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._prices: list[Decimal] = []
        self._levels: dict[Decimal, dict[int, Order]] = {}

    @property
    def best(self) -> Decimal | None:
        if not self._prices:
            return None
        return self._prices[-1] if self.side is Side.BUY else self._prices[0]

    def add(self, order: Order, price: Decimal) -> None:
        """Behind everything that already stands at this price."""
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = {}
            insort(self._prices, price)
        level[order.order_id] = order

    def remove(self, order: Order, price: Decimal) -> None:
        level = self._levels[price]
        del level[order.order_id]
        if not level:
            del self._levels[price]
            del self._prices[bisect_left(self._prices, price)]

    def requeue(self, order: Order, price: Decimal) -> None:
        """To the end of its price: what a new slice of an iceberg gets."""
        level = self._levels[price]
        del level[order.order_id]
        level[order.order_id] = order

    def level(self, price: Decimal) -> dict[int, Order]:
        return self._levels[price]

    def prices(self) -> Iterator[Decimal]:
        """Best first."""
        return reversed(self._prices) if self.side is Side.BUY else iter(self._prices)

    def orders(self) -> Iterator[Order]:
        """In order of priority."""
        for price in self.prices():
            yield from self._levels[price].values()

    def size(self, price: Decimal) -> Decimal:
        """What shows at a price."""
        return sum((order.visible for order in self._levels[price].values()), ZERO)

    def depth(self, levels: int) -> list[tuple[Decimal, Decimal]]:
        """The best `levels` prices with what shows there."""
        found: list[tuple[Decimal, Decimal]] = []
        for price in self.prices():
            if len(found) == levels:
                break
            found.append((price, self.size(price)))
        return found


class Book:
    """Both sides."""

    def __init__(self) -> None:
        self.bids = HalfBook(Side.BUY)
        self.asks = HalfBook(Side.SELL)

    def half(self, side: Side) -> HalfBook:
        return self.bids if side is Side.BUY else self.asks

    def against(self, side: Side) -> HalfBook:
        """The half that an order of this side trades with."""
        return self.asks if side is Side.BUY else self.bids
