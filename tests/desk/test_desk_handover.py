"""From one session to the next on a maintenance notice, against a scripted venue on real sockets."""

import contextlib
from decimal import Decimal

import anyio
import pytest
from counterparty import counterparty
from desk_running import running_desk

from blotter.desk import handover
from blotter.desk.change import LinkState
from blotter.desk.command import Cancel, HandOver, Submit
from blotter.desk.fold import Fold
from blotter.fix.session import Draft
from blotter.journal.tape import Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio

LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.25"),
    price=Decimal("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(handover, "LINGER", 0.2)
    monkeypatch.setattr(handover, "DRAIN", 1.0)
    monkeypatch.setattr(handover, "QUIET", 0.1)


class Told:
    """What the desk said to people."""

    def __init__(self, desk):
        self.texts = []
        notice = desk.feed.notice
        desk.feed.notice = lambda one: (self.texts.append(one.text), notice(one))

    def any(self, part):
        return [text for text in self.texts if part in text]


async def live(desk, name="OE"):
    assert await desk.until(lambda: desk.links()[name].state is LinkState.LIVE, 5), desk.links()


async def submit(desk):
    answers = []
    desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True), answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0]


def acknowledged(venue):
    """Every order is accepted, where it was sent."""

    def on_message(message):
        if message.msg_type == "D":
            venue.report(message, "0", "0", t37=str(len(venue.received)))

    venue.on_message = on_message


async def over(desk, name="OE"):
    assert await desk.until(lambda: desk.links()[name].handover == "", 5), desk.links()[name].handover


def rows(directory):
    with contextlib.closing(Tape.open(directory / "tape.sqlite3")) as tape:
        return [row.entry for row in tape.rows()]


def same_after_replay(desk, directory):
    fold = Fold(BinanceSpot())
    fold.replay(rows(directory))
    lived = desk._fold.ledger
    assert fold.ledger.fills == lived.fills
    assert fold.ledger.positions == lived.positions
    assert {k: (o.state, o.cum_qty, o.unverified_since) for k, o in fold.ledger.orders.items()} == {
        k: (o.state, o.cum_qty, o.unverified_since) for k, o in lived.orders.items()
    }


