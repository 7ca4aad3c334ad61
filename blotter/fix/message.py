"""An inbound message as the wire had it: fields in arrival order, the raw bytes kept, nothing interpreted.

Reading is lazy (most market data is looked at for a field or two) and never raises. No dictionary is needed:
the only thing a reader must know beforehand is which fields are counted instead of delimited (`DATA_FIELDS`).
Never shows values in `repr`: a Logon carries secrets.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Final

SOH: Final = b"\x01"

DATA_FIELDS: Final[dict[int, int]] = {
    90: 91,
    93: 89,
    95: 96,
    212: 213,
    348: 349,
    350: 351,
    352: 353,
    354: 355,
    356: 357,
    358: 359,
    360: 361,
    362: 363,
    364: 365,
    445: 446,
    618: 619,
    621: 622,
    1184: 1185,
    1401: 1402,
    1403: 1404,
    1525: 1527,
    1578: 1579,
}
"""Length field -> data field that must follow it at once. Data may hold any byte (FIX 4.4 volume 1, data
type; from 1184 on FIX 5.0 SP2 and FIXT 1.1)."""

_DATA_TAG: Final = {b"%d" % length: b"%d" % data for length, data in DATA_FIELDS.items()}
_LENGTH_TAGS: Final = frozenset(_DATA_TAG)
_NOT_SEPARATORS: Final = bytes(byte for byte in range(256) if byte not in b"=\x01")
_TRAILER: Final = len("10=000|")


class _TagBytes(dict[int, bytes]):
    """Tag number -> its wire form. Grows with the tags the code asks for, not with input."""

    def __missing__(self, tag: int) -> bytes:
        text = self[tag] = b"%d" % tag
        return text


_wire: Final = _TagBytes()


def wire_tags(*tags: int) -> tuple[bytes, ...]:
    """The tags as `Message.firsts` takes them."""
    return tuple(_wire[tag] for tag in tags)


class Message:
    """A whole message, or an entry of a repeating group in one (then `raw` is the entry's bytes).

    `msg_type` is MsgType (35); an entry has that of its message.
    """

    __slots__ = ("_first", "_raw", "_tags", "_values", "msg_type")

    msg_type: str
    _raw: bytes | None
    _tags: list[bytes]
    _values: list[bytes]
    _first: dict[bytes, bytes] | None

    def __init__(self, raw: bytes, msg_type: str) -> None:
        """`raw` is a framed message: the decoder has checked 8, 9, 35 and 10."""
        self._raw = raw
        self.msg_type = msg_type
        self._first = None

    @property
    def raw(self) -> bytes:
        """The bytes as they arrived."""
        if self._raw is None:
            self._raw = b"".join([b"%b=%b\x01" % pair for pair in self.pairs])
        return self._raw

    @property
    def msg_seq_num(self) -> int:
        """MsgSeqNum (34); -1 when absent or not a number of at most 10 digits."""
        value = (self._first if self._first is not None else self._index()).get(b"34", b"")
        return int(value) if value.isdigit() and len(value) <= 10 else -1

    def get(self, tag: int) -> bytes | None:
        """First value of the tag."""
        return (self._first if self._first is not None else self._index()).get(_wire[tag])

    def text(self, tag: int) -> str | None:
        """First value, decoded as UTF-8 (undecodable bytes backslash-escaped)."""
        value = (self._first if self._first is not None else self._index()).get(_wire[tag])
        return None if value is None else value.decode("utf-8", "backslashreplace")

    def firsts(self, tags: Iterable[bytes]) -> Iterator[bytes | None]:
        """First value of each of these tags (see `wire_tags`), in their order, at a tenth of the price of as many
        `get`."""
        return map((self._first if self._first is not None else self._index()).get, tags)

    @property
    def pairs(self) -> list[tuple[bytes, bytes]]:
        """All fields (tag bytes, value) in order. A piece without `=` is (piece, b"")."""
        if self._first is None:
            self._index()
        return list(zip(self._tags, self._values, strict=True))

    def groups(self, count_tag: int, members: Set[int] | None = None) -> list["Message"]:
        """Entries of the repeating group counted by `count_tag`, in order; they answer get, text, pairs,
        groups.

        The first tag after the count is the delimiter: each entry runs from one delimiter to the next (fact
        sheet section 2: venues do not keep to the schema's order). Nothing on the wire says where the LAST
        entry ends. Without `members` it runs on to the end of what contains it (the trailer excluded), so
        that no member is ever lost, and fields that follow the group are seen in it too. With `members`
        (every tag an entry may hold, those of nested groups included, as `Dictionary.groups` has them) it
        ends before the first other tag.

        A false count invents nothing: there are never more entries than delimiters, nor more than the count.
        Absent group, zero or unreadable count: no entries.
        """
        count = self.get(count_tag)
        if count is None or not count.isdigit() or len(count) > 10:
            return []
        tags, values = self._tags, self._values
        start = tags.index(_wire[count_tag]) + 1
        limit = len(tags)
        if self._raw is not None and limit and tags[-1] == b"10":
            limit -= 1
        if members is not None:
            allowed = {_wire[tag] for tag in members}
            limit = next((at for at in range(start, limit) if tags[at] not in allowed), limit)
        entries: list[Message] = []
        wanted = int(count)
        while start < limit and len(entries) < wanted:
            try:
                end = tags.index(tags[start], start + 1, limit)
            except ValueError:
                end = limit
            entries.append(self._entry(tags[start:end], values[start:end]))
            start = end
        return entries

    def _entry(self, tags: list[bytes], values: list[bytes]) -> "Message":
        entry = Message.__new__(Message)
        entry.msg_type = self.msg_type
        entry._raw = None
        entry._tags = tags
        entry._values = values
        entry._first = dict(zip(tags[::-1], values[::-1], strict=True))
        return entry

    def _index(self) -> dict[bytes, bytes]:
        """Split into fields, once. Almost always each field has one `=` and none is counted: then two C calls
        do."""
        raw = self._raw or b""
        parts = raw.replace(SOH, b"=").split(b"=")
        if raw.translate(None, _NOT_SEPARATORS) == b"=\x01" * (len(parts) >> 1):
            tags, values = parts[:-1:2], parts[1::2]
            first = dict(zip(tags, values, strict=True))
            plain = _LENGTH_TAGS.isdisjoint(first)
        else:
            plain = False
        if not plain:
            tags, values = _walk(raw)
        if not plain or len(first) != len(tags):
            first = dict(zip(tags[::-1], values[::-1], strict=True))
        self._tags, self._values, self._first = tags, values, first
        return first

    def __repr__(self) -> str:
        return f"<Message 35={self.msg_type} 34={self.msg_seq_num} {len(self.pairs)} fields>"


def _walk(raw: bytes) -> tuple[list[bytes], list[bytes]]:
    """Field by field, data by its length. A length that does not end at a SOH before the trailer is not
    believed."""
    tags: list[bytes] = []
    values: list[bytes] = []
    limit = len(raw) - _TRAILER - 1  # the SOH before CheckSum: the last place where data may end
    at = length = 0
    counted = None
    while at < len(raw):
        end = raw.find(SOH, at)
        if end < 0:
            end = len(raw)
        equals = raw.find(b"=", at, end)
        if equals < 0:
            tag, value = raw[at:end], b""
        else:
            tag = raw[at:equals]
            stop = equals + 1 + length
            if tag == counted and stop <= limit and raw[stop] == 1:
                end = stop
            value = raw[equals + 1 : end]
        counted = _DATA_TAG.get(tag) if value.isdigit() and len(value) <= 10 else None
        length = int(value) if counted else 0
        tags.append(tag)
        values.append(value)
        at = end + 1
    return tags, values
