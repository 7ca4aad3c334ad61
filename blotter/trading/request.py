"""What a trader asks for, before any protocol: immutable, venue-neutral."""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.trading.enums import (
    ExecInst,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Terms of a new order.

    Exactly one of `order_qty` (base asset) and `cash_order_qty` (quote asset, market orders only) is set.
    `price` belongs to limit orders only; `time_in_force` is absent on market and post-only orders (fact
    sheet 6.1). `max_floor` is the visible part of an iceberg. Constructing one checks nothing: `check`
    in `blotter.trading.rules` does, and names the field.

    Contingent orders (STOP, STOP_LIMIT) wait for the last price to reach `trigger_price` from the other side;
    `trigger_direction` and `side` together say stop-loss or take-profit. `trailing_bips` lets the trigger follow the
    market at that distance (1 = 0.01 %); `trigger_price` then is the activation price, and may be absent. A pegged
    order takes its price from the book once, at entry, `peg_offset` price levels deeper.
    """

    symbol: str
    side: Side
    ord_type: OrdType
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    expire_time: int | None = None  # ExpireTime (126), UTC ns: when a GOOD_TILL_DATE order ends
    exec_inst: ExecInst | None = None
    max_floor: Decimal | None = None
    self_trade_prevention: SelfTradePreventionMode | None = None
    trigger_price: Decimal | None = None  # TriggerPrice (1102), quote asset
    trigger_direction: TriggerPriceDirection | None = None  # (1109)
    trailing_bips: int | None = None  # TriggerTrailingDeltaBips (25009)
    peg_price_type: PegPriceType | None = None  # (1094)
    peg_offset: int | None = None  # PegOffsetValue (211), price levels
    target_strategy: int | None = None  # TargetStrategy (847), 1,000,000 and above
    strategy_id: int | None = None  # StrategyID (7940)
    smart_routing: bool = False  # SOR (25032)

    @property
    def contingent(self) -> bool:
        """Held by the venue until triggered."""
        triggered = self.trigger_price is not None or self.trailing_bips is not None
        return triggered or self.ord_type in (OrdType.STOP, OrdType.STOP_LIMIT)

    @property
    def take_profit(self) -> bool:
        """A contingent order that takes profit; one that is not stops a loss (fact sheet trap 22: Side and 1109
        decide, and without 1109 it takes profit)."""
        rising = self.trigger_direction is TriggerPriceDirection.UP
        return self.contingent and (self.trigger_direction is None or rising == (self.side is Side.SELL))


class ListKind(Enum):
    """How the legs of an order list depend on each other. The value is what traders call it."""

    OCO = "OCO"  # two legs, one cancels the other
    OTO = "OTO"  # a working leg; its complete fill releases the pending one
    OTOCO = "OTOCO"  # a working leg; its complete fill releases an OCO
    OPO = "OPO"  # OTO whose pending sell takes the quantity the working buy received
    OPOCO = "OPOCO"  # OTOCO, likewise

    @property
    def leg_names(self) -> tuple[str, ...]:
        """The legs in the order the venue wants them (fact sheet 6.6)."""
        return _LEG_NAMES[self]


_LEG_NAMES = {
    ListKind.OCO: ("below", "above"),
    ListKind.OTO: ("working", "pending"),
    ListKind.OTOCO: ("working", "below", "above"),
    ListKind.OPO: ("working", "pending"),
    ListKind.OPOCO: ("working", "below", "above"),
}


class OrderListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of a new order list: one leg for each of `kind.leg_names`, all of one symbol. Pending legs of OPO and
    OPOCO carry no quantity."""

    kind: ListKind
    legs: tuple[OrderRequest, ...]

    @property
    def symbol(self) -> str:
        return self.legs[0].symbol
