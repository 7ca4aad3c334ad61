"""The venue in the README's guide is all that a new venue takes: one line in the registry, and it trades."""

import re
import types
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from blotter.config import Config, VenueConfig
from blotter.desk.command import Amend, Cancel, Submit
from blotter.desk.setup import account, desk_builder
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues import registry

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def toyland(monkeypatch):
    """The one line of the registry."""
    source = re.search(r"<!-- toy venue -->\n```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    module = types.ModuleType("toyland")
    exec(compile(source[1], "README.md", "exec"), module.__dict__)
    monkeypatch.setitem(registry.VENUES, module.Toyland.name, module.Toyland)
    return module.Toyland


def test_the_guide_fits_on_a_page():
    guide = README.split("### Adding a venue")[1].split("`.ci/run` runs everything")[0]
    assert len(guide.splitlines()) < 66


@pytest.mark.anyio
async def test_the_venue_of_the_guide_trades(toyland, tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "exchange", dialect="fix44", rate=None)) as exchange:
        keys = exchange.credentials
        symbol = next(iter(exchange.hub.engine.markets))
        config = VenueConfig(
            venue="toyland",
            order_entry="{}:{}".format(*exchange.order_entry),
            ca_file=str(keys.ca_file),
            secret_file=str(keys.secret_file),
            api_key_file=str(tmp_path / "exchange" / "api-key"),
            sender_comp_id="DESK01",
            heart_bt_int=5,
            instruments=instruments(symbol),
        )
        chosen = account("toy", config, None)
        desk = desk_builder(Config(), chosen, tmp_path / "desk")()
        async with anyio.create_task_group() as group:
            group.start_soon(desk.run)
            assert await desk.until(lambda: not desk.view().entry_blocked, 10), desk.view().entry_blocked
            request = OrderRequest(
                symbol=symbol,
                side=Side.BUY,
                ord_type=OrdType.LIMIT,
                order_qty=Decimal("0.01"),
                price=Decimal(50000),
                time_in_force=TimeInForce.GOOD_TILL_CANCEL,
            )
            desk.handle(Submit(id="1", request=request, accept_warnings=True))
            assert await desk.until(lambda: state(desk) is OrderState.NEW, 10), list(desk.orders().values())
            desk.handle(Amend(id="2", order_id="A-000001", price=Decimal(50001), accept_warnings=True))
            assert await desk.until(lambda: desk.orders()["A-000001"].price == Decimal(50001), 10)
            desk.handle(Cancel(id="3", order_ids=("A-000001",)))
            assert await desk.until(lambda: state(desk) is OrderState.CANCELED, 10)
            desk.stop()
        desk.tape.close()


def state(desk):
    return desk.orders()["A-000001"].state if desk.orders() else None


def instruments(symbol: str):
    from blotter.venues.instruments import InstrumentTerms

    return {
        symbol: InstrumentTerms(base="BTC", quote="USD", tick_size=Decimal(1), step_size=Decimal("0.0001"))
    }
