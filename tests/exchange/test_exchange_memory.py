"""What the exchange remembers: over a restart, over a kill at any instant, and what it does with damaged files."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exchange_client import Client, Venue, request, venue
from exchange_commands import Desk, state, stop

from blotter.exchange.engine import Engine
from blotter.exchange.listing import LISTINGS
from blotter.exchange.store import Store, StoreError
from blotter.trading.enums import Side
from blotter.trading.request import ListKind


def written(directory: Path) -> tuple[Desk, Path]:
    """A log of a few commands, left as a killed process would leave it; and the log's path."""
    desk = Desk()
    store = Store(directory)
    store.load(LISTINGS)
    desk.place("ann", "a", Side.BUY, "1", "100")
    desk.place("bob", "b", Side.SELL, "0.4", "100")
    desk.order("ann", "s", stop(Side.SELL, "0.1", None, trailing_bips=100))
    desk.group("ann", "l", ListKind.OTO, request(Side.BUY, "1", "90"), request(Side.SELL, "1", "120"))
    desk.cancel_list("ann", "l")
    desk.cancel("ann", "nothing")
    for command in desk.log:
        store.append(command)
    store.flush()
    os.close(store._lock_fd)  # the process is gone: nothing else is written
    (log,) = directory.glob("log-*")
    return desk, log


def loaded(directory: Path) -> Engine:
    with Store(directory) as store:
        return store.load(LISTINGS)


def test_the_log_brings_everything_back(tmp_path: Path) -> None:
    desk, _ = written(tmp_path)
    assert state(loaded(tmp_path)) == state(desk.engine)
    assert state(loaded(tmp_path)) == state(desk.engine)  # now from the snapshot
    with Store(tmp_path) as store:
        assert state(store.load(LISTINGS, fresh=True)) == state(Engine(LISTINGS))


def test_a_torn_last_record_was_never_acknowledged_and_is_dropped(tmp_path: Path) -> None:
    desk, log = written(tmp_path)
    whole = log.read_bytes()
    shorter = Engine(LISTINGS)
    for command in desk.log[:-1]:
        shorter.submit(command)
    for cut in (1, 5, 20):
        directory = tmp_path / str(cut)
        directory.mkdir()
        for path in tmp_path.glob("*-*"):
            (directory / path.name).write_bytes(path.read_bytes())
        (directory / log.name).write_bytes(whole[:-cut])
        assert state(loaded(directory)) == state(shorter)


def test_damage_in_the_middle_is_told_and_not_guessed_at(tmp_path: Path) -> None:
    _, log = written(tmp_path)
    data = bytearray(log.read_bytes())
    data[12] ^= 1
    log.write_bytes(data)
    with pytest.raises(StoreError, match=f"{log.name}: damaged at byte 0; start with --fresh"):
        loaded(tmp_path)


def test_a_snapshot_of_another_version_is_told(tmp_path: Path) -> None:
    loaded(tmp_path)
    (snapshot,) = tmp_path.glob("state-*")
    snapshot.write_bytes(b"something else")
    with pytest.raises(StoreError, match="start with --fresh"):
        loaded(tmp_path)


def test_a_long_log_becomes_a_snapshot(tmp_path: Path) -> None:
    desk = Desk()
    with Store(tmp_path, rotate_bytes=200) as store:
        store.load(LISTINGS)
        for command in desk.log:
            store.append(command)
        store.flush()
        assert store.full
        store.snapshot(desk.engine)
        assert not store.full
        assert len(list(tmp_path.glob("log-*"))) == len(list(tmp_path.glob("state-*"))) == 1
    assert state(loaded(tmp_path)) == state(desk.engine)


def test_a_disk_that_is_full_stops_the_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, _ = written(tmp_path)
    with Store(tmp_path) as store:
        store.load(LISTINGS)
        store.append(desk.log[0])
        monkeypatch.setattr("os.write", lambda fd, data: (_ for _ in ()).throw(OSError(28, "No space left")))
        for _ in "ab":
            with pytest.raises(StoreError, match="cannot be written: No space left"):
                store.flush()


