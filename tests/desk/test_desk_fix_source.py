"""Questions over the session and the answers that belong to them, without a session."""

import anyio
import msgspec
import pytest
from plain_venue import ALL, PlainVenue

from blotter.desk.fix_source import FixSource, Where, source
from blotter.desk.source import Refused, Times, Unavailable, Wanted
from blotter.fix.session import Instant
from blotter.trading.decimals import Decimal
from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory, Side
from blotter.trading.event import ExecutionReport, Reason
from blotter.venues.base import Feature, OrderStatus
from blotter.venues.rest import UnreadableAnswer

pytestmark = pytest.mark.anyio

ONE = Wanted("A-000001", "BTCUSDT", Side.BUY, "v1", "k-1")
UNKNOWN = Reason(category=RejectCategory.UNKNOWN_ORDER, text="unknown order")
FORBIDDEN = Reason(category=RejectCategory.PERMISSION, text="not allowed")


class Session:
    """What goes out, and what `answering` makes of it."""

    name = "OE"

    def __init__(self) -> None:
        self.sent = []
        self.answering = lambda req_id, msg_type: ()
        self.refusing = ""
        self.source = None

    def send(self, outgoing) -> None:
        fields = dict(outgoing.draft.fields)
        req_id, msg_type = str(fields.get(790) or fields.get(584)), str(outgoing.draft.msg_type)
        self.sent.append((msg_type, req_id))
        outgoing.done(self.refusing)
        for number, status in enumerate(self.answering(req_id, msg_type), 7):
            self.source.heard(status, 3, number)


def snapshot(order_id="v1", name="k-1", **fields) -> ExecutionReport:
    return ExecutionReport(
        **{
            "symbol": "BTCUSDT",
            "side": Side.BUY,
            "ord_type": OrdType.LIMIT,
            "exec_type": ExecType.ORDER_STATUS,
            "ord_status": OrdStatus.NEW,
            "cum_qty": Decimal(0),
            "at": 1,
            "cl_ord_id": name,
            "order_id": order_id,
            **fields,
        }
    )


@pytest.fixture
def session():
    return Session()


def asking(session, *, venue=None, wait=lambda mono: 0) -> FixSource:
    clock = lambda: Instant(5, 5_000_000_000)  # noqa: E731
    session.source = FixSource(
        venue or PlainVenue(), session, clock, wait, Times(1, 1, 1), answer_within=0.05
    )
    return session.source


def test_what_the_venue_can_be_asked_decides(session):
    def of(*features):
        return source(PlainVenue(frozenset(features)), session, lambda: Instant(0, 0), lambda _: 0, Times())

    assert of(Feature.CHANGE) is None
    singly, listed = of(Feature.ORDER_STATUS), of(Feature.MASS_STATUS)
    assert (singly.lists_open, singly.asks_singly) == (False, True)
    assert (listed.lists_open, listed.asks_singly) == (True, False)


async def test_an_answer_says_where_on_the_tape_it_is(session):
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot())]
    found = await asking(session).order(ONE)
    assert found.report.order_id == "v1"
    where = msgspec.json.decode(found.raw, type=Where)
    assert where == Where(session="OE", connection=3, msg_seq_num=7)


async def test_a_list_is_complete_when_as_many_came_as_were_announced(session):
    session.answering = lambda req_id, _: [
        OrderStatus(req_id, snapshot("v1"), 2),
        OrderStatus(req_id, snapshot("v2", "k-2"), 2),
    ]
    with anyio.fail_after(0.04):
        opened = await asking(session).open_orders()
    assert [one.report.order_id for one in opened.found] == ["v1", "v2"]
    assert opened.troubles == []


async def test_what_is_missing_of_a_list_is_told(session):
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot("v1"), 2)]
    opened = await asking(session).open_orders()
    assert opened.troubles == ["of 2 open orders the venue told of 1"]


async def test_the_same_order_told_twice_is_one(session):
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot("v1"), 2)] * 2
    opened = await asking(session).open_orders()
    assert opened.troubles == ["of 2 open orders the venue told of 1"]


