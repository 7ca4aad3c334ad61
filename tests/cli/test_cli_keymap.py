"""A key map that cannot be used ends the start, before anything is connected, and `check` says so too."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from blotter.cli.context import Context
from blotter.cli.main import cli


def config(folder: Path, name: str) -> Path:
    path = folder / "config.toml"
    path.write_text(f'[screen]\nkeymap = "{name}"\n', encoding="utf-8")
    return path


def mine(folder: Path, text: str) -> Path:
    path = folder / "keymaps" / "mine.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_a_persons_map_beside_the_config(tmp_path: Path) -> None:
    mine(tmp_path, '[orders]\ncancel = ["delete"]\n')
    context = Context(config(tmp_path, "mine"), tmp_path, None)
    assert context.keymap(context.load().screen.keymap) == {"orders.cancel": "delete"}


@pytest.mark.parametrize("name", ["default", "vim", "cua"])
def test_the_shipped_ones(tmp_path: Path, name: str) -> None:
    context = Context(config(tmp_path, name), tmp_path, None)
    assert bool(context.keymap(context.load().screen.keymap)) is (name != "default")


def test_a_clash_ends_the_start_with_file_action_and_rule(tmp_path: Path) -> None:
    path = mine(tmp_path, '[app]\nhelp = ["x"]\n')
    with pytest.raises(click.ClickException) as caught:
        Context(config(tmp_path, "mine"), tmp_path, None).keymap("mine")
    assert f"{path}: app.help and orders.cancel: both use x in the same place" in caught.value.message


def test_check_tells_of_an_unknown_action_and_goes_no_further(tmp_path: Path) -> None:
    path = mine(tmp_path, '[orders]\ncancle = ["x"]\n')
    words = ["--config", str(config(tmp_path, "mine")), "--data-dir", str(tmp_path / "data"), "check"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    assert f"FAIL  key map  {path}: orders.cancle: there is no such action" in result.output
    assert "logon" not in result.output
