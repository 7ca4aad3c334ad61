"""The first minutes: help, `init`, `check`; and that what runs without a screen never loads one."""

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from blotter import __version__
from blotter.cli import check
from blotter.cli.init import PROFILES
from blotter.cli.main import COMMANDS, cli
from blotter.cli.session import own_desk
from blotter.config import load, profile
from blotter.desk import verbs
from blotter.desk.setup import account
from blotter.exchange.credentials import open_credentials
from blotter.exchange.limits import Limits
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig
from blotter.venues.base import Environment, SessionKind
from blotter.venues.signing import generate_ed25519, load_ed25519

CONFIG = """\
venue = "x"

[venues.x]
environment = "embedded"
order_entry = "{order_entry}"
market_data = "{market_data}"
symbols = ["BTCUSDT", "ETHUSDT"]
ca_file = "{ca_file}"
api_key_file = "{api_key_file}"
private_key_file = "{private_key_file}"
"""


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    result = CliRunner().invoke(cli, list(words), env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def python(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("BLOTTER")}
    env |= {"HOME": str(data), "XDG_CONFIG_HOME": str(data / "none"), "BLOTTER_DATA_DIR": str(data / "data")}
    return subprocess.run(
        [sys.executable, *words], env=env, capture_output=True, text=True, timeout=60, check=False
    )


# --- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command(option: str) -> None:
    result = run(option)
    assert result.exit_code == 0
    assert [name for name in COMMANDS if f"  {name} " not in result.output] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_a_command(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert f"blotter {name}" in result.output or f"cli {name}" in result.output


def test_python_m_blotter(tmp_path: Path) -> None:
    done = python("-m", "blotter", "--version", data=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() == f"blotter, version {__version__}"


PROBE = """
import sys
from blotter.cli.main import cli
try:
    cli(sys.argv[1:])
except SystemExit:
    pass
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"textual", "rich"})
print("loaded:", heavy)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("order", "buy 0.01 btc @ 50000"),  # runs against a config that ends it before it connects
        ("status",),
        ("check",),
        ("journal", "list"),
        ("decode", "/dev/null"),
        ("exchange", "--help"),
        ("init", "--help"),
    ],
    ids=lambda words: words[0],
)
def test_what_runs_without_a_screen_never_loads_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('venue = "x"\n[venues.x]\norder_entry = "127.0.0.1:9"\n')
    done = python("-c", PROBE, "--config", str(config), *words, data=tmp_path)
    assert done.stdout.splitlines()[-1:] == ["loaded: []"], done.stdout + done.stderr


def test_a_session_without_a_screen_never_loads_one(tmp_path: Path, keys: "Keys") -> None:
    done = python("-c", PROBE, *keys.options, "order", "buy 0.01 btc @ 50000", data=tmp_path)
    assert "A-000001" in done.stdout, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1:] == ["loaded: []"]


# --- init ---------------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "config.toml"


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_init(config: Path, name: str) -> None:
    result = run("--config", str(config), "init", name)
    assert result.exit_code == 0, result.output
    private, api_key = config.parent / f"{name}.pem", config.parent / f"{name}.api-key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(api_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700

    chosen, venue = profile(load(config))
    assert chosen == name
    assert venue.environment is Environment(PROFILES[name][0])
    assert (venue.private_key_file, venue.api_key_file) == (str(private), str(api_key))
    load_ed25519(private)

    start = result.output.index("-----BEGIN PUBLIC KEY-----")
    end = result.output.index("-----END PUBLIC KEY-----") + len("-----END PUBLIC KEY-----\n")
    load_pem_public_key(result.output[start:end].encode())
    assert "PRIVATE KEY" not in result.output
    assert str(api_key) in result.output


def test_init_changes_nothing_the_second_time(config: Path) -> None:
    assert run("--config", str(config), "init", "binance-testnet").exit_code == 0
    before = {path.name: path.read_bytes() for path in config.parent.iterdir()}
    again = run("--config", str(config), "init", "binance-testnet")
    assert again.exit_code == 1
    assert "binance-testnet" in again.output
    assert {path.name: path.read_bytes() for path in config.parent.iterdir()} == before


def test_init_never_overwrites_a_key(config: Path) -> None:
    config.parent.mkdir()
    key = config.parent / "binance-testnet.pem"
    generate_ed25519(key)
    before = key.read_bytes()
    result = run("--config", str(config), "init", "binance-testnet")
    assert result.exit_code == 1
    assert str(key) in result.output
    assert key.read_bytes() == before
    assert not config.exists()


def test_init_adds_a_second_venue(config: Path) -> None:
    assert run("--config", str(config), "init", "binance-testnet").exit_code == 0
    assert run("--config", str(config), "init", "binance-demo").exit_code == 0
    read = load(config)
    assert set(read.venues) == {"binance-testnet", "binance-demo"}
    assert read.venue == "binance-testnet", "what ran before still runs"


def test_init_then_check_without_the_api_key(config: Path, tmp_path: Path) -> None:
    run("--config", str(config), "init", "binance-testnet")
    result = run("--config", str(config), "--data-dir", str(tmp_path / "data"), "check")
    assert result.exit_code == 1
    assert "api_key_file" in result.output
    assert "binance-testnet.api-key" in result.output


def test_init_of_an_unknown_venue(config: Path) -> None:
    result = run("--config", str(config), "init", "nyse")
    assert result.exit_code == 2
    assert "binance-testnet" in result.output
    assert not config.exists()


# --- check --------------------------------------------------------------------------------------------------


class Keys:
    """A config for a running exchange, and what can be wrong with it."""

    def __init__(self, directory: Path, running: RunningExchange) -> None:
        credentials = running.credentials
        self.api_key = directory / "api-key"
        self.write_api_key(credentials.api_key)
        self.values: dict[str, Any] = {
            "order_entry": "{}:{}".format(*running.order_entry),
            "market_data": "{}:{}".format(*running.market_data),
            "ca_file": credentials.ca_file,
            "api_key_file": self.api_key,
            "private_key_file": credentials.private_key_file,
        }
        self._config = directory / "config.toml"
        self.options = ["--config", str(self._config), "--data-dir", str(directory / "data")]
        self.change()

    def write_api_key(self, text: str) -> None:
        with os.fdopen(os.open(self.api_key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def change(self, **values: object) -> None:
        self._config.write_text(CONFIG.format(**(self.values | values)))

    def check(self) -> Result:
        return run(*self.options, "check")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    many = Limits(10_000, 30, 100, 10_000, 10, 1_000)  # every check is a connection
    limits = {SessionKind.ORDER_ENTRY: many, SessionKind.MARKET_DATA: many}
    config = ExchangeConfig(data_dir=tmp_path_factory.mktemp("exchange"), rate=0, limits=limits)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(config)) as exchange:
        yield exchange


@pytest.fixture
def keys(tmp_path: Path, running: RunningExchange) -> Keys:
    return Keys(tmp_path, running)


def failed(result: Result) -> str:
    """The step that failed: the last line, and the only one that says so."""
    assert result.exit_code == 1, result.output
    lines = result.output.splitlines()
    assert [line for line in lines[:-1] if not line.startswith("ok ")] == [], result.output
    assert lines[-1].startswith("FAIL"), result.output
    return lines[-1]


def test_check_of_what_works(keys: Keys) -> None:
    result = keys.check()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[-1] == "All good."
    assert all(line.startswith("ok ") for line in lines[:-1])
    told = " ".join(lines)
    for step in ("config", "key", "DNS OE", "TLS OE", "DNS MD", "TLS MD", "logon", "clock", "limits"):
        assert step in told
    assert keys.api_key.read_text() not in result.output


def test_check_of_the_embedded_exchange(tmp_path: Path) -> None:
    done = python("-m", "blotter", "check", data=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "All good."


def test_check_sends_no_order(keys: Keys) -> None:
    """The venue's own count says so."""
    counts = [re.findall(r"orders/86400s (\d+)/", keys.check().output) for _ in range(2)]
    assert counts[0] == counts[1] != []


def test_check_of_a_dead_port(keys: Keys) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{closed.getsockname()[1]}"
    keys.change(order_entry=where)
    said = failed(keys.check())
    assert "TLS OE" in said
    assert where in said
    assert "nothing listens there" in said


def test_check_of_a_host_that_does_not_exist(keys: Keys) -> None:
    keys.change(order_entry="no-such-host.invalid:9000")
    said = failed(keys.check())
    assert "DNS OE" in said
    assert "no-such-host.invalid" in said


def test_check_with_the_wrong_authority(keys: Keys, tmp_path: Path) -> None:
    keys.change(ca_file=open_credentials(tmp_path / "another").ca_file)
    said = failed(keys.check())
    assert "TLS OE" in said
    assert "certificate" in said


def test_check_with_an_authority_that_is_not_there(keys: Keys, tmp_path: Path) -> None:
    keys.change(ca_file=tmp_path / "missing.pem")
    result = keys.check()
    assert result.exit_code == 1
    assert "ca_file" in result.output
    assert "missing.pem" in result.output


@pytest.mark.parametrize("wrong", ["API key", "private key"])
def test_check_with_the_wrong_key(
    keys: Keys, tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "LOGON_PATIENCE", 2.0)
    if wrong == "API key":
        keys.write_api_key("k" * 64)
    else:
        generate_ed25519(tmp_path / "other.pem")
        keys.change(private_key_file=tmp_path / "other.pem")
    said = failed(keys.check())
    assert "logon" in said
    assert "refused" in said
    assert ("-2015" if wrong == "API key" else "-1022") in said
    assert "k" * 64 not in said


def test_check_beside_a_running_blotter_does_not_disturb_it(keys: Keys, tmp_path: Path) -> None:
    """It uses a tape and comp ids of its own."""
    config = load(Path(keys.options[1]))
    directory = tmp_path / "data" / "x"
    directory.mkdir(parents=True)
    with own_desk(config, account("x", config.venues["x"], None), directory) as thread:
        assert thread.call(verbs.wait_until_live, thread.desk, 10) == ""
        before = thread.desk.links()["OE"]
        assert keys.check().exit_code == 0
        after = thread.desk.links()["OE"]
    assert after.state.value == "live"
    assert (after.since, after.comp_id, after.reconnects) == (before.since, before.comp_id, before.reconnects)
