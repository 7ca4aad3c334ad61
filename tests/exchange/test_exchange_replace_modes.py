"""Cancel-and-new (XCN): every row of the table in fact sheet 6.3, and what the venue leaves open.

Where the sheet has a question mark the exchange does this: the `9` bears the id of the cancel part; a new order that is
not tried is not reported; over the order count with DO_NOTHING the new order alone is refused, with -1015.
"""

import pytest
from exchange_client import request
from exchange_commands import Desk, check_invariants, stop, story

from blotter.exchange.event import AnyCommand, Cancel, CancelRefused, Outcome, Place, Replace
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import CancelRestrictions, Side

BUY, SELL = Side.BUY, Side.SELL
GOOD, TOO_DEAR, ILLEGAL = "99", "100000", "0.001"


@pytest.fixture
def desk() -> Desk:
    desk = Desk(listings=LISTINGS)
    desk.place("ann", "old", BUY, "1", "100")
    return desk


def replace(
    desk: Desk,
    orig: str,
    price: str,
    *,
    allow_failure: bool = False,
    cancel_only: bool = False,
    restrictions: CancelRestrictions | None = None,
) -> list[Outcome]:
    desk.at += 1_000_000
    cancel = Cancel(
        at=desk.at,
        account="ann",
        cl_ord_id="c",
        symbol="BTCUSDT",
        orig_cl_ord_id=orig,
        restrictions=restrictions,
    )
    place = Place(at=desk.at, account="ann", cl_ord_id="new", request=request(BUY, "80", price))
    command: AnyCommand = Replace(
        at=desk.at,
        account="ann",
        cancel=cancel,
        place=place,
        stop_on_failure=not allow_failure,
        cancel_even_over_limit=cancel_only,
    )
    outcomes = desk.do(command)
    check_invariants(desk)
    return outcomes


def told(outcomes: list[Outcome]) -> list[str]:
    """As `story`, with the refusals of cancels."""
    found = []
    for outcome in outcomes:
        if isinstance(outcome, CancelRefused):
            found.append(f"{outcome.cancel.cl_ord_id} 9")
        else:
            found += story([outcome], "ann")
    return found


def used(desk: Desk) -> int:
    return desk.engine.clearing.accounts["ann"].limits[0].used


@pytest.mark.parametrize(
    ("orig", "price", "allow", "expected", "left"),
    [
        ("old", GOOD, False, ["old 4/4", "new 0/0"], {"new"}),
        ("old", GOOD, True, ["old 4/4", "new 0/0"], {"new"}),
        ("old", TOO_DEAR, False, ["old 4/4", "new 8/8"], set()),
        ("old", TOO_DEAR, True, ["old 4/4", "new 8/8"], set()),
        ("none", GOOD, False, ["c 9"], {"old"}),
        ("none", GOOD, True, ["c 9", "new 0/0"], {"old", "new"}),
        ("none", TOO_DEAR, False, ["c 9"], {"old"}),
        ("none", TOO_DEAR, True, ["c 9", "new 8/8"], {"old"}),
        ("old", ILLEGAL, False, ["new 8/8"], {"old"}),
        ("old", ILLEGAL, True, ["new 8/8"], {"old"}),
    ],
)
def test_the_table(
    desk: Desk, orig: str, price: str, allow: bool, expected: list[str], left: set[str]
) -> None:
    assert told(replace(desk, orig, price, allow_failure=allow)) == expected
    assert {order.cl_ord_id for order in desk.engine.markets["BTCUSDT"].owned("ann")} == left
    assert used(desk) == (1 if price == ILLEGAL else 2)  # even where the new order was not tried


@pytest.mark.parametrize(
    ("orig", "cancel_only", "expected"),
    [
        ("old", False, ["new 8/8"]),
        ("none", False, ["new 8/8"]),
        ("old", True, ["old 4/4", "new 8/8"]),
        ("none", True, ["c 9", "new 8/8"]),
    ],
)
@pytest.mark.parametrize("allow", [False, True])
def test_over_the_order_count(
    desk: Desk, orig: str, cancel_only: bool, expected: list[str], allow: bool
) -> None:
    desk.engine.clearing.accounts["ann"].limits[0].maximum = 1
    outcomes = replace(desk, orig, GOOD, cancel_only=cancel_only, allow_failure=allow)
    assert told(outcomes) == expected
    assert outcomes[-1].refusal.code == -1015  # type: ignore[union-attr]
    assert used(desk) == 1


@pytest.mark.parametrize(
    ("filled", "restrictions", "done"),
    [
        (False, CancelRestrictions.ONLY_NEW, True),
        (False, CancelRestrictions.ONLY_PARTIALLY_FILLED, False),
        (True, CancelRestrictions.ONLY_NEW, False),
        (True, CancelRestrictions.ONLY_PARTIALLY_FILLED, True),
    ],
)
def test_cancel_restrictions(desk: Desk, filled: bool, restrictions: CancelRestrictions, done: bool) -> None:
    if filled:
        desk.place("bob", "x", SELL, "0.4", "100")
    outcomes = replace(desk, "old", GOOD, restrictions=restrictions)
    assert told(outcomes) == (["old 4/4", "new 0/0"] if done else ["c 9"])


def test_the_new_order_may_take_the_id_of_the_old_one(desk: Desk) -> None:
    assert told(desk.replace("ann", "old", "old", BUY, "1", "99")) == ["old 4/4", "old 0/0"]


def test_a_contingent_order_may_be_replaced_by_another(desk: Desk) -> None:
    desk.last("100.5")
    desk.order("ann", "s", stop(BUY, "1", "110", "112"))
    at = desk.at + 1
    cancel = Cancel(at=at, account="ann", cl_ord_id="c", symbol="BTCUSDT", orig_cl_ord_id="s")
    place = Place(at=at, account="ann", cl_ord_id="t", request=stop(BUY, "1", "115", "120"))
    assert told(desk.do(Replace(at=at, account="ann", cancel=cancel, place=place))) == ["s 4/4", "t 0/0"]
    check_invariants(desk)
