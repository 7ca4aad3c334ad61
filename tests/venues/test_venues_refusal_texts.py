"""What a trader reads when the venue refuses: the venue's words and code verbatim, our class, and what to do about it.

One table, meant to be read from top to bottom. Each row is folded through the message that brings it: a refused order
(ExecutionReport), a refused cancel, a refused change, a refused list, a session Reject, or an answer of REST.
"""

import json

import pytest
from binance_samples import inbound

from blotter.trading.enums import RejectCategory as C
from blotter.trading.event import AmendRejected, CancelRejected, ExecutionReport, ListReport, Reason
from blotter.venues.base import SessionRejected
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.errors import UNKNOWN_OUTCOME_CODES, ErrorCode
from blotter.venues.binance.rest import BinanceRest

VENUE = BinanceSpot()
AT = 1_772_359_200_000_000_000

ORDER, CANCEL, CHANGE, LIST, REJECT, REST = "order", "cancel", "change", "list", "reject", "REST"

UNKNOWN = "it may or may not have taken effect: check before sending again"
NOT_THIS_SYMBOL = "the symbol does not take this kind of order"
LEGS = "the legs do not fit: selling, take-profit above and stop below; buying, the other way round"
OPO = "the working leg of an OPO buys, its pending legs sell what it bought"
OURS = "the message was malformed: a fault of Blotter's, please report it"
BINARY = "this port speaks the venue's binary encoding: use port 9000"
CLOCK = "the message was too old or this clock runs ahead: check the clock and the network"
FAULTY = "the session or the message was faulty: it was not accepted"
WRONG_HOST = "this host serves another kind of session: check the configured hosts"
GONE = "the venue has no such open order: most likely it has just filled or gone"

