"""What a person asked for stands on the tape with the market of that moment, whatever names it by."""

import json
from decimal import Decimal

import pytest
from desk_running import running_desk

from blotter.desk.acts import Act, seen, told
from blotter.desk.change import LinkState
from blotter.desk.command import (
    Acted,
    Amend,
    Cancel,
    CancelAll,
    HandOver,
    LogOn,
    LogOut,
    MassCancelSymbol,
    Stop,
    Submit,
)
from blotter.desk.recording import Recording
from blotter.journal.reader import TapeReader
from blotter.journal.row import Entry, Kind
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.instrument import Quote
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues import registry

pytestmark = pytest.mark.anyio

LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.25"),
    price=Decimal("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


async def test_an_act_about_an_order_bears_its_market(peer, tmp_path):
    venue, endpoint = peer
    venue.on_message = lambda message: venue.report(message, "0", "0") if message.msg_type == "D" else None
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        desk.quotes["BTCUSDT"] = Quote(symbol="BTCUSDT", at=0, bid=Decimal(60_000), ask=Decimal(60_001))
        desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True))
        assert await desk.until(
            lambda: [order.state for order in desk.orders().values()] == [OrderState.NEW], 5
        )
        (own_id,) = desk.orders()
        desk.handle(Amend(id="a", order_id=own_id, order_qty=Decimal("0.1")))
        desk.handle(Cancel(id="c", order_ids=(own_id,)))
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        acts = [row.entry for row in desk.tape.rows() if row.entry.msg_type in ("Amend", "Cancel")]
    markets = [json.loads(entry.payload)["market"] for entry in acts]
    assert markets == [{"symbol": "BTCUSDT", "bid": "60000", "ask": "60001"}] * 2


async def test_what_a_person_did_is_on_the_tape_and_told_again_after_a_restart(peer, tmp_path):
    venue, endpoint = peer
    venue.on_message = lambda message: venue.report(message, "0", "0") if message.msg_type == "D" else None
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        desk.quotes["BTCUSDT"] = Quote(symbol="BTCUSDT", at=0, bid=Decimal(60_000), ask=Decimal(60_001))
        desk.handle(Acted(id="ui-1", what="review shown", text="BUY 0.25", symbol="BTCUSDT", at=7))
        desk.handle(Submit(id="ui-2", request=LIMIT, accept_warnings=True))
        desk.handle(Submit(id="verb-1", request=LIMIT, accept_warnings=True))
        assert await desk.until(
            lambda: len(desk.orders()) == 2 and all(o.acked_at for o in desk.orders().values()), 5
        )
        frame = desk.feed.drain()
        assert not any(answer.id == "ui-1" for answer in frame.answers)
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
    told_live = [(act.who, act.what, act.order_ids, act.bid) for act in frame.acts]
    assert told_live == [
        ("you", "review shown", (), "60000"),
        ("another terminal", "sent", ("A-000002",), "60000"),
    ]  # the screen notes its own sending
    with TapeReader.open(tmp_path / "tape.sqlite3") as reader:
        recording = Recording(reader, registry.venue("binance"))
        assert [(act.who, act.what, act.order_ids, act.bid) for act in recording.acts()] == []
        for _ in recording.seek(recording.rows):
            continue
        assert [(act.who, act.what, act.order_ids, act.bid) for act in recording.acts()] == told_live
    async with running_desk(endpoint, tmp_path) as again:
        acts = again.feed.drain().acts
    assert [(act.who, act.what, act.order_ids, act.bid) for act in acts] == told_live
    assert acts[0].pressed_at == 7


@pytest.mark.parametrize(
    ("command", "who", "what", "everything"),
    [
        (CancelAll(id="ui-1"), "you", "cancel all", True),
        (MassCancelSymbol(id="ui-1", symbol="BTCUSDT"), "you", "mass cancel", True),
        (Stop(id="trigger", cancel=True, cause="loss"), "a rule", "stop and cancel all", True),
        (Stop(id="verb-3"), "another terminal", "stop", False),
        (HandOver(id="ui-2", session="OE"), "you", "hand over", False),
    ],
)
def test_an_act_in_words(command, who, what, everything):
    act = told(Act(command=command), 5)
    assert (act.who, act.what, act.all_orders, act.at) == (who, what, everything, 5)


def test_rows_that_are_no_acts_are_none():
    for payload in (b'{"type":"OrderSubmitted"}', b'{"command":{"type":"OfALaterVersion","id":"1"}}', b""):
        assert seen(Entry(1, Kind.ACT, "", 0, 0, "X", payload)) is None


async def test_a_session_is_logged_out_on_purpose_and_on_again(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        assert desk.links()["OE"].bytes_in > 0
        assert desk.links()["OE"].bytes_out > 0
        answers = {}
        for id, command in (
            ("nobody", LogOut(id="nobody", session="XX")),
            ("on", LogOn(id="on", session="OE")),
            ("out", LogOut(id="out", session="OE")),
            ("again", LogOut(id="again", session="OE")),
        ):
            desk.handle(command, lambda answer, id=id: answers.__setitem__(id, answer))
        assert {id: answer.ok for id, answer in answers.items()} == {
            "nobody": False, "on": False, "out": True, "again": False
        }  # fmt: skip
        assert "no such session" in answers["nobody"].text
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DOWN, 5)
        assert desk.links()["OE"].suspended
        assert desk.links()["OE"].errors == ()
        desk.handle(LogOn(id="back", session="OE"))
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
