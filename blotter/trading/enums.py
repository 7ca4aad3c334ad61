"""FIX enumerations the domain speaks in. Values are FIX 4.4's own (Volume 6), so that codecs map by value."""

from enum import Enum


class Side(Enum):
    """Side (54)."""

    BUY = "1"
    SELL = "2"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell: what a fill does to a position."""
        return 1 if self is Side.BUY else -1


class OrdType(Enum):
    """OrdType (40)."""

    MARKET = "1"
    LIMIT = "2"
    STOP = "3"
    STOP_LIMIT = "4"
    PEGGED = "P"


class TimeInForce(Enum):
    """TimeInForce (59)."""

    GOOD_TILL_CANCEL = "1"
    IMMEDIATE_OR_CANCEL = "3"
    FILL_OR_KILL = "4"


class ExecInst(Enum):
    """ExecInst (18). With OrdType LIMIT, PARTICIPATE_DONT_INITIATE is post-only (Binance LIMIT_MAKER)."""

    PARTICIPATE_DONT_INITIATE = "6"


class ExecType(Enum):
    """ExecType (150)."""

    NEW = "0"
    CANCELED = "4"
    REPLACED = "5"
    REJECTED = "8"
    PENDING_NEW = "A"
    EXPIRED = "C"
    TRADE = "F"


class OrdStatus(Enum):
    """OrdStatus (39)."""

    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    CANCELED = "4"
    PENDING_CANCEL = "6"
    REJECTED = "8"
    PENDING_NEW = "A"
    EXPIRED = "C"


class SelfTradePreventionMode(Enum):
    """SelfTradePreventionMode (Binance 25001)."""

    NONE = "1"
    EXPIRE_TAKER = "2"
    EXPIRE_MAKER = "3"
    EXPIRE_BOTH = "4"
    DECREMENT = "5"
    TRANSFER = "6"


class RejectCategory(Enum):
    """Why a request was refused, in classes a trader acts on. The venue's code and text stay beside it."""

    RULE = "rule"  # a filter or parameter: price, quantity, notional, precision
    FUNDS = "funds"  # not enough balance
    WOULD_TAKE = "would take"  # post-only order would have matched
    UNKNOWN_ORDER = "unknown order"  # usually: it has just filled or gone
    NO_CHANGE = "no change"  # the requested amendment changes nothing
    RATE = "rate"  # message rate or order count
    TIME = "time"  # SendingTime or RecvWindow
    PERMISSION = "permission"  # key, account or symbol may not do this
    SESSION = "session"  # sequence number, comp id, malformed message
    UNKNOWN_OUTCOME = "outcome unknown"  # the venue itself does not say what happened
    OTHER = "other"
