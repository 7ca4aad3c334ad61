"""The truth after an accident where only the session can be asked: AF and H, against a broker that keeps orders."""

import contextlib
from decimal import Decimal

import pytest
from counterparty import counterparty
from desk_running import running_desk
from plain_venue import ALL, Broker, PlainVenue

from blotter.desk.change import LinkState, Severity
from blotter.desk.command import Amend, Cancel, Reconcile, Submit
from blotter.desk.fold import Fold
from blotter.desk.source import Times
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.base import Feature

pytestmark = pytest.mark.anyio

D = Decimal
QUICK = Times(patience=0.15, timeout=3.0, accepted_for=0.1)
RESTING = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D(10),
    price=D(100),
    time_in_force=TimeInForce.DAY,
)
ONLY_SINGLY = ALL - {Feature.MASS_STATUS}
ONLY_ALL = ALL - {Feature.ORDER_STATUS}


@contextlib.asynccontextmanager
async def trading(tmp_path, features=ALL, *, ack_timeout=10.0):
    async with (
        counterparty() as (peer, endpoint),
        running_desk(
            endpoint, tmp_path, venue=PlainVenue(features), asking=QUICK, ack_timeout=ack_timeout
        ) as desk,
    ):
        desk.told = []
        notice = desk.notice
        desk.notice = lambda severity, text, order_id="": (
            desk.told.append((severity, text)),
            notice(severity, text, order_id),
        )
        broker = Broker(peer)
        await live(desk)
        assert await desk.until(lambda: not desk.reconciling, 3)
        yield desk, broker, peer


def results(desk) -> list[str]:
    return [text for _, text in desk.told if "reconciled" in text]


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5), desk.links()


async def reconciled(desk, count=1, within=6.0) -> str:
    assert await desk.until(lambda: len(results(desk)) >= count, within), desk.told
    return results(desk)[count - 1]


async def do(desk, command) -> str:
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    assert answers[0].ok, answers[0]
    return answers[0].order_ids[0] if answers[0].order_ids else answers[0].text


async def working(desk, **terms) -> str:
    own_id = await do(desk, Submit(id="s", request=RESTING, accept_warnings=True))
    assert await desk.until(lambda: desk.orders()[own_id].state is OrderState.NEW, 5)
    return own_id


async def cut(desk, peer) -> None:
    before = desk.links()["OE"].reconnects
    peer.drop()
    assert await desk.until(lambda: desk.links()["OE"].reconnects > before, 5)


def same_again(desk, directory) -> None:
    """What the tape says is what was lived."""
    tape = Tape.open(directory / "tape.sqlite3")
    fold = Fold(PlainVenue())
    fold.replay(row.entry for row in tape.rows())
    tape.close()
    lived = desk._fold.ledger
    assert fold.ledger.orders == lived.orders
    assert fold.ledger.fills == lived.fills
    assert fold.ledger.positions == lived.positions


