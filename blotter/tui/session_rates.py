"""Messages and bytes per second of every session, from its counts as they were seen. Pure; the times come in."""

from collections import deque
from typing import NamedTuple

from blotter.desk.change import LinkView

SECOND = 1_000_000_000
WINDOW = 5
"""Seconds over which a rate is told."""


class Rate(NamedTuple):
    """Per second."""

    messages_in: float
    messages_out: float
    bytes_in: float
    bytes_out: float


class SessionRates:
    """Keeps one sample a second of each session, `WINDOW` of them."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[tuple[int, tuple[int, int, int, int]]]] = {}

    def sample(self, link: LinkView, mono: int) -> None:
        """Take its counts as they are at `mono`. A desk that began anew counts from nothing."""
        counts = (link.messages_in, link.messages_out, link.bytes_in, link.bytes_out)
        kept = self._samples.setdefault(link.name, deque(maxlen=WINDOW + 1))
        if kept and (counts < kept[-1][1] or mono < kept[-1][0]):
            kept.clear()
        if not kept or mono - kept[-1][0] >= SECOND:
            kept.append((mono, counts))

    def rate(self, name: str) -> Rate | None:
        """None while too little was seen."""
        kept = self._samples.get(name)
        if not kept or len(kept) < 2:
            return None
        (began, first), (ended, last) = kept[0], kept[-1]
        seconds = (ended - began) / SECOND
        return Rate(*((new - old) / seconds for old, new in zip(first, last, strict=True)))
