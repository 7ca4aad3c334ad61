"""A recorded day, replayed: the state at each of its rows is the state that was lived there, byte for byte."""

import contextlib
import json
import random
import socket
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import anyio
import msgspec
import pytest
from desk_all_sessions import all_sessions, best_bid

import blotter.desk.recording
from blotter.desk.change import RECORDED, Frame, LinkState, ReplayView
from blotter.desk.command import (
    Amend,
    AnyCommand,
    Cancel,
    CancelAll,
    MassCancelSymbol,
    Reconcile,
    Submit,
    SubmitList,
)
from blotter.desk.fold import VERSION, Fold
from blotter.desk.recording import Landmark, Recording
from blotter.desk.replay import SECOND, Replay, moment_of
from blotter.exchange.event import Place
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.reader import TapeReader
from blotter.journal.row import Kind
from blotter.journal.snapshot import newest
from blotter.journal.tape import Entry, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import ListKind, OrderListRequest
from blotter.venues.binance import BinanceSpot

D = Decimal
NOON = 1_795_348_800 * 1_000_000_000  # 2026-11-22T12:00:00Z


class Lived:
    """What the desk knew, noted down whenever all of it was on the tape."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.moments: dict[int, tuple[bytes, bytes]] = {}  # row id -> (ledger, everything)

    async def note(self) -> None:
        row_id = await self.settled()
        self.moments[row_id] = (self.desk._fold.ledger.dump(), self.desk._fold.dump())

    async def settled(self) -> int:
        assert await self.desk.until(
            lambda: self.desk.tape.settled() is not None and self.desk._recorder.commits == 0, 5
        )
        return self.desk.tape.settled()

    async def do(self, command) -> object:
        answers = []
        self.desk.handle(command, answers.append)
        assert await self.desk.until(lambda: bool(answers), 5)
        await self.note()
        assert answers[0].ok, answers[0]
        return answers[0]

    async def until(self, condition) -> None:
        assert await self.desk.until(condition, 5)
        await self.note()


def house(exchange, request, name) -> None:
    """Somebody else's order."""
    account = next(name for name, account in exchange.engine.clearing.accounts.items() if account.house)
    exchange.hub.submit(Place(at=exchange.hub.now().wall, account=account, cl_ord_id=name, request=request))


