"""Coinbase Exchange's own names for people, on top of FIX 5.0 SP2's (other-venues sheet 5.1)."""

from blotter.fix.fixt11 import names

DICTIONARY = names().extended(
    "Coinbase Exchange",
    fields={
        7928: "SelfTradeType",
        8001: "DefaultSelfTradePreventionStrategy",
        8013: "CancelOrdersOnDisconnect",
        8014: "BatchID",
        9406: "DropCopyFlag",
    },
    enums={
        18: {"A": "ADD_LIQUIDITY_ONLY"},
        40: {"O": "TAKE_PROFIT_STOP_LOSS"},
        7928: {
            "D": "DECREMENT_AND_CANCEL",
            "O": "CANCEL_OLDEST",
            "N": "CANCEL_NEWEST",
            "B": "CANCEL_BOTH",
        },
        8013: {"S": "CANCEL_OF_SESSION", "Y": "CANCEL_OF_PROFILE"},
    },
    messages={
        "U4": "OrderCancelBatch",
        "U5": "OrderCancelBatchReject",
        "U6": "NewOrderBatch",
        "U7": "NewOrderBatchReject",
    },
)
