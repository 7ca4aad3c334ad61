"""Orders through the desk against a scripted venue on a real socket: what is sent, shown, and on the tape."""

from decimal import Decimal

import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Cancel, CancelAll, Resume, Stop, Submit
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


def live(desk) -> bool:
    return desk.links()["OE"].state is LinkState.LIVE


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def submit(desk, request=LIMIT, name="c1"):
    return await ask(desk, Submit(id=name, request=request, accept_warnings=True))


def acknowledge(peer):
    def on_message(message) -> None:
        if message.msg_type == "D":
            peer.report(message, "0", "0")

    peer.on_message = on_message


async def test_an_order_is_acknowledged_filled_and_recorded_in_order(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        answer = await submit(desk)
        assert answer.ok
        assert answer.order_ids == ("A-000001",)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        order = next(message for message in venue.received if message.msg_type == "D")
        venue.report(
            order, "F", "1", t14="0.1", t151="0.15", t32="0.1", t31="60000.1", t25017="6000.01", t1003="1"
        )
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.PARTIALLY_FILLED, 5)
        placed = desk.orders()["A-000001"]
        assert placed.avg_px == Decimal("60000.1")
        assert placed.leaves_qty == Decimal("0.15")
        rows = [row.entry for row in desk.tape.rows() if row.entry.msg_type in ("OrderSubmitted", "D", "8")]
        assert [(row.kind, row.msg_type) for row in rows] == [
            (Kind.ACT, "OrderSubmitted"),
            (Kind.OUT, "D"),
            (Kind.IN, "8"),
            (Kind.IN, "8"),
        ]
        logon = next(row.entry for row in desk.tape.rows() if row.entry.msg_type == "A")
        assert b"key-of-a-test" not in logon.payload
        assert b"signature" not in logon.payload


async def test_the_same_state_comes_back_from_the_tape(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        lived = desk.orders()["A-000001"]
    async with running_desk(endpoint, tmp_path) as desk:
        again = desk.orders()["A-000001"]
        assert again.placements == lived.placements
        assert again.state is OrderState.NEW
        assert again.unverified_since is not None, "nobody was there to hear what happened meanwhile"
        assert await desk.until(lambda: live(desk), 5)
        answer = await submit(desk)
        assert answer.order_ids == ("A-000002",)


async def test_a_drop_after_sending_leaves_the_order_unconfirmed_and_the_link_returns(peer, tmp_path):
    venue, endpoint = peer
    venue.on_message = lambda message: venue.drop() if message.msg_type == "D" else None
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        first = venue.logons[0].text(49)
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.UNCONFIRMED, 1)
        assert await desk.until(lambda: live(desk) and len(venue.logons) == 2, 5)
        assert venue.logons[1].text(49) != first, "the old comp id is blocked after an unclean end"
        assert [m.msg_type for m in venue.received].count("D") == 1, "never sent again"
        assert desk.orders()["A-000001"].state is OrderState.UNCONFIRMED


async def test_silence_makes_an_order_unconfirmed_and_a_late_answer_resolves_it(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path, ack_timeout=0.2) as desk:
        assert await desk.until(lambda: live(desk), 5)
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.UNCONFIRMED, 5)
        venue.report(venue.received[-1], "0", "0")
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)


async def test_a_session_reject_is_tied_to_its_order_by_number(peer, tmp_path):
    venue, endpoint = peer

    def refuse(message) -> None:
        if message.msg_type == "D":
            text = (58, "Filter failure: PRICE_FILTER")
            venue.send(Draft("3", ((45, message.text(34)), (372, "D"), (373, "99"), (25016, "-1013"), text)))

    venue.on_message = refuse
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.REJECTED, 5)
        reason = desk.orders()["A-000001"].reason
        assert reason.code == -1013
        assert reason.text == "Filter failure: PRICE_FILTER"


async def test_amend_in_place_when_only_the_quantity_shrinks_else_cancel_and_new(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        answer = await ask(desk, Amend(id="c2", order_id="A-000001", order_qty=Decimal("0.2")))
        assert answer.ok
        assert "keeps its place" in answer.text
        await venue.until(lambda: venue.received[-1].msg_type == "XAK")
        amend = venue.received[-1]
        assert amend.text(38) == "0.2"
        answer = await ask(desk, Amend(id="c3", order_id="A-000001", price=Decimal("59999")))
        assert not answer.ok, "one change at a time"
        venue.report(amend, "5", "0", t41=amend.text(41), t40="2", t54="1", t44="60000.10", t59="1")
        assert await desk.until(lambda: not desk.orders()["A-000001"].pending, 5)
        assert desk.orders()["A-000001"].order_qty == Decimal("0.2")
        answer = await ask(
            desk, Amend(id="c4", order_id="A-000001", price=Decimal("59999"), accept_warnings=True)
        )
        assert answer.ok
        assert "end of the queue" in answer.text
        await venue.until(lambda: venue.received[-1].msg_type == "XCN")
        assert venue.received[-1].text(38) == "0.2"
        assert venue.received[-1].text(44) == "59999"
        assert venue.received[-1].text(25002) == "1", (
            "a fill on its way must not come on top of the new quantity"
        )


async def test_stop_refuses_entry_cancels_everything_and_never_blocks_cancels(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        for number in range(3):
            await submit(desk, name=f"s{number}")
        assert await desk.until(lambda: all(o.state is OrderState.NEW for o in desk.orders().values()), 5)
        assert (await ask(desk, Stop(id="stop"))).ok
        refused = await submit(desk, name="late")
        assert not refused.ok
        assert "stopped" in refused.text
        assert (await ask(desk, Stop(id="stop2", cancel=True))).ok
        await venue.until(lambda: [m.msg_type for m in venue.received].count("F") == 3)
        assert (await ask(desk, CancelAll(id="again"))).ok, "a cancel is never blocked, not even by a cancel"
        assert (await ask(desk, Resume(id="resume"))).ok
        assert (await submit(desk, name="after")).ok


async def test_refusals_name_the_field_and_send_nothing(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        import msgspec

        answer = await submit(desk, msgspec.structs.replace(LIMIT, price=None))
        assert not answer.ok
        assert answer.field == "price"
        answer = await ask(desk, Cancel(id="x", order_ids=("A-000099",)))
        assert not answer.ok
        assert "A-000099" in answer.text
        assert not [m for m in venue.received if m.msg_type in ("D", "F")]


async def test_unknown_rules_are_a_warning_that_wants_a_second_word(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        answer = await ask(desk, Submit(id="c1", request=LIMIT))
        assert not answer.ok
        assert answer.warning
        assert not desk.orders()


async def test_garbage_between_messages_is_told_and_survived(peer, tmp_path):
    venue, endpoint = peer
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: live(desk), 5)
        venue.raw(b"\x00\xff garbage 8=FIX.4.4\x019=5\x01")
        await submit(desk)
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        texts = [notice.text for notice in desk.feed.drain().notices]
        assert any("unreadable" in text for text in texts)
