"""Instruments as the user states them, for venues that list none: `[venues.NAME.instruments."SYMBOL"]`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from blotter.trading.decimals import on_step, plain, sane
from blotter.trading.instrument import Instrument
from blotter.venues.base import Feature, SessionKind, Venue

AssetName = Annotated[str, Meta(min_length=1, max_length=32)]
_STEPS = (
    ("min_qty", "step_size"),
    ("max_qty", "step_size"),
    ("min_price", "tick_size"),
    ("max_price", "tick_size"),
)


class InstrumentTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One symbol. Quantities in base asset, prices in quote asset; what is not set is not checked before it leaves."""

    base: AssetName
    quote: AssetName
    tick_size: Decimal  # prices are whole multiples of it
    step_size: Decimal  # likewise quantities
    min_qty: Decimal | None = None
    max_qty: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    min_notional: Decimal | None = None  # price times quantity


def lists_its_own(venue: Venue, *, by_rest: bool) -> bool:
    """Whether the venue itself says what may be traded. `by_rest`: its REST interface can be asked."""
    return by_rest or SessionKind.MARKET_DATA in venue.kinds() or Feature.LISTING in venue.features


def instruments(stated: Mapping[str, InstrumentTerms]) -> tuple[Instrument, ...]:
    """Raises `ValueError` naming key, value and rule."""
    return tuple(_instrument(symbol, terms) for symbol, terms in stated.items())


def _instrument(symbol: str, terms: InstrumentTerms) -> Instrument:
    said = {name: value for name, value in msgspec.structs.asdict(terms).items() if value is not None}
    for name, value in said.items():
        if isinstance(value, Decimal) and not (sane(value) and value > 0):
            raise ValueError(f"instruments.{symbol}.{name} = {value}: must be a positive number")
    for name, step in _STEPS:
        if name in said and not on_step(said[name], said[step]):
            rule = f"must be a whole multiple of {step} {plain(said[step])}"
            raise ValueError(f"instruments.{symbol}.{name} = {plain(said[name])}: {rule}")
    for low, high in (("min_qty", "max_qty"), ("min_price", "max_price")):
        if low in said and high in said and said[low] > said[high]:
            raise ValueError(f"instruments.{symbol}.{low} = {plain(said[low])}: is above {high}")
    return Instrument(symbol=symbol, **said)
