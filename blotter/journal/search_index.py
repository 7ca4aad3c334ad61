"""Which stretch of a tape holds which fields, so that a value that stands anywhere in a million messages is found at
once.

Kept in memory, built from the tape beside other work and never needed: without it every row is looked at. A million
messages take some 10 MB and two seconds of one core. It must never say that a field is not there when it is.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final
from zlib import crc32

from blotter.journal.reader import TapeReader

BLOCK: Final = 256
"""Rows of a stretch: what is made at once takes a third of a millisecond, for which no other thread runs."""
SOH: Final = b"\x01"


class FieldIndex:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._blocks: list[array[int]] = []  # of each stretch the check sums of its fields, sorted

    @property
    def covered(self) -> int:
        """Rows up to this id are in it."""
        return len(self._blocks) * BLOCK

    def extend(self, reader: TapeReader) -> bool:
        """Take in the next stretch; False when there is no whole one."""
        start = self.covered
        if reader.last_id < start + BLOCK:
            return False
        payloads = reader.payloads(start, start + BLOCK)
        self._blocks.append(array("I", sorted(set(map(crc32, set(SOH.join(payloads).split(SOH)))))))
        return True

    def stretches(self, wanted: Sequence[Iterable[bytes]]) -> list[tuple[int, int]]:
        """Where messages may be that hold, of each of `wanted`, any field: (after, up to) row ids, newest first."""
        sums = [[crc32(field) for field in fields] for fields in wanted]
        return [
            (place * BLOCK, (place + 1) * BLOCK)
            for place in range(len(self._blocks) - 1, -1, -1)
            if all(any(_holds(self._blocks[place], one) for one in any_of) for any_of in sums)
        ]


def _holds(block: "array[int]", one: int) -> bool:
    place = bisect_left(block, one)
    return place < len(block) and block[place] == one
