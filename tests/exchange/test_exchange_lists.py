"""Order lists in the engine: OCO, OTO, OTOCO, OPO, OPOCO, each with each of its ends (fact sheet 6.6, 7.1, 7.3)."""

from decimal import Decimal

import msgspec
import pytest
from exchange_client import IOC, request
from exchange_commands import (
    Desk,
    check_invariants,
    refusal,
    reports,
    state,
    stop,
    story,
    take_profit,
)

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.event import CancelList, CancelRefused, ListStatus, Outcome
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import CancelRestrictions, ExecInst, SelfTradePreventionMode, Side
from blotter.trading.request import ListKind, OrderRequest

BUY, SELL = Side.BUY, Side.SELL
OCO, OTO, OTOCO, OPO, OPOCO = ListKind
DONE = "l 5/6"


@pytest.fixture
def desk() -> Desk:
    """The last price is 100 and the books are empty."""
    desk = Desk()
    desk.last("100")
    return desk


def maker(side: Side, qty: str | None, price: str, **more: object) -> OrderRequest:
    """A post-only order."""
    terms = request(side, qty or "1", price, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, **more)
    return terms if qty else msgspec.structs.replace(terms, order_qty=None)


def limit(side: Side, qty: str, price: str, **more: object) -> OrderRequest:
    return request(side, qty, price, **more)


def market(side: Side, qty: str | None) -> OrderRequest:
    terms = request(side, qty or "1", None)
    return terms if qty else msgspec.structs.replace(terms, order_qty=None)


def locked(desk: Desk, account: str = "ann") -> dict[str, Decimal]:
    return {
        asset: amount for asset, amount in desk.engine.clearing.accounts[account].locked.items() if amount
    }


def sell_oco(desk: Desk) -> list[Outcome]:
    return desk.group("ann", "l", OCO, stop(SELL, "1", "90", "89"), maker(SELL, "1", "110"))


# --- OCO ---------------------------------------------------------------------------------------------------


def test_an_oco_is_announced_and_its_limit_works_at_once(desk: Desk) -> None:
    outcomes = sell_oco(desk)
    assert story(outcomes) == ["l 4/3", "l0 0/0", "l1 0/0"]
    assert [r.working for r in reports(outcomes)] == [False, True]
    assert {r.list_id for r in reports(outcomes)} == {0}
    assert all(r.answers for r in reports(outcomes))
    assert locked(desk) == {"BTC": 1}
    check_invariants(desk)


def test_an_oco_buy_locks_the_dearer_leg_only(desk: Desk) -> None:
    desk.group("ann", "l", OCO, maker(BUY, "1", "90"), stop(BUY, "1", "110", "112"))
    assert locked(desk) == {"USDT": 112}
    check_invariants(desk)
    desk.place("bob", "x", SELL, "0.4", "90")
    assert locked(desk) == {"USDT": Decimal("0.6") * 90}
    check_invariants(desk)


def test_a_partial_fill_of_the_limit_ends_the_stop(desk: Desk) -> None:
    sell_oco(desk)
    assert story(desk.place("bob", "x", BUY, "0.4", "110"), "ann") == ["l1 F/1", "l0 C/C 3"]
    assert story(desk.place("bob", "y", BUY, "0.6", "110"), "ann") == ["l1 F/2", DONE]
    check_invariants(desk)


def test_the_trigger_of_the_stop_ends_the_limit_before_it_works(desk: Desk) -> None:
    sell_oco(desk)
    assert story(desk.last("90"), "ann") == ["l1 C/C 3", "l0 0/0"]
    assert story(desk.place("bob", "x", BUY, "1", "89"), "ann") == ["l0 F/2", DONE]
    check_invariants(desk)


def test_two_contingent_legs(desk: Desk) -> None:
    desk.group("ann", "l", OCO, stop(SELL, "1", "90"), take_profit(SELL, "1", "110", "109"))
    assert locked(desk) == {"BTC": 1}
    assert story(desk.last("110"), "ann") == ["l0 C/C 3", "l1 0/0"]
    assert locked(desk) == {"BTC": 1}
    check_invariants(desk)


