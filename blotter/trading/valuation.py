"""What a holding is worth at the market: marks, conversion between assets, profit. Pure arithmetic.

A price that is missing or too old yields None, never a guess and never zero: a profit that looks live and is not is
worse than none. Conversion goes through one pair, or through two by way of a common asset; never further, for every
pair adds its own spread and age.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from blotter.trading.event import ZERO, Fee
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.position import Position

ONE = Decimal(1)


class Profit(msgspec.Struct, frozen=True, kw_only=True):
    """A position's worth. Amounts in the quote asset; None where a price for it is not known or too old.

    `fees` is what was paid, converted where a price is known; `unpriced_fees` is the rest, as it is.
    """

    symbol: str
    quote_asset: str = ""
    mark: Decimal | None = None  # middle of the market
    mark_at: int | None = None  # UTC ns of the quote behind it, too old or not
    unrealised: Decimal | None = None
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    unpriced_fees: tuple[Fee, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """Realised and unrealised, less fees; None while a part of it is not known."""
        if self.unrealised is None or self.unpriced_fees:
            return None
        return self.realised + self.unrealised - self.fees


class Prices:
    """The market as a table of conversions, for one moment.

    `now` is UTC ns; a quote older than `max_age` ns prices nothing.
    """

    def __init__(
        self, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote], now: int, max_age: int
    ) -> None:
        self._quotes = quotes
        self._now = now
        self._max_age = max_age
        self._pairs: dict[tuple[str, str], str] = {}
        self._beside: dict[str, list[str]] = {}
        for symbol in quotes:
            instrument = instruments.get(symbol)
            if instrument is not None:
                base, quote = instrument.base, instrument.quote
                self._pairs[base, quote] = symbol
                self._beside.setdefault(base, []).append(quote)
                self._beside.setdefault(quote, []).append(base)

    def mid(self, symbol: str) -> Decimal | None:
        """The middle of the market; None while a side is empty or the quote too old."""
        quote = self._quotes.get(symbol)
        if quote is None or self._now - quote.at > self._max_age:
            return None
        return middle(quote)

    def rate(self, asset: str, unit: str) -> Decimal | None:
        """What one of `asset` is worth in `unit`; None when no pair of fresh quotes tells."""
        if asset == unit:
            return ONE
        direct = self._direct(asset, unit)
        if direct is not None:
            return direct
        for between in self._beside.get(asset, ()):
            first, second = self._direct(asset, between), self._direct(between, unit)
            if first is not None and second is not None:
                return first * second
        return None

    def _direct(self, asset: str, unit: str) -> Decimal | None:
        symbol = self._pairs.get((asset, unit))
        if symbol is not None:
            mid = self.mid(symbol)
            if mid is not None:
                return mid
        symbol = self._pairs.get((unit, asset))
        mid = self.mid(symbol) if symbol is not None else None
        return ONE / mid if mid else None

    def worth(self, amount: Decimal, asset: str, unit: str) -> Decimal | None:
        """An amount of `asset` in `unit`."""
        rate = self.rate(asset, unit)
        return None if rate is None else amount * rate


def middle(quote: Quote) -> Decimal | None:
    """Between best bid and offer; None while a side is empty."""
    return None if quote.bid is None or quote.ask is None else (quote.bid + quote.ask) / 2


def profit(position: Position, instrument: Instrument | None, quote: Quote | None, prices: Prices) -> Profit:
    """A position at the market. Without its instrument the quote asset is not known, and no fee is converted."""
    unit = instrument.quote if instrument is not None else ""
    mid = prices.mid(position.symbol)
    unrealised: Decimal | None = None
    if not position.net_qty:
        unrealised = ZERO
    elif mid is not None:
        unrealised = position.net_qty * (mid - position.avg_cost)
    fees, unpriced = ZERO, []
    for fee in position.fees:
        worth = prices.worth(fee.amount, fee.asset, unit) if unit else None
        if worth is None:
            unpriced.append(fee)
        else:
            fees += worth
    return Profit(
        symbol=position.symbol,
        quote_asset=unit,
        mark=mid,
        mark_at=quote.at if quote is not None else None,
        unrealised=unrealised,
        realised=position.realised,
        fees=fees,
        unpriced_fees=tuple(unpriced),
    )


def flows(positions: Iterable[Position], instruments: Mapping[str, Instrument]) -> dict[str, Decimal]:
    """What all fills and fees did to each asset: received is positive. The symbols of positions whose assets are not
    known are left out; `unlisted` names them."""
    total: dict[str, Decimal] = {}
    for position in positions:
        instrument = instruments.get(position.symbol)
        if instrument is not None:
            for asset, amount in _flow(position, instrument):
                total[asset] = total.get(asset, ZERO) + amount
    return total


def _flow(position: Position, instrument: Instrument) -> Iterator[tuple[str, Decimal]]:
    yield instrument.base, position.bought_qty - position.sold_qty
    # What was received and paid in quote asset is what is realised less what the open quantity cost.
    yield instrument.quote, position.realised - position.avg_cost * position.net_qty
    for fee in position.fees:
        yield fee.asset, -fee.amount


def unlisted(positions: Iterable[Position], instruments: Mapping[str, Instrument]) -> tuple[str, ...]:
    """Symbols of positions whose assets are not known."""
    return tuple(sorted(p.symbol for p in positions if p.symbol not in instruments))
