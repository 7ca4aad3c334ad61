"""Bad days on request: each fault does what it says and nothing else."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from exchange_client import Client, Venue, request, venue

from blotter.exchange.faults import FaultKind, Faults, FaultSpec, FaultSpecError, parse_faults
from blotter.trading.enums import Side


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drop", [FaultSpec(FaultKind.DROP)]),
        ("drop:30s", [FaultSpec(FaultKind.DROP, 30.0)]),
        ("stall:5s, lost-ack:0.1", [FaultSpec(FaultKind.STALL, 5.0), FaultSpec(FaultKind.LOST_ACK, 0.1)]),
        ("delay:200ms", [FaultSpec(FaultKind.DELAY, 0.2)]),
        ("refuse-logon", [FaultSpec(FaultKind.REFUSE_LOGON, -2015.0)]),
        ("refuse-logon:-1008", [FaultSpec(FaultKind.REFUSE_LOGON, -1008.0)]),
        ("", []),
    ],
)
def test_specs(text: str, expected: list[FaultSpec]) -> None:
    assert list(parse_faults(text)) == expected


@pytest.mark.parametrize(
    "text", ["explode", "stall", "stall:5", "stall:0s", "lost-ack:2", "lost-ack", "refuse-logon:x", "clear:1"]
)
def test_bad_specs_name_the_part_and_the_rule(text: str) -> None:
    with pytest.raises(FaultSpecError, match=text.partition(":")[0]):
        parse_faults(text)


def test_garbling_flips_one_byte_and_leaves_the_framing() -> None:
    faults = Faults(Random(1))
    faults.stand(FaultSpec(FaultKind.GARBLE, 1.0))
    data = b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"
    for _ in range(50):
        garbled = faults.on_the_wire(data)
        assert sum(a != b for a, b in zip(data, garbled, strict=True)) == 1
        assert garbled.count(b"\x01") == data.count(b"\x01")


async def numbers(client: Client) -> list[int]:
    return [message.msg_seq_num for message in client.received]


@pytest.mark.anyio
async def test_drop_cuts_without_a_word(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop")
    assert await client.closed() == []


@pytest.mark.anyio
async def test_drop_comes_back_every_so_often(tmp_path: Path) -> None:
    async with venue(tmp_path, faults=parse_faults("drop:200ms")) as running:
        for name in "AB":
            client = await running.client(name)
            assert await client.closed() == []


@pytest.mark.anyio
async def test_a_fault_asked_for_at_the_start_waits_for_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blotter.exchange.rehearsal.SETTLING", 0.1)
    async with venue(tmp_path, faults=parse_faults("drop,duplicate:1")) as running:
        client = await running.client()
        await client.order("mine", "1", "1", "100")
        assert [(await client.hear()).text(17) for _ in "ab"] == ["0", "0"]
        assert await client.closed() == []
        await running.client("AGAIN")


@pytest.mark.anyio
async def test_drop_after_order_accepts_it_all_the_same(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop-after-order")
    await client.order("mine", "1", "1", "100")
    assert await client.closed() == []
    again = await quiet.client("AGAIN")
    await again.cancel("c", "mine")
    assert (await again.hear()).text(39) == "4"


@pytest.mark.anyio
async def test_a_lost_ack_leaves_no_hole_in_the_numbers(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("lost-ack:1")
    await client.order("mine", "1", "1", "100")
    await client.silence()
    quiet.other(request(Side.SELL, "1", "100"))
    assert (await client.hear()).text(39) == "2"
    assert await numbers(client) == [1, 2]


@pytest.mark.anyio
async def test_a_duplicate_has_the_same_exec_id_and_its_own_number(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("duplicate:1")
    await client.order("mine", "1", "1", "100")
    first, second = await client.hear(), await client.hear()
    assert first.text(17) == second.text(17) == "0"
    assert (first.msg_seq_num, second.msg_seq_num) == (2, 3)


@pytest.mark.anyio
async def test_delay_keeps_the_order_and_lets_heartbeats_pass(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("delay:150ms")
    for name in "ab":
        await client.order(name, "1", "1", "100")
    await client.say("1", [(112, "ping")])
    assert [(await client.hear()).msg_type for _ in "123"] == ["0", "8", "8"]
    assert [m.text(11) for m in client.received[-2:]] == ["a", "b"]
    assert await numbers(client) == [1, 2, 3, 4]
    quiet.running.inject("clear")
    await client.order("c", "1", "1", "100")
    async with asyncio.timeout(0.1):
        assert (await client.hear()).text(11) == "c"


@pytest.mark.anyio
async def test_stall_holds_everything_and_loses_nothing(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("stall:300ms")
    await client.order("mine", "1", "1", "100")
    await client.silence(0.2)
    assert (await client.hear()).text(11) == "mine"
    assert await numbers(client) == [1, 2]


@pytest.mark.anyio
async def test_garbled_messages_are_skipped_by_a_careful_reader(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("garble:1")
    await client.order("mine", "1", "1", "100")
    await client.silence()
    assert "CheckSum" in client.skipped[0].reason
    quiet.running.inject("clear")
    await client.order("next", "1", "1", "100")
    assert (await client.hear()).msg_seq_num == 3  # the client can see that 2 is missing


@pytest.mark.anyio
async def test_refused_logons(quiet: Venue) -> None:
    quiet.running.inject("refuse-logon:-1008")
    client = await quiet.connect()
    await client.send_logon()
    await client.refused(-1008)
    quiet.running.inject("clear")
    await quiet.client("AGAIN")


@pytest.mark.anyio
async def test_maintenance_counts_down_and_logs_out_who_was_there(quiet: Venue) -> None:
    old = await quiet.client("OLD")
    quiet.running.inject("maintenance:300ms")
    news = await old.hear()
    assert (news.msg_type, news.text(148)) == (
        "B",
        "Your connection is about to be closed. Please reconnect.",
    )
    new = await quiet.client("NEW")
    assert (await old.hear()).msg_type == "5"
    await old.say("5")
    assert await old.closed() == []
    await new.say("1", [(112, "ping")])
    assert (await new.hear()).text(112) == "ping"


@pytest.mark.anyio
async def test_a_long_maintenance_names_the_seconds(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("maintenance:60s")
    assert (await client.hear()).text(148) == "You'll be disconnected in 60 seconds. Please reconnect."


@pytest.mark.anyio
async def test_the_control_port_injects_and_answers(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    reader, writer = await asyncio.open_connection(*quiet.running.control)

    async def ask(line: bytes) -> dict[str, object]:
        writer.write(line + b"\n")
        answer: dict[str, object] = json.loads(await reader.readline())
        return answer

    orders = (await ask(b'{"ask": "orders"}'))["orders"]
    assert isinstance(orders, list)
    assert (orders[0]["cl_ord_id"], Decimal(orders[0]["order_qty"])) == ("mine", 1)
    for question in ("balances", "fills", "sessions"):
        assert question in await ask(json.dumps({"ask": question}).encode())
    assert (await ask(b'{"fault": "boom"}'))["ok"] is False
    assert (await ask(b"nonsense"))["ok"] is False
    assert (await ask(b'{"fault": "drop"}')) == {"ok": True}
    assert await client.closed() == []
    writer.close()
    await writer.wait_closed()
