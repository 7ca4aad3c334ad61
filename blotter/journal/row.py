"""What a line of the tape is, and how lines are chained. Pure: no file is touched here.

The chain: the digest of a row is SHA-256 over the digest of the row before (32 zero bytes before the first),
a header that holds every column, and the payload. Whoever alters, drops or inserts a row must recompute
everything behind it, and then the head differs from the one that was noted elsewhere.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

GENESIS = bytes(32)
"""The digest in front of the first row."""


_LARGEST = (1 << 63) - 1  # SQLite's integers have 64 bits


class Kind(Enum):
    """What a row is."""

    IN = "in"  # a message received, raw
    OUT = "out"  # a message handed to the socket right after this commit, raw, secrets masked
    ACT = "act"  # a fact of ours: an OwnEvent (trading.event) as JSON, or an operator act
    SESSION = "ses"  # connection and session events, JSON
    EVIDENCE = (
        "evi"  # what the venue said when it was asked beside the session (REST), and what it means, JSON
    )


KINDS: Mapping[str, Kind] = MappingProxyType({kind.value: kind for kind in Kind})


class Entry(NamedTuple):
    """A row to be written."""

    at: int  # UTC ns
    kind: Kind
    session: str  # "OE", "MD", "DC" or "" for the desk itself
    connection: int  # ordinal of the socket, unique on this tape; 0: none
    seq: int  # MsgSeqNum, 0 where there is none; -1 for what is no number, or too large for one
    msg_type: str  # MsgType; for ACT and SESSION the type name of the JSON
    payload: bytes


class Row(NamedTuple):
    """A row as it stands on the tape. Ids start at 1 and have no holes."""

    id: int
    entry: Entry
    digest: bytes  # hash chain


Columns = tuple[int, int, str, str, int, int, str, bytes, bytes]
"""A row as SQLite holds it: id, at, kind, session, connection, seq, msg_type, payload, digest."""


def row_of(columns: Columns) -> Row:
    """The row in these columns. Raises `KeyError` on a kind that does not exist."""
    row_id, at, kind, session, connection, seq, msg_type, payload, digest = columns
    return Row(row_id, Entry(at, KINDS[kind], session, connection, seq, msg_type, payload), digest)


def chained(
    previous: bytes,
    row_id: int,
    at: int,
    kind: str,
    session: str,
    connection: int,
    seq: int,
    msg_type: str,
    payload: bytes,
) -> bytes:
    """The digest of a row that follows `previous`.

    The header is injective: numbers are closed by a space, texts come with their length in characters.
    """
    header = f"{row_id} {at} {kind} {connection} {seq} {len(session)} {session} {len(msg_type)} {msg_type} "
    return sha256(b"%b%b%b" % (previous, header.encode(), payload)).digest()


def columns_of(
    entries: Iterable[Entry], last_id: int, digest: bytes
) -> tuple[list[int | str | bytes], bytes]:
    """The entries as columns in one flat list, numbered after `last_id` and chained; and the last digest."""
    flat: list[int | str | bytes] = []
    row_id = last_id
    for at, kind, session, connection, seq, msg_type, payload in entries:
        row_id += 1
        text = kind.value
        if seq > _LARGEST:
            seq = -1  # the peer wrote nonsense; its message is worth keeping all the same
        digest = chained(digest, row_id, at, text, session, connection, seq, msg_type, payload)
        flat += (row_id, at, text, session, connection, seq, msg_type, payload, digest)
    return flat, digest
