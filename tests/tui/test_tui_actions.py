"""The registry of actions keeps its own rules, and what is generated from it is complete."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App
from textual.binding import BindingsMap

from blotter.tui.actions import (
    ACTIONS,
    BY_ID,
    PANES,
    SCOPES,
    TITLES,
    Action,
    around,
    bindings,
    footer,
    help_text,
    in_scope,
    key_name,
    markdown,
)
from blotter.tui.keymap import UNBOUND, check_keymap, textual_keymap, violations

README = Path(__file__).parents[2] / "README.md"


def test_the_shipped_keys_break_no_rule():
    assert violations(ACTIONS) == []


def test_ids_are_unique_and_live_in_a_scope_that_exists():
    assert len(BY_ID) == len(ACTIONS)
    assert {action.scope for action in ACTIONS} <= set(SCOPES) == set(TITLES)
    assert set(PANES) <= set(SCOPES)


def test_only_the_review_step_sends():
    assert [action.id for action in ACTIONS if action.sends] == ["review.send", "warning.insist"]


def test_stop_works_over_everything_and_has_a_word():
    stop = BY_ID["app.stop"]
    assert stop.priority
    assert stop.keys == ("f8",)
    assert stop.word == "stop"
    assert [action.id for action in ACTIONS if action.priority] == ["app.stop"]


def test_a_cancel_is_one_plain_key():
    for action in in_scope("orders"):
        if action.name.startswith("cancel"):
            assert all(len(key) == 1 for key in action.keys)


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"orders.cancle": "x"}, "orders.cancle: there is no such action"),
        ({"grid.open": "j"}, "grid.down and grid.open: both use j in the same place"),
        ({"app.help": "x"}, "app.help and orders.cancel: both use x in the same place"),
        ({"app.help": "ctrl+b"}, "app.help: ctrl+b may not be used (tmux's prefix)"),
        ({"app.help": "ctrl+\\"}, "app.help: ctrl+backslash may not be used (kills the process)"),
        ({"app.help": "F11"}, "app.help: F11 may not be used (the window's full screen)"),
        ({"review.send": "enter"}, "review.send: enter may not confirm, it is pressed by habit"),
        ({"confirm.yes": "space"}, "confirm.yes: space may not confirm, it is pressed by habit"),
        (
            {"review.send": "a"},
            "review.send: a also starts orders.amend; a repeat would confirm unseen",
        ),
        (
            {"app.inspector": "f10"},
            "app.inspector: F10 is a function key, but the action has no command word",
        ),
        (
            {"orders.clone": "alt+w"},
            "orders.clone: alt+w cannot be the only key, plain terminals do not send it",
        ),
        ({"inspector.raw": "x"}, "depth.cancel and inspector.raw: the letter x means two verbs"),
    ],
)
def test_a_users_key_map_is_checked(mapping: dict[str, str], problem: str):
    assert problem in check_keymap(mapping)


def test_a_key_map_that_moves_and_removes_is_fine():
    assert check_keymap({"app.stop": "f8, f7", "orders.cancel": "delete", "grid.select-all": ""}) == []


def test_sending_outside_review_is_a_violation():
    rogue = replace(BY_ID["orders.amend"], sends=True)
    assert violations([rogue]) == ["orders.amend: only the review step may send an order"]


def test_a_key_map_is_translated_for_textual():
    assert textual_keymap({"app.command": ";,:", "grid.down": "", "app.stop": "F7"}) == {
        "app.command": "semicolon,colon",
        "grid.down": UNBOUND,
        "app.stop": "f7",
    }


@pytest.mark.anyio
async def test_textual_obeys_the_translated_key_map():
    pressed: list[str] = []

    class Desk(App[None]):
        BINDINGS = bindings("app")

        def action_help(self) -> None:
            pressed.append("help")

        def action_stop(self) -> None:
            pressed.append("stop")

    app = Desk()
    async with app.run_test() as pilot:
        app.set_keymap(textual_keymap({"app.help": "", "app.stop": "f7"}))
        await pilot.press("f1", "question_mark", "f8", "f7")
    assert pressed == ["stop"]


def test_every_action_with_keys_is_bound_under_its_id():
    for scope in SCOPES:
        bound = {
            binding.id
            for binding in BindingsMap(bindings(scope)).key_to_bindings.values()
            for binding in binding
        }
        assert bound == {action.id for action in in_scope(scope) if action.keys}


def test_the_footer_groups_by_kind_and_always_shows_stop():
    for scope in [name for name in SCOPES if name != "recording"]:  # nothing has the focus in there
        groups = footer(scope)
        assert [kind for kind, _ in groups] == sorted(
            {kind for kind, _ in groups}, key=("move", "view", "write", "danger").index
        )
        assert BY_ID["app.stop"] in dict(groups)["danger"]
        assert all(action.scope in around(scope) for _, group in groups for action in group)


def test_an_action_without_keys_is_neither_bound_nor_in_the_footer():
    bare = Action("app.bare", (), "bare", "Nothing.", "view")
    assert all(bare not in group for _, group in footer("app", [*ACTIONS, bare]))


def test_help_tells_the_pane_first_and_every_key_of_it():
    text = help_text("orders")
    assert text.index("Orders") < text.index("In every list") < text.index("Everywhere")
    for action in ACTIONS:
        if action.scope in around("orders"):
            assert action.help in text
    assert "Follow" not in text


def test_the_table_has_a_row_an_action():
    rows = markdown().splitlines()[2:]
    assert len(rows) == len(ACTIONS)
    assert "| Everywhere | `F8` | **STOP** | `:stop` |" in markdown()


def test_the_readme_has_the_table_of_today():
    text = README.read_text(encoding="utf-8")
    if "<!-- keys:start -->" not in text:
        pytest.skip("README.md has no key table yet")
    block = text.split("<!-- keys:start -->")[1].split("<!-- keys:end -->")[0]
    assert block.strip() == markdown(), (
        "run `python -m blotter.tui.actions` and paste its output between the marks"
    )


@pytest.mark.parametrize(
    ("key", "name"), [(":", "colon"), ("escape", "escape"), ("?", "question_mark"), ("G", "G")]
)
def test_key_names(key: str, name: str):
    assert key_name(key) == name


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
