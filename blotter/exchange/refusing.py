"""New orders that are refused by request: a halted symbol, a fault that names the code (fact sheet 3.8 and 12).

The code decides what the client gets, as on the venue: an ExecutionReport where the matching engine or its filters
refuse, a Reject of the message where it did not come so far, and for the codes of an unknown outcome a Reject after
which half of the orders are there. Cancels are never refused.
"""

from typing import Final, NamedTuple

from blotter.exchange import event as ev
from blotter.exchange.standing import Standing
from blotter.venues.binance.errors import ENVELOPES, UNKNOWN_OUTCOME_CODES, ErrorCode, ErrorText

NewOrder = ev.Place | ev.PlaceList | ev.Replace
_TEXTS: Final[dict[int, str]] = {
    ErrorCode.TOO_MANY_ORDERS: ErrorText.TOO_MANY_ORDERS.format(200, "10 SECONDS"),
    ErrorCode.TOO_MANY_REQUESTS: "Too many requests queued.",
    ErrorCode.INVALID_MESSAGE: ErrorText.FILTER_FAILURE.format("PERCENT_PRICE_BY_SIDE"),
    ErrorCode.NEW_ORDER_REJECTED: ErrorText.INSUFFICIENT_BALANCE,
    ErrorCode.UNEXPECTED_RESP: ErrorText.UNEXPECTED_RESP,
    ErrorCode.TIMEOUT: ErrorText.TIMEOUT,
    ErrorCode.SERVER_BUSY: ErrorText.SERVER_BUSY,
    ErrorCode.INVALID_TIMESTAMP: ErrorText.OUTSIDE_RECV_WINDOW,
}
_REPORTED: Final = ENVELOPES | {ErrorCode.TOO_MANY_ORDERS}


class Refusing(NamedTuple):
    """Why, and how it is told: in a report, or (`reported` false) by rejecting the message. `unknown`: it may have been
    done; `after_cancel`: the cancel part of a replacement was judged, and done, before."""

    refusal: ev.Refusal
    reported: bool
    unknown: bool
    after_cancel: bool


def refusing(faults: Standing, command: NewOrder, *, told: bool) -> Refusing | None:
    """What stands against a new order. `told`: there is a session to tell; other orders meet only a halt."""
    if faults.halted(ev.symbol_of(command) or ""):
        return _refusing(ErrorCode.NEW_ORDER_REJECTED, ErrorText.MARKET_CLOSED)
    code = faults.order_refusal() if told else None
    return None if code is None else _refusing(code, _TEXTS.get(code, ErrorText.ACTION_DISABLED))


def _refusing(code: int, text: str) -> Refusing:
    return Refusing(
        ev.Refusal(code, text),
        reported=code in _REPORTED,
        unknown=code in UNKNOWN_OUTCOME_CODES,
        after_cancel=code == ErrorCode.NEW_ORDER_REJECTED,
    )
