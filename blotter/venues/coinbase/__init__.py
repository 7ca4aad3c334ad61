"""Coinbase Exchange over FIX 5.0 SP2 (other-venues sheet 5.1)."""

from blotter.venues.coinbase.exchange import CoinbaseExchange

__all__ = ["CoinbaseExchange"]
