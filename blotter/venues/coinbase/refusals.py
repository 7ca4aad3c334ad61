"""Why Coinbase Exchange refuses: the class of its codes and texts.

Its codes are not FIX's: OrdRejReason 0 is the venue's own choice and CxlRejReason 2 likewise, BusinessRejectReason 1 is
"other" and 2 an unsupported message.
"""

from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.venues.standard import tags as t

_C = RejectCategory
_CODES: Final = {
    ("8", t.ORD_REJ_REASON): {1: _C.RULE, 5: _C.UNKNOWN_ORDER},
    ("9", t.CXL_REJ_REASON): {1: _C.UNKNOWN_ORDER, 2: _C.OTHER},
    ("j", t.BUSINESS_REJECT_REASON): {1: _C.OTHER, 2: _C.SESSION},
}
_WORDS: Final = (
    ("timeout", _C.UNKNOWN_OUTCOME),
    ("timed out", _C.UNKNOWN_OUTCOME),
    ("insufficient", _C.FUNDS),
    ("post only", _C.WOULD_TAKE),
    ("post-only", _C.WOULD_TAKE),
    ("rate limit", _C.RATE),
    ("too many requests", _C.RATE),
    ("permission", _C.PERMISSION),
)


def refusal(message: Message, reason: Reason) -> Reason:
    """The class: by its words where they say it, else by the code."""
    said = (message.text(t.TEXT) or "").lower()
    category = next((found for words, found in _WORDS if words in said), None)
    for (msg_type, tag), known in _CODES.items():
        if category is None and message.msg_type == msg_type and message.get(tag) is not None:
            category = known.get(reason.code if reason.code is not None else -1, _C.OTHER)
    return reason if category is None else msgspec.structs.replace(reason, category=category)
