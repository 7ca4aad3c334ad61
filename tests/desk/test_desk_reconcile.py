"""The truth after an accident, against the embedded exchange: what happened while away is found out, once."""

import contextlib
import random
from decimal import Decimal

import anyio
import httpx2
import msgspec
import pytest

from blotter.desk import verbs
from blotter.desk.change import LinkState, Severity
from blotter.desk.clock import system_clock
from blotter.desk.command import Cancel, Reconcile, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.fold import Fold
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.exchange import event as ev
from blotter.exchange.history import History
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.rest_api import RestApi
from blotter.exchange.rest_request import Request
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.tops import top_of
from blotter.journal.tape import Kind, Tape
from blotter.journal.verify import verify
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.signing import load_ed25519

pytestmark = pytest.mark.anyio

PATIENCE = 0.4
RESTING = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.02"),
    price=Decimal("40000.00"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


@contextlib.asynccontextmanager
async def desk_on(
    exchange, directory, *, base=None, timeout=4.0, patience=PATIENCE, transport=None, **settings
):
    ca_file = str(exchange.credentials.ca_file)
    link = LinkSettings(SessionKind.ORDER_ENTRY, Endpoint(*exchange.order_entry), "TST", 5, ca_file)
    credentials = Credentials(
        exchange.credentials.api_key, load_ed25519(exchange.credentials.private_key_file)
    )
    rest_settings = RestSettings(base or exchange.rest, ca_file, patience, timeout, accepted_for=0.2)
    tape = Tape.open(directory / "tape.sqlite3")
    desk = Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,), symbols=("BTCUSDT",), **settings),
        BinanceSpot(),
        credentials,
        tape,
        system_clock,
        random.Random(1),
        Rest(rest_settings, BinanceRest(), credentials, system_clock, transport),
    )
    desk.told = []
    notice = desk.notice
    desk.notice = lambda severity, text, order_id="": (
        desk.told.append((severity, text)),
        notice(severity, text, order_id),
    )
    async with anyio.create_task_group() as group:
        group.start_soon(desk.run)
        try:
            yield desk
        finally:
            desk.stop()
    tape.close()


@pytest.fixture
async def exchange(tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as running:
        yield running


def results(desk) -> list[str]:
    return [text for _, text in desk.told if "reconciled" in text]


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10), desk.links()


async def reconciled(desk, count=1, within=8.0) -> str:
    """Wait for the count-th result."""
    assert await desk.until(lambda: len(results(desk)) >= count, within), desk.told
    assert not desk.reconciling
    return results(desk)[count - 1]


async def submit(desk, request=RESTING) -> str:
    answers = []
    desk.handle(Submit(id="s", request=request, accept_warnings=True), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0]


async def reaches(desk, order_id, state, within=5.0) -> None:
    assert await desk.until(lambda: desk.orders()[order_id].state is state, within), desk.orders()[order_id]


async def cut(desk, exchange) -> None:
    before = desk.links()["OE"].reconnects
    exchange.inject("drop")
    assert await desk.until(lambda: desk.links()["OE"].reconnects > before, 5)


def elsewhere(exchange, side=Side.BUY, qty="0.01", price="40000.00", name="phone-1", symbol="BTCUSDT"):
    """An order of the same account by other means. Returns its OrderID."""
    request = msgspec.structs.replace(
        RESTING, symbol=symbol, side=side, order_qty=Decimal(qty), price=Decimal(price)
    )
    command = ev.Place(at=exchange.hub.now().wall, account=ACCOUNT, cl_ord_id=name, request=request)
    exchange.hub.submit(command)
    return next(r for r in exchange.engine.histories[ACCOUNT].orders() if r.cl_ord_id == name).order_id


@contextlib.contextmanager
def unheard(exchange):
    """The exchange's reports go nowhere, as over a dead connection that nobody has noticed."""
    voice = exchange.hub._voice
    tell, voice.tell = voice.tell, lambda notice, origin, told: None
    yield
    voice.tell = tell


def best_bid(exchange) -> OrderRequest:
    """A bid of ours above all others, that does not trade by itself."""
    ask = top_of(exchange.engine.markets["BTCUSDT"])[1][0]
    return msgspec.structs.replace(RESTING, price=ask - Decimal("0.01"))


