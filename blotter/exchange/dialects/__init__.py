"""The dialects the embedded exchange speaks, a module each. `blotter.exchange.dialect` says what one is."""
