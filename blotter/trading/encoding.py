"""State as msgpack in small pieces, so that a long day's takes its turns among other work.

`copied` takes a tree of containers at one moment; `encoded` writes it at leisure, while the state it was taken from
moves on. Joined, the pieces are one msgpack value: what `msgspec` makes of the whole in one go. What is in the
containers must be immutable, or it would be written as it is by then.
"""

from collections.abc import Iterator
from itertools import chain, islice

import msgspec

TOGETHER = 256
"""Values in one piece: some tenths of a millisecond."""

_encode = msgspec.msgpack.Encoder().encode
_ARRAY, _MAP = (
    b"\xdd",
    b"\xdf",
)  # each is followed by its length in four bytes (MessagePack, array 32 and map 32)


def copied(value: object) -> object:
    """The same, with containers of its own: lists, dicts, and structs that are not frozen (they become dicts). The
    first value of a dict tells whether there are containers in it."""
    match value:
        case msgspec.Struct() if not value.__struct_config__.frozen:
            return {name: copied(getattr(value, name)) for name in value.__struct_fields__}
        case dict() if _nested(value):
            return {key: copied(one) for key, one in value.items()}
        case dict() | list():
            return value.copy()
        case _:
            return value


def encoded(value: object) -> Iterator[bytes]:
    """The pieces of what `copied` returned."""
    match value:
        case dict() if _nested(value):
            yield _head(_MAP, len(value))
            for key, one in value.items():
                yield _encode(key)
                yield from encoded(one)
        case dict():
            yield _head(_MAP, len(value))
            yield from _in_turns(chain.from_iterable(value.items()))
        case list():
            yield _head(_ARRAY, len(value))
            yield from _in_turns(iter(value))
        case _:
            yield _encode(value)


def _nested(value: dict[object, object]) -> bool:
    return isinstance(next(iter(value.values()), None), (dict, list))


def _head(kind: bytes, length: int) -> bytes:
    return kind + length.to_bytes(4, "big")


def _in_turns(values: Iterator[object]) -> Iterator[bytes]:
    while piece := b"".join(map(_encode, islice(values, TOGETHER))):
        yield piece
