"""What may be traded and in which steps. Quantities in base asset, prices in quote asset, always Decimal."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from blotter.trading.enums import OrdType, SelfTradePreventionMode


class Amending(Enum):
    """What becomes of an order whose terms are amended, but for less quantity in place."""

    CHANGED = "changed"  # it stays the same order, and whether it keeps its place is the venue's rule
    REPLACED = "replaced"  # it is cancelled and a new one is placed
    REFUSED = "refused"  # the venue has neither


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol and its filters (fact sheet section 9.5 and 12). None: the venue sets no such rule."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal | None = None  # MinPriceIncrement (969)
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    step_size: Decimal | None = None  # LOT_SIZE step, MinQtyIncrement (25039)
    min_qty: Decimal | None = None
    max_qty: Decimal | None = None
    market_step_size: Decimal | None = None  # MARKET_LOT_SIZE
    market_min_qty: Decimal | None = None
    market_max_qty: Decimal | None = None
    min_notional: Decimal | None = None
    # What only the venue's REST listing tells (exchangeInfo); the FIX list leaves these None.
    max_notional: Decimal | None = None
    status: str | None = None  # "TRADING", "HALT", "BREAK", "END_OF_DAY", "CANCEL_ONLY"
    ord_types: frozenset[OrdType] | None = None
    post_only: bool | None = None  # LIMIT_MAKER allowed
    cash_order_qty: bool | None = None  # market orders by quote amount allowed
    iceberg: bool | None = None
    trailing: bool | None = None
    lists: bool | None = None  # OCO
    triggered_lists: bool | None = None  # OTO
    paying_lists: bool | None = None  # OPO
    amendable: bool | None = None  # in place, XAK
    amending: Amending | None = None
    peggable: bool | None = None
    smart_routing: bool | None = None  # listed under `sors`
    stp_modes: frozenset[SelfTradePreventionMode] | None = None
    stp_default: SelfTradePreventionMode | None = None
    max_iceberg_parts: int | None = None
    max_orders: int | None = None  # open at once
    max_contingent_orders: int | None = None
    max_iceberg_orders: int | None = None  # open at once
    max_lists: int | None = None
    max_amends: int | None = None  # per order
    min_trailing_above: int | None = None  # TRAILING_DELTA, bips
    max_trailing_above: int | None = None
    min_trailing_below: int | None = None
    max_trailing_below: int | None = None
    bid_multiplier_up: Decimal | None = None  # PERCENT_PRICE_BY_SIDE, times the average price
    bid_multiplier_down: Decimal | None = None
    ask_multiplier_up: Decimal | None = None
    ask_multiplier_down: Decimal | None = None
    max_position: Decimal | None = None  # base asset

    def updated(self, news: "Instrument") -> "Instrument":
        """This instrument with what `news` says; where that is None it says nothing."""
        said = {name: value for name, value in _fields(news) if value is not None}
        return msgspec.structs.replace(self, **said)


def _fields(instrument: Instrument) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(instrument, name)) for name in instrument.__struct_fields__)


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Best bid and offer of a symbol. `at`: UTC ns when it reached this machine. None: that side is empty.

    One in `doubt` has no prices, so that nothing can be priced by it; the text says why.
    """

    symbol: str
    at: int
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None
    doubt: str = ""
