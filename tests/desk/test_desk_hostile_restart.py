"""Restarts at the worst moment: what was not heard is still looked for."""

from decimal import Decimal

import msgspec
import pytest
from exchange_running import desk_on, resting

from blotter.desk.desk import Desk
from blotter.desk.reconcile import Reconciler
from blotter.desk.rest import Rest, RestUnavailable
from blotter.exchange import event as ev
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.tops import top_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def exchange(tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as running:
        yield running


async def test_what_an_unfinished_reconciliation_was_to_look_for_is_looked_for_after_the_next_start(
    exchange, tmp_path, monkeypatch
):
    """Killed; a trade from elsewhere; a start that ends before REST has answered; another start."""
    monkeypatch.setattr(Desk, "_deafness", lambda desk: 0)
    settings = {"symbols": ("BTCUSDT",)}
    with monkeypatch.context() as patch:
        patch.setattr(Reconciler, "lost", lambda reconciler, heard_until: None)  # killed, it notes nothing
        async with desk_on(exchange, tmp_path, **settings):
            pass
    ask = top_of(exchange.engine.markets["BTCUSDT"])[1][0]
    request = msgspec.structs.replace(resting("BTCUSDT"), order_qty=Decimal("0.01"), price=ask + 10)
    bought = ev.Place(at=exchange.hub.now().wall, account=ACCOUNT, cl_ord_id="phone-1", request=request)
    exchange.hub.submit(bought)

    async def deaf(rest, question):
        raise RestUnavailable("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr(Rest, "ask", deaf)
        async with desk_on(exchange, tmp_path, **settings) as desk:
            assert not desk.orders()

    async with desk_on(exchange, tmp_path, **settings) as desk:
        assert await desk.until(lambda: bool(desk.orders()), 8), "bought elsewhere, and nobody here knows"
        assert [order.cum_qty for order in desk.orders().values()] == [Decimal("0.01")]
