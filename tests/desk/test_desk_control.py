"""The control socket: who may use it, what it answers, and what it does with nonsense."""

import json
import os
import stat
from decimal import Decimal

import anyio
import pytest
from desk_running import running_desk

from blotter.desk import control
from blotter.desk.change import LinkState
from blotter.desk.command import Submit
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


@pytest.fixture
async def desk(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        async with control.serve(desk, tmp_path):
            yield desk


async def ask(tmp_path, request):
    return await anyio.to_thread.run_sync(control.ask, tmp_path, request, 5.0)


async def test_status_through_the_socket(desk, tmp_path):
    reply = await ask(tmp_path, {"verb": "status"})
    assert reply["sessions"]["OE"]["state"] == "live"
    assert reply["entry_blocked"] == ""


async def test_only_the_owner_may_connect(desk, tmp_path):
    mode = stat.S_IMODE(os.stat(control.socket_path(tmp_path)).st_mode)
    assert mode == 0o600


@pytest.mark.parametrize(
    "request_",
    [{}, {"verb": "dance"}, {"verb": "order"}, {"verb": "order", "line": "x", "wait": "long"}, {"verb": 7}],
)
async def test_nonsense_is_refused_and_the_desk_lives(desk, tmp_path, request_):
    reply = await ask(tmp_path, request_)
    assert reply["ok"] is False
    assert "not understood" in reply["text"]
    assert (await ask(tmp_path, {"verb": "status"}))["ok"]


async def test_raw_garbage_and_endless_lines_end_only_their_own_connection(desk, tmp_path):
    for data in (b"\xff\xfe\n", b"[1, 2]\n", b"x" * (control.MAX_LINE + 10)):
        stream = await anyio.connect_unix(os.fspath(control.socket_path(tmp_path)))
        async with stream:
            await stream.send(data)
            with anyio.fail_after(5):
                try:
                    answer = await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    continue
            assert json.loads(answer)["ok"] is False
    assert (await ask(tmp_path, {"verb": "status"}))["ok"]


async def test_stop_and_resume(desk, tmp_path):
    assert (await ask(tmp_path, {"verb": "stop", "wait": 0}))["ok"]
    assert "stopped" in (await ask(tmp_path, {"verb": "status"}))["entry_blocked"]
    assert (await ask(tmp_path, {"verb": "resume"}))["ok"]
    assert (await ask(tmp_path, {"verb": "status"}))["entry_blocked"] == ""


async def test_a_stop_tells_each_orders_outcome(desk, peer, tmp_path):
    def on_message(message) -> None:
        if message.msg_type == "D":
            peer[0].report(message, "0", "0")
        elif message.msg_type == "F":
            order = next(m for m in peer[0].received if m.msg_type == "D")
            peer[0].report(order, "4", "4", t11=message.text(11), t41=order.text(11))

    peer[0].on_message = on_message
    command = Submit(id="s", request=LIMIT, accept_warnings=True)
    desk.handle(command)
    assert await desk.until(lambda: any(o.state is OrderState.NEW for o in desk.orders().values()), 5)
    reply = await ask(tmp_path, {"verb": "stop", "wait": 5})
    assert reply["ok"]
    (outcome,) = reply["outcomes"]
    assert (outcome["order_id"], outcome["result"]) == ("A-000001", "canceled")
    assert reply["written_ms"] > 0
    assert reply["text"] == "entry is stopped; cancel sent for 1 order"


async def test_without_a_desk_it_says_so(tmp_path):
    with pytest.raises(control.NoDesk):
        control.ask(tmp_path, {"verb": "status"}, 1.0)


def test_a_long_path_gets_a_short_stand_in(tmp_path):
    deep = tmp_path / ("d" * 90)
    path = control.socket_path(deep)
    assert len(os.fsencode(path)) <= control.MAX_PATH
    assert path == control.socket_path(deep), "the same for the same directory"
