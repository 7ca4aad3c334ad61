"""Smart order routing, and the rules of price: allocations from a sibling's book, at par (fact sheet section 10)."""

from decimal import Decimal

import pytest
from exchange_client import FOK, IOC
from exchange_commands import Desk, check_invariants, lifecycle, refusal, reports, story, trades

from blotter.trading.enums import ExpiryReason, SelfTradePreventionMode, Side

BUY, SELL = Side.BUY, Side.SELL
ROUTED = {"smart_routing": True}


@pytest.fixture
def desk() -> Desk:
    """Offers in both books of the group, the sibling's being better."""
    desk = Desk()
    desk.place("bob", "t1", SELL, "1", "100")
    desk.place("bob", "t2", SELL, "1", "103")
    desk.place("bob", "c1", SELL, "1", "98", symbol="BTCUSDC")
    desk.place("bob", "c2", SELL, "1", "102", symbol="BTCUSDC")
    return desk


def test_a_routed_order_gets_the_best_price_of_all_books_in_its_own_quote_asset(desk: Desk) -> None:
    ann, bob = (desk.engine.clearing.accounts[name] for name in ("ann", "bob"))
    outcomes = desk.place("ann", "r", BUY, "3.5", "103", **ROUTED)
    mine = reports(outcomes, "ann")
    assert [(str(r.last_px), str(r.last_qty), r.trade_id, r.alloc_id) for r in mine[1:]] == [
        ("98", "1", None, 0),
        ("100", "1", 0, None),
        ("102", "1", None, 1),
        ("103", "0.5", 1, None),
    ]
    assert [r.routed for r in mine] == [False, True, False, True, False]
    assert {r.symbol for r in mine} == {"BTCUSDT"}
    assert mine[-1].cum_quote_qty == Decimal("351.5")
    assert ann.free["USDT"] == 1_000_000 - Decimal("351.5")
    assert ann.free["USDC"] == 1_000_000
    assert ann.free["BTC"] == 10 + Decimal("3.5") * Decimal("0.999")
    assert bob.free["USDC"] == 1_000_000 + 200 * Decimal("0.999")
    assert {r.symbol for r in reports(outcomes, "bob")} == {"BTCUSDT", "BTCUSDC"}
    assert trades(outcomes) == [("98", "1"), ("100", "1"), ("102", "1"), ("103", "0.5")]
    check_invariants(desk)


def test_without_the_flag_an_order_stays_in_its_book(desk: Desk) -> None:
    assert trades(desk.place("ann", "p", BUY, "1", "103")) == [("100", "1")]


def test_a_seller_gets_its_own_quote_asset_too(desk: Desk) -> None:
    desk.mass_cancel("bob")
    desk.place("bob", "b", BUY, "1", "97", symbol="BTCUSDC")
    (_, filled) = reports(desk.place("ann", "r", SELL, "1", None, **ROUTED), "ann")
    assert (filled.alloc_id, filled.fee_asset) == (0, "USDT")
    assert desk.engine.clearing.accounts["ann"].free["USDT"] == 1_000_000 + 97 - Decimal("0.097")
    check_invariants(desk)


def test_what_is_left_of_a_routed_order_rests_in_its_own_book(desk: Desk) -> None:
    desk.place("ann", "r", BUY, "3", "100", **ROUTED)
    order = desk.engine.markets["BTCUSDT"].find("ann", None, "r")
    assert order is not None
    assert (order.leaves, desk.engine.markets["BTCUSDT"].book.bids.best) == (1, 100)
    check_invariants(desk)