def fill(exchange, bid: OrderRequest, qty: str) -> None:
    """The house sells into that bid."""
    house = next(name for name, account in exchange.engine.clearing.accounts.items() if account.house)
    request = msgspec.structs.replace(
        bid, side=Side.SELL, order_qty=Decimal(qty), time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
    )
    command = ev.Place(at=exchange.hub.now().wall, account=house, cl_ord_id=f"house-{qty}", request=request)
    exchange.hub.submit(command)


def replayed(directory) -> Fold:
    fold = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(directory / "tape.sqlite3")) as tape:
        fold.replay(row.entry for row in tape.rows())
    return fold


def same_after_replay(desk, directory) -> None:
    whole = replayed(directory).ledger
    ledger = desk._fold.ledger
    assert {k: (o.state, o.cum_qty, o.unverified_since is None) for k, o in whole.orders.items()} == {
        k: (o.state, o.cum_qty, o.unverified_since is None) for k, o in ledger.orders.items()
    }
    assert [(f.exec_id, f.trade_id, f.fees) for f in whole.fills] == [
        (f.exec_id, f.trade_id, f.fees) for f in ledger.fills
    ]
    assert whole.positions == ledger.positions
    assert verify(directory / "tape.sqlite3").bad_row is None


async def test_a_cut_after_the_order_reached_the_engine(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await live(desk)
        assert "reconciling" in desk.view().entry_blocked
        text = await reconciled(desk, 2)
        order = desk.orders()[order_id]
        assert order.state is OrderState.NEW
        assert order.current.order_id is not None
        assert order.unverified_since is None
        assert text == "reconciled: 1 order confirmed, 0 fills recovered, 0 unknown"
        assert desk.view().entry_blocked == ""
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        rows = [row.entry for row in desk.tape.rows() if row.entry.kind is Kind.EVIDENCE]
        assert [row.msg_type for row in rows] == ["Snapshot"]
        assert b'"clientOrderId"' in rows[0].payload, "the answer stands on the tape verbatim"
        assert all(b"signature" not in row.payload for row in rows)
    same_after_replay(desk, tmp_path)


async def test_an_order_that_never_arrived(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        inner = exchange.hub.submit

        def lose(command, origin=None):
            exchange.hub.submit = inner
            exchange.hub.drop()

        exchange.hub.submit = lose
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await live(desk)
        await anyio.sleep(PATIENCE / 2)
        assert desk.orders()[order_id].state is OrderState.UNCONFIRMED, "too early to say"
        text = await reconciled(desk, 2)
        order = desk.orders()[order_id]
        assert order.state is OrderState.REJECTED
        assert order.reason.code == -2013
        assert "1 order never reached the venue" in text
        assert sum(isinstance(r.cl_ord_id, str) for r in exchange.engine.histories[ACCOUNT].orders()) == 0
    same_after_replay(desk, tmp_path)


async def test_a_cancel_of_an_order_that_never_arrived_is_settled_with_it(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        inner = exchange.hub.submit
        exchange.hub.submit = lambda command, origin=None: None
        order_id = await submit(desk)
        desk.handle(Cancel(id="c", order_ids=(order_id,)))
        await cut(desk, exchange)
        exchange.hub.submit = inner
        text = await reconciled(desk, 2)
        assert "1 order never reached the venue, 0 fills recovered, 0 unknown" in text
        assert desk.orders()[order_id].state is OrderState.REJECTED
        assert desk.orders()[order_id].pending == ()


async def test_fills_that_happened_while_away_appear_once_and_with_fees(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        bid = best_bid(exchange)
        order_id = await submit(desk, bid)
        await reaches(desk, order_id, OrderState.NEW)
        with unheard(exchange):
            fill(exchange, bid, "0.005")
            fill(exchange, bid, "0.015")
        assert desk.orders()[order_id].cum_qty == 0, "nobody told"
        await cut(desk, exchange)
        assert desk.orders()[order_id].unverified_since is not None
        text = await reconciled(desk, 2)
        order = desk.orders()[order_id]
        assert order.state is OrderState.FILLED
        fills = desk.fills_of(order_id)
        assert [fill.last_qty for fill in fills] == [Decimal("0.005"), Decimal("0.015")]
        assert all(fill.fees and fill.trade_id for fill in fills)
        assert desk._fold.ledger.positions["BTCUSDT"].net_qty == Decimal("0.02")
        assert text == "reconciled: 1 order confirmed, 2 fills recovered, 0 unknown"
        # Asked again: nothing comes twice.
        reply = await verbs.reconcile(desk)
        assert reply["ok"], reply
        assert "0 fills recovered" in reply["text"]
        assert len(desk._fold.ledger.fills) == 2
    same_after_replay(desk, tmp_path)


async def test_orders_from_elsewhere_are_adopted_the_filled_ones_too(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        with unheard(exchange):
            resting = elsewhere(exchange, name="phone-1")
            taken = elsewhere(exchange, name="phone-2", price="65000.00", qty="0.003")
        assert not desk.orders()
        await cut(desk, exchange)
        text = await reconciled(desk, 2)
        assert "2 orders from elsewhere adopted" in text
        known = desk.orders()
        assert known[f"BTCUSDT#{resting}"].state is OrderState.NEW
        assert known[f"BTCUSDT#{taken}"].state is OrderState.FILLED
        assert known[f"BTCUSDT#{taken}"].foreign
        assert desk._fold.ledger.positions["BTCUSDT"].net_qty == Decimal("0.003")
    same_after_replay(desk, tmp_path)


async def test_an_order_that_was_cancelled_while_blotter_was_not_running(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        order_id = await submit_when_open(desk)
        kept = await submit_when_open(desk)
        await reaches(desk, order_id, OrderState.NEW)
        await reaches(desk, kept, OrderState.NEW)
    placed = desk.orders()[order_id].current
    exchange.hub.submit(
        ev.Cancel(
            at=exchange.hub.now().wall,
            account=ACCOUNT,
            cl_ord_id="phone",
            symbol="BTCUSDT",
            order_id=int(placed.order_id),
        )
    )
    async with desk_on(exchange, tmp_path) as desk:
        assert desk.orders()[order_id].state is OrderState.NEW
        assert desk.orders()[order_id].unverified_since is not None
        text = await reconciled(desk)
        assert desk.orders()[order_id].state is OrderState.CANCELED
        assert desk.orders()[kept].state is OrderState.NEW
        assert desk.orders()[kept].unverified_since is None
        assert text == "reconciled: 2 orders confirmed, 0 fills recovered, 0 unknown"
    same_after_replay(desk, tmp_path)


async def submit_when_open(desk) -> str:
    await live(desk)
    assert await desk.until(lambda: not desk.reconciling, 5)
    return await submit(desk)


async def test_a_cancel_whose_answer_was_lost(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        gone, kept = await submit(desk), await submit(desk)
        await reaches(desk, kept, OrderState.NEW)
        await reaches(desk, gone, OrderState.NEW)
        inner = exchange.hub.submit
        first = []

        def cancel_one_and_drop(command, origin=None):
            if not isinstance(command, ev.Cancel):
                return inner(command, origin)
            if not first:
                first.append(command)
                with unheard(exchange):
                    return inner(command, origin)  # done, not reported
            exchange.hub.submit = inner
            return exchange.hub.drop()  # never done

        exchange.hub.submit = cancel_one_and_drop
        desk.handle(Cancel(id="c", order_ids=(gone, kept)))
        assert await desk.until(lambda: any(p.unconfirmed for p in desk.orders()[kept].pending), 5)
        await reconciled(desk, 2)
        assert desk.orders()[gone].state is OrderState.CANCELED
        assert desk.orders()[kept].state is OrderState.NEW
        assert desk.orders()[kept].pending == (), "it had no effect"


async def test_cancels_are_never_frozen(exchange, tmp_path):
    async with desk_on(exchange, tmp_path, patience=2.0) as desk:
        await reconciled(desk, within=4)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await live(desk)
        assert desk.reconciling
        answers = []
        desk.handle(Submit(id="frozen", request=RESTING, accept_warnings=True), answers.append)
        assert not answers[0].ok
        assert "reconciling" in answers[0].text
        desk.handle(Cancel(id="c", order_ids=(order_id,)), answers.append)
        await reaches(desk, order_id, OrderState.CANCELED, within=1.5)


async def test_rest_that_lags_is_waited_for(exchange, tmp_path):
    """Trap 31: what REST does not know yet is no proof that it is not there."""
    async with desk_on(exchange, tmp_path, patience=1.2) as desk:
        await reconciled(desk)
        exchange.inject("rest-lag:1s")
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await reconciled(desk, 2)
        assert desk.orders()[order_id].state is OrderState.NEW


async def test_rest_that_fails_now_and_then(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        exchange.inject("rest-5xx:0.3")
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        text = await reconciled(desk, 2)
        assert desk.orders()[order_id].state is OrderState.NEW, text


@pytest.mark.parametrize(
    ("fault", "said"), [("rest-down", "REST at https://"), ("rest-429", "REST asks to wait (429)")]
)
async def test_without_rest_entry_comes_back_and_nothing_is_pretended(exchange, tmp_path, fault, said):
    async with desk_on(exchange, tmp_path, timeout=1.5) as desk:
        await reconciled(desk)
        exchange.inject(fault)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await live(desk)
        assert "at most 1.5 s" in desk.view().entry_blocked
        text = await reconciled(desk, 2)
        assert text.startswith("not reconciled: 0 orders confirmed, 0 fills recovered, 1 unknown")
        assert said in text
        assert "entry is open again" in text
        assert f"{order_id} (unconfirmed)" in text
        assert desk.told[-1][0] is Severity.ERROR
        assert desk.orders()[order_id].state is OrderState.UNCONFIRMED
        assert desk.view().entry_blocked == ""
        # It comes back: the command finds out.
        exchange.inject("clear")
        if fault == "rest-down":
            assert (await verbs.reconcile(desk))["ok"]
            assert desk.orders()[order_id].state is OrderState.NEW


async def test_what_rest_did_not_allow_is_tried_again_by_itself(exchange, tmp_path, monkeypatch):
    monkeypatch.setattr("blotter.desk.reconcile.ASK_AGAIN", 0.3)
    async with desk_on(exchange, tmp_path, timeout=1.0, patience=0.2) as desk:
        await reconciled(desk)
        exchange.inject("rest-down")
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reconciled(desk, 2)
        assert desk.orders()[order_id].state is OrderState.UNCONFIRMED
        exchange.inject("clear")
        assert "reconciled: 1 order confirmed" in await reconciled(desk, 3)
        assert desk.orders()[order_id].state is OrderState.NEW


async def test_a_second_loss_starts_it_anew(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await live(desk)
        await cut(desk, exchange)
        assert len(results(desk)) == 1, "the first was not concluded"
        await reconciled(desk, 2)
        assert desk.orders()[order_id].state is OrderState.NEW


async def test_the_command_without_rest_or_session(exchange, tmp_path):
    async with desk_on(exchange, tmp_path, base="https://127.0.0.1:1", timeout=0.5) as desk:
        text = await reconciled(desk)
        assert text.startswith("not reconciled")
        assert desk.told[-1][0] is Severity.WARNING
        exchange.inject("refuse-logon:-2015")
        await cut(desk, exchange)
        answers = []
        desk.handle(Reconcile(id="r"), answers.append)
        assert not answers[0].ok
        assert "order entry is down" in answers[0].text


async def test_the_gauge_shows_the_venues_count(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        (gauge,) = [limit for limit in desk.view().limits if limit.name.startswith("REST")]
        assert gauge.used >= 80
        assert gauge.maximum == 6000


class Held(httpx2.AsyncBaseTransport):
    """The exchange's REST answers as they were when asked for, handed over when the test says so."""

    def __init__(self, exchange) -> None:
        self._api = RestApi(exchange.hub)
        self.release = anyio.Event()
        self.hold_at = 0  # which look is held
        self.looks = 0
        self.change = lambda path, body: body

    async def handle_async_request(self, request):
        path = request.url.path
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._api.respond(Request("GET", path, request.url.query.decode(), headers))
        self.looks += path == "/api/v3/openOrders"
        if self.looks == self.hold_at:
            await self.release.wait()
        return httpx2.Response(
            answer.status, headers=list(answer.headers), content=self.change(path, answer.body)
        )


async def test_a_live_report_that_races_the_snapshot_wins(exchange, tmp_path):
    transport = Held(exchange)
    async with desk_on(exchange, tmp_path, transport=transport, patience=0.2) as desk:
        await reconciled(desk)
        bid = best_bid(exchange)
        filled, partly = await submit(desk, bid), await submit(desk, bid)
        cancelled = await submit(desk)
        await reaches(desk, cancelled, OrderState.NEW)
        transport.hold_at = transport.looks + 2
        await cut(desk, exchange)
        assert await desk.until(lambda: transport.looks == transport.hold_at, 3), (
            "the second look, which would be believed: three orders live in it"
        )
        fill(exchange, bid, "0.02")
        fill(exchange, bid, "0.01")
        desk.handle(Cancel(id="c", order_ids=(cancelled,)))
        await reaches(desk, cancelled, OrderState.CANCELED)
        await reaches(desk, filled, OrderState.FILLED)
        await reaches(desk, partly, OrderState.PARTIALLY_FILLED)
        known = dict(desk.orders())
        transport.release.set()
        await reconciled(desk, 2)
        for order_id in (filled, partly, cancelled):
            assert desk.orders()[order_id].state is known[order_id].state
            assert desk.orders()[order_id].cum_qty == known[order_id].cum_qty
            assert desk.orders()[order_id].unverified_since is None
        assert len(desk._fold.ledger.fills) == 2
    same_after_replay(desk, tmp_path)


async def test_what_cannot_be_read_is_told_and_the_rest_goes_on(exchange, tmp_path):
    transport = Held(exchange)
    async with desk_on(exchange, tmp_path, transport=transport, timeout=1.0, patience=0.2) as desk:
        await reconciled(desk)
        one, other = await submit(desk), await submit(desk)
        await reaches(desk, other, OrderState.NEW)
        name = desk.orders()[one].current.cl_ord_id

        def with_news(path, body):
            rows = msgspec.json.decode(body)
            for row in rows if isinstance(rows, list) else [rows]:
                if row.get("clientOrderId") == name:
                    row["status"] = "HIBERNATING"
            return msgspec.json.encode(rows)

        transport.change = with_news
        await cut(desk, exchange)
        text = await reconciled(desk, 2)
        assert "'HIBERNATING' is unknown here" in text
        assert name in text
        assert desk.orders()[other].unverified_since is None
        assert desk.orders()[one].unverified_since is not None, "nothing was guessed"


async def test_an_order_that_the_venue_had_and_denies_stays_marked(exchange, tmp_path):
    transport = Held(exchange)
    async with desk_on(exchange, tmp_path, transport=transport, timeout=1.0, patience=0.2) as desk:
        await reconciled(desk)
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.NEW)
        exchange.hub.mirror.history = lambda now, lag: History()  # as after the test venue's monthly wipe
        await cut(desk, exchange)
        text = await reconciled(desk, 2)
        order = desk.orders()[order_id]
        assert order.state is OrderState.NEW
        assert order.unverified_since is not None
        assert (
            f"1 unknown; look at {order_id} (the venue had it, and says: Order does not exist. (-2013))"
            in text
        )


async def test_nothing_is_sent_again_whatever_is_found_out(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        await reconciled(desk)
        exchange.inject("drop-after-order")
        order_id = await submit(desk)
        await reaches(desk, order_id, OrderState.UNCONFIRMED, within=1)
        await reconciled(desk, 2)
        sent = [row.entry for row in desk.tape.rows() if row.entry.msg_type == "D"]
        assert len(sent) == 1


async def test_an_order_that_goes_unanswered_on_a_live_session_is_asked_about_with_entry_open(
    exchange, tmp_path
):
    async with desk_on(exchange, tmp_path, ack_timeout=0.3) as desk:
        await live(desk)
        await reconciled(desk)
        exchange.inject("lost-ack:1.0")
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.UNCONFIRMED, 5)
        assert not desk.reconciling, "nobody has to wait for it"
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 8), desk.told
        assert desk.links()["OE"].reconnects == 0
