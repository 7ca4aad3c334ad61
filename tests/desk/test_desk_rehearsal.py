"""Bad days rehearsed at random: orders, changes, cancels and accidents against the embedded exchange, then a reckoning.

What the exchange did is the truth. Whatever the desk shows otherwise must be marked as not known; nothing may have been
sent twice; and the tape, whole or cut at any moment, must tell the same story as the desk that wrote it.
"""

import contextlib
import dataclasses
import random
import sqlite3
from decimal import Decimal

import anyio
import msgspec
import pytest

import blotter.desk.memory
from blotter.desk import verbs
from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Amend, Cancel, CancelAll, MassCancelSymbol, Reconnect, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.fold import Fold
from blotter.desk.link import LinkSettings
from blotter.exchange import event as ev
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.limits import LIMITS
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.tape import Tape
from blotter.journal.verify import verify
from blotter.trading.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import ConnectionLimits, Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.signing import load_ed25519

pytestmark = pytest.mark.anyio

SYMBOLS = ("BTCUSDT", "ETHUSDT")
ACK_TIMEOUT = 0.3
SEEDS = (1, 2, 5, 8)
STEPS = 45
ENDED = {
    OrdStatus.FILLED: OrderState.FILLED,
    OrdStatus.CANCELED: OrderState.CANCELED,
    OrdStatus.EXPIRED: OrderState.EXPIRED,
    OrdStatus.REJECTED: OrderState.REJECTED,
}
ONE_TIME = ("drop", "drop-after-order", "stall:150ms")
STANDING = ("lost-ack:0.4", "duplicate:0.4", "delay:40ms", "garble:0.1")


class Brisk(BinanceSpot):
    """The venue with room for many accidents in few seconds."""

    def connection_limits(self, kind):
        return ConnectionLimits(10_000, 1.0, 10_000, 10.0)

    def session(self, kind, credentials, comp_id, heart_bt_int):
        config = super().session(kind, credentials, comp_id, heart_bt_int)
        return dataclasses.replace(config, logon_timeout=0.5, logout_timeout=0.5)


class Truth:
    """What the exchange was asked and what it did, over all its lives."""

    def __init__(self) -> None:
        self.asked: list[str] = []  # ClOrdIDs in order of arrival
        self.placed: dict[str, str] = {}  # ClOrdID of a placement -> symbol
        self.reports: dict[tuple[str, str], ev.Report] = {}  # (symbol, OrderID) -> newest
        self.by_name: dict[str, tuple[str, str]] = {}
        self.fills: dict[tuple[str, str], ev.Report] = {}
        self.refused: set[str] = set()

    def listen(self, exchange) -> None:
        engine, inner = exchange.engine, exchange.engine.submit

        def submit(command):
            self._command(command)
            outcomes = inner(command)
            for outcome in outcomes:
                if isinstance(outcome, ev.Report) and outcome.account == ACCOUNT:
                    self._report(outcome)
            return outcomes

        engine.submit = submit

    def _command(self, command) -> None:
        if command.account != ACCOUNT:
            return
        match command:
            case ev.Replace():
                self.asked += [command.cancel.cl_ord_id, command.place.cl_ord_id]
                self.placed[command.place.cl_ord_id] = command.place.request.symbol
            case ev.Place():
                self.asked.append(command.cl_ord_id)
                self.placed[command.cl_ord_id] = command.request.symbol
            case ev.Cancel() | ev.Amend() | ev.MassCancel():
                self.asked.append(command.cl_ord_id)

    def _report(self, report) -> None:
        if report.order_id is None:
            self.refused.add(report.cl_ord_id)
            return
        key = (report.symbol, str(report.order_id))
        self.reports[key] = report
        self.by_name.setdefault(report.cl_ord_id, key)
        if report.exec_type is ExecType.TRADE:
            self.fills[report.symbol, str(report.exec_id)] = report


def make_desk(exchange, directory) -> Desk:
    ca_file = str(exchange.credentials.ca_file)
    links = tuple(
        LinkSettings(kind, Endpoint(*address), "TST", 5, ca_file)
        for kind, address in (
            (SessionKind.ORDER_ENTRY, exchange.order_entry),
            (SessionKind.MARKET_DATA, exchange.market_data),
        )
    )
    return desk_on(directory / "tape.sqlite3", links, exchange.credentials)


