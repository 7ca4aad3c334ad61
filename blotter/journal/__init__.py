"""The tape: everything that was said and done, in one append-only file. Imports nothing above `venues`."""
