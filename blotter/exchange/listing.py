"""What is listed, with the filters of each symbol (fact sheet sections 9.5 and 12) and how lively it trades.

Data only. A zero in a filter switches that rule off, as on the venue.
"""

from decimal import Decimal

import msgspec

from blotter.trading.enums import SelfTradePreventionMode

ZERO = Decimal(0)
ASSET_DECIMALS = 8
UNIT = Decimal("0.00000001")  # the smallest amount of any asset


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol. Prices in quote asset, quantities in base asset."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal  # PRICE_FILTER
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal  # LOT_SIZE
    min_qty: Decimal
    max_qty: Decimal
    market_step_size: Decimal = ZERO  # MARKET_LOT_SIZE
    market_min_qty: Decimal = ZERO
    market_max_qty: Decimal
    min_notional: Decimal  # NOTIONAL
    max_notional: Decimal
    max_iceberg_parts: int = 100
    max_num_orders: int = 200
    max_num_algo_orders: int = 5
    max_num_order_lists: int = 20
    max_num_order_amends: int = 10
    min_trailing_bips: int = 10  # TRAILING_DELTA, above the market and below it alike
    max_trailing_bips: int = 2_000
    bid_multiplier_up: Decimal = ZERO  # PERCENT_PRICE_BY_SIDE, of the last price
    bid_multiplier_down: Decimal = ZERO
    ask_multiplier_up: Decimal = ZERO
    ask_multiplier_down: Decimal = ZERO
    range_multiplier_up: Decimal = ZERO  # PRICE_RANGE, an execution rule: both sides, of the last price
    range_multiplier_down: Decimal = ZERO
    sor_group: str = ""  # symbols of one group and one base share their books with orders that ask for it
    default_stp: SelfTradePreventionMode = SelfTradePreventionMode.EXPIRE_MAKER
    forbidden_stp: tuple[SelfTradePreventionMode, ...] = (SelfTradePreventionMode.TRANSFER,)
    opening_price: Decimal  # where the house starts
    usual_qty: Decimal  # the size around which the house deals


def listing(
    symbol: str,
    base: str,
    quote: str,
    *,
    tick: str,
    step: str,
    opening: str,
    usual: str,
    min_notional: str,
    banded: bool = False,
    sor_group: str = "",
) -> Listing:
    """A symbol with the usual limits. `opening`: where the house starts; `usual`: the size around which it deals.

    `banded`: limit prices stay between a fifth and five times the last price, and takers within a twentieth of it.
    All but one symbol are without, so that they can be tried at any price."""
    tick_size, step_size = Decimal(tick), Decimal(step)
    up, down = (Decimal(5), Decimal("0.2")) if banded else (ZERO, ZERO)
    range_up, range_down = (Decimal("1.05"), Decimal("0.95")) if banded else (ZERO, ZERO)
    return Listing(
        symbol=symbol,
        base=base,
        quote=quote,
        tick_size=tick_size,
        min_price=tick_size,
        max_price=tick_size * 100_000_000,
        step_size=step_size,
        min_qty=step_size,
        max_qty=step_size * 900_000_000,
        market_max_qty=step_size * 10_000_000,
        min_notional=Decimal(min_notional),
        max_notional=Decimal(9_000_000),
        bid_multiplier_up=up,
        bid_multiplier_down=down,
        ask_multiplier_up=up,
        ask_multiplier_down=down,
        range_multiplier_up=range_up,
        range_multiplier_down=range_down,
        sor_group=sor_group,
        opening_price=Decimal(opening),
        usual_qty=Decimal(usual),
    )


_DOLLARS = "USD"  # quote assets that stand for one another

# The last one exists on the testnet too, on purpose: bytes are not characters, and some characters are wide.
LISTINGS: tuple[Listing, ...] = (
    listing(
        "BTCUSDT",
        "BTC",
        "USDT",
        tick="0.01",
        step="0.00001",
        opening="60000",
        usual="0.05",
        min_notional="5",
        sor_group=_DOLLARS,
    ),
    listing(
        "ETHUSDT", "ETH", "USDT", tick="0.01", step="0.0001", opening="3000", usual="1", min_notional="5"
    ),
    listing(
        "SOLUSDT",
        "SOL",
        "USDT",
        tick="0.01",
        step="0.001",
        opening="150",
        usual="20",
        min_notional="5",
        banded=True,
    ),
    listing(
        "BNBUSDT",
        "BNB",
        "USDT",
        tick="0.01",
        step="0.001",
        opening="640",
        usual="5",
        min_notional="5",
    ),
    listing(
        "ETHBTC",
        "ETH",
        "BTC",
        tick="0.00001",
        step="0.0001",
        opening="0.05",
        usual="1",
        min_notional="0.0001",
    ),
    listing(
        "BTCUSDC",
        "BTC",
        "USDC",
        tick="0.01",
        step="0.00001",
        opening="60000",
        usual="0.03",
        min_notional="5",
        sor_group=_DOLLARS,
    ),
    listing(
        "这是测试币456",
        "这是测试币",
        "456",
        tick="0.0001",
        step="0.1",
        opening="1.2345",
        usual="400",
        min_notional="1",
    ),
)

OPENING_BALANCES: dict[str, Decimal] = {
    "USDT": Decimal(1_000_000),
    "USDC": Decimal(1_000_000),
    "BTC": Decimal(10),
    "ETH": Decimal(200),
    "SOL": Decimal(5_000),
    "BNB": Decimal(1_000),
    "这是测试币": Decimal(100_000),
    "456": Decimal(100_000),
}


def dollar_listings(separator: str) -> tuple[Listing, ...]:
    """What a dialect lists that deals in dollars: BTC, ETH and SOL for USD, as in BTC-USD."""
    return (
        listing(
            f"BTC{separator}USD",
            "BTC",
            "USD",
            tick="0.1",
            step="0.00001",
            opening="60000",
            usual="0.05",
            min_notional="1",
        ),
        listing(
            f"ETH{separator}USD",
            "ETH",
            "USD",
            tick="0.01",
            step="0.0001",
            opening="3000",
            usual="1",
            min_notional="1",
        ),
        listing(
            f"SOL{separator}USD",
            "SOL",
            "USD",
            tick="0.01",
            step="0.001",
            opening="150",
            usual="20",
            min_notional="1",
            banded=True,
        ),
    )


DOLLAR_BALANCES: dict[str, Decimal] = {
    "USD": Decimal(1_000_000),
    "BTC": Decimal(10),
    "ETH": Decimal(200),
    "SOL": Decimal(5_000),
}
"""The opening balances that go with them."""
