"""Key maps as files: the shipped ones keep every rule, and a broken one is refused with file, action and rule."""

import re
from pathlib import Path

import pytest

from blotter.tui.actions import ACTIONS, BY_ID, help_text, markdown, printed
from blotter.tui.keymap import remapped, violations
from blotter.tui.keymap_files import SHIPPED, KeymapError, load_keymap, names
from blotter.tui.shown_keys import NO_KEY, by_id, key


@pytest.mark.parametrize("name", ["default", "vim", "cua"])
def test_a_shipped_map_keeps_the_rules(name: str):
    assert violations(remapped(load_keymap(name))) == []


def test_what_ships():
    assert names() == sorted(path.stem for path in SHIPPED.glob("*.toml")) == ["cua", "default", "vim"]


def test_the_default_moves_nothing():
    assert load_keymap("default") == {}


def test_a_map_is_seen_where_keys_are_told():
    actions = remapped(load_keymap("cua"))
    assert "| Orders | `delete` | **cancel** |" in markdown(actions)
    assert re.search(r"^  delete +Cancel the selected orders", help_text("orders", actions), re.MULTILINE)
    shown = by_id(actions)
    assert shown["orders.cancel"] == "Delete"
    assert shown["grid.first-chord"] == NO_KEY
    assert shown["app.quit"] == "F10"


def test_sentences_name_keys_as_people_write_them():
    assert (key("confirm.no"), key("confirm.yes"), key("app.stop")) == ("Esc", "y", "F8")


def own(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_persons_own(tmp_path: Path):
    own(tmp_path, '[orders]\ncancel = ["delete", "x"]\n[app]\nhelp = []\n')
    assert load_keymap("mine", tmp_path) == {"orders.cancel": "delete,x", "app.help": ""}
    assert names(tmp_path) == ["cua", "default", "mine", "vim"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[orders", "not TOML: "),
        ('cancel = ["x"]', "cancel: not a table such as [orders]"),
        ('[orders]\ncancel = "x"', "orders.cancel: 'x' is not a list of keys"),
        ('[orders]\ncancel = [""]', "orders.cancel: [''] is not a list of keys"),
        ('[orders]\ncancel = ["x,y"]', "orders.cancel: ['x,y']: one key a text"),
        ('[orders]\ncancle = ["x"]', "orders.cancle: there is no such action"),
        ('[grid]\nopen = ["j"]', "grid.down and grid.open: both use j in the same place"),
        ('[review]\nsend = ["enter"]', "review.send: enter may not confirm"),
        ('[app]\nhelp = ["ctrl+c"]', "app.help: ctrl+c may not be used"),
    ],
)
def test_what_is_wrong_names_file_action_and_rule(tmp_path: Path, text: str, problem: str):
    path = own(tmp_path, text)
    with pytest.raises(KeymapError) as caught:
        load_keymap("mine", tmp_path)
    assert any(line.startswith(f"{path}: {problem}") for line in str(caught.value).splitlines()), caught.value


def test_every_mistake_is_told_at_once(tmp_path: Path):
    own(tmp_path, '[orders]\ncancle = ["x"]\nammend = ["a"]')
    with pytest.raises(KeymapError) as caught:
        load_keymap("mine", tmp_path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_map_that_is_not_there_is_named_with_those_that_are(tmp_path: Path):
    with pytest.raises(
        KeymapError, match=r'screen.keymap = "mine" is not a key map; there are cua, default, vim'
    ):
        load_keymap("mine", tmp_path)


@pytest.mark.parametrize("name", ["../keymaps/vim", "", "/etc/passwd"])
def test_a_name_is_no_path(tmp_path: Path, name: str):
    with pytest.raises(KeymapError, match="is not a key map"):
        load_keymap(name, tmp_path)


def test_a_shipped_name_is_taken(tmp_path: Path):
    (tmp_path / "vim.toml").write_text("", encoding="utf-8")
    with pytest.raises(KeymapError, match=r"vim\.toml: 'vim' is the name of a shipped key map"):
        load_keymap("vim", tmp_path)


def test_the_table_of_another_map_can_be_printed():
    table = printed(["--keymap", "vim"])
    assert table == markdown(remapped(load_keymap("vim"))) != markdown()
    assert len(table.splitlines()) == len(ACTIONS) + 2
    assert printed([]) == markdown()
    assert printed(["--ids"]).split() == list(BY_ID)
    assert printed(["--keymaps"]).startswith("usage: ")
