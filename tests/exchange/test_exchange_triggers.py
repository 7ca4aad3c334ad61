"""Contingent orders: stop-loss, take-profit, trailing, and what each of their ends looks like (fact sheet 6.1, 7.1)."""

from decimal import Decimal

import msgspec
import pytest
from exchange_commands import (
    DOWN,
    Desk,
    check_invariants,
    lifecycle,
    refusal,
    reports,
    state,
    stop,
    story,
    take_profit,
    trades,
)

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import ExpiryReason, Side, TimeInForce
from blotter.trading.request import OrderRequest

BUY, SELL = Side.BUY, Side.SELL
IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


@pytest.fixture
def desk() -> Desk:
    """The last price is 100 and the books are empty."""
    desk = Desk()
    desk.last("100")
    return desk


def locked(desk: Desk, account: str = "ann") -> dict[str, Decimal]:
    return {
        asset: amount for asset, amount in desk.engine.clearing.accounts[account].locked.items() if amount
    }


def test_a_stop_waits_unseen_and_works_once_its_price_trades(desk: Desk) -> None:
    (entered,) = reports(desk.order("ann", "s", stop(SELL, "1", "90", "89")))
    assert (entered.exec_type.value, entered.ord_status.value) == ("0", "0")
    assert (entered.working, entered.working_at) == (False, None)
    assert (entered.trigger_price, entered.trigger_direction) == (Decimal(90), DOWN)
    assert desk.engine.markets["BTCUSDT"].book.asks.best is None
    assert story(desk.last("90.01"), "ann") == []
    (working,) = reports(desk.last("90"), "ann")
    assert (working.exec_type.value, working.ord_status.value, working.working) == ("0", "0", True)
    assert working.working_at == desk.at
    assert working.created_at == entered.created_at
    assert desk.engine.markets["BTCUSDT"].book.asks.best == 89
    check_invariants(desk)


@pytest.mark.parametrize(
    ("terms", "reached"),
    [
        (stop(BUY, "1", "110"), "110"),
        (stop(SELL, "1", "90"), "90"),
        (take_profit(BUY, "1", "90"), "90"),
        (take_profit(SELL, "1", "110"), "110"),
        (stop(BUY, "1", "110", "120"), "111"),
        (take_profit(SELL, "1", "110", "105"), "115"),
    ],
)
def test_side_and_direction_say_which_way(desk: Desk, terms: OrderRequest, reached: str) -> None:
    assert lifecycle(desk.order("ann", "s", terms)) == ["0/0"]
    assert lifecycle(desk.last(reached), "ann")[0] == "0/0"
    check_invariants(desk)


@pytest.mark.parametrize(
    "terms",
    [
        stop(BUY, "1", "100"),
        stop(SELL, "1", "100"),
        take_profit(BUY, "1", "101", "101"),
        take_profit(SELL, "1", "99"),
        stop(SELL, "1", "101", trailing_bips=100),
    ],
)
def test_an_order_that_would_trigger_at_once_is_refused(desk: Desk, terms: OrderRequest) -> None:
    assert refusal(desk.order("ann", "s", terms)) == (-2010, "Order would trigger immediately.")
    assert locked(desk) == {}


def test_a_stop_at_the_market_sells_what_it_can_and_the_rest_expires(desk: Desk) -> None:
    desk.place("bob", "b1", BUY, "0.3", "95")
    desk.order("ann", "s", stop(SELL, "1", "95"))
    outcomes = desk.place("cat", "x", SELL, "0.1", "95")
    assert story(outcomes, "ann") == ["s 0/0", "s F/1", "s C/C 7"]
    assert trades(outcomes) == [("95", "0.1"), ("95", "0.2")]
    check_invariants(desk)


@pytest.mark.parametrize(("tif", "reason"), [(IOC, "5"), (FOK, "6")])
def test_a_triggered_limit_keeps_its_time_in_force(desk: Desk, tif: TimeInForce, reason: str) -> None:
    desk.place("bob", "b1", BUY, "0.3", "95")
    desk.order("ann", "s", stop(SELL, "1", "95", "94", time_in_force=tif))
    told = story(desk.place("cat", "x", SELL, "0.1", "95"), "ann")
    assert told[0] == "s 0/0"
    assert told[-1] == f"s C/C {reason}"
    assert ("s F/1" in told) == (tif is IOC)


def test_funds_are_locked_at_entry(desk: Desk) -> None:
    desk.order("ann", "s1", stop(SELL, "1", "90", "89"))
    assert locked(desk) == {"BTC": 1}
    desk.order("ann", "s2", stop(BUY, "2", "110", "112"))
    assert locked(desk) == {"BTC": 1, "USDT": 224}
    desk.order("ann", "s3", stop(BUY, "1", "105"))
    assert locked(desk) == {"BTC": 1, "USDT": 329}
    assert refusal(desk.order("ann", "s4", stop(SELL, "9.5", "90"))) == (
        -2010,
        "Account has insufficient balance for requested action.",
    )
    desk.cancel("ann", "s2")
    assert locked(desk) == {"BTC": 1, "USDT": 105}
    check_invariants(desk)


def test_what_cannot_be_paid_for_any_more_is_rejected_at_the_trigger(desk: Desk) -> None:
    desk.place("bob", "near", SELL, "0.1", "110")
    desk.place("bob", "far", SELL, "2", "200")
    desk.order("ann", "s", stop(BUY, "2", "110"))
    desk.place("ann", "most", BUY, "9000", "99.9")
    desk.place("ann", "more", BUY, "1007", "99.9")
    assert desk.engine.clearing.accounts["ann"].free["USDT"] < 100
    outcomes = desk.place("cat", "x", BUY, "0.1", "110")
    (ended,) = reports(outcomes, "ann")
    assert (ended.exec_type.value, ended.ord_status.value) == ("C", "C")
    assert ended.expiry_reason is ExpiryReason.REJECTED_AT_TRIGGER
    assert not ended.working
    assert locked(desk)["USDT"] == Decimal("999699.3")
    check_invariants(desk)


