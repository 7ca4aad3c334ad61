"""The rest of the grammar without a screen: order lists, scopes of cancels, and the verbs about what exists."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner, Result

from blotter.cli.main import cli
from blotter.cli.session import own_desk
from blotter.config import load
from blotter.desk import verbs
from blotter.desk.setup import account
from blotter.exchange.limits import Limits
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig
from blotter.venues.base import SessionKind

pytestmark = pytest.mark.timeout(30)

CONFIG = """\
venue = "x"

[presets]
"*" = ["0.01", "0.02 @bid-100"]

[venues.x]
environment = "embedded"
order_entry = "{order_entry}"
market_data = "{market_data}"
symbols = ["BTCUSDT", "ETHUSDT"]
ca_file = "{ca_file}"
api_key_file = "{api_key_file}"
private_key_file = "{private_key_file}"
"""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    many = Limits(10_000, 30, 100, 100_000, 10, 1_000)
    config = ExchangeConfig(
        data_dir=tmp_path_factory.mktemp("exchange"),
        rate=0,
        limits={SessionKind.ORDER_ENTRY: many, SessionKind.MARKET_DATA: many},
        order_limits=((10, 10_000), (86_400, 200_000)),
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(config)) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path, exchange: RunningExchange) -> Iterator[Callable[..., Result]]:
    """A command, reaching a running desk through its socket."""
    api_key, path = tmp_path / "api-key", tmp_path / "config.toml"
    api_key.touch(mode=0o600)
    api_key.write_text(exchange.credentials.api_key)
    path.write_text(
        CONFIG.format(
            order_entry="{}:{}".format(*exchange.order_entry),
            market_data="{}:{}".format(*exchange.market_data),
            ca_file=exchange.credentials.ca_file,
            api_key_file=api_key,
            private_key_file=exchange.credentials.private_key_file,
        )
    )
    config, directory = load(path), tmp_path / "data" / "x"
    directory.mkdir(parents=True)

    def invoke(*words: str) -> Result:
        line = ["--config", str(path), "--data-dir", str(tmp_path / "data"), *words]
        result = CliRunner().invoke(cli, line)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    with own_desk(config, account("x", config.venues["x"], None), directory) as thread:
        assert thread.call(verbs.wait_until_live, thread.desk, 10) == ""
        yield invoke


@pytest.fixture
def ask(run: Callable[..., Result]) -> Callable[..., dict[str, Any]]:
    """In JSON, with the exit code that is expected."""

    def invoke(*words: str, code: int = 0) -> dict[str, Any]:
        result = run(*words, "--json")
        assert result.exit_code == code, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return invoke


Ask = Callable[..., dict[str, Any]]
LIST = "oco sell 0.01 btc @ 90000 stop 30000"


def three_orders(ask: Ask) -> None:
    for line in ("buy 0.01 btc @ 50000", "sell 0.01 btc @ 90000", "buy 0.1 eth @ 1000"):
        assert ask("order", line)["outcome"] == "working", line


# --- orders ------------------------------------------------------------------------------------------------------


def test_a_preset(ask: Ask) -> None:
    assert ask("order", "buy #1 btc @ 50000")["order"]["order_qty"] == "0.01"
    answer = ask("order", "buy #2 btc")
    assert answer["order"]["order_qty"] == "0.02"
    assert answer["outcome"] == "working"
    refused = ask("order", "buy #3 btc @ 50000", code=1)
    assert refused["mistakes"][0]["text"].startswith("#3: there is no such preset for BTCUSDT")


def test_a_list_and_its_end(ask: Ask, run: Callable[..., Result]) -> None:
    answer = ask("order", LIST)
    assert (answer["ok"], answer["outcome"], answer["list"]) == (True, "working", "L-000001")
    assert answer["text"].startswith("OCO SELL 0.01000 BTCUSDT: LIMIT 90,000.00 GTC post-only")
    assert [order["side"] for order in answer["orders"]] == ["SELL", "SELL"]
    shown = run("cancel", "L-1").output
    assert "cancel 2 orders: BTCUSDT 2 sells" in shown
    assert shown.count("CANCELED") == 2


def test_a_mistake_in_a_list_names_the_leg(run: Callable[..., Result]) -> None:
    result = run("order", "oco sell 0.01 btc @ 90000.001 stop 30000")
    assert result.exit_code == 1
    typed, marks, text = result.output.splitlines()[:3]
    assert typed[marks.index("^") : marks.rindex("^") + 1] == "90000.001"
    assert text.startswith("above leg: price 90000.001 is not a multiple of the tick")


# --- cancels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "victims", "gone"),
    [
        (["buys"], "cancel 2 orders in 2 symbols: BTCUSDT 1 buy, ETHUSDT 1 buy", [1, 3]),
        (["sells", "btc"], "cancel 1 order: BTCUSDT 1 sell", [2]),
        (["all", "eth"], "cancel 1 order: ETHUSDT 1 buy", [3]),
        (["1", "3"], "cancel 2 orders in 2 symbols: BTCUSDT 1 buy, ETHUSDT 1 buy", [1, 3]),
        (["1", "ETHUSDT"], "cancel 2 orders in 2 symbols: BTCUSDT 1 buy, ETHUSDT 1 buy", [1, 3]),
        (["1", "if", "new"], "cancel 1 order: BTCUSDT 1 buy", [1]),
        (["all"], "cancel 3 orders in 2 symbols: BTCUSDT 1 buy 1 sell, ETHUSDT 1 buy", [1, 2, 3]),
    ],
)
def test_every_scope(ask: Ask, words: list[str], victims: str, gone: list[int]) -> None:
    three_orders(ask)
    answer = ask("cancel", *words)
    assert (answer["outcome"], answer["victims"]) == ("ended", victims)
    still = [int(order["id"][2:]) for order in ask("orders", "--open")["orders"]]
    assert still == [number for number in (1, 2, 3) if number not in gone]


def test_a_condition_that_does_not_hold(ask: Ask) -> None:
    ask("order", "buy 0.01 btc @ 50000")
    answer = ask("cancel", "1", "if", "partial", code=1)
    assert answer["outcome"] == "working"
    assert "restrictions" in answer["orders"][0]["reason"]
    assert ask("orders", "--open")["orders"][0]["state"] == "new"


@pytest.mark.parametrize("words", [["1", "nope"], ["all", "btc", "eth"], ["L-9"], ["buys", "btc"]])
def test_a_cancel_that_cannot_be_told_cancels_nothing(ask: Ask, words: list[str]) -> None:
    ask("order", "sell 0.01 btc @ 90000")
    assert ask("cancel", *words, code=1)["outcome"] == "refused"
    assert len(ask("orders", "--open")["orders"]) == 1


# --- any other line ----------------------------------------------------------------------------------------------


def test_amend_and_tick(ask: Ask) -> None:
    ask("order", "buy 0.01 btc @ 50000")
    assert ask("do", "amend 1 @ 50001")["order"]["price"] == "50001"
    assert ask("do", "tick 1 up 10")["order"]["price"] == "50001.1"
    assert ask("do", "amend 1 0.009")["order"]["order_qty"] == "0.009"
    refused = ask("do", "amend 1 @ 50000.001", code=1)
    assert "tick" in refused["mistakes"][0]["text"]


def test_hold_release_and_drop(ask: Ask) -> None:
    held = ask("do", "hold buy 0.01 btc @ 50000")
    assert "H-000001 is held here; nothing was sent" in held["text"]
    assert ask("orders")["orders"] == []
    assert ask("do", "--wait", "0.2", "release H-1")["outcome"] == "working"
    assert ask("orders", "--open")["orders"][0]["price"] == "50000"
    ask("do", f"hold {LIST}")
    assert ask("do", "drop 2")["ok"] is True
    assert "there is no held order H-000002" in ask("do", "drop 2", code=1)["text"]


def test_clone_says_the_line_and_sends_nothing(ask: Ask) -> None:
    ask("order", "buy 0.01 btc @ 50000 post")
    assert ask("do", "clone 1 0.02")["text"] == "buy 0.02 BTCUSDT @ 50000 post"
    assert len(ask("orders")["orders"]) == 1


def test_do_takes_orders_cancels_and_the_brake(ask: Ask, run: Callable[..., Result]) -> None:
    assert ask("do", "--wait", "0.2", "buy 0.01 btc @ 50000")["outcome"] == "working"
    assert ask("do", "cancel 1")["outcome"] == "ended"
    assert ask("do", "stop")["ok"] is True
    assert "stopped" in ask("order", "buy 0.01 btc @ 50000", code=1)["text"]
    assert ask("do", "resume")["ok"] is True
    result = run("do", "amned 1 @ 2")
    assert result.exit_code == 1
    assert result.output.splitlines()[1:] == ["^^^^^", "amned is not a verb: did you mean amend?"]


def test_usage(run: Callable[..., Result]) -> None:
    result = run("do")
    assert result.exit_code == 2
    assert "LINE" in result.output
