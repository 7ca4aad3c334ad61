"""The hand-over of all sessions at 200 reports a second, against the embedded exchange: none lost, none doubled."""

import contextlib
from collections import Counter

import anyio
import msgspec
import pytest
from desk_all_sessions import all_sessions, best_bid

from blotter.desk.command import Cancel, Submit
from blotter.desk.fold import Fold
from blotter.exchange import event as ev
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.tape import Kind, Tape
from blotter.trading.enums import Side, TimeInForce
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio

RATE = 200  # orders a second; each is accepted, and filled or cancelled: twice as many reports


class Load:
    """Orders at a steady rate: two of three are hit by the house a moment later, the third is cancelled."""

    def __init__(self, desk, exchange):
        self.desk = desk
        self.exchange = exchange
        self.order = best_bid(exchange)
        self.sent = 0
        self.refused = []
        self.running = True
        self.blocked = set()

    async def run(self):
        due = anyio.current_time()
        while self.running:
            self.blocked.add(self.desk.view().entry_blocked)
            self.desk.handle(
                Submit(id=f"s{self.sent}", request=self.order, accept_warnings=True),
                lambda answer: self._answered(answer),
            )
            self.sent += 1
            due += 1 / RATE
            await anyio.sleep(max(0.0, due - anyio.current_time()))

    def _answered(self, answer):
        if not answer.ok:
            self.refused.append(answer.text)
            return
        order_id = answer.order_ids[0]
        if self.sent % 3 == 0:
            self.desk.handle(Cancel(id=f"c{order_id}", order_ids=(order_id,)))


def settle(exchange):
    """Sell into every bid of ours as soon as it stands."""
    house = next(name for name, account in exchange.engine.clearing.accounts.items() if account.house)
    numbers = iter(range(1_000_000))
    offer = msgspec.structs.replace(
        best_bid(exchange), side=Side.SELL, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
    )

    async def sell():
        while True:
            for _ in range(len(list(exchange.engine.markets["BTCUSDT"].owned(ACCOUNT))) - 3):
                name, now = f"h{next(numbers)}", exchange.hub.now().wall
                exchange.hub.submit(ev.Place(at=now, account=house, cl_ord_id=name, request=offer))
            await anyio.sleep(0.008)

    return sell


def fills_at_the_venue(exchange):
    return Counter((r.symbol, str(r.exec_id), r.last_qty) for r in exchange.engine.histories[ACCOUNT].fills)


def fills_here(ledger):
    return Counter((f.symbol, f.exec_id, f.last_qty) for f in ledger.fills)


@pytest.mark.parametrize("faults", ["", "delay:150ms"])
async def test_handover_under_load_loses_and_doubles_nothing(tmp_path, faults):
    config = ExchangeConfig(
        data_dir=tmp_path / "x", rate=0, order_limits=((10, 100_000), (86_400, 1_000_000))
    )
    async with serve(config) as exchange, all_sessions(exchange, tmp_path) as desk:
        before = {name: view.comp_id for name, view in desk.links().items()}
        if faults:
            exchange.inject(faults)
        load = Load(desk, exchange)
        async with anyio.create_task_group() as group:
            begun = anyio.current_time()
            group.start_soon(load.run)
            group.start_soon(settle(exchange))
            await anyio.sleep(0.5)
            exchange.inject("maintenance:8s")

            def handed_over() -> bool:
                views = desk.links()
                return all(views[name].comp_id != before[name] and not views[name].handover for name in views)

            assert await desk.until(handed_over, 10), desk.links()
            await anyio.sleep(0.5)
            load.running = False
            lasted = anyio.current_time() - begun
            await anyio.sleep(0.3)
            group.cancel_scope.cancel()
        assert load.refused == []
        assert load.blocked == {""}, "entry never closes"
        ledger = desk._fold.ledger

        def agreed() -> bool:
            return fills_here(ledger) == fills_at_the_venue(exchange)

        assert await desk.until(agreed, 5), fills_at_the_venue(exchange) - fills_here(ledger)
        venue_open = {order.cl_ord_id for order in exchange.engine.markets["BTCUSDT"].owned(ACCOUNT)}
        assert await desk.until(
            lambda: {o.current.cl_ord_id for o in ledger.orders.values() if o.open} == venue_open, 5
        )
        assert not [o for o in ledger.orders.values() if o.unverified_since is not None or o.pending]
        assert sum(fills_here(ledger).values()) > 50
        assert ledger.positions["BTCUSDT"].net_qty == sum(f.last_qty for f in ledger.fills)
        assert not [text for text in desk.told if "is down" in text or "repeated" in text or "differ" in text]
        await desk.until(lambda: len(desk.drop_copy._awaited) == 0, 5)
        assert desk.drop_copy._open == {}
        fees = Counter({f.exec_id: fee.amount for f in ledger.fills for fee in f.fees})
        lived = (
            fills_here(ledger),
            ledger.positions,
            {k: (o.state, o.cum_qty) for k, o in ledger.orders.items()},
        )
    assert fees
    fold = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        rows = [row.entry for row in tape.rows()]
    fold.replay(rows)
    again = fold.ledger
    assert (
        fills_here(again),
        again.positions,
        {k: (o.state, o.cum_qty) for k, o in again.orders.items()},
    ) == lived
    sent = Counter(
        row.payload.split(b"\x0111=")[1].split(b"\x01")[0]
        for row in rows
        if row.kind is Kind.OUT and row.msg_type == "D"
    )
    assert max(sent.values()) == 1, "nothing is sent twice"
    reports = Counter(
        (row.session, row.connection) for row in rows if row.kind is Kind.IN and row.msg_type == "8"
    )
    assert len([key for key in reports if key[0] == "OE"]) == 2, "both connections brought reports"
    different = {
        row.payload.split(b"\x0117=")[1].split(b"\x01")[0]
        for row in rows
        if row.kind is Kind.IN and row.session == "OE" and row.msg_type == "8"
    }
    assert len(different) > 200 * lasted, "at 200 reports a second"
