"""ClOrdIDs of the kinds venues ask for, made from what a request is and when: never by chance."""

import hashlib
from uuid import UUID

_KINDS = "_lr"
_MICROSECOND = 1000


def uuid4(tag: str, kind: str, number: int, at: int) -> str:
    """A lower-case UUID of version 4. 122 bits of a hash, which has the time (UTC ns) in it too, for numbers that were
    used up by nothing may come again after a restart: that two requests share one does not happen."""
    digest = hashlib.sha256(f"{tag}-{kind}-{number}-{at}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def digits(kind: str, number: int, at: int) -> str:
    """18 digits: microseconds since the epoch, the kind of request and the end of its number. They rise with the clock,
    and no two requests have the same unless ten of a kind were made in one microsecond."""
    return f"{at // _MICROSECOND:016d}{_KINDS.find(kind or '_')}{number % 10}"
