"""The desk against the embedded exchange over TLS: the ordinary day and the accidents, end to end without a screen."""

import contextlib
import random
from decimal import Decimal

import anyio
import msgspec
import pytest

from blotter.desk import verbs
from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Amend, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.tape import Tape
from blotter.journal.verify import verify
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.signing import load_ed25519

pytestmark = pytest.mark.anyio

RESTING = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.02"),
    price=Decimal("40000.00"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


@contextlib.asynccontextmanager
async def desk_on(exchange, directory, **settings):
    ca_file = str(exchange.credentials.ca_file)
    links = tuple(
        LinkSettings(kind, Endpoint(*address), "TST", 5, ca_file)
        for kind, address in (
            (SessionKind.ORDER_ENTRY, exchange.order_entry),
            (SessionKind.MARKET_DATA, exchange.market_data),
        )
    )
    signer = load_ed25519(exchange.credentials.private_key_file)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(
            environment=Environment.EMBEDDED, links=links, symbols=("BTCUSDT", "ETHUSDT"), **settings
        ),
        BinanceSpot(),
        Credentials(exchange.credentials.api_key, signer),
        tape,
        system_clock,
        random.Random(1),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()


async def ready(desk) -> None:
    def is_ready() -> bool:
        live = all(link.state is LinkState.LIVE for link in desk.links().values())
        return live and "BTCUSDT" in desk.instruments and "BTCUSDT" in desk.quotes

    assert await desk.until(is_ready, 10), desk.links()


async def submit(desk, request=RESTING):
    answers = []
    desk.handle(Submit(id="s", request=request), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0]


async def reaches(desk, order_id, state, within=5.0) -> None:
    assert await desk.until(lambda: desk.orders()[order_id].state is state, within), desk.orders()[order_id]


@pytest.fixture
async def exchange(tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as running:
        yield running


async def test_a_trading_morning(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.NEW)
        for change in ({"order_qty": Decimal("0.01")}, {"price": Decimal("41000")}):
            desk.handle(Amend(id="a", order_id=order_id, **change))
            assert await desk.until(lambda: desk.orders()[order_id].pending != (), 5)
            assert await desk.until(lambda: desk.orders()[order_id].pending == (), 5)
        placed = desk.orders()[order_id]
        assert (placed.order_qty, placed.price, placed.state) == (
            Decimal("0.01"),
            Decimal("41000"),
            OrderState.NEW,
        )
        assert len(placed.placements) == 2
        reply = await verbs.cancel(desk, [order_id], 5)
        assert reply["ok"]
        assert desk.orders()[order_id].state is OrderState.CANCELED
        reply = await verbs.order(desk, "buy 0.01 btc market", 5)
        assert reply["outcome"] == "ended", reply
        assert reply["order"]["state"] == "filled"
        assert reply["fills"][0]["fees"][0]["asset"] == "BTC"
    assert verify(tmp_path / "tape.sqlite3").bad_row is None


async def test_a_lost_acknowledgement_is_unconfirmed_and_the_cancels_answer_settles_it(exchange, tmp_path):
    async with desk_on(exchange, tmp_path, ack_timeout=0.3) as desk:
        await ready(desk)
        exchange.inject("lost-ack:1.0")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED)
        exchange.inject("clear")
        assert (await verbs.cancel(desk, [order_id], 5))["ok"]
        await reaches(desk, order_id, OrderState.CANCELED)


async def test_a_cut_after_the_order_reached_the_engine(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await ready(desk)
        assert desk.orders()[order_id].state is OrderState.UNCONFIRMED, "nothing was invented meanwhile"
        assert (await verbs.cancel(desk, [order_id], 5))["ok"]
        await reaches(desk, order_id, OrderState.CANCELED)


async def test_reports_that_come_twice_change_nothing(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        exchange.inject("duplicate:1.0")
        reply = await verbs.order(desk, "buy 0.01 btc market", 5)
        assert reply["order"]["cum_qty"] == "0.01"
        assert sum(Decimal(fill["last_qty"]) for fill in reply["fills"]) == Decimal("0.01")


async def test_a_stalled_venue_is_given_up_and_dialled_again(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        exchange.inject("stall:12s")
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.STALE, 8)
        assert await desk.until(lambda: desk.links()["OE"].state is not LinkState.LIVE, 8)


async def test_the_venue_refuses_with_its_own_code_and_text(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        rich = msgspec.structs.replace(RESTING, order_qty=Decimal(200))
        order_id = await submit(desk, rich)
        await reaches(desk, order_id, OrderState.REJECTED)
        reason = desk.orders()[order_id].reason
        assert reason.code == -2010
        assert reason.text == "Account has insufficient balance for requested action."


async def test_a_refused_logon_says_why_and_does_not_hammer(exchange, tmp_path):
    exchange.inject("refuse-logon:-2015")
    async with desk_on(exchange, tmp_path) as desk:
        entry = "OE"

        def holds_off() -> bool:
            view = desk.links()[entry]
            return view.retry_at is not None and view.retry_at - system_clock().mono > 20_000_000_000

        assert await desk.until(holds_off, 8), "a second refusal in a row waits long"
        assert "-2015" in desk.links()[entry].reason


async def test_what_rests_survives_both_sides_going_away(tmp_path):
    config = ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)
    async with serve(config) as exchange, desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.NEW)
    async with serve(config) as exchange, desk_on(exchange, tmp_path) as desk:
        placed = desk.orders()[order_id]
        assert placed.state is OrderState.NEW
        assert placed.unverified_since is not None
        await ready(desk)
        assert (await verbs.cancel(desk, ["all"], 5))["ok"]
        await reaches(desk, order_id, OrderState.CANCELED)
        assert desk.orders()[order_id].unverified_since is None


async def test_headless_mistakes_point_at_the_word(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await ready(desk)
        reply = await verbs.order(desk, "buy 0.01 btc @ 60000.123 gtc", 0)
        assert not reply["ok"]
        (mistake,) = reply["mistakes"]
        assert reply["line"][mistake["start"] : mistake["end"]] == "60000.123"
        assert "tick" in mistake["text"]
        assert not desk.orders()
