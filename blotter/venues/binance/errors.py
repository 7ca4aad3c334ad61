"""Binance's error codes (25016) and texts (58): constants for who sends them, classes for who reads. What to do about
one is in `advice`.

Codes and texts as in fact sheet section 12 and the venue's error page. A text is always shown verbatim;
it decides the class only where the code is a mere envelope (`ENVELOPES`), or where it says that the
outcome is not known, which outweighs any code: taking an unknown outcome for a refusal is how an order
gets sent twice.
"""

from enum import IntEnum

from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason


class ErrorCode(IntEnum):
    """ErrorCode (25016). Prints as its number."""

    UNKNOWN = -1000
    DISCONNECTED = -1001
    UNAUTHORIZED = -1002
    TOO_MANY_REQUESTS = -1003
    UNEXPECTED_RESP = -1006
    TIMEOUT = -1007
    SERVER_BUSY = -1008
    ERROR_MSG_RECEIVED = -1010
    INVALID_MESSAGE = -1013
    UNKNOWN_ORDER_COMPOSITION = -1014
    TOO_MANY_ORDERS = -1015
    SERVICE_SHUTTING_DOWN = -1016
    UNSUPPORTED_OPERATION = -1020
    INVALID_TIMESTAMP = -1021
    INVALID_SIGNATURE = -1022
    COMP_ID_IN_USE = -1033
    TOO_MANY_CONNECTIONS = -1034
    LOGGED_OUT = -1035
    ILLEGAL_CHARS = -1100
    TOO_MANY_PARAMETERS = -1101
    MANDATORY_PARAM_EMPTY_OR_MALFORMED = -1102
    UNKNOWN_PARAM = -1103
    PARAM_NOT_REQUIRED = -1106
    PARAM_OVERFLOW = -1108
    BAD_PRECISION = -1111
    TIF_NOT_REQUIRED = -1114
    INVALID_TIF = -1115
    INVALID_ORDER_TYPE = -1116
    INVALID_SIDE = -1117
    BAD_SYMBOL = -1121
    OPTIONAL_PARAMS_BAD_COMBO = -1128
    INVALID_PARAMETER = -1130
    BAD_STRATEGY_TYPE = -1134
    INVALID_CANCEL_RESTRICTIONS = -1145
    INVALID_SBE_HEADER = -1152
    UNSUPPORTED_SCHEMA_ID = -1153
    SBE_DISABLED = -1155
    OCO_ORDER_TYPE_REJECTED = -1158
    ICEBERG_TIME_IN_FORCE = -1160
    DEPRECATED_SCHEMA = -1161
    BUY_OCO_LIMIT_MUST_BE_BELOW = -1165
    SELL_OCO_LIMIT_MUST_BE_ABOVE = -1166
    BOTH_OCO_ORDERS_CANNOT_BE_LIMIT = -1168
    INVALID_TAG_NUMBER = -1169
    TAG_NOT_DEFINED_IN_MESSAGE = -1170
    TAG_APPEARS_MORE_THAN_ONCE = -1171
    TAG_OUT_OF_ORDER = -1172
    GROUP_FIELDS_OUT_OF_ORDER = -1173
    INVALID_COMPONENT = -1174
    RESET_SEQ_NUM_SUPPORT = -1175
    ALREADY_LOGGED_IN = -1176
    GARBLED_MESSAGE = -1177
    BAD_SENDER_COMPID = -1178
    BAD_SEQ_NUM = -1179
    EXPECTED_LOGON = -1180
    TOO_MANY_MESSAGES = -1181
    PARAMS_BAD_COMBO = -1182
    NOT_ALLOWED_IN_DROP_COPY_SESSIONS = -1183
    DROP_COPY_SESSION_NOT_ALLOWED = -1184
    DROP_COPY_SESSION_REQUIRED = -1185
    NOT_ALLOWED_IN_ORDER_ENTRY_SESSIONS = -1186
    NOT_ALLOWED_IN_MARKET_DATA_SESSIONS = -1187
    INCORRECT_NUM_IN_GROUP_COUNT = -1188
    DUPLICATE_ENTRIES_IN_A_GROUP = -1189
    INVALID_REQUEST_ID = -1190
    TOO_MANY_SUBSCRIPTIONS = -1191
    BUY_OCO_STOP_LOSS_MUST_BE_ABOVE = -1196
    SELL_OCO_STOP_LOSS_MUST_BE_BELOW = -1197
    BUY_OCO_TAKE_PROFIT_MUST_BE_BELOW = -1198
    SELL_OCO_TAKE_PROFIT_MUST_BE_ABOVE = -1199
    INVALID_PEG_PRICE_TYPE = -1210
    INVALID_PEG_OFFSET_TYPE = -1211
    INVALID_SBE_MESSAGE_FIELD = -1221
    OPO_WORKING_MUST_BE_BUY = -1222
    OPO_PENDING_MUST_BE_SELL = -1223
    WORKING_PARAM_REQUIRED = -1224
    PENDING_PARAM_NOT_REQUIRED = -1225
    NEW_ORDER_REJECTED = -2010
    CANCEL_REJECTED = -2011
    NO_SUCH_ORDER = -2013
    BAD_API_KEY_FMT = -2014
    REJECTED_MBX_KEY = -2015
    CANCEL_REPLACE_PARTLY_FAILED = -2021
    CANCEL_REPLACE_FAILED = -2022
    ORDER_ARCHIVED = -2026
    ORDER_AMEND_REJECTED = -2038
    CLIENT_ORDER_ID_INVALID = -2039


