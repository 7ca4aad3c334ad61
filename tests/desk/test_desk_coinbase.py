"""The desk at the embedded exchange speaking Coinbase Exchange's dialect, over TLS."""

from decimal import Decimal
from uuid import UUID

import httpx2
import pytest
from venue_on_exchange import trading_at

from blotter.desk.change import StopResult
from blotter.desk.command import Stop
from blotter.journal.verify import verify
from blotter.trading.order import OrderState

pytestmark = pytest.mark.anyio


@pytest.fixture
async def coinbase(tmp_path, anyio_backend):
    async with trading_at("coinbase", tmp_path, "BTC-USD") as trading:
        yield trading


async def test_a_trading_morning(coinbase):
    order_id = await coinbase.submit()
    order = await coinbase.reaches(order_id, OrderState.NEW)
    assert UUID(order.current.cl_ord_id).version == 4
    coinbase.sold("0.004")
    order = await coinbase.reaches(order_id, OrderState.PARTIALLY_FILLED)
    [fill] = coinbase.desk.fills_of(order_id)
    assert (fill.last_qty, fill.fees[0].amount, fill.fees[0].asset) == (
        Decimal("0.004"),
        Decimal("0.000004"),
        "BTC",
    )
    await coinbase.amend(order_id, price=Decimal(49_000), order_qty=Decimal("0.03"))
    order = await coinbase.settles(order_id)
    assert (order.price, order.order_qty, order.cum_qty) == (
        Decimal(49_000),
        Decimal("0.03"),
        Decimal("0.004"),
    )
    assert (order.state, len(order.placements)) == (OrderState.PARTIALLY_FILLED, 1), "the same order"
    await coinbase.cancel(order_id)
    order = await coinbase.reaches(order_id, OrderState.CANCELED)
    assert (order.cum_qty, order.pending) == (Decimal("0.004"), ())


async def test_the_venues_refusal_is_told_in_its_words(coinbase):
    order_id = await coinbase.submit(order_qty=Decimal(50))
    order = await coinbase.reaches(order_id, OrderState.REJECTED)
    assert (order.reason.text, order.reason.code) == ("Insufficient funds", 0)


async def test_the_plug_pulled_orders_stay_and_can_be_cancelled_on_the_next_connection(coinbase):
    order_id = await coinbase.submit()
    await coinbase.reaches(order_id, OrderState.NEW)
    await coinbase.plug_pulled_and_back()
    order = coinbase.order(order_id)
    assert order.unverified_since is not None, "nobody has told what became of it"
    await coinbase.cancel(order_id)
    order = await coinbase.reaches(order_id, OrderState.CANCELED)
    assert order.unverified_since is None


async def test_cancel_on_disconnect_leaves_an_order_in_doubt_until_somebody_tells(tmp_path):
    async with trading_at("coinbase", tmp_path, "BTC-USD", cancel_on_disconnect=True) as coinbase:
        order_id = await coinbase.submit()
        await coinbase.reaches(order_id, OrderState.NEW)
        await coinbase.plug_pulled_and_back()
        order = coinbase.order(order_id)
        assert order.unverified_since is not None, "not taken for cancelled: no report has said so"
        await coinbase.cancel(order_id)
        order = await coinbase.settles(order_id)
        assert "nknown order" in order.reason.text


async def test_the_tape_proves_whole_and_shows_no_secret_not_even_in_headers(tmp_path):
    async with trading_at("coinbase", tmp_path, "BTC-USD") as coinbase:
        await coinbase.reaches(await coinbase.submit(), OrderState.NEW)
        keys = coinbase.exchange.credentials.keys
        assert keys.api_key not in repr(coinbase.desk.links())
    assert verify(tmp_path / "tape.sqlite3").bad_row is None
    taped = b"".join(path.read_bytes() for path in tmp_path.glob("tape.sqlite3*"))
    assert not any(secret.encode() in taped for secret in (keys.api_key, keys.secret, keys.passphrase))


async def test_a_stop_cancels_everything_one_by_one(coinbase):
    orders = [await coinbase.submit() for _ in range(3)]
    for order_id in orders:
        await coinbase.reaches(order_id, OrderState.NEW)
    coinbase.desk.handle(Stop(id="stop", cancel=True))
    for order_id in orders:
        await coinbase.reaches(order_id, OrderState.CANCELED)
    assert await coinbase.desk.until(lambda: coinbase.desk.stop_view.done, 8), coinbase.desk.stop_view
    assert {one.result for one in coinbase.desk.stop_view.outcomes} == {StopResult.CANCELED}


class Rest:
    """What Coinbase's REST interface would say of one order."""

    def __init__(self):
        self.order = None  # None: it knows of none
        self.fills = []

    def __call__(self, request):
        path = request.url.path
        if path == "/orders":
            live = self.order is not None and self.order["status"] == "open"
            return httpx2.Response(200, json=[self.order] if live else [])
        if path.startswith("/orders/"):
            if self.order is None:
                return httpx2.Response(404, json={"message": "NotFound"})
            return httpx2.Response(200, json=self.order)
        return httpx2.Response(200, json=self.fills if path == "/fills" else [])

    def transport(self):
        return httpx2.MockTransport(self)


async def test_rest_tells_of_a_cancelled_order_by_not_knowing_it_any_more(tmp_path):
    rest = Rest()
    settings = {"cancel_on_disconnect": True, "rest_transport": rest.transport()}
    async with trading_at("coinbase", tmp_path, "BTC-USD", **settings) as coinbase:
        order_id = await coinbase.submit()
        await coinbase.reaches(order_id, OrderState.NEW)
        await coinbase.plug_pulled_and_back()
        order = await coinbase.reaches(order_id, OrderState.CANCELED)
        assert order.reason.text == "canceled without a fill: the venue says NotFound"
        assert order.unverified_since is None


async def test_rest_tells_of_fills_that_were_missed(tmp_path):
    rest = Rest()
    async with trading_at("coinbase", tmp_path, "BTC-USD", rest_transport=rest.transport()) as coinbase:
        order_id = await coinbase.submit()
        order = await coinbase.reaches(order_id, OrderState.NEW)
        venue_id = order.current.order_id
        rest.order = {
            "id": venue_id,
            "client_oid": order.current.cl_ord_id,
            "product_id": "BTC-USD",
            "side": "buy",
            "type": "limit",
            "price": "50000",
            "size": "0.02",
            "filled_size": "0.02",
            "executed_value": "1000",
            "status": "done",
            "done_reason": "filled",
            "done_at": "2099-01-01T00:00:00Z",
        }
        fill = {"product_id": "BTC-USD", "order_id": venue_id, "price": "50000", "liquidity": "M"}
        rest.fills = [
            {**fill, "trade_id": 2, "size": "0.015", "fee": "0.3", "created_at": "2026-04-07T14:32:06Z"},
            {**fill, "trade_id": 1, "size": "0.005", "fee": "0.1", "created_at": "2026-04-07T14:32:05Z"},
        ]
        await coinbase.plug_pulled_and_back()
        order = await coinbase.reaches(order_id, OrderState.FILLED)
        told = [(one.trade_id, one.last_qty, one.fees[0].amount) for one in coinbase.desk.fills_of(order_id)]
        assert told == [("1", Decimal("0.005"), Decimal("0.1")), ("2", Decimal("0.015"), Decimal("0.3"))]
