"""One broken rule, as every rule of the domain reports it."""

from decimal import Decimal

import msgspec


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule: field, value and rule in the text; `nearest` is a legal value to offer, if any."""

    field: str  # "price", "order_qty", "symbol", "max_floor", ...
    text: str
    nearest: Decimal | None = None
    leg: str = ""  # of an order list: "below", "above", "working", "pending"


NAMES = {
    "order_qty": "quantity",
    "cash_order_qty": "quote amount",
    "price": "price",
    "max_floor": "visible quantity",
    "time_in_force": "time in force",
    "expire_time": "time of expiry",
    "exec_inst": "post-only",
    "trigger_price": "trigger price",
    "trigger_direction": "trigger direction",
    "trailing_bips": "trailing distance",
    "peg_price_type": "peg",
    "peg_offset": "peg offset",
    "target_strategy": "strategy",
    "strategy_id": "strategy id",
    "smart_routing": "smart order routing",
}
"""What a field is called in a text for people."""
