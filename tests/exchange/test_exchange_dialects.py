"""What the contract of a dialect offers beyond the plain one: cancel on disconnect, numbers, keys, the command."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dialect_client import DialectClient, Dialects, dialled, speaking, told
from exchange_client import Clock, request
from test_exchange_fix44 import order

from blotter.exchange.dialect import DIALECTS, dialect, order_id_text, read_order_id
from blotter.exchange.faults import FaultSpecError
from blotter.exchange.settings import system_clock
from blotter.exchange.store import StoreError
from blotter.fix.effects import Instant
from blotter.fix.values import SECOND, utc_timestamp
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
LOGON = [(98, "0"), (108, "30")]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DIALECTS, "toy", "toy_dialect")  # type: ignore[call-overload]
    monkeypatch.setitem(DIALECTS, "forgetful", "toy_forgetful")  # type: ignore[call-overload]


@pytest.fixture
async def toy(tmp_path: Path, anyio_backend: str, toys: None) -> AsyncIterator[Dialects]:
    async with speaking("toy", tmp_path / "x") as running:
        yield running


async def two(toy: Dialects, asked: str) -> tuple[DialectClient, DialectClient]:
    """ONE with what it asks for in 9001, and TWO, each with an order."""
    one, other = await toy.connect("ONE", "TOY"), await toy.connect("TWO", "TOY")
    await one.log_on([*LOGON, (9001, asked)])
    await other.log_on(LOGON)
    await order(one, "mine")
    await order(other, "yours")
    return one, other


async def test_a_lost_session_takes_its_own_orders_with_it(toy: Dialects) -> None:
    one, other = await two(toy, "Y")
    await one.vanish()
    await other.say("AF", [(584, "q"), (585, "7")])
    while (state := await other.hear("8")).text(911) != "1":
        await other.say("AF", [(584, "q"), (585, "7")])
    assert state.text(11) == "yours"
    again = await toy.connect("ONE", "TOY")
    await again.log_on([*LOGON, (9004, "N")])
    assert told(await again.hear("4"), (34, 36)) == ["2", "4"]
    await again.say("2", [(7, "3"), (16, "0")])
    canceled = await again.report("4", "4")
    assert told(canceled, (34, 43, 11, 41)) == ["3", "Y", "mine", None]  # nobody had asked


async def test_a_lost_session_takes_all_orders_with_it(toy: Dialects) -> None:
    one, other = await two(toy, "A")
    await one.vanish()
    assert told(await other.report("4", "4"), (11, 41)) == ["yours", None]


async def test_a_logout_cancels_unless_it_says_otherwise(toy: Dialects) -> None:
    one, other = await two(toy, "A")
    await one.say("5", [(9003, "Y")])
    await one.rest()
    one = await toy.connect("ONE", "TOY")
    await one.log_on([*LOGON, (9001, "A")])
    await one.say("H", [(11, "mine"), (55, "ETH-USD"), (54, "1")])
    await one.report("I", "0")
    await one.log_out()
    assert told(await other.report("4", "4"), (11,)) == ["yours"]


async def test_what_was_being_done_is_told_before_it_is_cancelled(toy: Dialects) -> None:
    client = await toy.connect("ONE", "TOY")
    await client.log_on([*LOGON, (9001, "Y")])
    toy.running.inject("drop-after-order")
    with pytest.raises(EOFError):
        await order(client, "cut")
    await toy.gone()
    again = await toy.connect("ONE", "TOY")
    await again.log_on([*LOGON, (9004, "N")])
    assert told(await again.hear("4"), (36,)) == ["4"]
    await again.say("2", [(7, "2"), (16, "3")])
    assert [(await again.hear("8")).text(150) for _ in range(2)] == ["0", "4"]


class Days:
    """The machine's clocks, some days ahead."""

    def __init__(self) -> None:
        self.days = 0

    def __call__(self) -> Instant:
        now = system_clock()
        return Instant(now.wall + self.days * 86_400 * SECOND, now.mono)


async def test_numbers_roll_at_their_time_of_day(tmp_path: Path, toys: None) -> None:
    clock = Days()
    async with speaking("toy", tmp_path / "x", clock=clock, logout_timeout=0.05) as toy:
        client = await toy.connect("ONE", "TOY")
        await client.log_on(LOGON)
        await order(client, "one")
        clock.days = 1
        toy.running.hub.run_house()
        assert "reset" in ((await client.hear("5")).text(58) or "")
        await client.rest()
        await toy.gone()
        toy.running.hub.roll_now()
        again = await toy.connect("ONE", "TOY")
        await again.log_on([*LOGON, (9004, "N")])
        await order(again, "two")  # and no gap fill before it
        await again.log_out()
        await toy.gone()
    clock.days = 2  # it was not running when the day ended
    async with speaking("toy", tmp_path / "x", clock=clock) as toy:
        last = await toy.connect("ONE", "TOY")
        await last.log_on([*LOGON, (9004, "N")])
        await order(last, "three")


async def test_a_refused_logon_leaves_the_numbers_as_they_were(toy: Dialects) -> None:
    client = await toy.connect("ONE", "TOY")
    await client.log_on(LOGON)
    await order(client, "one")
    await order(client, "two")
    await client.log_out()
    await toy.gone()
    toy.running.inject("refuse-logon")
    refused = await toy.connect("ONE", "TOY")
    await refused.say("A", [*LOGON, (9004, "N")])
    assert (await refused.hear("5")).text(34) == "1"
    await refused.rest()
    toy.running.inject("clear")
    again = await toy.connect("ONE", "TOY")
    await again.log_on([*LOGON, (9004, "N")])
    assert told(await again.hear("4"), (34, 36)) == ["2", "5"]


