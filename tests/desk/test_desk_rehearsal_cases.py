"""Single accidents, each with the one thing that must hold afterwards."""

import asyncio
import contextlib
import random
from decimal import Decimal

import anyio
import msgspec
import pytest
from desk_running import CREDENTIALS, running_desk
from test_desk_lane import Bench
from test_desk_rehearsal import Truth, make_desk, ready, running

import blotter.desk.connection
from blotter.desk import verbs
from blotter.desk.backoff import SECOND, Backoff
from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Amend, Cancel, CancelAll, MassCancelSymbol, Stop, Submit
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.fold import Fold
from blotter.desk.lane import Outgoing
from blotter.desk.link import LinkSettings
from blotter.desk.runtime import DeskThread
from blotter.exchange import event as ev
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.fix.session import Draft
from blotter.journal.tape import Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import ConnectionLimits, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio

RESTING = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.02"),
    price=Decimal("40000.00"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


@pytest.fixture
async def exchange(tmp_path):
    async with serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as running_exchange:
        yield running_exchange


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def resting(desk) -> str:
    answer = await ask(desk, Submit(id="s", request=RESTING))
    assert answer.ok, answer
    order_id = answer.order_ids[0]
    assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
    return order_id


def open_at(exchange, symbol="BTCUSDT"):
    return exchange.engine.markets[symbol].owned(ACCOUNT)


def unconnected(directory) -> Desk:
    """A desk started anew on a tape, going nowhere."""
    link = LinkSettings(SessionKind.ORDER_ENTRY, Endpoint("127.0.0.1", 1, tls=False), "TST", 5)
    tape = Tape.open(directory / "tape.sqlite3")
    return Desk(
        DeskSettings(environment=Environment.EMBEDDED, links=(link,)),
        BinanceSpot(),
        CREDENTIALS,
        tape,
        system_clock,
        random.Random(1),
    )


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)


