"""Alerts in the configuration, who did what on the tape, and the read-only start, from the command line."""

import json
import stat
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from blotter.cli.main import cli
from blotter.config import ConfigError, load
from blotter.desk.acts import Act, TopOfBook
from blotter.desk.command import Acted, Cancel, Stop
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.alerts import AlertEvent

NOON = 1_795_348_800 * 1_000_000_000  # 2026-11-22T12:00:00Z


def run(home: Path, *words: str) -> Result:
    options = ["--config", str(home / "config.toml"), "--data-dir", str(home / "data")]
    result = CliRunner().invoke(cli, [*options, *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def config(home: Path, text: str) -> Path:
    path = home / "config.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('event = "fil"', "alerts[2].event: Invalid enum value 'fil'"),
        ('event = "fill"\nsymbol = "BTCUSDT"', "alerts[2]: Object contains unknown field `symbol`"),
        ('event = "limit"', 'alerts[2].percent: rule limit: event = "limit" needs it'),
        ('event = "limit"\npercent = 300', "alerts[2].percent: Expected `int` <= 100"),
        ('event = "price"\nname = "up"\nprice = 60000', "alerts[2].symbols: rule up: event"),
        ('event = "fill"\nshow = ["siren"]', "alerts[2].show[1]: Invalid enum value 'siren'"),
        ('event = "fill"\nmin_notional = -1', "alerts[2].min_notional: rule fill: -1 is not above 0"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: ") as error:
        load(config(tmp_path, f'[[alerts]]\nevent = "fill"\n[[alerts]]\n{text}\n'))
    assert said in str(error.value)


def test_a_rule_with_everything(tmp_path: Path) -> None:
    text = (
        '[[alerts]]\nevent = "fill"\nname = "big"\nsymbols = ["BTCUSDT"]\nside = "buy"\nmin_notional = "1e4"\n'
        'venue = "x"\nshow = ["bell"]\ncommand = ["beep", "-f", "440"]\ntimeout = 2\nevery = 5\n'
    )
    (rule,) = load(config(tmp_path, text)).alerts
    assert (rule.event, rule.min_notional, rule.command) == (AlertEvent.FILL, 10_000, ("beep", "-f", "440"))


def test_check_says_that_a_program_is_not_there(tmp_path: Path) -> None:
    config(tmp_path, '[[alerts]]\nevent = "fill"\ncommand = ["/no/such/program"]\n')
    result = run(tmp_path, "check")
    assert result.exit_code == 1
    assert "FAIL  alerts   alerts[1].command: rule fill: /no/such/program is not found" in result.output


def test_read_only_belongs_to_the_blotter_itself(tmp_path: Path) -> None:
    config(tmp_path, "")
    result = run(tmp_path, "--read-only", "orders")
    assert result.exit_code == 2
    assert "--read-only belongs to the blotter itself" in result.output


# --- who did what --------------------------------------------------------------------------------------------


def act(at: int, command: object, refused: str = "") -> Entry:
    market = TopOfBook("BTCUSDT", "60000.00", "60001.00")
    payload = msgspec.json.encode(Act(command=command, market=market, refused=refused))
    return Entry(at, Kind.ACT, "", 0, 0, type(command).__name__, payload)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    config(tmp_path, "")
    path = tmp_path / "data" / "embedded" / "tape.sqlite3"
    path.parent.mkdir(parents=True)
    tape = Tape.open(path)
    tape.write(
        [
            act(NOON, Acted(id="ui-1", what="review shown", text="BUY 1\x1b[2J", at=NOON - 5)),
            Entry(NOON + 1, Kind.ACT, "", 0, 0, "OrderSubmitted", b'{"type":"OrderSubmitted"}'),
            act(NOON + 2, Cancel(id="verb-1", order_ids=("A-000012",)), refused="A-000012 is filled"),
            act(NOON + 3, Stop(id="trigger", cancel=True, cause="loss limit")),
        ]
    )
    tape.close()
    assert stat.S_ISREG(path.stat().st_mode)
    return tmp_path


def test_who_did_what_is_listed(home: Path) -> None:
    lines = run(home, "journal", "acts").output.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == [
        "1", "2026-11-22", "11:59:59.999999995Z", "you", "review", "shown", "BUY", "1\\x1b[2J", "(BTCUSDT", "60000.00",
        "/", "60001.00)",
    ]  # fmt: skip
    assert "another terminal cancel  A-000012" in lines[1]
    assert lines[1].endswith("REFUSED: A-000012 is filled")
    assert "a rule           stop and cancel all  loss limit" in lines[2]


@pytest.mark.parametrize(("order", "count"), [("12", 1), ("a-12", 1), ("A-000012", 1), ("L-12", 0), ("2", 0)])
def test_of_one_order_only(home: Path, order: str, count: int) -> None:
    assert len(run(home, "journal", "acts", "--order", order).output.splitlines()) == count


def test_as_json(home: Path) -> None:
    first, *_ = run(home, "journal", "acts", "--json").output.splitlines()
    assert json.loads(first)["what"] == "review shown"