async def test_what_lives_is_confirmed_what_ended_ends_and_what_is_foreign_is_adopted(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        await reconciled(desk)
        stays, ends = await working(desk), await working(desk)
        gone = broker.orders[desk.orders()[ends].current.order_id]
        gone["39"] = "4"
        broker.elsewhere()
        await cut(desk, peer)
        text = await reconciled(desk, 2)
        assert text.startswith("reconciled: 2 orders confirmed, 1 order from elsewhere adopted"), text
        orders = desk.orders()
        assert (orders[stays].state, orders[stays].in_doubt) == (OrderState.NEW, False)
        assert orders[ends].state is OrderState.CANCELED
        (foreign,) = (one for one in orders.values() if one.foreign)
        assert (foreign.order_qty, foreign.price) == (D(3), D(99))
    same_again(desk, tmp_path)


async def test_without_a_list_each_open_order_is_asked_about(tmp_path):
    async with trading(tmp_path, ONLY_SINGLY) as (desk, broker, peer):
        ids = [await working(desk) for _ in range(3)]
        broker.elsewhere()
        await cut(desk, peer)
        assert await desk.until(lambda: any("3 orders confirmed" in one for one in results(desk)), 6)
        assert "orders from elsewhere cannot be asked for" in results(desk)[-1]
        assert not any(desk.orders()[own_id].in_doubt for own_id in ids)
        assert len(desk.orders()) == 3
        asked = [message for message in peer.received if message.msg_type == "H"]
        assert {message.text(11) for message in asked} == {
            desk.orders()[own_id].current.cl_ord_id for own_id in ids
        }
    same_again(desk, tmp_path)


@pytest.mark.parametrize("how", ["j", "3"])
async def test_a_list_that_is_refused_is_made_up_for_order_by_order(tmp_path, how):
    async with trading(tmp_path) as (desk, broker, peer):
        own_id = await working(desk)
        broker.refusing = {"AF": how}
        await cut(desk, peer)
        assert await desk.until(lambda: any("1 order confirmed" in one for one in results(desk)), 6)
        assert "; orders from elsewhere are not told: no such message here" in results(desk)[-1]
        assert not desk.orders()[own_id].in_doubt


async def test_without_single_questions_an_end_stays_a_riddle(tmp_path):
    async with trading(tmp_path, ONLY_ALL) as (desk, broker, peer):
        stays, ends = await working(desk), await working(desk)
        broker.orders[desk.orders()[ends].current.order_id]["39"] = "4"
        await cut(desk, peer)
        assert await desk.until(lambda: any("how it ended is not known" in one for one in results(desk)), 6)
        assert desk.orders()[stays].in_doubt is False
        assert desk.orders()[ends].in_doubt, "not in the list is no ending"
        severity, text = next(one for one in desk.told if "how it ended" in one[1])
        assert severity is Severity.ERROR
        assert ends in text


async def test_fills_that_no_report_told_of_are_said_and_not_invented(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        own_id = await working(desk)
        order = broker.orders[desk.orders()[own_id].current.order_id]
        broker.fill(order, "3")
        assert await desk.until(lambda: desk.orders()[own_id].cum_qty == 3, 5)
        broker.fill(order, "0.4", told=False)
        await cut(desk, peer)
        assert await desk.until(lambda: any("0.4 filled that no report" in one for one in results(desk)), 6)
        assert desk.orders()[own_id].cum_qty == D("3.4")
        assert sum(fill.last_qty for fill in desk.fills_of(own_id)) == 3
        assert desk._fold.ledger.unreported_qty(own_id) == D("0.4")
    same_again(desk, tmp_path)


async def test_of_an_order_that_has_ended_too(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        own_id = await working(desk)
        order = broker.orders[desk.orders()[own_id].current.order_id]
        before = len(results(desk))
        peer.drop()
        broker.fill(order, "10", "99", told=False)
        assert await desk.until(lambda: len(results(desk)) > before, 6)
        assert f"{own_id} (10 filled that no report told of)" in results(desk)[-1]
        filled = desk.orders()[own_id]
        assert (filled.state, filled.avg_px, desk.fills_of(own_id)) == (OrderState.FILLED, D(99), [])
    same_again(desk, tmp_path)


async def test_of_an_order_from_elsewhere_it_is_told_once(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        broker.fill(broker.elsewhere(), "1", told=False)
        await cut(desk, peer)
        assert await desk.until(lambda: any("1 filled that no report" in one for one in results(desk)), 6)
        before = len(results(desk))
        await cut(desk, peer)
        text = await reconciled(desk, before + 1)
        assert text.startswith("reconciled: 1 order confirmed"), text
        assert "no report" not in text


async def test_an_order_that_never_arrived_is_not_there(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        broker.silent = {"D"}
        own_id = await do(desk, Submit(id="s", request=RESTING, accept_warnings=True))
        assert desk.orders()[own_id].state is OrderState.PENDING_NEW
        await cut(desk, peer)
        assert desk.orders()[own_id].state is OrderState.UNCONFIRMED
        assert await desk.until(lambda: desk.orders()[own_id].state is OrderState.REJECTED, 6)
        assert "1 order never reached the venue" in results(desk)[-1] or await desk.until(
            lambda: "1 order never reached the venue" in results(desk)[-1], 3
        )
    same_again(desk, tmp_path)


@pytest.mark.parametrize("made", [True, False])
async def test_a_change_whose_answer_was_lost(tmp_path, made):
    async with trading(tmp_path) as (desk, broker, peer):
        own_id = await working(desk)
        broker.silent = {"G"}
        await do(desk, Amend(id="a", order_id=own_id, price=D(101), accept_warnings=True))
        (asked,) = desk.orders()[own_id].pending
        if made:
            broker.orders["v1"].update({"11": asked.cl_ord_id, "44": "101"})
        await cut(desk, peer)
        assert desk.orders()[own_id].in_doubt
        assert await desk.until(lambda: not desk.orders()[own_id].in_doubt, 6), desk.told
        order = desk.orders()[own_id]
        assert (order.price, order.pending) == (D(101) if made else D(100), ())
        assert order.current.cl_ord_id == (asked.cl_ord_id if made else order.cl_ord_id_chain[0])
    same_again(desk, tmp_path)


async def test_a_silent_venue_is_named_and_nothing_is_believed(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        await reconciled(desk)
        own_id = await working(desk)
        broker.silent = {"AF", "H"}
        await cut(desk, peer)
        text = await reconciled(desk, 2)
        assert text.startswith("not reconciled")
        assert "OrderMassStatusRequest" in text or "not all was answered" in text
        assert own_id in text
        assert desk.orders()[own_id].unverified_since is not None
        assert not desk.reconciling, "entry is open again"


async def test_a_request_in_doubt_is_asked_about_with_the_session_up(tmp_path):
    async with trading(tmp_path, ONLY_SINGLY, ack_timeout=0.3) as (desk, broker, _peer):
        await reconciled(desk)
        own_id = await working(desk)
        broker.silent = {"F"}
        await do(desk, Cancel(id="c", order_ids=(own_id,)))
        assert await desk.until(lambda: desk.orders()[own_id].in_doubt, 3)
        assert await desk.until(lambda: not desk.orders()[own_id].in_doubt, 6), desk.told
        assert (desk.orders()[own_id].state, desk.orders()[own_id].pending) == (OrderState.NEW, ())


async def test_asking_by_hand_and_nobody_to_ask(tmp_path):
    async with trading(tmp_path) as (desk, _, _):
        await reconciled(desk)
        answers = []
        desk.handle(Reconcile(id="r"), answers.append)
        assert await desk.until(lambda: bool(answers), 5)
        assert answers[0].ok
    nobody = frozenset({Feature.CHANGE, Feature.DAY})
    async with trading(tmp_path / "none", nobody) as (desk, _broker, _peer):
        answers = []
        desk.handle(Reconcile(id="r"), answers.append)
        assert not answers[0].ok
        assert "answers no questions" in answers[0].text
