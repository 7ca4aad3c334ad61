"""The control port and what talks to it: faults begin, stand, are listed and end; nonsense is told as such."""

import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from exchange_client import Venue, venue

from blotter.cli.embedded import EmbeddedExchange
from blotter.cli.main import cli
from blotter.cli.rehearse import RehearsalFailed, choices, converse, rehearse
from blotter.exchange.faults import FAULTS, FaultKind

pytestmark = pytest.mark.anyio

Ask = Callable[[bytes], Awaitable[dict[str, Any]]]


def address(venue: Venue) -> str:
    return "{}:{}".format(*venue.running.control)


async def asked(venue: Venue, *lines: bytes) -> list[dict[str, Any]]:
    """Several requests on one connection."""
    answers = []
    async with await anyio.connect_tcp(*venue.running.control) as stream:
        for line in lines:
            await stream.send(line + b"\n")
            data = b""
            while not data.endswith(b"\n"):
                data += await stream.receive()
            answers.append(json.loads(data))
    return answers


async def test_it_injects_and_answers(quiet: Venue) -> None:
    client = await quiet.client()
    await client.order("mine", "1", "1", "100")
    await client.hear()
    questions = ("orders", "balances", "fills", "sessions", "status", "faults")
    answers = await asked(quiet, *(json.dumps({"ask": question}).encode() for question in questions))
    assert [sorted(answer) for answer in answers] == [sorted(("ok", question)) for question in questions]
    (order,) = answers[0]["orders"]
    assert (order["cl_ord_id"], Decimal(order["order_qty"])) == ("mine", 1)
    assert (await asked(quiet, b'{"fault": "drop"}')) == [{"ok": True}]
    assert await client.closed() == []


async def test_nonsense_is_answered_and_the_connection_stays(quiet: Venue) -> None:
    *errors, fine = await asked(
        quiet,
        b'{"fault": "boom"}',
        b'{"fault": "halt:XXX"}',
        b"nonsense",
        b'{"ask": "everything"}',
        b'{"do": "it"}',
        b"{}",
    )
    assert [answer["ok"] for answer in errors] == [False] * 5
    assert errors[0]["error"].startswith("fault 'boom' is unknown; there are: drop, ")
    assert errors[1]["error"] == "fault 'halt:XXX': XXX is not listed here"
    assert fine == {"ok": True}


async def test_every_fault_of_the_dialect_is_listed_with_an_example_and_its_meaning(quiet: Venue) -> None:
    (answer,) = await asked(quiet, b'{"ask": "faults"}')
    possible = [kind for kind in FAULTS if kind is not FaultKind.ROLL]  # no numbers that could roll here
    assert answer["faults"] == [
        {"name": kind.value, "example": FAULTS[kind].example, "text": FAULTS[kind].text} for kind in possible
    ]
    found = await choices(address(quiet))
    assert [choice.name for choice in found] == [kind.value for kind in possible]


async def test_status_says_what_stands_for_how_long_and_who_is_there(quiet: Venue) -> None:
    await quiet.client()
    await quiet.copier()
    quiet.running.inject("lost-ack:0.1,halt:BTCUSDT:1m,drop:30s,rest-429:20s,maintenance:2m")
    (answer,) = await asked(quiet, b'{"ask": "status"}')
    status = answer["status"]
    assert status["sessions"] == {"oe": 1, "dc": 1, "md": 0}
    left = {stands["fault"]: stands["left"] for stands in status["standing"]}
    assert left.pop("lost-ack:0.1") is None
    assert {fault: round(seconds) for fault, seconds in left.items()} == {
        "halt:BTCUSDT:1m": 60,
        "drop:30s": 30,
        "rest-429:20s": 20,
        "maintenance:2m": 120,
    }
    assert await converse(address(quiet), "clear") == ["sessions: oe 1, dc 1, md 0", "no fault stands"]


async def test_converse_tells_what_stands_after_it(quiet: Venue) -> None:
    where = address(quiet)
    assert await converse(where, "") == ["sessions: oe 0, dc 0, md 0", "no fault stands"]
    assert await converse(where, " dc-silent , halt:BTCUSDT:1m") == [
        "sessions: oe 0, dc 0, md 0",
        "dc-silent",
        "halt:BTCUSDT:1m  (60 s left)",
    ]
    listed = await converse(where, "list")
    assert len(listed) == len(FAULTS) - 1  # Binance has no numbers that could roll
    assert "wipe" in [line.split()[0] for line in listed]


async def test_rehearse_does_the_same_in_a_thread(quiet: Venue) -> None:
    lines = await anyio.to_thread.run_sync(rehearse, address(quiet), "rest-down")
    assert lines[1:] == ["rest-down"]


async def test_what_cannot_be_done_is_told(quiet: Venue, tmp_path: Path) -> None:
    with pytest.raises(RehearsalFailed, match="fault 'boom' is unknown"):
        await converse(address(quiet), "boom")
    with pytest.raises(RehearsalFailed, match="control 'nowhere' is not host:port"):
        await converse("nowhere", "drop")
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    await listener.aclose()
    with pytest.raises(RehearsalFailed, match=f"no exchange listens at 127.0.0.1:{port}"):
        await converse(f"127.0.0.1:{port}", "drop")


async def test_something_else_that_listens_is_told(quiet: Venue) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)

    async def talk(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 400 Bad Request\r\n")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, talk)
        with pytest.raises(RehearsalFailed, match=r"what listens at .* is no exchange"):
            await converse(f"127.0.0.1:{port}", "drop")
        tasks.cancel_scope.cancel()
    await listener.aclose()


async def test_the_command_finds_the_running_exchange_by_its_note(tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["--data-dir", str(tmp_path), "rehearse", *words])
        return result.exit_code, result.output

    async with venue(tmp_path / "embedded" / "exchange") as running:
        code, output = await anyio.to_thread.run_sync(run, "halt:BTCUSDT")
        assert (code, output) == (0, "sessions: oe 0, dc 0, md 0\nhalt:BTCUSDT\n")
        code, output = await anyio.to_thread.run_sync(run, "--control", address(running), "clear")
        assert output.endswith("no fault stands\n")
        code, output = await anyio.to_thread.run_sync(run, "stall:5")
        assert (code, output) == (
            1,
            "Error: fault 'stall:5': stall takes a time above 0, as in 5s, 200ms or 2m, not '5'\n",
        )
    code, output = await anyio.to_thread.run_sync(run)
    assert (code, output) == (
        1,
        "Error: no exchange is running for embedded; one elsewhere is reached with --control\n",
    )


async def test_no_real_venue_is_rehearsed_with(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('venue = "live"\n[venues.live]\nenvironment = "live"\n')
    result = CliRunner().invoke(
        cli, ["--config", str(config), "--data-dir", str(tmp_path), "rehearse", "drop"]
    )
    assert result.exit_code == 1
    assert "live is no embedded exchange: only there can bad days be rehearsed" in result.output


async def test_an_exchange_that_comes_back_is_found_where_it_was(tmp_path: Path) -> None:
    with EmbeddedExchange(tmp_path / "exchange") as embedded:
        where = embedded.announced.control
        assert (await converse(where, "halt:BTCUSDT"))[1:] == ["halt:BTCUSDT"]
        os.kill(embedded.announced.pid, signal.SIGKILL)
        with anyio.fail_after(15):
            while True:
                with contextlib.suppress(RehearsalFailed):
                    if (await converse(where, ""))[1:] == ["no fault stands"]:
                        break
                await anyio.sleep(0.1)
