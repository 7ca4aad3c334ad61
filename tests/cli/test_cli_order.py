"""Trading without a screen: the verbs, with and without a running desk, their exit codes and what they print."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner

from blotter.cli.main import cli
from blotter.cli.session import own_desk
from blotter.config import load
from blotter.desk import control, verbs
from blotter.desk.setup import account
from blotter.exchange.limits import Limits
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig
from blotter.journal.reader import TapeReader
from blotter.venues.base import SessionKind

pytestmark = pytest.mark.timeout(20)  # a verb that does not end is the fault most to be feared here

CONFIG = """\
venue = "x"

[desk]
ack_timeout = 0.5

[venues.x]
environment = "embedded"
order_entry = "{order_entry}"
market_data = "{market_data}"
symbols = ["BTCUSDT", "ETHUSDT"]
ca_file = "{ca_file}"
api_key_file = "{api_key_file}"
private_key_file = "{private_key_file}"
"""

ORDER_KEYS = {
    "id", "symbol", "side", "ord_type", "time_in_force", "post_only", "order_qty", "price", "cum_qty",
    "leaves_qty", "avg_px", "state", "unverified", "pending", "reason", "code", "cl_ord_id", "order_id", "foreign",
    "expire_time",
}  # fmt: skip


class Exchange:
    """An exchange in a thread of its own. Its limit of connections is lifted: each command may be one."""

    def __init__(self, running: RunningExchange, call: Callable[..., Any]) -> None:
        self.credentials = running.credentials
        self.order_entry = "{}:{}".format(*running.order_entry)
        self.market_data = "{}:{}".format(*running.market_data)
        self._running = running
        self._call = call

    def inject(self, faults: str) -> None:
        self._call(self._running.inject, faults)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    many = Limits(10_000, 30, 100, 100_000, 10, 1_000)
    config = ExchangeConfig(
        data_dir=tmp_path_factory.mktemp("exchange"),
        rate=0,
        limits={SessionKind.ORDER_ENTRY: many, SessionKind.MARKET_DATA: many},
        order_limits=((10, 10_000), (86_400, 200_000)),
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(config)) as running:
        yield Exchange(running, portal.call)


class Ran(NamedTuple):
    """What a command left."""

    exit_code: int
    stdout: str
    output: str  # what went to standard error too


class Desk:
    """A configured data directory, with commands run on it."""

    def __init__(self, directory: Path, exchange: Exchange) -> None:
        api_key = directory / "api-key"
        with os.fdopen(os.open(api_key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(exchange.credentials.api_key)
        self.config = directory / "config.toml"
        self.write(
            CONFIG.format(
                order_entry=exchange.order_entry,
                market_data=exchange.market_data,
                ca_file=exchange.credentials.ca_file,
                api_key_file=api_key,
                private_key_file=exchange.credentials.private_key_file,
            )
        )
        self.data = directory / "data"
        self.inject = exchange.inject
        self._held = False

    def write(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def run(self, *words: str, here: bool = False) -> Ran:
        """A command, in this process when the desk runs. Else (but `here`) in one of its own, where a desk that does
        not end can be ended."""
        line = ["--config", str(self.config), "--data-dir", str(self.data), *words]
        if not (here or self._held):
            done = subprocess.run(
                [sys.executable, "-m", "blotter", *line],
                capture_output=True,
                text=True,
                timeout=15,
                check=False,
            )
            return Ran(done.returncode, done.stdout, done.stdout + done.stderr)
        result = CliRunner().invoke(cli, line)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.output)

    def ask(self, *words: str, code: int = 0) -> dict[str, Any]:
        """In JSON, with the exit code that is expected."""
        result = self.run(*words, "--json")
        assert result.exit_code == code, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """As long as this is open, another process holds the desk: the commands must go through its socket."""
        config = load(self.config)
        directory = self.data / "x"
        directory.mkdir(parents=True, exist_ok=True)
        chosen = account("x", config.venues["x"], None)
        with own_desk(config, chosen, directory) as thread:
            assert thread.call(verbs.wait_until_live, thread.desk, 10) == ""
            self._held = True
            try:
                yield
            finally:
                self._held = False


@pytest.fixture
def desk(tmp_path: Path, exchange: Exchange) -> Iterator[Desk]:
    made = Desk(tmp_path, exchange)
    yield made
    made.inject("clear")


@pytest.fixture(params=["running desk", "desk of its own"])
def either(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Desk]:
    """Both ways must answer alike."""
    if request.param == "running desk":
        with desk.running():
            yield desk
    else:
        yield desk


def test_a_working_order(either: Desk) -> None:
    answer = either.ask("order", "buy 0.01 btc @ 50000 gtc")
    assert set(answer) == {"ok", "outcome", "text", "order", "fills"}
    assert set(answer["order"]) == ORDER_KEYS
    assert answer["ok"] is True
    assert answer["outcome"] == "working"
    assert answer["fills"] == []
    order = answer["order"]
    assert (order["id"], order["symbol"], order["side"], order["state"]) == (
        "A-000001",
        "BTCUSDT",
        "BUY",
        "new",
    )
    assert float(order["price"]) == 50000
    assert all(isinstance(order[key], str) for key in ("price", "order_qty", "cum_qty", "leaves_qty"))
    assert [one["id"] for one in either.ask("orders", "--open")["orders"]] == ["A-000001"]


def test_words_of_a_line_need_no_quotes(either: Desk) -> None:
    assert either.ask("order", "buy", "0.01", "btc", "@", "50000")["outcome"] == "working"


def test_a_marketable_order_to_its_end(either: Desk) -> None:
    answer = either.ask("order", "buy 0.01 btc market", "--wait", "5")
    assert answer["outcome"] == "ended"
    assert answer["order"]["state"] == "filled"
    assert answer["fills"]
    assert set(answer["fills"][0]) == {"exec_id", "last_qty", "last_px", "fees", "aggressor"}
    assert sum(float(fill["last_qty"]) for fill in answer["fills"]) == 0.01


def test_for_people(either: Desk) -> None:
    result = either.run("order", "buy 0.01 btc @ 50000")
    assert result.exit_code == 0
    assert "A-000001  BUY 0.01" in result.output
    assert "NEW" in result.output
    result = either.run("orders")
    assert result.exit_code == 0
    assert "A-000001" in result.output


def test_a_desk_of_its_own_logs_out(desk: Desk) -> None:
    desk.ask("order", "buy 0.01 btc @ 50000")
    with TapeReader.open(desk.data / "x" / "tape.sqlite3") as reader:
        rows = [row.entry for row in reader.rows()]
    out = [entry.msg_type for entry in rows if entry.session == "OE" and entry.kind.value == "out"]
    assert out.count("D") == 1
    assert out[-1] == "5"
    with pytest.raises(control.NoDesk):
        control.ask(desk.data / "x", {"verb": "status"}, 1)


# --- mistakes and refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("buy 0.01 nonsense @ 50000", "nonsense"),
        ("buy x.5 btc @ 50000", "x.5"),
        ("buy 0.01 btc @ 5o000", "5o000"),
    ],
)
def test_a_mistake_points_at_the_word(desk: Desk, line: str, word: str) -> None:
    with desk.running():
        answer = desk.ask("order", line, code=1)
        assert answer["outcome"] == "refused"
        first = answer["mistakes"][0]
        assert word in line[first["start"] : first["end"]]
        shown = desk.run("order", line)
    assert shown.exit_code == 1
    typed, marks, text = shown.output.splitlines()[:3]
    assert typed == line
    assert marks.index("^") == first["start"]
    assert marks.count("^") == first["end"] - first["start"]
    assert text == first["text"]


def test_an_order_that_is_not_complete(desk: Desk) -> None:
    with desk.running():
        answer = desk.ask("order", "buy 0.01", code=1)
    assert answer["outcome"] == "refused"
    assert "missing" in answer["text"]


@pytest.mark.parametrize(
    ("line", "said"),
    [("buy 0.01 btc @ 50000.001", "tick"), ("buy 0.000001 btc @ 50000", "0.00001")],
)
def test_a_rule_of_the_venue_refuses_before_anything_leaves(desk: Desk, line: str, said: str) -> None:
    with desk.running():
        answer = desk.ask("order", line, code=1)
        assert answer["outcome"] == "refused"
        assert said in answer["text"]
        assert desk.ask("orders")["orders"] == []


def test_the_venue_rejects(either: Desk) -> None:
    """Its code and text arrive as they are."""
    answer = either.ask("order", "sell 100 btc @ 60500", code=1)
    assert answer["ok"] is False
    assert answer["outcome"] == "rejected"
    assert answer["order"]["state"] == "rejected"
    assert str(answer["order"]["code"]) == "-2010"
    assert "insufficient balance" in answer["order"]["reason"]
    shown = either.run("order", "sell 100 btc @ 60500")
    assert shown.exit_code == 1
    assert "REJECTED" in shown.output
    assert "insufficient balance" in shown.output


def test_nobody_knows(either: Desk) -> None:
    either.inject("lost-ack:1.0")
    answer = either.ask("order", "buy 0.01 btc @ 50000", code=3)
    assert answer["ok"] is False
    assert answer["outcome"] == "unconfirmed"
    assert answer["order"]["state"] == "unconfirmed"


def test_nothing_listens_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "READY_TIMEOUT", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    text = desk.config.read_text()
    desk.write("\n".join(_to_port(line, port) for line in text.splitlines()))
    result = desk.run("order", "buy 0.01 BTCUSDT @ 50000", "--json", here=True)
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["outcome"] == "refused"
    assert "refused, nothing listens there" in answer["text"]


def _to_port(line: str, port: int) -> str:
    key = line.partition(" = ")[0]
    return f'{key} = "127.0.0.1:{port}"' if key in ("order_entry", "market_data") else line


# --- cancel -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["A-000001", "a-000001", "1", "000001"])
def test_cancel_by_id(either: Desk, target: str) -> None:
    either.ask("order", "buy 0.01 btc @ 50000")
    answer = either.ask("cancel", target)
    assert set(answer) == {"ok", "outcome", "text", "victims", "orders"}
    assert (answer["ok"], answer["outcome"]) == (True, "ended")
    assert answer["victims"] == "cancel 1 order: BTCUSDT 1 buy"
    assert [(order["id"], order["state"]) for order in answer["orders"]] == [("A-000001", "canceled")]


def test_cancel_by_symbol_and_all(desk: Desk) -> None:
    def states() -> list[str]:
        return [order["state"] for order in desk.ask("orders")["orders"]]

    with desk.running():
        for line in ("buy 0.01 btc @ 50000", "buy 0.01 btc @ 49000", "buy 0.1 eth @ 1000"):
            assert desk.ask("order", line)["outcome"] == "working", line
        desk.ask("cancel", "btcusdt")
        assert states() == ["canceled", "canceled", "new"]
        desk.ask("cancel", "all")
        assert states() == ["canceled", "canceled", "canceled"]
        answer = desk.ask("cancel", "all")
        assert (answer["ok"], answer["orders"]) == (True, [])


@pytest.mark.parametrize("target", ["A-000099", "99", "DOGEUSDT", "1"])
def test_cancel_of_what_is_not_open(desk: Desk, target: str) -> None:
    with desk.running():
        desk.ask("order", "buy 0.01 btc @ 50000")
        desk.ask("cancel", "1")
        answer = desk.ask("cancel", target, code=1)
    assert answer["ok"] is False
    assert target in answer["text"]


# --- stop, status -------------------------------------------------------------------------------------------


def test_stop_and_resume(desk: Desk) -> None:
    with desk.running():
        desk.ask("order", "buy 0.01 btc @ 50000")
        answer = desk.ask("stop")
        assert [order["state"] for order in answer["orders"]] == ["canceled"]
        refused = desk.ask("order", "buy 0.01 btc @ 50000", code=1)
        assert "stopped" in refused["text"]
        assert "stopped" in desk.ask("status")["entry_blocked"]
        assert "stopped" in desk.run("status").output
        desk.ask("resume")
        assert desk.ask("order", "buy 0.01 btc @ 50000")["outcome"] == "working"


def test_stop_without_a_running_desk_cancels(desk: Desk) -> None:
    desk.ask("order", "buy 0.01 btc @ 50000")
    assert [order["state"] for order in desk.ask("stop")["orders"]] == ["canceled"]
    assert desk.ask("orders", "--open")["orders"] == []


def test_numbers_are_plain(either: Desk) -> None:
    """`0E-8` is Python's way to write nothing, not a trader's."""
    order = either.ask("order", "buy 0.01 btc @ 50000")["order"]
    assert [order[key] for key in ("cum_qty", "leaves_qty", "order_qty") if "E" in order[key]] == []
    assert "0E" not in either.run("orders").output


def test_status(desk: Desk) -> None:
    with desk.running():
        desk.ask("order", "buy 0.01 btc @ 50000")
        answer = desk.ask("status")
        shown = desk.run("status").output
    assert set(answer) == {
        "ok", "venue", "environment", "entry_blocked", "open_orders", "unconfirmed", "limits", "sessions",
    }  # fmt: skip
    assert (answer["open_orders"], answer["unconfirmed"], answer["entry_blocked"]) == (1, 0, "")
    assert set(answer["sessions"]) == {"OE", "MD"}
    session = answer["sessions"]["OE"]
    assert session["state"] == "live"
    assert session["next_out"] > 1
    assert session["last_in_age"] < 10
    assert "OE live" in shown
    assert "1 open, 0 unconfirmed" in shown


def test_a_second_desk_is_told_who_has_the_tape(desk: Desk) -> None:
    """A desk whose socket is gone still holds its tape: nobody else may log on beside it."""
    with desk.running():
        control.socket_path(desk.data / "x").unlink()
        result = desk.run("orders")
    assert result.exit_code == 1
    assert str(os.getpid()) in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("order",), "LINE"),
        (("cancel",), "TARGETS"),
        (("order", "buy 1 btc", "--wait", "-1"), "--wait"),
        (("nonsense",), "nonsense"),
    ],
)
def test_usage(desk: Desk, words: tuple[str, ...], said: str) -> None:
    result = desk.run(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_the_answer_never_holds_a_secret(either: Desk, exchange: Exchange) -> None:
    texts: list[Callable[[], Ran]] = [
        lambda: either.run("order", "buy 0.01 btc @ 50000", "--json"),
        lambda: either.run("status", "--json"),
    ]
    for run in texts:
        assert exchange.credentials.api_key not in run().output
