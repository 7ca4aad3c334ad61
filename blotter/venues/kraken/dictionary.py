"""Kraken's own names for people, on top of FIX 4.4's (other-venues sheet 6.1)."""

from typing import Final

from blotter.fix.fix44 import FIX44

LIQUIDITY_IND: Final = 5050

DICTIONARY = FIX44.extended(
    "Kraken",
    fields={
        388: "TriggerPriceType",  # DiscretionInst in FIX 4.4
        1003: "TradeID",
        1102: "TriggerPrice",
        1138: "DisplayQty",
        5001: "Leverage",
        5025: "Nonce",
        5030: "ForceResetClOrdID",
        LIQUIDITY_IND: "LiquidityInd",
        7928: "SelfTradePrevention",
        8674: "CancelOrdersOnDisconnect",
    },
    enums={
        18: {
            "P": "POST_ONLY",
            "E": "REDUCE_ONLY",
            "v": "QTY_IN_QUOTE",
            "f": "FEE_IN_BASE",
            "q": "FEE_IN_QUOTE",
        },
        40: {
            "R": "TAKE_PROFIT",
            "T": "TAKE_PROFIT_LIMIT",
            "U": "TRAILING_STOP",
            "V": "TRAILING_STOP_LIMIT",
        },
        380: {"6": "NOT_AUTHORIZED", "101": "UNKNOWN_ORDER", "104": "ORDER_TOO_OLD"},
        LIQUIDITY_IND: {"0": "MAKER", "1": "TAKER"},
        7928: {"0": "CANCEL_BOTH", "1": "CANCEL_NEWEST", "2": "CANCEL_OLDEST"},
        8674: {"0": "CANCEL_ALL", "1": "CANCEL_NONE"},
    },
)