@contextlib.asynccontextmanager
async def rehearsed_day(directory):
    """Fills, an amend, lists, a reject, a gap with evidence, the drop copy. Leaves a tape, and what was lived."""
    config = ExchangeConfig(data_dir=directory / "x", rate=0, block_scale=0, drop_copy_delay=0.01)
    async with serve(config) as exchange, all_sessions(exchange, directory, with_rest=True) as desk:
        lived = Lived(desk)
        await lived.until(lambda: not desk.view().entry_blocked)
        bid = best_bid(exchange, "0.02")
        hit = msgspec.structs.replace(bid, side=Side.SELL, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
        first = (await lived.do(Submit(id="1", request=bid, accept_warnings=True))).order_ids[0]
        await lived.until(lambda: desk.orders()[first].state is OrderState.NEW)
        house(exchange, msgspec.structs.replace(hit, order_qty=D("0.005")), "h-1")
        await lived.until(lambda: desk.orders()[first].cum_qty == D("0.005"))
        await lived.do(Amend(id="2", order_id=first, order_qty=D("0.015")))
        await lived.until(lambda: desk.orders()[first].order_qty == D("0.015"))
        lower = msgspec.structs.replace(bid, price=bid.price - 500)
        sell = msgspec.structs.replace(bid, side=Side.SELL, price=bid.price + 2000)
        both = OrderListRequest(kind=ListKind.OTO, legs=(lower, sell))
        await lived.do(SubmitList(id="3", request=both, accept_warnings=True))
        await lived.until(lambda: desk.orders()[desk.lists()["L-000001"].legs[0]].state is OrderState.NEW)
        market = msgspec.structs.replace(
            bid, ord_type=OrdType.MARKET, price=None, time_in_force=None, order_qty=D("0.01")
        )
        await lived.do(Submit(id="4", request=market, accept_warnings=True))
        await lived.until(lambda: len(desk._fold.ledger.fills) >= 2)
        maker = msgspec.structs.replace(bid, price=bid.price - 100)
        lost = (await lived.do(Submit(id="5", request=maker, accept_warnings=True))).order_ids[0]
        await lived.until(lambda: desk.orders()[lost].state is OrderState.NEW)
        exchange.inject("drop")  # a gap in which the first order fills
        await lived.until(lambda: desk.links()["OE"].state is not LinkState.LIVE)
        house(exchange, msgspec.structs.replace(hit, order_qty=D("0.004")), "h-2")
        await lived.until(
            lambda: not desk.view().entry_blocked and desk.links()["OE"].state is LinkState.LIVE
        )
        await lived.until(lambda: desk.orders()[first].cum_qty == D("0.009"))
        await lived.do(Reconcile(id="6"))
        await lived.do(Cancel(id="7", order_ids=(lost,)))
        await lived.until(lambda: desk.orders()[lost].state is OrderState.CANCELED)
        await lived.do(CancelAll(id="8"))
        await lived.until(lambda: not [o for o in desk.orders().values() if not o.state.terminal])
        await lived.do(MassCancelSymbol(id="9", symbol="BTCUSDT"))
        await anyio.sleep(0.1)
        await lived.note()
        yield lived


async def live(directory) -> dict[int, tuple[bytes, bytes]]:
    async with rehearsed_day(directory) as lived:
        pass
    return lived.moments


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    directory = tmp_path_factory.mktemp("day")
    return directory / "tape.sqlite3", anyio.run(live, directory)


def opened(path):
    return Recording(TapeReader.open(path), BinanceSpot())


def go(recording, row_id):
    for _ in recording.seek(row_id):
        pass
    assert recording.row_id == row_id


def test_the_day_was_an_eventful_one(day):
    path, moments = day
    with TapeReader.open(path) as reader:
        rows = list(reader.rows())
    assert len(moments) >= 12
    assert {row.entry.kind for row in rows} == set(Kind)
    assert {row.entry.session for row in rows} >= {"OE", "MD", "DC", "REST", ""}
    assert "SessionGap" in {row.entry.msg_type for row in rows}


def test_every_noted_moment_is_replayed_byte_for_byte(day):
    path, moments = day
    recording = opened(path)
    for row_id, (ledger, everything) in sorted(moments.items()):
        go(recording, row_id)
        assert recording.fold.ledger.dump() == ledger, f"row {row_id}"
        assert recording.fold.dump() == everything, f"row {row_id}"


@pytest.mark.parametrize("every", [7, 20_000])
def test_jumps_in_any_order_come_to_the_same(day, monkeypatch, every):
    """With few kept states and with none, with the tape's own snapshot and before it."""
    path, moments = day
    monkeypatch.setattr(blotter.desk.recording, "MARK_EVERY", every)
    recording = opened(path)
    order = list(moments) * 2
    random.Random(3).shuffle(order)
    for row_id in [recording.rows, *order, 0, recording.rows, 1, *order]:
        go(recording, row_id)
        if row_id in moments:
            assert recording.fold.dump() == moments[row_id][1], f"row {row_id}"
    if every == 7:
        assert recording._marks, "nothing was kept"


def test_the_end_is_what_a_desk_started_anew_would_know(day):
    path, _ = day
    recording = opened(path)
    go(recording, recording.rows)
    anew = Fold(BinanceSpot())
    with TapeReader.open(path) as reader:
        assert newest(reader, VERSION, []) is not None, "the desk left a snapshot"
        anew.replay(row.entry for row in reader.rows())
    assert recording.fold.dump() == anew.dump()
    assert recording.fold.ledger.dump() == anew.ledger.dump()


def test_a_seek_that_is_given_up_stays_where_it_came_to(day, monkeypatch):
    path, _ = day
    monkeypatch.setattr(blotter.desk.recording, "AHEAD", 5)
    monkeypatch.setattr(blotter.desk.recording, "MARK_EVERY", 10)
    recording = opened(path)
    go(recording, 1)
    way = recording.seek(60)
    next(way)
    way.close()
    assert 1 < recording.row_id < 60
    there = opened(path)
    go(there, recording.row_id)
    assert recording.fold.dump() == there.fold.dump()
    assert recording.links.views == there.links.views


def test_sessions_and_the_market_of_acts_are_the_same_however_one_comes_there(day):
    path, _ = day
    stepped, jumped = opened(path), opened(path)
    while (passed := stepped.step()) is not None:
        if passed.row.id % 5 == 0 or passed.row.entry.kind is Kind.SESSION:
            jumped.row_id = stepped.rows + 1  # as if from behind it
            go(jumped, passed.row.id)
            assert jumped.links.views == stepped.links.views, f"row {passed.row.id}"
            assert jumped.quotes == stepped.quotes, f"row {passed.row.id}"
    assert stepped.quotes["BTCUSDT"].bid
    assert stepped.instruments["BTCUSDT"].tick_size == D("0.01")
    assert {view.state for view in stepped.links.views.values()} == {LinkState.WAITING}
    assert stepped.links.views["OE"].reconnects == 1
    assert stepped.links.views["OE"].heart_bt_int == 10


def landmarks(path, what, back=False):
    recording = opened(path)
    if back:
        go(recording, recording.rows)
    found = []
    while (row_id := recording.find(what, back=back)) is not None:
        found.append(row_id)
        go(recording, row_id)
    return found


@pytest.mark.parametrize("what", list(Landmark))
def test_landmarks_are_the_same_both_ways(day, what):
    path, _ = day
    forward = landmarks(path, what)
    back = landmarks(path, what, back=True)
    assert back[::-1] == [row_id for row_id in forward if row_id < opened(path).rows]
    with TapeReader.open(path) as reader:
        rows = [reader.row(row_id).entry for row_id in forward]
    if what is Landmark.DISCONNECT:
        assert {entry.session for entry in rows} == {"OE", "MD", "DC"}
        assert all(b"Blotter is leaving" not in entry.payload for entry in rows)
    elif what is Landmark.FILL:
        assert len(rows) >= 3
    elif what is Landmark.EVENT:
        assert not {entry.msg_type for entry in rows} & {"0", "1"}


# --- the port ----------------------------------------------------------------------------------------------


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Watcher:
    """What a screen makes of the frames."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.frames: list[Frame] = []
        self.answers, self.notices, self.orders, self.fills = [], [], {}, []
        self.messages: list = []

    def drain(self) -> ReplayView:
        frame = self.replay.drain()
        if frame.replaced:
            self.orders, self.fills, self.messages = {}, [], []
        self.orders.update(frame.orders)
        self.fills += frame.fills
        self.messages += frame.messages
        self.answers += frame.answers
        self.notices += frame.notices
        self.frames.append(frame)
        return frame.replay

    def until(self, condition) -> ReplayView:
        end = time.monotonic() + 10
        while not condition(view := self.drain()):
            assert time.monotonic() < end, (view, self.notices)
            time.sleep(0.002)
        return view


@pytest.fixture
def replay(day, monkeypatch):
    """No socket may be opened, and the tape may not change."""

    def none(*_: object, **__: object) -> None:
        raise AssertionError("a replay opened a socket")

    path, _ = day
    before = path.read_bytes()
    monkeypatch.setattr(socket, "socket", none)
    with Replay(path, BinanceSpot()) as running:
        yield running
    assert path.read_bytes() == before


def test_the_first_frame_is_the_beginning_and_says_that_it_is_a_recording(replay):
    watcher = Watcher(replay)
    view = watcher.drain()
    (frame,) = watcher.frames
    assert frame.replaced
    assert (view.row, view.playing, view.at) == (0, False, view.first_at)
    assert frame.desk.entry_blocked == "this is a recording"
    assert frame.desk.recording.endswith("tape.sqlite3")
    assert not watcher.orders
    assert replay.wall() == replay.mono() == view.at


def every_command():
    return get_args(AnyCommand)


def test_every_command_is_refused(replay, day):
    watcher = Watcher(replay)
    for number, command in enumerate(every_command()):
        replay.post(msgspec.json.decode(json.dumps(filled(command, f"c{number}")), type=command))
    watcher.drain()
    assert len(watcher.answers) == len(every_command())
    assert {(answer.ok, answer.text) for answer in watcher.answers} == {(False, RECORDED)}


def filled(command, id):
    """The fields that a command cannot do without, with anything in them."""
    values = {"id": id, "type": command.__name__}
    request = {
        "symbol": "BTCUSDT",
        "side": "1",
        "ord_type": "2",
        "order_qty": "1",
        "price": "1",
        "time_in_force": "1",
    }
    known = {
        "request": {"kind": "OTO", "legs": [request, request]} if command is SubmitList else request,
        "order_ids": ["A-1"],
        "seconds": 5,
        "mode": "1",
    }
    for field in msgspec.structs.fields(command):
        if field.required and field.name not in values:
            values[field.name] = 1 if field.type is int else known.get(field.name, "x")
    return values


def test_it_plays_to_the_end_and_every_message_is_seen_once(replay, day):
    path, moments = day
    watcher = Watcher(replay)
    assert replay.speed("300") == ""
    replay.pause(False)
    view = watcher.until(lambda view: view.row == view.rows)
    assert view.speed == 300
    with TapeReader.open(path) as reader:
        wire = [row.id for row in reader.rows() if row.entry.kind in (Kind.IN, Kind.OUT)]
    assert [message.row for message in watcher.messages] == wire
    last = moments[max(moments)][0]
    assert replay.recording.fold.ledger.dump() == last
    assert watcher.orders == dict(replay.recording.fold.ledger.orders)
    assert watcher.fills == replay.recording.fold.ledger.fills
    texts = [notice.text for notice in watcher.notices]
    assert sum("bought" in text for text in texts) == len(watcher.fills)
    assert any(text.startswith("OE is down") for text in texts)


def test_time_goes_by_at_the_speed_that_was_asked_for(day):
    """Rows come when their moment has come, not before."""
    path, _ = day
    clock = Clock()
    replay = Replay(path, BinanceSpot(), monotonic=clock)
    watcher = Watcher(replay)
    start = watcher.drain().first_at
    replay._playing, replay._speed = True, 2.0
    replay._play(int(0.010 * SECOND * 2))
    view = watcher.drain()
    assert view.at == start + 20_000_000
    with TapeReader.open(path) as reader:
        assert view.row == reader.row_at(view.at)
    replay.close()


def test_stepping_and_jumping(replay):
    watcher = Watcher(replay)
    replay.step()
    assert watcher.until(lambda view: view.row == 1)
    assert replay.seek("fill") == ""
    first = watcher.until(lambda view: view.row > 1 and not view.busy)
    assert len(watcher.fills) == 1
    assert replay.seek("fills") == ""
    second = watcher.until(lambda view: view.row > first.row and not view.busy)
    assert len(watcher.fills) == 2, "the drop copy's word of the first is no second fill"
    replay.seek("fill", back=True)
    assert watcher.until(lambda view: view.row < second.row and not view.busy).row == first.row
    assert len(watcher.fills) == 1
    replay.step(back=True)
    assert watcher.until(lambda view: view.row < first.row and not view.busy)
    assert not watcher.fills
    replay.seek("disconnect")
    watcher.until(lambda view: view.row > second.row and not view.busy)
    for _ in range(4):
        replay.seek("reject")
    watcher.until(lambda _: any("no reject after this" in notice.text for notice in watcher.notices))
    assert "there is no such thing" in replay.seek("moon")


def test_a_jump_to_a_time_shows_the_state_of_that_moment(replay, day):
    path, moments = day
    watcher = Watcher(replay)
    watcher.drain()
    row_id = sorted(moments)[len(moments) // 2]
    with TapeReader.open(path) as reader:
        at = reader.row(row_id).entry.at
    text = f"{datetime.fromtimestamp(at // SECOND, UTC):%H:%M:%S}.{at % SECOND:09d}"
    assert replay.jump(text) == ""
    view = watcher.until(lambda view: view.at == at)
    assert view.row >= row_id
    assert replay.recording.reader.row(view.row).entry.at == at
    assert replay.jump("04:05").startswith("04:05 is not on this tape: it goes from")
    assert "no time" in replay.jump("soon")
    assert "not a number" in replay.speed("fast")
    assert "from 0.1 to 1000" in replay.speed("2000")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10:14:21", NOON - 2 * 3600 * SECOND + 861 * SECOND),
        ("12:00", NOON),
        ("12:00:00.5", NOON + SECOND // 2),
        ("9:00", NOON + 21 * 3600 * SECOND),  # before the tape began: the next day
        ("2026-11-22T12:00:00.000000001", NOON + 1),
        ("2026-11-22T13:00:00+01:00", NOON),
        ("25:00", "25:00 is no time of day"),
        ("noon", "'noon' is no time: 10:14:21, or 2026-11-22T10:14:21 (UTC)"),
    ],
)
def test_moments(text, said):
    assert moment_of(text, NOON, NOON - 2 * 3600 * SECOND) == said


def test_a_running_desks_tape_goes_on(tmp_path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    note = Entry(NOON, Kind.ACT, "", 0, 0, "Note", b"{}")
    tape.write([note])
    with Replay(tape.path, BinanceSpot()) as replay:
        watcher = Watcher(replay)
        replay.speed("1000")
        replay.pause(False)
        watcher.until(lambda view: view.row == 1)
        tape.write([note._replace(at=NOON + SECOND)])
        watcher.until(lambda view: view.row == view.rows == 2)
    tape.close()
