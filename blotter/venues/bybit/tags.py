"""Bybit's own fields and messages, and their names for people (other-venues sheet 2; the field tables of its pages
"Place Order", "Amend Order", "Cancel Order", "Execution Report")."""

from typing import Final

from blotter.fix.fix44 import FIX44

RECV_WINDOW: Final = 30001
CLIENT_TIME: Final = 30002
REQ_ID: Final = 30006
BAPI_LIMIT: Final = 30007
BAPI_LIMIT_STATUS: Final = 30008
CATEGORY: Final = 30010
MARKET_UNIT: Final = 30013
SMP_TYPE: Final = 30018
EXPIRES: Final = 30023
ORDER_FILTER: Final = 30024
CUM_VALUE: Final = 30038
CANCEL_TYPE: Final = 30040
STOP_ORDER_TYPE: Final = 30042
NO_FILLS: Final = 30050
FILL_EXEC_ID: Final = 30051
FILL_QTY: Final = 30052
FILL_PX: Final = 30053
FILL_TIME: Final = 30054
FILL_COMMISSION: Final = 30055
FILL_COMM_CURR: Final = 30056
FILL_IS_MAKER: Final = 30058
RESPONSE_MODE: Final = 25036

AMEND_REQUEST: Final = "XAR"
AMEND_ACK: Final = "XAA"
CANCEL_ACK: Final = "XCA"

FILL_TAGS: Final = frozenset(
    {FILL_EXEC_ID, FILL_QTY, FILL_PX, FILL_TIME, FILL_COMMISSION, FILL_COMM_CURR, FILL_IS_MAKER}
    | {30057, 30059, 30063, 30064, 30065, 30066}
)
"""What an entry of NoFills may hold."""

DICTIONARY = FIX44.extended(
    "Bybit",
    fields={
        RESPONSE_MODE: "ResponseMode",
        RECV_WINDOW: "RecvWindow",
        CLIENT_TIME: "ClientTime",
        30005: "TraceId",
        REQ_ID: "ReqId",
        BAPI_LIMIT: "BapiLimit",
        BAPI_LIMIT_STATUS: "BapiLimitStatus",
        30009: "BapiLimitResetTimestamp",
        CATEGORY: "Category",
        MARKET_UNIT: "MarketUnit",
        30014: "IsLeverage",
        SMP_TYPE: "SmpType",
        30019: "RpiTakerAccess",
        30022: "SlippageToleranceType",
        EXPIRES: "Expires",
        ORDER_FILTER: "OrderFilter",
        30026: "TakeProfitPrice",
        30027: "StopLossPrice",
        30034: "SlippageTolerance",
        CUM_VALUE: "CumValue",
        30039: "CreateTime",
        CANCEL_TYPE: "CancelType",
        30041: "LeavesValue",
        STOP_ORDER_TYPE: "StopOrderType",
        30046: "LastPriceOnCreated",
        NO_FILLS: "NoFills",
        FILL_EXEC_ID: "FillExecID",
        FILL_QTY: "FillQty",
        FILL_PX: "FillPx",
        FILL_TIME: "FillTime",
        FILL_COMMISSION: "FillCommission",
        FILL_COMM_CURR: "FillCommCurr",
        30057: "FillValue",
        FILL_IS_MAKER: "FillIsMaker",
        30059: "FillCommRate",
        30060: "NoFeeDetails",
        30061: "FeeCoin",
        30062: "Fee",
        30063: "FillExecType",
        30064: "FillLeavesQty",
        30065: "FillSeq",
    },
    enums={
        39: {"D": "DEACTIVATED", "F": "PARTIALLY_FILLED_CANCELED", "T": "TRIGGERED", "U": "UNTRIGGERED"},
        59: {"P": "POST_ONLY", "R": "RPI"},
        150: {"D": "DEACTIVATED", "T": "TRIGGERED", "U": "UNTRIGGERED"},
        RESPONSE_MODE: {"1": "EVERYTHING", "2": "ONLY_ACKS"},
    },
    messages={
        AMEND_REQUEST: "AtomicReplaceRequest",
        AMEND_ACK: "OrderAmendAck",
        CANCEL_ACK: "OrderCancelAck",
    },
    groups={NO_FILLS: FILL_TAGS, 30060: frozenset({30061, 30062})},
)
