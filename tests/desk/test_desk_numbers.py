"""Numbers that live over connections: gaps repaired both ways on real sockets, restarts, resets, and verbs by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import AskResend, Cancel, FillGap, LogOut, ResetNumbers, SetNumbers, Submit
from blotter.desk.lane import Outgoing
from blotter.fix.sequence import Numbering, Numbers
from blotter.fix.session import Draft
from blotter.journal.tape import Kind
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


class Lasting(BinanceSpot):
    """A venue whose numbers go on, and that issues the comp id."""

    numbering = Numbering.CONTINUOUS

    def session(self, kind, credentials, comp_id, heart_bt_int):
        config = super().session(kind, credentials, comp_id, heart_bt_int)
        return replace(config, logon_fields=None, resend_timeout=1.0)

    def comp_id(self, prefix, counter):
        return "DESK0001"


@pytest.fixture
def lasting(peer):
    venue, _ = peer
    venue.numbering = Numbering.CONTINUOUS
    return peer


def live(desk) -> bool:
    return desk.links()["OE"].state is LinkState.LIVE


async def up(desk) -> None:
    assert await desk.until(lambda: live(desk), 10)


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def submit(desk, name="c1"):
    return await ask(desk, Submit(id=name, request=LIMIT, accept_warnings=True))


def acknowledge(venue):
    def on_message(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0", t37=number_of(message))

    venue.on_message = on_message


def number_of(order) -> str:
    """The venue's OrderID of it."""
    return order.text(11).rpartition("-")[2].lstrip("0")


def state(desk, order_id):
    return desk.orders()[order_id].state


async def recorded(desk):
    assert await desk.until(lambda: desk.tape.settled() is not None, 5)
    return [row.entry for row in desk.tape.rows()]


async def resent(desk, cancels: int):
    """What the tape has as sent again, once it has so many cancels."""
    found = []

    def complete() -> bool:
        found[:] = [
            row.entry
            for row in desk.tape.rows()
            if row.entry.kind is Kind.OUT and b"\x0143=Y\x01" in row.entry.payload
        ]
        return sum(entry.msg_type == "F" for entry in found) >= cancels

    assert await desk.until(complete, 20)
    return found


