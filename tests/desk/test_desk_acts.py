"""What a person asked for stands on the tape with the market of that moment, whatever names it by."""

import json
from decimal import Decimal

import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Cancel, Submit
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.instrument import Quote
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest

pytestmark = pytest.mark.anyio

LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.25"),
    price=Decimal("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


async def test_an_act_about_an_order_bears_its_market(peer, tmp_path):
    venue, endpoint = peer
    venue.on_message = lambda message: venue.report(message, "0", "0") if message.msg_type == "D" else None
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        desk.quotes["BTCUSDT"] = Quote(symbol="BTCUSDT", at=0, bid=Decimal(60_000), ask=Decimal(60_001))
        desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True))
        assert await desk.until(
            lambda: [order.state for order in desk.orders().values()] == [OrderState.NEW], 5
        )
        (own_id,) = desk.orders()
        desk.handle(Amend(id="a", order_id=own_id, order_qty=Decimal("0.1")))
        desk.handle(Cancel(id="c", order_ids=(own_id,)))
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        acts = [row.entry for row in desk.tape.rows() if row.entry.msg_type in ("Amend", "Cancel")]
    markets = [json.loads(entry.payload)["market"] for entry in acts]
    assert markets == [{"symbol": "BTCUSDT", "bid": "60000", "ask": "60001"}] * 2
