"""A reconciliation on a long day, and fills that come live while it looks."""

import asyncio
from decimal import Decimal
from types import SimpleNamespace

import anyio.lowlevel
import pytest

from blotter.desk.inquiry import AT_A_TURN, Case, Inquiry
from blotter.desk.source import Times
from blotter.fix.session import Instant

pytestmark = pytest.mark.anyio

D = Decimal


def fill(number, order_id, qty="1"):
    return SimpleNamespace(order_id=order_id, last_qty=D(qty), trade_id=str(number))


def order(order_id, cum_qty):
    return SimpleNamespace(id=order_id, cum_qty=D(cum_qty))


def inquiry_on(ledger):
    fold = SimpleNamespace(ledger=ledger)
    source = SimpleNamespace(times=Times(1, 1, 1), history=None)
    case = Case(Instant(0, 0), (), (), None)
    return Inquiry(source, SimpleNamespace(fold=fold), lambda: Instant(0, 0), None, case, lambda: None), case


async def test_a_long_day_is_looked_through_in_many_small_turns():
    orders = {f"A-{n}": order(f"A-{n}", 1) for n in range(20 * AT_A_TURN)}
    ledger = SimpleNamespace(fills=[fill(n, f"A-{n}") for n in range(20 * AT_A_TURN - 1)], orders=orders)
    inquiry, case = inquiry_on(ledger)
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    beside = asyncio.create_task(others())
    await inquiry._add_up()
    await inquiry._suspect_the_short()
    beside.cancel()
    assert turns >= 30, "whoever else is in the loop had to wait for all of it"
    assert case.suspects == {f"A-{20 * AT_A_TURN - 1}"}


async def test_a_fill_that_comes_live_meanwhile_is_not_called_missing():
    one = order("A-1", 1)
    ledger = SimpleNamespace(fills=[fill(1, "A-1")], orders={"A-1": one})
    inquiry, _ = inquiry_on(ledger)
    await inquiry._add_up()
    await inquiry._suspect_the_short()
    assert inquiry._missing(one) == 0
    one.cum_qty = D(3)
    ledger.fills.append(fill(2, "A-1", "2"))
    assert inquiry._missing(one) == 0
