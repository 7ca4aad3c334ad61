"""Several venues at once on the command line: which ones are meant, and who is asked."""

import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from blotter.cli import screen
from blotter.cli.main import cli
from blotter.cli.screen import Rehearsals
from blotter.config import Config, ConfigError, VenueConfig, load, profile, profiles
from blotter.desk import control

TWO = """\
venue = ["alpha", "beta"]

[venues.alpha]

[venues.beta]
symbols = ["BTCUSDT"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TWO)
    return path


# --- the config ----------------------------------------------------------------------------------------------


def test_a_list_of_venues_runs_all_of_them_in_that_order(config: Path) -> None:
    loaded = load(config)
    assert list(profiles(loaded)) == ["alpha", "beta"]
    assert profiles(loaded)["beta"].symbols == ("BTCUSDT",)
    assert list(profiles(loaded, ("beta",))) == ["beta"]
    assert list(profiles(loaded, ("beta", "embedded"))) == ["beta", "embedded"]


def test_what_works_on_one_venue_asks_which(config: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"several venues are configured \(alpha, beta\): say which with --venue"
    ):
        profile(load(config))
    assert profile(load(config), "beta")[0] == "beta"
    assert profiles(Config()) == {"embedded": profile(Config())[1]}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            'venue = ["alpha", "gone"]',
            'venue = "gone" is not one of the configured venues (alpha, beta, embedded)',
        ),
        ('venue = ["alpha", "alpha"]', "venue: each venue once, and one at least"),
        ("venue = []", "venue: each venue once, and one at least"),
        ("venue = 5", "venue: Expected `str | array`, got `int`"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(config: Path, line: str, text: str) -> None:
    config.write_text(TWO.replace('venue = ["alpha", "beta"]', line))
    with pytest.raises(ConfigError) as refused:
        load(config)
    assert text in str(refused.value)


# --- who is asked --------------------------------------------------------------------------------------------


class RunningDesk:
    """What listens where a desk does, and answers as it is told."""

    def __init__(self, directory: Path, reply: dict[str, Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.asked: list[dict[str, Any]] = []
        asked = self.asked

        class Client(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    asked.append(json.loads(line))
                    self.wfile.write(json.dumps(reply).encode() + b"\n")

        self._server = socketserver.ThreadingUnixStreamServer(str(control.socket_path(directory)), Client)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def desks(data: Path) -> Iterator[dict[str, RunningDesk]]:
    made = {
        "alpha": RunningDesk(data / "alpha", {"ok": True, "text": "entry is off", "orders": []}),
        "beta": RunningDesk(data / "beta", {"ok": False, "text": "still open: A-000001", "orders": []}),
    }
    yield made
    for desk in made.values():
        desk.close()


def run(config: Path, data: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), "--data-dir", str(data), *words])


def test_a_stop_goes_to_every_desk_that_runs(config: Path, data: Path, desks: dict[str, RunningDesk]) -> None:
    (data / "idle").mkdir()
    result = run(config, data, "stop")
    assert result.exit_code == 1
    assert result.output.splitlines() == ["alpha: entry is off", "beta: still open: A-000001"]
    assert [one.asked[-1]["verb"] for one in desks.values()] == ["stop", "stop"]
    told = json.loads(run(config, data, "stop", "--json").output)
    assert (told["ok"], set(told["venues"])) == (False, {"alpha", "beta"})


def test_a_stop_of_one_is_of_one(config: Path, data: Path, desks: dict[str, RunningDesk]) -> None:
    result = run(config, data, "--venue", "alpha", "stop")
    assert (result.exit_code, result.output) == (0, "entry is off\n")
    assert not desks["beta"].asked


@pytest.mark.parametrize("words", [["orders"], ["status"], ["order", "buy 1 btc market"], ["cancel", "all"]])
def test_everything_else_asks_which(
    words: list[str], config: Path, data: Path, desks: dict[str, RunningDesk]
) -> None:
    result = run(config, data, *words)
    assert result.exit_code == 1
    assert "several desks are running (alpha, beta): say which with --venue" in result.output
    assert not desks["alpha"].asked + desks["beta"].asked
    assert run(config, data, "--venue", "alpha", *words).exit_code == 0


def test_the_only_one_that_runs_is_meant(config: Path, data: Path) -> None:
    desk = RunningDesk(data / "beta", {"ok": True, "text": "fine"})
    try:
        assert run(config, data, "resume").output == "fine\n"
    finally:
        desk.close()
    assert "several venues are configured (alpha, beta): say which" in run(config, data, "resume").output


def test_what_works_on_one_refuses_two(config: Path, data: Path) -> None:
    result = run(config, data, "--venue", "alpha", "--venue", "beta", "orders")
    assert result.exit_code == 2
    assert "one venue at a time, not alpha, beta" in result.output


# --- rehearsing ----------------------------------------------------------------------------------------------


def test_a_fault_says_at_which_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told:
        def __init__(self, at: str) -> None:
            self.at = at

        def faults(self) -> list[tuple[str, str]]:
            if self.at == "gone":
                raise ValueError("no exchange listens")
            return [("drop:60s", "cut it")]

        def inject(self, text: str) -> str:
            return f"{text} at {self.at}"

    monkeypatch.setattr(screen, "Rehearsal", Told)
    both = Rehearsals({"alpha": "one", "beta": "gone"})
    assert both.faults() == [("alpha drop:60s", "cut it")]
    assert both.inject("alpha drop:5s") == "alpha: drop:5s at one"
    with pytest.raises(ValueError, match="say at which exchange: alpha, beta"):
        both.inject("drop:5s")
    with pytest.raises(ValueError, match="beta: no exchange listens"):
        Rehearsals({"beta": "gone"}).faults()


def test_the_embedded_exchange_needs_no_table() -> None:
    assert profiles(Config(venues={"x": VenueConfig()}), ("embedded", "x")).keys() == {"embedded", "x"}
