"""What the risk rules look at and what they say: an order on its way into a situation, and findings. Pure values.

What cannot be told is None, never a zero: the rules turn it into a finding that says so.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from blotter.trading.account import Balances
from blotter.trading.enums import OrdType, Side
from blotter.trading.event import ZERO
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.risk_levels import Limits, RiskLimits


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that an order does not pass. `value` and `limit` with their units, as a person reads them."""

    rule: str  # "notional", "price collar", "duplicate", ...
    field: str  # of the order: "order_qty", "price", "symbol", ...; "" when none is at fault
    value: str
    limit: str
    text: str  # rule, value and limit in one sentence
    blocks: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """What the rules say of one order or list. Without blocks it may leave, once its warnings are confirmed."""

    blocks: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "Verdict":
        blocks = tuple(finding for finding in findings if finding.blocks)
        return cls(blocks, tuple(finding for finding in findings if not finding.blocks))


class Holding(NamedTuple):
    """One symbol as it stands. `buying` and `selling`: what open orders may still trade, in base asset."""

    net: Decimal = ZERO
    buying: Decimal = ZERO
    selling: Decimal = ZERO
    orders: int = 0  # open
    untold: tuple[str, ...] = ()  # open orders whose quantity in base asset nobody knows

    def open(self, side: Side) -> Decimal:
        return self.buying if side is Side.BUY else self.selling

    @property
    def worst(self) -> Decimal:
        """The largest position, long or short, that filled orders may make of it."""
        return max(abs(self.net + self.buying), abs(self.net - self.selling))

    def more(self, side: Side, qty: Decimal) -> "Holding":
        """With another open order."""
        if side is Side.BUY:
            return self._replace(buying=self.buying + qty, orders=self.orders + 1)
        return self._replace(selling=self.selling + qty, orders=self.orders + 1)


NOTHING = Holding()


class Counter(NamedTuple):
    """One limit of the venue's: `used` of `maximum`. `cost`: what the judged order adds."""

    name: str
    used: int
    maximum: int
    cost: int


class Recent(NamedTuple):
    """An order that was sent. `at`: UTC ns."""

    at: int
    request: OrderRequest


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What an order would be sent into. An order that is replaced by it is not in `holdings` any more."""

    now: int  # UTC ns
    instruments: Mapping[str, Instrument] = {}
    quotes: Mapping[str, Quote] = {}
    heard: int = (
        0  # UTC ns of the last word of the market data session: a quote that did not change since stands
    )
    blind: bool = (
        False  # this venue tells nothing of its market here: it is nobody's failure that no price is known
    )
    holdings: Mapping[str, Holding] = {}
    rate: Callable[[str], Decimal | None] = lambda asset: None  # of an asset in `RiskLimits.unit`
    recent: Sequence[Recent] = ()
    sent: int = 0  # new orders and replaces within `order_rate_window`
    counters: Sequence[Counter] = ()
    balances: Balances | None = None
    taken: Mapping[str, Decimal] = {}  # by asset: what orders need that `balances` does not know of yet
    loss: Decimal | None = None  # in `RiskLimits.unit`; a profit is negative
    unpriced_fees: Sequence[str] = ()  # assets of fees that `loss` does not count
    armed: bool = True
    replaced_qty: Decimal | None = None  # what the order to be replaced may still trade
    replaced_worth: Decimal | None = None  # and what that comes to, in quote asset


class Leg(NamedTuple):
    """One order among those sent together. `before`: what must have been traded first, signed base quantity."""

    request: OrderRequest
    before: Decimal = ZERO
    pending: bool = False  # waits for another leg to be filled


# --- what an order comes to ---------------------------------------------------------------------------------


def market_price(side: Side, quote: Quote | None) -> Decimal | None:
    """What a market order would meet first: the best price of the other side, or else of its own."""
    if quote is None:
        return None
    if side is Side.BUY:
        return quote.ask if quote.ask is not None else quote.bid
    return quote.bid if quote.bid is not None else quote.ask


def worst_price(request: OrderRequest, quote: Quote | None) -> Decimal | None:
    """The price an order's worth is reckoned at: its limit, and for a sell the bid where that is better, since there it
    would trade. None: nothing tells."""
    touch = market_price(request.side, quote)
    if request.contingent:
        return request.price or request.trigger_price or touch
    if request.price is None:
        return touch
    if request.side is Side.SELL and touch is not None:
        return max(request.price, touch)
    return request.price


def base_qty(request: OrderRequest, quote: Quote | None) -> Decimal | None:
    """Quantity in base asset; of an order by quote amount what it comes to at the market. None: nothing tells."""
    if request.order_qty is not None:
        return request.order_qty
    price = market_price(request.side, quote)
    if request.cash_order_qty is None or not price:
        return None
    return request.cash_order_qty / price


def legs(request: OrderListRequest, situation: Situation) -> tuple[Leg, ...]:
    """The legs with what comes before them. OPO and OPOCO sell what the working leg bought."""
    if request.kind is ListKind.OCO:
        return tuple(Leg(leg) for leg in request.legs)
    working, *pending = request.legs
    qty = base_qty(working, situation.quotes.get(working.symbol))
    if request.kind in (ListKind.OPO, ListKind.OPOCO):
        pending = [msgspec.structs.replace(leg, order_qty=qty) for leg in pending]
    before = ZERO if qty is None else working.side.sign * qty
    return (Leg(working), *(Leg(leg, before, pending=True) for leg in pending))


class Candidate:
    """One leg with what the rules ask of it."""

    def __init__(self, leg: Leg, situation: Situation, own: Limits, desk: RiskLimits) -> None:
        request = leg.request
        self.leg, self.request, self.situation, self.own, self.desk = leg, request, situation, own, desk
        self.quote = situation.quotes.get(request.symbol)
        self.instrument = situation.instruments.get(request.symbol)
        self.base = self.instrument.base if self.instrument is not None else request.symbol
        self.quote_asset = self.instrument.quote if self.instrument is not None else "quote asset"
        self.qty = base_qty(request, self.quote)
        self.price = worst_price(request, self.quote)
        holding = situation.holdings.get(request.symbol, NOTHING)
        self.holding = holding._replace(net=holding.net + leg.before)

    @property
    def reducing(self) -> bool:
        """It only takes a position towards zero, with every open order on its side filled before it."""
        net, side = self.holding.net, self.request.side
        if self.qty is None or net * side.sign >= 0:
            return False
        return not self.holding.untold and self.qty + self.holding.open(side) <= abs(net)

    @property
    def grows(self) -> bool:
        """More may trade than before: not so where it replaces an order that could trade as much."""
        replaced = self.situation.replaced_qty
        return replaced is None or self.qty is None or self.qty > replaced

    @property
    def gains(self) -> bool:
        """More may be paid or received than before: it grows, or it replaces one at a price that comes to less."""
        replaced, worth = self.situation.replaced_worth, self.worth
        return self.grows or (replaced is not None and worth is not None and worth > replaced)

    @property
    def worth(self) -> Decimal | None:
        """In quote asset."""
        if self.request.cash_order_qty is not None:
            return self.request.cash_order_qty
        return None if self.qty is None or self.price is None else self.qty * self.price

    @property
    def qty_field(self) -> str:
        return "cash_order_qty" if self.request.cash_order_qty is not None else "order_qty"

    @property
    def priced_by_market(self) -> bool:
        request = self.request
        if request.contingent:
            return False
        pegged = request.ord_type is OrdType.PEGGED or request.peg_price_type is not None
        return request.ord_type is OrdType.MARKET or pegged
