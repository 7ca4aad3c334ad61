"""Numbers that live over connections, against accidents: a reset that nobody answered, a Reject of another run, numbers
set by hand before a new run, another comp id on the same tape."""

from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

import anyio
import pytest
from desk_running import running_desk

from blotter.desk import connection, hours
from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import LogOn, LogOut, Reconnect, ResetNumbers, SetNumbers, Submit
from blotter.desk.fold import Fold
from blotter.desk.hours import HoursWatch
from blotter.desk.numbers import SessionNumbers
from blotter.desk.recorder import Recorder
from blotter.fix.codec import encode
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import FROM_ONE, Numbering, Numbers
from blotter.fix.session import Instant
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import OrderSubmitted, OutcomeUnknown
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Hours
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio

DAILY = Schedule(time(22, 0, 30), time(22, 0))
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


def at(hour: int, minute: int = 0, day: int = 1) -> int:
    return int(datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


def message(msg_type: str, seq: int, *body, sender="A", target="B") -> bytes:
    header = ((49, sender), (56, target), (34, str(seq)), (52, "20260301-10:00:00"))
    return encode("FIX.4.4", msg_type, header, body)


def out(seq: int, msg_type: str = "0", *body, when: int = 1, sender="A") -> Entry:
    payload = message(msg_type, seq, *body, sender=sender)
    return Entry(when, Kind.OUT, "OE", 1, seq, msg_type, payload)


@pytest.fixture
def tape(tmp_path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    yield tape
    tape.close()


def recorder(tape) -> Recorder:
    return Recorder(tape, Fold(Lasting()), system_clock, frozenset())


def replayed(tape) -> Fold:
    fold = Fold(Lasting())
    fold.replay(row.entry for row in tape.rows())
    return fold


def test_a_reject_of_the_new_run_does_not_end_an_order_of_the_old_one(tape):
    """An order of yesterday that may be live has number 5; the fifth message of today is refused."""
    pen = recorder(tape)
    numbers = SessionNumbers(pen, "OE")
    assert numbers.now == FROM_ONE
    order = OrderSubmitted(order_id="A-000001", cl_ord_id="A-000001", request=LIMIT, at=1)
    rows = [pen.fact(order), out(5, "D", (11, "A-000001"))]
    pen.write(rows)
    for row in rows:
        pen.fold.apply(row)
    pen.record([OutcomeUnknown(cl_ord_id="A-000001", text="no answer", at=2)])
    numbers.begin(at(21), DAILY)
    numbers.left(Numbers(6, 4))
    assert numbers.begin(at(22, 1), DAILY) == FROM_ONE

    refusal = Entry(9, Kind.IN, "OE", 2, 3, "3", message("3", 3, (45, "5"), (58, "Invalid MsgType")))
    pen.write([refusal])
    pen.fold.apply(refusal)
    assert pen.fold.ledger.orders["A-000001"].state is OrderState.UNCONFIRMED
    assert replayed(tape).ledger.orders["A-000001"].state is OrderState.UNCONFIRMED


def test_numbers_set_by_hand_before_a_new_run_are_not_thrown_away_by_it(tape):
    numbers = SessionNumbers(recorder(tape), "OE")
    numbers.begin(at(21), DAILY)
    numbers.left(Numbers(50, 40))
    numbers.changed(Numbers(500, 7), "set by hand", 0)
    assert numbers.begin(at(22, 1), DAILY) == Numbers(500, 7)


async def until_live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def test_a_reset_with_the_next_logon_is_asked_for_until_a_logon_is_answered(peer, tmp_path):
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        assert (await ask(desk, LogOut(id="l", session="OE"))).ok
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DOWN, 5)
        assert (await ask(desk, ResetNumbers(id="r", session="OE"))).ok
        venue.answering = False
        before = len(venue.logons)
        assert (await ask(desk, Reconnect(id="c", session="OE"))).ok
        await venue.until(lambda: len(venue.logons) > before)
        venue.answering = True
        venue.drop()
        await until_live(desk)
        assert [logon.text(141) for logon in venue.logons[before:]] == ["Y", "Y"]


async def test_a_reset_in_mid_session_that_the_venue_never_read_is_done_with_the_next_logon(peer, tmp_path):
    """Else it would hear numbers that it takes for lost ones, and never let us in again."""
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        venue.newest.take = lambda message: None
        assert (await ask(desk, ResetNumbers(id="r", session="OE"))).ok
        venue.drop()
        assert await desk.until(lambda: len(venue.logons) == 2, 10)
        assert (venue.logons[1].msg_seq_num, venue.logons[1].text(141)) == (1, "Y")
        await until_live(desk)


def test_numbers_of_one_comp_id_are_not_those_of_another_on_the_same_tape(tape):
    """What was sent as A would be sent again as B, and B's first messages would be taken for known ones."""
    first = SessionNumbers(recorder(tape), "OE")
    first.begin(at(10), None, "A at X")
    tape.write([out(1), out(2), out(3, "F", (11, "of A"))])
    first.left(Numbers(4, 30))
    again = SessionNumbers(recorder(tape), "OE")
    assert again.begin(at(12), None, "A at X") == Numbers(4, 30)
    other = SessionNumbers(recorder(tape), "OE")
    assert other.begin(at(12), None, "B at X") == FROM_ONE
    assert list(other.sent(1, 9)) == []


ROUND_THE_CLOCK = Schedule(time(22, 0), time(22, 0))


def test_numbers_of_a_connection_that_outlived_its_run_are_not_those_of_the_next(tape):
    """The windows touch: it was begun at nine, and lost a second after the venue had begun to count anew at ten."""
    numbers = SessionNumbers(recorder(tape), "OE")
    numbers.begin(at(21), ROUND_THE_CLOCK)
    tape.write([out(1, "A", when=at(21)), out(2, when=at(22) + 1)])
    numbers.left(Numbers(3, 30))
    assert SessionNumbers(recorder(tape), "OE").begin(at(22, 1), ROUND_THE_CLOCK) == FROM_ONE, "after a crash"
    assert numbers.begin(at(22, 1), ROUND_THE_CLOCK) == FROM_ONE


async def reasons_to_leave(schedule, *walls) -> list[str]:
    """What the watch says, looking at these times."""
    said, times = [], iter(walls)

    def clock():
        wall = next(times, None)
        if wall is None:
            watch.stop()
        return Instant(walls[-1] if wall is None else wall, 0)

    watch = HoursWatch(Hours(schedule), clock)
    with pytest.MonkeyPatch.context() as patch, anyio.fail_after(2):
        patch.setattr(hours, "LOOK_EVERY", 0.0)
        await watch.run(said.append)
    return said


async def test_a_session_round_the_clock_is_logged_out_where_its_numbers_start_anew():
    before, after = at(21, 59), at(22)
    assert await reasons_to_leave(ROUND_THE_CLOCK, before, after, after, after) == [hours.CLOSING]


async def test_a_session_is_not_logged_out_because_its_hours_have_begun():
    before, closed, begun = at(21, 59), at(22, 0), at(22, 1)
    assert await reasons_to_leave(DAILY, before, closed, begun, begun, begun) == [hours.CLOSING]


def test_a_process_killed_in_the_middle_of_a_reset_says_it_again(tape):
    first = SessionNumbers(recorder(tape), "OE")
    tape.write([out(1, "A"), out(2)])
    assert first.now == Numbers(3, 1)
    first.changed(FROM_ONE, "reset by hand", 1)
    tape.write([out(1, "A", (141, "Y"))])
    assert SessionNumbers(recorder(tape), "OE").resetting
    tape.write([Entry(3, Kind.IN, "OE", 1, 1, "A", message("A", 1, (141, "Y")))])
    assert not SessionNumbers(recorder(tape), "OE").resetting


async def test_numbers_set_by_hand_take_the_place_of_a_reset_that_was_asked_for_before(peer, tmp_path):
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        assert (await ask(desk, LogOut(id="l", session="OE"))).ok
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DOWN, 5)
        assert (await ask(desk, ResetNumbers(id="r", session="OE"))).ok
        assert (await ask(desk, SetNumbers(id="s", session="OE", next_out=500))).ok
        venue.numbers = venue.numbers._replace(next_in=500)
        assert (await ask(desk, LogOn(id="c", session="OE"))).ok
        await until_live(desk)
        assert (venue.logons[-1].msg_seq_num, venue.logons[-1].text(141)) == (500, None)


