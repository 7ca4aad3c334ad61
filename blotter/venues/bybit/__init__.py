"""Bybit's FIX API, spot (other-venues sheet 2)."""

from blotter.venues.bybit.venue import BybitSpot

__all__ = ["BybitSpot"]
