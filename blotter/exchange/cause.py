"""Why the exchange refuses, whatever is spoken: its refusals are worded and numbered as Binance's are. Pure."""

from enum import Enum
from typing import Final

from blotter.exchange.event import Refusal
from blotter.exchange.modifying import FILLED_SO_FAR, NOT_THIS_KIND
from blotter.venues.binance.errors import ErrorCode, ErrorText


class Cause(Enum):
    """The value says it for people, where the venue's own words are not known."""

    UNKNOWN_ORDER = "unknown order"
    DUPLICATE = "duplicate ClOrdID"
    FUNDS = "insufficient funds"
    PRICE = "price out of range or off its tick"
    QUANTITY = "quantity out of range or off its step"
    VALUE = "order value out of range"
    WOULD_TAKE = "post-only order would take"
    WOULD_TRIGGER = "would trigger at once"
    NO_LIQUIDITY = "no liquidity"
    TOO_MANY = "too many orders"
    CLOSED = "market is closed"
    FILLED = "filled so far already"
    NO_CHANGE = "nothing would change"
    NOT_AMENDABLE = "cannot be changed"
    UNKNOWN_OUTCOME = "it is not known whether it was done"
    BUSY = "system is busy"
    CREDENTIALS = "credentials are not valid"
    OTHER = "refused"


_FILTERS: Final = {
    "PRICE_FILTER": Cause.PRICE,
    "PERCENT_PRICE_BY_SIDE": Cause.PRICE,
    "LOT_SIZE": Cause.QUANTITY,
    "MARKET_LOT_SIZE": Cause.QUANTITY,
    "ICEBERG_PARTS": Cause.QUANTITY,
    "NOTIONAL": Cause.VALUE,
    "MAX_NUM_ORDERS": Cause.TOO_MANY,
    "MAX_NUM_ALGO_ORDERS": Cause.TOO_MANY,
}
_TEXTS: Final = {
    **{ErrorText.FILTER_FAILURE.format(name): cause for name, cause in _FILTERS.items()},
    ErrorText.UNKNOWN_ORDER: Cause.UNKNOWN_ORDER,
    ErrorText.DUPLICATE_ORDER: Cause.DUPLICATE,
    ErrorText.INSUFFICIENT_BALANCE: Cause.FUNDS,
    ErrorText.ICEBERG_EXCEEDS_QTY: Cause.QUANTITY,
    ErrorText.WOULD_TAKE: Cause.WOULD_TAKE,
    ErrorText.WOULD_TRIGGER: Cause.WOULD_TRIGGER,
    ErrorText.NO_LIQUIDITY: Cause.NO_LIQUIDITY,
    ErrorText.MARKET_CLOSED: Cause.CLOSED,
    ErrorText.NO_CHANGE: Cause.NO_CHANGE,
    FILLED_SO_FAR.text: Cause.FILLED,
    NOT_THIS_KIND.text: Cause.NOT_AMENDABLE,
}
_CODES: Final[dict[int, Cause]] = {
    ErrorCode.TOO_MANY_ORDERS: Cause.TOO_MANY,
    ErrorCode.UNEXPECTED_RESP: Cause.UNKNOWN_OUTCOME,
    ErrorCode.TIMEOUT: Cause.UNKNOWN_OUTCOME,
    ErrorCode.SERVER_BUSY: Cause.BUSY,
    ErrorCode.REJECTED_MBX_KEY: Cause.CREDENTIALS,
    ErrorCode.INVALID_SIGNATURE: Cause.CREDENTIALS,
}


def cause(refusal: Refusal) -> Cause:
    """What a refusal of the exchange means."""
    return _TEXTS.get(refusal.text) or _CODES.get(refusal.code) or Cause.OTHER
