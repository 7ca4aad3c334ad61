"""Standard FIX to any broker, by a profile in the configuration: FIX.4.2, FIX.4.4, FIXT.1.1.

Imports nothing by itself: the configuration needs the profile alone.
"""
