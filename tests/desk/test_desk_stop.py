"""Stop: entry off at once and over restarts, everything cancelled by whatever works, and each order's outcome told."""

from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk
from exchange_running import desk_on, resting

from blotter.desk import verbs
from blotter.desk.change import LinkState, StopResult
from blotter.desk.command import Cancel, Resume, Stop, Submit
from blotter.exchange.listing import LISTINGS
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.fix.session import Draft
from blotter.journal.tape import Kind
from blotter.trading.enums import OrdType, Side, TimeInForce
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
ETH = msgspec.structs.replace(LIMIT, symbol="ETHUSDT")


class Venue:
    """Answers as told: acknowledges orders, and cancels them by F and q unless it is deaf to one."""

    def __init__(self, peer) -> None:
        self.peer = peer
        self.deaf: set[str] = set()  # kinds of message it does not answer
        self.unanswered: set[str] = set()  # prices of orders it does not acknowledge
        self.mass_cancels = True
        self.open: dict[str, object] = {}  # ClOrdID -> the D
        peer.on_message = self.hear

    def hear(self, message) -> None:
        kind, name = message.msg_type, message.text(11)
        if kind in self.deaf:
            return
        if kind == "D":
            self.open[name] = message
            if message.text(44) not in self.unanswered:
                self.say(message, "0", "0")
        elif kind == "F":
            number = message.text(37)
            target = message.text(41) or next((n for n in self.open if self.number(n) == number), None)
            if target in self.open:
                self.say(self.open.pop(target), "4", "4", t11=name, t41=target)
            else:
                text = ((434, "1"), (25016, "-2011"), (58, "Unknown order sent."))
                self.peer.send(Draft("9", ((11, name), (55, message.text(55)), *text)))
        elif kind == "q":
            symbol = message.text(55)
            there = [n for n, order in self.open.items() if order.text(55) == symbol]
            answer = [(55, symbol), (11, name), (530, "1")]
            if not self.mass_cancels:
                self.peer.send(Draft("r", (*answer, (531, "0"), (532, "99"), (25016, "-2011"), (58, "no"))))
                return
            self.peer.send(Draft("r", (*answer, (531, "1"), (533, str(len(there))))))
            for target in there:
                self.say(self.open.pop(target), "4", "4", t11=name, t41=target)

    @staticmethod
    def number(name: str) -> str:
        return str(int(name[-6:]))

    def say(self, order, exec_type, status, **fields) -> None:
        self.peer.report(order, exec_type, status, t37=self.number(order.text(11)), **fields)

    def received(self, kind: str) -> list:
        return [message for message in self.peer.received if message.msg_type == kind]


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)


async def submit(desk, request=LIMIT, *, state=OrderState.NEW) -> str:
    answer = await ask(desk, Submit(id="s", request=request, accept_warnings=True))
    assert answer.ok, answer
    order_id = answer.order_ids[0]
    if state is not None:
        assert await desk.until(lambda: desk.orders()[order_id].state is state, 5)
    return order_id


def view(desk):
    return desk._orders.stopping.view


async def done(desk, within=5.0):
    assert await desk.until(lambda: view(desk) is not None and view(desk).done, within), view(desk)
    return {outcome.order_id: outcome for outcome in view(desk).outcomes}


