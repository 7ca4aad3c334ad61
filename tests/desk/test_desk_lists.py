"""Order lists through the desk against a scripted venue: one message, one fact, parent and legs, and how they end."""

from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk
from exchange_running import desk_on, resting

from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Cancel, CancelList, SubmitList
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.fix.session import Draft
from blotter.journal.tape import Kind
from blotter.trading.enums import ExecInst, OrdType, Side, TimeInForce, TriggerPriceDirection
from blotter.trading.order import OrderState, Standing
from blotter.trading.order_list import ListState
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest

pytestmark = pytest.mark.anyio

D = Decimal
BUY = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D("0.25"),
    price=D("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
SELL = msgspec.structs.replace(BUY, side=Side.SELL, price=D("61000"))
STOP = OrderRequest(
    symbol="BTCUSDT",
    side=Side.SELL,
    ord_type=OrdType.STOP_LIMIT,
    order_qty=D("0.25"),
    price=D("58000"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    trigger_price=D("58500"),
    trigger_direction=TriggerPriceDirection.DOWN,
)
MAKER = msgspec.structs.replace(
    SELL, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None, price=D("62000")
)
OTO = OrderListRequest(kind=ListKind.OTO, legs=(BUY, SELL))
OCO = OrderListRequest(kind=ListKind.OCO, legs=(STOP, MAKER))


class Leg:
    """The fields of one NoOrders entry, as a message has them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def text(self, tag: int) -> str:
        known = {11: self.name, 38: "0.25", 40: "2", 54: "1", 55: "BTCUSDT", 44: "60000.1", 59: "1"}
        return known.get(tag, "")


class Venue:
    def __init__(self, peer, *, refuse=False) -> None:
        self.peer, self.refuse = peer, refuse
        self.legs: list[Leg] = []
        peer.on_message = self.hear

    def hear(self, message) -> None:
        if message.msg_type != "E":
            return
        list_id = message.text(25014)
        self.legs = [Leg(value.decode()) for tag, value in message.pairs if tag == b"11"]
        if self.refuse:
            self.status("2", "7", list_id, (25016, "-1013"), (58, "Filter failure: NOTIONAL"))
            return
        self.status("4", "3", list_id)
        self.report(0, "0", "0", t636="Y")
        self.report(1, "0", "A" if message.text(1385) == "2" else "0")

    def status(self, kind: str, status: str, cl_list_id: str, *more) -> None:
        members = []
        for number, leg in enumerate(self.legs):
            members += [(11, leg.name), (55, "BTCUSDT"), (37, str(71 + number))]
        fields = [(66, "25"), (25014, cl_list_id), (429, kind), (431, status), (73, str(len(self.legs)))]
        self.peer.send(Draft("N", (*fields, *members, *more)))

    def report(self, leg: int, exec_type: str, status: str, **more: str) -> None:
        self.peer.report(self.legs[leg], exec_type, status, t37=str(71 + leg), t66="25", **more)

    def last(self, kind: str):
        return next(m for m in reversed(self.peer.received) if m.msg_type == kind)


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)


async def placed(desk, request=OTO):
    answer = await ask(desk, SubmitList(id="l", request=request, accept_warnings=True))
    assert answer.ok, answer
    ids = answer.order_ids[1:]
    assert await desk.until(lambda: all(desk.orders()[i].state is OrderState.NEW for i in ids), 5)
    return ids


def lists(desk):
    return desk._fold.ledger.lists


async def test_a_list_goes_out_in_one_message_and_comes_back_as_parent_and_legs(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        desk.feed.drain()
        answer = await ask(desk, SubmitList(id="l", request=OTO, accept_warnings=True))
        assert answer.order_ids == ("L-000001", "A-000001", "A-000002")
        working, pending = await placed_ids(desk)
        assert desk.orders()[working].standing is Standing.WORKING
        assert desk.orders()[pending].standing is Standing.PENDING
        assert lists(desk)["L-000001"].state is ListState.EXECUTING
        frame = desk.feed.drain()
        assert frame.lists["L-000001"].list_id == "25"
        assert {order.list_id for order in frame.orders.values()} == {"L-000001"}
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        rows = [row.entry for row in desk.tape.rows()]
        kinds = [(row.kind, row.msg_type) for row in rows if row.msg_type in ("OrderListSubmitted", "E", "D")]
        assert kinds == [(Kind.ACT, "OrderListSubmitted"), (Kind.OUT, "E")]
        lived = (dict(lists(desk)), dict(desk.orders()))
        assert [m.msg_type for m in peer[0].received].count("E") == 1
        venue.status("5", "6", lists(desk)["L-000001"].cl_list_id)
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.ALL_DONE, 5)
    async with running_desk(peer[1], tmp_path) as desk:
        assert lists(desk)["L-000001"].legs == lived[0]["L-000001"].legs
        assert [o.placements for o in desk.orders().values()] == [o.placements for o in lived[1].values()]
        assert desk.feed.drain().lists.keys() == {"L-000001"}


async def placed_ids(desk):
    ids = ("A-000001", "A-000002")
    assert await desk.until(lambda: all(desk.orders()[i].state is OrderState.NEW for i in ids), 5)
    return ids


async def test_a_refused_list_refuses_every_leg_with_the_venues_words(peer, tmp_path):
    Venue(peer[0], refuse=True)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, SubmitList(id="l", request=OTO, accept_warnings=True))
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.REJECTED, 5)
        assert {o.state for o in desk.orders().values()} == {OrderState.REJECTED}
        assert {o.reason.text for o in desk.orders().values()} == {"Filter failure: NOTIONAL"}


async def test_a_session_reject_of_a_list_is_tied_to_it(peer, tmp_path):
    def refuse(message) -> None:
        if message.msg_type == "E":
            fields = (
                (45, message.text(34)),
                (372, "E"),
                (373, "99"),
                (25016, "-1174"),
                (58, "bad component"),
            )
            peer[0].send(Draft("3", fields))

    peer[0].on_message = refuse
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, SubmitList(id="l", request=OTO, accept_warnings=True))
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.REJECTED, 5)
    async with running_desk(peer[1], tmp_path) as desk:
        assert lists(desk)["L-000001"].state is ListState.REJECTED, "replay ties it too"


async def test_an_unanswered_list_is_unconfirmed_after_the_time_for_an_answer(peer, tmp_path):
    async with running_desk(peer[1], tmp_path, ack_timeout=0.2) as desk:
        await live(desk)
        await ask(desk, SubmitList(id="l", request=OTO, accept_warnings=True))
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.UNCONFIRMED, 5)
        assert {o.state for o in desk.orders().values()} == {OrderState.UNCONFIRMED}


async def test_what_is_wrong_with_a_list_is_said_before_anything_leaves(peer, tmp_path):
    Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        crooked = OrderListRequest(kind=ListKind.OTO, legs=(BUY, msgspec.structs.replace(SELL, symbol="X")))
        answer = await ask(desk, SubmitList(id="l", request=crooked, accept_warnings=True))
        assert not answer.ok
        three = OrderListRequest(kind=ListKind.OTOCO, legs=(BUY, STOP, MAKER))
        answer = await ask(desk, SubmitList(id="l", request=three, accept_warnings=True))
        assert not answer.ok, "three legs want a setting"
        assert not desk.orders()
        assert "E" not in [m.msg_type for m in peer[0].received]


async def test_a_list_is_cancelled_as_a_whole_and_once(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        ids = await placed(desk, OCO)
        answer = await ask(desk, CancelList(id="c", list_id="L-000001"))
        assert answer.ok
        assert "2 open legs" in answer.text
        await peer[0].until(lambda: peer[0].received[-1].msg_type == "F")
        request = venue.last("F")
        assert (request.text(66) or request.text(25015), request.text(41), request.text(37)) == (
            "25",
            None,
            None,
        )
        assert all(desk.orders()[i].pending_cancel for i in ids)
        for number in (0, 1):
            venue.report(number, "4", "4", t11=request.text(11), t41=venue.legs[number].name)
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.ALL_DONE, 5)
        again = await ask(desk, CancelList(id="c", list_id="L-000001"))
        assert not again.ok
        assert "all done" in again.text
        assert not (await ask(desk, CancelList(id="c", list_id="L-000009"))).ok


async def test_a_cancel_of_one_leg_says_that_the_list_goes_too(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        ids = await placed(desk, OCO)
        answer = await ask(desk, Cancel(id="c", order_ids=ids[:1]))
        assert answer.text == "cancel sent for 1 order; the whole of L-000001 goes with it"
        await peer[0].until(lambda: peer[0].received[-1].msg_type == "F")
        answer = await ask(desk, Cancel(id="c", order_ids=ids))
        assert answer.text == "cancel sent for 2 orders"
        await peer[0].until(lambda: [m.msg_type for m in peer[0].received].count("F") == 2)
        assert (venue.last("F").text(66) or venue.last("F").text(25015)) == "25", "both legs in one request"


async def test_a_leg_is_changed_in_place_or_not_at_all(peer, tmp_path):
    venue = Venue(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        working, pending = await placed(desk, OTO)
        answer = await ask(desk, Amend(id="a", order_id=working, price=D(60001)))
        assert not answer.ok
        assert "its cancel would end the whole list" in answer.text
        assert answer.field == "price"
        answer = await ask(desk, Amend(id="a", order_id=pending, order_qty=D("0.2")))
        assert not answer.ok
        assert "waits for another leg" in answer.text
        assert (await ask(desk, Amend(id="a", order_id=working, order_qty=D("0.2")))).ok
        await peer[0].until(lambda: peer[0].received[-1].msg_type == "XAK")
        assert venue.last("XAK").text(38) == "0.2"


async def test_the_life_of_a_list_on_the_embedded_exchange(tmp_path):
    config = ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)
    async with serve(config) as exchange, desk_on(exchange, tmp_path) as desk:
        buy = resting("BTCUSDT")
        sell = msgspec.structs.replace(buy, side=Side.SELL, price=D(95000))
        working, pending = await placed(desk, OrderListRequest(kind=ListKind.OTO, legs=(buy, sell)))
        assert desk.orders()[pending].standing is Standing.PENDING
        assert (await ask(desk, Cancel(id="c", order_ids=(working,)))).ok
        assert await desk.until(lambda: lists(desk)["L-000001"].state is ListState.ALL_DONE, 5)
        assert {o.state for o in desk.orders().values()} == {OrderState.CANCELED}
        taken = msgspec.structs.replace(buy, price=D(61000))
        answer = await ask(
            desk,
            SubmitList(
                id="l",
                request=OrderListRequest(kind=ListKind.OTO, legs=(taken, sell)),
                accept_warnings=True,
            ),
        )
        assert answer.ok, answer
        _, working, pending = answer.order_ids
        assert await desk.until(lambda: desk.orders()[pending].standing is Standing.WORKING, 5)
        assert desk.orders()[working].state is OrderState.FILLED
        assert lists(desk)["L-000002"].state is ListState.EXECUTING
