"""Deribit's own names for people, on top of FIX 4.4's (other-venues sheet 4.1)."""

from typing import Final

from blotter.fix.fix44 import FIX44

NO_FILLS: Final = 1362

DICTIONARY = FIX44.extended(
    "Deribit",
    fields={
        231: "ContractMultiplier",
        527: "SecondaryExecID",
        854: "QtyType",
        880: "TrdMatchID",
        969: "MinPriceIncrement",
        1088: "RefreshQty",
        1138: "DisplayQty",
        1188: "Volatility",
        NO_FILLS: "NoFills",
        1363: "FillExecID",
        1364: "FillPx",
        1365: "FillQty",
        1443: "FillLiquidityInd",
        1524: "PriceQuoteCurrency",
        2576: "InstrumentPricePrecision",
        5127: "ConditionTriggerMethod",
        9001: "CancelOnDisconnect",
        9003: "DontCancelOnDisconnect",
        9008: "DeribitMMProtection",
        9014: "MassStatusReqIDType",
        9015: "ReportFillsAsExecReports",
        9019: "MMPGroup",
        9034: "IsLiquidation",
        9035: "IsRebalance",
        9036: "IsRiskReducing",
        100010: "DeribitLabel",
        100012: "DeribitAdvOrderType",
    },
    enums={
        18: {"6A": "POST_ONLY_OR_REJECT", "E": "REDUCE_ONLY"},
        40: {"K": "MARKET_TO_LIMIT", "J": "MARKET_IF_TOUCHED", "S": "STOP_MARKET"},
        854: {"0": "UNITS", "1": "CONTRACTS"},
        1443: {"1": "ADDED_LIQUIDITY", "2": "REMOVED_LIQUIDITY"},
        5127: {"1": "MARK_PRICE", "2": "TRADE", "3": "INDEX"},
    },
    groups={NO_FILLS: frozenset({1363, 1364, 1365, 1443})},
)