def test_a_buy_oco_pays_for_the_stop_from_what_the_limit_held(desk: Desk) -> None:
    ann = desk.engine.clearing.accounts["ann"]
    desk.group("ann", "l", OCO, maker(BUY, "9000", "90"), stop(BUY, "9000", "110", "111"))
    assert ann.free["USDT"] == 1_000
    assert story(desk.last("110"), "ann") == ["l0 C/C 3", "l1 0/0"]
    check_invariants(desk)


def test_a_stop_that_cannot_work_takes_the_list_with_it(desk: Desk) -> None:
    desk.group("ann", "l", OCO, stop(SELL, "1", "90"), maker(SELL, "1", "110"))
    assert story(desk.last("90"), "ann") == ["l1 C/C 3", "l0 0/0", "l0 C/C 7", DONE]
    check_invariants(desk)


def test_cancelling_a_leg_cancels_the_list(desk: Desk) -> None:
    sell_oco(desk)
    outcomes = desk.cancel("ann", "l1")
    assert story(outcomes) == ["l0 4/4", "l1 4/4", DONE]
    assert {r.cl_ord_id for r in reports(outcomes)} == {"c"}
    assert locked(desk) == {}
    check_invariants(desk)


def test_a_list_is_cancelled_by_its_own_id(desk: Desk) -> None:
    sell_oco(desk)
    assert story(desk.cancel_list("ann", "l")) == ["l0 4/4", "l1 4/4", DONE]
    (refused,) = desk.cancel_list("ann", "l")
    assert isinstance(refused, CancelRefused)
    assert refused.refusal.text == "Unknown order sent."
    (refused,) = desk.cancel_list("bob", "l")
    assert isinstance(refused, CancelRefused)


def test_mass_cancel_ends_lists_too(desk: Desk) -> None:
    sell_oco(desk)
    desk.place("ann", "a", BUY, "1", "80")
    outcomes = desk.mass_cancel("ann")
    assert story(outcomes) == ["l0 4/4", "l1 4/4", DONE, "a 4/4"]
    assert outcomes[-1].affected == 3  # type: ignore[union-attr]
    check_invariants(desk)


def test_self_trade_prevention_of_a_leg_ends_the_list(desk: Desk) -> None:
    sell_oco(desk)
    told = story(desk.place("ann", "x", BUY, "1", "110"), "ann")
    assert told == ["x 0/0", "l1 C/C", "l0 C/C 2", DONE]
    check_invariants(desk)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        (stop(SELL, "1", "100"), maker(SELL, "1", "110")),
        (stop(SELL, "1", "90"), maker(SELL, "1", "100")),
        (stop(SELL, "1", "111"), maker(SELL, "1", "110")),
        (maker(BUY, "1", "101"), stop(BUY, "1", "110")),
        (take_profit(BUY, "1", "90"), stop(BUY, "1", "99")),
    ],
)
def test_the_legs_of_an_oco_stand_around_the_last_price(
    desk: Desk, below: OrderRequest, above: OrderRequest
) -> None:
    outcomes = desk.group("ann", "l", OCO, below, above)
    assert refusal(outcomes) == (-2010, "The relationship of the prices for the orders is not correct.")
    assert story(outcomes) == ["l 2/7", "l0 8/8", "l1 8/8"]
    assert locked(desk) == {}


def test_an_amendment_changes_both_legs_and_tells_of_the_new_id(desk: Desk) -> None:
    sell_oco(desk)
    outcomes = desk.amend("ann", "new", "l1", "0.5")
    assert story(outcomes) == ["l1 5/0", "l0 5/0", "l 100/3"]
    assert [(r.cl_ord_id, str(r.order_qty)) for r in reports(outcomes)] == [("new", "0.5"), ("l0", "0.5")]
    (status,) = (o for o in outcomes if isinstance(o, ListStatus))
    assert [member.cl_ord_id for member in status.members] == ["l0", "new"]
    assert locked(desk) == {"BTC": Decimal("0.5")}
    assert story(desk.amend("ann", "l0", "l0", "0.4")) == ["l0 5/0", "new 5/0"]
    assert story(desk.cancel("ann", "l0")) == ["l0 4/4", "new 4/4", DONE]
    check_invariants(desk)


