"""Each lifecycle of fact sheet 7.1, as messages through the decoder into the ledger: what the trader sees.

One test for each row of the table, in its order; a row with variants has some more. At the end of each, every report
comes a second time, as drop copy or an overlapping session brings it, and nothing may change.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from binance_lives import BUY, SELL, SYMBOL, Blotter, limit

from blotter.trading.enums import (
    ExecInst,
    ExpiryReason,
    OrdType,
    RejectCategory,
    ReplaceMode,
    Side,
    TriggerPriceDirection,
)
from blotter.trading.event import Fee
from blotter.trading.order import OrderState, Standing
from blotter.trading.order_list import ListState
from blotter.trading.request import ListKind, OrderRequest

D = Decimal


@pytest.fixture
def blotter() -> Iterator[Blotter]:
    """A fresh account."""
    blotter = Blotter()
    yield blotter
    blotter.hear_all_again()


def market(**terms: object) -> OrderRequest:
    return limit(**({"ord_type": OrdType.MARKET, "price": None, "time_in_force": None} | terms))


def stop(side: Side, direction: TriggerPriceDirection, trigger: str = "90", qty: str = "1") -> OrderRequest:
    return market(
        side=side,
        order_qty=D(qty),
        ord_type=OrdType.STOP,
        trigger_price=D(trigger),
        trigger_direction=direction,
    )


STOP_FIELDS = {"f40": 3, "f44": None, "f59": None, "f54": 2, "f1100": 4, "f1101": 1, "f1107": 2}


def test_resting_limit(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    assert blotter.seen("A-1") == ("pending new", D(0), D(1))
    blotter.report("0/0", "A-1", "42", f636="Y")
    assert blotter.seen("A-1") == ("new", D(0), D(1))
    assert blotter.order("A-1").standing is Standing.WORKING
    blotter.fill("F/1", "A-1", "42", 7, "0.4", "0.4")
    assert blotter.seen("A-1") == ("partially filled", D("0.4"), D("0.6"))
    blotter.fill("F/2", "A-1", "42", 8, "0.6", "1")
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert blotter.order("A-1").avg_px == D(100)
    assert blotter.filled() == [("A-1", D("0.4")), ("A-1", D("0.6"))]
    assert blotter.ledger.fills[0].fees == (Fee(D("0.001"), "BNB"),)
    assert blotter.ledger.positions[SYMBOL].net_qty == D(1)


def test_immediate_fill(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.fill("F/1", "A-1", "42", 7, "0.5", "0.5")
    blotter.fill("F/2", "A-1", "42", 8, "0.5", "1")
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert all(fill.aggressor for fill in blotter.ledger.fills)


def test_immediate_fill_whose_acknowledgement_never_comes(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.fill("F/2", "A-1", "42", 7, "1", "1")
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    blotter.report("0/0", "A-1", "42")
    assert blotter.seen("A-1") == ("filled", D(1), D(0)), "and a late one takes nothing back"


def test_refused(blotter: Blotter) -> None:
    text = "Account has insufficient balance for requested action."
    blotter.submit("A-1", limit())
    blotter.report("8/8", "A-1", "0", f17=None, f37=None, f103=99, f25016=-2010, f58=text)
    assert blotter.seen("A-1") == ("rejected", D(0), D(0))
    reason = blotter.order("A-1").reason
    assert reason is not None
    assert (reason.category, reason.code, reason.text) == (RejectCategory.FUNDS, -2010, text)
    assert blotter.filled() == []


def test_refused_as_malformed(blotter: Blotter) -> None:
    """A Reject (3) names a number of ours, no order."""
    blotter.submit("A-1", limit())
    blotter.reject("A-1", -1111, "Parameter 'price' has too much precision.")
    assert blotter.order("A-1").state is OrderState.REJECTED
    blotter.submit("A-2", limit())
    blotter.reject("A-2", -1007, "Timeout waiting for response from backend server. Send status unknown.")
    assert blotter.order("A-2").state is OrderState.UNCONFIRMED, "that was no refusal"


def test_cancel(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.cancel("A-1", "c-1")
    assert blotter.order("A-1").pending_cancel
    assert blotter.order("A-1").state is OrderState.NEW, "cancelling has no phase on the wire"
    blotter.report("4/4", "c-1", "42", f41="A-1", f151=0)
    assert blotter.seen("A-1") == ("canceled", D(0), D(0))
    assert not blotter.order("A-1").pending_cancel
    assert list(blotter.ledger.orders) == ["A-1"], "the cancel's id made no order of its own"


def test_cancel_refused_because_it_has_just_filled(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.cancel("A-1", "c-1")
    blotter.hear(
        "9", (11, "c-1"), (37, 42), (55, SYMBOL), (434, 1), (25016, -2011), (58, "Unknown order sent.")
    )
    assert blotter.seen("A-1") == ("new", D(0), D(1)), "a 9 says nothing of the order"
    assert not blotter.order("A-1").pending_cancel
    blotter.fill("F/2", "A-1", "42", 7, "1", "1")
    assert blotter.seen("A-1") == ("filled", D(1), D(0))


@pytest.mark.parametrize(("filled", "states"), [("0", "5/0"), ("0.2", "5/1")])
def test_amend(blotter: Blotter, filled: str, states: str) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    if filled != "0":
        blotter.fill("F/1", "A-1", "42", 7, filled, filled)
    blotter.amend("A-1", "r-1", "0.6")
    blotter.report(
        states,
        "r-1",
        "42",
        f41="A-1",
        f38="0.6",
        f14=filled,
        f151=D("0.6") - D(filled),
        f25017=D(filled) * 100,
    )
    order = blotter.order("A-1")
    assert (order.order_qty, order.cum_qty, order.leaves_qty) == (D("0.6"), D(filled), D("0.6") - D(filled))
    assert order.cl_ord_id_chain == ("A-1", "r-1"), "renamed, the same order"
    assert [placement.order_id for placement in order.placements] == ["42"]
    assert not order.pending_replace
    blotter.fill("F/2", "r-1", "42", 8, str(D("0.6") - D(filled)), "0.6", f38="0.6", f151=0)
    assert blotter.seen("A-1") == ("filled", D("0.6"), D(0))


def test_amend_refused(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.amend("A-1", "r-1", "0.6")
    text = "The requested action would change no state; rejecting."
    blotter.hear("XAR", (11, "r-1"), (37, 42), (55, SYMBOL), (38, "0.6"), (25016, -2038), (58, text))
    assert blotter.seen("A-1") == ("new", D(0), D(1))
    assert not blotter.order("A-1").pending_replace


def test_replace_xcn(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.replace("A-1", "A-1b", "c-1", limit(price="99"))
    blotter.report("4/4", "c-1", "42", f41="A-1", f151=0)
    assert blotter.order("A-1").open, "gone at the old price, on its way at the new one"
    blotter.report("0/0", "A-1b", "43", f44=99, f636="Y")
    order = blotter.order("A-1")
    assert (order.state, order.price, order.leaves_qty) == (OrderState.NEW, D(99), D(1))
    assert [placement.order_id for placement in order.placements] == ["42", "43"]
    assert not order.doubled
    blotter.fill("F/2", "A-1b", "43", 7, "1", "1", f31=99, f25017=99)
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert list(blotter.ledger.orders) == ["A-1"]


def test_replace_xcn_that_leaves_nothing(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.replace("A-1", "A-1b", "c-1", limit(price="99"))
    blotter.report("4/4", "c-1", "42", f41="A-1", f151=0)
    blotter.report("8/8", "A-1b", "0", f37=None, f17=None, f25016=-2010, f58="Market is closed.")
    order = blotter.order("A-1")
    assert (order.state, order.leaves_qty) == (OrderState.CANCELED, D(0))
    assert order.reason is not None
    assert order.reason.text.startswith("flat")


def test_replace_xcn_that_leaves_two(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.replace("A-1", "A-1b", "c-1", limit(price="99"), mode=ReplaceMode.ALLOW_FAILURE)
    blotter.hear(
        "9", (11, "c-1"), (37, 42), (55, SYMBOL), (434, 1), (25016, -2011), (58, "Unknown order sent.")
    )
    blotter.report("0/0", "A-1b", "43", f44=99)
    order = blotter.order("A-1")
    assert order.doubled, "nobody has said that the old one is gone"
    assert order.leaves_qty == D(2)
    blotter.report("4/4", "c-9", "42", f41="A-1", f151=0)
    assert not blotter.order("A-1").doubled


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("5", ExpiryReason.UNFILLED_IOC_QUANTITY),
        ("6", ExpiryReason.UNFILLED_FOK_ORDER),
        ("INSUFFICIENT_LIQUIDITY", ExpiryReason.INSUFFICIENT_LIQUIDITY),
    ],
)
def test_ioc_fok_market_remainder(blotter: Blotter, told: str, reason: ExpiryReason) -> None:
    blotter.submit("A-1", market())
    blotter.report("0/0", "A-1", "42", f40=1, f44=None, f59=None)
    blotter.fill("F/1", "A-1", "42", 7, "0.3", "0.3", f40=1, f44=None, f59=None)
    last = {"f40": 1, "f44": None, "f59": None, "f14": "0.3", "f151": 0, "f25017": 30, "f25056": told}
    blotter.report("C/C", "A-1", "42", **last)
    assert blotter.seen("A-1") == ("expired", D("0.3"), D(0))
    assert blotter.filled() == [("A-1", D("0.3"))]
    why = blotter.order("A-1").reason
    assert why is not None
    assert (
        why.text
        == {
            ExpiryReason.UNFILLED_IOC_QUANTITY: "immediate-or-cancel: the rest found no match",
            ExpiryReason.UNFILLED_FOK_ORDER: "fill-or-kill: not all of it found a match",
            ExpiryReason.INSUFFICIENT_LIQUIDITY: "the book ran out",
        }[reason]
    )


def test_contingent_order(blotter: Blotter) -> None:
    blotter.submit("A-1", stop(SELL, TriggerPriceDirection.DOWN))
    waiting = {**STOP_FIELDS, "f1109": "D", "f1102": 90}
    blotter.report("0/0", "A-1", "42", **waiting)
    order = blotter.order("A-1")
    assert (order.state, order.standing) == (OrderState.NEW, Standing.HELD)
    assert not order.current.request.take_profit
    blotter.report("0/0", "A-1", "42", **waiting, f636="Y")
    assert blotter.order("A-1").standing is Standing.WORKING, "a second 0/0, and it is triggered"
    blotter.fill("F/2", "A-1", "42", 7, "1", "1", **STOP_FIELDS)
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert blotter.ledger.positions[SYMBOL].net_qty == D(-1)


def test_contingent_order_refused_at_its_trigger(blotter: Blotter) -> None:
    blotter.submit("A-1", stop(SELL, TriggerPriceDirection.DOWN))
    blotter.report("0/0", "A-1", "42", **STOP_FIELDS, f1109="D", f1102=90)
    blotter.report("C/C", "A-1", "42", **STOP_FIELDS, f1109="D", f1102=90, f151=0, f25056=1)
    order = blotter.order("A-1")
    assert order.state is OrderState.EXPIRED
    assert order.reason is not None
    assert order.reason.text == "rejected when it was triggered or activated"


def status(
    kind: int, state: int, *legs: tuple[str, str], contingency: int = 2
) -> tuple[tuple[int, object], ...]:
    """ListStatus fields as they come since 2025: the symbol in the legs only."""
    fields: list[tuple[int, object]] = [(66, 25), (1385, contingency), (429, kind), (431, state)]
    fields += [(25014, "L-1"), (25015, "L-1"), (73, len(legs))]
    for name, venue_id in legs:
        fields += [(11, name), (55, SYMBOL), (37, venue_id)]
    return tuple(fields)


def test_oto(blotter: Blotter) -> None:
    blotter.submit_list("L-1", ListKind.OTO, ("A-1", limit()), ("A-2", limit(side=SELL, price="110")))
    assert blotter.ledger.lists["L-1"].state is ListState.PENDING_NEW
    legs = (("A-1", "42"), ("A-2", "43"))
    blotter.hear("N", *status(4, 3, *legs))
    blotter.report("0/0", "A-1", "42", f66=25, f636="Y")
    blotter.report("0/A", "A-2", "43", f66=25, f54=2, f44=110)
    one = blotter.ledger.lists["L-1"]
    assert (one.state, one.list_id, one.legs) == (ListState.EXECUTING, "25", ("A-1", "A-2"))
    assert blotter.order("A-2").standing is Standing.PENDING
    blotter.fill("F/2", "A-1", "42", 7, "1", "1", f66=25)
    blotter.report("0/0", "A-2", "43", f66=25, f54=2, f44=110, f636="Y")
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert blotter.seen("A-2") == ("new", D(0), D(1)), "a second NEW for one order"
    assert blotter.order("A-2").standing is Standing.WORKING
    assert len(blotter.ledger.orders) == 2
    assert blotter.ledger.lists["L-1"].state is ListState.EXECUTING
    blotter.fill("F/2", "A-2", "43", 8, "1", "1", f66=25, f54=2, f44=110)
    blotter.hear("N", *status(5, 6, *legs))
    assert blotter.ledger.lists["L-1"].state is ListState.ALL_DONE
    assert blotter.ledger.positions[SYMBOL].net_qty == D(0)


def test_oto_whose_working_leg_expires(blotter: Blotter) -> None:
    blotter.submit_list("L-1", ListKind.OTO, ("A-1", limit()), ("A-2", limit(side=SELL, price="110")))
    blotter.report("0/0", "A-1", "42", f66=25, f636="Y")
    blotter.report("0/A", "A-2", "43", f66=25, f54=2, f44=110)
    blotter.report("C/C", "A-1", "42", f66=25, f151=0, f25056=2)
    blotter.report("C/C", "A-2", "43", f66=25, f54=2, f44=110, f151=0, f25056=4)
    pending = blotter.order("A-2")
    assert pending.state is OrderState.EXPIRED
    assert pending.reason is not None
    assert pending.reason.text == "the working order of its list expired"
    assert blotter.ledger.lists["L-1"].state is ListState.ALL_DONE


def oco(blotter: Blotter) -> tuple[tuple[str, str], ...]:
    """A working sell OCO: a stop below, a post-only limit above."""
    above = limit(side=SELL, price="110", exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    blotter.submit_list("L-1", ListKind.OCO, ("A-1", stop(SELL, TriggerPriceDirection.DOWN)), ("A-2", above))
    legs = (("A-1", "42"), ("A-2", "43"))
    blotter.hear("N", *status(4, 3, *legs, contingency=1))
    blotter.report("0/0", "A-1", "42", f66=25, **STOP_FIELDS, f1109="D", f1102=90)
    blotter.report("0/0", "A-2", "43", f66=25, f54=2, f44=110, f18=6, f59=None, f636="Y")
    assert blotter.order("A-1").standing is Standing.HELD
    assert blotter.order("A-2").standing is Standing.WORKING
    return legs


def test_oco_trigger(blotter: Blotter) -> None:
    legs = oco(blotter)
    blotter.report("C/C", "A-2", "43", f66=25, f54=2, f44=110, f18=6, f59=None, f151=0, f25056=3)
    blotter.report("0/0", "A-1", "42", f66=25, **STOP_FIELDS, f1109="D", f1102=90, f636="Y")
    blotter.fill("F/2", "A-1", "42", 7, "1", "1", f66=25, **STOP_FIELDS)
    blotter.hear("N", *status(5, 6, *legs, contingency=1))
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert blotter.seen("A-2") == ("expired", D(0), D(0))
    why = blotter.order("A-2").reason
    assert why is not None
    assert why.text == "the other leg of its list took over"
    assert blotter.ledger.lists["L-1"].state is ListState.ALL_DONE
    assert blotter.ledger.positions[SYMBOL].net_qty == D(-1), "one leg traded, once"


def test_oco_cancelled_by_the_user_through_one_leg(blotter: Blotter) -> None:
    legs = oco(blotter)
    blotter.cancel("A-2", "c-1")
    blotter.report("4/4", "c-1", "42", f41="A-1", f66=25, **STOP_FIELDS, f151=0)
    blotter.report("4/4", "c-1", "43", f41="A-2", f66=25, f54=2, f44=110, f18=6, f59=None, f151=0)
    blotter.hear("N", *status(5, 6, *legs, contingency=1))
    assert [blotter.order(name).state for name in ("A-1", "A-2")] == [OrderState.CANCELED] * 2
    assert not blotter.order("A-2").pending_cancel
    assert blotter.ledger.lists["L-1"].state is ListState.ALL_DONE


def test_oco_refused(blotter: Blotter) -> None:
    blotter.submit_list(
        "L-1",
        ListKind.OCO,
        ("A-1", stop(SELL, TriggerPriceDirection.DOWN)),
        ("A-2", limit(side=SELL, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)),
    )
    text = "The relationship of the prices for the orders is not correct."
    why = ((1386, 99), (25016, -2010), (58, text))
    blotter.hear("N", (25014, "L-1"), (1385, 1), (429, 2), (431, 7), *why)
    assert [blotter.order(name).state for name in ("A-1", "A-2")] == [OrderState.REJECTED] * 2
    one = blotter.ledger.lists["L-1"]
    assert one.state is ListState.REJECTED
    assert one.reason is not None
    assert (one.reason.text, one.reason.code) == (text, -2010)


def test_stp_that_expires_the_order(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f25001=3)
    last = {"f25024": 0, "f25025": 100, "f25026": 1, "f25027": 1, "f25029": 41, "f25030": 1, "f25031": 1}
    blotter.report("C/C", "A-1", "42", **last, f151=0)
    order = blotter.order("A-1")
    assert blotter.seen("A-1") == ("expired", D(0), D(0))
    assert order.reason is not None
    assert order.reason.text == "self-trade prevention"


@pytest.mark.parametrize("exec_type", ["C", "0", "5"])
def test_stp_survivor(blotter: Blotter, exec_type: str) -> None:
    """DECREMENT and TRANSFER leave the larger order alive with less to trade; which ExecType says so is not written
    anywhere, so 39 and 151 decide."""
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f25001=5, f636="Y")
    blotter.report(f"{exec_type}/0", "A-1", "42", f25001=5, f25024=3, f25030="0.4", f25031="0.4", f151="0.6")
    assert blotter.seen("A-1") == ("new", D(0), D("0.6"))
    assert blotter.order("A-1").open
    blotter.fill("F/2", "A-1", "42", 7, "0.6", "0.6", f25030="0.4", f151=0)
    assert blotter.seen("A-1") == ("filled", D("0.6"), D(0))


@pytest.mark.parametrize("filled", ["0", "0.3"])
def test_price_range_rule(blotter: Blotter, filled: str) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    if filled != "0":
        blotter.fill("F/1", "A-1", "42", 7, filled, filled)
    blotter.report("C/C", "A-1", "42", f14=filled, f25017=D(filled) * 100, f151=0, f25056=8)
    assert blotter.seen("A-1") == ("expired", D(filled), D(0))
    why = blotter.order("A-1").reason
    assert why is not None
    assert why.text == "the price left the range the exchange allows"


def test_exchange_cancel(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f636="Y")
    blotter.report("C/C", "A-1", "42", f151=0, f25056="EXCHANGE_CANCELED")
    assert blotter.seen("A-1") == ("expired", D(0), D(0))
    why = blotter.order("A-1").reason
    assert why is not None
    assert why.text == "canceled by the exchange"


def test_an_order_of_another_session_lives_here_too(blotter: Blotter) -> None:
    """The account's whole life comes by, not only what was sent here."""
    blotter.report("0/0", "web:1", "77", f636="Y")
    blotter.fill("F/1", "web:1", "77", 7, "0.5", "0.5")
    blotter.report("4/4", "web:2", "77", f41="web:1", f14="0.5", f25017=50, f151=0)
    (order,) = blotter.ledger.orders.values()
    assert order.foreign
    assert (order.state, order.cum_qty, order.side) == (OrderState.CANCELED, D("0.5"), BUY)
