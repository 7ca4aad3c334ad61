"""The dead-man rule: when it counts, when it acts; and the cancels by REST: what is made of every kind of answer."""

import contextlib
import json
from decimal import Decimal

import anyio
import httpx2
import pytest
from desk_running import running_desk

from blotter.config import LeavePolicy
from blotter.desk.change import LinkState, Severity
from blotter.desk.clock import system_clock
from blotter.desk.command import Reconnect, Submit
from blotter.desk.dead_man import DeadMan
from blotter.desk.fold import Fold
from blotter.desk.recorder import Recorder
from blotter.desk.rest import Rest, RestSettings
from blotter.desk.rest_cancels import Cancelled, RestCancels
from blotter.fix.session import Draft
from blotter.journal.tape import Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import OrderSubmitted
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest

pytestmark = pytest.mark.anyio

SECOND = 1_000_000_000
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("1.00"),
    price=Decimal("100.00"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


class Signer:
    def sign(self, payload: bytes) -> str:
        return "SIGNATURE"


def canceled(number, symbol="BTCUSDT", **more):
    return {
        "symbol": symbol,
        "origClientOrderId": f"tag-{number:06d}",
        "orderId": number,
        "orderListId": -1,
        "clientOrderId": f"made-up-{number}",
        "transactTime": 1_700_000_000_000,
        "price": "100.00",
        "origQty": "1.00",
        "executedQty": "0.00",
        "cummulativeQuoteQty": "0.00",
        "status": "CANCELED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        **more,
    }


class Cancels:
    """Cancels by REST with all that they work with; `answers` are the venue's, in a row, the last one for good."""

    def __init__(self, directory):
        self.tape = Tape.open(directory / "tape.sqlite3")
        self.fold = Fold(BinanceSpot())
        self.recorder = Recorder(self.tape, self.fold, system_clock, frozenset())
        self.answers = []
        self.asked = []
        self.taped_before_it_left = []
        self.told = []
        self.said = []
        transport = httpx2.MockTransport(self.answer)
        credentials = Credentials("THE-KEY", Signer())
        settings = RestSettings("https://venue.test")
        self.rest = Rest(settings, BinanceRest(), credentials, system_clock, transport)
        self.cancels = RestCancels(self.rest, self.rest.dialect.cancels, self.recorder, system_clock, self)

    def answer(self, request):
        self.asked.append((request.method, request.url.path, request.url.params["symbol"]))
        acts = [row.entry.msg_type for row in self.tape.rows() if row.entry.kind is Kind.ACT]
        self.taped_before_it_left.append(acts.count("RestCancel"))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx2.Response(status, headers={"Retry-After": "30"}, content=json.dumps(body).encode())

    def changed(self, delta):
        self.told += [order.id for order in delta.orders]

    def notice(self, severity, text, order_id=""):
        self.said.append(text)

    async def quiet(self):
        pass

    def place(self, *numbers):
        for number in numbers:
            name = f"tag-{number:06d}"
            own = OrderSubmitted(order_id=f"A-{number:06d}", cl_ord_id=name, request=LIMIT, at=1)
            self.recorder.record([own])

    def state(self, number):
        return self.fold.ledger.orders[f"A-{number:06d}"].state


@pytest.fixture
async def rest(tmp_path, monkeypatch):
    monkeypatch.setattr("blotter.desk.rest.BACK_OFF", (0.0,))
    there = Cancels(tmp_path)
    yield there
    await there.rest.close()
    there.tape.close()


async def test_everything_in_a_symbol_is_cancelled_by_one_request(rest):
    rest.place(1, 2)
    rest.answers = [(200, [canceled(1), canceled(2)])]
    assert await rest.cancels.cancel_symbol("BTCUSDT") == Cancelled(orders=2)
    assert rest.asked == [("DELETE", "/api/v3/openOrders", "BTCUSDT")]
    assert {rest.state(1), rest.state(2)} == {OrderState.CANCELED}
    assert rest.told == ["A-000001", "A-000002"]


async def test_orders_placed_elsewhere_go_with_it_and_that_is_said(rest):
    rest.place(1)
    rest.answers = [(200, [canceled(1), canceled(7, origClientOrderId="phone-7")])]
    assert await rest.cancels.cancel_symbol("BTCUSDT") == Cancelled(orders=2)
    assert rest.said == ["BTCUSDT: the cancel by REST ended orders placed elsewhere too: BTCUSDT#7"]


async def test_what_is_asked_and_answered_is_on_the_tape_first_and_replays(rest):
    rest.place(1)
    rest.answers = [(200, [canceled(1)])]
    await rest.cancels.cancel_symbol("BTCUSDT")
    assert rest.taped_before_it_left == [1]
    with anyio.fail_after(5):
        while rest.tape.settled() is None:  # noqa: ASYNC110
            await anyio.sleep(0.005)
    rows = [row.entry for row in rest.tape.rows()]
    evidence = [entry for entry in rows if entry.kind is Kind.EVIDENCE]
    assert len(evidence) == 1
    assert b"DELETE /api/v3/openOrders?symbol=BTCUSDT" in evidence[0].payload
    assert all(b"SIGNATURE" not in entry.payload and b"THE-KEY" not in entry.payload for entry in rows)
    again = Fold(BinanceSpot())
    again.replay(rows)
    assert again.ledger.orders["A-000001"].state is OrderState.CANCELED


async def test_no_answer_is_no_proof(rest):
    rest.place(1)
    rest.answers = [(503, {})]
    outcome = await rest.cancels.cancel_symbol("BTCUSDT")
    assert "503" in outcome.unknown
    assert rest.state(1) is OrderState.PENDING_NEW
    assert len(rest.asked) == 2, "a cancel adds no exposure: it may be asked for again"


async def test_it_stays_away_for_as_long_as_the_venue_says(rest):
    rest.place(1)
    rest.answers = [(429, {})]
    outcome = await rest.cancels.cancel_symbol("BTCUSDT")
    assert "REST asks to wait (429), 30 s left" in outcome.unknown
    assert 29 * SECOND < outcome.retry_at - system_clock().mono <= 30 * SECOND
    await rest.cancels.cancel_symbol("BTCUSDT")
    assert len(rest.asked) == 1


async def test_a_refusal_proves_nothing_about_the_order(rest):
    rest.place(1)
    rest.answers = [(400, {"code": -2011, "msg": "Unknown order sent."})]
    assert await rest.cancels.cancel_symbol("BTCUSDT") == Cancelled()
    rest.answers = [(401, {"code": -2015, "msg": "Invalid API-key."})]
    assert await rest.cancels.cancel_symbol("BTCUSDT") == Cancelled(refused="Invalid API-key. (-2015)")
    assert rest.state(1) is OrderState.PENDING_NEW


async def test_an_unreadable_element_does_not_shield_the_others(rest):
    rest.place(1, 2)
    rest.answers = [(200, [canceled(1, status="ASLEEP"), canceled(2)])]
    outcome = await rest.cancels.cancel_symbol("BTCUSDT")
    assert "ASLEEP" in outcome.unknown
    assert outcome.orders == 1
    assert rest.state(2) is OrderState.CANCELED
    assert rest.state(1) is OrderState.PENDING_NEW


class Counting:
    """The rule, and what it sees and does."""

    def __init__(self, seconds=30.0):
        self.up = self.open = False
        self.pulled = []
        self.told = []
        notice = lambda severity, text: self.told.append((severity, text))  # noqa: E731
        self.rule = DeadMan(seconds, lambda: self.up, lambda: self.open, self.pulled.append, notice)

    def at(self, seconds):
        self.rule.look(int(seconds * SECOND))
        return self.rule.at


def test_it_counts_from_the_loss_and_only_while_orders_are_open():
    there = Counting()
    assert there.at(0) is None
    there.open = True
    assert there.at(5) == 30 * SECOND, "away since 0"
    assert there.told == [
        (Severity.WARNING, "dead man: everything is cancelled by REST in 25 s unless order entry is back")
    ]
    there.at(29)
    assert there.pulled == []
    there.up = True
    assert there.at(29.5) is None
    there.up = False
    assert there.at(40) == 70 * SECOND
    there.at(69)
    assert there.pulled == []


def test_it_pulls_once_for_each_loss():
    there = Counting()
    there.open = True
    for seconds in (0, 30, 31, 99):
        there.at(seconds)
    assert there.pulled == ["dead man: order entry was away for 30 s"]
    assert there.rule.at is None
    there.up = True
    there.at(100)
    there.up = False
    there.at(101)
    there.at(131)
    assert len(there.pulled) == 2


def test_off_by_default():
    there = Counting(None)
    there.open = True
    there.at(0)
    assert there.at(99_999) is None
    assert there.pulled == there.told == []


async def test_the_desk_counts_down_stops_and_says_why(peer, tmp_path):
    venue, endpoint = peer
    asked = []

    def answer(request):
        asked.append(request.method)
        if request.method == "GET":
            return httpx2.Response(503)
        name = desk.orders()["A-000001"].current.cl_ord_id
        body = canceled(7, origClientOrderId=name)
        return httpx2.Response(200, content=json.dumps([body]).encode())

    def on_message(message):
        if message.msg_type == "D":
            venue.report(message, "0", "0")

    venue.on_message = on_message
    settings = RestSettings("https://venue.test", timeout=0.2)
    transport = httpx2.MockTransport(answer)
    rest = Rest(settings, BinanceRest(), Credentials("THE-KEY", Signer()), system_clock, transport)
    async with running_desk(endpoint, tmp_path, rest=rest, dead_man=0.4) as desk:
        told, notice = [], desk.feed.notice
        desk.feed.notice = lambda one: (told.append(one.text), notice(one))
        assert await desk.until(lambda: not desk.view().entry_blocked, 5), desk.view()
        assert (desk.view().dead_man, desk.view().dead_man_at) == (0.4, None)
        assert desk.view().when_disconnected == "no cancel on disconnect here: open orders stay"
        desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True))
        orders = desk.orders
        assert await desk.until(
            lambda: "A-000001" in orders() and orders()["A-000001"].state is OrderState.NEW, 5
        )
        venue.accept, venue.refusal = False, Draft("3", ((373, "99"), (58, "not now")))
        venue.drop()
        assert await desk.until(lambda: desk.view().dead_man_at is not None, 5)
        assert 0 < desk.view().dead_man_at - desk.clock().mono <= 0.4 * SECOND
        assert await desk.until(lambda: orders()["A-000001"].state is OrderState.CANCELED, 5)
        assert asked.count("DELETE") == 1
        assert desk.view().dead_man_at is None
        assert "stopped" in desk.view().entry_blocked
        assert "stopped by itself: dead man: order entry was away for 0.4 s" in told
        venue.accept = True
        desk.handle(Reconnect(id="r"))
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        assert "stopped" in desk.view().entry_blocked
    again = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        again.replay(row.entry for row in tape.rows())
    assert again.ledger.orders["A-000001"].state is OrderState.CANCELED