class ErrorText:
    """Text (58) as the venue words it. Those with braces are templates for `str.format`."""

    # The session
    UNEXPECTED_RESP = "An unexpected response was received from the message bus. Execution status unknown."
    TIMEOUT = (
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    )
    SERVER_BUSY = "Server is currently overloaded with other requests. Please try again in a few minutes."
    OUTSIDE_RECV_WINDOW = "Timestamp for this request is outside of the recvWindow."
    AHEAD_OF_SERVER = "Timestamp for this request was 1000ms ahead of the server's time."
    INVALID_SIGNATURE = "Signature for this request is not valid."
    BAD_API_KEY_FMT = "API-key format invalid."
    REJECTED_KEY = "Invalid API-key, IP, or permissions for action."
    COMP_ID_IN_USE = (
        "SenderCompId(49) is currently in use. "
        "Concurrent use of the same SenderCompId within one account is not allowed."
    )
    TOO_MANY_CONNECTIONS = "Too many concurrent connections; current limit is '{0}'."
    TOO_MANY_ATTEMPTS = "Too many connection attempts for account; current limit is {0} per '{1}'."
    LOGGED_OUT = "Please send Logout<5> message to close the session."
    RESET_SEQ_NUM = (
        "Continuation of sequence numbers to new session is currently unsupported. "
        "Sequence numbers must be reset for each new session."
    )
    ALREADY_LOGGED_IN = "Logon<A> should only be sent once."
    EXPECTED_LOGON = "Logon<A> must be the first message in the session."
    BAD_CHECK_SUM = "CheckSum(10) contains an incorrect value."
    BAD_BODY_LENGTH = "BodyLength (9) does not contain the correct byte count."
    NOT_ASCII = "Only printable ASCII characters and SOH (Start of Header) are allowed."
    NO_VALUE = "Tag specified without a value."
    BAD_SENDER_COMP_ID = (
        "SenderCompId(49) contains an incorrect value. "
        "The SenderCompID value should not change throughout the lifetime of a session."
    )
    BAD_SEQ_NUM = "MsgSeqNum(34) contains an unexpected value. Expected: '{0}'."
    TOO_MANY_MESSAGES = "Too many messages; current limit is '{0}' messages per '{1}'."
    NOT_ALLOWED_IN_DROP_COPY = "Requested operation is not allowed in DropCopy sessions."
    DROP_COPY_NOT_ALLOWED = (
        "DropCopy sessions are not supported on this server. Please reconnect to a drop copy server."
    )
    DROP_COPY_REQUIRED = (
        "Only DropCopy sessions are supported on this server. "
        "Either reconnect to order entry server or send `DropCopyFlag (9406)` field."
    )
    NOT_ALLOWED_IN_ORDER_ENTRY = "Requested operation is not allowed in order entry sessions."
    NOT_ALLOWED_IN_MARKET_DATA = "Requested operation is not allowed in market data sessions."

    # Fields
    ILLEGAL_CHARS = "Illegal characters found in parameter '{0}'; legal range is '{1}'."
    TAG_MISSING = "Required tag '{0}' missing."
    MALFORMED = "Mandatory parameter '{0}' was not sent, was empty/null, or malformed."
    EITHER_MUST_BE_SENT = "Param '{0}' or '{1}' must be sent, but both were empty/null!"
    UNKNOWN_TAG = "An unknown parameter was sent."
    NOT_REQUIRED = "Parameter '{0}' sent when not required."
    OVERFLOW = "Parameter '{0}' overflowed."
    BAD_PRECISION = "Parameter '{0}' has too much precision."
    TIF_NOT_REQUIRED = "TimeInForce parameter sent when not required."
    INVALID_TIF = "Invalid timeInForce."
    INVALID_ORDER_TYPE = "Invalid orderType."
    INVALID_SIDE = "Invalid side."
    BAD_SYMBOL = "Invalid symbol."
    INVALID_PARAMETER = "Data sent for parameter '{0}' is not valid."
    ICEBERG_NEEDS_GTC = "Parameter '{0}' is not supported if 'timeInForce' is not GTC."
    TOGETHER = "Fields [{0}] must be sent together or omitted entirely."
    ORDER_COMBINATION = "Unsupported order combination."
    BAD_STRATEGY_TYPE = "`strategyType` was less than 1000000."
    INVALID_CANCEL_RESTRICTIONS = (
        "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`."
    )
    INVALID_PEG_PRICE_TYPE = "Invalid pegPriceType."
    INVALID_PEG_OFFSET_TYPE = "Invalid pegOffsetType."
    INVALID_TAG_NUMBER = "Invalid tag number."
    TAG_NOT_DEFINED = "Tag '{0}' not defined for this message type."
    TAG_TWICE = "Tag '{0}' appears more than once."
    TAG_OUT_OF_ORDER = "Tag '{0}' specified out of required order."
    GROUP_OUT_OF_ORDER = "Repeating group '{0}' fields out of order."
    GROUP_COUNT = "Incorrect NumInGroup count for repeating group '{0}'."
    GROUP_DUPLICATES = "Group '{0}' contains duplicate entries."
    CONFLICTING_FIELDS = "Conflicting fields: [{0}]"
    MD_REQ_ID_IN_USE = (
        "'MDReqID (262)' contains a subscription request id that is already in use on this connection."
    )
    MD_REQ_ID_UNKNOWN = (
        "'MDReqID (262)' contains an unsubscription request id that does not match any active subscription."
    )
    BID_AND_OFFER = "Invalid 'MDEntryType (269)' combination. BID and OFFER must be requested together."
    SUBSCRIBED_ALREADY = (
        "Similar subscription is already active on this connection. "
        "Symbol='{0}', active subscription id: '{1}'."
    )

    # Order lists
    INVALID_COMPONENT = "Component '{0}' is incorrectly populated on '{1}' order. Recommendation: '{2}'"
    OCO_ORDER_TYPE = "Order type not supported in OCO."
    BUY_OCO_LIMIT = "A limit order in a buy OCO must be below."
    SELL_OCO_LIMIT = "A limit order in a sell OCO must be above."
    BOTH_OCO_LIMIT = "At least one OCO order must be contingent."
    BUY_OCO_STOP_LOSS = "A stop loss order in a buy OCO must be above."
    SELL_OCO_STOP_LOSS = "A stop loss order in a sell OCO must be below."
    BUY_OCO_TAKE_PROFIT = "A take profit order in a buy OCO must be below."
    SELL_OCO_TAKE_PROFIT = "A take profit order in a sell OCO must be above."
    OPO_WORKING = "Working order in an OPO list must be a bid."
    OPO_PENDING = "Pending orders in an OPO list must be asks."
    WORKING_PARAM = "Working order must include the '{0}' tag."
    PENDING_PARAM = "Pending orders should not include the '{0}' tag."

    # The matching engine, under -1010, -2010, -2011 and -2038
    FILTER_FAILURE = "Filter failure: {0}"
    TOO_MANY_ORDERS = "Too many new orders; current limit is {0} orders per {1}."
    UNKNOWN_ORDER = "Unknown order sent."
    DUPLICATE_ORDER = "Duplicate order sent."
    MARKET_CLOSED = "Market is closed."
    INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."
    WOULD_TRIGGER = "Order would trigger immediately."
    WOULD_TAKE = "Order would immediately match and take."
    CANCEL_RESTRICTED = "Order was not canceled due to cancel restrictions."
    ICEBERG_EXCEEDS_QTY = "IcebergQty exceeds QTY."
    ZERO_NOTIONAL = "Price * QTY is zero or less."
    NO_LIQUIDITY = "Order book liquidity is less than symbol minimum quantity."
    ACTION_DISABLED = "This action is disabled on this account."
    MAY_NOT_TRADE = "This account may not place or cancel orders."
    FIX_NOT_ENABLED = "FIX API trading is not enabled."
    NO_CHANGE = "The requested action would change no state; rejecting."
    AMEND_INCREASE = "Order amend (quantity increase) is not supported."
    AMEND_PENDING_OPO = "Order amend (pending OPO order) is not supported."
    PRICE_RELATION = "The relationship of the prices for the orders is not correct."
    PEG_NOT_FOR_TYPE = "This order type may not use pegged price."
    PEG_NOT_WITH_TYPE = "This price peg cannot be used with this order type."
    PEG_NO_LIQUIDITY = "Order book liquidity is too low for this pegged order."
    NOT_SUPPORTED = "{0} are not supported for this symbol."
    ORDER_DOES_NOT_EXIST = "Order does not exist."
    ORDER_ARCHIVED = (
        "Order was canceled or expired with no executed qty over 90 days ago and has been archived."
    )
    CLIENT_ORDER_ID_INVALID = "Client order ID is not correct for this order ID."