PAGE: list[tuple[str, int | None, str, C, str]] = [
    # --- nobody knows what happened ------------------------------------------------------------------------
    (REJECT, -1000, "An unknown error occurred while processing the request.", C.UNKNOWN_OUTCOME, UNKNOWN),
    (
        REJECT,
        -1001,
        "Internal error; unable to process your request. Please try again.",
        C.UNKNOWN_OUTCOME,
        UNKNOWN,
    ),
    (
        ORDER,
        -1006,
        "An unexpected response was received from the message bus. Execution status unknown.",
        C.UNKNOWN_OUTCOME,
        UNKNOWN,
    ),
    (
        REJECT,
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        C.UNKNOWN_OUTCOME,
        UNKNOWN,
    ),
    (
        CANCEL,
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        C.UNKNOWN_OUTCOME,
        UNKNOWN,
    ),
    # --- money and market ----------------------------------------------------------------------------------
    (
        ORDER,
        -2010,
        "Account has insufficient balance for requested action.",
        C.FUNDS,
        "not enough free balance: reduce the order or cancel others",
    ),
    (
        LIST,
        -2010,
        "Account has insufficient balance for requested action.",
        C.FUNDS,
        "not enough free balance: reduce the order or cancel others",
    ),
    (
        ORDER,
        -2010,
        "Order would immediately match and take.",
        C.WOULD_TAKE,
        "the post-only price would trade at once: move it away from the market",
    ),
    (
        ORDER,
        -2010,
        "Order would trigger immediately.",
        C.RULE,
        "the trigger price is on the wrong side of the last price",
    ),
    (
        ORDER,
        -1010,
        "Market is closed.",
        C.PERMISSION,
        "the symbol does not trade now; open orders can still be cancelled",
    ),
    (
        ORDER,
        -2010,
        "Duplicate order sent.",
        C.RULE,
        "this id is in use by an open order: look it up before sending anything again",
    ),
    (ORDER, -2010, "Price * QTY is zero or less.", C.RULE, "price times quantity comes to nothing"),
    (ORDER, -2010, "IcebergQty exceeds QTY.", C.RULE, "the visible part must be below the quantity"),
    (
        ORDER,
        -2010,
        "Order book liquidity is less than symbol minimum quantity.",
        C.RULE,
        "the book is too thin for a market order by quote amount",
    ),
    (
        ORDER,
        -2010,
        "Order book liquidity is too low for this pegged order.",
        C.RULE,
        "there is no such price level in the book to peg to",
    ),
    (
        ORDER,
        -2010,
        "This order type may not use pegged price.",
        C.RULE,
        "only limit, post-only and stop-limit orders can be pegged",
    ),
    (
        ORDER,
        -2010,
        "This price peg cannot be used with this order type.",
        C.RULE,
        "a post-only order can only be pegged to its own side of the book",
    ),
    # --- filters of the symbol -----------------------------------------------------------------------------
    (
        ORDER,
        -1013,
        "Filter failure: PRICE_FILTER",
        C.RULE,
        "the price is outside the symbol's range or no multiple of its tick",
    ),
    (ORDER, -1013, "Filter failure: PERCENT_PRICE", C.RULE, "the price is too far from the recent average"),
    (
        ORDER,
        -1013,
        "Filter failure: PERCENT_PRICE_BY_SIDE",
        C.RULE,
        "the price is too far from the recent average for this side",
    ),
    (
        ORDER,
        -1013,
        "Filter failure: LOT_SIZE",
        C.RULE,
        "the quantity is outside the symbol's range or no multiple of its step",
    ),
    (
        ORDER,
        -1013,
        "Filter failure: MARKET_LOT_SIZE",
        C.RULE,
        "the quantity breaks the symbol's market-order range or step",
    ),
    (
        ORDER,
        -1013,
        "Filter failure: MIN_NOTIONAL",
        C.RULE,
        "price times quantity is below the symbol's minimum",
    ),
    (ORDER, -1013, "Filter failure: NOTIONAL", C.RULE, "price times quantity is outside the symbol's range"),
    (
        ORDER,
        -1013,
        "Filter failure: ICEBERG_PARTS",
        C.RULE,
        "the visible part is too small: the order would have too many parts",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: MAX_POSITION",
        C.RULE,
        "the position plus open buys would exceed the symbol's maximum",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: MAX_ASSET",
        C.RULE,
        "the order or the position would exceed what may be held of this asset",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: MAX_NUM_ORDERS",
        C.RULE,
        "too many open orders on this symbol: cancel some first",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: MAX_NUM_ALGO_ORDERS",
        C.RULE,
        "too many open stop and take-profit orders on this symbol: cancel some first",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: MAX_NUM_ICEBERG_ORDERS",
        C.RULE,
        "too many open icebergs on this symbol: cancel some first",
    ),
    (
        LIST,
        -2010,
        "Filter failure: MAX_NUM_ORDER_LISTS",
        C.RULE,
        "too many open order lists on this symbol: cancel some first",
    ),
    (
        CHANGE,
        -2038,
        "Filter failure: MAX_NUM_ORDER_AMENDS",
        C.RULE,
        "this order was amended too often: cancel it and send a new one",
    ),
    (
        ORDER,
        -1013,
        "Filter failure: TRAILING_DELTA",
        C.RULE,
        "the trailing delta is outside the symbol's range",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: EXCHANGE_MAX_NUM_ORDERS",
        C.RULE,
        "too many open orders on the whole account: cancel some first",
    ),
    (
        ORDER,
        -2010,
        "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS",
        C.RULE,
        "too many open stop and take-profit orders on the whole account: cancel some first",
    ),
    (
        ORDER,
        -1013,
        "Filter failure: SOMETHING_NEW",
        C.RULE,
        "correct the order: it breaks a rule of the symbol or the venue",
    ),
    # --- what the symbol or the account may not ------------------------------------------------------------
    (ORDER, -2010, "Market orders are not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (ORDER, -2010, "Iceberg orders are not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (
        ORDER,
        -2010,
        "Stop loss limit orders are not supported for this symbol.",
        C.PERMISSION,
        NOT_THIS_SYMBOL,
    ),
    (ORDER, -2010, "Trailing stop orders are not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (ORDER, -2010, "Pegged orders are not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (
        ORDER,
        -2010,
        "Quote order qty market orders are not support for this symbol.",
        C.PERMISSION,
        NOT_THIS_SYMBOL,
    ),
    (LIST, -2010, "OCO orders are not supported for this symbol", C.PERMISSION, NOT_THIS_SYMBOL),
    (LIST, -2010, "OPO orders are not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (CHANGE, -2038, "Order amend is not supported for this symbol.", C.PERMISSION, NOT_THIS_SYMBOL),
    (
        ORDER,
        -2010,
        "This symbol is not permitted for this account.",
        C.PERMISSION,
        "the account may not trade this symbol",
    ),
    (
        ORDER,
        -2010,
        "This action is disabled on this account.",
        C.PERMISSION,
        "the account may not do this: ask the venue",
    ),
    (
        ORDER,
        -2010,
        "This account may not place or cancel orders.",
        C.PERMISSION,
        "the account may not trade: ask the venue",
    ),
    (
        ORDER,
        -2010,
        "FIX API trading is not enabled.",
        C.PERMISSION,
        "this key or host may not trade by FIX: check its FIX_API permission",
    ),
    # --- cancels and changes -------------------------------------------------------------------------------
    (CANCEL, -2011, "Unknown order sent.", C.UNKNOWN_ORDER, GONE),
    (CANCEL, -1013, "Unknown order sent.", C.UNKNOWN_ORDER, GONE),
    (
        CANCEL,
        -2011,
        "Order was not canceled due to cancel restrictions.",
        C.RULE,
        "the order has traded meanwhile (or not yet): it stays, look at it first",
    ),
    (
        CANCEL,
        -1145,
        "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`.",
        C.RULE,
        "a cancel can be restricted to new or to partially filled orders only",
    ),
    (
        CHANGE,
        -2038,
        "The requested action would change no state; rejecting.",
        C.NO_CHANGE,
        "nothing to do: the order already is as asked",
    ),
    (
        CHANGE,
        -2038,
        "Order amend (quantity increase) is not supported.",
        C.RULE,
        "an order can only be made smaller in place: use cancel/replace for more",
    ),
    (
        CHANGE,
        -2038,
        "Order amend (pending OPO order) is not supported.",
        C.RULE,
        "its quantity follows the working leg: wait for that, or cancel the list",
    ),
    (
        REST,
        -2021,
        "Order cancel-replace partially failed.",
        C.OTHER,
        "one half happened: see whether the old order, the new one or both live",
    ),
    (
        REST,
        -2022,
        "Order cancel-replace failed.",
        C.OTHER,
        "neither half happened: the old order is as it was, or has just gone",
    ),
    # --- order lists ---------------------------------------------------------------------------------------
    (
        LIST,
        -2010,
        "The relationship of the prices for the orders is not correct.",
        C.RULE,
        "selling, the limit or take-profit must be above the last price, the stop below; buying, vice versa",
    ),
    (
        LIST,
        -1158,
        "Order type not supported in OCO.",
        C.RULE,
        "an OCO takes stop-loss, take-profit and post-only legs",
    ),
    (LIST, -1165, "A limit order in a buy OCO must be below.", C.RULE, LEGS),
    (LIST, -1166, "A limit order in a sell OCO must be above.", C.RULE, LEGS),
    (
        LIST,
        -1168,
        "At least one OCO order must be contingent.",
        C.RULE,
        "one leg of an OCO must be a stop-loss or take-profit",
    ),
    (LIST, -1196, "A stop loss order in a buy OCO must be above.", C.RULE, LEGS),
    (LIST, -1197, "A stop loss order in a sell OCO must be below.", C.RULE, LEGS),
    (LIST, -1198, "A take profit order in a buy OCO must be below.", C.RULE, LEGS),
    (LIST, -1199, "A take profit order in a sell OCO must be above.", C.RULE, LEGS),
    (LIST, -1222, "Working order in an OPO list must be a bid.", C.RULE, OPO),
    (LIST, -1223, "Pending orders in an OPO list must be asks.", C.RULE, OPO),
    (LIST, -1224, "Working order must include the 'quantity' tag.", C.RULE, "the working leg lacks a field"),
    (
        LIST,
        -1225,
        "Pending orders should not include the 'quantity' tag.",
        C.RULE,
        "pending legs of an OPO take what the working leg receives: no quantity",
    ),
    (
        REJECT,
        -1174,
        "Component 'listTriggeringInstructions' is incorrectly populated on 'below' order. Recommendation: '...'",
        C.RULE,
        "the venue wants other list instructions, as its text says (three_leg_first_action)",
    ),
    # --- fields that do not go together --------------------------------------------------------------------
    (
        REJECT,
        -1014,
        "Unsupported order combination.",
        C.RULE,
        "these terms do not go together: check type, time in force, trigger, iceberg",
    ),
    (
        REJECT,
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
        C.RULE,
        "a field holds characters the venue does not take",
    ),
    (REJECT, -1102, "Required tag '44' missing.", C.RULE, "a field the venue needs is missing or malformed"),
    (
        REJECT,
        -1106,
        "Parameter 'price' sent when not required.",
        C.RULE,
        "this kind of order does not take that field: leave it out",
    ),
    (REJECT, -1108, "Parameter 'quantity' overflowed.", C.RULE, "a number is too large for the venue"),
    (
        REJECT,
        -1111,
        "Parameter 'price' has too much precision.",
        C.RULE,
        "too many decimals for this symbol",
    ),
    (
        REJECT,
        -1114,
        "TimeInForce parameter sent when not required.",
        C.RULE,
        "market and post-only orders have no time in force: leave it out",
    ),
    (REJECT, -1115, "Invalid timeInForce.", C.RULE, "the time in force must be GTC, IOC or FOK"),
    (REJECT, -1116, "Invalid orderType.", C.RULE, "the symbol does not take this type of order"),
    (REJECT, -1117, "Invalid side.", C.RULE, "the side must be buy or sell"),
    (REJECT, -1121, "Invalid symbol.", C.RULE, "the venue does not know this symbol"),
    (
        REJECT,
        -1128,
        "Fields [PegOffsetType, PegOffsetValue] must be sent together or omitted entirely.",
        C.RULE,
        "these fields must be given together or not at all",
    ),
    (
        REJECT,
        -1130,
        "Data sent for parameter 'quantity' is not valid.",
        C.RULE,
        "a field has a value the venue does not take",
    ),
    (
        REJECT,
        -1134,
        "`strategyType` was less than 1000000.",
        C.RULE,
        "a target strategy starts at 1000000",
    ),
    (
        REJECT,
        -1160,
        "Parameter 'icebergQty' is not supported if 'timeInForce' is not GTC.",
        C.RULE,
        "an iceberg needs time in force GTC",
    ),
    (
        REJECT,
        -1182,
        "Conflicting fields: ['OrderQty', 'CashOrderQty']",
        C.RULE,
        "two fields contradict each other: leave one out",
    ),
    (
        REJECT,
        -1210,
        "Invalid pegPriceType.",
        C.RULE,
        "a peg follows its own side of the book or the other one",
    ),
    (REJECT, -1211, "Invalid pegOffsetType.", C.RULE, "a peg's offset is counted in price levels"),
    # --- too much, too late --------------------------------------------------------------------------------
    (
        ORDER,
        -1015,
        "Too many new orders; current limit is 200 orders per 10 SECOND.",
        C.RATE,
        "too many unfilled orders in the interval: wait, or trade fewer",
    ),
    (
        REJECT,
        -1181,
        "Too many messages; current limit is '10000' messages per '10 SECOND'.",
        C.RATE,
        "too many messages: the venue ends the session; reconnect and send fewer",
    ),
    (
        REST,
        -1003,
        "Too much request weight used; current limit is 6000 request weight per 1 MINUTE.",
        C.RATE,
        "too many requests: wait, or the venue will ban this address for a while",
    ),
    (
        REJECT,
        -1008,
        "Server is currently overloaded with other requests. Please try again in a few minutes.",
        C.RATE,
        "the venue is overloaded: wait a few minutes",
    ),
    (REJECT, -1021, "Timestamp for this request is outside of the recvWindow.", C.TIME, CLOCK),
    (REJECT, -1021, "Timestamp for this request was 1000ms ahead of the server's time.", C.TIME, CLOCK),
    # --- getting in and staying in -------------------------------------------------------------------------
    (
        REJECT,
        -1022,
        "Signature for this request is not valid.",
        C.PERMISSION,
        "check that the private key file belongs to this API key",
    ),
    (
        REJECT,
        -2014,
        "API-key format invalid.",
        C.PERMISSION,
        "check the API key: it is not in the venue's format",
    ),
    (
        REJECT,
        -2015,
        "Invalid API-key, IP, or permissions for action.",
        C.PERMISSION,
        "check the API key, its IP list and its FIX_API permission",
    ),
    (
        REST,
        -1002,
        "You are not authorized to execute this request.",
        C.PERMISSION,
        "the key may not do this: check its permissions",
    ),
    (
        REJECT,
        -1033,
        "SenderCompId(49) is currently in use. "
        "Concurrent use of the same SenderCompId within one account is not allowed.",
        C.SESSION,
        "this session id is in use, or blocked after a lost connection: use another",
    ),
    (
        REJECT,
        -1034,
        "Too many connection attempts for account; current limit is 15 per '30 SECOND'.",
        C.RATE,
        "wait before dialling again: account and address share the limit",
    ),
    (
        REJECT,
        -1035,
        "Please send Logout<5> message to close the session.",
        C.SESSION,
        "the venue has ended this session: reconnect",
    ),
    (
        REJECT,
        -1016,
        "This service is no longer available.",
        C.OTHER,
        "the venue is going down: reconnect elsewhere, and check what is open",
    ),
    (REJECT, -1020, "This operation is not supported.", C.OTHER, "the venue does not have this"),
    (
        REJECT,
        -1179,
        "MsgSeqNum(34) contains an unexpected value. Expected: '4'.",
        C.SESSION,
        "the session is out of step: reconnect",
    ),
    (
        REJECT,
        -1183,
        "Requested operation is not allowed in DropCopy sessions.",
        C.SESSION,
        "a drop-copy session only listens: use order entry",
    ),
    (
        REJECT,
        -1184,
        "DropCopy sessions are not supported on this server. Please reconnect to a drop copy server.",
        C.SESSION,
        "this host serves order entry: use the drop-copy host",
    ),
    (
        REJECT,
        -1185,
        "Only DropCopy sessions are supported on this server.",
        C.SESSION,
        "this host serves drop copy only: use the order-entry host",
    ),
    (REJECT, -1186, "Requested operation is not allowed in order entry sessions.", C.SESSION, WRONG_HOST),
    (REJECT, -1187, "Requested operation is not allowed in market data sessions.", C.SESSION, WRONG_HOST),
    (
        REJECT,
        -1191,
        "Too many subscriptions. Connection may create up to '1000' subscriptions at a time.",
        C.RATE,
        "too many symbols on one connection, or one asked for twice",
    ),
    # --- what only a fault of ours can bring ---------------------------------------------------------------
    (REJECT, -1103, "An unknown parameter was sent.", C.SESSION, OURS),
    (REJECT, -1169, "Invalid tag number.", C.SESSION, OURS),
    (REJECT, -1170, "Tag '60' not defined for this message type.", C.SESSION, OURS),
    (REJECT, -1171, "Tag '11' appears more than once.", C.SESSION, OURS),
    (REJECT, -1172, "Tag '25000' specified out of required order.", C.SESSION, OURS),
    (REJECT, -1173, "Repeating group '73' fields out of order.", C.SESSION, OURS),
    (REJECT, -1188, "Incorrect NumInGroup count for repeating group '73'.", C.SESSION, OURS),
    (REJECT, -1189, "Group '146' contains duplicate entries.", C.SESSION, OURS),
    (
        REJECT,
        -1175,
        "Continuation of sequence numbers to new session is currently unsupported.",
        C.SESSION,
        FAULTY,
    ),
    (REJECT, -1176, "Logon<A> should only be sent once.", C.SESSION, FAULTY),
    (REJECT, -1177, "CheckSum(10) contains an incorrect value.", C.SESSION, FAULTY),
    (REJECT, -1178, "SenderCompId(49) contains an incorrect value.", C.SESSION, FAULTY),
    (REJECT, -1180, "Logon<A> must be the first message in the session.", C.SESSION, FAULTY),
    (
        REJECT,
        -1190,
        "'MDReqID (262)' contains a subscription request id that is already in use.",
        C.SESSION,
        FAULTY,
    ),
    (REJECT, -1152, "Invalid `X-MBX-SBE` header; expected `<SCHEMA_ID>:<VERSION>`.", C.RULE, BINARY),
    (REJECT, -1153, "Unsupported SBE schema ID or version specified.", C.RULE, BINARY),
    (REJECT, -1155, "SBE is not enabled.", C.RULE, BINARY),
    (REJECT, -1161, "Unable to encode the response in SBE schema '1'.", C.RULE, BINARY),
    (REJECT, -1221, "Invalid/missing field(s) in SBE message.", C.RULE, BINARY),
    # --- asking by REST ------------------------------------------------------------------------------------
    (
        REST,
        -2013,
        "Order does not exist.",
        C.UNKNOWN_ORDER,
        "the venue does not know this order; shortly after sending that is no proof yet",
    ),
    (
        REST,
        -2026,
        "Order was canceled or expired with no executed qty over 90 days ago and has been archived.",
        C.UNKNOWN_ORDER,
        "it ended more than 90 days ago without a fill: nothing of it is open",
    ),
    (
        REST,
        -2039,
        "Client order ID is not correct for this order ID.",
        C.UNKNOWN_ORDER,
        "the two ids are of different orders: look up which one is meant",
    ),
    # --- what nobody has seen yet --------------------------------------------------------------------------
    (ORDER, -2010, "The moon is in the wrong house.", C.OTHER, ""),
    (REJECT, -4999, "Something entirely new.", C.OTHER, ""),
    (REJECT, None, "Go away.", C.SESSION, FAULTY),
]


def told(by: str, code: int | None, text: str) -> Reason | None:
    """The refusal as the dialect hands it on, out of the message that brings it."""
    why = [*([] if code is None else [(25016, str(code))]), (58, text)]
    ids = [(11, "A-1"), (55, "BTCUSDT")]
    match by:
        case "order":
            order = [*ids, (40, "2"), (54, "1"), (150, "8"), (39, "8"), (14, "0"), (32, "0"), (103, "99")]
            event = VENUE.decode(inbound("8", *order, *why), AT)
            assert isinstance(event, ExecutionReport)
        case "cancel":
            event = VENUE.decode(inbound("9", *ids, (434, "1"), *why), AT)
            assert isinstance(event, CancelRejected)
        case "change":
            event = VENUE.decode(inbound("XAR", *ids, (38, "1"), *why), AT)
            assert isinstance(event, AmendRejected)
        case "list":
            event = VENUE.decode(inbound("N", (25014, "L-1"), (429, "2"), (431, "7"), *why), AT)
            assert isinstance(event, ListReport)
        case "reject":
            event = VENUE.decode(inbound("3", (45, "7"), *why), AT)
            assert isinstance(event, SessionRejected)
        case _:
            return BinanceRest().read_refusal(json.dumps({"code": code, "msg": text}).encode())
    return event.reason


@pytest.mark.parametrize(("by", "code", "text", "category", "advice"), PAGE)
def test_refusal(by: str, code: int | None, text: str, category: C, advice: str) -> None:
    reason = told(by, code, text)
    assert reason == Reason(category=category, text=text, code=code), (
        "code and text are the venue's, verbatim"
    )
    assert VENUE.advice(reason) == advice


def test_no_code_of_the_venue_is_missing_on_this_page() -> None:
    on_page = {code for _, code, _, _, _ in PAGE}
    # -1101 cannot be met (it counts the parameters of an endpoint); -2011 and -2038 are met under their texts.
    assert {int(code) for code in ErrorCode} - on_page == {ErrorCode.TOO_MANY_PARAMETERS}


def test_every_refusal_that_leaves_the_outcome_open_says_so() -> None:
    for by, code, _, category, advice in PAGE:
        open_ended = code in UNKNOWN_OUTCOME_CODES
        assert (category is C.UNKNOWN_OUTCOME) == open_ended, (by, code)
        assert ("may or may not" in advice) == open_ended


def test_advice_fits_one_line_of_a_narrow_terminal() -> None:
    for _, _, _, _, advice in PAGE:
        assert len(advice) <= 100
        assert not advice.endswith(".")
        assert advice == advice.strip()