def test_a_replacement_of_a_leg_kills_the_list(desk: Desk) -> None:
    sell_oco(desk)
    assert story(desk.replace("ann", "next", "l0", SELL, "1", "120")) == [
        "l0 4/4",
        "l1 4/4",
        DONE,
        "next 0/0",
    ]
    check_invariants(desk)


# --- OTO and OTOCO -----------------------------------------------------------------------------------------


def test_an_oto_waits_and_then_works(desk: Desk) -> None:
    outcomes = desk.group("ann", "l", OTO, limit(BUY, "1", "95"), limit(SELL, "1", "120"))
    assert story(outcomes) == ["l 4/3", "l0 0/0", "l1 0/A"]
    assert [r.working for r in reports(outcomes)] == [True, False]
    assert locked(desk) == {"USDT": 95, "BTC": 1}
    check_invariants(desk)
    assert story(desk.place("bob", "x", SELL, "0.4", "95"), "ann") == ["l0 F/1"]
    outcomes = desk.place("bob", "y", SELL, "0.6", "95")
    assert story(outcomes, "ann") == ["l0 F/2", "l1 0/0"]
    assert reports(outcomes, "ann")[-1].working_at == desk.at
    assert story(desk.place("bob", "z", BUY, "1", "120"), "ann") == ["l1 F/2", DONE]
    check_invariants(desk)


def test_an_oto_whose_working_leg_fills_at_once(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "1", "95")
    outcomes = desk.group("ann", "l", OTO, limit(BUY, "1", "95"), market(SELL, "1"))
    assert story(outcomes, "ann") == ["l 4/3", "l0 0/0", "l1 0/A", "l0 F/2", "l1 0/0", "l1 C/C 7", DONE]
    check_invariants(desk)


def test_when_the_working_leg_expires_the_pending_one_does(desk: Desk) -> None:
    desk.place("bob", "s", SELL, "0.5", "95")
    working = limit(BUY, "1", "95", time_in_force=IOC)
    outcomes = desk.group("ann", "l", OTO, working, limit(SELL, "1", "120"))
    assert story(outcomes, "ann")[3:] == ["l0 F/1", "l0 C/C 5", "l1 C/C 4", DONE]
    assert locked(desk) == {}
    check_invariants(desk)


def test_a_pending_leg_can_be_cancelled_amended_and_ends_the_list(desk: Desk) -> None:
    desk.group("ann", "l", OTO, limit(BUY, "1", "95"), limit(SELL, "1", "120"))
    (amended,) = reports(desk.amend("ann", "l1", "l1", "0.5"))
    assert (amended.exec_type.value, amended.ord_status.value) == ("5", "A")
    assert locked(desk) == {"USDT": 95, "BTC": Decimal("0.5")}
    assert story(desk.cancel("ann", "l1")) == ["l0 4/4", "l1 4/4", DONE]
    check_invariants(desk)


def test_a_pending_leg_that_may_not_enter_is_rejected_then(desk: Desk) -> None:
    desk.place("bob", "b", BUY, "1", "90")
    desk.group("ann", "l", OTO, limit(BUY, "1", "95"), maker(SELL, "1", "85"))
    told = story(desk.place("bob", "x", SELL, "1", "95"), "ann")
    assert told == ["l0 F/2", "l1 C/C 1", DONE]
    check_invariants(desk)


def test_a_pending_stop_waits_for_its_trigger_after_its_release(desk: Desk) -> None:
    desk.group("ann", "l", OTO, limit(BUY, "1", "95"), stop(SELL, "1", "90", "80"))
    outcomes = desk.place("bob", "x", SELL, "1", "95")
    assert story(outcomes, "ann") == ["l0 F/2", "l1 0/0"]
    assert not reports(outcomes, "ann")[-1].working
    assert story(desk.last("90"), "ann") == ["l1 0/0"]
    check_invariants(desk)