def acknowledge(venue) -> None:
    def on_message(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0")

    venue.on_message = on_message


# --- ids ---------------------------------------------------------------------------------------------------


async def test_no_request_id_comes_again_after_a_replace_and_a_restart(exchange, tmp_path):
    truth = Truth()
    truth.listen(exchange)
    desk = make_desk(exchange, tmp_path)
    async with running(desk):
        await ready(desk)
        order_id = await resting(desk)
        await ask(desk, Amend(id="a", order_id=order_id, price=Decimal("41000")))
        assert await desk.until(lambda: not desk.orders()[order_id].pending, 5)
    desk = make_desk(exchange, tmp_path)
    async with running(desk):
        await ready(desk)
        await ask(desk, Cancel(id="c", order_ids=(order_id,)))
        assert await desk.until(lambda: desk.orders()[order_id].state.terminal, 5)
    assert len(set(truth.asked)) == len(truth.asked), truth.asked


async def test_no_request_id_comes_again_when_one_never_left(peer, tmp_path):
    """An id given to a request that was refused at the last moment is used up all the same."""
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        answer = await ask(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        order_id = answer.order_ids[0]
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        desk._orders.outbox.request_id()  # as for a cancel whose lane closed before it was stamped
        await ask(desk, Cancel(id="c", order_ids=(order_id,)))
        await venue.until(lambda: any(m.msg_type == "F" for m in venue.received))
        sent = {m.text(11) for m in venue.received if m.msg_type == "F"}
    again = unconnected(tmp_path)
    try:
        assert again._orders.outbox.request_id() not in sent
    finally:
        again.tape.close()


# --- the tape and the screen tell the same -----------------------------------------------------------------


async def test_a_report_behind_a_gap_is_either_shown_or_not_replayed(peer, tmp_path):
    """The venue's message with a wrong number ends the session; its news is on the tape and must not differ later."""
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        await ask(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        await venue.until(lambda: any(m.msg_type == "D" for m in venue.received))
        order = next(m for m in venue.received if m.msg_type == "D")
        venue.newest.session.next_out += 1  # a message was lost on the way
        venue.report(order, "F", "2", t14="0.02", t151="0", t32="0.02", t31="40000", t25017="800", t1003="1")
        await venue.until(lambda: len(venue.logons) == 2)
        await live(desk)
        lived = desk.orders()["A-000001"]
        fills = list(desk._fold.ledger.fills)
    fold = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        fold.replay(row.entry for row in tape.rows())
    replayed = fold.ledger.orders["A-000001"]
    assert (lived.state, lived.cum_qty, len(fills)) == (
        replayed.state,
        replayed.cum_qty,
        len(fold.ledger.fills),
    )


async def test_the_moment_of_a_report_is_that_of_its_row(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        await ask(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        acked_at = desk.orders()["A-000001"].acked_at
        (row,) = [row for row in desk.tape.rows() if row.entry.kind is Kind.IN and row.entry.msg_type == "8"]
        assert acked_at == row.entry.at


async def test_a_fill_while_a_cancel_is_being_recorded_reads_the_same_later(peer, tmp_path, monkeypatch):
    """Rows stand in the order of the calls; the fold must come to the same end in either order."""
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        await ask(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        order = next(m for m in venue.received if m.msg_type == "D")
        held = []
        commit = desk.tape.commit
        monkeypatch.setattr(
            desk.tape,
            "commit",
            lambda entries, done: commit(entries, lambda result: held.append((done, result))),
        )
        desk.handle(Cancel(id="c", order_ids=("A-000001",)))  # handed to the disk, not yet confirmed
        venue.report(order, "F", "2", t14="0.02", t151="0", t32="0.02", t31="40000", t25017="800", t1003="1")
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.FILLED, 5)
        monkeypatch.undo()
        assert await desk.until(lambda: bool(held), 2)
        done, result = held.pop()
        done(result)
        await venue.until(lambda: any(m.msg_type == "F" for m in venue.received))
        lived = desk.orders()["A-000001"]
        fold = Fold(BinanceSpot())
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        fold.replay(row.entry for row in desk.tape.rows())
        assert lived.pending == fold.ledger.orders["A-000001"].pending


async def test_news_of_the_new_placement_does_not_verify_the_old_one(exchange, tmp_path):
    """Both halves of a replace were lost; a report about one half says nothing about the other."""
    desk = make_desk(exchange, tmp_path)
    async with running(desk):
        await ready(desk)
        order_id = await resting(desk)
        exchange.inject("drop-after-order")
        desk.handle(Amend(id="a", order_id=order_id, price=Decimal("41000")))
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.UNCONFIRMED, 5)
        await ready(desk)
        (left,) = open_at(exchange)
        exchange.hub.submit(
            ev.Cancel(at=0, account=ACCOUNT, cl_ord_id="phone", symbol="BTCUSDT", order_id=left.order_id)
        )
        assert await desk.until(lambda: desk.orders()[order_id].state is not OrderState.UNCONFIRMED, 5)
        placed = desk.orders()[order_id]
        assert placed.state.terminal or placed.unverified_since is not None, (
            f"{placed.state}, and nothing works at the exchange"
        )


# --- what a cancel reaches ---------------------------------------------------------------------------------


async def test_the_kill_switch_reaches_an_unconfirmed_replacement(exchange, tmp_path):
    desk = make_desk(exchange, tmp_path)
    async with running(desk):
        await ready(desk)
        order_id = await resting(desk)
        exchange.inject("drop-after-order")
        desk.handle(Amend(id="a", order_id=order_id, price=Decimal("41000")))
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.UNCONFIRMED, 5)
        await ready(desk)
        for _ in range(3):
            await verbs.stop(desk, 0.3)
        assert not open_at(exchange), "nothing that was sent from here may be out of reach"


async def test_the_kill_switch_reaches_a_replacement_on_its_way(exchange, tmp_path):
    desk = make_desk(exchange, tmp_path)
    async with running(desk):
        await ready(desk)
        order_id = await resting(desk)
        exchange.inject("delay:300ms")
        desk.handle(Amend(id="a", order_id=order_id, price=Decimal("41000")))
        assert await desk.until(lambda: bool(desk.orders()[order_id].pending), 5)
        reply = await verbs.stop(desk, 1)
        assert not open_at(exchange), reply


async def test_the_kill_switch_reaches_an_order_that_is_being_recorded(peer, tmp_path, monkeypatch):
    """Between the key and the socket lies the disk; what is there when entry is stopped must not work afterwards."""
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        held = []
        commit = desk.tape.commit
        monkeypatch.setattr(
            desk.tape,
            "commit",
            lambda entries, done: commit(entries, lambda result: held.append((done, result))),
        )
        desk.handle(Submit(id="s", request=RESTING, accept_warnings=True))
        assert await desk.until(lambda: bool(held), 2)
        monkeypatch.undo()
        reply = await ask(desk, Stop(id="k", cancel=True))
        done, result = held.pop()
        done(result)
        await anyio.sleep(0.3)
        sent = [m.msg_type for m in venue.received if m.msg_type in ("D", "F")]
        assert sent in ([], ["D", "F"]), (sent, reply)


async def test_one_order_that_cannot_be_cancelled_does_not_save_the_others(peer, tmp_path, monkeypatch):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        for name in ("one", "two"):
            await ask(desk, Submit(id=name, request=RESTING, accept_warnings=True))
        assert await desk.until(
            lambda: all(order.state is OrderState.NEW for order in desk.orders().values()), 5
        )
        first = desk.orders()["A-000001"]
        odd = msgspec.structs.replace(first.placements[0], order_id=None, cl_ord_id="from:elsewhere")
        desk.orders()["A-000001"] = msgspec.structs.replace(first, placements=(odd,))
        desk.handle(CancelAll(id="c"))
        await anyio.sleep(0.2)
        assert [m.text(37) for m in venue.received if m.msg_type == "F"] == ["7"]


async def test_a_mass_cancel_without_an_answer_is_told(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path, ack_timeout=0.2) as desk:
        await live(desk)
        desk.feed.drain()
        await ask(desk, MassCancelSymbol(id="m", symbol="BTCUSDT"))
        notices = []

        def told() -> bool:
            notices.extend(notice.text for notice in desk.feed.drain().notices)
            return any("mass cancel" in text for text in notices)

        assert await desk.until(told, 1), notices


# --- ends and beginnings -----------------------------------------------------------------------------------


async def test_stopping_while_dialling_ends(peer, tmp_path, monkeypatch):
    _, endpoint = peer
    dial = blotter.desk.connection.dial
    dialling = asyncio.Event()

    async def slow(*args):
        dialling.set()
        await asyncio.sleep(0.2)
        return await dial(*args)

    monkeypatch.setattr(blotter.desk.connection, "dial", slow)
    link = LinkSettings(SessionKind.ORDER_ENTRY, endpoint, "TST", 5)
    desk = unconnected(tmp_path)
    desk._links[0].settings = link
    task = asyncio.create_task(desk.run())
    await dialling.wait()
    desk.stop()
    try:
        done, _ = await asyncio.wait({task}, timeout=4)
        assert done, "the desk does not end"
    finally:
        task.cancel()
        with contextlib.suppress(BaseException):
            await task
        desk.tape.close()


async def test_suspended_while_dialling_stays_down(peer, tmp_path, monkeypatch):
    _, endpoint = peer
    dial = blotter.desk.connection.dial

    async def slow(*args):
        await asyncio.sleep(0.2)
        return await dial(*args)

    monkeypatch.setattr(blotter.desk.connection, "dial", slow)
    async with running_desk(endpoint, tmp_path) as desk:
        await desk.until(lambda: desk.links()["OE"].state is LinkState.DIALLING, 2)
        desk._departure._suspend("the screen is gone")
        await anyio.sleep(0.6)
        assert desk.links()["OE"].state is LinkState.DOWN
        await asyncio.sleep(0)
        desk._links[0].cut("end of the test")


def test_a_night_without_a_venue_does_not_end_the_dialling():
    backoff = Backoff(ConnectionLimits(15, 30.0, 1, 1.0), random.Random(1))
    now = 0
    for _ in range(1100):
        now = backoff.next_dial(now)
        backoff.dialled(now)
    assert backoff.next_dial(now) - now <= 30 * SECOND


async def test_the_reason_of_an_end_is_the_sessions_own(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        venue.newest.session.next_out += 3
        venue.send(Draft("0", ()))
        assert await desk.until(lambda: len(venue.logons) == 2, 5)
        await live(desk)
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        notes = [row.entry.payload for row in desk.tape.rows() if row.entry.msg_type == "end"]
        assert b"MsgSeqNum" in notes[0], notes


def test_a_control_socket_that_cannot_be_had_is_told_and_the_thread_ends(tmp_path):
    (tmp_path / "control.sock").mkdir()  # unlink fails
    thread = DeskThread(lambda: unconnected(tmp_path), tmp_path)
    with contextlib.suppress(OSError), thread:
        pass
    hangs = thread._portal is not None
    if hangs:  # or this very process would
        thread._portal_scope.__exit__(None, None, None)
        thread.desk.tape.close()
    assert not hangs, "the portal is still open: the process would hang at its end"


async def test_policy_cancel_outlasts_a_link_that_is_down(exchange, tmp_path):
    """The screen is lost while order entry is down: its policy must still cancel once the session is back."""
    from blotter.config import LeavePolicy

    desk = make_desk(exchange, tmp_path)
    desk._departure._policy = LeavePolicy.CANCEL
    async with running(desk):
        await ready(desk)
        await resting(desk)
        exchange.inject("drop")
        assert await desk.until(lambda: desk.links()["OE"].state is not LinkState.LIVE, 5)
        desk._departure._lost()
        await anyio.sleep(1.5)
        assert not open_at(exchange)


# --- numbers -----------------------------------------------------------------------------------------------


async def test_an_answer_that_sends_at_once_reuses_no_number():
    """`done` may send (a policy logs out as soon as its cancels are out): numbers given ahead must hold."""
    bench = Bench()
    hear = bench.hear

    def and_log_out(cause: str) -> None:
        hear(cause)
        bench.lane.put(Outgoing(Draft("5", ()), essential=True))

    bench.put("c1", durable=True)  # the disk is busy with this one
    bench.hear = and_log_out
    bench.put("c2")
    bench.hear = hear
    bench.put("c3")
    with contextlib.suppress(RuntimeError):
        bench.tape.answer()
        await bench.settle()
    numbers = bench.wire.numbers()
    assert len(set(numbers)) == len(numbers), numbers