def desk_on(path, links, credentials) -> Desk:
    return Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=links, symbols=SYMBOLS, ack_timeout=ACK_TIMEOUT),
        Brisk(),
        Credentials(
            credentials.api_key,
            load_ed25519(credentials.private_key_file) if credentials.private_key_file else None,
        ),
        Tape.open(path),
        system_clock,
        random.Random(1),
    )


@contextlib.asynccontextmanager
async def running(desk):
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            yield desk
        finally:
            desk.stop()
    desk.tape.close()


async def ready(desk) -> None:
    def is_ready() -> bool:
        live = all(link.state is LinkState.LIVE for link in desk.links().values())
        return live and all(symbol in desk.quotes for symbol in SYMBOLS) and bool(desk.instruments)

    assert await desk.until(is_ready, 10), desk.links()


class Rehearsal:
    """One seeded bad day."""

    def __init__(self, seed: int, directory) -> None:
        self.rng = random.Random(seed)
        self.directory = directory
        self.truth = Truth()
        self.cuts: list[tuple[object, set[str], set[str]]] = []
        self.answers = 0
        self.commands = 0
        self.log: list[str] = []

    def config(self, exchange=None) -> ExchangeConfig:
        limits = {kind: limit._replace(attempts=100_000) for kind, limit in LIMITS.items()}
        return ExchangeConfig(
            data_dir=self.directory / "x",
            port=exchange.order_entry[1] if exchange else 0,
            md_port=exchange.market_data[1] if exchange else 0,
            seed=self.rng.randrange(1000),
            rate=40.0,
            limits=limits,
            order_limits=((10, 100_000),),
            logout_timeout=0.3,
        )

    def handle(self, desk, command) -> None:
        def answered(answer) -> None:
            self.answers += 1
            self.log.append(f"  {answer.id}: {answer.ok} {answer.text}")

        self.commands += 1
        self.log.append(f"{command}")
        desk.handle(command, answered)

    def step(self, desk, exchange) -> None:
        rng = self.rng
        name = f"c{self.commands}"
        orders = list(desk.orders().values())
        open_orders = [order for order in orders if not order.state.terminal]
        dice = rng.random()
        if dice < 0.45 or not orders:
            self.handle(desk, Submit(id=name, request=self.request(desk), accept_warnings=True))
        elif dice < 0.62 and open_orders:
            victims = rng.sample(open_orders, min(len(open_orders), rng.choice((1, 1, 1, 3))))
            self.handle(desk, Cancel(id=name, order_ids=tuple(order.id for order in victims)))
        elif dice < 0.8 and open_orders:
            order = rng.choice(open_orders)
            if rng.random() < 0.5 and order.leaves_qty:
                qty = (order.cum_qty + order.leaves_qty / 2).quantize(Decimal("0.0001"))
                self.handle(desk, Amend(id=name, order_id=order.id, order_qty=qty))
            elif order.price:
                price = (order.price * Decimal(rng.choice(("0.999", "1.001")))).quantize(Decimal("0.01"))
                self.handle(desk, Amend(id=name, order_id=order.id, price=price))
        elif dice < 0.82:
            self.handle(desk, MassCancelSymbol(id=name, symbol=rng.choice(SYMBOLS)))
        elif dice < 0.84:
            self.handle(desk, CancelAll(id=name))
        elif dice < 0.85:
            self.handle(desk, Reconnect(id=name))
        elif dice < 0.9:
            self.inject(exchange, rng.choice(ONE_TIME))
        elif dice < 0.95:
            self.inject(exchange, rng.choice(STANDING))
        else:
            exchange.rehearsal._hub.faults.clear()

    def inject(self, exchange, fault: str) -> None:
        self.log.append(f"inject {fault}")
        exchange.inject(fault)

    def request(self, desk) -> OrderRequest:
        rng = self.rng
        symbol, side = rng.choice(SYMBOLS), rng.choice((Side.BUY, Side.SELL))
        qty = Decimal(rng.randrange(10, 200)) / 1000
        if rng.random() < 0.2:
            return OrderRequest(symbol=symbol, side=side, ord_type=OrdType.MARKET, order_qty=qty)
        quote = desk.quotes.get(symbol)
        touch = (quote and (quote.bid if side is Side.BUY else quote.ask)) or Decimal(3000)
        away = Decimal(rng.choice(("0", "0", "0.0005", "0.02", "-0.001")))
        price = (touch * (1 - away if side is Side.BUY else 1 + away)).quantize(Decimal("0.01"))
        return OrderRequest(
            symbol=symbol,
            side=side,
            ord_type=OrdType.LIMIT,
            order_qty=qty,
            price=price,
            time_in_force=rng.choice(
                (TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_CANCEL, TimeInForce.IMMEDIATE_OR_CANCEL)
            ),
        )

    def cut(self, desk) -> None:
        """The tape as a process killed at this moment would leave it."""
        path = self.directory / f"cut-{len(self.cuts)}" / "tape.sqlite3"
        path.parent.mkdir()
        copy_tape(self.directory / "tape.sqlite3", path)
        self.cuts.append((path, set(self.truth.asked), set(self.truth.placed)))

    async def life(self, desk, exchange_box, restart: bool) -> None:
        """A desk from start to Logout."""
        rng = self.rng
        async with running(desk):
            await ready(desk)
            for at in range(STEPS):
                self.step(desk, exchange_box[0])
                if rng.random() < 0.1:
                    self.cut(desk)
                if restart and at == STEPS // 2:
                    await self.restart(exchange_box)
                if rng.random() < 0.6:
                    await anyio.sleep(rng.random() * 0.03)
            await self.settle(desk, exchange_box[0])
            self.reckon(desk)
            assert self.answers == self.commands, "every command has one answer"
            if not restart:
                await self.kill(desk, exchange_box[0])
        assert all(order.state is not OrderState.PENDING_NEW for order in desk.orders().values())

    async def kill(self, desk, exchange) -> None:
        """Whatever the desk has come to believe, its kill switch must leave nothing of it working."""
        await verbs.stop(desk, 0.3)
        left = [order for symbol in SYMBOLS for order in exchange.engine.markets[symbol].owned(ACCOUNT)]
        assert not left, left
        self.reckon(desk)

    async def restart(self, exchange_box) -> None:
        old, stack = exchange_box
        if self.rng.random() < 0.5:
            old.inject("drop")
        await stack.aclose()
        old.hub.submit = lambda *_: None  # who still got in talks to a dead exchange
        await anyio.sleep(0.02)
        old.hub.drop()
        self.log.append("exchange restarts")
        new_stack = contextlib.AsyncExitStack()
        exchange = await new_stack.enter_async_context(serve(self.config(old)))
        self.truth.listen(exchange)
        exchange_box[:] = [exchange, new_stack]

    async def settle(self, desk, exchange) -> None:
        exchange.inject("clear")
        exchange.hub._due.clear()  # the house rests
        self.log.append("settle")
        await ready(desk)
        await anyio.sleep(0.2)
        await ready(desk)
        await anyio.sleep(ACK_TIMEOUT + 0.25)

    # --- the reckoning -------------------------------------------------------------------------------------

    def reckon(self, desk) -> None:
        truth, orders = self.truth, desk.orders()
        assert len(set(truth.asked)) == len(truth.asked), "a ClOrdID was used twice"
        for order in orders.values():
            self.reckon_order(order)
        known = {
            (order.symbol, placement.order_id): order
            for order in orders.values()
            for placement in order.placements
            if placement.order_id is not None
        }
        for key, report in truth.reports.items():
            if report.ord_status in ENDED:
                continue
            order = known.get(key) or self.by_name(desk, key)
            assert order is not None, f"{key} works at the exchange and is not shown"
            assert not order.state.terminal, f"{key} works at the exchange, shown as {order.state}"
        seen = [(fill.symbol, fill.exec_id) for fill in desk._fold.ledger.fills]
        assert len(set(seen)) == len(seen), "a fill is shown twice"
        for fill in desk._fold.ledger.fills:
            report = truth.fills[fill.symbol, fill.exec_id]
            assert (report.last_qty, report.last_px) == (fill.last_qty, fill.last_px)
        for symbol, position in desk._fold.ledger.positions.items():
            mine = [order for order in orders.values() if order.symbol == symbol]
            assert position.net_qty == sum(order.side.sign * order.cum_qty for order in mine)

    def by_name(self, desk, key):
        names = [name for name, other in self.truth.by_name.items() if other == key]
        found = [desk._fold.ledger.by_cl_ord_id(name) for name in names]
        return next((order for order in found if order is not None), None)

    def reckon_order(self, order) -> None:
        truth = self.truth
        assert order.state is not OrderState.PENDING_NEW, order
        for request in order.pending:
            assert request.unconfirmed, f"{order.id}: {request} waits for ever"
        flagged = order.state is OrderState.UNCONFIRMED or order.unverified_since is not None
        doubted = {request.target for request in order.pending}
        for placement in order.placements:
            if placement.state is OrderState.UNCONFIRMED:
                continue
            if placement.order_id is None:
                assert placement.state is OrderState.REJECTED, placement
                assert not set(placement.cl_ord_ids) & set(truth.by_name), f"{placement} is at the exchange"
                continue
            report = truth.reports[order.symbol, placement.order_id]
            assert placement.cum_qty <= report.cum_qty, f"{placement} has more than {report}"
            if flagged and placement.state.live:
                continue
            state = ENDED.get(report.ord_status)
            if placement.state.terminal:
                assert placement.state is state, f"{placement} is {report} at the exchange"
            elif doubted & set(placement.cl_ord_ids):
                continue
            else:
                assert state is None, f"{order} works here, ended at the exchange: {report}"
                assert placement.order_qty == report.order_qty, f"{placement} {report}"
            assert placement.cum_qty == report.cum_qty, f"{placement} {report}"


