"""Binance Spot over FIX 4.4, text encoding (fact sheet)."""

from blotter.venues.binance.spot import BinanceSpot

__all__ = ["BinanceSpot"]
