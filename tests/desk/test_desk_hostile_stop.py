"""What a stop must not miss."""

import json
from decimal import Decimal

import httpx2
import pytest
from desk_running import CREDENTIALS, running_desk

from blotter.desk.change import LinkState, StopResult
from blotter.desk.clock import system_clock
from blotter.desk.command import Hold, Resume, Stop, Submit
from blotter.desk.rest import Rest, RestSettings
from blotter.fix.session import Draft
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.binance.rest import BinanceRest

SECOND = 1_000_000_000
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


def refuse_cancels(venue) -> None:
    def hear(message) -> None:
        if message.msg_type == "F":
            refused = ((11, message.text(11)), (55, "BTCUSDT"), (434, "1"), (25016, "-2011"))
            venue.send(Draft("9", (*refused, (58, "Unknown order sent."))))

    venue.on_message = hear


def rest_that_says(*bodies):
    """REST that knows no order, and answers cancels of a symbol in this way, the last one for good."""
    answers, asked = list(bodies), []

    def answer(request):
        asked.append(request.method)
        if request.method == "GET":
            return httpx2.Response(200, content=b"[]")
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx2.Response(status, content=json.dumps(body).encode())

    settings = RestSettings("https://venue.test", timeout=0.3, patience=0.05)
    transport = httpx2.MockTransport(answer)
    return Rest(settings, BinanceRest(), CREDENTIALS, system_clock, transport), asked


NOTHING_THERE = (400, {"code": -2011, "msg": "Unknown order sent."})


async def test_rest_that_finds_nothing_a_moment_too_soon_does_not_end_it(peer, tmp_path):
    venue, endpoint = peer
    refuse_cancels(venue)
    rest, _asked = rest_that_says(NOTHING_THERE)
    async with running_desk(endpoint, tmp_path, rest=rest) as desk:
        assert await desk.until(lambda: not desk.view().entry_blocked, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: desk.stop_view.done, 5)
        assert "nothing is open there" in desk.stop_view.outcomes[0].text
        cancels = len(sent(venue, "F"))
        venue.report(sent(venue, "D")[0], "0", "0")
        assert await desk.until(lambda: len(sent(venue, "F")) > cancels, 4), "entry is stopped, and it lives"
        assert await desk.until(lambda: desk.stop_view.done, 5)


async def test_what_nobody_knows_while_order_entry_is_down_ends_in_words_and_is_asked_about_seldom(
    peer, tmp_path, monkeypatch
):
    monkeypatch.setattr("blotter.desk.stopping.REST_AGAIN", SECOND // 10)
    monkeypatch.setattr("blotter.desk.stopping.LATER", SECOND)
    _, endpoint = peer
    rest, asked = rest_that_says(NOTHING_THERE)
    async with running_desk(endpoint, tmp_path, rest=rest, ack_timeout=0.5) as desk:
        assert await desk.until(lambda: not desk.view().entry_blocked, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        desk._entry.suspend("cut off for the test")
        assert await desk.until(lambda: not desk._entry.live, 5)
        await ask(desk, Stop(id="x", cancel=True))
        (outcome,) = desk.stop_view.outcomes
        assert (outcome.result, desk.stop_view.done) == (StopResult.NOT_SENT, False)
        assert await desk.until(lambda: desk.stop_view.done, 5)
        (outcome,) = desk.stop_view.outcomes
        assert outcome.result is StopResult.UNKNOWN
        assert "OE is down" in outcome.text
        assert "REST: nothing is open there" in outcome.text
        then = asked.count("DELETE")
        assert await desk.until(lambda: asked.count("DELETE") > then, 5), "it is asked on"
        assert not await desk.until(lambda: asked.count("DELETE") > then + 1, 0.5), (
            "and no longer all the time"
        )
        assert desk.stop_view.done


async def test_what_somebody_places_elsewhere_once_everything_was_cancelled_is_left(peer, tmp_path):
    venue, endpoint = peer

    def hear(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0")
        elif message.msg_type == "F":
            order = sent(venue, "D")[0]
            venue.report(order, "4", "4", t11=message.text(11), t41=order.text(11))

    venue.on_message = hear
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: desk.stop_view.done, 5)
        assert not await desk.until(lambda: False, 0.2)
        venue.report(sent(venue, "D")[0], "0", "0", t11="phone-1", t37="4711")
        assert await desk.until(lambda: "BTCUSDT#4711" in desk.orders(), 5)
        assert not await desk.until(lambda: len(sent(venue, "F")) > 1, 0.3)


async def test_a_second_stop_without_cancels_does_not_call_off_the_first(peer, tmp_path):
    venue, endpoint = peer
    refuse_cancels(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: desk.stop_view.done, 5)
        assert (await ask(desk, Stop(id="y"))).ok
        assert desk._fold.stopped.cancel, "after a restart too"
        venue.report(sent(venue, "D")[0], "0", "0")
        assert await desk.until(lambda: len(sent(venue, "F")) > 1, 4)


async def test_after_a_resume_what_turns_up_is_left(peer, tmp_path):
    venue, endpoint = peer
    refuse_cancels(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: desk.stop_view.done, 5)
        await ask(desk, Resume(id="r"))
        venue.report(sent(venue, "D")[0], "0", "0")
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        assert not await desk.until(lambda: len(sent(venue, "F")) > 1, 0.3)


async def test_what_was_given_up_is_tried_again_without_taking_back_what_was_told(
    peer, tmp_path, monkeypatch
):
    monkeypatch.setattr("blotter.desk.victim.LATER", SECOND // 5)
    venue, endpoint = peer
    refuse_cancels(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        await ask(desk, Stop(id="x", cancel=True))
        assert await desk.until(lambda: desk.stop_view.done, 5)
        assert await desk.until(lambda: len(sent(venue, "F")) == 3, 5)
        assert desk.stop_view.done
        assert [one.result for one in desk.stop_view.outcomes] == [StopResult.REFUSED]


async def test_a_mass_cancel_says_that_it_hits_other_desks(peer, tmp_path):
    venue, endpoint = peer
    numbers = iter(range(1, 100))

    def hear(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0", t37=str(next(numbers)))

    venue.on_message = hear
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        for _ in range(6):
            await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert await desk.until(lambda: all(o.state is OrderState.NEW for o in desk.orders().values()), 5)
        await ask(desk, Stop(id="x", cancel=True))
        told = [notice.text for notice in desk.feed.drain().notices]
        assert (
            "BTCUSDT: this stop's mass cancel hits every order of the account there, other desks' too" in told
        )
