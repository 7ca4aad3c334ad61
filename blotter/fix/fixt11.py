"""FIXT.1.1 with the trading messages of FIX 5.0 SP2: names, and messages as they must be.

Data, after FIXT 1.1 and FIX 5.0 SP2 (April 2009); the notation is that of `blotter.fix.grammar`. A message belongs to
the application version its ApplVerID (1128) names, else to that of the Logon (DefaultApplVerID, 1137).
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from blotter.fix.check import Fault
from blotter.fix.codec import Message
from blotter.fix.dictionary import Dictionary
from blotter.fix.effects import SessionRejectReason
from blotter.fix.fix44 import FIX44
from blotter.fix.fix44_grammar import OPEN
from blotter.fix.fix44_grammar import TYPES as TYPES_44
from blotter.fix.fix50sp2 import CODES, NAMES, TABLE, TYPES
from blotter.fix.grammar import Grammar, codes_of, types_of, values_of
from blotter.fix.recovery import ADMIN

OPEN_SP2: Final = OPEN | {18, 167, 221, 233, 336, 452, 625, 803, 828, 829, 996}
"""Fields whose lists have grown with every extension pack since."""

FIX50SP2: Final = "9"
"""ApplVerID (1128)."""

SESSION: Final = """
header: 8! 9! 35! 1128 1156 1129 49! 56! 115 128 90 91 34! 50 142 57 143 116 144 129 145 43 97 52! 122 212 213
    347 369 627(628 629 630)
trailer: 93 89 10!
0: 112
1: 112!
2: 7! 16!
3: 45! 371 372 1130 1406 1131 373 58 354 355
4: 123 36!
5: 1409 789 58 354 355
A: 98! 108! 95 96 141 789 383 384(372 385 1130 1406 1131 1410) 464 553 554 925 1400 1401 1402 1403 1404 1409
    1137! 1407 1408 1600 1601 1602 1603 1604 1605 58 354 355
"""


@cache
def names() -> Dictionary:
    """FIXT 1.1 and FIX 5.0 SP2 for people."""
    fields = dict(name.split("=") for name in NAMES.split())
    return FIX44.extended(
        "FIX 5.0 SP2", fields={int(tag): name for tag, name in fields.items()}, enums=codes_of(CODES)
    )


@cache
def fix50sp2() -> Grammar:
    """The session and trading messages."""
    types = {**types_of(TYPES_44), **types_of(TYPES)}
    return Grammar(names(), SESSION + TABLE, types, values_of(names(), OPEN_SP2))


def by_version(grammars: dict[str, Grammar], default: str) -> Callable[[Message], Fault | None]:
    """Judges each message by the version it belongs to; a session message by `default`'s."""

    def check(message: Message) -> Fault | None:
        version = default if message.msg_type in ADMIN else message.text(1128) or default
        grammar = grammars.get(version)
        if grammar is not None:
            return grammar.check(message)
        text = f"Invalid or unsupported application version: ApplVerID (1128) is {version[:20]}"
        return Fault(text, SessionRejectReason.UNSUPPORTED_APPLICATION_VERSION, 1128, fatal=False)

    return check