def test_triggers_go_off_in_the_order_in_which_they_came_and_may_set_off_others(desk: Desk) -> None:
    desk.place("bob", "b1", BUY, "1", "95")
    desk.place("bob", "b2", BUY, "1", "94")
    desk.place("bob", "b3", BUY, "1", "90")
    desk.order("ann", "late", stop(SELL, "0.5", "94"))
    desk.order("ann", "first", stop(SELL, "1", "95"))
    desk.order("ann", "second", stop(SELL, "0.5", "95"))
    outcomes = desk.place("cat", "x", SELL, "0.1", "95")
    assert story(outcomes, "ann") == [
        "first 0/0", "first F/1", "first F/2", "second 0/0", "second F/2", "late 0/0", "late F/1", "late F/2",
    ]  # fmt: skip
    assert trades(outcomes)[-1] == ("90", "0.1")
    check_invariants(desk)


def test_a_waiting_stop_can_be_cancelled_amended_and_replaced(desk: Desk) -> None:
    desk.order("ann", "s", stop(BUY, "2", "110", "112"))
    (amended,) = reports(desk.amend("ann", "s", "s", "1"))
    assert (amended.exec_type.value, amended.ord_status.value, amended.working) == ("5", "0", False)
    assert locked(desk) == {"USDT": 112}
    assert story(desk.replace("ann", "plain", "s", BUY, "1", "90"), "ann") == ["s 4/4", "plain 0/0"]
    assert story(desk.last("112"), "ann") == []
    check_invariants(desk)


def test_the_rules_of_contingent_orders(desk: Desk) -> None:
    def refused(terms: OrderRequest) -> str:
        code, text = refusal(desk.order("ann", "s", terms))
        assert code == -1013
        return text.removeprefix("Filter failure: ")

    assert refused(stop(SELL, "1", "90.001")) == "PRICE_FILTER"
    assert refused(stop(SELL, "1", "90", "89.001")) == "PRICE_FILTER"
    assert refused(stop(SELL, "1", None, trailing_bips=9)) == "TRAILING_DELTA"
    assert refused(stop(SELL, "1", None, trailing_bips=2001)) == "TRAILING_DELTA"
    assert refused(stop(SELL, "1", "90", "89", max_floor=Decimal("0.001"))) == "ICEBERG_PARTS"
    for number in range(5):
        desk.order("ann", f"s{number}", stop(SELL, "0.1", "90"))
    assert refused(stop(SELL, "0.1", "90")) == "MAX_NUM_ALGO_ORDERS"


def test_an_iceberg_shows_its_slice_only_after_the_trigger(desk: Desk) -> None:
    desk.order("ann", "s", stop(SELL, "3", "90", "95", max_floor=Decimal(1)))
    desk.last("90")
    assert desk.engine.markets["BTCUSDT"].book.asks.depth(1) == [(Decimal(95), Decimal(1))]


def prices(desk: Desk, *path: str) -> str | None:
    """The first price of the path at which ann's order is let go."""
    return next((price for price in path if reports(desk.last(price), "ann")), None)


def test_a_trailing_stop_follows_the_highest_price(desk: Desk) -> None:
    """Scenario E of the venue's trailing-stop page, at a four-hundredth of its prices."""
    (entered,) = reports(desk.order("ann", "s", stop(SELL, "1", None, "97.5", trailing_bips=700)))
    assert entered.trailing_at == desk.at
    assert prices(desk, "105", "98.75", "113.75", "105.79", "105.78") == "105.78"


def test_a_trailing_order_with_an_activation_price_follows_from_there(desk: Desk) -> None:
    """Scenario A: prices before the activation do not count."""
    desk.order("ann", "s", stop(BUY, "1", "110", "115", trailing_bips=500))
    market = desk.engine.markets["BTCUSDT"]
    assert reports(desk.last("92.5"), "ann") == []
    assert market.find("ann", None, "s").trailing_at is None  # type: ignore[union-attr]
    assert prices(desk, "110", "112", "115", "105", "110.24") is None
    assert market.find("ann", None, "s").extreme == 105  # type: ignore[union-attr]
    (working,) = reports(desk.last("110.25"), "ann")
    assert working.trailing_at is not None
    assert working.working


def test_a_trailing_take_profit_sell_is_let_go_by_a_fall_from_above_its_activation(desk: Desk) -> None:
    """Scenario D."""
    desk.order("ann", "s", take_profit(SELL, "1", "105", "100", trailing_bips=750))
    assert prices(desk, "103", "97", "105", "112", "116.25", "108", "107.54", "107.53") == "107.53"


def test_a_trailing_order_without_direction_takes_profit_at_once(desk: Desk) -> None:
    terms = stop(BUY, "1", None, trailing_bips=1000, trigger_direction=None)
    assert terms.take_profit
    desk.order("ann", "s", terms)
    assert prices(desk, "90", "80", "87.9", "88") == "88"


def test_waiting_orders_outlive_a_restart(desk: Desk) -> None:
    desk.order("ann", "t", stop(SELL, "1", None, trailing_bips=1000))
    desk.order("ann", "a", stop(SELL, "1", "90", "85"))
    desk.last("110")
    again = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
    desk.engine, before = again, desk.engine
    told = story(desk.last("90"), "ann")
    after, desk.engine = desk.engine, before
    assert told == ["t 0/0", "t C/C 7", "a 0/0"]
    desk.at -= 2_000_000
    assert story(desk.last("90"), "ann") == told
    assert state(after) == state(before)
