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

    DAY = "0"
    GOOD_TILL_CANCEL = "1"
    IMMEDIATE_OR_CANCEL = "3"
    FILL_OR_KILL = "4"
    GOOD_TILL_DATE = "6"  # until ExpireTime (126)


class TriggerPriceDirection(Enum):
    """TriggerPriceDirection (1109): with Side it decides stop-loss against take-profit (fact sheet 6.1)."""

    UP = "U"  # triggers when the last price rises to or through the trigger price
    DOWN = "D"  # ... falls to or through it


class PegPriceType(Enum):
    """PegPriceType (1094): which side of the book prices the order, once, at entry (fact sheet 10)."""

    MARKET_PEG = "4"  # the best opposite price
    PRIMARY_PEG = "5"  # the best price of the own side


class CancelRestrictions(Enum):
    """CancelRestrictions (Binance 25002): cancel only if the order still is so."""

    ONLY_NEW = "1"
    ONLY_PARTIALLY_FILLED = "2"


class ReplaceMode(Enum):
    """OrderCancelRequestAndNewOrderSingleMode (Binance 25033): what a refused cancel does to the new order."""

    STOP_ON_FAILURE = "1"  # no new order
    ALLOW_FAILURE = "2"  # the new order is placed all the same: both may be live


class OrderRateLimitExceededMode(Enum):
    """OrderRateLimitExceededMode (Binance 25038): what a replace does when the order count is used up."""

    DO_NOTHING = "1"
    CANCEL_ONLY = "2"


class ContingencyType(Enum):
    """ContingencyType (1385)."""

    ONE_CANCELS_THE_OTHER = "1"
    ONE_TRIGGERS_THE_OTHER = "2"


class ListStatusType(Enum):
    """ListStatusType (429)."""

    RESPONSE = "2"  # answer to a failed action
    EXEC_STARTED = "4"  # placed or changed
    ALL_DONE = "5"
    UPDATED = "100"  # a leg's ClOrdID changed


class ListOrderStatus(Enum):
    """ListOrderStatus (431)."""

    EXECUTING = "3"
    ALL_DONE = "6"
    REJECT = "7"


class ExpiryReason(Enum):
    """ExpiryReason (Binance 25056)."""

    REJECTED_AT_TRIGGER = "1"
    EXCHANGE_CANCELED = "2"
    OCO_TRIGGER = "3"
    OTO_WORKING_EXPIRED = "4"
    UNFILLED_IOC_QUANTITY = "5"
    UNFILLED_FOK_ORDER = "6"
    INSUFFICIENT_LIQUIDITY = "7"
    PRICE_RANGE = "8"


class ExecInst(Enum):
    """ExecInst (18). With OrdType LIMIT, PARTICIPATE_DONT_INITIATE is post-only (Binance LIMIT_MAKER)."""

    PARTICIPATE_DONT_INITIATE = "6"


class ExecType(Enum):
    """ExecType (150)."""

    NEW = "0"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    EXPIRED = "C"
    RESTATED = "D"
    PENDING_REPLACE = "E"
    TRADE = "F"
    ORDER_STATUS = "I"
    TRIGGERED = "L"


class OrdStatus(Enum):
    """OrdStatus (39). All but FILLED, CANCELED, REJECTED and EXPIRED may trade, now or on another day."""

    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"  # of FIX 4.2 and before: the state behind it is not said
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    EXPIRED = "C"
    PENDING_REPLACE = "E"


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
