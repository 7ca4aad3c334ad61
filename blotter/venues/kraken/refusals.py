"""Why Kraken refuses: its own codes, and the class its texts belong to.

The text comes as the venue wrote it ("1688738737 : EOrder:Insufficient funds"); code 0 says nothing, so words decide.
"""

from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.venues.standard import tags as t

_C = RejectCategory
UNKNOWN_ORDER, TOO_OLD = 101, 104
_CODES: Final = {UNKNOWN_ORDER: _C.UNKNOWN_ORDER, TOO_OLD: _C.OTHER}
_WORDS: Final = (
    # Whether a request that timed out was done, nobody has said: that outweighs what else stands there.
    ("timeout", _C.UNKNOWN_OUTCOME),
    ("timed out", _C.UNKNOWN_OUTCOME),
    ("insufficient", _C.FUNDS),
    ("post only", _C.WOULD_TAKE),
    ("unknown order", _C.UNKNOWN_ORDER),
    ("rate limit", _C.RATE),
    ("permission", _C.PERMISSION),
    ("nonce", _C.TIME),
)


def refusal(message: Message, reason: Reason) -> Reason:
    """The class, where the standard's fields do not tell it."""
    if message.msg_type == "j" and reason.code in _CODES:
        return msgspec.structs.replace(reason, category=_CODES[reason.code])
    said = (message.text(t.TEXT) or "").lower()
    category = next((found for words, found in _WORDS if words in said), None)
    return reason if category is None else msgspec.structs.replace(reason, category=category)