def bracket(desk: Desk, **more: object) -> list[Outcome]:
    return desk.group(
        "ann", "l", OTOCO, limit(BUY, "1", "95", **more), stop(SELL, "1", "90", "89"), maker(SELL, "1", "110")
    )


def test_a_bracket_from_entry_to_profit(desk: Desk) -> None:
    assert story(bracket(desk)) == ["l 4/3", "l0 0/0", "l1 0/A", "l2 0/A"]
    assert locked(desk) == {"USDT": 95, "BTC": 1}
    outcomes = desk.place("bob", "x", SELL, "1", "95")
    assert story(outcomes, "ann") == ["l0 F/2", "l1 0/0", "l2 0/0"]
    assert [r.working for r in reports(outcomes, "ann")] == [True, False, True]
    check_invariants(desk)
    assert story(desk.place("bob", "y", BUY, "1", "110"), "ann") == ["l2 F/2", "l1 C/C 3", DONE]
    check_invariants(desk)


def test_a_bracket_from_entry_to_loss(desk: Desk) -> None:
    bracket(desk)
    desk.place("bob", "x", SELL, "1", "95")
    assert story(desk.last("90"), "ann") == ["l2 C/C 3", "l1 0/0"]
    check_invariants(desk)


def test_a_bracket_whose_leg_would_trigger_at_its_release_ends(desk: Desk) -> None:
    desk.group("ann", "l", OTOCO, limit(BUY, "1", "95"), stop(SELL, "1", "96", "89"), maker(SELL, "1", "110"))
    told = story(desk.place("bob", "x", SELL, "1", "95"), "ann")
    assert told == ["l0 F/2", "l1 C/C 1", "l2 C/C 2", DONE]
    assert locked(desk) == {}
    check_invariants(desk)


def test_lists_set_each_other_off_within_one_command(desk: Desk) -> None:
    bracket(desk)
    desk.group("ann", "m", OTO, limit(BUY, "1", "94"), market(SELL, "1"))
    desk.order("bob", "s", stop(SELL, "2", "95"))
    told = story(desk.place("cat", "x", SELL, "0.5", "95"), "ann")
    assert told == ["l0 F/1", "l0 F/2", "m0 F/2", "l1 0/0", "l2 0/0", "m1 0/0", "m1 C/C 7", "m 5/6"]
    check_invariants(desk)


# --- OPO and OPOCO -----------------------------------------------------------------------------------------


def test_an_opo_sells_what_the_working_leg_received_in_whole_lots(desk: Desk) -> None:
    desk.engine.clearing.accounts["ann"].fee_rate = Decimal("0.000123")
    ann = desk.engine.clearing.accounts["ann"]
    ann.free["BTC"], desk.totals["BTC"] = Decimal(0), desk.totals["BTC"] - 10
    sell = msgspec.structs.replace(limit(SELL, "1", "120"), order_qty=None)
    outcomes = desk.group("ann", "l", OPO, limit(BUY, "1", "95"), sell)
    assert [r.order_qty for r in reports(outcomes)] == [1, None]
    assert locked(desk) == {"USDT": 95}
    desk.place("bob", "x", SELL, "0.4", "95")
    assert locked(desk)["BTC"] == Decimal("0.3999508")  # set aside as it comes
    check_invariants(desk)
    outcomes = desk.place("bob", "y", SELL, "0.6", "95")
    assert story(outcomes, "ann") == ["l0 F/2", "l1 0/0"]
    assert reports(outcomes, "ann")[-1].order_qty == Decimal("0.99987")
    assert (ann.free["BTC"], locked(desk)["BTC"]) == (Decimal("0.000007"), Decimal("0.99987"))
    check_invariants(desk)