async def test_a_fill_that_waits_for_its_turn_is_not_lost_with_the_connection(peer, tmp_path):
    """Where the numbers start anew with the next one, nobody sends it again."""
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        assert (await ask(desk, Submit(id="c1", request=LIMIT, accept_warnings=True))).ok
        await venue.until(lambda: any(m.msg_type == "D" for m in venue.received))
        order = venue.received[-1]
        venue.newest.take = lambda message: None  # it will not send again what is lost
        venue.losing = {venue.newest.session.next_out}
        venue.report(order, "0", "0", t37="1")
        fill = {"t14": "0.1", "t32": "0.1", "t31": "60000.10", "t151": "0.15", "t37": "1", "t1003": "1"}
        venue.report(order, "F", "1", **fill)
        assert await desk.until(lambda: desk.links()["OE"].expected > 0, 5), "the gap is seen"
        venue.answering = False
        venue.drop()
        assert await desk.until(lambda: desk.fills_of("A-000001") != [], 5)
        assert desk.orders()["A-000001"].cum_qty == Decimal("0.1")


def test_a_reject_on_another_session_does_not_end_the_order_with_that_number(tape):
    """Each session counts for itself: the drop copy's fifth message is not order entry's."""
    pen = recorder(tape)
    order = OrderSubmitted(order_id="A-000001", cl_ord_id="A-000001", request=LIMIT, at=1)
    rows = [pen.fact(order), out(5, "D", (11, "A-000001"))]
    refusal = message("3", 3, (45, "5"), (58, "Invalid MsgType"))
    rows += [Entry(9, Kind.IN, session, 2, 3, "3", refusal) for session in ("DC", "MD")]
    for row in rows:
        pen.fold.apply(row)
    assert pen.fold.ledger.orders["A-000001"].state is OrderState.PENDING_NEW
    pen.fold.apply(Entry(9, Kind.IN, "OE", 3, 3, "3", refusal))
    assert pen.fold.ledger.orders["A-000001"].state is OrderState.REJECTED


async def test_a_reset_that_is_asked_for_while_dialling_is_done_with_that_very_logon(
    peer, tmp_path, monkeypatch
):
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    dial, held = connection.dial, anyio.Event()

    async def slow(*args):
        await held.wait()
        return await dial(*args)

    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        monkeypatch.setattr(connection, "dial", slow)
        venue.drop()
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DIALLING, 10)
        assert (await ask(desk, ResetNumbers(id="r", session="OE"))).ok
        held.set()
        assert await desk.until(lambda: len(venue.logons) > 1, 10)
        await until_live(desk)
        assert venue.logons[1].text(141) == "Y"


async def test_numbers_are_not_reset_under_what_waits_to_be_written(peer, tmp_path):
    """It would leave before the Logon that resets, with a number of the old run."""
    venue, endpoint = peer
    venue.numbering = Numbering.CONTINUOUS
    async with running_desk(endpoint, tmp_path, venue=Lasting()) as desk:
        await until_live(desk)
        with desk._links[0].lane.together():  # as while messages are sent again
            desk.handle(Submit(id="c1", request=LIMIT, accept_warnings=True))
            refused = await ask(desk, ResetNumbers(id="r", session="OE"))
        assert not refused.ok
        assert "try again" in refused.text
