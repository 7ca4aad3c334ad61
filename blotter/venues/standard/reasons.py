"""Why something was refused or ended: the standard's reason fields as a `Reason`.

The venue's own text goes first and verbatim; where it gives none, the meaning of its code stands in.
"""

from blotter.fix.codec import Message
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import Standard

_RULE, _UNKNOWN, _TIME, _PERMISSION, _SESSION, _OTHER = (
    RejectCategory.RULE,
    RejectCategory.UNKNOWN_ORDER,
    RejectCategory.TIME,
    RejectCategory.PERMISSION,
    RejectCategory.SESSION,
    RejectCategory.OTHER,
)
_ORD_REJ_REASONS = {
    1: _RULE,
    3: _RULE,
    4: _TIME,
    5: _UNKNOWN,
    6: _RULE,
    8: _TIME,
    11: _RULE,
    13: _RULE,
    15: _PERMISSION,
}
_CXL_REJ_REASONS = {0: _UNKNOWN, 1: _UNKNOWN, 6: _RULE}
_BUSINESS_REASONS = {
    1: _UNKNOWN,
    2: _RULE,
    3: _SESSION,
    4: RejectCategory.UNKNOWN_OUTCOME,  # application not available: what it had done by then, nobody says
    5: _SESSION,
    6: _PERMISSION,
}
_SESSION_REASONS = {8: _PERMISSION, 10: _TIME}
_NO_CODES: dict[int, RejectCategory] = {}


def of_report(standard: Standard, message: Message) -> Reason:
    """ExecutionReport (8) with OrdRejReason (103)."""
    return _reason(standard, message, t.ORD_REJ_REASON, _ORD_REJ_REASONS, _OTHER)


def of_ending(standard: Standard, message: Message) -> Reason | None:
    """A cancel, expiry or restatement that says why: ExecRestatementReason (378) or Text (58)."""
    if message.text(t.TEXT) is None and message.text(t.EXEC_RESTATEMENT_REASON) is None:
        return None
    return _reason(standard, message, t.EXEC_RESTATEMENT_REASON, _NO_CODES, _OTHER)


def of_cancel_reject(standard: Standard, message: Message) -> Reason:
    """OrderCancelReject (9) with CxlRejReason (102)."""
    return _reason(standard, message, t.CXL_REJ_REASON, _CXL_REJ_REASONS, _OTHER)


def of_mass_cancel(standard: Standard, message: Message) -> Reason:
    """OrderMassCancelReport (r) with MassCancelRejectReason (532)."""
    return _reason(standard, message, t.MASS_CANCEL_REJECT_REASON, _NO_CODES, _OTHER)


def of_business(standard: Standard, message: Message) -> Reason:
    """BusinessMessageReject (j) with BusinessRejectReason (380)."""
    return _reason(standard, message, t.BUSINESS_REJECT_REASON, _BUSINESS_REASONS, _OTHER)


def of_session(standard: Standard, message: Message) -> Reason:
    """Reject (3) with SessionRejectReason (373)."""
    return _reason(standard, message, t.SESSION_REJECT_REASON, _SESSION_REASONS, _SESSION)


def _reason(
    standard: Standard,
    message: Message,
    tag: int,
    categories: dict[int, RejectCategory],
    otherwise: RejectCategory,
) -> Reason:
    said = message.text(tag) or ""
    code = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    text = message.text(t.TEXT) or ""
    if not text and said:
        meaning = standard.dictionary.meaning(tag, said)
        text = (
            meaning.replace("_", " ").lower() if meaning else f"{standard.dictionary.field_name(tag)} {said}"
        )
    category = otherwise if code is None else categories.get(code, otherwise)
    reason = Reason(category=category, text=text or "no reason given", code=code)
    return reason if standard.refusal is None else standard.refusal(message, reason)
