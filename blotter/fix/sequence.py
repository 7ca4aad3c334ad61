"""How MsgSeqNum lives: a policy beside the session, not a kind of session.

A policy is pure: it says which number follows, and what an inbound number means when another one was
expected.
"""

from enum import Enum
from typing import Final, NamedTuple, Protocol

LAST_SEQ_NUM: Final = 4_294_967_295
"""SEQNUM is an unsigned 32-bit number (fact sheet section 2)."""


class Numbering(Enum):
    """Sequence-number policy."""

    PER_CONNECTION = "per connection"  # from 1 on every connection, no resend (Binance)
    CONTINUOUS = "continuous"  # FIX 4.4: durable, gaps repaired by resend


class Numbers(NamedTuple):
    """The next MsgSeqNum each way, as a session left them and as the next one takes them up."""

    next_out: int = 1
    next_in: int = 1


FROM_ONE: Final = Numbers()
"""Where every session begins, and begins again when it is reset."""


class Verdict(Enum):
    """What to do with an inbound message, judged by its number."""

    IN_SEQUENCE = "in sequence"
    TOO_HIGH = "too high"  # messages are missing: they are asked for
    TOO_LOW = "too low"  # it was here before, or the numbers are wrong
    BROKEN = "broken"  # numbers cannot be trusted any more: end the connection


class SequencePolicy(Protocol):
    def following(self, number: int, steps: int = 1) -> int:
        """The number `steps` messages later."""
        ...

    def judge(self, expected: int, received: int) -> Verdict: ...


class PerConnection:
    """Each connection is a run of its own from 1, by one, to 4294967295 and then 0. There is no resend, so
    any other number than the expected one means that messages are lost for good (fact sheet section 3.4)."""

    def following(self, number: int, steps: int = 1) -> int:
        return (number + steps) % (LAST_SEQ_NUM + 1)

    def judge(self, expected: int, received: int) -> Verdict:
        return Verdict.IN_SEQUENCE if received == expected else Verdict.BROKEN


class Continuous:
    """One run over many connections, until both sides reset it. What is missing is sent again (FIX 4.4 volume 2,
    "Session Protocol")."""

    def following(self, number: int, steps: int = 1) -> int:
        return number + steps

    def judge(self, expected: int, received: int) -> Verdict:
        if received == expected:
            return Verdict.IN_SEQUENCE
        return Verdict.TOO_HIGH if received > expected else Verdict.TOO_LOW


POLICIES: Final[dict[Numbering, SequencePolicy]] = {
    Numbering.PER_CONNECTION: PerConnection(),
    Numbering.CONTINUOUS: Continuous(),
}
