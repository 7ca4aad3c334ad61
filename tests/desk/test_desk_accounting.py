"""Filters, balances and profits against the embedded exchange: what the venue has and what our fills come to."""

from decimal import Decimal

import msgspec
import pytest
from desk_all_sessions import all_sessions, best_bid

from blotter.desk import balances
from blotter.desk.command import Acknowledge, Refresh, Submit
from blotter.desk.rest import Rest
from blotter.exchange import event as ev
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.mirror import holdings
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.trading.enums import ContingencyType, ExecInst, OrdType, Side, TriggerPriceDirection
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(balances, "SETTLE", 0.05)
    monkeypatch.setattr(balances, "EVERY", 0.1)
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as running:
        yield running


async def submit(desk, request):
    assert await desk.until(lambda: not desk.view().entry_blocked, 10)
    answers = []
    desk.handle(Submit(id="s", request=request, accept_warnings=True), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0]


async def known(desk):
    assert await desk.until(lambda: desk.accounting.balances is not None, 10), desk.told


async def answers(desk, count=3):
    """So many more answers about balances."""
    seen = []
    changed, desk.feed.balances = desk.feed.balances, lambda view: (seen.append(view), changed(view))
    assert await desk.until(lambda: len(seen) >= count, 10)
    desk.feed.balances = changed
    return seen[-1]


async def test_balances_follow_what_is_traded_and_nothing_differs(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        await known(desk)
        before = desk.accounting.balances.by_asset
        market = msgspec.structs.replace(
            best_bid(exchange, "0.02"), ord_type=OrdType.MARKET, price=None, time_in_force=None
        )
        order_id = await submit(desk, market)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.FILLED, 5)
        view = await answers(desk, 4)
        (fill,) = desk.fills_of(order_id)
        after = view.balances.by_asset
        assert after["BTC"].total - before["BTC"].total == Decimal("0.02") - fill.fees[0].amount
        assert after["USDT"].total - before["USDT"].total == -fill.last_qty * fill.last_px
        assert view.mismatches == {}
        assert view.worth["USDT"] == after["USDT"].total
        assert not [text for text in desk.told if "balance of" in text]


async def test_what_an_open_order_locks_is_no_difference(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        await known(desk)
        await submit(desk, best_bid(exchange, "0.05"))
        view = await answers(desk, 4)
        assert view.balances.by_asset["USDT"].locked > 0
        assert view.mismatches == {}


async def test_a_deposit_shows_both_sides_until_it_is_accepted(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        await known(desk)
        await answers(desk, 2)
        account = exchange.engine.clearing.accounts[ACCOUNT]
        account.free["BTC"] += 3
        exchange.hub.mirror._holdings = holdings(account)  # REST's memory learns of it without a report
        view = await answers(desk, 4)
        assert view.mismatches == {"BTC": "venue 13, by our fills 10"}
        told = [text for text in desk.told if text.startswith("balance of BTC")]
        assert len(told) == 1
        assert told[0].startswith("balance of BTC: 10 by the fills on the tape; REST: 13:")
        told = []
        desk.handle(Acknowledge(id="a", difference_id="balance BTC"), told.append)
        assert told[0].ok, told[0]
        assert (await answers(desk, 3)).mismatches == {}


async def test_filters_of_both_sources_are_merged_with_their_age(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        assert await desk.until(lambda: desk.view().listing_at is not None, 10)
        btc = desk.instruments["BTCUSDT"]
        assert btc.status == "TRADING"  # by REST alone
        assert btc.tick_size == Decimal("0.01")
        assert OrdType.STOP in (btc.ord_types or ())
        at = desk.view().listing_at
        desk.handle(Refresh(id="r"))
        assert await desk.until(lambda: (desk.view().listing_at or 0) > at, 10)


async def test_profits_are_marked_to_the_middle(exchange, tmp_path):
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        assert await desk.until(lambda: "BTCUSDT" in desk.quotes, 5)
        request = msgspec.structs.replace(
            best_bid(exchange, "0.02"), ord_type=OrdType.MARKET, price=None, time_in_force=None
        )
        order_id = await submit(desk, request)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.FILLED, 5)

        def marked():
            now = desk.accounting.profits.get("BTCUSDT")
            return now is not None and now.unrealised is not None and now.fees > 0

        assert await desk.until(marked, 5)
        profit, quote = desk.accounting.profits["BTCUSDT"], desk.quotes["BTCUSDT"]
        (fill,) = desk.fills_of(order_id)
        assert profit.mark == (quote.bid + quote.ask) / 2
        assert profit.unrealised == Decimal("0.02") * (profit.mark - fill.last_px)
        assert profit.fees == fill.fees[0].amount * profit.mark  # taken in BTC


def place_oco(exchange, name):
    """By other means: a stop below the market, or a limit above it."""
    terms = {"symbol": "BTCUSDT", "side": Side.SELL, "order_qty": Decimal("0.01")}
    stop = OrderRequest(
        **terms,
        ord_type=OrdType.STOP,
        trigger_price=Decimal("50000.00"),
        trigger_direction=TriggerPriceDirection.DOWN,
    )
    limit = OrderRequest(
        **terms,
        ord_type=OrdType.LIMIT,
        price=Decimal("70000.00"),
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE,
    )
    legs = tuple(ev.Leg(cl_ord_id=f"{name}-{n}", request=leg) for n, leg in enumerate((stop, limit)))
    contingency = ContingencyType.ONE_CANCELS_THE_OTHER
    at = exchange.hub.now().wall
    exchange.hub.submit(
        ev.PlaceList(at=at, account=ACCOUNT, cl_list_id=name, contingency=contingency, legs=legs)
    )


async def test_a_list_from_elsewhere_is_known_by_its_name_after_a_reconciliation(exchange, tmp_path):
    place_oco(exchange, "phone")
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:

        def named():
            return [one.cl_list_id for one in desk.lists().values() if len(one.legs) == 2] == ["phone"]

        assert await desk.until(named, 15), (desk.lists(), desk.told)
        assert [order.foreign for order in desk.orders().values()] == [True, True]


async def test_a_restart_does_not_knock_where_it_was_told_to_wait(exchange, tmp_path, monkeypatch):
    exchange.inject("rest-429:30s")
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        assert await desk.until(lambda: any("REST asks to wait (429)" in text for text in desk.told), 10)
    asked = []
    send = Rest._send
    monkeypatch.setattr(
        Rest, "_send", lambda self, *request: (asked.append(request), send(self, *request))[1]
    )
    async with all_sessions(exchange, tmp_path, with_rest=True) as desk:
        assert await desk.until(lambda: any("REST asks to wait (429)" in text for text in desk.told), 10)
    assert asked == []
