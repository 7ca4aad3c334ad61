"""Two commands in one breath: the second is judged before the first is on the wire."""

from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Drop, Hold, Release, Stop, Submit
from blotter.trading.enums import OrdType, ReplaceMode, Side, TimeInForce
from blotter.trading.instrument import Instrument
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.trading.risk_levels import OFF, Levels

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


async def live(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)


async def ask(desk, *commands):
    answers = []
    for command in commands:
        desk.handle(command, answers.append)
    assert await desk.until(lambda: len(answers) == len(commands), 5), f"answered: {answers}"
    by_id = {answer.id: answer for answer in answers}  # a refusal is heard before what has to be written
    return [by_id[command.id] for command in commands]


def acknowledge(peer):
    numbers = iter(range(1, 100))

    def on_message(message) -> None:
        if message.msg_type == "D":
            peer.report(message, "0", "0", t37=str(next(numbers)))

    peer.on_message = on_message


def kinds(peer) -> list[str]:
    return [m.msg_type for m in peer.received if m.msg_type in ("D", "E", "F", "XCN", "XAK", "q")]


async def submitted(desk) -> str:
    (answer,) = await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
    assert answer.ok, answer
    assert await desk.until(lambda: desk.orders()[answer.order_ids[0]].state is OrderState.NEW, 5)
    return answer.order_ids[0]


async def test_held_terms_released_twice_in_one_breath_leave_once(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, Hold(id="h", request=LIMIT))
        release = Release(id="r1", held_id="H-000001", accept_warnings=True)
        first, second = await ask(desk, release, msgspec.structs.replace(release, id="r2"))
        await desk.until(lambda: len(kinds(peer[0])) > 1, 0.5)
        assert kinds(peer[0]) == ["D"], (first, second)
        assert sorted((first.ok, second.ok)) == [False, True]


async def test_held_terms_cannot_be_dropped_while_they_are_being_sent(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, Hold(id="h", request=LIMIT))
        _, dropped = await ask(
            desk, Release(id="r", held_id="H-000001", accept_warnings=True), Drop(id="d", held_id="H-000001")
        )
        await desk.until(lambda: bool(kinds(peer[0])), 0.5)
        assert kinds(peer[0]) == ["D"]
        assert not dropped.ok, "it says dropped, and is at the venue"


async def test_an_order_is_replaced_once_where_two_changes_come_in_one_breath(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        own = await submitted(desk)
        changes = [
            Amend(
                id=f"a{n}",
                order_id=own,
                price=D("59000") + n,
                mode=ReplaceMode.ALLOW_FAILURE,
                accept_warnings=True,
            )
            for n in (1, 2)
        ]
        first, second = await ask(desk, *changes)
        await desk.until(lambda: len(kinds(peer[0])) > 2, 0.5)
        assert kinds(peer[0]) == ["D", "XCN"], (first.text, second.text)


async def test_terms_whose_order_never_left_are_held_on(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await ask(desk, Hold(id="h", request=LIMIT))
        released, _ = await ask(desk, Release(id="r", held_id="H-000001", accept_warnings=True), Stop(id="s"))
        assert not released.ok
        assert kinds(peer[0]) == []
        assert "H-000001" in desk.held(), "nothing of it was sent, and the terms are gone"


async def test_two_stops_in_one_breath_are_both_answered(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        await submitted(desk)
        answers = await ask(desk, Stop(id="s1", cancel=True), Stop(id="s2", cancel=True))
        assert {answer.id for answer in answers} == {"s1", "s2"}


async def test_a_replace_whose_rules_are_not_known_warns_as_a_new_order_does(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        own = await submitted(desk)
        assert not desk.instruments
        (answer,) = await ask(desk, Amend(id="a", order_id=own, price=D(59000)))
        assert answer.warning, answer


async def test_a_replace_of_a_partly_filled_order_is_judged_by_what_may_fill_meanwhile(peer, tmp_path):
    """Nothing at the venue keeps the rest of it from filling before its cancel: then both count. (An order without
    fills goes with CancelRestrictions ONLY_NEW, which does.)"""
    venue, endpoint = peer

    def on_message(message) -> None:
        if message.msg_type == "D":
            venue.report(message, "0", "0")
            filled = {"t14": "0.10", "t32": "0.10", "t31": "60000.10", "t25017": "6000.01", "t151": "0.15"}
            venue.report(message, "F", "1", t1003="1", **filled)

    venue.on_message = on_message
    risk = msgspec.structs.replace(OFF, position=Levels(warn=D("0.25")))
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        await live(desk)
        (answer,) = await ask(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        own = answer.order_ids[0]
        assert await desk.until(lambda: desk.orders()[own].state is OrderState.PARTIALLY_FILLED, 5)
        instrument = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
        desk.instruments["BTCUSDT"] = instrument
        (answer,) = await ask(desk, Amend(id="a", order_id=own, price=D(59000)))
        assert answer.warning, f"0.10 bought, 0.15 may still be, and 0.15 more: {answer.text}"


async def test_an_amend_in_place_keeps_to_the_filters(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        own = await submitted(desk)
        desk.instruments["BTCUSDT"] = Instrument(
            symbol="BTCUSDT",
            base="BTC",
            quote="USDT",
            step_size=D("0.01"),
            min_qty=D("0.01"),
            tick_size=D("0.1"),
        )
        (answer,) = await ask(desk, Amend(id="a", order_id=own, order_qty=D("0.123456")))
        assert (answer.ok, answer.field) == (False, "order_qty"), answer
        assert kinds(peer[0]) == ["D"]


async def test_less_of_a_symbol_that_takes_no_amends_is_cancel_and_new_as_the_screen_says(peer, tmp_path):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        own = await submitted(desk)
        instrument = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT", amendable=False)
        desk.instruments["BTCUSDT"] = instrument
        (answer,) = await ask(desk, Amend(id="a", order_id=own, order_qty=D("0.10"), accept_warnings=True))
        await desk.until(lambda: len(kinds(peer[0])) > 1, 0.5)
        assert "XAK" not in kinds(peer[0]), answer.text


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-0", "-1", "1E+400", "1E-400"])
@pytest.mark.parametrize("field", ["price", "order_qty"])
async def test_a_change_to_a_number_that_is_none_is_refused_at_its_field(peer, tmp_path, value, field):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        own = await submitted(desk)
        desk.instruments["BTCUSDT"] = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
        (answer,) = await ask(desk, Amend(id="a", order_id=own, accept_warnings=True, **{field: D(value)}))
        assert not answer.ok
        assert answer.field == field, answer
        assert kinds(peer[0]) == ["D"]


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-0", "-1", "1E+400", "1E-400"])
@pytest.mark.parametrize("field", ["price", "order_qty", "max_floor", "trigger_price"])
async def test_a_number_that_is_none_never_leaves(peer, tmp_path, value, field):
    acknowledge(peer[0])
    async with running_desk(peer[1], tmp_path) as desk:
        await live(desk)
        desk.instruments["BTCUSDT"] = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
        request = msgspec.structs.replace(LIMIT, **{field: D(value)})
        (answer,) = await ask(desk, Submit(id="s", request=request, accept_warnings=True))
        assert not answer.ok
        assert answer.field == field, answer
        assert kinds(peer[0]) == []
