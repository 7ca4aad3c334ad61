"""`[risk]` in the config: exact numbers, errors that name file, key, value and rule, and the schema of the same."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from blotter.cli.main import cli
from blotter.config import Config, ConfigError, load, schema
from blotter.trading.risk_levels import Levels, Limits, RiskLimits, StopLevels, Within

D = Decimal


def loaded(tmp_path: Path, text: str) -> RiskLimits:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file).risk


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / "config.toml"))
    return said.removeprefix(f"{tmp_path / 'config.toml'}: ")


def test_a_fat_finger_is_caught_out_of_the_box() -> None:
    risk = Config().risk
    assert risk.collar_bips == Levels(warn=D(100), block=D(500))
    assert risk.duplicate == Within(warn=D(10))
    assert risk.book_age is not None
    assert risk.book_age.block is not None
    assert risk.order_qty is None
    assert risk.arming is None


def test_numbers_and_text_mean_their_digits(tmp_path: Path) -> None:
    risk = loaded(
        tmp_path,
        """
        [desk]
        ack_timeout = 2.5
        [risk]
        unit = "USDC"
        notional = { warn = 0.1, block = "100000.30" }
        order_qty = { block = 3 }
        arming = 60
        [risk.instruments.BTCUSDT]
        order_qty = { warn = 1.10 }
        collar_bips = {}
        [risk.stop]
        loss = 1e3
        positions = { BTCUSDT = 0.3 }
        """,
    )
    assert str(risk.notional) == "Levels(warn=Decimal('0.1'), block=Decimal('100000.30'))"
    assert risk.unit == "USDC"
    assert risk.stop == StopLevels(loss=D(1_000), positions={"BTCUSDT": D("0.3")})
    bitcoin, other = risk.of("BTCUSDT"), risk.of("ETHUSDT")
    assert bitcoin.order_qty == Levels(warn=D("1.10")), "an override stands alone"
    assert not bitcoin.collar_bips
    assert bitcoin.notional == risk.notional
    assert other.order_qty == Levels(block=D(3))
    assert other.collar_bips == RiskLimits().collar_bips


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[risk.instruments.ETHUSDT]\nvalue = {warn = 1}\n"
            "[risk.instruments.BTCUSDT.notional]\nwarn = 5\nblock = 1",
            "risk.instruments.BTCUSDT.notional: warn = 5 is above block = 1: a warning comes before a block",
        ),
        (
            "[risk.instruments.BTCUSDT]\nnotional = 5",
            "risk.instruments.BTCUSDT.notional = 5: Expected a table such as { warn = 1, block = 2 }, got `int`",
        ),
        ("[risk.notional]\nwarn = true", "risk.notional.warn = True: Expected `decimal | null`, got `bool`"),
        ('[risk]\norder_qty = { warn = "ten" }', "risk.order_qty.warn = ten: Invalid decimal string"),
        ("[risk]\nvenue_limits = { warn = 190 }", "risk.venue_limits: warn = 190 is above 100"),
        ("[risk]\nduplicate = { warn = 2, block = 5 }", "risk.duplicate: block = 5 is above warn = 2"),
        ("[risk.assets.BTC]\nwarn = nan", "risk.assets.BTC: warn = NaN is not a usable number"),
        ("[risk]\ngross = { block = -1 }", "risk.gross: block = -1 is not a usable number from 0 upwards"),
        ("[risk.stop]\npositions = { BTCUSDT = -1 }", "risk.stop: positions.BTCUSDT = -1 is not"),
        ("[risk]\nfoo = 1", "risk: Object contains unknown field `foo`"),
        ("[risk.instruments.X]\ngross = {}", "risk.instruments.X: Object contains unknown field `gross`"),
        ("[risk.instruments.btcusdt]\n", "risk: instruments.btcusdt: venues write BTCUSDT"),
        ("[risk]\norder_rate_window = 0", "risk: order_rate_window = 0 is not above 0"),
        ("[risk]\narming = 1e9", "risk: arming = 1000000000 is not above 0 and at most 86400 seconds"),
    ],
)
def test_a_mistake_names_key_value_and_rule(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)


def test_a_value_elsewhere_is_not_repeated(tmp_path: Path) -> None:
    said = refused(tmp_path, "[venues.x]\nsymbols = 'hunter2'")
    assert said.startswith("venues.x.symbols: ")
    assert "hunter2" not in said


# --- the schema ------------------------------------------------------------------------------------------------


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(cli, ["config", "schema"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == json.loads(json.dumps(schema()))


def test_every_risk_key_is_described() -> None:
    defs = schema()["$defs"]
    for shape in (RiskLimits, Limits, StopLevels, Levels, Within):
        found = defs[shape.__name__]
        assert list(found["properties"]) == list(shape.__struct_fields__)
        assert found["additionalProperties"] is False
        assert found["description"]
        assert [key for key, value in found["properties"].items() if not value.get("description")] == []


def test_a_level_may_be_a_number_or_text() -> None:
    warn = schema()["$defs"]["Levels"]["properties"]["warn"]
    assert warn["anyOf"][0]["type"] == ["number", "string"]
    assert "format" not in json.dumps(schema()["$defs"]["RiskLimits"])
    assert "\n" not in schema()["$defs"]["Levels"]["description"]