def copy_tape(source, target) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def state_of(fold: Fold) -> dict:
    """Everything but the moments of receipt, which have a test of their own."""
    ledger = fold.ledger
    return {
        "orders": {own_id: timeless(order) for own_id, order in ledger.orders.items()},
        "fills": [msgspec.structs.replace(fill, at=0) for fill in ledger.fills],
        "positions": dict(ledger.positions),
        "requests": fold.requests,
    }


def timeless(order):
    return msgspec.structs.replace(
        order,
        created_at=0,
        updated_at=0,
        acked_at=0 if order.acked_at is not None else None,
        unverified_since=0 if order.unverified_since is not None else None,
        pending=tuple(msgspec.structs.replace(request, at=0) for request in order.pending),
    )


def differences(one: dict, other: dict) -> list[str]:
    found = []
    for part, value in one.items():
        if value == other[part]:
            continue
        if isinstance(value, dict):
            for key in value.keys() | other[part].keys():
                mine, theirs = value.get(key), other[part].get(key)
                if mine != theirs:
                    found.append(f"{part} {key}:\n  {mine}\n  {theirs}")
        else:
            found.append(f"{part}:\n  {value}\n  {other[part]}")
    return found


async def a_bad_day(seed: int, directory, monkeypatch) -> Rehearsal:
    monkeypatch.setattr(blotter.desk.memory, "SNAPSHOT_EVERY", 40)
    day = Rehearsal(seed, directory)
    stack = contextlib.AsyncExitStack()
    exchange = await stack.enter_async_context(serve(day.config()))
    day.truth.listen(exchange)
    box = [exchange, stack]
    lived = None
    try:
        for life in range(2):
            desk = make_desk(box[0], directory)
            if lived is not None:
                assert not differences(lived, state_of(desk._fold)), "\n".join(
                    ["the desk started anew shows other things", *differences(lived, state_of(desk._fold))]
                )
            await day.life(desk, box, restart=life == 0)
            lived = state_of(desk._fold)
    finally:
        await box[1].aclose()
    desk = make_desk(box[0], directory)
    found = differences(lived, state_of(desk._fold))
    desk.tape.close()
    assert not found, "\n".join(["the desk started anew shows other things", *found])
    whole = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(directory / "tape.sqlite3")) as tape:
        whole.replay(row.entry for row in tape.rows())
    found = differences(lived, state_of(whole))
    assert not found, "\n".join(["without snapshots the tape shows other things", *found])
    return day


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_bad_day_ends_with_nothing_silently_wrong(seed, tmp_path, monkeypatch):
    day = await a_bad_day(seed, tmp_path, monkeypatch)
    assert verify(tmp_path / "tape.sqlite3").bad_row is None
    assert day.truth.placed
    # Killed at any moment: nothing that reached the exchange is unknown, and no id comes again.
    for path, asked, placed in day.cuts:
        desk = desk_on(
            path, (LinkSettings(SessionKind.ORDER_ENTRY, Endpoint("127.0.0.1", 1), "TST", 5),), Keys
        )
        try:
            assert verify(path).bad_row is None
            for name in placed:
                assert desk._fold.ledger.by_cl_ord_id(name) is not None, f"{name} reached the exchange"
            states = {order.state for order in desk.orders().values()}
            assert OrderState.PENDING_NEW not in states
            assert desk._orders.outbox.request_id() not in asked, "an id will come again"
        finally:
            desk.tape.close()


class Keys:
    api_key = "unused"
    private_key_file = None
