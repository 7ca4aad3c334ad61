"""What a stop must not miss."""

from decimal import Decimal

import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Hold, Stop, Submit
from blotter.fix.session import Draft
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


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


def sent(peer, kind) -> list:
    return [message for message in peer.received if message.msg_type == kind]


async def test_an_order_that_turns_up_behind_the_refusal_of_its_cancel_is_cancelled_again(peer, tmp_path):
    """A cancel may overtake its order: on another socket during a hand-over, or inside the venue."""
    venue, endpoint = peer

    def hear(message) -> None:
        if message.msg_type == "F":
            refused = ((11, message.text(11)), (55, "BTCUSDT"), (434, "1"), (25016, "-2011"))
            venue.send(Draft("9", (*refused, (58, "Unknown order sent."))))

    venue.on_message = hear
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: len(sent(venue, "F")) == 1, 5)
        assert await desk.until(lambda: not desk.orders()["A-000001"].pending, 5)
        venue.report(sent(venue, "D")[0], "0", "0")
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        assert await desk.until(lambda: len(sent(venue, "F")) > 1, 4), "entry is stopped, and it lives"


async def test_an_order_that_is_being_held_when_a_stop_comes_is_not_held_twice_nor_forgotten(peer, tmp_path):
    venue, endpoint = peer
    cancels = []

    def hear(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0")
        elif message.msg_type == "F":
            cancels.append(message)

    venue.on_message = hear
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        await ask(desk, Hold(id="h", order_id="A-000001"))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: len(cancels) == 2, 5)
        order = sent(venue, "D")[0]
        # The stop's cancel is answered first, the one that was to hold is then refused.
        venue.report(order, "4", "4", t11=cancels[1].text(11), t41=order.text(11))
        refused = ((11, cancels[0].text(11)), (55, "BTCUSDT"), (434, "1"), (25016, "-2011"))
        venue.send(Draft("9", (*refused, (58, "Unknown order sent."))))
        assert await desk.until(lambda: bool(desk.held()), 5)
        assert [one.request.order_qty for one in desk.held().values()] == [Decimal("0.25")]
    async with running_desk(endpoint, tmp_path) as desk:
        assert len(desk.held()) == 1
