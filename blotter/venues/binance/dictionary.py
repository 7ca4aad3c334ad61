"""Binance's own names for people: fields, enum meanings, messages and group members on top of FIX 4.4's."""

from blotter.fix.fix44 import FIX44
from blotter.venues.binance import tags as t
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.tags import MsgType

_MESSAGES = {
    MsgType.MARKET_DATA_SNAPSHOT: "MarketDataSnapshot",
    MsgType.INSTRUMENT_LIST_REQUEST: "InstrumentListRequest",
    MsgType.INSTRUMENT_LIST: "InstrumentList",
    MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST: "OrderAmendKeepPriorityRequest",
    MsgType.ORDER_AMEND_REJECT: "OrderAmendReject",
    MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE: "OrderCancelRequestAndNewOrderSingle",
    MsgType.LIMIT_QUERY: "LimitQuery",
    MsgType.LIMIT_RESPONSE: "LimitResponse",
}

_TRIGGERING = {t.LIST_TRIGGER_TYPE, t.LIST_TRIGGER_TRIGGER_INDEX, t.LIST_TRIGGER_ACTION}
_GROUPS = {
    t.NO_MISC_FEES: {t.MISC_FEE_AMT, t.MISC_FEE_CURR, t.MISC_FEE_TYPE},
    t.NO_LIST_TRIGGERING_INSTRUCTIONS: _TRIGGERING,
    # Legs of a NewOrderList and of a ListStatus; neither message has the other's members beside its legs.
    t.NO_ORDERS: {
        t.CL_ORD_ID,
        t.SYMBOL,
        t.ORDER_ID,
        t.ORDER_QTY,
        t.ORD_TYPE,
        t.EXEC_INST,
        t.PRICE,
        t.TRIGGER_TYPE,
        t.TRIGGER_ACTION,
        t.TRIGGER_PRICE,
        t.TRIGGER_PRICE_TYPE,
        t.TRIGGER_PRICE_DIRECTION,
        t.TRIGGER_TRAILING_DELTA_BIPS,
        t.PEG_OFFSET_VALUE,
        t.PEG_PRICE_TYPE,
        t.PEG_MOVE_TYPE,
        t.PEG_OFFSET_TYPE,
        t.SIDE,
        t.TIME_IN_FORCE,
        t.MAX_FLOOR,
        t.CASH_ORDER_QTY,
        t.TARGET_STRATEGY,
        t.STRATEGY_ID,
        t.SELF_TRADE_PREVENTION_MODE,
        t.ORD_REJ_REASON,
        t.ERROR_CODE,
        t.TEXT,
        t.NO_LIST_TRIGGERING_INSTRUCTIONS,
        *_TRIGGERING,
    },
    t.NO_LIMIT_INDICATORS: {
        t.LIMIT_TYPE,
        t.LIMIT_COUNT,
        t.LIMIT_MAX,
        t.LIMIT_RESET_INTERVAL,
        t.LIMIT_RESET_INTERVAL_RESOLUTION,
    },
    # Of a MarketDataRequest, where only Symbol occurs, and of an InstrumentList.
    t.NO_RELATED_SYM: {
        t.SYMBOL,
        t.CURRENCY,
        t.MIN_TRADE_VOL,
        t.MAX_TRADE_VOL,
        t.MIN_QTY_INCREMENT,
        t.MARKET_MIN_TRADE_VOL,
        t.MARKET_MAX_TRADE_VOL,
        t.MARKET_MIN_QTY_INCREMENT,
        t.START_PRICE_RANGE,
        t.END_PRICE_RANGE,
        t.MIN_PRICE_INCREMENT,
    },
    t.NO_MD_ENTRY_TYPES: {t.MD_ENTRY_TYPE},
    t.NO_MD_ENTRIES: {
        t.MD_UPDATE_ACTION,
        t.MD_ENTRY_TYPE,
        t.MD_ENTRY_PX,
        t.MD_ENTRY_SIZE,
        t.SYMBOL,
        t.TRANSACT_TIME,
        t.TRADE_ID,
        t.AGGRESSOR_SIDE,
        t.FIRST_BOOK_UPDATE_ID,
        t.LAST_BOOK_UPDATE_ID,
    },
}

DICTIONARY = FIX44.extended(
    "Binance Spot",
    fields={tag: field.name for tag, field in FIELDS.items()},
    enums={tag: field.values for tag, field in FIELDS.items() if field.values},
    messages=_MESSAGES,
    groups={count: frozenset(members) for count, members in _GROUPS.items()},
)
