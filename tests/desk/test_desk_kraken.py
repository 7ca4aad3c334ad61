"""The desk at the embedded exchange speaking Kraken's dialect, over TLS."""

from decimal import Decimal

import pytest
from venue_on_exchange import trading_at

from blotter.desk.change import StopResult
from blotter.desk.command import MassCancelSymbol, Stop
from blotter.journal.verify import verify
from blotter.trading.enums import ExecInst
from blotter.trading.order import OrderState

pytestmark = pytest.mark.anyio


@pytest.fixture
async def kraken(tmp_path, anyio_backend):
    async with trading_at("kraken", tmp_path, "BTC/USD") as trading:
        yield trading


async def test_a_trading_morning(kraken, tmp_path):
    order_id = await kraken.submit()
    order = await kraken.reaches(order_id, OrderState.NEW)
    assert order.current.cl_ord_id.isdigit()
    for number, cum in enumerate(("0.004", "0.010")):
        kraken.sold("0.004" if number == 0 else "0.006")
        assert await kraken.desk.until(lambda cum=cum: kraken.order(order_id).cum_qty == Decimal(cum), 5)
    fees = [fill.fees for fill in kraken.desk.fills_of(order_id)]
    assert [(one.amount, one.asset) for (one,) in fees] == [
        (Decimal("0.000004"), "BTC"),
        (Decimal("0.000006"), "BTC"),
    ], "each fill its own, though the venue tells sums"
    await kraken.amend(order_id, price=Decimal(49_000))
    order = await kraken.settles(order_id)
    assert (order.price, order.order_qty, order.cum_qty) == (
        Decimal(49_000),
        Decimal("0.02"),
        Decimal("0.010"),
    )
    assert (order.state, len(order.placements)) == (OrderState.PARTIALLY_FILLED, 1), "the same order"
    await kraken.cancel(order_id)
    order = await kraken.reaches(order_id, OrderState.CANCELED)
    assert order.cum_qty == Decimal("0.010")


async def test_the_venues_refusal_is_told_in_its_words(kraken):
    order_id = await kraken.submit(order_qty=Decimal(50))
    order = await kraken.reaches(order_id, OrderState.REJECTED)
    assert order.reason.text.endswith(" : EOrder:Insufficient funds")


async def test_post_only_that_would_take_is_refused(kraken):
    kraken.sold("0.01")
    order_id = await kraken.submit(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    order = await kraken.reaches(order_id, OrderState.REJECTED)
    assert "Post only order" in order.reason.text


async def test_the_plug_pulled_cancels_and_the_report_of_it_is_sent_again(kraken):
    order_id = await kraken.submit()
    await kraken.reaches(order_id, OrderState.NEW)
    await kraken.plug_pulled_and_back()
    order = await kraken.reaches(order_id, OrderState.CANCELED)
    assert order.unverified_since is None
    order_id = await kraken.submit()
    await kraken.reaches(order_id, OrderState.NEW)


async def test_the_tape_proves_whole_and_shows_no_secret(tmp_path):
    async with trading_at("kraken", tmp_path, "BTC/USD") as kraken:
        await kraken.reaches(await kraken.submit(), OrderState.NEW)
        keys = kraken.exchange.credentials.keys
    assert verify(tmp_path / "tape.sqlite3").bad_row is None
    taped = b"".join(path.read_bytes() for path in tmp_path.glob("tape.sqlite3*"))
    assert keys.api_key.encode() not in taped
    assert keys.secret.encode() not in taped


async def test_an_order_that_stays_is_asked_for_by_h_after_the_plug_was_pulled(tmp_path):
    async with trading_at("kraken", tmp_path, "BTC/USD", cancel_on_disconnect=False) as kraken:
        order_id = await kraken.submit()
        await kraken.reaches(order_id, OrderState.NEW)
        await kraken.plug_pulled_and_back()
        assert await kraken.desk.until(lambda: kraken.order(order_id).unverified_since is None, 10)
        order = kraken.order(order_id)
        assert (order.state, order.cum_qty) == (OrderState.NEW, 0)


async def test_fills_missed_while_away_are_sent_again_where_orders_stay(tmp_path):
    async with trading_at("kraken", tmp_path, "BTC/USD", cancel_on_disconnect=False) as kraken:
        order_id = await kraken.submit()
        await kraken.reaches(order_id, OrderState.NEW)
        kraken.exchange.hub.drop()
        kraken.sold("0.02")
        order = await kraken.reaches(order_id, OrderState.FILLED, within=20)
        assert order.cum_qty == Decimal("0.02")
        [fill] = kraken.desk.fills_of(order_id)
        assert (fill.last_qty, fill.last_px) == (Decimal("0.02"), Decimal(50_000))


async def test_a_stop_cancels_everything_and_is_told_so(kraken):
    orders = [await kraken.submit() for _ in range(3)]
    for order_id in orders:
        await kraken.reaches(order_id, OrderState.NEW)
    kraken.desk.handle(Stop(id="stop", cancel=True))
    for order_id in orders:
        await kraken.reaches(order_id, OrderState.CANCELED)
    assert await kraken.desk.until(lambda: kraken.desk.stop_view.done, 8), kraken.desk.stop_view
    assert {one.result for one in kraken.desk.stop_view.outcomes} == {StopResult.CANCELED}


async def test_a_mass_cancel_is_answered_by_the_orders_it_ends(kraken):
    order_id = await kraken.submit()
    await kraken.reaches(order_id, OrderState.NEW)
    kraken.desk.handle(MassCancelSymbol(id="m", symbol="BTC/USD"))
    order = await kraken.reaches(order_id, OrderState.CANCELED)
    name = order.current.ended_by
    assert name in kraken.desk._fold.ledger.mass_cancels
    assert not kraken.desk._fold.waits(name), "so nobody is told that no answer came"
