"""The way out: nothing before the tape, no number used twice or skipped, and what a failing disk does to it."""

import asyncio

import anyio
import pytest
from desk_running import CREDENTIALS

from blotter.desk.clock import system_clock
from blotter.desk.fold import Fold
from blotter.desk.lane import Lane, Outgoing
from blotter.desk.rates import Budget
from blotter.desk.recorder import Recorder
from blotter.fix.codec import decode, encode
from blotter.fix.session import Draft, Session
from blotter.fix.values import utc_timestamp
from blotter.journal.tape import Entry, Kind, TapeFailed
from blotter.trading.enums import OrdType, Side
from blotter.trading.event import CancelRequested, NotSent, OrderSubmitted
from blotter.trading.request import OrderRequest
from blotter.venues.base import SessionKind
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio


class Tape:
    """Stands in for the tape: commits are answered when the test says so."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self.commits: list = []
        self.failed: TapeFailed | None = None
        self.backlog = 0

    def meta(self, key):
        return None

    def write(self, entries):
        if self.failed:
            raise self.failed
        self.rows.extend(entries)

    def append(self, entries):
        self.rows.extend(entries)

    def commit(self, entries, done):
        self.commits.append((list(entries), done))

    def answer(self, result=None) -> None:
        entries, done = self.commits.pop(0)
        if result is None:
            self.rows.extend(entries)
            result = range(len(entries))
        done(result)


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.up = True

    def write(self, data: bytes) -> bool:
        if self.up:
            self.written.append(data)
        return self.up

    def numbers(self) -> list[int]:
        whole = b"".join(self.written)
        pieces = [piece for piece in whole.split(b"8=FIX.4.4\x01") if piece]
        return [decode(b"8=FIX.4.4\x01" + piece).msg_seq_num for piece in pieces]


ORDER = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET)


class Bench:
    """A lane on a live session with a fake tape and wire."""

    def __init__(self, messages: int = 10_000) -> None:
        venue = BinanceSpot()
        self.session = Session(venue.session(SessionKind.ORDER_ENTRY, CREDENTIALS, "TSTO0000", 30))
        self.tape, self.wire = Tape(), Wire()
        self.recorder = Recorder(self.tape, Fold(venue), system_clock, venue.secret_tags)
        self.deltas: list = []
        self.causes: list[str] = []
        self.told = asyncio.Event()
        self.lane = Lane(
            "OE",
            1,
            self.session,
            self.wire,
            self.recorder,
            system_clock,
            self.deltas.append,
            lambda *_: None,
            Budget(messages, 0.2),
        )
        now = system_clock()
        for effect in self.session.connected(now):
            if hasattr(effect, "draft"):
                self.lane.put(Outgoing(effect.draft, essential=True))
        header = ((49, "SPOT"), (56, "TSTO0000"), (34, "1"), (52, utc_timestamp(now.wall)))
        logon = encode("FIX.4.4", "A", header, ((98, "0"), (108, "30")))
        self.session.receive(decode(logon), now)

    def put(self, name: str, *, durable=False, essential=False) -> None:
        fact = CancelRequested(order_id="A-000001", cl_ord_id=name, at=system_clock().wall)
        draft = Draft("F", ((11, name), (41, "x"), (55, "BTCUSDT")))
        self.lane.put(Outgoing(draft, self.hear, fact, name, power_durable=durable, essential=essential))

    def hear(self, cause: str) -> None:
        self.causes.append(cause)
        self.told.set()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_rows_stand_before_bytes_and_numbers_run():
    bench = Bench()
    bench.put("a")
    bench.put("b")
    assert bench.wire.numbers() == [1, 2, 3]
    assert [row.kind for row in bench.tape.rows[-2:]] == [Kind.ACT, Kind.OUT]
    assert bench.causes == ["", ""]


async def test_nothing_is_written_before_the_commit_and_nothing_overtakes_it():
    bench = Bench()
    bench.put("a", durable=True)
    bench.put("b")
    assert bench.wire.numbers() == [1]
    assert bench.session.next_out == 2
    bench.tape.answer()
    await bench.settle()
    assert bench.wire.numbers() == [1, 2, 3]
    assert bench.causes == ["", ""]


async def test_one_commit_covers_what_waited_together():
    bench = Bench()
    bench.put("a", durable=True)
    bench.put("b", durable=True)
    bench.put("c", durable=True)
    bench.tape.answer()
    await bench.settle()
    assert len(bench.tape.commits) == 1, "b and c go together"
    bench.tape.answer()
    await bench.settle()
    assert bench.wire.numbers() == [1, 2, 3, 4]


async def test_who_hears_of_one_message_may_put_the_next_before_the_others_are_told():
    bench = Bench()
    bench.put("first", durable=True)
    told: list[str] = []

    def again(cause: str) -> None:
        told.append(cause)
        bench.put("again")

    bench.lane.put(Outgoing(Draft("F", ((11, "b"), (55, "X"))), again))
    bench.put("c")
    bench.tape.answer()
    await bench.settle()
    assert bench.wire.numbers() == [1, 2, 3, 4, 5]
    assert told == [""]
    assert bench.causes == ["", "", ""]


async def test_what_an_order_is_follows_its_write_in_the_same_turn():
    bench = Bench()
    seen: list[int] = []
    bench.lane._on_delta = lambda _: seen.append(len(bench.wire.written))
    bench.put("a")
    assert seen == [2], "the Logon and the order are on the wire before the order is folded"


async def test_a_failed_commit_refuses_orders_and_lets_cancels_go():
    bench = Bench()
    bench.put("order", durable=True)
    bench.put("cancel", durable=True, essential=True)
    bench.tape.answer(TapeFailed("disk full"))
    await bench.settle()
    assert "disk full" in bench.causes[0]
    bench.tape.answer(TapeFailed("disk full"))
    await bench.settle()
    assert bench.causes[1] == ""
    assert bench.wire.numbers() == [1, 2], "the refused one used up no number"
    kept = [row.msg_type for row in bench.tape.rows]
    assert kept[-3:] == ["NotSent", "CancelRequested", "F"]


async def test_a_hung_disk_gives_up_the_order_and_the_session_goes_on(monkeypatch):
    monkeypatch.setattr("blotter.desk.lane.COMMIT_DEADLINE", 0.01)
    bench = Bench()
    bench.put("order", durable=True)
    bench.lane.put(Outgoing(Draft("0", ()), essential=True))
    async with asyncio.timeout(5):
        await bench.told.wait()
    assert "did not confirm" in bench.causes[0]
    assert bench.wire.numbers() == [1, 2], "the heartbeat took the number the order never used"
    bench.tape.answer()  # the disk answers after all: too late, the order stays unsent
    await bench.settle()
    assert bench.wire.numbers() == [1, 2]
    assert len(bench.causes) == 1


@pytest.mark.parametrize("before", [True, False])
async def test_a_cancel_waits_for_a_hung_disk_no_longer_than_a_moment(monkeypatch, before):
    monkeypatch.setattr("blotter.desk.lane.CANCEL_DEADLINE", 0.02)
    bench = Bench()
    if before:
        bench.put("order", durable=True)
    bench.put("cancel", durable=True, essential=True)
    async with asyncio.timeout(1):  # an order is given two seconds
        while "" not in bench.causes:
            bench.told.clear()
            await bench.told.wait()
    assert bench.wire.numbers() == [1, 2]
    assert b"11=cancel" in bench.wire.written[-1]
    kept = [row.msg_type for row in bench.tape.rows]
    assert kept[-2:] == ["CancelRequested", "F"], "it is kept in memory for the tape"
    for _ in range(len(bench.tape.commits)):  # the disk answers after all
        bench.tape.answer()
    await bench.settle()
    assert bench.wire.numbers() == [1, 2], "nothing leaves a second time"


async def test_an_order_that_nobody_cancels_has_its_time(monkeypatch):
    monkeypatch.setattr("blotter.desk.lane.CANCEL_DEADLINE", 0.001)
    bench = Bench()
    bench.put("order", durable=True)
    await asyncio.sleep(0.02)
    assert bench.causes == []
    bench.tape.answer()
    await bench.settle()
    assert (bench.causes, bench.wire.numbers()) == ([""], [1, 2])


async def test_a_socket_gone_after_the_commit_is_recorded_as_not_sent():
    bench = Bench()
    bench.put("a", durable=True)
    bench.wire.up = False
    bench.tape.answer()
    await bench.settle()
    assert bench.causes != [""]
    assert bench.tape.rows[-1].msg_type == NotSent.__name__
    assert bench.session.next_out == 2


async def test_a_closed_lane_answers_what_waits():
    bench = Bench()
    bench.put("a", durable=True)
    bench.put("b")
    bench.lane.close("OE went down")
    assert bench.causes == ["OE went down"]
    bench.tape.answer()
    await bench.settle()
    assert len(bench.causes) == 2, "the one on the tape is told too, as not sent"
    assert bench.wire.numbers() == [1]


async def test_what_cannot_be_encoded_is_told_and_the_rest_goes():
    bench = Bench()
    bench.lane.put(Outgoing(Draft("F", ((11, ""),)), bench.causes.append))
    bench.put("b")
    assert "must not be empty" in bench.causes[0]
    assert bench.wire.numbers() == [1, 2]


async def test_beyond_the_venues_message_limit_cancels_wait_orders_are_refused_and_the_session_speaks():
    bench = Bench(messages=4)  # of these one is the session's; the logon was the first
    bench.put("a", essential=True)
    bench.put("b", essential=True)
    assert bench.wire.numbers() == [1, 2, 3]
    bench.put("c", essential=True)
    bench.put("d", essential=True)
    submitted = OrderSubmitted(order_id="A-000002", cl_ord_id="o", request=ORDER, at=1)
    bench.lane.put(Outgoing(Draft("D", ((11, "o"),)), bench.hear, submitted, "o"))
    assert bench.causes[:2] == ["", ""]
    assert "3 of 4 messages" in bench.causes[2]
    assert "kept for cancels" in bench.causes[2]
    bench.lane.put(Outgoing(Draft("0", ()), essential=True))
    assert bench.wire.numbers() == [1, 2, 3, 4], "a heartbeat overtakes what waits, with its own number"
    bench.told.clear()
    with anyio.fail_after(2):
        while len(bench.causes) < 5:
            await bench.told.wait()
            bench.told.clear()
    assert bench.causes[3:] == ["", ""]
    assert bench.wire.numbers() == [1, 2, 3, 4, 5, 6]


async def test_what_waits_for_the_limit_is_answered_when_the_connection_ends():
    bench = Bench(messages=2)
    bench.put("a", essential=True)
    bench.lane.close("OE went down")
    assert bench.causes == ["OE went down"]
    assert bench.wire.numbers() == [1]
