"""The house: a seeded market maker and its customers, so that books move and other people's orders get filled.

Each symbol has a fair price that wanders. The maker keeps quotes on a coarse grid around it, so that others can join
the touch and be first at their price; customers take from either side, in the symbol's usual sizes. An order near the
touch is filled, partly or whole, within seconds, and when the fair price walks through someone's order the maker's
next quote trades with it.

Deterministic: the same seed, engine state and times give the same commands. Does no I/O and keeps no clock.
"""

import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from random import Random

from blotter.exchange.engine import Engine
from blotter.exchange.event import AnyCommand, Cancel, OpenAccount, Place
from blotter.exchange.listing import Listing
from blotter.exchange.market import Market
from blotter.trading.enums import OrdType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.request import OrderRequest

HOUSE = "house"
LEVELS = 8  # quotes a side
GRID = 0.00008  # of the price, between two quotes; a tick at least
STEP = 0.00002  # standard deviation of one step of the fair price, of the price
PATIENCE = 0.001  # how far from the fair price a customer still trades, of the price
TAKES = 0.4  # share of events in which a customer takes
FUNDS = Decimal(10) ** 12  # of every asset: the house never runs dry


class Flow:
    """What the house does next, symbol by symbol."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine = engine
        # After a restart the dice are other ones, yet the same for the same history.
        self._random = Random(f"{seed}/{engine.commands}")  # noqa: S311 (a simulation, not a secret)
        self._fair = {name: float(market.state.last_price) for name, market in engine.markets.items()}
        self._ids = engine.commands

    def open(self, at: int) -> list[AnyCommand]:
        """What makes the house ready: its account on the first start, and quotes where it has none."""
        commands: list[AnyCommand] = []
        if HOUSE not in self._engine.clearing.accounts:
            assets = {a for m in self._engine.markets.values() for a in (m.listing.base, m.listing.quote)}
            balances = dict.fromkeys(sorted(assets), FUNDS)
            commands.append(OpenAccount(at=at, account=HOUSE, balances=balances, house=True))
        for name, market in self._engine.markets.items():
            if not market.open_count.get(HOUSE):
                for level in range(LEVELS):
                    commands.extend(self._quote(name, side, level, at) for side in Side)
        return commands

    def wait(self, rate: float) -> float:
        """Seconds until the next event of a symbol, at `rate` events a second."""
        return self._random.expovariate(rate)

    def step(self, symbol: str, at: int) -> list[AnyCommand]:
        """One event: the fair price takes a step, perhaps a customer trades, and the maker tends one side."""
        self._fair[symbol] *= math.exp(self._random.gauss(0.0, STEP))
        market = self._engine.markets[symbol]
        commands: list[AnyCommand] = []
        if self._random.random() < TAKES:
            commands.append(self._take(symbol, market.listing, at))
        return commands + self._tend(symbol, market, self._random.choice((Side.BUY, Side.SELL)), at)

    def _tend(self, symbol: str, market: Market, side: Side, at: int) -> list[AnyCommand]:
        """Fill the gap nearest to the touch; without one, renew a quote. Take away what strayed furthest."""
        mine = [order for order in market.book.half(side).orders() if order.account == HOUSE]
        prices = {order.request.price for order in mine}
        gaps = [n for n in range(LEVELS) if self._price(market.listing, side, n) not in prices]
        commands: list[AnyCommand] = []
        if len(mine) >= LEVELS:
            gone = mine[-1] if gaps else self._random.choice(mine)
            commands.append(
                Cancel(at=at, account=HOUSE, cl_ord_id=self._id(), symbol=symbol, order_id=gone.order_id)
            )
        level = gaps[0] if gaps else self._random.randrange(LEVELS)
        return [*commands, self._quote(symbol, side, level, at)]

    def _price(self, listing: Listing, side: Side, level: int) -> Decimal:
        """On the grid, level 0 being the touch on this side of the fair price."""
        grid = max(_on_tick(float(listing.opening_price) * GRID, listing.tick_size), listing.tick_size)
        below = (Decimal(self._fair[listing.symbol]) / grid).to_integral_value(ROUND_DOWN)
        steps = -level if side is Side.BUY else level + 1
        return max((below + steps) * grid, listing.min_price)

    def _quote(self, symbol: str, side: Side, level: int, at: int) -> AnyCommand:
        listing = self._engine.markets[symbol].listing
        request = OrderRequest(
            symbol=symbol,
            side=side,
            ord_type=OrdType.LIMIT,
            order_qty=self._qty(listing, 1.0 + level / 2),
            price=self._price(listing, side, level),
            time_in_force=TimeInForce.GOOD_TILL_CANCEL,
            self_trade_prevention=SelfTradePreventionMode.EXPIRE_MAKER,
        )
        return Place(at=at, account=HOUSE, cl_ord_id=self._id(), request=request)

    def _take(self, symbol: str, listing: Listing, at: int) -> AnyCommand:
        """A customer. Customers are the house too, and trade with its quotes: no self-trade prevention.

        They look at the price: one that swept through a thin book would fill an order resting far away, and nobody
        would believe the market after that.
        """
        side = self._random.choice((Side.BUY, Side.SELL))
        worst = self._fair[symbol] * (1 + side.sign * PATIENCE)
        request = OrderRequest(
            symbol=symbol,
            side=side,
            ord_type=OrdType.LIMIT,
            order_qty=self._qty(listing, 0.7),
            price=max(_on_tick(worst, listing.tick_size), listing.min_price),
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
            self_trade_prevention=SelfTradePreventionMode.NONE,
        )
        return Place(at=at, account=HOUSE, cl_ord_id=self._id(), request=request)

    def _qty(self, listing: Listing, times: float) -> Decimal:
        return _lots(float(listing.usual_qty) * times * self._random.lognormvariate(0.0, 0.6), listing)

    def _id(self) -> str:
        self._ids += 1
        return f"h{self._ids}"


def _on_tick(price: float, tick: Decimal) -> Decimal:
    return (Decimal(price) / tick).to_integral_value(ROUND_HALF_EVEN) * tick


def _lots(qty: float, listing: Listing) -> Decimal:
    """Quantities of the house are whole lots and never too small to be accepted."""
    step = listing.step_size
    return max((Decimal(qty) / step).to_integral_value(ROUND_DOWN) * step, listing.min_qty)