def test_two_exchanges_cannot_share_a_directory(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(StoreError, match="another exchange is using this directory"):
        Store(tmp_path, lock_timeout=0.1)


def test_a_successor_waits_for_one_that_is_leaving(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from blotter.exchange.store import Store\n"
        "with Store(Path(sys.argv[1])): print('mine', flush=True); sys.stdin.read(); time.sleep(0.2)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        process.stdin.close()
        Store(tmp_path, lock_timeout=3).close()


@pytest.mark.anyio
async def test_resting_orders_balances_and_ids_survive_a_restart(tmp_path: Path) -> None:
    async with venue(tmp_path) as running:
        client = await running.client()
        await client.order("mine", "1", "1", "100")
        await client.hear()
        running.other(request(Side.SELL, "0.4", "100"))
        await client.hear()
        before = running.running.engine.dump()
        key = running.running.credentials.api_key
    async with venue(tmp_path) as running:
        assert running.running.credentials.api_key == key
        assert running.running.engine.dump() == before
        client = await running.client()
        running.other(request(Side.SELL, "0.6", "100"), "again")
        last = await client.hear()
        assert [last.text(tag) for tag in (11, 37, 39, 14, 17, 1003)] == [
            "mine",
            "0",
            "2",
            "1.00000000",
            "2",
            "1",
        ]
    async with venue(tmp_path, fresh=True) as running:
        client = await running.client()
        await client.cancel("c", "mine")
        assert (await client.hear()).msg_type == "9"


class Process:
    """`blotter exchange` in a process of its own, looking like a running exchange to `Client`."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "blotter", "--data-dir", str(directory), "exchange", "--json"]
        self.process = subprocess.Popen(
            [*command, "--rate", "20", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.said: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.credentials = self
        self.ca_file = self.said["ca_file"]
        self.api_key = self.said["api_key"]
        self.private_key_file = Path(self.said["private_key_file"])
        host, _, port = self.said["fix"]["oe"].rpartition(":")
        self.order_entry = (host, int(port))

    def end(self, number: int | None) -> int:
        if number is not None:
            self.process.send_signal(number)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)


@contextlib.contextmanager
def process(directory: Path, *arguments: str) -> Iterator[Process]:
    running = Process(directory, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


@pytest.mark.anyio
async def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged = []
    with process(tmp_path) as running:
        async with contextlib.AsyncExitStack() as stack:
            client: Client = await Venue(running, stack).client("ONE")  # type: ignore[arg-type]
            for number in range(20):
                await client.order(f"o{number}", "1", "0.001", f"{30_000 + number}")
            for _ in range(20):
                report = await client.report("0")
                acknowledged.append((report.text(11), report.text(37)))
            assert running.end(signal.SIGKILL) == -signal.SIGKILL
    with process(tmp_path) as running:
        async with contextlib.AsyncExitStack() as stack:
            client = await Venue(running, stack).client("TWO")  # type: ignore[arg-type]
            for cl_ord_id, order_id in acknowledged:
                await client.say(
                    "F", [(11, f"c-{cl_ord_id}"), (37, order_id), (41, cl_ord_id), (55, "BTCUSDT")]
                )
                assert (await client.report("4")).text(41) == cl_ord_id


def test_the_command_starts_fast_says_one_line_and_leaves_on_sigterm(tmp_path: Path) -> None:
    started = time.monotonic()
    with process(tmp_path, "--seed", "7") as running:
        assert time.monotonic() - started < 5  # far above what it takes: the machine may be busy
        assert set(running.said) == {
            "fix",
            "rest",
            "ca_file",
            "api_key",
            "private_key_file",
            "venue",
            "sender_comp_id",
            "symbols",
            "control",
            "pid",
        }
        assert running.said["pid"] == running.process.pid
        assert (os.stat(running.private_key_file).st_mode & 0o777) == 0o600
        assert running.end(signal.SIGTERM) == 0


def test_the_command_leaves_when_its_input_ends(tmp_path: Path) -> None:
    with process(tmp_path, "--exit-with-stdin") as running:
        assert running.end(None) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "explode"], "fault 'explode' is unknown"),
        (["--rate", "-1"], "must be 0 or more"),
    ],
)
def test_bad_options_are_told(tmp_path: Path, arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "blotter", "--data-dir", str(tmp_path), "exchange", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert words in done.stderr
