"""FIX tag=value, sans I/O: bytes in, messages and effects out; time is an argument."""
