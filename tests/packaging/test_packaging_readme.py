"""What the README says is so: its commands exist, its examples do what stands beside them, its config is complete."""

import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))

from fake_desk import make_order

from blotter import config as configuration
from blotter.cli.main import COMMANDS, cli
from blotter.exchange.faults import FaultKind, parse_faults
from blotter.exchange.listing import LISTINGS
from blotter.trading.grammar import Market, parse_order
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.order_list import Held, ListState, OrderList
from blotter.trading.risk_levels import RiskLimits, StopLevels
from blotter.trading.verbs import Mistakes, parse_verb

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)


def marked(name: str) -> str:
    """The code block below `<!-- name -->`."""
    found = re.findall(rf"^<!-- {name} -->\n```\w+\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len(found) == 1, f"the README has {len(found)} blocks marked {name!r}"
    return found[0]


def table(name: str) -> list[tuple[str, str]]:
    """The rows between `<!-- name:start -->` and `<!-- name:end -->`: code, text. Of several codes each makes a row."""
    text = README.split(f"<!-- {name}:start -->")[1].split(f"<!-- {name}:end -->")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| (.*) \|$", text, re.MULTILINE)
    return [(code, said) for codes, said in rows for code in re.findall(r"`([^`]+)`", codes)]


# --- commands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "last"), [("start", "blotter"), ("test", "pytest")])
def test_the_two_commands_are_one_line_each_and_do_all_set_up(name: str, last: str):
    lines = marked(f"command: {name}").splitlines()
    assert len(lines) == 1
    steps = [shlex.split(step) for step in lines[0].split(" && ")]
    assert steps[0] == ["python3", "-m", "venv", ".venv"]
    assert steps[1][:3] == [".venv/bin/pip", "install", "-q"]
    assert steps[2] == [f".venv/bin/{last}"]


def test_the_commands_need_no_more_than_the_project_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert ".[test]" in marked("command: test")
    assert "test" in project["optional-dependencies"]
    assert "blotter" in project["scripts"]
    assert project["requires-python"] == ">=3.11"


def invocations() -> Iterator[list[str]]:
    """The arguments of every `blotter ...` in the README, whether in a block or inside a sentence."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    lines += re.findall(r"`((?:\.venv/bin/|uv run )?blotter(?: [^`]*)?)`", README)
    for line in lines:
        for command in re.split(r" && | \| ", line.strip().removeprefix("uv run ")):
            words = shlex.split(command)
            if words and Path(words[0]).name == "blotter":
                yield words[1:]


@pytest.mark.parametrize("arguments", list(invocations()), ids=" ".join)
def test_every_blotter_command_exists_with_its_options(arguments: list[str]):
    """click reads all options before it shows the help, so an unknown command or option is an error here."""
    result = CliRunner().invoke(cli, [*arguments, "--help"])
    assert result.exit_code == 0, result.output
    named = [word for word in arguments if word in COMMANDS]
    assert result.output.startswith(" ".join(["Usage: cli", *named[:1]]))


def test_there_are_commands_to_check():
    assert len(list(invocations())) > 20


# --- the grammar -------------------------------------------------------------------------------------------


def quote(symbol: str, bid: str, ask: str) -> Quote:
    size = Decimal(1)
    return Quote(symbol=symbol, at=0, bid=Decimal(bid), bid_size=size, ask=Decimal(ask), ask_size=size)


MARKET = Market(
    instruments={
        listing.symbol: Instrument(
            symbol=listing.symbol,
            base=listing.base,
            quote=listing.quote,
            tick_size=listing.tick_size,
            step_size=listing.step_size,
            min_qty=listing.min_qty,
            max_qty=listing.max_qty,
            min_notional=listing.min_notional,
        )
        for listing in LISTINGS
    },
    quotes={
        one.symbol: one
        for one in (quote("BTCUSDT", "60123.30", "60123.50"), quote("SOLUSDT", "150.10", "150.13"))
    },
    now=1,
    default_symbol="BTCUSDT",
)


@pytest.mark.parametrize(("line", "sent"), table("orders"))
def test_an_order_means_what_stands_beside_it(line: str, sent: str):
    draft = parse_order(line, MARKET)
    assert [mistake.text for mistake in draft.mistakes] == []
    assert draft.request is not None
    assert draft.expansion == sent


@pytest.mark.parametrize(("line", "sent"), table("lists"))
def test_a_list_means_what_stands_beside_it(line: str, sent: str):
    draft = parse_order(line, MARKET)
    assert [mistake.text for mistake in draft.mistakes] == []
    assert draft.list_request is not None
    assert draft.expansion == sent


@pytest.mark.parametrize(("line", "refused"), table("refusals"))
def test_a_mistake_is_refused_with_what_stands_beside_it(line: str, refused: str):
    draft = parse_order(line, MARKET)
    assert draft.request is None
    assert draft.mistakes[0].text == refused


@pytest.mark.parametrize("line", [line for line, _ in table("verbs")])
def test_a_verb_is_understood(line: str):
    orders = {order.id: order for order in (make_order(12), make_order(13))}
    one = OrderList(
        id="L-000031", symbol="BTCUSDT", legs=(), state=ListState.EXECUTING, created_at=0, updated_at=0
    )
    held = Held(id="H-000004", at=0)
    verb = parse_verb(line, MARKET, orders, {one.id: one}, {held.id: held})
    assert not isinstance(verb, Mistakes), verb


@pytest.mark.parametrize("name", ["orders", "lists", "refusals", "verbs"])
def test_the_tables_have_rows(name: str):
    assert len(table(name)) >= 5


# --- the configuration -------------------------------------------------------------------------------------


def config_blocks() -> list[str]:
    return re.findall(r"^<!-- config -->\n```toml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", config_blocks(), ids=["all keys", "rehearsal"])
def test_a_config_of_the_readme_loads(text: str, tmp_path: Path):
    assert text in blocks("toml")
    path = tmp_path / "config.toml"
    path.write_text(text)
    name, venue = configuration.profile(configuration.load(path))
    assert name in ("binance-testnet", "rehearsal")
    assert venue.symbols == ("BTCUSDT", "ETHUSDT")


def test_the_config_names_every_key_with_its_default(tmp_path: Path):
    text = re.sub(r"^# (?=\w+ = )", "", config_blocks()[0], flags=re.MULTILINE)
    path = tmp_path / "config.toml"
    path.write_text(text)
    config = configuration.load(path)
    unset = {"dead_man": None}  # TOML has no word for "not set": the README says it in a comment
    desk = msgspec.structs.replace(config.desk, **unset)
    screen = msgspec.structs.replace(config.screen, lock_after=None)
    assert (desk, screen) == (configuration.DeskConfig(), configuration.ScreenConfig())
    raw = tomllib.loads(text)

    def keys(struct: type[msgspec.Struct]) -> set[str]:
        return {field.encode_name for field in msgspec.structs.fields(struct)}

    assert set(raw) == keys(configuration.Config)
    assert set(raw["desk"]) == keys(configuration.DeskConfig)
    assert set(raw["screen"]) == keys(configuration.ScreenConfig)
    assert set(raw["risk"]) == keys(RiskLimits)
    assert set(raw["risk"]["stop"]) == keys(StopLevels)
    default_risk = {
        name: getattr(RiskLimits(), name) for name in ("collar_bips", "book_age", "duplicate", "unit")
    }
    assert {name: getattr(config.risk, name) for name in default_risk} == default_risk
    venue = raw["venues"]["binance-testnet"]
    assert set(venue) == keys(configuration.VenueConfig)
    default = configuration.VenueConfig()
    assert (venue["venue"], venue["heart_bt_int"], venue["comp_id_prefix"]) == (
        default.venue,
        default.heart_bt_int,
        default.comp_id_prefix,
    )


# --- faults, pictures --------------------------------------------------------------------------------------


def test_every_fault_is_there_and_can_be_asked_for():
    named = {parse_faults(spec)[0].kind for spec, _ in table("faults")}
    assert named == set(FaultKind)


def test_pictures_are_there_and_small():
    names = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(names) == 2
    for name in names:
        assert 1_000 < (ROOT / name).stat().st_size < 150_000
