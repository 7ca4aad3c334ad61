"""One way for an order to come to work: at a price, at the market, pegged, or once triggered; as it is being read."""

from dataclasses import dataclass, field
from decimal import Decimal

from blotter.trading.enums import OrdType, PegPriceType, Side, TimeInForce, TriggerPriceDirection
from blotter.trading.words import Word


@dataclass(slots=True)
class Clause:
    """One way to work. `places`: field -> the word that set it."""

    word: Word | None = None  # that began it
    ord_type: OrdType | None = None  # LIMIT or MARKET, where it was said
    trigger: bool = False
    take: bool | None = None  # None with `trigger`: a trail that says neither
    trigger_price: Decimal | None = None
    bips: int | None = None
    price: Decimal | None = None
    peg: PegPriceType | None = None
    peg_offset: int | None = None
    tif: TimeInForce | None = None
    expire_time: int | None = None
    post: bool = False
    max_floor: Decimal | None = None
    places: dict[str, Word] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Nothing says yet how it works."""
        return self.ord_type is None and not self.trigger and not self.pegged and "price" not in self.places

    @property
    def pegged(self) -> bool:
        return "peg_price_type" in self.places

    @property
    def resting(self) -> bool:
        """At a price or a peg, and at once."""
        return not self.trigger and self.ord_type is not OrdType.MARKET

    @property
    def kind(self) -> OrdType:
        """The type of order that works this way."""
        if self.peg is not None:
            return OrdType.PEGGED
        if self.trigger:
            return OrdType.STOP if self.price is None else OrdType.STOP_LIMIT
        return self.ord_type or OrdType.LIMIT

    def direction(self, side: Side) -> TriggerPriceDirection:
        """Where the trigger is reached: stop-loss or take-profit is Side and direction (fact sheet trap 22)."""
        rising = (side is Side.SELL) == bool(self.take)
        return TriggerPriceDirection.UP if rising else TriggerPriceDirection.DOWN
