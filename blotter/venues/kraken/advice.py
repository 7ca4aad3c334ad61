"""What a person can do about a refusal of Kraken's, in one short line."""

from typing import Final

from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.venues.kraken.refusals import TOO_OLD

_C = RejectCategory
_BY_CLASS: Final = {
    _C.RULE: "correct the order: it breaks a rule of the pair or the venue",
    _C.FUNDS: "not enough free balance: reduce the order or cancel others",
    _C.WOULD_TAKE: "the post-only price would trade at once: move it away from the market",
    _C.UNKNOWN_ORDER: "not found among the orders of this session: filled, gone, or placed elsewhere",
    _C.RATE: "too fast for this pair: wait, the venue's counter decays by itself",
    _C.TIME: "check this machine's clock: the venue allows 5 seconds",
    _C.PERMISSION: "the key may not do this: check its FIX permission and the address list",
    _C.SESSION: "the session or the message was faulty: it was not accepted",
    _C.UNKNOWN_OUTCOME: "it may or may not have taken effect: check before sending again",
}


def advice(refusal: Reason) -> str:
    """ "" when there is nothing sensible to say."""
    if refusal.code == TOO_OLD and refusal.category is _C.OTHER:
        return "the venue no longer knows: look the order up there"
    return _BY_CLASS.get(refusal.category, "")
