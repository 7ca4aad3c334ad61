"""The running system: links, orders in flight, change feed. Runs in its own thread, with or without a screen."""
