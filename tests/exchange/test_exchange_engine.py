"""The engine by hand: priority, icebergs, self-trade prevention, money, ids, order counts."""

from decimal import Decimal

import msgspec
import pytest
from exchange_client import FOK, IOC
from exchange_commands import Desk, check_invariants, lifecycle, reports, state, trades

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.event import AmendRefused, CancelRefused
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import ExecInst, ExpiryReason, OrdStatus, SelfTradePreventionMode, Side

BUY, SELL = Side.BUY, Side.SELL
Stp = SelfTradePreventionMode


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_price_comes_before_time_and_time_before_all_else(desk: Desk) -> None:
    desk.place("ann", "late-good", BUY, "1", "100")
    desk.place("ann", "later", BUY, "1", "100")
    desk.place("ann", "best", BUY, "1", "101")
    outcomes = desk.place("bob", "x", SELL, "2.5", "100")
    assert trades(outcomes) == [("101", "1"), ("100", "1"), ("100", "0.5")]
    assert [r.cl_ord_id for r in reports(outcomes, "ann")] == ["best", "late-good", "later"]


def test_ids_start_at_zero_in_each_symbol(desk: Desk) -> None:
    first = reports(desk.place("ann", "a", BUY, "1", "100"))[0]
    other = reports(desk.place("ann", "a", BUY, "1", "100", symbol="ETHUSDT"))[0]
    assert (first.order_id, first.exec_id) == (other.order_id, other.exec_id) == (0, 0)
    outcomes = desk.place("bob", "b", SELL, "1", "100")
    assert {r.trade_id for r in reports(outcomes) if r.last_qty} == {0}


def test_a_limit_order_gets_the_better_price_and_the_rest_of_the_lock_back(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "1", "90")
    desk.place("ann", "b", BUY, "1", "100")
    ann = desk.engine.clearing.accounts["ann"]
    assert ann.free["USDT"] == 1_000_000 - 90
    assert ann.free["BTC"] == 10 + 1 - Decimal("0.001")
    assert not any(ann.locked.values())
    assert desk.engine.clearing.accounts["bob"].free["USDT"] == 1_000_000 + 90 - Decimal("0.09")
    assert desk.engine.clearing.fees == {"BTC": Decimal("0.001"), "USDT": Decimal("0.09")}


def test_an_iceberg_shows_its_slice_and_queues_again(desk: Desk) -> None:
    desk.place("ann", "ice", BUY, "3", "100", max_floor=Decimal(1))
    desk.place("ann", "plain", BUY, "1", "100")
    assert desk.engine.markets["BTCUSDT"].book.bids.depth(1) == [(Decimal(100), Decimal(2))]
    outcomes = desk.place("bob", "x", SELL, "2.5", "100")
    assert [(r.cl_ord_id, str(r.last_qty)) for r in reports(outcomes, "ann")] == [
        ("ice", "1"),
        ("plain", "1"),
        ("ice", "0.5"),
    ]
    check_invariants(desk)


def test_an_amendment_keeps_the_place_in_the_queue(desk: Desk) -> None:
    desk.place("ann", "first", BUY, "2", "100")
    desk.place("bob", "second", BUY, "1", "100")
    desk.amend("ann", "smaller", "first", "1")
    outcomes = desk.place("bob", "x", SELL, "1", "100", self_trade_prevention=Stp.NONE)
    assert reports(outcomes, "ann")[0].cl_ord_id == "smaller"
    check_invariants(desk)


