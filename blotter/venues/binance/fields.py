"""Type and enum values of every field in Binance's Spot dialect (fact sheet sections 2 and 15, Appendix A).

For both ends of the wire. The types are the schema's and bind who sends: a reader takes ids as text
whatever their type here, and inbound values outside an enum as news, never as errors.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from blotter.venues.binance import tags as t


class Type(Enum):
    """FIX data types in use."""

    BOOLEAN = "BOOLEAN"  # Y or N
    CHAR = "CHAR"
    DATA = "DATA"  # its length stands in the field before
    FLOAT = "FLOAT"
    INT = "INT"  # signed 64 bit
    LENGTH = "LENGTH"
    NUMINGROUP = "NUMINGROUP"
    PRICE = "PRICE"  # plain decimal, no exponent
    QTY = "QTY"  # plain decimal, no exponent
    SEQNUM = "SEQNUM"  # unsigned 32 bit
    STRING = "STRING"
    UTCTIMESTAMP = "UTCTIMESTAMP"


class Field(NamedTuple):
    """What a tag is called and holds. `values`: legal values and their names, empty when it is no enum."""

    name: str
    type: Type
    values: Mapping[str, str] = MappingProxyType({})


FIELDS: dict[int, Field] = {
    t.BEGIN_STRING: Field("BeginString", Type.STRING, {"FIX.4.4": "FIX44"}),
    t.BODY_LENGTH: Field("BodyLength", Type.LENGTH),
    t.CHECK_SUM: Field("CheckSum", Type.STRING),
    t.CL_ORD_ID: Field("ClOrdID", Type.STRING),
    t.CUM_QTY: Field("CumQty", Type.QTY),
    t.CURRENCY: Field("Currency", Type.STRING),
    t.EXEC_ID: Field("ExecID", Type.INT),
    t.EXEC_INST: Field("ExecInst", Type.CHAR, {"6": "PARTICIPATE_DONT_INITIATE"}),
    t.LAST_PX: Field("LastPx", Type.PRICE),
    t.LAST_QTY: Field("LastQty", Type.QTY),
    t.MSG_SEQ_NUM: Field("MsgSeqNum", Type.SEQNUM),
    t.MSG_TYPE: Field(
        "MsgType",
        Type.STRING,
        {
            "0": "HEARTBEAT",
            "1": "TEST_REQUEST",
            "3": "REJECT",
            "5": "LOGOUT",
            "8": "EXECUTION_REPORT",
            "9": "ORDER_CANCEL_REJECT",
            "A": "LOGON",
            "B": "NEWS",
            "D": "NEW_ORDER_SINGLE",
            "E": "NEW_ORDER_LIST",
            "F": "ORDER_CANCEL_REQUEST",
            "N": "LIST_STATUS",
            "q": "ORDER_MASS_CANCEL_REQUEST",
            "r": "ORDER_MASS_CANCEL_REPORT",
            "XAK": "ORDER_AMEND_KEEP_PRIORITY_REQUEST",
            "XAR": "ORDER_AMEND_REJECT",
            "XCN": "ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE",
            "XLQ": "LIMIT_QUERY",
            "XLR": "LIMIT_RESPONSE",
            "V": "MARKET_DATA_REQUEST",
            "W": "MARKET_DATA_SNAPSHOT",
            "X": "MARKET_DATA_INCREMENTAL_REFRESH",
            "Y": "MARKET_DATA_REQUEST_REJECT",
            "x": "INSTRUMENT_LIST_REQUEST",
            "y": "INSTRUMENT_LIST",
        },
    ),
    t.ORDER_ID: Field("OrderID", Type.INT),
    t.ORDER_QTY: Field("OrderQty", Type.QTY),
    t.ORD_STATUS: Field(
        "OrdStatus",
        Type.CHAR,
        {
            "0": "NEW",
            "1": "PARTIALLY_FILLED",
            "2": "FILLED",
            "4": "CANCELED",
            "6": "PENDING_CANCEL",
            "8": "REJECTED",
            "A": "PENDING_NEW",
            "C": "EXPIRED",
        },
    ),
    t.ORD_TYPE: Field(
        "OrdType", Type.CHAR, {"1": "MARKET", "2": "LIMIT", "3": "STOP", "4": "STOP_LIMIT", "P": "PEGGED"}
    ),
    t.ORIG_CL_ORD_ID: Field("OrigClOrdID", Type.STRING),
    t.PRICE: Field("Price", Type.PRICE),
    t.REF_SEQ_NUM: Field("RefSeqNum", Type.INT),
    t.SENDER_COMP_ID: Field("SenderCompID", Type.STRING),
    t.SENDING_TIME: Field("SendingTime", Type.UTCTIMESTAMP),
    t.SIDE: Field("Side", Type.CHAR, {"1": "BUY", "2": "SELL"}),
    t.SYMBOL: Field("Symbol", Type.STRING),
    t.TARGET_COMP_ID: Field("TargetCompID", Type.STRING),
    t.TEXT: Field("Text", Type.STRING),
    t.TIME_IN_FORCE: Field(
        "TimeInForce", Type.CHAR, {"1": "GOOD_TILL_CANCEL", "3": "IMMEDIATE_OR_CANCEL", "4": "FILL_OR_KILL"}
    ),
    t.TRANSACT_TIME: Field("TransactTime", Type.UTCTIMESTAMP),
    t.LIST_ID: Field("ListID", Type.INT),
    t.ALLOC_ID: Field("AllocID", Type.INT),
    t.NO_ORDERS: Field("NoOrders", Type.NUMINGROUP),
    t.RAW_DATA_LENGTH: Field("RawDataLength", Type.LENGTH),
    t.RAW_DATA: Field("RawData", Type.DATA),
    t.ENCRYPT_METHOD: Field("EncryptMethod", Type.INT, {"0": "NONE"}),
    t.ORD_REJ_REASON: Field("OrdRejReason", Type.INT, {"99": "OTHER"}),
    t.HEART_BT_INT: Field("HeartBtInt", Type.INT),
    t.MAX_FLOOR: Field("MaxFloor", Type.QTY),
    t.TEST_REQ_ID: Field("TestReqID", Type.STRING),
    t.NO_MISC_FEES: Field("NoMiscFees", Type.NUMINGROUP),
    t.MISC_FEE_AMT: Field("MiscFeeAmt", Type.QTY),
    t.MISC_FEE_CURR: Field("MiscFeeCurr", Type.STRING),
    t.MISC_FEE_TYPE: Field("MiscFeeType", Type.INT, {"4": "EXCHANGE_FEES"}),
    t.RESET_SEQ_NUM_FLAG: Field("ResetSeqNumFlag", Type.BOOLEAN, {"Y": "YES", "N": "NO"}),
    t.NO_RELATED_SYM: Field("NoRelatedSym", Type.NUMINGROUP),
    t.HEADLINE: Field("Headline", Type.STRING),
    t.EXEC_TYPE: Field(
        "ExecType",
        Type.CHAR,
        {"0": "NEW", "4": "CANCELED", "5": "REPLACED", "8": "REJECTED", "F": "TRADE", "C": "EXPIRED"},
    ),
    t.LEAVES_QTY: Field("LeavesQty", Type.QTY),
    t.CASH_ORDER_QTY: Field("CashOrderQty", Type.QTY),
    t.PEG_OFFSET_VALUE: Field("PegOffsetValue", Type.FLOAT),
    t.MD_REQ_ID: Field("MDReqID", Type.STRING),
    t.SUBSCRIPTION_REQUEST_TYPE: Field(
        "SubscriptionRequestType", Type.CHAR, {"1": "SUBSCRIBE", "2": "UNSUBSCRIBE"}
    ),
    t.MARKET_DEPTH: Field("MarketDepth", Type.INT),
    t.AGGREGATED_BOOK: Field("AggregatedBook", Type.BOOLEAN, {"Y": "BOOK_ENTRIES_TO_BE_AGGREGATED"}),
    t.NO_MD_ENTRY_TYPES: Field("NoMDEntryTypes", Type.NUMINGROUP),
    t.NO_MD_ENTRIES: Field("NoMDEntries", Type.NUMINGROUP),
    t.MD_ENTRY_TYPE: Field("MDEntryType", Type.CHAR, {"0": "BID", "1": "OFFER", "2": "TRADE"}),
    t.MD_ENTRY_PX: Field("MDEntryPx", Type.PRICE),
    t.MD_ENTRY_SIZE: Field("MDEntrySize", Type.QTY),
    t.MD_UPDATE_ACTION: Field("MDUpdateAction", Type.CHAR, {"0": "NEW", "1": "CHANGE", "2": "DELETE"}),
    t.MD_REQ_REJ_REASON: Field(
        "MDReqRejReason", Type.CHAR, {"1": "DUPLICATE_MDREQID", "2": "TOO_MANY_SUBSCRIPTIONS"}
    ),
    t.INSTRUMENT_REQ_ID: Field("InstrumentReqID", Type.STRING),
    t.REF_TAG_ID: Field("RefTagID", Type.INT),
    t.REF_MSG_TYPE: Field("RefMsgType", Type.STRING),
    t.SESSION_REJECT_REASON: Field(
        "SessionRejectReason",
        Type.INT,
        {
            "0": "INVALID_TAG_NUMBER",
            "1": "REQUIRED_TAG_MISSING",
            "2": "TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE",
            "3": "UNDEFINED_TAG",
            "5": "VALUE_IS_INCORRECT",
            "6": "INCORRECT_DATA_FORMAT_FOR_VALUE",
            "8": "SIGNATURE_PROBLEM",
            "10": "SENDINGTIME_ACCURACY_PROBLEM",
            "13": "TAG_APPEARS_MORE_THAN_ONCE",
            "14": "TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER",
            "15": "REPEATING_GROUP_FIELDS_OUT_OF_ORDER",
            "16": "INCORRECT_NUMINGROUP_COUNT_FOR_REPEATING_GROUP",
            "99": "OTHER",
        },
    ),
    t.LIST_STATUS_TYPE: Field(
        "ListStatusType", Type.INT, {"2": "RESPONSE", "4": "EXEC_STARTED", "5": "ALL_DONE", "100": "UPDATED"}
    ),
    t.LIST_ORDER_STATUS: Field(
        "ListOrderStatus", Type.INT, {"3": "EXECUTING", "6": "ALL_DONE", "7": "REJECT"}
    ),
    t.CXL_REJ_RESPONSE_TO: Field("CxlRejResponseTo", Type.CHAR, {"1": "ORDER_CANCEL_REQUEST"}),
    t.MASS_CANCEL_REQUEST_TYPE: Field("MassCancelRequestType", Type.CHAR, {"1": "CANCEL_SYMBOL_ORDERS"}),
    t.MASS_CANCEL_RESPONSE: Field(
        "MassCancelResponse", Type.CHAR, {"0": "CANCEL_REQUEST_REJECTED", "1": "CANCEL_SYMBOL_ORDERS"}
    ),
    t.MASS_CANCEL_REJECT_REASON: Field("MassCancelRejectReason", Type.INT, {"99": "OTHER"}),
    t.TOTAL_AFFECTED_ORDERS: Field("TotalAffectedOrders", Type.INT),
    t.USERNAME: Field("Username", Type.STRING),
    t.INSTRUMENT_LIST_REQUEST_TYPE: Field(
        "InstrumentListRequestType", Type.INT, {"0": "SINGLE_INSTRUMENT", "4": "ALL_INSTRUMENTS"}
    ),
    t.MIN_TRADE_VOL: Field("MinTradeVol", Type.QTY),
    t.MATCH_TYPE: Field("MatchType", Type.STRING, {"1": "ONE_PARTY_TRADE_REPORT", "4": "AUTO_MATCH"}),
    t.WORKING_INDICATOR: Field("WorkingIndicator", Type.BOOLEAN),
    t.PRICE_DELTA: Field("PriceDelta", Type.INT),
    t.PEG_MOVE_TYPE: Field("PegMoveType", Type.INT, {"1": "FIXED"}),
    t.PEG_OFFSET_TYPE: Field("PegOffsetType", Type.CHAR, {"3": "PRICE_TIER"}),
    t.PEGGED_PRICE: Field("PeggedPrice", Type.PRICE),
    t.TARGET_STRATEGY: Field("TargetStrategy", Type.INT),
    t.LAST_FRAGMENT: Field("LastFragment", Type.BOOLEAN, {"N": "NOT_LAST_MESSAGE", "Y": "LAST_MESSAGE"}),
    t.MIN_PRICE_INCREMENT: Field("MinPriceIncrement", Type.PRICE),
    t.TRADE_ID: Field("TradeID", Type.INT),
    t.AGGRESSOR_INDICATOR: Field(
        "AggressorIndicator",
        Type.BOOLEAN,
        {"Y": "ORDER_INITIATOR_IS_AGGRESSOR", "N": "ORDER_INITIATOR_IS_PASSIVE"},
    ),
    t.PEG_PRICE_TYPE: Field("PegPriceType", Type.CHAR, {"4": "MARKET_PEG", "5": "PRIMARY_PEG"}),
    t.TRIGGER_TYPE: Field("TriggerType", Type.CHAR, {"4": "PRICE_MOVEMENT"}),
    t.TRIGGER_ACTION: Field("TriggerAction", Type.CHAR, {"1": "ACTIVATE"}),
    t.TRIGGER_PRICE: Field("TriggerPrice", Type.PRICE),
    t.TRIGGER_PRICE_TYPE: Field("TriggerPriceType", Type.CHAR, {"2": "LAST_TRADE"}),
    t.TRIGGER_PRICE_DIRECTION: Field(
        "TriggerPriceDirection",
        Type.CHAR,
        {"U": "PRICE_GOES_UP_TO_OR_THROUGH", "D": "PRICE_GOES_DOWN_TO_OR_THROUGH"},
    ),
    t.MAX_TRADE_VOL: Field("MaxTradeVol", Type.QTY),
    t.CONTINGENCY_TYPE: Field(
        "ContingencyType", Type.INT, {"1": "ONE_CANCELS_THE_OTHER", "2": "ONE_TRIGGERS_THE_OTHER"}
    ),
    t.LIST_REJECT_REASON: Field("ListRejectReason", Type.INT, {"99": "OTHER"}),
    t.AGGRESSOR_SIDE: Field("AggressorSide", Type.CHAR, {"1": "BUY", "2": "SELL"}),
    t.START_PRICE_RANGE: Field("StartPriceRange", Type.PRICE),
    t.END_PRICE_RANGE: Field("EndPriceRange", Type.PRICE),
    t.REQ_ID: Field("ReqID", Type.STRING),
    t.STRATEGY_ID: Field("StrategyID", Type.INT),
    t.DROP_COPY_FLAG: Field("DropCopyFlag", Type.BOOLEAN),
    t.RECV_WINDOW: Field("RecvWindow", Type.FLOAT),
    t.SELF_TRADE_PREVENTION_MODE: Field(
        "SelfTradePreventionMode",
        Type.CHAR,
        {
            "1": "NONE",
            "2": "EXPIRE_TAKER",
            "3": "EXPIRE_MAKER",
            "4": "EXPIRE_BOTH",
            "5": "DECREMENT",
            "6": "TRANSFER",
        },
    ),
    t.CANCEL_RESTRICTIONS: Field(
        "CancelRestrictions", Type.INT, {"1": "ONLY_NEW", "2": "ONLY_PARTIALLY_FILLED"}
    ),
    t.NO_LIMIT_INDICATORS: Field("NoLimitIndicators", Type.NUMINGROUP),
    t.LIMIT_TYPE: Field(
        "LimitType", Type.CHAR, {"1": "ORDER_LIMIT", "2": "MESSAGE_LIMIT", "3": "SUBSCRIPTION_LIMIT"}
    ),
    t.LIMIT_COUNT: Field("LimitCount", Type.INT),
    t.LIMIT_MAX: Field("LimitMax", Type.INT),
    t.LIMIT_RESET_INTERVAL: Field("LimitResetInterval", Type.INT),
    t.LIMIT_RESET_INTERVAL_RESOLUTION: Field(
        "LimitResetIntervalResolution", Type.CHAR, {"s": "SECOND", "m": "MINUTE", "h": "HOUR", "d": "DAY"}
    ),
    t.TRIGGER_TRAILING_DELTA_BIPS: Field("TriggerTrailingDeltaBips", Type.INT),
    t.NO_LIST_TRIGGERING_INSTRUCTIONS: Field("NoListTriggeringInstructions", Type.NUMINGROUP),
    t.LIST_TRIGGER_TYPE: Field(
        "ListTriggerType", Type.CHAR, {"1": "ACTIVATED", "2": "PARTIALLY_FILLED", "3": "FILLED"}
    ),
    t.LIST_TRIGGER_TRIGGER_INDEX: Field("ListTriggerTriggerIndex", Type.INT),
    t.LIST_TRIGGER_ACTION: Field("ListTriggerAction", Type.CHAR, {"1": "RELEASE", "2": "CANCEL"}),
    t.CL_LIST_ID: Field("ClListID", Type.STRING),
    t.ORIG_CL_LIST_ID: Field("OrigClListID", Type.STRING),
    t.ERROR_CODE: Field("ErrorCode", Type.INT),
    t.CUM_QUOTE_QTY: Field("CumQuoteQty", Type.QTY),
    t.ORDER_CREATION_TIME: Field("OrderCreationTime", Type.UTCTIMESTAMP),
    t.WORKING_FLOOR: Field("WorkingFloor", Type.INT, {"1": "EXCHANGE", "2": "BROKER", "3": "SOR"}),
    t.TRAILING_TIME: Field("TrailingTime", Type.UTCTIMESTAMP),
    t.WORKING_TIME: Field("WorkingTime", Type.UTCTIMESTAMP),
    t.PREVENTED_MATCH_ID: Field("PreventedMatchID", Type.INT),
    t.PREVENTED_EXECUTION_PRICE: Field("PreventedExecutionPrice", Type.PRICE),
    t.PREVENTED_EXECUTION_QTY: Field("PreventedExecutionQty", Type.QTY),
    t.TRADE_GROUP_ID: Field("TradeGroupID", Type.INT),
    t.COUNTER_SYMBOL: Field("CounterSymbol", Type.STRING),
    t.COUNTER_ORDER_ID: Field("CounterOrderID", Type.INT),
    t.PREVENTED_QTY: Field("PreventedQty", Type.QTY),
    t.LAST_PREVENTED_QTY: Field("LastPreventedQty", Type.QTY),
    t.SOR: Field("SOR", Type.BOOLEAN),
    t.CANCEL_AND_NEW_MODE: Field(
        "OrderCancelRequestAndNewOrderSingleMode", Type.INT, {"1": "STOP_ON_FAILURE", "2": "ALLOW_FAILURE"}
    ),
    t.CANCEL_CL_ORD_ID: Field("CancelClOrdID", Type.STRING),
    t.MESSAGE_HANDLING: Field("MessageHandling", Type.INT, {"1": "UNORDERED", "2": "SEQUENTIAL"}),
    t.RESPONSE_MODE: Field("ResponseMode", Type.INT, {"1": "EVERYTHING", "2": "ONLY_ACKS"}),
    t.UUID: Field("UUID", Type.STRING),
    t.ORDER_RATE_LIMIT_EXCEEDED_MODE: Field(
        "OrderRateLimitExceededMode", Type.INT, {"1": "DO_NOTHING", "2": "CANCEL_ONLY"}
    ),
    t.MIN_QTY_INCREMENT: Field("MinQtyIncrement", Type.QTY),
    t.MARKET_MIN_TRADE_VOL: Field("MarketMinTradeVol", Type.QTY),
    t.MARKET_MAX_TRADE_VOL: Field("MarketMaxTradeVol", Type.QTY),
    t.MARKET_MIN_QTY_INCREMENT: Field("MarketMinQtyIncrement", Type.QTY),
    t.FIRST_BOOK_UPDATE_ID: Field("FirstBookUpdateID", Type.INT),
    t.LAST_BOOK_UPDATE_ID: Field("LastBookUpdateID", Type.INT),
    t.EXECUTION_REPORT_TYPE: Field("ExecutionReportType", Type.INT, {"1": "FULL", "2": "MINI"}),
    t.OPO: Field("OPO", Type.BOOLEAN),
    t.SBE_SCHEMA_ID: Field("SBESchemaID", Type.INT),
    t.SBE_SCHEMA_VERSION: Field("SBESchemaVersion", Type.INT),
    t.SBE_SCHEMA_VERSION_DEPRECATED: Field("SBESchemaVersionDeprecated", Type.INT),
    t.EXPIRY_REASON: Field(
        "ExpiryReason",
        Type.INT,
        {
            "1": "REJECTED",
            "2": "EXCHANGE_CANCELED",
            "3": "OCO_TRIGGER",
            "4": "OTO_PHASE_ONE_EXPIRED",
            "5": "UNFILLED_IOC_QUANTITY_EXPIRED",
            "6": "UNFILLED_FOK_ORDER_EXPIRED",
            "7": "INSUFFICIENT_LIQUIDITY",
            "8": "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
        },
    ),
}
