"""Mistakes in the configuration: each is an error that names where it is, what it is, and the rule; nothing is run."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from blotter.cli.main import cli
from blotter.config import Config, LeavePolicy, load
from blotter.venues.base import Environment
from blotter.venues.signing import generate_ed25519

VENUE = """\
venue = "x"
[venues.x]
environment = "embedded"
order_entry = "127.0.0.1:9"
api_key_file = "{dir}/api-key"
private_key_file = "{dir}/key.pem"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with good keys in it."""
    (tmp_path / "api-key").touch(mode=0o600)
    (tmp_path / "api-key").write_text("a-key-of-no-account\n")
    generate_ed25519(tmp_path / "key.pem")
    return tmp_path


def run(home: Path, config: Path | None, *words: str, env: dict[str, str] | None = None) -> Result:
    options = ["--config", str(config)] if config is not None else []
    line = [*options, "--data-dir", str(home / "data"), *(words or ("orders",))]
    result = CliRunner().invoke(cli, line, env={"BLOTTER_CONFIG": None, **(env or {})})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(home: Path, text: str, *words: str) -> str:
    """The error a config with this text gives."""
    config = home / "config.toml"
    config.write_text(text, encoding="utf-8")
    result = run(home, config, *words)
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output
    return result.output


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", ["colour"]),
        ("[desk]\non_exti = 'leave'", ["desk", "on_exti"]),
        ("[screen]\nfont = 'big'", ["screen", "font"]),
        ("[venues.x]\nsecret = 'hunter2'", ["venues", "secret"]),
        ("[desk]\non_exit = 'panic'", ["desk.on_exit", "panic"]),
        ("[desk]\non_ui_loss = 5", ["desk.on_ui_loss"]),
        ("[desk]\nack_timeout = 'soon'", ["desk.ack_timeout", "float"]),
        ("[desk]\nack_timeout = 0", ["desk.ack_timeout", "> 0"]),
        ("[desk]\nui_hung_after = 1e9", ["desk.ui_hung_after", "86400"]),
        ("[screen]\nfps = 1000", ["screen.fps", "60"]),
        ("[screen]\nfps = 30.5", ["screen.fps", "int"]),
        ("[venues.x]\nheart_bt_int = 4", ["heart_bt_int", "5"]),
        ("[venues.x]\ncomp_id_prefix = 'TOOLONG'", ["comp_id_prefix"]),
        ("[venues.x]\nenvironment = 'production'", ["environment", "production"]),
        ("[venues.x]\nsymbols = 'BTCUSDT'", ["symbols", "array"]),
        ("venue = 'y'", ["venue", '"y"', "embedded"]),
        ("[presets]\nBTCUSDT = '0.1'", ["presets", "array"]),
        ("[presets]\nBTCUSDT = ['0.1', '-1']", ["presets.BTCUSDT", "preset 2", '"-1"', "without a sign"]),
        ("[presets]\n'*' = ['1 @60000']", ["presets.*", "preset 1", "price word"]),
        ("[presets]\n'*' = ['1','2','3','4','5','6','7','8','9','10']", ["presets.*", "10", "9"]),
        ("[venues.'a b']\n", ["a b", "letters"]),
        ("venue = x y", ["TOML", "line 1"]),
    ],
)
def test_a_mistake_in_the_file(home: Path, text: str, named: list[str]) -> None:
    said = refused(home, text)
    assert str(home / "config.toml") in said
    assert [word for word in named if word not in said] == [], said


def test_bytes_that_are_no_text(home: Path) -> None:
    config = home / "config.toml"
    config.write_bytes(b"venue = '\xff\xfe'")
    result = run(home, config)
    assert result.exit_code == 1
    assert str(config) in result.output


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_config_that_is_asked_for_must_be_there(home: Path, by: str) -> None:
    missing = home / "missing.toml"
    given = {"env": {"BLOTTER_CONFIG": str(missing)}} if by == "environment" else {}
    result = run(home, None if given else missing, **given)
    assert result.exit_code == 1
    assert f"{missing}: no such file" in result.output


def test_a_venue_that_is_not_configured(home: Path) -> None:
    config = home / "config.toml"
    config.write_text("")
    result = run(home, config, "--venue", "moon", "orders")
    assert result.exit_code == 1
    assert "moon" in result.output
    assert "embedded" in result.output


# --- keys and endpoints -------------------------------------------------------------------------------------


def with_venue(home: Path, *changes: tuple[str, str]) -> str:
    text = VENUE.format(dir=home)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return refused(home, text)


@pytest.mark.parametrize(("file", "key"), [("api-key", "api_key_file"), ("key.pem", "private_key_file")])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_others_can_read(home: Path, file: str, key: str, mode: int) -> None:
    (home / file).chmod(mode)
    said = with_venue(home)
    assert f"[venues.x] {key}" in said
    assert str(home / file) in said
    assert f"{mode:04o}" in said


@pytest.mark.parametrize(("file", "key"), [("api-key", "api_key_file"), ("key.pem", "private_key_file")])
def test_a_key_that_is_not_there(home: Path, file: str, key: str) -> None:
    (home / file).unlink()
    said = with_venue(home)
    assert f"[venues.x] {key}" in said
    assert str(home / file) in said
    assert "no such file" in said.lower()


@pytest.mark.parametrize("key", ["api_key_file", "private_key_file"])
def test_a_key_that_is_not_configured(home: Path, key: str) -> None:
    lines = [line for line in VENUE.format(dir=home).splitlines() if not line.startswith(key)]
    said = refused(home, "\n".join(lines))
    assert f"[venues.x] {key} is missing" in said


@pytest.mark.parametrize("content", ["", "two words", "one\ntwo"])
def test_an_api_key_file_holds_the_key_alone(home: Path, content: str) -> None:
    (home / "api-key").write_text(content)
    said = with_venue(home)
    assert "[venues.x] api_key_file" in said
    assert "alone" in said
    assert not content or content not in said


def test_a_private_key_that_is_none(home: Path) -> None:
    (home / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    said = with_venue(home)
    assert "[venues.x] private_key_file" in said
    assert str(home / "key.pem") in said
    assert "AAAA" not in said


def test_a_private_key_of_another_kind(home: Path) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (home / "key.pem").write_bytes(pem)
    said = with_venue(home)
    assert "[venues.x] private_key_file" in said
    assert "Ed25519" in said


@pytest.mark.parametrize(
    "text", ["localhost", "localhost:", ":9000", "host:0", "host:70000", "host:port", ""]
)
def test_an_endpoint_that_is_none(home: Path, text: str) -> None:
    said = with_venue(home, ("127.0.0.1:9", text))
    assert "[venues.x] order_entry" in said
    assert "host:port" in said


def test_an_unknown_kind_of_venue(home: Path) -> None:
    said = with_venue(home, ("[venues.x]", '[venues.x]\nvenue = "nyse"'))
    assert "[venues.x] venue" in said
    assert "nyse" in said
    assert "binance" in said


# --- what is right ------------------------------------------------------------------------------------------


def test_without_a_file_the_defaults_run_the_embedded_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    assert load(None) == Config()
    assert load(None).venue == "embedded"


def test_a_whole_file(home: Path) -> None:
    config = home / "config.toml"
    config.write_text(
        VENUE.format(dir=home)
        + 'symbols = ["BTCUSDT"]\nheart_bt_int = 5\n'
        + '[desk]\non_exit = "cancel"\non_ui_loss = "stay"\nack_timeout = 3\n[screen]\nfps = 10\n'
    )
    read = load(config)
    assert read.desk.on_exit is LeavePolicy.CANCEL
    assert read.desk.on_ui_loss is LeavePolicy.STAY
    assert read.desk.ack_timeout == 3
    assert read.screen.fps == 10
    assert read.venues["x"].environment is Environment.EMBEDDED
    assert read.venues["x"].symbols == ("BTCUSDT",)