async def test_a_list_without_a_count_ends_in_silence(session):
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot(str(n))) for n in range(3)]
    opened = await asking(session).open_orders()
    assert (len(opened.found), opened.troubles) == (3, [])


@pytest.mark.parametrize("reason", [None, UNKNOWN])
async def test_nothing_open_is_an_answer(session, reason):
    session.answering = lambda req_id, _: [OrderStatus(req_id, None, 0, reason)]
    opened = await asking(session).open_orders()
    assert (opened.found, opened.troubles) == ([], [])


@pytest.mark.parametrize("reason", [UNKNOWN, FORBIDDEN])
async def test_a_refusal_is_the_answer_to_its_question(session, reason):
    session.answering = lambda req_id, _: [OrderStatus(req_id, None, reason=reason)]
    with pytest.raises(Refused) as refused:
        await asking(session).order(ONE)
    assert refused.value.reason == reason
    if reason is FORBIDDEN:
        with pytest.raises(Refused):
            await session.source.open_orders()


async def test_a_refusal_that_names_no_question_belongs_to_the_only_one(session):
    session.answering = lambda req_id, _: [OrderStatus("", None, reason=FORBIDDEN)]
    with pytest.raises(Refused):
        await asking(session).order(ONE)


async def test_of_two_questions_it_belongs_to_neither(session):
    asked = asking(session)
    failures = []

    async def ask(wanted):
        try:
            await asked.order(wanted)
        except Unavailable as error:
            failures.append(str(error))

    async with anyio.create_task_group() as group:
        group.start_soon(ask, ONE)
        group.start_soon(ask, ONE._replace(own_id="A-000002"))
        await anyio.sleep(0.01)
        asked.heard(OrderStatus("", None, reason=FORBIDDEN), 3, 7)
    assert len(failures) == 2


async def test_silence_is_named(session):
    with pytest.raises(Unavailable, match=r"no answer within 0\.05 s about A-000001 \(OrderStatusRequest\)"):
        await asking(session).order(ONE)
    assert "A-000001" in session.source.trouble
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot())]
    await session.source.order(ONE)
    assert session.source.trouble == ""


async def test_what_could_not_leave_is_told(session):
    session.refusing = "OE is down"
    with pytest.raises(Unavailable, match="could not be asked: OE is down"):
        await asking(session).order(ONE)


async def test_what_the_venue_does_not_have_is_told(session):
    asked = asking(session, venue=PlainVenue(ALL, order_status=False))
    with pytest.raises(UnreadableAnswer, match="cannot be asked"):
        await asked.order(ONE)
    assert session.sent == []


async def test_an_answer_that_bears_no_question_is_known_by_its_order(session):
    """FIX 4.2 has no id for such a question."""
    asked = asking(session)

    async def answer():
        await anyio.sleep(0.01)
        asked.reported(snapshot("v9", "k-9"), 3, 8)  # of another
        asked.reported(snapshot(exec_type=ExecType.NEW, exec_id="e1"), 3, 9)  # no answer
        asked.reported(snapshot(ord_status=OrdStatus.CANCELED), 3, 10)

    async with anyio.create_task_group() as group:
        group.start_soon(answer)
        found = await asked.order(ONE)
    assert found.report.ord_status is OrdStatus.CANCELED


async def test_an_answer_nobody_waits_for_is_let_be(session):
    asking(session).heard(OrderStatus("q1-1", snapshot()), 3, 7)


async def test_questions_wait_for_room_and_no_id_comes_twice(session):
    waits = [0, 20_000_000, 20_000_000, 0]
    session.answering = lambda req_id, _: [OrderStatus(req_id, snapshot())]
    asked = asking(session, wait=lambda mono: waits.pop(0) if waits else 0)
    for _ in range(3):
        await asked.order(ONE)
    assert waits == []
    ids = [req_id for _, req_id in session.sent]
    assert len(set(ids)) == 3
