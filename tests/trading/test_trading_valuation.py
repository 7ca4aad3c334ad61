"""What holdings are worth: nothing is guessed, nothing stale counts, and money is conserved."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.enums import Side
from blotter.trading.event import Fee
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.position import Position
from blotter.trading.valuation import Prices, flows, profit, unlisted

SECOND = 1_000_000_000
NOW = 1_000 * SECOND
AGE = 60 * SECOND
BTC = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
ETH = Instrument(symbol="ETHBTC", base="ETH", quote="BTC")
BNB = Instrument(symbol="BNBUSDT", base="BNB", quote="USDT")
LISTED = {i.symbol: i for i in (BTC, ETH, BNB)}


def quote(symbol: str, bid: str | None, ask: str | None, age: int = 0) -> Quote:
    return Quote(
        symbol=symbol,
        at=NOW - age,
        bid=None if bid is None else Decimal(bid),
        ask=None if ask is None else Decimal(ask),
    )


def prices(*quotes: Quote) -> Prices:
    return Prices(LISTED, {q.symbol: q for q in quotes}, NOW, AGE)


def test_an_asset_is_worth_itself() -> None:
    assert prices().worth(Decimal("2.5"), "XYZ", "XYZ") == Decimal("2.5")


def test_one_pair_converts_both_ways() -> None:
    market = prices(quote("BTCUSDT", "49000", "51000"))
    assert market.worth(Decimal(2), "BTC", "USDT") == Decimal(100_000)
    assert market.worth(Decimal(100_000), "USDT", "BTC") == Decimal(2)


def test_two_pairs_convert_by_way_of_what_they_share() -> None:
    market = prices(quote("BTCUSDT", "50000", "50000"), quote("ETHBTC", "0.05", "0.05"))
    assert market.worth(Decimal(2), "ETH", "USDT") == Decimal(5000)


def test_no_price_is_none_and_never_zero() -> None:
    assert prices().worth(Decimal(1), "BTC", "USDT") is None
    assert prices(quote("BTCUSDT", None, "51000")).worth(Decimal(1), "BTC", "USDT") is None


def test_a_stale_quote_prices_nothing() -> None:
    assert prices(quote("BTCUSDT", "1", "3", age=AGE)).mid("BTCUSDT") == 2
    assert prices(quote("BTCUSDT", "1", "3", age=AGE + 1)).mid("BTCUSDT") is None


def test_a_profit_with_its_mark_and_its_fees_in_three_assets() -> None:
    position = (
        Position(symbol="BTCUSDT")
        .traded(Side.BUY, Decimal(2), Decimal(80_000))
        .traded(Side.SELL, Decimal(1), Decimal(45_000))
        .charged([Fee(Decimal(10), "USDT"), Fee(Decimal(1), "BNB"), Fee(Decimal(3), "XYZ")])
    )
    at = quote("BTCUSDT", "49999", "50001", age=SECOND)
    now = profit(position, BTC, at, prices(at, quote("BNBUSDT", "600", "600")))
    assert now.mark == 50_000
    assert now.mark_at == NOW - SECOND
    assert now.realised == 5_000
    assert now.unrealised == 10_000
    assert now.fees == 610
    assert now.unpriced_fees == (Fee(Decimal(3), "XYZ"),)
    assert now.total is None  # a part of it is not known


def test_a_stale_mark_leaves_the_profit_open_but_not_what_is_realised() -> None:
    position = Position(symbol="BTCUSDT").traded(Side.BUY, Decimal(1), Decimal(40_000))
    old = quote("BTCUSDT", "50000", "50000", age=AGE + 1)
    now = profit(position, BTC, old, prices(old))
    assert (now.mark, now.unrealised, now.total) == (None, None, None)
    assert now.mark_at == old.at


def test_a_flat_position_needs_no_mark() -> None:
    flat = (
        Position(symbol="BTCUSDT")
        .traded(Side.BUY, Decimal(1), Decimal(10))
        .traded(Side.SELL, Decimal(1), Decimal(12))
    )
    assert profit(flat, BTC, None, prices()).total == 2


def test_positions_of_symbols_nobody_lists_are_named() -> None:
    positions = [Position(symbol="NEWUSDT"), Position(symbol="BTCUSDT")]
    assert unlisted(positions, LISTED) == ("NEWUSDT",)


amounts = st.decimals(min_value="0.001", max_value="1000", places=3)


@given(st.lists(st.tuples(st.sampled_from(Side), amounts, amounts, amounts), max_size=20))
def test_flows_are_what_changed_hands(trades: list[tuple[Side, Decimal, Decimal, Decimal]]) -> None:
    position, base, cash, fees = Position(symbol="BTCUSDT"), Decimal(0), Decimal(0), Decimal(0)
    for side, qty, px, fee in trades:
        position = position.traded(side, qty, qty * px).charged([Fee(fee, "BNB")])
        base += side.sign * qty
        cash -= side.sign * qty * px
        fees += fee
    total = flows([position], LISTED)
    assert total["BTC"] == base
    assert abs(total["USDT"] - cash) < Decimal("1e-15")
    assert total.get("BNB", Decimal(0)) == -fees


@given(st.lists(st.tuples(st.sampled_from(Side), amounts, amounts), min_size=1, max_size=20), amounts)
def test_profit_is_what_selling_out_at_the_mark_would_leave(
    trades: list[tuple[Side, Decimal, Decimal]], mark: Decimal
) -> None:
    position, base, cash = Position(symbol="BTCUSDT"), Decimal(0), Decimal(0)
    for side, qty, px in trades:
        position = position.traded(side, qty, qty * px)
        base += side.sign * qty
        cash -= side.sign * qty * px
    at = quote("BTCUSDT", str(mark), str(mark))
    total = profit(position, BTC, at, prices(at)).total
    assert total is not None
    assert abs(total - (cash + base * mark)) < Decimal("1e-15")
