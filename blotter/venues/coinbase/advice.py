"""What a person can do about a refusal of Coinbase Exchange's, in one short line."""

from typing import Final

from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason

_C = RejectCategory
_BY_CLASS: Final = {
    _C.RULE: "correct the order: it breaks a rule of the product or the venue",
    _C.FUNDS: "not enough free balance: reduce the order or cancel others",
    _C.WOULD_TAKE: "the post-only price would trade at once: move it away from the market",
    _C.UNKNOWN_ORDER: "the venue has no such open order: most likely it has just filled or gone",
    _C.RATE: "too fast: 100 requests a second, and above 200 the session is cut",
    _C.PERMISSION: "the key may not do this: check its permissions",
    _C.TIME: "check this machine's clock",
    _C.SESSION: "the session or the message was faulty: it was not accepted",
    _C.UNKNOWN_OUTCOME: "it may or may not have taken effect: check before sending again",
}


def advice(refusal: Reason) -> str:
    """ "" when there is nothing sensible to say."""
    return _BY_CLASS.get(refusal.category, "")