# --- what is no loss


class Leaving(Counting):
    """The rule of a desk that may be left on purpose, or that has just begun."""

    def __init__(self, patience_at_start=0.0):
        super().__init__()
        self.left = False
        notice = lambda severity, text: self.told.append((severity, text))  # noqa: E731
        self.rule = DeadMan(
            30.0,
            lambda: self.up,
            lambda: self.open,
            self.pulled.append,
            notice,
            lambda: self.left,
            patience_at_start,
        )


OFF = (Severity.WARNING, "dead man: off, open orders were left on purpose")


def test_what_was_left_on_purpose_is_left_and_counts_anew_when_it_is_wanted_again():
    there = Leaving()
    there.up = there.open = True
    there.at(0)
    there.up, there.left = False, True
    for seconds in (1, 40, 400):
        assert there.at(seconds) is None
    assert there.told == [OFF], "said once"
    there.left = False
    assert there.at(500) == 530 * SECOND
    there.at(530)
    assert there.pulled == ["dead man: order entry was away for 30 s"]


def test_after_a_run_that_ended_on_purpose_it_counts_from_the_first_logon():
    there = Leaving(patience_at_start=None)
    there.open = True
    for seconds in (0, 400):
        assert there.at(seconds) is None
    assert there.told == [OFF]
    there.up = True
    there.at(401)
    there.up = False
    there.at(402)
    there.at(432)
    assert len(there.pulled) == 1


