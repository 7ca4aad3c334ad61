"""Which stretch of a tape holds which fields and words, so that what stands anywhere in a million messages is found at
once.

Kept in memory, built from the tape beside other work and never needed: without it every row is looked at. A million
messages take some 15 MB and two seconds of one core: of whole fields a check sum, and the text of those that hold more
than a number. It must never say that something is not there when it is.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from zlib import crc32

from blotter.journal.reader import TapeReader

BLOCK: Final = 256
"""Rows of a stretch: what is made at once takes a third of a millisecond, for which no other thread runs."""
SOH: Final = b"\x01"
_NUMBER: Final = b"0123456789.-+:="
"""A field of nothing else is a number, an id or a time: nearly every message has others, too many to keep."""


class Sign(NamedTuple):
    """What stands in one field of a message that is looked for: the whole of it (`55=BTCUSDT`), or a part, in which
    capitals do not count."""

    text: bytes
    whole: bool

    @property
    def kept(self) -> bool:
        """Whether an index can tell where it is."""
        return SOH not in self.text and (self.whole or bool(self.text.translate(None, _NUMBER)))


class _Block(NamedTuple):
    sums: "array[int]"  # of its fields, sorted
    words: bytes  # those that hold more than a number, in small letters

    def holds(self, text: bytes, one: int) -> bool:
        """`one`: the check sum of a whole field; negative: any field with this text."""
        if one < 0:
            return text in self.words
        place = bisect_left(self.sums, one)
        return place < len(self.sums) and self.sums[place] == one


class FieldIndex:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    @property
    def covered(self) -> int:
        """Rows up to this id are in it."""
        return len(self._blocks) * BLOCK

    def extend(self, reader: TapeReader) -> bool:
        """Take in the next stretch; False when there is no whole one."""
        start = self.covered
        if reader.last_id < start + BLOCK:
            return False
        fields = set(SOH.join(reader.payloads(start, start + BLOCK)).split(SOH))
        words = SOH.join([field for field in fields if field.translate(None, _NUMBER)])
        self._blocks.append(_Block(array("I", sorted(set(map(crc32, fields)))), words.lower()))
        return True

    def stretches(self, wanted: Sequence[Iterable[Sign]]) -> list[tuple[int, int]]:
        """Where messages may be that hold, of each of `wanted`, any sign (all of them `kept`): (after, up to) row ids,
        newest first."""
        looked_for = [
            [(sign.text.lower(), crc32(sign.text) if sign.whole else -1) for sign in signs]
            for signs in wanted
        ]
        return [
            (place * BLOCK, (place + 1) * BLOCK)
            for place in range(len(self._blocks) - 1, -1, -1)
            if all(any(self._blocks[place].holds(*one) for one in any_of) for any_of in looked_for)
        ]
