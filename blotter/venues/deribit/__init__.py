"""Deribit's main FIX API (other-venues sheet 4.1)."""

from blotter.venues.deribit.venue import Deribit

__all__ = ["Deribit"]
