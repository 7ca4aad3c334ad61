"""Bytes in, checked messages out; fields in, bytes out.

Inbound is our own and trusts nothing: BodyLength (9) and CheckSum (10) are verified, every byte that is in no
sound message is reported with the reason, and no input makes it raise, stop, or do more than linear work.
Outbound is built by simplefix, which never sees what a peer sent. Nothing here knows a session, a venue or a
dictionary.
"""

import re
from collections.abc import Sequence, Set
from typing import Final, NamedTuple
from zlib import adler32

from simplefix import FixMessage

from blotter.fix.message import DATA_FIELDS, SOH, Message

__all__ = ["Decoder", "Fields", "Message", "Skipped", "checksum", "decode", "encode", "masked"]

Fields = Sequence[tuple[int, str | bytes]]
"""Tag and value, in order. Group fields simply repeat."""

_START: Final = b"8=FIX"
_TRAILER: Final = len("10=000|")
_HEADER: Final = re.compile(rb"8=FIX[^\x01]{0,15}\x019=([0-9]{1,20})\x0135=([^\x01]{1,32})\x01")
_BEFORE_TYPE: Final = re.compile(rb"8=FIX[^\x01]{0,15}\x019=[0-9]{1,20}\x01")


def _beginnings(*pieces: bytes) -> re.Pattern[bytes]:
    """Matches whole what more bytes could still turn into all pieces in a row."""
    pattern = b""
    for piece in reversed(pieces):
        pattern = b"(?:" + piece + pattern + b")?"
    return re.compile(pattern)


_UNFINISHED_HEADER: Final = _beginnings(
    b"8", b"=", b"F", b"I", b"X", rb"[^\x01]{0,15}", SOH, b"9", b"=", b"[0-9]{0,20}", SOH,
    b"3", b"5", b"=", rb"[^\x01]{1,32}",
)  # fmt: skip


class Skipped(NamedTuple):
    """Bytes that were no message, and why. One record for each run of garbage and for each broken message."""

    data: bytes
    reason: str

    def __repr__(self) -> str:  # a broken Logon still carries its secrets
        return f"Skipped({len(self.data)} bytes, {self.reason!r})"