async def test_a_few_orders_get_their_own_cancels_and_each_outcome_is_told(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        ids = [await submit(desk), await submit(desk, ETH)]
        desk.feed.drain()
        answer = await ask(desk, Stop(id="x", cancel=True, cause="F8"))
        assert answer.ok
        assert answer.text == "entry is stopped; cancel sent for 2 orders"
        outcomes = await done(desk)
        assert {i: o.result for i, o in outcomes.items()} == dict.fromkeys(ids, StopResult.CANCELED)
        assert (len(venue.received("F")), venue.received("q")) == (2, [])
        shown = desk.feed.drain()
        assert shown.stop == view(desk)
        assert (shown.stop.cause, shown.stop.written_in > 0) == ("F8", True)
        assert any("stop (F8): 2 canceled" in notice.text for notice in shown.notices)


async def test_many_of_one_symbol_go_in_one_message_and_the_doubtful_by_their_own(peer, tmp_path):
    venue = Venue(peer[0])
    venue.unanswered = {"60000.2"}
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        ids = [await submit(desk) for _ in range(7)] + [await submit(desk, ETH)]
        doubtful = msgspec.structs.replace(LIMIT, price=Decimal("60000.2"))
        ids.append(await submit(desk, doubtful, state=None))
        await ask(desk, Stop(id="x", cancel=True))
        outcomes = await done(desk)
        assert {o.result for o in outcomes.values()} == {StopResult.CANCELED}
        assert outcomes.keys() == set(ids)
        assert [m.text(55) for m in venue.received("q")] == ["BTCUSDT"]
        own = venue.received("F")
        assert len(own) == 2
        assert own[0].text(41), "an order the venue has not named goes by its ClOrdID"


async def test_a_refused_mass_cancel_is_followed_by_single_cancels(peer, tmp_path):
    venue = Venue(peer[0])
    venue.mass_cancels = False
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        for _ in range(7):
            await submit(desk)
        await ask(desk, Stop(id="x", cancel=True))
        outcomes = await done(desk)
        assert {o.result for o in outcomes.values()} == {StopResult.CANCELED}
        assert (len(venue.received("q")), len(venue.received("F"))) == (1, 7)


async def test_what_goes_unanswered_is_unknown_in_the_end_and_says_so_loudly(peer, tmp_path, monkeypatch):
    monkeypatch.setattr("blotter.desk.stopping.PATIENCE", 50_000_000)
    venue = Venue(peer[0])
    venue.deaf = {"F", "q"}
    async with running_desk(peer[1], tmp_path, ack_timeout=0.3) as desk:
        await live(desk)
        ids = [await submit(desk) for _ in range(7)]
        await ask(desk, Stop(id="x", cancel=True))
        assert {o.result for o in view(desk).outcomes} == {StopResult.SENT}
        outcomes = await done(desk)
        assert {i: o.result for i, o in outcomes.items()} == dict.fromkeys(ids, StopResult.UNKNOWN)
        assert len(venue.received("F")) == 7, "after a silent mass cancel each gets its own"
        # A late answer still counts.
        venue.deaf = set()
        for message in venue.received("F"):
            venue.hear(message)
        assert await desk.until(
            lambda: {o.result for o in view(desk).outcomes} == {StopResult.CANCELED}, 5
        ), view(desk)


async def test_a_refused_cancel_is_told_with_the_venues_words(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        venue.open.clear()
        await ask(desk, Stop(id="x", cancel=True))
        outcomes = await done(desk)
        assert outcomes[order_id].result is StopResult.REFUSED
        assert outcomes[order_id].text == "Unknown order sent."


async def test_a_fill_before_the_cancel_is_told_as_such(peer, tmp_path):
    venue = Venue(peer[0])
    venue.deaf = {"F"}
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        await ask(desk, Stop(id="x", cancel=True))
        order = venue.received("D")[0]
        fill = {"t14": "0.25", "t151": "0", "t32": "0.25", "t31": "60000.1", "t25017": "15000.025"}
        venue.say(order, "F", "2", t1003="1", **fill)
        outcomes = await done(desk)
        assert outcomes[order_id].result is StopResult.FILLED


async def test_a_stop_is_on_the_tape_and_a_restarted_desk_is_still_stopped(peer, tmp_path):
    Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, Stop(id="x", cause="blotter stop"))
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        refused = await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert not refused.ok
        assert "entry is stopped" in refused.text
        assert desk.view().stopped
        assert (view(desk).cause, view(desk).done) == ("blotter stop", True)
        assert (await ask(desk, Resume(id="r"))).ok
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        assert not desk.view().stopped
        await submit(desk)


async def test_what_a_stop_has_not_got_before_a_restart_is_cancelled_after_it(peer, tmp_path):
    venue = Venue(peer[0])
    venue.deaf = {"F"}
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        await ask(desk, Stop(id="x", cancel=True, cause="F8"))
    venue.deaf = set()
    async with running_desk(peer[1], tmp_path) as desk:
        outcomes = {o.order_id: o for o in desk.feed.drain().stop.outcomes}
        assert outcomes[order_id].result is StopResult.NOT_SENT
        outcomes = await done(desk)
        assert outcomes[order_id].result is StopResult.CANCELED
        assert view(desk).cause == "F8"


async def test_while_order_entry_is_away_nothing_is_sent_and_then_it_is(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        peer[0].drop()
        assert await desk.until(lambda: desk.links()["OE"].state is not LinkState.LIVE, 5)
        answer = await ask(desk, Stop(id="x", cancel=True))
        assert not answer.ok
        assert "OE is down" in answer.text
        (outcome,) = view(desk).outcomes
        assert outcome.result is StopResult.NOT_SENT
        assert "OE is down" in outcome.text
        outcomes = await done(desk, 10)
        assert outcomes[order_id].result is StopResult.CANCELED
        assert len(venue.received("F")) == 1


async def test_resume_ends_the_cancelling_but_not_what_was_asked(peer, tmp_path):
    venue = Venue(peer[0])
    venue.deaf = {"F"}
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        await ask(desk, Stop(id="x", cancel=True))
        assert (await ask(desk, Resume(id="r"))).ok
        assert view(desk).done
        assert [o.result for o in view(desk).outcomes] == [StopResult.UNKNOWN]
        await submit(desk, ETH)


async def test_cancels_of_one_command_share_one_commit(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        ids = [await submit(desk) for _ in range(5)]
        commits = []
        commit = desk.tape.commit
        desk.tape.commit = lambda entries, told: (commits.append(len(entries)), commit(entries, told))
        assert (await ask(desk, Cancel(id="c", order_ids=tuple(ids)))).ok
        await venue.peer.until(lambda: len(venue.received("F")) == 5)
        assert commits == [10], "one fact and one message each, in one commit"


# --- against the embedded exchange


@pytest.fixture
async def exchange(tmp_path):
    config = ExchangeConfig(
        data_dir=tmp_path / "x",
        rate=0,
        block_scale=0,
        order_limits=((10, 100_000), (86_400, 200_000)),
    )
    async with serve(config) as running:
        yield running


async def test_200_working_orders_over_5_symbols_are_all_cancelled_and_each_is_told(exchange, tmp_path):
    symbols = [one.symbol for one in LISTINGS[:5]]
    assert len(set(symbols)) == 5
    async with desk_on(exchange, tmp_path) as desk:
        ids = []
        for number in range(200):
            ids.append(await submit(desk, resting(symbols[number % 5]), state=None))
        assert await desk.until(lambda: all(desk.orders()[i].state is OrderState.NEW for i in ids), 10)
        reply = await verbs.stop(desk, 10)
        assert reply["ok"], reply["text"]
        assert [one["result"] for one in reply["outcomes"]] == ["canceled"] * 200
        assert {one["order_id"] for one in reply["outcomes"]} == set(ids)
        assert all(desk.orders()[i].state is OrderState.CANCELED for i in ids)
        assert view(desk).written_in < 250_000_000


async def test_by_rest_when_order_entry_is_down(exchange, tmp_path):
    async with desk_on(exchange, tmp_path) as desk:
        ids = [await submit(desk, resting("BTCUSDT")), await submit(desk, resting("ETHUSDT"))]
        desk._entry.suspend("cut off for the test")
        assert await desk.until(lambda: not desk._entry.live, 5)
        await ask(desk, Stop(id="x", cancel=True))
        outcomes = await done(desk)
        assert {i: o.result for i, o in outcomes.items()} == dict.fromkeys(ids, StopResult.CANCELED)
        await desk.until(lambda: desk.tape.settled() is not None, 5)
        kinds = [row.entry.kind for row in desk.tape.rows() if row.entry.session == "REST"]
        assert kinds.count(Kind.ACT) == 2, "what leaves by REST is on the tape too"
        assert kinds.count(Kind.EVIDENCE) >= 2


async def test_by_rest_when_a_cancel_goes_unanswered(exchange, tmp_path, monkeypatch):
    monkeypatch.setattr("blotter.desk.stopping.PATIENCE", 100_000_000)
    async with desk_on(exchange, tmp_path) as desk:
        order_id = await submit(desk, resting("BTCUSDT"))
        lane = desk._entry.lane
        wire = lane._wire
        put = wire.write
        wire.write = lambda data: b"\x0135=F\x01" in data or put(data)  # it says it was written, and is lost
        await ask(desk, Stop(id="x", cancel=True))
        outcomes = await done(desk)
        assert outcomes[order_id].result is StopResult.CANCELED
        wire.write = put
