"""The transition table, row by row, against the one printed in its module."""

import re

import pytest
from trading_facts import GONE, UNKNOWN, D, report, request

from blotter.trading import placement as module
from blotter.trading.placement import TRANSITIONS, Evidence, OrderState, Placement

WORDS = {
    "new": OrderState.NEW,
    "partial": OrderState.PARTIALLY_FILLED,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
    "unconf.": OrderState.UNCONFIRMED,
    "resolved": OrderState.RESOLVED,
}


def printed_rows():
    lines = module.__doc__.splitlines()
    head = next(i for i, line in enumerate(lines) if "known" in line and "said" in line)
    columns = re.findall(r"[A-Z]{4,}", lines[head])
    for line in lines[head + 1 : head + 1 + len(OrderState)]:
        state, *cells = line.split()
        yield from ((OrderState[state], Evidence[c], cell) for c, cell in zip(columns, cells, strict=True))


def test_the_table_is_the_one_in_the_documentation():
    printed = {(s, e): s if cell == "." else WORDS[cell] for s, e, cell in printed_rows()}
    assert printed == TRANSITIONS
    assert len(TRANSITIONS) == len(OrderState) * len(Evidence)


def test_nothing_moves_a_filled_placement():
    assert {TRANSITIONS[OrderState.FILLED, e] for e in Evidence} == {OrderState.FILLED}


@pytest.mark.parametrize("state", [OrderState.CANCELED, OrderState.EXPIRED])
def test_only_a_complete_fill_outweighs_an_ending(state):
    assert {e for e in Evidence if TRANSITIONS[state, e] is not state} == {Evidence.FILLED}


def test_a_loss_never_touches_what_is_acknowledged():
    moved = {s for s in OrderState if TRANSITIONS[s, Evidence.LOST] is not s}
    assert moved == {OrderState.PENDING_NEW}


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("0/0", {}, Evidence.ACCEPTED),
        ("0/A", {}, Evidence.ACCEPTED),  # held by the venue: a list's pending leg
        ("0/6", {}, Evidence.ACCEPTED),
        ("F/1", {"cum": "1"}, Evidence.PARTIAL),
        ("F/2", {"cum": "10"}, Evidence.FILLED),
        ("4/4", {}, Evidence.CANCELED),
        ("C/C", {}, Evidence.EXPIRED),
        ("C/0", {}, Evidence.ACCEPTED),  # survivor of self-trade prevention: judged by 39
        ("8/8", {}, Evidence.REFUSED),
        ("8/8", {"reason": UNKNOWN}, Evidence.LOST),
    ],
)
def test_evidence_is_read_from_ord_status(kind, fields, said):
    assert Placement.sent("A-000001", request()).evidence(report(kind, **fields)) is said


def test_a_refusal_that_names_our_order_id_ends_the_order_and_one_that_does_not_cannot():
    live = Placement.sent("A-000001", request()).report(report("0/0", order_id="0"))
    assert live.report(report("8/8", order_id="0")).state is OrderState.REJECTED
    assert live.report(report("8/8")).state is OrderState.NEW  # "Duplicate order sent."


def test_order_id_zero_is_an_id():
    live = Placement.sent("A-000001", request()).report(report("0/0", order_id="0"))
    assert live.order_id == "0"
    assert live.evidence(report("0/0", order_id="0")) is Evidence.WORKING


def test_a_refused_placement_is_believed_alive_when_the_venue_names_it():
    refused = Placement.sent("A-000001", request()).told(Evidence.REFUSED, GONE)
    assert (refused.state, refused.reason) == (OrderState.REJECTED, GONE)
    back = refused.report(report("0/0"))
    assert (back.state, back.reason) == (OrderState.NEW, None)


def test_an_older_report_brings_no_older_terms_back():
    live = Placement.sent("A-000001", request()).report(report("0/0", transact_time=1))
    amended = live.report(
        report(
            "5/1",
            "3",
            name="M-1",
            orig_cl_ord_id="A-000001",
            order_qty=D(6),
            transact_time=3,
        )
    )
    late = amended.report(report("F/1", "3", last="3", transact_time=2))
    assert (late.cl_ord_id, late.order_qty, late.leaves_qty) == ("M-1", D(6), D(3))
    assert late.cl_ord_ids == ("A-000001", "M-1")


def test_a_quote_total_that_is_not_said_is_taken_from_the_last_price():
    live = Placement.sent("A-000001", request()).report(report("0/0"))
    traded = live.report(report("F/1", "2", last="2", px="99.5", cum_quote_qty=None))
    assert traded.cum_quote_qty == D(199)