class Decoder:
    """Arbitrary chunks in, whole checked messages (and what was skipped) out. Never raises on input.

    A message is taken when 8, 9 and 35 stand first in this order, `10=` stands where BodyLength says, and
    CheckSum agrees. Else the search goes on INSIDE the refused bytes, so a false BodyLength never swallows
    the messages behind it. A message that claims to be longer than `max_size` bytes is refused at once, one
    that claims to be longer than what has come is waited for.
    """

    __slots__ = ("_buffer", "_max_size", "_need", "_pos", "_totals")

    def __init__(self, *, max_size: int = 16 * 1024 * 1024) -> None:
        self._max_size = max_size
        self._buffer = bytearray()  # bytes kept for the next feed
        self._pos = 0  # how much of the buffer is done with
        self._need = 0  # size of the buffer below which looking again is pointless
        self._totals = [0]  # see _checksum

    def feed(self, data: bytes) -> list[Message | Skipped]:
        """The messages and skipped bytes that `data` completes, in order."""
        buffer = self._buffer
        chunk: bytes | bytearray = data
        if buffer:
            buffer += data
            if len(buffer) < self._need:
                return []
            chunk = buffer
        size, pos = len(chunk), self._pos
        found: list[Message | Skipped] = []
        lost, why = -1, ""  # where the bytes that are not reported yet begin
        need = 0
        while pos < size:
            header = _HEADER.match(chunk, pos)
            if header is None:
                if _UNFINISHED_HEADER.fullmatch(chunk, pos):
                    need = size + 1
                    break
                fault = _no_header(chunk, pos)
            else:
                length, msg_type = header.groups()
                end = header.end(1) + 1 + int(length) + _TRAILER
                if end - pos > self._max_size:
                    fault = (
                        f"BodyLength (9) is {int(length)}: the message would exceed {self._max_size} bytes"
                    )
                elif end > size:
                    need = end
                    break
                else:
                    fault = self._fault(chunk, pos, header.end(), end)
                    if not fault:
                        if lost >= 0:
                            found.append(Skipped(bytes(chunk[lost:pos]), why))
                            lost = -1
                        found.append(
                            Message(bytes(chunk[pos:end]), msg_type.decode("ascii", "backslashreplace"))
                        )
                        pos = end
                        continue
                if lost >= 0:
                    found.append(Skipped(bytes(chunk[lost:pos]), why))
                    lost = -1
            if lost < 0:
                lost, why = pos, fault
            pos = _next_start(chunk, pos + 1)
        if lost >= 0:
            found.append(Skipped(bytes(chunk[lost:pos]), why))
        self._keep(chunk, pos, need)
        return found

    def _keep(self, chunk: bytes | bytearray, pos: int, need: int) -> None:
        """Remember what is not done with. Bytes are moved only when at least as many are gone for good."""
        buffer = self._buffer
        if chunk is not buffer:
            if pos < len(chunk):
                buffer += memoryview(chunk)[pos:]
                self._need = need - pos
            self._totals = [0]
        elif pos == len(buffer):
            buffer.clear()
            self._pos, self._totals = 0, [0]
        elif pos * 2 > len(buffer):
            del buffer[:pos]
            self._pos, self._need, self._totals = 0, need - pos, [0]
        else:
            self._pos, self._need = pos, need

    def _fault(self, chunk: bytes | bytearray, pos: int, body: int, end: int) -> str:
        """What is wrong with the message chunk[pos:end] whose first three fields end at `body`; "" when
        nothing."""
        trailer = end - _TRAILER
        if (
            trailer < body
            or chunk[trailer - 1] != 1
            or not chunk.startswith(b"10=", trailer)
            or chunk[end - 1] != 1
        ):
            return "CheckSum (10) is not where BodyLength (9) says"
        stated = chunk[trailer + 3 : end - 1]
        actual = self._checksum(chunk, pos, trailer)
        if stated != b"%03d" % actual:
            return (
                f"CheckSum (10) is {stated.decode('ascii', 'backslashreplace')}, the bytes give {actual:03d}"
            )
        return ""

    def _checksum(self, chunk: bytes | bytearray, start: int, end: int) -> int:
        """Long messages are summed from block totals kept for the whole chunk: hostile input with thousands
        of broken long messages, each inside the one before, is summed once and not thousands of times."""
        if end - start <= 16 * _BLOCK:
            return checksum(chunk[start:end])
        totals = self._totals
        first, last = start // _BLOCK + 1, end // _BLOCK
        for at in range((len(totals) - 1) * _BLOCK, last * _BLOCK, _BLOCK):
            totals.append(totals[-1] + checksum(chunk[at : at + _BLOCK]))
        edges = checksum(chunk[start : first * _BLOCK]) + checksum(chunk[last * _BLOCK : end])
        return (totals[last] - totals[first] + edges) & 0xFF


def _no_header(chunk: bytes | bytearray, pos: int) -> str:
    if not chunk.startswith(_START, pos):
        return "no message starts here"
    if _BEFORE_TYPE.match(chunk, pos):
        return "MsgType (35) is not the third field"
    return "BeginString (8) is not followed by a BodyLength (9)"


def _next_start(chunk: bytes | bytearray, pos: int) -> int:
    """The next place where a message starts or, at the end of the chunk, may be starting."""
    at = chunk.find(_START, pos)
    if at >= 0:
        return at
    for length in range(min(len(_START) - 1, len(chunk) - pos), 0, -1):
        if chunk.endswith(_START[:length]):
            return len(chunk) - length
    return len(chunk)


_BLOCK: Final = 256  # 256 * 255 < 65521, the modulus of Adler-32


def checksum(data: bytes | bytearray) -> int:
    """Sum of the bytes modulo 256 (FIX 4.4 volume 2, CheckSum).

    The low half of an Adler-32 is one more than the sum of its bytes modulo 65521: exact for 256 bytes of any
    kind or 515 of ASCII, and a dozen times as fast as adding them up in Python.
    """
    size = len(data)
    if size <= _BLOCK or (size <= 515 and data.isascii()):
        return (adler32(data) - 1) & 0xFF
    view = memoryview(data)
    return sum([(adler32(view[at : at + _BLOCK]) & 0xFFFF) - 1 for at in range(0, size, _BLOCK)]) & 0xFF


