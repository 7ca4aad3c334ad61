"""Pegged orders: priced once from the book, with offset and limit, post-only, and at the trigger (fact sheet 10)."""

from decimal import Decimal

import msgspec
import pytest
from exchange_commands import Desk, check_invariants, refusal, reports, state, stop, story

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import ExecInst, OrdType, PegPriceType, Side, TimeInForce
from blotter.trading.request import OrderRequest

BUY, SELL = Side.BUY, Side.SELL
PRIMARY, MARKET = PegPriceType.PRIMARY_PEG, PegPriceType.MARKET_PEG
NO_LEVEL = (-2010, "Order book liquidity is too low for this pegged order.")
NOT_SO = (-2010, "This price peg cannot be used with this order type.")


@pytest.fixture
def desk() -> Desk:
    """Bids at 99, 98, 97 and offers at 101, 102, 103; the last price is 100."""
    desk = Desk()
    desk.last("100")
    for number in range(3):
        desk.place("bob", f"b{number}", BUY, "1", str(99 - number))
        desk.place("bob", f"s{number}", SELL, "1", str(101 + number))
    return desk


def pegged(side: Side, peg: PegPriceType, qty: str = "1", **more: object) -> OrderRequest:
    terms: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": side,
        "ord_type": OrdType.PEGGED,
        "order_qty": Decimal(qty),
        "time_in_force": TimeInForce.GOOD_TILL_CANCEL,
        "peg_price_type": peg,
    }
    return OrderRequest(**{**terms, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terms", "price"),
    [
        (pegged(BUY, PRIMARY), "99"),
        (pegged(SELL, PRIMARY), "101"),
        (pegged(BUY, PRIMARY, peg_offset=2), "97"),
        (pegged(SELL, PRIMARY, peg_offset=1), "102"),
        (pegged(BUY, PRIMARY, price=Decimal(98)), "98"),
        (pegged(BUY, PRIMARY, price=Decimal(105)), "99"),
        (pegged(SELL, PRIMARY, price=Decimal(104)), "104"),
    ],
)
def test_a_primary_peg_joins_its_own_side(desk: Desk, terms: OrderRequest, price: str) -> None:
    (report,) = reports(desk.order("ann", "p", terms))
    assert (report.pegged_price, report.price, report.working) == (Decimal(price), terms.price, True)
    order = desk.engine.markets["BTCUSDT"].find("ann", None, "p")
    assert order is not None
    assert order in list(desk.engine.markets["BTCUSDT"].book.half(terms.side).orders())
    check_invariants(desk)


def test_a_peg_is_fixed(desk: Desk) -> None:
    desk.order("ann", "p", pegged(BUY, PRIMARY))
    desk.place("bob", "b9", BUY, "1", "99.5")
    assert desk.engine.markets["BTCUSDT"].find("ann", None, "p").price == 99  # type: ignore[union-attr]
    (amended,) = reports(desk.amend("ann", "p", "p", "0.5"))
    assert amended.pegged_price == 99
    assert desk.engine.clearing.accounts["ann"].locked["USDT"] == Decimal("49.5")


def test_a_market_peg_takes_the_best_and_no_more(desk: Desk) -> None:
    outcomes = desk.order("ann", "p", pegged(BUY, MARKET, "3"))
    assert story(outcomes, "ann") == ["p 0/0", "p F/1"]
    assert desk.engine.markets["BTCUSDT"].book.bids.best == 101
    check_invariants(desk)


def test_a_market_peg_deeper_takes_several_levels(desk: Desk) -> None:
    terms = pegged(BUY, MARKET, "3", peg_offset=1, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    assert story(desk.order("ann", "p", terms), "ann") == ["p 0/0", "p F/1", "p F/1", "p C/C 5"]
    check_invariants(desk)


def test_a_post_only_peg_is_primary(desk: Desk) -> None:
    post = {"exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE, "time_in_force": None}
    (report,) = reports(desk.order("ann", "p", pegged(SELL, PRIMARY, **post)))
    assert (report.post_only, report.time_in_force) == (True, TimeInForce.GOOD_TILL_CANCEL)
    assert refusal(desk.order("ann", "q", pegged(SELL, MARKET, **post))) == NOT_SO
    check_invariants(desk)


@pytest.mark.parametrize(
    ("terms", "code", "text"),
    [
        (pegged(BUY, PRIMARY, peg_offset=3), *NO_LEVEL),
        (pegged(BUY, PRIMARY, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL), *NOT_SO),
        (pegged(BUY, PRIMARY, price=Decimal("98.001")), -1013, "Filter failure: PRICE_FILTER"),
        (pegged(BUY, PRIMARY, "0.05"), -1013, "Filter failure: NOTIONAL"),
        (
            pegged(SELL, PRIMARY, "11"),
            -2010,
            "Account has insufficient balance for requested action.",
        ),
    ],
)
def test_refusals(desk: Desk, terms: OrderRequest, code: int, text: str) -> None:
    assert refusal(desk.order("ann", "p", terms)) == (code, text)
    assert not any(desk.engine.clearing.accounts["ann"].locked.values())


def test_a_pegged_stop_is_priced_at_its_trigger(desk: Desk) -> None:
    terms = pegged(
        SELL,
        MARKET,
        "0.5",
        trigger_price=Decimal(99),
        trigger_direction=stop(SELL, "1", "1").trigger_direction,
    )
    assert terms.contingent
    (entered,) = reports(desk.order("ann", "p", terms))
    assert (entered.pegged_price, entered.working) == (None, False)
    outcomes = desk.place("cat", "x", SELL, "1", "99")
    assert story(outcomes, "ann") == ["p 0/0", "p F/2"]
    assert reports(outcomes, "ann")[0].pegged_price == 98
    check_invariants(desk)


def test_a_pegged_stop_without_a_level_is_rejected_at_its_trigger(desk: Desk) -> None:
    terms = pegged(
        SELL, PRIMARY, peg_offset=5, trigger_price=Decimal(99), trigger_direction=stop(SELL, "1", "1").trigger_direction
    )  # fmt: skip
    desk.order("ann", "p", terms)
    assert story(desk.place("cat", "x", SELL, "1", "99"), "ann") == ["p C/C 1"]
    check_invariants(desk)


def test_pegged_orders_outlive_a_restart(desk: Desk) -> None:
    desk.order("ann", "p", pegged(BUY, PRIMARY))
    again = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
    desk.place("cat", "x", SELL, "3", "97")
    again.submit(desk.log[-1])
    assert state(again) == state(desk.engine)
