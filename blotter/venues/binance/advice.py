"""What a person can do about a refusal of Binance's, in one short line beside the venue's own words.

The most telling source decides: an unknown outcome, the filter named, the engine's text, the code, the class.
"""

from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.venues.binance.errors import ENVELOPES, ErrorCode

_C = RejectCategory

_CANCEL_SOME = "cancel some first"
_FILTERS = {
    "PRICE_FILTER": "the price is outside the symbol's range or no multiple of its tick",
    "PERCENT_PRICE": "the price is too far from the recent average",
    "PERCENT_PRICE_BY_SIDE": "the price is too far from the recent average for this side",
    "LOT_SIZE": "the quantity is outside the symbol's range or no multiple of its step",
    "MARKET_LOT_SIZE": "the quantity breaks the symbol's market-order range or step",
    "MIN_NOTIONAL": "price times quantity is below the symbol's minimum",
    "NOTIONAL": "price times quantity is outside the symbol's range",
    "ICEBERG_PARTS": "the visible part is too small: the order would have too many parts",
    "MAX_POSITION": "the position plus open buys would exceed the symbol's maximum",
    "MAX_ASSET": "the order or the position would exceed what may be held of this asset",
    "MAX_NUM_ORDERS": f"too many open orders on this symbol: {_CANCEL_SOME}",
    "MAX_NUM_ALGO_ORDERS": f"too many open stop and take-profit orders on this symbol: {_CANCEL_SOME}",
    "MAX_NUM_ICEBERG_ORDERS": f"too many open icebergs on this symbol: {_CANCEL_SOME}",
    "MAX_NUM_ORDER_AMENDS": "this order was amended too often: cancel it and send a new one",
    "MAX_NUM_ORDER_LISTS": f"too many open order lists on this symbol: {_CANCEL_SOME}",
    "TRAILING_DELTA": "the trailing delta is outside the symbol's range",
    "EXCHANGE_MAX_NUM_ORDERS": f"too many open orders on the whole account: {_CANCEL_SOME}",
    "EXCHANGE_MAX_NUM_ALGO_ORDERS": (
        f"too many open stop and take-profit orders on the whole account: {_CANCEL_SOME}"
    ),
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS": f"too many open icebergs on the whole account: {_CANCEL_SOME}",
    "EXCHANGE_MAX_NUM_ORDER_LISTS": f"too many open order lists on the whole account: {_CANCEL_SOME}",
}
_LIST_PRICES = (
    "selling, the limit or take-profit must be above the last price, the stop below; buying, vice versa"
)
_BY_TEXT = (
    ("duplicate order", "this id is in use by an open order: look it up before sending anything again"),
    ("market is closed", "the symbol does not trade now; open orders can still be cancelled"),
    ("would trigger immediately", "the trigger price is on the wrong side of the last price"),
    ("cancel restrictions", "the order has traded meanwhile (or not yet): it stays, look at it first"),
    ("quantity increase", "an order can only be made smaller in place: use cancel/replace for more"),
    ("pending opo order", "its quantity follows the working leg: wait for that, or cancel the list"),
    ("relationship of the prices", _LIST_PRICES),
    ("liquidity is too low for this pegged", "there is no such price level in the book to peg to"),
    ("pegged price", "only limit, post-only and stop-limit orders can be pegged"),
    ("price peg", "a post-only order can only be pegged to its own side of the book"),
    ("liquidity is less than", "the book is too thin for a market order by quote amount"),
    ("icebergqty", "the visible part must be below the quantity"),
    ("zero or less", "price times quantity comes to nothing"),
    ("trading is not enabled", "this key or host may not trade by FIX: check its FIX_API permission"),
    ("account may not place", "the account may not trade: ask the venue"),
    ("disabled on this account", "the account may not do this: ask the venue"),
    ("for this account", "the account may not trade this symbol"),
    ("for this symbol", "the symbol does not take this kind of order"),
)
_LIST_SHAPE = "the legs do not fit: selling, take-profit above and stop below; buying, the other way round"
_OUR_FAULT = "the message was malformed: a fault of Blotter's, please report it"
_WRONG_HOST = "this host serves another kind of session: check the configured hosts"
_BINARY = "this port speaks the venue's binary encoding: use port 9000"
_BY_CODE: dict[int, str] = {
    ErrorCode.UNAUTHORIZED: "the key may not do this: check its permissions",
    ErrorCode.TOO_MANY_REQUESTS: "too many requests: wait, or the venue will ban this address for a while",
    ErrorCode.SERVER_BUSY: "the venue is overloaded: wait a few minutes",
    ErrorCode.UNKNOWN_ORDER_COMPOSITION: "these terms do not go together: check type, time in force, trigger, iceberg",
    ErrorCode.TOO_MANY_ORDERS: "too many unfilled orders in the interval: wait, or trade fewer",
    ErrorCode.SERVICE_SHUTTING_DOWN: "the venue is going down: reconnect elsewhere, and check what is open",
    ErrorCode.UNSUPPORTED_OPERATION: "the venue does not have this",
    ErrorCode.INVALID_TIMESTAMP: "the message was too old or this clock runs ahead: check the clock and the network",
    ErrorCode.INVALID_SIGNATURE: "check that the private key file belongs to this API key",
    ErrorCode.COMP_ID_IN_USE: "this session id is in use, or blocked after a lost connection: use another",
    ErrorCode.TOO_MANY_CONNECTIONS: "wait before dialling again: account and address share the limit",
    ErrorCode.LOGGED_OUT: "the venue has ended this session: reconnect",
    ErrorCode.ILLEGAL_CHARS: "a field holds characters the venue does not take",
    ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED: "a field the venue needs is missing or malformed",
    ErrorCode.UNKNOWN_PARAM: _OUR_FAULT,
    ErrorCode.PARAM_NOT_REQUIRED: "this kind of order does not take that field: leave it out",
    ErrorCode.PARAM_OVERFLOW: "a number is too large for the venue",
    ErrorCode.BAD_PRECISION: "too many decimals for this symbol",
    ErrorCode.TIF_NOT_REQUIRED: "market and post-only orders have no time in force: leave it out",
    ErrorCode.INVALID_TIF: "the time in force must be GTC, IOC or FOK",
    ErrorCode.INVALID_ORDER_TYPE: "the symbol does not take this type of order",
    ErrorCode.INVALID_SIDE: "the side must be buy or sell",
    ErrorCode.BAD_SYMBOL: "the venue does not know this symbol",
    ErrorCode.OPTIONAL_PARAMS_BAD_COMBO: "these fields must be given together or not at all",
    ErrorCode.INVALID_PARAMETER: "a field has a value the venue does not take",
    ErrorCode.BAD_STRATEGY_TYPE: "a target strategy starts at 1000000",
    ErrorCode.INVALID_CANCEL_RESTRICTIONS: "a cancel can be restricted to new or to partially filled orders only",
    ErrorCode.OCO_ORDER_TYPE_REJECTED: "an OCO takes stop-loss, take-profit and post-only legs",
    ErrorCode.ICEBERG_TIME_IN_FORCE: "an iceberg needs time in force GTC",
    ErrorCode.BUY_OCO_LIMIT_MUST_BE_BELOW: _LIST_SHAPE,
    ErrorCode.SELL_OCO_LIMIT_MUST_BE_ABOVE: _LIST_SHAPE,
    ErrorCode.BOTH_OCO_ORDERS_CANNOT_BE_LIMIT: "one leg of an OCO must be a stop-loss or take-profit",
    ErrorCode.INVALID_TAG_NUMBER: _OUR_FAULT,
    ErrorCode.TAG_NOT_DEFINED_IN_MESSAGE: _OUR_FAULT,
    ErrorCode.TAG_APPEARS_MORE_THAN_ONCE: _OUR_FAULT,
    ErrorCode.TAG_OUT_OF_ORDER: _OUR_FAULT,
    ErrorCode.GROUP_FIELDS_OUT_OF_ORDER: _OUR_FAULT,
    ErrorCode.INVALID_COMPONENT: "the venue wants other list instructions, as its text says (three_leg_first_action)",
    ErrorCode.BAD_SEQ_NUM: "the session is out of step: reconnect",
    ErrorCode.TOO_MANY_MESSAGES: "too many messages: the venue ends the session; reconnect and send fewer",
    ErrorCode.PARAMS_BAD_COMBO: "two fields contradict each other: leave one out",
    ErrorCode.NOT_ALLOWED_IN_DROP_COPY_SESSIONS: "a drop-copy session only listens: use order entry",
    ErrorCode.DROP_COPY_SESSION_NOT_ALLOWED: "this host serves order entry: use the drop-copy host",
    ErrorCode.DROP_COPY_SESSION_REQUIRED: "this host serves drop copy only: use the order-entry host",
    ErrorCode.NOT_ALLOWED_IN_ORDER_ENTRY_SESSIONS: _WRONG_HOST,
    ErrorCode.NOT_ALLOWED_IN_MARKET_DATA_SESSIONS: _WRONG_HOST,
    ErrorCode.INCORRECT_NUM_IN_GROUP_COUNT: _OUR_FAULT,
    ErrorCode.DUPLICATE_ENTRIES_IN_A_GROUP: _OUR_FAULT,
    ErrorCode.TOO_MANY_SUBSCRIPTIONS: "too many symbols on one connection, or one asked for twice",
    ErrorCode.BUY_OCO_STOP_LOSS_MUST_BE_ABOVE: _LIST_SHAPE,
    ErrorCode.SELL_OCO_STOP_LOSS_MUST_BE_BELOW: _LIST_SHAPE,
    ErrorCode.BUY_OCO_TAKE_PROFIT_MUST_BE_BELOW: _LIST_SHAPE,
    ErrorCode.SELL_OCO_TAKE_PROFIT_MUST_BE_ABOVE: _LIST_SHAPE,
    ErrorCode.INVALID_PEG_PRICE_TYPE: "a peg follows its own side of the book or the other one",
    ErrorCode.INVALID_PEG_OFFSET_TYPE: "a peg's offset is counted in price levels",
    ErrorCode.OPO_WORKING_MUST_BE_BUY: "the working leg of an OPO buys, its pending legs sell what it bought",
    ErrorCode.OPO_PENDING_MUST_BE_SELL: "the working leg of an OPO buys, its pending legs sell what it bought",
    ErrorCode.WORKING_PARAM_REQUIRED: "the working leg lacks a field",
    ErrorCode.PENDING_PARAM_NOT_REQUIRED: "pending legs of an OPO take what the working leg receives: no quantity",
    ErrorCode.INVALID_SBE_HEADER: _BINARY,
    ErrorCode.UNSUPPORTED_SCHEMA_ID: _BINARY,
    ErrorCode.SBE_DISABLED: _BINARY,
    ErrorCode.DEPRECATED_SCHEMA: _BINARY,
    ErrorCode.INVALID_SBE_MESSAGE_FIELD: _BINARY,
    ErrorCode.NO_SUCH_ORDER: "the venue does not know this order; shortly after sending that is no proof yet",
    ErrorCode.BAD_API_KEY_FMT: "check the API key: it is not in the venue's format",
    ErrorCode.REJECTED_MBX_KEY: "check the API key, its IP list and its FIX_API permission",
    ErrorCode.CANCEL_REPLACE_PARTLY_FAILED: "one half happened: see whether the old order, the new one or both live",
    ErrorCode.CANCEL_REPLACE_FAILED: "neither half happened: the old order is as it was, or has just gone",
    ErrorCode.ORDER_ARCHIVED: "it ended more than 90 days ago without a fill: nothing of it is open",
    ErrorCode.CLIENT_ORDER_ID_INVALID: "the two ids are of different orders: look up which one is meant",
}
_BY_CLASS: dict[RejectCategory, str] = {
    _C.RULE: "correct the order: it breaks a rule of the symbol or the venue",
    _C.FUNDS: "not enough free balance: reduce the order or cancel others",
    _C.WOULD_TAKE: "the post-only price would trade at once: move it away from the market",
    _C.UNKNOWN_ORDER: "the venue has no such open order: most likely it has just filled or gone",
    _C.NO_CHANGE: "nothing to do: the order already is as asked",
    _C.RATE: "too fast: wait before sending more",
    _C.TIME: _BY_CODE[ErrorCode.INVALID_TIMESTAMP],
    _C.PERMISSION: "the key, the account or the symbol may not do this",
    _C.SESSION: "the session or the message was faulty: it was not accepted",
    _C.UNKNOWN_OUTCOME: "it may or may not have taken effect: check before sending again",
    _C.OTHER: "",
}


def advice(refusal: Reason) -> str:
    """In one short line; "" when there is nothing sensible to say."""
    if refusal.category is _C.UNKNOWN_OUTCOME:
        return _BY_CLASS[_C.UNKNOWN_OUTCOME]
    name = refusal.text.partition("Filter failure: ")[2].strip(" .")
    if name:
        return _FILTERS.get(name, _BY_CLASS[_C.RULE])
    code = refusal.code
    if code is not None and code not in ENVELOPES and code in _BY_CODE:
        return _BY_CODE[code]
    lowered = refusal.text.lower()
    return next((words for part, words in _BY_TEXT if part in lowered), _BY_CLASS[refusal.category])
