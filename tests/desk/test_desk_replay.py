"""A recorded day, replayed: the state at each of its rows is the state that was lived there, byte for byte."""

import contextlib
from decimal import Decimal

import anyio
import msgspec
import pytest
from desk_all_sessions import all_sessions, best_bid

import blotter.desk.recording
from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Cancel, CancelAll, MassCancelSymbol, Reconcile, Submit, SubmitList
from blotter.desk.recording import Landmark, Recording
from blotter.exchange.event import Place
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.reader import TapeReader
from blotter.journal.row import Kind
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import ListKind, OrderListRequest
from blotter.venues.binance import BinanceSpot

D = Decimal


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
