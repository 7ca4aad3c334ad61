"""Kraken's Unified FIX API, spot trading (other-venues sheet 6.1)."""

from blotter.venues.kraken.spot import KrakenSpot

__all__ = ["KrakenSpot"]
