"""The words of an order line and what each means. `PRICE_WORDS` are with the prices, in `blotter.trading.words`."""

from blotter.trading.enums import OrdType, PegPriceType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.words import PRICE_WORDS

SIDES = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}
TIMES = {
    "gtc": TimeInForce.GOOD_TILL_CANCEL,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL,
    "fok": TimeInForce.FILL_OR_KILL,
    "day": TimeInForce.DAY,
    "gtd": TimeInForce.GOOD_TILL_DATE,
}
STP_MODES = {
    "none": SelfTradePreventionMode.NONE,
    "taker": SelfTradePreventionMode.EXPIRE_TAKER,
    "maker": SelfTradePreventionMode.EXPIRE_MAKER,
    "both": SelfTradePreventionMode.EXPIRE_BOTH,
    "decrement": SelfTradePreventionMode.DECREMENT,
    "transfer": SelfTradePreventionMode.TRANSFER,
}
TYPES = {"limit": OrdType.LIMIT, "market": OrdType.MARKET, "mkt": OrdType.MARKET}
TRIGGERS = {"stop": False, "take": True}  # whether it takes profit
TRAIL = "trail"
PEGS = {"primary": PegPriceType.PRIMARY_PEG, "market": PegPriceType.MARKET_PEG}
POST = ("post", "maker")
SHOW = ("show", "iceberg")
OPTIONS = (
    *TYPES,
    *TRIGGERS,
    TRAIL,
    "from",
    "peg",
    *TIMES,
    *POST,
    *SHOW,
    "stp",
    "strategy",
    "id",
    "sor",
    *PRICE_WORDS,
)
