"""A broker of the user's own at the command line: checked as far as that does no harm, and its tape read as it was."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from blotter.cli.main import cli
from blotter.cli.tapes import venue_of
from blotter.journal.reader import TapeReader
from blotter.journal.tape import Tape
from blotter.venues.fix44.profile import FIX_PROFILE, FixProfile

CONFIG = """
venue = "broker"
[venues.broker]
venue = "fix44"
environment = "live"
order_entry = "127.0.0.1:{port}"
tls = false
sender_comp_id = "DESK01"
target_comp_id = "BROKER"
[venues.broker.fix]
title = "My Broker"
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def check(directory: Path, text: str) -> list[str]:
    config = directory / "config.toml"
    config.write_text(text)
    result = CliRunner().invoke(cli, ["--config", str(config), "--data-dir", str(directory / "d"), "check"])
    return [*result.output.splitlines(), f"exit {result.exit_code}"]


def test_check_warns_of_what_is_open_and_does_not_use_up_numbers(tmp_path: Path, port: int) -> None:
    lines = check(tmp_path, CONFIG.format(port=port))
    assert lines[-2:] == ["No fault found.", "exit 0"]
    told = {" ".join(line.split()[:2]): line for line in lines if line.startswith("warn")}
    assert "tls = false" in told["warn TLS"]
    assert "numbers go on" in told["warn logon"]
    assert any(line.startswith("ok") and "no public specification confirms it" in line for line in lines)


def test_check_names_the_key_at_fault(tmp_path: Path, port: int) -> None:
    text = CONFIG.format(port=port) + '[venues.broker.fix.logon]\nfields = { 553 = "{user}" }\n'
    lines = check(tmp_path, text)
    assert lines[-1] == "exit 1"
    assert "[venues.broker] fix.logon.fields.553 has {user}, which is none of" in lines[-2]


def test_a_tape_is_read_as_its_broker_was_configured(tmp_path: Path) -> None:
    path = tmp_path / "tape.sqlite3"
    tape = Tape.open(path)
    tape.set_meta("venue", "fix44")
    tape.set_meta(FIX_PROFILE, msgspec.json.encode(FixProfile(title="My Broker")).decode())
    tape.close()
    with TapeReader.open(path) as reader:
        assert venue_of(reader).title == "My Broker"