async def test_numbers_go_on_over_a_lost_connection_and_a_restart(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        before = desk.links()["OE"].next_out
        venue.drop()
        assert await desk.until(lambda: len(venue.logons) == 2 and live(desk), 10)
        assert venue.logons[1].msg_seq_num >= before
        assert venue.logons[1].text(141) is None
        last = venue.newest.session
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        assert venue.logons[2].msg_seq_num == last.next_in
        assert not [entry for entry in await recorded(desk) if entry.msg_type == "2"], "a gap where none is"


async def test_what_was_missed_while_away_comes_by_itself_in_order(lasting, tmp_path):
    venue, endpoint = lasting
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        await submit(desk)
        assert await desk.until(lambda: state(desk, "A-000001") is OrderState.NEW, 5)
        order = next(message for message in venue.received if message.msg_type == "D")
        next_out = venue.newest.session.next_out
        fills = {
            "t14": "0.1",
            "t32": "0.1",
            "t31": "60000.10",
            "t151": "0.15",
            "t37": number_of(order),
            "t1003": "1",
        }
        venue.losing = {next_out, next_out + 1}  # on their way when the plug is pulled
        venue.report(order, "F", "1", **fills)
        fills |= {"t14": "0.25", "t32": "0.15", "t151": "0", "t1003": "2"}
        venue.report(order, "F", "2", **fills)
        venue.drop()
        assert await desk.until(lambda: state(desk, "A-000001") is OrderState.FILLED, 10)
        assert [fill.last_qty for fill in desk.fills_of("A-000001")] == [Decimal("0.1"), Decimal("0.15")]


async def test_a_message_before_its_turn_waits_and_the_tape_has_it_in_its_turn(lasting, tmp_path):
    venue, endpoint = lasting

    def on_message(message) -> None:
        if message.msg_type == "D":
            if message.text(11).endswith("2"):
                venue.losing = {venue.newest.session.next_out}
            venue.report(message, "0", "0", t37=number_of(message))

    venue.on_message = on_message
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        for name in ("c1", "c2", "c3", "c4"):
            await submit(desk, name)
        assert await desk.until(
            lambda: [order.state for order in desk.orders().values()] == [OrderState.NEW] * 4, 10
        )
        entries = await recorded(desk)
        counted = [e.seq for e in entries if e.kind is Kind.IN and e.msg_type == "8"]
        assert counted == sorted(counted)
        assert len(counted) == 4
        assert any(e.kind is Kind.SESSION and e.msg_type == "early" for e in entries)


async def test_an_order_the_venue_asks_for_again_is_not_sent_twice(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        await submit(desk)
        await venue.until(lambda: any(m.msg_type == "D" for m in venue.received))
        order = next(m for m in venue.received if m.msg_type == "D")
        venue.send(Draft("2", ((7, "1"), (16, "0"))))
        assert await desk.until(lambda: state(desk, "A-000001") is OrderState.UNCONFIRMED, 5)
        entries = await recorded(desk)
        again = [e for e in entries if e.kind is Kind.OUT and b"\x0143=Y\x01" in e.payload]
        assert [e.msg_type for e in again] == ["4"], "one gap fill for everything"
        assert again[0].seq == 1
        assert order.msg_seq_num < venue.newest.session.next_in
        assert live(desk)


async def test_a_cancel_the_venue_asks_for_again_is_sent_again_as_a_duplicate(lasting, tmp_path):
    venue, endpoint = lasting
    acknowledge(venue)
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        await submit(desk)
        assert await desk.until(lambda: state(desk, "A-000001") is OrderState.NEW, 5)
        await ask(desk, Cancel(id="x", order_ids=("A-000001",)))
        await venue.until(lambda: any(m.msg_type == "F" for m in venue.received))
        number = next(m.msg_seq_num for m in venue.received if m.msg_type == "F")
        venue.send(Draft("2", ((7, str(number)), (16, str(number)))))

        again = await resent(desk, 1)
        assert [(e.msg_type, e.seq) for e in again] == [("F", number)]
        assert b"\x01122=" in again[0].payload, "OrigSendingTime"


async def test_thousands_are_sent_again_while_the_session_lives(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        link = desk._links[0]
        for number in range(1500):
            draft = Draft("F", ((11, f"x{number}"), (41, "y"), (55, "BTCUSDT"), (54, "1")))
            link.send(Outgoing(draft, essential=True))
        await venue.until(lambda: sum(m.msg_type == "F" for m in venue.received) == 1500)
        venue.send(Draft("2", ((7, "1"), (16, "0"))))

        await resent(desk, 1500)
        assert (await submit(desk)).ok, "an order goes behind them"
        await venue.until(lambda: venue.received[-1].msg_type == "D")
        numbers = [e.seq for e in await resent(desk, 1500)]
        assert numbers == sorted(set(numbers))


async def test_a_reset_by_hand_is_refused_while_an_answer_is_waited_for_and_then_done(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        await submit(desk)
        refused = await ask(desk, ResetNumbers(id="r1", session="OE"))
        assert not refused.ok
        assert "1 requests wait for an answer" in refused.text
        await venue.until(lambda: any(m.msg_type == "D" for m in venue.received))
        order = next(m for m in venue.received if m.msg_type == "D")
        venue.report(order, "0", "0")
        assert await desk.until(lambda: state(desk, "A-000001") is OrderState.NEW, 5)
        done = await ask(desk, ResetNumbers(id="r2", session="OE"))
        assert done.ok, done.text
        assert await desk.until(lambda: desk.links()["OE"].next_in == 2, 5)
        assert live(desk)
        await venue.until(lambda: venue.newest.session.next_in >= 2)
    notes = [e for e in [row.entry for row in desk_rows(tmp_path)] if e.msg_type == "numbers"]
    assert b"reset by hand" in notes[-1].payload


def desk_rows(directory):
    from blotter.journal.reader import TapeReader

    with TapeReader.open(directory / "tape.sqlite3") as reader:
        return list(reader.rows())


async def test_numbers_are_set_only_when_logged_out_and_the_next_logon_has_them(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        refused = await ask(desk, SetNumbers(id="s1", session="OE", next_out=500))
        assert not refused.ok
        assert "must be logged out by hand" in refused.text
        assert (await ask(desk, LogOut(id="l", session="OE"))).ok
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DOWN, 5)
        wrong = await ask(desk, SetNumbers(id="s2", session="OE", next_out=0))
        assert wrong.field == "next_out"
        assert "must be from 1" in wrong.text
        assert (await ask(desk, SetNumbers(id="s3", session="OE", next_out=500, next_in=7))).ok
        venue.numbers = Numbers(7, 500)
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        assert venue.logons[-1].msg_seq_num == 500
        assert desk.links()["OE"].next_in >= 8


async def test_asking_again_and_skipping_by_hand(lasting, tmp_path):
    venue, endpoint = lasting
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await up(desk)
        wrong = await ask(desk, AskResend(id="a1", session="OE", begin=99))
        assert wrong.field == "begin"
        assert "have come" in wrong.text
        assert (await ask(desk, AskResend(id="a2", session="OE", begin=1))).ok
        low = await ask(desk, FillGap(id="f1", session="OE", new_seq_no=1))
        assert low.field == "new_seq_no"
        assert (await ask(desk, FillGap(id="f2", session="OE", new_seq_no=50))).ok
        await venue.until(lambda: venue.newest.session.next_in >= 50)
        assert live(desk)


async def test_where_numbers_begin_at_1_each_time_the_verbs_say_so(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await up(desk)
        for command in (ResetNumbers(id="1", session="OE"), SetNumbers(id="2", session="OE", next_in=3)):
            answer = await ask(desk, command)
            assert not answer.ok
            assert "begins at 1 with each connection" in answer.text
        answer = await ask(desk, ResetNumbers(id="3", session="XX"))
        assert answer.text == "XX: there is no such session"