def test_ten_amendments_are_enough(desk: Desk) -> None:
    desk.place("ann", "o", BUY, "5", "100")
    for number in range(10):
        (done,) = reports(desk.amend("ann", "o", "o", str(Decimal("4.9") - number * Decimal("0.1"))))
        assert done.ord_status is OrdStatus.NEW
    (refused,) = desk.amend("ann", "o", "o", "1")
    assert isinstance(refused, AmendRefused)
    assert (refused.refusal.code, refused.refusal.text) == (-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


def test_a_replace_loses_the_place(desk: Desk) -> None:
    desk.place("ann", "first", BUY, "1", "100")
    desk.place("bob", "second", BUY, "1", "100")
    desk.replace("ann", "again", "first", BUY, "1", "100")
    outcomes = desk.place("bob", "x", SELL, "1", "100", self_trade_prevention=Stp.NONE)
    assert [r.cl_ord_id for r in reports(outcomes)[1:]] == ["second", "x"]


@pytest.mark.parametrize(
    ("mode", "ours", "left"),
    [
        (Stp.NONE, ["0/0", "F/2", "F/1"], {"taker"}),
        (Stp.EXPIRE_TAKER, ["0/0", "C/C"], {"maker"}),
        (Stp.EXPIRE_MAKER, ["0/0", "C/C"], {"taker"}),
        (Stp.EXPIRE_BOTH, ["0/0", "C/C", "C/C"], set()),
        (Stp.DECREMENT, ["0/0", "C/C", "C/0"], {"taker"}),
    ],
)
def test_self_trade_prevention(desk: Desk, mode: Stp, ours: list[str], left: set[str]) -> None:
    desk.place("ann", "maker", BUY, "1", "100")
    outcomes = desk.place("ann", "taker", SELL, "3", "100", self_trade_prevention=mode)
    assert lifecycle(outcomes) == ours
    assert {o.cl_ord_id for o in desk.engine.markets["BTCUSDT"].owned("ann")} == left
    if mode is Stp.DECREMENT:
        survivor = reports(outcomes)[-1]
        assert (survivor.prevented_qty, survivor.leaves_qty) == (1, 2)
    check_invariants(desk)


def test_fill_or_kill_never_fills_in_part(desk: Desk) -> None:
    desk.place("ann", "ice", BUY, "2", "100", max_floor=Decimal(1))
    desk.place("bob", "own", BUY, "1", "100")
    stops = {"time_in_force": FOK, "self_trade_prevention": Stp.EXPIRE_TAKER}
    outcomes = desk.place("bob", "x", SELL, "2", "100", **stops)
    assert lifecycle(outcomes) == ["0/0", "C/C"]  # the second slice would queue behind bob's own order
    assert lifecycle(desk.place("bob", "y", SELL, "2", "100", time_in_force=FOK), "bob")[-1] == "F/2"
    check_invariants(desk)


def test_immediate_or_cancel_takes_what_is_there(desk: Desk) -> None:
    desk.place("ann", "b", BUY, "1", "100")
    outcomes = desk.place("bob", "x", SELL, "3", "100", time_in_force=IOC)
    assert lifecycle(outcomes, "bob") == ["0/0", "F/1", "C/C"]
    check_invariants(desk)


def test_a_market_buy_locks_what_the_book_asks_and_no_more(desk: Desk) -> None:
    desk.place("bob", "s1", SELL, "1", "100")
    desk.place("bob", "s2", SELL, "1", "999999")
    (refused,) = reports(desk.place("ann", "x", BUY, "2", None))
    assert refused.refusal is not None
    assert refused.refusal.text == "Account has insufficient balance for requested action."
    assert lifecycle(desk.place("ann", "y", BUY, "1", None), "ann") == ["0/0", "F/2"]
    check_invariants(desk)


def test_a_market_order_by_quote_amount_never_spends_more(desk: Desk) -> None:
    desk.place("bob", "s1", SELL, "0.01", "70.01")
    desk.place("bob", "s2", SELL, "1", "80.03")
    cash = {"order_qty": None, "cash_order_qty": Decimal("50.00000001")}
    final = reports(desk.place("ann", "x", BUY, "0", None, **cash), "ann")[-1]
    assert final.ord_status is OrdStatus.FILLED
    assert Decimal("49.99") < final.cum_quote_qty <= Decimal("50.00000001")
    (refused,) = reports(desk.place("ann", "z", SELL, "0", None, **cash))
    assert refused.refusal is not None
    assert "liquidity" in refused.refusal.text
    check_invariants(desk)


def test_a_quote_amount_the_book_cannot_serve_ends_expired_and_not_filled(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "0.1", "70")
    cash = {"order_qty": None, "cash_order_qty": Decimal(50)}
    outcomes = desk.place("ann", "x", BUY, "0", None, **cash)
    assert lifecycle(outcomes, "ann") == ["0/0", "F/1", "C/C"]
    assert reports(outcomes, "ann")[-1].expiry_reason is ExpiryReason.INSUFFICIENT_LIQUIDITY
    check_invariants(desk)


def test_mass_cancel_takes_the_oldest_first_also_after_a_restart(desk: Desk) -> None:
    for name, price in (("a", "98"), ("b", "100"), ("c", "99")):
        desk.place("ann", name, BUY, "1", price)
    again = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
    told = desk.mass_cancel("ann")
    assert [r.orig_cl_ord_id for r in reports(told)] == ["a", "b", "c"]
    assert again.submit(desk.log[-1]) == told


def test_post_only_against_an_empty_side_rests(desk: Desk) -> None:
    post = {"exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE}
    assert lifecycle(desk.place("ann", "a", BUY, "1", "100", **post)) == ["0/0"]
    assert lifecycle(desk.place("bob", "b", SELL, "1", "100", **post)) == ["8/8"]
    assert lifecycle(desk.place("bob", "b", SELL, "1", "100.01", **post)) == ["0/0"]


def test_a_used_id_is_free_again_once_its_order_is_done(desk: Desk) -> None:
    desk.place("ann", "same", BUY, "1", "100")
    assert lifecycle(desk.place("ann", "same", BUY, "1", "100")) == ["8/8"]
    desk.place("bob", "x", SELL, "1", "100")
    assert lifecycle(desk.place("ann", "same", BUY, "1", "100")) == ["0/0"]


def test_fills_give_order_count_back_and_makers_get_more(desk: Desk) -> None:
    limits = desk.engine.clearing.accounts["ann"].limits
    for number in range(7):
        desk.place("ann", f"a{number}", BUY, "1", "100")
    assert [limit.used for limit in limits] == [7, 7]
    desk.place("bob", "x", SELL, "1", "100")
    assert [limit.used for limit in limits] == [2, 2]
    assert desk.engine.clearing.accounts["bob"].limits[0].used == 0
    desk.at += 10 * 1_000_000_000
    desk.place("ann", "next", BUY, "1", "100")
    assert [limit.used for limit in limits] == [1, 3]


def test_somebody_elses_order_cannot_be_cancelled(desk: Desk) -> None:
    desk.place("ann", "mine", BUY, "1", "100")
    (refused,) = desk.cancel("bob", "mine")
    assert isinstance(refused, CancelRefused)


def test_mass_cancel_leaves_other_accounts_alone(desk: Desk) -> None:
    desk.place("ann", "a", BUY, "1", "100")
    desk.place("bob", "b", BUY, "1", "100")
    assert lifecycle(desk.mass_cancel("ann")) == ["4/4"]
    assert [o.cl_ord_id for o in desk.engine.markets["BTCUSDT"].book.bids.orders()] == ["b"]


def test_two_hundred_open_orders_are_enough(desk: Desk) -> None:
    for number in range(200):
        if number % 40 == 0:
            desk.at += 10 * 1_000_000_000
        desk.place("ann", f"o{number}", BUY, "0.1", "100")
    desk.at += 10 * 1_000_000_000
    (refused,) = reports(desk.place("ann", "more", BUY, "0.1", "100"))
    assert refused.refusal is not None
    assert refused.refusal.text == "Filter failure: MAX_NUM_ORDERS"
