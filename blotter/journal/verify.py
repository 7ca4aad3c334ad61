"""Proving that a tape is what was written: every row is there, none was altered. Reads only.

What a chain alone cannot show is that rows were cut off at its end: compare `rows` and `head` with what was
noted at another place.
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from blotter.journal.reader import TapeReader
from blotter.journal.row import GENESIS, KINDS, chained


class Verdict(NamedTuple):
    """What `verify` found. The tape is sound when `bad_row` is None."""

    rows: int  # rows found sound, from the first on
    head: bytes  # digest of the last of them
    bad_row: int | None = None
    reason: str = ""


def verify(path: Path) -> Verdict:
    """Check the chain of the rows that stand on the tape now. Raises `TapeUnusable` for what is no tape."""
    with TapeReader.open(path) as reader:
        last, head = 0, GENESIS
        try:
            for row in reader.columns():
                row_id, kind, digest = row[0], row[2], row[8]
                if row_id != last + 1:
                    return Verdict(last, head, last + 1, f"missing: the next row there is has id {row_id}")
                if kind not in KINDS:
                    return Verdict(last, head, row_id, f"altered: a kind {kind!r} does not exist")
                if chained(head, *row[:8]) != digest:
                    return Verdict(
                        last, head, row_id, "altered: the digest does not fit the row and those before it"
                    )
                last, head = row_id, digest
        except sqlite3.DatabaseError as error:
            return Verdict(last, head, last + 1, f"unreadable: {error}")
        return Verdict(last, head)