UNKNOWN_OUTCOME_CODES = frozenset(
    {ErrorCode.UNKNOWN, ErrorCode.DISCONNECTED, ErrorCode.UNEXPECTED_RESP, ErrorCode.TIMEOUT}
)
"""Codes after which nobody knows whether the request took effect.

The venue says so of -1006 and -1007. -1000 and -1001 are failures inside the venue while processing: it
does not say how far it got, so they are not taken for a refusal either.
"""

ENVELOPES = frozenset(
    {
        ErrorCode.ERROR_MSG_RECEIVED,
        ErrorCode.INVALID_MESSAGE,
        ErrorCode.NEW_ORDER_REJECTED,
        ErrorCode.CANCEL_REJECTED,
        ErrorCode.ORDER_AMEND_REJECTED,
    }
)
"""Codes that say who refused, not why: the text does."""

_C = RejectCategory
_BY_CODE: dict[int, RejectCategory] = (
    dict.fromkeys(UNKNOWN_OUTCOME_CODES, _C.UNKNOWN_OUTCOME)
    | dict.fromkeys(
        (
            ErrorCode.TOO_MANY_REQUESTS,
            ErrorCode.SERVER_BUSY,
            ErrorCode.TOO_MANY_ORDERS,
            ErrorCode.TOO_MANY_CONNECTIONS,
            ErrorCode.TOO_MANY_MESSAGES,
            ErrorCode.TOO_MANY_SUBSCRIPTIONS,
        ),
        _C.RATE,
    )
    | dict.fromkeys((ErrorCode.INVALID_TIMESTAMP,), _C.TIME)
    | dict.fromkeys(
        (
            ErrorCode.UNAUTHORIZED,
            ErrorCode.INVALID_SIGNATURE,
            ErrorCode.BAD_API_KEY_FMT,
            ErrorCode.REJECTED_MBX_KEY,
        ),
        _C.PERMISSION,
    )
    | dict.fromkeys((ErrorCode.SERVICE_SHUTTING_DOWN, ErrorCode.UNSUPPORTED_OPERATION), _C.OTHER)
    | dict.fromkeys((ErrorCode.COMP_ID_IN_USE, ErrorCode.LOGGED_OUT, ErrorCode.UNKNOWN_PARAM), _C.SESSION)
    | dict.fromkeys((*range(-1173, -1168), *range(-1180, -1174), *range(-1190, -1182)), _C.SESSION)
    | dict.fromkeys((ErrorCode.NO_SUCH_ORDER, ErrorCode.ORDER_ARCHIVED), _C.UNKNOWN_ORDER)
    | dict.fromkeys((ErrorCode.CLIENT_ORDER_ID_INVALID,), _C.UNKNOWN_ORDER)
    | dict.fromkeys((ErrorCode.UNKNOWN_ORDER_COMPOSITION,), _C.RULE)
)
_BY_TEXT: tuple[tuple[str, RejectCategory], ...] = (
    ("filter failure", _C.RULE),
    ("unknown order", _C.UNKNOWN_ORDER),
    ("order does not exist", _C.UNKNOWN_ORDER),
    ("insufficient balance", _C.FUNDS),
    ("immediately match and take", _C.WOULD_TAKE),
    ("would change no state", _C.NO_CHANGE),
    ("too many new orders", _C.RATE),
    ("market is closed", _C.PERMISSION),
    ("this account", _C.PERMISSION),
    ("for this symbol", _C.PERMISSION),
    ("trading is not enabled", _C.PERMISSION),
    ("recvwindow", _C.TIME),
    ("ahead of the server", _C.TIME),
    ("duplicate order", _C.RULE),
    ("would trigger immediately", _C.RULE),
    ("cancel restrictions", _C.RULE),
    ("quantity increase", _C.RULE),
    ("liquidity is less than", _C.RULE),
    ("pegged", _C.RULE),
    ("price peg", _C.RULE),
    ("pending opo order", _C.RULE),
    ("check origclordid", _C.RULE),
    ("icebergqty", _C.RULE),
    ("zero or less", _C.RULE),
    ("order combination", _C.RULE),
    ("prices for the orders", _C.RULE),
)


def classify(code: int | None, text: str) -> RejectCategory:
    """The class of a refusal: by code, by text where the code is an envelope or unknown to us."""
    lowered = text.lower()
    if "status unknown" in lowered or "outcome unknown" in lowered:
        return _C.UNKNOWN_OUTCOME
    if code is not None and code not in ENVELOPES:
        known = _BY_CODE.get(code)
        if known is not None:
            return known
        if -1299 <= code <= -1100:  # "11xx - Request issues": a field of the request is wrong
            return _C.RULE
    for part, category in _BY_TEXT:
        if part in lowered:
            return category
    if code in (ErrorCode.INVALID_MESSAGE, ErrorCode.ORDER_AMEND_REJECTED):
        return _C.RULE
    return _C.OTHER


def reason(code: int | None, text: str) -> Reason:
    """A refusal with its class, code and text verbatim."""
    return Reason(category=classify(code, text), text=text, code=code)
