"""How MsgSeqNum lives: a policy beside the session, not a kind of session.

A policy is pure: it says which number follows, and what an inbound number means when another one was
expected.
"""

from enum import Enum
from typing import Final, Protocol

LAST_SEQ_NUM: Final = 4_294_967_295
"""SEQNUM is an unsigned 32-bit number (fact sheet section 2)."""


class Numbering(Enum):
    """Sequence-number policy."""

    PER_CONNECTION = "per connection"  # from 1 on every connection, no resend (Binance)
    CONTINUOUS = "continuous"  # FIX 4.4: durable, gaps repaired by resend


class Verdict(Enum):
    """What to do with an inbound message, judged by its number."""

    IN_SEQUENCE = "in sequence"
    BROKEN = "broken"  # numbers cannot be trusted any more: end the connection


class SequencePolicy(Protocol):
    first: int
    """The number of the first message on a connection."""

    def following(self, number: int, steps: int = 1) -> int:
        """The number `steps` messages later."""
        ...

    def judge(self, expected: int, received: int) -> Verdict: ...


class PerConnection:
    """Each connection is a run of its own from 1, by one, to 4294967295 and then 0. There is no resend, so
    any other number than the expected one means that messages are lost for good (fact sheet section 3.4)."""

    first = 1

    def following(self, number: int, steps: int = 1) -> int:
        return (number + steps) % (LAST_SEQ_NUM + 1)

    def judge(self, expected: int, received: int) -> Verdict:
        return Verdict.IN_SEQUENCE if received == expected else Verdict.BROKEN


def policy(numbering: Numbering) -> SequencePolicy:
    """`ValueError` for a numbering that is not there yet."""
    if numbering is Numbering.PER_CONNECTION:
        return PerConnection()
    raise ValueError(
        f"numbering {numbering.value!r}: sessions that repair gaps by resend are not supported yet, "
        f"only {Numbering.PER_CONNECTION.value!r}"
    )
