"""The venues Blotter knows by name. Adding one is a line here and a folder beside."""

from blotter.venues.base import DEFAULT_SETTINGS, Venue, VenueFactory, VenueSettings
from blotter.venues.binance import BinanceSpot
from blotter.venues.bybit import BybitSpot
from blotter.venues.coinbase import CoinbaseExchange
from blotter.venues.deribit import Deribit
from blotter.venues.fix44.broker import PlainFix
from blotter.venues.kraken import KrakenSpot

VENUES: dict[str, VenueFactory] = {
    BinanceSpot.name: BinanceSpot,
    BybitSpot.name: BybitSpot,
    CoinbaseExchange.name: CoinbaseExchange,
    Deribit.name: Deribit,
    KrakenSpot.name: KrakenSpot,
    PlainFix.name: PlainFix,
}


def venue(name: str, settings: VenueSettings = DEFAULT_SETTINGS) -> Venue:
    """A new instance of the dialect of this name. Raises `ValueError` listing the known ones."""
    factory = VENUES.get(name)
    if factory is None:
        raise ValueError(f"venue {name!r} is unknown; known venues: {', '.join(sorted(VENUES))}")
    return factory(settings)
