"""Other terms for a live order: its place, its money, its id, and what is refused."""

from decimal import Decimal

import msgspec
import pytest
from exchange_commands import Desk, check_invariants, lifecycle, reports, stop, trades

from blotter.exchange.cause import Cause, cause
from blotter.exchange.event import CancelRefused, MassCancel, ModifyRefused, Outcome
from blotter.trading.enums import ExecInst, Side

BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture
def desk() -> Desk:
    return Desk()


def why(outcomes: list[Outcome]) -> Cause:
    (refused,) = outcomes
    assert isinstance(refused, ModifyRefused)
    return cause(refused.refusal)


def money_and_books(desk: Desk) -> bytes:
    dumped = desk.engine.dump()
    return msgspec.msgpack.encode((dumped.clearing, dumped.markets))


def served(desk: Desk) -> list[str]:
    """The bids in the order in which they are served."""
    return [order.cl_ord_id for order in desk.engine.markets["BTCUSDT"].book.bids.orders()]


def test_it_stays_the_same_order_under_the_new_id(desk: Desk) -> None:
    (new,) = reports(desk.place("ann", "a", BUY, "2", "100"))
    (replaced,) = reports(desk.modify("ann", "b", "a", "3", "101"))
    assert (replaced.order_id, replaced.cl_ord_id, replaced.orig_cl_ord_id) == (new.order_id, "b", "a")
    assert (replaced.order_qty, replaced.price, replaced.leaves_qty) == (3, 101, 3)
    assert desk.engine.clearing.accounts["ann"].locked["USDT"] == 303
    assert why(desk.modify("ann", "c", "a", "1", None)) is Cause.UNKNOWN_ORDER
    assert lifecycle(desk.cancel("ann", "b")) == ["4/4"]
    check_invariants(desk)


@pytest.mark.parametrize(
    ("qty", "price", "order"),
    [
        ("1", None, ["a", "b"]),
        ("3", None, ["b", "a"]),
        (None, "99", ["b", "a"]),
        (None, "101", ["a", "b"]),
        ("1", "100", ["a", "b"]),
    ],
)
def test_only_less_at_the_same_price_keeps_its_place(
    desk: Desk, qty: str | None, price: str | None, order: list[str]
) -> None:
    desk.place("ann", "a", BUY, "2", "100")
    desk.place("bob", "b", BUY, "2", "100")
    assert lifecycle(desk.modify("ann", "a", "a", qty, price)) == ["5/0"]
    assert served(desk) == order
    check_invariants(desk)


def test_a_new_price_may_trade_at_once(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "1", "101")
    desk.place("ann", "a", BUY, "3", "100")
    outcomes = desk.modify("ann", "b", "a", None, "102")
    assert lifecycle(outcomes, "ann") == ["5/0", "F/1"]
    assert trades(outcomes) == [("101", "1")]
    assert served(desk) == ["b"]
    check_invariants(desk)


def test_what_is_filled_counts_into_the_new_total(desk: Desk) -> None:
    desk.place("ann", "a", BUY, "3", "100")
    desk.place("bob", "s", SELL, "1", "100")
    assert why(desk.modify("ann", "b", "a", "1", None)) is Cause.FILLED
    (replaced,) = reports(desk.modify("ann", "b", "a", "1.5", None))
    assert (replaced.ord_status.value, replaced.cum_qty, replaced.leaves_qty) == ("1", 1, Decimal("0.5"))
    desk.place("bob", "t", SELL, "0.5", "100")
    assert why(desk.modify("ann", "c", "b", "2", None)) is Cause.UNKNOWN_ORDER


def test_a_refused_change_changes_nothing(desk: Desk) -> None:
    desk.place("ann", "a", BUY, "2", "100")
    desk.place("ann", "other", BUY, "1", "90")
    desk.place("bob", "s", SELL, "1", "110")
    before = money_and_books(desk)
    for qty, price, expected in (
        ("2", "100", Cause.NO_CHANGE),
        (None, "100.001", Cause.PRICE),
        ("0.000001", None, Cause.QUANTITY),
        ("0.00001", None, Cause.VALUE),
        ("9000", "115", Cause.FUNDS),
    ):
        assert why(desk.modify("ann", "b", "a", qty, price)) is expected
    assert why(desk.modify("ann", "other", "a", "1", None)) is Cause.DUPLICATE
    assert money_and_books(desk) == before
    assert served(desk) == ["a", "other"]


def test_post_only_stays_so(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "1", "101")
    desk.place("ann", "a", BUY, "1", "100", exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)
    assert why(desk.modify("ann", "b", "a", None, "101")) is Cause.WOULD_TAKE
    assert lifecycle(desk.modify("ann", "b", "a", None, "100.5")) == ["5/0"]


def test_one_that_waits_for_its_trigger(desk: Desk) -> None:
    desk.last("100")
    desk.order("ann", "a", stop(BUY, "1", "110", "111"))
    assert lifecycle(desk.modify("ann", "b", "a", "2", "112")) == ["5/0"]
    assert desk.engine.clearing.accounts["ann"].locked["USDT"] == 224
    assert not served(desk)
    desk.order("ann", "m", stop(SELL, "1", "90"))
    assert why(desk.modify("ann", "n", "m", None, "90")) is Cause.NOT_AMENDABLE
    check_invariants(desk)


def test_a_session_reaches_its_own_orders_alone(desk: Desk) -> None:
    desk.place("ann", "a", BUY, "1", "100")
    assert why(desk.modify("ann", "b", "a", "0.5", None, session="OTHER")) is Cause.UNKNOWN_ORDER
    desk.at += 1
    sweep = MassCancel(at=desk.at, account="ann", cl_ord_id="", symbol="", session="OTHER")
    assert desk.do(sweep) == []
    (canceled,) = reports(desk.do(MassCancel(at=desk.at, account="ann", cl_ord_id="", symbol="")))
    assert (canceled.cl_ord_id, canceled.orig_cl_ord_id, canceled.answers) == ("a", None, False)
    (refused,) = desk.cancel("ann", "a")
    assert isinstance(refused, CancelRefused)
