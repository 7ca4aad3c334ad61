"""Snapshots: the ledger folded up to a row, so that a long day restarts fast. Derived data, never needed.

A snapshot is cut into parts that are written one by one between other writes: a large one never holds up an
order. Its seal is written last: a digest over the digest of the row it covers up to and all of its data.
Whatever does not fit its seal, or sits on another chain than it was made from, is not used.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import sha256

from blotter.journal.reader import TapeReader

PART = 64 * 1024
KEPT = 2  # the newest, and one more should that be damaged


def _seal(row_digest: bytes, parts: Iterable[bytes]) -> bytes:
    seal = sha256(row_digest)
    for part in parts:
        seal.update(part)
    return seal.digest()


def _cut(data: bytes | list[bytes]) -> Iterator[bytes]:
    """In parts of `PART` bytes, the last one smaller."""
    rest = bytearray()
    for piece in [data] if isinstance(data, bytes) else data:
        at = PART - len(rest)
        rest += piece[:at]
        while len(rest) == PART:
            yield bytes(rest)
            rest[:] = piece[at : at + PART]
            at += PART
    if rest:
        yield bytes(rest)


def saving(
    connection: sqlite3.Connection, row_id: int, version: int, data: bytes | list[bytes]
) -> Iterator[None]:
    """Store a snapshot and remove outdated ones, a small transaction at each step."""
    found = connection.execute("SELECT digest FROM row WHERE id = ?", (row_id,)).fetchone()
    if found is None:
        raise ValueError(f"snapshot of row {row_id}: the tape has no such row")
    connection.execute("DELETE FROM snapshot WHERE row_id = ? AND version = ?", (row_id, version))
    insert = "INSERT INTO snapshot VALUES (?, ?, ?, ?)"
    seal = sha256(found[0])
    for number, part in enumerate(_cut(data), start=1):
        yield
        seal.update(part)
        connection.execute(insert, (row_id, version, number, part))
    yield
    connection.execute(insert, (row_id, version, 0, seal.digest()))
    outdated = connection.execute(
        "SELECT rowid FROM snapshot WHERE version IS NOT ?1 OR row_id NOT IN"
        " (SELECT row_id FROM snapshot WHERE version = ?1 AND part = 0 ORDER BY row_id DESC LIMIT ?2)",
        (version, KEPT),
    ).fetchall()
    for key in outdated:
        yield
        connection.execute("DELETE FROM snapshot WHERE rowid = ?", key)


def newest(
    reader: TapeReader, version: int, warnings: list[str], up_to: int | None = None
) -> tuple[int, bytes] | None:
    """The newest sound snapshot of this version that covers no row behind `up_to`: (row id it covers up to, data). Why
    others were passed over goes to `warnings`."""
    try:
        for row_id in reader.snapshot_ids(version):
            if up_to is not None and row_id > up_to:
                continue
            stored_seal, *parts = reader.snapshot_parts(row_id, version)
            row_digest = reader.digest(row_id)
            if row_digest is None:
                warnings.append(f"snapshot at row {row_id} ignored: the tape has no such row")
            elif stored_seal != _seal(row_digest, parts):
                warnings.append(
                    f"snapshot at row {row_id} ignored: it is damaged or was made from other rows"
                )
            else:
                return row_id, b"".join(parts)
    except sqlite3.DatabaseError as error:
        warnings.append(f"snapshots ignored: {error}")
    return None
