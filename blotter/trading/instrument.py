"""What may be traded and in which steps. Quantities in base asset, prices in quote asset, always Decimal."""

from decimal import Decimal

import msgspec


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


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Best bid and offer of a symbol. `at`: UTC ns when it reached this machine. None: that side is empty."""

    symbol: str
    at: int
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None