def test_after_a_crash_it_counts_from_the_start_as_much_longer_as_a_comp_id_may_be_blocked():
    there = Leaving(patience_at_start=60)
    there.open = True
    assert there.at(0) == 90 * SECOND
    there.at(89)
    assert there.pulled == []
    there.up = True
    there.at(89.5)
    there.up = False
    assert there.at(90) == 120 * SECOND, "only the first time"
    there.up = True
    there.at(100)
    crashed = Leaving(patience_at_start=60)
    crashed.open = True
    crashed.at(0)
    crashed.at(90)
    assert crashed.pulled == ["dead man: order entry was away for 90 s"]


async def test_a_desk_knows_whether_the_run_before_was_left_on_purpose(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert not desk._memory.left_on_purpose("OE")
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
    async with running_desk(endpoint, tmp_path) as desk:
        assert desk._memory.left_on_purpose("OE")
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        assert not desk._memory.left_on_purpose("OE"), "it has logged on since"


async def test_a_lost_screen_whose_policy_leaves_the_orders_does_not_have_them_cancelled(peer, tmp_path):
    venue, endpoint = peer
    asked = []

    def answer(request):
        asked.append(request.method)
        return httpx2.Response(200, content=b"[]")

    venue.on_message = lambda message: message.msg_type == "D" and venue.report(message, "0", "0")
    settings = RestSettings("https://venue.test", timeout=0.2, patience=0.05)
    transport = httpx2.MockTransport(answer)
    rest = Rest(settings, BinanceRest(), Credentials("THE-KEY", Signer()), system_clock, transport)
    hung = {"ui_hung_after": 0.2, "on_ui_loss": LeavePolicy.LEAVE}
    async with running_desk(endpoint, tmp_path, rest=rest, dead_man=0.3, **hung) as desk:
        assert await desk.until(lambda: not desk.view().entry_blocked, 5), desk.view()
        desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True))
        orders = desk.orders
        assert await desk.until(
            lambda: "A-000001" in orders() and orders()["A-000001"].state is OrderState.NEW, 5
        )
        desk.feed.drain()  # the screen's last look
        assert await desk.until(lambda: desk._entry.suspended, 5)
        assert await desk.until(lambda: not desk._entry.live, 5)
        assert not await desk.until(lambda: desk.view().stopped, 0.8)
        assert "DELETE" not in asked
        assert desk.view().dead_man_at is None
        desk.feed.drain()
        assert await desk.until(lambda: desk._entry.live, 5)