def test_plans_know_of_siblings(desk: Desk) -> None:
    assert lifecycle(desk.place("ann", "f", BUY, "4", "103", time_in_force=FOK, **ROUTED), "ann")[-1] == "F/2"
    desk.place("bob", "c3", SELL, "1", "98", symbol="BTCUSDC")
    final = reports(
        desk.place("ann", "m", BUY, "0", None, order_qty=None, cash_order_qty=Decimal(49), **ROUTED), "ann"
    )[-1]
    assert (final.ord_status.value, str(final.cum_qty)) == ("2", "0.5")
    assert lifecycle(desk.place("ann", "i", BUY, "4", "103", time_in_force=IOC, **ROUTED), "ann") == [
        "0/0",
        "F/1",
        "C/C",
    ]
    check_invariants(desk)


def test_a_routed_fill_triggers_and_fills_where_it_happened(desk: Desk) -> None:
    desk.place("ann", "r", BUY, "1", "98", **ROUTED)
    assert desk.engine.markets["BTCUSDC"].state.last_price == 98
    assert desk.engine.markets["BTCUSDT"].state.last_price == 60_000


def test_self_trade_prevention_reaches_across_books(desk: Desk) -> None:
    desk.place("ann", "own", SELL, "1", "97", symbol="BTCUSDC")
    mode = SelfTradePreventionMode.EXPIRE_BOTH
    outcomes = desk.place("ann", "r", BUY, "1", "103", self_trade_prevention=mode, **ROUTED)
    assert story(outcomes, "ann") == ["r 0/0", "own C/C", "r C/C"]
    maker, taker = (r.prevented for r in reports(outcomes, "ann")[1:])
    assert maker is not None
    assert taker is not None
    assert (maker.counter_symbol, taker.counter_symbol) == ("BTCUSDT", "BTCUSDC")
    check_invariants(desk)


def test_a_symbol_without_siblings_does_not_route(desk: Desk) -> None:
    code, text = refusal(desk.place("ann", "r", BUY, "1", "100", symbol="ETHUSDT", **ROUTED))
    assert (code, text) == (-2010, "Smart order routing is not supported for this symbol.")


def test_allocations_are_remembered_apart_from_trades(desk: Desk) -> None:
    desk.place("ann", "r", BUY, "2", "103", **ROUTED)
    kept = desk.engine.histories["ann"]
    assert [fill.trade_id for fill in kept.fills] == [0]
    assert [fill.alloc_id for fill in kept.allocations] == [0]


# --- rules of price ----------------------------------------------------------------------------------------


def test_a_price_far_from_the_last_one_is_refused(desk: Desk) -> None:
    for side, price, fine in (
        (BUY, "750", True),
        (BUY, "750.01", False),
        (BUY, "29.99", False),
        (SELL, "30", True),
        (SELL, "29.99", False),
        (SELL, "750.01", False),
    ):
        outcomes = desk.place("ann", "x", side, "1", price, symbol="SOLUSDT")
        if fine:
            assert lifecycle(outcomes)[0] == "0/0"
            desk.cancel("ann", "x", "SOLUSDT")
        else:
            assert refusal(outcomes) == (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")


@pytest.mark.parametrize("price", ["200", None])
def test_a_taker_that_leaves_the_price_range_expires(desk: Desk, price: str | None) -> None:
    desk.place("bob", "near", SELL, "1", "157.5", symbol="SOLUSDT")
    desk.place("bob", "far", SELL, "1", "157.51", symbol="SOLUSDT")
    outcomes = desk.place("ann", "x", BUY, "2", price, symbol="SOLUSDT")
    assert lifecycle(outcomes, "ann") == ["0/0", "F/1", "C/C"]
    assert reports(outcomes, "ann")[-1].expiry_reason is ExpiryReason.PRICE_RANGE
    check_invariants(desk)


def test_the_range_is_set_when_taking_begins(desk: Desk) -> None:
    for number in range(3):
        desk.place("bob", f"s{number}", SELL, "1", str(150 + 3 * number), symbol="SOLUSDT")
    desk.place("bob", "s4", SELL, "1", "158", symbol="SOLUSDT")
    assert lifecycle(desk.place("ann", "x", BUY, "4", "160", symbol="SOLUSDT"), "ann")[-1] == "C/C"