async def test_the_venue_runs_at_its_own_heartbeat(toy: Dialects) -> None:
    client = await toy.connect("ONE", "TOY")
    assert told(await client.log_on(LOGON), (108, 9001)) == ["7", "N"]
    (connection,) = toy.running.hub.traders
    assert connection.session.heart_bt_int == 7  # type: ignore[attr-defined]


async def test_numbers_that_begin_anew_on_each_connection(tmp_path: Path, toys: None) -> None:
    clock = Clock()
    async with speaking("forgetful", tmp_path / "x", clock=clock) as toy:
        client = await toy.connect("ONE", "TOY")
        await client.log_on(LOGON)
        await order(client, "one")
        await client.vanish()
        await toy.gone()
        early = await toy.connect("ONE", "TOY")
        await early.say("A", LOGON)
        assert await early.rest() == []  # the comp id is still taken
        clock.skip(toy.running, 22)
        again = await toy.connect("ONE", "TOY")
        assert (await again.log_on(LOGON)).text(34) == "1"
        toy.other(request(Side.SELL, "1", "3000", symbol="ETH-USD"))
        assert told(await again.report("F", "2"), (34, 43)) == ["2", None]


async def test_faults_that_cannot_be_here_say_so(toy: Dialects) -> None:
    for fault, text in (
        ("rest-lag:3s", "toy has no REST here"),
        ("drop:rest", "toy has no REST here"),
        ("dc-silent", "toy has no drop-copy sessions here"),
        ("drop:md", "toy has no market-data sessions here"),
        ("halt:BTCUSDT", "BTCUSDT is not listed here"),
    ):
        with pytest.raises(FaultSpecError, match=text):
            toy.running.inject(fault)
    toy.running.inject("roll")


async def test_key_material_is_private_and_stays(tmp_path: Path, toys: None) -> None:
    async with speaking("forgetful", tmp_path / "x") as toy:
        credentials = toy.running.credentials
        keys = credentials.keys
        assert isinstance(keys.rsa, RSAPublicKey)
        for path in (credentials.private_key_file, credentials.secret_file, credentials.passphrase_file):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (credentials.secret_file.read_text(), credentials.passphrase_file.read_text()) == (
            keys.secret,
            keys.passphrase,
        )
        shown = repr(credentials) + repr(keys)
        assert not any(each in shown for each in (keys.api_key, keys.secret, keys.passphrase))
        with pytest.raises(TypeError):
            keys.ed25519  # noqa: B018
    async with speaking("forgetful", tmp_path / "x") as toy:
        assert toy.running.credentials.keys.secret == keys.secret
        key = load_pem_private_key(credentials.private_key_file.read_bytes(), None)
        assert key.public_key() == toy.running.credentials.keys.rsa  # type: ignore[comparison-overlap]


async def test_a_directory_belongs_to_one_dialect(tmp_path: Path) -> None:
    async with speaking("fix44", tmp_path / "x"):
        pass
    with pytest.raises(StoreError, match="speaks fix44, not binance"):
        async with speaking("binance", tmp_path / "x"):
            pass


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_is_whole(name: str) -> None:
    made = dialect(name)
    assert made.name == name
    assets = {asset for listing in made.listings for asset in (listing.base, listing.quote)}
    assert len({listing.symbol for listing in made.listings}) == len(made.listings)
    assert assets <= set(made.balances)


def test_an_unknown_dialect_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'klingon' is unknown; known dialects: binance"):
        dialect("klingon")


def test_order_ids_that_are_unique_over_all_symbols() -> None:
    assert read_order_id(order_id_text("BTC/USD", 0)) == ("BTC/USD", 0)
    for text in ("", "#1", "BTC-USD", "BTC-USD#", "BTC-USD#x", "BTC-USD#-1"):
        assert read_order_id(text) is None


def started(directory: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """`blotter exchange --dialect fix44`, and what it said first."""
    command = [sys.executable, "-m", "blotter", "--data-dir", str(directory), "exchange", "--json"]
    process = subprocess.Popen([*command, "--dialect", "fix44", "--rate", "0"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as first:
        return process, json.loads(first.readline())


async def test_kill_9_loses_neither_numbers_nor_reports(tmp_path: Path) -> None:
    process, said = started(tmp_path)
    host, _, port = said["fix"]["oe"].rpartition(":")
    client = await dialled((host, int(port)), said["ca_file"], ("DESK", "BROKER"))
    await client.log_on()
    order_id = await order(client, "one", "1", "1500")
    process.kill()
    process.wait(10)
    await client.vanish()
    process, said = started(tmp_path)
    host, _, port = said["fix"]["oe"].rpartition(":")
    again = await dialled((host, int(port)), said["ca_file"], ("DESK", "BROKER"), seq=client.seq)
    assert (await again.log_on()).text(34) == "3"
    await again.say("2", [(7, "2"), (16, "2")])
    assert told(await again.report("0", "0"), (34, 43, 37)) == ["2", "Y", order_id]
    await again.say("F", [(41, "one"), (11, "c"), (55, "ETH-USD"), (54, "1"), (60, utc_timestamp(0, 3))])
    await again.report("4", "4")
    await again.vanish()
    process.kill()
    process.wait(10)


def test_the_command_announces_what_opens_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "blotter", "--data-dir", str(tmp_path), "exchange", "--json"]
    process, said = started(tmp_path)
    assert (said["venue"], list(said["fix"]), said["rest"], said["private_key_file"]) == (
        "fix44",
        ["oe"],
        "",
        "",
    )
    assert stat.S_IMODE(os.stat(said["secret_file"]).st_mode) == 0o600
    assert "passphrase_file" not in said
    assert Path(said["secret_file"]).parent == tmp_path / "exchange-fix44"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    wrong = subprocess.run([*command, "--dialect", "klingon"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "known dialects: binance" in wrong.stderr