def test_a_cancelled_opo_frees_what_it_set_aside(desk: Desk) -> None:
    sell = msgspec.structs.replace(limit(SELL, "1", "120"), order_qty=None)
    desk.group("ann", "l", OPO, limit(BUY, "1", "95"), sell)
    desk.place("bob", "x", SELL, "0.4", "95")
    (refused,) = desk.amend("ann", "l1", "l1", "0.1")
    assert refused.refusal.text == "Order amend (pending OPO order) is not supported."  # type: ignore[union-attr]
    assert story(desk.cancel("ann", "l0")) == ["l0 4/4", "l1 4/4", DONE]
    assert locked(desk) == {}
    check_invariants(desk)


def test_an_opo_whose_leg_is_too_small_when_it_learns_its_quantity(desk: Desk) -> None:
    sell = msgspec.structs.replace(limit(SELL, "1", "4"), order_qty=None)
    desk.group("ann", "l", OPO, limit(BUY, "1", "95"), sell)
    assert story(desk.place("bob", "x", SELL, "1", "95"), "ann") == ["l0 F/2", "l1 C/C 1", DONE]
    assert locked(desk) == {}
    check_invariants(desk)


def test_an_opoco_gives_both_legs_what_was_received(desk: Desk) -> None:
    desk.group("ann", "l", OPOCO, limit(BUY, "1", "95"), stop(SELL, None, "90"), maker(SELL, None, "110"))
    outcomes = desk.place("bob", "x", SELL, "1", "95")
    assert [str(r.order_qty) for r in reports(outcomes, "ann")] == ["1", "0.99900", "0.99900"]
    assert locked(desk) == {"BTC": Decimal("0.999")}
    check_invariants(desk)
    assert story(desk.place("bob", "y", BUY, "0.1", "110"), "ann") == ["l2 F/1", "l1 C/C 3"]
    check_invariants(desk)


def test_an_opoco_of_two_contingent_legs(desk: Desk) -> None:
    desk.group(
        "ann",
        "l",
        OPOCO,
        limit(BUY, "1", "95"),
        stop(SELL, None, "90"),
        take_profit(SELL, None, "110", "109"),
    )
    told = story(desk.place("bob", "x", SELL, "1", "95"), "ann")
    assert told == ["l0 F/2", "l1 0/0", "l2 0/0"]
    assert locked(desk) == {"BTC": Decimal("0.999")}
    assert story(desk.last("110"), "ann") == ["l1 C/C 3", "l2 0/0"]
    check_invariants(desk)


# --- what all lists share ----------------------------------------------------------------------------------


def test_a_list_counts_each_of_its_orders(desk: Desk) -> None:
    limits = desk.engine.clearing.accounts["ann"].limits
    sell_oco(desk)
    assert [count.used for count in limits] == [2, 2]
    desk.cancel_list("ann", "l")
    bracket(desk)
    assert [count.used for count in limits] == [5, 5]
    limits[0].maximum = 7
    desk.cancel_list("ann", "l")
    assert refusal(bracket(desk)) == (-1015, "Too many new orders; current limit is 7 orders per 10 SECONDS.")
    assert story(sell_oco(desk))[0] == "l 4/3"


def test_the_rules_of_lists(desk: Desk) -> None:
    for number in range(20):
        desk.group("ann", f"m{number}-", OTO, limit(BUY, "0.1", "95"), limit(SELL, "0.1", "120"))
        desk.at += 1_000_000_000
    assert refusal(bracket(desk))[1] == "Filter failure: MAX_NUM_ORDER_LISTS"
    desk.mass_cancel("ann")
    for number in range(2):
        desk.group("ann", f"m{number}-", OCO, stop(SELL, "1", "90"), take_profit(SELL, "1", "110"))
    two = desk.group("ann", "l", OCO, stop(SELL, "1", "90"), take_profit(SELL, "1", "110"))
    assert refusal(two)[1] == "Filter failure: MAX_NUM_ALGO_ORDERS"
    assert story(sell_oco(desk))[0] == "l 4/3"


