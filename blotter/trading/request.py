"""What a trader asks for, before any protocol: immutable, venue-neutral."""

from decimal import Decimal

import msgspec

from blotter.trading.enums import ExecInst, OrdType, SelfTradePreventionMode, Side, TimeInForce


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Terms of a new order.

    Exactly one of `order_qty` (base asset) and `cash_order_qty` (quote asset, market orders only) is set.
    `price` belongs to limit orders only; `time_in_force` is absent on market and post-only orders (fact
    sheet 6.1). `max_floor` is the visible part of an iceberg. Constructing one checks nothing: `check`
    in `blotter.trading.rules` does, and names the field.
    """

    symbol: str
    side: Side
    ord_type: OrdType
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    exec_inst: ExecInst | None = None
    max_floor: Decimal | None = None
    self_trade_prevention: SelfTradePreventionMode | None = None
