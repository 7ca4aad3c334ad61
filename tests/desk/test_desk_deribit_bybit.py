"""The desk at the embedded exchange speaking Deribit's and Bybit's dialects, over TLS."""

from decimal import Decimal

import pytest
from venue_on_exchange import trading_at

from blotter.desk.fold import Fold
from blotter.journal.reader import TapeReader
from blotter.trading.enums import ExecInst
from blotter.trading.order import OrderState
from blotter.venues import registry

pytestmark = pytest.mark.anyio

VENUES = {"deribit": "BTC_USDC", "bybit": "BTCUSDT"}


@pytest.fixture(params=sorted(VENUES))
async def trading(request, tmp_path, anyio_backend):
    async with trading_at(request.param, tmp_path, VENUES[request.param]) as trading:
        yield trading


@pytest.fixture
async def deribit(tmp_path, anyio_backend):
    async with trading_at("deribit", tmp_path, "BTC_USDC") as trading:
        yield trading


async def test_a_trading_morning(trading):
    order_id = await trading.submit()
    order = await trading.reaches(order_id, OrderState.NEW)
    name = order.current.cl_ord_id
    trading.sold("0.005")
    order = await trading.reaches(order_id, OrderState.PARTIALLY_FILLED)
    assert [fill.last_qty for fill in trading.desk.fills_of(order_id)] == [Decimal("0.005")]
    await trading.amend(order_id, price=Decimal(49_000), order_qty=Decimal("0.03"))
    order = await trading.settles(order_id)
    assert (order.price, order.order_qty, order.cum_qty) == (
        Decimal(49_000),
        Decimal("0.03"),
        Decimal("0.005"),
    )
    assert (order.current.cl_ord_id, len(order.placements)) == (name, 1), "the same order by the same name"
    await trading.cancel(order_id)
    order = await trading.reaches(order_id, OrderState.CANCELED)
    assert (order.cum_qty, order.pending) == (Decimal("0.005"), ())


async def test_an_order_that_fills_at_once_and_one_that_fills_by_and_by(trading):
    trading.sold("0.01", price="49000")
    order_id = await trading.submit(order_qty=Decimal("0.03"))
    await trading.reaches(order_id, OrderState.PARTIALLY_FILLED)
    trading.sold("0.005")
    trading.sold("0.015")
    await trading.reaches(order_id, OrderState.FILLED)
    fills = trading.desk.fills_of(order_id)
    assert [fill.last_qty for fill in fills] == [Decimal("0.01"), Decimal("0.005"), Decimal("0.015")]
    assert fills[0].last_px == Decimal(49_000)


async def test_refusals_end_what_was_asked(trading):
    refused = await trading.submit(order_qty=Decimal(100))
    order = await trading.reaches(refused, OrderState.REJECTED)
    assert "insufficient" in order.reason.text.lower()
    trading.sold("0.01")
    taking = await trading.submit(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    await trading.reaches(taking, OrderState.REJECTED)


async def test_a_cancel_that_comes_too_late_is_answered(trading):
    order_id = await trading.submit()
    await trading.reaches(order_id, OrderState.NEW)
    hub = trading.exchange.hub
    hub.traders.clear()  # what happens now is not heard of here
    trading.sold("0.02")
    await trading.cancel(order_id)
    order = await trading.settles(order_id)
    assert order.reason is not None


async def test_replay_of_the_tape_equals_what_was_lived(trading, tmp_path):
    order_id = await trading.submit()
    await trading.reaches(order_id, OrderState.NEW)
    trading.sold("0.005")
    await trading.reaches(order_id, OrderState.PARTIALLY_FILLED)
    await trading.amend(order_id, price=Decimal(49_000))
    await trading.settles(order_id)
    await trading.cancel(order_id)
    await trading.reaches(order_id, OrderState.CANCELED)
    desk = trading.desk
    assert await desk.until(lambda: desk.tape.settled() is not None, 5)
    again = Fold(registry.venue(desk.venue.name))
    with TapeReader.open(tmp_path / "tape.sqlite3") as reader:
        again.replay(row.entry for row in reader.rows())
    assert again.dump() == desk._fold.dump()


async def test_deribit_tells_what_is_open_after_the_plug_was_pulled(deribit):
    kept = await deribit.submit()
    await deribit.reaches(kept, OrderState.NEW)
    filled = await deribit.submit(price=Decimal(51_000), order_qty=Decimal("0.01"))
    await deribit.reaches(filled, OrderState.NEW)
    hub = deribit.exchange.hub
    hub.drop()
    deribit.sold("0.01", price="51000")
    order = await deribit.reaches(filled, OrderState.FILLED, within=20)
    assert order.cum_qty == Decimal("0.01")
    assert await deribit.desk.until(lambda: deribit.order(kept).unverified_since is None, 20)
    assert deribit.order(kept).state is OrderState.NEW


async def test_deribit_lists_its_instruments_on_the_session(deribit):
    assert await deribit.desk.until(lambda: "BTC_USDC" in deribit.desk.instruments, 5)
    listed = deribit.desk.instruments["BTC_USDC"]
    assert (listed.base, listed.quote, listed.tick_size) == ("BTC", "USDC", Decimal(1))


async def test_deribit_cancels_on_disconnect_where_that_is_set(tmp_path):
    async with trading_at("deribit", tmp_path, "BTC_USDC", cancel_on_disconnect=True) as deribit:
        order_id = await deribit.submit()
        await deribit.reaches(order_id, OrderState.NEW)
        deribit.exchange.hub.drop()
        await deribit.reaches(order_id, OrderState.CANCELED, within=20)


async def test_bybit_names_what_stays_open_where_it_cannot_ask(tmp_path):
    async with trading_at("bybit", tmp_path, "BTCUSDT") as bybit:
        order_id = await bybit.submit()
        await bybit.reaches(order_id, OrderState.NEW)
        bybit.exchange.hub.drop()
        assert await bybit.desk.until(lambda: bybit.order(order_id).unverified_since is not None, 10)
        assert bybit.order(order_id).state is OrderState.NEW, "nothing is invented"