@pytest.mark.parametrize(
    ("legs", "code", "text"),
    [
        ((limit(BUY, "1", "95.001"), limit(SELL, "1", "120")), -1013, "Filter failure: PRICE_FILTER"),
        ((limit(BUY, "1", "95"), limit(SELL, "0.000001", "120")), -1013, "Filter failure: LOT_SIZE"),
        (
            (limit(BUY, "1", "95"), limit(SELL, "11", "120")),
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        ((maker(BUY, "1", "105"), limit(SELL, "1", "120")), -2010, "Order would immediately match and take."),
    ],
)
def test_a_refused_list_places_nothing(
    desk: Desk, legs: tuple[OrderRequest, ...], code: int, text: str
) -> None:
    desk.place("bob", "s", SELL, "1", "105")
    outcomes = desk.group("ann", "l", OTO, *legs)
    assert refusal(outcomes) == (code, text)
    assert desk.engine.markets["BTCUSDT"].owned("ann") == []
    assert locked(desk) == {}
    check_invariants(desk)


def test_ids_of_lists_and_legs_are_not_used_twice(desk: Desk) -> None:
    sell_oco(desk)
    outcomes = desk.group("ann", "l", OTO, limit(BUY, "1", "95"), limit(SELL, "1", "120"))
    assert refusal(outcomes) == (-2010, "Duplicate order sent.")
    desk.place("ann", "m1", BUY, "1", "90")
    outcomes = desk.group("ann", "m", OTO, limit(BUY, "1", "95"), limit(SELL, "1", "120"))
    assert refusal(outcomes) == (-2010, "Duplicate order sent.")
    (status,) = (o for o in outcomes if isinstance(o, ListStatus))
    assert [member.refusal is not None for member in status.members] == [False, True]


def test_the_history_remembers_lists(desk: Desk) -> None:
    sell_oco(desk)
    kept = desk.engine.histories["ann"]
    assert [status.cl_list_id for status in kept.open_lists("BTCUSDT")] == ["l"]
    assert [status.cl_list_id for status in kept.open_lists("ETHUSDT")] == []
    desk.cancel_list("ann", "l")
    sell_oco(desk)
    assert [(status.list_id, status.order_status.value) for status in kept.lists()] == [(0, "6"), (1, "3")]
    named, first = kept.order_list_named("l"), kept.order_list(0)
    assert named is not None
    assert first is not None
    assert (named.list_id, first.order_status.value) == (1, "6")
    pending = desk.group("ann", "m", OTO, limit(BUY, "1", "95"), limit(SELL, "1", "120"))
    assert reports(pending)[-1] in list(kept.orders())


def test_lists_outlive_a_restart(desk: Desk) -> None:
    bracket(desk)
    desk.group("ann", "m", OCO, stop(SELL, "1", "90"), maker(SELL, "1", "110"))
    again = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
    sold = desk.place("bob", "x", SELL, "1", "95")
    desk.mass_cancel("ann")
    told = [outcome for command in desk.log[-2:] for outcome in again.submit(command)]
    assert story(told, "ann")[:3] == story(sold, "ann") == ["l0 F/2", "l1 0/0", "l2 0/0"]
    assert state(again) == state(desk.engine)


def test_a_partial_decrement_leaves_the_pair_alone(desk: Desk) -> None:
    sell_oco(desk)
    told = story(
        desk.place("ann", "x", BUY, "0.4", "110", self_trade_prevention=SelfTradePreventionMode.DECREMENT)
    )
    assert told == ["x 0/0", "l1 C/0", "x C/C"]
    check_invariants(desk)


def test_cancel_restrictions_look_at_every_leg_of_a_list(desk: Desk) -> None:
    sell_oco(desk)
    desk.place("bob", "x", BUY, "0.4", "110")
    cancel = CancelList(
        at=desk.at, account="ann", cl_ord_id="c", symbol="BTCUSDT", list_id=0,
        restrictions=CancelRestrictions.ONLY_NEW,
    )  # fmt: skip
    (refused,) = desk.do(cancel)
    assert isinstance(refused, CancelRefused)
    assert refused.refusal.text == "Order was not canceled due to cancel restrictions."
    only_partial = msgspec.structs.replace(cancel, restrictions=CancelRestrictions.ONLY_PARTIALLY_FILLED)
    assert story(desk.do(only_partial)) == ["l1 4/4", DONE]
