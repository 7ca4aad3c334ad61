"""Blotter: a terminal trading blotter over FIX."""

__version__ = "0.1.0"
