"""ClOrdIDs as Kraken wants them on spot: whole numbers that never fall, at most 18 digits (other-venues sheet 6.1)."""


class Ids:
    """Microseconds since the epoch, 16 digits, and one more where two are asked for within one or the clock goes back:
    strictly increasing while this runs, and over restarts as far as the clock is."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, at: int) -> str:
        """`at`: UTC ns."""
        self._last = max(at // 1000, self._last + 1)
        return str(self._last)