def decode(raw: bytes) -> Message:
    """The one message that `raw` is, e.g. a stored one. `ValueError` with the reason when it is not exactly
    that."""
    found = Decoder(max_size=max(len(raw), 1)).feed(raw)
    if len(found) == 1 and isinstance(found[0], Message) and len(found[0].raw) == len(raw):
        return found[0]
    faults = [item.reason for item in found if isinstance(item, Skipped)]
    raise ValueError(f"not one whole FIX message: {faults[0] if faults else 'cut short, or more than one'}")


# --- outbound ----------------------------------------------------------------------------------------------

_LENGTH_OF: Final = {data: length for length, data in DATA_FIELDS.items()}
_DATA_TAGS: Final = frozenset(b"%d" % tag for tag in _LENGTH_OF)
_FRAMING: Final = frozenset({8, 9, 10, 35})


class _WireTags(dict[int, bytes]):
    """Tags are checked and turned into bytes once."""

    def __missing__(self, tag: int) -> bytes:
        if tag <= 0:
            raise ValueError(f"field {tag}: a tag is a positive number")
        if tag in _FRAMING:
            raise ValueError(
                f"field {tag}: BeginString, BodyLength, MsgType and CheckSum are set by the encoder"
            )
        text = self[tag] = b"%d" % tag
        return text


_wire_tags: Final = _WireTags()


def encode(begin_string: str, msg_type: str, header: Fields, body: Fields) -> bytes:
    """A whole message: 8, 9, 35, then `header`, then `body`, in the order given, then 10. Text goes out as
    UTF-8.

    `ValueError`, naming the field and the rule and never the value (it may be a secret), for what would not
    be read back as it was meant: a tag that is no positive number or belongs to the framing, an empty value,
    a SOH outside a data field, a data field without its exact length before it.
    """
    message = FixMessage()
    message.begin_string = begin_string.encode("ascii")
    message.message_type = msg_type.encode("ascii")
    pairs = [  # filled directly: append_pair converts and compares each tag anew
        (_wire_tags[tag], value.encode() if isinstance(value, str) else value)
        for fields in (header, body)
        for tag, value in fields
    ]
    message.pairs = pairs
    data = message.encode()
    # On the order path the values are judged all at once: each field has the one SOH that ends it (with 8, 9, 35
    # and 10), none is empty, none is data. Only what fails this is looked at field by field.
    if data.count(SOH) != len(pairs) + 4 or b"=\x01" in data or not _DATA_TAGS.isdisjoint(dict(pairs)):
        _check_values(pairs)
    return data


def _check_values(pairs: list[tuple[bytes, bytes]]) -> None:
    """The rare cases: empty, holding a SOH, or data."""
    before = None
    for pair in pairs:
        tag, content = int(pair[0]), pair[1]
        if not content:
            raise ValueError(f"field {tag}: a value must not be empty")
        if tag in _LENGTH_OF:
            length = _LENGTH_OF[tag]
            if before != (b"%d" % length, b"%d" % len(content)):
                raise ValueError(
                    f"field {tag}: data of {len(content)} bytes needs {length}={len(content)} before it"
                )
        elif SOH in content:
            raise ValueError(f"field {tag}: a value must not hold SOH (0x01)")
        before = pair


def masked(raw: bytes, tags: Set[int]) -> bytes:
    """The message with `***` for the values of `tags`, lengths and CheckSum made right again: fit to be
    stored.

    `ValueError` when `raw` is not one whole message.
    """
    secret = {b"%d" % tag for tag in tags}
    if not any(b"\x01%b=" % tag in raw for tag in secret):
        return raw
    lengths = {b"%d" % _LENGTH_OF[tag] for tag in tags if tag in _LENGTH_OF}
    pairs = decode(raw).pairs
    message = FixMessage()
    message.begin_string, message.message_type = pairs[0][1], pairs[2][1]
    for tag, value in pairs[3:-1]:
        hidden = b"***" if tag in secret else b"3" if tag in lengths else value
        message.pairs.append((tag, hidden))
    return message.encode()
