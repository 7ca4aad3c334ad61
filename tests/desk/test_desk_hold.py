"""Terms held here, orders resolved by a person, and changes of contingent orders, through the desk."""

from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk
from exchange_running import desk_on, resting

from blotter.desk.change import LinkState
from blotter.desk.command import (
    Amend,
    Cancel,
    CancelAll,
    Drop,
    Hold,
    Release,
    Resolve,
    Stop,
    Submit,
)
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.fix.session import Draft
from blotter.trading.enums import (
    CancelRestrictions,
    OrdType,
    ReplaceMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.order import OrderState
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest

pytestmark = pytest.mark.anyio

D = Decimal
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D("0.25"),
    price=D("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
SELL = msgspec.structs.replace(LIMIT, side=Side.SELL, price=D("61000"))
STOP = msgspec.structs.replace(
    SELL,
    ord_type=OrdType.STOP_LIMIT,
    price=D(58000),
    trigger_price=D(58500),
    trigger_direction=TriggerPriceDirection.DOWN,
)
OWN = "A-000001"


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)


def acknowledge(peer):
    numbers = iter(range(1, 100))

    def on_message(message) -> None:
        if message.msg_type == "D":
            peer.report(message, "0", "0", t37=str(next(numbers)))

    peer.on_message = on_message


async def submit(desk, request=LIMIT) -> str:
    answer = await ask(desk, Submit(id="s", request=request, accept_warnings=True))
    assert answer.ok, answer
    assert await desk.until(lambda: desk.orders()[answer.order_ids[0]].state is OrderState.NEW, 5)
    return answer.order_ids[0]


def kinds(peer) -> list[str]:
    return [m.msg_type for m in peer.received if m.msg_type in ("D", "E", "F", "XCN", "XAK", "q")]


def held(desk):
    return desk._fold.ledger.held


async def test_terms_are_held_over_a_restart_released_once_and_dropped(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        answer = await ask(desk, Hold(id="h", request=LIMIT))
        assert (answer.ok, answer.order_ids) == (True, ("H-000001",))
        pair = OrderListRequest(kind=ListKind.OTO, legs=(LIMIT, SELL))
        assert (await ask(desk, Hold(id="h", list_request=pair))).order_ids == ("H-000002",)
        assert kinds(peer[0]) == []
        assert desk.feed.drain().held.keys() == {"H-000001", "H-000002"}
    async with running_desk(peer[1], tmp_path) as desk:
        assert desk.feed.drain().held["H-000001"].request == LIMIT
        await live(desk)
        answer = await ask(desk, Release(id="r", held_id="H-000001"))
        assert answer.warnings, "it goes through every check"
        assert "H-000001" in held(desk)
        assert (await ask(desk, Release(id="r", held_id="H-000001", accept_warnings=True))).ok
        assert await desk.until(lambda: desk.orders()[OWN].state is OrderState.NEW, 5)
        assert kinds(peer[0]) == ["D"]
        assert desk.feed.drain().held["H-000001"] is None
        again = await ask(desk, Release(id="r", held_id="H-000001", accept_warnings=True))
        assert not again.ok, "it cannot be released twice"
        assert (await ask(desk, Drop(id="d", held_id="H-000002"))).ok
        assert not (await ask(desk, Drop(id="d", held_id="H-000002"))).ok
        assert not held(desk)


async def test_a_stop_refuses_a_release_and_the_terms_stay(peer, tmp_path):
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, Hold(id="h", request=LIMIT))
        await ask(desk, Stop(id="x"))
        assert not (await ask(desk, Release(id="r", held_id="H-000001", accept_warnings=True))).ok
        assert "H-000001" in held(desk)


async def test_a_working_order_is_held_only_once_it_is_gone_less_what_filled(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        answer = await ask(desk, Hold(id="h", order_id=OWN))
        assert "once the venue says that it is gone" in answer.text
        assert not held(desk)
        await venue.until(lambda: venue.received[-1].msg_type == "F")
        order = next(m for m in venue.received if m.msg_type == "D")
        fill = {"t14": "0.1", "t151": "0.15", "t32": "0.1", "t31": "60000.1", "t25017": "6000.01"}
        venue.report(order, "F", "1", t37="1", t1003="1", **fill)
        assert await desk.until(lambda: desk.orders()[OWN].cum_qty == D("0.1"), 5)
        assert not held(desk)
        gone = {"t11": venue.received[-1].text(11), "t41": order.text(11), "t14": "0.1", "t25017": "6000.01"}
        venue.report(order, "4", "4", t37="1", **gone)
        assert await desk.until(lambda: bool(held(desk)), 5)
        one = held(desk)["H-000001"]
        assert (one.request.order_qty, one.request.price, one.from_order_id) == (
            D("0.15"),
            LIMIT.price,
            OWN,
        )
    async with running_desk(peer[1], tmp_path) as desk:
        assert list(held(desk)) == ["H-000001"], "and once it stays"


async def test_an_order_that_was_to_be_held_is_held_after_a_restart(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        assert (await ask(desk, Hold(id="h", order_id=OWN))).ok
        await venue.until(lambda: venue.received[-1].msg_type == "F")
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        order = next(m for m in venue.received if m.msg_type == "D")
        venue.report(order, "4", "4", t37="1", t11="x", t41=order.text(11))
        assert await desk.until(lambda: bool(held(desk)), 5)
        assert held(desk)["H-000001"].request.order_qty == D("0.25")


async def test_a_refused_cancel_holds_nothing(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        await ask(desk, Hold(id="h", order_id=OWN))
        await venue.until(lambda: venue.received[-1].msg_type == "F")
        request = venue.received[-1]
        no = ((434, "1"), (25016, "-2011"), (58, "Unknown order sent."))
        venue.send(Draft("9", ((11, request.text(11)), (55, "BTCUSDT"), *no)))
        assert await desk.until(lambda: not desk.orders()[OWN].pending, 5)
        assert desk.orders()[OWN].hold == ""
        assert not held(desk)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Hold(id="h"), "request"),
        (Hold(id="h", order_id="A-000009"), "order_id"),
        (Release(id="h", held_id="H-000009"), "held_id"),
        (Drop(id="h", held_id="H-000009"), "held_id"),
        (Resolve(id="h", order_id="A-000009", note="x"), "order_id"),
    ],
)
async def test_what_is_not_there_is_refused_at_its_field(peer, tmp_path, command, field):
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        answer = await ask(desk, command)
        assert (answer.ok, answer.field) == (False, field)


async def test_a_doubt_is_resolved_with_a_note_and_only_a_doubt(peer, tmp_path):
    async with running_desk(peer[1], tmp_path, ack_timeout=0.2) as desk:
        await live(desk)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        early = await ask(desk, Resolve(id="r", order_id=OWN, note="it is gone"))
        assert not early.ok
        assert "not in doubt" in early.text
        assert await desk.until(lambda: desk.orders()[OWN].state is OrderState.UNCONFIRMED, 5)
        assert (await ask(desk, Resolve(id="r", order_id=OWN, note="  "))).field == "note"
        assert (await ask(desk, Resolve(id="r", order_id=OWN, note="support says it never came"))).ok
        assert desk.orders()[OWN].state is OrderState.RESOLVED
    async with running_desk(peer[1], tmp_path) as desk:
        assert desk.orders()[OWN].state is OrderState.RESOLVED
        assert desk.orders()[OWN].reason.text == "resolved: support says it never came"
        await live(desk)
        peer[0].report(next(m for m in peer[0].received if m.msg_type == "D"), "0", "0")
        assert await desk.until(lambda: desk.orders()[OWN].state is OrderState.NEW, 5)


async def test_the_venue_outweighs_a_person_who_was_wrong(tmp_path):
    async with (
        serve(ExchangeConfig(data_dir=tmp_path / "x", rate=0, block_scale=0)) as exchange,
        desk_on(exchange, tmp_path) as desk,
    ):
        await submit(desk, resting("BTCUSDT"))
        desk._entry.suspend("cut off for the test")
        assert await desk.until(lambda: desk.orders()[OWN].in_doubt, 5)
        assert (await ask(desk, Resolve(id="r", order_id=OWN, note="I think it is gone"))).ok
        assert desk.orders()[OWN].state is OrderState.RESOLVED
        desk._entry.resume()
        assert await desk.until(lambda: desk.orders()[OWN].state is OrderState.NEW, 10)
        texts = [notice.text for notice in desk.feed.drain().notices]
        assert any("was resolved, yet the venue has it new: believed" in text for text in texts)


# --- cancels and changes beyond the plain ones


async def test_cancels_by_side_and_with_restrictions(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        second = await submit(desk, SELL)
        assert (await ask(desk, CancelAll(id="c", side=Side.SELL))).order_ids == (second,)
        refused = await ask(desk, CancelAll(id="c", symbol="ETHUSDT", side=Side.BUY))
        assert refused.text == "nothing BUY to cancel in ETHUSDT"
        only_new = Cancel(id="c", order_ids=(OWN,), restrictions=CancelRestrictions.ONLY_NEW)
        assert (await ask(desk, only_new)).ok
        await venue.until(lambda: kinds(venue).count("F") == 2)
        assert venue.received[-1].text(25002) == "1"


async def test_a_contingent_order_gets_another_trigger_by_cancel_and_new(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk, STOP)
        assert (await ask(desk, Amend(id="a", order_id=OWN, trigger_price=D(58600), accept_warnings=True))).ok
        await venue.until(lambda: venue.received[-1].msg_type == "XCN")
        sent = venue.received[-1]
        assert (sent.text(1102), sent.text(44), sent.text(38), sent.text(1109)) == (
            "58600",
            "58000",
            "0.25",
            "D",
        )


async def test_a_trigger_is_refused_where_there_is_none(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        answer = await ask(desk, Amend(id="a", order_id=OWN, trigger_price=D(58600)))
        assert (answer.ok, answer.field) == (False, "trigger_price")


async def test_a_replace_that_goes_in_either_way_says_so_on_the_wire_and_in_the_answer(peer, tmp_path):
    venue = peer[0]
    acknowledge(venue)
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submit(desk)
        command = Amend(
            id="a", order_id=OWN, price=D(59999), mode=ReplaceMode.ALLOW_FAILURE, accept_warnings=True
        )
        answer = await ask(desk, command)
        assert "even if the old one cannot be cancelled" in answer.text
        await venue.until(lambda: venue.received[-1].msg_type == "XCN")
        sent = venue.received[-1]
        assert (sent.text(25033), sent.text(25002)) == ("2", None)
        text = ((434, "1"), (25016, "-2011"), (58, "Unknown order sent."))
        venue.send(Draft("9", ((11, sent.text(25034)), (37, sent.text(37)), (55, "BTCUSDT"), *text)))
        venue.report(sent, "0", "0", t37="9")
        assert await desk.until(lambda: desk.orders()[OWN].doubled, 5)
        assert desk.orders()[OWN].leaves_qty == D("0.5")
        texts = [notice.text for notice in desk.feed.drain().notices]
        assert any("two orders are live" in text for text in texts)
        answer = await ask(desk, Cancel(id="c", order_ids=(OWN,)))
        await venue.until(lambda: kinds(venue).count("F") == 2)