async def test_news_leads_to_another_session_under_another_comp_id_and_a_logout_of_the_old(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        old = venue.newest
        old.news()
        await venue.until(lambda: len(venue.live) == 2)
        new = venue.newest
        assert new.comp_id != old.comp_id
        assert desk.links()["OE"].state is LinkState.LIVE
        assert desk.links()["OE"].handover
        old.news("Your connection is about to be closed. Please reconnect.")
        assert await desk.until(lambda: desk.links()["OE"].comp_id == new.comp_id, 5)
        await submit(desk)
        await venue.until(lambda: any(m.msg_type == "D" for m in new.received))
        await venue.until(lambda: not old.live)
        await over(desk)
        assert len(venue.connections) == 2, "once per connection"
        view = desk.links()["OE"]
        assert (view.state, view.headline, view.reconnects) == (LinkState.LIVE, "", 0)
        assert desk.orders()[order_id].unverified_since is None
        assert not told.any("is down")
    same_after_replay(desk, tmp_path)
    tape = rows(tmp_path)
    gaps = [entry for entry in tape if entry.msg_type == "SessionGap"]
    assert [b"Blotter is leaving" in entry.payload for entry in gaps] == [True], "none for the hand-over"
    logouts = [entry for entry in tape if entry.kind is Kind.OUT and entry.msg_type == "5"]
    assert [entry.connection for entry in logouts] == [1, 2], "trap 4: no socket is closed without a Logout"
    asked = [entry.connection for entry in tape if entry.kind is Kind.OUT and entry.msg_type == "D"]
    assert asked == [1, 2]


async def test_entry_never_closes_while_it_happens(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        blocked = []
        venue.newest.news()

        async def watch():
            while True:
                blocked.append(desk.view().entry_blocked)
                await anyio.sleep(0.002)

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            await venue.until(lambda: len(venue.connections) == 2 and len(venue.live) == 1)
            group.cancel_scope.cancel()
        assert set(blocked) == {""}


async def test_trap_5_the_dying_comp_id_is_not_used_again_over_a_restart_in_between(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        venue.newest.news()
        await venue.until(lambda: len(venue.live) == 2)
        for link in desk._links:  # as if it were killed: nobody logs out
            link.cut("killed")
        desk.stop()
    used = [one.comp_id for one in venue.connections]
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        assert venue.newest.comp_id not in used
        assert desk.orders()[order_id].unverified_since is not None
    same_after_replay(desk, tmp_path)
    assert len(set(used)) == len(used)


async def test_a_request_on_its_way_is_answered_on_the_session_that_asked(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        old = venue.newest
        order_id = await submit(desk)
        await venue.until(lambda: any(m.msg_type == "D" for m in old.received))
        order = next(m for m in old.received if m.msg_type == "D")
        old.news()
        assert await desk.until(lambda: "1 answer outstanding" in desk.links()["OE"].handover, 5)
        new = venue.newest
        # The Reject names a number of the old connection; on the new one the same number is another message.
        new.send(Draft("3", ((45, order.text(34)), (373, "99"), (58, "not yours"))))
        old.send(Draft("3", ((45, order.text(34)), (372, "D"), (373, "99"), (25016, "-1013"), (58, "no"))))
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.REJECTED, 5)
        assert desk.orders()[order_id].reason.text == "no"
        await venue.until(lambda: not old.live)
    same_after_replay(desk, tmp_path)


async def test_a_late_report_of_the_old_session_counts_once(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        old = venue.newest
        order_id = await submit(desk)
        await venue.until(lambda: bool([m for m in old.received if m.msg_type == "D"]))
        order = next(m for m in old.received if m.msg_type == "D")
        old.news()
        assert await desk.until(lambda: desk.links()["OE"].comp_id != old.comp_id, 5)
        fill = {"t37": desk.orders()[order_id].current.order_id, "t31": "60000.10", "t32": "0.05", "t139": ""}
        fills = [
            venue.report_of(order, "F", "1", t14=f"0.{5 * n:02}", t25017=str(3000 * n), t1003=str(n), **fill)
            for n in (1, 2)
        ]
        venue.newest.send(fills[1])  # the second is heard first
        for one in fills:
            old.send(one)
        assert await desk.until(lambda: len(desk.fills_of(order_id)) == 2, 5)
        venue.newest.send(fills[0])
        await over(desk)
        assert desk.orders()[order_id].cum_qty == Decimal("0.10")
        assert desk._fold.ledger.positions["BTCUSDT"].net_qty == Decimal("0.10")
        assert not told.any("repeated")
    same_after_replay(desk, tmp_path)


async def test_a_next_session_that_cannot_be_opened_leaves_the_old_one_in_use(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        old = venue.newest
        venue.accept, venue.refusal = False, Draft("3", ((373, "99"), (25016, "-1034"), (58, "Too many.")))
        old.news()
        await venue.until(lambda: len(venue.logons) == 2)
        assert await desk.until(lambda: "staying on" in desk.links()["OE"].handover, 5)
        assert told.any("logon refused: Too many. (-1034)")
        await submit(desk)
        assert desk.links()["OE"].comp_id == old.comp_id
        venue.accept = True
        assert await desk.until(lambda: desk.links()["OE"].comp_id != old.comp_id, 5)
        assert not told.any("is down")
        await over(desk)


async def test_an_old_session_that_breaks_off_before_the_next_is_there_is_a_loss_like_any_other(
    peer, tmp_path
):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        old, venue.accept = venue.newest, False
        venue.refusal = Draft("3", ((373, "99"), (58, "not now")))
        old.news()
        assert await desk.until(lambda: "staying on" in desk.links()["OE"].handover, 5)
        old.drop()
        assert await desk.until(lambda: desk.orders()[order_id].unverified_since is not None, 5)
        assert told.any("OE is down")
        assert desk.links()["OE"].handover == ""
        venue.accept = True
        await live(desk)
        assert desk.links()["OE"].comp_id != old.comp_id
    same_after_replay(desk, tmp_path)


async def test_an_old_session_that_breaks_off_while_the_next_logs_on_leaves_the_next_one_in_its_place(
    peer, tmp_path
):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        old, venue.answering = venue.newest, False
        old.news()
        await venue.until(lambda: len(venue.logons) == 2)
        old.drop()
        assert await desk.until(lambda: bool(told.any("OE is down")), 5)
        view = desk.links()["OE"]
        assert (view.state, view.handover) == (LinkState.LOGGING_ON, "")
        assert desk.orders()[order_id].unverified_since is not None
        venue.newest.let_in()
        await live(desk)
        assert len(venue.connections) == 2, "it was being opened anyway"
        assert desk.links()["OE"].reconnects == 1
        await submit(desk)
    same_after_replay(desk, tmp_path)


async def test_an_old_session_that_breaks_off_owing_an_answer_is_asked_about_with_entry_open(
    peer, tmp_path, monkeypatch
):
    monkeypatch.setattr(handover, "QUIET", 5.0)
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path, ack_timeout=1.0) as desk:
        told = Told(desk)
        await live(desk)
        old = venue.newest
        order_id = await submit(desk)
        await venue.until(lambda: any(m.msg_type == "D" for m in old.received))
        old.news()
        await venue.until(lambda: len(venue.live) == 2)
        old.drop()
        assert await desk.until(lambda: desk.links()["OE"].comp_id != old.comp_id, 5)
        assert desk.view().entry_blocked == ""
        assert not told.any("is down")
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.UNCONFIRMED, 5)
        assert told.any("the session before broke off")
        assert desk.tape.meta("missed_since"), "what others did on it may have gone unheard too"
        order = next(m for m in old.received if m.msg_type == "D")
        venue.newest.send(venue.report_of(order, "0", "0"))
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
    same_after_replay(desk, tmp_path)


async def test_a_next_session_that_is_lost_before_the_switch_is_opened_again(peer, tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "QUIET", 5.0)
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        old = venue.newest
        await submit(desk)
        await venue.until(lambda: any(m.msg_type == "D" for m in old.received))
        old.news()
        await venue.until(lambda: len(venue.live) == 2)
        venue.newest.drop()
        await venue.until(lambda: len(venue.connections) == 3 and len(venue.live) == 2)
        assert old.live
        assert desk.links()["OE"].comp_id == old.comp_id
        order = next(m for m in old.received if m.msg_type == "D")
        old.send(venue.report_of(order, "0", "0"))
        assert await desk.until(lambda: desk.links()["OE"].comp_id == venue.newest.comp_id, 5)
        assert not told.any("is down")
        await over(desk)


async def test_a_next_session_that_is_lost_at_once_gives_way_to_the_old_one(peer, tmp_path, monkeypatch):
    monkeypatch.setattr(handover, "LINGER", 2.0)
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        told = Told(desk)
        await live(desk)
        old = venue.newest
        old.news()
        assert await desk.until(lambda: desk.links()["OE"].comp_id != old.comp_id, 5)
        venue.newest.drop()
        assert await desk.until(lambda: told.any(f"back on {old.comp_id}"), 5)
        assert desk.links()["OE"].state is LinkState.LIVE
        await submit(desk)
        assert await desk.until(lambda: len(venue.connections) == 3 and len(venue.live) == 2, 5)
        assert not told.any("is down")


async def test_by_command_and_what_cannot_be_handed_over_is_refused(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        answers = []
        desk.handle(HandOver(id="0", session="XX"), answers.append)
        desk.handle(HandOver(id="1", session="OE"), answers.append)
        await live(desk)
        desk.handle(HandOver(id="2", session="OE"), answers.append)
        desk.handle(HandOver(id="3", session="OE"), answers.append)
        assert [one.ok for one in answers] == [False, False, True, False]
        assert answers[0].text == "XX: there is no such session"
        assert "there is nothing to hand over" in answers[1].text
        assert answers[3].text.startswith("OE is being handed over already")
        await venue.until(lambda: len(venue.connections) == 2 and len(venue.live) == 1)
        await over(desk)


async def test_leaving_in_the_middle_logs_both_out(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        venue.newest.news()
        await venue.until(lambda: len(venue.live) == 2)
    said = [entry for entry in rows(tmp_path) if entry.kind is Kind.OUT and entry.msg_type == "5"]
    assert sorted(entry.connection for entry in said) == [1, 2]


async def test_cancels_go_where_orders_go(peer, tmp_path):
    venue, endpoint = peer
    acknowledged(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        order_id = await submit(desk)
        assert await desk.until(lambda: desk.orders()[order_id].state is OrderState.NEW, 5)
        old = venue.newest
        old.news()
        assert await desk.until(lambda: desk.links()["OE"].comp_id != old.comp_id, 5)
        desk.handle(Cancel(id="c", order_ids=(order_id,)))
        await venue.until(lambda: any(m.msg_type == "F" for m in venue.newest.received))
        assert not any(m.msg_type == "F" for m in old.received)


async def test_quotes_are_asked_for_on_the_next_session_before_the_old_one_goes(tmp_path):
    async with (
        counterparty() as (entry, where),
        counterparty() as (quotes, market),
        running_desk(where, tmp_path, market_data=market, symbols=("BTCUSDT",)) as desk,
    ):
        await live(desk)
        await live(desk, "MD")
        old = quotes.newest
        book = ((262, "q"), (55, "BTCUSDT"), (25044, "7"), (268, "2"))
        book += ((269, "0"), (270, "100"), (271, "1"), (269, "1"), (270, "101"), (271, "1"))
        old.send(Draft("W", book))
        assert await desk.until(lambda: "BTCUSDT" in desk.quotes, 5)
        old.news()
        await quotes.until(lambda: any(m.msg_type == "V" for m in quotes.newest.received))
        assert old.live
        assert "BTCUSDT" in desk.quotes
        await quotes.until(lambda: not old.live)
        await over(desk, "MD")
        assert desk.quotes["BTCUSDT"].bid == 100
        assert desk.links()["MD"].comp_id != old.comp_id
        assert len(entry.connections) == 1


async def test_the_drop_copy_is_handed_over_without_losing_the_check(tmp_path):
    async with (
        counterparty() as (entry, where),
        counterparty() as (copy, copied),
        running_desk(where, tmp_path, drop_copy=copied) as desk,
    ):
        await live(desk)
        await live(desk, "DC")
        old = copy.newest
        old.news()
        await copy.until(lambda: not old.live and len(copy.live) == 1)
        await over(desk, "DC")
        assert desk.drop_copy.lost_since() is None
        assert len(entry.connections) == 1
